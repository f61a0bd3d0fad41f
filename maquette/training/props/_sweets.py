"""Ice cream, donuts, cupcakes. The substance "wax" stands for all that is soft to bite."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, cylinder, ellipsoid, revolve, ring, rod, tube
from maquette.training.props._words import words


def _sprinkles(draw: Draw, places: list[tuple[float, float, float]], avoid: list[Finish]) -> list[Part]:
    """Short rods at places on icing, in two colours."""
    first = draw.finish("wax", natural=("yellow", "white", "blue"), avoid=avoid, painted=0.3)
    second = draw.finish("wax", natural=("red", "green", "orange"), avoid=[*avoid, first], painted=0.0)
    groups: tuple[list[Solid], list[Solid]] = ([], [])
    for k, (x, y, z) in enumerate(places):
        grain = rod((-0.055, 0, 0), (0.055, 0, 0), 0.034, segments=8).turned("y", draw.uniform(0, 180))
        groups[k % 2].append(grain.moved(x, y, z))
    return [
        Part("sprinkles", tuple(groups[0]), first),
        Part("other sprinkles", tuple(groups[1]), second, mentioned=False),
    ]


def ice_cream(draw: Draw) -> Prop:
    radius, cone, tip = draw.uniform(0.24, 0.28), draw.uniform(0.55, 0.72), draw.uniform(0.045, 0.07)
    style = draw.choice(["scoops", "scoops", "scoops", "swirl"])
    wafer = draw.finish("wax", natural=("tan", "gold"), painted=0.08)
    lines = draw.finish("wax", natural=("brown",), avoid=[wafer], painted=0.0)
    cream = draw.finish("wax", natural=("pink", "white", "brown", "green", "yellow"), avoid=[wafer], painted=0.15)
    body = [revolve([(tip, 0), (radius * 0.94, cone), (radius, cone + 0.02), (radius, cone + 0.09)], 22)]
    grid = []
    turns = draw.integer(4, 5)
    for k in range(turns):  # two sets of lines that wind up the cone against each other
        for s in (-1, 1):
            t = np.linspace(0.1, 0.97, 8)
            a = s * 1.3 * t + 2 * pi * k / turns
            r = tip + (radius * 0.94 - tip) * t - 0.024
            grid.append(tube(np.stack([r * np.sin(a), cone * t, r * np.cos(a)], -1), 0.046, 6))
    parts: list[Part] = []
    y, extra_colors = cone + 0.08, [wafer, cream]
    if style == "swirl":
        swirl = []
        levels = draw.integer(3, 4)
        for k in range(levels):
            r, high = radius * (1.12 - 0.26 * k), 0.19 - 0.015 * k
            swirl.append(ellipsoid((0.015 * (-1) ** k, y + high * 0.3, 0), (r, high * 0.72, r), 18))
            y += high * 0.86
        r = radius * (1.12 - 0.26 * levels) + 0.05
        swirl.append(revolve([(r, y - 0.08), (r * 0.8, y + 0.03), (0.03, y + 0.17)], 14, 0.1))
        parts.append(Part("ice cream", tuple(swirl), cream))
        top = y + 0.1
    else:
        count = draw.choice([1, 1, 2])
        top = y
        for k in range(count):
            look = (
                cream
                if k == 0
                else draw.finish(
                    "wax", natural=("white", "pink", "brown", "yellow", "green"), avoid=extra_colors, painted=0.2
                )
            )
            extra_colors.append(look)
            r = radius * (1.16 - 0.1 * k)
            middle = top + r * 0.62
            ball = [ellipsoid((0, middle, 0), (r, r, r), 20)]
            for j in range(9):  # the ragged foot of a scoop
                a = 2 * pi * j / 9 + k
                ball.append(
                    ellipsoid((r * 0.86 * sin(a), middle - r * 0.5, r * 0.86 * cos(a)), (0.09, 0.075, 0.09), 10)
                )
            parts.append(Part(("scoop", "second scoop")[k], tuple(ball), look))
            top = middle + r * 0.85
    parts += [Part("cone", tuple(body), wafer), Part("waffle lines", tuple(grid), lines, mentioned=False)]
    extra = draw.choice(["cherry", "wafer", "", ""]) if style == "scoops" else draw.choice(["wafer", "", ""])
    if extra == "cherry":
        red = draw.finish("wax", natural=("red",), avoid=extra_colors, painted=0.0)
        parts.append(Part("cherry", (ellipsoid((0, top + 0.09, 0), (0.095,) * 3, 14),), red))
    elif extra == "wafer":
        stick = draw.finish("wax", natural=("brown", "gold"), avoid=extra_colors, painted=0.0)
        roll = rod((0.08, top - 0.2, -0.05), (0.2, top + 0.22, -0.1), 0.05, segments=12)
        parts.append(Part("wafer stick", (roll,), stick))
    return Prop("ice_cream", tuple(parts), words(tall=top > 1.25, short=top < 0.98))


def donut(draw: Draw) -> Prop:
    hole, thick = draw.uniform(0.13, 0.18), draw.uniform(0.3, 0.36)
    waves, flat, level = draw.integer(6, 9), draw.uniform(0.85, 1.0), draw.uniform(-0.1, 0.2)
    dough = draw.finish("wax", natural=("tan", "gold", "brown"), painted=0.15)
    icing = draw.finish("wax", natural=("pink", "pink", "brown", "white"), avoid=[dough], painted=0.35)
    mean = hole + thick / 2
    body = ring((0, 0, 0), mean, thick, segments=36).scaled(y=flat)
    around = np.arange(48) * 2 * pi / 48
    glaze = tube(
        np.stack([mean * np.sin(around), 0 * around, mean * np.cos(around)], -1), thick / 2, 24, closed=True
    )
    x, y, z = glaze.vertices.astype(float).T
    angle = np.arctan2(x, z)
    cx, cz = mean * np.sin(angle), mean * np.cos(angle)
    edge = level * 0.4 + 0.16 * np.sin(waves * angle + draw.uniform(0, 6)) - 0.05
    # Where the icing ends it dives into the dough.
    grow = np.where(y / (thick / 2) > edge, 1.09, 0.86)
    vertices = np.stack([cx + (x - cx) * grow, y * grow * flat, cz + (z - cz) * grow], -1)
    glazed = Solid(vertices.astype(np.float32), glaze.faces, thick)
    parts = [Part("donut", (body,), dough), Part("icing", (glazed,), icing)]
    if draw.chance(0.7):
        places = []
        for k in range(draw.integer(14, 20)):
            a, out = k * 2.4, draw.uniform(-0.62, 0.62)
            r = mean + out * thick / 2
            places.append((r * sin(a), (1 - out * out) ** 0.5 * thick / 2 * 1.09 * flat, r * cos(a)))
        parts += _sprinkles(draw, places, [icing])
    else:
        drizzle = draw.finish("wax", natural=("brown", "white"), avoid=[icing, dough], painted=0.3)
        count = draw.integer(7, 9)
        t = np.linspace(0, 2 * pi, 12 * count, endpoint=False)
        out = 0.6 * np.sin(count * t)
        r = mean + out * thick / 2
        line = np.stack([r * np.sin(t), np.sqrt(1 - out * out) * thick / 2 * 1.06 * flat, r * np.cos(t)], -1)
        parts.append(Part("stripes", (tube(line, 0.034, 8, closed=True),), drizzle))
    return Prop("donut", tuple(parts), words(round=True, thick=thick > 0.345))


def cupcake(draw: Draw) -> Prop:
    radius, height, taper = draw.uniform(0.32, 0.37), draw.uniform(0.34, 0.42), draw.uniform(0.68, 0.78)
    pleats, swirl = draw.integer(9, 12), draw.choice(["swirl", "swirl", "dome"])
    paper = draw.finish("wax", natural=("brown", "red", "blue", "white"), painted=0.5)
    cream = draw.finish("wax", natural=("pink", "white", "brown"), avoid=[paper], painted=0.35)
    sponge = draw.finish("wax", natural=("gold", "brown", "tan"), avoid=[paper, cream], painted=0.0)
    cup = revolve([(radius * taper, 0), (radius, height)], 4 * pleats)
    x, y, z = cup.vertices.T
    ripple = (
        1 + 0.045 * np.array([1, 0.4, -1, 0.4])[np.round(np.arctan2(x, z) / (2 * pi) * 4 * pleats).astype(int) % 4]
    )
    pleated = Solid(np.stack([x * ripple, y, z * ripple], -1).astype(np.float32), cup.faces, cup.thickness)
    crumb = ellipsoid((0, height - 0.02, 0), (radius * 1.08, 0.13, radius * 1.08), 22, lowest=-0.4)
    dome = draw.uniform(0.3, 0.38)
    top, mounds, slope = height + 0.05, [], draw.uniform(0.66, 0.74)
    if swirl == "swirl":
        r = radius * 1.0
        for _ in range(3):
            mounds.append(
                ring((0, top + 0.06, 0), r * 0.62, r * 0.76, segments=28).scaled(y=0.62).moved(y=top * 0.38)
            )
            top += r * 0.4
            r *= slope
        mounds.append(revolve([(r * 1.0, top - 0.1), (r * 0.7, top + 0.06), (0.03, top + 0.16)], 16, 0.12))
        mounds.append(cylinder((0, (height + top) / 2, 0), radius * 0.4, top - height, 0.5))
        at = [(0.55, 0.62), (0.38, 0.34)]
    else:
        mounds.append(ellipsoid((0, height + 0.02, 0), (radius * 1.12, dome, radius * 1.12), 22, lowest=-0.15))
        mounds += [
            ellipsoid(
                (radius * 1.0 * sin(2 * pi * k / 9), height + 0.04, radius * 1.0 * cos(2 * pi * k / 9)),
                (0.1, 0.085, 0.1),
                10,
            )
            for k in range(9)
        ]
        top = height + dome - 0.04
        at = []
    parts = [
        Part("icing", tuple(mounds), cream),
        Part("wrapper", (pleated,), paper),
        Part("sponge", (crumb,), sponge, mentioned=False),
    ]
    if draw.chance(0.6):
        red = draw.finish("wax", natural=("red",), avoid=[cream], painted=0.0)
        size = draw.uniform(0.09, 0.115)
        parts.append(Part("cherry", (ellipsoid((0, top + size * (1.4 if at else 0.8), 0), (size,) * 3, 14),), red))
    if not at and draw.chance(0.7):
        places = []
        for k in range(12):
            t, a = 0.5 + 0.55 * (k % 2), k * 2.4
            places.append(
                (radius * 1.12 * cos(t) * sin(a), height + 0.02 + dome * sin(t), radius * 1.12 * cos(t) * cos(a))
            )
        parts += _sprinkles(draw, places, [cream])
    return Prop("cupcake", tuple(parts), words(tall=top > 0.92, wide=radius > 0.36))
