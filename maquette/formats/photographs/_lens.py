"""Lenses: where a direction falls in a picture as the camera took it, and pictures with that undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy.ndimage import map_coordinates

from maquette.errors import InputError


@dataclass(frozen=True)
class Lens:
    """A picture's size, its intrinsics and the distortion before them.

    Brown: OpenCV's rational model, k1, k2, p1, p2, k3, k4, k5, k6. Fisheye: OpenCV's (Kannala and Brandt 2006),
    k1 to k4 on the angle.
    """

    width: int
    height: int
    intrinsics: Float64[np.ndarray, "3 3"]
    """Pixels, with skew; pixel centres at +0.5."""
    model: Literal["brown", "fisheye"] = "brown"
    distortion: tuple[float, ...] = ()
    """Missing coefficients are zero."""

    @property
    def straight(self) -> bool:
        """Whether the picture is as a pinhole camera without skew would take it."""
        return self.model == "brown" and not any(self.distortion) and float(self.intrinsics[0, 1]) == 0.0


def scaled(lens: Lens, width: int, height: int) -> Lens:
    """The same lens before a picture of another size."""
    scale = np.array([[width / lens.width], [height / lens.height], [1]])
    return replace(lens, width=width, height=height, intrinsics=lens.intrinsics * scale)


def distorted(lens: Lens, directions: Float[np.ndarray, "*points 2"]) -> Float64[np.ndarray, "*points 2"]:
    """Where the lens puts what a pinhole has at x / z, y / z, still before the intrinsics."""
    x, y = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    r2 = x * x + y * y
    if lens.model == "fisheye":
        k1, k2, k3, k4 = (*lens.distortion, 0, 0, 0, 0)[:4]
        r = np.sqrt(r2)
        angle = np.arctan(r)
        a2 = angle * angle
        bent = angle * (1 + a2 * (k1 + a2 * (k2 + a2 * (k3 + a2 * k4))))
        factor = np.where(r > 1e-9, bent / np.maximum(r, 1e-9), 1.0)
        return np.stack([x * factor, y * factor], -1)
    k1, k2, p1, p2, k3, k4, k5, k6 = (*lens.distortion, 0, 0, 0, 0, 0, 0, 0, 0)[:8]
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        -1,
    )


def pixels(lens: Lens, directions: Float[np.ndarray, "*points 2"]) -> Float64[np.ndarray, "*points 2"]:
    """Pixel coordinates, in the picture as taken, of directions x / z, y / z."""
    bent = distorted(lens, directions)
    return bent @ lens.intrinsics[:2, :2].T + lens.intrinsics[:2, 2]


def straightened(
    picture: Float32[np.ndarray, "height width 4"], lens: Lens, name: str
) -> tuple[Float32[np.ndarray, "height width 4"], Float64[np.ndarray, "3 3"]]:
    """The picture as a pinhole camera of the same size would take it, and its intrinsics.

    The focal length grows by as little as is needed for every pixel to have been seen. Sampled bilinearly, colours
    weighted by alpha.

    Raises:
        InputError: The coefficients fold the picture over itself, which no lens does.
    """
    if lens.straight:
        return picture, lens.intrinsics
    pinhole = lens.intrinsics * np.array([[1, 0, 1], [0, 1, 1], [0, 0, 1]])
    with np.errstate(all="ignore"):  # wild coefficients are found by their result
        pinhole = _filled(lens, pinhole, name)
        source = pixels(lens, _directions(pinhole, lens.width, lens.height, 0.5))
    premultiplied = picture.copy()
    premultiplied[..., :3] *= picture[..., 3:]
    at = np.moveaxis(source, -1, 0)[::-1] - 0.5
    out = np.stack([map_coordinates(c, at, order=1, mode="nearest") for c in premultiplied.transpose(2, 0, 1)], -1)
    out[..., :3] /= np.maximum(out[..., 3:], 1e-6)
    return np.clip(out, 0, 1).astype(np.float32), pinhole


def _filled(lens: Lens, pinhole: np.ndarray, name: str) -> np.ndarray:
    """The pinhole of the shortest focal length, at least the lens's, that sees only what the lens saw."""

    def fits(zoom: float) -> bool:
        corners = pixels(lens, _directions(_zoomed(pinhole, zoom), lens.width, lens.height, 0.0, 33))
        x, y = np.moveaxis(corners, -1, 0)
        # A fold turns neighbours round: the area between them changes its sign.
        dx, dy = np.diff(corners, axis=1)[:-1], np.diff(corners, axis=0)[:, :-1]
        upright = bool((dx[..., 0] * dy[..., 1] - dx[..., 1] * dy[..., 0] > 0).all())
        slack = 0.5
        within = (x >= -slack) & (x <= lens.width + slack) & (y >= -slack) & (y <= lens.height + slack)
        return upright and bool(within.all())

    if fits(1.0):
        return pinhole
    low, high = 1.0, 4.0
    if not fits(high):
        raise InputError(
            f"{name}: lens distortion ({', '.join(f'{value:g}' for value in lens.distortion)}) that folds the "
            "picture over itself or throws it away; expected a camera's own: calibrate it again"
        )
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return _zoomed(pinhole, high)


def _zoomed(intrinsics: np.ndarray, zoom: float) -> np.ndarray:
    return intrinsics * np.array([[zoom, 1, 1], [1, zoom, 1], [1, 1, 1]])


def _directions(
    intrinsics: np.ndarray, width: int, height: int, first: float, count: int | None = None
) -> Float64[np.ndarray, "rows columns 2"]:
    """x / z, y / z at every pixel's centre (first 0.5), or on a grid of `count` points a side, border included."""
    u = np.arange(width) + first if count is None else np.linspace(0, width, count)
    v = np.arange(height) + first if count is None else np.linspace(0, height, count)
    u, v = np.meshgrid(u, v)
    k = intrinsics
    return np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1]], -1)
