"""What takes pictures, tells the time or shows the world: phones, cameras, clocks, hourglasses, globes."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._screens import disc
from maquette.training.props._solids import (
    Solid,
    arc,
    boulder,
    box,
    cylinder,
    ellipsoid,
    pillow,
    revolve,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words


def phone(draw: Draw) -> Prop:
    width, thick, border = draw.uniform(0.48, 0.58), draw.uniform(0.09, 0.13), draw.uniform(0.035, 0.06)
    softness, button = draw.uniform(0.12, 0.22), draw.chance(0.5)
    case = draw.finish("plastic", "metal", natural=("black", "gray", "white"), painted=0.5)
    screen = draw.finish("glass", natural=("blue", "teal", "black", "white"), avoid=[case], painted=0.3)
    front, chin = thick / 2, 0.13 if button else border + 0.02
    low, high = chin, 1 - (0.1 if button else border + 0.02)
    body = pillow((0, 0.5, 0), (width, 1.0, thick), softness)
    glass = box((0, (low + high) / 2, front - 0.02), (width - 2 * border, high - low, 0.07))
    side = [box((width / 2, y, 0), (0.06, 0.12, 0.07)) for y in (0.7, 0.84)]
    lenses = [disc((width * 0.24, y, -front), 0.06, 0.09) for y in (0.86, 0.72)[: draw.integer(1, 2)]]
    island = pillow((width * 0.24, 0.79, -front), (0.19, 0.34, 0.08), 0.3)
    dark = draw.finish("glass", natural=("black", "white"), avoid=[case, screen], painted=0.0)
    parts = [Part("body", (body, *side, island), case), Part("screen", (glass,), screen)]
    parts.append(Part("lenses", tuple(lens.moved(z=-0.03) for lens in lenses), dark, mentioned=False))
    if button:
        home = disc((0, 0.065, front), 0.042, 0.08)
        parts.append(Part("button", (home,), draw.finish("plastic", avoid=[case], painted=1)))
    show = draw.choice(["icons", "icons", "bubble", "note"])
    look = draw.finish(
        "plastic", natural=("white", "yellow", "orange", "green"), avoid=[case, screen], painted=0.4
    )
    z, inside = front + 0.02, width - 2 * border
    if show == "icons":
        columns, rows = draw.choice([(2, 3), (3, 4)])
        size = 0.62 * inside / columns
        places = [
            ((i + 0.5) / columns - 0.5, 0.9 - 0.78 * j / (rows - 0.2)) for i in range(columns) for j in range(rows)
        ]
        marks = [box((x * inside, low + (high - low) * y, z), (size, size, 0.07)) for x, y in places]
        second = draw.finish(
            "plastic", natural=("white", "orange", "green"), avoid=[case, screen, look], painted=0.0
        )
        parts += [
            Part("icons", tuple(marks[::2]), look),
            Part("other icons", tuple(marks[1::2]), second, mentioned=False),
        ]
    elif show == "bubble":
        marks = [pillow((-0.05, 0.68, z), (inside * 0.7, 0.17, 0.07), 0.3),
                 pillow((0.05, 0.44, z), (inside * 0.7, 0.17, 0.07), 0.3)]  # fmt: skip
        parts.append(Part("messages", tuple(marks), look))
    else:
        marks = [ellipsoid((s * 0.1 - 0.02, 0.42 + 0.03 * s, z), (0.075, 0.055, 0.04), 12) for s in (-1, 1)]
        marks += [box((s * 0.1 + 0.03, 0.55 + 0.03 * s, z), (0.055, 0.26, 0.07)) for s in (-1, 1)]
        marks.append(box((0.03, 0.67, z), (0.25, 0.08, 0.07)).turned("z", 3))
        parts.append(Part("music note", tuple(marks), look))
    return Prop("phone", tuple(parts), words(wide=width > 0.55, thick=thick > 0.12, thin=thick < 0.1))


def camera(draw: Draw) -> Prop:
    width, height, depth = draw.uniform(0.85, 1.0), draw.uniform(0.52, 0.64), draw.uniform(0.26, 0.36)
    radius, long, x = draw.uniform(0.19, 0.24), draw.uniform(0.16, 0.32), draw.choice([0.0, 0.0, -0.1])
    body = draw.finish("plastic", "metal", natural=("black", "gray", "red"), painted=0.5)
    band = draw.finish("wax", natural=("black", "brown", "gray"), avoid=[body], painted=0.4)
    barrel = draw.finish("metal", natural=("gray", "black"), avoid=[body, band], painted=0.3)
    glass = draw.finish("glass", natural=("teal", "blue"), avoid=[barrel, body], painted=0.1)
    front, y = depth / 2, height * 0.45
    case = [pillow((0, height / 2, 0), (width, height, depth), 0.16)]
    style = draw.choice(["hump", "flat"])
    if style == "hump":
        case.append(box((x, height + 0.07, 0.02), (0.34, 0.18, depth * 0.9), (0.6, 0.8)))
    else:
        case.append(box((width * 0.3, height + 0.02, 0), (0.24, 0.1, depth * 0.7)))
    grip = box((0, y - 0.02, 0), (width + 0.02, height * draw.uniform(0.46, 0.56), depth + 0.03))
    lens = [disc((x, y, front + long / 2), radius, long), disc((x, y, front + long - 0.04), radius * 1.12, 0.1)]
    eye = disc((x, y, front + long), radius * 0.74, 0.1)
    flash = draw.finish("glass", natural=("white", "yellow"), avoid=[body, band], painted=0.1)
    lamp = [box((x, height + 0.08, depth * 0.46), (0.19, 0.1, 0.09)) if style == "hump"
            else box((width * 0.3, height * 0.84, front + 0.02), (0.2, 0.11, 0.08))]  # fmt: skip
    red = draw.finish("plastic", natural=("red",), avoid=[body], painted=0.2)
    button = cylinder((-width * 0.34, height + 0.03, 0.02), 0.075, 0.12, segments=14)
    dial = cylinder((width * 0.36, height + 0.02, 0), 0.09, 0.1, segments=14) if style == "hump" else None
    back = box((0, y, -front), (width * 0.6, height * 0.6, 0.08))
    parts = [
        Part("body", tuple(case), body), Part("lens", (eye,), glass), Part("barrel", tuple(lens), barrel),
        Part("grip", (grip,), band), Part("flash", tuple(lamp), flash), Part("button", (button,), red),
        Part("back", (back, *([dial] if dial else [])), barrel, mentioned=False),
    ]  # fmt: skip
    return Prop("camera", tuple(parts), words(wide=width > 1.7 * height, tall=height > 0.61))


def clock(draw: Draw) -> Prop:
    style = draw.choice(["wall", "wall", "alarm", "alarm", "grandfather"])
    radius, depth, rim = draw.uniform(0.42, 0.46), draw.uniform(0.14, 0.3), draw.uniform(0.055, 0.09)
    hour, minute = draw.integer(0, 11), draw.integer(0, 11)
    if style == "grandfather":
        radius, depth = 0.2, 0.3
    case = draw.finish(
        *(
            ("metal", "plastic")
            if style == "alarm"
            else ("wood",)
            if style == "grandfather"
            else ("wood", "plastic")
        ),
        natural={"alarm": ("red", "blue", "yellow"), "wall": ("brown", "black", "red")}.get(style, ("brown",)),
        painted=0.5,
    )
    face = draw.finish("plastic", natural=("white", "white", "tan"), avoid=[case], painted=0.15)
    hand = draw.finish("metal", natural=("black", "red"), avoid=[face], painted=0.15)
    front = depth / 2
    thick = 0.1 if style == "grandfather" else 0.075

    def pointer(turn: float, length: float, wide: float) -> Solid:
        return box((0, length / 2 - 0.03, front + 0.05), (wide, length + 0.06, 0.075)).turned("z", -turn)

    at = radius - rim
    hands = [pointer(hour * 30 + minute * 2.5, at * 0.52, thick + 0.015), pointer(minute * 30, at * 0.8, thick)]
    hands.append(disc((0, 0, front + 0.05), thick * 0.85, 0.09))
    marks = []
    for k in range(0, 12, 3):
        size = (0.09, 0.05) if style == "grandfather" else (0.07, 0.12)
        marks.append(
            box((0, at - size[1] / 2 - 0.01, front + 0.03), (size[0], max(size[1], 0.08), 0.075)).turned(
                "z", k * 30
            )
        )
    dial, white = [disc((0, 0, 0), radius, depth)], [disc((0, 0, front), at, 0.08)]
    up = 0.0
    extra: list[Part] = []
    if style == "alarm":
        gold = draw.finish("metal", natural=("gold", "gray"), avoid=[case], painted=0.2)
        bells = []
        for s in (-1, 1):
            bell = [ellipsoid((0, 0, 0), (0.19, 0.16, 0.17), 16, lowest=0.0), cylinder((0, -0.04, 0), 0.05, 0.12)]
            bells += [b.moved(y=radius + 0.03).turned("z", s * 34) for b in bell]
        bells.append(rod((0, radius - 0.05, 0), (0, radius + 0.14, 0), 0.042))
        bells.append(ellipsoid((0, radius + 0.15, 0), (0.085, 0.06, 0.06), 10))
        feet = [
            rod((0, -radius + 0.05, 0), (0, -radius - 0.13, 0), 0.06, 1.1).turned("z", s * 30) for s in (-1, 1)
        ]
        extra = [Part("bells", tuple(bells), gold, 2), Part("feet", tuple(feet), gold, mentioned=False)]
    elif style == "grandfather":
        up, tall = 1.05, draw.uniform(0.5, 0.62)
        body = [box((0, 0, 0), (0.5, 0.5, depth)), box((0, 0.3, 0), (0.58, 0.13, depth + 0.06), (0.5, 0.9)),
                box((0, -0.25 - tall / 2, 0), (0.38, tall, depth - 0.06)),
                box((0, -0.25 - tall - 0.1, 0), (0.54, 0.22, depth + 0.05), (0.9, 0.95))]  # fmt: skip
        gold = draw.finish("metal", natural=("gold",), avoid=[case], painted=0.1)
        swing = draw.uniform(-7, 7)
        weight = [
            rod((0, 0, front - 0.02), (0, -tall * 0.66, front - 0.02), 0.046),
            disc((0, -tall * 0.7, front), 0.1, 0.1),
        ]
        window = box((0, -0.25 - tall / 2, front - 0.03), (0.28, tall * 0.86, 0.08))
        glass = draw.finish("glass", natural=("black", "white"), avoid=[case, gold, face], painted=0.1)
        extra = [Part("pendulum", tuple(w.turned("z", swing).moved(y=-0.24) for w in weight), gold),
                 Part("window", (window,), glass, mentioned=False)]  # fmt: skip
        dial = body
    elif draw.chance(0.3):
        metal = draw.finish("metal", natural=("gold", "black"), avoid=[case], painted=0.2)
        extra = [Part("loop", (ring((0, radius + 0.08, 0), 0.1, 0.08, "z"),), metal)]
    parts = [
        Part("case", tuple(dial), case),
        Part("face", tuple(white), face),
        Part("hands", tuple(hands), hand, 2),
    ]
    parts.append(Part("marks", tuple(marks), hand, mentioned=False))
    moved = [Part(p.name, tuple(s.moved(y=up) for s in p.solids), p.finish, p.count, True, p.mentioned)
             for p in (*parts, *extra)]  # fmt: skip
    return Prop("clock", tuple(moved), words(round=style != "grandfather", tall=style == "grandfather",
                                             thick=style != "grandfather" and depth > 0.25))  # fmt: skip


def hourglass(draw: Draw) -> Prop:
    radius, half, neck = draw.uniform(0.24, 0.3), draw.uniform(0.36, 0.42), draw.uniform(0.055, 0.07)
    posts, plate, run = draw.choice([3, 4, 4]), draw.uniform(0.09, 0.13), draw.uniform(0.25, 0.75)
    wood = draw.finish("wood", "wood", "metal", natural=("brown", "gold"), painted=0.35)
    glass = draw.finish("glass", natural=("white", "teal"), avoid=[wood], painted=0.1)
    grain = draw.finish("wax", natural=("yellow", "gold", "orange", "tan"), avoid=[wood, glass], painted=0.3)

    def wide(t: float) -> float:
        """The glass's radius at a height from 0, the neck, to 1, a plate."""
        return neck + (radius - neck) * sin(min(t * 1.12, 1.0) * pi / 2) ** 1.3 * (
            1 - 0.1 * max(t - 0.85, 0) / 0.15
        )

    def bulb(low: float, high: float, out: float) -> Solid:
        return revolve([(wide(abs(t)) + out, t * half) for t in np.linspace(low, high, 13)], 22)

    y = half + plate / 2
    ends = [cylinder((0, s * y, 0), radius + 0.12, plate, segments=24) for s in (-1, 1)]
    ends += [cylinder((0, s * (y - plate * 0.6), 0), radius + 0.05, 0.08, segments=24) for s in (-1, 1)]
    turn = draw.uniform(30, 60)
    bars = []
    for k in range(posts):
        bar = [cylinder((0, 0, radius + 0.07), 0.042, 2 * half, segments=10),
               ellipsoid((0, 0, radius + 0.07), (0.06, 0.08, 0.06), 10)]  # fmt: skip
        bars += [b.turned("y", turn + 360 * k / posts) for b in bar]
    upper, lower = 0.2 + 0.55 * (1 - run), -1 + 0.25 + 0.5 * run
    sand = [bulb(0.0, upper, 0.014), bulb(-1, lower, 0.014)]
    sand.append(cylinder((0, 0, 0), neck + 0.014, 0.1, segments=14))
    return Prop(
        "hourglass",
        (
            Part("frame", (*ends, *bars), wood),
            Part("glass", (bulb(-1, 1, 0.0),), glass),
            Part("sand grains", tuple(sand), grain),
        ),
        words(tall=half > 0.4, wide=radius > 0.28),
    )


def globe(draw: Draw) -> Prop:
    radius, tilt, tall = 0.36, draw.uniform(-28, -18), draw.uniform(0.12, 0.24)
    foot, turn = draw.uniform(0.24, 0.32), draw.uniform(0, 360)
    sea = draw.finish("plastic", natural=("blue", "blue", "teal"), painted=0.12)
    land = draw.finish("plastic", natural=("green", "green", "tan", "yellow"), avoid=[sea], painted=0.15)
    stand = draw.finish("metal", "wood", natural=("gold", "brown", "black"), avoid=[sea, land], painted=0.3)
    lump = boulder(draw.rng, (radius,) * 3, draw.uniform(0.1, 0.14), 3)
    away = np.linalg.norm(lump.vertices, axis=1, keepdims=True)
    # Where a rough ball stands out of the smooth one is land; its shores fall steeply.
    height = np.clip(radius + (away - radius) * 6, radius * 0.8, radius * 1.035)
    coast = Solid((lump.vertices / away * height).astype(np.float32), lump.faces, radius).turned("y", turn)
    hoop = radius + 0.1
    meridian = [
        p.turned("z", tilt)
        for p in (
            tube(arc((0, 0, 0), hoop, -96, 96, 17), 0.045, 10),
            rod((0, radius - 0.05, 0), (0, hoop + 0.06, 0), 0.05),
            rod((0, -radius + 0.05, 0), (0, -hoop - 0.04, 0), 0.05),
        )
    ]
    low = -hoop - tall
    post = revolve(
        [(foot, low), (foot, low + 0.07), (foot * 0.7, low + 0.11), (0.06, low + 0.16), (0.055, -hoop + 0.04)], 20
    )
    pedestal = [post, ellipsoid((0, (low + 0.15 - hoop) / 2, 0), (0.09, 0.06, 0.09), 12)]
    lean = radians(tilt)
    caps = [ellipsoid((s * -sin(lean) * radius * 0.93, s * cos(lean) * radius * 0.93, 0), (0.13, 0.05, 0.13), 14)
            for s in (-1, 1)]  # fmt: skip
    ice = draw.finish("plastic", natural=("white",), avoid=[sea, land], painted=0.0)
    ball = ellipsoid((0, 0, 0), (radius,) * 3, 28)
    return Prop(
        "globe",
        (
            Part("ball", (ball,), sea), Part("continents", (coast,), land),
            Part("stand", (*meridian, *pedestal), stand), Part("poles", tuple(caps), ice, mentioned=False),
        ),
        words(round=True, tall=tall > 0.2),
    )  # fmt: skip
