"""What one sits or lies on."""

from __future__ import annotations

from math import cos, radians, sin

from maquette.training.props._cases import corner_posts, set_around
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, extrude, pillow, rod
from maquette.training.props._words import words


def stool(draw: Draw) -> Prop:
    count = draw.choice([3, 4])
    is_round = count == 3 or draw.chance(0.5)
    radius = draw.uniform(0.24, 0.34)
    height = radius * draw.uniform(2.3, 4.0)  # higher than wide, or it would be a table
    seat_height = draw.uniform(0.1, 0.17)
    leg = draw.uniform(0.045, 0.065)
    splay = draw.uniform(1.0, 1.35)
    seat = draw.finish("wood", "wood", "metal", "plastic", natural=("brown", "tan", "red", "gray"))
    legs = seat if draw.chance(0.35) else draw.finish("wood", "metal", avoid=[seat])
    top = (
        cylinder((0, height, 0), radius, seat_height, segments=20)
        if is_round
        else box((0, height, 0), (2 * radius, seat_height, 2 * radius))
    )
    inset = radius * (0.72 if is_round else 0.95)
    # Three legs stand one behind and two in front; four stand at the corners.
    angles = [180, 60, -60] if count == 3 else [45, 135, -135, -45]
    at = inset * (splay + (1 - splay) * 0.35)
    feet = [(at * sin(radians(a)), height * 0.35, at * cos(radians(a))) for a in angles]
    rungs = [rod(a, b, leg * 0.8) for a, b in zip(feet, feet[1:] + feet[:1], strict=True)]
    if draw.chance(0.4):
        rungs = []
    return Prop(
        "stool",
        (
            Part("seat", (top,), seat),
            Part("legs", (*set_around(angles, inset, splay, height, leg), *rungs), legs, count),
        ),
        words(tall=height > 3.3 * radius, short=height < 2.7 * radius, round=is_round, square=not is_round),
    )


def chair(draw: Draw) -> Prop:
    width, depth = draw.uniform(0.5, 0.74), draw.uniform(0.48, 0.62)
    height, back = draw.uniform(0.42, 0.64), draw.uniform(0.45, 0.85)
    seat_height, leg = draw.uniform(0.09, 0.15), draw.uniform(0.085, 0.12)
    lean = draw.uniform(0.0, 0.14)
    style = draw.choice(["panel", "ladder", "slats", "arch"])
    seat = draw.finish("wood", "wood", "plastic", "metal", natural=("brown", "tan"))
    legs = seat if draw.chance(0.3) else draw.finish("wood", "metal", avoid=[seat])
    wide = width * 0.95
    z = -depth / 2 + leg / 2 + 0.02

    def slab(low: float, high: float, x: float, across: float) -> Solid:
        """A piece of the leaning back between two heights above the seat's middle."""
        foot, top = -lean * low / back, -lean * high / back
        return box((x, height + (low + high) / 2, z + foot), (across, high - low, leg), shift=(0, top - foot))

    posts = [slab(0, back, s * (wide / 2 - leg / 2), leg) for s in (-1, 1)]
    if style == "panel":
        rest = [slab(0, back, 0, wide)]
    elif style == "ladder":
        rungs = draw.choice([2, 3])
        rest = posts + [
            slab(back * (k - 0.42) / rungs, back * (k - 0.02) / rungs, 0, wide) for k in range(1, rungs + 1)
        ]
    elif style == "slats":
        rest = [*posts, slab(back - 0.13, back, 0, wide), slab(0, back - 0.02, 0, leg * 1.4)]
    else:
        curve = [
            (wide / 2 * cos(radians(a)), back * 0.55 + back * 0.45 * sin(radians(a))) for a in range(0, 181, 20)
        ]
        flat = extrude([(wide / 2, 0), *curve, (-wide / 2, 0)], leg)
        rest = [flat.turned("x", -8).moved(0, height, z + 0.01)]
    return Prop(
        "chair",
        (
            Part("seat", (box((0, height, 0), (width, seat_height, depth)),), seat),
            Part(
                "legs",
                corner_posts(width / 2 - leg / 2 - 0.02, depth / 2 - leg / 2 - 0.02, 0, height, leg),
                legs,
                4,
            ),
            Part("backrest", tuple(rest), seat if draw.chance(0.7) else legs),
        ),
        words(tall=back > 0.72, low=height < 0.47, wide=width > 0.69),
    )


def armchair(draw: Draw) -> Prop:
    return _upholstered(draw, "armchair", 1, draw.uniform(0.55, 0.75))


def sofa(draw: Draw) -> Prop:
    return _upholstered(draw, "sofa", draw.choice([2, 2, 3]), draw.uniform(0.5, 0.62))


def _upholstered(draw: Draw, category: str, seats: int, seat: float) -> Prop:
    arm, depth = draw.uniform(0.15, 0.22), draw.uniform(0.68, 0.82)
    feet = draw.uniform(0.1, 0.2)
    base, cushion = draw.uniform(0.16, 0.24), draw.uniform(0.15, 0.2)
    arm_height, back_height = draw.uniform(0.24, 0.34), draw.uniform(0.42, 0.72)
    thick = draw.uniform(0.17, 0.24)
    rolled = draw.chance(0.5)
    cover = draw.finish("cloth", natural=("brown", "red", "gray"), painted=0.7)
    soft = draw.finish("cloth", natural=("white", "tan"), avoid=[cover])
    wood = draw.finish("wood", "wood", "metal", avoid=[cover], painted=0.2)
    width = seats * seat + 2 * arm
    top = feet + base
    rise = base + arm_height
    side = width / 2 - arm / 2
    body = [
        box((0, feet + base / 2, 0), (width - 0.04, base, depth)),
        pillow((0, feet + (base + back_height) / 2, -depth / 2 + thick / 2),
               (width - (0.03 if rolled else 0), base + back_height, thick), 0.25),
    ]  # fmt: skip
    for s in (-1, 1):
        body.append(pillow((s * side, feet + rise / 2, 0.01), (arm, rise, depth + 0.04), 0.2))
        if rolled:
            bar = arm * 0.62
            body.append(
                rod(
                    (s * side, feet + rise - 0.02, -depth / 2),
                    (s * side, feet + rise - 0.02, depth / 2 + 0.05),
                    bar,
                    segments=14,
                )
            )
    length = depth - thick + 0.05
    cushions = tuple(
        pillow(((k - (seats - 1) / 2) * seat, top + cushion * 0.4, -depth / 2 + thick - 0.02 + length / 2),
               (seat - 0.015, cushion, length), 0.25)
        for k in range(seats)
    )  # fmt: skip
    foot = 0.13 if seats > 1 else 0.1
    return Prop(
        category,
        (
            Part("body", tuple(body), cover),
            Part("cushions" if seats > 1 else "cushion", cushions, soft, seats),
            Part("feet", corner_posts(width / 2 - foot, depth / 2 - foot, 0, top - 0.05, foot), wood, 4),
        ),
        words(long=seats == 3, wide=seats == 1 and seat > 0.7, tall=seats == 1 and back_height > 0.64),
    )


def bench(draw: Draw) -> Prop:
    width, depth, height = draw.uniform(1.15, 1.6), draw.uniform(0.4, 0.52), draw.uniform(0.38, 0.52)
    plank, leg = draw.uniform(0.09, 0.13), draw.uniform(0.1, 0.15)
    count = draw.choice([2, 3])
    back = draw.uniform(0.4, 0.55) if draw.chance(0.65) else 0.0
    seat = draw.finish("wood", "wood", "stone", natural=("brown", "tan", "gray"))
    legs = draw.finish("metal", "stone", "wood", natural=("gray", "black"), avoid=[seat])
    each = depth / count
    planks = [box((0, height, (k - (count - 1) / 2) * each), (width, plank, each - 0.035)) for k in range(count)]
    spread = width / 2 - leg * 1.2
    stands = [box((s * spread, height / 2, 0), (leg, height, depth * 0.86), (1, 0.92)) for s in (-1, 1)]
    if back:
        rest = [box((0, height + y * back, -depth / 2 - 0.02), (width, back * 0.32, plank)) for y in (0.46, 0.92)]
        stands += [
            box((s * spread, height + back / 2, -depth / 2 - 0.02 - 0.06), (leg, back + 0.25, plank + 0.02))
            for s in (-1, 1)
        ]
        if draw.chance(0.5):  # armrests
            stands += [box((s * spread, height + back * 0.46, 0), (leg, plank, depth * 0.9)) for s in (-1, 1)]
            stands += [
                box((s * spread, height + back * 0.22, depth * 0.36), (leg, back * 0.5, leg)) for s in (-1, 1)
            ]
        planks += rest
    return Prop(
        "bench",
        (Part("seat", tuple(planks), seat), Part("frame" if back else "legs", tuple(stands), legs)),
        words(long=width > 1.42, short=width < 1.25, wide=depth > 0.49),
    )


def bed(draw: Draw) -> Prop:
    length, width = draw.uniform(1.6, 1.9), draw.uniform(0.85, 1.45)
    head, foot = draw.uniform(0.7, 1.05), draw.uniform(0.4, 0.6)
    board, side = draw.uniform(0.11, 0.15), draw.uniform(0.12, 0.22)
    arched = draw.chance(0.45)
    double = width > 1.1
    frame = draw.finish("wood", "wood", "metal", natural=("brown", "tan"), painted=0.4)
    sheet = draw.finish("cloth", natural=("white",), avoid=[frame], painted=0.1)
    cover = draw.finish("cloth", natural=("red", "blue"), avoid=[frame, sheet], painted=0.8)
    pads = (
        sheet if draw.chance(0.6) else draw.finish("cloth", natural=("white",), avoid=[cover, sheet], painted=0.5)
    )
    deck = 0.16 + side
    wood = [
        box((0, 0.16 + side / 2, 0), (width, side, length)),
        *corner_posts(width / 2 - 0.07, length / 2 - 0.05, 0, 0.3, 0.14),
        _board(width + 0.06, 0.1, head, board, arched).moved(z=-length / 2),
        _board(width + 0.06, 0.1, max(foot, deck + 0.1), board, arched).moved(z=length / 2),
    ]
    mattress = box((0, deck + 0.07, 0), (width - 0.06, 0.2, length - 0.1), (0.97, 1))
    start = length * draw.uniform(-0.2, -0.05)
    end = length / 2 - board / 2 - 0.01
    blanket = pillow((0, deck + 0.07, (start + end) / 2), (width + 0.03, 0.3, end - start), 0.15)
    each = (width - 0.08) / (2 if double else 1)
    pillows = tuple(
        pillow((x * each, deck + 0.22, -length / 2 + 0.3), (each * 0.86, 0.19, 0.34), 0.5)
        for x in ((-0.5, 0.5) if double else (0,))
    )
    return Prop(
        "bed",
        (
            Part("frame", tuple(wood), frame),
            Part("blanket", (blanket,), cover),
            Part("pillows" if double else "pillow", pillows, pads, len(pillows)),
            Part("mattress", (mattress,), sheet, mentioned=False),
        ),
        words(wide=width / length > 0.75, narrow=width / length < 0.55),
    )


def _board(width: float, low: float, high: float, thickness: float, arched: bool) -> Solid:
    """A head or foot board, upright in the xy plane."""
    rise = min(0.16, (high - low) * 0.4)
    crown = [(width / 2 * cos(radians(a)), high - rise + rise * sin(radians(a))) for a in range(0, 181, 15)]
    top = crown if arched else [(width / 2, high), (-width / 2, high)]
    return extrude([(width / 2, low), *top, (-width / 2, low)], thickness)
