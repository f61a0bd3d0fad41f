"""Measures of whether six axis-aligned views show one solid object; sampling chooses by some of them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from maquette.artifacts import Views
from maquette.multiview.agreement import depth_contradictions, hull, hull_reprojection_iou

__all__ = ["depth_contradictions", "hull", "hull_reprojection_iou", "normal_against_depth"]


def normal_against_depth(views: Views, blur: float = 1.0) -> float:
    """Median angle in degrees between the views' normals and those of their own depth, both smoothed.

    Over pixels well inside an orthographic silhouette where depth has no jump.

    Args:
        blur: Standard deviation in pixels.
    """
    assert views.depth is not None
    assert views.normals is not None
    pixel = 1 / float(views.cameras.intrinsics[0, 0, 0])  # world units
    angles = []
    for depth, normals, alpha, to_camera in zip(
        views.depth, views.normals, views.alpha, views.cameras.world_to_camera, strict=True
    ):
        whole = np.asarray(ndimage.binary_erosion(alpha > 0.95, iterations=2), bool)
        weight = np.maximum(ndimage.gaussian_filter((alpha > 0.5).astype(np.float64), blur), 1e-6)
        smooth = ndimage.gaussian_filter(np.where(alpha > 0.5, depth, 0.0), blur) / weight
        leap = ndimage.maximum_filter(depth, 5) - ndimage.minimum_filter(depth, 5)
        inside = whole & (leap < 12 * pixel)
        if not inside.any():
            continue
        down, right = np.gradient(smooth, pixel)
        camera_normals = np.stack([right, down, -np.ones_like(smooth)], -1)
        own = camera_normals @ to_camera[:3, :3]
        own /= np.linalg.norm(own, axis=-1, keepdims=True)
        said = ndimage.gaussian_filter(normals.astype(np.float64), (blur, blur, 0))
        said /= np.maximum(np.linalg.norm(said, axis=-1, keepdims=True), 1e-6)
        angles.append(np.degrees(np.arccos(np.clip((own * said).sum(-1)[inside], -1, 1))))
    return float(np.median(np.concatenate(angles))) if angles else 0.0
