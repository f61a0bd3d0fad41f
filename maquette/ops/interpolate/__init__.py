"""Interpolation of what triangles' corners carry; on tensors and with gradients in differentiable.py."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native
from maquette.ops.rasterize import Raster


def interpolate(
    raster: Raster, corner_values: Float32[np.ndarray, "faces 3 channels"]
) -> Float32[np.ndarray, "views height width channels"]:
    """Blend values given at each face's three corners over the pixels; zero where nothing is hit."""
    flat = interpolate_at(raster.face.reshape(-1), raster.barycentric.reshape(-1, 2), corner_values)
    return flat.reshape(*raster.face.shape, -1)


def interpolate_at(
    face: Int32[np.ndarray, "points"],
    barycentric: Float32[np.ndarray, "points 2"],
    corner_values: Float32[np.ndarray, "faces 3 channels"],
) -> Float32[np.ndarray, "points channels"]:
    """Blend corner values at points given by face and weights of corners 1 and 2; zero where the face is -1.

    Raises:
        ValueError: Arrays that do not fit, or a point names a face that is not there.
    """
    values, face = _arrays.floats("values", corner_values, -1, 3, -1), _faces_shown(face, len(corner_values))
    barycentric = _arrays.floats("weights", barycentric, len(face), 2)
    out = np.empty((len(face), values.shape[-1]), np.float32)
    _native.call("interpolate", face, barycentric, values, out, len(face), values.shape[-1])
    return out


def resolve(
    raster: Raster, corner_values: Float32[np.ndarray, "faces 3 channels"], supersample: int
) -> tuple[Float32[np.ndarray, "views rows columns channels"], Float32[np.ndarray, "views rows columns"]]:
    """Blend corner values and average them over the samples of each pixel that hit something.

    Args:
        raster: Drawn at `supersample` times the resolution of the result, along each axis.

    Returns:
        The means, zero where nothing is hit, and the share of each pixel's samples that hit something.

    Raises:
        ValueError: There are no whole pixels, or the raster shows a face that is not there.
    """
    views, height, width = raster.face.shape
    if supersample < 1 or height % supersample or width % supersample:
        raise ValueError(f"a raster of {height} x {width} has no whole pixels of {supersample} samples across")
    values, face = (
        _arrays.floats("values", corner_values, -1, 3, -1),
        _faces_shown(raster.face, len(corner_values)),
    )
    rows, columns, channels = height // supersample, width // supersample, values.shape[-1]
    mean = np.empty((views, rows, columns, channels), np.float32)
    coverage = np.empty((views, rows, columns), np.float32)
    _native.call(
        "resolve", face, _arrays.floats("weights", raster.barycentric, *raster.face.shape, 2), values, mean,
        coverage, views, rows, columns, supersample, channels,
    )  # fmt: skip
    return mean, coverage


def _faces_shown(face: Int32[np.ndarray, "..."], count: int) -> Int32[np.ndarray, "..."]:
    """Of so many faces those that are seen, -1 where there is none."""
    if face.size and face.max() >= count:
        raise ValueError(f"points name faces outside 0..{count - 1}")
    return np.ascontiguousarray(face, np.int32)
