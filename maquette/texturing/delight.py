"""Lit pictures of a surface to its own colours: what light adds to them is found and taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from maquette.artifacts import Mesh, Views, check_mesh, check_views
from maquette.cameras import unproject
from maquette.ops import fill_nearest, interpolate, rasterize, sample_bilinear
from maquette.ops.paint import prepare, trust
from maquette.ops.srgb import decode_srgb, encode_srgb
from maquette.texturing._exposure import gains_of
from maquette.texturing._gloss import Gloss, find_gloss, mirror
from maquette.texturing._lighting import FULL, Lighting, find_lighting, quantile, transfer
from maquette.texturing._patches import Patches, patches
from maquette.texturing._sample import only, project, view_directions
from maquette.texturing._surface import unit

_DARK = 0.005
"""Added to colours before their logarithm: 8-bit pictures and mirrored light say little below it."""
_CLIPPED = 0.9
"""Linear values from which a picture's whites may be cut off."""
_SURE = 0.2
"""Trust from which a point counts as seen."""
_OPEN = 0.15
"""Share of the sky that a point must face to be believed seen: less have those just beneath another surface."""
_FEWEST_PIXELS, _FEWEST_POINTS = 1000, 100
"""Of the object in all pictures, and seen of the surface: with fewer there is no telling."""
_FAINT = 0.1
"""Contrast of light of which half is believed at best: colours that happen to follow the shape make as much."""
_OWN = 0.3
"""The least share of what is seen that is taken for the surface's own, however much it mirrors."""
_DOUBT = 2.0
"""How many times the differences that light does not explain its contrast must be to be half believed."""
_WHITEST = 0.99
"""Quantile of the colours that may be at most 1."""
_SAMPLED = 2_000_000
"""Pixels of all pictures that are looked at for it."""


@dataclass(frozen=True)
class Delight:
    """Tells the light in pictures from the colours of what they show, by one distant light for all of them.

    Light is made of spherical harmonics up to degree 2 that the surface itself shadows; it is the one under which
    the surface has the fewest different colours. Where that cannot be told with some certainty, the light is taken
    to be nearer to even, and where next to nothing is left to take out, the pictures stay as they are. What many
    points mirror alike is taken out as gloss, of one roughness for the whole; all is metal, or nothing.
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
        """The views with `albedo`, their colours without light, and where gloss is clear with metallic-roughness.

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
        colors /= gains[:, None]
        gloss = find_gloss(surface, colors, weights, views.cameras)
        diffuse, seen, received = _median(colors, weights), weights.max(0), transfer(surface)
        counts = surface.areas * seen * (seen > _SURE) * (diffuse.mean(-1) > _DARK) * (received[:, 0] > _OPEN)
        if (counts > 0).sum() < _FEWEST_POINTS:
            return views
        shading = np.ones_like(diffuse)
        if gloss is None or not gloss.is_metal:
            found = _tempered(find_lighting(diffuse + _DARK, counts, received, surface.positions))
            if _contrast(found, counts) >= self.least_contrast:
                shading = found / quantile(found.mean(-1), counts, FULL)
            elif gloss is None:
                return views
        return _unlit(surface, views, shading, gains, gloss)


def _observed(
    surface: Patches, views: Views
) -> tuple[Float64[np.ndarray, "views points 3"], Float64[np.ndarray, "views points"]]:
    """Linear colours of the surface's points in each view, and how far each can be trusted."""
    points = surface.positions
    mesh = surface.mesh
    pictures = prepare(mesh.vertices, mesh.faces, views.cameras, views.rgb, views.alpha)
    weights = trust(pictures, points, surface.normals, sharpness=1.0)
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
    signal = lighting.contrast**2
    sure = signal / (signal + _FAINT**2 + (_DOUBT * lighting.doubt) ** 2)
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
    gloss: Gloss | None,
) -> Views:
    """The views with what is left of their colours without light, scaled down where that is more than white."""
    mesh, cameras = surface.mesh, views.cameras
    both = surface.at_vertices(np.concatenate([np.log(shading), surface.normals], -1))
    corners = both.astype(np.float32)[mesh.faces]
    albedo = np.zeros_like(views.rgb)
    for view in range(len(cameras)):
        raster = rasterize(mesh.vertices, mesh.faces, only(cameras, view))
        hit, on = raster.face[0] >= 0, views.alpha[view] > 0
        if not (hit & on).any():
            continue
        values = interpolate(raster, corners)[0]
        light, added = np.exp(values[..., :3]), np.zeros_like(views.rgb[view])
        if gloss is not None:
            points = unproject(only(cameras, view), raster.depth)[0][hit]
            mirrored = gloss.toward(mirror(unit(values[hit][:, 3:]), view_directions(cameras, points, view)))
            if gloss.is_metal:
                light[hit] = mirrored
            else:
                added[hit] = mirrored
        if (on & ~hit).any():  # the pictures' outlines are not the mesh's
            light, added = fill_nearest(light, hit), fill_nearest(added, hit)
        seen = decode_srgb(views.rgb[view]) / gains[view].astype(np.float32)
        albedo[view] = np.where(on[..., None], np.maximum(seen - added, _OWN * seen) / light, 0)
    some = views.alpha.size // _SAMPLED + 1
    brightest = albedo.reshape(-1, 3)[::some][views.alpha.reshape(-1)[::some] > 0.5].max(-1)
    white = max(float(np.quantile(brightest, _WHITEST)) if len(brightest) else 1.0, 1.0)
    for view in range(len(cameras)):  # many large pictures are not held twice
        albedo[view] = encode_srgb(albedo[view] / np.float32(white))
    if gloss is None:
        return replace(views, albedo=albedo)
    material = np.array([gloss.is_metal, gloss.roughness], np.float32)
    return replace(views, albedo=albedo, metallic_roughness=(views.alpha > 0)[..., None] * material)
