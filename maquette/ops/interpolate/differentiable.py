"""Interpolation on tensors, with gradients to attributes and, through the weights, to vertices."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.ops import _native
from maquette.ops.interpolate import reference
from maquette.ops.rasterize.differentiable import Raster, check_indices


def interpolate(
    raster: Raster,
    attributes: Float[Tensor, "vertices channels"] | Float[Tensor, "views vertices channels"],
    faces: Int[Tensor, "faces 3"] | None = None,
) -> Float[Tensor, "views height width channels"]:
    """Blend what vertices carry over the pixels, perspective-correct; zero where nothing is hit.

    An attribute that is 1 everywhere becomes the mask; antialiased, that is coverage.

    Args:
        raster: What is visible.
        attributes: One set for all views, or one for each.
        faces: Corners' attributes, where they are numbered otherwise than vertices, as texture coordinates are.

    Raises:
        ValueError: There are other numbers of views or faces than in the raster, or a face names an attribute that
            is not there.
    """
    attributes, indices = checked_attributes(raster, attributes, faces)
    if attributes.device.type == "cpu":
        return _Interpolate.apply(raster.face, raster.barycentric, attributes.float(), indices)  # pyright: ignore
    return reference.interpolate(raster.face, raster.barycentric, attributes, indices)


def screen_derivatives(
    raster: Raster,
    attributes: Float[Tensor, "vertices channels"] | Float[Tensor, "views vertices channels"],
    faces: Int[Tensor, "faces 3"] | None = None,
) -> Float[Tensor, "views height width channels 2"]:
    """How an interpolated attribute changes per pixel to the right and down; zero where nothing is hit.

    Arguments and errors are those of `interpolate`. In torch throughout: not for the innermost loop.
    """
    attributes, indices = checked_attributes(raster, attributes, faces)
    return reference.screen_derivatives(
        raster.face, raster.barycentric, attributes, indices, raster.positions, raster.faces
    )


def checked_attributes(raster: Raster, attributes: Tensor, faces: Tensor | None) -> tuple[Tensor, Tensor]:
    """Attributes as [1 or views, vertices, channels], and the faces that name them; errors as `interpolate`."""
    if attributes.ndim == 2:
        attributes = attributes[None]
    if len(attributes) not in (1, len(raster.face)):
        raise ValueError(
            f"attributes are for {len(attributes)} views, expected 1 or the raster's {len(raster.face)}"
        )
    indices = raster.faces if faces is None else faces.to(torch.int32).contiguous()
    if indices.shape != raster.faces.shape:
        raise ValueError(
            f"attributes are given for {len(indices)} faces, expected the raster's {len(raster.faces)}"
        )
    check_indices(indices, attributes.shape[1], "faces", "attributes")
    return attributes, indices


class _Interpolate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, face: Tensor, barycentric: Tensor, attributes: Tensor, faces: Tensor) -> Tensor:
        face, barycentric, attributes = face.contiguous(), barycentric.contiguous(), attributes.contiguous()
        out = torch.empty((*face.shape, attributes.shape[-1]))
        _native.call(
            "interpolate_vertices", face.numpy(), barycentric.numpy(), attributes.numpy(), faces.numpy(),
            out.numpy(), *_sizes(face, attributes, faces),
        )  # fmt: skip
        ctx.save_for_backward(face, barycentric, attributes, faces)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[None, Tensor, Tensor, None]:
        face, barycentric, attributes, faces = ctx.saved_tensors
        to_barycentric, to_attributes = torch.empty_like(barycentric), torch.empty_like(attributes)
        _native.call(
            "interpolate_backward", face.numpy(), barycentric.numpy(), attributes.numpy(), faces.numpy(),
            gradient.contiguous().numpy(), to_barycentric.numpy(), to_attributes.numpy(),
            *_sizes(face, attributes, faces),
        )  # fmt: skip
        return None, to_barycentric, to_attributes, None


def _sizes(face: Tensor, attributes: Tensor, faces: Tensor) -> tuple[int, ...]:
    views, height, width = face.shape
    return views, height * width, len(attributes), attributes.shape[1], len(faces), attributes.shape[2]
