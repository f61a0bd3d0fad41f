"""Muon in a precision of one's choice: torch's always takes bfloat16, four times slower on most CPUs.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the step is scaled as in Liu et al.
2025, "Muon is scalable for LLM training", so that AdamW's rates and weight decay serve.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
WEIGHT_DECAY = 0.01
STEPS = 5
QUINTIC = (3.4445, -4.7750, 2.0315)
"""Odd polynomial whose repetition brings singular values between 0.7 and 1.2 within `STEPS`, small ones fast."""


class Muon(torch.optim.Optimizer):
    """Descends along the momentum with all its singular values made about one."""

    def __init__(self, matrices: Iterable[torch.nn.Parameter], lr: float, precision: torch.dtype):
        super().__init__(matrices, {"lr": lr})
        self.precision = precision

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Update every matrix that has a gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                momentum = state.setdefault("momentum_buffer", torch.zeros_like(matrix))
                momentum.lerp_(matrix.grad, 1 - MOMENTUM)
                ahead = matrix.grad.lerp(momentum, MOMENTUM)  # Nesterov's
                matrix.mul_(1 - group["lr"] * WEIGHT_DECAY)
                scale = 0.2 * math.sqrt(max(matrix.shape))  # as large a step as AdamW's
                matrix.sub_(orthogonalised(ahead.to(self.precision)), alpha=group["lr"] * scale)


def orthogonalised(matrix: Tensor) -> Tensor:
    """[m, n] -> [m, n] of the same singular vectors, with singular values near one (Newton-Schulz)."""
    if len(matrix) > matrix.shape[1]:
        return orthogonalised(matrix.T).T
    x = matrix / matrix.norm().clamp_min(1e-7)
    a, b, c = QUINTIC
    for _ in range(STEPS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x
