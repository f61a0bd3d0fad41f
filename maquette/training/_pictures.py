"""Clean renders made like pictures from the world."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def roughen(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures [b, 4, 64, 64] in [0, 1], not premultiplied, as the network reads them: worn, in [-1, 1].

    Light and its colour vary; some are blurred, cut out a pixel too wide or too narrow with what was behind along
    the edge, not quite centred, or a little smaller; all have some noise. Draws come from a generator on the CPU.
    """
    b, device = len(pictures), pictures.device

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return (torch.rand(b, *shape, generator=generator) * (high - low) + low).to(device)

    def some(share: float) -> Tensor:
        return uniform(0, 1, 1, 1, 1) < share

    rgb, alpha = pictures[:, :3], pictures[:, 3:]
    rgb = (rgb * uniform(0.8, 1.2, 3, 1, 1) ** 0.5 * uniform(0.8, 1.2, 1, 1, 1)).clamp(0, 1)
    rgb = rgb ** uniform(0.8, 1.25, 1, 1, 1)
    wide, narrow = F.max_pool2d(alpha, 3, 1, 1), -F.max_pool2d(-alpha, 3, 1, 1)
    badly = some(0.3)
    behind = uniform(0, 1, 3, 1, 1)
    cut = (torch.where(some(0.6), wide, narrow) + alpha) / 2
    rgb = torch.where(badly, rgb * alpha + behind * (1 - alpha), rgb)
    alpha = torch.where(badly, cut, alpha)
    packed = torch.cat([(2 * rgb - 1) * alpha, alpha], 1)
    soft = F.avg_pool2d(F.pad(packed, (1, 1, 1, 1), mode="replicate"), 3, 1) * 0.75 + packed * 0.25
    packed = torch.where(some(0.4), soft, packed)
    # Moved by up to three pixels and down to nine tenths of its size.
    off = some(0.35).float()
    theta = torch.zeros(b, 2, 3, device=device)
    theta[:, 0, 0] = theta[:, 1, 1] = 1 + (off * uniform(0, 0.1, 1, 1, 1)).flatten()
    theta[:, :, 2] = (off * uniform(-0.09, 0.09, 2, 1, 1)).flatten(1)
    grid = F.affine_grid(theta, list(packed.shape), align_corners=False)
    packed = F.grid_sample(packed, grid, align_corners=False, padding_mode="zeros")
    packed = torch.cat([packed[:, :3], 2 * packed[:, 3:] - 1], 1)
    noise = torch.randn(packed.shape, generator=generator).to(device)
    return packed + noise * uniform(0, 0.03, 1, 1, 1)
