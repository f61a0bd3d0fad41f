"""Buildings with walls and roofs."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    rod,
)
from maquette.training.props._words import words

_SUNK, _PROUD = 0.06, 0.035
"""How deep a door or a window sits in its wall, and how far it stands out."""


def wall_panel(x: float, y: float, z: float, width: float, height: float) -> Solid:
    """A door or a window in a wall whose outer face is at z."""
    return box((x, y, z + (_PROUD - _SUNK) / 2), (width, height, _PROUD + _SUNK))


def arched_panel(x: float, y: float, z: float, width: float, height: float) -> Solid:
    """A door with a round top, standing at y in a wall whose outer face is at z."""
    r = width / 2
    arch = [(x + r * cos(t), y + height - r + r * sin(t)) for t in (k * pi / 8 for k in range(9))]
    return extrude([(x + r, y), *arch, (x - r, y)], _PROUD + _SUNK).moved(z=z + (_PROUD - _SUNK) / 2)


def gable_roof(half: float, eave: float, ridge: float, slab: float, over: float, length: float) -> Solid:
    """Two thick slopes that meet in a ridge along z; `eave` and `ridge` are heights of the wall below."""
    slope = (ridge - eave) / half
    low, high = eave - over * slope, ridge
    x = half + over
    rise = slab * (1 + slope * slope) ** 0.5
    outline = [(-x, low), (0, high), (x, low), (x, low + rise), (0, high + rise), (-x, low + rise)]
    return extrude(outline, length, min(slab, length))


def _walls(draw: Draw) -> Finish:
    return draw.finish("wood", "brick", "stone", natural=("tan", "white", "gray", "brown"), painted=0.5)


def roof_finish(draw: Draw, *avoid: Finish) -> Finish:
    return draw.finish("brick", "wood", natural=("red", "brown"), avoid=avoid)


def house(draw: Draw) -> Prop:
    width, depth, eave = draw.uniform(0.62, 0.95), draw.uniform(0.6, 0.9), draw.uniform(0.38, 0.7)
    rise, turned = draw.uniform(0.26, 0.46), draw.chance(0.5)
    walls, roof = (wall := _walls(draw)), roof_finish(draw, wall)
    door = draw.finish("wood", natural=("brown",), avoid=[walls, roof])
    pane = draw.finish("glass", natural=("yellow", "teal", "white"), avoid=[walls, door, roof], painted=0.15)
    across, along = (depth, width) if turned else (width, depth)
    half, over = across / 2, draw.uniform(0.07, 0.11)
    outline = [(-half, 0), (half, 0), (half, eave), (0, eave + rise), (-half, eave)]
    body, cover = extrude(outline, along), gable_roof(half, eave, eave + rise, 0.085, over, along + 2 * over)
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
    windows = [wall_panel(x, max(tall - size / 2, eave * 0.55), z, size, size) for x in at]
    shape = arched_panel if draw.chance(0.5) else (lambda x, y, z, w, h: wall_panel(x, y + h / 2, z, w, h))
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
    gate = arched_panel(0, 0, radius * 0.97, radius * 0.95, 0.38)
    slit = arched_panel(0, height * 0.62, upper * 1.02 + (radius - upper) * 0.38, 0.15, 0.24)
    rim = drum(height + 0.03, upper + 0.07, 0.16)
    if pointed:
        roof = roof_finish(draw, walls, door)
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
        roof = roof_finish(draw, walls, tower_finish, door)
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
    parts.append(Part("gate", (arched_panel(0, 0, half, half * 0.62, height * 0.82),), door))
    return Prop("castle", tuple(parts), words(tall=tall > 1.7 * half, wide=tall < 1.35 * half))


def windmill(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.24, 0.32), draw.uniform(0.7, 0.95)
    reach, wide, turn = draw.uniform(0.42, 0.52), draw.uniform(0.13, 0.17), draw.uniform(10, 80)
    walls = draw.finish("stone", "brick", "wood", natural=("white", "tan", "gray"), painted=0.45)
    roof = roof_finish(draw, walls)
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
    gate = arched_panel(0, 0, radius * 0.95, radius * 0.8, 0.28)
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
