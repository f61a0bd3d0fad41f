"""Carts, cannons and trains: their noses point to the front (+Z)."""

from __future__ import annotations

import numpy as np

from maquette.training.props._motors import profile, wheel_solid
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    revolve,
    rod,
)
from maquette.training.props._words import words


def cart(draw: Draw) -> Prop:
    length, width, wall = draw.uniform(0.65, 0.85), draw.uniform(0.44, 0.56), draw.uniform(0.2, 0.32)
    wheel, count = draw.uniform(0.17, 0.24), draw.choice([2, 4])
    wood = draw.finish("wood", painted=0.5)
    wheel_finish = draw.finish("wood", "metal", natural=("brown", "tan", "gray"), avoid=[wood], painted=0.4)
    floor, thick = wheel * 1.1, 0.085
    y = floor + wall / 2
    flare = draw.uniform(1.0, 1.18)
    sides = [
        box((s * width / 2, y, 0), (thick, wall, length), (1, 1), (s * width * (flare - 1), 0)) for s in (-1, 1)
    ]
    ends = [
        box((0, y - 0.01, s * (length / 2 - thick / 2 - 0.01)), (width + 0.03, wall, thick), (flare, 1))
        for s in (-1, 1)
    ]
    bed = [box((0, floor + thick / 2, 0), (width, thick, length * 0.98)), *sides, *ends]
    zs = (0.0,) if count == 2 else (-length * 0.32, length * 0.32)
    if count == 4:
        wheel *= 0.8
    x = width / 2 + 0.11
    wheels = [wheel_solid(s * x, wheel, z, wheel, 0.085) for s in (-1, 1) for z in zs]
    axles = [wheel_solid(0, wheel, z, 0.05, 2 * x + 0.16) for z in zs]
    if count == 2:
        shafts = [
            rod(
                (s * width * 0.36, floor + 0.04, length / 2 - 0.1),
                (s * width * 0.36, floor + 0.1, length / 2 + 0.36),
                0.042,
            )
            for s in (-1, 1)
        ]
        shafts.append(
            rod(
                (-width * 0.36, floor + 0.1, length / 2 + 0.34),
                (width * 0.36, floor + 0.1, length / 2 + 0.34),
                0.042,
            )
        )
    else:
        end = (0, floor + 0.18, length / 2 + 0.32)
        shafts = [
            rod((0, floor - 0.02, length / 2 - 0.1), end, 0.045),
            rod((-0.13, end[1], end[2]), (0.13, end[1], end[2]), 0.045),
        ]
    drop = floor - wheel if count == 4 else 0
    lowered = max(drop - 0.09, 0)
    bed, shafts = [[s.moved(y=-lowered) for s in group] for group in (bed, shafts)]
    parts = [Part("bed", (*bed, *shafts), wood), Part("wheels", (*wheels, *axles), wheel_finish, count)]
    cargo = draw.choice(["", "hay", "sacks", "crate"])
    top = floor + wall - lowered
    if cargo == "hay":
        straw = draw.finish("leaf", natural=("yellow", "gold"), avoid=[wood, wheel_finish], painted=0.0)
        bales = [
            box((0, top + up, at * length), (width * 0.66, 0.24, length * 0.36))
            for at, up in ((-0.21, 0.02), (0.21, 0.05))
        ]
        parts.append(Part("hay bales", tuple(bales), straw, 2))
    elif cargo == "sacks":
        cloth = draw.finish("cloth", natural=("tan", "white"), avoid=[wood, wheel_finish], painted=0.4)
        bags = [
            ellipsoid((x0 * width, top - 0.02, z0 * length), (0.16, 0.17, 0.17), 12)
            for x0, z0 in ((-0.22, -0.22), (0.22, -0.2), (0.02, 0.2))
        ]
        parts.append(Part("sacks", tuple(bags), cloth, 3))
    elif cargo == "crate":
        load = draw.finish("wood", avoid=[wood, wheel_finish])
        size = width * 0.62
        parts.append(
            Part("crate", (box((0, top - 0.06 + size / 4, -0.03), (size, size, size)).turned("y", 0),), load)
        )
    return Prop("cart", tuple(parts), words(long=length > 1.65 * width, short=length < 1.35 * width))


def cannon(draw: Draw) -> Prop:
    length, radius = draw.uniform(0.85, 1.1), draw.uniform(0.13, 0.18)
    tilt, wheel, width = draw.uniform(6, 20), draw.uniform(0.24, 0.32), draw.uniform(0.1, 0.13)
    iron = draw.finish("metal", natural=("black", "gray", "gold"), painted=0.45)
    wood = draw.finish("wood", painted=0.4, avoid=[iron])
    wheel_finish = wood if draw.chance(0.35) else draw.finish("wood", "metal", avoid=[iron, wood], painted=0.5)
    bore = radius * 0.48
    barrel = revolve(
        [
            (0.05, -0.34 * length),
            (0.06, -0.3 * length),
            (0.03 + bore * 0.5, -0.27 * length),
            (radius, -0.24 * length),
            (radius * 1.05, -0.1 * length),
            (radius * 0.8, 0.5 * length),
            (radius * 1.08, 0.54 * length),
            (radius * 1.08, 0.66 * length),
            (bore, 0.66 * length),
            (bore, 0.42 * length),
        ],
        18,
        min(0.06, radius * 1.08 - bore) + 0.02,
    )
    knob = ellipsoid((0, -0.34 * length, 0), (0.07, 0.07, 0.07), 10)
    rings = [
        cylinder((0, at * length, 0), radius * size, 0.085, segments=18)
        for at, size in ((-0.12, 1.24), (0.2, 1.12))
    ]
    y = wheel + radius * 0.75

    def aimed(solid: Solid) -> Solid:
        return solid.turned("x", 90 - tilt).moved(0, y, 0)

    x = radius + 0.13
    cheeks = [
        profile(
            [
                (-0.62 * length, 0),
                (-0.5 * length, 0),
                (0.16, wheel * 0.75),
                (0.16, y + 0.02),
                (-0.12, y + 0.02),
                (-0.62 * length, 0.12),
            ],
            0.09,
        ).moved(s * (radius + 0.03))
        for s in (-1, 1)
    ]
    tail = box((0, 0.08, -0.52 * length), (2 * radius, 0.1, 0.12))
    axle = wheel_solid(0, wheel, 0, 0.055, 2 * x + 0.2)
    wheels = [wheel_solid(s * x, wheel, 0, wheel, width) for s in (-1, 1)]
    hubs = [wheel_solid(s * x, wheel, 0, wheel * 0.32, width + 0.07) for s in (-1, 1)]
    parts = [
        Part("barrel", (aimed(barrel), aimed(knob)), iron),
        Part("wheels", tuple(wheels), wheel_finish, 2),
        Part("carriage", (*cheeks, tail, axle, *hubs), wood),
    ]
    if draw.chance(0.6):
        band = draw.finish("metal", natural=("gold", "gray"), avoid=[iron, wood], painted=0.3)
        parts.append(Part("bands", tuple(aimed(r) for r in rings), band, 2))
    return Prop("cannon", tuple(parts), words(long=length > 6.8 * radius, thick=length < 5.8 * radius))


def train(draw: Draw) -> Prop:
    length, radius, wheel = draw.uniform(0.95, 1.15), draw.uniform(0.18, 0.22), draw.uniform(0.11, 0.135)
    cab, stack = draw.uniform(0.3, 0.38), draw.uniform(0.2, 0.32)
    paint = draw.finish("metal", natural=("black", "red", "green"))
    trim = draw.finish("metal", natural=("red", "gold", "black"), avoid=[paint])
    rubber = draw.finish("metal", natural=("black", "gray", "red"), avoid=[paint], painted=0.3)
    half, deck = length / 2, wheel * 1.5
    y = deck + 0.06 + radius
    boiler = cylinder((0, 0, 0), radius, length - cab, segments=16).turned("x", 90).moved(0, y, cab / 2 - 0.02)
    cabin = box((0, deck + radius * 1.35, -half + cab / 2), (radius * 2.5, radius * 2.7, cab))
    top = deck + radius * 2.7
    roof = box((0, top + 0.03, -half + cab / 2), (radius * 2.8, 0.09, cab + 0.12))
    base = box((0, deck + 0.02, 0), (radius * 2.2, 0.11, length + 0.02))
    at = half - 0.16
    chimney = revolve(
        [(0.07, y), (0.07, y + radius + stack * 0.5), (0.13, y + radius + stack), (0.05, y + radius + stack)],
        14,
        0.14,
    )
    dome = ellipsoid((0, y + radius * 0.9, (at - half + cab) / 2), (0.085, 0.13, 0.085), 12)
    plough = box((0, deck * 0.62, half + 0.04), (radius * 2.0, deck * 0.95, 0.2), (1, 0.3), (0, -0.06))
    pane = draw.finish("glass", natural=("yellow", "teal"), avoid=[paint, trim], painted=0.0)
    windows = [box((0, deck + radius * 1.95, -half + cab / 2), (radius * 2.5 + 0.06, radius * 0.75, cab * 0.5))]
    zs = np.linspace(-half + wheel + 0.02, half - wheel - 0.04, 3)
    wheels = [wheel_solid(s * radius * 1.05, wheel, float(z), wheel, 0.09) for s in (-1, 1) for z in zs]
    return Prop(
        "train",
        (
            Part("body", (boiler, cabin, dome), paint),
            Part("roof", (roof, base, plough), trim),
            Part("wheels", tuple(wheels), rubber, 6),
            Part("chimney", (chimney,), trim),
            Part("windows", tuple(windows), pane, mentioned=False),
        ),
        words(long=length > 5.7 * radius, short=length < 5.0 * radius),
    )
