"""Depth from how alike neighbouring pictures are on planes swept through space (Collins 1996)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float32, Float64
from scipy.ndimage import median_filter
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.cameras import unproject
from maquette.conventions import camera_centres

_WINDOW = 5
"""Pixels along each side of what is compared."""
_PLAIN = 1e-4
"""Variance of a window below which nothing can be told."""
_BASELINE = (4.0, 50.0)
"""Degrees between neighbours as seen from the middle of the depths."""
_MOST_NEIGHBOURS = 4


@dataclass(frozen=True)
class Sweep:
    """What each pixel is most alike to."""

    depth: Float32[np.ndarray, "views height width"]
    """World units along the forward axis."""
    score: Float32[np.ndarray, "views height width"]
    """Normalised cross-correlation with the two neighbours that agree best, -1 to 1."""


def sweep(
    cameras: Cameras,
    rgb: Float32[np.ndarray, "views height width 3"],
    near: Float[np.ndarray, "views"],
    far: Float[np.ndarray, "views"],
    planes: int,
) -> Sweep:
    """The depth at which each pixel's window is most alike to those of the nearest views.

    Args:
        near, far: World units along each view's axis, between which planes lie evenly in inverse depth.
    """
    grey = torch.from_numpy(rgb.mean(-1))
    depth, score = np.ones_like(grey.numpy()), np.full(grey.shape, -1, np.float32)
    pose, k = cameras.world_to_camera.astype(np.float64), cameras.intrinsics.astype(np.float64)
    for view in range(len(cameras)):
        chosen = _neighbours(pose, view, float(np.sqrt(near[view] * far[view])))
        if not len(chosen):
            continue
        inverse = np.linspace(1 / float(near[view]), 1 / float(far[view]), planes)
        scores = _scores(grey, pose, k, view, chosen, inverse)
        best, step = scores.max(0)
        # A parabola through the best plane's score and its neighbours' finds the depth between planes.
        inner = step.clamp(1, planes - 2)
        low, middle, high = (scores.gather(0, (inner + shift)[None])[0] for shift in (-1, 0, 1))
        bend = (low - 2 * middle + high).clamp(max=-1e-6)
        shift = torch.where(step == inner, (0.5 * (high - low) / -bend).clamp(-0.5, 0.5), 0)
        place = inverse[0] + (step + shift).numpy() * (inverse[1] - inverse[0])
        depth[view], score[view] = 1 / place, best.numpy()
    return Sweep(depth, score)


def _neighbours(pose: Float64[np.ndarray, "views 4 4"], view: int, distance: float) -> np.ndarray:
    eyes = camera_centres(pose)
    rays = eyes - (eyes[view] + distance * pose[view, 2, :3])
    rays /= np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-12)
    degrees = np.degrees(np.arccos(np.clip(rays @ rays[view], -1, 1)))
    usable = (degrees >= _BASELINE[0]) & (degrees <= _BASELINE[1])
    usable[view] = False
    order = np.argsort(np.where(usable, degrees, np.inf), kind="stable")
    return order[: min(_MOST_NEIGHBOURS, int(usable.sum()))]


def _scores(
    grey: Float[Tensor, "views height width"],
    pose: Float64[np.ndarray, "views 4 4"],
    k: Float64[np.ndarray, "views 3 3"],
    view: int,
    chosen: np.ndarray,
    inverse: Float64[np.ndarray, "planes"],
) -> Float[Tensor, "planes height width"]:
    """The mean of the two best correlations at every plane."""
    height, width = grey.shape[1:]
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    pixel = torch.stack([x, y, torch.ones_like(x)], -1)
    relative = pose[chosen] @ np.linalg.inv(pose[view])
    turn = torch.from_numpy(k[chosen] @ relative[:, :3, :3] @ np.linalg.inv(k[view])).float()
    shift = torch.from_numpy(np.einsum("nij,nj->ni", k[chosen], relative[:, :3, 3])).float()
    turned = torch.einsum("nij,hwj->nhwi", turn, pixel)
    own, others = grey[view][None], grey[torch.from_numpy(chosen)]
    mean, square = _box(torch.stack([own[0], own[0] ** 2]))
    variance = square - mean**2
    size = torch.tensor([width, height])
    out = torch.empty(len(inverse), height, width)
    for plane, each in enumerate(inverse):
        place = turned + shift[:, None, None] * float(each)
        ahead = place[..., 2:].clamp(min=1e-6)
        grid = torch.where(place[..., 2:] > 1e-6, place[..., :2] / ahead / size * 2 - 1, 5)
        seen = F.grid_sample(others[:, None], grid, align_corners=False)[:, 0]
        means, squares, products = _box(torch.cat([seen, seen**2, seen * own])).chunk(3)
        variances = squares - means**2
        told = (grid.abs().amax(-1) < 1) & (variances > _PLAIN) & (variance > _PLAIN)
        correlation = (products - means * mean) / (variances * variance).clamp(min=1e-12).sqrt()
        alike = torch.where(told, correlation, -1)
        out[plane] = alike.topk(min(2, len(chosen)), 0).values.mean(0)
    return out


def _box(pictures: Float[Tensor, "channels height width"]) -> Float[Tensor, "channels height width"]:
    half = _WINDOW // 2
    rows = F.avg_pool2d(pictures[:, None], (1, _WINDOW), 1, (0, half), count_include_pad=False)
    return F.avg_pool2d(rows, (_WINDOW, 1), 1, (half, 0), count_include_pad=False)[:, 0]


def projected(
    cameras: Cameras, view: int, points: Float[np.ndarray, "*batch 3"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of points in one view, their depth, and whether they lie in the picture (else row 0, 0)."""
    k, pose = cameras.intrinsics[view], cameras.world_to_camera[view]
    local = points @ pose[:3, :3].T + pose[:3, 3]
    z = local[..., 2]
    ahead = np.maximum(z, 1e-9)
    x, y = local[..., 0] / ahead * k[0, 0] + k[0, 2], local[..., 1] / ahead * k[1, 1] + k[1, 2]
    inside = (z > 0) & (x >= 0) & (x < cameras.width) & (y >= 0) & (y < cameras.height)
    return np.where(inside, y, 0).astype(np.int64), np.where(inside, x, 0).astype(np.int64), z, inside


def agreed(
    cameras: Cameras, found: Sweep, tolerance: float, least_score: float = 0.5, least_views: int = 2
) -> Bool[np.ndarray, "views height width"]:
    """Which pixels have a depth that other views' depths confirm, to a share of it."""
    depth = np.stack([median_filter(each, 3) for each in found.depth])
    count = len(cameras)
    confirmed = np.zeros(depth.shape, np.int32)
    points = unproject(cameras, depth)
    for view in range(count):
        for other in range(count):
            if other != view:
                row, column, z, inside = projected(cameras, other, points[view])
                near = np.abs(depth[other][row, column] - z) < tolerance * z
                confirmed[view] += inside & near & (found.score[other][row, column] > least_score - 0.1)
    return (found.score > least_score) & (confirmed >= least_views)
