"""How long and how to train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch


@dataclass(frozen=True)
class Training:
    """How long and how to train; a run with the same values, data and number of workers repeats exactly."""

    samples: int = 400_000
    """Training ends when this many props have been seen."""
    batch: int = 64
    """Props a step, over all workers."""
    rate: float = 1e-3
    """AdamW's learning rate for embeddings, biases and projections in and out."""
    matrix_rate: float = 2e-3
    """Muon's for the matrices inside blocks."""
    picture_share: float = 0.5
    """Share of steps conditioned on a picture; in most of those the sentence is dropped."""
    one_step_share: float = 0.4
    """Share of the picture samples at almost pure noise: a picture is mostly answered in the first step."""
    unspelled: float = 0.06
    """Share of the words known by their n-grams alone, so that those learn to stand in for words never seen."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What the network computes in; auto is bfloat16 where the processor multiplies it fast."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps."""


def learning_rate(progress: float, step: int) -> float:
    """Factor on the rates: 60 steps of warm-up, flat, then linear to 3 % over the last 45 % of the run."""
    return min(1.0, (step + 1) / 60) * (1 if progress < 0.55 else 1 - 0.97 * (progress - 0.55) / 0.45)


def dtype(options: Training) -> torch.dtype:
    """What the network computes in."""
    if options.precision == "auto":
        fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return torch.bfloat16 if fast else torch.float32
    return torch.float32 if options.precision == "float32" else torch.bfloat16
