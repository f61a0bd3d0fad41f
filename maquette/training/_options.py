"""How long and how to train."""

from __future__ import annotations

from dataclasses import dataclass


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
    picture_share: float = 0.35
    """Share of steps conditioned on a picture; in most of those the sentence is dropped."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps."""


def learning_rate(progress: float, step: int) -> float:
    """Factor on the rates: 60 steps of warm-up, flat, then linear to 3 % over the last 45 % of the run."""
    return min(1.0, (step + 1) / 60) * (1 if progress < 0.55 else 1 - 0.97 * (progress - 0.55) / 0.45)
