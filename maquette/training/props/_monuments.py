"""Stonework and what else stands for ever: stairs, columns, statues, fountains and coffins."""

from __future__ import annotations

import itertools
from math import cos, pi, sin

import numpy as np

from maquette.training.props._motors import profile
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    pillow,
    revolve,
    rod,
    tube,
    vessel,
)
from maquette.training.props._words import words


def stairs(draw: Draw) -> Prop:
    count, width = draw.integer(4, 6), draw.uniform(0.5, 0.95)
    tread, riser = draw.uniform(0.17, 0.21), draw.uniform(0.15, 0.19)
    stone = draw.finish("stone", "wood", "brick", natural=("gray", "brown", "tan"), painted=0.4)
    top = draw.finish("wood", "stone", natural=("tan", "white", "brown"), avoid=[stone], painted=0.4)
    length, height = count * tread, count * riser
    # The steps come down towards the front.
    outline = [(-length / 2, 0.0), (length / 2, 0.0)]
    for k in range(count):
        z = length / 2 - k * tread
        outline += [(z, (k + 1) * riser), (z - tread, (k + 1) * riser)]
    body = profile(outline, width, riser)
    slabs = [
        box((0, (k + 1) * riser, length / 2 - (k + 0.5) * tread + 0.02), (width + 0.06, 0.08, tread + 0.04))
        for k in range(count)
    ]
    parts = [Part("body", (body,), stone), Part("treads", tuple(slabs), top)]
    extra = draw.choice(["", "railings", "walls", "carpet"])
    other = draw.finish(
        {"walls": "stone", "carpet": "cloth"}.get(extra, "metal"),
        natural={"walls": ("gray", "tan"), "carpet": ("red",)}.get(extra, ("black", "gold", "gray")),
        avoid=[stone, top],
        painted=0.3,
    )
    if extra == "carpet":
        runner = [
            box((0, (k + 0.5) * riser + 0.05, length / 2 - k * tread - tread / 2 + 0.05),
                (width * 0.45, riser, tread + 0.03))
            for k in range(count)
        ]  # fmt: skip
        parts.append(Part("carpet", tuple(runner), other))
    elif extra:
        start, end = length / 2 - tread * 0.4, -length / 2 + tread * 0.4
        rails: list[Solid] = []
        for x in (-width / 2, width / 2):
            if extra == "walls":
                slope = [(length / 2 + 0.04, 0), (length / 2 + 0.04, riser + 0.12), (-length / 2, height + 0.16)]
                rails.append(profile([*slope, (-length / 2, 0)], 0.1).moved(x * 1.08))
                continue
            rails.append(rod((x, riser + 0.4, start), (x, height + 0.4, end), 0.045))
            rails += [
                rod((x, riser + (height - riser) * t, start + (end - start) * t),
                    (x, riser + (height - riser) * t + 0.42, start + (end - start) * t), 0.045)
                for t in (0, 0.5, 1)
            ]  # fmt: skip
        parts.append(Part(extra, tuple(rails), other, 2))
    return Prop("stairs", tuple(parts), words(wide=width > 0.85, narrow=width < 0.6, tall=height > 1.05 * length))


def _fluted(radius: float, height: float, taper: float, flutes: int) -> Solid:
    """An upright shaft with grooves, standing on y = 0."""
    shaft = revolve([(radius, 0), (radius * (1 + taper) / 2, height / 2), (radius * taper, height)], flutes * 4)
    angle = np.arctan2(shaft.vertices[:, 0], shaft.vertices[:, 2])
    groove = 1 - 0.16 * np.abs(np.sin(flutes / 2 * angle)) ** 2
    points = shaft.vertices * np.stack([groove, np.ones_like(groove), groove], -1)
    return Solid(points.astype(np.float32), shaft.faces, shaft.thickness * 0.84)


def column(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.14, 0.21), draw.uniform(0.75, 1.1)
    taper, flutes = draw.uniform(0.8, 1.0), draw.choice([8, 10])
    kind = draw.choice(["round", "scrolls", "broken", "round"])
    stone = draw.finish("stone", natural=("white", "gray", "tan"), painted=0.35)
    plain = draw.finish("stone", natural=("gray", "tan", "white"), avoid=[stone], painted=0.35)
    foot = radius * draw.uniform(1.45, 1.75)
    base = [box((0, 0.06, 0), (2 * foot, 0.12, 2 * foot)), cylinder((0, 0.17, 0), foot * 0.88, 0.12, segments=20)]
    shaft = _fluted(radius, height, taper, flutes).moved(y=0.2)
    top, neck = height + 0.2, radius * taper
    parts = [Part("shaft", (shaft,), stone), Part("base", tuple(base), plain)]
    if kind == "broken":
        points = shaft.vertices.copy()
        upper = points[:, 1] > top - 0.01
        slant = draw.uniform(0.7, 1.1) * draw.choice([-1, 1])
        jag = 0.05 * np.sin(3 * np.arctan2(points[:, 0], points[:, 2]) + draw.uniform(0, 6))
        points[:, 1] += upper * (slant * points[:, 0] + jag * (np.hypot(points[:, 0], points[:, 2]) > 0.05))
        parts[0] = Part("shaft", (Solid(points, shaft.faces, shaft.thickness),), stone, smooth=False)
    else:
        slab = box((0, top + 0.16, 0), (2 * foot * 0.95, 0.11, 2 * foot * 0.95))
        if kind == "round":
            capital = [revolve([(neck, top - 0.04), (neck * 1.1, top), (foot * 0.85, top + 0.12)], 20, 0.15), slab]
        else:
            scroll = 0.115
            capital = [
                rod((s * foot * 0.85, top + 0.03, -neck * 1.2), (s * foot * 0.85, top + 0.03, neck * 1.2), scroll,
                    segments=16)
                for s in (-1, 1)
            ]  # fmt: skip
            capital += [box((0, top + 0.06, 0), (foot * 1.7, 0.14, neck * 2.1)), slab]
        parts.append(Part("capital", tuple(capital), plain))
    if draw.chance(0.3):
        ivy = draw.finish("leaf", avoid=[stone, plain], natural=("green",), painted=0.0)
        turn, reach = draw.uniform(0, 2 * pi), draw.uniform(0.5, 0.85)
        path = [
            [radius * 0.98 * sin(turn + 7 * t), 0.2 + height * reach * t, radius * 0.98 * cos(turn + 7 * t)]
            for t in np.linspace(0, 1, 16)
        ]
        leaves = [ellipsoid(p, (0.085, 0.075, 0.085), 8) for p in path[1::2]]
        parts.append(Part("ivy", (*leaves, *(rod(a, b, 0.045) for a, b in itertools.pairwise(path))), ivy))
    return Prop("column", tuple(parts), words(tall=height > 5.8 * radius, thick=height < 4.6 * radius))


def statue(draw: Draw) -> Prop:
    kind = draw.choice(["bust", "figure", "figure"])
    plinth, wide = draw.uniform(0.24, 0.34), draw.uniform(0.42, 0.54)
    if kind == "bust":
        plinth *= 1.7
    skin = draw.finish("stone", "metal", natural=("white", "gray", "gold"), painted=0.35)
    stone = draw.finish("stone", "brick", natural=("gray", "tan", "brown"), avoid=[skin], painted=0.35)
    plate = draw.finish("metal", natural=("gold", "black"), avoid=[stone, skin], painted=0.1)
    base = [
        box((0, 0.05, 0), (wide * 1.15, 0.1, wide * 1.15)),
        box((0, plinth / 2, 0), (wide * 0.92, plinth, wide * 0.92)),
        box((0, plinth, 0), (wide * 1.1, 0.09, wide * 1.1)),
    ]
    y = plinth + 0.04
    if kind == "bust":
        head, span = draw.uniform(0.17, 0.2), draw.uniform(0.31, 0.37)
        chest = ellipsoid((0, y + 0.12, 0), (span, 0.24, span * 0.6), 16, lowest=-0.45)
        foot = cylinder((0, y + 0.05, 0), 0.13, 0.14, 0.85)
        neck = cylinder((0, y + 0.4, 0), head * 0.5, 0.2)
        top = y + 0.46 + head * 0.8
        body = [chest, foot, neck]
    else:
        tall, span, head = draw.uniform(0.62, 0.78), draw.uniform(0.15, 0.18), draw.uniform(0.1, 0.125)
        shoulder = y + tall
        robe = revolve(
            [(span * 1.2, y), (span * 1.1, y + tall * 0.2), (span * 0.78, y + tall * 0.58),
             (span * 1.1, shoulder - 0.1), (span * 0.95, shoulder - 0.02), (0.06, shoulder + 0.03)], 16, 2 * span
        ).scaled(z=0.72)  # fmt: skip
        neck = cylinder((0, shoulder + 0.04, 0), head * 0.55, 0.14)
        top = shoulder + 0.08 + head * 1.0
        raised = draw.chance(0.6)
        hand = (span * 1.75, shoulder + 0.32, 0.08) if raised else (span * 1.5, shoulder - 0.4, 0.12)
        elbow = (span * 1.8, shoulder + (0.02 if raised else -0.22), 0.0)
        left = [
            (-span, shoulder - 0.09, 0),
            (-span * 1.6, shoulder - 0.28, 0.02),
            (-span * 0.7, shoulder - 0.4, 0.17),
        ]
        body = [robe, neck]
        for path in ([(span, shoulder - 0.09, 0), elbow, hand], left):
            body += [rod(a, b, 0.06) for a, b in itertools.pairwise(path)]
            body += [ellipsoid(p, (0.068, 0.068, 0.068), 10) for p in path]
        if raised and draw.chance(0.6):
            x, up, z = hand
            body += [
                rod((x, up - 0.1, z), (x, up + 0.1, z), 0.05, 1.3),
                ellipsoid((x, up + 0.17, z), (0.085,) * 3, 10),
            ]
    body += [
        ellipsoid((0, top, 0), (head * 0.85, head * 1.08, head * 0.95), 16),
        ellipsoid((0, top + head * 0.3, -head * 0.2), (head * 0.98, head * 0.95, head * 0.95), 14),
        ellipsoid((0, top - head * 0.12, head * 0.92), (0.05, 0.06, 0.06), 8),
    ]
    parts = [Part("bust" if kind == "bust" else "figure", tuple(body), skin), Part("plinth", tuple(base), stone)]
    if draw.chance(0.6):
        parts.append(Part("plaque", (box((0, plinth * 0.55, wide * 0.46), (wide * 0.5, 0.13, 0.12)),), plate))
    return Prop("statue", tuple(parts), words(tall=top > 2.9 * wide, short=top < 2.1 * wide))


def fountain(draw: Draw) -> Prop:
    radius, wall, rim = draw.uniform(0.5, 0.6), draw.uniform(0.1, 0.13), draw.uniform(0.18, 0.26)
    height, tiers = draw.uniform(0.5, 0.68), draw.choice([1, 1, 2])
    stone = draw.finish("stone", natural=("gray", "tan", "white"), painted=0.35)
    inner = stone if draw.chance(0.4) else draw.finish("stone", "metal", avoid=[stone], painted=0.5)
    water = draw.finish("glass", natural=("blue", "teal"), avoid=[stone, inner], painted=0.0)
    segments = draw.choice([8, 24])
    basin = vessel([(radius * 1.04, 0), (radius * 0.96, 0.06), (radius, rim)], wall, 0.07, segments)
    pool = cylinder((0, rim * 0.55, 0), radius - wall * 0.5, rim * 0.5, segments=segments)
    stand = [revolve([(0.16, 0.05), (0.08, 0.16), (0.075, height * 0.7), (0.12, height)], 14, 0.14)]
    jets, top = [], height
    bowls = [(0.3, height)] if tiers == 1 else [(0.34, height * 0.85), (0.2, height * 1.35)]
    for r, y in bowls:
        stand.append(revolve([(0.07, y - 0.1), (r * 0.75, y - 0.04), (r, y + 0.07), (r * 0.8, y + 0.07)], 20, 0.1))
        stand.append(cylinder((0, y - 0.15, 0), 0.07, 0.3))
        jets.append(cylinder((0, y + 0.05, 0), r * 0.86, 0.09, segments=20))
        top = y + 0.09
    count, low = draw.choice([4, 4, 5]), rim * 0.7
    spout = draw.uniform(0.16, 0.26)
    jets += [revolve([(0.06, top - 0.06), (0.05, top + spout * 0.6), (0.075, top + spout)], 10, 0.1)]
    jets.append(ellipsoid((0, top + spout, 0), (0.095, 0.08, 0.095), 12))
    # Arcs fall into the basin from the lowest bowl's rim
    r, y = bowls[0]
    high = top + spout
    if draw.chance(0.4):  # or from the top of the jet
        curve = [[0, high, 0], [r * 0.5, high + 0.07, 0], [r * 1.15, high * 0.75, 0], [r * 1.3, low, 0]]
    else:
        curve = [[r * 0.8, y + 0.06, 0], [r * 1.05, y + 0.09, 0], [r * 1.25, y * 0.75, 0], [r * 1.3, low, 0]]
    fall = tube(curve, 0.04, 8)
    jets += [fall.turned("y", (k + 0.5) * 360 / count) for k in range(count)]
    return Prop(
        "fountain",
        (
            Part("basin", (basin,), stone),
            Part("water", (pool, *jets), water),
            Part("bowls" if tiers == 2 else "bowl", tuple(stand), inner, tiers),
        ),
        words(tall=top + spout > 1.75 * radius, wide=top + spout < 1.4 * radius, round=segments == 24),
    )


def coffin(draw: Draw) -> Prop:
    length, width = draw.uniform(1.05, 1.25), draw.uniform(0.46, 0.58)
    depth, shoulder = draw.uniform(0.2, 0.3), draw.uniform(0.24, 0.32)
    standing = draw.chance(0.35)
    wood = draw.finish("wood", natural=("brown", "black"), painted=0.4)
    lid = wood if draw.chance(0.3) else draw.finish("wood", natural=("brown", "tan"), avoid=[wood], painted=0.4)
    mark = draw.finish("metal", natural=("gold", "white", "gray"), avoid=[wood, lid], painted=0.2)

    def hexagon(grown: float, thick: float, z: float) -> Solid:
        w, half = width / 2 + grown, length / 2 + grown
        y = half - shoulder * length
        right = [(w * 0.62, -half), (w, y), (w * 0.6, half)]
        return extrude(right + [(-a, b) for a, b in reversed(right)], thick).moved(z=z)

    solids = {
        "lid": [hexagon(0.035, 0.09, depth / 2 + 0.045), hexagon(-0.055, 0.1, depth / 2 + 0.09)],
        "body": [hexagon(0.0, depth, 0.0), hexagon(0.035, 0.08, -depth / 2)],
    }
    z, y = depth / 2 + 0.13, length * 0.14
    if draw.chance(0.75):
        name = "cross"
        bar = draw.uniform(0.08, 0.1)
        signs = [box((0, 0.02, z), (bar, length * 0.6, 0.1)), box((0, y, z), (width * 0.55, bar, 0.1))]
    else:
        name = "plate"
        signs = [pillow((0, y, z), (width * 0.42, 0.22, 0.09), 0.3)]
    handles = [box((s * width * 0.44, a * length, 0), (0.14, 0.17, 0.08)) for s in (-1, 1) for a in (-0.2, 0.12)]

    def placed(group: list[Solid]) -> tuple[Solid, ...]:
        return tuple(s if standing else s.turned("x", -90) for s in group)

    parts = [Part(key, placed(group), lid if key == "lid" else wood) for key, group in solids.items()]
    parts += [Part(name, placed(signs), mark), Part("handles", placed(handles), mark, 4)]
    return Prop("coffin", tuple(parts), words(wide=width > 0.55, narrow=width < 0.49, standing=standing))
