"""What one owns and carries about: books, presents, balls, rings, backpacks."""

from __future__ import annotations

from math import pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._screens import disc
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, pillow, revolve, ring, tube
from maquette.training.props._words import words


def book(draw: Draw) -> Prop:
    opened = draw.chance(0.3)
    width, height = draw.uniform(0.62, 0.82), draw.uniform(0.9, 1.1)
    thick, board = draw.uniform(0.2, 0.36), draw.uniform(0.065, 0.08)
    cover = draw.finish("wax", natural=("red", "blue", "green", "brown"), painted=0.6)
    paper = draw.finish("wax", natural=("white", "tan"), avoid=[cover], painted=0)
    mark = draw.finish("wax", natural=("gold", "yellow", "white"), avoid=[cover, paper], painted=0.3)
    if opened:  # lying on its back, the pages rising on either side of the fold
        tilt = draw.uniform(6, 14)
        boards = [box((s * width / 2, 0, 0), (width, board, height)).turned("z", s * tilt) for s in (-1, 1)]
        curve = [
            (0.01, 0.03),
            (width - 0.07, 0.03),
            (width - 0.09, 0.1),
            (width * 0.5, thick * 0.75),
            (0.01, 0.13),
        ]
        page = extrude(curve, height - 0.09)
        pages = [page.turned("z", tilt), page.mirrored().turned("z", -tilt)]
        lines = [box((x * width, thick * 0.55 + 0.02, z * height), (width * 0.4, 0.08, 0.07)).turned("z", s * tilt)
                 for s, x in ((-1, -0.42), (1, 0.42)) for z in (-0.25, 0.0, 0.25)]  # fmt: skip
        ink = draw.finish("wax", natural=("black", "gray"), avoid=[cover, paper], painted=0)
        parts = [Part("cover", tuple(boards), cover), Part("pages", tuple(pages), paper),
                 Part("lines", tuple(lines), ink, mentioned=False)]  # fmt: skip
        return Prop("book", tuple(parts), words(open=True, thick=thick > 0.3))
    front = thick / 2 + board / 2
    boards = [box((0, height / 2, s * front), (width, height, board)) for s in (-1, 1)]
    boards.append(box((-width / 2, height / 2, 0), (board, height, thick + 2 * board)))
    pages = box((-0.02, height / 2, 0), (width - 0.09, height - 0.1, thick + 0.01))
    emblem = draw.choice(["title", "disc", "diamond", "corners"])
    z, reach = front + 0.02, draw.uniform(0.24, 0.34) * width
    if emblem == "title":
        marks = [box((0.02, height * 0.72, z), (width * 0.62, height * 0.14, 0.07)),
                 box((0.02, height * 0.22, z), (width * 0.4, 0.08, 0.07))]  # fmt: skip
    elif emblem == "disc":
        marks = [disc((0.02, height * 0.55, z), reach, 0.07)]
    elif emblem == "diamond":
        points = [(reach, 0), (0, reach * 1.4), (-reach, 0), (0, -reach * 1.4)]
        marks = [extrude(points, 0.07).moved(0.02, height / 2, z)]
    else:
        corner = extrude([(0.0, 0.0), (-0.2, 0.0), (0.0, -0.2)], 0.07, 0.07)
        marks = [corner.moved(width / 2, height, z), corner.turned("z", -90).moved(width / 2, 0, z),
                 box((-width * 0.3, height / 2, z), (0.09, height, 0.07))]  # fmt: skip
    spine = [box((-width / 2 - 0.02, height * y, 0), (0.09, 0.09, thick + 2 * board + 0.03)) for y in (0.2, 0.8)]
    parts = [Part("cover", tuple(boards), cover), Part("pages", (pages,), paper)]
    parts += [Part(emblem, tuple(marks), mark), Part("bands", tuple(spine), mark, 2, mentioned=False)]
    return Prop(
        "book", tuple(parts), words(closed=True, thick=thick > 0.3, thin=thick < 0.24, tall=height > 1.45 * width)
    )


def present(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.7, 0.9), draw.uniform(0.6, 0.8)
    height, band = draw.uniform(0.45, 0.8), draw.uniform(0.13, 0.2)
    loop, turn = draw.uniform(0.15, 0.2), draw.uniform(-12, 12)
    wrap = draw.finish("wax", natural=("red", "blue", "green"), painted=0.7)
    ribbon = draw.finish("cloth", natural=("gold", "yellow", "white", "red"), avoid=[wrap], painted=0.5)
    lid = wrap if draw.chance(0.5) else draw.finish("wax", avoid=[wrap, ribbon], painted=1)
    high = draw.uniform(0.12, 0.18)
    bands = [box((0, height / 2, 0), (band, height + 0.02, depth + 0.05)),
             box((0, height / 2, 0), (width + 0.05, height + 0.021, band)),
             box((0, height - high / 2, 0), (band, high + 0.06, depth + 0.13)),
             box((0, height - high / 2, 0), (width + 0.13, high + 0.061, band))]  # fmt: skip
    top = height + 0.02
    loops = [
        ring((0, 0, 0), loop, 0.1, "z", 18)
        .scaled(1.25, 0.8, 1.6)
        .turned("z", s * 28)
        .moved(s * loop * 1.15, loop * 0.8)
        for s in (-1, 1)
    ]
    knot = ellipsoid((0, 0.07, 0), (0.1, 0.1, 0.12), 14)
    tails = [box((s * 0.14, 0.03, 0.12), (0.26, 0.07, 0.1)).turned("y", -s * 40) for s in (-1, 1)]
    bow = [solid.turned("y", turn).moved(y=top) for solid in (*loops, knot, *tails)]
    cover = box((0, height - high / 2, 0), (width + 0.08, high + 0.02, depth + 0.08))
    return Prop(
        "present",
        (
            Part("body", (box((0, height / 2, 0), (width, height, depth)),), wrap),
            Part("ribbon", (*bands, *bow), ribbon),
            Part("lid", (cover,), lid, mentioned=lid is not wrap),
        ),
        words(tall=height > 0.72, flat=height < 0.52, square=abs(width - depth) < 0.06),
    )


def _wedge(half_angle: float, radius: float) -> Solid:
    """A slice of a ball around the y axis, as of an orange, that faces the front."""
    ball = ellipsoid((0, 0, 0), (1, 1, 1), 24)
    x, y, z = ball.vertices.astype(float).T
    angle, flat = np.arctan2(x, z), np.hypot(x, z)
    front = np.abs(angle) <= pi / 2 + 1e-6
    # The back half folds forwards and makes the inside of the slice.
    turned = np.where(front, angle, np.sign(angle) * pi - angle) * half_angle / (pi / 2)
    flat = np.where(front, flat, flat * 0.3)
    vertices = np.stack([flat * np.sin(turned), y, flat * np.cos(turned)], -1) * radius
    return Solid(vertices.astype(np.float32), ball.faces, radius * sin(half_angle))


def ball(draw: Draw) -> Prop:
    return _ball(draw, "ball", draw.choice(["beach", "beach", "band", "star"]))


def soccer_ball(draw: Draw) -> Prop:
    return _ball(draw, "soccer_ball", "football")


def basketball(draw: Draw) -> Prop:
    return _ball(draw, "basketball", "seams")


def _ball(draw: Draw, category: str, style: str) -> Prop:
    radius, tilt, turn = 0.5, draw.uniform(-25, 25), draw.uniform(0, 60)
    count, width = draw.choice([3, 4]), draw.uniform(0.1, 0.18)
    natural = {"beach": ("white", "yellow"), "football": ("white",), "seams": ("orange",)}.get(
        style, ("red", "blue")
    )
    painted = 0.5 if category == "ball" else 0.2
    skin = draw.finish("plastic", natural=natural, painted=painted)
    other = {"beach": ("red", "blue"), "football": ("black",), "seams": ("black",)}.get(style, ("yellow", "white"))
    mark = draw.finish("plastic", natural=other, avoid=[skin], painted=painted)
    name = {"beach": "stripes", "football": "patches", "seams": "lines", "band": "stripe", "star": "stars"}[style]
    parts = [Part("body", (ellipsoid((0, 0, 0), (radius,) * 3, 26),), skin)]
    if style == "beach":
        marks = [_wedge(pi / (2 * count), radius + 0.008).turned("y", k * 360 / count) for k in range(count)]
        third = draw.finish("plastic", natural=("white", "blue", "green"), avoid=[skin, mark], painted=0.4)
        caps = tuple(ellipsoid((0, s * 0.47, 0), (0.13, 0.055, 0.13), 14).turned("z", tilt) for s in (-1, 1))
        parts.append(Part("caps", caps, third, mentioned=False))
    elif style == "football":
        up = 26.57  # the icosahedron's corners: two poles and two rings of five at this latitude
        places = [(90, 0), (-90, 0)] + [(s * up, k * 72 + (s > 0) * 36) for s in (-1, 1) for k in range(5)]
        size = draw.uniform(0.15, 0.19)
        patch = cylinder((0, radius - 0.025, 0), size, 0.07, 0.94, 5)
        marks = [patch.turned("x", 90 - a).turned("y", b) for a, b in places]
    elif style == "seams":
        thick = draw.uniform(0.06, 0.075)
        marks = [ring((0, 0, 0), radius - 0.015, thick, axis, 36) for axis in "xy"]
        around = np.linspace(0, 2 * pi, 32, endpoint=False)
        off = np.radians(55 - 12 * np.cos(2 * around))  # two more lines bend towards the middle one
        path = np.stack([np.cos(off), np.sin(off) * np.cos(around), np.sin(off) * np.sin(around)], -1)
        line = tube(path * (radius - 0.015), thick / 2, 8, closed=True)
        marks += [line, line.mirrored()]
    elif style == "band":
        y = np.linspace(-width, width, 5)
        marks = [revolve([(float(np.sqrt(radius**2 - t * t)) + 0.01, float(t)) for t in y], 26, 2 * width)]
    else:
        five = [(0.2 if k % 2 == 0 else 0.09) * np.exp(1j * (pi / 2 + k * pi / 5)) for k in range(10)]
        star = extrude([(float(p.real), float(p.imag)) for p in five], 0.4).moved(z=0.32)
        star = _rounded(star, radius + 0.012)
        marks = [star.turned("y", k * 90) for k in range(4)]
        marks += [star.turned("x", a) for a in (90, -90)]
        tilt = tilt / 3
    marks = [m.turned("y", turn if style != "star" else 0).turned("z", tilt) for m in marks]
    parts.insert(1, Part(name, tuple(marks), mark, len(marks) if style == "beach" else 1))
    return Prop(category, tuple(parts), words(round=True, striped=style in ("beach", "band")))


def _rounded(solid: Solid, radius: float) -> Solid:
    """The front of a solid pushed onto a ball around the origin."""
    x, y, z = solid.vertices.T
    surface = np.sqrt(np.clip(radius**2 - x * x - y * y, 0.01, None))
    depth = np.where(z > 0.3, surface, surface - 0.14)
    return Solid(np.stack([x, y, depth], -1).astype(np.float32), solid.faces, 0.1)


def finger_ring(draw: Draw) -> Prop:
    radius, thick = draw.uniform(0.34, 0.4), draw.uniform(0.1, 0.16)
    wide, size = draw.uniform(1.0, 1.8), draw.uniform(0.17, 0.26)
    cut = draw.choice(["brilliant", "round", "square"])
    gold = draw.finish("metal", natural=("gold", "gray"), painted=0.2)
    gem = draw.finish("glass", natural=("red", "blue", "green", "white", "purple"), avoid=[gold], painted=0.3)
    seat = gold if draw.chance(0.5) else draw.finish("metal", natural=("gray", "gold"), avoid=[gold, gem])
    band = ring((0, radius, 0), radius, thick, "z", 28).scaled(z=wide)
    top = 2 * radius + thick / 2
    if cut == "round":
        stone = ellipsoid((0, top + size * 0.45, 0), (size, size * 0.8, size), 16)
    else:
        sides = 4 if cut == "square" else 8
        shape = [(size * 0.35, 0), (size, size * 0.75), (size * 0.62, size * 1.25)]
        stone = revolve(shape, sides).turned("y", 45 if sides == 4 else 22.5).moved(y=top - 0.02)
    cup = cylinder((0, top - 0.02, 0), size * 0.5, 0.13, 1.4, 14)
    parts = [Part("band", (band,), gold), Part("gem", (stone,), gem, smooth=cut == "round")]
    parts.append(Part("setting", (cup,), seat, mentioned=seat is not gold))
    if draw.chance(0.4):
        small = [ellipsoid((0, 2 * radius + 0.05, 0), (0.1, 0.1, 0.11), 12)
                 .moved(y=-radius).turned("z", a).moved(y=radius) for a in (-36, 36)]  # fmt: skip
        parts.append(Part("stones", tuple(small), gem, 2, mentioned=False))
    return Prop("ring", tuple(parts), words(thick=thick > 0.14, thin=thick < 0.115))


def backpack(draw: Draw) -> Prop:
    width, height = draw.uniform(0.64, 0.8), draw.uniform(0.85, 1.05)
    depth, roll = draw.uniform(0.34, 0.44), draw.choice(["top", "bottom", ""])
    body = draw.finish("cloth", natural=("red", "blue", "green", "brown"), painted=0.5)
    pocket = draw.finish("cloth", natural=("brown", "tan", "gray"), avoid=[body])
    strap = draw.finish("cloth", natural=("brown", "black", "tan"), avoid=[body, pocket], painted=0.3)
    metal = draw.finish("metal", natural=("gold", "gray"), avoid=[body, pocket, strap], painted=0.1)
    front, fall = depth / 2, draw.uniform(0.28, 0.4)
    low = pillow((0, height * 0.27, front + 0.02), (width * 0.74, height * 0.4, 0.24), 0.4)
    sides = [pillow((s * width * 0.5, height * 0.24, 0), (0.2, height * 0.36, depth * 0.6), 0.5) for s in (-1, 1)]
    flap = pillow((0, height - fall * 0.5 + 0.03, 0.03), (width + 0.03, fall, depth + 0.09), 0.35)
    buckles = [box((s * width * 0.24, height - fall - 0.02, front + 0.07), (0.1, 0.16, 0.1)) for s in (-1, 1)]
    bands = [box((s * width * 0.24, height - fall * 0.45, front + 0.05), (0.09, fall * 0.9, 0.1)) for s in (-1, 1)]
    back = -front
    arms = [
        tube([[s * width * 0.28, height * 0.92, back + 0.04], [s * width * 0.3, height * 0.8, back - 0.12],
              [s * width * 0.32, height * 0.45, back - 0.14], [s * width * 0.3, height * 0.12, back + 0.03]],
             0.05, 8)
        for s in (-1, 1)
    ]  # fmt: skip
    arms.append(ring((0, height + 0.06, back + 0.1), 0.1, 0.075, "z", 14))
    parts = [
        Part("body", (pillow((0, height / 2, 0), (width, height, depth), 0.3),), body),
        Part("pockets", (low, *sides), pocket),
        Part("flap", (flap,), pocket if draw.chance(0.5) else body, mentioned=False),
        Part("straps", (*arms, *bands), strap),
        Part("buckles", tuple(buckles), metal, 2),
    ]
    if roll:
        cloth = draw.finish("cloth", natural=("blue", "tan", "red"), avoid=[body, pocket, strap], painted=0.5)
        thick = draw.uniform(0.13, 0.16)
        y = height + thick * 0.8 if roll == "top" else -thick * 0.5
        long = width + draw.uniform(0.1, 0.24)
        bedroll = cylinder((0, 0, 0), thick, long, segments=18).turned("z", 90).moved(0, y)
        ties = [cylinder((0, 0, 0), thick + 0.02, 0.09, segments=18).turned("z", 90).moved(s * width * 0.27, y)
                for s in (-1, 1)]  # fmt: skip
        parts += [Part("bedroll", (bedroll,), cloth), Part("ties", tuple(ties), strap, 2, mentioned=False)]
    return Prop("backpack", tuple(parts), words(tall=height > 1.45 * width, wide=height < 1.2 * width))
