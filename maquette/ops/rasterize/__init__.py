"""Visibility of triangles in a batch of views; on tensors and with gradients in differentiable.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Cameras
from maquette.ops import _arrays, _native


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
    faces = _arrays.indices("faces", faces, len(vertices), "vertices", -1, 3)
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
        "rasterize", np.ascontiguousarray(positions), faces, raster.face,
        raster.barycentric, raster.depth, shape[0], len(vertices), len(faces), shape[1], shape[2],
    )  # fmt: skip
    return raster
