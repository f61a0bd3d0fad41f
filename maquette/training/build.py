"""Drawing training sets: procedural props and artist-made models, by a command that can be stopped and resumed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from maquette.artifacts import Views
from maquette.errors import InputError
from maquette.multiview._planes import planes_from_views
from maquette.training.captions import facts
from maquette.training.color_words import color_shares
from maquette.training.corpus import Entry, licences
from maquette.training.corpus_models import read_model, vary
from maquette.training.data import RESOLUTION, Record, shard_exists, write_shard
from maquette.training.props import CATEGORIES, Category, Prop, sample
from maquette.training.render import Model, assemble, photograph, render_views

PICTURES = 2
SHARD = 500
"""Records a shard of props; one of artist models has about as many."""
HELD_OUT_PAIRS = 0.1
"""Share of the pairs of a category and a main colour that no training sees."""


def build(
    folder: Path,
    count: int,
    seed: int = 0,
    workers: int | None = None,
    report: Callable[[int, int], None] = lambda *_: None,
    entries: Sequence[Entry] = (),
    variants: int = 12,
) -> None:
    """Draw props, and artist-made models, into shards under a folder, keeping those that are already there.

    Args:
        count: Procedural props, rounded up to whole shards.
        seed: Another seed draws other props; a shard depends on the seed and its own number alone.
        workers: Processes; as many as there are cores when None.
        report: Called with (shards done, shards in all).
        entries: Artist models; hidden ones are left out.
        variants: Times that an artist model of weight 1 is drawn, each time a little different.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs: list[tuple[str, Sequence[tuple[Entry, int]] | None]] = [
        (f"props-{n:05d}", None) for n in range((count + SHARD - 1) // SHARD)
    ]
    jobs += [(f"artists-{n:05d}", part) for n, part in enumerate(_portions(entries, variants, seed))]
    if entries:
        rows = [list(row) for row in licences([entry for entry in entries if not entry.hidden])]
        said, place = json.dumps(rows, indent=1), folder / "sources.json"
        if not place.exists() or place.read_text() != said:
            partial = place.with_suffix(".partial")
            partial.write_text(said)
            partial.replace(place)
    missing = [(name, part) for name, part in jobs if not shard_exists(folder, name)]
    done = len(jobs) - len(missing)
    report(done, len(jobs))
    with ProcessPoolExecutor(workers or os.cpu_count(), initializer=_one_thread) as pool:
        names, portions = [name for name, _ in missing], [part for _, part in missing]
        count_missing = len(missing)
        for _ in pool.map(_build_shard, [folder] * count_missing, names, portions, [seed] * count_missing):
            done += 1
            report(done, len(jobs))


def _one_thread() -> None:
    """One thread a process: there is a process for every core, and more threads would only wait for each other."""
    os.environ["OMP_NUM_THREADS"] = "1"


def _portions(entries: Sequence[Entry], variants: int, seed: int) -> list[list[tuple[Entry, int]]]:
    """Models with how often each is drawn, about SHARD draws together; models are shuffled."""
    rng = np.random.default_rng([seed, 31])
    seen = [entry for entry in entries if not entry.hidden]
    draws = [(e, int(e.weight * variants + rng.uniform())) for e in (seen[i] for i in rng.permutation(len(seen)))]
    portions, size = [[]], 0
    for entry, times in draws:
        if times:
            portions[-1].append((entry, times))
            size += times
        if size >= SHARD:
            portions.append([])
            size = 0
    return [portion for portion in portions if portion]


def _build_shard(folder: Path, name: str, portion: Sequence[tuple[Entry, int]] | None, seed: int) -> None:
    number = int(name.split("-")[1])
    if portion is None:
        write_shard(folder, name, _draw_props(np.random.default_rng([seed, number])))
    else:
        write_shard(folder, name, _draw_artists(portion, np.random.default_rng([seed, number, 1])))


def _draw_props(rng: np.random.Generator) -> Iterator[Record]:
    categories = list(CATEGORIES.values())
    for index in rng.permutation(SHARD) % len(categories):
        prop = sample_trained(categories[index], rng)
        model = assemble(prop)
        views = render_views(model, RESOLUTION)
        yield Record(planes_from_views(views), _photographs(model, rng), facts(prop))


def sample_trained(category: Category, rng: np.random.Generator) -> Prop:
    """A prop whose category and main colour are a pair that training may see."""
    while True:
        prop = sample(category, rng)
        if not is_held_out(prop.category, prop.parts[0].finish.color):
            return prop


def is_held_out(category: str, color: str) -> bool:
    """Whether a pair is one of the HELD_OUT_PAIRS; the same on every machine."""
    digest = hashlib.sha256(f"pair {category} {color}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48 < HELD_OUT_PAIRS


def _draw_artists(portion: Sequence[tuple[Entry, int]], rng: np.random.Generator) -> Iterator[Record]:
    for entry, times in portion:
        try:
            model = read_model(entry.path)
        except InputError:  # what cannot be read cannot be learnt from
            continue
        for turn in range(times):
            likeness, natural = vary(model, rng, entry.painted, still=turn == 0)
            views = render_views(likeness, RESOLUTION)
            if is_shown(views):
                about = artist_facts(entry, views, natural)
                yield Record(planes_from_views(views), _photographs(likeness, rng), about)


def is_shown(views: Views) -> bool:
    """Whether there is something to see from every side: sheets and wires thinner than a pixel vanish."""
    return bool((views.alpha > 0.5).any((1, 2)).all())


def _photographs(model: Model, rng: np.random.Generator) -> UInt8[np.ndarray, "pictures 4 64 64"]:
    return np.stack([_rgba(photograph(model, rng, RESOLUTION)) for _ in range(PICTURES)])


def artist_facts(entry: Entry, views: Views, natural: bool) -> dict[str, object]:
    """What captions may say about an artist's model: its name, its measured colours and proportions."""
    pixels = views.rgb[views.alpha > 0.9][::11]
    shares = color_shares(pixels)
    return {
        "noun": " ".join(entry.name.words),
        "adjectives": list(entry.name.adjectives),
        "colors": [word for word, share in shares[:2] if share > 0.25],
        "natural": natural,
        "shape": _shape(views),
        "theme": entry.theme,
    }


def _shape(views: Views) -> str:
    """tall, flat, long or nothing, by the extents of the silhouettes."""
    across, high = (np.ptp(np.flatnonzero(views.alpha[0].max(axis) > 0.5)) + 1.0 for axis in (0, 1))
    deep = np.ptp(np.flatnonzero(views.alpha[1].max(0) > 0.5)) + 1.0
    if high > 2.2 * max(across, deep):
        return "tall"
    if high < 0.25 * min(across, deep):
        return "flat"
    return "long" if max(across, deep) > 2.2 * max(min(across, deep), high) else ""


def _rgba(image) -> UInt8[np.ndarray, "4 height width"]:
    channels = np.concatenate([image.rgb, image.alpha[..., None]], -1)
    return np.round(channels * 255).astype(np.uint8).transpose(2, 0, 1)
