"""Views with depth to a watertight mesh: outlines, depth and normals fused in a grid, and its surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Mesh, Views, check_views
from maquette.errors import InputError
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse
from maquette.ops.hull import Hull, steadied_outlines, visual_hull
from maquette.ops.integrate import covered, pixel_size, seen_surface
from maquette.ops.smooth import smooth
from maquette.reconstruction._floaters import without_floaters
from maquette.reconstruction._gaps import close_gaps, even_out
from maquette.reconstruction._outlines import fill_outlines


@dataclass(frozen=True)
class PlaneFusion:
    """Fuses views with depth into a closed manifold (Curless and Levoy 1996, with soft silhouettes)."""

    resolution: int = 128
    """Grid samples along each axis of the box that is fused."""
    frame: float = 1.1
    """World units across that box, centred at the origin."""
    truncation: float = 0.04
    """World units; distances are trusted within this of a surface."""
    outline_smoothing: float = 0.75
    """Standard deviation in pixels of the blur that steadies outlines."""
    outline_slack: float = 1.0
    """Pixels by which an outline gives way to the other views."""
    noise_factor: float = 1.0
    """How much noisier the depth is than it looks: above 1 where neighbouring pixels are off together."""
    noise_reach: float = 1.5
    """Standard deviations of the depth's noise by which a surface is taken to be thicker than it looks."""
    filling_slack: float = 1.2
    """Standard deviations of the depth's noise by which the mesh may stay within outlines before it is filled."""
    closing_reach: float = 2.0
    """Standard deviations of the depth's noise within which opposite walls of a gap must be mistaken."""
    evening_reach: float = 0.6
    """Standard deviations of the depth's noise over which surfaces away from the hull are blurred."""
    least_share: float = 0.005
    """Separate pieces with less than this share of the volume are floaters and go."""
    smoothing: int = 60
    """Rounds of smoothing between creases."""
    version: ClassVar[int] = 7

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the dense mesh that the views show.

        Raises:
            InputError: The views have no depth or normals, do not fit their cameras, hold what is no number, or
                show nothing that they agree on.
        """
        check_views(views)
        if views.depth is None or views.normals is None:
            raise InputError("views without depth or normals; plane fusion needs both: render them with the views")
        if not (views.alpha > 0.5).any():
            raise InputError("views that show nothing (alpha is below 0.5 everywhere); expected an object in them")
        outlines = steadied_outlines(views.cameras, views.alpha, self.truncation, self.outline_smoothing)
        spacing = self.frame / self.resolution
        corner = (spacing - self.frame) / 2
        origin = (corner, corner, corner)
        hull_seen = visual_hull(views.cameras, outlines, origin, spacing, self.resolution, self.truncation)
        planes, noise = _surface_planes(views, hull_seen, self.noise_factor)
        field, hull = fuse(
            views.cameras, outlines, planes, origin, spacing, self.resolution, self.truncation,
            self.outline_slack, self.noise_reach * noise,
        )  # fmt: skip
        field = fill_outlines(field, hull, views.cameras, outlines, origin, spacing, self.filling_slack * noise)
        field = close_gaps(field, hull, round(self.closing_reach * noise / spacing))
        field = even_out(field, hull, spacing, self.evening_reach * noise / spacing)
        vertices, faces = contour(field, None, origin, spacing)
        if not len(faces):
            raise InputError(
                "the views contradict one another so much that nothing is left of them; expected views of one "
                "object: try another seed"
            )
        vertices, faces = without_floaters(vertices, faces, self.least_share)
        # The more noise, the more must a surface bend to be taken for an edge.
        unsure = min(noise * float(views.cameras.intrinsics[:, 0, 0].max()) / 0.5, 1)
        return Mesh(smooth(vertices, faces, self.smoothing, crease_degrees=25 + 20 * unsure), faces)


def _surface_planes(
    views: Views, hull: Hull, noise_factor: float
) -> tuple[Float32[np.ndarray, "views height width 5"], float]:
    """The plane seen at each pixel, as ops.fuse takes it, and the noise found in the depth."""
    assert views.depth is not None
    assert views.normals is not None
    surface = seen_surface(views.cameras, views.alpha, views.depth, views.normals, hull, noise_factor)
    pixel = pixel_size(views.cameras, views.depth)
    cosine = 1 / np.sqrt(1 + ((surface.slope / np.where(pixel > 0, pixel, 1)) ** 2).sum(-1))
    weight = covered(views.alpha) * cosine * surface.support
    planes = [surface.depth, surface.slope[..., 0], surface.slope[..., 1], cosine, weight]
    return np.stack(planes, -1).astype(np.float32), surface.noise
