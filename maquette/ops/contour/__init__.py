"""The surface of a sampled field: manifold dual contouring."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _native


def contour(
    field: Float32[np.ndarray, "x y z"],
    gradients: Float32[np.ndarray, "x y z 3"] | None = None,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    spacing: float = 1.0,
    regularization: float = 0.03,
) -> tuple[Float32[np.ndarray, "vertices 3"], Int32[np.ndarray, "faces 3"]]:
    """Extract the zero surface of a field that is negative inside, always closed and manifold.

    Each cell gets one vertex for every separate piece of surface in it, placed where the planes of the piece's
    crossings meet (Ju et al. 2002, "Dual contouring of Hermite data"), so creases stay sharp. The surface is
    edge-manifold and vertex-manifold for every field; what is inside at the border is closed half a cell beyond.

    Args:
        field: Samples on a regular grid; below zero is inside.
        gradients: The field's gradient at each sample, in any scale; central differences where None.
        origin: World position of sample (0, 0, 0).
        spacing: World units between samples.
        regularization: Pull of each vertex towards the mean of its crossings; larger is smoother.

    Returns:
        Vertices in world units, faces counter-clockwise from outside; both empty where the field has no inside.

    Raises:
        ValueError: The field has a sample that is not finite.
    """
    if not np.isfinite(field).all():
        raise ValueError("field has samples that are not finite; expected a number at every grid point")
    padded = np.pad(field, 1, mode="edge")
    for axis in range(3):
        border = np.moveaxis(padded, axis, 0)
        border[0], border[-1] = np.abs(border[0]), np.abs(border[-1])
    widened = np.zeros(0, np.float32)
    if gradients is not None:
        widened = np.pad(gradients, ((1, 1), (1, 1), (1, 1), (0, 0)), mode="edge")
    counts = np.zeros(2, np.int64)
    handle = _native.call(
        "contour", padded, widened, int(gradients is not None), *padded.shape, max(regularization, 1e-6), counts
    )
    vertices, faces = np.empty((counts[0], 3), np.float32), np.empty((counts[1], 3), np.int32)
    _native.call("contour_take", handle, vertices, faces)
    return (vertices - 1) * np.float32(spacing) + np.asarray(origin, np.float32), faces
