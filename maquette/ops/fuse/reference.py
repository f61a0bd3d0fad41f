"""The readable definition of `fuse`: slow, in numpy, the same sums."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from maquette.artifacts import Cameras
from maquette.cameras import project

FREE = 0.15
"""Weight of the free space far before a surface: there a view may be outvoted by those that see a thin part."""


def fuse(
    cameras: Cameras,
    outlines: Float32[np.ndarray, "views tall wide"],
    planes: Float32[np.ndarray, "views height width 5"],
    origin: tuple[float, float, float],
    spacing: float,
    size: int,
    truncation: float,
    slack: float = 1.0,
    lag: float = 0.0,
    prior: float = 1e-3,
) -> tuple[Float32[np.ndarray, "size size size"], Float32[np.ndarray, "size size size"]]:
    """As maquette.ops.fuse.fuse."""
    axes = [origin[a] + spacing * np.arange(size) for a in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    pixels, depths = project(cameras, points)
    scale = outlines.shape[1] // planes.shape[1]

    hull, loose_hull = np.full(len(points), -np.inf), np.full(len(points), -np.inf)
    value, weight = np.full(len(points), -truncation * prior), np.full(len(points), prior)
    seen = np.zeros(len(points), bool)
    for view, (xy, z) in enumerate(zip(pixels.astype(np.float64), depths.astype(np.float64), strict=True)):
        framed = ((xy >= 0) & (xy <= (cameras.width, cameras.height))).all(1)
        unit = np.full(len(points), 1 / cameras.intrinsics[view, 0, 0])
        if cameras.projection == "perspective":
            framed &= z > 1e-6
            unit *= z
        seen |= framed
        silhouette = _bilinear(outlines[view], xy * scale) * unit
        hull = np.where(framed, np.maximum(hull, silhouette), hull)
        loose_hull = np.where(framed, np.maximum(loose_hull, silhouette - slack * unit), loose_hull)
        ramp = np.clip(silhouette / (slack * unit), 0, 1) if slack > 0 else silhouette > 0
        weight += ramp * framed
        value += ramp * framed * np.clip(silhouette, 0, truncation)

        corner = np.floor(xy).astype(np.int64)
        t = xy - corner - 0.5
        taps = np.stack([0.5 * (0.5 - t) ** 2, 0.75 - t**2, 0.5 * (0.5 + t) ** 2])  # quadratic B-spline
        for j in range(3):
            for i in range(3):
                column, row = corner[:, 0] + i - 1, corner[:, 1] + j - 1
                inside = framed & (column >= 0) & (column < cameras.width) & (row >= 0) & (row < cameras.height)
                q = planes[view, np.where(inside, row, 0), np.where(inside, column, 0)].astype(np.float64)
                surface = q[:, 0] + q[:, 1] * (xy[:, 0] - column - 0.5) + q[:, 2] * (xy[:, 1] - row - 0.5)
                front = surface - z  # world units before the surface, along the camera's axis
                fade = np.clip((front + lag) / truncation + 1, 0, 1)
                free = np.clip(1.5 - front / (2 * truncation), FREE, 1)
                share = np.where(inside, taps[i, :, 0] * taps[j, :, 1] * q[:, 4] * fade * free, 0)
                # Behind a surface, the nearest outside may be beside it.
                value += share * np.clip(np.maximum(front * q[:, 3], silhouette), -truncation, truncation)
                weight += share
    field = np.where(seen, np.clip(np.maximum(loose_hull, value / weight), -truncation, truncation), truncation)
    hull = np.where(seen, np.clip(hull, -truncation, truncation), truncation)
    cube = (size, size, size)
    return field.reshape(cube).astype(np.float32), hull.reshape(cube).astype(np.float32)


def _bilinear(image: Float32[np.ndarray, "height width"], xy: Float[np.ndarray, "n 2"]) -> np.ndarray:
    height, width = image.shape
    x, y = np.clip(xy[:, 0] - 0.5, 0, width - 1), np.clip(xy[:, 1] - 0.5, 0, height - 1)
    i, j = np.minimum(x.astype(int), max(width - 2, 0)), np.minimum(y.astype(int), max(height - 2, 0))
    right, below = np.minimum(i + 1, width - 1), np.minimum(j + 1, height - 1)
    top = image[j, i] + (x - i) * (image[j, right] - image[j, i])
    bottom = image[below, i] + (x - i) * (image[below, right] - image[below, i])
    return top + (y - j) * (bottom - top)
