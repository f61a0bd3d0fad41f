"""What stands around buildings."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._houses import gable_roof, roof_finish, wall_panel
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    boulder,
    box,
    cylinder,
    ellipsoid,
    extrude,
    revolve,
    rod,
    tube,
)
from maquette.training.props._words import words


def fence(draw: Draw) -> Prop:
    count, gap = draw.integer(3, 6), draw.uniform(1.5, 1.9)
    wide, height = draw.uniform(0.12, 0.15), draw.uniform(0.45, 0.75)
    pointed = draw.chance(0.7)
    picket_finish = draw.finish("wood", natural=("brown", "tan", "white"), painted=0.5)
    rail_finish = picket_finish if draw.chance(0.3) else draw.finish("wood", avoid=[picket_finish])
    pitch = wide * gap
    tip = wide * 0.6 if pointed else 0.02
    outline = [(-wide / 2, 0), (wide / 2, 0), (wide / 2, height - tip), (0, height), (-wide / 2, height - tip)]
    pickets = [extrude(outline, 0.085).moved(x=(k - (count - 1) / 2) * pitch) for k in range(count)]
    length = count * pitch
    rails = [box((0, height * y, -0.05), (length, 0.11, 0.085)) for y in (0.25, 0.68)]
    return Prop(
        "fence",
        (Part("pickets", tuple(pickets), picket_finish, count), Part("rails", tuple(rails), rail_finish, 2)),
        words(tall=height > 0.85 * length, long=length > 2.1 * height),
    )


def well(draw: Draw) -> Prop:
    radius, wall, height = draw.uniform(0.34, 0.44), draw.uniform(0.1, 0.13), draw.uniform(0.3, 0.42)
    top, rise = draw.uniform(0.78, 0.98), draw.uniform(0.2, 0.32)
    stone = draw.finish("stone", "brick", natural=("gray", "tan"), painted=0.45)
    roof = roof_finish(draw, stone)
    wood = draw.finish("wood", natural=("brown",), avoid=[stone, roof], painted=0.4)
    water = draw.finish("glass", natural=("blue", "teal"), avoid=[stone], painted=0.0)
    inner = radius - wall
    shaft = revolve([(radius, 0), (radius, height), (inner, height), (inner, 0.08)], 18, wall)
    pool = cylinder((0, height * 0.45, 0), inner + 0.02, height * 0.5, segments=18)
    posts = [box((s * (radius - 0.05), (0.1 + top) / 2 + 0.02, 0), (0.09, top - 0.06, 0.09)) for s in (-1, 1)]
    bar = rod((-radius, top - 0.14, 0), (radius, top - 0.14, 0), 0.045)
    half = radius * 0.86
    cover = gable_roof(half, top - 0.04, top + rise, 0.085, 0.04, 2 * radius + 0.24).turned("y", 90)
    ends = [
        extrude([(-half, top - 0.03), (half, top - 0.03), (0, top + rise + 0.02)], 0.09)
        .turned("y", 90)
        .moved(s * radius)
        for s in (-1, 1)
    ]
    return Prop(
        "well",
        (
            Part("wall", (shaft,), stone),
            Part("roof", (cover, *ends), roof),
            Part("posts", (*posts, bar), wood, 2),
            Part("water", (pool,), water, mentioned=False),
        ),
        words(round=True, tall=top + rise > 3.2 * radius, wide=top + rise < 2.6 * radius),
    )


def tent(draw: Draw) -> Prop:
    height = draw.uniform(0.62, 0.85)
    canvas = draw.finish("cloth", natural=("tan", "white", "green"))
    dark = draw.finish("cloth", natural=("black", "brown"), avoid=[canvas], painted=0.25)
    wood = draw.finish("wood", avoid=[canvas, dark], painted=0.25)
    if draw.chance(0.45):  # a cone around crossed poles
        radius, sides = draw.uniform(0.38, 0.52), 9
        cone = cylinder((0, height / 2, 0), radius, height, 0.08, sides).turned("y", 180)
        poles = [
            rod(
                (0.06 * sin(a), height * 0.82, 0.06 * cos(a)),
                (-0.14 * sin(a), height + 0.2, -0.14 * cos(a)),
                0.036,
            )
            for a in (0.4, 2.5, 4.6)
        ]
        lean = radius * 0.92 / height
        flap = extrude([(-0.15, 0), (0.15, 0), (0, height * 0.62)], 0.14)
        z = radius * cos(pi / sides) - 0.025
        tipped = flap.vertices * [1, 1, 1]
        tipped[:, 2] += z - lean * tipped[:, 1] * 0.96
        parts = [
            Part("canvas", (cone,), canvas),
            Part("opening", (Solid(tipped.astype("float32"), flap.faces, flap.thickness),), dark),
            Part("poles", tuple(poles), wood, 3),
        ]
        if draw.chance(0.6):
            band = draw.finish("cloth", avoid=[canvas, dark, wood])
            low, high = height * 0.66, height * 0.82
            edge = [(radius * (1 - 0.92 * y / height) + 0.03, y) for y in (low, high)]
            parts.append(Part("band", (revolve(edge, sides).turned("y", 180),), band))
        return Prop("tent", tuple(parts), words(tall=height > 1.85 * radius, round=True))
    half, length = draw.uniform(0.38, 0.52), draw.uniform(0.75, 1.1)
    body = extrude([(-half, 0), (half, 0), (0, height)], length)
    wide = half * draw.uniform(0.5, 0.7)
    door = extrude([(-wide, 0), (wide, 0), (0, height * 0.78)], 0.095).moved(z=length / 2 - 0.015)
    slope = (half**2 + height**2) ** 0.5
    x, y = half / slope, height / slope
    poles = [
        rod((s * (half + 0.03), 0, at), (-s * x * 0.16, height + y * 0.16, at), 0.042)
        for s in (-1, 1)
        for at in (length / 2 - 0.01, -length / 2 + 0.01)
    ]
    parts = [Part("canvas", (body,), canvas), Part("opening", (door,), dark), Part("poles", tuple(poles), wood)]
    return Prop("tent", tuple(parts), words(long=length > 2.2 * half, tall=height > 1.9 * half))


def gravestone(draw: Draw) -> Prop:
    width, height, depth = draw.uniform(0.5, 0.68), draw.uniform(0.62, 0.95), draw.uniform(0.14, 0.2)
    kind = draw.choice(["round", "round", "pointed", "cross"])
    stone = draw.finish("stone", natural=("gray",), painted=0.45)
    half = width / 2
    low = 0.08
    if kind == "round":
        top = [(half * cos(t), height - half + half * sin(t)) for t in (k * pi / 10 for k in range(11))]
        slabs = [extrude([(half, low), *top, (-half, low)], depth)]
    elif kind == "pointed":
        eave = height - half * 0.6
        slabs = [extrude([(half, low), (half, eave), (0, height), (-half, eave), (-half, low)], depth)]
    else:
        arm, bar = half * 1.05, draw.uniform(0.085, 0.11)
        y = height * 0.68
        outline = [(bar, low), (bar, y - bar), (arm, y - bar), (arm, y + bar), (bar, y + bar), (bar, height)]
        slabs = [extrude([*outline, *[(-x, y) for x, y in outline[::-1]]], depth, min(depth, 2 * bar))]
    parts = [Part("slab", tuple(slabs), stone)]
    if draw.chance(0.5):
        earth = draw.finish("leaf", natural=("green", "brown"), avoid=[stone], painted=0.1)
        mound = boulder(draw.rng, (half * 1.35, 0.17, 0.36), 0.06)
        flat = mound.vertices * [1, 1, 1]
        flat[:, 1] = flat[:, 1].clip(0.0) + 0.05 * flat[:, 1].clip(None, 0.0)
        name = "mound"
        parts.append(Part(name, (Solid(flat.astype("float32"), mound.faces, 0.15).moved(z=0.12),), earth))
    else:
        base = draw.finish("stone", avoid=[stone], painted=0.4)
        parts.append(Part("base", (box((0, 0.07, 0), (width * 1.25, 0.14, depth + 0.22)),), base))
    if kind != "cross":
        mark = draw.finish("stone", natural=("black", "white"), avoid=[p.finish for p in parts], painted=0.2)
        y, z = height * 0.62, depth / 2
        if draw.chance(0.5):
            solids = (wall_panel(0, y, z, 0.09, 0.34), box((0, y + 0.06, z - 0.01), (0.25, 0.09, 0.1)))
            parts.append(Part("cross", solids, mark))
        else:
            lines = tuple(wall_panel(0, y + dy, z, w, 0.07) for dy, w in ((0.1, 0.3), (-0.02, 0.3), (-0.14, 0.2)))
            parts.append(Part("letters", lines, mark))
    return Prop(
        "gravestone",
        tuple(parts),
        words(round=kind == "round", tall=height > 1.55 * width, wide=height < 1.1 * width),
    )


def sign(draw: Draw) -> Prop:
    height, width, tall = draw.uniform(0.75, 1.05), draw.uniform(0.6, 0.85), draw.uniform(0.28, 0.42)
    kind = draw.choice(["board", "arrow", "arrow", "two"])
    board = draw.finish("wood", natural=("brown", "tan"), painted=0.55)
    post = draw.finish("wood", natural=("brown", "tan"), avoid=[board], painted=0.4)
    ink = draw.finish("wood", natural=("black", "white"), avoid=[board, post], painted=0.1)
    side = draw.choice([-1, 1])
    z = 0.1

    def arrow(y: float, size: float, way: int) -> Solid:
        x = width / 2
        outline = [
            (-x * way, y - size / 2),
            (x * 0.6 * way, y - size / 2),
            (x * 1.05 * way, y),
            (x * 0.6 * way, y + size / 2),
        ]
        return extrude([*outline, (-x * way, y + size / 2)], 0.1).moved(x=0.08 * way, z=z)

    def line(y: float, length: float) -> Solid:
        return box((0, y, z + 0.04), (length, 0.075, 0.095))

    y = height - tall / 2 - 0.04
    if kind == "board":
        boards = [box((0, y, z), (width, tall, 0.1))]
        lines = [line(y + 0.075, width * 0.72), line(y - 0.065, width * 0.5)]
    elif kind == "arrow":
        boards = [arrow(y, tall, side)]
        lines = [line(y, width * 0.6)]
    else:
        small = 0.23
        boards = [arrow(height - 0.16, small, side), arrow(height - 0.46, small, -side)]
        lines = [line(height - 0.16, width * 0.5), line(height - 0.46, width * 0.5)]
    top = height + (0.07 if kind != "board" else -0.1)
    parts = [
        Part("boards" if kind == "two" else "board", tuple(boards), board, len(boards)),
        Part("post", (box((0, top / 2, 0), (0.12, top, 0.12)),), post),
        Part("letters", tuple(lines), ink),
    ]
    if draw.chance(0.35):
        natural = ("green",) if "green" not in (board.color, post.color) else ("gray", "white", "black")
        grass = draw.finish(
            "leaf" if natural == ("green",) else "stone", natural=natural, avoid=[board, post], painted=0.0
        )
        name = "bushes" if grass.material == "leaf" else "stones"
        clumps = [
            ellipsoid((0.11 * sin(a), 0.02, 0.11 * cos(a)), (0.13, 0.14, 0.13), 10, lowest=-0.14)
            for a in (0.3, 2.4, 4.5)
        ]
        parts.append(Part(name, tuple(clumps), grass))
    return Prop("sign", tuple(parts), words(tall=height > 1.45 * width, wide=width > height))


def bridge(draw: Draw) -> Prop:
    length, width, rise = draw.uniform(1.0, 1.2), draw.uniform(0.4, 0.55), draw.uniform(0.14, 0.26)
    stone = draw.finish("stone", "brick", "wood", natural=("gray", "tan", "brown"), painted=0.45)
    rail = draw.finish("wood", "stone", avoid=[stone])
    half, thick = length / 2, draw.uniform(0.13, 0.18)
    steps = [k / 8 - 1 for k in range(17)]

    def deck(x: float) -> float:
        return 0.16 + rise * (1 - x * x)

    top = [(half * x, deck(x)) for x in steps]
    under = [(half * 0.74 * x, (deck(0) - thick) * (1 - x * x) ** 0.5) for x in steps]
    body = extrude([(-half, 0), *under, (half, 0), *top[::-1]], width, thick * 0.6)
    rails = []
    for s in (-1, 1):
        z = s * (width / 2 - 0.03)
        rails.append(tube([[half * x * 0.94, deck(x) + 0.2, z] for x in steps[::2]], 0.042, 8))
        rails += [
            rod((half * x * 0.92, deck(x) - 0.04, z), (half * x * 0.92, deck(x) + 0.2, z), 0.04)
            for x in (-1, -0.5, 0, 0.5, 1)
        ]
    return Prop(
        "bridge",
        (Part("deck", (body,), stone), Part("railings", tuple(rails), rail)),
        words(long=length > 2.5 * width, wide=width > 0.48 * length),
    )
