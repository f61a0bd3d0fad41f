"""Visibility of triangles in a batch of views, and interpolation of what their corners carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Cameras
from maquette.ops import _native


@dataclass(frozen=True)
class Raster:
    """The nearest triangle at every pixel centre."""

    face: Int32[np.ndarray, "views height width"]
    """Face index, -1 where nothing is hit."""
    barycentric: Float32[np.ndarray, "views height width 2"]
    """Perspective-correct weights of the face's corners 1 and 2; corner 0 has the rest."""
    depth: Float32[np.ndarray, "views height width"]
    """World units along the camera's forward axis, 0 where nothing is hit."""


def rasterize(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], cameras: Cameras
) -> Raster:
    """Find the nearest triangle at every pixel centre, both sides of triangles visible.

    Triangles that cross the camera's plane are handled; what lies behind it is not seen.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise ValueError(f"faces name vertices outside 0..{len(vertices) - 1}")
    rotation = cameras.world_to_camera[:, :3, :3].astype(np.float64)
    local = np.einsum("vij,pj->vpi", rotation, vertices.astype(np.float64))
    local += cameras.world_to_camera[:, None, :3, 3]
    z = local[..., 2]
    w = z if cameras.projection == "perspective" else np.ones_like(z)
    k = cameras.intrinsics.astype(np.float64)
    positions = np.stack(
        [
            local[..., 0] * k[:, None, 0, 0] + w * k[:, None, 0, 2],
            local[..., 1] * k[:, None, 1, 1] + w * k[:, None, 1, 2],
            z,
            w,
        ],
        -1,
    )
    shape = (len(cameras), cameras.height, cameras.width)
    raster = Raster(np.empty(shape, np.int32), np.empty((*shape, 2), np.float32), np.empty(shape, np.float32))
    _native.call(
        "rasterize", np.ascontiguousarray(positions), np.ascontiguousarray(faces, np.int32), raster.face,
        raster.barycentric, raster.depth, shape[0], len(vertices), len(faces), shape[1], shape[2],
    )  # fmt: skip
    return raster


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
