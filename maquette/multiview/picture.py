"""From any picture to the 64-pixel cut-out that the model reads."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from maquette.artifacts import Image
from maquette.multiview.cutout import CutOut

SIZE = 64
FILL = 0.92
"""Share of the square that the longer side of the object takes, as in training."""


def prepare(image: Image) -> Float32[np.ndarray, "4 64 64"]:
    """Cut out, crop to the object, shrink to 64 pixels and premultiply; values in [-1, 1].

    Raises:
        InputError: The picture shows nothing: it is transparent or one colour all over.
    """
    cut = CutOut()(image)
    rgb, alpha = cut.rgb, cut.alpha
    assert alpha is not None
    rows, columns = np.flatnonzero(alpha.max(1) > 0.3), np.flatnonzero(alpha.max(0) > 0.3)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left) / FILL
    packed = np.concatenate([(2 * rgb - 1) * alpha[..., None], alpha[..., None]], -1)
    small = _resample(packed, ((top + bottom) / 2, (left + right) / 2), side)
    small[..., 3] = 2 * small[..., 3] - 1
    return np.ascontiguousarray(small.transpose(2, 0, 1)).astype(np.float32)


def _resample(
    packed: Float32[np.ndarray, "height width 4"], center: tuple[float, float], side: float
) -> Float32[np.ndarray, "64 64 4"]:
    """The square of `side` pixels around a centre (row, column), averaged down to 64 pixels; zero outside."""
    factor = side / SIZE
    sigma = max(0.0, 0.5 * factor - 0.5)
    blurred = ndimage.gaussian_filter(packed, sigma, axes=(0, 1)) if sigma > 0 else packed
    grid = (np.arange(SIZE) + 0.5) * factor - side / 2 - 0.5
    rows, columns = np.meshgrid(grid + center[0], grid + center[1], indexing="ij")
    layers = [ndimage.map_coordinates(blurred[..., c], [rows, columns], order=1, cval=0.0) for c in range(4)]
    return np.stack(layers, -1).astype(np.float32)
