"""What is seen from where: points, vertices and faces against depth maps."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32

from maquette.artifacts import Cameras
from maquette.ops import _arrays, _native
from maquette.ops.rasterize import rasterize

STEEPEST = 8.0
"""Slope, in world units of depth a world unit across, beyond which a surface is not taken to be steeper."""


def visibility(
    points: Float32[np.ndarray, "points 3"],
    normals: Float32[np.ndarray, "points 3"] | None,
    cameras: Cameras,
    depth: Float32[np.ndarray, "views height width"],
    slack: float = 4e-3,
    slope_pixels: float = 1.0,
    facing: float = 0.0,
) -> Bool[np.ndarray, "views points"]:
    """Whether each point lies in each picture, faces its camera and is not behind what the depth map shows there.

    A shadow map's test (Williams 1978, "Casting curved shadows on curved surfaces") with a bias that grows with
    the slope: a pixel of the map is as deep as its width times the slope of the surface. The deepest of the four
    pixels around a point counts. `reference.py` defines it.

    Args:
        normals: Unit, of the surface at each point; where None nothing is asked of them, and slopes taken for 1.
        depth: World units along the forward axis at pixel centres, as `rasterize` gives it: 0 where nothing is
            hit, and there nothing is seen. Infinity where nothing is to hide anything.
        slack: World units by which a point may lie behind the map in any case.
        slope_pixels: Width, in pixels of the map, over which a slope is allowed for.
        facing: Cosine between normal and the direction to the camera that a point must exceed.

    Raises:
        ValueError: Maps that do not fit the cameras, or NaN in them.
    """
    if depth.shape != (len(cameras), cameras.height, cameras.width) or not depth.size:
        raise ValueError(
            f"depth maps of shape {depth.shape} for {len(cameras)} cameras of {cameras.height} x {cameras.width}; "
            "expected one of each camera's size"
        )
    points = _arrays.floats("points", points, -1, 3)
    if np.isnan(depth).any():
        raise ValueError("depth maps with NaN; expected world units, 0 where nothing is hit")
    if normals is not None and normals.shape != points.shape:
        raise ValueError(f"normals of shape {normals.shape} for points of {points.shape}; expected one a point")
    out = np.empty((len(cameras), len(points)), bool)
    given = np.zeros(0, np.float32) if normals is None else np.ascontiguousarray(normals, np.float32)
    _native.call(
        "visibility", *_arrays.poses_and_intrinsics(cameras), _arrays.floats("depth", depth), points, given, out,
        len(cameras), cameras.height, cameras.width, len(points), int(normals is not None),
        int(cameras.projection == "perspective"), float(facing), float(slack), float(slope_pixels),
    )  # fmt: skip
    return out


def visible_faces(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    cameras: Cameras,
    slack: float = 4e-3,
) -> Bool[np.ndarray, "views faces"]:
    """Whether any of each face's outer side is seen: it is the nearest at a pixel, or its centre is seen.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    raster = rasterize(vertices, faces, cameras)
    corners = vertices[faces]
    normals = _normals(corners)
    out = visibility(corners.mean(1), normals, cameras, _open(raster.depth), slack)
    for view, face in enumerate(raster.face):
        hit = np.unique(face[face >= 0])
        pose = cameras.world_to_camera[view].astype(np.float64)
        toward = -pose[2, :3]
        if cameras.projection == "perspective":
            toward = -pose[:3, :3].T @ pose[:3, 3] - corners[hit, 0]
        # At an outline the pixel may go to the face behind the edge.
        out[view, hit[(toward * normals[hit]).sum(-1) > 0]] = True
    return out


def visible_vertices(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    cameras: Cameras,
    slack: float = 4e-3,
) -> Bool[np.ndarray, "views vertices"]:
    """Whether each vertex is seen from each camera, as a point of any of its faces; one without faces is not.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    depth = _open(rasterize(vertices, faces, cameras).depth)
    corners = vertices[faces]
    normals = np.repeat(_normals(corners), 3, 0)
    seen = visibility(corners.reshape(-1, 3), normals, cameras, depth, slack)
    out = np.zeros((len(cameras), len(vertices)), bool)
    for view, each in enumerate(seen):
        out[view, faces.reshape(-1)[each]] = True
    return out


def _open(depth: Float32[np.ndarray, "views height width"]) -> Float32[np.ndarray, "views height width"]:
    """Depth that hides nothing where nothing is hit: tips that no pixel's centre falls on are seen."""
    return np.where(depth > 0, depth, np.float32(np.inf))


def _normals(corners: Float32[np.ndarray, "faces 3 3"]) -> Float32[np.ndarray, "faces 3"]:
    """Unit normals; zero, which faces nothing, for faces without area."""
    wide = corners.astype(np.float64)
    normals = np.cross(wide[:, 1] - wide[:, 0], wide[:, 2] - wide[:, 0])
    return (normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300)).astype(np.float32)
