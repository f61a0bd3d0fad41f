"""The surface as the texture sees it: one point of the mesh for every texel that a face covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int32

from maquette.artifacts import Cameras
from maquette.ops import interpolate_at, rasterize


@dataclass(frozen=True)
class Texels:
    """Where on the surface each covered texel lies."""

    index: Int[np.ndarray, "texels"]
    """Row * texture size + column; no texel twice."""
    positions: Float32[np.ndarray, "texels 3"]
    normals: Float32[np.ndarray, "texels 3"]
    """Unit shading normals."""
    face: Int[np.ndarray, "texels"]


@dataclass(frozen=True)
class Covered:
    """Which point of which face each covered texel shows."""

    index: Int[np.ndarray, "texels"]
    """Row * texture size + column; no texel twice."""
    face: Int32[np.ndarray, "texels"]
    barycentric: Float32[np.ndarray, "texels 2"]
    """Weights of the face's corners 1 and 2."""


def covered(uv: Float32[np.ndarray, "faces 3 2"], size: int) -> Covered:
    """Rasterize faces over their atlas; a face too small to cover a texel's centre still gets one texel."""
    count = len(uv)
    flat = np.concatenate([uv, np.ones((count, 3, 1), np.float32)], -1).reshape(-1, 3)
    scale = np.array([[[size, 0, 0], [0, size, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], scale, size, size, "orthographic")
    raster = rasterize(flat, np.arange(3 * count, dtype=np.int32).reshape(-1, 3), camera)
    face = raster.face.reshape(-1)
    index = np.flatnonzero(face >= 0)
    face, barycentric = face[index], raster.barycentric.reshape(-1, 2)[index]

    seen = np.zeros(count, bool)
    seen[face] = True
    missed = np.flatnonzero(~seen)
    pixel = np.clip((uv[missed].mean(1) * size).astype(np.int64), 0, size - 1)
    place, first = np.unique(pixel[:, 1] * size + pixel[:, 0], return_index=True)
    free = raster.face.reshape(-1)[place] < 0
    place, missed = place[free], missed[first[free]].astype(np.int32)
    centres = np.full((len(missed), 2), 1 / 3, np.float32)
    return Covered(
        np.concatenate([index, place]), np.concatenate([face, missed]), np.concatenate([barycentric, centres])
    )


def moved(texels: Covered, uv: Float32[np.ndarray, "faces 3 2"], size: int, x: float, y: float) -> Covered:
    """The faces' points (x, y) texels from the texels' centres, or where they leave the face."""
    a, b, c = (uv[texels.face, corner].astype(np.float64) * size for corner in range(3))
    row, column = np.divmod(texels.index, size)
    to = np.stack([column + 0.5 + x, row + 0.5 + y], -1) - a
    ab, ac = b - a, c - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    safe = np.where(area == 0, 1, area)
    b1 = (to[:, 0] * ac[:, 1] - to[:, 1] * ac[:, 0]) / safe
    b2 = (ab[:, 0] * to[:, 1] - ab[:, 1] * to[:, 0]) / safe
    weights = np.maximum(np.stack([1 - b1 - b2, b1, b2], -1), 0)
    weights /= weights.sum(-1, keepdims=True)
    return Covered(texels.index, texels.face, weights[:, 1:].astype(np.float32))


def texels_of(
    corners: Float32[np.ndarray, "faces 3 3"],
    normals: Float32[np.ndarray, "faces 3 3"],
    uv: Float32[np.ndarray, "faces 3 2"],
    size: int,
) -> Texels:
    """The surface at every texel that a face covers."""
    return _shown(covered(uv, size), corners, normals)


def texels_at(
    texels: Covered,
    corners: Float32[np.ndarray, "faces 3 3"],
    normals: Float32[np.ndarray, "faces 3 3"],
    uv: Float32[np.ndarray, "faces 3 2"],
    size: int,
) -> Texels:
    """The surface at some texels whose faces are known; their weights are found anew."""
    return _shown(moved(texels, uv, size, 0, 0), corners, normals)


def _shown(
    texels: Covered, corners: Float32[np.ndarray, "faces 3 3"], normals: Float32[np.ndarray, "faces 3 3"]
) -> Texels:
    values = interpolate_at(texels.face, texels.barycentric, np.concatenate([corners, normals], -1))
    length = np.linalg.norm(values[:, 3:], axis=-1, keepdims=True)
    return Texels(texels.index, values[:, :3], values[:, 3:] / np.maximum(length, 1e-12), texels.face)
