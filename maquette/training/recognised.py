"""Which of the nouns that a multi-view model was trained on it draws so that they can be told from others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32

from maquette.artifacts import Views
from maquette.multiview._planes import ALPHA, DEPTHS, planes_from_views
from maquette.multiview._text import Vocabulary
from maquette.multiview.vocabulary import singular
from maquette.training.data import Shards

SAMPLES = 3
"""Drawings of each noun."""
AMONG = 5
"""A noun is recognised when its own kind is, in the middle of its drawings, among so many nearest kinds."""
LEAST = 8
"""Models of a kind below which nothing is compared with it."""


def recognised_nouns(
    sample: Callable[[list[str], list[int]], list[Views]],
    vocabulary: Vocabulary,
    shards: Shards,
    report: Callable[[str], None] | None = None,
) -> dict[str, float]:
    """The median place of each noun's own kind among all kinds, by the nearest training model to each drawing.

    Silhouettes and depths are compared, not colours. 0 is the first place; a guess comes out in the middle.

    Args:
        sample: Draws sentences, each from its seed, 0 to SAMPLES - 1: `Mini.sample`.
        vocabulary: Of the model that draws.
        shards: What it was trained on.
        report: Called with a line now and then.
    """
    kinds = np.array([_kind(shards, index) for index in range(len(shards))])
    models = np.stack([signature(shards.planes(index)) for index in range(len(shards))])
    names, counts = np.unique(kinds, return_counts=True)
    names = [str(name) for name, count in zip(names, counts, strict=True) if count >= LEAST]
    members = {name: np.flatnonzero(kinds == name) for name in names}
    nouns = [noun for noun, kind in sorted(vocabulary.nouns.items()) if kind in members]
    found: dict[str, float] = {}
    for first in range(0, len(nouns), 8):
        some = nouns[first : first + 8]
        asked = [(noun, seed) for noun in some for seed in range(SAMPLES)]
        views = sample([f"a {noun}" for noun, _ in asked], [seed for _, seed in asked])
        drawn = np.stack([signature(planes_from_views(each)) for each in views])
        places = _places(drawn, models, members)
        for number, noun in enumerate(some):
            own = names.index(vocabulary.nouns[noun])
            found[noun] = float(np.median(places[number * SAMPLES : (number + 1) * SAMPLES, own]))
        if report:
            report(f"{len(found)} of {len(nouns)} nouns")
    return found


def part_names(shards: Shards) -> list[str]:
    """What the props' parts are called, as captions have them and in the singular."""
    named = {part["name"] for index in range(len(shards)) for part in shards.facts(index).get("parts", ())}
    said = named | {word for name in named for word in name.split()}
    return sorted(said | {singular(word) for word in said})


def signature(planes: Float32[np.ndarray, "3 19 64 64"]) -> Float32[np.ndarray, "1152"]:
    """What a model looks like but for its colours: silhouettes at 16 pixels and depths at 8."""
    alpha = (planes[:, ALPHA] + 1) / 2
    alpha = alpha.reshape(3, 16, 4, 16, 4).mean((2, 4))
    depth = planes[:, DEPTHS].reshape(3, 2, 8, 8, 8, 8).mean((3, 5))
    return np.concatenate([alpha.ravel(), 1.5 * depth.ravel()]).astype(np.float32)


def _kind(shards: Shards, index: int) -> str:
    """A prop's category, or the last word of what an artist's model is called."""
    about = shards.facts(index)
    return str(about.get("category") or (str(about.get("noun", "")).split() or [""])[-1])


def _places(
    drawn: Float32[np.ndarray, "drawings values"],
    models: Float32[np.ndarray, "models values"],
    members: dict[str, np.ndarray],
) -> Float[np.ndarray, "drawings kinds"]:
    """How many kinds have a model that is nearer to a drawing than any of a kind's own."""
    distance = (models**2).sum(1)[None] - 2 * drawn @ models.T  # but for what all have in common
    nearest = np.stack([distance[:, those].min(1) for those in members.values()], 1)
    return nearest.argsort(1).argsort(1).astype(np.float64)
