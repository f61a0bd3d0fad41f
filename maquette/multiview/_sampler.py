"""Sampling a rectified flow: from noise at time 0 to planes at time 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from maquette.multiview._schedulers import Scheduler

Predict = Callable[[Tensor, Tensor], Tensor]
"""(noisy [b, ...], time [b]) -> clean [b, ...]"""


def guided(conditional: Predict, unconditional: Predict, guidance: float, until: float) -> Predict:
    """Classifier-free guidance (Ho and Salimans 2022) while time is below `until`; plain prediction after."""

    def predict(noisy: Tensor, time: Tensor) -> Tensor:
        clean = conditional(noisy, time)
        if guidance == 1 or float(time[0]) >= until:
            return clean
        other = unconditional(noisy, time)
        return other + guidance * (clean - other)

    return predict


def beside(predict: Predict, reference: Tensor, noise: Tensor) -> Predict:
    """Prediction in batches whose last is a reference, noised as far as they are, for batches without it.

    Args:
        predict: Takes the reference as the last of its batch.
        reference: Clean, [1, ...].
        noise: Standard normal, like the reference.
    """

    def predict_beside(noisy: Tensor, time: Tensor) -> Tensor:
        when = time[:1]
        last = when * reference + (1 - when) * noise
        return predict(torch.cat([noisy, last]), torch.cat([time, when]))[:-1]

    return predict_beside


def solve(predict: Predict, noise: Tensor, scheduler: Scheduler, steps: int) -> Tensor:
    """Follow the flow from noise; returns the last clean prediction.

    Args:
        predict: What the network takes for clean.
        noise: Standard normal, [b, ...].
        scheduler: The solver, with its times. Late in a flow, predictions may add more noise than detail; then its
            `end` is below 1.
        steps: Predictions made.
    """
    scheduler.set_timesteps(steps)
    clean = x = noise
    for t in scheduler.timesteps:
        clean = predict(x, t.expand(len(x))).clamp(-1.2, 1.2)
        x = scheduler.step(clean, t, x).prev_sample
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
