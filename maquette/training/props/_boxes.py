"""Chests, crates, barrels, buckets and baskets."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    arc,
    box,
    cylinder,
    ellipsoid,
    extrude,
    pillow,
    revolve,
    ring,
    tube,
    vessel,
)
from maquette.training.props._words import words


def chest(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(0.85, 1.15), draw.uniform(0.55, 0.72), draw.uniform(0.34, 0.5)
    rise = draw.uniform(0.16, 0.34)
    strap = draw.uniform(0.09, 0.14)
    opened = draw.chance(0.35)
    wood = draw.finish("wood", "wood", "wood", "metal", natural=("brown", "tan"), painted=0.45)
    metal = draw.finish("metal", natural=("gold", "gray"), avoid=[wood], painted=0.4)
    lid = wood if draw.chance(0.6) else draw.finish("wood", natural=("brown",), avoid=[wood, metal])
    lock = (
        metal
        if draw.chance(0.5)
        else draw.finish("metal", natural=("gold", "gray"), avoid=[wood, metal], painted=0.2)
    )
    places = draw.choice([(-0.36, 0.36), (-0.3, 0.3), (-0.44, 0, 0.44)])
    grow = 0.042  # the straps stand out from the lid, the lid from the box

    def half(extra: float, across: float, x: float) -> Solid:
        """A slice of the lid: half an ellipse over the box, `extra` thicker."""
        curve = [
            ((depth / 2 + extra) * cos(radians(a)), (rise + extra) * sin(radians(a))) for a in range(0, 181, 15)
        ]
        slice_ = extrude([(depth / 2 + extra, -0.05), *curve, (-depth / 2 - extra, -0.05)], across)
        closed = slice_.turned("y", 90).moved(x, 0, depth / 2)
        return closed.turned("x", -75 if opened else 0).moved(0, height + 0.035, -depth / 2)

    straps = [box((f * width, height / 2, 0), (strap, height + 2 * grow, depth + 2 * grow)) for f in places]
    straps += [half(grow, strap, f * width) for f in places]
    gold = ellipsoid((0, height - 0.05, 0), (width * 0.43, draw.uniform(0.16, 0.24), depth * 0.42), lowest=0.0)
    latch = box((0, height - 0.03, depth / 2 + 0.035), (0.17, 0.2, 0.12))
    parts = [
        Part("body", (box((0, height / 2, 0), (width, height, depth)),), wood),
        Part("bands", tuple(straps), metal, len(places)),
        Part("lid", (half(0.018, width + 0.036, 0),), lid),
        Part("lock", (latch,), lock),
    ]
    if opened:
        treasure = draw.finish("metal", natural=("gold",), painted=0)
        spots = [(x, z) for x in (-0.26, 0.0, 0.26) for z in (-0.2, 0.16)]
        coins = [
            ellipsoid((x * width, height + 0.06 + 0.05 * (abs(x) < 0.1), z * depth), (0.1, 0.06, 0.1), 10)
            for x, z in spots
        ]
        parts.insert(1, Part("gold coins", (gold, *coins), treasure))
    return Prop("chest", tuple(parts), words(open=opened, wide=width > 1.08, tall=height + rise > 0.76))


def crate(draw: Draw) -> Prop:
    width, height = draw.uniform(0.75, 1.1), draw.uniform(0.65, 1.0)
    depth = width * draw.uniform(0.85, 1.0)
    beam = draw.uniform(0.08, 0.125)
    proud = draw.uniform(0.025, 0.05)
    style = draw.choice(["cross", "slash", "plain", "slats"])
    body = draw.finish("wood", "wood", "wood", "metal", natural=("brown", "tan"))
    frame = draw.finish("wood", "wood", "metal", natural=("brown", "tan"), avoid=[body])
    w, h, d = width / 2 - beam / 2, height / 2 - beam / 2, depth / 2 - beam / 2
    solids = []
    for a in (-1, 1):
        for b in (-1, 1):
            solids += [
                box((0, a * h, b * d), (width, beam, beam)),
                box((a * w, 0, b * d), (beam, height, beam)),
                box((a * w, b * h, 0), (beam, beam, depth)),
            ]

    def brace(long: float, tilt: int) -> Solid:
        """A diagonal across a face of the given width, in the xy plane."""
        across, up = long - beam, height - beam
        angle = float(np.degrees(np.arctan2(up, across)))
        return box((0, 0, 0), (float(np.hypot(across, up)), beam * 0.9, beam)).turned("z", tilt * angle)

    tilts = {"cross": (-1, 1), "slash": (1,), "plain": (), "slats": ()}[style]
    for tilt in tilts:
        for s in (-1, 1):
            solids.append(brace(width, tilt).moved(0, 0, s * (d - 0.004)))
            solids.append(brace(depth, tilt).turned("y", 90).moved(s * (w - 0.004), 0, 0))
    if style == "slats":
        for s in (-1, 1):
            solids.append(box((0, 0, s * (d - 0.004)), (width - 0.05, beam, beam)))
            solids.append(box((s * (w - 0.004), 0, 0), (beam, beam, depth - 0.05)))
    core = box((0, 0, 0), (width - 2 * proud, height - 2 * proud, depth - 2 * proud))
    return Prop(
        "crate",
        (Part("body", (core,), body), Part("frame", tuple(solids), frame)),
        words(tall=height / width > 1.05, low=height / width < 0.72, square=abs(height / width - 1) < 0.05),
    )


def barrel(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.3, 0.42), draw.uniform(0.85, 1.15)
    bulge = draw.uniform(1.12, 1.34)
    count = draw.choice([2, 2, 3, 4])
    hoop = draw.uniform(0.075, 0.115)
    wood = draw.finish("wood", "wood", "wood", "metal", natural=("brown", "tan"), painted=0.5)
    bands = draw.finish("metal", natural=("gray", "gold", "black"), avoid=[wood], painted=0.4)
    lid = draw.finish("wood", natural=("tan", "brown"), avoid=[wood, bands], painted=0.3)

    def girth(t: float) -> float:
        return radius * (1 + (bulge - 1) * (1 - (2 * t - 1) ** 2))

    outside = [(girth(t), height * t) for t in np.linspace(0, 1, 9)]
    body = vessel(outside, 0.085, height - 0.07, 18)
    rows = {2: (0.22, 0.78), 3: (0.12, 0.5, 0.88), 4: (0.1, 0.32, 0.68, 0.9)}[count]
    hoops = tuple(_hoop(girth(t - 0.04) + 0.022, girth(t + 0.04) + 0.022, height * t, hoop) for t in rows)
    top = cylinder((0, height - 0.07, 0), radius - 0.06, 0.08, segments=18)
    return Prop(
        "barrel",
        (Part("body", (body,), wood), Part("bands", hoops, bands, count), Part("lid", (top,), lid)),
        words(
            tall=height / (radius * bulge) > 2.8,
            short=height / (radius * bulge) < 2.15,
            slim=height / (radius * bulge) > 2.8,
        ),
    )


def _hoop(low: float, high: float, y: float, height: float) -> Solid:
    """A flat band around a solid body; what is inside the body is never seen."""
    return revolve([(low, y - height / 2), (high, y + height / 2)], 18, height)


def bucket(draw: Draw) -> Prop:
    bottom, flare = draw.uniform(0.26, 0.34), draw.uniform(1.15, 1.45)
    height, wall = draw.uniform(0.5, 0.75), draw.uniform(0.07, 0.09)
    grip = draw.uniform(0.065, 0.085)
    top = bottom * flare
    lift = draw.uniform(0.75, 1.15)
    body = draw.finish("wood", "metal", "metal", "plastic", natural=("brown", "gray", "tan"))
    bail = draw.finish("metal", "wood", natural=("gray", "black"), avoid=[body])
    rim = bail if draw.chance(0.5) else draw.finish("metal", natural=("gray",), avoid=[body, bail])
    shell = vessel([(bottom, 0), (top, height)], wall, 0.1, 22)
    handle = tube(_scaled(arc((0, height - 0.05, 0), top - 0.005, 0, 180, 15), lift, height - 0.05), grip / 2)
    parts = [
        Part("body", (shell,), body),
        Part("handle", (handle,), bail),
        Part("rim", (ring((0, height - 0.01, 0), top - 0.02, wall * 1.25),), rim),
    ]
    filled = draw.chance(0.5)
    if filled:
        level = height * draw.uniform(0.7, 0.85)
        inside = bottom + (top - bottom) * level / height - wall / 2
        water = draw.finish("glass", natural=("blue", "teal"), painted=0, avoid=[body])
        parts.append(Part("water", (cylinder((0, level - 0.06, 0), inside, 0.12, segments=22),), water))
    return Prop("bucket", tuple(parts), words(tall=height / top > 1.9, short=height / top < 1.35))


def _scaled(path: list[list[float]], factor: float, base: float) -> list[list[float]]:
    """The path stretched upwards from a height."""
    return [[x, base + (y - base) * factor, z] for x, y, z in path]


def basket(draw: Draw) -> Prop:
    rows, coil = draw.choice([3, 4, 5]), draw.uniform(0.1, 0.13)
    bottom, flare = draw.uniform(0.32, 0.4), draw.uniform(1.1, 1.4)
    oval = draw.uniform(0.72, 1.0)
    lift = draw.uniform(0.9, 1.25)
    straw = draw.finish("wood", natural=("tan", "brown"), painted=0.3)
    handle = (
        straw if draw.chance(0.4) else draw.finish("wood", natural=("brown", "tan"), avoid=[straw], painted=0.4)
    )
    load = draw.choice(["apples", "eggs", "bread", "flowers"])
    colors = {
        "apples": ("red", "green"),
        "eggs": ("white",),
        "bread": ("orange",),
        "flowers": ("pink", "yellow", "purple"),
    }
    fruit = draw.finish("wax", natural=colors[load], avoid=[straw, handle], painted=0)
    height = rows * coil
    profile = []
    for k in range(rows):
        r = bottom * (1 + (flare - 1) * (k + 0.5) / rows)
        profile += [
            (r - 0.03, k * coil + 0.004),
            (r + 0.02, k * coil + coil * 0.3),
            (r + 0.02, k * coil + coil * 0.7),
        ]
    profile.append((bottom * flare - 0.03, height))
    body = vessel(profile, 0.09, coil * 0.8, 22).scaled(z=oval)
    top = bottom * flare
    bow = tube(_scaled(arc((0, height - 0.08, 0), top - 0.04, 0, 180, 15), lift, height - 0.08), 0.05)
    rim = ring((0, height - 0.01, 0), top - 0.05, 0.11).scaled(z=oval)
    size = {"apples": 0.15, "eggs": 0.12, "bread": 0.13, "flowers": 0.13}[load]
    heap = [(0.0, 0.06, 0.0)] + [(0.58 * cos(a), 0, 0.58 * sin(a)) for a in np.arange(6) * pi / 3 + 0.3]
    inner = top - 0.12
    if load == "bread":
        solids = tuple(
            pillow((0, 0, 0), (0.5, 0.2, 0.19), 0.6).turned("z", 12).turned("y", a).moved(0, height + 0.04, z)
            for a, z in ((20, -0.12), (-10, 0.1))
        )
    else:
        tall = 1.25 if load == "eggs" else 1.0
        solids = tuple(
            ellipsoid((x * inner, height - 0.01 + y, z * inner * oval), (size, size * tall, size), 12)
            for x, y, z in heap
        )
    return Prop(
        "basket",
        (Part("body", (body, rim), straw), Part(load, solids, fruit), Part("handle", (bow,), handle)),
        words(round=oval > 0.93, low=rows == 3, tall=rows == 5),
    )
