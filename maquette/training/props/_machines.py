"""Tanks, tractors, buses and robots: their noses point to the front (+Z)."""

from __future__ import annotations

from maquette.training.props._motors import profile, wheel_solid
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, pillow, rod
from maquette.training.props._words import words


def tank(draw: Draw) -> Prop:
    length, width, wheel = draw.uniform(0.85, 1.05), draw.uniform(0.58, 0.7), draw.uniform(0.1, 0.125)
    belt, barrel = draw.uniform(0.14, 0.18), draw.uniform(0.42, 0.58)
    is_round, tilt = draw.chance(0.5), draw.uniform(0, 12)
    paint = draw.finish("metal", natural=("green", "tan", "gray"), painted=0.4)
    turret = paint if draw.chance(0.45) else draw.finish("metal", natural=("green", "gray"), avoid=[paint])
    rubber = draw.finish("metal", natural=("black",), avoid=[paint, turret], painted=0.1)
    disc = draw.finish("metal", natural=("gray", "tan"), avoid=[rubber, paint], painted=0.2)
    half, high = length / 2, wheel * 2.3
    x = width / 2 - belt / 2
    track = profile(
        [(-half + wheel, 0), (half - wheel * 1.2, 0), (half, high * 0.6), (half - 0.05, high),
         (-half + 0.05, high), (-half, high * 0.6)], belt
    )  # fmt: skip
    zs = [half * a for a in (-0.62, -0.21, 0.21, 0.62)]
    wheels = tuple(wheel_solid(s * x, wheel + 0.01, z, wheel * 0.8, belt + 0.07) for s in (-1, 1) for z in zs)
    deck = high + draw.uniform(0.08, 0.12)
    shape = [(-half + 0.02, high * 0.4), (half * 0.9, high * 0.4), (half * 1.02, high * 0.75), (half * 0.5, deck)]
    hull = [
        profile([*shape, (-half + 0.02, deck)], width - belt * 2 + 0.02),
        box((0, high + 0.035, -0.01), (width, 0.08, length * 0.86)),
    ]
    tall, z = draw.uniform(0.15, 0.2), -0.06
    y = deck + tall / 2 - 0.01
    if is_round:
        dome = [cylinder((0, y, z), width * 0.36, tall, 0.78, 18)]
    else:
        dome = [box((0, y, z), (width * 0.66, tall, length * 0.46), (0.78, 0.78))]
    dome.append(cylinder((-width * 0.12, y + tall / 2, z - 0.04), 0.09, 0.1, segments=14))
    gun = [
        rod((0, 0, 0), (0, 0, barrel + 0.2), 0.052, 0.9, 14),
        rod((0, 0, barrel + 0.12), (0, 0, barrel + 0.24), 0.07, segments=14),
    ]
    gun.append(box((0, 0, 0.2), (0.18, 0.13, 0.12)))
    placed = tuple(g.turned("x", -tilt).moved(0, y, z + 0.05) for g in gun)
    return Prop(
        "tank",
        (
            Part("hull", tuple(hull), paint),
            Part("turret", tuple(dome), turret),
            Part("gun", placed, disc if draw.chance(0.4) else turret),
            Part("tracks", (track.moved(-x), track.moved(x)), rubber, 2),
            Part("wheels", wheels, disc, mentioned=False),
        ),
        words(long=length > 1.55 * width, wide=length < 1.35 * width),
    )


def tractor(draw: Draw) -> Prop:
    big, small, width = draw.uniform(0.27, 0.33), draw.uniform(0.14, 0.18), draw.uniform(0.24, 0.3)
    hood, cab = draw.uniform(0.5, 0.6), draw.uniform(0.4, 0.48)
    covered = draw.chance(0.7)
    paint = draw.finish("metal", natural=("green", "red", "blue"), painted=0.4)
    rubber = draw.finish("plastic", natural=("black",), avoid=[paint], painted=0.08)
    rim = draw.finish("metal", natural=("yellow", "white", "red"), avoid=[paint, rubber], painted=0.3)
    pane = draw.finish("glass", natural=("teal", "white"), avoid=[paint, rubber], painted=0.0)
    dark = draw.finish("metal", natural=("gray", "black"), avoid=[paint], painted=0.0)
    low, deck = small * 1.1, small * 1.1 + draw.uniform(0.26, 0.32)
    front, back = hood, -0.34
    nose = profile(
        [(-0.05, low), (front - 0.02, low), (front, deck - 0.1), (front - 0.06, deck - 0.03), (-0.05, deck)], width
    )
    seat_box = box((0, (low + deck) / 2 + 0.02, (back - 0.05) / 2 + 0.02), (width * 1.1, deck - low, -back + 0.05))
    body: list[Solid] = [nose, seat_box]
    x = width / 2 + 0.11
    # Mudguards over the big wheels.
    body += [
        profile([(z * big * 1.2 - 0.18, big * (1 + 1.2 * y)) for z, y in
                 ((-0.9, 0.45), (-0.5, 0.87), (0, 1.0), (0.5, 0.87), (0.9, 0.45), (0.6, 0.3), (-0.6, 0.3))], 0.12)
        .moved(s * (x - 0.03))
        for s in (-1, 1)
    ]  # fmt: skip
    parts = [Part("body", tuple(body), paint)]
    roof = deck + cab
    if covered:
        parts += [
            Part("windows", (box((0, deck + cab / 2, -0.19), (width * 1.15, cab, 0.36), (0.9, 0.85)),), pane),
            Part("roof", (box((0, roof + 0.02, -0.19), (width * 1.4, 0.1, 0.46)),), paint),
        ]
        posts = [
            box((a * width * 0.55, deck + cab / 2, -0.19 + b * 0.17), (0.075, cab, 0.075))
            for a in (-1, 1)
            for b in (-1, 1)
        ]
        parts.append(Part("frame", tuple(posts), paint, mentioned=False))
    else:
        seat = [
            box((0, deck + 0.05, -0.2), (width * 0.9, 0.1, 0.24)),
            box((0, deck + 0.18, -0.31), (width * 0.9, 0.26, 0.09)),
        ]
        stick = rod((0, deck - 0.05, 0.0), (0, deck + 0.2, -0.03), 0.04)
        hoop = cylinder((0, 0, 0), 0.12, 0.08, segments=14).turned("x", 40).moved(0, deck + 0.2, -0.04)
        parts += [Part("seat", tuple(seat), rubber), Part("steering wheel", (stick, hoop), dark)]
    z = front - small - 0.02
    wheels = [wheel_solid(s * x, big, -0.18, big, 0.17) for s in (-1, 1)]
    wheels += [wheel_solid(s * (x - 0.02), small, z, small, 0.13) for s in (-1, 1)]
    hubs = [wheel_solid(s * x, big, -0.18, big * 0.56, 0.23) for s in (-1, 1)]
    hubs += [wheel_solid(s * (x - 0.02), small, z, small * 0.56, 0.19) for s in (-1, 1)]
    pipe = draw.choice([-1, 1]) * width * 0.25
    exhaust = [rod((pipe, deck - 0.1, front * 0.55), (pipe, deck + draw.uniform(0.22, 0.34), front * 0.55), 0.045)]
    exhaust.append(box((0, (low + deck) / 2 - 0.02, front), (width * 0.7, (deck - low) * 0.55, 0.09)))
    parts += [
        Part("wheels", tuple(wheels), rubber, 4),
        Part("hubs", tuple(hubs), rim),
        Part("exhaust", tuple(exhaust), dark, mentioned=False),
    ]
    return Prop("tractor", tuple(parts), words(tall=covered and roof > 1.4 * hood + 0.2, open=not covered))


def bus(draw: Draw) -> Prop:
    kind = draw.choice(["city", "school", "double"])
    length, width, wheel = draw.uniform(1.2, 1.4), draw.uniform(0.42, 0.5), draw.uniform(0.105, 0.13)
    tall = draw.uniform(0.44, 0.52) * (1.55 if kind == "double" else 1.0)
    natural = {"city": ("blue", "red", "white", "green"), "school": ("yellow",), "double": ("red",)}[kind]
    paint = draw.finish("metal", natural=natural, painted=0.35)
    pane = draw.finish("glass", natural=("teal", "black"), avoid=[paint], painted=0.0)
    rubber = draw.finish("plastic", natural=("black",), avoid=[paint], painted=0.08)
    metal = draw.finish("metal", natural=("gray", "white"), avoid=[rubber, paint], painted=0.0)
    trim = draw.finish("metal", natural=("white", "black"), avoid=[paint, pane], painted=0.3)
    half, low, top = length / 2, wheel * 0.8, wheel * 0.8 + tall
    nose = draw.uniform(0.2, 0.26) if kind == "school" else 0.0
    front = half - nose
    body = [profile([(-half, low), (front, low), (front, top - 0.06), (front - 0.05, top), (-half + 0.05, top),
                     (-half, top - 0.05)], width)]  # fmt: skip
    if nose:
        body.append(
            box(
                (0, low + tall * 0.24, front + nose / 2 - 0.02),
                (width * 0.86, tall * 0.48, nose + 0.04),
                (0.94, 0.9),
            )
        )
    rows = ((0.3, 0.24), (0.74, 0.24)) if kind == "double" else ((0.68, 0.34),)
    count = draw.choice([4, 5])
    # Windows stand in pairs through the body, with posts of the body's colour between them.
    pitch = length * 0.9 / (count + 0.4)
    panes: list[Solid] = []
    for at, size in rows:
        y = low + tall * at + (0.03 if kind == "double" else 0)
        for k in range(count):
            z = -half * 0.94 + pitch * (k + 0.55) - (nose * 0.05)
            if z + pitch * 0.4 < front - 0.06:
                panes.append(box((0, y, z), (width + 0.05, tall * size, pitch * 0.72)))
        panes.append(box((0, y, front - 0.03), (width * 0.84, tall * size, 0.11)))
        panes.append(box((0, y, -half + 0.03), (width * 0.7, tall * size, 0.11)))
    stripe = [
        box(
            (0, low + tall * (0.5 if kind == "double" else 0.38), (front - half) / 2),
            (width + 0.04, 0.085, front + half - 0.04),
        )
    ]
    zs = (-half * 0.58, front - wheel * 1.5 if not nose else half - wheel - 0.04)
    at = [(s, z) for s in (-1, 1) for z in zs]
    x = width / 2 - 0.03
    lamps = [box((s * width * 0.33, low + 0.13, half - 0.02), (0.1, 0.085, 0.1)) for s in (-1, 1)]
    bumpers = [box((0, low + 0.03, s * half), (width * 0.96, 0.085, 0.09)) for s in (-1, 1)]
    light = draw.finish("glass", natural=("white", "yellow"), avoid=[paint, pane], painted=0.0)
    return Prop(
        "bus",
        (
            Part("body", tuple(body), paint),
            Part("windows", tuple(panes), pane),
            Part("stripe", tuple(stripe), trim),
            Part("wheels", tuple(wheel_solid(s * x, wheel, z, wheel, 0.12) for s, z in at), rubber, 4),
            Part(
                "hubs",
                tuple(wheel_solid(s * x, wheel, z, wheel * 0.5, 0.17) for s, z in at),
                metal,
                mentioned=False,
            ),
            Part("headlights", tuple(lamps), light, 2),
            Part("bumpers", tuple(bumpers), rubber, mentioned=False),
        ),
        words(tall=kind == "double", long=length > 2.9 * width and kind != "double"),
    )


def robot(draw: Draw) -> Prop:
    width, tall, depth = draw.uniform(0.36, 0.48), draw.uniform(0.34, 0.44), draw.uniform(0.24, 0.32)
    head, leg, arm = draw.uniform(0.26, 0.36), draw.uniform(0.2, 0.32), draw.uniform(0.065, 0.085)
    round_head, tracked = draw.chance(0.35), draw.chance(0.25)
    metal = draw.finish("metal", "plastic", natural=("gray", "white"), painted=0.5)
    limb = draw.finish("metal", natural=("gray", "black"), avoid=[metal], painted=0.35)
    glow = draw.finish("glass", natural=("yellow", "teal", "red"), avoid=[metal, limb], painted=0.2)
    red = draw.finish("plastic", natural=("red", "blue", "orange"), avoid=[metal, limb, glow], painted=0.3)
    hip = leg + 0.04
    chest, neck = hip + tall / 2, hip + tall
    skull = neck + 0.05 + head / 2
    body: list[Solid] = [box((0, chest, 0), (width * 0.9, tall, depth), (1.1, 1.0))]
    wide = head * draw.uniform(1.05, 1.3)
    if round_head:
        body.append(ellipsoid((0, skull, 0), (wide / 2, head / 2, head * 0.48), 16))
    else:
        body.append(box((0, skull, 0), (wide, head, depth * 0.95)))
    face = head * 0.48 if round_head else depth * 0.95 / 2
    eyes = [
        rod((s * wide * 0.23, skull + 0.03, 0), (s * wide * 0.23, skull + 0.03, face + 0.035), 0.056)
        for s in (-1, 1)
    ]
    x = width / 2 + arm + 0.01
    shoulder, elbow = neck - 0.09, neck - tall * 0.62
    reach = draw.uniform(0.05, 0.2)
    limbs: list[Solid] = [cylinder((0, neck + 0.02, 0), 0.07, 0.12)]
    for s in (-1, 1):
        hand = (s * (x + 0.04), elbow - 0.12, reach)
        limbs += [
            ellipsoid((s * x, shoulder, 0), (arm * 1.35,) * 3, 12),
            rod((s * x, shoulder, 0), (s * (x + 0.03), elbow, 0.02), arm * 0.85),
        ]
        limbs += [
            rod((s * (x + 0.03), elbow, 0.02), hand, arm * 0.85),
            ellipsoid((s * (x + 0.03), elbow, 0.02), (arm,) * 3, 10),
        ]
        limbs += [box((hand[0] + c * 0.06, hand[1] - 0.06, hand[2] + 0.03), (0.075, 0.14, 0.1)) for c in (-1, 1)]
        limbs.append(box((hand[0], hand[1], hand[2] + 0.02), (0.19, 0.075, 0.1)))
    foot = 0.13
    if tracked:
        outline = [
            (-0.2, 0),
            (0.2, 0),
            (0.28, leg * 0.4),
            (0.16, leg * 0.8),
            (-0.16, leg * 0.8),
            (-0.28, leg * 0.4),
        ]
        legs = [profile(outline, foot).moved(s * width * 0.4) for s in (-1, 1)]
        legs.append(box((0, leg * 0.75, 0), (width * 0.6, leg * 0.7, 0.18)))
    else:
        legs = [cylinder((s * width * 0.25, leg / 2 + 0.03, 0), 0.062, leg + 0.06) for s in (-1, 1)]
        legs += [pillow((s * width * 0.27, 0.055, 0.04), (foot + 0.04, 0.11, 0.26), 0.3) for s in (-1, 1)]
    top = skull + head / 2
    antenna = [rod((0, top - 0.03, 0), (0, top + 0.1, 0), 0.038), ellipsoid((0, top + 0.13, 0), (0.06,) * 3, 10)]
    front = depth / 2
    panel = [box((0, chest + tall * 0.08, front), (width * 0.52, tall * 0.42, 0.08))]
    mouth = box((0, skull - head * 0.27, face * (0.8 if round_head else 1)), (wide * 0.5, 0.07, 0.09))
    return Prop(
        "robot",
        (
            Part("body", tuple(body), metal),
            Part("eyes", tuple(eyes), glow, 2),
            Part("limbs", tuple(limbs), limb, mentioned=False),
            Part("tracks" if tracked else "legs", tuple(legs), limb, 2),
            Part("panel", (*panel, mouth), red if draw.chance(0.7) else limb),
            Part("antenna", tuple(antenna), red),
        ),
        words(tall=leg > 0.29 and not tracked, wide=width > 0.45, short=leg < 0.23),
    )
