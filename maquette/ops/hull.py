"""Outlines and the visual hull as each view sees it: the nearest that a surface can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, map_coordinates

from maquette.artifacts import Cameras
from maquette.cameras import project, unproject
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse, outline_distance
from maquette.ops.interpolate import interpolate_at
from maquette.ops.rasterize import rasterize
from maquette.ops.shade import corner_normals

SCALE = 2
"""Samples of the outlines per pixel."""
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


def steadied_outlines(
    cameras: Cameras, alpha: Float32[np.ndarray, "views height width"], truncation: float, smoothing: float
) -> Float32[np.ndarray, "views tall wide"]:
    """Distance to each view's outline in pixels, steadied along it, opposite views agreed; as ops.fuse takes it.

    Args:
        cameras: One a view.
        alpha: [0, 1].
        truncation: World units within which distances are told.
        smoothing: Standard deviation in pixels of the blur that steadies outlines.
    """
    pixels_per_unit = float(cameras.intrinsics[:, 0, 0].max())
    blur = (0, 0.5 * smoothing, 0.5 * smoothing)
    distance = outline_distance(gaussian_filter(alpha, blur), 2 * truncation * pixels_per_unit, SCALE)
    # Blurring distances, unlike coverage, keeps straight outlines where they are however thin what they bound.
    return _agree(cameras, gaussian_filter(distance, (0, SCALE * smoothing, SCALE * smoothing)))


def _agree(
    cameras: Cameras, outlines: Float32[np.ndarray, "views tall wide"]
) -> Float32[np.ndarray, "views tall wide"]:
    """Average the outlines of orthographic views from opposite sides, which are mirror images of one another."""
    if cameras.projection != "orthographic":
        return outlines
    forward = cameras.world_to_camera[:, 2, :3]
    opposite = forward @ forward.T < -0.9999
    height, width = outlines.shape[1:]
    finer = np.array([[SCALE], [SCALE], [1]], np.float32)

    def only(view: int) -> Cameras:
        pose, intrinsics = cameras.world_to_camera[[view]], cameras.intrinsics[[view]] * finer
        return Cameras(pose, intrinsics, width, height, "orthographic")

    out = outlines.copy()
    for view in map(int, np.flatnonzero(opposite.any(1))):
        other = int(np.argmax(opposite[view]))
        points = unproject(only(view), np.zeros_like(outlines[:1])).reshape(-1, 3)
        pixels = project(only(other), points)[0][0]
        mirrored = map_coordinates(outlines[other], pixels[:, ::-1].T - 0.5, order=1, mode="nearest")
        out[view] = (outlines[view] + mirrored.reshape(height, width)) / 2
    return out
