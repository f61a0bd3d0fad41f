"""From where a picture of a surface was taken: analysis by synthesis, coarse grid first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Float32
from scipy import ndimage

from maquette.artifacts import Asset, Cameras, Image, Views
from maquette.cameras import orbit, project
from maquette.errors import InputError
from maquette.formats.srgb import srgb_from_linear
from maquette.ops import interpolate_at, rasterize, sample_bilinear
from maquette.texturing._surface import Surface, base_color

_FRAME = 0.92  # of the square that the object's longer side takes, in the picture's crop and in every rendering
_COARSE, _FINE = 64, 128  # pixels across the renderings that are compared
_TEXELS = 128  # along each side of the texture that they are drawn with
_COLOR = 1.5  # what a difference of colours weighs beside a difference of outlines
_VERTICES = 1_000_000  # that are projected at once
_SIMPLEX = np.array([4.0, 4.0, 0.3, 0.01, 0.01, 0.02])  # where the last refinement looks first

Poses = Float[np.ndarray, "poses 6"]
"""Azimuth and elevation in degrees, log2 of the field of view in degrees; then how far the frame that shows the
object centred is moved right and down, in shares of it, and log2 of how far it is zoomed."""

Losses = Callable[[Poses, int], Float[np.ndarray, "poses"]]
"""How unlike the picture each pose makes the surface look, compared at so many pixels."""


@dataclass(frozen=True)
class FindCamera:
    """The perspective camera from which a textured surface looks most like a picture of it.

    Outlines are compared by their intersection over union, colours inside both up to one brightness. The best of
    a grid of poses are refined by the cross-entropy method (Rubinstein 1999) with fixed noise.
    """

    version: ClassVar[int] = 1

    azimuth_degrees: tuple[float, float] = (-70.0, 70.0)
    """0 is in front, 90 at the object's +X side."""
    elevation_degrees: tuple[float, float] = (-15.0, 50.0)
    fov_degrees: tuple[float, float] = (12.0, 55.0)
    """Full angle across the square that shows the object."""

    def __call__(self, asset: Asset, picture: Image) -> Views:
        """The picture as a view of the surface: its own pixels, with the camera that it was taken from.

        Args:
            asset: In the unit box, with its texture.
            picture: With its cut-out; one that is opaque is taken as all object.

        Raises:
            InputError: The picture shows nothing.
        """
        height, width, _ = picture.rgb.shape
        alpha = np.ones((height, width), np.float32) if picture.alpha is None else picture.alpha
        center, side = _window(alpha)
        packed = np.concatenate([picture.rgb * alpha[..., None], alpha[..., None]], -1)
        targets = {size: _crop(packed, center, side, size) for size in (_COARSE, _FINE)}
        small = _simple(asset)

        def losses(poses: Poses, size: int) -> Float[np.ndarray, "poses"]:
            # Dense meshes a few poses at a time, for memory's sake.
            step = max(1, _VERTICES // len(asset.mesh.vertices))
            parts = [poses[start : start + step] for start in range(0, len(poses), step)]
            cameras = [self._cameras(asset.mesh.vertices, part, size) for part in parts]
            return np.concatenate([_losses(small, each, targets[size]) for each in cameras])

        best = self._search(losses)
        camera = self._cameras(asset.mesh.vertices, best[None], 1)
        # From the unit square of the crop to the picture's pixels.
        intrinsics = camera.intrinsics.copy()
        intrinsics[:, :2] *= side
        intrinsics[:, 0, 2] += center[1] - side / 2
        intrinsics[:, 1, 2] += center[0] - side / 2
        camera = replace(camera, intrinsics=intrinsics, width=width, height=height)
        rgb = picture.rgb * (alpha > 0)[..., None]
        return Views(camera, rgb[None], alpha[None])

    def _search(self, losses: Losses) -> Float[np.ndarray, "6"]:
        from scipy.optimize import minimize  # a twentieth of a second, which a mesh does not have to wait

        azimuth = np.linspace(*self.azimuth_degrees, 11)
        elevation = np.linspace(*self.elevation_degrees, 6)
        fov = np.log2(np.geomspace(*self.fov_degrees, 3)[[0, 2]])
        grid = np.stack(np.meshgrid(azimuth, elevation, fov, [0.0], [0.0], [0.0], indexing="ij"), -1)
        grid = grid.reshape(-1, 6)
        first = losses(grid, _COARSE)
        ranges = [self.azimuth_degrees, self.elevation_degrees, np.log2(self.fov_degrees), *[(-0.1, 0.1)] * 3]
        low, high = np.array(ranges, np.float64).T
        rng = np.random.Generator(np.random.PCG64(0))
        starts = _apart(grid[np.argsort(first, kind="stable")], 3)
        ends = []
        for start in starts:
            pose, spread, loss = start, np.array([8.0, 8.0, 0.6, 0.02, 0.02, 0.03]), np.inf
            for _ in range(4):
                pose, spread, loss = _round(losses, _COARSE, pose, spread, low, high, rng, 24)
            ends.append((loss, pose))
        _, pose = min(ends, key=lambda end: end[0])
        # Outlines on pixels are steps: a simplex begun anew, the other way round, gets over what stops the first.
        for step in (_SIMPLEX, -_SIMPLEX / 2):
            simplex = np.concatenate([pose[None], pose + np.diag(step)])
            found = minimize(
                lambda pose: float(losses(np.clip(pose, low, high)[None], _FINE)[0]),
                pose,
                method="Nelder-Mead",
                options={"initial_simplex": simplex, "maxfev": 100},
            )
            pose = np.clip(found.x, low, high)
        return pose

    def _cameras(self, vertices: Float32[np.ndarray, "vertices 3"], poses: Poses, size: int) -> Cameras:
        """Cameras that show the vertices' bounding square at _FRAME of the image, moved as the poses say."""
        # An orbit's field of view is one for all its cameras; only the distance depends on it.
        cameras = orbit(poses[:, 0], poses[:, 1], size, fov_degrees=30.0)
        pose = cameras.world_to_camera.copy()
        pose[:, 2, 3] = 1.25 / 2 / np.tan(np.radians(2.0 ** poses[:, 2]) / 2)
        cameras = replace(cameras, world_to_camera=pose)
        pixels, _ = project(cameras, vertices)
        low, high = pixels.min(1), pixels.max(1)
        zoom = _FRAME * size / np.maximum((high - low).max(1), 1e-6) * 2.0 ** poses[:, 5]
        middle = (low + high) / 2
        intrinsics = cameras.intrinsics.copy()
        intrinsics[:, 0, 0] *= zoom
        intrinsics[:, 1, 1] *= zoom
        intrinsics[:, :2, 2] = size * (0.5 + poses[:, 3:5]) - zoom[:, None] * (middle - size / 2)
        return replace(cameras, intrinsics=intrinsics)


def _round(
    losses: Losses,
    size: int,
    pose: np.ndarray,
    spread: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    rng: np.random.Generator,
    count: int,
) -> tuple[np.ndarray, np.ndarray, float]:
    """One round of the cross-entropy method: draw around a pose, keep the best sixth, and look there closer."""
    drawn = np.clip(pose + spread * rng.standard_normal((count, 6)), low, high)
    drawn[0] = pose
    loss = losses(drawn, size)
    order = np.argsort(loss, kind="stable")[: max(4, count // 6)]
    return drawn[order].mean(0), 0.35 * spread + 0.5 * drawn[order].std(0), float(loss[order[0]])


def _apart(poses: Poses, count: int) -> list[np.ndarray]:
    """The first poses, from the best down, that are no neighbours of one another on the sphere."""
    kept: list[np.ndarray] = []
    for pose in poses:
        if all(np.abs(pose[:2] - other[:2]).max() > 20 for other in kept):
            kept.append(pose)
        if len(kept) == count:
            break
    return kept


def _simple(asset: Asset) -> Asset:
    """The asset with a small texture: what is drawn is small too."""
    texture = asset.material.base_color
    if texture is None:
        return asset
    step = max(1, min(texture.shape[:2]) // _TEXELS)
    rows, columns = texture.shape[0] // step, texture.shape[1] // step
    small = texture[: rows * step, : columns * step].reshape(rows, step, columns, step, 3).mean((1, 3))
    return replace(asset, material=replace(asset.material, base_color=small))


def _losses(
    asset: Asset, cameras: Cameras, target: Float32[np.ndarray, "size size 4"]
) -> Float[np.ndarray, "poses"]:
    """How unlike the target the surface looks from each camera: 0 is alike."""
    raster = rasterize(asset.mesh.vertices, asset.mesh.faces, cameras)
    hit = raster.face >= 0
    alpha = target[..., 3]
    both = np.where(hit, alpha, 0)
    union = hit.sum((1, 2)) + alpha.sum() - both.sum((1, 2))
    outline = 1 - both.sum((1, 2)) / np.maximum(union, 1e-6)
    common = np.flatnonzero((hit & (alpha > 0.5)).reshape(-1))
    drawn = _base_colors(asset, raster.face.reshape(-1)[common], raster.barycentric.reshape(-1, 2)[common])
    view, pixel = np.divmod(common, alpha.size)
    flat = target.reshape(-1, 4)[pixel]
    seen = flat[:, :3] / flat[:, 3:]
    count = len(cameras)
    gain = np.bincount(view, (seen * drawn).sum(-1), count) / np.maximum(
        np.bincount(view, (drawn**2).sum(-1), count), 1e-6
    )
    apart = ((seen - np.clip(gain[view, None] * drawn, 0, 1)) ** 2).mean(-1)
    color = np.bincount(view, apart, count) / np.maximum(np.bincount(view, minlength=count), 1)
    return outline + _COLOR * np.sqrt(color)


def _base_colors(asset: Asset, face: np.ndarray, barycentric: np.ndarray) -> Float32[np.ndarray, "points 3"]:
    """Base colour, sRGB-encoded, at points of the surface."""
    texture = asset.material.base_color
    if texture is None or asset.uv is None:
        return np.clip(srgb_from_linear(base_color(Surface.of(asset), face, barycentric)), 0, 1).astype(np.float32)
    uv = interpolate_at(face, barycentric, asset.uv[asset.mesh.faces])
    return sample_bilinear(texture, uv * np.array([texture.shape[1], texture.shape[0]], np.float32))


def _window(alpha: Float32[np.ndarray, "height width"]) -> tuple[tuple[float, float], float]:
    """Centre (row, column) and side, in pixels, of the square that shows what an alpha covers."""
    rows, columns = np.flatnonzero(alpha.max(1) > 0.3), np.flatnonzero(alpha.max(0) > 0.3)
    if len(rows) == 0 or len(columns) == 0:
        raise InputError("the picture shows nothing: it is transparent all over; expected one object")
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return ((top + bottom) / 2, (left + right) / 2), max(bottom - top, right - left) / _FRAME


def _crop(
    packed: Float32[np.ndarray, "height width 4"], center: tuple[float, float], side: float, size: int
) -> Float32[np.ndarray, "size size 4"]:
    """The square of `side` pixels around a centre, averaged down to `size`; zero outside the picture."""
    factor = side / size
    sigma = max(0.0, 0.5 * factor - 0.5)
    blurred = ndimage.gaussian_filter(packed, sigma, axes=(0, 1)) if sigma > 0 else packed
    grid = (np.arange(size) + 0.5) * factor - side / 2 - 0.5
    rows, columns = np.meshgrid(grid + center[0], grid + center[1], indexing="ij")
    layers = [ndimage.map_coordinates(blurred[..., c], [rows, columns], order=1, cval=0.0) for c in range(4)]
    return np.stack(layers, -1).astype(np.float32)
