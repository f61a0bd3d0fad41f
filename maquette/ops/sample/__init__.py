"""Samples of images between pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from maquette.ops import _arrays, _native


def sample_bilinear(
    image: Float32[np.ndarray, "height width channels"],
    pixels: Float32[np.ndarray, "points 2"],
    wrap: bool = False,
) -> Float32[np.ndarray, "points channels"]:
    """Bilinear samples at continuous pixel coordinates (x, y; centres at +0.5).

    Args:
        wrap: Repeat the image beyond its border, as glTF textures do by default; otherwise clamp to it.

    Raises:
        ValueError: The image has no pixels.
    """
    image, pixels = _arrays.floats("image", image, -1, -1, -1), _arrays.floats("pixels", pixels, -1, 2)
    height, width, channels = image.shape
    if not height * width:
        raise ValueError(f"an image of {height} x {width}; expected a pixel at least")
    out = np.empty((len(pixels), channels), np.float32)
    _native.call("sample_bilinear", image, pixels, out, height, width, channels, len(pixels), int(wrap))
    return out


@dataclass(frozen=True, eq=False)
class Mipmaps:
    """An image and its halved copies, one after another."""

    texels: Float32[np.ndarray, "chain channels"]
    sizes: Int64[np.ndarray, "levels 3"]
    """Of each level, where it begins, its height and its width."""


def mipmaps(image: Float32[np.ndarray, "height width channels"], levels: int = 1) -> Mipmaps:
    """The image, and its means over areas at half the resolution, a quarter, ...: at most so many in all.

    Raises:
        ValueError: The image has no pixels.
    """
    chain = [_arrays.floats("image", image, -1, -1, -1)]
    if not chain[0].shape[0] * chain[0].shape[1]:
        raise ValueError(f"an image of {image.shape[0]} x {image.shape[1]}; expected a pixel at least")
    while len(chain) < levels and max(chain[-1].shape[:2]) > 1:
        chain.append(_halved(chain[-1]))
    starts = np.cumsum([0, *(level.shape[0] * level.shape[1] for level in chain[:-1])])
    sizes = np.array([[start, *level.shape[:2]] for start, level in zip(starts, chain, strict=True)], np.int64)
    flat = [level.reshape(-1, level.shape[-1]) for level in chain]
    return Mipmaps(flat[0] if len(flat) == 1 else np.concatenate(flat), sizes)


def sample_mipmaps(
    chain: Mipmaps, uv: Float32[np.ndarray, "points 2"], level: Float32[np.ndarray, "points"] | None = None
) -> Float32[np.ndarray, "points channels"]:
    """Bilinear samples at glTF texture coordinates, between two levels where a level is given; the image repeats.

    Args:
        level: 0 is the image itself, 1 half its resolution, and so on; clamped to those that there are.

    Raises:
        ValueError: A coordinate that is no number or beyond a million, a level that is no number, or arrays that
            do not fit.
    """
    uv = _arrays.floats("coordinates", uv, -1, 2)
    given = uv if level is None else _arrays.floats("levels", level, len(uv))
    out = np.empty((len(uv), chain.texels.shape[1]), np.float32)
    unusable = _native.call(
        "texture", chain.texels, chain.sizes, uv, given, out, 1, len(uv), 1, len(chain.texels),
        len(chain.sizes), chain.texels.shape[1], 0, int(level is not None),
    )  # fmt: skip
    if unusable:
        raise ValueError(f"{unusable} texture coordinates or levels are no numbers, or beyond a million")
    return out


def _halved(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        rows = image[::2] + image[1::2]
        return (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)
    image = np.einsum("oh,hwc->owc", _shares(height), image, optimize=True)
    return np.ascontiguousarray(np.einsum("ow,hwc->hoc", _shares(width), image, optimize=True))


def _shares(count: int) -> Float32[np.ndarray, "half count"]:
    """What share each of so many pixels has in each of half as many that cover the same length."""
    half = max(1, count // 2)
    edges = np.arange(half + 1)[:, None] * (count / half)
    pixel = np.arange(count)
    overlap = np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel)
    return (np.maximum(overlap, 0) * (half / count)).astype(np.float32)
