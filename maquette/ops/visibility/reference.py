"""The readable definition of `visibility`, in numpy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from maquette.artifacts import Cameras
from maquette.ops.visibility import STEEPEST


def visibility(
    points: Float32[np.ndarray, "points 3"],
    normals: Float32[np.ndarray, "points 3"] | None,
    cameras: Cameras,
    depth: Float32[np.ndarray, "views height width"],
    slack: float = 4e-3,
    slope_pixels: float = 1.0,
    facing: float = 0.0,
) -> Bool[np.ndarray, "views points"]:
    """As maquette.ops.visibility.visibility."""
    out = np.zeros((len(cameras), len(points)), bool)
    for view, (pose, k) in enumerate(zip(cameras.world_to_camera, cameras.intrinsics, strict=True)):
        rotation, translation = pose[:3, :3].astype(np.float64), pose[:3, 3].astype(np.float64)
        local = points.astype(np.float64) @ rotation.T + translation
        z = local[:, 2]
        ahead, away = np.ones(len(z), bool), np.ones(len(z))
        toward = np.broadcast_to(-rotation[2], local.shape)
        if cameras.projection == "perspective":
            ahead = z > 0
            away = np.where(ahead, z, 1)
            toward = -(local @ rotation)
            toward = toward / np.maximum(np.linalg.norm(toward, axis=-1, keepdims=True), 1e-300)
        slope = np.ones(len(z))
        if normals is not None:
            cosine = (toward * normals).sum(-1)
            ahead &= cosine > facing
            slope = np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(cosine, 1e-6)
        xy = local[:, :2] / away[:, None] * [k[0, 0], k[1, 1]] + k[:2, 2]
        ahead &= ((xy >= 0) & (xy <= (cameras.width, cameras.height))).all(-1)
        corner = np.floor(np.where(ahead[:, None], xy, 0) - 0.5).astype(int)
        taps = [
            np.clip(corner + offset, 0, (cameras.width - 1, cameras.height - 1)) for offset in np.ndindex(2, 2)
        ]
        deepest = np.max([depth[view, tap[:, 1], tap[:, 0]] for tap in taps], 0)
        bias = slack + slope_pixels * np.minimum(slope, STEEPEST) * away / abs(k[0, 0])  # a pixel's width, sloped
        out[view] = ahead & (deepest > 0) & (z <= deepest + bias)
    return out
