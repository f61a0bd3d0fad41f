"""Cars and trucks: their noses point to the front (+Z)."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    extrude,
    revolve,
)
from maquette.training.props._words import words


def wheel_solid(x: float, y: float, z: float, radius: float, width: float) -> Solid:
    """A disc that rolls along z."""
    return cylinder((0, 0, 0), radius, width, segments=16).turned("z", 90).moved(x, y, z)


def profile(outline: Sequence[tuple[float, float]], width: float, thickness: float | None = None) -> Solid:
    """A side view of (z, y) points given a width along x."""
    return extrude(outline, width, thickness).turned("y", -90)


def _tyres(draw: Draw, x: float, radius: float, width: float, zs: Sequence[float], body: Finish) -> list[Part]:
    """Wheels on both sides with hubs that stand out a little."""
    rubber = draw.finish("plastic", natural=("black",), avoid=[body], painted=0.12)
    metal = draw.finish("metal", natural=("gray", "white"), avoid=[rubber, body], painted=0.0)
    at = [(s, z) for s in (-1, 1) for z in zs]
    wheels = tuple(wheel_solid(s * x, radius, z, radius, width) for s, z in at)
    hubs = tuple(wheel_solid(s * x, radius, z, radius * 0.5, width + 0.05) for s, z in at)
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
    body = profile(
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
    glass = profile(
        [(back * half, waist - 0.05), (front * half, waist - 0.05), (fore * half, top), (rear * half, top)],
        width * 0.86,
    )
    roof = profile(
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

    screen = profile(
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
            Part("cab", (profile(shape, width),), paint),
            Part(name, tuple(cargo), load),
            Part("windows", (screen, sides), pane),
            *_tyres(draw, width / 2 - 0.02, wheel, 0.12, axles, paint),
            Part("frame", (frame,), chassis, mentioned=False),
            Part("headlights", tuple(lamps), lamp, mentioned=False),
        ),
        words(long=length > 2.6 * width, short=length < 2.3 * width),
    )
