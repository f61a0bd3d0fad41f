"""Interpolation of what triangles' corners carry; on tensors and with gradients in differentiable.py."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _native
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
    """Blend corner values at points given by face and weights of corners 1 and 2; zero where the face is -1."""
    channels = corner_values.shape[-1]
    if len(face) and face.max() >= len(corner_values):
        raise ValueError(f"points name faces outside 0..{len(corner_values) - 1}")
    out = np.empty((len(face), channels), np.float32)
    _native.call(
        "interpolate", np.ascontiguousarray(face), np.ascontiguousarray(barycentric),
        np.ascontiguousarray(corner_values), out, len(face), channels,
    )  # fmt: skip
    return out


def resolve(
    raster: Raster, corner_values: Float32[np.ndarray, "faces 3 channels"], supersample: int
) -> tuple[Float32[np.ndarray, "views rows columns channels"], Float32[np.ndarray, "views rows columns"]]:
    """Blend corner values and average them over the samples of each pixel that hit something.

    Args:
        raster: Drawn at `supersample` times the resolution of the result, along each axis.

    Returns:
        The means, zero where nothing is hit, and the share of each pixel's samples that hit something.
    """
    views, height, width = raster.face.shape
    if height % supersample or width % supersample:
        raise ValueError(f"a raster of {height} x {width} has no whole pixels of {supersample} samples across")
    rows, columns, channels = height // supersample, width // supersample, corner_values.shape[-1]
    mean = np.empty((views, rows, columns, channels), np.float32)
    coverage = np.empty((views, rows, columns), np.float32)
    _native.call(
        "resolve", raster.face, raster.barycentric, np.ascontiguousarray(corner_values), mean, coverage, views,
        rows, columns, supersample, channels,
    )  # fmt: skip
    return mean, coverage
