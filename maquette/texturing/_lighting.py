"""Which light a surface of few colours is in: spherical harmonics of degree 2, with the surface's own shadows.

All colours are linear. Light is irradiance: what white paper sends back there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64
from scipy.spatial import KDTree

from maquette.ops import irradiance
from maquette.texturing._patches import Patches

LEAST = 0.12
"""The least irradiance, beside a mean of 1: shadows are never made brighter than this allows."""
FULL = 0.9
"""Quantile of the light over the surface that is 1: pictures are exposed for what stands in full light."""
_DIRECTIONS = 128
_POINTS = 5_000
_NEAR, _FAR = 8, 16
"""Points that each is compared with: near by, and anywhere."""
_FAR_COUNTS = 3.0
_ROUNDS = 20
_BRIGHTNESS = (3.0, 0.8)
"""Differences of logarithms, at first and in the end, from which two points count as of different colours."""
_TINT = 0.12
"""The same for what is left of the difference when all channels change alike, in the end."""
_RAW_TINT = 0.3
"""The same before any light is known."""
_EVEN, _WHITE = 1.5e-4, 2.5e-3
"""How strongly light is drawn to be even, and of one colour, where nothing else is known."""


@dataclass(frozen=True)
class Lighting:
    """Irradiance over a surface's points, of mean 1 in every channel, and how surely it was told from colours."""

    irradiance: Float64[np.ndarray, "points 3"]
    contrast: float
    """Standard deviation over the surface of the irradiance's logarithm, mean of the channels."""
    doubt: float
    """Median difference of logarithms left between points of about one tint when the light is taken out."""


def transfer(surface: Patches) -> Float32[np.ndarray, "points 9"]:
    """What each harmonic of distant light sends to each point, shadows included.

    Ramamoorthi and Hanrahan 2001, "An efficient representation for irradiance environment maps"; with visibility,
    Sloan, Kautz and Snyder 2002, "Precomputed radiance transfer". Light of 1 from everywhere gives 1 in the open.
    """
    toward = spread(_DIRECTIONS)
    light = harmonics(toward) * np.float32(4 / _DIRECTIONS)
    mesh = surface.mesh
    return irradiance(surface.positions, surface.normals, toward, light, mesh.vertices, mesh.faces)


def harmonics(directions: Float32[np.ndarray, "directions 3"]) -> Float32[np.ndarray, "directions 9"]:
    """Real spherical harmonics up to degree 2, of mean square 1 over the sphere."""
    x, y, z = directions.T
    first, second = 3**0.5, 15**0.5
    rows = [np.ones_like(x), first * x, first * y, first * z, second * x * y, second * y * z, second * z * x,
            5**0.5 / 2 * (3 * z**2 - 1), second / 2 * (x**2 - y**2)]  # fmt: skip
    return np.stack(rows, -1).astype(np.float32)


def find_lighting(
    colors: Float64[np.ndarray, "points 3"],
    weights: Float64[np.ndarray, "points"],
    received: Float32[np.ndarray, "points 9"],
    positions: Float32[np.ndarray, "points 3"],
) -> Lighting:
    """The light under which the surface has the fewest different colours.

    Pairs of points, neighbours and far ones, are taken to have one colour as long as light can explain how they
    differ (least quadratic entropy: Finlayson, Drew and Lu 2004, "Intrinsic images by entropy minimization"; the
    prior of few colours: Barron and Malik 2015, "Shape, illumination, and reflectance from shading"). Gauss-Newton
    on differences of logarithms, with weights that grow ever more selective (graduated non-convexity: Blake and
    Zisserman 1987).

    Light's mean over the surface is 1 in every channel, for pictures cannot tell the scale of light from that of
    colours: they are taken to be white-balanced on the whole.

    Args:
        colors: Linear, above zero.
        weights: How much each point counts; not all zero.
    """
    share = weights / weights.sum()
    centred = received - share @ received
    basis = centred.astype(np.float64)
    chosen = np.random.default_rng(0).choice(len(colors), min(_POINTS, int((share > 0).sum())), p=share)
    pairs = _pairs(positions[chosen])
    light = _solve(np.log(colors[chosen]), basis[chosen], *pairs)
    found = np.maximum(1 + basis @ light.T, LEAST)
    found /= share @ found
    logs = np.log(found)
    contrast = float(np.sqrt(share @ (logs - share @ logs) ** 2).mean())
    first, second, _ = pairs
    apart = np.log(colors[chosen] / found[chosen])
    apart = apart[first] - apart[second]
    alike = np.linalg.norm(apart - apart.mean(-1, keepdims=True), axis=-1) < _TINT
    doubt = float(np.median(np.abs(apart[alike].mean(-1)))) if alike.any() else np.inf
    return Lighting(found, contrast, doubt)


def quantile(values: Float64[np.ndarray, "values"], weights: Float64[np.ndarray, "values"], share: float) -> float:
    """The value that such a share of the weight does not exceed."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(below, share * below[-1])]])


def _pairs(
    positions: Float32[np.ndarray, "points 3"],
) -> tuple[Int64[np.ndarray, "pairs"], Int64[np.ndarray, "pairs"], Float64[np.ndarray, "pairs"]]:
    """Points to compare, and how much each comparison counts."""
    rng = np.random.default_rng(1)
    count = len(positions)
    near = np.asarray(KDTree(positions).query(positions, k=min(25, count))[1])
    own = np.arange(count)
    beside = near[own[:, None], rng.integers(0, near.shape[1], (count, _NEAR))]
    far = rng.integers(0, count, (count, _FAR))
    first = np.repeat(own, _NEAR + _FAR)
    second = np.concatenate([beside, far], 1).reshape(-1)
    counts = np.tile(np.repeat([1.0, _FAR_COUNTS], [_NEAR, _FAR]), count)
    return first, second, counts


def _solve(
    logs: Float64[np.ndarray, "points 3"],
    basis: Float64[np.ndarray, "points 9"],
    first: Int64[np.ndarray, "pairs"],
    second: Int64[np.ndarray, "pairs"],
    counts: Float64[np.ndarray, "pairs"],
) -> Float64[np.ndarray, "3 9"]:
    """Shares of the harmonics in each channel's light."""
    terms = basis.shape[1]
    apart = logs[first] - logs[second]
    raw = apart - apart.mean(-1, keepdims=True)
    counts = counts / (1 + (raw**2).sum(-1) / _RAW_TINT**2) ** 2
    prior = _EVEN * np.eye(3 * terms) + _WHITE * np.kron(np.eye(3) - 1 / 3, np.eye(terms))
    light = np.zeros((3, terms))
    start, end = _BRIGHTNESS
    for usual in [*np.geomspace(start, end, _ROUNDS * 2 // 3), *[end] * (_ROUNDS // 3)]:
        shading = np.maximum(1 + basis @ light.T, LEAST)
        left = apart - np.log(shading[first]) + np.log(shading[second])
        level = left.mean(-1)
        tint = ((left - level[:, None]) ** 2).sum(-1)
        weight = counts / ((1 + (level / usual) ** 2) * (1 + tint / (_TINT * usual / end) ** 2)) ** 2
        weight /= weight.sum()
        system, side = prior.copy(), -prior @ light.reshape(-1)
        for channel in range(3):
            slope = basis / shading[:, channel, None]
            slope = slope[first] - slope[second]
            rows = slice(channel * terms, (channel + 1) * terms)
            system[rows, rows] += (weight[:, None] * slope).T @ slope
            side[rows] += (weight * left[:, channel]) @ slope
        light = light + np.linalg.solve(system, side).reshape(3, terms)
    return light


def spread(count: int) -> Float32[np.ndarray, "directions 3"]:
    """Evenly spread unit vectors (a Fibonacci spiral)."""
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    level = np.sqrt(1 - height**2)
    return np.stack([level * np.cos(angle), level * np.sin(angle), height], -1).astype(np.float32)
