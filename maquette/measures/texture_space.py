"""How well texture coordinates use their texture: stretch, evenness, gutters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32
from scipy.ndimage import distance_transform_edt

from maquette.artifacts import Cameras
from maquette.ops import rasterize
from maquette.ops.topology import components

_RESOLUTION = 1024


@dataclass(frozen=True)
class TextureSpace:
    """Figures of an atlas; shares and means are by surface area."""

    charts: int
    stretch_p95: float
    """The ratio of a face's largest to its smallest stretch that 95 % of the surface keeps to; 1 is none."""
    density_variation: float
    """Standard deviation over mean of texels per world unit."""
    mirrored: float
    """Share of the surface whose texture is mirrored."""
    gutter: float | None
    """The smallest gap between two charts, in shares of the texture's side; None with one chart."""


def texture_space(
    vertices: Float32[np.ndarray, "vertices 3"],
    uv: Float32[np.ndarray, "vertices 2"],
    faces: Int32[np.ndarray, "faces 3"],
) -> TextureSpace:
    """Measure texture coordinates in [0, 1] of a mesh; gutters are seen on a grid of 1024²."""
    points, flat = vertices[faces].astype(np.float64), uv[faces].astype(np.float64)
    edges, steps = points[:, 1:] - points[:, :1], flat[:, 1:] - flat[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) / 2
    signed = (steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0]) / 2
    sound = (area > 1e-12 * area.sum()) & (np.abs(signed) > 1e-14)
    both = np.ascontiguousarray(uv + np.float32(0)).view(np.int64)[:, 0]  # -0.0 is 0.0; pairs sort fast as one
    charts = components(np.unique(both, return_inverse=True)[1].reshape(-1)[faces].astype(np.int32))
    count = int(charts.max(initial=-1)) + 1
    if not sound.any():
        return TextureSpace(count, np.inf, np.inf, 0.0, None)
    weight = area[sound] / area[sound].sum()
    # Both triangles in the plane: the map between them, and its singular values.
    e, s = edges[sound], steps[sound]
    length = np.linalg.norm(e[:, 0], axis=1)
    along = np.einsum("fi,fi->f", e[:, 1], e[:, 0]) / length
    first = s[:, 0] / length[:, None]
    second = (s[:, 1] - along[:, None] * first) / (2 * area[sound] / length)[:, None]
    squares = (first**2).sum(1) + (second**2).sum(1)
    turned = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    largest = np.sqrt((squares + np.sqrt(np.maximum(squares**2 - 4 * turned**2, 0))) / 2)
    ratio = largest**2 / np.maximum(turned, 1e-30)
    order = np.argsort(ratio)
    stretch = float(ratio[order][min(np.searchsorted(np.cumsum(weight[order]), 0.95), len(order) - 1)])
    density = np.sqrt(np.abs(signed[sound]) / area[sound])
    mean = float((density * weight).sum())
    variation = float(np.sqrt(((density - mean) ** 2 * weight).sum()) / mean)
    # v goes down, so that what is not mirrored turns the other way.
    mirrored = float(weight[signed[sound] > 0].sum())
    return TextureSpace(count, stretch, variation, mirrored, _gutter(uv, faces, charts) if count > 1 else None)


def covered(
    uv: Float32[np.ndarray, "vertices 2"], faces: Int32[np.ndarray, "faces 3"], height: int, width: int
) -> Bool[np.ndarray, "height width"]:
    """The texels whose centres lie in a face."""
    return _drawn(uv, faces, height, width) >= 0


def _gutter(uv: np.ndarray, faces: np.ndarray, charts: np.ndarray) -> float:
    """The smallest gap between charts: where the regions nearest to two of them meet, the sum of the distances."""
    face = _drawn(uv, faces, _RESOLUTION, _RESOLUTION)
    label = np.where(face >= 0, charts[np.maximum(face, 0)], -1)
    if (label < 0).all():
        return 0.0
    distance, (row, column) = distance_transform_edt(label < 0, return_indices=True)  # pyright: ignore[reportGeneralTypeIssues]
    nearest = label[row, column]
    gaps = [np.inf]
    for axis in (0, 1):
        here, there = (np.take(nearest, range(start, start + _RESOLUTION - 1), axis) for start in (0, 1))
        near, far = (np.take(distance, range(start, start + _RESOLUTION - 1), axis) for start in (0, 1))
        meets = here != there
        if meets.any():
            gaps.append(float((near + far)[meets].min()))
    return min(gaps) / _RESOLUTION


def _drawn(uv: np.ndarray, faces: np.ndarray, height: int, width: int) -> np.ndarray:
    intrinsics = np.array([[[width, 0, 0], [0, height, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], intrinsics, width, height, "orthographic")
    points = np.concatenate([uv, np.ones((len(uv), 1), np.float32)], 1)
    return rasterize(points, faces, camera).face[0]
