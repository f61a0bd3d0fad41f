"""Measures of whether six axis-aligned views show one solid object."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from maquette.artifacts import Views
from maquette.cameras import project, unproject


def hull(alpha: Float32[np.ndarray, "6 n n"]) -> Bool[np.ndarray, "n n n"]:
    """The largest solid that fits all silhouettes: voxels [y, z, x] with y down, z toward the front, x right."""
    front, right, back, left, top, down = alpha > 0.5
    side = right[:, ::-1] & left  # columns run toward the front
    plan = top & down[::-1]  # rows run toward the front
    face = front & back[:, ::-1]
    return face[:, None, :] & side[:, :, None] & plan[None, :, :]


def hull_reprojection_iou(views: Views) -> float:
    """Mean intersection over union of each silhouette with that of the visual hull of all six; 1 is consistent."""
    solid = hull(views.alpha)
    face, side, plan = (np.asarray(solid.any(axis)) for axis in (1, 2, 0))
    reprojected = (face, side[:, ::-1], face[:, ::-1], side, plan, plan[::-1])
    ratios = []
    for mine, mask in zip(reprojected, views.alpha > 0.5, strict=True):
        union = (mine | mask).sum()
        ratios.append((mine & mask).sum() / union if union else 1.0)
    return float(np.mean(ratios))


def depth_contradictions(views: Views, tolerance: float = 0.033) -> float:
    """Share of seen points that another view says are in empty space.

    A point contradicts a view when it falls outside that view's silhouette, or lies more than the tolerance (world
    units; two pixels of 64) in front of the nearest surface that the view has in the 3 x 3 pixels around it.
    """
    assert views.depth is not None
    points = unproject(views.cameras, views.depth)
    size = views.cameras.width
    nearest = _nearest_surface(np.where(views.alpha > 0.3, views.depth, np.inf))
    wrong = total = 0
    for view in range(len(views.cameras)):
        seen = points[view][views.alpha[view] > 0.95]
        pixels, depth = project(views.cameras, seen)
        for other in range(len(views.cameras)):
            if other == view:
                continue
            column, row = np.clip(pixels[other].astype(int), 0, size - 1).T
            wrong += int((depth[other] < nearest[other][row, column] - tolerance).sum())
            total += len(seen)
    return wrong / max(total, 1)


def _nearest_surface(depth: Float32[np.ndarray, "views n n"]) -> Float32[np.ndarray, "views n n"]:
    """The smallest depth among each pixel's 3 x 3 neighbours: the most lenient surface to be in front of."""
    padded = np.pad(depth, ((0, 0), (1, 1), (1, 1)), constant_values=np.inf)
    n = depth.shape[1]
    return np.min([padded[:, r : r + n, c : c + n] for r in range(3) for c in range(3)], axis=0)


def agreement(views: Views) -> float:
    """How well the views agree: hull-reprojection IoU less the share of contradicted depths, at most 1.

    Views of which one shows nothing do not agree however empty the others are: -1.
    """
    if not (views.alpha > 0.5).any((1, 2)).all():
        return -1.0
    return hull_reprojection_iou(views) - depth_contradictions(views)
