"""Weapons and tools: they stand upright with their flat side to the front."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, arc, box, cylinder, ellipsoid, extrude, ring, rod
from maquette.training.props._words import words


def sword(draw: Draw) -> Prop:
    kind = draw.choice(["straight", "straight", "leaf", "curved"])
    length, width = draw.uniform(0.85, 1.15), draw.uniform(0.17, 0.3)
    grip_length, guard_width = draw.uniform(0.24, 0.34), width * draw.uniform(1.9, 2.8)
    depth = draw.uniform(0.09, 0.11)
    blade_finish = draw.finish("metal", painted=0.45)
    guard_finish = draw.finish("metal", natural=("gold", "gray"), avoid=[blade_finish])
    grip_finish = draw.finish("wood", "cloth", natural=("brown", "black"), avoid=[blade_finish, guard_finish])
    base, tip, half = grip_length + 0.1, grip_length + 0.1 + length, width / 2
    if kind == "curved":
        bend = draw.uniform(0.14, 0.22)
        steps = [k / 8 for k in range(9)]
        left = [(-half * (1 - t**3) + bend * t * t, base + length * t) for t in steps]
        right = [(half * (1.1 + 0.5 * t - 1.6 * t**4) + bend * t * t, base + length * t * 0.94) for t in steps]
        outline = [*left, *right[::-1]]
    else:
        waist = 0.72 if kind == "leaf" else 1.0
        belly = 1.25 if kind == "leaf" else 0.85
        shape = [(half, 0), (half * waist, 0.3), (half * belly, 0.68), (half * belly * 0.9, 0.8)]
        right = [(x, base + length * t) for x, t in shape]
        outline = [*right, (0, tip), *[(-x, y) for x, y in right[::-1]]]
    guard = box((0, base, 0), (guard_width, 0.1, depth + 0.06))
    tips = [ellipsoid((s * guard_width / 2, base, 0), (0.075, 0.075, 0.085), 10) for s in (-1, 1)]
    pommel = ellipsoid((0, 0.03, 0), (0.09, 0.09, 0.09), 12)
    return Prop(
        "sword",
        (
            Part("blade", (extrude(outline, depth),), blade_finish),
            Part("guard", (guard, *(tips if draw.chance(0.5) else []), pommel), guard_finish),
            Part("grip", (rod((0, 0.03, 0), (0, base, 0), 0.062),), grip_finish),
        ),
        words(curved=kind == "curved", wide=width > 0.28 * length, narrow=width < 0.19 * length),
    )


def axe(draw: Draw) -> Prop:
    double = draw.chance(0.4)
    length, reach = draw.uniform(0.95, 1.3), draw.uniform(0.3, 0.42)
    edge, neck = draw.uniform(0.24, 0.36), draw.uniform(0.08, 0.14)
    depth, radius = draw.uniform(0.12, 0.15), draw.uniform(0.05, 0.065)
    head_finish = draw.finish("metal", painted=0.45)
    handle_finish = draw.finish("wood", painted=0.35, avoid=[head_finish])
    y = length - edge * 0.8
    curve = [(reach + 0.07 * cos(t), y - 0.03 + edge * sin(t)) for t in (k * pi / 8 for k in range(-4, 5))]
    blade = extrude([(0, y - neck), *curve, (0, y + neck)], depth)
    back = blade.mirrored() if double else box((-0.1, y, 0), (0.16, neck * 1.7, depth))
    parts = [
        Part("head", (blade, back), head_finish),
        Part("handle", (rod((0, 0, 0), (0, length + 0.05, 0), radius),), handle_finish),
    ]
    if draw.chance(0.5):
        wrap = draw.finish(
            "cloth", natural=("red", "brown", "black"), avoid=[head_finish, handle_finish], painted=0.4
        )
        parts.append(Part("grip", (cylinder((0, 0.2, 0), radius + 0.03, 0.32, segments=12),), wrap))
    return Prop("axe", tuple(parts), words(double=double, long=length > 1.2))


def hammer(draw: Draw) -> Prop:
    length, radius = draw.uniform(0.75, 1.2), draw.uniform(0.055, 0.075)
    width, size = draw.uniform(0.5, 0.75), draw.uniform(0.24, 0.36)
    is_round = draw.chance(0.5)
    head_finish = draw.finish("metal", "metal", "wood", "stone", painted=0.45)
    handle_finish = draw.finish("wood", painted=0.35, avoid=[head_finish])
    y = length - size / 2

    def across(x: float, extent: float, thick: float) -> Solid:
        if is_round:
            return cylinder((0, 0, 0), thick / 2, extent, segments=18).turned("z", 90).moved(x, y)
        return box((x, y, 0), (extent, thick, thick))

    parts = [
        Part("head", (across(0, width, size),), head_finish),
        Part("handle", (rod((0, 0, 0), (0, length + 0.06, 0), radius),), handle_finish),
    ]
    if draw.chance(0.55):
        bands = draw.finish("metal", natural=("gold", "gray"), avoid=[head_finish, handle_finish])
        at = width / 2 - 0.07
        parts.append(Part("bands", tuple(across(x, 0.1, size + 0.06) for x in (-at, at)), bands, 2))
    return Prop("hammer", tuple(parts), words(long=length > 1.8 * width, short=length < 1.25 * width))


def shield(draw: Draw) -> Prop:
    kind = draw.choice(["round", "heater", "heater", "kite"])
    width, height = draw.uniform(0.7, 0.9), {"round": 0.0, "heater": 0.98, "kite": 1.25}[kind]
    border, depth = draw.uniform(0.065, 0.1), 0.11
    body = draw.finish("wood", "metal", natural=("brown", "gray"))
    rim_finish = draw.finish("metal", natural=("gray", "gold"), avoid=[body])
    emblem_finish = draw.finish("metal", natural=("gold", "gray", "white"), avoid=[body, rim_finish])
    if draw.chance(0.4):
        emblem_finish = rim_finish
    half = width / 2
    if kind == "round":
        outline = [(half * x, half + half * y) for x, y, _ in arc((0, 0, 0), 1, 0, 345, 24)]
        center, height = half, width
    else:
        power = 2.4 if kind == "heater" else 1.7
        side = [k / 8 for k in range(9)]
        right = [(half * (1 - t**power), height * 0.62 * (1 - t)) for t in side]
        top = [(half, height), (0, height + 0.05), (-half, height)]
        outline = [*right[:-1][::-1], *top, *[(-x, y) for x, y in right[:-1]], (0, 0)]
        center = height * 0.6

    def scaled(factor: float) -> list[tuple[float, float]]:
        return [(x * factor, center + (y - center) * factor) for x, y in outline]

    front = depth / 2 + 0.035
    emblem = draw.choice(["boss", "cross", "stripe", "diamond"])
    if emblem == "boss":
        solids: tuple[Solid, ...] = (ellipsoid((0, center, front), (0.15, 0.15, 0.12), 14),)
    elif emblem == "cross":
        arm, bar = half * 0.52, draw.uniform(0.11, 0.15)
        solids = (
            box((0, center, front), (bar, 2 * arm, 0.09)),
            box((0, center + arm * 0.15, front), (2 * arm, bar, 0.094)),
        )
    elif emblem == "stripe":
        tall = min(height - 2 * border, 2 * (height - center) - 0.2)
        solids = (box((0, center, front), (draw.uniform(0.16, 0.24), tall, 0.09)),)
    else:
        a, b = draw.uniform(0.15, 0.2), draw.uniform(0.2, 0.28)
        points = [(a, center), (0, center + b), (-a, center), (0, center - b)]
        solids = (extrude(points, 0.09).moved(z=front),)
    return Prop(
        "shield",
        (
            Part("face", (extrude(scaled(1 - 2 * border / width), depth + 0.04).moved(z=0.02),), body),
            Part("rim", (extrude(outline, depth),), rim_finish),
            Part(emblem, solids, emblem_finish),
        ),
        words(round=kind == "round", tall=kind == "kite"),
    )


def key(draw: Draw) -> Prop:
    length, thick = draw.uniform(0.6, 0.85), draw.uniform(0.12, 0.15)
    kind, size = draw.choice(["ring", "trefoil", "square"]), draw.uniform(0.16, 0.21)
    teeth, reach = draw.integer(2, 3), draw.uniform(0.2, 0.28)
    finish = draw.finish("metal", natural=("gold", "gray"), painted=0.5)
    bow_finish = finish if draw.chance(0.45) else draw.finish("metal", natural=("gold", "gray"), avoid=[finish])
    y = length + size
    if kind == "ring":
        bow = [ring((0, y, 0), size, thick, "z")]
    elif kind == "trefoil":
        r = size * 0.62
        bow = [
            ring((a, y + b, 0), r, thick * 0.9, "z", 16) for a, b in ((r * 1.1, 0), (-r * 1.1, 0), (0, r * 1.5))
        ]
    else:
        bow = [box((s * size, y, 0), (thick, 2 * size + thick, thick)) for s in (-1, 1)]
        bow += [box((0, y + s * size, 0), (2 * size, thick, thick * 0.97)) for s in (-1, 1)]
    ys = [0.06 + k * 0.18 for k in range(teeth)]
    bits = [
        box((reach / 2, b, 0), (reach * (1 if k != 1 else 0.75), 0.11, thick * 0.95)) for k, b in enumerate(ys)
    ]
    collar = cylinder((0, length - 0.06, 0), thick * 0.85, 0.1, segments=12)
    return Prop(
        "key",
        (
            Part("shaft", (rod((0, 0, 0), (0, length, 0), thick / 2), *bits), finish),
            Part("handle", (*bow, collar), bow_finish),
        ),
        words(long=length > 4.4 * size),
    )


def anvil(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.5, 0.7), draw.uniform(0.26, 0.36)
    height, horn = draw.uniform(0.36, 0.5), draw.uniform(0.25, 0.4)
    slab = draw.uniform(0.14, 0.2)
    iron = draw.finish("metal", natural=("gray", "black"), painted=0.4)
    base = draw.finish("wood", "wood", "stone", painted=0.35, avoid=[iron])
    stump = draw.chance(0.7)
    floor = draw.uniform(0.26, 0.36) if stump else 0.13
    foot = box((0, floor + 0.06, 0), (width * 0.85, 0.14, depth * 1.05), (0.8, 0.8))
    waist = box((0, floor + height / 2, 0), (width * 0.5, height, depth * 0.7))
    flare = box((0, floor + height - slab, 0), (width * 0.5, slab, depth * 0.7), (1.75, 1.3))
    top = box((0, floor + height, 0), (width, slab, depth))
    y = floor + height + slab * 0.12
    cone = rod((width / 2 - 0.05, y, 0), (width / 2 + horn, y + slab * 0.25, 0), slab * 0.52, 0.25, 12)
    under = (
        cylinder((0, floor / 2, 0), max(width * 0.56, 0.34), floor, 0.94, 20)
        if stump
        else box((0, floor / 2, 0), (width * 1.2, floor, depth * 1.5))
    )
    horn_solid = Solid(cone.vertices, cone.faces, slab)
    return Prop(
        "anvil",
        (
            Part("body", (top, flare, waist, foot, horn_solid), iron),
            Part("stump" if stump and base.material == "wood" else "base", (under,), base),
        ),
        words(tall=floor + height > 0.78, wide=width + horn > 0.95 and not stump),
    )


WEAPONS = {
    "sword": Category(sword, ("sword", "longsword")),
    "axe": Category(axe, ("axe", "hatchet", "battle axe")),
    "hammer": Category(hammer, ("hammer", "mallet", "war hammer")),
    "shield": Category(shield, ("shield",)),
    "key": Category(key, ("key",)),
    "anvil": Category(anvil, ("anvil",)),
}
