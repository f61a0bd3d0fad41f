"""Taxis, police cars, ambulances and fire trucks: their noses point to the front (+Z)."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.training.props._motors import profile, wheel_solid
from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, rod
from maquette.training.props._words import words


def _wheels(draw: Draw, x: float, radius: float, zs: Sequence[float], avoid: Sequence[Finish]) -> list[Part]:
    """Black wheels on both sides, hubs that stand out a little, and lamps' colours kept off them."""
    rubber = draw.finish("plastic", natural=("black", "black", "black", "gray"), avoid=avoid, painted=0.0)
    metal = draw.finish("metal", natural=("gray", "white"), avoid=[rubber, *avoid[:1]], painted=0.0)
    at = [(s, z) for s in (-1, 1) for z in zs]
    tyres = tuple(wheel_solid(s * x, radius, z, radius, 0.13) for s, z in at)
    hubs = tuple(wheel_solid(s * x, radius, z, radius * 0.5, 0.18) for s, z in at)
    return [Part("wheels", tyres, rubber, len(at)), Part("hubs", hubs, metal, mentioned=False)]


def _lamps(draw: Draw, x: float, y: float, z: float, avoid: Sequence[Finish]) -> Part:
    light = draw.finish("glass", natural=("yellow", "white"), avoid=avoid, painted=0.0)
    return Part("headlights", tuple(box((s * x, y, z), (0.11, 0.085, 0.1)) for s in (-1, 1)), light, 2)


def _siren(draw: Draw, width: float, y: float, z: float, avoid: Sequence[Finish]) -> list[Part]:
    """A bar of lights across a roof: red on one side and blue on the other, or all of one colour."""
    first = draw.finish("glass", natural=("red", "blue"), avoid=avoid, painted=0.0)
    second = draw.finish("glass", natural=("blue", "red"), avoid=[*avoid, first], painted=0.0)
    side = draw.choice([-1, 1])
    halves = [box((s * width * 0.25, y, z), (width * 0.48, 0.1, 0.13), (0.9, 0.8)) for s in (side, -side)]
    return [
        Part("siren", (halves[0],), first),
        Part("second light", (halves[1],), second, mentioned=False),
    ]


def _sedan(draw: Draw, length: float, width: float, waist: float, cabin: float, low: float) -> tuple[Solid, ...]:
    """A saloon's body, roof and pillars, and last its glass."""
    half, nose = length / 2, waist * 0.92
    body = profile(
        [(-half, low), (half - 0.03, low), (half, low + 0.06), (half, nose - 0.06), (half - 0.05, nose),
         (half * 0.42, waist), (-half + 0.05, waist), (-half, waist - 0.06)], width
    )  # fmt: skip
    fore, rear, top = half * draw.uniform(0.1, 0.18), -half * draw.uniform(0.4, 0.5), waist + cabin
    glass = profile(
        [(-half * 0.72, waist - 0.05), (half * 0.46, waist - 0.05), (fore, top), (rear, top)], width * 0.86
    )
    roof = profile(
        [(rear - 0.04, top - 0.02), (fore + 0.04, top - 0.02), (fore, top + 0.06), (rear, top + 0.06)], width * 0.9
    )
    pillar = box((0, waist + cabin / 2, (fore + rear) / 2), (width * 0.895, cabin, 0.085))
    return body, roof, pillar, glass


def taxi(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(1.05, 1.2), draw.uniform(0.5, 0.58), draw.uniform(0.13, 0.155)
    waist, cabin = draw.uniform(0.35, 0.41), draw.uniform(0.2, 0.25)
    checks, london = draw.chance(0.7), draw.chance(0.12)
    paint = draw.finish("metal", natural=("black",) if london else ("yellow",), painted=0.12)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint], painted=0.0)
    dark = draw.finish("metal", natural=("black", "white"), avoid=[paint, pane], painted=0.0)
    sign = draw.finish("plastic", natural=("white", "yellow"), avoid=[paint, dark], painted=0.0)
    *shell, glass = _sedan(draw, length, width, waist, cabin, wheel * 0.65)
    half, top = length / 2, waist + cabin + 0.06
    y = waist - 0.1
    if checks:  # squares in two rows, each under a gap of the other
        size, count = 0.085, 9
        pitch = length * 0.92 / count
        marks = [
            box((0, y + (k % 2 - 0.5) * size, (k - (count - 1) / 2) * pitch), (width + 0.04, size, pitch))
            for k in range(count)
        ]
    else:
        marks = [box((0, y, 0), (width + 0.04, 0.1, length * 0.94))]
    bars = [box((0, wheel * 0.65 + 0.04, s * half), (width * 0.94, 0.085, 0.09)) for s in (-1, 1)]
    plate = [box((0, top + 0.035, -half * 0.15), (width * 0.6, 0.13, 0.14), (0.9, 0.7))]
    return Prop(
        "taxi",
        (
            Part("body", tuple(shell), paint),
            Part("sign", tuple(plate), sign),
            Part("checks" if checks else "stripe", tuple(marks), dark),
            Part("windows", (glass,), pane),
            *_wheels(draw, width / 2 - 0.03, wheel, (-half * 0.6, half * 0.6), [paint]),
            _lamps(draw, width * 0.32, (waist + wheel) / 2 + 0.04, half - 0.02, [paint, pane]),
            Part("bumpers", tuple(bars), dark, mentioned=False),
        ),
        words(checkered=checks, long=length > 1.16, tall=cabin > 0.24),
    )


def police_car(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(1.05, 1.2), draw.uniform(0.5, 0.58), draw.uniform(0.13, 0.155)
    waist, cabin = draw.uniform(0.34, 0.4), draw.uniform(0.19, 0.24)
    american = draw.chance(0.6)
    paint = draw.finish("metal", natural=("black", "blue") if american else ("white",), painted=0.1)
    other = draw.finish(
        "metal", natural=("white",) if american else ("blue", "black"), avoid=[paint], painted=0.05
    )
    pane = draw.finish("glass", natural=("teal",), avoid=[paint, other], painted=0.0)
    metal = draw.finish("metal", natural=("gray", "black"), avoid=[paint], painted=0.0)
    low, half = wheel * 0.65, length / 2
    body, roof, pillar, glass = _sedan(draw, length, width, waist, cabin, low)
    if american:  # white doors and roof on a dark car
        doors = [
            box((0, (low + waist) / 2 + 0.01, -half * 0.06), (width + 0.03, waist - low - 0.02, length * 0.36))
        ]
        marked, shell, name = [*doors, roof, pillar], [body], "doors"
    else:  # a broad band along the sides
        band = box((0, (low + waist) / 2 + 0.03, 0), (width + 0.04, (waist - low) * 0.42, length * 0.96))
        marked, shell, name = [band], [body, roof, pillar], "stripe"
    bars = [box((0, low + 0.04, s * half), (width * 0.94, 0.085, 0.09)) for s in (-1, 1)]
    bars.append(box((0, low + 0.1, half + 0.03), (width * 0.5, 0.2, 0.07)))
    return Prop(
        "police_car",
        (
            Part("body", tuple(shell), paint),
            Part(name, tuple(marked), other),
            *_siren(draw, width * 0.9, waist + cabin + 0.09, -half * 0.15, [paint] if american else []),
            Part("windows", (glass,), pane),
            *_wheels(draw, width / 2 - 0.03, wheel, (-half * 0.6, half * 0.6), []),
            _lamps(draw, width * 0.34, (waist + wheel) / 2 + 0.05, half - 0.02, [paint, pane]),
            Part("bumpers", tuple(bars), metal, mentioned=False),
        ),
        words(long=length > 1.16, low=cabin < 0.205),
    )


def _cab(low: float, tall: float, front: float, back: float, width: float) -> tuple[Solid, list[Solid]]:
    """An upright driver's cab and its windows, in front and on the sides."""
    top, knee = low + tall, low + tall * 0.48
    shape = [(back, low), (front, low), (front, knee), (front - 0.08, top), (back, top)]
    lean = 0.08 / (top - knee)
    sill, head = knee + 0.03, top - 0.075
    a, b = front - (sill - knee) * lean, front - (head - knee) * lean
    screen = profile([(a + 0.03, sill), (b + 0.03, head), (b - 0.07, head), (a - 0.07, sill)], width * 0.82)
    deep = front - back
    sides = box((0, (sill + head) / 2, back + deep * 0.5), (width + 0.05, head - sill, deep * 0.52))
    return profile(shape, width), [screen, sides]


def ambulance(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(1.1, 1.25), draw.uniform(0.5, 0.56), draw.uniform(0.125, 0.15)
    cab, tall = draw.uniform(0.38, 0.44), draw.uniform(0.62, 0.74)
    hood, band = draw.uniform(0.16, 0.22), draw.uniform(0.1, 0.13)
    paint = draw.finish("metal", natural=("white",), painted=0.08)
    red = draw.finish("metal", natural=("red", "red", "orange", "blue"), avoid=[paint], painted=0.05)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint, red], painted=0.0)
    low, half = wheel * 0.8, length / 2
    front = half - hood
    cabin, panes = _cab(low, cab + 0.1, front, front - 0.36, width)
    nose = box((0, low + 0.13, front + hood / 2 - 0.02), (width * 0.94, 0.26, hood + 0.06), (0.96, 0.85))
    end = front - 0.3
    load = box((0, low + tall / 2, (end - half) / 2), (width + 0.06, tall, end + half))
    middle, side = (end - half) / 2, width / 2 + 0.03
    level, arm = low + tall * 0.66, draw.uniform(0.1, 0.13)
    cross = []
    for s in (-1, 1):
        cross += [box((s * side, level, middle), (0.07, *size)) for size in ((arm * 2.4, 0.1), (0.1, arm * 2.4))]
    cross += [
        box((0, low + tall, middle), (*size[:1], 0.07, size[1])) for size in ((arm * 2.4, 0.1), (0.1, arm * 2.4))
    ]
    cross += [box((0, level, -half), (*size, 0.07)) for size in ((arm * 2, 0.09), (0.09, arm * 2))]
    stripe = [box((0, low + tall * 0.27, middle), (width + 0.1, band, end + half + 0.03))]
    stripe.append(box((0, low + tall * 0.27, half - hood), (width + 0.03, band, hood * 1.6)))
    bars = [box((0, low + 0.03, s * half), (width * 0.96, 0.085, 0.1)) for s in (-1, 1)]
    metal = draw.finish("metal", natural=("gray", "black"), avoid=[paint], painted=0.0)
    lights = _siren(draw, width, low + tall + 0.04, end - 0.09, [paint])
    return Prop(
        "ambulance",
        (
            Part("body", (cabin, nose, load), paint),
            Part("cross", tuple(cross), red),
            Part("stripe", tuple(stripe), red),
            *lights,
            Part("windows", tuple(panes), pane),
            *_wheels(draw, width / 2 - 0.02, wheel, (-half * 0.58, half * 0.66), [red]),
            _lamps(draw, width * 0.34, low + 0.2, half - 0.02, [paint, pane]),
            Part("bumpers", tuple(bars), metal, mentioned=False),
        ),
        words(long=length > 1.2, tall=tall > 0.71, short=length < 1.13),
    )


def fire_truck(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(1.25, 1.45), draw.uniform(0.46, 0.52), draw.uniform(0.125, 0.15)
    cab, tall = draw.uniform(0.5, 0.58), draw.uniform(0.36, 0.44)
    tilt, rungs = draw.uniform(0, 14), draw.choice([6, 7, 8])
    paint = draw.finish("metal", natural=("red",), painted=0.1)
    steel = draw.finish("metal", natural=("gray", "white"), avoid=[paint], painted=0.05)
    band = draw.finish("metal", natural=("white", "yellow"), avoid=[paint, steel], painted=0.05)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint, steel], painted=0.0)
    low, half = wheel * 0.85, length / 2
    cabin, panes = _cab(low, cab, half, half - 0.42, width)
    start, end = -half, half - 0.46
    load = box((0, low + tall / 2, (start + end) / 2), (width, tall, end - start))
    frame = box((0, low + 0.04, 0), (width * 0.7, 0.1, length - 0.1))
    shutters = [
        box((0, low + tall * 0.62, start + (end - start) * at), (width + 0.05, tall * 0.42, (end - start) * 0.23))
        for at in (0.2, 0.5, 0.8)
    ]
    stripe = [box((0, low + tall * 0.22, -0.01), (width + 0.04, 0.085, length - 0.06))]
    # The ladder lies on top, hinged at the back and resting over the cab.
    long, gauge = length * 0.92, width * 0.22
    ladder: list[Solid] = [box((s * gauge, 0, long / 2), (0.08, 0.085, long)) for s in (-1, 1)]
    ladder += [
        rod((-gauge, 0, long * (k + 0.5) / rungs), (gauge, 0, long * (k + 0.5) / rungs), 0.04, segments=8)
        for k in range(rungs)
    ]
    hinge = low + tall + 0.13
    rest = max(tilt, 9.0 if cab > tall + 0.1 else 0.0)
    placed = [part.turned("x", -rest).moved(0, hinge, start + 0.08) for part in ladder]
    mount = cylinder((0, low + tall + 0.05, start + 0.16), width * 0.28, 0.14, segments=14)
    bars = [box((0, low + 0.05, half), (width * 0.98, 0.13, 0.11))]
    siren = draw.finish("glass", natural=("blue",), avoid=[paint, pane], painted=0.0)
    lights = [box((s * width * 0.36, low + cab + 0.04, half - 0.17), (0.12, 0.1, 0.13)) for s in (-1, 1)]
    return Prop(
        "fire_truck",
        (
            Part("body", (cabin, load, frame), paint),
            Part("ladder", (*placed, mount), steel),
            Part("stripe", tuple(stripe), band),
            Part("sirens", tuple(lights), siren, 2),
            Part("windows", tuple(panes), pane),
            Part("lockers", tuple(shutters), steel, mentioned=False),
            *_wheels(
                draw,
                width / 2 - 0.02,
                wheel,
                (half - 0.24, start + wheel + 0.1, start + wheel * 3.2 + 0.1),
                [paint],
            ),
            _lamps(draw, width * 0.34, low + 0.17, half - 0.01, [paint, pane]),
            Part("bumpers", tuple(bars), steel, mentioned=False),
        ),
        words(long=length > 1.38, raised=rest > 11),
    )
