"""Helicopters, submarines and flying saucers: their noses point to the front (+Z)."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._profiles import cut_out, lengthwise, pair
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._sirens import ambulance, fire_truck, police_car, taxi
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, pillow, revolve, ring, rod, tube
from maquette.training.props._two_wheeled import bicycle, motorcycle
from maquette.training.props._words import words


def helicopter(draw: Draw) -> Prop:
    wide, high, long = draw.uniform(0.2, 0.25), draw.uniform(0.2, 0.25), draw.uniform(0.34, 0.42)
    boom, span = draw.uniform(0.46, 0.58), draw.uniform(0.58, 0.72)
    blades, turn = draw.choice([2, 3, 4]), draw.uniform(0, 90)
    paint = draw.finish("metal", natural=("red", "blue", "green", "white", "yellow"), painted=0.5)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint], painted=0.0)
    dark = draw.finish("metal", natural=("gray", "black"), avoid=[paint, pane], painted=0.15)
    trim = draw.finish("metal", natural=("white", "yellow", "red"), avoid=[paint, pane, dark], painted=0.4)
    y = 0.16 + high
    body = ellipsoid((0, y, 0), (wide, high, long), 20)
    bubble = ellipsoid((0, y + high * 0.24, long * 0.36), (wide * 0.9, high * 0.72, long * 0.68), 20)
    back = -long * 0.6
    tail = rod((0, y + 0.04, back), (0, y + 0.14, back - boom), 0.1, 0.58, 12)
    end = back - boom
    fin = cut_out([(end + 0.14, y + 0.1), (end - 0.1, y + 0.4), (end - 0.2, y + 0.4), (end - 0.1, y + 0.02)], 0.1)
    flat = box((0, y + 0.13, end + 0.1), (0.42, 0.1, 0.13))
    hub = y + high + 0.16
    mast = [
        cylinder((0, hub - 0.08, -0.03), 0.06, 0.22, segments=12),
        cylinder((0, hub, -0.03), 0.1, 0.11, segments=14),
    ]
    mast.append(pillow((0, y + high * 0.95, -0.05), (wide * 1.1, 0.15, long * 0.95), 0.5))
    rotor = [
        box((span / 2, 0, 0), (span, 0.1, 0.14)).turned("y", turn + k * 360 / blades).moved(0, hub + 0.02, -0.03)
        for k in range(blades)
    ]
    spin = draw.uniform(0, 90)
    small = [
        box((0, 0, 0), (0.1, 0.44, 0.1)).turned("x", spin + 90 * k).moved(0.1, y + 0.2, end - 0.04) for k in (0, 1)
    ]
    small.append(rod((0, y + 0.2, end - 0.04), (0.16, y + 0.2, end - 0.04), 0.055))
    skids = pair(
        tube([[wide, 0.045, -long * 0.85], [wide, 0.045, long * 0.75], [wide, 0.12, long * 0.98]], 0.05, 8),
        *(
            rod((wide * 0.6, y - high * 0.5, z), (wide, 0.045, z), 0.05, segments=8)
            for z in (-long * 0.4, long * 0.4)
        ),
    )
    stripe = lengthwise([(1.0, -0.05), (1.0, 0.05)]).scaled(wide, high, 1).moved(0, y, -long * 0.25)
    band = Solid(stripe.vertices, stripe.faces, 0.1)
    return Prop(
        "helicopter",
        (
            Part("body", (body, tail, *mast[2:]), paint),
            Part("rotor", (*rotor, *mast[:2], *small), dark),
            Part("windows", (bubble,), pane),
            Part("tail fin", (fin, flat), trim),
            Part("stripe", (band,), trim, mentioned=False),
            Part("skids", skids, dark, 2),
        ),
        words(long=boom > 0.54, round=long < 1.65 * wide),
    )


def submarine(draw: Draw) -> Prop:
    length, radius = draw.uniform(1.0, 1.2), draw.uniform(0.2, 0.26)
    tower, blunt = draw.uniform(0.15, 0.22), draw.uniform(0.12, 0.24)
    ports, hook = draw.choice([2, 3]), draw.choice([-1, 1])
    paint = draw.finish("metal", natural=("yellow", "yellow", "gray", "blue"), painted=0.35)
    trim = draw.finish("metal", natural=("red", "orange", "black", "white"), avoid=[paint], painted=0.3)
    pane = draw.finish("glass", natural=("teal", "white"), avoid=[paint, trim], painted=0.0)
    metal = draw.finish("metal", natural=("gray", "gold", "black"), avoid=[paint, pane], painted=0.1)
    half, y = length / 2, radius + 0.1
    nose = [(radius * cos(t), half - blunt + blunt * sin(t)) for t in (pi / 2 * k / 5 for k in range(6))]
    hull = lengthwise(
        [(radius * 0.22, -half), (radius * 0.62, -half * 0.72), (radius * 0.95, -half * 0.3), *nose], 20
    ).moved(y=y)
    top = y + radius
    sail = pillow((0, top + tower * 0.3, 0.06), (radius * 0.95, tower * 1.5, 0.36), 0.55)
    roof = top + tower
    scope = tube(
        [[0, roof - 0.04, 0.08], [0, roof + 0.17, 0.08], [0, roof + 0.22, 0.1], [0, roof + 0.22, 0.2]], 0.042, 10
    )
    windows = [
        rod((s * radius * 0.8, y + 0.02, z), (s * (radius + 0.02), y + 0.02, z), 0.085, segments=14)
        for s in (-1, 1) for z in ([-0.06, 0.2] if ports == 2 else [-0.16, 0.06, 0.28])
    ]  # fmt: skip
    windows.append(rod((0, y + 0.05, half - 0.1), (0, y + 0.05, half + 0.01), radius * 0.5, segments=16))
    rims = [ring((0, y + 0.05, half - 0.04), radius * 0.5, 0.075, "z", 18)]
    fins = [
        box((0, y, -half * 0.82), (radius * 2.3, 0.085, 0.17)),
        box((0, y, -half * 0.82), (0.085, radius * 2.2, 0.17)),
    ]
    planes = box((0, y - 0.02, half * 0.55), (radius * 2 + 0.24, 0.08, 0.16))
    screw = [
        ellipsoid((0, 0.13, 0), (0.06, 0.12, 0.045), 10)
        .turned("y", 25)
        .turned("z", 90 * k)
        .moved(0, y, -half - 0.07)
        for k in range(4)
    ]
    screw.append(rod((0, y, -half + 0.05), (0, y, -half - 0.13), 0.06))
    lid = cylinder((0, roof + 0.02, -0.04), radius * 0.3, 0.1, segments=14)
    return Prop(
        "submarine",
        (
            Part("hull", (hull, sail), paint),
            Part("portholes", tuple(windows), pane),
            Part("fins", (*fins, planes, lid), trim),
            Part("propeller", tuple(screw), metal),
            Part(
                "periscope",
                (scope.turned("y", 0 if hook > 0 else 180).moved(0, 0, 0 if hook > 0 else 0.16),),
                metal,
            ),
            Part("rim", tuple(rims), trim, mentioned=False),
        ),
        words(long=length > 4.9 * radius, thick=length < 4.4 * radius),
    )


def flying_saucer(draw: Draw) -> Prop:
    radius, thick = draw.uniform(0.48, 0.56), draw.uniform(0.16, 0.22)
    dome, bulge = draw.uniform(0.2, 0.25), draw.uniform(0.75, 1.05)
    lights, below = draw.choice([6, 8, 10]), draw.choice(["legs", "engine", "beam"])
    hull = draw.finish("metal", natural=("gray",), painted=0.45)
    glass = draw.finish("glass", natural=("teal", "green", "blue"), avoid=[hull], painted=0.1)
    glow = draw.finish("glass", natural=("yellow", "red", "green"), avoid=[hull, glass], painted=0.1)
    dark = draw.finish("metal", natural=("black", "gray"), avoid=[hull], painted=0.1)
    floor = {"legs": 0.24, "engine": 0.1, "beam": 0.42}[below]
    middle = floor + thick * 0.5
    disc = revolve(
        [(radius * 0.36, floor), (radius * 0.8, middle - 0.06), (radius, middle - 0.035), (radius, middle + 0.035),
         (radius * 0.75, middle + 0.075), (radius * 0.45, floor + thick)], 28
    )  # fmt: skip
    top = floor + thick
    bubble = ellipsoid((0, top - 0.02, 0), (dome, dome * bulge, dome), 20, lowest=0.0)
    collar = ring((0, top, 0), dome * 1.05, 0.075)
    lamps = []
    for k in range(lights):
        a = (k + 0.5) * 2 * pi / lights
        lamps.append(
            ellipsoid((radius * 0.83 * sin(a), middle + 0.06, radius * 0.83 * cos(a)), (0.062, 0.05, 0.062), 10)
        )
    parts = [
        Part("hull", (disc,), hull),
        Part("dome", (bubble,), glass),
        Part("lights", tuple(lamps), glow, lights),
        Part("collar", (collar,), dark, mentioned=False),
    ]
    if below == "legs":
        stilts: list[Solid] = []
        for k in range(3):
            a = k * 2 * pi / 3
            x, z = sin(a), cos(a)
            stilts.append(rod((x * 0.24, floor + 0.05, z * 0.24), (x * 0.34, 0.03, z * 0.34), 0.04))
            stilts.append(cylinder((x * 0.34, 0.03, z * 0.34), 0.09, 0.07, segments=12))
        parts.append(Part("legs", tuple(stilts), dark, 3))
    elif below == "engine":
        parts.append(Part("engine", (cylinder((0, 0.06, 0), radius * 0.3, 0.13, 1.2, 18),), dark))
    else:
        ray = draw.finish("glass", natural=("yellow", "green", "white"), avoid=[hull, glass, dark], painted=0.1)
        parts.append(Part("beam", (cylinder((0, floor / 2 + 0.02, 0), radius * 0.52, floor, 0.45, 20),), ray))
    return Prop("flying_saucer", tuple(parts), words(flat=thick < 0.18 and bulge < 0.9, round=bulge > 0.97))


TRANSPORT = {
    "taxi": Category(taxi, ("taxi", "taxi cab", "cab")),
    "police_car": Category(police_car, ("police car", "cop car", "patrol car")),
    "ambulance": Category(ambulance, ("ambulance",)),
    "fire_truck": Category(fire_truck, ("fire truck", "fire engine")),
    "helicopter": Category(helicopter, ("helicopter", "chopper")),
    "motorcycle": Category(motorcycle, ("motorcycle", "motorbike")),
    "bicycle": Category(bicycle, ("bicycle", "bike")),
    "submarine": Category(submarine, ("submarine",)),
    "flying_saucer": Category(flying_saucer, ("flying saucer", "ufo", "alien spaceship")),
}
