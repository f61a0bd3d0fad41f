"""Views with alpha to the largest shape that fits all their outlines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras, Mesh, Views, check_views
from maquette.errors import InputError
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse, outline_distance
from maquette.ops.smooth import smooth
from maquette.reconstruction._floaters import without_floaters

_FINE = 4
"""Outline samples along each side of one pixel of the cameras that the grid is projected with."""


@dataclass(frozen=True)
class VisualHull:
    """Intersects the outlines of all views (Laurentini 1994): hollows that no outline shows are filled."""

    resolution: int = 160
    """Grid samples along each axis of the box."""
    frame: float = 1.1
    """World units across that box, centred at the origin."""
    slack: float = 0.0
    """Pixels by which every outline is moved outwards; cameras that are slightly off cut thin parts away."""
    least_share: float = 0.01
    """Separate pieces with less than this share of the volume go."""
    smoothing: int = 10
    """Rounds of smoothing between creases."""
    version: ClassVar[int] = 1

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the watertight hull; only alpha and cameras are looked at.

        Raises:
            InputError: The views show nothing, nothing that they agree on, or have no masks.
        """
        check_views(views)
        if (views.alpha > 0.5).all():
            raise InputError(
                "views without masks: alpha is 1 everywhere; expected the object cut out in each: give pictures "
                "with alpha or masks/NAME.EXT.png beside them, or find masks with FindMasks"
            )
        empty = np.flatnonzero(~(views.alpha > 0.5).any((1, 2)))
        if len(empty):
            raise InputError(
                f"view {empty[0]} shows nothing (alpha is below 0.5); expected the object in every one"
            )
        spacing = self.frame / self.resolution
        truncation = 3 * spacing
        corner = (spacing - self.frame) / 2
        origin = (corner, corner, corner)
        cameras, outlines = _coarse(views, truncation)
        nothing_seen = np.zeros((len(cameras), cameras.height, cameras.width, 5), np.float32)
        outlines -= np.float32(self.slack / _FINE)
        _, hull = fuse(cameras, outlines, nothing_seen, origin, spacing, self.resolution, truncation)
        vertices, faces = contour(hull, None, origin, spacing)
        if not len(faces):
            raise InputError(
                "the outlines of the views have nothing in common in the unit box; expected cameras of these "
                "pictures, and the object around the origin"
            )
        vertices, faces = without_floaters(vertices, faces, self.least_share)
        return Mesh(smooth(vertices, faces, self.smoothing, crease_degrees=40.0), faces)


def _coarse(views: Views, truncation: float) -> tuple[Cameras, Float32[np.ndarray, "views tall wide"]]:
    """Cameras of a quarter of the pixels, and distances to the outlines at every pixel, in their units.

    ops.fuse takes a plane for each of a camera's pixels; where there are only outlines, few will do.
    """
    cameras = views.cameras
    high, wide = (-(-side // _FINE) * _FINE for side in (cameras.height, cameras.width))
    padding = ((0, 0), (0, high - cameras.height), (0, wide - cameras.width))
    # Beyond the picture nothing is known: it goes on as it ends, rather than ending an object that is cut by it.
    alpha = np.pad(views.alpha, [(0, 0), (1, 1), (1, 1)], mode="edge")
    k = cameras.intrinsics[:, [0, 1], [0, 1]].max()
    distance = np.linalg.norm(cameras.world_to_camera[:, :3, 3], axis=-1).min()
    pixel = k if cameras.projection == "orthographic" else k / max(float(distance) - 0.9, 0.1)
    outlines = outline_distance(alpha, float(np.clip(2 * truncation * pixel, 4, 256)))[:, 1:-1, 1:-1]
    outlines = np.ascontiguousarray(np.pad(outlines, padding, mode="edge")) / np.float32(_FINE)
    intrinsics = cameras.intrinsics.copy()
    intrinsics[:, :2] /= _FINE
    return replace(cameras, intrinsics=intrinsics, width=wide // _FINE, height=high // _FINE), outlines
