"""Gathering rows and summing them back, with gradients that are the same on every run.

Torch adds up what several threads bring to one row in the order in which they come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def gather(
    values: Float[Tensor, "rows channels"], index: Int[Tensor, "*shape"]
) -> Float[Tensor, "*shape channels"]:
    """The rows that an index names."""
    return _Gather.apply(values, index.long())  # pyright: ignore[reportReturnType]


def sum_into(
    values: Float[Tensor, "*shape channels"], index: Int[Tensor, "*shape"], rows: int
) -> Float[Tensor, "rows channels"]:
    """The sums of values by the row that each is for: gather's transpose."""
    return _SumInto.apply(values, index.long(), rows)  # pyright: ignore[reportReturnType]


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        ctx.rows = len(values)
        return values[index]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor, None]:
        return _sums(gradient, ctx.saved_tensors[0], ctx.rows), None


class _SumInto(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, index: Tensor, rows: int) -> Tensor:
        ctx.save_for_backward(index)
        return _sums(values, index, rows)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor, None, None]:
        return gradient[ctx.saved_tensors[0]], None, None


def _sums(values: Tensor, index: Tensor, rows: int) -> Tensor:
    columns = values.detach().reshape(-1, values.shape[-1]).T.numpy()
    places = index.reshape(-1).numpy()
    sums = np.stack([np.bincount(places, column, rows) for column in columns], -1)
    return torch.from_numpy(sums.astype(np.float32))
