"""Views as a generator draws them, with the unevenness of its noise and patches taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Views

_REACH = 8  # pixels; a generator's patches are as wide
_STEP = 2  # between the pixels that are looked at: the samples' own filter averages what lies between
_LARGEST = 0.2  # distance of colours that is never taken for noise


def noise_of(
    images: Float32[np.ndarray, "views height width channels"], alpha: Float32[np.ndarray, "views height width"]
) -> float:
    """The typical distance of a covered pixel's colour from its four neighbours' mean: 0 for plain colours."""
    around = [slice(None, -2), slice(2, None)]
    middle = (slice(None), slice(1, -1), slice(1, -1))
    crosses = [(slice(None), rows, slice(1, -1)) for rows in around] + [
        (slice(None), slice(1, -1), columns) for columns in around
    ]
    inside = np.min([alpha[cross] for cross in [middle, *crosses]], 0) > 0.99
    if not inside.any():
        return 0.0
    off = images[middle] - np.mean([images[cross] for cross in crosses], 0)
    return float(np.median(np.linalg.norm(off[inside], axis=-1)))


def even(
    images: Float32[np.ndarray, "views height width channels"],
    alpha: Float32[np.ndarray, "views height width"],
    factor: float,
    passes: int = 2,
) -> Float32[np.ndarray, "views height width channels"]:
    """Average every pixel with those around it whose colour differs by less than noise explains.

    A bilateral filter (Tomasi and Manduchi 1998) whose range is measured: pictures without noise stay as they are.

    Args:
        factor: How many times the noise two pixels may differ.
    """
    contrast = min(_LARGEST, factor * noise_of(images, alpha))
    if contrast < 0.02:
        return images
    _, height, width, _ = images.shape
    for _ in range(passes):
        total = np.zeros(alpha.shape, np.float32)
        mixed = np.zeros_like(images)
        for y in range(-_REACH, _REACH + 1, _STEP):
            for x in range(-_REACH, _REACH + 1, _STEP):
                spread = 1 - (x * x + y * y) / (1.1 * _REACH) ** 2
                if spread <= 0:
                    continue
                own = (slice(None), slice(max(0, -y), height - max(0, y)), slice(max(0, -x), width - max(0, x)))
                other = (slice(None), slice(max(0, y), height + min(0, y)), slice(max(0, x), width + min(0, x)))
                off = ((images[other] - images[own]) ** 2).sum(-1)
                weight = np.maximum(1 - off / contrast**2, 0) ** 2 * (alpha[other] ** 2 * np.float32(spread))
                total[own] += weight
                mixed[own] += weight[..., None] * images[other]
        images = np.where(total[..., None] > 1e-6, mixed / np.maximum(total, 1e-6)[..., None], images)
    return images


def evened(views: Views, factor: float) -> Views:
    """The views with even base colour, metallic and roughness."""
    covered = (views.alpha > 0)[..., None]
    base = even(views.rgb if views.albedo is None else views.albedo, views.alpha, factor) * covered
    rest = views.metallic_roughness
    return replace(
        views,
        albedo=base,
        metallic_roughness=None if rest is None else even(rest, views.alpha, factor) * covered,
    )
