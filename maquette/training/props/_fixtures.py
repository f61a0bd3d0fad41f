"""What is built into a home: doors, sinks, toilets, fridges."""

from __future__ import annotations

from math import cos, radians, sin

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    pillow,
    revolve,
    ring,
    rod,
    tube,
    vessel,
)
from maquette.training.props._words import words


def fridge(draw: Draw) -> Prop:
    style = draw.choice(["freezer", "freezer", "double", "single"])
    width, depth = draw.uniform(0.6, 0.72) + 0.2 * (style == "double"), draw.uniform(0.5, 0.62)
    height, gap = draw.uniform(1.15, 1.4), 0.035
    rounded, split = draw.chance(0.4), draw.choice([0.3, 0.36, 0.64, 0.7])
    body = draw.finish("metal", "plastic", natural=("white", "gray"), painted=0.45)
    door = body if draw.chance(0.7) else draw.finish("metal", "plastic", natural=("white", "gray"), avoid=[body])
    dark = draw.finish("plastic", natural=("black", "gray"), avoid=[body, door], painted=0)
    bars = draw.finish("metal", natural=("black", "gray"), avoid=[body, door], painted=0.3)
    front, foot = depth / 2, 0.07
    low, high = foot, foot + height

    def leaf(x: float, bottom: float, across: float, top: float) -> Solid:
        center, size = (x, (bottom + top) / 2, front + 0.08), (across, top - bottom, 0.12)
        return pillow(center, size, 0.14) if rounded else box(center, size)

    def handle(x: float, bottom: float, top: float) -> list[Solid]:
        z = front + 0.2
        return [rod((x, bottom, z), (x, top, z), 0.04)] + [
            box((x, y, z - 0.05), (0.08, 0.08, 0.12)) for y in (bottom + 0.04, top - 0.04)
        ]

    if style == "double":
        half = (width - gap) / 2
        doors = [leaf(s * (half + gap) / 2, low, half, high) for s in (-1, 1)]
        bar = [solid for s in (-1, 1) for solid in handle(s * 0.11, low + height * 0.35, low + height * 0.75)]
    elif style == "single":
        doors = [leaf(0, low, width, high)]
        bar = handle(-width * 0.34, low + height * 0.45, low + height * 0.75)
    else:
        at = low + height * split
        doors = [leaf(0, low, width, at - gap / 2), leaf(0, at + gap / 2, width, high)]
        bar = handle(-width * 0.34, max(low + 0.12, at - 0.34), at - 0.08)
        bar += handle(-width * 0.34, at + 0.08, min(at + 0.34, high - 0.1))
    back = box((0, (low + high) / 2, 0), (width, height, depth))
    seal = [box((0, (low + high) / 2, front), (width - 0.07, height - 0.07, 0.09)),
            box((0, foot / 2 + 0.02, 0), (width - 0.1, foot + 0.04, depth - 0.1))]  # fmt: skip
    return Prop(
        "fridge",
        (
            Part("body", (back,), body),
            Part(
                "doors" if len(doors) > 1 else "door", tuple(doors), door, len(doors), mentioned=door is not body
            ),
            Part("handles" if len(doors) > 1 else "handle", tuple(bar), bars, len(doors)),
            Part("seal", tuple(seal), dark, mentioned=False),
        ),
        words(tall=height / width > 1.95, wide=style == "double"),
    )


def toilet(draw: Draw) -> Prop:
    radius, stretch = draw.uniform(0.25, 0.3), draw.uniform(1.15, 1.35)
    height, tank = draw.uniform(0.4, 0.48), draw.uniform(0.34, 0.46)
    raised = draw.chance(0.65)
    china = draw.finish("ceramic", natural=("white",), painted=0.4)
    seat = draw.finish("wood", "plastic", natural=("brown", "white", "black"), avoid=[china], painted=0.5)
    metal = draw.finish("metal", natural=("gray", "gold"), avoid=[china], painted=0.1)
    water = draw.finish("glass", natural=("blue", "teal"), avoid=[china, seat], painted=0)
    profile = [(radius * 0.75, 0), (radius * 0.62, height * 0.3), (radius * 0.72, height * 0.5), (radius, height)]
    bowl = vessel(profile, 0.085, height * 0.6, 24).scaled(z=stretch)
    back = -radius * stretch
    wide, deep = radius * draw.uniform(2.0, 2.3), 0.22
    cistern = [
        box((0, height * 0.5, back * 0.75), (radius * 1.2, height, radius * 0.7)),
        box((0, height + tank / 2 - 0.06, back - deep * 0.4), (wide, tank + 0.1, deep)),
        box((0, height + tank + 0.02, back - deep * 0.4), (wide + 0.07, 0.08, deep + 0.06)),
    ]
    rim = ring((0, height + 0.02, 0), radius - 0.03, 0.1, segments=24, stretch=stretch)
    lid = cylinder((0, 0.04, 0), radius + 0.01, 0.08, segments=24).scaled(z=stretch)
    if raised:  # hinged at the back of the seat
        lid = lid.moved(z=-back).turned("x", -82).moved(0, height + 0.04, back + 0.12)
    else:
        lid = lid.moved(y=height + 0.04)
    handle = rod(
        (-wide * 0.42, height + tank * 0.7, back + 0.07), (-wide * 0.12, height + tank * 0.66, back + 0.07), 0.04
    )
    pool = cylinder((0, height * 0.6 + 0.03, 0), radius * 0.62, 0.08, segments=20).scaled(z=stretch)
    return Prop(
        "toilet",
        (
            Part("body", (bowl, *cistern), china),
            Part("seat", (rim, lid), seat),
            Part("handle", (handle,), metal, mentioned=False),
            Part("water", (pool,), water, mentioned=raised),
        ),
        words(open=raised, closed=not raised, tall=height + tank > 0.88),
    )


def _faucet(y: float, z: float, reach: float, height: float) -> list[Solid]:
    """A spout that rises from the rim and bends over the basin."""
    path = [[0, y, z]] + [
        [0, y + height + reach / 2 * sin(radians(a)), z + reach / 2 - reach / 2 * cos(radians(a))]
        for a in range(0, 181, 30)
    ]
    x, low, ahead = path[-1]
    return [tube([*path, [x, low - 0.08, ahead]], 0.045, 10), cylinder((0, y + 0.02, z), 0.08, 0.1, segments=14)]


def sink(draw: Draw) -> Prop:
    cabinet = draw.chance(0.5)
    reach, spout = draw.uniform(0.2, 0.28), draw.uniform(0.1, 0.18)
    metal = draw.finish("metal", natural=("gray", "gold"), painted=0.15)
    china = draw.finish(
        "ceramic", *(["metal"] if cabinet else []), natural=("white", "gray"), avoid=[metal], painted=0.3
    )
    water = draw.finish("glass", natural=("blue", "teal"), avoid=[metal, china], painted=0)
    hot = draw.finish("plastic", natural=("red", "blue"), avoid=[metal, china, water], painted=0.2)
    if cabinet:
        width, depth, top = draw.uniform(0.85, 1.1), draw.uniform(0.52, 0.62), draw.uniform(0.6, 0.75)
        wood = draw.finish("wood", natural=("brown", "tan"), avoid=[china], painted=0.5)
        rim = 0.11
        basin = [box((s * (width - rim) / 2, top, 0), (rim, 0.16, depth)) for s in (-1, 1)]
        basin += [
            box((0, top, z), (width, 0.159, b)) for z, b in ((depth / 2 - 0.06, 0.12), (-depth / 2 + 0.09, 0.18))
        ]
        pool = box((0, top - 0.06, 0), (width - 0.12, 0.09, depth - 0.12))
        below = [box((0, top / 2, 0), (width - 0.08, top - 0.02, depth - 0.06))]
        doors = [
            box((s * width * 0.22, top * 0.45, depth / 2 - 0.04), (width * 0.38, top * 0.7, 0.09)) for s in (-1, 1)
        ]
        knobs = [ellipsoid((s * 0.07, top * 0.55, depth / 2 + 0.03), (0.045, 0.045, 0.045), 10) for s in (-1, 1)]
        name, back, edge = "cabinet", -depth / 2 + 0.09, top + 0.05
        extra = [Part("knobs", tuple(knobs), metal, mentioned=False)]
    else:
        radius, top = draw.uniform(0.36, 0.45), draw.uniform(0.75, 0.95)
        wood = china if draw.chance(0.5) else draw.finish("stone", "ceramic", avoid=[china, metal])
        shape = [(0.14, top - 0.3), (radius * 0.85, top - 0.14), (radius, top - 0.08), (radius, top)]
        basin = [vessel(shape, 0.1, top - 0.14, 26).scaled(z=0.8)]
        basin += [box((0, top - 0.06, -radius * 0.78), (radius * 1.5, 0.22, 0.16))]
        pool = cylinder((0, top - 0.1, 0), radius - 0.08, 0.09, segments=24).scaled(z=0.8)
        below = [revolve([(0.2, 0), (0.2, 0.07), (0.11, 0.14), (0.12, top - 0.2)], 18)]
        width, doors, name, back, edge, extra = 2 * radius, [], "pedestal", -radius * 0.78, top + 0.02, []
    if doors:
        leaf = wood if draw.chance(0.4) else draw.finish("wood", avoid=[wood, china], natural=("tan", "brown"))
        extra.append(Part("doors", tuple(doors), leaf, 2, mentioned=leaf is not wood))
    taps = [cylinder((s * 0.2, edge + 0.05, back), 0.06, 0.14, segments=12) for s in (-1, 1)]
    parts = [
        Part("basin", tuple(basin), china),
        Part("faucet", tuple(_faucet(edge, back, reach, spout)), metal),
        Part("water", (pool,), water),
        Part(name, tuple(below), wood, mentioned=wood is not china),
        Part("taps", tuple(taps), hot, 2, mentioned=False),
        *extra,
    ]
    return Prop("sink", tuple(parts), words(tall=not cabinet and top > 0.88, wide=cabinet and width > 1.0))


def door(draw: Draw) -> Prop:
    style = draw.choice(["panels", "panels", "window", "planks"])
    width, height = draw.uniform(0.56, 0.72), draw.uniform(1.1, 1.3)
    arched, post = style == "planks" or draw.chance(0.2), draw.uniform(0.09, 0.13)
    depth, side = draw.uniform(0.1, 0.13), draw.choice([-1, 1])
    leaf = draw.finish("wood", "wood", "metal", natural=("brown", "tan"))
    materials = ("stone", "wood") if style == "planks" else ("wood", "metal")
    frame = draw.finish(*materials, natural=("white", "brown", "gray"), avoid=[leaf])
    metal = draw.finish("metal", natural=("gold", "black", "gray"), avoid=[leaf, frame], painted=0.2)

    def outline(half: float, top: float) -> list[tuple[float, float]]:
        if not arched:
            return [(half, 0), (half, top), (-half, top), (-half, 0)]
        rise = [
            (half * cos(radians(a)), top - half * 0.6 + half * 0.6 * sin(radians(a))) for a in range(0, 181, 20)
        ]
        return [(half, 0), *rise, (-half, 0)]

    half = width / 2
    case = extrude(outline(half + post, height + post), depth)
    # The leaf stands out of the frame, or one colour would be all there is to see from the side.
    panel = extrude(outline(half, height), depth + 0.06)
    knobs = [
        ellipsoid((side * half * 0.76, height * 0.45, s * (depth / 2 + 0.09)), (0.065, 0.065, 0.075), 12)
        for s in (-1, 1)
    ]
    parts = [Part("panel", (panel,), leaf), Part("frame", (case,), frame)]
    reach = depth + 0.11
    if style == "planks":
        bands = [box((-side * 0.04, height * y, 0), (width * 0.84, 0.1, reach)) for y in (0.2, 0.72)]
        parts.append(Part("bands", tuple(bands), metal, 2))
    else:
        inner = draw.finish("wood", natural=("tan", "brown", "white"), avoid=[leaf, frame], painted=0.4)
        inset = [box((s * width * 0.22, height * 0.24, 0), (width * 0.33, height * 0.28, reach)) for s in (-1, 1)]
        if style == "panels":
            top = 0.68 if not arched else 0.62
            inset += [
                box((s * width * 0.22, height * top, 0), (width * 0.33, height * 0.38, reach)) for s in (-1, 1)
            ]
        else:
            glass = draw.finish("glass", natural=("teal", "blue"), avoid=[leaf, frame, inner], painted=0.2)
            pane = box((0, height * 0.69, 0), (width * 0.66, height * draw.uniform(0.26, 0.36), reach))
            parts.append(Part("window", (pane,), glass))
        parts.append(Part("insets", tuple(inset), inner, mentioned=False))
    parts.append(Part("knob", tuple(knobs), metal))
    return Prop("door", tuple(parts), words(arched=arched, tall=height / width > 1.95, wide=height / width < 1.7))
