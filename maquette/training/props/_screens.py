"""Electronics: what shows pictures or plays sounds."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, arc, box, cylinder, ellipsoid, extrude, pillow, ring, rod, tube
from maquette.training.props._words import words


def disc(center: Sequence[float], radius: float, depth: float) -> Solid:
    """A short cylinder that faces the front."""
    return cylinder((0, 0, 0), radius, depth, segments=20).turned("x", 90).moved(*center)


def _glow(draw: Draw, *avoid: Finish) -> Finish:
    """What a screen shows."""
    return draw.finish("glass", natural=("blue", "teal", "black"), avoid=avoid, painted=0.3)


def television(draw: Draw) -> Prop:
    old = draw.chance(0.5)
    width, height = (draw.uniform(0.9, 1.1), draw.uniform(0.68, 0.8)) if old else (draw.uniform(1.2, 1.45), 0.76)
    depth = draw.uniform(0.4, 0.6) if old else draw.uniform(0.1, 0.16)
    materials = ("wood", "plastic") if old else ("plastic", "metal")
    case = draw.finish(*materials, natural=("brown", "red", "orange") if old else ("black", "gray"), painted=0.4)
    screen = _glow(draw, case)
    metal = draw.finish("metal", natural=("gray", "black"), avoid=[case, screen], painted=0.4)
    front = depth / 2
    if old:
        body = [box((0, height / 2, 0), (width, height, depth)),
                box((0, height / 2, -front - 0.06), (width * 0.6, height * 0.6, 0.14))]  # fmt: skip
        glass = pillow((-width * 0.12, height / 2, front), (width * 0.62, height * 0.74, 0.12), 0.35)
        knobs = [disc((width * 0.35, height * y, front + 0.02), 0.075, 0.11) for y in (0.72, 0.46)]
        knobs.append(box((width * 0.35, height * 0.2, front), (0.15, 0.1, 0.08)))
        spread = draw.uniform(0.2, 0.36)
        ends = [(s * spread, height + draw.uniform(0.3, 0.42), -0.05) for s in (-1, 1)]
        aerial = [rod((0, height - 0.02, -0.05), end, 0.04) for end in ends]
        aerial += [ellipsoid(end, (0.06, 0.06, 0.06), 10) for end in ends]
        parts = [
            Part("body", tuple(body), case), Part("screen", (glass,), screen),
            Part("antenna", tuple(aerial), metal), Part("knobs", tuple(knobs), metal, mentioned=False),
        ]  # fmt: skip
        if draw.chance(0.5):
            feet = [rod((s * width * 0.36, 0.06, z), (s * width * 0.44, -0.22, z * 1.2), 0.055, 0.75)
                    for s in (-1, 1) for z in (-front * 0.6, front * 0.6)]  # fmt: skip
            parts.append(Part("legs", tuple(feet), metal, 4))
    else:
        height = width * draw.uniform(0.56, 0.64)
        neck, border = draw.uniform(0.1, 0.2), draw.uniform(0.05, 0.09)
        middle = neck + height / 2 + 0.08
        glass = box((0, middle, front - 0.01), (width - 2 * border, height - 2 * border, 0.085))
        stand = [box((0, 0.045, 0), (width * draw.uniform(0.4, 0.6), 0.09, 0.36)),
                 box((0, neck / 2 + 0.1, -0.02), (0.2, neck + 0.16, 0.1))]  # fmt: skip
        parts = [
            Part("body", (box((0, middle, 0), (width, height, depth)),), case),
            Part("screen", (glass,), screen), Part("stand", tuple(stand), metal),
        ]  # fmt: skip
    return Prop("television", tuple(parts), words(old=old, flat=not old, wide=width > 1.35))


def computer(draw: Draw) -> Prop:
    old, tower = draw.chance(0.4), draw.chance(0.5)
    width, border = draw.uniform(0.75, 0.95), draw.uniform(0.06, 0.09)
    height, depth = width * draw.uniform(0.66, 0.76), 0.46 if old else draw.uniform(0.1, 0.14)
    case = draw.finish("plastic", "metal", natural=("tan", "white") if old else ("gray", "black"), painted=0.35)
    screen = _glow(draw, case)
    keys = draw.finish("plastic", natural=("white", "gray", "black"), avoid=[case, screen], painted=0.4)
    neck = draw.uniform(0.14, 0.2)
    middle = neck + height / 2
    back = box((0, 0, 0), (width, height, depth), (0.65, 0.7)) if old else box((0, 0, 0), (width, height, depth))
    if old:  # the tube narrows to the back
        back = box((0, 0, 0), (width, depth, height), (0.65, 0.7)).turned("x", -90)
    body = [back.moved(y=middle, z=-depth / 2), box((0, middle, -0.03), (width, height, 0.1)),
            box((0, neck / 2, -0.1), (0.2, neck + 0.1, 0.12)),
            box((0, 0.045, -0.08), (width * 0.5, 0.09, 0.34))]  # fmt: skip
    glass = box((0, middle, 0), (width - 2 * border, height - 2 * border, 0.09))
    ahead = draw.uniform(0.38, 0.46)
    board = box((-0.06, 0.04, ahead), (width * 0.8, 0.08, 0.3))
    rows = [box((-0.06, 0.08, ahead + z), (width * w, 0.08, 0.07)) for z, w in ((-0.1, 0.7), (0, 0.7), (0.1, 0.4))]
    mouse = pillow((width * 0.46, 0.05, ahead), (0.13, 0.11, 0.2), 0.7)
    if tower:
        high = draw.uniform(0.7, 0.9)
        x = width / 2 + 0.22
        body.append(box((x, high / 2, -0.1), (0.26, high, 0.5)))
        rows += [box((x, high * y, 0.15), (0.18, 0.075, 0.08)) for y in (0.85, 0.7)]
    return Prop(
        "computer",
        (
            Part("body", tuple(body), case), Part("screen", (glass,), screen),
            Part("keyboard", (board, mouse), case, mentioned=False), Part("keys", tuple(rows), keys),
        ),
        words(old=old, wide=width / height > 1.45),
    )  # fmt: skip


def laptop(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.9, 1.05), draw.uniform(0.58, 0.7)
    height, slab = draw.uniform(0.58, 0.7), draw.uniform(0.075, 0.095)
    lean, border = draw.uniform(-28, -8), draw.uniform(0.05, 0.08)
    case = draw.finish("metal", "plastic", natural=("gray", "black", "white"), painted=0.45)
    screen = _glow(draw, case)
    keys = draw.finish("plastic", natural=("black", "white", "gray"), avoid=[case, screen], painted=0.3)

    def opened(solid: Solid) -> Solid:
        return solid.turned("x", lean).moved(0, slab * 0.6, -depth / 2)

    lid = opened(box((0, height / 2, 0), (width, height, slab)))
    glass = opened(box((0, height / 2 + 0.02, slab / 2 - 0.02), (width - 2 * border, height - 2 * border, 0.08)))
    rows = [box((0, slab - 0.02, -depth * z), (width * 0.82, 0.075, 0.08)) for z in (0.3, 0.12, -0.06)]
    pad = box((0, slab - 0.025, depth * 0.33), (width * draw.uniform(0.25, 0.36), 0.075, depth * 0.2))
    base = box((0, slab / 2, 0), (width, slab, depth))
    return Prop(
        "laptop",
        (
            Part("body", (base, lid), case), Part("screen", (glass,), screen),
            Part("keys", tuple(rows), keys), Part("touchpad", (pad,), keys, mentioned=False),
        ),
        words(open=True, wide=width / height > 1.65),
    )  # fmt: skip


def radio(draw: Draw) -> Prop:
    style = draw.choice(["portable", "twin", "arched"])
    arched = style == "arched"
    width, depth = draw.uniform(0.72, 0.85) if arched else draw.uniform(0.95, 1.15), draw.uniform(0.26, 0.38)
    height, size = draw.uniform(0.9, 1.05) if arched else draw.uniform(0.52, 0.64), draw.uniform(0.17, 0.2)
    case = draw.finish("wood", *(() if arched else ("plastic",)), natural=("brown", "red", "teal"), painted=0.45)
    grille = draw.finish("cloth", natural=("tan", "black", "gray"), avoid=[case], painted=0.25)
    metal = draw.finish("metal", natural=("gray", "gold"), avoid=[case, grille], painted=0.25)
    front = depth / 2
    parts = []
    if arched:
        round_top = [(x, y) for x, y, _ in arc((0, height - width / 2, 0), width / 2, 0, 180, 13)]
        body = [extrude([(-width / 2, 0), (width / 2, 0), *round_top], depth),
                box((0, 0.05, 0), (width + 0.1, 0.1, depth + 0.08))]  # fmt: skip
        y = height - width / 2
        cloth = [disc((0, y, front), width * 0.34, 0.1)]
        bars = [box((x, y, front + 0.03), (0.075, width * 0.62, 0.09)) for x in (-0.12, 0.12)]
        parts.append(Part("bars", tuple(bars), case, mentioned=False))
        knobs = [disc((x * width, height * 0.24, front + 0.03), r, 0.12)
                 for x, r in ((-0.3, 0.07), (0, 0.095), (0.3, 0.07))]  # fmt: skip
    else:
        body = [pillow((0, height / 2, 0), (width, height, depth), 0.18)]
        places = (-0.27, 0.27) if style == "twin" else (-0.22,)
        size = size if style == "twin" else size * 1.15
        cloth = [disc((x * width, height * 0.45, front), size, 0.1) for x in places]
        if style == "twin":
            knobs = [box((0, height * 0.62, front), (width * 0.17, 0.12, 0.1)),
                     disc((0, height * 0.3, front + 0.02), 0.075, 0.12)]  # fmt: skip
        else:
            knobs = [disc((width * (0.2 + 0.2 * k), height * 0.28, front + 0.02), 0.075, 0.12) for k in (0, 1)]
            knobs.append(box((width * 0.3, height * 0.7, front), (width * 0.3, 0.12, 0.1)))
        reach = width * 0.36
        grip = [
            [-reach, height - 0.03, 0],
            [-reach, height + 0.16, 0],
            [reach, height + 0.16, 0],
            [reach, height - 0.03, 0],
        ]
        if style == "twin" or draw.chance(0.4):
            parts.append(Part("handle", (tube(grip, 0.045, 8),), metal, mentioned=False))
        if style == "portable" or draw.chance(0.5):
            side = width / 2 - 0.08
            tip = (side + draw.uniform(-0.5, 0.1), height + draw.uniform(0.4, 0.55), -0.08)
            aerial = (rod((side, height - 0.04, -0.08), tip, 0.04, 0.9), ellipsoid(tip, (0.055, 0.055, 0.055), 10))
            parts.append(Part("antenna", aerial, metal))
    parts = [
        Part("body", tuple(body), case),
        Part("speakers" if style == "twin" else "speaker", tuple(cloth), grille, len(cloth)),
        Part("knobs", tuple(knobs), metal),
        *parts,
    ]
    if not arched:
        hub = tuple(
            ring((float(s.vertices[:, 0].mean()), height * 0.45, front + 0.03), size, 0.08, "z") for s in cloth
        )
        parts.append(Part("rims", hub, metal, mentioned=False))
    return Prop("radio", tuple(parts), words(tall=arched, wide=style == "twin", old=arched))
