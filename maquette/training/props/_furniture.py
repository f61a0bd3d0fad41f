"""Things to sit at, lie on and put things on."""

from __future__ import annotations

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import box, cylinder, rod


def stool(draw: Draw) -> Prop:
    count = draw.choice([3, 4])
    is_round = count == 3 or draw.chance(0.5)
    height = draw.uniform(0.5, 1.3)
    radius = draw.uniform(0.3, 0.42)
    seat_height = draw.uniform(0.1, 0.17)
    leg = draw.uniform(0.055, 0.08)
    splay = draw.uniform(1.0, 1.3)
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
    return Prop(
        "stool",
        (
            Part("seat", (top,), seat),
            Part("legs", _around(angles, inset, splay, height, leg), legs, count),
        ),
        tuple(
            w
            for w in (
                "tall" if height > 1.0 else "short" if height < 0.7 else "",
                "round" if is_round else "square",
            )
            if w
        ),
    )


def _around(angles: list[int], inset: float, splay: float, height: float, radius: float):
    """Legs from a seat's underside outwards to the floor, at angles about the y axis in degrees."""
    from math import cos, radians, sin

    return tuple(
        rod(
            (splay * inset * sin(radians(a)), 0, splay * inset * cos(radians(a))),
            (inset * sin(radians(a)), height, inset * cos(radians(a))),
            radius,
        )
        for a in angles
    )


FURNITURE = {
    "stool": Category(stool, ("stool", "footstool")),
}
