"""Likeness of pictures, and the ring of views from which objects are compared.

Pictures are (height, width, channels) or (height, width), with values in [0, 1].
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter

from maquette.artifacts import Asset, Cameras, Views
from maquette.cameras import orbit
from maquette.texturing.render import render_views

GREY = 0.5
"""What stands behind objects in compared pictures: white and black ones both show on it."""
HIGHEST_PSNR = 100.0
"""Decibels said of pictures that are the same."""
_AZIMUTHS, _ELEVATION = 8, 20.0
_FRAME = 1.8  # world units across a view: the unit box's diagonal and what perspective adds to it


def psnr(a: Float[np.ndarray, "..."], b: Float[np.ndarray, "..."]) -> float:
    """Peak signal to noise in decibels over all pixels and channels, at most HIGHEST_PSNR."""
    error = float(((a.astype(np.float64) - b) ** 2).mean())
    return min(-10 * float(np.log10(max(error, 1e-300))), HIGHEST_PSNR)


def ssim(a: Float[np.ndarray, "height width *channels"], b: Float[np.ndarray, "height width *channels"]) -> float:
    """Structural similarity, the mean over channels and over the pixels whose window lies in the picture.

    Wang et al. (2004), "Image quality assessment: from error visibility to structural similarity", with their
    constants: Gaussian windows of deviation 1.5 cut to 11 pixels, K1 = .01, K2 = .03.

    Raises:
        ValueError: The pictures differ in size or are smaller than a window.
    """
    if a.shape != b.shape or min(a.shape[:2]) < 11:
        raise ValueError(f"pictures of {a.shape} and {b.shape}; expected the same size, 11 pixels at least")
    x, y = a.astype(np.float64), b.astype(np.float64)

    def mean(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image, 1.5, radius=5, axes=(0, 1))[5:-5, 5:-5]

    mx, my = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return float((((2 * mx * my + c1) * (2 * xy + c2)) / ((mx**2 + my**2 + c1) * (xx + yy + c2))).mean())


def silhouette_iou(a: Float[np.ndarray, "height width"], b: Float[np.ndarray, "height width"]) -> float:
    """Intersection over union of two coverages; two empty ones agree."""
    union = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / union if union else 1.0


def ring(size: int) -> Cameras:
    """Eight perspective cameras around the unit box, level 20°, azimuths 0, 45, … 315°."""
    azimuths = np.arange(_AZIMUTHS) * (360.0 / _AZIMUTHS)
    return orbit(azimuths, np.full(_AZIMUTHS, _ELEVATION), size, frame=_FRAME)


def ring_views(asset: Asset, size: int) -> Views:
    """Unlit pictures of an asset that lies in the unit box, `size` pixels along each side."""
    return render_views(asset, ring(size))


def shown(views: Views) -> Float32[np.ndarray, "views height width 3"]:
    """Base colours on grey."""
    alpha = views.alpha[..., None]
    return views.rgb * alpha + GREY * (1 - alpha)


def shown_normals(views: Views) -> Float32[np.ndarray, "views height width 3"]:
    """Normals as colours, turned towards the camera, on the grey of a normal of zero."""
    assert views.normals is not None
    toward = -views.cameras.world_to_camera[:, 2, :3][:, None, None]
    facing = np.where((views.normals * toward).sum(-1, keepdims=True) < 0, -views.normals, views.normals)
    return (0.5 + 0.5 * facing * views.alpha[..., None]).astype(np.float32)
