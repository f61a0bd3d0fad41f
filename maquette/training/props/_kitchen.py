"""What one cooks with and eats from. Cutlery stands upright, its flat side to the front."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
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
    vessel,
)
from maquette.training.props._words import words


def plate(draw: Draw) -> Prop:
    radius, height = 0.5, draw.uniform(0.13, 0.24)
    foot, well = draw.uniform(0.24, 0.32), draw.uniform(0.28, 0.36)
    rimmed = draw.chance(0.65)
    body = draw.finish("ceramic", "ceramic", "ceramic", "metal", "wood", natural=("white", "white", "blue"))
    middle = draw.finish("ceramic", natural=("white", "blue", "tan"), avoid=[body])
    outside = [(foot, 0), (well, 0.03), (radius, height - 0.03), (radius, height + 0.03)]
    dish = revolve([*outside, (radius - 0.06, height + 0.03), (well, 0.09)], 28, 0.065)
    parts = [
        Part("body", (dish,), body),
        Part("center", (cylinder((0, 0.08, 0), well, 0.07, segments=28),), middle),
    ]
    if rimmed:
        edge = middle if draw.chance(0.5) else draw.finish("ceramic", natural=("gold", "blue"), avoid=[body])
        parts.append(
            Part("rim", (ring((0, height, 0), radius - 0.02, draw.uniform(0.075, 0.1), segments=28),), edge)
        )
    return Prop("plate", tuple(parts), words(round=True, flat=height < 0.16, deep=height > 0.21))


def can(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.28, 0.38), draw.uniform(0.95, 1.2)
    neck, mark = draw.uniform(0.76, 0.86), draw.choice(["stripe", "emblem", "emblem", "stripes"])
    body = draw.finish("metal", natural=("red", "blue", "green", "orange"), painted=0.5)
    steel = draw.finish("metal", natural=("gray",), avoid=[body], painted=0.15)
    label = draw.finish("wax", natural=("white", "yellow"), avoid=[body, steel], painted=0.5)
    shoulder = 0.15
    side = revolve(
        [(radius * neck, 0.05), (radius, shoulder), (radius, height - shoulder), (radius * neck, height - 0.05)],
        24,
    )
    ends = [
        cylinder((0, 0.05, 0), radius * neck * 0.94, 0.1, segments=24),
        cylinder((0, height - 0.03, 0), radius * neck * 0.86, 0.07, segments=24),
        ring((0, height - 0.04, 0), radius * neck - 0.02, 0.075, segments=24),
    ]
    tab = pillow((0, height + 0.03, radius * 0.12), (0.16, 0.08, 0.3), 0.6)
    middle = height * draw.uniform(0.45, 0.55)
    if mark == "emblem":
        size = radius * draw.uniform(0.55, 0.7)
        dot = ellipsoid((0, middle, radius * 0.9), (size, size * draw.uniform(0.9, 1.4), radius * 0.14), 18)
        marks = (dot, dot.turned("y", 180))
    elif mark == "stripe":
        marks = (cylinder((0, middle, 0), radius + 0.015, draw.uniform(0.2, 0.4), segments=24),)
    else:
        marks = tuple(cylinder((0, middle + y, 0), radius + 0.015, 0.12, segments=24) for y in (-0.15, 0.15))
    return Prop(
        "can",
        (
            Part("body", (side,), body),
            Part(mark, marks, label, 2 if mark == "stripes" else 1),
            Part("lid", tuple(ends), steel),
            Part("tab", (tab,), steel, mentioned=False),
        ),
        words(tall=height > 3.5 * radius, short=height < 2.85 * radius),
    )


def tin(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.32, 0.46), draw.uniform(0.5, 1.1)
    opened, inset = draw.chance(0.5), draw.uniform(0.1, 0.16)
    steel = draw.finish("metal", natural=("gray",), painted=0.15)
    paper = draw.finish("wax", natural=("red", "blue", "green"), avoid=[steel], painted=0.5)
    band = draw.finish("wax", natural=("white", "yellow"), avoid=[steel, paper], painted=0.4)
    shell = vessel([(radius, 0), (radius, height)], 0.08, height - 0.1, 24)
    rims = [ring((0, y, 0), radius, 0.09, segments=24) for y in (0.045, height - 0.045)]
    label = cylinder((0, height / 2, 0), radius + 0.02, height - 2 * inset, segments=24)
    stripe = cylinder((0, height / 2, 0), radius + 0.035, height * draw.uniform(0.2, 0.34), segments=24)
    parts = [Part("body", (shell, *rims), steel), Part("label", (label,), paper), Part("stripe", (stripe,), band)]
    if opened:
        food = draw.finish("wax", natural=("orange", "red", "brown"), avoid=[steel], painted=0.3)
        lid = cylinder((0, 0, 0), radius * 0.9, 0.085, segments=24).turned("x", draw.uniform(55, 85))
        parts += [
            Part("lid", (lid.moved(0, height + radius * 0.7, -radius),), steel, mentioned=False),
            Part("contents", (cylinder((0, height - 0.08, 0), radius - 0.06, 0.1, segments=24),), food),
        ]
    return Prop("tin", tuple(parts), words(open=opened, tall=height > 2.5 * radius, short=height < 1.5 * radius))


def jar(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.32, 0.44), draw.uniform(0.7, 1.0)
    neck, level = radius * draw.uniform(0.7, 0.86), draw.uniform(0.5, 0.75)
    glass = draw.finish("glass", natural=("white", "teal"), painted=0.25)
    cap = draw.finish("metal", "wood", natural=("gold", "gray", "brown"), avoid=[glass])
    inside = draw.finish("wax", natural=("red", "orange", "purple", "yellow"), avoid=[glass, cap], painted=0.3)
    high = height * 0.8
    body = revolve([(radius * 0.86, 0), (radius, 0.08), (radius, high), (neck, height), (neck, height + 0.06)], 24)
    fill = revolve(
        [
            (radius * 0.9, 0.03),
            (radius + 0.015, 0.1),
            (radius + 0.015, high * level),
            (radius, high * level + 0.03),
        ],
        24,
    )
    tall = draw.uniform(0.11, 0.17)
    lid = [cylinder((0, height + 0.05 + tall / 2, 0), neck + 0.06, tall, segments=24)]
    if draw.chance(0.4):
        lid.append(ellipsoid((0, height + 0.1 + tall, 0), (0.1, 0.1, 0.1), 14))
    parts = [Part("body", (body,), glass), Part("lid", tuple(lid), cap), Part("contents", (fill,), inside)]
    if draw.chance(0.45):
        paper = draw.finish("wax", natural=("white", "tan"), avoid=[glass, inside], painted=0.3)
        sticker = pillow((0, high * 0.42, radius * 0.85), (radius * 1.05, high * 0.46, radius * 0.4), 0.3)
        parts.append(Part("label", (sticker,), paper))
    return Prop("jar", tuple(parts), words(tall=height > 2.6 * radius, wide=height < 2 * radius))


def pan(draw: Draw) -> Prop:
    radius, depth = draw.uniform(0.34, 0.42), draw.uniform(0.14, 0.26)
    reach, grip = draw.uniform(0.4, 0.58), draw.uniform(0.05, 0.065)
    fried = draw.chance(0.65)
    iron = draw.finish("metal", natural=("black", "gray"), painted=0.4)
    wood = draw.finish("wood", "plastic", natural=("brown", "red", "black"), avoid=[iron], painted=0.4)
    dish = vessel([(radius * 0.8, 0), (radius, depth)], 0.08, 0.08, 28)
    rise = draw.uniform(0, 0.12)
    start, end = (radius + 0.08, depth - 0.05, 0), (radius + reach, depth - 0.05 + rise, 0)
    joint = rod((radius - 0.06, depth - 0.05, 0), start, grip)
    handle = [rod(start, end, grip * 1.15, 1.15, 12), ellipsoid(end, [grip * 1.3] * 3, 12)]
    parts = [Part("body", (dish, joint), iron), Part("handle", tuple(handle), wood)]
    if fried:
        white = draw.finish("wax", natural=("white",), avoid=[iron], painted=0)
        yolk = draw.finish("wax", natural=("yellow", "orange"), avoid=[white], painted=0)
        size = radius * draw.uniform(0.5, 0.62)
        egg = [ellipsoid((x * size, 0.1, z * size), (size * r, 0.06, size * r), 16)
               for x, z, r in ((0, 0, 0.95), (0.35, 0.25, 0.7), (-0.4, -0.2, 0.65))]  # fmt: skip
        yellow = ellipsoid((0, 0.15, 0), (size * 0.42, 0.09, size * 0.42), 14)
        parts += [Part("egg", tuple(egg), white), Part("yolk", (yellow,), yolk)]
    return Prop("pan", tuple(parts), words(round=True, deep=depth > 0.22, long=reach > 0.53))


def spoon(draw: Draw) -> Prop:
    wide, tall = draw.uniform(0.19, 0.25), draw.uniform(0.24, 0.31)
    length, deep = draw.uniform(0.6, 0.8), draw.uniform(0.1, 0.16)
    style = draw.choice(["table", "wooden", "grip"])
    metal = draw.finish("wood" if style == "wooden" else "metal", natural=("brown", "tan", "gray"), painted=0.4)
    other = draw.finish("plastic", "wood", natural=("red", "blue", "brown"), avoid=[metal], painted=0.5)
    # A shell of even thickness, open to the front.
    angles = np.linspace(0, pi / 2, 6)
    outer = [(float(sin(t)), -float(cos(t)) * deep) for t in angles]
    hollow = [(r * 0.82, y + 0.085) for r, y in outer[::-1]]
    bowl = revolve([*outer, *hollow], 22, 0.075).scaled(wide, 1, tall).turned("x", 90).moved(0, length + tall)
    bowl = Solid(bowl.vertices, bowl.faces, 0.075)
    if style == "wooden":
        stem: list[Solid] = [rod((0, 0.04, 0), (0, length + 0.08, 0), 0.055)]
        grip = [cylinder((0, 0.12, 0), 0.075, 0.2, segments=12)]
    elif style == "table":
        stem = [extrude([(-0.04, 0.2), (0.04, 0.2), (0.05, length + 0.1), (-0.05, length + 0.1)], 0.08)]
        end = draw.uniform(0.085, 0.12)
        grip = [
            extrude([(-0.045, 0.42), (0.045, 0.42), (end, 0.08), (end / 2, 0), (-end / 2, 0), (-end, 0.08)], 0.09)
        ]
    else:
        stem = [rod((0, 0.2, 0), (0, length + 0.08, 0), 0.042)]
        grip = [pillow((0, 0.2, 0), (draw.uniform(0.14, 0.18), 0.42, 0.12), 0.5)]
    return Prop(
        "spoon",
        (Part("bowl", (bowl, *stem), metal), Part("handle", tuple(grip), other)),
        words(long=length > 0.74),
    )


def knife(draw: Draw) -> Prop:
    style = draw.choice(["chef", "chef", "table", "hunting"])
    length, width = draw.uniform(0.65, 0.85), draw.uniform(0.19, 0.27)
    grip, depth = draw.uniform(0.36, 0.46), draw.uniform(0.085, 0.1)
    steel = draw.finish("metal", natural=("gray",), painted=0.25)
    wood = draw.finish("wood", "plastic", natural=("brown", "black"), avoid=[steel], painted=0.5)
    brass = draw.finish("metal", natural=("gold", "gray"), avoid=[steel, wood], painted=0.3)
    back, edge, tip = -width * 0.35, width * 0.65, grip + length
    if style == "chef":  # a straight back and a belly that meet in a point
        curve = [
            (back + width * cos(t), grip + length * (0.25 + 0.75 * sin(t))) for t in np.linspace(0, pi / 2, 7)
        ]
        outline = [(back, grip), (edge, grip), *curve]
    elif style == "table":
        curve = [(width * 0.5 * cos(t), tip - width * 0.5 + width * 0.5 * sin(t)) for t in np.linspace(0, pi, 9)]
        outline = [(-width * 0.3, grip), (width * 0.3, grip), *curve]
    else:  # clipped: the back falls to the point
        outline = [(back, grip), (edge, grip), (edge, tip - length * 0.35), (edge * 0.5, tip - length * 0.12),
                   (back * 0.4, tip), (back, tip - length * 0.4)]  # fmt: skip
    handle = pillow((0, grip / 2, 0), (0.15, grip, depth + 0.05), 0.35)
    parts = [Part("blade", (extrude(outline, depth),), steel), Part("handle", (handle,), wood)]
    if style == "hunting":
        guard = box((0.02, grip, 0), (width * 1.35, 0.09, depth + 0.07))
        parts.append(Part("guard", (guard,), brass))
    else:
        spots = tuple(ellipsoid((0, grip * at, 0), (0.045, 0.045, depth * 0.5 + 0.05), 10) for at in (0.28, 0.68))
        parts.append(Part("rivets", spots, brass, 2))
    return Prop("knife", tuple(parts), words(long=length > 0.78, wide=width > 0.25, narrow=width < 0.205))


KITCHEN = {
    "plate": Category(plate, ("plate", "dinner plate")),
    "can": Category(can, ("can", "soda can", "drink can")),
    "tin": Category(tin, ("tin can", "tin", "food can")),
    "jar": Category(jar, ("jar", "glass jar", "jam jar")),
    "pan": Category(pan, ("frying pan", "pan", "skillet")),
    "spoon": Category(spoon, ("spoon",)),
    "knife": Category(knife, ("knife",)),
}
