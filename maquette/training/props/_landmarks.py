"""Churches, barns and gates: their doors face the front (+Z)."""

from __future__ import annotations

from math import cos, pi, sin

from maquette.training.props._houses import arched_panel, gable_roof, roof_finish, wall_panel
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, revolve
from maquette.training.props._words import words


def church(draw: Draw) -> Prop:
    width, depth, eave = draw.uniform(0.46, 0.6), draw.uniform(0.65, 0.85), draw.uniform(0.34, 0.46)
    rise, side = draw.uniform(0.24, 0.34), draw.uniform(0.24, 0.3)
    tall, spire = eave + rise + draw.uniform(0.06, 0.2), draw.uniform(0.3, 0.48)
    walls = draw.finish("stone", "brick", "wood", natural=("white", "gray", "tan"), painted=0.4)
    roof = roof_finish(draw, walls)
    door = draw.finish("wood", natural=("brown",), avoid=[walls, roof], painted=0.35)
    gold = draw.finish("metal", natural=("gold", "black"), avoid=[roof, walls], painted=0.1)
    pane = draw.finish("glass", natural=("teal", "yellow", "blue"), avoid=[walls, door, roof], painted=0.15)
    half = width / 2
    nave = extrude([(-half, 0), (half, 0), (half, eave), (0, eave + rise), (-half, eave)], depth)
    cover = gable_roof(half, eave, eave + rise, 0.085, 0.07, depth + 0.1)
    z = depth / 2 + side * 0.2
    front = z + side / 2
    tower = box((0, tall / 2, z), (side, tall, side))
    point = box((0, tall + spire / 2, z), (side + 0.1, spire, side + 0.1), (0.03, 0.03))
    top = tall + spire
    cross = [box((0, top + 0.06, z), (0.092, 0.28, 0.092)), box((0, top + 0.09, z), (0.24, 0.092, 0.092))]
    windows = [arched_panel(0, tall * 0.68, front, side * 0.48, 0.2)]
    count = draw.choice([2, 3])
    for s in (-1, 1):
        for k in range(count):
            at = (k - (count - 1) / 2) * depth * 0.8 / count - 0.04
            pane_solid = arched_panel(0, 0, 0, 0.12, 0.24)
            windows.append(pane_solid.turned("y", s * 90).moved(s * half, eave * 0.25, at))
    return Prop(
        "church",
        (
            Part("walls", (nave, tower), walls),
            Part("roof", (cover, point), roof),
            Part("cross", tuple(cross), gold),
            Part("door", (arched_panel(0, 0, front, side * 0.62, 0.28),), door),
            Part("windows", tuple(windows), pane),
        ),
        words(tall=top > 1.35 * depth, long=depth > 0.8, short=top < 1.15 * depth),
    )


def _gambrel(half: float, eave: float, rise: float) -> list[tuple[float, float]]:
    """The broken slope of a barn's roof from its right eave over the ridge to its left."""
    right = [(half, eave), (half * 0.62, eave + rise * 0.68)]
    return [*right, (0.0, eave + rise), *[(-x, y) for x, y in reversed(right)]]


def barn(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.62, 0.8), draw.uniform(0.65, 0.9)
    eave, rise = draw.uniform(0.34, 0.46), draw.uniform(0.32, 0.42)
    walls = draw.finish("wood", natural=("red",), painted=0.3)
    roof = draw.finish("wood", "metal", natural=("gray", "brown", "black"), avoid=[walls], painted=0.3)
    white = draw.finish("wood", natural=("white",), avoid=[walls, roof], painted=0.1)
    half, z = width / 2, depth / 2
    body = extrude([(-half, 0), (half, 0), *_gambrel(half, eave, rise)], depth)
    inner = _gambrel(half + 0.02, eave - 0.03, rise + 0.01)
    outer = _gambrel(half + 0.1, eave - 0.05, rise + 0.12)
    cover = extrude([*outer, *reversed(inner)], depth + 0.14, 0.085)
    # A double door with crossed boards, framed in white.
    wide, tall = width * draw.uniform(0.42, 0.52), eave * draw.uniform(0.85, 1.0)
    frame = [wall_panel(s * wide / 2, tall / 2, z, 0.075, tall) for s in (-1, 0, 1)]
    frame += [wall_panel(0, y, z, wide + 0.075, 0.075) for y in (0.04, tall)]
    angle = 0.06 * wide / tall
    for s in (-1, 1):
        across = extrude([(-wide / 4, 0.05 + angle), (-wide / 4, -0.02), (wide / 4, tall - 0.05 - angle),
                          (wide / 4, tall + 0.02)], 0.09, 0.08)  # fmt: skip
        frame.append((across if s < 0 else across.mirrored()).moved(s * wide / 4, 0, z))
    loft = eave + rise * 0.3
    if draw.chance(0.5):
        frame.append(arched_panel(0, loft, z, 0.18, 0.2))
    else:
        frame.append(wall_panel(0, loft + 0.07, z, 0.17, 0.17))
    parts = [Part("walls", (body,), walls), Part("roof", (cover,), roof), Part("doors", tuple(frame), white)]
    if draw.chance(0.35):
        silo = draw.finish("metal", "stone", natural=("gray", "white"), avoid=[walls, roof], painted=0.3)
        r, side, top = draw.uniform(0.14, 0.18), draw.choice([-1, 1]), eave + rise + draw.uniform(0.02, 0.16)
        x = side * (half + r + 0.06)
        shape = cylinder((x, top / 2, -depth * 0.15), r, top, segments=16)
        dome = ellipsoid((x, top, -depth * 0.15), (r, r * 0.9, r), 16, lowest=0.0)
        parts.append(Part("silo", (shape, dome), silo))
    return Prop("barn", tuple(parts), words(wide=width > 1.02 * (eave + rise), tall=width < 0.86 * (eave + rise)))


def gate(draw: Draw) -> Prop:
    width, height = draw.uniform(0.7, 0.92), draw.uniform(0.62, 0.88)
    side, kind = draw.uniform(0.15, 0.2), draw.choice(["bars", "bars", "planks"])
    stone = draw.finish("stone", "brick", natural=("gray", "tan", "red"), painted=0.4)
    leaf = draw.finish(
        "metal" if kind == "bars" else "wood",
        natural=("black", "gold") if kind == "bars" else ("brown", "tan"),
        avoid=[stone],
        painted=0.4,
    )
    cap = draw.finish("stone", natural=("white", "gray"), avoid=[stone, leaf], painted=0.4)
    x, half = width / 2 + side / 2, width / 2
    top = height + draw.uniform(0.04, 0.16)
    pillars = [box((s * x, top / 2, 0), (side, top, side)) for s in (-1, 1)]
    caps = [box((s * x, top + 0.03, 0), (side + 0.09, 0.09, side + 0.09)) for s in (-1, 1)]
    finial, bow = draw.choice(["ball", "point", "arch"]), draw.uniform(-0.12, 0.16)
    parts = [Part("pillars", tuple(pillars), stone, 2)]

    def crest(at: float) -> float:
        """How high the leaves reach, higher or lower where they meet."""
        return height * 0.9 + bow * (1 - abs(at) / half)

    if kind == "bars":
        count = 3
        bars: list[Solid] = []
        for s in (-1, 1):
            for k in range(count):
                at = s * half * (k + 0.5) / count
                spike = revolve(
                    [(0.039, 0.04), (0.039, crest(at) - 0.1), (0.058, crest(at) - 0.1), (0.0, crest(at) + 0.04)], 8
                )
                bars.append(Solid(spike.vertices, spike.faces, 0.076).moved(at))
        bars += [box((0, y * height, 0), (width, 0.08, 0.075)) for y in (0.16, 0.66)]
        parts.append(Part("bars", tuple(bars), leaf))
    else:
        iron = draw.finish("metal", natural=("black", "gray"), avoid=[leaf, stone], painted=0.1)
        planks = [extrude([(0.012, 0), (half, 0), (half, crest(half)), (0.012, crest(0))], 0.1)]
        planks.append(planks[0].mirrored())
        bands = [box((0, y * height, 0), (width, 0.09, 0.16)) for y in (0.18, 0.66)]
        bands += [ellipsoid((s * 0.08, height * 0.44, 0.07), (0.05, 0.05, 0.05), 8) for s in (-1, 1)]
        parts += [Part("doors", tuple(planks), leaf, 2), Part("bands", tuple(bands), iron)]
    if finial == "ball":
        caps += [ellipsoid((s * x, top + 0.14, 0), (side * 0.55,) * 3, 14) for s in (-1, 1)]
    elif finial == "point":
        caps += [box((s * x, top + 0.15, 0), (side + 0.05, 0.18, side + 0.05), (0.05, 0.05)) for s in (-1, 1)]
    else:
        over = [(r * cos(t), top + 0.04 + (r * 0.55 + (0.02 if r > x else -0.03)) * sin(t))
                for r, turn in ((x + side / 2, 1), (x - side / 2, -1))
                for t in [k * pi / 12 for k in range(13)][::turn]]  # fmt: skip
        caps.append(extrude(over, side, 0.1))
    parts.append(Part("arch" if finial == "arch" else "caps", tuple(caps), cap))
    return Prop("gate", tuple(parts), words(wide=width > 1.05 * height, tall=width < 0.92 * height))
