"""Pictures of an asset, channel by channel, on the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from maquette.artifacts import Asset, Cameras, Views
from maquette.cameras import DISTANCE, axis_aligned, orbit
from maquette.formats.srgb import srgb_from_linear
from maquette.ops import rasterize
from maquette.texturing._sample import only
from maquette.texturing._surface import Surface, base_color, metallic_roughness_at

CORNER_DEGREES = 35.264
"""The elevation of a cube's corner seen from its centre."""
DIAGONAL = 1.78
"""World units across a view of the unit box from its corner: its diagonal and a small margin."""


def render_views(asset: Asset, cameras: Cameras, supersample: int = 2) -> Views:
    """Render base colour (as rgb and albedo), alpha, world normals with their map, depth and metallic-roughness.

    Args:
        supersample: Samples along each side of a pixel; they are averaged, colours in linear light.
    """
    surface = Surface.of(asset)
    views = [_render(surface, only(cameras, view), supersample) for view in range(len(cameras))]
    rgb, alpha, normals, depth, metallic_roughness = (np.stack(channel) for channel in zip(*views, strict=True))
    return Views(cameras, rgb, alpha, normals, depth, rgb.copy(), metallic_roughness)


def survey_cameras(resolution: int) -> Cameras:
    """Fourteen orthographic cameras around the unit box, at its faces and then its corners: few hollows hide."""
    faces = axis_aligned(resolution)
    azimuth, elevation = np.tile(np.arange(45.0, 360, 90), 2), np.repeat([1, -1], 4) * CORNER_DEGREES
    corners = orbit(azimuth, elevation, resolution)
    scale = resolution / DIAGONAL
    pose = np.concatenate([faces.world_to_camera, corners.world_to_camera])
    pose[6:, 2, 3] = DISTANCE
    intrinsics = np.concatenate([faces.intrinsics, faces.intrinsics[[0] * 8]])
    intrinsics[6:, [0, 1], [0, 1]] = scale
    return Cameras(pose, intrinsics, resolution, resolution, "orthographic")


def _render(surface: Surface, camera: Cameras, supersample: int) -> tuple[np.ndarray, ...]:
    """The channels of one view: rgb, alpha, normals, depth, metallic-roughness."""
    height, width = camera.height, camera.width
    mesh = surface.asset.mesh
    intrinsics = camera.intrinsics.copy()
    intrinsics[:, :2] *= supersample
    fine = replace(camera, intrinsics=intrinsics, width=width * supersample, height=height * supersample)
    raster = rasterize(mesh.vertices, mesh.faces, fine)
    hit = np.flatnonzero(raster.face.reshape(-1) >= 0)
    face, weights = raster.face.reshape(-1)[hit], raster.barycentric.reshape(-1, 2)[hit]
    depth = raster.depth.reshape(-1)[hit]

    color, metallic_roughness = base_color(surface, face, weights), metallic_roughness_at(surface, face, weights)
    normals = surface.normals(face, weights)
    values = np.concatenate([color, normals, depth[:, None], metallic_roughness], -1)
    row, column = np.divmod(hit, fine.width)
    pixel = row // supersample * width + column // supersample
    count = np.bincount(pixel, minlength=height * width).astype(np.float32)
    mean = np.zeros((height * width, values.shape[1]), np.float32)
    if supersample == 1:
        mean[hit] = values
    else:
        for channel, value in enumerate(values.T):
            mean[:, channel] = np.bincount(pixel, value, height * width) / np.maximum(count, 1)
    mean = mean.reshape(height, width, -1)
    length = np.linalg.norm(mean[..., 3:6], axis=-1, keepdims=True)
    return (
        np.clip(srgb_from_linear(mean[..., :3]), 0, 1).astype(np.float32),
        (count / supersample**2).reshape(height, width),
        mean[..., 3:6] / np.maximum(length, 1e-12),
        mean[..., 6],
        mean[..., 7:],
    )
