"""Boats, ships, rockets and airplanes: their noses point to the front (+Z)."""

from __future__ import annotations

from math import pi, sin

import numpy as np

from maquette.training.props._motors import profile, wheel_solid
from maquette.training.props._prop import Draw, Part, Prop
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
        sails = [profile(outline, span, 0.085).moved(z=z + 0.07)]
    else:
        back, front = length * 0.44 + z, length * 0.42 - z
        sails = [profile([(-0.06, low), (-back, low), (-0.06, top - 0.03)], 0.09).moved(z=z)]
        if draw.chance(0.6):
            sails.append(profile([(0.06, low + 0.02), (front, low + 0.02), (0.06, top - 0.2)], 0.088).moved(z=z))
    count = len(sails)
    parts = [
        Part("hull", (hull,), wood),
        Part("sails" if count == 2 else "sail", tuple(sails), cloth, count),
        Part("mast", (mast,), pole),
    ]
    if draw.chance(0.4):
        flag = draw.finish("cloth", natural=("red", "blue"), avoid=[wood, cloth, pole])
        banner = profile([(0.03, top - 0.02), (-0.24, top + 0.08), (0.03, top + 0.18)], 0.085).moved(z=z)
        parts.append(Part("flag", (banner,), flag))
    return Prop("ship", tuple(parts), words(tall=top > 1.1 * length, wide=width > 0.52 * length))


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
    rudder = profile(
        [(-half * 1.02, y), (-half * 1.02, y + 0.3), (-half * 0.82, y + 0.3), (-half * 0.5, y)], 0.078
    )
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
    gear = [wheel_solid(s * 0.17, y - radius - 0.12, half * 0.42, 0.08, 0.075) for s in (-1, 1)]
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
