"""One size for all photographs: those of other shapes, upright among wide ones, are laid on a canvas."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

from maquette.errors import InputError
from maquette.formats.photographs._shot import Shot


def sizes(shots: list[Shot], longest: int) -> list[tuple[int, int]]:
    """Width and height that each picture is scaled to: the first's for all of its shape, their own for others."""
    own = [_fitted(shot.lens.width, shot.lens.height, longest) for shot in shots]
    return [own[0] if same_shape((shot.lens.width, shot.lens.height), own[0]) else size
            for shot, size in zip(shots, own, strict=True)]  # fmt: skip


def same_shape(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two pictures have one shape, but for rounding to whole pixels."""
    return abs(size[0] * other[1] - size[1] * other[0]) <= 2 * max(*size, *other)


def laid_out(
    rgba: Float32[np.ndarray, "own_height own_width 4"],
    intrinsics: Float64[np.ndarray, "3 3"],
    width: int,
    height: int,
    name: str,
) -> tuple[Float32[np.ndarray, "height width 4"], Float64[np.ndarray, "3 3"]]:
    """A picture in the middle of a canvas that is transparent around it, and its camera there.

    Raises:
        InputError: What it shows goes on beyond an edge that it does not share with the canvas: transparent would
            be wrong there.
    """
    own_height, own_width, _ = rgba.shape
    if (own_width, own_height) == (width, height):
        return rgba, intrinsics
    alpha = rgba[..., 3] > 0.5
    across = own_width < width and (alpha[:, 0].any() or alpha[:, -1].any())
    along = own_height < height and (alpha[0].any() or alpha[-1].any())
    if across or along:
        raise InputError(
            f"what {name} shows is cut off at its edge, and the pictures are of several shapes; expected all of "
            "the object in each picture then: leave this one out, or crop all to one shape"
        )
    left, top = (width - own_width) // 2, (height - own_height) // 2
    canvas = np.zeros((height, width, 4), np.float32)
    canvas[top : top + own_height, left : left + own_width] = rgba
    moved = intrinsics.copy()
    moved[:2, 2] += (left, top)
    return canvas, moved


def _fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(width, height))
    return max(round(width * scale), 1), max(round(height * scale), 1)
