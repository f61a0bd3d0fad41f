"""What grows or lies in gardens and parks, and the table of all that stands there."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._landmarks import barn, church, gate
from maquette.training.props._monuments import coffin, column, fountain, stairs, statue
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, boulder, cylinder, ellipsoid, rod, tube
from maquette.training.props._words import words


def studs(leaves: list[Solid], middle: float, count: int, size: float) -> tuple[Solid, ...]:
    """Balls spread evenly over the outermost surface of some leaves, about a point on the axis."""
    points = np.concatenate([solid.vertices for solid in leaves]) - [0, middle, 0]
    balls = []
    for k in range(count):
        y, a = -0.25 + 1.15 * (k + 0.5) / count, k * 2.4
        flat = (1 - y * y) ** 0.5
        direction = np.array([flat * sin(a), y, flat * cos(a)])
        along = points @ direction
        off = np.linalg.norm(points - along[:, None] * direction, axis=1)
        x, up, z = direction * (along[off < 0.14].max() - size * 0.3)
        balls.append(ellipsoid((x, middle + up, z), (size, size, size), 10))
    return tuple(balls)


def bush(draw: Draw) -> Prop:
    radius, squash = draw.uniform(0.36, 0.46), draw.uniform(0.7, 1.0)
    count, lift = draw.integer(4, 6), draw.uniform(0.06, 0.14)
    turn, ball = draw.uniform(0, 2 * pi), draw.chance(0.2)
    leaf = draw.finish("leaf", painted=0.3)
    bark = draw.finish("wood", natural=("brown",), avoid=[leaf], painted=0.15)
    tall = radius * squash
    middle = lift + tall * 0.9
    if ball:  # clipped to a ball
        leaves = [boulder(draw.rng, (radius, tall, radius), 0.05, 3).moved(y=middle)]
    else:
        leaves = [boulder(draw.rng, (radius * 0.8, tall * 0.95, radius * 0.8), 0.08).moved(y=middle + tall * 0.15)]
        for k in range(count):
            a, r = turn + k * 2 * pi / count, radius * draw.uniform(0.5, 0.66)
            at = (radius * 0.68 * sin(a), lift + r * squash * 0.9, radius * 0.68 * cos(a))
            leaves.append(boulder(draw.rng, (r, r * squash, r), 0.08).moved(*at))
    stems = tuple(
        rod((0.12 * sin(a), 0, 0.12 * cos(a)), (0.04 * sin(a), middle, 0.04 * cos(a)), 0.05)
        for a in (turn + k * 2 * pi / 3 for k in range(3))
    )
    parts = [Part("leaves", tuple(leaves), leaf)]
    extra = draw.choice(["", "berries", "flowers"])
    if extra:
        natural = ("red", "purple", "blue") if extra == "berries" else ("pink", "white", "red", "yellow")
        bloom = draw.finish("leaf", natural=natural, avoid=[leaf, bark], painted=0.2)
        size = 0.05 if extra == "berries" else 0.075
        parts.append(Part(extra, studs(leaves, middle, 14 if extra == "berries" else 10, size), bloom))
    parts.append(Part("stems", stems, bark))
    return Prop("bush", tuple(parts), words(round=ball, wide=squash < 0.76, tall=squash > 0.95))


def palm(draw: Draw) -> Prop:
    height, thick = draw.uniform(0.75, 1.05), draw.uniform(0.06, 0.085)
    lean, count = draw.uniform(-0.3, 0.3), draw.integer(6, 8)
    reach, droop = draw.uniform(0.52, 0.66), draw.uniform(0.16, 0.34)
    leaf = draw.finish("leaf", painted=0.3)
    bark = draw.finish("wood", natural=("brown", "tan"), avoid=[leaf], painted=0.2)
    nut = draw.finish("wax", natural=("brown", "orange"), avoid=[leaf, bark], painted=0.15)
    steps = [k / 8 for k in range(9)]
    path = [[lean * t * t, height * t, 0] for t in steps]
    # Each ring of the trunk is wider at its upper end, as the scars of old leaves are.
    rings = [
        rod(a, b, thick * (1.25 - 0.35 * t), 1.3, 12)
        for a, b, t in zip(path, [*path[1:-1], [lean, height + 0.02, 0]], steps, strict=False)
    ]
    curve = [(0.0, 0.0), (0.25, 0.2), (0.5, 0.22), (0.75, 0.06), (1.0, -droop / reach)]
    frond = tube([[reach * x, reach * y, 0] for x, y in curve], [0.045, 0.06, 0.066, 0.056, 0.036], 6)
    frond = frond.scaled(z=1.6)
    turn = draw.uniform(0, 360)
    fronds = [frond.turned("y", turn + k * 360 / count).moved(lean, height, 0) for k in range(count)]
    fronds.append(ellipsoid((lean, height + 0.02, 0), (0.12, 0.1, 0.12), 10))
    parts = [Part("leaves", tuple(fronds), leaf), Part("trunk", tuple(rings), bark)]
    if draw.chance(0.65):
        size, nuts = draw.uniform(0.075, 0.1), draw.integer(2, 4)
        angles = [0.5 + k * 2 * pi / nuts for k in range(nuts)]
        balls = [
            ellipsoid((lean + 0.13 * sin(a), height - size * 0.8, 0.13 * cos(a)), (size, size, size), 12)
            for a in angles
        ]
        parts.append(Part("coconuts", tuple(balls), nut, nuts))
    return Prop("palm", tuple(parts), words(tall=height > 0.97, short=height < 0.83))


def log(draw: Draw) -> Prop:
    length, radius, taper = draw.uniform(0.95, 1.3), draw.uniform(0.17, 0.26), draw.uniform(0.88, 1.0)
    bark = draw.finish("wood", natural=("brown",), painted=0.2)
    wood = draw.finish("wood", natural=("tan",), avoid=[bark], painted=0.1)

    def lying(r: float, long: float) -> Solid:
        return cylinder((0, 0, 0), r, long, taper, 18).turned("z", 90).moved(y=radius)

    body, cut = [lying(radius, length)], [lying(radius * 0.82, length + 0.05)]
    heart = lying(radius * 0.4, length + 0.1)
    for side in [-1, 1][: draw.integer(0, 2)]:
        at, tilt = side * length * draw.uniform(0.12, 0.3), draw.uniform(-35, 60)
        stub = radius * draw.uniform(0.36, 0.46)
        for group, r, long in ((body, stub, radius * 1.7), (cut, stub * 0.75, radius * 1.7 + 0.04)):
            twig = cylinder((0, long / 2, 0), r, long, 0.9, 12).turned("z", -side * 15).turned("x", tilt)
            group.append(twig.moved(at, radius))
    parts = [Part("bark", tuple(body), bark), Part("ends", tuple(cut), wood)]
    parts.append(Part("rings", (heart,), bark, mentioned=False))
    if draw.chance(0.4):
        green = draw.finish("leaf", avoid=[bark, wood], natural=("green",), painted=0.1)
        cover = boulder(draw.rng, (length * 0.3, radius * 0.55, radius * 0.85), 0.12)
        parts.append(Part("moss", (cover.moved(draw.uniform(-0.2, 0.2) * length, radius * 1.6),), green))
    return Prop(
        "log", tuple(parts), words(long=length > 6.2 * radius, short=length < 4.6 * radius, thick=radius > 0.24)
    )


GARDEN = {
    "bush": Category(bush, ("bush", "shrub")),
    "palm": Category(palm, ("palm tree", "palm", "coconut tree")),
    "log": Category(log, ("log", "tree log")),
    "stairs": Category(stairs, ("stairs", "staircase", "steps")),
    "column": Category(column, ("column", "pillar")),
    "statue": Category(statue, ("statue", "sculpture")),
    "fountain": Category(fountain, ("fountain", "water fountain")),
    "coffin": Category(coffin, ("coffin", "casket")),
    "church": Category(church, ("church", "chapel")),
    "barn": Category(barn, ("barn",)),
    "gate": Category(gate, ("gate", "gateway")),
}
