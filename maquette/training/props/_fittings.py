"""What stands about a house and its street: ladders, stoves, trash cans, traffic lights."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._screens import disc
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words


def ladder(draw: Draw) -> Prop:
    height, width, rungs = draw.uniform(1.0, 1.3), draw.uniform(0.36, 0.48), draw.integer(4, 6)
    post, taper, folding = draw.uniform(0.085, 0.11), draw.uniform(0.8, 1.0), draw.chance(0.35)
    rail = draw.finish("wood", "wood", "metal", natural=("brown", "tan", "gray"), painted=0.35)
    step = draw.finish("wood", "metal", natural=("tan", "brown", "gray"), avoid=[rail], painted=0.4)

    def wide(y: float) -> float:
        return width / 2 * (1 - (1 - taper) * y / height)

    if not folding:
        rails = [rod((s * wide(0), 0, 0), (s * wide(height), height, 0), post * 0.7, segments=4) for s in (-1, 1)]
        heights = [height * (k + 0.6) / (rungs + 0.1) for k in range(rungs)]
        rods = [rod((-wide(y), y, 0), (wide(y), y, 0), 0.046, segments=10) for y in heights]
        parts = [Part("rails", tuple(rails), rail, 2), Part("rungs", tuple(rods), step, rungs)]
        return Prop("ladder", tuple(parts), words(tall=height > 1.22, narrow=width < 0.39, wide=width > 0.45))
    lean, height = draw.uniform(11, 16), height * 0.85
    front = [
        rod((s * wide(0) * 1.15, 0, 0), (s * wide(height) * 0.9, height, 0), post * 0.65, segments=4)
        for s in (-1, 1)
    ]
    rungs -= 1
    treads = [box((0, height * (k + 0.7) / (rungs + 0.4), 0.02), (width * 1.02, 0.08, 0.17)) for k in range(rungs)]
    back = [*front, rod((-wide(0), height * 0.3, 0), (wide(0), height * 0.3, 0), 0.042)]

    def hung(solid: Solid, turn: float) -> Solid:
        """Turned about the top edge."""
        return solid.moved(y=-height).turned("x", turn).moved(y=height)

    top = box((0, height + 0.03, 0), (width * 1.0, 0.09, 0.24))
    parts = [
        Part("rails", tuple(hung(f, -lean) for f in front), rail),
        Part("legs", tuple(hung(b, lean) for b in back), rail, mentioned=False),
        Part("steps", (*(hung(t, -lean).moved(y=0) for t in treads), top), step),
    ]
    return Prop("ladder", tuple(parts), words(folding=True, tall=height > 1.05, wide=width > 0.45))


def traffic_light(draw: Draw) -> Prop:
    width, pole, size = draw.uniform(0.34, 0.42), draw.uniform(0.35, 0.6), draw.uniform(0.72, 0.8)
    depth, border = draw.uniform(0.22, 0.3), draw.chance(0.35)
    colors = [draw.finish("glass", natural=(c,), painted=0.0) for c in ("red", "yellow", "green")]
    case = draw.finish("metal", natural=("black", "black", "gray"), avoid=colors, painted=0.25)
    steel = draw.finish("metal", natural=("gray", "black"), avoid=[*colors, case], painted=0.25)
    pitch = width * 0.86
    tall = 3 * pitch + 0.06
    middle, front, r = pole + tall / 2, depth / 2, pitch / 2 * size * 1.12
    lamps = [ellipsoid((0, middle + s * pitch, front), (r, r, 0.07), 18) for s in (1, 0, -1)]
    hoods = []
    for s in (1, 0, -1):
        # A peak over each lamp.
        path = [
            [r * 1.12 * cos(t), middle + s * pitch + r * 1.12 * sin(t), front + 0.08]
            for t in np.linspace(0.2, pi - 0.2, 9)
        ]
        hoods.append(tube(path, 0.047, 8).moved(z=-front - 0.08).scaled(z=1.9).moved(z=front + 0.06))
    body = [box((0, middle, 0), (width, tall, depth)), *hoods]
    post = [
        rod((0, 0, 0), (0, pole + 0.02, 0), draw.uniform(0.06, 0.08), segments=14),
        cylinder((0, 0.05, 0), 0.2, 0.1, 0.8, 18),
    ]
    post.append(box((0, pole + tall + 0.02, 0), (width * 0.7, 0.09, depth * 0.7)))
    parts = [Part("case", tuple(body), case)]
    parts += [
        Part(f"{name} light", (lamp,), look)
        for name, lamp, look in zip(("top", "middle", "bottom"), lamps, colors, strict=True)
    ]
    parts.append(Part("pole", tuple(post), steel))
    if border:
        rim = draw.finish("metal", natural=("yellow", "white"), avoid=[case], painted=0.2)
        parts.append(Part("border", (box((0, middle, -0.02), (width + 0.13, tall + 0.13, 0.09)),), rim))
    return Prop("traffic_light", tuple(parts), words(tall=pole > 0.54, short=pole < 0.42, wide=width > 0.4))


def stove(draw: Draw) -> Prop:
    width, height, depth = draw.uniform(0.68, 0.82), draw.uniform(0.78, 0.92), draw.uniform(0.58, 0.7)
    panel, burner = draw.uniform(0.0, 0.28), draw.uniform(0.11, 0.135)
    body = draw.finish("metal", natural=("white", "white", "gray"), painted=0.45)
    dark = draw.finish("metal", natural=("black",), avoid=[body], painted=0.1)
    window = draw.finish("glass", natural=("black", "orange", "teal"), avoid=[body], painted=0.1)
    steel = draw.finish("metal", natural=("gray", "red", "gold"), avoid=[body, window], painted=0.2)
    front = depth / 2
    solids = [
        box((0, height / 2 + 0.04, 0), (width, height - 0.08, depth)),
        box((0, height * 0.42, front), (width * 0.9, height * 0.62, 0.1)),
    ]
    high = panel > 0.12
    if high:
        solids.append(box((0, height + panel / 2, -front + 0.05), (width, panel, 0.1)))
    top = box((0, height + 0.01, 0), (width * 0.98, 0.08, depth * 0.98))
    hot = [
        cylinder((a * width * 0.25, height + 0.06, b * depth * 0.24), burner, 0.09, segments=18)
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    plinth = box((0, 0.05, -0.02), (width * 0.92, 0.1, depth * 0.92))
    glass = box((0, height * 0.38, front + 0.03), (width * 0.6, height * 0.3, 0.08))
    bar = [rod((-width * 0.36, height * 0.66, front + 0.12), (width * 0.36, height * 0.66, front + 0.12), 0.042)]
    bar += [box((s * width * 0.32, height * 0.66, front + 0.07), (0.07, 0.07, 0.12)) for s in (-1, 1)]
    count = draw.choice([4, 4, 5])
    knobs = [
        disc((width * 0.78 * ((k + 0.5) / count - 0.5), height * 0.86, front + 0.03), 0.052, 0.1)
        for k in range(count)
    ]
    surface = draw.finish("metal", natural=("gray", "white"), avoid=[dark, body], painted=0.0)
    parts = [
        Part("body", tuple(solids), body),
        Part("window", (glass,), window),
        Part("burners", tuple(hot), dark, 4),
        Part("handle", tuple(bar), steel),
        Part("knobs", tuple(knobs), dark, count, mentioned=False),
        Part("cooktop", (top, plinth), surface, mentioned=False),
    ]
    if high:
        shown = box((0, height + panel * 0.55, -front + 0.11), (width * 0.4, max(panel * 0.4, 0.08), 0.07))
        parts.append(Part("display", (shown,), window, mentioned=False))
    return Prop("stove", tuple(parts), words(wide=width > 0.79, tall=height > 0.89))


def trash_can(draw: Draw) -> Prop:
    if draw.chance(0.35):
        return _wheeled_bin(draw)
    radius, height, taper = draw.uniform(0.27, 0.34), draw.uniform(0.62, 0.82), draw.uniform(0.8, 0.92)
    ribs, dome = draw.integer(8, 12), draw.uniform(0.08, 0.16)
    body = draw.finish("metal", natural=("gray", "gray", "green"), painted=0.35)
    cover = (
        body
        if draw.chance(0.35)
        else draw.finish("metal", "plastic", natural=("black", "gray", "green"), avoid=[body], painted=0.35)
    )
    other = draw.finish("metal", natural=("black", "white"), avoid=[body, cover], painted=0.1)
    low = radius * taper
    sides = [cylinder((0, height / 2, 0), low, height, 1 / taper, 24)]
    sides += [
        rod((0, 0.06, low), (0, height - 0.08, radius), 0.042, segments=6).turned("y", 360 * k / ribs)
        for k in range(ribs)
    ]
    hoops = [
        cylinder((0, 0.04, 0), low + 0.035, 0.08, segments=24),
        cylinder((0, height - 0.06, 0), radius + 0.025, 0.08, segments=24),
    ]
    lid = [cylinder((0, height + 0.02, 0), radius + 0.06, 0.1, segments=24),
           ellipsoid((0, height + 0.06, 0), (radius + 0.02, dome, radius + 0.02), 22, lowest=0.0)]  # fmt: skip
    top = height + 0.05 + dome
    grip = tube(
        [[-0.11, top - 0.02, 0], [-0.09, top + 0.08, 0], [0.09, top + 0.08, 0], [0.11, top - 0.02, 0]], 0.042, 10
    )
    ears = [ring((s * (radius + 0.02), height * 0.72, 0), 0.1, 0.08, "z", 16) for s in (-1, 1)]
    tilt, slip = draw.choice([0.0, 0.0, draw.uniform(5, 12)]), draw.uniform(0, 0.04)
    lid = [s.moved(y=-height).turned("z", tilt).moved(slip, height + 0.06 * (tilt > 0)) for s in (*lid, grip)]
    parts = [
        Part("body", tuple(sides), body),
        Part("lid", tuple(lid), cover, mentioned=cover is not body),
        Part("handles", tuple(ears), other, 2),
        Part("hoops", tuple(hoops), other, mentioned=False),
    ]
    return Prop(
        "trash_can", tuple(parts), words(tall=height > 2.5 * radius, wide=height < 2.05 * radius, round=True)
    )


def _wheeled_bin(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(0.46, 0.54), draw.uniform(0.46, 0.54), draw.uniform(0.78, 0.92)
    body = draw.finish("plastic", natural=("green", "gray", "blue"), painted=0.4)
    cover = draw.finish("plastic", natural=("black", "green", "yellow"), avoid=[body], painted=0.35)
    dark = draw.finish("plastic", natural=("black", "gray"), avoid=[body, cover], painted=0.1)
    pale = draw.finish("plastic", natural=("white",), avoid=[body], painted=0.1)
    sides = box((0, height / 2 + 0.05, 0), (width * 0.84, height, depth * 0.8), (1.19, 1.25))
    rim = box((0, height, 0), (width + 0.06, 0.1, depth + 0.05))
    lid = [
        box((0, height + 0.09, 0.02), (width + 0.08, 0.13, depth + 0.12), (0.84, 0.84)),
        box((0, height + 0.06, depth / 2 + 0.07), (0.24, 0.08, 0.08)),
    ]
    wheels = [
        cylinder((0, 0, 0), 0.13, 0.1, segments=18).turned("z", 90).moved(s * width * 0.47, 0.13, -depth * 0.42)
        for s in (-1, 1)
    ]
    bar = rod(
        (-width * 0.42, height + 0.02, -depth / 2 - 0.08), (width * 0.42, height + 0.02, -depth / 2 - 0.08), 0.045
    )
    arms = [box((s * width * 0.36, height + 0.01, -depth / 2 - 0.04), (0.08, 0.08, 0.14)) for s in (-1, 1)]
    mark = draw.choice(["label", "arrow"])
    z, y = depth * 0.47, height * 0.58
    sign = (
        box((0, y, z), (width * 0.5, 0.2, 0.1))
        if mark == "label"
        else extrude(
            [
                (-0.055, -0.14),
                (0.055, -0.14),
                (0.055, 0.02),
                (0.13, 0.02),
                (0, 0.17),
                (-0.13, 0.02),
                (-0.055, 0.02),
            ],
            0.1,
        ).moved(0, y, z)
    )
    parts = [
        Part("body", (sides, rim), body),
        Part("lid", tuple(lid), cover),
        Part("wheels", tuple(wheels), dark, 2),
        Part(mark, (sign,), pale),
        Part("bar", (bar, *arms), dark, mentioned=False),
    ]
    return Prop("trash_can", tuple(parts), words(wheeled=True, tall=height > 0.88))
