"""Space carved by silhouettes, coarsely: what is left, and how far it fills each silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64
from scipy.ndimage import distance_transform_edt, label

from maquette.conventions import camera_centres
from maquette.reconstruction._rigs import meeting_point, rays

_SPAN = 96
"""Pixels across a typical silhouette, as used here."""


@dataclass(frozen=True)
class Silhouettes:
    """Masks of few pixels, with how far each pixel is from what is inside."""

    inside: Bool[np.ndarray, "views height width"]
    distance: Float32[np.ndarray, "views height width"]
    """Pixels to the nearest one inside, 0 there."""
    factor: float
    """Pixels here for each of the pictures'."""
    middle: Float64[np.ndarray, "views 2"]
    """Of each silhouette's box, in the pictures' pixels."""
    span: Float64[np.ndarray, "views"]
    """The longer side of that box, in the pictures' pixels."""


@dataclass(frozen=True)
class Box:
    """A cube of the world, sampled."""

    centre: Float64[np.ndarray, "3"]
    side: float
    size: int
    """Samples along each side."""

    @property
    def spacing(self) -> float:
        return self.side / self.size

    def points(self) -> Float32[np.ndarray, "samples 3"]:
        """The centres of its voxels, z fastest."""
        axis = (np.arange(self.size) + 0.5) / self.size - 0.5
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
        return (grid * self.side + self.centre).astype(np.float32)


def silhouettes(alpha: Float32[np.ndarray, "views height width"]) -> Silhouettes:
    """Masks reduced to what a coarse check needs; no view's may be empty."""
    middle, span = np.empty((len(alpha), 2)), np.empty(len(alpha))
    for view, picture in enumerate(alpha):
        rows, columns = (np.flatnonzero((picture > 0.5).any(axis)) for axis in (1, 0))
        middle[view] = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
        span[view] = max(columns[-1] - columns[0], rows[-1] - rows[0]) + 1
    step = max(min(int(np.median(span) / _SPAN), *alpha.shape[1:]), 1)
    height, width = (side // step for side in alpha.shape[1:])
    cropped = alpha[:, : height * step, : width * step]
    share = cropped.reshape(len(alpha), height, step, width, step).mean((2, 4))
    inside = share > 0.5
    lost = ~inside.any((1, 2))  # a wire: what is thinner than half a pixel here
    inside[lost] = share[lost] > 0
    distance = np.stack([distance_to(view) for view in inside])
    return Silhouettes(inside, distance, 1 / step, middle, span)


def surrounding(
    pose: Float[np.ndarray, "views 4 4"], intrinsics: Float[np.ndarray, "views 3 3"], seen: Silhouettes, size: int
) -> tuple[Box, float]:
    """A cube around where most silhouettes meet, and how far apart the views' directions are (0 to 2/3)."""
    origins = camera_centres(pose)
    middle, spread = meeting_point(origins, rays(pose, intrinsics, seen.middle))
    depth = np.abs(np.asarray(pose, np.float64)[:, 2] @ np.append(middle, 1))
    side = 1.4 * float(np.quantile(depth * seen.span / np.asarray(intrinsics)[:, 0, 0], 0.8))
    return Box(middle, max(side, 1e-12), size), spread


def outside(
    pose: Float[np.ndarray, "views 4 4"], intrinsics: Float[np.ndarray, "views 3 3"], seen: Silhouettes, box: Box
) -> Bool[np.ndarray, "views samples"]:
    """Which voxels of a box lie outside each silhouette; what a picture does not show, it does not judge."""
    points = box.points()
    height, width = seen.inside.shape[1:]
    out = np.empty((len(seen.inside), len(points)), bool)
    for view in range(len(out)):
        x, y, z, radius = _projected(pose[view], intrinsics[view], seen, points, box)
        shown = (z > 0) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
        away = seen.distance[view, np.where(shown, y, 0).astype(np.int64), np.where(shown, x, 0).astype(np.int64)]
        out[view] = np.where(shown, away > np.maximum(0.5 * radius, 0.5), z <= 0)
    return out


def coverage(
    pose: Float[np.ndarray, "views 4 4"],
    intrinsics: Float[np.ndarray, "views 3 3"],
    seen: Silhouettes,
    box: Box,
    kept: Bool[np.ndarray, "samples"],
) -> tuple[Float64[np.ndarray, "views"], Float64[np.ndarray, "views"]]:
    """How much of each silhouette the kept voxels fill, and how much of the kept voxels it holds."""
    points = box.points()[kept]
    filled, held = np.zeros(len(seen.inside)), np.zeros(len(seen.inside))
    height, width = seen.inside.shape[1:]
    if not len(points):
        return filled, held
    for view, inside in enumerate(seen.inside):
        x, y, z, radius = _projected(pose[view], intrinsics[view], seen, points, box)
        shown = (z > 0) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
        hit = np.zeros((height, width), bool)
        row, column = y[shown].astype(np.int64), x[shown].astype(np.int64)
        hit[row, column] = True
        if hit.any():
            reach = max(float(np.median(radius[shown])), 1.0)
            filled[view] = float((distance_to(hit)[inside] <= reach).mean())
            held[view] = float((seen.distance[view, row, column] <= reach).mean())
    return filled, held


def biggest(kept: Bool[np.ndarray, "samples"], size: int) -> Bool[np.ndarray, "size size size"]:
    """The largest connected piece."""
    pieces = np.empty((size, size, size), np.int32)
    if label(kept.reshape(size, size, size), np.ones((3, 3, 3)), pieces) == 0:
        return np.zeros((size, size, size), bool)
    return pieces == np.bincount(pieces[pieces > 0]).argmax()


def _projected(
    pose: np.ndarray, intrinsics: np.ndarray, seen: Silhouettes, points: np.ndarray, box: Box
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns, rows, depths and the half diagonals of voxels, in the silhouettes' pixels."""
    matrix = np.asarray(pose, np.float64)[:3].copy()
    rows = (np.asarray(intrinsics, np.float64) @ matrix).astype(np.float32)
    px, py, pz = points.T
    x, y, z = (row[0] * px + row[1] * py + row[2] * pz + row[3] for row in rows)
    near = np.maximum(np.abs(z), 1e-9 * box.side + 1e-30)
    scale = np.float32(seen.factor)
    radius = 0.5 * 3**0.5 * box.spacing * float(intrinsics[0, 0]) * scale / near
    limit = np.float32(1e8)
    return np.clip(x / near * scale, -limit, limit), np.clip(y / near * scale, -limit, limit), z, radius


def distance_to(inside: Bool[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    """Pixels from each pixel to the nearest one inside."""
    return np.asarray(distance_transform_edt(~inside), np.float32)
