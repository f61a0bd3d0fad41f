"""Skyscrapers, shops, market stalls and lighthouses: their doors face the front (+Z)."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._houses import arched_panel
from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, boulder, box, cylinder, ellipsoid, extrude, revolve, ring, rod
from maquette.training.props._words import words


def _grid(
    width: float, depth: float, low: float, high: float, rows: int, columns: int, bands: bool
) -> list[Solid]:
    """Windows of all four sides of a block, standing out a little: one by one, or in bands around it."""
    pitch = (high - low) / rows
    panes = []
    for row in range(rows):
        y = low + pitch * (row + 0.5)
        if bands:
            panes.append(box((0, y, 0), (width + 0.03, pitch * 0.62, depth + 0.03)))
            continue
        for k in range(columns):
            at = (k + 0.5) / columns - 0.5
            panes.append(box((at * width, y, 0), (width / columns * 0.62, pitch * 0.62, depth + 0.04)))
            panes.append(box((0, y, at * depth), (width + 0.04, pitch * 0.62, depth / columns * 0.62)))
    return panes


def skyscraper(draw: Draw) -> Prop:
    style = draw.choice(["block", "block", "bands", "stepped", "stepped"])
    width, depth = draw.uniform(0.34, 0.44), draw.uniform(0.32, 0.42)
    height, entry = draw.uniform(0.8, 1.05), draw.uniform(0.12, 0.16)
    rows, columns = draw.integer(5, 7), 3
    walls = draw.finish("stone", "metal", "brick", natural=("gray", "tan", "white", "brown"), painted=0.35)
    pane = draw.finish("glass", natural=("teal", "blue", "yellow"), avoid=[walls], painted=0.1)
    trim = draw.finish("stone", natural=("white", "gray", "black"), avoid=[walls, pane], painted=0.2)
    blocks, panes, tops = [], [], []
    sizes = [(1.0, 0.0, height)]
    if style == "stepped":
        sizes = [
            (1.0, 0.0, height * 0.55),
            (0.74, height * 0.55, height * 0.86),
            (0.46, height * 0.86, height * 1.06),
        ]
    for share, low, high in sizes:
        w, d = width * share, depth * share
        blocks.append(box((0, (low + high) / 2, 0), (w, high - low, d)))
        count = max(round(rows * (high - low) / height), 1)
        across = {1.0: columns, 0.74: 2}.get(share, 1)
        panes += _grid(w, d, max(low, entry), high - 0.03, count, across, style == "bands")
        tops.append(box((0, high, 0), (w + 0.05, 0.08, d + 0.05)))
    top = sizes[-1][2]
    front = depth / 2
    door = [box((0, entry * 0.45, front), (width * 0.34, entry * 0.9, 0.09))]
    tops.append(box((0, entry, front + 0.04), (width * 0.55, 0.08, 0.13)))
    tops.append(box((0, 0.03, 0), (width + 0.08, 0.08, depth + 0.08)))
    roof = draw.choice(["spire", "sheds", "tank"]) if style != "stepped" else "spire"
    metal = draw.finish("metal", natural=("gray", "red", "black"), avoid=[walls, trim], painted=0.1)
    if roof == "spire":
        gear = [
            rod((0, top, 0), (0, top + draw.uniform(0.15, 0.24), 0), 0.05, 0.8),
            box((0, top + 0.05, 0), (0.13, 0.1, 0.13)),
        ]
    elif roof == "sheds":
        gear = [
            box((width * 0.18, top + 0.07, -depth * 0.1), (0.14, 0.13, 0.14)),
            box((-width * 0.2, top + 0.06, depth * 0.12), (0.11, 0.1, 0.11)),
        ]
    else:
        gear = [
            cylinder((width * 0.12, top + 0.13, 0), 0.095, 0.15, segments=14),
            cylinder((width * 0.12, top + 0.24, 0), 0.11, 0.09, 0.1, 14),
            cylinder((width * 0.12, top + 0.04, 0), 0.05, 0.1),
        ]
    return Prop(
        "skyscraper",
        (
            Part("walls", tuple(blocks), walls),
            Part("windows", tuple(panes), pane),
            Part("ledges", tuple(tops), trim, mentioned=False),
            Part("door", tuple(door), trim),
            Part({"spire": "spire", "sheds": "vents", "tank": "water tank"}[roof], tuple(gear), metal),
        ),
        words(tall=height > 2.5 * width, stepped=style == "stepped", wide=height < 2.1 * width),
    )


def _awning(
    width: float, front: float, top: float, reach: float, drop: float, count: int
) -> tuple[list[Solid], list[Solid]]:
    """A sloping roof of cloth in stripes, from y = top at z = front down and forwards."""
    stripes: tuple[list[Solid], list[Solid]] = ([], [])
    pitch = width / count
    side = [(front, top), (front + reach, top - drop), (front + reach, top - drop - 0.12),
            (front + reach - 0.07, top - drop - 0.12),
            (front + reach - 0.08, top - drop - 0.08), (front, top - 0.085)]  # fmt: skip
    for k in range(count):
        flap = extrude(side, pitch, 0.075).turned("y", -90)
        stripes[k % 2].append(flap.moved((k - (count - 1) / 2) * pitch))
    return stripes


def shop(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(0.8, 1.0), draw.uniform(0.55, 0.75), draw.uniform(0.55, 0.72)
    side, floors = draw.choice([-1, 1]), draw.chance(0.35)
    count, reach = draw.choice([5, 7]), draw.uniform(0.18, 0.26)
    walls = draw.finish("brick", "wood", "stone", natural=("tan", "red", "white"), painted=0.5)
    first = draw.finish("cloth", natural=("red", "green", "blue"), avoid=[walls], painted=0.3)
    second = draw.finish("cloth", natural=("white", "yellow"), avoid=[first], painted=0.1)
    pane = draw.finish("glass", natural=("teal",), avoid=[walls, first], painted=0.1)
    wood = draw.finish("wood", natural=("brown",), avoid=[walls, pane], painted=0.4)
    sign = draw.finish("plastic", natural=("white", "yellow", "black", "red"), avoid=[walls], painted=0.4)
    tall = height * (1.55 if floors else 1.0)
    front = depth / 2
    shell = [
        box((0, tall / 2, 0), (width, tall, depth)),
        box((0, tall + 0.03, 0), (width + 0.07, 0.1, depth + 0.07)),
    ]
    level = height * 0.66
    bright, pale = _awning(width * 0.98, front - 0.01, level, reach, 0.1, count)
    door = [box((side * width * 0.3, level * 0.4, front), (width * 0.2, level * 0.8, 0.09))]
    show = [box((-side * width * 0.14, level * 0.42, front), (width * 0.52, level * 0.52, 0.08))]
    sill = [box((-side * width * 0.14, level * 0.12, front + 0.02), (width * 0.58, 0.075, 0.12))]
    sill += [box((0, 0.03, 0.06), (width + 0.05, 0.065, depth + 0.16))]
    board = [box((0, height * 0.84, front + 0.01), (width * 0.72, height * 0.2, 0.09))]
    ink = draw.finish("plastic", natural=("black", "white"), avoid=[sign], painted=0.2)
    letters = [
        box((x * width * 0.13, height * 0.84, front + 0.05), (0.075, height * 0.11, 0.075))
        for x in (-1.6, -0.55, 0.55, 1.6)
    ]
    if floors:
        show += [
            box((x * width, height * 1.24, 0), (width * 0.17, height * 0.27, depth + 0.06))
            for x in (-0.28, 0.0, 0.28)
        ]
    show += [box((0, level * 0.5, -depth * 0.1), (width + 0.06, level * 0.4, depth * 0.36))]
    return Prop(
        "shop",
        (
            Part("walls", tuple(shell), walls),
            Part("awning", tuple(bright), first),
            Part("awning stripes", tuple(pale), second, mentioned=False),
            Part("sign", tuple(board), sign),
            Part("letters", tuple(letters), ink, mentioned=False),
            Part("door", tuple(door), wood),
            Part("sills", tuple(sill), wood, mentioned=False),
            Part("windows", tuple(show), pane),
        ),
        words(tall=floors, wide=width > 1.35 * depth and not floors),
    )


def market_stall(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(0.8, 1.0), draw.uniform(0.4, 0.5), draw.uniform(0.72, 0.88)
    desk, count = draw.uniform(0.3, 0.38), draw.choice([5, 6, 7])
    peaked, rows = draw.chance(0.5), draw.choice([2, 3])
    wood = draw.finish("wood", natural=("brown", "tan"), painted=0.25)
    first = draw.finish("cloth", natural=("red", "green", "blue", "orange"), avoid=[wood], painted=0.3)
    second = draw.finish("cloth", natural=("white", "yellow"), avoid=[first, wood], painted=0.1)
    pale = draw.finish("wood", natural=("tan", "brown"), avoid=[wood], painted=0.1)
    x, edge, post = width / 2 - 0.05, depth / 2 - 0.05, 0.075
    posts = [box((a * x, height / 2, b * edge), (post, height, post)) for a in (-1, 1) for b in (-1, 1)]
    counter = [
        box((0, desk, 0.02), (width, 0.085, depth + 0.06)),
        box((0, desk / 2, edge), (width - 0.06, desk, 0.075)),
    ]
    planks = [box((0, desk * at, edge + 0.03), (width - 0.04, 0.075, 0.075)) for at in (0.22, 0.62)]
    stripes: tuple[list[Solid], list[Solid]] = ([], [])
    if peaked:  # a ridge along the stall
        rise, half = draw.uniform(0.14, 0.22), depth / 2 + 0.1
        side = [(-half, height - 0.1), (-half, height), (0, height + rise), (half, height), (half, height - 0.1),
                (half - 0.08, height - 0.08), (0, height + rise - 0.1), (-half + 0.08, height - 0.08)]  # fmt: skip
        pitch = (width + 0.1) / count
        for k in range(count):
            flap = extrude(side, pitch, 0.08).turned("y", -90)
            stripes[k % 2].append(flap.moved((k - (count - 1) / 2) * pitch))
    else:
        stripes = _awning(
            width + 0.1, -depth / 2 - 0.06, height + 0.14, depth + 0.3, draw.uniform(0.14, 0.22), count
        )
    goods: list[Solid] = []
    boxes = []
    cells, size = 3, draw.uniform(0.062, 0.075)
    for k in range(cells):
        at = (k - 1) * width * 0.29
        boxes.append(box((at, desk + 0.08, 0.04), (width * 0.25, 0.12, depth * 0.7), (1.06, 1.06)))
        for j in range(rows):
            y, z = desk + 0.15 + 0.03 * (j == 0), 0.04 + (j - (rows - 1) / 2) * depth * 0.62 / rows
            goods += [ellipsoid((at + i * width * 0.062, y, z), (size,) * 3, 10) for i in (-1, 1)]
    fruits = [goods[k * rows * 2 : (k + 1) * rows * 2] for k in range(cells)]
    taken: list[Finish] = [pale]
    parts = [Part("counter", (*counter, *posts), wood), Part("awning", tuple(stripes[0]), first)]
    parts += [
        Part("stripes", tuple(stripes[1]), second, mentioned=False),
        Part("boards", (*planks, *boxes), pale, mentioned=False),
    ]
    for name, natural, solids in zip(
        ("apples", "oranges", "cabbages"), ("red", "orange", "green"), fruits, strict=True
    ):
        finish = draw.finish("wax", natural=(natural,), avoid=taken, painted=0.0)
        parts.append(Part(name, tuple(solids), finish))
    return Prop("market_stall", tuple(parts), words(wide=width > 0.94, tall=height > 0.84, peaked=peaked))


def lighthouse(draw: Draw) -> Prop:
    radius, taper = draw.uniform(0.17, 0.22), draw.uniform(0.6, 0.74)
    height, bands = draw.uniform(0.72, 0.95), draw.choice([2, 3])
    lamp, rocky = draw.uniform(0.13, 0.17), draw.chance(0.65)
    walls = draw.finish("stone", natural=("white",), painted=0.2)
    stripe = draw.finish("stone", natural=("red", "red", "blue", "black"), avoid=[walls], painted=0.2)
    light = draw.finish("glass", natural=("yellow",), avoid=[walls, stripe], painted=0.05)
    dark = draw.finish("metal", natural=("black", "gray"), avoid=[walls, stripe], painted=0.05)
    floor = 0.1 if rocky else 0.06
    shaft = cylinder((0, floor + height / 2, 0), radius, height, taper, 22)

    def wide(t: float) -> float:
        return radius * (1 + (taper - 1) * t)

    step = 1 / (2 * bands + 1)
    hoops = []
    for k in range(bands):
        low, high = step * (2 * k + 1), step * (2 * k + 2)
        hoops.append(
            cylinder(
                (0, floor + height * (low + high) / 2, 0),
                wide(low) + 0.012,
                height * step,
                (wide(high) + 0.012) / (wide(low) + 0.012),
                22,
            )
        )
    top, room = floor + height, radius * taper * 0.72
    gallery = [cylinder((0, top + 0.02, 0), radius * taper + 0.09, 0.085, segments=22)]
    gallery.append(ring((0, top + 0.13, 0), radius * taper + 0.06, 0.092))
    gallery += [
        rod(
            ((radius * taper + 0.06) * sin(a), top, (radius * taper + 0.06) * cos(a)),
            ((radius * taper + 0.06) * sin(a), top + 0.13, (radius * taper + 0.06) * cos(a)),
            0.05,
            segments=6,
        )
        for a in np.arange(6) * pi / 3 + 0.5
    ]
    glass = cylinder((0, top + lamp / 2 + 0.05, 0), room, lamp + 0.04, segments=16)
    roof = revolve(
        [
            (room + 0.07, top + lamp + 0.04),
            (room + 0.06, top + lamp + 0.1),
            (room * 0.35, top + lamp + 0.22),
            (0.04, top + lamp + 0.26),
            (0.04, top + lamp + 0.32),
        ],
        18,
    )
    door = [arched_panel(0, floor, radius * 0.98 - 0.02, 0.14, 0.2)]
    door += [
        box((0, floor + height * at, wide(at) - 0.01), (0.09, 0.11, 0.09))
        for at in (step * 2.5, step * 4.5)
        if at < 0.95
    ]
    stone = draw.finish("stone", natural=("gray", "brown"), avoid=[walls, stripe], painted=0.05)
    if rocky:
        foot = boulder(draw.rng, (radius * 1.8, 0.15, radius * 1.7), 0.12)
    else:
        foot = cylinder((0, 0.045, 0), radius * 1.4, 0.09, 0.92, 20)
    return Prop(
        "lighthouse",
        (
            Part("walls", (shaft,), walls),
            Part("stripes", tuple(hoops), stripe, bands),
            Part("lamp", (glass,), light),
            Part("roof", (roof,), stripe),
            Part("gallery", tuple(gallery), dark, mentioned=False),
            Part("door", tuple(door), dark, mentioned=False),
            Part("rocks" if rocky else "base", (foot,), stone),
        ),
        words(tall=height > 4.7 * radius, thick=height < 4.0 * radius),
    )
