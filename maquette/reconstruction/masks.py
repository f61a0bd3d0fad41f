"""Photographs without masks to the object in them, that which they all look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label, zoom

from maquette.artifacts import Views, check_views
from maquette.cameras import unproject
from maquette.errors import InputError
from maquette.reconstruction._carving import biggest, distance_to
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction._segment import Mixture, cut

_CELL = 0.04
"""World units of the cells in which points that touch are one thing."""
_CROWD = 0.2
"""Points in a cell that is not chance, of what half of the points have in theirs."""
_ELSEWHERE = 2.0
"""Logarithm of how much less likely colours beside the object in other pictures are."""
_BENEFIT = 0.6
"""Logarithm of how many times likelier pixels near the object are taken to be inside at first."""


@dataclass(frozen=True)
class FindMasks:
    """Cuts out of posed photographs what they all show, by depth, colour and each other's outlines.

    What neighbouring pictures agree on in depth is the object where it is dense; its colours and those far from it
    cut every picture; what most cuts agree on in space corrects each of them (after Campbell et al. 2010,
    "Automatic 3D object segmentation in multiple views using volumetric graph-cuts").
    """

    version: ClassVar[int] = 2

    longest: int = 240
    """Pixels: pictures whose longer side has more are looked at with a whole factor fewer."""
    rounds: int = 4
    resolution: int = 96
    """Cells along each side of the box in which cuts are compared."""

    def __call__(self, views: Views) -> Views:
        """Return the views with alpha; their own is not looked at.

        Raises:
            InputError: The pictures agree on too little to tell an object, or are orthographic.
        """
        from maquette.reconstruction._sweep import projected

        check_views(views)
        if views.cameras.projection != "perspective":
            raise InputError("orthographic views without masks; expected photographs, or views with alpha")
        factor = max(-(-max(views.cameras.width, views.cameras.height) // self.longest), 1)
        small = reduced(replace(views, alpha=np.ones_like(views.alpha)), factor)
        points = object_points(small)
        count = len(small.alpha)
        inside = np.stack([covered(small, view, points) for view in range(count)])
        beside = np.stack([far_from(seeds, 0.45) for seeds in inside])
        low, high = np.quantile(points, [0.005, 0.995], axis=0)
        axis = (np.arange(self.resolution) + 0.5) / self.resolution - 0.5
        side = 1.8 * float((high - low).max())
        cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3) * side
        cells = (cells + (low + high) / 2).astype(np.float32)
        places = [projected(small.cameras, view, cells) for view in range(count)]
        # At first what is near belongs to it: a face has other colours than the hair that was recognised.
        lean = np.stack([_BENEFIT * (1 - far_from(seeds, 0.35)) for seeds in inside])
        masks = lean
        for turn in range(self.rounds):
            masks = cuts(small.rgb, inside, beside, lean)
            kept = self._kept(masks, places, strict=turn >= 2)
            for view in range(count):
                shadow = self._shadow(
                    kept, places[view], masks[view].shape, side * float(small.cameras.intrinsics[view, 0, 0])
                )
                lean[view] = np.clip(signed_distance(shadow) / 6, -1, 1)
                beside[view] = far_from(shadow, 0.2)
        if small.cameras.width == views.cameras.width:  # already as small as they may be
            factor = 1
        alpha = enlarged(masks, factor, views.alpha.shape)
        return replace(views, alpha=alpha, rgb=views.rgb * (alpha > 0)[..., None])

    def _kept(self, masks: np.ndarray, places: list, strict: bool) -> Bool[np.ndarray, "cells"]:
        """The largest piece of the cells that hardly any of the cuts that show them leaves out."""
        shown, out = np.zeros(self.resolution**3), np.zeros(self.resolution**3)
        for mask, (row, column, _, seen) in zip(masks, places, strict=True):
            away = distance_to(mask > 0.5)
            shown += seen
            out += seen & (away[row, column] > 0.9)
        few = 0.06 * shown if strict else np.maximum(0.06 * shown, 1)
        kept = (shown >= 3) & (out <= few)
        if not kept.any():
            raise nothing_common()
        return biggest(kept, self.resolution).ravel()

    def _shadow(
        self, kept: Bool[np.ndarray, "cells"], place: tuple, shape: tuple[int, ...], scale: float
    ) -> Bool[np.ndarray, "height width"]:
        """Where kept cells are in a picture."""
        row, column, z, seen = (each[kept] for each in place)
        out = np.zeros(shape, bool)
        out[row[seen], column[seen]] = True
        radius = 0.6 * scale / self.resolution / max(float(np.median(z)), 1e-6)
        return binary_dilation(out, np.ones((3, 3)), max(int(np.ceil(radius)), 1))


def object_points(views: Views) -> Float32[np.ndarray, "points 3"]:
    """Points on the surface of the largest thing whose depth the pictures agree on, swept twice."""
    from maquette.reconstruction._sweep import agreed, projected, sweep

    cameras = views.cameras
    middle = cameras.world_to_camera[:, 2, 3].astype(np.float64)
    near, far, tolerance = np.maximum(middle - 0.7, 0.15 * middle), middle + 1.2, 0.03
    points = np.zeros((0, 3), np.float32)
    for planes in (64, 72):
        found = sweep(cameras, views.rgb, near, far, planes)
        points = largest_cluster(unproject(cameras, found.depth)[agreed(cameras, found, tolerance)])
        low, high = np.quantile(points, [0.01, 0.99], axis=0)
        extent = float((high - low).max())
        depth = np.stack([projected(cameras, view, points)[2] for view in range(len(cameras))])
        nearest, farthest = np.quantile(depth, [0.01, 0.99], axis=1)
        near, far, tolerance = np.maximum(nearest - 0.25 * extent, 0.1), farthest + 0.6 * extent, 0.01
    return points


def largest_cluster(points: Float32[np.ndarray, "points 3"]) -> Float32[np.ndarray, "kept 3"]:
    """The points of the largest set of crowded cells that touch."""
    cell = np.floor(points / _CELL).astype(np.int64) + 64
    within = ((cell >= 0) & (cell < 128)).all(1)
    cell, points = cell[within], points[within]
    crowd = np.zeros((128, 128, 128), np.int32)
    np.add.at(crowd, tuple(cell.T), 1)
    usual = np.median(crowd[tuple(cell.T)]) if len(cell) else 0
    kept = points[biggest((crowd >= max(_CROWD * usual, 4)).ravel(), 128)[tuple(cell.T)]]
    if len(kept) < 500:
        raise nothing_common()
    return kept


def nothing_common() -> InputError:
    return InputError(
        "photographs without masks that agree on too little to tell the object from what is around it; expected "
        "one with texture, whole in most of them: give pictures with alpha, or masks/NAME.EXT.png beside them"
    )


def covered(views: Views, view: int, points: Float32[np.ndarray, "points 3"]) -> Bool[np.ndarray, "height width"]:
    """Where points of the object fall: inside its outline, whether they are seen from there or not."""
    from maquette.reconstruction._sweep import projected

    row, column, _, inside = projected(views.cameras, view, points)
    hits = np.zeros(views.alpha.shape[1:])
    np.add.at(hits, (row[inside], column[inside]), 1)
    # Windows that are compared reach over the outline, and what is beside it takes the object's depth.
    return binary_erosion(gaussian_filter(hits, 1.0) > 0.9, iterations=2)


def signed_distance(inside: Bool[np.ndarray, "height width"]) -> Float64[np.ndarray, "height width"]:
    """Pixels to the outline, positive inside."""
    return (distance_to(~inside) - distance_to(inside)).astype(np.float64)


def far_from(seeds: Bool[np.ndarray, "height width"], share: float) -> Bool[np.ndarray, "height width"]:
    """Pixels farther from the seeds than a share of their extent."""
    rows, columns = np.nonzero(seeds)
    if not len(rows):
        return np.ones_like(seeds)
    return distance_to(seeds) > share * max(np.ptp(rows), np.ptp(columns))


def cuts(
    rgb: Float32[np.ndarray, "views height width 3"],
    inside: Bool[np.ndarray, "views height width"],
    beside: Bool[np.ndarray, "views height width"],
    lean: Float64[np.ndarray, "views height width"],
) -> Float32[np.ndarray, "views height width"]:
    """Every picture cut by its own colours of the object, and everybody's colours beside it."""
    if beside.sum() < 500 or inside.sum() < 500:
        raise nothing_common()
    common, object_ = Mixture.of(rgb[beside], 8), Mixture.of(rgb[inside], 5)
    out = np.empty(lean.shape, np.float32)
    for view, picture in enumerate(rgb):
        own = Mixture.of(picture[inside[view]], 4) if inside[view].sum() >= 200 else object_
        against = common.log_density(picture)
        if beside[view].sum() >= 500:
            # Other pictures have other light: what is beside the object in its own counts for more.
            around = Mixture.of(picture[beside[view]], 5).log_density(picture)
            against = np.logaddexp(around, against - _ELSEWHERE)
        evidence = 0.35 * np.clip(own.log_density(picture) - against, -4, 4) + lean[view]
        out[view] = cut(np.where(inside[view], 4, evidence), picture)
        pieces = np.empty(out[view].shape, np.int32)
        label(out[view] > 0.5, output=pieces)
        out[view] *= np.isin(pieces, np.unique(pieces[inside[view]]))
    return out


def enlarged(
    masks: Float32[np.ndarray, "views small_height small_width"], factor: int, shape: tuple[int, ...]
) -> Float32[np.ndarray, "views height width"]:
    """Masks at the pictures' own size, with an edge of about a pixel; what `reduced` left over is as beside it."""
    smooth = np.asarray(zoom(masks, (1, factor, factor), order=1, grid_mode=True, mode="nearest"))
    missing = [(0, full - held) for full, held in zip(shape, smooth.shape, strict=True)]
    return np.clip((np.pad(smooth, missing, mode="edge") - 0.5) * factor + 0.5, 0, 1).astype(np.float32)
