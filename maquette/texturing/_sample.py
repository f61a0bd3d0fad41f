"""Where points of the surface lie in views, and what views are painted from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras, Views


def channels_of(views: Views) -> Float32[np.ndarray, "views height width channels"]:
    """Base colour, then metallic and roughness where the views have them."""
    color = views.rgb if views.albedo is None else views.albedo
    if views.metallic_roughness is None:
        return color
    return np.concatenate([color, views.metallic_roughness], -1)


def only(cameras: Cameras, view: int) -> Cameras:
    """One of the cameras, as a batch of one."""
    chosen = slice(view, view + 1)
    return replace(cameras, world_to_camera=cameras.world_to_camera[chosen], intrinsics=cameras.intrinsics[chosen])


def project(
    cameras: Cameras, view: int, points: Float32[np.ndarray, "points 3"]
) -> tuple[Float32[np.ndarray, "points 2"], Float32[np.ndarray, "points"]]:
    """Pixel coordinates and depth of many points in one view, in single precision."""
    pose, k = cameras.world_to_camera[view], cameras.intrinsics[view]
    # Axis by axis: a product with a 3x3 matrix is several times slower.
    px, py, pz = points.T
    x, y, depth = (row[0] * px + row[1] * py + row[2] * pz + row[3] for row in pose[:3])
    if cameras.projection == "perspective":
        away = np.maximum(depth, 1e-9)
        x, y = x / away, y / away
    return np.stack([x * k[0, 0] + k[0, 2], y * k[1, 1] + k[1, 2]], -1), depth


def view_directions(
    cameras: Cameras, points: Float32[np.ndarray, "points 3"], view: int
) -> Float32[np.ndarray, "points 3"]:
    """Unit vectors from points towards one camera."""
    rotation, translation = cameras.world_to_camera[view, :3, :3], cameras.world_to_camera[view, :3, 3]
    if cameras.projection == "orthographic":
        return np.broadcast_to(-rotation[2], points.shape)
    toward = -rotation.T @ translation - points
    return toward / np.maximum(np.linalg.norm(toward, axis=-1, keepdims=True), 1e-12)


def pixel_size(cameras: Cameras) -> float:
    """World units across a pixel, at the origin's distance where the view is in perspective."""
    distance = 1.0 if cameras.projection == "orthographic" else float(np.abs(cameras.world_to_camera[0, 2, 3]))
    return max(distance, 1e-6) / float(cameras.intrinsics[0, 0, 0])
