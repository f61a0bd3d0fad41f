"""Gaps too narrow to be known: what noisy depth pierces is closed again."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import generate_binary_structure, maximum_filter, minimum_filter

FARTHEST = 4
"""Samples: wider gaps are never closed, however noisy the depth."""


def close_gaps(
    field: Float32[np.ndarray, "x y z"], hull: Float32[np.ndarray, "x y z"], reach: int
) -> Float32[np.ndarray, "x y z"]:
    """Close pits, slots and tunnels narrower than twice the reach, but nothing beyond the hull.

    The morphological closing of the inside with a rounded cube.

    Args:
        field: Negative inside, world units.
        hull: Distance to the visual hull, negative inside.
        reach: Samples; 0 closes nothing, and more than FARTHEST counts as that.
    """
    cross = generate_binary_structure(3, 1)
    shapes = [cross if step % 2 else np.ones((3, 3, 3), bool) for step in range(min(reach, FARTHEST))]
    closed = field
    for select in (minimum_filter, maximum_filter):
        for shape in shapes:
            closed = select(closed, size=3) if shape.all() else select(closed, footprint=shape)
    return np.minimum(field, np.maximum(closed, hull))
