"""What players gather or aim at, and what hangs in the sky: single bold shapes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    boulder,
    cylinder,
    ellipsoid,
    extrude,
    revolve,
    ring,
    rod,
)
from maquette.training.props._words import words

Outline = Sequence[tuple[float, float]]


def _puffed(outline: Outline, layers: Sequence[tuple[float, float]], middle: float = 0.0) -> Solid:
    """A flat shape that swells: its outline, shrunk about (0, 0), at each (size, z), closed by two fans.

    Args:
        outline: (x, y) points, all of which (0, 0) can see.
        layers: From the front to the back.
        middle: How far the fans' centres stand out before the outermost layers.
    """
    points = np.asarray(outline, float)
    x, y = points.T
    if (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() < 0:
        points = points[::-1]
    count, last = len(points), len(layers) * len(points)
    rings = [np.column_stack([points * size, np.full(count, z)]) for size, z in layers]
    vertices = np.concatenate([*rings, [[0, 0, layers[0][1] + middle], [0, 0, layers[-1][1] - middle]]])
    i, j = np.arange(count), (np.arange(count) + 1) % count
    faces = [np.stack([np.full(count, last), i, j], -1)]
    for a in range(0, last - count, count):
        b = a + count
        faces += [np.stack([a + i, b + i, b + j], -1), np.stack([a + i, b + j, a + j], -1)]
    faces.append(np.stack([np.full(count, last + 1), last - count + j, last - count + i], -1))
    thick = layers[0][1] - layers[-1][1] + 2 * middle
    return Solid(vertices.astype(np.float32), np.concatenate(faces).astype(np.int32), float(thick))


def _heart_outline(width: float, point: float) -> list[tuple[float, float]]:
    """Two round lobes and a point; as wide as high when `point` is 1."""
    turns = [k * 2 * pi / 40 for k in range(40)]
    shape = [(16 * sin(t) ** 3, 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t) + 1) for t in turns]
    return [(x * width / 32, y * width / 32 * (point if y < 0 else 1.0)) for x, y in shape]


def heart(draw: Draw) -> Prop:
    width, point, depth = draw.uniform(0.85, 1.0), draw.uniform(0.85, 1.1), draw.uniform(0.24, 0.42)
    swell = draw.uniform(0.7, 1.0)
    red = draw.finish("wax", "plastic", "glass", natural=("red", "red", "pink"), painted=0.3)
    other = draw.finish("wax", "metal", natural=("white", "gold", "black"), avoid=[red], painted=0.2)
    outline = _heart_outline(width, point)
    layers = [(cos(t) ** swell, depth / 2 * sin(t)) for t in np.linspace(1.25, -1.25, 9)]
    body = _puffed(outline, layers, depth * 0.02)
    parts = [Part("heart", (body,), red)]
    extra = draw.choice(["shine", "shine", "outline", "wings", "arrow"])
    if extra == "shine":
        other = draw.finish("wax", natural=("white",), avoid=[red], painted=0.0)
        spot = ellipsoid((0, 0, 0), (0.14, 0.085, 0.06), 12).turned("z", 40)
        dot = ellipsoid((-0.34 * width, 0.05, depth * 0.33), (0.05, 0.05, 0.05), 10)
        parts.append(
            Part("shine", (spot.moved(-0.24 * width, 0.2 * width, depth * 0.42), dot), other, mentioned=False)
        )
    elif extra == "outline":
        parts.append(Part("rim", (extrude(_heart_outline(width * 1.17, point), depth * 0.45),), other))
    elif extra == "wings":
        other = draw.finish("wax", natural=("white",), avoid=[red], painted=0.2)
        wing = [
            (0, -0.08),
            (0.2, -0.1),
            (0.24, 0.0),
            (0.34, 0.02),
            (0.36, 0.12),
            (0.46, 0.16),
            (0.5, 0.34),
            (0, 0.16),
        ]
        right = extrude(wing, 0.12).moved(width * 0.38, 0.05, -0.04)
        parts.append(Part("wings", (right, right.mirrored()), other, 2))
    else:
        a, b = (-width * 0.72, -0.16, 0), (width * 0.72, 0.24, 0)
        tip = rod((width * 0.66, 0.223, 0), (width * 0.86, 0.28, 0), 0.12, 0.1)
        fins = [rod((-width * 0.76, -0.17, 0), (-width * 0.58, -0.12, 0), 0.1, 0.5, 4)]
        parts.append(Part("arrow", (rod(a, b, 0.055), Solid(tip.vertices, tip.faces, 0.12), *fins), other))
    return Prop("heart", tuple(parts), words(thick=depth > 0.38, flat=depth < 0.28, wide=point < 0.9))


def star(draw: Draw) -> Prop:
    radius, inner, depth = 0.5, draw.uniform(0.46, 0.6), draw.uniform(0.22, 0.36)
    soft, turn = draw.chance(0.5), draw.uniform(-8, 8)
    gold = draw.finish("metal", "wax", "plastic", natural=("yellow", "gold"), painted=0.3)
    other = draw.finish("wax", "metal", natural=("orange", "white", "brown"), avoid=[gold], painted=0.3)

    def outline(size: float, blunt: float) -> list[tuple[float, float]]:
        points = []
        for k in range(5):
            a = k * 2 * pi / 5
            tip = (
                [(1 - blunt, -blunt * 0.28), (1 - blunt * 0.3, 0), (1 - blunt, blunt * 0.28)]
                if blunt
                else [(1.0, 0)]
            )
            points += [(size * r * sin(a + t), size * r * cos(a + t)) for r, t in tip]
            points.append((size * inner * sin(a + pi / 5), size * inner * cos(a + pi / 5)))
        return points

    blunt = draw.uniform(0.12, 0.2) if soft else 0.0
    # Sharp stars rise to a ridge along every arm; soft ones are rounded slabs.
    if soft:
        layers = [(0.8, depth / 2), (0.97, depth * 0.3), (0.97, -depth * 0.3), (0.8, -depth / 2)]
        body = _puffed(outline(radius, blunt), layers, 0.01)
    else:
        body = _puffed(outline(radius, blunt), [(1.0, 0.045), (1.0, -0.045)], depth * 0.55)
    parts = [Part("star", (body.turned("z", turn),), gold)]
    extra = draw.choice(["eyes", "rim", "stand"]) if soft else draw.choice(["rim", "stand", "center"])
    if extra == "eyes":
        dark = draw.finish("wax", natural=("black",), avoid=[gold], painted=0.0)
        eyes = [ellipsoid((s * 0.1, 0.04, depth / 2), (0.042, 0.095, 0.05), 10) for s in (-1, 1)]
        parts.append(Part("eyes", tuple(eyes), dark, 2))
    elif extra == "rim":
        parts.append(
            Part(
                "rim", (extrude(outline(radius * 1.22, blunt), depth * 0.3 + 0.02, 0.08).turned("z", turn),), other
            )
        )
    elif extra == "center":
        parts.append(Part("center", (ellipsoid((0, 0, 0), (0.13, 0.13, depth * 0.55 + 0.07), 12),), other))
    else:
        wood = draw.finish("wood", "stone", natural=("brown", "gray", "black"), avoid=[gold], painted=0.3)
        base = [cylinder((0, -0.62, 0), 0.26, 0.14, 0.85), rod((0, -0.6, 0), (0, -0.2, 0), 0.06)]
        parts.append(Part("stand", tuple(base), wood))
    return Prop("star", tuple(parts), words(thick=depth > 0.32, flat=depth < 0.25, round=soft and inner > 0.56))


def bone(draw: Draw) -> Prop:
    length, thick, knob = draw.uniform(0.62, 0.85), draw.uniform(0.075, 0.11), draw.uniform(1.25, 1.6)
    spread, waist, lean = draw.uniform(0.75, 0.95), draw.uniform(0.8, 0.95), draw.choice([0.0, 0.0, 35.0, -35.0])
    white = draw.finish("wax", natural=("white", "white", "tan"), painted=0.2)
    tip = white if draw.chance(0.6) else draw.finish("wax", natural=("tan", "white"), avoid=[white], painted=0.2)
    half, r = length / 2, thick * knob
    shaft = [rod((0, 0, 0), (s * half, 0, 0), thick * waist, 1 / waist, 14) for s in (-1, 1)]
    ends = [
        ellipsoid((s * (half + r * 0.35), a * r * spread, 0), (r * 1.1, r, r * 0.95), 14)
        for s in (-1, 1)
        for a in (-1, 1)
    ]
    parts = [("shaft", shaft, white), ("ends", ends, tip)]
    if draw.chance(0.3):
        cloth = draw.finish("cloth", natural=("red", "blue"), avoid=[white, tip], painted=0.4)
        bow = [cylinder((0, 0, 0), thick * 1.2, 0.13, segments=14).turned("z", 90)]
        bow += [ellipsoid((s * 0.11, thick * 1.35, 0), (0.11, 0.08, 0.07), 10) for s in (-1, 1)]
        parts.append(("ribbon", bow, cloth))
    placed = tuple(Part(name, tuple(s.turned("z", lean) for s in solids), look) for name, solids, look in parts)
    return Prop("bone", placed, words(long=length > 7.6 * thick, thick=length < 6.4 * thick))


def flag(draw: Draw) -> Prop:
    kind = draw.choice(["plain", "stripes", "disc", "pennant"])
    height, width, tall = draw.uniform(0.9, 1.15), draw.uniform(0.62, 0.82), draw.uniform(0.42, 0.54)
    wave, phase = draw.uniform(0.03, 0.06), draw.uniform(0, 6)
    cloth = draw.finish("cloth", natural=("red", "blue", "green"))
    other = draw.finish("cloth", natural=("white", "yellow"), avoid=[cloth])
    pole = draw.finish("wood", "metal", natural=("brown", "gray"), avoid=[cloth, other], painted=0.2)
    top = height - 0.06
    thick = 0.08

    def sheet(low: float, high: float) -> Solid:
        """Cloth from the pole to the fly between two heights, waving along x."""
        xs = np.linspace(0, width, 11)
        zs = wave * (xs / width) * np.sin(xs / width * 6 + phase)
        edge = list(zip(xs.tolist(), zs.tolist(), strict=True))
        outline = [(x, z + thick / 2) for x, z in edge] + [(x, z - thick / 2) for x, z in reversed(edge)]
        return extrude(outline, high - low, thick).turned("x", 90).moved(y=(low + high) / 2)

    marks: list[Solid] = []
    if kind == "stripes":
        cuts = [top - tall * k / 3 for k in range(4)]
        bands = [sheet(low, high) for high, low in itertools.pairwise(cuts)]
        fabric, marks = [bands[0], bands[2]], [bands[1]]
    elif kind == "pennant":
        fabric = [extrude([(0, top), (width * 1.1, top - tall / 2), (0, top - tall)], thick)]
        marks = [
            extrude([(0, top - tall * 0.2), (width * 0.45, top - tall / 2), (0, top - tall * 0.8)], thick + 0.05)
        ]
    else:
        fabric = [sheet(top - tall, top)]
        if kind == "disc":
            disc = cylinder((0, 0, 0), tall * 0.28, thick + wave * 2 + 0.04, segments=18).turned("x", 90)
            marks = [disc.moved(width * 0.5, top - tall / 2)]
    stick = [rod((0, 0, 0), (0, height, 0), 0.045)]
    knob = draw.finish("metal", natural=("gold",), avoid=[cloth, pole], painted=0.1)
    parts = [Part("cloth", tuple(fabric), cloth)]
    if marks:
        parts.append(
            Part("disc" if kind == "disc" else "stripe" if kind == "stripes" else "triangle", tuple(marks), other)
        )
    parts.append(Part("pole", tuple(stick), pole))
    parts.append(Part("ball", (ellipsoid((0, height + 0.02, 0), (0.075,) * 3, 12),), knob, mentioned=False))
    if draw.chance(0.6):
        stone = draw.finish("stone", natural=("gray",), avoid=[cloth, pole], painted=0.2)
        parts.append(Part("base", (cylinder((0, 0.045, 0), draw.uniform(0.16, 0.24), 0.09, 0.9),), stone))
    return Prop("flag", tuple(parts), words(wide=width > 1.65 * tall, tall=height > 1.07))


def target(draw: Draw) -> Prop:
    radius, depth, rings = draw.uniform(0.36, 0.46), draw.uniform(0.09, 0.14), draw.choice([3, 4, 4])
    lift, lean = draw.uniform(0.5, 0.68), draw.uniform(-14, -4)
    red = draw.finish("wood", natural=("red", "blue"), painted=0.35)
    white = draw.finish("wood", natural=("white",), avoid=[red], painted=0.15)
    middle = draw.finish("wood", natural=("yellow", "red"), avoid=[red, white], painted=0.2)
    wood = draw.finish("wood", natural=("brown",), avoid=[red, white, middle], painted=0.2)

    def disc(r: float, k: int) -> Solid:
        thick = depth + 0.03 * k
        return cylinder((0, 0, 0), r, thick, segments=24).turned("x", 90).moved(z=thick / 2)

    groups: dict[str, list[Solid]] = {"red": [], "white": [], "middle": []}
    for k in range(rings):
        name = "middle" if k == rings - 1 else ("red", "white")[k % 2]
        groups[name].append(disc(radius * (1 - k / rings), k))

    def placed(solids: Sequence[Solid]) -> tuple[Solid, ...]:
        return tuple(s.turned("x", lean).moved(0, lift, 0) for s in solids)

    foot = radius * draw.uniform(0.8, 1.0)
    top = lift + radius * 0.75
    legs = [rod((s * foot, 0, 0.12), (s * 0.1, top, -0.08), 0.05) for s in (-1, 1)]
    legs.append(rod((0, 0, -0.42), (0, top - 0.02, -0.1), 0.05))
    legs.append(rod((-foot * 0.75, lift * 0.32, 0.05), (foot * 0.75, lift * 0.32, 0.05), 0.045))
    parts = [
        Part("board", placed(groups["red"]), red),
        Part("ring" if len(groups["white"]) == 1 else "rings", placed(groups["white"]), white),
        Part("bullseye", placed(groups["middle"]), middle),
        Part("legs", tuple(legs), wood, 3),
    ]
    if draw.chance(0.35):
        shaft = rod((0.03, 0.02, depth), (0.1, 0.12, depth + 0.42), 0.042)
        tail = draw.finish("wood", natural=("black", "green"), avoid=[red, white, middle, wood], painted=0.3)
        fins = rod((0.08, 0.09, depth + 0.3), (0.1, 0.12, depth + 0.44), 0.075, 1.0, 4)
        parts.append(Part("arrow", placed([shaft, fins]), tail))
    return Prop("target", tuple(parts), words(tall=lift > 1.55 * radius, wide=lift < 1.3 * radius))


def planet(draw: Draw) -> Prop:
    radius, tilt, roll = 0.4, draw.uniform(12, 30), draw.uniform(-28, 28)
    reach, wide = draw.uniform(1.6, 1.8), draw.uniform(0.24, 0.34)
    kind = draw.choice(["land", "land", "bands", "bands", "craters"])
    natural = {"land": ("blue",), "bands": ("orange", "tan"), "craters": ("gray", "red", "purple")}[kind]
    ground = draw.finish("wax", "stone", natural=natural, painted=0.35)
    natural = {"land": ("green",), "bands": ("brown", "white"), "craters": ("black", "brown", "tan")}[kind]
    marks = draw.finish("wax", natural=natural, avoid=[ground], painted=0.3)
    ball = ellipsoid((0, 0, 0), (radius,) * 3, 28)
    if kind == "land":
        # A rough ball of nearly the same size: where it stands out of the smooth one is land.
        lump = boulder(draw.rng, (radius * 1.01,) * 3, draw.uniform(0.1, 0.14), 3)
        away = np.linalg.norm(lump.vertices, axis=1, keepdims=True)
        # Shores fall steeply, and land lies flat at one height.
        height = np.clip(radius + (away - radius) * 6, radius * 0.8, radius * 1.04)
        lump = Solid((lump.vertices / away * height).astype(np.float32), lump.faces, radius)
        name, spots = "continents", [lump]
    elif kind == "bands":
        name, spots = "bands", []
        for low, high in ((-0.72, -0.5), (-0.22, 0.08), (0.4, 0.6)):
            angles = np.linspace(low, high, 4)
            spots.append(revolve([(radius * 1.025 * cos(t), radius * 1.025 * sin(t)) for t in angles], 28, 0.09))
    else:
        name, spots = "craters", []
        turn = draw.uniform(0, 6)
        for k in range(9):
            y, a, size = -0.8 + 1.6 * k / 8, turn + k * 2.4, draw.uniform(0.08, 0.14)
            flat = (1 - y * y) ** 0.5
            at = np.array([flat * sin(a), y, flat * cos(a)]) * radius
            spots.append(rod((at * 0.8).tolist(), (at * 1.0).tolist(), size, segments=14))

    def placed(solids: Sequence[Solid]) -> tuple[Solid, ...]:
        return tuple(s.turned("x", tilt).turned("z", roll) for s in solids)

    parts = [Part("ground", placed([ball]), ground), Part(name, placed(spots), marks)]
    ringed = kind == "bands" or draw.chance(0.4)
    if ringed:
        dust = draw.finish("stone", "wax", natural=("tan", "gold", "white"), avoid=[ground, marks], painted=0.3)
        hoop = ring((0, 0, 0), radius * reach, wide, segments=32)
        parts.append(Part("ring", placed([hoop.scaled(y=0.36)]), dust))
    return Prop("planet", tuple(parts), words(ringed=ringed, round=not ringed))


TOKENS = {
    "heart": Category(heart, ("heart", "love heart")),
    "star": Category(star, ("star",)),
    "bone": Category(bone, ("bone",)),
    "flag": Category(flag, ("flag",)),
    "target": Category(target, ("archery target", "target")),
    "planet": Category(planet, ("planet",)),
}
