"""Snacks and wine to go with them, and the table of these and sweets. "Wax" is all that is soft to bite."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, cylinder, ellipsoid, extrude, revolve, ring, rod, tube
from maquette.training.props._sweets import cupcake, donut, ice_cream
from maquette.training.props._words import words


def cheese(draw: Draw) -> Prop:
    wheel = draw.chance(0.25)
    radius, height = draw.uniform(0.75, 0.95), draw.uniform(0.38, 0.52)
    half, holes = draw.uniform(20, 28), draw.integer(4, 6)
    body = draw.finish("wax", natural=("yellow",), painted=0.15)
    rind = draw.finish("wax", natural=("orange", "red", "gold"), avoid=[body], painted=0.08)
    hole = draw.finish("wax", natural=("gold", "orange", "brown"), avoid=[body, rind], painted=0.0)
    if wheel:
        radius, half = 0.5, draw.uniform(122, 138)
    spans = np.radians(np.linspace(-half, half, 25 if wheel else 11))
    # Seen from above with its point to the right and the cut side to the front.
    turn = 0.0 if wheel else 90 + half * draw.uniform(0.7, 1.0)
    flat = [(0.0, 0.0), *((radius * sin(t), radius * cos(t)) for t in spans)]
    inner = [(x, y) for x, y in flat]

    def lain(outline: list[tuple[float, float]], low: float, high: float, thick: float | None = None) -> Solid:
        return extrude(outline, high - low, thick).turned("x", -90).moved(y=(low + high) / 2).turned("y", turn)

    parts = [Part("cheese", (lain(inner, 0, height),), body)]
    skin = [(radius * 1.0 * sin(t), radius * 1.0 * cos(t)) for t in spans]
    skin += [((radius + 0.075) * sin(t), (radius + 0.075) * cos(t)) for t in reversed(spans)]
    coat = [lain(skin, -0.005, height + 0.005, 0.075)]
    if wheel:
        coat.append(
            lain(
                [(0.0, 0.0), *((radius * 1.05 * sin(t), radius * 1.05 * cos(t)) for t in spans)],
                height - 0.06,
                height + 0.03,
            )
        )
    parts.append(Part("rind", tuple(coat), rind))
    spots = []
    for side in (-1, 1):  # the two cut sides
        a = np.radians(half) * side
        for k in range(holes):
            far, r = radius * (0.3 + 0.62 * (k + 0.5) / holes), draw.uniform(0.055, 0.1) * (1 if k % 3 else 1.2)
            y = height * (0.3 if k % 2 else 0.68) + draw.uniform(-0.03, 0.03)
            dot = rod((-0.05, 0, 0), (0.0125, 0, 0), min(r, height * 0.24), segments=14)
            dot = dot if side > 0 else dot.mirrored()
            spots.append(dot.moved(0, y, -far).turned("y", -float(np.degrees(a))).turned("y", turn))
    if not wheel:
        for k in range(3):
            far, a = radius * (0.42 + 0.2 * k), np.radians(half * 0.42 * (-1) ** k)
            pit = cylinder(
                (far * sin(a), height - 0.02, -far * cos(a)), draw.uniform(0.055, 0.085), 0.07, segments=14
            )
            spots.append(pit.turned("y", turn))
    parts.append(Part("holes", tuple(spots), hole))
    return Prop("cheese", tuple(parts), words(tall=height > 0.49, flat=height < 0.42, round=wheel))


def egg(draw: Draw) -> Prop:
    radius, tall, fat = 0.36, draw.uniform(1.25, 1.42), draw.uniform(0.12, 0.22)
    style = draw.choice(["cup", "cup", "stripes", "spots", "nest"])
    natural = ("white", "tan") if style in ("cup", "nest") else ("white", "pink", "teal", "yellow")
    skin = draw.finish("wax", natural=natural, painted=0.15 if style in ("cup", "nest") else 0.5)

    def wide(t: float) -> float:
        """The radius at an angle from -90 degrees, the blunt end, up to 90."""
        return radius * cos(t) * (1 - fat * sin(t))

    half = radius * tall
    turns = np.linspace(-pi / 2, pi / 2, 21)
    body = revolve([(wide(float(t)), half * float(np.sin(t))) for t in turns], 26)
    parts = [Part("egg", (body,), skin)]
    mark = draw.finish("wax", natural=("red", "blue", "green", "yellow"), avoid=[skin], painted=0.5)
    if style == "cup":
        cup = draw.finish("ceramic", "wood", natural=("blue", "red", "white", "brown"), avoid=[skin], painted=0.4)
        up, foot = draw.uniform(-0.3, -0.1), draw.uniform(0.2, 0.28)
        rows = np.linspace(-0.9, up, 8)
        low = half * sin(-0.9)
        shape = [
            (foot, low - 0.26),
            (foot, low - 0.19),
            (0.1, low - 0.12),
            (0.1, low - 0.05),
            *((wide(float(t)) + 0.07, half * float(np.sin(t))) for t in rows),
            (wide(up) * 0.9, half * sin(up)),
        ]
        parts.append(Part("cup", (revolve(shape, 24, 0.07),), cup))
    elif style == "nest":
        straw = draw.finish("wood", natural=("brown", "gold"), avoid=[skin], painted=0.05)
        r, low = radius * 1.1, -half * 0.72
        rings = [
            ring((0, low + 0.13 * k, 0), r + 0.07 * k, 0.2 - 0.02 * k, segments=14).turned("y", 40 * k)
            for k in range(3)
        ]
        rings.append(cylinder((0, low, 0), r, 0.14))
        parts.append(Part("nest", tuple(rings), straw))
    elif style == "stripes":
        bands, count = [], draw.choice([2, 3])
        for k in range(count):
            t = np.linspace(-0.13, 0.13, 5) + (k - (count - 1) / 2) * 0.62
            bands.append(revolve([(wide(float(a)) + 0.014, half * float(np.sin(a))) for a in t], 26, 0.09))
        parts.append(Part("stripes", tuple(bands), mark, count))
    else:
        spots, size = [], draw.uniform(0.075, 0.105)
        for k in range(16):
            t, a = -1.1 + 2.3 * (k + 0.5) / 16, k * 2.4
            spots.append(ellipsoid((wide(t) * sin(a), half * sin(t), wide(t) * cos(a)), (size, size, size) , 12)
                         .moved(*(-0.06 * np.array([sin(a) * cos(t), sin(t), cos(a) * cos(t)]))))  # fmt: skip
        parts.append(Part("spots", tuple(spots), mark))
    if style in ("stripes", "spots") and draw.chance(0.5):
        second = draw.finish("wax", natural=("white", "yellow"), avoid=[skin, mark], painted=0.4)
        up = [float(t) for t in np.linspace(draw.uniform(0.7, 0.9), pi / 2, 7)]
        cap = revolve([(wide(t) + 0.016, half * sin(t) + 0.016) for t in up], 26)
        parts.append(Part("tip", (cap,), second))
    return Prop("egg", tuple(parts), words(round=tall < 1.3, tall=tall > 1.38 and style in ("stripes", "spots")))


def banana(draw: Draw) -> Prop:
    style = draw.choice(["one", "one", "peeled", "bunch"])
    bend, thick, length = draw.uniform(85, 125), draw.uniform(0.115, 0.145), draw.uniform(0.48, 0.56)
    skin = draw.finish("wax", natural=("yellow", "yellow", "yellow", "green"), painted=0.15)
    tip = draw.finish("wax", natural=("brown", "black"), avoid=[skin], painted=0.0)
    steps = np.linspace(0, 1, 15)
    fat = np.array([0.42, 0.46, 0.7, 0.88, 0.96, 1, 1, 1, 1, 0.98, 0.93, 0.84, 0.7, 0.52, 0.4]) * thick
    angles = np.radians(-90 + (steps - 0.5) * bend)

    def curved(start: int, end: int, grow: float = 1.0) -> Solid:
        path = np.stack([length * np.cos(angles), length * np.sin(angles), 0 * angles], -1)
        return tube(path[start:end], np.maximum(fat[start:end] * grow, 0.042).tolist(), 6 if grow == 1.0 else 10)

    def end(k: int, out: float, grow: float) -> Solid:
        a, b = angles[k], angles[k] + out
        at = [(length * cos(t), length * sin(t), 0.0) for t in (a, b)]
        return rod(at[0], at[1], fat[k] * grow, 0.9, 8)

    ends = [end(0, -0.2, 1.0), end(14, 0.07, 1.05)]
    if style == "bunch":
        count, spread = draw.choice([3, 4]), draw.uniform(24, 30)
        # Hung side by side from one stalk.
        hook = np.array([length * cos(angles[0]), length * sin(angles[0]), 0.0])
        solids, tips = [], []
        for k in range(count):
            turn = (k - (count - 1) / 2) * spread
            for group, solid in ((solids, curved(0, 15)), (tips, ends[1])):
                group.append(solid.moved(*-hook).turned("z", -40).turned("y", turn - 90).moved(y=0.6))
        tips.append(rod((0, 0.56, 0), (0, 0.78, 0.03), 0.095, 0.8, 8))
        return Prop(
            "banana",
            (Part("skin", tuple(solids), skin), Part("tips", tuple(tips), tip, mentioned=False)),
            words(bunched=True),
        )
    roll = draw.uniform(-18, 18)
    parts = [("skin", [curved(0, 15)], skin), ("tips", ends, tip)]
    if style == "peeled":
        flesh = draw.finish("wax", natural=("white", "tan"), avoid=[skin], painted=0.0)
        at = np.array([length * cos(angles[8]), length * sin(angles[8]), 0.0])
        along = float(np.degrees(angles[8])) + 90
        flaps = []
        for k in range(4):
            flap = tube(
                [
                    [0, -0.02, thick * 0.8],
                    [0, 0.05, thick * 1.5],
                    [0, -0.06, thick * 2.3],
                    [0, -0.22, thick * 2.5],
                ],
                [0.05, 0.055, 0.05, 0.042],
                8,
            ).scaled(x=1.5)
            flaps.append(flap.turned("y", 45 + 90 * k).turned("z", along - 90).moved(*at))
        parts = [
            ("skin", [curved(0, 9), *flaps], skin),
            ("flesh", [curved(7, 15, 0.9)], flesh),
            ("tips", ends[:1], tip),
        ]
        roll += 55
    placed = tuple(
        Part(name, tuple(s.turned("z", roll) for s in solids), look, mentioned=name != "tips")
        for name, solids, look in parts
    )
    return Prop(
        "banana",
        placed,
        words(curved=bend > 110, straight=bend < 90, thick=thick > 0.138, peeled=style == "peeled"),
    )


def hot_dog(draw: Draw) -> Prop:
    length, radius, meat = draw.uniform(0.9, 1.02), draw.uniform(0.15, 0.18), draw.uniform(0.105, 0.125)
    stick_out, waves = draw.uniform(0.05, 0.1), draw.integer(4, 6)
    bun = draw.finish("wax", natural=("tan", "gold", "gold"), painted=0.15)
    sausage = draw.finish("wax", natural=("red", "brown"), avoid=[bun], painted=0.15)
    sauce = draw.finish("wax", natural=("yellow", "yellow", "red"), avoid=[bun, sausage], painted=0.08)
    half = length / 2
    halves = [ellipsoid((0, 0, 0), (half, radius, radius), 22) for _ in range(2)]
    # Blunter than an ellipsoid, as bread rolls are.
    blunt = []
    for s, solid in zip((-1, 1), halves, strict=True):
        x, y, z = solid.vertices.T
        fuller = np.clip(1 - np.abs(x / half) ** 4, 0, 1) ** 0.35 / np.maximum(
            np.sqrt(np.clip(1 - (x / half) ** 2, 1e-6, 1)), 1e-3
        )
        fuller = np.where(np.abs(x) > half * 0.999, 1.0, fuller)
        blunt.append(Solid(np.stack([x, y * fuller, z * fuller], -1).astype(np.float32), solid.faces, 2 * radius)
                     .scaled(z=0.82).turned("x", s * -18).moved(0, radius, s * radius * 0.72))  # fmt: skip
    under = ellipsoid((0, radius * 0.75, 0), (half * 0.86, radius * 0.7, radius * 0.9), 16)
    reach, top = half + stick_out - meat, radius * 1.62
    droop = [(float(t) * reach, top - 0.05 * float(t) ** 4) for t in np.linspace(-1, 1, 9)]
    link = [tube([[x, y, 0] for x, y in droop], meat, 14)]
    link += [ellipsoid((s * reach, top - 0.05, 0), (meat,) * 3, 14) for s in (-1, 1)]
    t = np.linspace(-1, 1, 8 * waves + 1)
    swing = meat * 0.62 * np.sin(waves * pi * t)
    line = np.stack([t * reach * 0.9, top - 0.05 * t**4 + np.sqrt(meat**2 - swing**2) + 0.005, swing], -1)
    parts = [
        Part("sausage", tuple(link), sausage),
        Part("bun", (*blunt, under), bun),
        Part("sauce stripe", (tube(line, 0.036, 8),), sauce),
    ]
    if draw.chance(0.35):
        salad = draw.finish("leaf", natural=("green",), avoid=[bun, sausage, sauce], painted=0.0)
        frill = [
            ellipsoid(
                (half * 0.86 * (k / 4 - 1), top - 0.03 + 0.02 * (k % 2), s * meat * 1.05), (0.09, 0.07, 0.05), 10
            )
            for k in range(9)
            for s in (-1, 1)
        ]
        parts.append(Part("lettuce", tuple(frill), salad))
    return Prop("hot_dog", tuple(parts), words(long=length > 0.99, thick=radius > 0.173))


def wine_glass(draw: Draw) -> Prop:
    radius, bowl, stem = draw.uniform(0.24, 0.3), draw.uniform(0.4, 0.52), draw.uniform(0.3, 0.44)
    foot, closing, fill = draw.uniform(0.2, 0.26), draw.uniform(0.72, 0.95), draw.uniform(0.4, 0.68)
    glass = draw.finish("glass", "glass", "metal", natural=("white", "teal", "gold"), painted=0.3)
    wine = draw.finish("wax", natural=("red", "red", "purple", "yellow"), avoid=[glass], painted=0.1)
    y = 0.08 + stem

    def wide(t: float) -> float:
        """The bowl's radius from its foot, 0, to its rim, 1."""
        if t < 0.5:
            return 0.05 + (radius - 0.05) * sin(t * pi) ** 0.75
        return radius * (closing + (1 - closing) * cos((t - 0.5) * pi) ** 0.8)

    levels = [float(t) for t in np.linspace(0, 1, 13)]
    outside = [(wide(t), y + bowl * t) for t in levels]
    inside = [(wide(t) - 0.055, y + bowl * t) for t in reversed(levels) if t >= fill - 0.1]
    base = [(foot, 0.0), (foot, 0.055), (foot * 0.5, 0.085), (0.05, 0.15), (0.042, y - 0.04)]
    cup = revolve([*base, *outside, *inside], 24, 0.06)
    drink = revolve([(wide(t) + 0.012, y + bowl * t) for t in np.linspace(0.1, fill, 9)], 24)
    parts = [Part("body", (cup,), glass), Part("wine", (drink,), wine)]
    knob = draw.chance(0.3)
    if knob:
        parts.append(
            Part(
                "knob",
                (ellipsoid((0, 0.08 + stem * 0.55, 0), (0.085, 0.06, 0.085), 14),),
                draw.finish("metal", "glass", natural=("gold",), avoid=[wine], painted=0.2),
            )
        )
    return Prop("wine_glass", tuple(parts), words(tall=stem > 0.4, short=stem < 0.33, wide=radius > 0.285))


SNACKS = {
    "ice_cream": Category(ice_cream, ("ice cream", "ice cream cone")),
    "donut": Category(donut, ("donut", "doughnut")),
    "cupcake": Category(cupcake, ("cupcake", "cup cake", "muffin")),
    "cheese": Category(cheese, ("cheese", "piece of cheese")),
    "egg": Category(egg, ("egg",)),
    "banana": Category(banana, ("banana",)),
    "hot_dog": Category(hot_dog, ("hot dog", "hotdog")),
    "wine_glass": Category(wine_glass, ("wine glass", "wineglass", "glass of wine")),
}
