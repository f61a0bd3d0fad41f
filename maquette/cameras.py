"""Camera rigs and projection, in the conventions of artifacts.Cameras."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32

from maquette.artifacts import Cameras

FACES = ("front", "right", "back", "left", "top", "down")
"""The order of the six axis-aligned views. `right` looks at the object's +X side."""

FRAME = 1.1
"""World units across an axis-aligned orthographic view: the unit box and a margin of 4.5 % on each side."""

DISTANCE = 2.0
"""World units from an axis-aligned camera's centre to the origin."""

# Rows: the image's right, down and forward directions in world axes, for each name in FACES.
_AXES = {
    "front": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
    "right": [[0, 0, -1], [0, -1, 0], [-1, 0, 0]],
    "back": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
    "left": [[0, 0, 1], [0, -1, 0], [1, 0, 0]],
    "top": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "down": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
}


def axis_aligned(resolution: int, frame: float = FRAME) -> Cameras:
    """Six orthographic cameras looking at the faces of the unit box, in the order of FACES.

    Args:
        resolution: Pixels along each side of the square images.
        frame: World units that an image covers across.
    """
    world_to_camera = np.zeros((6, 4, 4), np.float32)
    world_to_camera[:, :3, :3] = [_AXES[name] for name in FACES]
    world_to_camera[:, 2, 3] = DISTANCE
    world_to_camera[:, 3, 3] = 1
    scale = resolution / frame
    intrinsics = np.array([[scale, 0, resolution / 2], [0, scale, resolution / 2], [0, 0, 1]], np.float32)
    return Cameras(world_to_camera, np.tile(intrinsics, (6, 1, 1)), resolution, resolution, "orthographic")


def orbit(
    azimuth_degrees: Float[np.ndarray, "views"],
    elevation_degrees: Float[np.ndarray, "views"],
    resolution: int,
    fov_degrees: float = 30.0,
    frame: float = 1.25,
) -> Cameras:
    """Perspective cameras on a sphere around the origin, looking at it with +Y up.

    Args:
        azimuth_degrees: 0 is in front (+Z), 90 is at the object's +X side.
        elevation_degrees: 0 is level, 90 straight above.
        resolution: Pixels along each side of the square images.
        fov_degrees: Full angle across the image.
        frame: World units visible across, at the origin's distance.
    """
    azimuth, elevation = np.radians(azimuth_degrees), np.radians(elevation_degrees)
    distance = frame / 2 / np.tan(np.radians(fov_degrees) / 2)
    right = np.stack([np.cos(azimuth), np.zeros_like(azimuth), -np.sin(azimuth)], -1)
    toward = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], -1
    )
    world_to_camera = np.zeros((len(azimuth), 4, 4), np.float32)
    world_to_camera[:, 0, :3] = right
    world_to_camera[:, 1, :3] = -np.cross(toward, right)
    world_to_camera[:, 2, :3] = -toward
    world_to_camera[:, 2, 3] = distance
    world_to_camera[:, 3, 3] = 1
    focal = resolution * distance / frame
    intrinsics = np.array([[focal, 0, resolution / 2], [0, focal, resolution / 2], [0, 0, 1]], np.float32)
    return Cameras(world_to_camera, np.tile(intrinsics, (len(azimuth), 1, 1)), resolution, resolution)


def project(
    cameras: Cameras, points: Float[np.ndarray, "points 3"]
) -> tuple[Float32[np.ndarray, "views points 2"], Float32[np.ndarray, "views points"]]:
    """Pixel coordinates and depth (world units along the forward axis) of world points in every view."""
    rotation, translation = cameras.world_to_camera[:, :3, :3], cameras.world_to_camera[:, :3, 3]
    local = np.einsum("vij,pj->vpi", rotation, points) + translation[:, None]
    depth = local[..., 2]
    homogeneous = local / depth[..., None] if cameras.projection == "perspective" else local
    focal = np.stack([cameras.intrinsics[:, 0, 0], cameras.intrinsics[:, 1, 1]], -1)
    pixels = homogeneous[..., :2] * focal[:, None] + cameras.intrinsics[:, None, :2, 2]
    return pixels.astype(np.float32), depth.astype(np.float32)


def unproject(
    cameras: Cameras, depth: Float32[np.ndarray, "views height width"]
) -> Float32[np.ndarray, "views height width 3"]:
    """World points seen at every pixel's centre, from depth along the forward axis."""
    columns, rows = np.meshgrid(np.arange(cameras.width) + 0.5, np.arange(cameras.height) + 0.5)
    k = cameras.intrinsics
    x = (columns - k[:, 0, 2, None, None]) / k[:, 0, 0, None, None]
    y = (rows - k[:, 1, 2, None, None]) / k[:, 1, 1, None, None]
    if cameras.projection == "perspective":
        x, y = x * depth, y * depth
    local = np.stack([x, y, depth], -1) - cameras.world_to_camera[:, None, None, :3, 3]
    return np.einsum("vij,vhwi->vhwj", cameras.world_to_camera[:, :3, :3], local).astype(np.float32)


def scaled(cameras: Cameras, factor: float) -> Cameras:
    """The same cameras with another number of pixels."""
    intrinsics = cameras.intrinsics.copy()
    width, height = round(cameras.width * factor), round(cameras.height * factor)
    intrinsics[:, 0] *= width / cameras.width
    intrinsics[:, 1] *= height / cameras.height
    return replace(cameras, intrinsics=intrinsics, width=width, height=height)
