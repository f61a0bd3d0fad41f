"""Things that carry: their noses point to the front (+Z)."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Finish, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    revolve,
    rod,
)
from maquette.training.props._words import words


def _wheel(x: float, y: float, z: float, radius: float, width: float) -> Solid:
    """A disc that rolls along z."""
    return cylinder((0, 0, 0), radius, width, segments=16).turned("z", 90).moved(x, y, z)


def _side(outline: Sequence[tuple[float, float]], width: float, thickness: float | None = None) -> Solid:
    """A side view of (z, y) points given a width along x."""
    return extrude(outline, width, thickness).turned("y", -90)


def _loft(rings: np.ndarray, thickness: float) -> Solid:
    """Skin over (rings, points, 3) convex loops that run counter-clockwise seen from above, first to last."""
    count, size, _ = rings.shape
    vertices = np.concatenate([rings.reshape(-1, 3), rings[0].mean(0)[None], rings[-1].mean(0)[None]])
    i, j = np.arange(size), (np.arange(size) + 1) % size
    low, high, last = count * size, count * size + 1, (count - 1) * size
    faces = [np.stack([np.full_like(i, low), j, i], -1), np.stack([last + i, last + j, np.full_like(i, high)], -1)]
    for k in range(count - 1):
        a, b = k * size, (k + 1) * size
        faces += [np.stack([a + i, a + j, b + j], -1), np.stack([a + i, b + j, b + i], -1)]
    return Solid(vertices.astype(np.float32), np.concatenate(faces).astype(np.int32), thickness)


def _hull(length: float, width: float, height: float, wall: float, square: float) -> Solid:
    """An open hull with a pointed bow at +Z; `square` is the stern's width as a share of the beam."""
    t = np.linspace(0, 1, 9)
    half = width / 2 * (1 - t**2.6) * (square + (1 - square) * np.sin(np.minimum(t / 0.45, 1) * pi / 2))
    half[-1] = 0.012
    z = length * (t - 0.5)
    # Counter-clockwise from above: from the bow down the right side, then back up the left.
    x = np.concatenate([half[::-1], -half])
    zs = np.concatenate([z[::-1], z])
    sheer = height * (1 + 0.35 * np.abs(2 * np.concatenate([t[::-1], t]) - 0.9) ** 2.2)

    def loop(across: float, along: float, y: np.ndarray) -> np.ndarray:
        return np.stack([x * across, y, zs * along], -1)

    flat = np.zeros_like(x)
    inner = 1 - 2 * wall / width, 1 - 2.2 * wall / length
    rings = [loop(0.5, 0.72, flat), loop(0.85, 0.9, sheer * 0.5), loop(1, 1, sheer)]
    rings += [loop(*inner, sheer), loop(inner[0] * 0.8, inner[1] * 0.9, flat + height * 0.45)]
    return _loft(np.stack(rings), wall)


def boat(draw: Draw) -> Prop:
    length, width, height = draw.uniform(0.95, 1.2), draw.uniform(0.42, 0.56), draw.uniform(0.24, 0.34)
    wood = draw.finish("wood", painted=0.6)
    inside = draw.finish("wood", natural=("tan", "brown"), avoid=[wood], painted=0.3)
    benches = [
        box((0, height * 0.92, z * length), (width * share, 0.085, 0.13))
        for z, share in ((-0.22, 0.76), (0.08, 0.72))
    ]
    hull = _hull(length, width, height, draw.uniform(0.084, 0.1), draw.uniform(0.5, 0.75))
    parts = [Part("hull", (hull,), wood), Part("benches", tuple(benches), inside, 2)]
    if draw.chance(0.7):
        oar = draw.finish("wood", avoid=[wood, inside], painted=0.5)
        oars = []
        for s in (-1, 1):
            start = (s * width * 0.2, height * 1.25, -0.02)
            end = (s * (width * 0.5 + 0.3), height * 0.75, -0.24)
            paddle = ellipsoid((0, 0, 0), (0.15, 0.045, 0.085), 10).turned("z", -s * 12).turned("y", s * 28)
            oars += [rod(start, end, 0.042, segments=8), paddle.moved(*end)]
        parts.append(Part("oars", tuple(oars), oar, 2))
    return Prop("boat", tuple(parts), words(long=length > 2.4 * width, wide=length < 2.0 * width))


def ship(draw: Draw) -> Prop:
    length, width, height = draw.uniform(0.95, 1.2), draw.uniform(0.42, 0.56), draw.uniform(0.26, 0.36)
    mast_height = draw.uniform(0.8, 1.1)
    wood = draw.finish("wood", painted=0.5)
    cloth = draw.finish("cloth", natural=("white",), avoid=[wood], painted=0.55)
    pole = draw.finish("wood", natural=("brown", "tan"), avoid=[wood, cloth], painted=0.2)
    hull = _hull(length, width, height, draw.uniform(0.084, 0.1), draw.uniform(0.5, 0.75))
    z = draw.uniform(-0.02, 0.08)
    top = height * 0.5 + mast_height
    mast = rod((0, height * 0.4, z), (0, top, z), 0.047)
    low = height * 1.35 + 0.06
    if draw.chance(0.5):  # a square sail, bellied by the wind
        span, bulge = draw.uniform(0.6, 0.8), draw.uniform(0.07, 0.13)
        mid = [(bulge * (1 - (2 * t - 1) ** 2), low + (top - 0.1 - low) * t) for t in np.linspace(0, 1, 7)]
        outline = [(a + 0.045, b) for a, b in mid] + [(a - 0.045, b) for a, b in mid[::-1]]
        sails = [_side(outline, span, 0.085).moved(z=z + 0.07)]
    else:
        back, front = length * 0.44 + z, length * 0.42 - z
        sails = [_side([(-0.06, low), (-back, low), (-0.06, top - 0.03)], 0.09).moved(z=z)]
        if draw.chance(0.6):
            sails.append(_side([(0.06, low + 0.02), (front, low + 0.02), (0.06, top - 0.2)], 0.088).moved(z=z))
    count = len(sails)
    parts = [
        Part("hull", (hull,), wood),
        Part("sails" if count == 2 else "sail", tuple(sails), cloth, count),
        Part("mast", (mast,), pole),
    ]
    if draw.chance(0.4):
        flag = draw.finish("cloth", natural=("red", "blue"), avoid=[wood, cloth, pole])
        banner = _side([(0.03, top - 0.02), (-0.24, top + 0.08), (0.03, top + 0.18)], 0.085).moved(z=z)
        parts.append(Part("flag", (banner,), flag))
    return Prop("ship", tuple(parts), words(tall=top > 1.1 * length, wide=width > 0.52 * length))


def _tyres(draw: Draw, x: float, radius: float, width: float, zs: Sequence[float], body: Finish) -> list[Part]:
    """Wheels on both sides with hubs that stand out a little."""
    rubber = draw.finish("plastic", natural=("black",), avoid=[body], painted=0.12)
    metal = draw.finish("metal", natural=("gray", "white"), avoid=[rubber, body], painted=0.0)
    at = [(s, z) for s in (-1, 1) for z in zs]
    wheels = tuple(_wheel(s * x, radius, z, radius, width) for s, z in at)
    hubs = tuple(_wheel(s * x, radius, z, radius * 0.5, width + 0.05) for s, z in at)
    return [
        Part("wheels", wheels, rubber, len(at)),
        Part("hubs", hubs, metal, mentioned=False),
    ]


def car(draw: Draw) -> Prop:
    kind = draw.choice(["sedan", "hatchback", "sports", "van"])
    length, width = draw.uniform(1.0, 1.25), draw.uniform(0.5, 0.6)
    wheel, waist = draw.uniform(0.13, 0.165), draw.uniform(0.34, 0.42)
    if kind == "sports":
        waist, width = waist * 0.88, width * 1.05
    cabin = {"sedan": 0.22, "hatchback": 0.23, "sports": 0.15, "van": 0.26}[kind] * draw.uniform(0.95, 1.15)
    paint = draw.finish("metal", "plastic", natural=("red", "blue", "white", "gray"), painted=0.7)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint], painted=0.0)
    half, low = length / 2, wheel * 0.65
    nose = waist * (0.8 if kind == "sports" else 0.92)
    body = _side(
        [
            (-half, low),
            (half - 0.03, low),
            (half, low + 0.06),
            (half, nose - 0.06),
            (half - 0.05, nose),
            (half * 0.4, waist),
            (-half + 0.05, waist),
            (-half, waist - 0.06),
        ],
        width,
    )
    # The cabin: where its glass and its roof begin and end along the car.
    back, rear, fore, front = {
        "sedan": (-0.68, -0.42, 0.14, 0.44),
        "hatchback": (-0.96, -0.82, 0.16, 0.46),
        "sports": (-0.74, -0.36, 0.02, 0.36),
        "van": (-0.97, -0.93, 0.42, 0.7),
    }[kind]
    top = waist + cabin
    glass = _side(
        [(back * half, waist - 0.05), (front * half, waist - 0.05), (fore * half, top), (rear * half, top)],
        width * 0.86,
    )
    roof = _side(
        [
            (rear * half - 0.04, top - 0.02),
            (fore * half + 0.04, top - 0.02),
            (fore * half, top + 0.055),
            (rear * half, top + 0.055),
        ],
        width * 0.9,
    )
    middle = (rear + fore) / 2 * half
    pillar = box((0, waist + cabin / 2, middle), (width * 0.895, cabin, 0.08))
    lamp = draw.finish("glass", natural=("yellow", "white"), avoid=[paint, pane], painted=0.0)
    y = (low + nose) / 2 + 0.045
    lamps = [
        cylinder((0, 0, 0), 0.06, 0.1, segments=12).turned("x", 90).moved(s * width * 0.32, y, half - 0.02)
        for s in (-1, 1)
    ]
    bumpers = draw.finish("metal", natural=("gray", "black"), avoid=[paint], painted=0.0)
    bars = [box((0, low + 0.04, s * half), (width * 0.94, 0.08, 0.09)) for s in (-1, 1)]
    return Prop(
        "car",
        (
            Part("body", (body, roof, pillar), paint),
            Part("windows", (glass,), pane),
            *_tyres(draw, width / 2 - 0.03, wheel, 0.13, (-half * 0.6, half * 0.6), paint),
            Part("headlights", tuple(lamps), lamp, 2),
            Part("bumpers", tuple(bars), bumpers, mentioned=False),
        ),
        words(low=kind == "sports", tall=kind == "van", long=length > 2.2 * width and kind != "van"),
    )


def truck(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(1.15, 1.35), draw.uniform(0.46, 0.54), draw.uniform(0.125, 0.15)
    cab_length, cab = draw.uniform(0.4, 0.47), draw.uniform(0.5, 0.6)
    kind = draw.choice(["box", "box", "flatbed", "tank"])
    paint = draw.finish("metal", natural=("red", "blue", "white"))
    load = draw.finish(
        "metal", "wood" if kind == "flatbed" else "metal", natural=("white", "gray", "brown"), avoid=[paint]
    )
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint], painted=0.0)
    half, low = length / 2, wheel * 0.9
    front, back = half, half - cab_length
    top = low + cab
    shape = [
        (back, low),
        (front, low),
        (front, low + cab * 0.45),
        (front - 0.07, top),
        (back, top),
    ]
    sill, head = low + cab * 0.52, top - 0.075
    lean = 0.07 / (cab * 0.55)

    def face(y: float) -> float:
        return front - (y - low - cab * 0.45) * lean

    screen = _side(
        [
            (face(sill) + 0.03, sill),
            (face(head) + 0.03, head),
            (face(head) - 0.06, head),
            (face(sill) - 0.06, sill),
        ],
        width * 0.8,
    )
    sides = box((0, (sill + head) / 2, back + cab_length * 0.5), (width + 0.05, head - sill, cab_length * 0.5))
    chassis = draw.finish("metal", natural=("gray", "black"), avoid=[paint, load], painted=0.0)
    frame = box((0, low + 0.04, -0.02), (width * 0.7, 0.1, length - 0.08))
    end, start = back - 0.05, -half
    mid, long = (end + start) / 2, end - start
    floor = low + 0.1
    if kind == "box":
        tall = draw.uniform(0.5, 0.66)
        cargo, name = [box((0, floor + tall / 2, mid), (width + 0.06, tall, long))], "container"
    elif kind == "tank":
        r = width * 0.5
        drum = revolve(
            [(r * 0.75, -long / 2), (r, -long / 2 + 0.06), (r, long / 2 - 0.06), (r * 0.75, long / 2)], 18
        )
        cargo, name = [drum.turned("x", 90).moved(0, floor + r * 0.92, mid)], "tank"
    else:
        wall = draw.uniform(0.14, 0.22)
        cargo = [box((0, floor + 0.04, mid), (width + 0.06, 0.08, long))]
        cargo += [
            box((s * (width / 2 - 0.005), floor + wall / 2, mid), (0.075, wall, long * 0.995)) for s in (-1, 1)
        ]
        cargo += [
            box((0, floor + wall / 2, z), (width * 0.98, wall * 0.97, 0.075)) for z in (start + 0.045, end - 0.045)
        ]
        name = "bed"
    axles = (half - cab_length * 0.5, start + wheel + 0.06) + (
        (start + wheel * 3.3 + 0.06,) if length > 1.25 else ()
    )
    lamp = draw.finish("glass", natural=("yellow", "white"), avoid=[paint, pane], painted=0.0)
    lamps = [box((s * width * 0.34, low + 0.12, front - 0.02), (0.1, 0.085, 0.09)) for s in (-1, 1)]
    return Prop(
        "truck",
        (
            Part("cab", (_side(shape, width),), paint),
            Part(name, tuple(cargo), load),
            Part("windows", (screen, sides), pane),
            *_tyres(draw, width / 2 - 0.02, wheel, 0.12, axles, paint),
            Part("frame", (frame,), chassis, mentioned=False),
            Part("headlights", tuple(lamps), lamp, mentioned=False),
        ),
        words(long=length > 2.6 * width, short=length < 2.3 * width),
    )


def rocket(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.16, 0.25), draw.uniform(0.7, 0.95)
    tip, belly = draw.uniform(0.3, 0.42), draw.uniform(1.0, 1.2)
    count, reach, sweep = draw.integer(3, 4), draw.uniform(0.16, 0.26), draw.uniform(0.1, 0.2)
    shell = draw.finish("metal", natural=("white", "gray"), painted=0.55)
    trim = draw.finish("metal", natural=("red",), avoid=[shell])
    fin_finish = trim if draw.chance(0.6) else draw.finish("metal", natural=("red",), avoid=[shell, trim])
    pane = draw.finish("glass", natural=("teal", "blue"), avoid=[shell, trim], painted=0.15)
    base = 0.2

    def radius_at(t: float) -> float:
        return radius * (0.8 + (belly - 0.8) * sin(pi * min(t * 0.9 + 0.08, 1)))

    body = revolve([(radius_at(t), base + height * t) for t in np.linspace(0, 1, 8)], 18)
    r = radius_at(1.0)
    nose = revolve(
        [(r * 0.9, base + height - 0.05), (r + 0.025, base + height - 0.01)]
        + [((r + 0.025) * (1 - t**1.7), base + height + tip * t) for t in np.linspace(0.2, 1, 6)],
        18,
        2 * r,
    )
    inner = radius * 0.55
    fin = extrude(
        [
            (inner, base + 0.42),
            (inner, base),
            (radius + reach * 0.55, 0),
            (radius + reach, 0),
            (radius + reach, sweep),
            (radius * 0.95, base + 0.42),
        ],
        0.085,
    )
    # Three fins: one behind, two in front at the sides. Four: a cross turned from the window.
    turns = [90, 210, 330] if count == 3 else [45, 135, 225, 315]
    fins = tuple(fin.turned("y", turn) for turn in turns)
    nozzle_finish = draw.finish("metal", natural=("black", "gray"), avoid=[shell, fin_finish], painted=0.0)
    nozzle = cylinder((0, base - 0.04, 0), radius * 0.72, 0.16, 0.8, 14)
    size = radius * draw.uniform(0.42, 0.52)
    y = base + height * 0.62
    glass = cylinder((0, 0, 0), size, 0.12, segments=14).turned("x", 90).moved(0, y, radius_at(0.62) - 0.01)
    rim = cylinder((0, 0, 0), size + 0.05, 0.12, segments=14).turned("x", 90).moved(0, y, radius_at(0.62) - 0.035)
    return Prop(
        "rocket",
        (
            Part("body", (body,), shell),
            Part("nose cone", (nose, rim), trim),
            Part("fins", fins, fin_finish, count),
            Part("window", (glass,), pane),
            Part("nozzle", (nozzle,), nozzle_finish, mentioned=False),
        ),
        words(tall=height + tip > 6.2 * radius, thick=height + tip < 5.0 * radius),
    )


def cart(draw: Draw) -> Prop:
    length, width, wall = draw.uniform(0.65, 0.85), draw.uniform(0.44, 0.56), draw.uniform(0.2, 0.32)
    wheel, count = draw.uniform(0.17, 0.24), draw.choice([2, 4])
    wood = draw.finish("wood", painted=0.5)
    wheel_finish = draw.finish("wood", "metal", natural=("brown", "tan", "gray"), avoid=[wood], painted=0.4)
    floor, thick = wheel * 1.1, 0.085
    y = floor + wall / 2
    flare = draw.uniform(1.0, 1.18)
    sides = [
        box((s * width / 2, y, 0), (thick, wall, length), (1, 1), (s * width * (flare - 1), 0)) for s in (-1, 1)
    ]
    ends = [
        box((0, y - 0.01, s * (length / 2 - thick / 2 - 0.01)), (width + 0.03, wall, thick), (flare, 1))
        for s in (-1, 1)
    ]
    bed = [box((0, floor + thick / 2, 0), (width, thick, length * 0.98)), *sides, *ends]
    zs = (0.0,) if count == 2 else (-length * 0.32, length * 0.32)
    if count == 4:
        wheel *= 0.8
    x = width / 2 + 0.11
    wheels = [_wheel(s * x, wheel, z, wheel, 0.085) for s in (-1, 1) for z in zs]
    axles = [_wheel(0, wheel, z, 0.05, 2 * x + 0.16) for z in zs]
    if count == 2:
        shafts = [
            rod(
                (s * width * 0.36, floor + 0.04, length / 2 - 0.1),
                (s * width * 0.36, floor + 0.1, length / 2 + 0.36),
                0.042,
            )
            for s in (-1, 1)
        ]
        shafts.append(
            rod(
                (-width * 0.36, floor + 0.1, length / 2 + 0.34),
                (width * 0.36, floor + 0.1, length / 2 + 0.34),
                0.042,
            )
        )
    else:
        end = (0, floor + 0.18, length / 2 + 0.32)
        shafts = [
            rod((0, floor - 0.02, length / 2 - 0.1), end, 0.045),
            rod((-0.13, end[1], end[2]), (0.13, end[1], end[2]), 0.045),
        ]
    drop = floor - wheel if count == 4 else 0
    lowered = max(drop - 0.09, 0)
    bed, shafts = [[s.moved(y=-lowered) for s in group] for group in (bed, shafts)]
    parts = [Part("bed", (*bed, *shafts), wood), Part("wheels", (*wheels, *axles), wheel_finish, count)]
    cargo = draw.choice(["", "hay", "sacks", "crate"])
    top = floor + wall - lowered
    if cargo == "hay":
        straw = draw.finish("leaf", natural=("yellow", "gold"), avoid=[wood, wheel_finish], painted=0.0)
        bales = [
            box((0, top + up, at * length), (width * 0.66, 0.24, length * 0.36))
            for at, up in ((-0.21, 0.02), (0.21, 0.05))
        ]
        parts.append(Part("hay bales", tuple(bales), straw, 2))
    elif cargo == "sacks":
        cloth = draw.finish("cloth", natural=("tan", "white"), avoid=[wood, wheel_finish], painted=0.4)
        bags = [
            ellipsoid((x0 * width, top - 0.02, z0 * length), (0.16, 0.17, 0.17), 12)
            for x0, z0 in ((-0.22, -0.22), (0.22, -0.2), (0.02, 0.2))
        ]
        parts.append(Part("sacks", tuple(bags), cloth, 3))
    elif cargo == "crate":
        load = draw.finish("wood", avoid=[wood, wheel_finish])
        size = width * 0.62
        parts.append(
            Part("crate", (box((0, top - 0.06 + size / 4, -0.03), (size, size, size)).turned("y", 0),), load)
        )
    return Prop("cart", tuple(parts), words(long=length > 1.65 * width, short=length < 1.35 * width))


def cannon(draw: Draw) -> Prop:
    length, radius = draw.uniform(0.85, 1.1), draw.uniform(0.13, 0.18)
    tilt, wheel, width = draw.uniform(6, 20), draw.uniform(0.24, 0.32), draw.uniform(0.1, 0.13)
    iron = draw.finish("metal", natural=("black", "gray", "gold"), painted=0.45)
    wood = draw.finish("wood", painted=0.4, avoid=[iron])
    wheel_finish = wood if draw.chance(0.35) else draw.finish("wood", "metal", avoid=[iron, wood], painted=0.5)
    bore = radius * 0.48
    barrel = revolve(
        [
            (0.05, -0.34 * length),
            (0.06, -0.3 * length),
            (0.03 + bore * 0.5, -0.27 * length),
            (radius, -0.24 * length),
            (radius * 1.05, -0.1 * length),
            (radius * 0.8, 0.5 * length),
            (radius * 1.08, 0.54 * length),
            (radius * 1.08, 0.66 * length),
            (bore, 0.66 * length),
            (bore, 0.42 * length),
        ],
        18,
        min(0.06, radius * 1.08 - bore) + 0.02,
    )
    knob = ellipsoid((0, -0.34 * length, 0), (0.07, 0.07, 0.07), 10)
    rings = [
        cylinder((0, at * length, 0), radius * size, 0.085, segments=18)
        for at, size in ((-0.12, 1.24), (0.2, 1.12))
    ]
    y = wheel + radius * 0.75

    def aimed(solid: Solid) -> Solid:
        return solid.turned("x", 90 - tilt).moved(0, y, 0)

    x = radius + 0.13
    cheeks = [
        _side(
            [
                (-0.62 * length, 0),
                (-0.5 * length, 0),
                (0.16, wheel * 0.75),
                (0.16, y + 0.02),
                (-0.12, y + 0.02),
                (-0.62 * length, 0.12),
            ],
            0.09,
        ).moved(s * (radius + 0.03))
        for s in (-1, 1)
    ]
    tail = box((0, 0.08, -0.52 * length), (2 * radius, 0.1, 0.12))
    axle = _wheel(0, wheel, 0, 0.055, 2 * x + 0.2)
    wheels = [_wheel(s * x, wheel, 0, wheel, width) for s in (-1, 1)]
    hubs = [_wheel(s * x, wheel, 0, wheel * 0.32, width + 0.07) for s in (-1, 1)]
    parts = [
        Part("barrel", (aimed(barrel), aimed(knob)), iron),
        Part("wheels", tuple(wheels), wheel_finish, 2),
        Part("carriage", (*cheeks, tail, axle, *hubs), wood),
    ]
    if draw.chance(0.6):
        band = draw.finish("metal", natural=("gold", "gray"), avoid=[iron, wood], painted=0.3)
        parts.append(Part("bands", tuple(aimed(r) for r in rings), band, 2))
    return Prop("cannon", tuple(parts), words(long=length > 6.8 * radius, thick=length < 5.8 * radius))


def airplane(draw: Draw) -> Prop:
    length, span, radius = draw.uniform(0.95, 1.15), draw.uniform(1.0, 1.25), draw.uniform(0.12, 0.16)
    chord, double = draw.uniform(0.22, 0.3), draw.chance(0.35)
    paint = draw.finish("metal", natural=("red", "white", "gray"))
    wing_finish = draw.finish("metal", natural=("white", "gray", "red"), avoid=[paint])
    half = length / 2
    body = revolve(
        [
            (0.05, -half),
            (radius * 0.7, -half * 0.5),
            (radius, -half * 0.05),
            (radius, half * 0.6),
            (radius * 0.72, half * 0.92),
        ],
        16,
    ).turned("x", 90)
    y = 0.4
    wings = []
    for level in [-0.6, 1.75] if double else [-0.1]:
        wings.append(box((0, y + level * radius, half * 0.22), (span, 0.078, chord)))
    tail = [box((0, y + 0.02, -half * 0.86), (span * 0.4, 0.074, chord * 0.62))]
    rudder = _side([(-half * 1.02, y), (-half * 1.02, y + 0.3), (-half * 0.82, y + 0.3), (-half * 0.5, y)], 0.078)
    struts = (
        [box((s * span * 0.32, y + 0.57 * radius, half * 0.22), (0.075, 2.35 * radius, 0.078)) for s in (-1, 1)]
        if double
        else []
    )
    dark = draw.finish("metal", natural=("black", "yellow"), avoid=[paint, wing_finish], painted=0.3)
    blade = [box((0, 0, 0), (0.09, 0.42, 0.075)).turned("z", draw.uniform(0, 180)).moved(0, y, half * 0.98)]
    spinner = rod((0, y, half * 0.9), (0, y, half * 1.14), 0.08, 0.5)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint, wing_finish, dark], painted=0.0)
    canopy = ellipsoid((0, y + radius * 0.85, half * 0.2), (radius * 0.62, radius * 0.72, 0.16), 12)
    rubber = draw.finish("plastic", natural=("black", "gray"), avoid=[paint], painted=0.0)
    gear = [_wheel(s * 0.17, y - radius - 0.12, half * 0.42, 0.08, 0.075) for s in (-1, 1)]
    legs = [
        rod(
            (s * 0.07, y - radius * 0.6, half * 0.4), (s * 0.17, y - radius - 0.12, half * 0.42), 0.034, segments=8
        )
        for s in (-1, 1)
    ]
    return Prop(
        "airplane",
        (
            Part("body", (body.moved(y=y), rudder), paint),
            Part("wings", (*wings, *tail, *struts), wing_finish),
            Part("propeller", (*blade, spinner), dark),
            Part("cockpit", (canopy,), pane, mentioned=False),
            Part("landing gear", (*gear, *legs), rubber, mentioned=False),
        ),
        words(wide=span > 1.15 * length, long=length > 1.05 * span),
    )


def train(draw: Draw) -> Prop:
    length, radius, wheel = draw.uniform(0.95, 1.15), draw.uniform(0.18, 0.22), draw.uniform(0.11, 0.135)
    cab, stack = draw.uniform(0.3, 0.38), draw.uniform(0.2, 0.32)
    paint = draw.finish("metal", natural=("black", "red", "green"))
    trim = draw.finish("metal", natural=("red", "gold", "black"), avoid=[paint])
    rubber = draw.finish("metal", natural=("black", "gray", "red"), avoid=[paint], painted=0.3)
    half, deck = length / 2, wheel * 1.5
    y = deck + 0.06 + radius
    boiler = cylinder((0, 0, 0), radius, length - cab, segments=16).turned("x", 90).moved(0, y, cab / 2 - 0.02)
    cabin = box((0, deck + radius * 1.35, -half + cab / 2), (radius * 2.5, radius * 2.7, cab))
    top = deck + radius * 2.7
    roof = box((0, top + 0.03, -half + cab / 2), (radius * 2.8, 0.09, cab + 0.12))
    base = box((0, deck + 0.02, 0), (radius * 2.2, 0.11, length + 0.02))
    at = half - 0.16
    chimney = revolve(
        [(0.07, y), (0.07, y + radius + stack * 0.5), (0.13, y + radius + stack), (0.05, y + radius + stack)],
        14,
        0.14,
    )
    dome = ellipsoid((0, y + radius * 0.9, (at - half + cab) / 2), (0.085, 0.13, 0.085), 12)
    plough = box((0, deck * 0.62, half + 0.04), (radius * 2.0, deck * 0.95, 0.2), (1, 0.3), (0, -0.06))
    pane = draw.finish("glass", natural=("yellow", "teal"), avoid=[paint, trim], painted=0.0)
    windows = [box((0, deck + radius * 1.95, -half + cab / 2), (radius * 2.5 + 0.06, radius * 0.75, cab * 0.5))]
    zs = np.linspace(-half + wheel + 0.02, half - wheel - 0.04, 3)
    wheels = [_wheel(s * radius * 1.05, wheel, float(z), wheel, 0.09) for s in (-1, 1) for z in zs]
    return Prop(
        "train",
        (
            Part("body", (boiler, cabin, dome), paint),
            Part("roof", (roof, base, plough), trim),
            Part("wheels", tuple(wheels), rubber, 6),
            Part("chimney", (chimney,), trim),
            Part("windows", tuple(windows), pane, mentioned=False),
        ),
        words(long=length > 5.7 * radius, short=length < 5.0 * radius),
    )


VEHICLES = {
    "boat": Category(boat, ("boat", "rowing boat", "rowboat")),
    "ship": Category(ship, ("ship", "sailing ship", "sailboat")),
    "car": Category(car, ("car", "automobile")),
    "truck": Category(truck, ("truck", "lorry")),
    "rocket": Category(rocket, ("rocket", "spaceship")),
    "cart": Category(cart, ("cart", "wagon")),
    "cannon": Category(cannon, ("cannon",)),
    "airplane": Category(airplane, ("airplane", "plane", "aircraft")),
    "train": Category(train, ("train", "locomotive", "steam engine")),
}
