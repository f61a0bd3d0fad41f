"""What one wins, throws or heaves: dice, coins, trophies, anchors."""

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
    pillow,
    revolve,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words

_PIPS = {
    1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)],
    4: [(-1, -1), (-1, 1), (1, -1), (1, 1)], 5: [(-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0)],
    6: [(-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1)],
}  # fmt: skip
_SIDES = ((1, "y", 0), (6, "y", 180), (2, "y", 90), (5, "y", -90), (3, "x", -90), (4, "x", 90))
"""Pips and the turn that brings the front to their side; opposite sides add up to seven."""


def star(radius: float, depth: float, inner: float = 0.45) -> Solid:
    """A five-pointed star that faces the front."""
    corners = [(radius * (1 if k % 2 == 0 else inner), pi / 2 + k * pi / 5) for k in range(10)]
    return extrude([(r * cos(a), r * sin(a)) for r, a in corners], depth)


def dice(draw: Draw) -> Prop:
    size, softness, pip = draw.uniform(0.12, 0.3), draw.uniform(0.16, 0.34), draw.uniform(0.095, 0.115)
    count, spread = draw.choice([1, 1, 2]), draw.uniform(0.24, 0.28)
    body = draw.finish("plastic", "plastic", "wood", natural=("white", "red"), painted=0.45)
    dots = draw.finish(
        "plastic", natural=("black",) if body.color != "red" else ("white",), avoid=[body], painted=0.2
    )
    cubes, marks, deep = [], [], 0.09 * count
    for k in range(count):
        one: list[Solid] = []
        for number, axis, turn in _SIDES:
            r = pip * (1.35 if number == 1 else 1.0)
            one += [
                disc((x * spread, y * spread, 0.53 - deep / 2), r, deep).turned(axis, turn)
                for x, y in _PIPS[number]
            ]
        # Any of the six sides may face the front, a little askew when there are two.
        axis, quarter, askew = draw.choice("xyz"), 90 * draw.integer(0, 3), draw.uniform(-16, 16) * (count > 1)
        x = (k - (count - 1) / 2) * (1.15 + size)
        z = 0.0 if count == 1 else draw.uniform(-0.2, 0.2)
        cubes.append(pillow((0, 0, 0), (1, 1, 1), softness).turned("y", askew).moved(x, 0.5, z))
        marks += [m.turned(axis, quarter).turned("y", askew).moved(x, 0.5, z) for m in one]
    parts = (Part("body", tuple(cubes), body), Part("dots", tuple(marks), dots))
    return Prop("dice", parts, words(rounded=softness > 0.28))


def coin(draw: Draw) -> Prop:
    radius, depth, rim = 0.5, draw.uniform(0.1, 0.2), draw.uniform(0.07, 0.1)
    sides = draw.choice([32, 32, 32, 8])
    gold = draw.finish("metal", natural=("gold", "gold", "yellow", "gray"), painted=0.12)
    other = draw.finish("metal", natural=("yellow", "yellow", "orange", "gold"), avoid=[gold], painted=0.12)
    edge = [(radius - rim, -depth * 0.35), (radius - rim, -depth / 2), (radius, -depth / 2),
            (radius, depth / 2), (radius - rim, depth / 2), (radius - rim, depth * 0.35)]  # fmt: skip
    turn = draw.choice([0.0, 0.0, 180 / sides]) if sides == 8 else 0.0
    body = revolve(edge, sides, depth * 0.7).turned("x", 90).turned("z", turn)
    thick = depth + 0.03
    emblem = draw.choice(["star", "one", "dollar", "crown", "ring", "square"])
    size = draw.uniform(0.85, 1.1)
    if emblem == "star":
        marks = [star(0.31 * size, thick)]
    elif emblem == "one":
        marks = [box((0, 0, 0), (0.13, 0.5 * size, thick)), box((0, -0.25 * size, 0), (0.34, 0.1, thick)),
                 box((-0.08, 0.2 * size, 0), (0.18, 0.1, thick)).turned("z", 20)]  # fmt: skip
    elif emblem == "dollar":
        t = np.linspace(-0.15, 1.0, 9) * pi
        s = [[0.13 * cos(a), 0.13 + 0.12 * sin(a), 0] for a in t] + [
            [-0.13 * cos(a), -0.13 - 0.12 * sin(a), 0] for a in t[::-1]
        ]
        curve = np.array([[x * size, y * size, z] for x, y, z in s])
        marks = [tube(curve, 0.05, 8).scaled(z=thick / 0.1), box((0, 0, 0), (0.075, 0.66 * size, thick - 0.02))]
    elif emblem == "crown":
        shape = [(-0.26, -0.2), (0.26, -0.2), (0.3, 0.2), (0.13, 0.02), (0, 0.26), (-0.13, 0.02), (-0.3, 0.2)]
        marks = [extrude([(x * size, y * size) for x, y in shape], thick)]
    elif emblem == "ring":
        marks = [ring((0, 0, 0), 0.24 * size, 0.1, "z", 28).scaled(z=thick / 0.1)]
    else:
        marks = [
            extrude([(0.24 * size, 0), (0, 0.24 * size), (-0.24 * size, 0), (0, -0.24 * size)], thick).turned(
                "z", 45
            )
        ]
    hoop = ring((0, 0, 0), radius - rim / 2, rim, "z", sides).scaled(z=(depth + 0.03) / rim).turned("z", turn)
    parts = [Part("body", (body,), gold), Part("number" if emblem == "one" else emblem, tuple(marks), other)]
    parts.append(Part("edge", (hoop,), other if draw.chance(0.5) else gold, mentioned=False))
    return Prop("coin", tuple(parts), words(round=sides == 32, thick=depth > 0.17, thin=depth < 0.12))


def trophy(draw: Draw) -> Prop:
    radius, bowl, stem = draw.uniform(0.28, 0.34), draw.uniform(0.42, 0.52), draw.uniform(0.14, 0.26)
    foot, block = draw.uniform(0.2, 0.26), draw.uniform(0.16, 0.24)
    gold = draw.finish("metal", natural=("gold", "gold", "gold", "gray"), painted=0.12)
    wood = draw.finish("wood", "stone", natural=("brown", "black"), avoid=[gold], painted=0.3)
    light = draw.finish("metal", natural=("white", "red", "yellow"), avoid=[gold, wood], painted=0.2)
    square = draw.chance(0.6)
    base = [box((0, block / 2, 0), (foot * 2, block, foot * 2), (0.88, 0.88))] if square else [
        cylinder((0, block / 2, 0), foot * 1.1, block, 0.88, 22)]  # fmt: skip
    y = block + stem
    profile = [
        (foot * 0.8, block - 0.01),
        (foot * 0.75, block + 0.05),
        (0.065, block + 0.09),
        (0.06, y - 0.05),
        (0.1, y),
        (radius * 0.7, y + bowl * 0.2),
        (radius * 0.93, y + bowl * 0.55),
        (radius, y + bowl * 0.9),
        (radius * 1.07, y + bowl),
        (radius - 0.05, y + bowl),
        (radius - 0.12, y + bowl * 0.5),
        (0.0, y + bowl * 0.3),
    ]
    cup = [revolve(profile, 24, 0.075), ellipsoid((0, block + 0.1 + stem * 0.35, 0), (0.095, 0.07, 0.095), 14)]
    wide, style = draw.uniform(0.15, 0.2), draw.choice(["loops", "loops", "scrolls"])
    handles = []
    for s in (-1, 1):
        if style == "loops":
            hoop = ring((0, 0, 0), wide, 0.085, "z", 18, draw.uniform(1.15, 1.4)).moved(
                s * radius * 1.12, y + bowl * 0.62
            )
            handles.append(hoop)
        else:
            path = [[s * radius * 0.8, y + bowl * 0.25, 0], [s * (radius + 0.1), y + bowl * 0.3, 0],
                    [s * (radius + wide * 1.2), y + bowl * 0.62, 0], [s * (radius + wide), y + bowl * 0.92, 0],
                    [s * radius * 0.95, y + bowl * 0.86, 0]]  # fmt: skip
            handles.append(tube(path, 0.045, 10))
    parts = [
        Part("cup", tuple(cup), gold),
        Part("base", tuple(base), wood),
        Part("handles", tuple(handles), gold, 2),
    ]
    mark = draw.choice(["star", "star", "plaque", "lid", ""])
    z = radius * 0.92
    if mark == "star":
        parts.append(Part("star", (star(0.15, 0.12).moved(0, y + bowl * 0.62, z),), light))
    elif mark == "plaque":
        parts.append(Part("plaque", (box((0, block / 2, foot * 0.96), (foot * 1.1, block * 0.55, 0.09)),), light))
    elif mark == "lid":
        top = y + bowl
        lid = [
            ellipsoid((0, top - 0.01, 0), (radius, 0.14, radius), 20, lowest=0.0),
            ellipsoid((0, top + 0.17, 0), (0.07,) * 3, 12),
        ]
        parts.append(Part("lid", tuple(lid), gold if draw.chance(0.5) else light, mentioned=True))
    return Prop("trophy", tuple(parts), words(tall=y + bowl > 0.92, wide=radius > 0.325))


def anchor(draw: Draw) -> Prop:
    tall, reach, thick = 1.0, draw.uniform(0.34, 0.42), draw.uniform(0.1, 0.13)
    eye, bar = draw.uniform(0.1, 0.13), draw.uniform(0.24, 0.32)
    iron = draw.finish("metal", natural=("gray", "black"), painted=0.35)
    stock = draw.finish("wood", "metal", natural=("brown", "gold"), avoid=[iron], painted=0.3)
    low = reach * draw.uniform(0.85, 1.0)
    turns = np.radians(np.linspace(-165, -15, 15))
    arms = [[reach * cos(t), low + (low - thick / 2) * sin(t), 0] for t in turns]
    body = [rod((0, thick * 0.5, 0), (0, tall - eye, 0), thick * 0.62, 0.8, 12),
            tube(arms, [thick * (0.42 + 0.25 * sin(k * pi / 14)) for k in range(15)], 12),
            ellipsoid((0, thick * 0.5, 0), (thick * 0.9, thick * 0.75, thick * 0.7), 12)]  # fmt: skip
    fluke = draw.uniform(0.11, 0.14)
    tips = []
    for s in (-1, 1):
        head = extrude([(-fluke, -0.02), (fluke, -0.02), (0.0, fluke * 1.7)], thick * 0.9)
        tips.append(head.turned("z", -s * 8).moved(s * (reach * 0.98), low * 0.7))
    top = [ring((0, tall, 0), eye, 0.085, "z", 20)]
    cross = tall - eye - draw.uniform(0.1, 0.16)
    rail = [rod((-bar, cross, 0), (bar, cross, 0), thick * 0.45, segments=12)]
    rail += [ellipsoid((s * bar, cross, 0), (thick * 0.62,) * 3, 12) for s in (-1, 1)]
    parts = [Part("body", tuple(body), iron), Part("flukes", tuple(tips), iron, mentioned=False),
             Part("crossbar", tuple(rail), stock), Part("ring", tuple(top), iron, mentioned=False)]  # fmt: skip
    if draw.chance(0.55):
        hemp = draw.finish("cloth", natural=("tan", "white", "yellow"), avoid=[iron, stock], painted=0.2)
        t = np.linspace(0, 1, 60)
        turns = 2 * pi * draw.choice([1.5, 2.0, 2.5]) * t
        out = 0.09 + thick * 0.5
        coil = np.stack([out * np.cos(turns), tall - 0.06 - 0.7 * t, out * np.sin(turns)], -1)
        parts.append(Part("rope", (tube(coil, 0.042, 8),), hemp))
    return Prop("anchor", tuple(parts), words(wide=reach > 0.4, narrow=reach < 0.36, thick=thick > 0.12))
