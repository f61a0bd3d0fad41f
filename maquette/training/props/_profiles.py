"""Solids given by their look from the side: lengths run along z, forwards, and heights along y."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maquette.training.props._solids import Solid, cylinder, extrude, revolve, rod


def pair(*solids: Solid) -> tuple[Solid, ...]:
    """Each solid and its mirror image: ears, arms, wheels."""
    return tuple(both for solid in solids for both in (solid, solid.mirrored()))


def cut_out(outline: Sequence[Sequence[float]], width: float, thickness: float | None = None) -> Solid:
    """A polygon of (z, y) points, seen from the side, given a width along x and centred at x = 0."""
    return extrude(outline, width, thickness).turned("y", -90)


def lengthwise(profile: Sequence[tuple[float, float]], segments: int = 18) -> Solid:
    """A profile of (radius, z) points, from back to front, turned about the z axis."""
    return revolve(profile, segments).turned("x", 90)


def trunk(length: float, radius: float, fullness: float = 3.0, waist: float = 0.0) -> Solid:
    """The round body of an animal along z, around the origin.

    Args:
        fullness: 2 is an ellipsoid; the higher, the blunter its ends.
        waist: How much thinner it is in the middle, as a share of the radius.
    """
    stations = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 13))
    return lengthwise(
        [
            (
                radius
                * max(1 - abs(float(t)) ** fullness, 0.0) ** (1 / fullness)
                * (1 - waist * (1 - float(t) ** 2)),
                float(t) * length / 2,
            )
            for t in stations
        ]
    )


def pointed(base: Sequence[float], tip: Sequence[float], radius: float, sharp: float = 0.25) -> Solid:
    """A horn, an ear, a beak: a cone that counts as thick as it is a third of the way up."""
    cone = rod(base, tip, radius, sharp)
    return Solid(cone.vertices, cone.faces, 2 * radius * (2 + sharp) / 3)


def four_legs(x: float, front: float, back: float, height: float, radius: float, low: float = 0.0) -> list[Solid]:
    """Upright legs at ±x and at two places along z, from the height `low` up."""
    middle, tall = (height + low) / 2, height - low
    return [cylinder((s * x, middle, z), radius, tall, 1.12, 12) for s in (-1, 1) for z in (front, back)]
