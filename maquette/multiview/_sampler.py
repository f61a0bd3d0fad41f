"""Sampling a rectified flow: from noise at time 0 to planes at time 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def euler(predict: Predict, noise: Tensor, steps: int, shift: float, end: float = 1.0) -> Tensor:
    """Integrate dx/dt = (clean - x) / (1 - t) with Euler's method; returns the last clean prediction.

    Args:
        predict: What the network takes for clean.
        noise: Standard normal, [b, ...].
        steps: Predictions made.
        shift: As in `times`.
        end: In (0, 1]: times are scaled by it. Late in a flow, predictions may add more noise than detail.
    """
    schedule = times(steps, shift) * end
    clean = x = noise
    for t, following in zip(schedule[:-1].tolist(), schedule[1:].tolist(), strict=True):
        clean = predict(x, torch.full((len(x),), t)).clamp(-1.2, 1.2)
        x = x + (clean - x) * ((following - t) / (1 - t))
    return clean


def settle(predict: Predict, clean: Tensor, time: float, noises: Sequence[Tensor]) -> Tensor:
    """The mean of several predictions for one sample, each from fresh noise: steadier than any single one.

    Args:
        predict: What the network takes for clean.
        clean: A finished sample, [b, ...].
        time: How far back it is taken, in (0, 1); smaller forgets more of it.
        noises: Standard normal, each like the sample; without any the sample stays as it is.
    """
    when = torch.full((len(clean),), time)
    again = [predict(time * clean + (1 - time) * noise, when).clamp(-1.2, 1.2) for noise in noises]
    return torch.stack(again).mean(0) if again else clean
