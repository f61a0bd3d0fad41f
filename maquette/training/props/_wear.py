"""What one wears or carries against the weather: top hats, crowns, boots, umbrellas."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._shells import shell
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    pillow,
    revolve,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words


def hat(draw: Draw) -> Prop:
    radius, height, flare = draw.uniform(0.28, 0.33), draw.uniform(0.45, 0.75), draw.uniform(1.0, 1.22)
    brim, curl, high = draw.uniform(0.48, 0.56), draw.uniform(0.02, 0.1), draw.uniform(0.12, 0.17)
    felt = draw.finish("cloth", natural=("black", "black", "gray", "brown"), painted=0.45)
    silk = draw.finish("cloth", natural=("red", "white", "blue", "purple"), avoid=[felt], painted=0.5)
    edge = [(brim, 0.0), (brim + 0.02, 0.04), (brim, 0.085), (radius, 0.085)]
    flat = revolve([(radius * 0.9, 0.0), *edge], 28, 0.085)
    x, y, z = flat.vertices.T
    # The brim rolls up at the sides.
    up = curl * np.clip((np.hypot(x, z) - radius) / (brim - radius), 0, 1) * (x / brim) ** 2 * 1.4
    rolled = Solid(np.stack([x, y + up, z], -1).astype(np.float32), flat.faces, flat.thickness)
    side = [
        (radius, 0.02),
        (radius, 0.3 * height),
        (radius * flare, height),
        (radius * flare - 0.04, height + 0.04),
    ]
    band = revolve([(radius + 0.035, 0.07), (radius + 0.035 + (flare - 1) * 0.05, 0.07 + high)], 28)
    parts = [Part("hat", (rolled, revolve(side, 28)), felt), Part("band", (band,), silk)]
    extra = draw.choice(["buckle", "feather", "flower", "", ""])
    if extra == "buckle":
        gold = draw.finish("metal", natural=("gold", "gray"), avoid=[felt, silk], painted=0.1)
        parts.append(Part("buckle", (box((0, 0.07 + high / 2, radius + 0.03), (0.22, high + 0.05, 0.09)),), gold))
    elif extra == "feather":
        plume = draw.finish("wax", natural=("white", "red", "green"), avoid=[felt, silk], painted=0.4)
        quill = ellipsoid((0, 0.22, 0), (0.055, 0.3, 0.1), 12).turned("x", -24).moved(radius + 0.05, 0.08, 0.05)
        parts.append(Part("feather", (quill,), plume))
    elif extra == "flower":
        petal = draw.finish("wax", natural=("red", "pink", "yellow"), avoid=[felt, silk], painted=0.3)
        around = [(0.085 * cos(k * 2 * pi / 5), 0.085 * sin(k * 2 * pi / 5)) for k in range(5)]
        y, z = 0.09 + high / 2, radius + 0.05
        blossom = [ellipsoid((0.12 + a, y + b, z), (0.065, 0.065, 0.05), 10) for a, b in around]
        parts.append(Part("flower", tuple(blossom), petal))
    return Prop("hat", tuple(parts), words(tall=height > 0.66, short=height < 0.52, wide=brim > 0.54))


def crown(draw: Draw) -> Prop:
    radius, flare, points = 0.45, draw.uniform(1.0, 1.25), draw.integer(5, 8)
    low, high, thick = draw.uniform(0.22, 0.3), draw.uniform(0.5, 0.68), draw.uniform(0.08, 0.1)
    gold = draw.finish("metal", natural=("gold", "gold", "yellow", "gray"), painted=0.15)
    gem = draw.finish("glass", natural=("red", "blue", "green"), avoid=[gold], painted=0.3)
    columns = points * 8
    around = np.arange(columns) * 2 * pi / columns
    saw = np.abs((np.arange(columns) / 8 + 0.5) % 1 - 0.5) * 2  # 0 at a point, 1 in the valley between two
    top = high + (low - high) * saw

    def surface(out: float) -> np.ndarray:
        rows = []
        for t in (0.0, 0.34, 0.67, 1.0):
            y = top * t
            r = radius * (1 + (flare - 1) * y / high) + out
            rows.append(np.stack([r * np.sin(around), y, r * np.cos(around)], -1))
        return np.stack(rows)

    hoop = shell(surface(0.0), surface(-thick), thick, closed=True)
    tip, size = radius * flare - thick / 2, draw.uniform(0.055, 0.075)
    turns = [k * 2 * pi / points for k in range(points)]
    balls = [ellipsoid((tip * sin(a), high + 0.01, tip * cos(a)), (size,) * 3, 12) for a in turns]
    y = low * 0.5
    out = radius * (1 + (flare - 1) * y / high)
    shape = draw.choice(["round", "diamond"])
    stones = []
    for a in turns:
        stone = (
            ellipsoid((0, y, out), (0.085, 0.085, 0.06), 14)
            if shape == "round"
            else extrude([(0.1, 0), (0, 0.11), (-0.1, 0), (0, -0.11)], 0.1, 0.1).moved(0, y, out)
        )
        stones.append(stone.turned("y", float(np.degrees(a))))
    parts = [Part("body", (hoop,), gold), Part("gems", tuple(stones), gem, points if points < 9 else 1)]
    knob = gem if draw.chance(0.5) else draw.finish("metal", natural=("white", "red"), avoid=[gold], painted=0.3)
    parts.append(Part("balls", tuple(balls), knob, mentioned=knob is not gem))
    inside = draw.choice(["cushion", "fur", "fur and cushion", "", ""])
    if "cushion" in inside:
        velvet = draw.finish("cloth", natural=("red", "purple"), avoid=[gold, knob], painted=0.3)
        dome = ellipsoid((0, low * 0.5, 0), (radius * 0.9, high * draw.uniform(0.6, 0.8), radius * 0.9), 20, -0.2)
        parts.append(Part("cushion", (dome,), velvet))
    if "fur" in inside:
        white = draw.finish("wax", natural=("white",), avoid=[gold, gem], painted=0.1)
        parts.append(Part("rim", (ring((0, 0.02, 0), radius - 0.02, 0.17, segments=32),), white))
    return Prop("crown", tuple(parts), words(tall=high > 0.64, short=high < 0.54))


def boot(draw: Draw) -> Prop:
    style = draw.choice(["laced", "laced", "rubber", "cowboy"])
    height = draw.uniform(0.8, 1.05) if style != "laced" else draw.uniform(0.68, 0.85)
    length, width, leg = draw.uniform(0.72, 0.84), draw.uniform(0.3, 0.36), draw.uniform(0.165, 0.2)
    sole_high = draw.uniform(0.09, 0.13)
    natural = {
        "laced": ("brown", "brown", "black"),
        "rubber": ("green", "yellow", "red"),
        "cowboy": ("brown", "tan"),
    }
    leather = draw.finish(
        "plastic" if style == "rubber" else "wax",
        natural=natural[style],
        painted=0.6 if style == "rubber" else 0.35,
    )
    sole = draw.finish("plastic", natural=("black", "white", "tan"), avoid=[leather], painted=0.2)
    other = draw.finish("cloth", natural=("white", "red", "tan", "yellow"), avoid=[leather, sole], painted=0.3)
    back = -length * 0.42
    at = back + leg * 1.05
    lift = sole_high
    heel = 0.1 if style == "cowboy" else 0.05
    toe = 0.9 if style == "cowboy" else 0.6
    foot = pillow((0, lift + 0.14, back + length / 2), (width, 0.3, length), toe)
    nose = ellipsoid((0, lift + 0.12, back + length - 0.2), (width * 0.5, 0.2, 0.22), 16, lowest=-0.55)
    ankle = tube(
        [[0, lift + 0.1, at + 0.03], [0, lift + 0.3, at], [0, height - 0.04, at - 0.01]],
        [leg * 1.12, leg, leg * draw.uniform(1.05, 1.25)],
        18,
    )
    slope = ellipsoid((0, lift + 0.2, at + 0.16), (width * 0.46, 0.2, 0.2), 14)
    edge = [(width / 2 + 0.03) * np.array([sin(t), 0]) + np.array([0, cos(t)]) * (length / 2 + 0.03)
            for t in np.linspace(0, 2 * pi, 24, endpoint=False)]  # fmt: skip
    plan = [
        (float(np.sign(x) * (width / 2 + 0.03) * abs(x / (width / 2 + 0.03)) ** 0.6), float(-z)) for x, z in edge
    ]
    plate = extrude(plan, 0.1).turned("x", -90).moved(0, heel + 0.05, back + length / 2)
    block = box((0, heel / 2 + 0.01, back + 0.13), (width * 0.84, heel + 0.06, 0.26))
    ball = box((0, heel / 2 + 0.01, back + length * 0.7), (width * 0.86, heel + 0.06, 0.34))
    under = [plate, block] if style == "cowboy" else [plate, block, ball]
    hole = draw.finish("cloth", natural=("black",), avoid=[leather, other], painted=0.0)
    parts = [Part("boot", (foot, nose, ankle, slope), leather), Part("sole", tuple(under), sole)]
    parts.append(
        Part("opening", (cylinder((0, height - 0.03, at - 0.01), leg * 0.85, 0.09),), hole, mentioned=False)
    )
    if style == "laced":
        rows = 4
        laces = []
        for k in range(rows):
            y = lift + 0.26 + (height - lift - 0.34) * k / (rows - 1)
            laces.append(box((0, y, at + leg + 0.085 * (k == 0)), (leg * 1.3, 0.075, 0.1)))
        cuff = ring((0, height - 0.02, at - 0.01), leg * 1.12, 0.11)
        parts += [Part("laces", tuple(laces), other), Part("collar", (cuff,), other, mentioned=False)]
    elif style == "rubber":
        cuff = cylinder((0, height - 0.07, at - 0.01), leg * 1.27, 0.12, segments=18)
        stripe = ellipsoid(
            (0, lift + 0.05, back + length - 0.15), (width * 0.5 + 0.015, 0.13, 0.2), 16, lowest=-0.3
        )
        parts.append(Part("trim", (cuff, stripe), other))
    else:
        straps = [
            ring((0, lift + 0.26, at), leg * 1.1, 0.09),
        ]
        tops = [box((s * leg * 1.15, height, at), (0.08, 0.16, 0.13)) for s in (-1, 1)]
        parts.append(Part("straps", (*straps, *tops), other))
    return Prop("boot", tuple(parts), words(tall=height > 0.95, short=height < 0.75, wide=width > 0.34))


def umbrella(draw: Draw) -> Prop:
    radius, dome, sides = draw.uniform(0.52, 0.62), draw.uniform(0.26, 0.4), draw.choice([6, 8, 8])
    length, scallop, thick = draw.uniform(0.8, 1.0), draw.uniform(0.03, 0.07), 0.085
    striped = draw.chance(0.55)
    cloth = draw.finish("cloth", natural=("red", "blue", "yellow", "purple"), painted=0.6)
    second = draw.finish("cloth", natural=("white",), avoid=[cloth], painted=0.4)
    shaft = draw.finish("metal", "wood", natural=("gray", "brown", "black"), avoid=[cloth, second], painted=0.2)
    grip = draw.finish("wood", "plastic", natural=("brown", "black"), avoid=[shaft, cloth], painted=0.3)
    rise, step = np.linspace(0, 1, 6)[:, None], 2 * pi / sides
    across = np.linspace(-1, 1, 7)[None, :]

    def panel(turn: float) -> Solid:
        angle = across * step / 2 + turn
        bulge = cos(step / 2) + (1 - cos(step / 2)) * across**2 * 0.9  # cloth hangs straight between two ribs
        sag = scallop * (1 - across**2) * (1 - rise) ** 2

        def surface(out: float) -> np.ndarray:
            far = (radius + out) * np.cos(rise * 1.5) * bulge
            y = length - dome + (dome + out) * np.sin(rise * 1.5) + sag + 0 * angle
            return np.stack([far * np.sin(angle), y, far * np.cos(angle)], -1)

        return shell(surface(0.0), surface(-thick), thick)

    panels = [panel(k * step) for k in range(sides)]
    top = cylinder((0, length + 0.04, 0), 0.05, 0.16, 0.7, 10)
    stick = rod((0, 0.05, 0), (0, length, 0), 0.042)
    if draw.chance(0.75):
        bend, side = draw.uniform(0.1, 0.13), draw.choice([-1, 1])
        hook = [[x * side, y, 0] for x, y, _ in ([-bend * cos(t) + bend, -bend * sin(t) + 0.08, 0]
                for t in np.linspace(0, pi * 1.05, 9))]  # fmt: skip
        handle = tube([[0, 0.24, 0], *hook], 0.055, 10)
    else:
        handle = cylinder((0, 0.08, 0), 0.07, 0.24, 0.85, 12)
    parts = [Part("canopy", tuple(panels[::2] if striped else panels), cloth)]
    if striped:
        parts.append(Part("stripes", tuple(panels[1::2]), second))
    parts += [Part("shaft", (stick, top), shaft), Part("handle", (handle,), grip)]
    return Prop(
        "umbrella",
        tuple(parts),
        words(open=True, striped=striped, wide=radius > 0.66 * length, flat=dome < 0.3),
    )
