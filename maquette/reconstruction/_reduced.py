"""Views with fewer pixels: every square of them becomes one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from maquette.artifacts import Views

_LEAST = 32
"""Pixels along a side below which nothing is taken away."""


def reduced(views: Views, factor: int) -> Views:
    """Views of a factor fewer pixels along each side; what is left over at the right and below is lost.

    Colours, normals and depths are means over what alpha covers; normals become shorter where they disagree.
    """
    height, width = views.cameras.height // factor, views.cameras.width // factor
    if factor == 1 or min(height, width) < _LEAST:
        return views
    count = len(views.alpha)

    def blocks(channel: np.ndarray) -> np.ndarray:
        cropped = channel[:, : factor * height, : factor * width]
        return cropped.reshape(count, height, factor, width, factor, -1)

    weight = blocks(views.alpha)
    total = np.maximum(weight.sum((2, 4)), 1e-6)

    def mean(channel: np.ndarray | None) -> np.ndarray | None:
        if channel is None:
            return None
        out = (blocks(channel) * weight).sum((2, 4)) / total
        return out.reshape(count, height, width, *channel.shape[3:]).astype(np.float32)

    intrinsics = views.cameras.intrinsics.copy()
    intrinsics[:, :2] /= factor
    cameras = replace(views.cameras, intrinsics=intrinsics, width=width, height=height)
    alpha = weight.mean((2, 4))[..., 0].astype(np.float32)
    rgb = mean(views.rgb)
    assert rgb is not None
    return Views(
        cameras, rgb, alpha, mean(views.normals), mean(views.depth), mean(views.albedo),
        mean(views.metallic_roughness),
    )  # fmt: skip
