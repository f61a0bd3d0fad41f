"""Things that grow, lie or melt outdoors. The substance "leaf" stands for all that is soft and organic."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    boulder,
    box,
    cylinder,
    ellipsoid,
    extrude,
    revolve,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words


def mushroom(draw: Draw) -> Prop:
    radius, dome = draw.uniform(0.34, 0.52), draw.uniform(0.26, 0.5)
    height, stem = draw.uniform(0.3, 0.7), draw.uniform(0.1, 0.19)
    cap = draw.finish("leaf", natural=("red", "brown"))
    stalk = draw.finish("leaf", natural=("white", "tan"), avoid=[cap], painted=0.25)
    # The cap's rim turns in under itself, as a toadstool's does.
    under = revolve(
        [(radius * 0.35, height), (radius * 0.9, height - 0.05), (radius * 1.02, height + 0.02)]
        + [(radius * cos(t), height + 0.04 + dome * sin(t)) for t in np.linspace(0.08, pi / 2, 8)],
        20,
    )
    trunk = revolve([(stem * 1.25, 0), (stem * 1.3, 0.06), (stem, height * 0.55), (stem * 0.9, height + 0.08)], 14)
    parts = [Part("cap", (under,), cap), Part("stem", (trunk,), stalk)]
    if draw.chance(0.65):
        spots = stalk if draw.chance(0.5) else draw.finish("leaf", natural=("white",), avoid=[cap, stalk])
        size = draw.uniform(0.075, 0.1)
        turn = draw.uniform(0, 2 * pi)
        places = [(1.45, 0.0)] + [(0.82, turn + k * 2 * pi / 4) for k in range(4)]
        places += [(0.32, turn + (k + 0.5) * 2 * pi / 6) for k in range(6)]
        balls = tuple(
            ellipsoid(
                (
                    radius * cos(t) * sin(a) * 0.96,
                    height + 0.04 + dome * sin(t) * 0.96,
                    radius * cos(t) * cos(a) * 0.96,
                ),
                (size, size * 0.8, size),
                10,
            )
            for t, a in places
        )
        parts.append(Part("spots", balls, spots))
    return Prop(
        "mushroom",
        tuple(parts),
        words(tall=height + dome > 2.4 * radius, wide=height + dome < 1.6 * radius),
    )


def tree(draw: Draw) -> Prop:
    kind = draw.choice(["round", "cluster", "cluster", "tall"])
    height, radius = draw.uniform(0.4, 0.65), draw.uniform(0.07, 0.12)
    crown = draw.uniform(0.34, 0.48)
    leaf = draw.finish("leaf", painted=0.45)
    bark = draw.finish("wood", natural=("brown",), painted=0.3, avoid=[leaf])
    rng = draw.rng
    if kind == "cluster":
        middle = height + crown * 0.7
        leaves = [boulder(rng, (crown * 0.72, crown * 0.66, crown * 0.72), 0.08).moved(y=middle + crown * 0.3)]
        turn, count = draw.uniform(0, 2 * pi), draw.integer(3, 5)
        for k in range(count):
            a, r = turn + k * 2 * pi / count, crown * draw.uniform(0.5, 0.66)
            leaves.append(
                boulder(rng, (r, r * 0.9, r), 0.08).moved(
                    crown * 0.6 * sin(a), middle - draw.uniform(0.0, 0.12), crown * 0.6 * cos(a)
                )
            )
    else:
        tall = 1.55 if kind == "tall" else 1.0
        leaves = [boulder(rng, (crown, crown * tall, crown), 0.06, 3).moved(y=height + crown * tall * 0.8)]
    parts = [
        Part("leaves", tuple(leaves), leaf),
        Part("trunk", (cylinder((0, height / 2 + 0.1, 0), radius * 1.25, height + 0.2, 0.75, 12),), bark),
    ]
    if kind != "tall" and draw.chance(0.3):
        fruit = draw.finish("leaf", natural=("red", "orange"), avoid=[leaf, bark], painted=0.3)
        middle = height + crown * 0.8
        balls = []
        for k in range(9):  # spread evenly, then set on the crown's outermost surface
            y, a = -0.45 + 1.1 * k / 8, k * 2.4
            direction = np.array([(1 - y * y) ** 0.5 * sin(a), y, (1 - y * y) ** 0.5 * cos(a)])
            points = np.concatenate([s.vertices for s in leaves]) - [0, middle, 0]
            along = points @ direction
            off = np.linalg.norm(points - along[:, None] * direction, axis=1)
            reach = along[off < 0.14].max()
            x, up, z = direction * (reach - 0.02)
            balls.append(ellipsoid((x, middle + up, z), (0.065, 0.065, 0.065), 10))
        parts.append(Part("fruits", tuple(balls), fruit))
    return Prop("tree", tuple(parts), words(round=kind == "round", tall=kind == "tall"))


def pine(draw: Draw) -> Prop:
    tiers, radius = draw.integer(2, 4), draw.uniform(0.3, 0.46)
    height, trunk = draw.uniform(0.85, 1.2), draw.uniform(0.16, 0.28)
    leaf = draw.finish("leaf", painted=0.4)
    bark = draw.finish("wood", natural=("brown",), painted=0.3, avoid=[leaf])
    tall = height / (tiers * 0.6 + 0.4)
    sizes = [(radius * (1 - 0.5 * k / max(tiers - 1, 1)), trunk + tall * 0.6 * k) for k in range(tiers)]
    cones = tuple(revolve([(r * 0.5, y + 0.05), (r, y), (r * 0.12, y + tall)], 14, 2 * r) for r, y in sizes)
    parts = [
        Part("needles", cones, leaf),
        Part(
            "trunk",
            (cylinder((0, trunk / 2 + 0.05, 0), draw.uniform(0.09, 0.13), trunk + 0.1, segments=10),),
            bark,
        ),
    ]
    extra = draw.choice(["", "star" if leaf.color == "white" else "snow", "star"])
    if extra == "snow":
        white = draw.finish("leaf", natural=("white",), avoid=[leaf, bark], painted=0.0)
        caps = tuple(
            revolve(
                [(r * 0.3, y + tall * 0.45), (r * 0.56 + 0.035, y + tall * 0.5), (r * 0.09, y + tall * 1.06)],
                14,
                r,
            )
            for r, y in sizes
        )
        parts.append(Part("snow", caps, white))
    elif extra == "star":
        gold = draw.finish("metal", natural=("gold", "yellow"), avoid=[leaf, bark], painted=0.3)
        points = [
            ((0.15 if k % 2 == 0 else 0.07) * sin(k * pi / 5), (0.15 if k % 2 == 0 else 0.07) * cos(k * pi / 5))
            for k in range(10)
        ]
        parts.append(Part("star", (extrude(points, 0.09).moved(y=sizes[-1][1] + tall + 0.05),), gold))
    ratio = (trunk + height) / radius
    return Prop("pine", tuple(parts), words(tall=ratio > 3.7, wide=ratio < 2.9))


def rock(draw: Draw) -> Prop:
    wide, tall, deep = draw.uniform(0.4, 0.55), draw.uniform(0.26, 0.55), draw.uniform(0.32, 0.5)
    finish = draw.finish("stone", natural=("gray", "gray", "brown", "tan"), painted=0.4)
    lump = boulder(draw.rng, (wide, tall, deep), draw.uniform(0.16, 0.26))
    floor = -0.5 * tall
    standing = lump.vertices * [1, 1, 1]
    standing[:, 1] = np.maximum(standing[:, 1], floor + 0.04 * (standing[:, 1] - floor))
    body = Solid(standing.astype(np.float32), lump.faces, lump.thickness)
    parts = [Part("rock", (body,), finish, smooth=False)]
    extra = draw.choice(["moss", "moss", "pebbles", "snow"])
    if finish.color in ("white", "green"):  # snow and moss keep their colours, and would not be seen
        extra = "pebbles"
    if extra == "pebbles":
        other = draw.finish("stone", avoid=[finish], natural=("gray", "brown", "white"), painted=0.5)
        side = draw.choice([-1, 1])
        low = float(body.vertices[:, 1].min())
        stones = [
            boulder(draw.rng, (0.2, 0.17, 0.18), 0.15, 1).moved(side * wide * 0.8, low + 0.13, deep * 0.75),
            boulder(draw.rng, (0.14, 0.12, 0.14), 0.15, 1).moved(side * wide * 0.15, low + 0.09, deep * 1.02),
        ]
        parts.append(Part("pebbles", tuple(stones), other, 2, smooth=False))
    else:
        natural = ("green",) if extra == "moss" else ("white",)
        cover = draw.finish("leaf", natural=natural, avoid=[finish], painted=0.15 if extra == "moss" else 0.0)
        parts.append(Part(extra, (body.scaled(0.9, 0.6, 0.9).moved(y=tall * 0.4),), cover, smooth=False))
    return Prop("rock", tuple(parts), words(tall=tall > wide * 1.1, flat=tall < wide * 0.65))


def cactus(draw: Draw) -> Prop:
    height, radius = draw.uniform(0.75, 1.1), draw.uniform(0.13, 0.19)
    arm, count = radius * draw.uniform(0.62, 0.8), draw.integer(0, 2)
    potted = draw.chance(0.5)
    green = draw.finish("leaf", painted=0.4)
    floor = 0.26 if potted else 0.0

    def limb(path: list[list[float]], r: float) -> list[Solid]:
        x, y, z = path[-1]
        return [tube(path, r, 12), ellipsoid((x, y, z), (r, r, r), 12)]

    body = limb([[0, floor - 0.02, 0], [0, floor + height * 0.5, 0], [0, floor + height - radius, 0]], radius)
    arms: list[Solid] = []
    tips = [(0.0, floor + height, radius)]
    for side in [-1, 1][:count] if draw.chance(0.5) else [1, -1][:count]:
        y, reach = floor + height * draw.uniform(0.35, 0.5), radius + arm * draw.uniform(1.7, 2.2)
        top = y + draw.uniform(0.2, 0.36)
        x = side * reach
        arms += limb(
            [[0, y, 0], [x * 0.72, y + 0.01, 0], [x * 0.95, y + 0.06, 0], [x, y + 0.16, 0], [x, top, 0]], arm
        )
        tips.append((x, top + arm, arm))
    parts = [Part("body", tuple(body), green)]
    if potted:
        pot = draw.finish("ceramic", natural=("orange", "brown", "white"), avoid=[green])
        size = radius * draw.uniform(1.5, 1.9)
        shape = [(size * 0.72, 0), (size * 0.95, 0.2), (size * 1.15, 0.2), (size * 1.15, 0.3), (size * 0.9, 0.3)]
        parts.append(Part("pot", (revolve(shape, 18),), pot))
    if arms:
        parts.append(Part("arms", tuple(arms), green, count))
    if not potted or draw.chance(0.5):
        bloom = draw.finish("leaf", natural=("pink", "red"), avoid=[p.finish for p in parts], painted=0.5)
        size = draw.uniform(0.1, 0.13)
        flowers = [
            ellipsoid(
                (x + size * 0.75 * sin(a), y + 0.04, size * 0.75 * cos(a)),
                (size * 0.7, size * 0.62, size * 0.7),
                10,
            )
            for x, y, _ in tips
            for a in (0.3, 2.4, 4.5)
        ]
        parts.append(Part("flower" if len(tips) == 1 else "flowers", tuple(flowers), bloom, len(tips)))
    return Prop("cactus", tuple(parts), words(tall=height > 5.6 * radius and not arms))


def flower(draw: Draw) -> Prop:
    count, size = draw.integer(5, 8), draw.uniform(0.24, 0.34)
    height, heart = draw.uniform(0.55, 0.85), draw.uniform(0.13, 0.17)
    stem_finish = draw.finish("leaf", painted=0.1)
    petal_finish = draw.finish("leaf", natural=("red", "yellow", "pink", "white"), avoid=[stem_finish])
    heart_finish = draw.finish("leaf", natural=("yellow", "brown"), avoid=[petal_finish, stem_finish], painted=0.3)
    lean = draw.uniform(-40, -12)
    wide = min(size * 0.5, (heart + size * 0.4) * sin(pi / count) * 1.05)
    petals = [
        ellipsoid((0, heart * 0.6 + size * 0.5, 0), (wide, size * 0.62, 0.055), 12).turned("z", k * 360 / count)
        for k in range(count)
    ]
    middle = ellipsoid((0, 0, 0.045), (heart, heart, 0.09), 14)

    def placed(solid: Solid) -> Solid:
        return solid.turned("x", lean).moved(0, height, 0.06)

    stalk = tube([[0, 0, 0], [0.02, height * 0.5, -0.02], [0, height - 0.02, 0.0]], 0.042, 10)
    leaves = [
        ellipsoid((0.17, 0, 0), (0.19, 0.05, 0.09), 10).turned("z", 35).moved(0, height * at).turned("y", turn)
        for at, turn in ((0.18, 10), (0.3, 170))[: draw.integer(1, 2)]
    ]
    return Prop(
        "flower",
        (
            Part("petals", tuple(placed(p) for p in petals), petal_finish, count if count <= 6 else 1),
            Part("center", (placed(middle),), heart_finish),
            Part("stem", (stalk, *leaves), stem_finish),
        ),
        words(tall=height > 2.7 * size, short=height < 2.1 * size),
    )


def pumpkin(draw: Draw) -> Prop:
    radius, squash = draw.uniform(0.42, 0.5), draw.uniform(0.62, 1.1)
    ribs, groove = draw.integer(7, 10), draw.uniform(0.07, 0.11)
    skin = draw.finish("leaf", natural=("orange",), painted=0.35)
    stem = draw.finish("wood", "leaf", natural=("green", "brown"), avoid=[skin], painted=0.2)
    ball = ellipsoid((0, 0, 0), (1, 1, 1), ribs * 6)
    angle = np.arctan2(ball.vertices[:, 0], ball.vertices[:, 2])
    flat = np.hypot(ball.vertices[:, 0], ball.vertices[:, 2])
    # Ribs meet in grooves; the poles sink in.
    bulge = 1 - 2 * groove * (1 - np.abs(np.cos(ribs / 2 * angle)))
    points = ball.vertices * np.stack([bulge, 1 - 0.28 * np.exp(-((flat / 0.35) ** 2)), bulge], -1).astype(
        np.float32
    )
    body = Solid(points, ball.faces, 2.0).scaled(radius, radius * squash, radius)
    top = radius * squash * 0.7
    bend = draw.uniform(0.04, 0.14)
    stalk = tube([[0, top - 0.08, 0], [0, top + 0.12, 0], [bend, top + 0.3, 0.02]], [0.14, 0.1, 0.085], 10)
    parts = [Part("skin", (body,), skin), Part("stem", (stalk,), stem)]
    if draw.chance(0.45):
        dark = draw.finish("wax", natural=("black", "yellow"), avoid=[skin, stem], painted=0.1)
        y, s = radius * squash * 0.22, draw.uniform(0.085, 0.11)
        eyes = [extrude([(x - s, y - s * 0.7), (x + s, y - s * 0.7), (x, y + s)], 0.3) for x in (-0.17, 0.17)]
        m = -radius * squash * 0.3
        mouth = [(-0.24, m + 0.1), (-0.12, m + 0.01), (0, m + 0.04), (0.12, m + 0.01), (0.24, m + 0.1)]
        mouth += [(0.14, m - 0.1), (0, m - 0.13), (-0.14, m - 0.1)]
        carved = [*eyes, extrude(mouth, 0.3, 0.1)]
        parts.append(Part("face", tuple(_wrapped(c, radius, squash) for c in carved), dark))
    return Prop("pumpkin", tuple(parts), words(tall=squash > 0.98, wide=squash < 0.74))


def _wrapped(carving: Solid, radius: float, squash: float) -> Solid:
    """A flat carving pushed back onto the front of an ellipsoid, standing out of it a little."""
    x, y, z = carving.vertices.T
    surface = radius * np.sqrt(np.clip(1 - (x / radius) ** 2 - (y / (radius * squash)) ** 2, 0.05, 1))
    depth = np.where(z > 0, surface + 0.012, surface - 0.2)
    return Solid(np.stack([x, y, depth], -1).astype(np.float32), carving.faces, carving.thickness)


def snowman(draw: Draw) -> Prop:
    balls, base = draw.choice([2, 3, 3]), draw.uniform(0.3, 0.38)
    shrink = draw.uniform(0.7, 0.8)
    snow = draw.finish("leaf", natural=("white",), painted=0.1)
    nose_finish = draw.finish("leaf", natural=("orange",), avoid=[snow], painted=0.0)
    hat_finish = draw.finish("cloth", natural=("black",), avoid=[snow, nose_finish], painted=0.5)
    scarf_finish = draw.finish("cloth", natural=("red", "blue", "green"), avoid=[snow, hat_finish, nose_finish])
    coal = draw.finish("stone", natural=("black", "gray"), avoid=[snow], painted=0.0)
    radii = [base * shrink**k for k in range(balls)]
    ys = [radii[0] * 0.88]
    for k in range(1, balls):
        ys.append(ys[-1] + radii[k - 1] * 0.72 + radii[k] * 0.72)
    body = [
        ellipsoid((0, y, 0), (r, r, r), 18, lowest=-0.88 if k == 0 else -1.0)
        for k, (r, y) in enumerate(zip(radii, ys, strict=True))
    ]
    head, top = radii[-1], ys[-1]
    hat_height = draw.uniform(0.16, 0.3)
    brim = cylinder((0, top + head * 0.78, 0), head * 1.08, 0.11, segments=20)
    crown = cylinder((0, top + head * 0.78 + hat_height / 2, 0), head * 0.7, hat_height, 1.06, 20)
    nose = rod((0, top, head * 0.8), (0, top - 0.01, head + 0.24), 0.08, 0.15)
    nose = Solid(nose.vertices, nose.faces, 0.1)
    eyes = [ellipsoid((s * head * 0.42, top + head * 0.3, head * 0.84), (0.055,) * 3, 8) for s in (-1, 1)]
    chest = ys[-2]
    buttons = [
        ellipsoid((0, chest + radii[-2] * sin(a), radii[-2] * cos(a)), (0.06,) * 3, 8) for a in (-0.05, 0.42)
    ]
    neck = top - head * 0.72
    scarf = ring((0, neck, 0), head * 0.76, 0.19, "y")
    tail = box((head * 0.5, neck - 0.17, head * 0.95), (0.17, 0.36, 0.12))
    return Prop(
        "snowman",
        (
            Part("body", tuple(body), snow),
            Part("hat", (brim, crown), hat_finish),
            Part("scarf", (scarf, tail), scarf_finish),
            Part("nose", (nose,), nose_finish),
            Part("buttons", (*eyes, *buttons), coal, mentioned=False),
        ),
        words(tall=balls == 3 and hat_height > 0.24, short=balls == 2),
    )


def crystal(draw: Draw) -> Prop:
    count, lean = draw.integer(3, 5), draw.uniform(14, 30)
    height, radius = draw.uniform(0.7, 0.95), draw.uniform(0.13, 0.18)
    gem = draw.finish("glass", natural=("purple", "teal", "blue"))
    stone = draw.finish("stone", avoid=[gem], natural=("gray", "brown"), painted=0.15)

    def prism(tall: float, r: float) -> Solid:
        return revolve([(r * 0.8, 0), (r, tall * 0.68), (0, tall)], 6)

    shards = [prism(height, radius)]
    turn = draw.uniform(0, 360)
    for k in range(count - 1):
        size = draw.uniform(0.5, 0.72)
        shards.append(
            prism(height * size, radius * 0.75)
            .turned("z", -lean)
            .moved(0.12)
            .turned("y", turn + k * 360 / (count - 1))
        )
    base = boulder(draw.rng, (0.3, 0.15, 0.28), 0.12).moved(y=0.04)
    return Prop(
        "crystal",
        (
            Part("crystals", tuple(shards), gem, smooth=False),
            Part("base", (base,), stone, smooth=False),
        ),
        words(tall=lean < 19, wide=lean > 26),
    )


NATURE = {
    "mushroom": Category(mushroom, ("mushroom", "toadstool")),
    "tree": Category(tree, ("tree", "leafy tree")),
    "pine": Category(pine, ("pine tree", "pine", "fir tree")),
    "rock": Category(rock, ("rock", "boulder")),
    "cactus": Category(cactus, ("cactus",)),
    "flower": Category(flower, ("flower", "blossom")),
    "pumpkin": Category(pumpkin, ("pumpkin",)),
    "snowman": Category(snowman, ("snowman",)),
    "crystal": Category(crystal, ("crystal", "gem cluster")),
}
