"""Texture lookups on tensors, with gradients to texels, coordinates and mip levels."""

from __future__ import annotations

from typing import Any, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maquette.ops import _native
from maquette.ops.interpolate.differentiable import screen_derivatives
from maquette.ops.rasterize.differentiable import Raster
from maquette.ops.texture import reference
from maquette.ops.texture.reference import Wrap

__all__ = ["Wrap", "mip_chain", "mip_level", "texture"]


def texture(
    texels: Float[Tensor, "height width channels"] | Float[Tensor, "images height width channels"],
    uv: Float[Tensor, "views rows columns 2"],
    level: Float[Tensor, "views rows columns"] | None = None,
    wrap: Wrap = "repeat",
    levels: int | None = None,
) -> Float[Tensor, "views rows columns channels"]:
    """Look up an image: bilinear, and with a level trilinear between it and its halved copies.

    Args:
        texels: One image for all views, or one for each.
        uv: (0, 0) is the outer corner of the top-left texel, v goes down.
        level: 0 is the image itself, 1 half its resolution, and so on (`mip_level`); None takes the image alone.
        wrap: What lies outside [0, 1]: the image again, its border, or its mirror image.
        levels: Images in the chain, at most; down to one texel where it is not given.

    Raises:
        ValueError: The image is empty, shapes or numbers of views disagree, or a coordinate is no number up to a
            million.
    """
    images = texels[None] if texels.ndim == 3 else texels
    if images.ndim != 4 or uv.ndim != 4 or uv.shape[3] != 2:
        shapes = f"texels {tuple(texels.shape)} and coordinates {tuple(uv.shape)}"
        raise ValueError(f"{shapes}; expected (height, width, channels) and (views, rows, columns, 2)")
    if levels is not None and levels < 1:
        raise ValueError(f"levels is {levels}, expected 1 or more")
    if 0 in images.shape:
        raise ValueError(f"texels have the shape {tuple(texels.shape)}, expected at least one texel and channel")
    if len(images) not in (1, len(uv)):
        raise ValueError(f"texels are for {len(images)} views, expected 1 or the coordinates' {len(uv)}")
    if wrap not in get_args(Wrap):
        raise ValueError(f"wrap is {wrap!r}, expected one of {', '.join(get_args(Wrap))}")
    if level is not None and level.shape != uv.shape[:-1]:
        raise ValueError(f"level is {tuple(level.shape)}, expected the coordinates' {tuple(uv.shape[:-1])}")
    chain = [images] if level is None else mip_chain(images, levels)
    if uv.device.type != "cpu":
        return reference.texture(chain, uv, level, wrap)
    flat = torch.cat([image.flatten(1, 2) for image in chain], 1) if len(chain) > 1 else images.flatten(1, 2)
    sizes, start = [], 0
    for image in chain:
        sizes.append((start, *image.shape[1:3]))
        start += image.shape[1] * image.shape[2]
    level = None if level is None else level.float()
    return _Texture.apply(flat.float(), torch.tensor(sizes), uv.float(), level, get_args(Wrap).index(wrap))  # pyright: ignore


def mip_chain(images: Float[Tensor, "views height width channels"], levels: int | None = None) -> list[Tensor]:
    """The images, and their means over areas at half the resolution, a quarter, ... down to one texel."""
    chain = [images]
    while max(chain[-1].shape[1:3]) > 1 and len(chain) != levels:
        height, width = (max(1, side // 2) for side in chain[-1].shape[1:3])
        halved = adaptive_avg_pool2d(chain[-1].permute(0, 3, 1, 2), (height, width))
        chain.append(halved.permute(0, 2, 3, 1))
    return chain


def mip_level(
    raster: Raster,
    uv: Float[Tensor, "vertices 2"] | Float[Tensor, "views vertices 2"],
    height: int,
    width: int,
    faces: Int[Tensor, "faces 3"] | None = None,
) -> Float[Tensor, "views rows columns"]:
    """The level whose texels are as large as pixels, by the longer side of a pixel's footprint.

    OpenGL 4.6 specification, section 8.14.1. 0 where nothing is hit, negative where pixels are
    smaller than texels.

    Args:
        raster: What is visible.
        uv: What the vertices carry, as for `interpolate`.
        height: Texels.
        width: Texels.
        faces: As for `interpolate`.
    """
    size = torch.tensor([[width], [height]], dtype=torch.float32, device=uv.device)
    squared = ((screen_derivatives(raster, uv, faces) * size) ** 2).sum(-2).amax(-1)
    return torch.where(raster.face >= 0, squared.clamp(min=1e-12).log2() / 2, 0)


class _Texture(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, flat: Tensor, sizes: Tensor, uv: Tensor, level: Tensor | None, wrap: int) -> Tensor:
        flat, uv = flat.contiguous(), uv.contiguous()
        has_level, level = level is not None, uv if level is None else level.contiguous()
        out = torch.empty((*uv.shape[:-1], flat.shape[-1]))
        ctx.tail = (*_sizes(flat, sizes, uv), wrap, int(has_level))
        unusable = _native.call(
            "texture", flat.numpy(), sizes.numpy(), uv.numpy(), level.numpy(), out.numpy(), *ctx.tail
        )
        if unusable:
            raise ValueError(f"{unusable} texture coordinates or levels are not numbers, or beyond a million")
        ctx.save_for_backward(flat, sizes, uv, level)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor | None, None, Tensor | None, Tensor | None, None]:
        flat, sizes, uv, level = ctx.saved_tensors
        gradient, has_level = gradient.contiguous(), bool(ctx.tail[-1])
        to_flat = to_uv = to_level = None
        if ctx.needs_input_grad[0]:
            to_flat = torch.empty_like(flat)
            _native.call(
                "texture_backward_texels", sizes.numpy(), uv.numpy(), level.numpy(), gradient.numpy(),
                to_flat.numpy(), *ctx.tail,
            )  # fmt: skip
        if ctx.needs_input_grad[2] or ctx.needs_input_grad[3]:
            to_uv = torch.empty_like(uv)
            to_level = torch.empty_like(level) if has_level else None
            _native.call(
                "texture_backward_samples", flat.numpy(), sizes.numpy(), uv.numpy(), level.numpy(),
                gradient.numpy(), to_uv.numpy(), (to_uv if to_level is None else to_level).numpy(), *ctx.tail,
            )  # fmt: skip
        return to_flat, None, to_uv, to_level, None


def _sizes(flat: Tensor, sizes: Tensor, uv: Tensor) -> tuple[int, ...]:
    return len(uv), uv.shape[1] * uv.shape[2], len(flat), flat.shape[1], len(sizes), flat.shape[2]
