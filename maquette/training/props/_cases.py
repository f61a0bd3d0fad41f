"""Tables, desks and what stands against walls."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, rod
from maquette.training.props._words import words


def table(draw: Draw) -> Prop:
    shape = draw.choice(["round", "square", "long"])
    width = draw.uniform(0.8, 1.05) if shape != "long" else draw.uniform(1.15, 1.5)
    height = draw.uniform(0.45, 0.8) * min(width, 1.1)
    depth = width if shape != "long" else draw.uniform(0.6, 0.75)
    slab, leg = draw.uniform(0.09, 0.15), draw.uniform(0.1, 0.15)
    top = draw.finish("wood", "wood", "wood", "stone", "metal", natural=("brown", "tan", "gray"))
    below = draw.finish("wood", "metal", avoid=[top])
    if shape == "round":
        plate = cylinder((0, height, 0), width / 2, slab, segments=28)
        inset = width / 2 * 0.66
    else:
        plate = box((0, height, 0), (width, slab, depth))
        inset = 0.0
    if shape != "long" and draw.chance(0.45):
        foot = draw.uniform(0.3, 0.4) * width
        name, count = "pedestal", 1
        solids = (
            rod((0, 0.05, 0), (0, height, 0), leg * 0.75, 1.0, 16),
            cylinder((0, 0.06, 0), foot, 0.12, 0.6, 20),
        )
    else:
        name, count = "legs", 4
        taper = draw.uniform(0.7, 1.0)
        if inset:
            solids = set_around([45, 135, -135, -45], inset, draw.uniform(1.0, 1.25), height, leg / 2)
        else:
            solids = tuple(
                box((sx * (width / 2 - leg / 2 - 0.03), height / 2, sz * (depth / 2 - leg / 2 - 0.03)),
                    (leg * taper, height, leg * taper), (1 / taper, 1 / taper))
                for sx in (-1, 1) for sz in (-1, 1)
            )  # fmt: skip
            if draw.chance(0.5):
                drop = slab / 2 + 0.05
                solids += (box((0, height - drop, 0), (width - 0.12, 0.12, depth - 0.12)),)
    return Prop(
        "table",
        (Part("top", (plate,), top), Part(name, solids, below, count)),
        words(tall=height / width > 0.7, low=height / width < 0.5, round=shape == "round",
              square=shape == "square", long=shape == "long"),
    )  # fmt: skip


def desk(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(1.1, 1.5), draw.uniform(0.5, 0.66), draw.uniform(0.62, 0.82)
    slab, block = draw.uniform(0.09, 0.13), draw.uniform(0.36, 0.45)
    rows = draw.choice([2, 3])
    both = width > 1.25 and draw.chance(0.5)
    frame = draw.finish("wood", "wood", "metal", natural=("brown", "tan"))
    top = frame if draw.chance(0.5) else draw.finish("wood", "wood", "stone", avoid=[frame])
    front = draw.finish("wood", "metal", avoid=[frame, top])
    knobs = draw.finish("metal", natural=("gold", "gray"), avoid=[front], painted=0.3)
    sides = (-1, 1) if both else (1,)
    foot = 0.1
    body = [
        box((s * (width / 2 - block / 2 - 0.03), height / 2 + foot / 2, 0), (block, height - foot, depth - 0.06))
        for s in sides
    ]
    body += [
        box((s * (width / 2 - block / 2 - 0.03), foot / 2 + 0.02, 0), (block - 0.08, foot + 0.04, depth - 0.14))
        for s in sides
    ]
    if not both:
        body += [box((-width / 2 + 0.09, height / 2, 0), (0.11, height, depth - 0.06))]
        body += [box((0, height * 0.7, -depth / 2 + 0.12), (width - 0.1, height * 0.4, 0.1))]
    tall = (height - foot - slab / 2) / rows
    drawers, handles = [], []
    for s in sides:
        x = s * (width / 2 - block / 2 - 0.03)
        for k in range(rows):
            y = foot + (k + 0.5) * tall
            drawers.append(box((x, y, depth / 2 - 0.05), (block - 0.07, tall - 0.05, 0.1)))
            handles.append(ellipsoid((x, y, depth / 2 + 0.02), (0.05, 0.045, 0.045)))
    return Prop(
        "desk",
        (
            Part("frame", tuple(body), frame),
            Part("drawers", tuple(drawers), front, rows * len(sides)),
            Part("top", (box((0, height, 0), (width, slab, depth)),), top),
            Part("knobs", tuple(handles), knobs, mentioned=False),
        ),
        words(wide=width / height > 2.0, tall=width / height < 1.55),
    )


def shelf(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.62, 1.1), draw.uniform(0.32, 0.42)
    rows, row = draw.choice([2, 3, 4]), draw.uniform(0.28, 0.36)
    board = draw.uniform(0.095, 0.12)
    full = draw.uniform(0.5, 1.0)
    height = rows * (row + board) + board
    frame = draw.finish("wood", "wood", "metal", natural=("brown", "tan"))
    books = draw.finish("cloth", natural=("red", "blue", "green"), avoid=[frame])
    others = draw.finish("cloth", natural=("white", "tan"), avoid=[frame, books], painted=0.2)
    solids = [box((s * (width / 2 - board / 2), height / 2, 0), (board, height, depth)) for s in (-1, 1)]
    solids += [box((0, board / 2 + k * (row + board), 0), (width, board, depth)) for k in range(rows + 1)]
    solids += [box((0, height / 2, -depth / 2 + board / 2), (width, height, board))]
    groups: tuple[list[Solid], list[Solid]] = ([], [])
    for k in range(rows):
        floor = board + k * (row + board)
        x = -width / 2 + board
        while True:
            wide = draw.uniform(0.11, 0.14)
            if x + wide > -width / 2 + board + full * (width - 2 * board):
                break
            tall = row * draw.uniform(0.62, 0.9)
            item = box((x + wide / 2, floor + tall / 2 - 0.02, 0.03), (wide - 0.008, tall + 0.04, depth - 0.14))
            groups[0 if draw.chance(0.75) else 1].append(item)
            x += wide
    parts = [Part("frame", tuple(solids), frame)]
    parts += [Part("books", tuple(groups[0]), books)] if groups[0] else []
    parts += [Part("more books", tuple(groups[1]), others, mentioned=False)] if groups[1] else []
    return Prop("shelf", tuple(parts), words(tall=height / width > 1.7, low=height < width, wide=height < width))


def cabinet(draw: Draw) -> Prop:
    width, height, depth = draw.uniform(0.65, 1.0), draw.uniform(0.75, 1.5), draw.uniform(0.42, 0.56)
    feet, crown = draw.uniform(0.09, 0.16), draw.uniform(0.09, 0.13)
    overhang = draw.uniform(0.02, 0.06)
    body = draw.finish("wood", "wood", "wood", "metal", natural=("brown", "tan"))
    front = draw.finish("wood", "wood", "metal", avoid=[body])
    knobs = draw.finish("metal", natural=("gold", "gray"), avoid=[front], painted=0.3)
    low, high = feet + 0.05, height - crown - 0.04
    wide = (width - 0.1) / 2
    doors = tuple(
        box((s * (wide / 2 + 0.012), (low + high) / 2, depth / 2 - 0.02), (wide - 0.01, high - low, 0.1))
        for s in (-1, 1)
    )
    handles = tuple(
        box(
            (s * 0.085, low + (high - low) * 0.52, depth / 2 + 0.06), (0.085, 0.2 if height > 1.1 else 0.12, 0.085)
        )
        for s in (-1, 1)
    )
    return Prop(
        "cabinet",
        (
            Part("body", _carcass(width, height, depth, feet, crown, overhang), body),
            Part("doors", doors, front, 2),
            Part("handles", handles, knobs, 2),
        ),
        words(tall=height / width > 1.6, low=height / width < 1.0, wide=height / width < 1.0),
    )


def dresser(draw: Draw) -> Prop:
    width, height, depth = draw.uniform(0.8, 1.2), draw.uniform(0.7, 1.15), draw.uniform(0.42, 0.56)
    feet, crown = draw.uniform(0.09, 0.16), draw.uniform(0.09, 0.12)
    rows = draw.choice([2, 3, 4]) if height > 0.95 else draw.choice([2, 3])
    body = draw.finish("wood", natural=("brown", "tan"))
    front = draw.finish("wood", "wood", "metal", avoid=[body])
    knobs = draw.finish("metal", natural=("gold", "gray"), avoid=[front], painted=0.3)
    low, high = feet + 0.04, height - crown - 0.02
    tall = (high - low) / rows
    middles = [low + (k + 0.5) * tall for k in range(rows)]
    drawers = tuple(box((0, y, depth / 2 - 0.02), (width - 0.12, tall - 0.05, 0.1)) for y in middles)
    handles = tuple(
        ellipsoid((s * width * 0.25, y, depth / 2 + 0.05), (0.05, 0.05, 0.045)) for y in middles for s in (-1, 1)
    )
    return Prop(
        "dresser",
        (
            Part("body", _carcass(width, height, depth, feet, crown, draw.uniform(0.02, 0.05)), body),
            Part("drawers", drawers, front, rows),
            Part("knobs", handles, knobs),
        ),
        words(tall=height / width > 1.1, low=height / width < 0.75, wide=height / width < 0.75),
    )


def _carcass(
    width: float, height: float, depth: float, feet: float, crown: float, overhang: float
) -> tuple[Solid, ...]:
    """A closed case on four feet with a board on top."""
    return (
        box((0, (feet + height) / 2, 0), (width, height - feet, depth)),
        box((0, height - crown / 2 + 0.01, overhang / 2), (width + 2 * overhang, crown, depth + 2 * overhang)),
        *corner_posts(width / 2 - 0.07, depth / 2 - 0.07, 0, feet + 0.05, 0.12),
    )


def corner_posts(x: float, z: float, low: float, high: float, size: float) -> tuple[Solid, ...]:
    """Four square posts at (+-x, +-z)."""
    return tuple(
        box((sx * x, (low + high) / 2, sz * z), (size, high - low, size)) for sx in (-1, 1) for sz in (-1, 1)
    )


def set_around(
    angles: Sequence[float], inset: float, splay: float, height: float, radius: float
) -> tuple[Solid, ...]:
    """Legs from a seat's underside outwards to the floor, at angles about the y axis in degrees."""
    return tuple(
        rod(
            (splay * inset * sin(radians(a)), 0, splay * inset * cos(radians(a))),
            (inset * sin(radians(a)), height, inset * cos(radians(a))),
            radius,
        )
        for a in angles
    )
