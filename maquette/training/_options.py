"""How long and how to train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from maquette.multiview._crossview import CrossView
from maquette.multiview._network import Shape


@dataclass(frozen=True)
class Training:
    """How long and how to train.

    With the same values, data and number of workers a run on a CPU repeats exactly, unless `minutes` ends it.
    """

    samples: int = 400_000
    """Training ends when this many models have been seen."""
    minutes: float | None = None
    """Training ends after this many minutes, over all its runs, if the samples have not ended it before."""
    batch: int = 64
    """Models a step, over all workers and accumulated batches."""
    accumulate: int = 1
    """Batches, each with its share of the models, whose gradients make one step."""
    rate: float = 1e-3
    """AdamW's learning rate for embeddings, biases and projections in and out."""
    matrix_rate: float = 2e-3
    """Muon's for the matrices inside blocks."""
    picture_share: float = 0.5
    """Share of steps conditioned on a picture; in most of those the sentence is dropped."""
    one_step_share: float = 0.4
    """Share of the picture samples at almost pure noise: a picture is mostly answered in the first step."""
    picture_artists: float = 0.65
    """Share of the models in steps with a picture that artists made, where the data has such."""
    text_artists: float = 0.3
    """The same in steps with a sentence alone: procedural props say truer what colours and parts they have."""
    unspelled: float = 0.06
    """Share of the words known by their n-grams alone, so that those learn to stand in for words never seen."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What the network computes in; auto is bfloat16 where the processor multiplies it fast."""
    width: int = 256
    depth: int = 8
    fine_width: int = 192
    fine_depth: int = 2
    crossview: CrossView = "full"
    """Which tokens of other planes a token attends to."""
    depth_channel: bool = True
    """Whether the views have depth; without it nothing is learned about how far away anything is."""
    compile: bool = False
    """Let torch.compile fuse the network's operations; takes a minute or two at the start."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps."""

    def shape(self, words: int) -> Shape:
        """The network for a vocabulary of so many words."""
        rows = words + 2
        return Shape(
            rows, self.width, self.depth, self.fine_width, self.fine_depth, 8,
            grams=True, crossview=self.crossview, phrases=True,
        )  # fmt: skip


PRESETS = {
    "cpu": Training(),
    "gpu": Training(
        samples=8_000_000, minutes=24, batch=512, width=384, depth=6, fine_width=256, precision="bfloat16",
        compile=True, checkpoint_every=1000,
    ),
}  # fmt: skip
"""cpu: 11 million parameters, about four hours of two cores. gpu: 18 million, 24 minutes of one large GPU."""


def learning_rate(progress: float, step: int) -> float:
    """Factor on the rates: 60 steps of warm-up, flat, then linear to 3 % over the last 45 % of the run."""
    return min(1.0, (step + 1) / 60) * (1 if progress < 0.55 else 1 - 0.97 * (progress - 0.55) / 0.45)


def dtype(options: Training) -> torch.dtype:
    """What the network computes in."""
    if options.precision == "auto":
        fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return torch.bfloat16 if fast else torch.float32
    return torch.float32 if options.precision == "float32" else torch.bfloat16
