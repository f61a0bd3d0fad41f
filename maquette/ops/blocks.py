"""A field sampled only near surfaces: blocks of 8 × 8 × 8 samples in a coarse grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

SIDE = 8
"""Samples along each side of a block."""
OUTSIDE, INSIDE = -1, -2
"""What the index says of a block without samples: far outside all surfaces, or far inside one."""


@dataclass(frozen=True)
class Blocks:
    """A truncated signed distance on a regular grid, negative inside, stored where it is not constant."""

    index: Int32[np.ndarray, "x y z"]
    """Number of the block at each place of the coarse grid, or OUTSIDE, or INSIDE."""
    values: Float32[np.ndarray, "blocks 8 8 8"]
    """World units, within the truncation."""
    weights: Float32[np.ndarray, "blocks 8 8 8"]
    """How much has been said about each sample; 0 where nothing."""
    truncation: float
    """World units; what the field is where there are no samples, with the sign that the index tells."""
    origin: tuple[float, float, float]
    """World position of sample (0, 0, 0) of the whole grid."""
    spacing: float
    """World units between samples."""
    gradients: Float32[np.ndarray, "blocks 8 8 8 3"] | None = None
    """Directions in which the field grows, of any length; zero where nothing is known."""
    colors: Float32[np.ndarray, "blocks 8 8 8 3"] | None = None
    """Means of what was seen nearby, encoded as the pictures are; zero where nothing was."""

    def dense(self) -> Float32[np.ndarray, "x8 y8 z8"]:
        """The whole grid."""
        far = np.where(self.index == INSIDE, -self.truncation, self.truncation).astype(np.float32)
        out = np.broadcast_to(far[..., None, None, None], (*self.index.shape, SIDE, SIDE, SIDE)).copy()
        held = self.index >= 0
        out[held] = self.values[self.index[held]]
        size = [SIDE * n for n in self.index.shape]
        return np.ascontiguousarray(out.transpose(0, 3, 1, 4, 2, 5).reshape(size))


def check_blocks(blocks: Blocks) -> None:
    """Raise ValueError unless the index names blocks that are there, and each array fits."""
    index, count = blocks.index, len(blocks.values)
    if index.ndim != 3 or not index.size or index.dtype != np.int32:
        raise ValueError(
            f"an index of {index.dtype} {index.shape}; expected int32, three axes, one block at least"
        )
    if index.min() < INSIDE or index.max() >= count:
        raise ValueError(f"the index names blocks {index.min()} to {index.max()}; there are {count}")
    if blocks.values.shape[1:] != (SIDE, SIDE, SIDE) or blocks.values.dtype != np.float32:
        raise ValueError(
            f"values of {blocks.values.dtype} {blocks.values.shape}; expected float32 (blocks, 8, 8, 8)"
        )
    if blocks.gradients is not None and blocks.gradients.shape != (count, SIDE, SIDE, SIDE, 3):
        raise ValueError(f"gradients of {blocks.gradients.shape}; expected ({count}, 8, 8, 8, 3)")
    if not 0 < blocks.truncation < np.inf:
        raise ValueError(f"truncation {blocks.truncation}; expected a number above 0")
