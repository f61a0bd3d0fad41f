"""Animals that swim, fly and hop, head towards +Z."""

from __future__ import annotations

from math import pi, sin

import numpy as np

from maquette.training.props._four_legged import eyes
from maquette.training.props._profiles import cut_out, lengthwise, pair, pointed
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, ellipsoid, extrude, pillow, rod, tube
from maquette.training.props._words import words


def fish(draw: Draw) -> Prop:
    length, high = 0.5, draw.uniform(0.22, 0.34)
    wide, tail = draw.uniform(0.13, 0.18), draw.uniform(0.22, 0.3)
    crest, bands = draw.uniform(0.1, 0.18), draw.choice([0, 1, 2, 3])
    scales = draw.finish("wax", natural=("orange", "blue", "gray", "yellow", "red", "teal"), painted=0.2)
    fins = draw.finish("wax", natural=("yellow", "orange", "red", "blue"), avoid=[scales], painted=0.2)

    def girth(z: float) -> float:
        t = z / length
        return max(1 - abs(t) ** 2.2, 0.0) ** 0.62 * (1 if t > 0 else 1 - 0.28 * t * t) if abs(t) < 1 else 0.0

    stations = length * np.sin(np.linspace(-pi / 2, pi / 2, 17))
    body = lengthwise([(girth(float(z)), float(z)) for z in stations]).scaled(wide, high, 1)
    back = -length + 0.1
    fork = cut_out(
        [(back + 0.04, 0), (back - 0.06, 0.07), (back - tail, 0.08 + tail * 0.9), (back - tail * 0.62, 0),
         (back - tail, -0.08 - tail * 0.9), (back - 0.06, -0.07)], 0.085,
    )  # fmt: skip
    top = [
        (0.22, high * 0.7),
        (0.12, high + crest),
        (-0.12, high + crest * 0.95),
        (-0.32, high * 0.45),
        (-0.1, 0.0),
    ]
    below = [(0.0, -high * 0.8), (-0.08, -high - crest * 0.8), (-0.22, -high - crest * 0.4), (-0.22, -high * 0.5)]
    side = ellipsoid((0, 0, -0.13), (0.045, 0.08, 0.15), 12).turned("y", -28).moved(wide * 0.88, -high * 0.2, 0.1)
    parts = [
        Part("body", (body,), scales),
        Part("fins", (cut_out(top, 0.085), cut_out(below, 0.085), *pair(side)), fins),
        Part("tail", (fork,), fins),
    ]
    if bands:
        stripe = draw.finish("wax", natural=("white", "black", "yellow"), avoid=[scales, fins], painted=0.2)
        half = 0.042
        hoops = [
            lengthwise(
                [
                    (girth(at - half) + 0.05, at - half),
                    (girth(at) + 0.05, at),
                    (girth(at + half) + 0.05, at + half),
                ]
            ).scaled(wide, high, 1)
            for at in {1: (0.0,), 2: (-0.14, 0.16), 3: (-0.27, -0.03, 0.2)}[bands]
        ]
        rings = [Solid(hoop.vertices, hoop.faces, 2 * half) for hoop in hoops]
        parts.append(Part("stripes" if bands > 1 else "stripe", tuple(rings), stripe, bands))
    white = draw.finish("wax", natural=("white",) if scales.color != "white" else ("yellow",), painted=0.0)
    dark = draw.finish("wax", natural=("black",), avoid=[white], painted=0.0)
    x, y, z = wide * girth(0.34) * 0.86, high * 0.2, 0.34
    parts.append(Part("eyes", pair(ellipsoid((x, y, z), (0.05, 0.078, 0.078), 12)), white, mentioned=False))
    parts.append(
        Part("pupils", pair(ellipsoid((x + 0.03, y, z + 0.012), (0.032, 0.042, 0.042), 8)), dark, mentioned=False)
    )
    lips = ellipsoid((0, -0.03, length - 0.035), (0.05, 0.036, 0.04), 10)
    parts.append(Part("mouth", (lips,), fins, mentioned=False))
    return Prop("fish", tuple(parts), words(tall=high > 0.31, slim=high < 0.25))


def bird(draw: Draw) -> Prop:
    round_, long = draw.uniform(0.22, 0.27), draw.uniform(0.34, 0.44)
    skull, beak = draw.uniform(0.17, 0.21), draw.uniform(0.14, 0.22)
    legs, lean = draw.uniform(0.14, 0.22), draw.uniform(18, 34)
    spread = draw.chance(0.4)
    plumage = draw.finish(
        "wax", natural=("blue", "red", "yellow", "brown", "gray", "white", "green"), painted=0.15
    )
    wing = draw.finish("wax", natural=("black", "white", "gray", "brown", "blue"), avoid=[plumage], painted=0.2)
    belly = draw.finish("wax", natural=("white", "tan", "orange", "yellow"), avoid=[plumage, wing], painted=0.1)
    bill = draw.finish("wax", natural=("orange", "yellow"), avoid=[plumage, belly, wing], painted=0.0)
    y = legs + round_ * 1.05
    body = ellipsoid((0, 0, 0), (round_, round_ * 1.05, long), 18).turned("x", -lean).moved(0, y, 0)
    breast = ellipsoid((0, -0.045, 0.05), (round_ * 0.88, round_ * 0.98, long * 0.86), 16)
    top, z = y + long * sin(np.radians(lean)) + skull * 0.55, long * 0.62
    head = ellipsoid((0, top, z), (skull, skull, skull), 18)
    bill_cone = pointed((0, top - 0.02, z + skull * 0.8), (0, top - 0.05, z + skull + beak), 0.085, 0.15)
    drop, back = y - long * sin(np.radians(lean)), -long * 0.8
    fan = cut_out(
        [
            (back + 0.16, drop + 0.12),
            (back - 0.26, drop + 0.05),
            (back - 0.24, drop - 0.07),
            (back + 0.12, drop - 0.08),
        ],
        0.2,
    )
    if spread:
        outline = [(0, 0.16), (0.3, 0.2), (0.62, 0.06), (0.6, -0.1), (0.42, -0.16), (0.26, -0.2), (0, -0.16)]
        flat = extrude([(a, b) for a, b in outline], 0.085).turned("x", -90)
        wings = pair(flat.turned("z", draw.uniform(12, 30)).moved(round_ * 0.6, y + 0.08, 0.02))
    else:
        folded = ellipsoid((0, 0, -0.08), (0.07, round_ * 0.72, long * 0.92), 14).turned("x", -lean * 0.9)
        wings = pair(folded.turned("y", -4).moved(round_ * 0.92, y + 0.04, -0.02))
    shanks = pair(rod((0.1, 0.03, 0.02), (0.1, y - round_ * 0.6, 0.0), 0.046))
    feet = pair(pillow((0.1, 0.035, 0.07), (0.14, 0.09, 0.2), 0.6))
    parts = (
        Part("feathers", (body, head, fan), plumage),
        Part("wings", wings, wing, 2),
        Part("belly", (breast.turned("x", -lean).moved(0, y, 0.0),), belly),
        Part("beak", (bill_cone,), bill),
        Part("feet", (*shanks, *feet), bill, 2, mentioned=False),
        eyes(draw, skull * 0.7, top + skull * 0.25, z + skull * 0.6, 0.045, plumage),
    )
    return Prop("bird", parts, words(round=long < 1.5 * round_))


def frog(draw: Draw) -> Prop:
    wide, high = draw.uniform(0.32, 0.4), draw.uniform(0.2, 0.26)
    long, bulge = draw.uniform(0.36, 0.44), draw.uniform(0.095, 0.125)
    thigh, apart = draw.uniform(0.13, 0.17), draw.uniform(0.17, 0.22)
    skin = draw.finish("wax", natural=("green", "green", "green", "brown"), painted=0.15)
    belly = draw.finish("wax", natural=("yellow", "white", "tan"), avoid=[skin], painted=0.1)
    y = high + 0.03
    body = ellipsoid((0, 0, 0), (wide, high, long), 18).turned("x", -20).moved(0, y, -0.02)
    head = ellipsoid((0, y + 0.12, 0.2), (wide * 0.98, high * 0.78, 0.26), 18)
    front = ellipsoid((0, y - 0.04, 0.14), (wide * 0.84, high * 0.86, 0.3), 16)
    chin = ellipsoid((0, y + 0.05, 0.225), (wide * 0.93, high * 0.62, 0.24), 18)
    mounds = pair(ellipsoid((apart, y + high * 0.78 + 0.1, 0.22), (bulge,) * 3, 12))
    thighs = pair(
        ellipsoid((0, 0, 0), (thigh * 0.9, thigh * 1.05, 0.24), 14)
        .turned("x", -25)
        .moved(wide * 0.95, 0.17, -0.16)
    )
    shins = pair(pillow((wide + 0.09, 0.045, -0.02), (0.19, 0.09, 0.36), 0.6))
    arms = pair(tube([[wide * 0.66, y, 0.2], [wide * 0.86, 0.14, 0.28], [wide * 0.82, 0.04, 0.36]], 0.06, 10))
    hands = pair(pillow((wide * 0.84, 0.04, 0.42), (0.19, 0.08, 0.17), 0.6))
    white = draw.finish("wax", natural=("yellow", "white"), avoid=[skin], painted=0.0)
    dark = draw.finish("wax", natural=("black",), painted=0.0)
    up = y + high * 0.78 + 0.125
    balls = pair(ellipsoid((apart + 0.02, up, 0.22 + bulge * 0.5), (bulge * 0.82,) * 3, 12))
    pupils = pair(ellipsoid((apart + 0.03, up, 0.22 + bulge * 1.2), (0.055, 0.045, 0.035), 10))
    parts = [
        Part("skin", (body, head, *mounds, *thighs, *shins, *arms, *hands), skin),
        Part("belly", (front, chin), belly),
        Part("eyes", balls, white, 2),
        Part("pupils", pupils, dark, 2, mentioned=False),
    ]
    if draw.chance(0.35):
        spot = draw.finish("wax", natural=("brown", "yellow", "black", "green"), avoid=[skin, belly], painted=0.2)
        places = [(0.0, -0.1), (0.42, -0.25), (-0.42, -0.2), (0.1, -0.6), (-0.25, -0.62), (0.4, -0.62)]
        dots = [
            ellipsoid((wide * x, high * (1 - x * x - z * z) ** 0.5, long * z), (0.065, 0.045, 0.065), 8)
            .turned("x", -20)
            .moved(0, y, -0.02)
            for x, z in places
        ]
        parts.append(Part("spots", tuple(dots), spot))
    return Prop("frog", tuple(parts), words(flat=high < 0.215, wide=wide > 0.385))
