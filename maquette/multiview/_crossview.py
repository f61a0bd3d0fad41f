"""Which tokens of the three planes may meet: all of them, those on one epipolar line, or those of one plane.

The planes are axis-aligned and orthographic, so the epipolar line of a pixel is a row or a column of the other
plane: those that share its coordinate on the axis that both planes have (Huang et al. 2024, "EpiDiff", attends to
the neighbourhood of epipolar lines of perspective views).
"""

from __future__ import annotations

import functools
from typing import Literal

import torch
from torch import Tensor

CrossView = Literal["full", "epipolar", "none"]


def coordinates(grid: int) -> Tensor:
    """[3 * grid², 3] where each token lies along x (right), y (down) and z (toward the front); -1 is anywhere.

    Tokens run over planes (front, right, top), rows, columns, as in the network.
    """
    row, column = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    anywhere = torch.full_like(row, -1)
    front = torch.stack([column, row, anywhere], -1)
    right = torch.stack([anywhere, row, grid - 1 - column], -1)
    top = torch.stack([column, anywhere, row], -1)
    return torch.stack([front, right, top]).reshape(-1, 3)


@functools.lru_cache(maxsize=8)
def crossview_bias(grid: int, kind: CrossView, dtype: torch.dtype, device: torch.device) -> Tensor | None:
    """What to add to attention's scores, [1, 1, 3 * grid², 3 * grid²]: 0 where tokens may meet, -1e4 elsewhere.

    None where all may.
    """
    if kind == "full":
        return None
    plane = torch.arange(3).repeat_interleave(grid * grid)
    meet = plane[:, None] == plane
    if kind == "epipolar":
        place = coordinates(grid)
        shared = (place[:, None] >= 0) & (place >= 0)
        meet |= ((place[:, None] == place) & shared).any(-1)
    return torch.where(meet, 0.0, -1e4)[None, None].to(device, dtype)
