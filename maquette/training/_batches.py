"""What a worker trains on: props, sentences, pictures, times and noise, drawn anew for every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from maquette.multiview._network import patchify
from maquette.multiview._text import UNKNOWN, Vocabulary
from maquette.training._options import Training, dtype
from maquette.training.captions import caption
from maquette.training.data import Shards, shuffled
from maquette.training.props import Draw


@dataclass
class Batch:
    clean: Tensor
    """[b, 192, 1216] patches."""
    noise: Tensor
    time: Tensor
    """[b], 1 is clean."""
    words: Tensor
    picture: Tensor | None


class Batches:
    """Draws batches of props, sentences, pictures, times and noise for one worker."""

    def __init__(self, shards: Shards, vocab: Vocabulary, options: Training, size: int, rank: int, step: int):
        self.shards, self.vocabulary, self.options, self.size = shards, vocab, options, size
        # Seeded with the step as well, so that going on from a checkpoint draws new samples, not the first again.
        self.rng = np.random.default_rng([options.seed, rank, step])
        self.order = shuffled(len(shards), self.rng)
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(2**62)))

    def draw(self, step: int) -> Batch:
        rng, generator, options = self.rng, self.generator, self.options
        # All workers agree on this, so that none waits for another's longer step.
        with_picture = np.random.default_rng([options.seed, 77, step]).uniform() < options.picture_share
        indices = [next(self.order) for _ in range(self.size)]
        planes = torch.from_numpy(np.stack([self.shards.planes(i) for i in indices]))
        sentences = [caption(self.shards.facts(i), Draw(rng)) for i in indices]
        drop = rng.uniform(size=self.size) < (0.6 if with_picture else 0.1)
        said = ["" if d else s for s, d in zip(sentences, drop, strict=True)]
        words = torch.tensor(self.vocabulary.encode(said))
        unread = torch.rand(words.shape[:2], generator=generator) < options.unspelled
        words[..., 0].masked_fill_(unread & (words[..., 0] > UNKNOWN), UNKNOWN)
        time_ = torch.sigmoid(torch.randn(self.size, generator=generator) * 1.4 - 2.2)
        picture = None
        if with_picture:
            picture = torch.from_numpy(np.stack([_roughen(self._picture(i), rng) for i in indices]))
            # A picture is mostly answered in one step from pure noise, so that is trained more.
            one_step = torch.rand(self.size, generator=generator) < options.one_step_share
            time_ = torch.where(one_step, torch.rand(self.size, generator=generator) * 0.01, time_)
        clean = patchify(planes).to(dtype(options))
        noise = torch.randn(clean.shape, generator=generator).to(clean.dtype)
        return Batch(clean, noise, time_, words, picture)

    def _picture(self, index: int) -> np.ndarray:
        pictures = self.shards.pictures(index)
        return pictures[int(self.rng.integers(len(pictures)))]


def _roughen(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clean picture [4, 64, 64] in [0, 1] made like one from the world; returns what the network reads."""
    rgb, alpha = picture[:3], picture[3:]
    rgb = np.clip(rgb * rng.uniform(0.8, 1.2, (3, 1, 1)) ** 0.5 * rng.uniform(0.8, 1.2), 0, 1) ** rng.uniform(
        0.8, 1.25
    )
    if rng.uniform() < 0.3:  # a cut-out a pixel too wide or too narrow, with what was behind it along its edge
        grow = ndimage.grey_dilation if rng.uniform() < 0.6 else ndimage.grey_erosion
        cut = grow(alpha, (1, 3, 3))
        behind = rng.uniform(0, 1, (3, 1, 1))
        rgb, alpha = rgb * alpha + behind * (1 - alpha), np.clip((cut + alpha) / 2, 0, 1)
    packed = np.concatenate([(2 * rgb - 1) * alpha, 2 * alpha - 1])
    if rng.uniform() < 0.4:  # blur
        padded = np.pad(packed, ((0, 0), (1, 1), (1, 1)), mode="edge")
        packed = (
            2 * packed + padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
        ) / 6
    if rng.uniform() < 0.3:  # a crop that is not quite centred
        packed = np.roll(packed, rng.integers(-3, 4, 2), (1, 2))
    return (packed + rng.normal(0, rng.uniform(0, 0.03), packed.shape)).astype(np.float32)
