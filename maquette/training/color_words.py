"""Words for colours, by nearness to the eye."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.formats.srgb import linear_from_srgb
from maquette.training.props import COLORS

_MORE = {
    "red": ((0.55, 0.08, 0.08), (0.85, 0.30, 0.25)), "orange": ((0.88, 0.58, 0.28),),
    "yellow": ((0.98, 0.92, 0.50), (0.90, 0.78, 0.20)),
    "green": ((0.35, 0.70, 0.25), (0.10, 0.35, 0.12), (0.55, 0.78, 0.35), (0.30, 0.80, 0.58), (0.42, 0.48, 0.20)),
    "teal": ((0.10, 0.72, 0.72), (0.30, 0.62, 0.62)),
    "blue": ((0.20, 0.50, 0.90), (0.45, 0.70, 0.95), (0.10, 0.15, 0.40), (0.33, 0.42, 0.62), (0.70, 0.86, 0.96)),
    "purple": ((0.65, 0.40, 0.80), (0.30, 0.12, 0.40), (0.45, 0.40, 0.75)),
    "pink": ((0.98, 0.75, 0.80), (0.85, 0.25, 0.55)),
    "brown": ((0.58, 0.37, 0.22), (0.25, 0.15, 0.09), (0.72, 0.45, 0.30)),
    "tan": ((0.90, 0.82, 0.68), (0.70, 0.60, 0.45)), "white": ((1.0, 1.0, 1.0), (0.86, 0.87, 0.90)),
    "gray": ((0.68, 0.69, 0.72), (0.35, 0.36, 0.40)), "black": ((0.17, 0.17, 0.19),),
}  # fmt: skip
"""Further shades that people give the same word; sRGB-encoded."""
_PROTOTYPES = [(word, rgb) for word, own in COLORS.items() for rgb in (own, *_MORE.get(word, ()))]


def oklab(srgb: np.ndarray) -> np.ndarray:
    """sRGB-encoded colours [..., 3] to OKLab, where distance is about as large as it looks.

    Bjoern Ottosson 2020, "A perceptual color space for image processing".
    """
    linear = linear_from_srgb(np.asarray(srgb, np.float32))
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(np.maximum(cones, 0)) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def color_shares(srgb: Float32[np.ndarray, "pixels 3"]) -> list[tuple[str, float]]:
    """The share of pixels that each colour word fits best, largest first; sRGB-encoded."""
    prototypes = oklab(np.array([rgb for _, rgb in _PROTOTYPES], np.float32))
    # Lightness varies most within a word: a dark and a light red are both red.
    scale = np.array([0.7, 1.0, 1.0])
    distance = ((oklab(srgb)[:, None] - prototypes) * scale) ** 2
    counts = np.bincount(distance.sum(-1).argmin(1), minlength=len(_PROTOTYPES))
    shares: dict[str, float] = {}
    for (word, _), count in zip(_PROTOTYPES, counts, strict=True):
        shares[word] = shares.get(word, 0.0) + float(count) / max(len(srgb), 1)
    return sorted(((w, s) for w, s in shares.items() if s > 0), key=lambda pair: (-pair[1], pair[0]))
