"""Two objects compared in every way that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maquette.artifacts import Asset, Mesh, PointCloud, check_mesh
from maquette.errors import InputError
from maquette.measures.alignment import STILL, Alignment, Motion, aligned, box
from maquette.measures.pictures import psnr, ring_views, shown, shown_normals, silhouette_iou, ssim
from maquette.measures.shape import distances, f_score, sampled

THRESHOLDS = (0.01, 0.02, 0.05)
"""Of F-scores, in shares of the first object's longest side."""


@dataclass(frozen=True)
class Likeness:
    """Means over the ring of views."""

    silhouette_iou: float
    psnr: float
    """Decibels, of unlit base colours on grey, over whole pictures; at most 100."""
    ssim: float
    normals_psnr: float
    """The same of pictures of the normals."""
    normals_ssim: float


@dataclass(frozen=True)
class Comparison:
    """Distances are in units of the first object's longest side, `unit`, of the files."""

    unit: float
    chamfer: float
    """Mean distance to the other surface, averaged over both directions (Chamfer-L1)."""
    to_first: float
    """Mean distance from the second surface to the first: what is there but should not be makes it large."""
    to_second: float
    """Mean distance from the first surface to the second: what is missing makes it large."""
    hausdorff: float
    """The farthest that any point of either is from the other."""
    f_scores: dict[float, float]
    """By threshold."""
    normal_consistency: float | None
    """Mean cosine between the normals of points and of the nearest places, both ways, without sign (Mescheder et
    al. 2019); None where one has no normals."""
    likeness: Likeness | None
    """None where one is a point cloud, which has no surface to draw."""
    motion: Motion
    """What was done to the second object before."""


def compare(
    first: Asset | PointCloud,
    second: Asset | PointCloud,
    align: Sequence[Alignment] = ("none",),
    thresholds: Sequence[float] = THRESHOLDS,
    points: int = 50_000,
    size: int = 256,
    seed: int = 0,
) -> Comparison:
    """Measure how far the second object is from the first, which is the measure of length.

    Args:
        align: How the second is moved before (see `aligned`).
        thresholds: Of F-scores, in units of the first's longest side.
        points: Drawn from each surface, 1 or more.
        size: Pixels along each side of the pictures, 11 or more.

    Raises:
        InputError: An object without points, an extent or area, or with ones that are not finite, or options that
            cannot be.
    """
    if points < 1 or size < 11:
        raise InputError(f"{points} points and pictures of {size} pixels; expected 1 and 11, or more")
    if not thresholds or not all(0 < t < np.inf for t in thresholds):
        raise InputError(f"thresholds {tuple(thresholds)}; expected numbers above 0, shares of the longest side")
    a, b = _shape(first, "the first object"), _shape(second, "the second object")
    low, high = box(a)
    unit = float((high - low).max())
    if not unit > 0:
        raise InputError("the first object has no extent; expected one with a longest side to measure by")
    motion = aligned(b, a, align, seed)
    one, other = sampled(a, points, seed), sampled(_moved(b, motion), points, seed)
    there, back = distances(one, other), distances(other, one)
    consistency = None
    if there.cosines is not None and back.cosines is not None:
        consistency = float(there.cosines.mean() + back.cosines.mean()) / 2
    to_second, to_first = float(there.points.mean()) / unit, float(back.points.mean()) / unit
    likeness = None
    if isinstance(first, Asset) and isinstance(second, Asset):
        into_box = Motion(np.eye(3), 1 / unit, -(low + high) / 2 / unit)
        likeness = _likeness(_placed(first, into_box), _placed(second, motion.then(into_box)), size)
    return Comparison(
        unit,
        (to_first + to_second) / 2,
        to_first,
        to_second,
        max(there.farthest, back.farthest) / unit,
        {t: f_score(back.points, there.points, t * unit) for t in thresholds},
        consistency,
        likeness,
        motion,
    )


def _likeness(first: Asset, second: Asset, size: int) -> Likeness:
    one, other = ring_views(first, size), ring_views(second, size)

    def mean(measure, a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([measure(x, y) for x, y in zip(a, b, strict=True)]))

    colours, normals = (shown(one), shown(other)), (shown_normals(one), shown_normals(other))
    return Likeness(
        mean(silhouette_iou, one.alpha, other.alpha),
        mean(psnr, *colours),
        mean(ssim, *colours),
        mean(psnr, *normals),
        mean(ssim, *normals),
    )


def _shape(thing: Asset | PointCloud, name: str) -> Mesh | PointCloud:
    if isinstance(thing, Asset):
        check_mesh(thing.mesh, name)
        return thing.mesh
    if not len(thing.points) or not np.isfinite(thing.points).all():
        raise InputError(
            f"{name} has no points, or some that are not finite; expected finite ones: export it again"
        )
    return thing


def _moved(shape: Mesh | PointCloud, motion: Motion) -> Mesh | PointCloud:
    if motion is STILL:
        return shape
    if isinstance(shape, PointCloud):
        normals = None if shape.normals is None else (shape.normals @ motion.rotation.T).astype(np.float32)
        return PointCloud(motion(shape.points.astype(np.float64)).astype(np.float32), normals)
    return replace(shape, vertices=motion(shape.vertices.astype(np.float64)).astype(np.float32))


def _placed(asset: Asset, motion: Motion) -> Asset:
    mesh = replace(asset.mesh, vertices=motion(asset.mesh.vertices.astype(np.float64)).astype(np.float32))
    return replace(asset, mesh=mesh, normals=(asset.normals @ motion.rotation.T).astype(np.float32))
