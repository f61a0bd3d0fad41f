"""Sampling a rectified flow: from noise at time 0 to planes at time 1."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Predict = Callable[[Tensor, Tensor], Tensor]
"""(noisy [b, ...], time [b]) -> clean [b, ...]"""


def times(steps: int, shift: float) -> Tensor:
    """steps + 1 times from 0 to 1, crowded near 0 (noise) for a shift above 1, where layout is decided."""
    u = torch.linspace(0, 1, steps + 1)
    return u / (u + shift * (1 - u))


def guided(conditional: Predict, unconditional: Predict, guidance: float, until: float) -> Predict:
    """Classifier-free guidance (Ho and Salimans 2022) while time is below `until`; plain prediction after."""

    def predict(noisy: Tensor, time: Tensor) -> Tensor:
        clean = conditional(noisy, time)
        if guidance == 1 or float(time[0]) >= until:
            return clean
        other = unconditional(noisy, time)
        return other + guidance * (clean - other)

    return predict


def euler(predict: Predict, noise: Tensor, steps: int, shift: float) -> Tensor:
    """Integrate dx/dt = (clean - x) / (1 - t) with Euler's method; ends on the last clean prediction."""
    schedule = times(steps, shift)
    x = noise
    for i in range(steps):
        t, following = float(schedule[i]), float(schedule[i + 1])
        clean = predict(x, torch.full((len(x),), t)).clamp(-1.2, 1.2)
        x = clean if i == steps - 1 else x + (clean - x) * ((following - t) / (1 - t))
    return x
