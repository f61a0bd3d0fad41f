"""The readable definition of `fuse_depth`: slow, in numpy, the same sums at every sample of the grid."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Float32

from maquette.artifacts import Cameras
from maquette.cameras import project
from maquette.ops.fuse_depth import cosines


def fuse_depth(
    cameras: Cameras,
    depth: Float32[np.ndarray, "views height width"],
    origin: tuple[float, float, float],
    spacing: float,
    size: tuple[int, int, int],
    truncation: float,
    weights: Float32[np.ndarray, "views height width"] | None = None,
    normals: Float32[np.ndarray, "views height width 3"] | None = None,
    colors: Float32[np.ndarray, "views height width 3"] | None = None,
    free: float = 0.15,
    background: float | None = None,
    enough: float = 0.5,
) -> tuple[Float[np.ndarray, "x y z"], Float[np.ndarray, "x y z"], Float[np.ndarray, "x y z channels"]]:
    """As maquette.ops.fuse_depth.fuse_depth: distances, weights, and means of normals and colours, all of them."""
    background = free if background is None else background
    axes = [origin[a] + spacing * np.arange(size[a]) for a in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    pixels, depths = project(cameras, points)
    carried = [np.asarray(each, np.float64) for each in (normals, colors) if each is not None]
    attributes = np.concatenate(carried, -1) if carried else np.zeros((*depth.shape, 0))
    cosine = np.ones_like(depth) if normals is None else cosines(cameras, normals)

    value, weight, hidden = np.zeros(len(points)), np.zeros(len(points)), np.zeros(len(points), int)
    means, near_weight = np.zeros((len(points), attributes.shape[-1])), np.zeros(len(points))
    for view, (xy, z) in enumerate(zip(pixels.astype(np.float64), depths.astype(np.float64), strict=True)):
        framed = ((xy >= 0) & (xy <= (cameras.width, cameras.height))).all(1)
        if cameras.projection == "perspective":
            framed &= z > 1e-6
        column, row = (
            np.minimum(np.where(framed, xy[:, a], 0).astype(int), depth.shape[2 - a] - 1) for a in (0, 1)
        )
        seen_depth = _at(depth[view].astype(np.float64), np.where(framed[:, None], xy, 0), row, column, truncation)
        say = np.ones(len(points)) if weights is None else weights[view, row, column].astype(np.float64)
        framed &= say > 0
        seen = framed & (seen_depth > 0)
        front = (seen_depth - z) * cosine[view, row, column]  # world units before the surface
        share = np.where(
            front < 0, np.maximum(1 + front / truncation, 0), np.clip(1.5 - front / (2 * truncation), free, 1)
        )
        share = np.where(seen, share, background) * say * framed
        value += share * np.where(seen, np.clip(front, -truncation, truncation), truncation)
        weight += share
        hidden += seen & (front <= -truncation)
        near = share * (seen & (np.abs(front) < truncation))
        means += near[:, None] * attributes[view, row, column]
        near_weight += near
    unseen = np.where(hidden >= max(1, math.ceil(enough * len(cameras))), -truncation, truncation)
    field = np.where(weight > 0, value / np.where(weight > 0, weight, 1), unseen)
    means /= np.where(near_weight > 0, near_weight, 1)[:, None]
    return field.reshape(size), weight.reshape(size), means.reshape(*size, -1)


def _at(
    depth: Float[np.ndarray, "height width"], xy: np.ndarray, row: np.ndarray, column: np.ndarray, jump: float
) -> np.ndarray:
    """Depth at places in the picture: interpolated between pixels of one surface, else the nearest pixel's."""
    height, width = depth.shape
    x, y = np.clip(xy[:, 0] - 0.5, 0, width - 1), np.clip(xy[:, 1] - 0.5, 0, height - 1)
    i, j = np.minimum(x.astype(int), max(width - 2, 0)), np.minimum(y.astype(int), max(height - 2, 0))
    right, below = np.minimum(i + 1, width - 1), np.minimum(j + 1, height - 1)
    taps = np.stack([depth[j, i], depth[j, right], depth[below, i], depth[below, right]])
    top, bottom = taps[0] + (x - i) * (taps[1] - taps[0]), taps[2] + (x - i) * (taps[3] - taps[2])
    smooth = (taps.min(0) > 0) & (np.ptp(taps, 0) <= jump)
    return np.where(smooth, top + (y - j) * (bottom - top), depth[row, column])
