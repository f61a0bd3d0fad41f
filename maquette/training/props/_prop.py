"""What a procedural prop is: named, coloured parts of a material, and the dice that a category rolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from maquette.cameras import FRAME
from maquette.training.props._solids import Solid

T = TypeVar("T")

THINNEST = 3 * FRAME / 64
"""World units: three pixels of a 64-pixel axis-aligned view. No part of a prop is thinner."""

COLORS = {
    "red": (0.78, 0.11, 0.10), "orange": (0.94, 0.46, 0.05), "yellow": (0.97, 0.87, 0.16),
    "green": (0.16, 0.55, 0.18), "teal": (0.06, 0.55, 0.55), "blue": (0.12, 0.28, 0.76),
    "purple": (0.48, 0.16, 0.62), "pink": (0.94, 0.52, 0.68), "brown": (0.42, 0.25, 0.12),
    "tan": (0.80, 0.68, 0.52), "white": (0.93, 0.93, 0.91), "gray": (0.50, 0.50, 0.52),
    "black": (0.09, 0.09, 0.10), "gold": (0.76, 0.55, 0.13),
}  # fmt: skip
"""sRGB-encoded; any two stay apart to the eye under the variation of Draw.finish."""


@dataclass(frozen=True)
class Substance:
    """How a material looks: constants of the metallic-roughness model and the pattern of its colour."""

    metallic: float
    roughness: float
    pattern: str = "plain"
    """plain, grain (wood), speckle (stone, leaves), courses (bricks)."""
    natural: tuple[str, ...] = ()
    """The colours it has when nobody painted it; a caption need not name them."""


SUBSTANCES = {
    "wood": Substance(0.0, 0.75, "grain", ("brown", "brown", "tan")),
    "metal": Substance(1.0, 0.35, "plain", ("gray",)),
    "stone": Substance(0.0, 0.90, "speckle", ("gray",)),
    "brick": Substance(0.0, 0.90, "courses", ("red", "tan", "gray")),
    "cloth": Substance(0.0, 0.95, "plain", ("white", "red", "blue")),
    "glass": Substance(0.0, 0.06, "plain", ("teal", "green")),
    "plastic": Substance(0.0, 0.40, "plain", ("white", "blue", "red")),
    "ceramic": Substance(0.0, 0.22, "plain", ("white", "tan")),
    "leaf": Substance(0.0, 0.85, "speckle", ("green",)),
    "wax": Substance(0.0, 0.55, "plain", ("white", "tan")),
}


@dataclass(frozen=True)
class Finish:
    """The surface of a part."""

    color: str
    """A key of COLORS."""
    rgb: tuple[float, float, float]
    """The colour itself, varied a little; sRGB-encoded."""
    material: str
    """A key of SUBSTANCES."""
    natural: bool
    """Whether a caption may leave the colour out because this is what one would expect."""


@dataclass(frozen=True)
class Part:
    """Solids that share a name and a finish, such as the legs of a chair."""

    name: str
    """What a caption calls it: singular, or plural when there are several ("legs")."""
    solids: tuple[Solid, ...]
    finish: Finish
    count: int = 1
    """How many a caption may say there are; 1 for a single part."""
    smooth: bool = True
    """False keeps every facet flat, as on a cut stone."""
    mentioned: bool = True
    """Whether captions may speak of it at all."""


@dataclass(frozen=True)
class Prop:
    """One object; the first part gives it its main colour and material."""

    category: str
    parts: tuple[Part, ...]
    adjectives: tuple[str, ...] = ()
    """True words of size and shape that a caption may use before the noun: tall, round, ..."""


@dataclass(frozen=True)
class Category:
    """How to make one kind of prop, and what people call it."""

    build: Callable[[Draw], Prop]
    nouns: tuple[str, ...]
    """Names that mean this kind and no other; the first is its own."""


@dataclass(frozen=True)
class Draw:
    """Random choices for one prop."""

    rng: np.random.Generator

    def uniform(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        return bool(self.rng.uniform() < probability)

    def choice(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def finish(
        self, *materials: str, natural: Sequence[str] = (), avoid: Sequence[Finish] = (), painted: float = 0.6
    ) -> Finish:
        """A material out of those named, in a natural colour or, with probability `painted`, in any colour.

        Args:
            natural: Colours one expects on this part; the material's own when empty.
            avoid: Finishes whose colours this one must not have, so that parts can be told apart.
            painted: 0 keeps to natural colours.
        """
        material = self.choice(materials)
        taken = {finish.color for finish in avoid}
        expected = [c for c in natural or SUBSTANCES[material].natural if c not in taken]
        painted_now = not expected or self.chance(painted)
        color = self.choice([c for c in COLORS if c not in taken] if painted_now else expected)
        # Colour names stay true: brightness moves together, hue only a little.
        rgb = np.array(COLORS[color]) * self.rng.uniform(0.86, 1.12) + self.rng.uniform(-0.03, 0.03, 3)
        r, g, b = np.clip(rgb, 0.03, 0.97)
        return Finish(color, (float(r), float(g), float(b)), material, color in expected)


def unit_scale(prop: Prop) -> tuple[float, np.ndarray]:
    """The factor and the centre that bring a prop into the unit box: (vertices - centre) * factor."""
    vertices = np.concatenate([solid.vertices for part in prop.parts for solid in part.solids])
    low, high = vertices.min(0), vertices.max(0)
    return float(1 / (high - low).max()), (low + high) / 2


def thinnest(prop: Prop) -> float:
    """The thickness of the prop's thinnest solid once it fills the unit box, world units."""
    factor, _ = unit_scale(prop)
    return factor * min(solid.thickness for part in prop.parts for solid in part.solids)


def sample(category: Category, rng: np.random.Generator, tries: int = 20) -> Prop:
    """Draw props of a category until one has no part thinner than THINNEST.

    Raises:
        RuntimeError: The category cannot keep its parts thick enough; its ranges need mending.
    """
    for _ in range(tries):
        prop = category.build(Draw(rng))
        if thinnest(prop) >= THINNEST:
            return prop
    raise RuntimeError(f"{category.nouns[0]}: no prop with parts of at least {THINNEST:.3f} in {tries} tries")
