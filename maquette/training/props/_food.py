"""What is cooked and baked. The substance "wax" stands for all that is soft to bite."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np

from maquette.training.props._fruit import apple, carrot, pear
from maquette.training.props._profiles import cut_out
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, revolve, ring, tube
from maquette.training.props._words import words


def disc(radius: float, low: float, high: float, segments: int = 24) -> Solid:
    """A flat cylinder whose edge is rounded, between two heights."""
    half = (high - low) / 2
    edge = [
        (radius - half + half * cos(t), (low + high) / 2 + half * sin(t)) for t in np.linspace(-pi / 2, pi / 2, 7)
    ]
    return revolve(edge, segments, high - low)


def burger(draw: Draw) -> Prop:
    radius, dome = 0.5, draw.uniform(0.24, 0.42)
    meat, heel = draw.uniform(0.11, 0.17), draw.uniform(0.12, 0.18)
    bun = draw.finish("wax", natural=("gold", "gold", "tan"), painted=0.15)
    patty = draw.finish("wax", natural=("brown",), avoid=[bun], painted=0.1)
    cheese = draw.finish("wax", natural=("yellow",), avoid=[bun, patty], painted=0.1)
    lettuce = draw.finish("leaf", natural=("green",), avoid=[bun, patty, cheese], painted=0.1)
    tomato = draw.finish("wax", natural=("red",), avoid=[bun, patty, cheese, lettuce], painted=0.1)
    leaf = disc(radius * 1.08, heel, heel + 0.085, 48)
    angle = np.arctan2(leaf.vertices[:, 0], leaf.vertices[:, 2])
    far = np.hypot(leaf.vertices[:, 0], leaf.vertices[:, 2]) / radius
    wave = np.sin(draw.integer(8, 11) * angle) * far**3
    frill = np.stack([1 + 0.05 * wave, np.ones_like(wave), 1 + 0.05 * wave], -1)
    frilled = leaf.vertices * frill + np.stack([wave * 0, wave * 0.035, wave * 0], -1)
    salad = Solid(frilled.astype(np.float32), leaf.faces, 0.08)
    y, patties, slices = heel + 0.08, [], []
    turn = draw.uniform(20, 70)
    for _ in range(draw.choice([1, 1, 2])):
        patties.append(disc(radius * 1.03, y, y + meat))
        y += meat
        slices.append(box((0, y + 0.015, 0), (radius * 1.44, 0.07, radius * 1.44)).turned("y", turn + 45))
        # The corners hang down over the meat.
        corner = extrude([(-0.21, 0.045), (0.21, 0.045), (0, -0.15)], 0.075).moved(0, y, radius + 0.02)
        slices += [corner.turned("y", turn + 90 * k) for k in range(4)]
        y += 0.045
    parts = [Part("patty" if len(patties) == 1 else "patties", tuple(patties), patty, len(patties))]
    parts += [Part("cheese", tuple(slices), cheese), Part("lettuce", (salad,), lettuce)]
    if draw.chance(0.6):
        parts.append(Part("tomato", (disc(radius * 1.0, y, y + 0.085),), tomato))
        y += 0.08
    crown = revolve(
        [(radius * 0.9, y), (radius, y + 0.05)]
        + [(radius * cos(t), y + 0.05 + dome * sin(t)) for t in np.linspace(0.1, pi / 2, 8)],
        24,
    )
    parts.insert(0, Part("bun", (crown, disc(radius * 0.98, 0, heel + 0.02)), bun))
    if draw.chance(0.6):
        seed = draw.finish("wax", natural=("white",), avoid=[bun], painted=0.0)
        places = (
            [(1.5, 0.0)] + [(1.0, k * pi / 2.5 + 0.3) for k in range(5)] + [(0.6, k * pi / 4) for k in range(8)]
        )
        grains = tuple(
            ellipsoid(
                (radius * cos(t) * sin(a), y + 0.05 + dome * sin(t), radius * cos(t) * cos(a)),
                (0.048, 0.038, 0.048),
                8,
            )
            for t, a in places
        )
        parts.append(Part("seeds", grains, seed))
    return Prop("burger", tuple(parts), words(tall=y + dome > 0.98, flat=y + dome < 0.74))


def cake(draw: Draw) -> Prop:
    radius, height = 0.5, draw.uniform(0.3, 0.46)
    tiers, candles = draw.choice([1, 1, 2]), draw.integer(3, 6)
    wick = draw.uniform(0.2, 0.28)
    sponge = draw.finish("wax", natural=("brown", "tan", "pink", "yellow"), painted=0.25)
    icing = draw.finish("wax", natural=("white", "pink", "brown"), avoid=[sponge], painted=0.3)
    stick = draw.finish("wax", natural=("red", "blue", "yellow", "pink"), avoid=[sponge, icing], painted=0.4)
    flame = draw.finish("wax", natural=("yellow", "orange"), avoid=[icing, stick], painted=0.0)
    layers, glaze, floor = [], [], 0.0
    for tier in range(tiers):
        r, tall = radius * 0.62**tier, height * 0.9**tier
        layers.append(cylinder((0, floor + tall / 2, 0), r, tall, segments=28))
        glaze.append(disc(r + 0.035, floor + tall - 0.06, floor + tall + 0.04, 28))
        drips = 12 if tier == 0 else 8
        for k in range(drips):
            a, long = 2 * pi * k / drips, tall * draw.uniform(0.2, 0.6)
            x, z, top = (r + 0.005) * sin(a), (r + 0.005) * cos(a), floor + tall
            glaze.append(tube([[x, top, z], [x, top - long, z]], 0.05, 10))
            glaze.append(ellipsoid((x, top - long, z), (0.05, 0.05, 0.05), 10))
        floor += tall + 0.02
    r = radius * 0.62 ** (tiers - 1)
    turn = draw.uniform(0, 2 * pi)
    spots = [
        (r * 0.62 * sin(turn + 2 * pi * k / candles), r * 0.62 * cos(turn + 2 * pi * k / candles))
        for k in range(candles)
    ]
    sticks = tuple(cylinder((x, floor + wick / 2, z), 0.042, wick, segments=10) for x, z in spots)
    flames = tuple(ellipsoid((x, floor + wick + 0.055, z), (0.045, 0.075, 0.045), 10) for x, z in spots)
    parts = [
        Part("cake", tuple(layers), sponge),
        Part("icing", tuple(glaze), icing),
        Part("candles", sticks, stick, candles),
        Part("flames", flames, flame, mentioned=False),
    ]
    extra = draw.choice(["cherries", "cream", "plate"])
    if extra == "plate":
        plate = draw.finish("ceramic", natural=("white", "blue"), avoid=[sponge, icing], painted=0.4)
        parts.append(Part("plate", (disc(radius * 1.32, -0.07, 0.01, 28),), plate))
    else:
        natural = ("red",) if extra == "cherries" else ("white",)
        berry = draw.finish("wax", natural=natural, avoid=[sponge, icing], painted=0.1)
        y = height + 0.06 if extra == "cherries" else 0.03
        at = radius * (0.88 if extra == "cherries" else 1.04)
        balls = [(at * sin(k * pi / 5), at * cos(k * pi / 5)) for k in range(10)]
        parts.append(Part(extra, tuple(ellipsoid((x, y, z), (0.075,) * 3, 10) for x, z in balls), berry))
    return Prop("cake", tuple(parts), words(tall=tiers == 2, round=tiers == 1))


def pizza(draw: Draw) -> Prop:
    radius, rim = 0.5, draw.uniform(0.1, 0.15)
    missing = draw.choice([0, 0, 40, 60])
    turn = draw.uniform(-60, 60)
    count, size = draw.integer(5, 7), draw.uniform(0.085, 0.115)
    cheese = draw.finish("wax", natural=("yellow",), painted=0.15)
    crust = draw.finish("wax", natural=("gold", "tan", "brown"), avoid=[cheese], painted=0.1)
    slices = draw.finish("wax", natural=("red",), avoid=[cheese, crust], painted=0.15)
    green = draw.finish("leaf", natural=("green",), avoid=[cheese, crust, slices], painted=0.1)

    def lain(outline: list[tuple[float, float]], low: float, high: float) -> Solid:
        return extrude(outline, high - low).turned("x", -90).moved(y=(low + high) / 2).turned("y", turn)

    edge = np.radians(np.linspace(missing / 2 - 90, 270 - missing / 2, 41))[: None if missing else -1]
    # The gap, if there is one, is towards the front before the turn.
    around = [(float(cos(t)), float(sin(t))) for t in edge]
    wedge: list[tuple[float, float]] = [(0.0, 0.0)] if missing else []
    flat = [lain([*wedge, *((radius * c, radius * s) for c, s in around)], 0, 0.075)]
    path = [[radius * c, rim * 0.45, -radius * s] for c, s in around]
    flat.append(tube(path, rim / 2, 10, closed=not missing).turned("y", turn))
    inner = radius - rim * 0.2
    top = lain([*wedge, *((inner * c, inner * s) for c, s in around)], 0.03, 0.11)
    step = (360 - missing) / count
    places = [(0.31, radians(turn + missing / 2 + step * (k + 0.5))) for k in range(count)]
    if not missing:
        places.append((0.0, 0.0))
    rounds = tuple(cylinder((r * sin(a), 0.12, r * cos(a)), size, 0.07, segments=14) for r, a in places)
    parts = [Part("cheese", (top,), cheese), Part("crust", tuple(flat), crust)]
    parts.append(Part(draw.choice(["pepperoni", "salami"]), rounds, slices))
    extra = draw.choice(["basil", "olives", ""])
    at = [
        (0.2 + 0.18 * (k % 2), radians(turn + missing / 2 + step * k)) for k in range(1 if missing else 0, count)
    ]
    if extra == "basil":
        leaves = tuple(
            ellipsoid((0, 0.12, 0), (0.085, 0.04, 0.05), 10).turned("y", 70 * k).moved(r * sin(a), 0, r * cos(a))
            for k, (r, a) in enumerate(at)
        )
        parts.append(Part("basil", leaves, green))
    elif extra == "olives":
        dark = draw.finish("wax", natural=("black", "green"), avoid=[cheese, slices, crust], painted=0.0)
        parts.append(
            Part("olives", tuple(ring((r * sin(a), 0.12, r * cos(a)), 0.043, 0.064) for r, a in at), dark)
        )
    return Prop("pizza", tuple(parts), words(thick=rim > 0.135, round=not missing))


def bread(draw: Draw) -> Prop:
    length, width = draw.uniform(0.7, 1.05), draw.uniform(0.42, 0.56)
    height, cuts = draw.uniform(0.42, 0.54), draw.integer(2, 4)
    style = draw.choice(["tin", "tin", "oval"])
    crust = draw.finish("wax", natural=("brown", "gold"), painted=0.15)
    crumb = draw.finish("wax", natural=("tan", "white"), avoid=[crust], painted=0.1)
    if style == "oval":
        half = (length / 2, height * 0.72, width / 2)
        loaf = ellipsoid((0, 0, 0), half, 24, lowest=-0.45)
        slashes = []
        for k in range(cuts + 1):
            x0, slant = length * 0.62 * ((k + 0.5) / (cuts + 1) - 0.5), draw.uniform(0.04, 0.09)
            line = [(x0 + slant * t, width * 0.36 * t) for t in np.linspace(-1, 1, 7)]
            path = [
                [x, half[1] * max(1 - (x / half[0]) ** 2 - (z / half[2]) ** 2, 0.0) ** 0.5, z] for x, z in line
            ]
            slashes.append(tube(path, draw.uniform(0.038, 0.05), 8))
        parts = (Part("crust", (loaf,), crust), Part("cuts", tuple(slashes), crumb, cuts + 1))
        return Prop("bread", parts, words(round=length < 1.6 * width, long=length > 2.1 * width))
    bulge = width * 0.6
    dome = [(bulge * cos(t), height * 0.64 + height * 0.36 * sin(t)) for t in np.linspace(-0.5, pi + 0.5, 15)]
    outline = [(width * 0.44, 0.0), (width * 0.45, height * 0.42), *dome, (-width * 0.45, height * 0.42)]
    outline.append((-width * 0.44, 0.0))
    middle = height * 0.5
    inside = [(z * 0.84, middle + (y - middle) * 0.84) for z, y in outline]
    outside, core = [cut_out(outline, length, height * 0.8)], [cut_out(inside, length + 0.04, height * 0.7)]
    side, x = draw.choice([-1, 1]), length / 2
    for k in range(cuts - 1):
        lean = 6 + 7 * k
        for solids, shape, wide in ((outside, outline, 0.09), (core, inside, 0.13)):
            slice_ = cut_out(shape, wide, 0.09).turned("z", lean * side).moved((x + 0.14 + 0.17 * k) * side)
            solids.append(slice_)
    return Prop(
        "bread",
        (Part("crust", tuple(outside), crust), Part("crumb", tuple(core), crumb)),
        words(long=length > 2 * width, sliced=True),
    )


FOOD = {
    "burger": Category(burger, ("burger", "hamburger", "cheeseburger")),
    "cake": Category(cake, ("cake", "birthday cake")),
    "pizza": Category(pizza, ("pizza",)),
    "bread": Category(bread, ("loaf of bread", "bread", "loaf", "bread loaf")),
    "apple": Category(apple, ("apple",)),
    "pear": Category(pear, ("pear",)),
    "carrot": Category(carrot, ("carrot",)),
}
