"""Motorcycles and bicycles: they ride towards +Z."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._motors import wheel_solid
from maquette.training.props._profiles import cut_out, pair
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, ellipsoid, pillow, ring, rod, tube
from maquette.training.props._words import words


def motorcycle(draw: Draw) -> Prop:
    wheel, base = draw.uniform(0.2, 0.24), draw.uniform(0.68, 0.8)
    tyre, rake = draw.uniform(0.11, 0.14), draw.uniform(0.12, 0.24)
    bars, style = draw.uniform(0.2, 0.27), draw.choice(["cruiser", "sport", "classic"])
    paint = draw.finish("metal", natural=("red", "blue", "black", "green"))
    rubber = draw.finish("plastic", natural=("black", "black", "black", "gray"), avoid=[paint], painted=0.0)
    chrome = draw.finish("metal", natural=("gray", "white"), avoid=[rubber, paint], painted=0.05)
    seat = draw.finish("cloth", natural=("brown", "black"), avoid=[paint], painted=0.2)
    lamp = draw.finish("glass", natural=("yellow", "white"), avoid=[paint, chrome], painted=0.0)
    front, back = base / 2, -base / 2
    wheels = [ring((0, wheel, z), wheel - tyre / 2, tyre, "x", 22) for z in (front, back)]
    hubs = [wheel_solid(0, wheel, z, wheel - tyre * 0.6, 0.085) for z in (front, back)]
    deck = wheel + 0.2
    head = (0, deck + 0.16, front - rake - 0.06)
    fork = pair(rod((0.09, wheel, front), (0.07, head[1] + 0.02, head[2]), 0.042, segments=8))
    grips = tube(
        [
            [-bars, head[1] + 0.1, head[2] - 0.13],
            [-0.1, head[1] + 0.1, head[2] - 0.02],
            [0.1, head[1] + 0.1, head[2] - 0.02],
            [bars, head[1] + 0.1, head[2] - 0.13],
        ],
        0.042,
        8,
    )
    light = ellipsoid((0, head[1] + 0.01, head[2] + 0.1), (0.1, 0.1, 0.08), 14)
    tank = pillow((0, deck + 0.09, 0.05), (0.24, 0.2, 0.36), 0.65)
    spine = rod((0, deck + 0.02, back * 0.6), (0, head[1] - 0.03, head[2]), 0.06)
    arms = pair(rod((0.09, wheel, back), (0.08, wheel + 0.04, 0.02), 0.045, segments=8))

    def guard(z: float, low: float, steps: int) -> Solid:
        """A mudguard around a wheel's upper side, from an angle over its front backwards."""
        turns = [low + pi * k / 8 for k in range(steps)]
        arch = [(wheel + 0.085, t) for t in turns] + [(wheel, t) for t in turns[::-1]]
        return cut_out([(r * cos(t) + z, wheel + r * sin(t)) for r, t in arch], tyre + 0.05, 0.085)

    mud = [guard(front, 0.75, 5), guard(back, 0.65, 7)]
    engine = [box((0, wheel + 0.03, 0.02), (0.22, 0.24, 0.28), (0.9, 0.8))]
    engine += [rod((0, wheel + 0.06, 0.04), (0, deck + 0.04, z), 0.08, segments=10) for z in (-0.06, 0.14)]
    pipe = tube(
        [
            [0.13, wheel + 0.08, 0.16],
            [0.15, wheel - 0.07, 0.14],
            [0.15, wheel - 0.07, -0.05],
            [0.15, wheel - 0.02, back - 0.1],
        ],
        [0.042, 0.045, 0.05, 0.065],
        10,
    )
    pipes = pair(pipe) if style != "classic" else (pipe,)
    saddle: list[Solid] = [pillow((0, deck + 0.06, -0.24), (0.24, 0.12, 0.38), 0.6)]
    parts = [Part("frame", (tank, spine, *mud), paint)]
    if style == "cruiser":
        saddle.append(pillow((0, deck + 0.2, -0.44), (0.2, 0.22, 0.09), 0.6))
    elif style == "sport":
        fairing = pillow((0, head[1] - 0.04, head[2] + 0.05), (0.26, 0.3, 0.24), 0.7)
        hump = cut_out([(-0.3, deck), (-0.58, deck + 0.2), (-0.6, deck + 0.1), (-0.4, deck - 0.06)], 0.18)
        parts = [Part("frame", (tank, spine, *mud, fairing, hump), paint)]
        light = light.moved(0, 0, 0.07)
    parts += [
        Part("wheels", tuple(wheels), rubber, 2),
        Part("seat", tuple(saddle), seat),
        Part("engine", (*engine, *hubs, *fork, *arms), chrome),
        Part("handlebars", (grips,), rubber),
        Part("exhaust", pipes, chrome, mentioned=False),
        Part("headlight", (light,), lamp),
    ]
    return Prop("motorcycle", tuple(parts), words(long=base > 0.77, short=base < 0.71, sporty=style == "sport"))


def bicycle(draw: Draw) -> Prop:
    wheel, base = draw.uniform(0.25, 0.29), draw.uniform(0.68, 0.78)
    tyre, tall = draw.uniform(0.072, 0.085), draw.uniform(0.3, 0.38)
    bars, basket = draw.uniform(0.17, 0.24), draw.chance(0.35)
    paint = draw.finish("metal", natural=("red", "blue", "green", "yellow"))
    rubber = draw.finish("plastic", natural=("black", "black", "black", "gray"), avoid=[paint], painted=0.05)
    seat = draw.finish("cloth", natural=("brown", "black"), avoid=[paint], painted=0.2)
    chrome = draw.finish("metal", natural=("gray", "white"), avoid=[paint, rubber], painted=0.1)
    front, back, thick = base / 2, -base / 2, 0.038
    wheels = [ring((0, wheel, z), wheel - tyre / 2, tyre, "x", 24) for z in (front, back)]
    inner = wheel - 0.03
    spokes = []
    for z in (front, back):
        for a in (0.4, 0.4 + pi / 2):
            y, along = inner * cos(a), inner * sin(a)
            spokes.append(rod((0, wheel + y, z + along), (0, wheel - y, z - along), 0.037, segments=6))
    top = wheel + tall
    crank, post, head = (0, wheel * 0.9, -0.03), (0, top, -0.15), (0, top + 0.02, front - 0.15)
    low_head = (0, head[1] - 0.08, head[2] + 0.02)
    rear, nose = (0, wheel, back), (0, wheel, front)
    lines = [(crank, post), (crank, low_head), (post, head), (crank, rear), ((0, top - 0.04, -0.145), rear)]
    lines.append((nose, (0, top + 0.12, front - 0.19)))
    frame = [rod(a, b, thick, segments=8) for a, b in lines]
    frame += [ellipsoid((0, wheel, z), (0.07, 0.05, 0.05), 10) for z in (front, back)]
    saddle = [
        pillow((0, top + 0.1, -0.18), (0.16, 0.08, 0.28), 0.7),
        rod((0, top - 0.02, -0.15), (0, top + 0.09, -0.17), 0.038),
    ]
    y, z = top + 0.13, front - 0.19
    handles = tube(
        [
            [-bars, y + 0.02, z - 0.13],
            [-bars * 0.8, y + 0.03, z],
            [0, y, z + 0.02],
            [bars * 0.8, y + 0.03, z],
            [bars, y + 0.02, z - 0.13],
        ],
        0.038,
        8,
    )
    grips = pair(rod((bars * 0.96, y + 0.02, z - 0.1), (bars, y + 0.02, z - 0.2), 0.052))
    disc = wheel_solid(0, crank[1], crank[2], 0.09, 0.085)
    cranks = [
        rod(
            (0.03 * s, crank[1], crank[2]), (0.09 * s, crank[1] - 0.11 * s, crank[2] + 0.04 * s), 0.038, segments=8
        )
        for s in (-1, 1)
    ]
    pedals = [box((0.13 * s, crank[1] - 0.12 * s, crank[2] + 0.04 * s), (0.13, 0.075, 0.1)) for s in (-1, 1)]
    parts = [
        Part("frame", tuple(frame), paint),
        Part("wheels", tuple(wheels), rubber, 2),
        Part("saddle", tuple(saddle), seat),
        Part("handlebars", (handles,), chrome),
        Part("spokes", tuple(spokes), chrome, mentioned=False),
        Part("pedals", (disc, *cranks, *pedals, *grips), rubber, 2, mentioned=False),
    ]
    if basket:
        straw = draw.finish("wood", natural=("tan", "brown"), avoid=[paint, seat], painted=0.1)
        parts.append(Part("basket", (box((0, y - 0.06, z + 0.15), (0.26, 0.19, 0.2), (1.15, 1.15)),), straw))
    return Prop("bicycle", tuple(parts), words(tall=tall > 0.36, long=base > 0.755))
