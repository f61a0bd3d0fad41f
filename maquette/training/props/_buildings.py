"""Buildings and what stands around them; doors and signs face the front."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._prop import Category, Draw, Finish, Part, Prop
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

_SUNK, _PROUD = 0.06, 0.035
"""How deep a door or a window sits in its wall, and how far it stands out."""


def _panel(x: float, y: float, z: float, width: float, height: float) -> Solid:
    """A door or a window in a wall whose outer face is at z."""
    return box((x, y, z + (_PROUD - _SUNK) / 2), (width, height, _PROUD + _SUNK))


def _arched(x: float, y: float, z: float, width: float, height: float) -> Solid:
    """A door with a round top, standing at y in a wall whose outer face is at z."""
    r = width / 2
    arch = [(x + r * cos(t), y + height - r + r * sin(t)) for t in (k * pi / 8 for k in range(9))]
    return extrude([(x + r, y), *arch, (x - r, y)], _PROUD + _SUNK).moved(z=z + (_PROUD - _SUNK) / 2)


def _gable(half: float, eave: float, ridge: float, slab: float, over: float, length: float) -> Solid:
    """Two thick slopes that meet in a ridge along z; `eave` and `ridge` are heights of the wall below."""
    slope = (ridge - eave) / half
    low, high = eave - over * slope, ridge
    x = half + over
    rise = slab * (1 + slope * slope) ** 0.5
    outline = [(-x, low), (0, high), (x, low), (x, low + rise), (0, high + rise), (-x, low + rise)]
    return extrude(outline, length, min(slab, length))


def _walls(draw: Draw) -> Finish:
    return draw.finish("wood", "brick", "stone", natural=("tan", "white", "gray", "brown"), painted=0.5)


def _roof(draw: Draw, *avoid: Finish) -> Finish:
    return draw.finish("brick", "wood", natural=("red", "brown"), avoid=avoid)


def house(draw: Draw) -> Prop:
    width, depth, eave = draw.uniform(0.62, 0.95), draw.uniform(0.6, 0.9), draw.uniform(0.38, 0.7)
    rise, turned = draw.uniform(0.26, 0.46), draw.chance(0.5)
    walls, roof = (wall := _walls(draw)), _roof(draw, wall)
    door = draw.finish("wood", natural=("brown",), avoid=[walls, roof])
    pane = draw.finish("glass", natural=("yellow", "teal", "white"), avoid=[walls, door, roof], painted=0.15)
    across, along = (depth, width) if turned else (width, depth)
    half, over = across / 2, draw.uniform(0.07, 0.11)
    outline = [(-half, 0), (half, 0), (half, eave), (0, eave + rise), (-half, eave)]
    body, cover = extrude(outline, along), _gable(half, eave, eave + rise, 0.085, over, along + 2 * over)
    if turned:
        body, cover = body.turned("y", 90), cover.turned("y", 90)
    z, tall = depth / 2, min(0.42, eave * 0.86)
    door_width, size = draw.uniform(0.2, 0.25), draw.uniform(0.16, 0.21)
    count = draw.choice([1, 2])
    side = draw.choice([-1, 1]) * width * 0.22
    if count == 2:
        at, door_x = [-(width / 2 + door_width / 2) / 2, (width / 2 + door_width / 2) / 2], 0.0
    else:
        at, door_x = [-side], side
    size = min(size, (width - door_width) / 2 - 0.09)
    windows = [_panel(x, max(tall - size / 2, eave * 0.55), z, size, size) for x in at]
    shape = _arched if draw.chance(0.5) else (lambda x, y, z, w, h: _panel(x, y + h / 2, z, w, h))
    parts = [
        Part("walls", (body,), walls),
        Part("roof", (cover,), roof),
        Part("door", (shape(door_x, 0, z, door_width, tall),), door),
        Part("windows" if count == 2 else "window", tuple(windows), pane, count),
    ]
    if draw.chance(0.5):
        brick = draw.finish("brick", natural=("red", "gray"), avoid=[roof, walls], painted=0.3)
        x, z = (width * 0.25, -depth * 0.2)
        top = eave + rise + 0.14
        parts.append(Part("chimney", (box((x, (eave + top) / 2, z), (0.15, top - eave, 0.15)),), brick))
    return Prop("house", tuple(parts), words(tall=eave + rise > 1.25 * width, wide=width > 1.2 * (eave + rise)))


def tower(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.22, 0.34), draw.uniform(0.8, 1.2)
    is_round, pointed = draw.chance(0.6), draw.chance(0.55)
    taper, segments = draw.uniform(0.8, 1.0), 18
    walls = draw.finish("stone", "brick", natural=("gray", "tan"), painted=0.5)
    door = draw.finish("wood", natural=("brown",), avoid=[walls], painted=0.4)
    pane = draw.finish("glass", natural=("black", "yellow"), avoid=[walls, door], painted=0.2)

    def drum(y: float, r: float, tall: float, top: float = 1.0) -> Solid:
        if is_round:
            return cylinder((0, y, 0), r, tall, top, segments)
        return box((0, y, 0), (2 * r, tall, 2 * r), (top, top))

    upper = radius * taper
    shaft = drum(height / 2, radius, height, taper)
    gate = _arched(0, 0, radius * 0.97, radius * 0.95, 0.38)
    slit = _arched(0, height * 0.62, upper * 1.02 + (radius - upper) * 0.38, 0.15, 0.24)
    rim = drum(height + 0.03, upper + 0.07, 0.16)
    if pointed:
        roof = _roof(draw, walls, door)
        tall = draw.uniform(0.4, 0.65)
        cone = drum(height + 0.1 + tall / 2, upper + 0.12, tall, 0.02)
        parts = [Part("walls", (shaft,), walls), Part("roof", (cone,), roof)]
    else:
        count = 8
        r = upper + 0.07
        teeth = []
        for k in range(count):
            if is_round:
                teeth.append(
                    box((0, height + 0.15, r - 0.055), (0.13, 0.16, 0.11)).turned("y", (k + 0.5) * 360 / count)
                )
            else:
                x, z = [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)][k]
                teeth.append(box((x * (r - 0.07), height + 0.15, z * (r - 0.07)), (0.14, 0.16, 0.14)))
        crown = walls if draw.chance(0.4) else draw.finish("stone", "brick", avoid=[walls, door], painted=0.5)
        parts = [Part("walls", (shaft,), walls), Part("battlements", (rim, *teeth), crown)]
        if draw.chance(0.4):
            flag = draw.finish("cloth", natural=("red", "blue"), avoid=[walls, crown])
            pole = rod((0, height, 0), (0, height + 0.62, 0), 0.045)
            banner = extrude([(0, height + 0.36), (0.34, height + 0.49), (0, height + 0.62)], 0.09)
            parts.append(Part("flag", (pole, banner), flag))
    parts += [Part("door", (gate,), door), Part("window", (slit,), pane)]
    return Prop(
        "tower",
        tuple(parts),
        words(tall=height > 3.9 * radius, short=height < 3.0 * radius, round=is_round, square=not is_round),
    )


def castle(draw: Draw) -> Prop:
    half, height, radius = draw.uniform(0.36, 0.46), draw.uniform(0.34, 0.46), draw.uniform(0.14, 0.18)
    tall, pointed = draw.uniform(0.52, 0.78), draw.chance(0.65)
    walls = draw.finish("stone", "brick", natural=("gray", "tan"), painted=0.45)
    door = draw.finish("wood", natural=("brown",), avoid=[walls], painted=0.4)
    tower_finish = walls if draw.chance(0.5) else draw.finish("stone", "brick", avoid=[walls, door], painted=0.5)
    corners = [(x * half, z * half) for x in (-1, 1) for z in (-1, 1)]
    teeth = []
    for k in range(3):
        at = (k - 1) * half * 0.46
        teeth += [box((at, height + 0.05, s * (half - 0.05)), (0.12, 0.16, 0.13)) for s in (-1, 1)]
        teeth += [box((s * (half - 0.05), height + 0.05, at), (0.13, 0.16, 0.12)) for s in (-1, 1)]
    parts = [
        Part("walls", (box((0, height / 2, 0), (2 * half, height, 2 * half)), *teeth), walls),
        Part(
            "towers",
            tuple(cylinder((x, tall / 2, z), radius, tall, segments=14) for x, z in corners),
            tower_finish,
            4,
        ),
    ]
    if pointed:
        roof = _roof(draw, walls, tower_finish, door)
        top = draw.uniform(0.28, 0.42)
        cones = tuple(cylinder((x, tall + top / 2, z), radius + 0.055, top, 0, 14) for x, z in corners)
        parts.append(Part("roofs", cones, roof, 4))
    else:
        caps = [cylinder((x, tall, z), radius + 0.05, 0.12, segments=14) for x, z in corners]
        caps += [
            box((x + 0.8 * radius * a, tall + 0.1, z + 0.8 * radius * b), (0.1, 0.14, 0.1))
            for x, z in corners
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
        crown = tower_finish if draw.chance(0.4) else draw.finish("stone", avoid=[tower_finish, door], painted=0.5)
        parts.append(Part("battlements", tuple(caps), crown))
    if draw.chance(0.5):
        keep_top = tall + draw.uniform(0.1, 0.22)
        keep = box((0, keep_top / 2, -0.05), (half * 0.9, keep_top, half * 0.9))
        if pointed:
            cap = box((0, keep_top + 0.16, -0.05), (half * 1.12, 0.32, half * 1.12), (0.02, 0.02))
        else:
            cap = box((0, keep_top, -0.05), (half * 1.1, 0.12, half * 1.1))
        parts[0] = Part("walls", (*parts[0].solids, keep), walls)
        parts[2] = Part(parts[2].name, (*parts[2].solids, cap), parts[2].finish, 1)
    parts.append(Part("gate", (_arched(0, 0, half, half * 0.62, height * 0.82),), door))
    return Prop("castle", tuple(parts), words(tall=tall > 1.7 * half, wide=tall < 1.35 * half))


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
    roof = _roof(draw, stone)
    wood = draw.finish("wood", natural=("brown",), avoid=[stone, roof], painted=0.4)
    water = draw.finish("glass", natural=("blue", "teal"), avoid=[stone], painted=0.0)
    inner = radius - wall
    shaft = revolve([(radius, 0), (radius, height), (inner, height), (inner, 0.08)], 18, wall)
    pool = cylinder((0, height * 0.45, 0), inner + 0.02, height * 0.5, segments=18)
    posts = [box((s * (radius - 0.05), (0.1 + top) / 2 + 0.02, 0), (0.09, top - 0.06, 0.09)) for s in (-1, 1)]
    bar = rod((-radius, top - 0.14, 0), (radius, top - 0.14, 0), 0.045)
    half = radius * 0.86
    cover = _gable(half, top - 0.04, top + rise, 0.085, 0.04, 2 * radius + 0.24).turned("y", 90)
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
            solids = (_panel(0, y, z, 0.09, 0.34), box((0, y + 0.06, z - 0.01), (0.25, 0.09, 0.1)))
            parts.append(Part("cross", solids, mark))
        else:
            lines = tuple(_panel(0, y + dy, z, w, 0.07) for dy, w in ((0.1, 0.3), (-0.02, 0.3), (-0.14, 0.2)))
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


def windmill(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.24, 0.32), draw.uniform(0.7, 0.95)
    reach, wide, turn = draw.uniform(0.42, 0.52), draw.uniform(0.13, 0.17), draw.uniform(10, 80)
    walls = draw.finish("stone", "brick", "wood", natural=("white", "tan", "gray"), painted=0.45)
    roof = _roof(draw, walls)
    sail = draw.finish("cloth", "wood", natural=("white", "tan", "brown"), avoid=[walls, roof], painted=0.4)
    door = draw.finish("wood", natural=("brown",), avoid=[walls, sail], painted=0.3)
    taper = draw.uniform(0.66, 0.8)
    upper = radius * taper
    shaft = cylinder((0, height / 2, 0), radius, height, taper, 14)
    cap = ellipsoid((0, height - 0.02, 0), (upper + 0.06, draw.uniform(0.2, 0.32), upper + 0.06), 16, lowest=0.0)
    front, y = upper + 0.13, height + 0.03
    arms = []
    for k in range(4):
        blade = box((0.03, reach * 0.62, 0), (wide, reach * 0.76, 0.08))
        spar = box((0, reach * 0.5, 0), (0.08, reach, 0.092))
        arms += [s.turned("z", turn + 90 * k).moved(0, y, front) for s in (blade, spar)]
    hub = rod((0, y, 0), (0, y, front + 0.09), 0.075)
    gate = _arched(0, 0, radius * 0.95, radius * 0.8, 0.28)
    return Prop(
        "windmill",
        (
            Part("walls", (shaft,), walls),
            Part("sails", (*arms, hub), sail, 4),
            Part("roof", (cap,), roof),
            Part("door", (gate,), door),
        ),
        words(tall=height > 3.3 * radius, short=height < 2.7 * radius),
    )


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


BUILDINGS = {
    "house": Category(house, ("house", "cottage", "hut")),
    "tower": Category(tower, ("tower", "watchtower")),
    "castle": Category(castle, ("castle", "fortress")),
    "fence": Category(fence, ("fence", "picket fence")),
    "well": Category(well, ("well", "water well")),
    "tent": Category(tent, ("tent",)),
    "gravestone": Category(gravestone, ("gravestone", "tombstone", "headstone")),
    "sign": Category(sign, ("sign", "signpost")),
    "windmill": Category(windmill, ("windmill",)),
    "bridge": Category(bridge, ("bridge",)),
}
