"""Instruments: guitars, drums, pianos."""

from __future__ import annotations

import itertools
from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._screens import disc
from maquette.training.props._solids import box, cylinder, ellipsoid, extrude, revolve, ring, rod
from maquette.training.props._words import words


def _smooth(points: list[tuple[float, float]], rounds: int = 2) -> list[tuple[float, float]]:
    """A closed outline with its corners cut (Chaikin)."""
    shape = np.array(points)
    for _ in range(rounds):
        following = np.roll(shape, -1, 0)
        shape = np.stack([0.75 * shape + 0.25 * following, 0.25 * shape + 0.75 * following], 1).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in shape]


def guitar(draw: Draw) -> Prop:
    electric = draw.chance(0.4)
    wide, tall, neck = draw.uniform(0.33, 0.38), draw.uniform(0.66, 0.74), draw.uniform(0.38, 0.46)
    depth, waist = draw.uniform(0.1, 0.13) if electric else draw.uniform(0.16, 0.22), draw.uniform(0.56, 0.68)
    natural = ("red", "blue", "white", "black") if electric else ("orange", "gold", "brown", "tan")
    body = draw.finish("wood", natural=natural, painted=0.35)
    dark = draw.finish("wood", natural=("black", "brown"), avoid=[body], painted=0.1)
    pale = draw.finish("plastic", natural=("white", "tan"), avoid=[body, dark], painted=0.2)
    front = depth / 2
    if electric:  # two horns beside the neck
        right = [
            (0.3, 0.0),
            (1.0, 0.08),
            (1.08, 0.3),
            (0.72, 0.52),
            (0.82, 0.74),
            (0.8, 1.06),
            (0.48, 1.0),
            (0.36, 0.78),
        ]
        left = [(-0.36, 0.8), (-0.44, 1.1), (-0.86, 1.22), (-0.9, 0.84), (-0.72, 0.56), (-1.1, 0.32), (-1.0, 0.04)]
        shape = _smooth([(x * wide, y * tall * 0.9) for x, y in (*right, *left)])
        guard = _smooth(
            [
                (x * wide, y * tall * 0.9)
                for x, y in [
                    (0.1, 0.2),
                    (0.7, 0.18),
                    (0.6, 0.5),
                    (0.62, 0.78),
                    (0.2, 0.86),
                    (-0.4, 0.8),
                    (-0.45, 0.5),
                ]
            ]
        )
        pickups = [box((0, tall * y, front + 0.045), (0.24, 0.085, 0.09)) for y in (0.36, 0.58)]
        face = [Part("pickups", tuple(pickups), dark, 2),
                Part("pickguard", (extrude(guard, 0.085).moved(z=front),), pale)]  # fmt: skip
    else:
        half = [
            (0.0, 0.0),
            (0.7, 0.0),
            (1.05, 0.16),
            (1.02, 0.4),
            (waist, 0.58),
            (0.78, 0.74),
            (0.78, 0.96),
            (0.3, 1.02),
        ]
        shape = [(x * wide, y * tall) for x, y in half] + [(-x * wide, y * tall) for x, y in reversed(half[1:])]
        shape = _smooth(shape)
        hole = disc((0, tall * 0.62, front), wide * draw.uniform(0.34, 0.4), 0.085)
        bridge = box((0, tall * 0.25, front + 0.02), (wide * 0.9, 0.095, 0.1))
        face = [Part("sound hole", (hole,), dark), Part("bridge", (bridge,), dark, mentioned=False)]
    top, z = tall + neck, front - 0.01
    head = extrude([(-0.085, 0), (0.085, 0), (0.12, 0.2), (0.06, 0.23), (-0.06, 0.23), (-0.12, 0.2)], 0.1)
    stem = box((0, (tall * 0.62 + top) / 2, z), (0.135, top - tall * 0.62, 0.12))
    pegs = [ellipsoid((s * 0.14, top + y, z), (0.055, 0.05, 0.05), 8) for s in (-1, 1) for y in (0.07, 0.16)]
    strings = box((0, (tall * 0.25 + top) / 2 + 0.02, z + 0.075), (0.085, top - tall * 0.25, 0.085))
    wire = draw.finish("metal", natural=("white", "gray"), avoid=[dark, body], painted=0.0)
    parts = [Part("body", (extrude(shape, depth),), body), *face,
             Part("neck", (stem, head.moved(0, top - 0.01, z)), dark),
             Part("strings", (strings,), wire), Part("pegs", tuple(pegs), pale, mentioned=False)]  # fmt: skip
    return Prop("guitar", tuple(parts), words(electric=electric, acoustic=not electric, long=neck > 0.43))


def drum(draw: Draw) -> Prop:
    radius, height, rim = 0.45, draw.uniform(0.36, 0.75), draw.uniform(0.09, 0.12)
    zigzags, taper = draw.integer(5, 8), draw.choice([1.0, 1.0, 0.82])
    shell_ = draw.finish("wood", "metal", natural=("red", "blue", "brown"), painted=0.5)
    skin = draw.finish("wax", natural=("white", "white", "tan"), avoid=[shell_], painted=0.1)
    gold = draw.finish("metal", "wood", natural=("gold", "yellow", "gray"), avoid=[shell_, skin], painted=0.3)
    low = radius * taper
    side = revolve([(low, 0), (radius, height)], 28)
    drumhead = cylinder((0, height, 0), radius - 0.02, 0.09, segments=28)
    rims = [cylinder((0, rim / 2, 0), low + 0.04, rim, segments=28)]
    # The upper rim leaves the skin free.
    rims.append(ring((0, height - rim * 0.3, 0), radius + 0.005, rim, segments=32))
    parts = [Part("body", (side,), shell_), Part("skin", (drumhead,), skin), Part("rims", tuple(rims), gold, 2)]
    style = draw.choice(["ropes", "ropes", "band", "lugs"])
    if style == "ropes":
        rope = draw.finish("cloth", natural=("white", "yellow"), avoid=[shell_, gold], painted=0.2)
        turns = [k * pi / zigzags for k in range(2 * zigzags + 1)]
        corners = [((low if k % 2 else radius) * sin(a), rim if k % 2 else height - rim,
                    (low if k % 2 else radius) * cos(a)) for k, a in enumerate(turns)]  # fmt: skip
        cords = [rod(a, b, 0.042, segments=8) for a, b in itertools.pairwise(corners)]
        parts.append(Part("ropes", tuple(cords), rope))
    elif style == "band":
        stripe = draw.finish("wood", natural=("white", "yellow"), avoid=[shell_, gold], painted=0.4)
        y, middle = height / 2, (low + radius) / 2
        parts.append(Part("band", (cylinder((0, y, 0), middle + 0.025, height * 0.3, segments=28),), stripe))
    else:
        lug = box((0, height / 2, (low + radius) / 2), (0.1, height * 0.7, 0.1))
        rods = tuple(lug.turned("y", 360 * k / zigzags) for k in range(zigzags))
        parts.append(Part("lugs", rods, gold, mentioned=False))
    if draw.chance(0.6):
        wood = draw.finish("wood", natural=("brown", "tan"), avoid=[skin, shell_], painted=0.2)
        sticks = []
        y, turn = height + 0.09, draw.uniform(-20, 40)
        for s in (-1, 1):
            stick = [rod((-0.4, 0, 0), (0.34, 0, 0), 0.045), ellipsoid((0.37, 0, 0), (0.085, 0.065, 0.065), 10)]
            sticks += [a.turned("y", s * 24 + turn).moved(0, y + 0.07 * (s > 0), 0) for a in stick]
        parts.append(Part("drumsticks", tuple(sticks), wood, 2))
    return Prop("drum", tuple(parts), words(tall=height > 0.64, flat=height < 0.45, round=True))


def piano(draw: Draw) -> Prop:
    grand = draw.chance(0.45)
    width, tall = draw.uniform(0.95, 1.15), draw.uniform(0.82, 1.0)
    wood = draw.finish("wood", natural=("black", "black", "brown", "white"), painted=0.3)
    ivory = draw.finish("plastic", natural=("white",), avoid=[wood], painted=0.05)
    ebony = draw.finish("plastic", natural=("black",), avoid=[ivory], painted=0.05)
    trim = draw.finish("metal", natural=("gold",), avoid=[wood, ivory], painted=0.1)
    keys = width * 0.84
    groups = draw.integer(2, 3)

    def keyboard(y: float, z: float) -> list[Part]:
        """The white keys, and black ones in twos and threes."""
        places = [
            (g + (k + 0.6) / (6 if g % 2 else 4.2)) / groups
            for g in range(groups)
            for k in range(3 if g % 2 else 2)
        ]
        black = [box((keys * (p - 0.5), y + 0.05, z - 0.035), (0.08, 0.09, 0.12)) for p in places]
        return [Part("keys", (box((0, y, z), (keys, 0.085, 0.2)),), ivory),
                Part("black keys", tuple(black), ebony, mentioned=False)]  # fmt: skip

    if grand:
        long, high, deep = draw.uniform(0.8, 1.0), draw.uniform(0.4, 0.5), draw.uniform(0.16, 0.2)
        half = width / 2
        # Seen from above, the keyboard at y = 0: the straight side on the left, the bent one on the right.
        curve = [
            (half, 0.0),
            (half, 0.36 * long),
            (half * 0.8, 0.5 * long),
            (half * 0.3, 0.64 * long),
            (half * 0.1, 0.86 * long),
            (-half * 0.3, long),
            (-half * 0.8, long),
            (-half, 0.86 * long),
            (-half, 0.0),
        ]
        case = extrude(curve, deep).turned("x", -90).moved(0, high + deep / 2)
        inside = (
            extrude([(x * 0.86, y * 0.86 + 0.12) for x, y in curve], 0.09).turned("x", -90).moved(0, high + deep)
        )
        angle = draw.uniform(34, 46)
        lid = extrude([(x + half, y) for x, y in curve], 0.08).turned("x", -90).turned("z", angle)
        prop = rod(
            (half * 0.5, high + deep, -0.25),
            (half * 0.42, high + deep + 0.6 * sin(angle * pi / 180) * 1.4, -0.28),
            0.04,
        )
        legs = [cylinder((x, high / 2, z), 0.065, high, 0.8 if z else 1.3, 10)
                for x, z in ((-half * 0.8, -0.06), (half * 0.8, -0.06), (-half * 0.5, -long * 0.85))]  # fmt: skip
        shelf = box((0, high + 0.04, 0.1), (width, 0.09, 0.24))
        ends = [box((s * (half - 0.045), high + 0.09, 0.1), (0.09, 0.17, 0.24)) for s in (-1, 1)]
        body = [case, lid.moved(-half, high + deep + 0.02, 0), prop, shelf, *ends, *legs]
        parts = [Part("body", tuple(body), wood), Part("frame", (inside,), trim), *keyboard(high + 0.1, 0.11)]
        return Prop("piano", tuple(parts), words(grand=True, long=long > 0.92))
    depth, shelf = draw.uniform(0.34, 0.42), tall * draw.uniform(0.5, 0.56)
    front = depth / 2
    body = [
        box((0, tall / 2, 0), (width, tall, depth)),
        box((0, tall + 0.02, 0), (width + 0.08, 0.08, depth + 0.07)),
        box((0, shelf - 0.05, front + 0.14), (width, 0.1, 0.3)),
        box((0, 0.05, 0.02), (width + 0.06, 0.1, depth + 0.06)),
    ]
    body += [box((s * (width / 2 - 0.05), shelf, front + 0.14), (0.1, 0.16, 0.3)) for s in (-1, 1)]
    body += [
        box((s * (width / 2 - 0.06), shelf / 2 - 0.05, front + 0.22), (0.1, shelf - 0.05, 0.1)) for s in (-1, 1)
    ]
    parts = [Part("body", tuple(body), wood), *keyboard(shelf + 0.01, front + 0.17)]
    sheet = draw.finish("wax", natural=("white", "tan"), avoid=[wood, ebony], painted=0.0)
    pages = [box((s * 0.13, 0.15, 0), (0.23, 0.3, 0.08)).turned("y", s * 8) for s in (-1, 1)]
    stand = [p.turned("x", -10).moved(0, shelf + 0.1, front + 0.05) for p in pages]
    if draw.chance(0.65):
        parts.append(Part("sheet music", tuple(stand), sheet, mentioned=False))
    pedals = [box((x, 0.1, front + 0.06), (0.08, 0.08, 0.18)) for x in (-0.12, 0.0, 0.12)]
    parts.append(Part("pedals", tuple(pedals), trim, 3))
    if draw.chance(0.4):
        seat = draw.finish("cloth", natural=("red", "black"), avoid=[wood], painted=0.3)
        z, wide = front + 0.55, draw.uniform(0.36, 0.5)
        parts.append(Part("stool seat", (box((0, 0.33, z), (wide, 0.1, 0.26)),), seat))
        legs = [
            box((a * (wide / 2 - 0.05), 0.15, z + b * 0.08), (0.085, 0.3, 0.085)) for a in (-1, 1) for b in (-1, 1)
        ]
        parts.append(Part("stool legs", tuple(legs), wood, mentioned=False))
    return Prop("piano", tuple(parts), words(upright=True, tall=tall > 0.94))
