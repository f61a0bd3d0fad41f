"""`maquette models list | show`: what the bundled models are, and what they were trained on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import tyro

from maquette.errors import InputError
from maquette.weights import Weights, locate


def bundled() -> dict[str, Weights]:
    """Every model that comes with the package, by name."""
    from maquette.multiview import mini
    from maquette.texturing import upscale

    return {weights.name: weights for weights in (mini.BUNDLED, upscale.BUNDLED)}


@dataclass(frozen=True)
class List:
    """List the models that come with the package."""

    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        rows = [_about(weights) for weights in bundled().values()]
        if self.json:
            print(json.dumps(rows, indent=1))
            return 0
        for row in rows:
            print(f"{row['name']}  {row['bytes'] / 1e6:.1f} MB  {row['licence']}  {row['sha256'][:12]}")
        return 0


@dataclass(frozen=True)
class Show:
    """Tell what a model is, what it draws, and every source that it was trained on with its licence."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")] = "mini-views"
    """The model, as `maquette models list` names it."""
    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        known = bundled()
        if self.name not in known:
            raise InputError(f"there is no model {self.name!r:.60}; expected one of {', '.join(known)}")
        weights = known[self.name]
        sources, things = trained_on(weights), draws(weights)
        if self.json:
            keys = ("pack", "author", "licence", "models")
            about = [dict(zip(keys, row, strict=True)) for row in sources]
            print(json.dumps(_about(weights) | {"draws": things, "sources": about}, indent=1))
            return 0
        print(f"{weights.name}: {weights.size / 1e6:.1f} MB, {weights.licence}, SHA-256 {weights.sha256}")
        if things:
            print(f"draws {', '.join(things)}")
        print("trained on procedural props of this package (maquette/training/props)")
        if sources:
            counts: Counter[str] = Counter()
            for _, _, licence, models in sources:
                counts[licence] += models
            by_licence = ", ".join(f"{count} {licence}" for licence, count in counts.most_common())
            print(f"and on {sum(counts.values())} artists' models ({by_licence}):")
            for pack, author, licence, models in sources:
                print(f"  {pack}, by {author} ({licence}), {models} {'model' if models == 1 else 'models'}")
        return 0


def trained_on(weights: Weights) -> list[tuple[str, str, str, int]]:
    """(pack, author, licence, models) of the artists' work that some weights were trained on."""
    about = json.loads(locate(weights).with_suffix(".json").read_text())
    return [tuple(row) for row in about.get("sources", [])]


def draws(weights: Weights) -> list[str]:
    """The things that a model was found to draw recognisably, each by its usual name, in order."""
    about = json.loads(locate(weights).with_suffix(".json").read_text())
    known, names = set(about.get("recognised", [])), dict[str, str]()
    for noun, kind in about.get("nouns", {}).items():
        if noun in known:
            names[kind] = min(names.get(kind, noun), noun, key=lambda name: (name != kind, len(name)))
    return sorted(names.values())


def _about(weights: Weights) -> dict[str, Any]:
    return {"name": weights.name, "bytes": weights.size, "sha256": weights.sha256, "licence": weights.licence}
