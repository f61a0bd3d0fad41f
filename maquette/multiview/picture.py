"""From any picture to the 64-pixel cut-out that the model reads."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from maquette.artifacts import Image
from maquette.errors import InputError

SIZE = 64
FILL = 0.92
"""Share of the square that the longer side of the object takes, as in training."""


def prepare(image: Image) -> Float32[np.ndarray, "4 64 64"]:
    """Cut out, crop to the object, shrink to 64 pixels and premultiply; values in [-1, 1].

    Raises:
        InputError: The picture shows nothing: it is transparent or one colour all over.
    """
    rgb = image.rgb
    alpha = cut_out(rgb) if image.alpha is None else image.alpha
    rows, columns = np.flatnonzero(alpha.max(1) > 0.3), np.flatnonzero(alpha.max(0) > 0.3)
    if len(rows) == 0 or len(columns) == 0:
        raise InputError(
            "the picture shows nothing: it is transparent or one colour all over; expected one object on a plain "
            "or transparent background"
        )
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left) / FILL
    packed = np.concatenate([(2 * rgb - 1) * alpha[..., None], alpha[..., None]], -1)
    small = _resample(packed, ((top + bottom) / 2, (left + right) / 2), side)
    small[..., 3] = 2 * small[..., 3] - 1
    return np.ascontiguousarray(small.transpose(2, 0, 1)).astype(np.float32)


def cut_out(rgb: Float32[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "height width"]:
    """An alpha for an object on a plain background: what is unlike the border and not joined to it.

    Works on backgrounds of one colour or a soft gradient; anything else gives a poor cut.
    """
    height, width, _ = rgb.shape
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    background = np.median(border, 0)
    noise = np.percentile(np.linalg.norm(border - background, axis=-1), 80)
    unlike = np.linalg.norm(rgb - background, axis=-1) > max(0.06, 1.8 * float(noise))
    # Holes that the border does not reach belong to the object: white on white would be lost otherwise.
    inside = ndimage.binary_fill_holes(
        ndimage.binary_opening(unlike, iterations=max(1, min(height, width) // 300))
    )
    labels = np.empty((height, width), np.int32)
    count = ndimage.label(inside, output=labels)
    if count == 0:
        return np.zeros((height, width), np.float32)
    sizes = np.bincount(labels.reshape(-1))[1:]
    kept = np.flatnonzero(sizes > 0.02 * sizes.max()) + 1
    return np.isin(labels, kept).astype(np.float32)


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
