"""The form that the network sees: three double-sided planes instead of six views.

Opposite axis-aligned orthographic views have mirrored silhouettes, so a pair shares one alpha: silhouettes agree
by construction, and the network has half the tokens. A plane has 19 channels in [-1, 1], in this order:

    0:3 colour, 3:6 normal, 6 depth, 7:9 metallic and roughness   of the view in front (front, right, top)
    9:18 the same of the view behind (back, left, down), mirrored onto the same grid
    18 alpha

Colour, metallic and roughness are 2c - 1; normals are in the view's own axes (right, up, toward the camera), so
that a round thing looks alike from all sides; depth is the position toward the camera in half-frames. All but
alpha are premultiplied by alpha, so the background is exactly 0 there and -1 in alpha.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Views
from maquette.cameras import DISTANCE, FRAME, axis_aligned

CHANNELS = 19
DEPTHS, ALPHA = [6, 15], 18
FRONT, BEHIND = (0, 1, 4), (2, 3, 5)
"""Indices into cameras.FACES of the views on each side of the three planes."""
_MIRROR = (2, 2, 1)
"""The image axis (of [views, rows, columns]) along which each view behind is mirrored onto its partner's grid."""


def planes_from_views(views: Views) -> Float32[np.ndarray, "3 19 height width"]:
    """Pack six axis-aligned views with all channels into planes.

    Raises:
        ValueError: The views are not six square orthographic ones, or lack normals, depth or materials.
    """
    if len(views.cameras) != 6 or views.cameras.projection != "orthographic":
        raise ValueError("planes need the six views of cameras.axis_aligned")
    if views.normals is None or views.depth is None or views.metallic_roughness is None:
        raise ValueError("planes need views with normals, depth and metallic-roughness")
    alpha = views.alpha[..., None]
    right, down, forward = np.moveaxis(views.cameras.world_to_camera[:, :3, :3], 1, 0)
    axes = np.stack([right, -down, -forward], 1)
    normals = views.normals @ axes.transpose(0, 2, 1)[:, None]
    depth = (DISTANCE - views.depth[..., None]) * (2 / FRAME)
    color = views.rgb if views.albedo is None else views.albedo
    channels = np.concatenate([2 * color - 1, normals, depth, 2 * views.metallic_roughness - 1], -1) * alpha
    planes = np.empty((3, views.cameras.height, views.cameras.width, CHANNELS), np.float32)
    for plane, (front, behind, axis) in enumerate(zip(FRONT, BEHIND, _MIRROR, strict=True)):
        planes[plane, ..., 0:9] = channels[front]
        planes[plane, ..., 9:18] = np.flip(channels[behind], axis - 1)
        planes[plane, ..., 18] = views.alpha[front] + np.flip(views.alpha[behind], axis - 1) - 1
    return np.ascontiguousarray(planes.transpose(0, 3, 1, 2))


def views_from_planes(planes: Float32[np.ndarray, "3 19 height width"]) -> Views:
    """Unpack planes, as a network predicts them, into six axis-aligned views, clipped to their ranges."""
    size = planes.shape[-1]
    cameras = axis_aligned(size)
    channels = np.empty((6, size, size, 9), np.float32)
    alpha = np.empty((6, size, size), np.float32)
    for plane, (front, behind, axis) in enumerate(zip(FRONT, BEHIND, _MIRROR, strict=True)):
        image = planes[plane].transpose(1, 2, 0)
        channels[front] = image[..., 0:9]
        channels[behind] = np.flip(image[..., 9:18], axis - 1)
        alpha[front] = (image[..., 18] + 1) / 2
        alpha[behind] = np.flip(alpha[front], axis - 1)
    alpha = np.clip(alpha, 0, 1)
    alpha[alpha < 0.02] = 0
    inside = (alpha > 0)[..., None]
    straight = channels / np.maximum(alpha, 0.05)[..., None]
    right, down, forward = np.moveaxis(cameras.world_to_camera[:, :3, :3], 1, 0)
    axes = np.stack([right, -down, -forward], 1)
    normals = straight[..., 3:6] @ axes[:, None]
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    toward = np.broadcast_to(-forward[:, None, None], normals.shape)
    normals = np.where(length > 1e-3, normals / np.maximum(length, 1e-3), toward) * inside
    depth = DISTANCE - np.clip(straight[..., 6], -1, 1) * (FRAME / 2)
    color = np.clip((straight[..., 0:3] + 1) / 2, 0, 1) * inside
    return Views(
        cameras,
        rgb=color.astype(np.float32),
        alpha=alpha,
        normals=normals.astype(np.float32),
        depth=(depth * inside[..., 0]).astype(np.float32),
        albedo=color.astype(np.float32),
        metallic_roughness=(np.clip((straight[..., 7:9] + 1) / 2, 0, 1) * inside).astype(np.float32),
    )
