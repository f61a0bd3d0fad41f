"""What makes a room one's own: framed pictures and potted plants."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._screens import disc
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, revolve, tube
from maquette.training.props._words import words


def picture_frame(draw: Draw) -> Prop:
    width, height = draw.choice([(0.95, 0.7), (0.7, 0.95), (0.85, 0.85)])
    width, height = width * draw.uniform(0.93, 1.08), height * draw.uniform(0.93, 1.08)
    bar, depth = draw.uniform(0.09, 0.14), draw.uniform(0.11, 0.16)
    wood = draw.finish("wood", "wood", "metal", natural=("brown", "gold", "gold", "black"), painted=0.3)
    side = [(0, 0), (depth * 0.62, 0), (depth, bar * 0.55), (depth * 0.7, bar), (0, bar)]
    bars = [
        extrude([(z, y) for z, y in side], long).turned("y", -90).moved(y=-h).turned("z", turn)
        for turn, long, h in (
            (0, width, height / 2),
            (180, width, height / 2),
            (90, height, width / 2),
            (-90, height, width / 2),
        )
    ]
    w, h, z = width - 2 * bar + 0.02, height - 2 * bar + 0.02, depth * 0.3
    style = draw.choice(["landscape", "landscape", "portrait", "boat"])
    look = {"landscape": ("blue", "teal"), "portrait": ("teal", "tan", "green"), "boat": ("teal", "white")}[style]
    sky = draw.finish("wax", natural=look, avoid=[wood], painted=0.2)
    sheet = box((0, 0, z), (w, h, 0.09))
    front, thick = z + 0.03, 0.08
    parts = [Part("frame", tuple(bars), wood)]
    if style == "landscape":
        grass = draw.finish("wax", natural=("green",), avoid=[wood, sky], painted=0.15)
        sun = draw.finish("wax", natural=("yellow", "orange"), avoid=[sky, grass], painted=0.05)
        top, wave, phase = draw.uniform(-0.12, 0.06) * h, draw.uniform(0.04, 0.1) * h, draw.uniform(0, 6)
        ridge = [(float(x) * w, top + wave * sin(7 * float(x) + phase)) for x in np.linspace(0.5, -0.5, 17)]
        hills = extrude([(-w / 2, -h / 2), (w / 2, -h / 2), *ridge], thick).moved(z=front)
        orb = disc((draw.uniform(-0.26, 0.26) * w, h * 0.28, front), min(w, h) * 0.13, thick)
        parts += [Part("picture", (sheet,), sky), Part("hills", (hills,), grass), Part("sun", (orb,), sun)]
    elif style == "portrait":
        skin = draw.finish("wax", natural=("tan", "pink", "brown"), avoid=[sky], painted=0.0)
        coat = draw.finish("wax", natural=("red", "black", "blue"), avoid=[sky, skin], painted=0.3)
        hair = draw.finish("wax", natural=("black", "brown", "yellow"), avoid=[skin, coat, sky], painted=0.1)
        r = min(w, h) * 0.17
        head = ellipsoid((0, h * 0.1, front), (r, r * 1.25, 0.06), 16)
        crown = ellipsoid((0, h * 0.1 + r * 0.35, front - 0.015), (r * 1.22, r * 1.35, 0.055), 16, lowest=-0.2)
        bust = [
            (float(x) * w * 0.42, -h / 2 + h * 0.36 * (1 - abs(float(x)) ** 2.4)) for x in np.linspace(1, -1, 15)
        ]
        parts += [Part("picture", (sheet,), sky), Part("coat", (extrude(bust, thick).moved(z=front),), coat),
                  Part("face", (head,), skin), Part("hair", (crown,), hair, mentioned=False)]  # fmt: skip
    else:
        water = draw.finish("wax", natural=("blue",), avoid=[wood, sky], painted=0.1)
        hull = draw.finish("wax", natural=("brown", "red"), avoid=[sky, water], painted=0.2)
        sail = draw.finish("wax", natural=("white", "yellow"), avoid=[sky, hull], painted=0.2)
        k = min(w, h)
        sea = box((0, -h * 0.32, front), (w, h * 0.36, thick))
        body = extrude(
            [(-0.3 * k, -0.1 * k), (-0.18 * k, -0.26 * k), (0.18 * k, -0.26 * k), (0.3 * k, -0.1 * k)], 0.12
        ).moved(z=front)
        cloth = extrude([(-0.2 * k, -0.06 * k), (0.22 * k, -0.06 * k), (0.0, 0.38 * k)], 0.1).moved(z=front)
        parts += [Part("picture", (sheet,), sky), Part("sea", (sea,), water, mentioned=False),
                  Part("boat", (body,), hull), Part("sail", (cloth,), sail)]  # fmt: skip
    if draw.chance(0.35):  # a foot to stand on
        leg = box((0, -height * 0.18, -0.12), (0.14, height * 0.6, 0.08)).turned("x", 18)
        parts.append(Part("leg", (leg,), wood, mentioned=False))
    return Prop(
        "picture_frame",
        tuple(parts),
        words(
            wide=width > 1.15 * height,
            tall=height > 1.15 * width,
            square=abs(width - height) < 0.06,
            thick=bar > 0.13,
        ),
    )


def flower_pot(draw: Draw) -> Prop:
    radius, height, taper = draw.uniform(0.26, 0.33), draw.uniform(0.36, 0.46), draw.uniform(0.62, 0.74)
    plant = draw.choice(["bush", "blades", "blossoms", "blossoms", "leaves"])
    square = draw.chance(0.15)
    clay = draw.finish(
        "ceramic", "ceramic", "plastic", natural=("orange", "orange", "brown", "white"), painted=0.35
    )
    earth = draw.finish("wax", natural=("brown", "black"), avoid=[clay], painted=0.0)
    green = draw.finish("leaf", natural=("green",), avoid=[clay], painted=0.03)
    sides = 4 if square else 24
    turn = 45 if square else 0
    grow = 1.3 if square else 1.0
    rim = draw.uniform(0.1, 0.14)
    pot = [
        cylinder((0, height / 2, 0), radius * taper * grow, height, 1 / taper, sides),
        revolve(
            [
                (radius * grow, height - rim),
                ((radius + 0.05) * grow, height - rim),
                ((radius + 0.05) * grow, height),
                ((radius - 0.05) * grow, height),
                ((radius - 0.06) * grow, height - 0.05),
            ],
            sides,
            0.09,
        ),
    ]
    parts = [
        Part("pot", tuple(p.turned("y", turn) for p in pot), clay),
        Part(
            "earth", (cylinder((0, height - 0.03, 0), radius - 0.03, 0.08, segments=20),), earth, mentioned=False
        ),
    ]
    tall, count, start = draw.uniform(0.42, 0.62), draw.integer(5, 7), draw.uniform(0, 360)
    leaves: list[Solid] = []
    if plant == "bush":
        leaves = [ellipsoid((0, height + tall * 0.45, 0), (radius * 1.15, tall * 0.5, radius * 1.15), 16)]
        for k in range(7):
            r = radius * draw.uniform(0.4, 0.55)
            leaves.append(
                ellipsoid((radius * 0.72, height + tall * (0.35 + 0.3 * (k % 2)), 0), (r, r, r), 12).turned(
                    "y", start + 360 * k / 7
                )
            )
    elif plant == "blades":
        for k in range(count):
            blade = ellipsoid((0, tall * 0.55, 0), (0.09, tall * draw.uniform(0.55, 0.72), 0.05), 12)
            leaves.append(
                blade.turned("x", draw.uniform(8, 22))
                .moved(0, height - 0.06, radius * 0.25)
                .turned("y", start + 360 * k / count)
            )
        leaves.append(ellipsoid((0, height + tall * 0.6, 0), (0.09, tall * 0.72, 0.05), 12))
    elif plant == "leaves":
        for k in range(count + 3):
            far = 62 if k < count else 24
            leaf = ellipsoid((0, 0.28, 0), (0.13, 0.24, 0.045), 14).turned("x", far + draw.uniform(-8, 8))
            stem = tube([[0, 0, 0], [0, tall * 0.5, 0.02]], 0.045, 8)
            whole = [leaf.moved(0, tall * (0.3 if k < count else 0.55), 0.03), stem]
            leaves += [s.moved(0, height - 0.03, 0.02).turned("y", start + 360 * k / count) for s in whole]
    else:
        petal = draw.finish("wax", natural=("red", "yellow", "pink", "white"), avoid=[green, clay], painted=0.2)
        heart = draw.finish("wax", natural=("yellow", "orange", "white"), avoid=[petal, green], painted=0.0)
        stems = draw.choice([1, 3, 3])
        petals, hearts, six = [], [], draw.integer(5, 7)
        for k in range(stems):
            size = 1.45 if stems == 1 else 0.95
            top = height + tall * (1.0 if stems == 1 else 0.75 + 0.22 * (k % 2))
            x, z = (0.0, 0.0) if stems == 1 else (0.25 * (k - 1), (0.1, -0.08, 0.06)[k])
            leaves.append(tube([[x * 0.3, height - 0.05, z * 0.3], [x, top, z]], 0.042, 8))
            for j in range(six):
                a = 2 * pi * j / six
                lobe = ellipsoid(
                    (0.125 * size * cos(a), 0.125 * size * sin(a), 0), (0.08 * size, 0.08 * size, 0.055), 10
                )
                petals.append(lobe.turned("x", -18).moved(x, top, z + 0.05))
            hearts.append(
                ellipsoid((0, 0, 0.03), (0.075 * size, 0.075 * size, 0.06), 12)
                .turned("x", -18)
                .moved(x, top, z + 0.06)
            )
        for k in range(5):
            leaf = ellipsoid((0, 0.19, 0), (0.1, 0.19, 0.045), 12).turned("x", draw.uniform(45, 65))
            leaves.append(leaf.moved(0, height - 0.04, 0.05).turned("y", start + 72 * k))
        parts += [Part("flowers" if stems > 1 else "flower", tuple(petals), petal, stems),
                  Part("hearts", tuple(hearts), heart, mentioned=False)]  # fmt: skip
    parts.insert(1, Part("leaves", tuple(leaves), green))
    return Prop(
        "flower_pot", tuple(parts), words(tall=tall > 0.57 and plant != "bush", flowering=plant == "blossoms")
    )
