"""The sRGB transfer curve over whole images; `maquette.formats.srgb` is its definition."""

import numpy as np
from jaxtyping import Float32

from maquette.ops import _arrays, _native


def decode_srgb(encoded: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Linear values of sRGB-encoded ones, clamped to [0, 1]; to 1e-7."""
    return _mapped("srgb_decode", encoded)


def encode_srgb(linear: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """sRGB-encoded values of linear ones, clamped to [0, 1]; to 1e-6."""
    return _mapped("srgb_encode", linear)


def _mapped(name: str, values: np.ndarray) -> np.ndarray:
    out = np.empty(values.shape, np.float32)
    _native.call(name, _arrays.floats("values", values), out, values.size)
    return out
