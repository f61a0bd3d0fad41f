"""What noisy depth pierces and dents is mended: narrow gaps are closed, and what no outline holds is evened."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, generate_binary_structure, maximum_filter, minimum_filter

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


def even_out(
    field: Float32[np.ndarray, "x y z"], hull: Float32[np.ndarray, "x y z"], spacing: float, reach: float
) -> Float32[np.ndarray, "x y z"]:
    """Blur a field, except where the hull says the same: what outlines hold keeps its edges.

    Args:
        field: Negative inside, world units.
        hull: Distance to the visual hull, negative inside.
        spacing: World units between samples.
        reach: Standard deviation of the blur, samples; below a tenth nothing is done.
    """
    if reach < 0.1:
        return field
    held = np.exp(-(((field - hull) / (1.5 * spacing)) ** 2))
    return held * field + (1 - held) * gaussian_filter(field, reach)
