"""Photographs brought to one exposure and white balance, by what several of them show."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from jaxtyping import Float32, Float64

from maquette.artifacts import Mesh, Views
from maquette.ops import sample_bilinear
from maquette.ops.paint import prepare, trust
from maquette.texturing._sample import project
from maquette.texturing._texels import Texels

_POINTS = 15_000
_DARK = 0.02
"""Added to colours before their logarithm, so that black tells little."""
_USUAL = 0.1
"""Logarithm by which views of one point differ as light and gloss have it; what differs more counts less."""
_FURTHEST = float(np.log(2.0))
_ROUNDS = 6


def levelled(mesh: Mesh, views: Views, texels: Texels, sharpness: float) -> Views:
    """The views with colours multiplied, a channel of a view at a time, so that they agree on the surface.

    Gains between overlapping pictures by least squares (Brown and Lowe 2007, "Automatic panoramic image stitching
    using invariant features", section 6), of logarithms and robust; their mean over what is seen stays.
    """
    gains = exposures(mesh, views, texels, sharpness)
    rgb = np.clip(views.rgb / gains[:, None, None], 0, 1).astype(np.float32)
    return replace(views, rgb=rgb)


def exposures(mesh: Mesh, views: Views, texels: Texels, sharpness: float) -> Float32[np.ndarray, "views 3"]:
    """What each view's colours are multiplied by, beside the mean of all; 1 where nothing is known."""
    chosen = slice(None, None, max(len(texels.index) // _POINTS, 1))
    some = Texels(*(getattr(texels, field.name)[chosen] for field in fields(texels)))
    pictures = prepare(mesh.vertices, mesh.faces, views.cameras, views.rgb, views.alpha)
    weights = trust(pictures, some.positions, some.normals, sharpness).astype(np.float64)
    colors = np.stack(
        [
            sample_bilinear(views.rgb[view], project(views.cameras, view, some.positions)[0])
            for view in range(len(weights))
        ]
    )
    return gains_of(colors.astype(np.float64), weights).astype(np.float32)


def gains_of(
    colors: Float64[np.ndarray, "views points 3"], weights: Float64[np.ndarray, "views points"]
) -> Float64[np.ndarray, "views 3"]:
    """What each view's colours of the same points are multiplied by, beside the mean of all."""
    return np.exp(np.clip(_gains(np.log(colors + _DARK), weights), -_FURTHEST, _FURTHEST))


def _gains(
    logs: Float64[np.ndarray, "views points 3"], weights: Float64[np.ndarray, "views points"]
) -> Float64[np.ndarray, "views 3"]:
    """Offsets of each view that make the points' values agree, with a weighted mean of zero."""
    gains = np.zeros((len(logs), 3))
    for channel in range(3):
        values, robust = logs[..., channel], weights
        for _ in range(_ROUNDS):
            total = np.maximum(robust.sum(0), 1e-12)
            # The points' own values, eliminated, leave one equation a view.
            system = np.diag(robust.sum(1)) - (robust / total) @ robust.T
            mean = (robust * values).sum(0) / total
            side = (robust * (values - mean)).sum(1)
            gains[:, channel] = np.linalg.lstsq(system, side, rcond=1e-8)[0]
            free = values - gains[:, channel, None]
            off = free - (robust * free).sum(0) / total
            robust = weights / (1 + (off / _USUAL) ** 2)
        share = weights.sum(1)
        gains[:, channel] -= (share * gains[:, channel]).sum() / max(share.sum(), 1e-12)
        gains[share <= 0, channel] = 0
    return gains
