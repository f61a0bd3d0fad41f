"""Things that give light."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, arc, box, cylinder, ellipsoid, revolve, ring, rod, tube, vessel
from maquette.training.props._words import words


def _flame(x: float, y: float, z: float, radius: float, height: float) -> Solid:
    """A teardrop standing at a point."""
    shape = [(0.45, 0.0), (0.85, 0.12), (1.0, 0.28), (0.86, 0.46), (0.55, 0.68), (0.22, 0.88), (0.0, 1.0)]
    return revolve([(r * radius, t * height) for r, t in shape], 14).moved(x, y, z)


def _fire(draw: Draw) -> Finish:
    return draw.finish("wax", natural=("orange", "yellow"), painted=0)


def lamp(draw: Draw) -> Prop:
    tall, wide = draw.uniform(0.34, 0.5), draw.uniform(0.34, 0.46)
    narrow = wide * draw.uniform(0.45, 0.95)
    stand, stem = draw.uniform(0.4, 0.75), draw.uniform(0.045, 0.07)
    foot = draw.uniform(0.55, 0.75) * wide
    shade = draw.finish("cloth", "cloth", "metal", "glass", natural=("white", "tan", "yellow"), painted=0.65)
    base = draw.finish("ceramic", "wood", "metal", natural=("brown", "gray", "gold", "white"), avoid=[shade])
    style = draw.choice(["column", "gourd", "ball"])
    support = [
        revolve([(foot, 0), (foot, 0.06), (foot * 0.45, 0.12), (stem, 0.16)], 20),
        rod((0, 0.05, 0), (0, stand + 0.12, 0), stem, 1.0, 14),
    ]
    if style == "gourd":
        belly = draw.uniform(0.15, 0.22)
        bulge = [(0.08, 0.08), (belly, stand * 0.35), (belly * 0.85, stand * 0.55), (stem, stand * 0.95)]
        support.append(revolve(bulge, 20))
    elif style == "ball":
        belly = min(draw.uniform(0.13, 0.19), stand * 0.4)
        support.append(ellipsoid((0, 0.1 + belly, 0), (belly, belly, belly), 16))
    parts = [
        Part("shade", (vessel([(wide, stand), (narrow, stand + tall)], 0.085, stand + tall - 0.09, 26),), shade),
        Part("base", tuple(support), base),
    ]
    if draw.chance(0.4):
        trim = draw.finish("cloth", avoid=[shade, base])
        rims = (ring((0, stand + 0.02, 0), wide - 0.03, 0.1, segments=26),)
        parts.append(Part("trim", rims, trim))
    return Prop("lamp", tuple(parts), words(tall=(stand + tall) / wide > 2.7, short=(stand + tall) / wide < 2.1))


def lantern(draw: Draw) -> Prop:
    sides = draw.choice([4, 4, 6, 16])
    radius, height = draw.uniform(0.24, 0.34), draw.uniform(0.36, 0.55)
    roof, eave = draw.uniform(0.14, 0.28), draw.uniform(1.25, 1.45)
    post = draw.uniform(0.058, 0.075)
    metal = draw.finish("metal", natural=("black", "gray", "gold"), painted=0.5)
    light = draw.finish("glass", natural=("yellow", "orange"), avoid=[metal], painted=0.15)
    grip = metal if draw.chance(0.5) else draw.finish("metal", "wood", avoid=[metal, light])
    turn = 180 / sides
    angles = np.radians(np.arange(sides if sides < 16 else 4) * 360 / (sides if sides < 16 else 4) + turn)
    base = revolve([(radius * 1.2, 0), (radius * 1.2, 0.07), (radius, 0.12)], sides)
    top = height + 0.1
    cap = revolve(
        [
            (radius * eave, top),
            (radius * eave, top + 0.04),
            (radius * 0.35, top + roof),
            (radius * 0.3, top + roof + 0.07),
        ],
        sides,
    )
    frame = [base.turned("y", turn), cap.turned("y", turn)]
    frame += [
        rod(
            (radius * sin(a), 0.05, radius * cos(a)),
            (radius * sin(a), top + 0.03, radius * cos(a)),
            post / 2 + 0.005,
        )
        for a in angles
    ]
    core = cylinder((0, top / 2, 0), radius * 0.93, top - 0.06, segments=sides).turned("y", turn)
    hoop = draw.uniform(0.11, 0.16)
    handle = ring((0, top + roof + 0.05 + hoop, 0), hoop, 0.075, "z", 18)
    return Prop(
        "lantern",
        (Part("frame", tuple(frame), metal), Part("glass", (core,), light), Part("handle", (handle,), grip)),
        words(tall=height / radius > 1.9, square=sides == 4, round=sides == 16, wide=height / radius < 1.3),
    )


def candle(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.11, 0.17), draw.uniform(0.4, 0.75)
    low = draw.chance(0.55)
    dish = radius * draw.uniform(1.7, 2.2)
    wax = draw.finish("wax", natural=("white", "tan"), painted=0.55)
    metal = draw.finish("metal", "metal", "ceramic", "wood", natural=("gold", "gray", "brown"), avoid=[wax])
    fire = _fire(draw)
    rise = 0.07 if low else draw.uniform(0.3, 0.5)
    if low:
        plate = vessel([(dish * 0.8, 0), (dish, 0.12)], 0.075, 0.06, 24)
        holder = [
            plate,
            cylinder((0, 0.1, 0), radius * 1.35, 0.14, segments=18),
            ring((dish + 0.07, 0.09, 0), 0.1, 0.075, "z", 16),
        ]
    else:
        cup = radius * 1.4
        stem = [(dish, 0), (dish, 0.06), (0.075, 0.14), (0.06, rise * 0.5), (0.1, rise * 0.6), (0.06, rise * 0.7)]
        holder = [revolve([*stem, (cup * 0.8, rise - 0.02), (cup, rise + 0.02), (cup, rise + 0.1)], 20)]
    top = rise + height
    body = [cylinder((0, rise + height / 2, 0), radius, height, 0.96, 20)]
    drips = draw.integer(0, 3)
    for k in range(drips):
        a = 2 * pi * k / max(drips, 1) + 0.6
        fall = draw.uniform(0.12, 0.3) * height
        x, z = radius * 0.93 * sin(a), radius * 0.93 * cos(a)
        body.append(rod((x, top - 0.025, z), (x, top - 0.05 - fall, z), 0.042, 1.15))
    size = draw.uniform(0.075, 0.1)
    return Prop(
        "candle",
        (
            Part("body", tuple(body), wax),
            Part("holder", tuple(holder), metal),
            Part("flame", (_flame(0, top - 0.01, 0, size, size * 2.9),), fire),
        ),
        words(
            tall=height / radius > 4.6,
            short=height / radius < 3.2,
            thick=height / radius < 3.2,
            slim=height / radius > 4.6,
        ),
    )


def torch(draw: Draw) -> Prop:
    length, radius = draw.uniform(0.6, 0.85), draw.uniform(0.056, 0.08)
    head, cup = draw.uniform(0.13, 0.18), draw.uniform(0.16, 0.26)
    blaze = draw.uniform(0.34, 0.5)
    stick = draw.finish("wood", "wood", "metal", natural=("brown", "tan"))
    wrap = draw.finish("metal", "cloth", natural=("gray", "black", "tan"), avoid=[stick])
    fire = _fire(draw)
    basket = draw.chance(0.5)
    taper = draw.uniform(1.1, 1.5)
    if basket:
        bowl = [(radius * 1.4, length - 0.04), (head, length + cup * 0.7), (head * 1.1, length + cup)]
        top = [revolve(bowl, 16), ring((0, length + cup - 0.02, 0), head * 1.05, 0.075, segments=16)]
    else:
        top = [
            cylinder((0, length + cup / 2, 0), head * 0.85, cup, 1.1),
            ring((0, length + 0.03, 0), head * 0.85, 0.075),
            ring((0, length + cup * 0.6, 0), head * 0.9, 0.075),
        ]
    start = length + cup - 0.03
    flames = [_flame(0, start, 0, head * 1.1, blaze)]
    for k in range(3):
        a = 2 * pi * k / 3 + 0.4
        flames.append(
            _flame(head * 0.5 * sin(a), start, head * 0.5 * cos(a), head * 0.62, blaze * draw.uniform(0.5, 0.75))
        )
    return Prop(
        "torch",
        (
            Part("handle", (rod((0, 0, 0), (0, length + 0.03, 0), radius, taper, 14),), stick),
            Part("flame", tuple(flames), fire),
            Part("cup" if basket else "wrapping", tuple(top), wrap),
        ),
        words(long=length > 0.76, short=length < 0.67),
    )


def campfire(draw: Draw) -> Prop:
    radius, log = draw.uniform(0.36, 0.44), draw.uniform(0.075, 0.1)
    count = draw.choice([4, 5, 6])
    blaze, lean = draw.uniform(0.55, 0.85), draw.uniform(0.34, 0.46)
    stones = draw.choice([8, 9, 10])
    fire = _fire(draw)
    wood = draw.finish("wood", natural=("brown",), painted=0.3, avoid=[fire])
    rock = draw.finish("stone", natural=("gray",), painted=0.5, avoid=[wood, fire])
    logs = []
    for k in range(count):
        a = 2 * pi * k / count
        logs.append(
            rod((radius * sin(a), log, radius * cos(a)), (-0.04 * sin(a), lean, -0.04 * cos(a)), log, 0.85)
        )
    flames = [_flame(0, 0.1, 0, 0.24, blaze)]
    for k in range(4):
        a = 2 * pi * (k + 0.5) / 4
        flames.append(_flame(0.14 * sin(a), 0.1, 0.14 * cos(a), 0.15, blaze * draw.uniform(0.5, 0.78)))
    around = []
    for k in range(stones):
        a, size = 2 * pi * (k + 0.5) / stones, draw.uniform(0.095, 0.135)
        at = radius + 0.1
        around.append(
            ellipsoid((at * sin(a), size * 0.55, at * cos(a)), (size, size * 0.8, size), 8, lowest=-0.69)
        )
    return Prop(
        "campfire",
        (
            Part("flame", tuple(flames), fire),
            Part("logs", tuple(logs), wood, count),
            Part("stones", tuple(around), rock),
        ),
        words(tall=blaze > 0.76, low=blaze < 0.57),
    )


def lamp_post(draw: Draw) -> Prop:
    height, pole = draw.uniform(0.85, 1.15), draw.uniform(0.046, 0.06)
    head, tall = draw.uniform(0.15, 0.2), draw.uniform(0.22, 0.3)
    foot = draw.uniform(0.14, 0.2)
    style = draw.choice(["lantern", "globe", "twin"])
    metal = draw.finish("metal", natural=("black", "gray"), painted=0.55)
    light = draw.finish("glass", natural=("yellow", "white"), avoid=[metal], painted=0.1)
    post = [
        revolve([(foot, 0), (foot, 0.08), (foot * 0.55, 0.13), (foot * 0.45, 0.26), (pole, 0.3)], 12),
        rod((0, 0.1, 0), (0, height + 0.02, 0), pole, 1.0, 12),
    ]
    lights = []
    if style == "lantern":
        lights.append(box((0, height + tall / 2, 0), (head * 1.3, tall, head * 1.3), (1.35, 1.35)))
        post.append(box((0, height + tall + 0.06, 0), (head * 2.4, 0.15, head * 2.4), (0.2, 0.2)))
        post.append(cylinder((0, height, 0), head * 0.85, 0.08, segments=12))
    elif style == "globe":
        lights.append(ellipsoid((0, height + head * 0.9, 0), (head, head, head), 18))
        post.append(cylinder((0, height, 0), head * 0.75, 0.08, segments=14))
    else:
        reach = draw.uniform(0.22, 0.3)
        for s in (-1, 1):
            path = arc((s * reach / 2, height - 0.16, 0), reach / 2, 180 if s > 0 else 0, 90, 5)
            path = [*path, [s * reach, height - 0.16 + reach / 2, 0]]
            post.append(tube(path, pole * 0.85))
            post.append(cylinder((s * reach, height - 0.16 + reach / 2 + 0.02, 0), head * 0.6, 0.08, segments=12))
            lights.append(ellipsoid((s * reach, height - 0.12 + reach / 2 + head * 0.7, 0), (head * 0.8,) * 3, 16))
        post.append(ellipsoid((0, height + 0.06, 0), (0.07, 0.1, 0.07), 10))
    name = "lights" if len(lights) > 1 else "light"
    return Prop(
        "lamp_post",
        (Part("post", tuple(post), metal), Part(name, tuple(lights), light, len(lights))),
        words(tall=height > 1.05, short=height < 0.92),
    )


LIGHTS = {
    "lamp": Category(lamp, ("lamp", "table lamp")),
    "lantern": Category(lantern, ("lantern",)),
    "candle": Category(candle, ("candle", "candlestick")),
    "torch": Category(torch, ("torch", "burning torch")),
    "campfire": Category(campfire, ("campfire", "bonfire")),
    "lamp_post": Category(lamp_post, ("lamp post", "street lamp", "street light")),
}
