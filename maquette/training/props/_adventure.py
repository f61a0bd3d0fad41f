"""Staffs, daggers, crossbows and bombs: upright or level, the flat side to the front, a muzzle to the right."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, revolve, ring, rod, tube
from maquette.training.props._words import words


def staff(draw: Draw) -> Prop:
    style = draw.choice(["claw", "crook", "crook", "moon"])
    height, thick = draw.uniform(0.85, 1.0), draw.uniform(0.042, 0.052)
    orb, reach = draw.uniform(0.1, 0.125), draw.uniform(0.17, 0.21)
    bend = draw.uniform(-0.03, 0.03)
    wood = draw.finish("wood", natural=("brown", "brown", "tan"), painted=0.25)
    gem = draw.finish("glass", natural=("blue", "purple", "teal", "red", "green"), avoid=[wood], painted=0.2)
    metal = draw.finish("metal", natural=("gold", "gray"), avoid=[wood, gem], painted=0.15)
    shaft = tube(
        [[0, 0, 0], [bend, height * 0.35, 0], [-bend, height * 0.7, 0], [0, height, 0]],
        [thick * 0.9, thick, thick * 1.05, thick * 1.25], 10,
    )  # fmt: skip
    y = height + reach * 0.9
    jewel: Solid = ellipsoid((0, y, 0), (orb, orb, orb), 16)
    faceted = draw.chance(0.35)
    if faceted:
        jewel = revolve(
            [(0.0, y - orb * 1.3), (orb, y - orb * 0.3), (orb, y + orb * 0.3), (0.0, y + orb * 1.5)], 6, 2 * orb
        )
    head: list[Solid] = []
    trim: list[Solid] = [cylinder((0, height * at, 0), thick * 1.5, 0.085, segments=14) for at in (0.93, 0.55)]
    trim.append(cylinder((0, 0.05, 0), thick * 1.35, 0.1, segments=12))
    if style == "crook":  # the wood curls around the orb
        turns = np.linspace(-0.5 * pi, 1.15 * pi, 14)
        side = draw.choice([-1, 1])
        curl = [[0, height - 0.04, 0], *([side * -reach * cos(t), y + reach * sin(t), 0] for t in turns)]
        head.append(tube(curl, np.linspace(thick * 1.25, 0.04, len(curl)).tolist(), 10))
    elif style == "claw":  # three prongs hold it
        for k in range(4):
            path = [
                [0, height - 0.03, 0],
                [reach * 0.85, y - orb * 0.7, 0],
                [reach, y + 0.02, 0],
                [reach * 0.7, y + orb * 1.25, 0],
            ]
            head.append(tube(path, [thick, 0.05, 0.046, 0.04], 8).turned("y", 45 + 90 * k))
    else:  # a crescent, its horns upwards
        outer = [(1.15 * reach * cos(t), y + 1.15 * reach * sin(t)) for t in np.linspace(0.75 * pi, 2.25 * pi, 15)]
        inner = [
            (0.8 * reach * cos(t), y + 0.05 + 0.8 * reach * sin(t)) for t in np.linspace(2.2 * pi, 0.8 * pi, 13)
        ]
        trim.append(extrude([*outer, *inner], 0.1, 0.08))
    parts = [
        Part("shaft", (shaft, *head), wood),
        Part("crystal" if faceted else "orb", (jewel,), gem, smooth=not faceted),
    ]
    parts.append(Part("crescent" if style == "moon" else "bands", tuple(trim), metal))
    if draw.chance(0.3):
        ribbon = draw.finish("cloth", natural=("red", "white", "purple"), avoid=[wood, gem, metal])
        parts.append(
            Part("wrap", (rod((0, height * 0.6, 0), (0, height * 0.78, 0), thick * 1.35, segments=12),), ribbon)
        )
    return Prop("staff", tuple(parts), words(tall=height > 0.97, curled=style == "crook"))


def dagger(draw: Draw) -> Prop:
    length, width = draw.uniform(0.5, 0.62), draw.uniform(0.16, 0.22)
    grip, guard = draw.uniform(0.22, 0.28), draw.uniform(0.36, 0.46)
    style, depth = draw.choice(["straight", "straight", "wavy", "curved"]), draw.uniform(0.08, 0.095)
    curl, jewelled = draw.uniform(-0.05, 0.07), draw.chance(0.5)
    steel = draw.finish("metal", natural=("gray",), painted=0.25)
    gold = draw.finish("metal", natural=("gold", "gray", "black"), avoid=[steel], painted=0.3)
    wrap = draw.finish("cloth", "wood", natural=("brown", "black", "red"), avoid=[steel, gold], painted=0.4)
    base = grip + 0.11
    ts = np.linspace(0, 1, 13)
    half = [width / 2 * (1 - t**2.2) for t in ts.tolist()]
    swing = {"straight": 0.0, "wavy": 0.035, "curved": 0.0}[style]
    drift = [
        swing * sin(3 * pi * t) * (1 - t * 0.5) + (0.15 * t * t if style == "curved" else 0.0) for t in ts.tolist()
    ]
    ys = [base + length * t for t in ts.tolist()]
    right = [(d + h, y) for d, h, y in zip(drift, half, ys, strict=True)]
    left = [(d - h, y) for d, h, y in zip(drift, half, ys, strict=True)]
    blade = extrude([*right, *left[-2::-1]], depth)
    fuller = extrude(
        [
            (-0.03, base),
            (0.03, base),
            (0.03 + drift[6], base + length * 0.5),
            (drift[6] - 0.03, base + length * 0.5),
        ],
        depth + 0.04,
        0.06,
    )
    arms = tube(
        [
            [-guard / 2, base + curl, 0],
            [-guard * 0.3, base, 0],
            [0, base - 0.01, 0],
            [guard * 0.3, base, 0],
            [guard / 2, base + curl, 0],
        ],
        0.05,
        10,
    )
    tips = [ellipsoid((s * guard / 2, base + curl, 0), (0.062, 0.062, 0.062), 10) for s in (-1, 1)]
    pommel = ellipsoid((0, 0.05, 0), (0.09, 0.075, 0.08), 14)
    hilt = rod((0, 0.08, 0), (0, base, 0), 0.062, 0.95, 12)
    rings = [ring((0, 0.12 + grip * at, 0), 0.055, 0.055) for at in (0.25, 0.65)]
    parts = [
        Part("blade", (blade,), steel),
        Part("guard", (arms, *tips, pommel, *rings), gold),
        Part("grip", (hilt,), wrap),
    ]
    if jewelled:
        gem = draw.finish(
            "glass", natural=("red", "blue", "green", "purple"), avoid=[steel, gold, wrap], painted=0.1
        )
        parts.append(
            Part(
                "jewel",
                (
                    ellipsoid((0, base, 0), (0.065, 0.065, 0.095), 10),
                    ellipsoid((0, 0.03, 0), (0.05, 0.06, 0.1), 10),
                ),
                gem,
            )
        )
    else:
        parts.append(Part("groove", (fuller,), gold, mentioned=False))
    return Prop(
        "dagger",
        tuple(parts),
        words(wavy=style == "wavy", curved=style == "curved", wide=width > 0.21, narrow=width < 0.175),
    )


def crossbow(draw: Draw) -> Prop:
    length, span = draw.uniform(0.9, 1.05), draw.uniform(0.42, 0.52)
    bend, thick = draw.uniform(0.16, 0.26), draw.uniform(0.05, 0.06)
    cocked, butt = draw.chance(0.6), draw.uniform(0.16, 0.22)
    wood = draw.finish("wood", natural=("brown", "tan"), painted=0.3)
    limb = draw.finish("metal", "wood", natural=("gray", "black", "brown"), avoid=[wood], painted=0.3)
    cord = draw.finish("wax", natural=("white", "tan"), avoid=[wood, limb], painted=0.1)
    steel = draw.finish("metal", natural=("gray", "gold", "black"), avoid=[wood, limb], painted=0.1)
    y = 0.34
    stock = extrude(
        [(0, y + 0.02), (0, y - butt), (0.1, y - butt + 0.02), (0.28, y - 0.1), (length, y - 0.08),
         (length, y + 0.04),
         (0.3, y + 0.04)], 0.13, 0.1,
    )  # fmt: skip
    front = length - 0.08
    # The limbs lie level and bend back from the front.
    ts = np.linspace(-1, 1, 13).tolist()
    path = [[front - bend * abs(t) ** 1.7, y, span * t] for t in ts]
    arms = tube(path, [thick * (1 - 0.25 * abs(t)) for t in ts], 10)
    catch = length * 0.42 if cocked else front - bend - 0.02
    ends = [(front - bend, y + 0.01, s * span) for s in (-1, 1)]
    string = [rod(end, (catch, y + 0.07, 0), 0.036, segments=8) for end in ends]
    string += [ellipsoid(end, (0.05,) * 3, 10) for end in ends]
    mount = [box((front, y, 0), (0.1, 0.17, 0.17)), box((length * 0.42, y + 0.05, 0), (0.1, 0.1, 0.1))]
    trigger = [rod((length * 0.36, y - 0.06, 0), (length * 0.3, y - 0.24, 0), 0.038, segments=8)]
    stirrup = ring((0, 0, 0), 0.1, 0.07, "y", 16).moved(length + 0.08, y - 0.01, 0)
    parts = [Part("stock", (stock,), wood), Part("limbs", (arms,), limb, 2), Part("string", tuple(string), cord)]
    parts.append(Part("fittings", (*mount, *trigger, stirrup), steel, mentioned=False))
    if cocked:
        red = draw.finish("wax", natural=("red", "white", "black"), avoid=[wood, cord], painted=0.2)
        head = rod((length + 0.04, y + 0.09, 0), (length + 0.22, y + 0.09, 0), 0.07, 0.12, 8)
        bolt = [
            rod((catch, y + 0.09, 0), (length + 0.06, y + 0.09, 0), 0.04),
            Solid(head.vertices, head.faces, 0.08),
        ]
        bolt += [box((catch + 0.12, y + 0.09, 0), size) for size in ((0.16, 0.16, 0.075), (0.16, 0.075, 0.16))]
        parts.append(Part("bolt", tuple(bolt), red))
    # Drawn flat: what is its upper side when it is held faces the front.
    parts = [replace(part, solids=tuple(s.turned("x", 90) for s in part.solids)) for part in parts]
    return Prop("crossbow", tuple(parts), words(wide=span > 0.5, long=length > 1.01, loaded=cocked))


def bomb(draw: Draw) -> Prop:
    style = draw.choice(["round", "round", "round", "round", "finned"])
    radius, neck = draw.uniform(0.38, 0.44), draw.uniform(0.13, 0.17)
    wick, bend = draw.uniform(0.16, 0.26), draw.uniform(0.06, 0.2)
    thick = draw.uniform(0.042, 0.052)
    lit = draw.chance(0.65)
    shell = draw.finish(
        "metal", natural=("black",) if style == "round" else ("green", "gray", "black"), painted=0.15
    )
    cap = draw.finish("metal", natural=("gray", "gold", "red"), avoid=[shell], painted=0.15)
    fuse = draw.finish("wax", natural=("tan", "white", "brown"), avoid=[shell, cap], painted=0.05)
    if style == "finned":  # an aerial bomb that stands on its nose
        tall, wide = draw.uniform(0.62, 0.74), radius * 0.56
        profile = [
            (0.03, 0.0),
            (wide * 0.6, tall * 0.12),
            (wide, tall * 0.38),
            (wide * 0.95, tall * 0.62),
            (wide * 0.45, tall),
            (wide * 0.4, tall + 0.14),
        ]
        body = revolve(profile, 20, 2 * wide)
        fin = extrude(
            [(0, tall * 0.7), (wide * 1.15, tall + 0.02), (wide * 1.15, tall + 0.26), (0, tall + 0.14)], 0.085
        )
        fins = [fin.turned("y", a + 45) for a in (0, 90, 180, 270)]
        low = draw.uniform(0.5, 0.6) * tall
        band = cylinder((0, low, 0), wide * 1.02, 0.09, segments=20)
        stripe = draw.finish("metal", natural=("yellow", "red"), avoid=[shell, cap], painted=0.1)
        parts = [Part("shell", (body,), shell), Part("fins", tuple(fins), cap, 4), Part("stripe", (band,), stripe)]
        return Prop("bomb", tuple(parts), words(aerial=True, tall=tall > 0.7))
    ball = ellipsoid((0, radius, 0), (radius, radius, radius), 24)
    lean = draw.choice([-1, 1]) * draw.uniform(0, 28)
    collar = cylinder((0, radius * 0.98 + 0.06, 0), neck, 0.14, 0.94, 18)
    top = radius + 0.1
    path = [[0, top, 0], [0, top + wick * 0.6, 0], [bend * 0.6, top + wick, 0], [bend * 1.4, top + wick * 1.08, 0]]
    cord = tube(path, thick, 8)
    tip = path[-1]

    def placed(solid: Solid) -> Solid:
        return solid.turned("z", lean).moved(0, radius, 0)

    parts = [
        Part("shell", (ball,), shell),
        Part("cap", (placed(collar),), cap),
        Part("fuse", (placed(cord),), fuse),
    ]
    if lit:
        fire = draw.finish("wax", natural=("orange", "yellow", "red"), avoid=[shell, cap, fuse], painted=0.0)
        points = [
            ((0.14 if k % 2 == 0 else 0.065) * sin(k * pi / 5), (0.14 if k % 2 == 0 else 0.065) * cos(k * pi / 5))
            for k in range(10)
        ]
        flat = extrude(points, 0.085)
        parts.append(
            Part("spark", tuple(placed(s.moved(*tip)) for s in (flat, flat.turned("y", 90))), fire, smooth=False)
        )
    if draw.chance(0.3):
        white = draw.finish("wax", natural=("white",), avoid=[shell, cap], painted=0.0)
        z = radius * 0.86
        skull = [
            ellipsoid((0, radius + 0.03, z), (0.16, 0.14, 0.09), 14),
            box((0, radius - 0.12, z + 0.01), (0.15, 0.1, 0.12)),
        ]
        holes = [ellipsoid((s * 0.065, radius + 0.02, z + 0.085), (0.04, 0.046, 0.036), 10) for s in (-1, 1)]
        parts.append(Part("skull", tuple(skull), white))
        parts.append(Part("sockets", tuple(holes), shell, mentioned=False))
    return Prop("bomb", tuple(parts), words(round=True, lit=lit))


ADVENTURE = {
    "staff": Category(staff, ("wizard staff", "staff", "magic staff")),
    "dagger": Category(dagger, ("dagger", "dirk")),
    "crossbow": Category(crossbow, ("crossbow",)),
    "bomb": Category(bomb, ("bomb",)),
}
