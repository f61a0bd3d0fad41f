"""Igloos, shipping containers, pallets, slides and mountains, and the table of these and of the city's places."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

import numpy as np

from maquette.training.props._city import lighthouse, market_stall, shop, skyscraper
from maquette.training.props._profiles import cut_out
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, box, ellipsoid, extrude, revolve, rod
from maquette.training.props._words import words


def shipping_container(draw: Draw) -> Prop:
    length, width, height = draw.uniform(0.95, 1.25), draw.uniform(0.42, 0.48), draw.uniform(0.44, 0.52)
    ribs, ajar = draw.integer(6, 8), draw.chance(0.2)
    paint = draw.finish("metal", natural=("red", "blue", "green", "orange", "gray"), painted=0.4)
    deep = replace(paint, rgb=tuple(0.72 * c for c in paint.rgb))  # the same paint in the grooves' shadow
    steel = draw.finish("metal", natural=("gray", "white"), avoid=[paint], painted=0.1)
    dark = draw.finish("metal", natural=("black", "gray"), avoid=[paint, steel], painted=0.0)
    half, x, edge = length / 2, width / 2, 0.085
    hull = box((0, height / 2, 0), (width - 0.05, height - 0.05, length - 0.04))
    posts = [
        box((a * (x - edge / 2), height / 2, b * (half - edge / 2)), (edge, height, edge))
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    beams = [
        box((a * (x - edge / 2), y, 0), (edge, edge, length))
        for a in (-1, 1)
        for y in (edge / 2, height - edge / 2)
    ]
    beams += [
        box((0, y, b * (half - edge / 2)), (width, edge, edge))
        for b in (-1, 1)
        for y in (edge / 2, height - edge / 2)
    ]
    pitch = (length - 2 * edge) / ribs
    slats = [
        box((0, height / 2, (k - (ribs - 1) / 2) * pitch), (width - 0.01, height - 0.08, pitch * 0.6))
        for k in range(ribs)
    ]
    slats += [
        box((0, height - 0.02, (k - (ribs - 1) / 2) * pitch), (width - 0.12, 0.075, pitch * 0.6))
        for k in range(ribs)
    ]
    rails = [
        rod((a * width, 0.07, half + 0.0), (a * width, height - 0.07, half + 0.0), 0.035, segments=8)
        for a in (-0.3, -0.12, 0.12, 0.3)
    ]
    locks = [box((a * width * 0.21, height * 0.42, half + 0.03), (0.15, 0.07, 0.075)) for a in (-1, 1)]
    sign = draw.finish("plastic", natural=("white", "yellow"), avoid=[paint, steel], painted=0.1)
    plate = box(
        (0, height * draw.uniform(0.55, 0.68), -half * 0.2),
        (width + 0.02, height * 0.26, length * draw.uniform(0.2, 0.34)),
    )
    parts = [
        Part("walls", (hull, *posts, *beams), paint),
        Part("ribs", tuple(slats), deep, mentioned=False),
        Part("bars", (*rails, *locks), steel),
    ]
    if ajar:
        leaf = box((width * 0.24, height / 2, 0.03), (width * 0.46, height * 0.92, 0.075))
        open_leaf = leaf.turned("y", draw.uniform(-70, -40)).moved(-x, 0, half)
        gap = box((-width * 0.22, height / 2, half - 0.02), (width * 0.4, height * 0.78, 0.08))
        parts += [
            Part("door", (open_leaf,), paint, mentioned=False),
            Part("opening", (gap,), dark, mentioned=False),
        ]
        parts[2] = Part("bars", (*rails[2:], locks[1]), steel)
    if draw.chance(0.6):
        parts.append(Part("label", (plate,), sign))
    return Prop(
        "shipping_container",
        tuple(parts),
        words(long=length > 2.55 * width, short=length < 2.25 * width, open=ajar),
    )


def pallet(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.85, 1.0), draw.uniform(0.7, 0.9)
    boards, gap = draw.integer(5, 7), draw.uniform(0.3, 0.44)
    block, blocks = draw.uniform(0.1, 0.15), draw.chance(0.6)
    wood = draw.finish("wood", natural=("tan", "tan", "brown"), painted=0.25)
    under = draw.finish("wood", natural=("brown", "tan"), avoid=[wood], painted=0.2)
    thick = 0.065
    pitch = depth / (boards - gap)
    planks = [
        box((0, thick * 2 + block + 0.01, (k - (boards - 1) / 2) * pitch), (width, thick, pitch * (1 - gap)))
        for k in range(boards)
    ]
    xs = (-width / 2 + 0.07, 0.0, width / 2 - 0.07)
    zs = (-depth / 2 + 0.07, 0.0, depth / 2 - 0.07)
    feet = [box((0, thick / 2, z), (width, thick, 0.14)) for z in zs]
    y = thick + block / 2
    if blocks:
        bearers = [box((x, y, z), (0.14, block + 0.01, 0.14)) for x in xs for z in zs]
    else:
        bearers = [box((x, y, 0), (0.12, block + 0.01, depth)) for x in xs]
    parts = [
        Part("planks", (*planks, *feet), wood),
        Part("blocks" if blocks else "beams", tuple(bearers), under, 1 if blocks else 3),
    ]
    nails = draw.finish("metal", natural=("gray", "black"), avoid=[wood, under], painted=0.0)
    parts.append(
        Part(
            "nails",
            tuple(
                box((x, thick * 2.5 + block + 0.01, (k - (boards - 1) / 2) * pitch), (0.056, 0.07, 0.056))
                for k in range(boards)
                for x in xs
            ),
            nails,
            mentioned=False,
        )
    )
    return Prop("pallet", tuple(parts), words(tall=block > 0.135, wide=width > 1.2 * depth))


def slide(draw: Draw) -> Prop:
    height, length = draw.uniform(0.55, 0.7), draw.uniform(0.7, 0.9)
    width, wall = draw.uniform(0.3, 0.36), draw.uniform(0.09, 0.13)
    rungs, wavy = draw.choice([3, 4]), draw.uniform(0.0, 0.07)
    chute = draw.finish("plastic", "metal", natural=("red", "yellow", "blue"), painted=0.4)
    sides = draw.finish("plastic", natural=("yellow", "blue", "red"), avoid=[chute], painted=0.3)
    steel = draw.finish("metal", natural=("gray", "green", "blue"), avoid=[chute, sides], painted=0.3)
    t = np.linspace(0, 1, 11)
    # Steep at first and level at its end, with a wave on the way.
    z = 0.02 + length * t
    y = 0.1 + (height - 0.1) * ((1 + np.cos(pi * t**0.85)) / 2) + wavy * np.sin(2 * pi * t) * t
    over = list(zip(z.tolist(), y.tolist(), strict=True))
    bed = cut_out([*over, *[(a, b - 0.08) for a, b in over[::-1]]], width, 0.08)
    rail = cut_out([*[(a, b + wall) for a, b in over], *[(a, b - 0.08) for a, b in over[::-1]]], 0.075, 0.075)
    back = -0.22
    deck = box((0, height - 0.04, back / 2 + 0.03), (width, 0.08, -back + 0.06))
    x = width / 2
    # A ladder behind, whose poles bend over the deck as a handrail.
    poles = []
    for s in (-1, 1):
        poles += [
            rod((s * x, 0, back - 0.22), (s * x, height, back), 0.046),
            rod((s * x, height - 0.04, back), (s * x, height + 0.24, back), 0.046),
        ]
        poles += [
            rod((s * x, height + 0.24, back), (s * x, height + wall - 0.02, 0.08), 0.046),
            rod((s * x, 0, 0.02), (s * x, height, 0.0), 0.046),
        ]
        poles.append(ellipsoid((s * x, height + 0.24, back), (0.046,) * 3, 10))
    steps = [
        box(
            (0, height * (k + 0.6) / (rungs + 0.4), back - 0.22 * (1 - (k + 0.6) / (rungs + 0.4))),
            (width, 0.08, 0.1),
        )
        for k in range(rungs)
    ]
    end = over[-2][0]
    poles += [rod((s * x * 0.8, 0, end), (s * x * 0.8, 0.1, end), 0.046) for s in (-1, 1)]
    return Prop(
        "slide",
        (
            Part("chute", (bed, deck), chute),
            Part("rails", (rail.moved(x), rail.moved(-x)), sides, 2),
            Part("ladder", (*poles, *steps), steel),
        ),
        words(wavy=wavy > 0.05, tall=height > 0.82 * length, long=length > 1.42 * height),
    )


def mountain(draw: Draw) -> Prop:
    height, radius = draw.uniform(0.6, 0.9), draw.uniform(0.48, 0.56)
    ridges, rough = draw.integer(5, 7), draw.uniform(0.07, 0.13)
    line, peak = draw.uniform(0.55, 0.72), draw.uniform(-0.12, 0.12)
    phases = draw.rng.uniform(0, 2 * pi, 4)
    stone = draw.finish("stone", natural=("gray", "gray", "brown", "tan"), painted=0.25)
    snow = draw.finish("wax", natural=("white",), avoid=[stone], painted=0.06)
    grass = draw.finish("leaf", natural=("green",), avoid=[stone, snow], painted=0.06)

    def flank(low: float, high: float, grown: float, jagged: float) -> Solid:
        """The mountain between two heights (0 to 1), grown outwards a little, its lower edge in teeth."""
        levels = np.linspace(low, high, 9)
        wide = [max(max(float(1 - t), 0.0) ** 1.15, 0.03) * radius + grown for t in levels]
        cone = revolve([(r, float(t)) for r, t in zip(wide, levels, strict=True)], 36)
        x, t, z = cone.vertices.astype(float).T
        angle = np.arctan2(x, z)
        edge = np.clip(1 - (t - low) / (0.3 * (high - low)), 0, 1) * (np.hypot(x, z) > 1e-3)
        t = t + edge * jagged * np.sin(4 * angle + phases[3])
        wave = np.sin(ridges * angle + phases[0] + 3 * t) + 0.6 * np.sin((ridges + 4) * angle + phases[1] - 4 * t)
        out = 1 + rough * wave * np.clip((1 - t) * 4, 0, 1)
        points = np.stack([x * out + peak * t * t, t * height, z * out + 0.6 * peak * np.sin(phases[2]) * t], -1)
        return Solid(points.astype(np.float32), cone.faces, min(radius, height * (high - low)))

    parts = [
        Part("rock", (flank(0.0, 1.0, 0.0, 0.0),), stone, smooth=False),
        Part("snow", (flank(line, 1.02, 0.018, -0.05),), snow, smooth=False),
    ]
    if draw.chance(0.6):
        meadow = flank(0.0, 0.24, 0.035, 0.0)
        parts.append(Part("meadow", (meadow,), grass, smooth=False))
    if draw.chance(0.5):  # a lower summit beside it
        share, side = draw.uniform(0.5, 0.66), draw.choice([-1, 1])
        shift = (side * radius * 0.72, 0.0, draw.uniform(-0.1, 0.25))
        parts = [
            Part(
                p.name,
                (*p.solids, *(s.scaled(share * 0.95, share, share * 0.95).moved(*shift) for s in p.solids)),
                p.finish,
                smooth=False,
            )
            for p in parts
        ]
    return Prop(
        "mountain", tuple(parts), words(tall=height > 1.55 * radius, wide=height < 1.25 * radius, snowy=line < 0.6)
    )


def igloo(draw: Draw) -> Prop:
    radius, rise = draw.uniform(0.42, 0.5), draw.uniform(0.8, 1.0)
    hall, arch = draw.uniform(0.16, 0.26), draw.uniform(0.19, 0.23)
    courses, count = draw.choice([3, 4]), draw.choice([8, 10, 12])
    snow = draw.finish("wax", natural=("white",), painted=0.1)
    r, g, b = snow.rgb
    shade = replace(snow, rgb=(0.82 * r, 0.88 * g, min(0.96 * b, 0.97)))  # the same snow in shadow
    dark = draw.finish("wax", natural=("black",), avoid=[snow], painted=0.0)
    dome = ellipsoid((0, 0, 0), (radius, radius * rise, radius), 24, lowest=0.0)
    z = radius + hall

    def vault(size: float, back: float, front: float) -> Solid:
        outline = [
            (-size, 0),
            (size, 0),
            *((size * cos(t), size * 0.35 + size * sin(t)) for t in np.linspace(0, pi, 11)),
        ]
        return extrude(outline, front - back).moved(0, 0, (front + back) / 2)

    tunnel = [vault(arch, radius * 0.5, z), vault(arch + 0.04, z - 0.1, z)]
    hole = vault(arch * 0.66, z - 0.1, z + 0.02)
    blocks = []
    for row in range(courses):
        t = (row + 0.5) / (courses + 0.45) * pi / 2
        ring_radius = radius * cos(t)
        size = (2 * pi * ring_radius / count * 0.8, radius * rise * 1.2 / courses * 0.72, 0.09)
        for k in range(count):
            a = (k + 0.5 * (row % 2)) * 2 * pi / count
            if cos(a) > 0.6 and row < courses - 1 and ring_radius * abs(sin(a)) < arch * 1.05:
                continue  # the tunnel goes there
            block = (
                box((0, 0, 0), size, (0.9, 1.0))
                .turned("x", -float(np.degrees(t)))
                .turned("y", float(np.degrees(a)))
            )
            inset = 1 - 0.022 / radius
            blocks.append(
                block.moved(
                    inset * ring_radius * sin(a), inset * radius * rise * sin(t), inset * ring_radius * cos(a)
                )
            )
    parts = (
        Part("snow", (dome, *tunnel), snow),
        Part("blocks", tuple(blocks), shade, mentioned=False),
        Part("entrance", (hole,), dark),
    )
    return Prop("igloo", parts, words(tall=rise > 0.95, flat=rise < 0.85))


PLACES = {
    "skyscraper": Category(skyscraper, ("skyscraper", "apartment building", "office building")),
    "shop": Category(shop, ("shop", "store")),
    "market_stall": Category(market_stall, ("market stall", "fruit stand")),
    "lighthouse": Category(lighthouse, ("lighthouse",)),
    "igloo": Category(igloo, ("igloo",)),
    "shipping_container": Category(shipping_container, ("shipping container", "cargo container")),
    "pallet": Category(pallet, ("pallet", "wooden pallet")),
    "slide": Category(slide, ("slide", "playground slide")),
    "mountain": Category(mountain, ("mountain", "snowy mountain")),
}
