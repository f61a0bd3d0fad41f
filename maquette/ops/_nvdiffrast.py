"""Visibility on CUDA tensors by nvdiffrast, where the user has installed it; its licence allows research only.

Only which triangle is seen comes from it. Weights, depth and every gradient are the reference's own, which run on
the GPU as they are, so that results differ in nothing but ties.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import Any

import torch
from jaxtyping import Float, Int32
from torch import Tensor


@functools.cache
def installed() -> bool:
    """Whether nvdiffrast can be imported; asking imports nothing."""
    return importlib.util.find_spec("nvdiffrast") is not None


@functools.cache
def _context(device: torch.device) -> Any:
    import nvdiffrast.torch as nvdiffrast  # pyright: ignore[reportMissingImports]

    return nvdiffrast.RasterizeCudaContext(device)


def visible(
    positions: Float[Tensor, "views vertices 4"], faces: Int32[Tensor, "faces 3"], height: int, width: int
) -> Int32[Tensor, "views height width"]:
    """The nearest face at every pixel centre, -1 where there is none."""
    import nvdiffrast.torch as nvdiffrast  # pyright: ignore[reportMissingImports]

    x, y, z, w = positions.detach().double().unbind(-1)
    far = z.max().clamp(min=1e-6)
    if bool((w == 1).all()):  # orthographic
        near = z.min()
        depth = (2 * z - near - far) / (far - near).clamp(min=1e-6) * 0.999
    else:
        far = far * 1.001
        near = torch.where(z > 1e-6, z, far).min().clamp(min=1e-4 * float(far)) * 0.999
        depth = (z * (far + near) - 2 * far * near) / (far - near)
    # Rows and columns grow with y and x on both sides: nothing is flipped.
    clip = torch.stack([2 * x / width - w, 2 * y / height - w, depth, w], -1).float().contiguous()
    seen, _ = nvdiffrast.rasterize(
        _context(positions.device), clip, faces, resolution=[height, width], grad_db=False
    )
    return seen[..., 3].round().int() - 1
