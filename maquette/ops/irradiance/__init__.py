"""Light from many directions onto points of a scene, with shadows."""

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Cameras
from maquette.ops import _arrays, _native
from maquette.ops.rasterize import rasterize

_BATCH = 16  # shadow maps held at a time


def irradiance(
    points: Float32[np.ndarray, "points 3"],
    normals: Float32[np.ndarray, "points 3"],
    toward: Float32[np.ndarray, "lights 3"],
    radiance: Float32[np.ndarray, "lights channels"],
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    map_size: int = 256,
) -> Float32[np.ndarray, "points channels"]:
    """Sum over distant lights of radiance times cosine, where the mesh does not stand between.

    Shadow maps (Williams 1978) with percentage-closer filtering (Reeves et al. 1987).

    Args:
        toward: Unit vectors from the scene to each light.
        radiance: Already multiplied by the solid angle each light stands for.
        vertices: Of the mesh that casts the shadows.
        map_size: Pixels along each side of a shadow map, which just holds the mesh; 8 at least.

    Raises:
        ValueError: Arrays that do not fit, a mesh without vertices, or a map that is too small.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    points = _arrays.floats("points", points, -1, 3)
    normals = _arrays.floats("normals", normals, len(points), 3)
    toward = _arrays.floats("lights", toward, -1, 3)
    radiance = _arrays.floats("radiance", radiance, len(toward), -1)
    if not len(vertices) or map_size < 8:
        raise ValueError(f"{len(vertices)} vertices and maps of {map_size} pixels; expected some, and 8 at least")
    low, high = vertices.min(0), vertices.max(0)
    centre, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2 + 1e-6
    pixel = 2 * radius / (map_size - 4)
    out = np.zeros((len(points), radiance.shape[1]), np.float32)
    # Steps off the surface hide the map's own resolution.
    raised = _arrays.floats("points", points + 1.5 * pixel * normals)
    for start in range(0, len(toward), _BATCH):
        chosen = slice(start, start + _BATCH)
        cameras = _maps(toward[chosen], centre, radius, map_size)
        depth = rasterize(vertices, faces, cameras).depth
        frames = cameras.world_to_camera[:, :3].copy()
        frames[:, :2] *= cameras.intrinsics[:, 0, 0, None, None]
        frames[:, :2, 3] += map_size / 2
        _native.call(
            "irradiance", raised, normals, np.ascontiguousarray(frames), toward[chosen], radiance[chosen], depth,
            out, len(points), len(depth), radiance.shape[1], map_size, 0.5 * pixel,
        )  # fmt: skip
    return out


def _maps(toward: np.ndarray, centre: np.ndarray, radius: float, size: int) -> Cameras:
    """Orthographic cameras that look from each light at a sphere."""
    forward = -toward / np.linalg.norm(toward, axis=-1, keepdims=True)
    level = np.where(np.abs(forward[:, 1:2]) < 0.9, [[0, 1, 0]], [[1, 0, 0]])
    right = np.cross(forward, level)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    down = np.cross(forward, right)
    world_to_camera = np.zeros((len(toward), 4, 4), np.float32)
    world_to_camera[:, :3, :3] = np.stack([right, down, forward], 1)
    world_to_camera[:, :3, 3] = -(world_to_camera[:, :3, :3] @ centre)
    world_to_camera[:, 2, 3] += 2 * radius
    world_to_camera[:, 3, 3] = 1
    scale = (size - 4) / (2 * radius)
    intrinsics = np.array([[scale, 0, size / 2], [0, scale, size / 2], [0, 0, 1]], np.float32)
    return Cameras(world_to_camera, np.tile(intrinsics, (len(toward), 1, 1)), size, size, "orthographic")
