"""Samples of images between pixels."""

import numpy as np
from jaxtyping import Float32

from maquette.ops import _native


def sample_bilinear(
    image: Float32[np.ndarray, "height width channels"],
    pixels: Float32[np.ndarray, "points 2"],
    wrap: bool = False,
) -> Float32[np.ndarray, "points channels"]:
    """Bilinear samples at continuous pixel coordinates (x, y; centres at +0.5).

    Args:
        wrap: Repeat the image beyond its border, as glTF textures do by default; otherwise clamp to it.
    """
    height, width, channels = image.shape
    out = np.empty((len(pixels), channels), np.float32)
    _native.call(
        "sample_bilinear", np.ascontiguousarray(image), np.ascontiguousarray(pixels), out, height, width,
        channels, len(pixels), int(wrap),
    )  # fmt: skip
    return out


def sample_guided(
    image: Float32[np.ndarray, "height width channels"],
    confidence: Float32[np.ndarray, "height width"],
    seen: Float32[np.ndarray, "height width 6"],
    pixels: Float32[np.ndarray, "points 2"],
    surface: Float32[np.ndarray, "points 6"],
    reach: float,
    contrast: float = 0.25,
    shifts: int = 4,
) -> Float32[np.ndarray, "points channels"]:
    """Samples of a coarse picture at surface points, sharp where the surface or the colour has an edge.

    Joint bilateral upsampling (Kopf et al. 2007), then mean shift over colour (Comaniciu and Meer 2002).

    Args:
        image: At most 8 channels.
        confidence: How much each pixel counts; 0 excludes it.
        seen: Position and unit normal of the surface at each pixel's centre; the normal is 0 where there is none.
        pixels: Where each point lies in the picture: continuous coordinates (x, y; centres at +0.5).
        surface: Position and unit normal of each point.
        reach: Pixels further than this from the point's tangent plane hardly count; world units.
        contrast: Pixels further than this in colour do not count in the mean shift.
        shifts: Steps of mean shift.
    """
    height, width, channels = image.shape
    out = np.empty((len(pixels), channels), np.float32)
    arrays = [np.ascontiguousarray(a) for a in (image, confidence, seen, pixels, surface)]
    status = _native.call(
        "sample_guided", *arrays, out, height, width, channels, len(pixels), shifts, reach, contrast
    )
    if status:
        raise ValueError(f"the image has {channels} channels; expected at most 8")
    return out
