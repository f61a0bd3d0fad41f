"""Views with depth to a watertight mesh: outlines, depth and normals fused in a grid, and its surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Int32
from scipy.ndimage import gaussian_filter, map_coordinates

from maquette.artifacts import Cameras, Mesh, Views
from maquette.cameras import project, unproject
from maquette.errors import InputError
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse, outline_distance
from maquette.ops.smooth import smooth
from maquette.ops.topology import components, select, signed_volumes
from maquette.reconstruction._depth import integrate
from maquette.reconstruction._gaps import close_gaps, even_out
from maquette.reconstruction._hull import Hull, visual_hull
from maquette.reconstruction._outlines import fill_outlines

SCALE = 2
"""Samples of the outlines per pixel."""
ALIKE = 0.94
"""Cosine between normals below which a surface and the hull do not lie alike."""


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
    noise_reach: float = 1.5
    """Standard deviations of the depth's noise by which a surface is taken to be thicker than it looks."""
    closing_reach: float = 2.0
    """Standard deviations of the depth's noise within which opposite walls of a gap must be mistaken."""
    evening_reach: float = 0.6
    """Standard deviations of the depth's noise over which surfaces away from the hull are blurred."""
    least_share: float = 0.005
    """Separate pieces with less than this share of the volume are floaters and go."""
    smoothing: int = 60
    """Rounds of smoothing between creases."""
    version: ClassVar[int] = 5

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the dense mesh that the views show.

        Raises:
            InputError: The views have no depth or normals, show nothing, or nothing that they agree on.
        """
        if views.depth is None or views.normals is None:
            raise InputError("views without depth or normals; plane fusion needs both: render them with the views")
        if not (views.alpha > 0.5).any():
            raise InputError("views that show nothing (alpha is below 0.5 everywhere); expected an object in them")
        outlines = _outlines(views, self.truncation, self.outline_smoothing)
        spacing = self.frame / self.resolution
        corner = (spacing - self.frame) / 2
        origin = (corner, corner, corner)
        hull_seen = visual_hull(views.cameras, outlines, origin, spacing, self.resolution, self.truncation)
        planes, noise = _surface_planes(views.cameras, views.alpha, views.depth, views.normals, hull_seen)
        field, hull = fuse(
            views.cameras, outlines, planes, origin, spacing, self.resolution, self.truncation,
            self.outline_slack, self.noise_reach * noise,
        )  # fmt: skip
        field = fill_outlines(field, hull, views.cameras, outlines, origin, spacing)
        field = close_gaps(field, hull, round(self.closing_reach * noise / spacing))
        field = even_out(field, hull, spacing, self.evening_reach * noise / spacing)
        vertices, faces = contour(field, None, origin, spacing)
        if not len(faces):
            raise InputError(
                "the views contradict one another so much that nothing is left of them; expected views of one "
                "object: try another seed"
            )
        vertices, faces = _without_floaters(vertices, faces, self.least_share)
        # The more noise, the more must a surface bend to be taken for an edge.
        unsure = min(noise * float(views.cameras.intrinsics[:, 0, 0].max()) / 0.5, 1)
        return Mesh(smooth(vertices, faces, self.smoothing, crease_degrees=25 + 20 * unsure), faces)


def _outlines(views: Views, truncation: float, smoothing: float) -> Float32[np.ndarray, "views tall wide"]:
    """Distance to each view's outline in pixels, steadied along it, opposite views agreed."""
    pixels_per_unit = float(views.cameras.intrinsics[:, 0, 0].max())
    blur = (0, 0.5 * smoothing, 0.5 * smoothing)
    distance = outline_distance(gaussian_filter(views.alpha, blur), 2 * truncation * pixels_per_unit, SCALE)
    # Blurring distances, unlike coverage, keeps straight outlines where they are however thin what they bound.
    return _agree(views.cameras, gaussian_filter(distance, (0, SCALE * smoothing, SCALE * smoothing)))


def _agree(
    cameras: Cameras, outlines: Float32[np.ndarray, "views tall wide"]
) -> Float32[np.ndarray, "views tall wide"]:
    """Average the outlines of orthographic views from opposite sides, which are mirror images of one another."""
    if cameras.projection != "orthographic":
        return outlines
    forward = cameras.world_to_camera[:, 2, :3]
    opposite = forward @ forward.T < -0.9999
    height, width = outlines.shape[1:]
    finer = np.array([[SCALE], [SCALE], [1]], np.float32)

    def only(view: int) -> Cameras:
        pose, intrinsics = cameras.world_to_camera[[view]], cameras.intrinsics[[view]] * finer
        return Cameras(pose, intrinsics, width, height, "orthographic")

    out = outlines.copy()
    for view in map(int, np.flatnonzero(opposite.any(1))):
        other = int(np.argmax(opposite[view]))
        points = unproject(only(view), np.zeros_like(outlines[:1])).reshape(-1, 3)
        pixels = project(only(other), points)[0][0]
        mirrored = map_coordinates(outlines[other], pixels[:, ::-1].T - 0.5, order=1, mode="nearest")
        out[view] = (outlines[view] + mirrored.reshape(height, width)) / 2
    return out


def _surface_planes(
    cameras: Cameras,
    alpha: Float32[np.ndarray, "views height width"],
    depth: Float32[np.ndarray, "views height width"],
    normals: Float32[np.ndarray, "views height width 3"],
    hull: Hull,
) -> tuple[Float32[np.ndarray, "views height width 5"], float]:
    """The plane seen at each pixel, as ops.fuse takes it, and the noise found in the depth."""
    local = np.einsum("vij,vhwj->vhwi", cameras.world_to_camera[:, :3, :3], normals)
    cosine = np.clip(-local[..., 2], 0.15, 1)  # grazing planes are held at 81 degrees
    pixel = 1 / cameras.intrinsics[:, [0, 1], [0, 1]][:, None, None].astype(np.float64)
    if cameras.projection == "perspective":
        pixel = pixel * depth[..., None]
    covered = np.clip((alpha - 0.3) / 0.4, 0, 1)
    typical = float(np.median(np.broadcast_to(pixel, (*depth.shape, 2))[alpha > 0.5]))
    agreement = np.clip(((hull.normals * normals).sum(-1) - ALIKE) / (1 - ALIKE) * 2, 0, 1)
    slope = local[..., :2] / cosine[..., None] * pixel
    surface = integrate(depth, slope, cosine, covered, typical, hull.depth, agreement)
    cosine = 1 / np.sqrt(1 + ((surface.slope / np.where(pixel > 0, pixel, 1)) ** 2).sum(-1))
    weight = covered * cosine * surface.support
    planes = [surface.depth, surface.slope[..., 0], surface.slope[..., 1], cosine, weight]
    return np.stack(planes, -1).astype(np.float32), surface.noise


def _without_floaters(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], least_share: float
) -> tuple[Float32[np.ndarray, "kept 3"], Int32[np.ndarray, "kept_faces 3"]]:
    """Drop small pieces, and the walls of closed cavities, which are wound inwards."""
    labels = components(faces)
    volumes = signed_volumes(vertices, faces, labels)
    kept = volumes >= least_share * volumes.clip(0).sum()
    return select(vertices, faces, kept[labels])
