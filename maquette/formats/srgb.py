"""The sRGB transfer curve (IEC 61966-2-1) on arrays of any shape, values in [0, 1]."""

import numpy as np


def linear_from_srgb(encoded: np.ndarray) -> np.ndarray:
    """Linear values of sRGB-encoded ones."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: np.ndarray) -> np.ndarray:
    """sRGB-encoded values of linear ones."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
