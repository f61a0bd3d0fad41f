"""The readable definition of `texture`: in torch, which differentiates it. Runs on any device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Wrap = Literal["repeat", "clamp", "mirror"]


def texture(
    chain: Sequence[Float[Tensor, "views_or_1 _ _ channels"]],
    uv: Float[Tensor, "views rows columns 2"],
    level: Float[Tensor, "views rows columns"] | None,
    wrap: Wrap,
) -> Float[Tensor, "views rows columns channels"]:
    """Look up a chain of halved images: bilinear in each, linear between the two around `level`."""
    if level is None:
        return bilinear(chain[0], uv, wrap)
    level = level.clamp(0, len(chain) - 1)
    shares = [(1 - (level - index).abs()).clamp(min=0)[..., None] for index in range(len(chain))]
    return sum(
        (share * bilinear(image, uv, wrap) for share, image in zip(shares, chain, strict=True)), uv.new_zeros(1)
    )


def bilinear(
    image: Float[Tensor, "views_or_1 height width channels"], uv: Float[Tensor, "views rows columns 2"], wrap: Wrap
) -> Float[Tensor, "views rows columns channels"]:
    """Blend the four texels around each point; texel (r, c) has its centre at ((c + 0.5) / W, (r + 0.5) / H)."""
    height, width = image.shape[1:3]
    x, y = uv[..., 0].double() * width - 0.5, uv[..., 1].double() * height - 0.5
    left, top = x.detach().floor(), y.detach().floor()
    x, y = ((x - left).to(uv.dtype)[..., None], (y - top).to(uv.dtype)[..., None])
    c0, c1 = (_wrapped(left.long() + i, width, wrap) for i in range(2))
    r0, r1 = (_wrapped(top.long() + i, height, wrap) for i in range(2))
    view = torch.arange(len(uv), device=uv.device)[:, None, None] % len(image)
    above = (1 - x) * image[view, r0, c0] + x * image[view, r0, c1]
    below = (1 - x) * image[view, r1, c0] + x * image[view, r1, c1]
    return (1 - y) * above + y * below


def _wrapped(index: Tensor, size: int, wrap: Wrap) -> Tensor:
    if wrap == "clamp":
        return index.clamp(0, size - 1)
    if wrap == "repeat":
        return index % size
    index = index % (2 * size)
    return torch.where(index < size, index, 2 * size - 1 - index)
