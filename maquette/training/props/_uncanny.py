"""Aliens and skeletons, facing +Z. Skin and bone are of the substance "wax"."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from maquette.training.props._profiles import pair
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, pillow, ring, rod, tube
from maquette.training.props._words import words


def alien(draw: Draw) -> Prop:
    wide, high = draw.uniform(0.26, 0.33), draw.uniform(0.26, 0.34)
    torso, legs = draw.uniform(0.24, 0.3), draw.uniform(0.2, 0.28)
    gaze, feelers = draw.choice(["almond", "almond", "almond", "single"]), draw.chance(0.5)
    slant, spread = draw.uniform(18, 35), draw.uniform(0.1, 0.2)
    skin = draw.finish("wax", natural=("green", "green", "green", "gray", "teal", "purple"), painted=0.15)
    suit = draw.finish("cloth", natural=("gray", "purple", "blue", "black"), avoid=[skin], painted=0.3)
    dark = draw.finish("wax", natural=("black",), avoid=[skin], painted=0.0)
    neck = legs + torso
    top = neck + high * 0.95
    # A great skull that narrows to a small chin.
    ball = ellipsoid((0, 0, 0), (1, 1, 1), 20)
    x, up, z = ball.vertices.T
    taper = np.where(up < 0, 1 + 0.5 * up, 1)
    egg = Solid(np.stack([x * taper, up, z * taper], -1).astype(np.float32), ball.faces, 2.0)
    head = egg.scaled(wide, high, wide * 0.9).moved(0, top, 0)
    throat = cylinder((0, neck, 0), 0.06, 0.14, segments=12)
    chest = pillow((0, legs + torso * 0.5, 0), (0.27, torso * 1.1, 0.2), 0.6)
    arms = pair(
        tube(
            [[0.1, neck - 0.06, 0], [0.17 + spread * 0.5, neck - 0.17, 0.02], [0.18 + spread, legs + 0.02, 0.06]],
            0.045,
            10,
        )
    )
    hands = pair(ellipsoid((0.18 + spread, legs - 0.01, 0.07), (0.07, 0.08, 0.06), 12))
    stems = pair(cylinder((0.075, legs / 2 + 0.03, 0), 0.06, legs, segments=12))
    shoes = pair(pillow((0.085, 0.045, 0.04), (0.13, 0.1, 0.22), 0.6))
    body: list[Solid] = [head, throat, *arms, *hands]
    parts: list[Part] = []
    if gaze == "almond":
        stare = ellipsoid((0, 0, 0), (wide * 0.4, high * 0.25, 0.07), 14).turned("z", slant).turned("y", 24)
        balls = pair(stare.moved(wide * 0.42, top - high * 0.08, wide * 0.74))
        parts.append(Part("eyes", balls, dark, 2))
    else:
        white = draw.finish("wax", natural=("white",), avoid=[skin], painted=0.0)
        parts.append(
            Part("eye", (ellipsoid((0, top + 0.02, wide * 0.76), (wide * 0.45, wide * 0.45, 0.1), 16),), white)
        )
        parts.append(
            Part(
                "pupil",
                (ellipsoid((0, top + 0.02, wide * 0.76 + 0.08), (0.08, 0.08, 0.05), 12),),
                dark,
                mentioned=False,
            )
        )
    mouth = ellipsoid((0, top - high * 0.62, wide * 0.6), (0.075, 0.04, 0.05), 10)
    parts.append(Part("mouth", (mouth,), dark, mentioned=False))
    if feelers:
        tip = draw.finish("wax", natural=("yellow", "red", "pink"), avoid=[skin, suit], painted=0.1)
        ends = (wide * 0.75, top + high + 0.16, 0.02)
        body += pair(
            tube([[wide * 0.4, top + high * 0.8, 0], [wide * 0.5, top + high + 0.06, 0], list(ends)], 0.04, 8)
        )
        parts.append(Part("antennae", pair(ellipsoid(ends, (0.065,) * 3, 10)), tip, mentioned=False))
    if draw.chance(0.45):
        suit = skin  # naked, with a belt of another colour
        belt = draw.finish("metal", natural=("gold", "gray"), avoid=[skin], painted=0.2)
        parts.append(Part("belt", (pillow((0, legs + 0.06, 0), (0.29, 0.09, 0.23), 0.5),), belt))
    main = Part("skin", tuple(body), skin)
    parts.append(Part("suit", (chest, *stems, *shoes), suit, mentioned=suit is not skin))
    return Prop("alien", (main, *parts), words(tall=legs + torso > 1.75 * high, short=legs + torso < 1.5 * high))


def skeleton(draw: Draw) -> Prop:
    legs, torso = draw.uniform(0.38, 0.46), draw.uniform(0.27, 0.33)
    shoulder, head = draw.uniform(0.16, 0.2), draw.uniform(0.13, 0.16)
    limb, spread, ribs = draw.uniform(0.033, 0.038), draw.uniform(0.04, 0.14), draw.choice([2, 3])
    bone = draw.finish("wax", natural=("white", "white", "white", "tan"), painted=0.1)
    hole = draw.finish("wax", natural=("black",), avoid=[bone], painted=0.0)
    r, g, b = bone.rgb
    shade = replace(bone, rgb=(0.84 * r, 0.82 * g, 0.78 * b))  # the same bone in shadow
    neck, hip = legs + torso, 0.085
    top = neck + 0.06 + head
    dome = ellipsoid((0, top, 0), (head, head * 0.95, head * 1.05), 18)
    jaw = pillow((0, top - head * 0.85, head * 0.35), (head * 1.15, head * 0.55, head * 1.0), 0.5)
    sockets = pair(ellipsoid((head * 0.42, top - head * 0.08, head * 0.88), (head * 0.33, head * 0.36, 0.05), 12))
    nose = ellipsoid((0, top - head * 0.42, head * 1.0), (0.034, 0.036, 0.035), 8)
    mouth = box((0, top - head * 0.95, head * 0.82), (head * 0.8, 0.064, 0.07))
    # What is dark between the ribs sets them off.
    inside = ellipsoid((0, neck - 0.04 - torso * 0.32, 0), (shoulder * 0.7, torso * 0.4, shoulder * 0.48), 14)
    spine = cylinder((0, legs + torso / 2 + 0.03, -0.03), limb * 1.1, torso + 0.16, segments=10)
    cage = [
        ring((0, neck - 0.07 - k * torso * 0.55 / ribs, 0), shoulder * (0.8 - 0.08 * k), 0.062, stretch=0.62)
        for k in range(ribs)
    ]
    breast = box((0, neck - 0.05 - torso * 0.2, shoulder * 0.5), (0.065, torso * 0.4, 0.065))
    collar = rod((-shoulder, neck - 0.015, 0), (shoulder, neck - 0.015, 0), limb, segments=10)
    pelvis = pillow((0, legs + 0.02, 0), (0.27, 0.11, 0.16), 0.6)

    def bones(*joints: tuple[float, float, float]) -> list[Solid]:
        """Rods between knobbed joints."""
        rods = [rod(a, b, limb, segments=10) for a, b in pairwise(joints)]
        return [*rods, *(ellipsoid(j, (limb * 1.45,) * 3, 10) for j in joints)]

    x = shoulder + spread
    arm = bones(
        (shoulder + 0.01, neck - 0.015, 0),
        (shoulder + spread * 0.6 + 0.02, neck - 0.19, -0.01),
        (x + 0.02, legs + 0.03, 0.04),
    )
    hand = pillow((x + 0.02, legs - 0.04, 0.05), (0.085, 0.12, 0.07), 0.6)
    leg = bones((hip, legs, 0), (hip * 1.05, legs * 0.52, 0.02), (hip * 1.05, 0.07, 0))
    foot = pillow((hip * 1.1, 0.035, 0.05), (0.1, 0.075, 0.2), 0.6)
    parts = [
        Part("bones", (dome, jaw, collar, pelvis, *pair(*arm, hand, *leg, foot)), bone),
        Part("ribs", (spine, *cage, breast), shade, mentioned=False),
        Part("sockets", sockets, hole, 2),
        Part("nose", (nose, mouth, inside), hole, mentioned=False),
    ]
    return Prop("skeleton", tuple(parts), words(tall=legs > 0.43, short=legs < 0.4))
