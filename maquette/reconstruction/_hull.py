"""The visual hull as each view sees it: the nearest that a surface can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse
from maquette.ops.interpolate import interpolate_at
from maquette.ops.rasterize import rasterize
from maquette.ops.shade import corner_normals

CREASE_DEGREES = 40.0
"""Where the hull bends by more, its normals do not mix."""


@dataclass(frozen=True)
class Hull:
    """The nearest surface that the outlines of all views allow."""

    depth: Float32[np.ndarray, "views height width"]
    """World units; infinite where the hull is not seen."""
    normals: Float32[np.ndarray, "views height width 3"]
    """World directions, 0 where the hull is not seen."""


def visual_hull(
    cameras: Cameras,
    outlines: Float32[np.ndarray, "views tall wide"],
    origin: tuple[float, float, float],
    spacing: float,
    size: int,
    truncation: float,
) -> Hull:
    """Intersect the outlines in a grid, as ops.fuse takes them, and look at the solid from every view."""
    nothing_seen = np.zeros((len(cameras), cameras.height, cameras.width, 5), np.float32)
    _, field = fuse(cameras, outlines, nothing_seen, origin, spacing, size, truncation)
    vertices, faces = contour(field, None, origin, spacing)
    seen = rasterize(vertices, faces, cameras)
    hit = seen.face >= 0
    normals = np.zeros((*hit.shape, 3), np.float32)
    corners = corner_normals(vertices, faces, CREASE_DEGREES)
    normals[hit] = interpolate_at(seen.face[hit], seen.barycentric[hit], corners)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    return Hull(np.where(hit, seen.depth, np.float32(np.inf)), normals)
