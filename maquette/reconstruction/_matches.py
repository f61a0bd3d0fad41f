"""The same spots in two pictures, to test cameras with: few, cheap, and none where pictures are too unlike.

Corners with oriented, blurred patches of 8×8 samples (Brown, Szeliski and Winder 2005, "Multi-image matching using
multi-scale oriented patches"), matched both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float32, Float64
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter, zoom

from maquette.artifacts import Views

_SIDE = 480  # pixels along the longer side, as used here
_CORNERS = 500
_PATCH, _STEP = 8, 3.0  # samples along a patch's side, and pixels between them
_BORDER = 6  # pixels along the rim where no corners are looked for
_RATIO = 0.85  # of the second best's distance; matches must be nearer
_PAIRS = 400  # at most so many pairs are matched
_RANSAC = 400


@dataclass(frozen=True)
class Match:
    """What two pictures both show."""

    first: int
    second: int
    pixels: Float64[np.ndarray, "matches 4"]
    """x, y in the first picture, x, y in the second; pixels of the pictures as they are."""
    agreed: np.ndarray
    """Which of them some epipolar geometry explains, whatever the cameras."""


def matches(views: Views, tolerance: float) -> list[Match]:
    """Pairs of pictures whose matches agree with one another, so that cameras have to agree with them too.

    Args:
        tolerance: Pixels that a match may lie off its epipolar line.
    """
    found = [_described(rgb, alpha) for rgb, alpha in zip(views.rgb, views.alpha, strict=True)]
    pairs = list(combinations(range(len(found)), 2))
    if len(pairs) > _PAIRS:  # neighbours in the order of taking, then some of the others
        pairs.sort(key=lambda pair: pair[1] - pair[0])
        near = pairs[: _PAIRS // 2]
        pairs = near + pairs[_PAIRS // 2 :: -(-(len(pairs) - len(near)) // (_PAIRS // 2))]
    rng = np.random.default_rng(0)
    out = []
    for first, second in pairs:
        rows, columns = _mutual(found[first][1], found[second][1])
        if len(rows) < 16:
            continue
        pixels = np.concatenate([found[first][0][rows], found[second][0][columns]], -1)
        agreed = _agreeing(pixels, tolerance, rng)
        if agreed.sum() >= max(14, 0.5 * len(pixels)):
            out.append(Match(first, second, pixels, agreed))
    return out


def epipolar_distances(
    pixels: Float64[np.ndarray, "matches 4"], fundamental: Float64[np.ndarray, "*batch 3 3"]
) -> Float64[np.ndarray, "*batch matches"]:
    """Sampson distances in pixels of matches to a geometry: x₂ᵀ F x₁ = 0 (Hartley and Zisserman 2004, 11.4.3)."""
    one = np.ones((len(pixels), 1))
    a, b = np.concatenate([pixels[:, :2], one], -1), np.concatenate([pixels[:, 2:], one], -1)
    there, back = a @ np.swapaxes(fundamental, -1, -2), b @ fundamental
    product = (there * b).sum(-1)
    slope = (there[..., :2] ** 2).sum(-1) + (back[..., :2] ** 2).sum(-1)
    return np.abs(product) / np.sqrt(np.maximum(slope, 1e-30))


def _described(
    rgb: Float32[np.ndarray, "height width 3"], alpha: Float32[np.ndarray, "height width"]
) -> tuple[Float64[np.ndarray, "corners 2"], Float32[np.ndarray, "corners 64"]]:
    """Corners, at two scales, in pixels of the picture, and what is around them."""
    height, width = alpha.shape
    grey = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    grey = np.where(alpha > 0.5, grey, grey[alpha > 0.5].mean() if (alpha > 0.5).any() else 0)
    points, patches = [np.zeros((0, 2))], [np.zeros((0, _PATCH**2), np.float32)]
    for side in (_SIDE, _SIDE // 2):
        scale = min(1.0, side / max(height, width))
        if (side != _SIDE and scale == 1) or scale * min(height, width) < 2 * _BORDER + 1:
            break
        image = gaussian_filter(grey, 0.5 / scale - 0.5) if scale < 1 else grey
        image = np.asarray(zoom(image, scale, order=1, grid_mode=True, mode="nearest"), np.float32)
        solid = np.asarray(zoom(np.float32(alpha > 0.5), scale, order=1, grid_mode=True, mode="nearest")) > 0.99
        xy = _corners(image, solid)
        patches.append(_patches(image, xy))
        points.append((xy + 0.5) * [width / image.shape[1], height / image.shape[0]])
    return np.concatenate(points), np.concatenate(patches)


def _corners(image: np.ndarray, inside: np.ndarray) -> Float64[np.ndarray, "corners 2"]:
    """Columns and rows of the strongest corners (harmonic mean of the structure tensor's eigenvalues)."""
    gy, gx = (np.asarray(slope) for slope in np.gradient(gaussian_filter(image, 1.0)))
    xx, yy, xy = (gaussian_filter(product, 1.5) for product in (gx * gx, gy * gy, gx * gy))
    strength = (xx * yy - xy * xy) / (xx + yy + 1e-9)
    allowed = np.zeros_like(inside)
    allowed[_BORDER:-_BORDER, _BORDER:-_BORDER] = inside[_BORDER:-_BORDER, _BORDER:-_BORDER]
    strength = np.where(allowed & (strength == maximum_filter(strength, 7)), strength, 0)
    best = np.argsort(-np.ravel(strength), kind="stable")[:_CORNERS]
    best = best[strength.ravel()[best] > 1e-7]
    row, column = np.divmod(best, image.shape[1])
    return np.stack([column, row], -1).astype(np.float64)


def _patches(image: np.ndarray, xy: np.ndarray) -> Float32[np.ndarray, "corners 64"]:
    """Patches turned to their own gradient's direction, without mean, of length one."""
    gy, gx = (np.asarray(slope) for slope in np.gradient(gaussian_filter(image, 3.0)))
    column, row = xy.astype(np.int64).T
    angle = np.arctan2(gy[row, column], gx[row, column])
    axis = (np.arange(_PATCH) - (_PATCH - 1) / 2) * _STEP
    v, u = np.meshgrid(axis, axis, indexing="ij")
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = xy[:, :1] + cos * u.ravel() - sin * v.ravel()
    y = xy[:, 1:] + sin * u.ravel() + cos * v.ravel()
    out = map_coordinates(gaussian_filter(image, 0.4 * _STEP), [y, x], order=1, mode="nearest")
    out = out - out.mean(-1, keepdims=True)
    return (out / np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-6)).astype(np.float32)


def _mutual(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two sets of patches that are each other's best, and clearly so."""
    if len(a) < 2 or len(b) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distance = np.maximum(2 - 2 * (a @ b.T), 0)
    best, back = distance.argmin(1), distance.argmin(0)
    rows = np.flatnonzero(back[best] == np.arange(len(a)))
    second = np.partition(distance[rows], 1, axis=1)[:, 1]
    nearest = distance[rows, best[rows]]
    rows = rows[(nearest < _RATIO**2 * second) & (nearest < 0.5)]
    return rows, best[rows]


def _agreeing(pixels: Float64[np.ndarray, "matches 4"], tolerance: float, rng: np.random.Generator) -> np.ndarray:
    """Which matches the best fundamental matrix of eight of them explains (eight-point RANSAC)."""
    scale = max(float(np.abs(pixels).max()), 1.0)
    x, y, u, v = pixels.T / scale
    equations = np.stack([u * x, u * y, u, v * x, v * y, v, x, y, np.ones_like(x)], -1)
    order = rng.random((_RANSAC, len(pixels))).argsort(1)[:, :8]
    fundamental = np.linalg.svd(equations[order])[2][:, -1].reshape(-1, 3, 3)
    off = epipolar_distances(pixels / scale, fundamental) * scale
    return off[(off < tolerance).sum(1).argmax()] < tolerance
