"""Street furniture, and the table of all that moves or stands in streets."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._machines import bus, robot, tank, tractor
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, rod
from maquette.training.props._words import words


def mailbox(draw: Draw) -> Prop:
    kind = draw.choice(["post", "post", "pillar", "street"])
    if kind == "pillar":
        return _pillar_box(draw)
    width, length, height = draw.uniform(0.26, 0.34), draw.uniform(0.42, 0.54), draw.uniform(0.45, 0.65)
    paint = draw.finish("metal", natural=("gray", "blue", "black") if kind == "post" else ("blue",), painted=0.4)
    red = draw.finish("metal", natural=("red",), avoid=[paint], painted=0.2)
    wood = draw.finish("wood", natural=("brown", "tan"), avoid=[paint], painted=0.3)
    pale = draw.finish("metal", natural=("white", "black"), avoid=[paint, wood, red], painted=0.1)
    half, wall = width / 2, draw.uniform(0.12, 0.18)
    if kind == "street":
        half, wall, length = half * 1.35, wall * 2.6, length * 0.85
    # An arched roof over straight walls.
    arch = [(half * cos(t), wall + half * sin(t)) for t in (k * pi / 12 for k in range(13))]
    shape = [(half, 0.0), *arch, (-half, 0.0)]
    if kind == "street":
        low = 0.14
        body = extrude(shape, length).turned("y", 90).moved(y=low)
        legs = [
            box((a * (length / 2 - 0.05), low / 2 + 0.04, b * (half - 0.05)), (0.09, low + 0.08, 0.09))
            for a in (-1, 1)
            for b in (-1, 1)
        ]
        y = low + wall * 0.9
        flap = box((0, y + half * 0.12, half * 0.96), (length * 0.72, 0.14, 0.12))
        label = box((0, low + wall * 0.42, half), (length * 0.56, 0.16, 0.08))
        parts = [Part("body", (body,), paint), Part("legs", tuple(legs), wood, 4)]
        parts += [Part("flap", (flap,), red), Part("label", (label,), pale)]
        return Prop("mailbox", tuple(parts), words(wide=length > 2.2 * half, narrow=length < 1.8 * half))
    body = extrude(shape, length).moved(y=height)
    door = extrude([(x * 1.13, y * 1.08 - 0.02) for x, y in shape], 0.09).moved(y=height, z=length / 2)
    knob = box((0, height + wall * 1.3, length / 2 + 0.06), (0.12, 0.08, 0.1))
    side = draw.choice([-1, 1])
    x = side * (half + 0.03)
    flag = [
        box((x, height + wall + 0.1, -0.02), (0.075, 0.3, 0.075)),
        box((x, height + wall + 0.2, 0.06), (0.075, 0.14, 0.2)),
    ]
    post = [
        box((0, height / 2, -0.03), (0.13, height, 0.13)),
        box((0, height - 0.03, 0), (width * 0.8, 0.08, length * 0.8)),
    ]
    if draw.chance(0.4):
        post.append(box((0, 0.05, -0.03), (0.34, 0.1, 0.34)))
    parts = [Part("box", (body,), paint), Part("flag", tuple(flag), red), Part("post", tuple(post), wood)]
    parts.append(Part("door", (door, knob), pale if draw.chance(0.4) else paint, mentioned=False))
    return Prop("mailbox", tuple(parts), words(tall=height > 0.58, short=height < 0.5, long=length > 1.75 * width))


def _pillar_box(draw: Draw) -> Prop:
    """The round letter box of British streets."""
    radius, height = draw.uniform(0.2, 0.26), draw.uniform(0.72, 0.95)
    paint = draw.finish("metal", natural=("red",), painted=0.3)
    dark = draw.finish("metal", natural=("black",), avoid=[paint], painted=0.1)
    pale = draw.finish("metal", natural=("white",), avoid=[paint, dark], painted=0.1)
    body = cylinder((0, height / 2 + 0.05, 0), radius, height, segments=20)
    brim = cylinder((0, height + 0.06, 0), radius * 1.18, 0.09, segments=20)
    dome = ellipsoid(
        (0, height + 0.08, 0), (radius * 1.05, draw.uniform(0.1, 0.16), radius * 1.05), 20, lowest=0.0
    )
    foot = cylinder((0, 0.07, 0), radius * 1.14, 0.14, 0.97, 20)
    slot = box((0, height * 0.84, radius - 0.03), (radius * 1.1, 0.075, 0.12))
    label = box((0, height * draw.uniform(0.55, 0.62), radius - 0.03), (radius * 0.8, 0.2, 0.1))
    return Prop(
        "mailbox",
        (
            Part("body", (body, brim, dome), paint),
            Part("base", (foot,), dark),
            Part("slot", (slot,), dark, mentioned=False),
            Part("label", (label,), pale),
        ),
        words(round=True, tall=height > 3.9 * radius, short=height < 3.4 * radius),
    )


def traffic_cone(draw: Draw) -> Prop:
    radius, height, slab = draw.uniform(0.24, 0.32), draw.uniform(0.68, 0.95), draw.uniform(0.08, 0.12)
    tip, count, square = draw.uniform(0.2, 0.3), draw.choice([1, 2, 2]), draw.chance(0.75)
    orange = draw.finish("plastic", natural=("orange",), painted=0.25)
    white = draw.finish("plastic", natural=("white",), avoid=[orange], painted=0.15)
    base = orange if draw.chance(0.4) else draw.finish("plastic", natural=("black",), avoid=[orange], painted=0.2)
    foot = radius * draw.uniform(1.15, 1.35)
    plate = (
        box((0, slab / 2, 0), (2 * foot, slab, 2 * foot))
        if square
        else cylinder((0, slab / 2, 0), foot * 1.05, slab, segments=20)
    )

    def wide(t: float) -> float:
        return radius * (1 - (1 - tip) * t)

    def band(low: float, high: float) -> Solid:
        tall = (high - low) * height
        return cylinder((0, slab + (low + high) / 2 * height, 0), wide(low) + 0.014, tall,
                        (wide(high) + 0.014) / (wide(low) + 0.014), 20)  # fmt: skip

    at = [(0.34, 0.6)] if count == 1 else [(0.2, 0.4), (0.58, 0.78)]
    cone = cylinder((0, slab + height / 2, 0), radius, height, tip, 20)
    return Prop(
        "traffic_cone",
        (
            Part("cone", (cone,), orange),
            Part("stripes" if count == 2 else "stripe", tuple(band(*b) for b in at), white, count),
            Part("base", (plate,), base),
        ),
        words(tall=height > 3.2 * radius, wide=height < 2.5 * radius),
    )


def hydrant(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.17, 0.22), draw.uniform(0.5, 0.66)
    dome, nozzle = draw.uniform(0.14, 0.2), draw.uniform(0.085, 0.11)
    red = draw.finish("metal", natural=("red", "yellow"), painted=0.3)
    cap = draw.finish("metal", natural=("gray", "white", "yellow"), avoid=[red], painted=0.35)
    y = 0.1 + height * draw.uniform(0.6, 0.7)
    body = [
        cylinder((0, 0.1 + height / 2, 0), radius, height, 0.94, 18),
        ellipsoid((0, 0.1 + height, 0), (radius * 1.02, dome, radius * 1.02), 18, lowest=0.0),
        rod((-radius - 0.1, y, 0), (radius + 0.1, y, 0), nozzle, segments=14),
        rod((0, y - 0.04, 0), (0, y - 0.04, radius + 0.09), nozzle * 1.25, segments=14),
    ]
    top = 0.1 + height + dome
    caps = [
        rod((s * (radius + 0.06), y, 0), (s * (radius + 0.15), y, 0), nozzle * 1.25, segments=6) for s in (-1, 1)
    ]
    caps.append(rod((0, y - 0.04, radius + 0.05), (0, y - 0.04, radius + 0.14), nozzle * 1.55, segments=6))
    caps += [
        cylinder((0, top + 0.02, 0), 0.07, 0.1, segments=6),
        cylinder((0, 0.05, 0), radius * 1.35, 0.1, segments=18),
    ]
    rims = [cylinder((0, at, 0), radius * 1.25, 0.08, segments=18) for at in (0.1 + height, 0.2)]
    parts = [Part("body", (*body, *rims), red), Part("caps", tuple(caps), cap)]
    return Prop("hydrant", tuple(parts), words(tall=height > 3.3 * radius, thick=height < 2.8 * radius))


def phone_booth(draw: Draw) -> Prop:
    side, height, cap = draw.uniform(0.38, 0.46), draw.uniform(0.9, 1.1), draw.uniform(0.06, 0.12)
    red = draw.finish("metal", natural=("red",), painted=0.3)
    pane = draw.finish("glass", natural=("teal", "white"), avoid=[red], painted=0.0)
    pale = draw.finish("plastic", natural=("white",), avoid=[red, pane], painted=0.1)
    half, post, rows = side / 2, draw.uniform(0.08, 0.1), draw.choice([2, 3])
    low, top = 0.14, height - 0.16
    frame = [
        box((a * (half - post / 2), height / 2, b * (half - post / 2)), (post, height, post))
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    frame += [box((0, low / 2, 0), (side, low, side)), box((0, (top + height) / 2, 0), (side, height - top, side))]
    frame += [
        box((0, low + (top - low) * k / rows, 0), (side - 0.005, 0.075, side - 0.005)) for k in range(1, rows)
    ]
    frame.append(box((0, height + 0.02, 0), (side + 0.08, 0.08, side + 0.08)))
    frame.append(ellipsoid((0, height + 0.05, 0), (half * 1.1, cap, half * 1.1), 16, lowest=0.0))
    frame.append(box((0, 0.03, 0), (side + 0.07, 0.08, side + 0.07)))
    glass = box((0, (low + top) / 2, 0), (side - 0.06, top - low, side - 0.06))
    signs = [
        box((0, height - 0.075, 0), size)
        for size in ((side * 0.76, 0.09, side + 0.05), (side + 0.05, 0.09, side * 0.76))
    ]
    return Prop(
        "phone_booth",
        (Part("frame", tuple(frame), red), Part("windows", (glass,), pane), Part("signs", tuple(signs), pale)),
        words(tall=height > 2.5 * side, wide=height < 2.2 * side),
    )


STREET = {
    "tank": Category(tank, ("tank", "battle tank")),
    "tractor": Category(tractor, ("tractor", "farm tractor")),
    "bus": Category(bus, ("bus", "passenger bus")),
    "robot": Category(robot, ("robot", "android")),
    "mailbox": Category(mailbox, ("mailbox", "letter box", "post box")),
    "traffic_cone": Category(traffic_cone, ("traffic cone", "cone")),
    "hydrant": Category(hydrant, ("fire hydrant", "hydrant")),
    "phone_booth": Category(phone_booth, ("phone booth", "telephone booth", "phone box")),
}
