"""Lit pictures of a surface to its own colours: what light adds to them is found and taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from maquette.artifacts import Mesh, Views, check_mesh, check_views
from maquette.ops import fill_nearest, interpolate, rasterize, sample_bilinear
from maquette.ops.srgb import decode_srgb, encode_srgb
from maquette.texturing._exposure import gains_of
from maquette.texturing._lighting import Lighting, find_lighting, transfer
from maquette.texturing._patches import Patches, patches
from maquette.texturing._sample import only, project, trust
from maquette.texturing._texels import Texels

_DARK = 0.005
"""Added to colours before their logarithm: 8-bit pictures and mirrored light say little below it."""
_CLIPPED = 0.9
"""Linear values from which a picture's whites may be cut off."""
_SURE = 0.05
"""Trust from which a point counts as seen."""
_FEWEST_PIXELS, _FEWEST_POINTS = 1000, 100
"""Of the object in all pictures, and seen of the surface: with fewer there is no telling."""
_DOUBT = 2.0
"""How many times the differences that light does not explain it must make itself to be half believed."""
_WHITEST = 0.99
"""Quantile of the colours that may be at most 1."""


@dataclass(frozen=True)
class Delight:
    """Tells the light in pictures from the colours of what they show, by one distant light for all of them.

    Light is made of spherical harmonics up to degree 2 that the surface itself shadows; it is the one under which
    the surface has the fewest different colours. Where that cannot be told with some certainty, the light is taken
    to be nearer to even, and where next to nothing is left to take out, the pictures stay as they are.
    """

    faces: int = 16_000
    """About how many patches the surface is cut into."""
    crease_degrees: float = 40.0
    """Edges that turn by more are shaded sharp."""
    least_views: int = 3
    """Fewer pictures are left as they are."""
    least_contrast: float = 0.03
    """Light that varies less than this over the surface (standard deviation of its logarithm) is left in."""
    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh, views: Views) -> Views:
        """The views with `albedo`: their colours without light, at the pictures' mean exposure and white balance.

        Views that have albedo already are given back as they are, and so are those whose light cannot be told from
        colours: too few, too dark, or in light that is even.

        Raises:
            InputError: A mesh or views that are damaged, or hold something that is not a number.
        """
        check_mesh(mesh)
        check_views(views)
        if views.albedo is not None or len(views.cameras) < self.least_views:
            return views
        if (views.alpha > 0.5).sum() < _FEWEST_PIXELS:
            return views
        surface = patches(mesh, self.faces, self.crease_degrees)
        colors, weights = _observed(surface, views)
        gains = gains_of(colors, weights)
        diffuse = _median(colors / gains[:, None], weights)
        counts = surface.areas * (weights.max(0) > _SURE) * (diffuse.mean(-1) > _DARK)
        if (counts > 0).sum() < _FEWEST_POINTS:
            return views
        lighting = find_lighting(diffuse + _DARK, counts, transfer(surface), surface.mesh.vertices)
        shading = _tempered(lighting)
        if _contrast(shading, counts) < self.least_contrast:
            return views
        return _unlit(surface, views, shading, gains)


def _observed(
    surface: Patches, views: Views
) -> tuple[Float64[np.ndarray, "views points 3"], Float64[np.ndarray, "views points"]]:
    """Linear colours of the surface's points in each view, and how far each can be trusted."""
    points = surface.mesh.vertices
    nowhere = np.zeros(len(points), np.int64)
    weights = trust(surface.mesh, views, Texels(nowhere, points, surface.normals, nowhere), sharpness=1.0)
    colors = np.stack(
        [
            sample_bilinear(decode_srgb(views.rgb[view]), project(views.cameras, view, points)[0])
            for view in range(len(views.cameras))
        ]
    )
    cut_off = np.clip((colors.max(-1) - _CLIPPED) / (1 - _CLIPPED), 0, 1)
    return colors.astype(np.float64), (weights * (1 - 0.95 * cut_off)).astype(np.float64)


def _median(
    colors: Float64[np.ndarray, "views points 3"], weights: Float64[np.ndarray, "views points"]
) -> Float64[np.ndarray, "points 3"]:
    """Each point's colour in the views about the weighted median of its brightness: no highlight, no shadow."""
    brightness = colors.mean(-1)
    order = np.argsort(brightness, 0)
    below = np.cumsum(np.take_along_axis(weights, order, 0), 0)
    middle = np.minimum((below < 0.5 * below[-1]).sum(0), len(colors) - 1)
    usual = np.take_along_axis(brightness, np.take_along_axis(order, middle[None], 0), 0)
    near = weights * np.exp(-((np.log((brightness + _DARK) / (usual + _DARK)) / 0.1) ** 2))
    return (near[..., None] * colors).sum(0) / np.maximum(near.sum(0), 1e-12)[:, None]


def _tempered(lighting: Lighting) -> Float64[np.ndarray, "points 3"]:
    """The irradiance, nearer to even the less surely it was told from colours."""
    sure = lighting.contrast**2 / max(lighting.contrast**2 + (_DOUBT * lighting.doubt) ** 2, 1e-12)
    return lighting.irradiance**sure


def _contrast(shading: Float64[np.ndarray, "points 3"], counts: Float64[np.ndarray, "points"]) -> float:
    share = counts / counts.sum()
    logs = np.log(shading)
    return float(np.sqrt(share @ (logs - share @ logs) ** 2).mean())


def _unlit(
    surface: Patches,
    views: Views,
    shading: Float64[np.ndarray, "points 3"],
    gains: Float64[np.ndarray, "views 3"],
) -> Views:
    """The views with what is left of their colours without light, scaled down where that is more than white."""
    corners = np.log(shading).astype(np.float32)[surface.mesh.faces]
    albedo = np.zeros_like(views.rgb)
    for view in range(len(views.cameras)):
        raster = rasterize(surface.mesh.vertices, surface.mesh.faces, only(views.cameras, view))
        hit, on = raster.face[0] >= 0, views.alpha[view] > 0
        if not (hit & on).any():
            continue
        logs = interpolate(raster, corners)[0]
        if (on & ~hit).any():  # the pictures' outlines are not the mesh's
            logs = fill_nearest(logs, hit)
        albedo[view] = np.where(on[..., None], decode_srgb(views.rgb[view]) / np.exp(logs) / gains[view], 0)
    solid = views.alpha > 0.5
    white = float(np.quantile(albedo[solid].max(-1), _WHITEST)) if solid.any() else 1.0
    return replace(views, albedo=encode_srgb(np.clip(albedo / np.float32(max(white, 1.0)), 0, 1)))
