"""The surface of a sampled field: manifold dual contouring."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native
from maquette.ops.blocks import SIDE, Blocks, check_blocks

LONGEST = 1 << 20
"""The most samples along one axis, so that single precision tells cells apart."""


def contour(
    field: Float32[np.ndarray, "x y z"] | Blocks,
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
        field: Samples on a regular grid; below zero is inside. Blocks bring their own gradients, origin and
            spacing.
        gradients: The field's gradient at each sample, in any scale; central differences where None.
        origin: World position of sample (0, 0, 0).
        spacing: World units between samples.
        regularization: Pull of each vertex towards the mean of its crossings; larger is smoother.

    Returns:
        Vertices in world units, faces counter-clockwise from outside; both empty where the field has no inside.

    Raises:
        ValueError: The field has no samples or one that is not finite, the gradients do not fit it, or a number is
            out of range.
        MemoryError: The surface has more than 2^31 vertices or corners.
    """
    if not 0 <= regularization < np.inf:
        raise ValueError(f"regularization {regularization}; expected 0 or above")
    counts, pull = np.zeros(3, np.int64), max(float(regularization), 1e-6)
    if isinstance(field, Blocks):
        check_blocks(field)
        gradients, origin, spacing = field.gradients, field.origin, field.spacing
        name, values = "contour_sparse", (np.ascontiguousarray(field.index), np.ascontiguousarray(field.values))
        size, far, samples = field.index.shape, (float(field.truncation),), [SIDE * n for n in field.index.shape]
    else:
        name, values, size, far = "contour", (_arrays.floats("field", field),), field.shape, ()
        samples = size
        if gradients is not None and gradients.shape != (*size, 3):
            raise ValueError(f"gradients of shape {gradients.shape} for a field of {size}; expected {(*size, 3)}")
    if len(samples) != 3 or not 1 <= min(samples) <= max(samples) <= LONGEST:
        raise ValueError(f"a field of shape {tuple(samples)}; expected three axes of 1 to {LONGEST} samples")
    if not 0 < spacing < np.inf:
        raise ValueError(f"spacing {spacing}; expected world units above 0")
    given = np.zeros(0, np.float32) if gradients is None else _arrays.floats("gradients", gradients)
    if not np.isfinite(given).all():
        raise ValueError("gradients that are not finite; expected numbers, zero where unknown")
    handle = _native.call(name, *values, given, int(gradients is not None), *size, *far, pull, counts)
    if counts[2] == 1:
        raise ValueError("field has samples that are not finite; expected a number at every grid point")
    if counts[2]:
        raise MemoryError(f"the surface of a field of {size} is too large; expected less detail: smooth it first")
    vertices, faces = np.empty((counts[0], 3), np.float32), np.empty((counts[1], 3), np.int32)
    _native.call("contour_take", handle, vertices, faces)
    # The kernel counts a ring of samples around the field.
    vertices -= 1
    vertices *= np.float32(spacing)
    vertices += np.asarray(origin, np.float32)
    return vertices, faces
