"""What holds drinks, soup and flowers."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    cylinder,
    ellipsoid,
    pillow,
    revolve,
    ring,
    rod,
    tube,
    vessel,
)
from maquette.training.props._words import words


def mug(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.3, 0.4), draw.uniform(0.6, 0.95)
    waist, wall = draw.uniform(0.88, 1.1), draw.uniform(0.065, 0.085)
    grip, reach = draw.uniform(0.085, 0.12), draw.uniform(0.2, 0.3)
    body = draw.finish(
        "ceramic", "ceramic", "metal", "wood", natural=("white", "tan", "gray", "brown"), painted=0.75
    )
    shared = draw.chance(0.4)
    handle = body if shared else draw.finish(body.material, avoid=[body])
    shell = vessel([(radius * 0.94, 0), (radius, 0.05), (radius * waist, height)], wall, 0.09, 24)
    middle = radius * (waist + 1) / 2 - wall * 0.4
    curve = [
        [middle + reach * 1.25 * cos(t), height * 0.5 + height * 0.29 * sin(t), 0.0]
        for t in np.linspace(-1.5, 1.5, 11)
    ]
    # The ends run into the wall, whatever its slope.
    curve = [[middle, curve[0][1], 0.0], *curve, [middle, curve[-1][1], 0.0]]
    parts = [Part("body", (shell,), body), Part("handle", (tube(curve, grip / 2),), handle)]
    if shared or draw.chance(0.35):
        stripe = draw.finish(body.material, avoid=[body, handle])
        low, high = (height * 0.34, height * 0.62) if draw.chance(0.6) else (height * 0.08, height * 0.36)

        def side(y: float) -> float:
            return radius * (1 + (waist - 1) * (y - 0.05) / (height - 0.05))

        band = vessel([(side(low) + 0.02, low), (side(high) + 0.02, high)], wall, low + 0.06, 24)
        solid = Solid(band.vertices, band.faces, wall)
        # A sleeve whose floor is the mug's own would show inside: keep it below the drink.
        parts.append(Part("stripe", (solid,), stripe))
    drink = (
        draw.finish("wax", natural=("brown",), avoid=[body], painted=0)
        if body.color != "brown"
        else draw.finish("wax", natural=("white", "black"), painted=0)
    )
    level = height * 0.86
    inside = radius * (1 + (waist - 1) * level / height) - wall * 0.5
    name = {"brown": "coffee", "white": "milk", "black": "coffee"}[drink.color]
    parts.append(Part(name, (cylinder((0, level - 0.13, 0), inside, 0.26, segments=24),), drink))
    return Prop(
        "mug",
        tuple(parts),
        words(tall=height / radius > 2.4, short=height / radius < 1.85, wide=height / radius < 1.85),
    )


def bottle(draw: Draw) -> Prop:
    radius, neck = draw.uniform(0.17, 0.27), draw.uniform(0.06, 0.085)
    shoulder, body_height = draw.uniform(0.08, 0.22), draw.uniform(0.42, 0.6)
    sides = draw.choice([20, 20, 20, 6])
    glass = draw.finish("glass", "glass", "plastic", "ceramic", natural=("green", "teal", "brown"), painted=0.5)
    label = draw.finish("cloth", natural=("white", "tan"), avoid=[glass])
    cap = draw.finish("wood", "metal", natural=("brown", "tan", "gold"), avoid=[glass], painted=0.4)
    top = draw.uniform(0.9, 1.0)
    profile = [(radius * 0.92, 0.0), (radius, 0.04), (radius, body_height)]
    for t in (0.25, 0.5, 0.75, 1.0):  # the shoulder, an S from the body to the neck
        blend = (1 - cos(pi * t)) / 2
        profile.append((radius + (neck - radius) * blend, body_height + shoulder * t))
    profile += [(neck, top - 0.06), (neck * 1.25, top - 0.055), (neck * 1.25, top)]
    low = body_height * draw.uniform(0.15, 0.3)
    high = body_height * draw.uniform(0.7, 0.9)
    wrap = revolve([(radius + 0.017, low), (radius + 0.017, high)], sides)
    cork = cylinder((0, top + 0.03, 0), neck * 0.92, 0.14, 1.12)
    return Prop(
        "bottle",
        (
            Part("body", (revolve(profile, sides),), glass),
            Part("label", (wrap,), label),
            Part("cap" if cap.material == "metal" else "cork", (cork,), cap),
        ),
        words(slim=radius < 0.19, wide=radius > 0.245),
    )


def vase(draw: Draw) -> Prop:
    belly, foot = draw.uniform(0.24, 0.38), draw.uniform(0.14, 0.2)
    neck, lip = draw.uniform(0.14, 0.2), draw.uniform(0.18, 0.28)
    height, where = draw.uniform(0.75, 1.05), draw.uniform(0.35, 0.6)
    body = draw.finish(
        "ceramic", "ceramic", "glass", "stone", "metal", natural=("white", "tan", "teal"), painted=0.8
    )
    knots = [0, 0.05, where, 0.84, 1.0]
    radii = [foot, foot * 1.02, belly, neck, lip]
    ts = np.array(sorted({*np.linspace(0, 1, 15).tolist(), where}))
    # A smooth turn between the knots: raised cosines never overshoot.
    which = np.clip(np.searchsorted(knots, ts, "right") - 1, 0, 3)
    local = (ts - np.array(knots)[which]) / np.diff(knots)[which]
    blend = (1 - np.cos(np.pi * local)) / 2
    girth = np.array(radii)[which] * (1 - blend) + np.array(radii)[which + 1] * blend
    shell = vessel([(float(r), float(t * height)) for r, t in zip(girth, ts, strict=True)], 0.086, 0.09, 24)
    parts = [Part("body", (shell,), body)]
    style = draw.choice(["flowers", "flowers", "bands", "handles"])
    if style == "flowers":
        stems, heads, hearts = [], [], []
        count = draw.choice([3, 4, 5])
        petals = draw.finish("leaf", natural=("red", "yellow", "pink"), avoid=[body], painted=0.6)
        if petals.color == "green":
            petals = draw.finish("leaf", natural=("pink",), painted=0)
        green = draw.finish("leaf", natural=("green",), painted=0)
        yolk = draw.finish("leaf", natural=("yellow", "white"), avoid=[petals], painted=0)
        turn = draw.uniform(0, 6)
        for k in range(count):
            a = turn + 2 * pi * k / count
            out, up = (0.3 if k else 0.05), height + (0.26 if k else 0.42)
            end = (out * cos(a), up, out * sin(a))
            stems.append(rod((0.03 * cos(a), height * 0.7, 0.03 * sin(a)), end, 0.044))
            heads.append(ellipsoid(end, (0.145, 0.1, 0.145), 12))
            hearts.append(ellipsoid((1.15 * end[0], up + 0.075, 1.15 * end[2]), (0.07, 0.07, 0.07), 10))
        parts += [
            Part("flowers", tuple(heads), petals, count),
            Part("stems", tuple(stems), green, mentioned=False),
            Part("centers", tuple(hearts), yolk, mentioned=False),
        ]
    elif style == "bands":
        paint = draw.finish(body.material, avoid=[body])
        hoops = [_girdle(float(np.interp(t, ts, girth)), t * height) for t in (where, 0.2)]
        rim = ring((0, height - 0.01, 0), lip - 0.04, 0.1)
        parts += [Part("bands", tuple(hoops), paint, 2), Part("rim", (rim,), paint, mentioned=False)]
    else:
        metal = draw.finish(body.material, "metal", avoid=[body])
        grip = []
        for s in (1, -1):
            start, end = float(np.interp(where, ts, girth)) - 0.05, neck - 0.03
            ear = [(start, where), (belly + 0.13, 0.66), (belly + 0.12, 0.82), (neck + 0.06, 0.9), (end, 0.88)]
            grip.append(tube([[s * x, y * height, 0] for x, y in ear], 0.042))
        rim = ring((0, height - 0.01, 0), lip - 0.04, 0.1)
        parts += [Part("handles", tuple(grip), metal, 2), Part("rim", (rim,), metal, mentioned=False)]
    return Prop("vase", tuple(parts), words(round=belly > 0.33, slim=belly < 0.27, tall=height / belly > 3.4))


def _girdle(radius: float, y: float) -> Solid:
    """A raised flat ring around a hollow body."""
    return ring((0, 0, 0), radius - 0.015, 0.075).scaled(y=1.2).moved(y=y)


def bowl(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.45, 0.55), draw.uniform(0.28, 0.46)
    wall, foot = draw.uniform(0.065, 0.085), draw.uniform(0.5, 0.62)
    curve = draw.uniform(0.45, 0.75)
    load = draw.choice(["soup", "apples", "oranges", "grapes"])
    body = draw.finish(
        "ceramic", "ceramic", "wood", "metal", natural=("white", "tan", "brown", "gray"), painted=0.7
    )
    color = {
        "soup": ("orange", "green", "red"),
        "apples": ("red", "green"),
        "oranges": ("orange",),
        "grapes": ("purple",),
    }[load]
    food = draw.finish("wax", natural=color, avoid=[body], painted=0)
    if food.color == body.color or food.color not in color:  # every expected colour was taken
        load, food = "milk", draw.finish("wax", natural=("white",), painted=0)
    base = radius * foot
    profile = [(base, 0.0), (base, 0.06)]
    profile += [
        (base + (radius - base) * t**curve, 0.06 + (height - 0.06) * t) for t in (0.12, 0.3, 0.5, 0.75, 1.0)
    ]
    shell = vessel(profile, wall, 0.1, 26)
    parts = [Part("body", (shell,), body)]
    if load in ("soup", "milk"):
        low, high = height - 0.14, height - 0.06  # the surface stays between the two faces of the wall
        radii, ys = [r for r, _ in profile], [y for _, y in profile]
        inner = [(float(np.interp(y, ys, radii)) - wall / 2, y) for y in (low, high)]
        solids = (revolve(inner, 26),)
    else:
        size = 0.1 if load == "grapes" else 0.16
        count = 9 if load == "grapes" else 5
        inner = (radius - wall) - size * 0.9
        spots = [(0.0, size * 0.8, 0.0)]
        spots += [(inner * cos(a), 0, inner * sin(a)) for a in np.arange(count) * 2 * pi / count]
        if load == "grapes":
            spots += [
                (inner * 0.52 * cos(a), size * 0.6, inner * 0.52 * sin(a)) for a in np.arange(5) * 2 * pi / 5
            ]
            spots += [(inner * 0.7 * cos(a), -size * 0.4, inner * 0.7 * sin(a)) for a in np.arange(7) * 2 * pi / 7]
        solids = tuple(ellipsoid((x, height + y - size * 0.1, z), (size, size, size), 12) for x, y, z in spots)
    parts.append(Part(load, solids, food))
    if draw.chance(0.5):
        stripe = draw.finish(body.material, avoid=[body, food])
        parts.append(
            Part("rim", (ring((0, height - 0.02, 0), radius - wall / 2, wall * 1.5, segments=26),), stripe)
        )
    return Prop(
        "bowl", tuple(parts), words(round=True, shallow=height / radius < 0.65, deep=height / radius > 0.85)
    )


def cauldron(draw: Draw) -> Prop:
    radius, tall = draw.uniform(0.4, 0.48), draw.uniform(0.7, 0.95)
    mouth = draw.uniform(0.72, 0.88)
    legs, leg = 3, draw.uniform(0.06, 0.085)
    lift = draw.uniform(0.06, 0.16)
    metal = draw.finish("metal", natural=("black", "gray"), painted=0.35)
    trim = (
        metal if draw.chance(0.3) else draw.finish("metal", natural=("gray", "gold"), avoid=[metal], painted=0.4)
    )
    brew = draw.finish("wax", natural=("green", "purple", "orange", "blue", "red"), avoid=[metal, trim], painted=0)
    height = 2 * radius * tall
    angles = np.radians([-90, -70, -50, -25, 0, 25, 45])
    low, high = -1.0, sin(radians(45))
    profile = [(max(radius * cos(a), 0.0), lift + height * (sin(a) - low) / (high - low)) for a in angles]
    profile = [(0.14 * radius + 0.02, profile[0][1]), *profile[1:-1], (radius * mouth, profile[-1][1])]
    shell = vessel(profile, 0.075, lift + 0.2 * height, 24)
    top = profile[-1][1]
    rim = ring((0, top, 0), radius * mouth - 0.025, 0.12)
    feet = tuple(
        rod(
            (0.62 * radius * sin(a), 0, 0.62 * radius * cos(a)),
            (0.55 * radius * sin(a), lift + 0.3 * height, 0.55 * radius * cos(a)),
            leg * 0.75,
            1.3,
        )
        for a in np.radians([180, 60, -60])
    )
    ears = tuple(ring((s * radius * 0.98, lift + height * 0.68, 0), 0.1, 0.075, "z", 14) for s in (-1, 1))
    surface = cylinder((0, top - 0.1, 0), radius * mouth - 0.04, 0.12, segments=24)
    bubbles = [
        ellipsoid(
            (draw.uniform(0.1, 0.5) * radius * cos(t), top - 0.03, draw.uniform(0.1, 0.5) * radius * sin(t)),
            (0.08, 0.08, 0.08),
            10,
        )
        for t in (0.5, 2.6, 4.6)
    ]
    return Prop(
        "cauldron",
        (
            Part("body", (shell,), metal),
            Part("brew", (surface, *bubbles), brew),
            Part("rim", (rim,), trim),
            Part("legs", feet, trim, legs),
            Part("handles", ears, trim, 2),
        ),
        words(round=tall > 0.8, low=tall < 0.76),
    )


def teapot(draw: Draw) -> Prop:
    radius, tall = draw.uniform(0.34, 0.42), draw.uniform(0.72, 1.0)
    spout, grip = draw.uniform(0.05, 0.065), draw.uniform(0.04, 0.055)
    raised = draw.uniform(0.05, 0.14)
    body = draw.finish("ceramic", "ceramic", "metal", natural=("white", "tan", "gray"), painted=0.8)
    lid = draw.finish(body.material, avoid=[body])
    ends = draw.choice([body, lid])
    h = radius * tall
    belly = ellipsoid((0, h, 0), (radius, h, radius), 24, lowest=-0.86).moved(y=-0.14 * h)
    foot = cylinder((0, 0.03, 0), radius * 0.6, 0.09, segments=24)
    top = 1.86 * h
    cap = ellipsoid((0, top - 0.2 * h, 0), (radius * 0.64, 0.25 * h + 0.03, radius * 0.64), 20, lowest=0.0)
    knob = ellipsoid((0, top + 0.09, 0), (0.07, 0.07, 0.07), 12)
    path = [(0.75, 0.6, 0), (1.1, 0.8, 0), (1.28, 1.25, 0), (1.48, 1.6, raised)]
    pour = tube(
        [[-radius * x, h * y + up, 0] for x, y, up in path], [spout * 1.7, spout * 1.4, spout, spout * 0.9]
    )
    reach = draw.uniform(0.18, 0.26)
    curve = [
        [radius * 0.86 + reach * cos(t), h * 0.9 + h * 0.5 * sin(t), 0.0] for t in np.linspace(-1.75, 1.75, 13)
    ]
    return Prop(
        "teapot",
        (
            Part("body", (belly, foot), body),
            Part("lid", (cap, knob), lid),
            Part("handle", (tube(curve, grip),), ends),
            Part("spout", (pour,), ends),
        ),
        words(round=tall > 0.9, low=tall < 0.8),
    )


def potion(draw: Draw) -> Prop:
    shape = draw.choice(["ball", "cone", "ball", "box"])
    radius, neck = draw.uniform(0.32, 0.4), draw.uniform(0.095, 0.13)
    squash, rise = draw.uniform(0.85, 1.1), draw.uniform(0.16, 0.3)
    liquid = draw.finish("glass", natural=("red", "green", "blue", "purple"), painted=0.3)
    glass = draw.finish("glass", natural=("white", "teal"), avoid=[liquid], painted=0)
    stopper = draw.finish("wood", natural=("brown", "tan"), avoid=[liquid, glass], painted=0.25)
    collar = draw.finish("metal", natural=("gold", "gray"), avoid=[liquid, glass, stopper], painted=0.2)
    if shape == "ball":
        high = 2 * radius * squash
        flask = ellipsoid((0, high / 2 - 0.06 * high, 0), (radius, high / 2, radius), 24, lowest=-0.88)
        top = high * 0.94 - 0.03
    elif shape == "cone":
        high = 1.7 * radius * squash
        flask = revolve([(radius, 0), (radius * 1.06, 0.06), (radius, 0.14), (neck, high)], 24)
        top = high - 0.02
    else:
        high = 1.6 * radius * squash
        flask = pillow((0, high / 2, 0), (2 * radius * 0.9, high, 2 * radius * 0.9), 0.25)
        top = high - 0.03
    tube_ = cylinder((0, top + rise / 2, 0), neck, rise + 0.06, segments=18)
    lip = ring((0, top + rise, 0), neck, 0.085, segments=18)
    cork = cylinder((0, top + rise + 0.07, 0), neck * 0.85, 0.2, 1.2)
    tie = ring((0, top + 0.035, 0), neck + 0.02, 0.1, segments=18)
    return Prop(
        "potion",
        (
            Part("liquid", (flask,), liquid),
            Part("neck", (tube_, lip), glass),
            Part("cork", (cork,), stopper),
            Part("collar", (tie,), collar),
        ),
        words(round=shape == "ball", square=shape == "box"),
    )
