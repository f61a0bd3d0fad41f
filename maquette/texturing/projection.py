"""A posed picture onto a textured surface: its own pixels where it sees well, its light carried on elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import KDTree

from maquette.artifacts import Asset, Mesh, Views
from maquette.cameras import scaled
from maquette.ops import fill_nearest, rasterize, sample_bilinear, visibility
from maquette.texturing._sample import only, project, view_directions
from maquette.texturing._texels import Texels, texels_of

_DEPTH_PIXELS = 768  # along the longer side of the depth map that decides what is seen
_AGREEMENT_PIXELS = 256
_SOLID = 0.9  # coverage from which a pixel's colour is the object's own
_RIM = 0.012  # of the object's longer side: how far inside its outline colours are taken that are carried outside
_GAIN = 1.6  # the most that the picture's light changes a colour that it does not see
_TINT = 1.15  # the most that it changes a channel beyond all three
_DARK = 0.08  # added to colours before they are divided, so that the gains of dark ones stay small


@dataclass(frozen=True)
class ProjectPicture:
    """Paint a textured surface with a picture of it, and bring the rest into the picture's light.

    Texels that the picture sees take its pixels. Towards grazing angles and where the surface reaches beyond the
    picture's outline they keep their own colour, made brighter or darker as the picture is beside them.
    """

    version: ClassVar[int] = 2

    least_agreement: float = 0.6
    """A picture whose outline agrees less with the surface's (see `agreement`) is not used."""
    grazing_degrees: tuple[float, float] = (65.0, 82.0)
    """Angles between view and normal from which the picture counts less, and from which it does not count."""
    reach: float = 0.06
    """How far beyond its outline the picture's colours are carried, in shares of the object's longer side."""

    def __call__(self, asset: Asset, views: Views) -> Asset:
        """The asset with its base colour painted over.

        Args:
            asset: In the unit box; without a base colour texture it is left as it is.
            views: Pictures with their cameras and cut-outs; a later one paints over an earlier one.
        """
        for view, share in enumerate(agreement(asset.mesh, views)):
            if share >= self.least_agreement:
                asset = self._painted(asset, _one(views, view))
        return asset

    def _painted(self, asset: Asset, picture: Views) -> Asset:
        texture = asset.material.base_color
        if texture is None or asset.uv is None or texture.shape[0] != texture.shape[1]:
            return asset
        size, faces = len(texture), asset.mesh.faces
        texels = texels_of(asset.mesh.vertices[faces], asset.normals[faces], asset.uv[faces], size)
        own = texture.reshape(-1, 3)[texels.index]
        pixels, weight = self._seen(asset.mesh, picture, texels)
        image, solid = _extended(picture, _blur_pixels(asset.mesh, picture, texels), self.reach)
        weight *= sample_bilinear(solid[..., None], pixels)[:, 0]
        shown = sample_bilinear(image, pixels)
        colors = weight[:, None] * shown + (1 - weight[:, None]) * _relit(texels, own, shown, weight, size)

        out, known = np.zeros_like(texture), np.zeros(texture.shape[:2], bool)
        out.reshape(-1, 3)[texels.index] = np.clip(colors, 0, 1)
        known.reshape(-1)[texels.index] = True
        return replace(asset, material=replace(asset.material, base_color=fill_nearest(out, known)))

    def _seen(
        self, mesh: Mesh, picture: Views, texels: Texels
    ) -> tuple[Float32[np.ndarray, "texels 2"], Float32[np.ndarray, "texels"]]:
        """Where each texel lies in the picture, and how much the picture counts there."""
        cameras = scaled(picture.cameras, _DEPTH_PIXELS / max(picture.cameras.width, picture.cameras.height))
        depth = rasterize(mesh.vertices, mesh.faces, cameras).depth
        visible = visibility(texels.positions, texels.normals, cameras, depth, slack=0.002, slope_pixels=2)[0]
        fine, _ = project(cameras, 0, texels.positions)
        cosine = np.einsum("pi,pi->p", view_directions(cameras, texels.positions, 0), texels.normals)
        none, full = np.cos(np.radians(self.grazing_degrees[::-1]))
        facing = _smoothstep((cosine - none) / (full - none))
        pixels = fine * np.float32(picture.cameras.width / cameras.width)
        return pixels.astype(np.float32), (facing * visible).astype(np.float32)


def agreement(mesh: Mesh, views: Views) -> Float32[np.ndarray, "views"]:
    """Intersection over union of the surface's outline and each view's."""
    factor = min(1.0, _AGREEMENT_PIXELS / max(views.cameras.width, views.cameras.height))
    cameras = scaled(views.cameras, factor)
    hit = rasterize(mesh.vertices, mesh.faces, cameras).face >= 0
    columns, rows = np.meshgrid(np.arange(cameras.width) + 0.5, np.arange(cameras.height) + 0.5)
    pixels = np.stack(
        [columns * views.cameras.width / cameras.width, rows * views.cameras.height / cameras.height], -1
    )
    pixels = pixels.reshape(-1, 2).astype(np.float32)
    alpha = np.stack([sample_bilinear(each[..., None], pixels).reshape(hit.shape[1:]) for each in views.alpha])
    both = np.where(hit, alpha, 0).sum((1, 2))
    return (both / np.maximum(hit.sum((1, 2)) + alpha.sum((1, 2)) - both, 1e-6)).astype(np.float32)


def _one(views: Views, view: int) -> Views:
    return Views(only(views.cameras, view), views.rgb[view : view + 1], views.alpha[view : view + 1])


def _blur_pixels(mesh: Mesh, picture: Views, texels: Texels) -> float:
    """Deviation, in pixels, of the blur that keeps a picture finer than the texels from aliasing."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=-1).sum()) / 2
    texel = (area / max(len(texels.index), 1)) ** 0.5
    away = float(picture.cameras.world_to_camera[0, 2, 3]) if picture.cameras.projection == "perspective" else 1.0
    return max(0.0, 0.5 * texel * float(picture.cameras.intrinsics[0, 0, 0]) / away - 0.5)


def _extended(
    picture: Views, blur: float, reach: float
) -> tuple[Float32[np.ndarray, "height width 3"], Float32[np.ndarray, "height width"]]:
    """The picture's colours carried beyond its outline, and how much each pixel counts: 1 inside, falling outside.

    Pixels on the outline mix with the background, so they too take the colour of the nearest solid one.
    """
    alpha = picture.alpha[0]
    solid = alpha >= min(_SOLID, float(alpha.max()))
    found: Any = distance_transform_edt(~solid, return_indices=True)
    distance, (rows, columns) = found
    tall, wide = (np.flatnonzero(solid.any(axis)) for axis in (1, 0))
    longer = max(np.ptp(tall), np.ptp(wide)) + 1
    # From a little inside: the outermost pixels of real pictures still hold some of the background.
    place = np.stack(np.indices(alpha.shape))
    nearest = np.stack([rows, columns])
    inward = (nearest - place) / np.maximum(distance, 1e-6) * (_RIM * longer)
    inner = np.rint(nearest + inward).astype(np.int64)
    inner = np.clip(inner, 0, np.array(alpha.shape)[:, None, None] - 1)
    usable = (distance > 0) & solid[inner[0], inner[1]]
    rows, columns = np.where(usable, inner, nearest)
    image = picture.rgb[0][rows, columns]
    if blur > 0.2:
        image = gaussian_filter(image, blur, axes=(0, 1))
    return image.astype(np.float32), _smoothstep(2 - 2 * distance / (reach * longer)).astype(np.float32)


def _relit(
    texels: Texels,
    own: Float32[np.ndarray, "texels 3"],
    shown: Float32[np.ndarray, "texels 3"],
    weight: Float32[np.ndarray, "texels"],
    size: int,
) -> Float32[np.ndarray, "texels 3"]:
    """Own colours times what the picture makes of like colours nearby, and on the whole."""
    seen, rest = np.flatnonzero(weight > 0.7), np.flatnonzero(weight < 1)
    if not len(seen) or not len(rest):
        return own
    seen = seen[:: max(1, len(seen) // 8_000)]
    gain = np.log((shown[seen] + _DARK) / (own[seen] + _DARK))
    brighter = np.log((shown[seen].sum(-1) + 3 * _DARK) / (own[seen].sum(-1) + 3 * _DARK))[:, None]
    gain = np.clip(brighter, -np.log(_GAIN), np.log(_GAIN)) + np.clip(
        gain - brighter, -np.log(_TINT), np.log(_TINT)
    )
    features = np.concatenate([texels.positions, 0.1 * texels.normals, 0.5 * own], -1)
    # The gain is smooth, so one search serves a block of texels of one colour.
    row, column = np.divmod(texels.index[rest], size)
    tone = (own[rest] * 15.99).astype(np.int64) @ np.array([256, 16, 1])
    block = ((row // 4 * size + column // 4) * np.int64(1 << 12) + tone) * np.int64(1 << 20) + texels.face[rest]
    _, first, block = np.unique(block, return_index=True, return_inverse=True)
    distance, near = KDTree(features[seen]).query(features[rest[first]], k=min(24, len(seen)))
    distance, near = distance.reshape(len(first), -1), near.reshape(len(first), -1)
    share = 1 / (distance**2 + 0.03**2) ** 2
    whole = near.shape[1] / (0.25**2 + 0.03**2) ** 2  # as heavy as neighbours a quarter of the box away
    mixed = ((share[..., None] * gain[near]).sum(1) + whole * np.median(gain, 0)) / (share.sum(1) + whole)[:, None]
    out = own.copy()
    out[rest] = (own[rest] + _DARK) * np.exp(mixed)[block.reshape(-1)] - _DARK
    return np.clip(out, 0, 1).astype(np.float32)


def _smoothstep(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)
