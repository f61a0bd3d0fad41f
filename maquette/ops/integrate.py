"""Depth that agrees with its own normals: normals lead, the depth given anchors what they leave open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy.ndimage import uniform_filter1d

from maquette.artifacts import Cameras
from maquette.ops.hull import Hull

ALIKE = 0.94
"""Cosine between normals below which a surface and the hull do not lie alike."""
NORMAL_ERROR = 0.2
"""Radians by which a normal is taken to be wrong, where nothing is known about it."""
HULL_ERROR = 0.6
"""Pixels by which outlines are taken to be wrong."""
LEAST_SUPPORT = 0.02
"""Left to pixels that hang together with none around: where nobody else looks, narrow hollows depend on them."""
TOUCHING = 1.25
"""Standard deviations of the depth's noise within which a surface is taken to touch the hull."""


@dataclass(frozen=True)
class Surface:
    """What each pixel sees, as a piece of a plane."""

    depth: Float64[np.ndarray, "views height width"]
    """At the pixel's centre, world units."""
    slope: Float64[np.ndarray, "views height width 2"]
    """Growth of depth to the right and down, world units per pixel."""
    support: Float64[np.ndarray, "views height width"]
    """How well it hangs together with the pixels around, [0, 1]; near 0 for pixels that mix two surfaces."""
    noise: float
    """Standard deviation of the depth given, as measured, world units."""


def seen_surface(
    cameras: Cameras,
    alpha: Float32[np.ndarray, "views height width"],
    depth: Float32[np.ndarray, "views height width"],
    normals: Float32[np.ndarray, "views height width 3"],
    hull: Hull,
    noise_factor: float = 1.0,
) -> Surface:
    """What views with depth, normals and outlines see, all three agreed by `integrate`.

    Args:
        cameras: One a view.
        alpha: [0, 1].
        depth: World units along the camera's axis.
        normals: World directions, facing the camera.
        hull: Of the views' outlines.
        noise_factor: How much noisier the depth is than it looks.
    """
    local = np.einsum("vij,vhwj->vhwi", cameras.world_to_camera[:, :3, :3], normals)
    cosine = np.clip(-local[..., 2], 0.15, 1)  # grazing planes are held at 81 degrees
    pixel = pixel_size(cameras, depth)
    typical = float(np.median(np.broadcast_to(pixel, (*depth.shape, 2))[alpha > 0.5]))
    agreement = np.clip(((hull.normals * normals).sum(-1) - ALIKE) / (1 - ALIKE) * 2, 0, 1)
    slope = local[..., :2] / cosine[..., None] * pixel
    return integrate(depth, slope, cosine, covered(alpha), typical, hull.depth, agreement, noise_factor)


def covered(alpha: Float32[np.ndarray, "views height width"]) -> Float32[np.ndarray, "views height width"]:
    """How surely a pixel shows the surface and not its edge, [0, 1]."""
    return np.clip((alpha - 0.3) / 0.4, 0, 1)


def pixel_size(
    cameras: Cameras, depth: Float32[np.ndarray, "views height width"]
) -> Float64[np.ndarray, "views #height #width 2"]:
    """World units across a pixel to the right and down, where depth is."""
    pixel = 1 / cameras.intrinsics[:, [0, 1], [0, 1]][:, None, None].astype(np.float64)
    return pixel * depth[..., None] if cameras.projection == "perspective" else pixel


def integrate(
    depth: Float[np.ndarray, "views height width"],
    slope: Float[np.ndarray, "views height width 2"],
    cosine: Float[np.ndarray, "views height width"],
    coverage: Float[np.ndarray, "views height width"],
    pixel: float,
    hull_depth: Float[np.ndarray, "views height width"],
    hull_agreement: Float[np.ndarray, "views height width"],
    noise_factor: float = 1.0,
    rounds: int = 4,
) -> Surface:
    """Integrate slopes into depth, holding on to the depth given and breaking at its jumps.

    A screened Poisson problem in each view: the least squares of z - anchor against that of (difference of
    neighbours) - (slope between them), each over its variance. The depth's noise is measured from how much it and
    the slopes disagree; differences that stay far off are jumps and lose their weight (Tukey's biweight), as do
    climbs over several pixels that no slope explains: generators blur jumps.

    The anchor is the depth given, drawn to the visual hull where the two are within the noise and lie alike: most
    surfaces that seem to touch the hull do, and outlines are known better than depth. Nothing is before the hull.

    Args:
        depth: World units; read only where coverage is positive.
        slope: Growth of depth to the right and down per pixel, world units, from the normals.
        cosine: Between normal and ray, in (0, 1].
        coverage: [0, 1].
        pixel: World units across a pixel.
        hull_depth: The nearest that the outlines allow, world units; infinite where they allow nothing.
        hull_agreement: [0, 1], 1 where the hull's normal is the pixel's own.
        noise_factor: How much noisier the depth is than slopes show.
        rounds: Solutions, each with jumps found in the one before.
    """
    pairs = [_Pairs(axis, slope[..., axis], cosine, coverage, pixel) for axis in (0, 1)]
    noise = max(noise_factor * _noise(depth, pairs), 0.05 * pixel)
    outlined = np.isfinite(hull_depth)
    nearest = np.where(outlined, hull_depth, depth).astype(np.float64)
    behind = np.clip(depth - nearest, 0, None) / noise
    own = coverage / noise**2
    touching = coverage * outlined * hull_agreement * np.exp(-0.5 * (behind / TOUCHING) ** 2)
    touching = touching / (HULL_ERROR * pixel) ** 2
    anchor = own + touching
    target = (own * np.maximum(depth, nearest) + touching * nearest) / np.where(anchor > 0, anchor, 1)
    z = np.where(coverage > 0, target, 0.0)
    for _ in range(rounds):
        trust = [p.trust(z, noise, pixel) for p in pairs]
        weights = [p.precision * t for p, t in zip(pairs, trust, strict=True)]
        z = _solve(anchor, target, weights, [p.step for p in pairs], z)
    z = np.where(outlined, np.maximum(z, nearest - HULL_ERROR * pixel), z)
    trust = [p.trust(z, noise, pixel) * (p.precision > 0) for p in pairs]
    slopes = np.stack([_slope(z, slope[..., axis], trust[axis], axis) for axis in (0, 1)], -1)
    return Surface(z, slopes, _support(trust), noise)


def _ahead(values: np.ndarray, axis: int) -> np.ndarray:
    """All but the first pixel to the right (axis 0) or down (axis 1)."""
    return values[:, :, 1:] if axis == 0 else values[:, 1:]


def _behind(values: np.ndarray, axis: int) -> np.ndarray:
    return values[:, :, :-1] if axis == 0 else values[:, :-1]


class _Pairs:
    """Neighbours along one axis: the step in depth that their slopes expect, and how surely."""

    def __init__(
        self, axis: int, slope: np.ndarray, cosine: np.ndarray, coverage: np.ndarray, pixel: float
    ) -> None:
        self.axis = axis
        a, b = _behind(slope, axis), _ahead(slope, axis)
        self.step = ((a + b) / 2).astype(np.float64)
        grazing = np.minimum(_behind(cosine, axis), _ahead(cosine, axis))
        # A wrong normal is a wrong slope by 1 / cos²; on a bend nobody knows where between the pixels it is.
        deviation = pixel * NORMAL_ERROR / grazing**2 + 0.3 * np.abs(a - b)
        covered = _behind(coverage, axis) * _ahead(coverage, axis)
        self.precision = covered / deviation**2
        self.deviation = deviation

    def residual(self, z: np.ndarray) -> np.ndarray:
        return _ahead(z, self.axis) - _behind(z, self.axis) - self.step

    def trust(self, z: np.ndarray, noise: float, pixel: float) -> np.ndarray:
        """How surely no jump lies between two neighbours, [0, 1]."""
        residual = self.residual(z)
        scale = np.maximum(max(2 * noise, pixel), 3 * self.deviation)
        return _biweight(residual / scale) * self._no_ramp(residual, noise)

    def _no_ramp(self, residual: np.ndarray, noise: float, reach: int = 6) -> np.ndarray:
        """1, or less where a pair is on a climb over some pixels that no slope explains: a blurred jump."""
        lines = np.moveaxis(np.where(self.precision > 0, residual, 0), 2 - self.axis, -1)
        climb, own = (uniform_filter1d(lines, width, mode="constant") for width in (reach, 3))
        variance = np.moveaxis(self.deviation**2, 2 - self.axis, -1)
        deviation = np.sqrt(reach * uniform_filter1d(variance, reach, mode="constant"))
        surprise = reach * climb / np.maximum(3 * noise, 3 * deviation)
        trust = np.where(np.abs(own) >= 0.5 * np.abs(climb), _biweight(surprise), 1)
        return np.moveaxis(trust, -1, 2 - self.axis)


def _biweight(surprise: np.ndarray) -> np.ndarray:
    return np.clip(1 - surprise**2, 0, 1) ** 2


def _noise(depth: np.ndarray, pairs: list[_Pairs]) -> float:
    """The standard deviation of a pixel's depth, robustly, from how it and the slopes disagree.

    Over a few distances, and the worst counts: a generator's depth may be smooth from pixel to pixel and yet off
    by whole patches.
    """
    worst = 0.0
    for distance in (1, 4, 8):
        off = []
        for p in pairs:
            if depth.shape[2 - p.axis] <= distance:
                continue
            # Moved to the last axis; sums along it tell what slopes expect and whether all on the way is sure.
            residual = np.moveaxis(p.residual(depth), 2 - p.axis, -1)
            sure = np.moveaxis(p.precision > 0.1 * p.precision.max(initial=0), 2 - p.axis, -1)
            path = np.pad(np.cumsum(residual, -1), ((0, 0), (0, 0), (1, 0)))
            steps = np.pad(np.cumsum(sure, -1), ((0, 0), (0, 0), (1, 0)))
            whole = steps[..., distance:] - steps[..., :-distance] == distance
            off.append(np.abs(path[..., distance:] - path[..., :-distance])[whole])
        found = np.concatenate(off) if off else np.zeros(0)
        if len(found):
            worst = max(worst, float(np.median(found) / 0.6745 / np.sqrt(2)))
    return worst


def _solve(
    anchor: np.ndarray, depth: np.ndarray, weights: list[np.ndarray], steps: list[np.ndarray], start: np.ndarray
) -> np.ndarray:
    """Conjugate gradients, with the diagonal as preconditioner, on all views at once."""

    def divergence(flows: list[np.ndarray]) -> np.ndarray:
        out = np.zeros_like(start)
        for axis, flow in enumerate(flows):
            _ahead(out, axis)[...] += flow
            _behind(out, axis)[...] -= flow
        return out

    def apply(z: np.ndarray) -> np.ndarray:
        return anchor * z + divergence([w * (_ahead(z, a) - _behind(z, a)) for a, w in enumerate(weights)])

    diagonal = anchor.astype(np.float64)
    for axis, weight in enumerate(weights):
        _ahead(diagonal, axis)[...] += weight
        _behind(diagonal, axis)[...] += weight
    free = diagonal > 0
    inverse = np.where(free, 1 / np.where(free, diagonal, 1), 0)
    target = anchor * depth + divergence([w * s for w, s in zip(weights, steps, strict=True)])
    z = start
    residual = target - apply(z)
    direction = inverse * residual
    slack = float((residual * direction).sum())
    for _ in range(100):
        if slack <= 1e-6 * free.sum():  # a thousandth of a standard deviation for each pixel
            break
        image = apply(direction)
        length = slack / float((direction * image).sum())
        z = z + length * direction
        residual = residual - length * image
        fresh = inverse * residual
        before, slack = slack, float((residual * fresh).sum())
        direction = fresh + slack / before * direction
    return z


def _slope(z: np.ndarray, slope: np.ndarray, trust: np.ndarray, axis: int) -> np.ndarray:
    """The slope of the solved depth over unbroken neighbours, and the normal's own where there are none."""
    flow, total = 0.1 * slope.astype(np.float64), np.full(z.shape, 0.1)
    rise = trust * (_ahead(z, axis) - _behind(z, axis))
    for side in (_ahead, _behind):
        side(flow, axis)[...] += rise
        side(total, axis)[...] += trust
    return flow / total


def _support(trust: list[np.ndarray]) -> np.ndarray:
    shape = (trust[0].shape[0], trust[0].shape[1], trust[1].shape[2])
    support = np.ones(shape)
    for axis in (0, 1):
        links = np.zeros(shape)
        _ahead(links, axis)[...] += trust[axis]
        _behind(links, axis)[...] += trust[axis]
        support *= np.clip(links, 0, 1)
    return np.maximum(support, LEAST_SUPPORT)
