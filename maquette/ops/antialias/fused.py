"""`antialias` of `interpolate` in one operator: neither the picture between them nor its gradient is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.ops import _native
from maquette.ops.antialias import (
    STEPS,
    Silhouettes,
    Topology,
    antialias,
    check_silhouettes,
    find_silhouettes,
)
from maquette.ops.interpolate.differentiable import checked_attributes, interpolate
from maquette.ops.rasterize.differentiable import Raster

MOST_CHANNELS = 5
"""Up to which the kernel knows the number of channels when it is compiled."""


def interpolate_antialiased(
    raster: Raster,
    attributes: Float[Tensor, "vertices channels"] | Float[Tensor, "views vertices channels"],
    topology: Topology | Silhouettes | None = None,
    faces: Int[Tensor, "faces 3"] | None = None,
    steps: int = STEPS,
) -> Float[Tensor, "views height width channels"]:
    """`antialias(raster, interpolate(raster, attributes, faces), topology, steps)`: the same picture, sooner.

    Gradients go to the attributes and to `raster.positions`, and so to vertices and cameras; not to
    `raster.barycentric`, which they would otherwise pass on their way. With more than five channels, and on other
    devices than the CPU, it is the two operators one after the other.

    Raises:
        ValueError: As `interpolate` and `antialias`.
    """
    values, indices = checked_attributes(raster, attributes, faces)
    if values.device.type != "cpu" or not 1 <= values.shape[-1] <= MOST_CHANNELS:
        return antialias(raster, interpolate(raster, attributes, faces), topology, steps)
    found = topology if isinstance(topology, Silhouettes) else find_silhouettes(raster, topology, steps)
    check_silhouettes(found, raster)
    barycentric = raster.barycentric.detach()
    return _Fused.apply(  # pyright: ignore
        raster.positions.double(), values.float(), raster.face, barycentric, raster.faces, indices, found.pairs,
        found.starts,
    )  # fmt: skip


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, positions: Tensor, values: Tensor, face: Tensor, barycentric: Tensor, faces: Tensor,
        indices: Tensor, pairs: Tensor, starts: Tensor,
    ) -> Tensor:  # fmt: skip
        given = (positions, faces, face, barycentric, values, indices, pairs, starts)
        given = [part.contiguous() for part in given]
        views, height, width = face.shape
        out = torch.empty((views, height, width, values.shape[-1]))
        _native.call(
            "interpolate_vertices", given[2].numpy(), given[3].numpy(), given[4].numpy(), given[5].numpy(),
            out.numpy(), views, height * width, len(values), values.shape[1], len(faces), values.shape[2],
        )  # fmt: skip
        _native.call("antialias_interpolated", *(part.numpy() for part in given), out.numpy(), _sizes(given))
        ctx.save_for_backward(*given)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore
        given = ctx.saved_tensors
        to_positions, to_values = torch.empty_like(given[0]), torch.empty_like(given[4])
        _native.call(
            "antialias_interpolated_backward", *(part.numpy() for part in given), gradient.contiguous().numpy(),
            to_positions.numpy(), to_values.numpy(), _sizes(given),
        )  # fmt: skip
        return to_positions, to_values, None, None, None, None, None, None


def _sizes(given: Sequence[Tensor]) -> np.ndarray:
    positions, faces, face, _, values, *_ = given
    return np.array(
        [len(positions), positions.shape[1], len(faces), *face.shape[1:], *values.shape], np.int64
    )  # fmt: skip
