"""What a worker trains on: models, sentences, pictures, times and noise, drawn anew for every step."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from maquette.multiview._network import patchify
from maquette.multiview._planes import DEPTHS
from maquette.multiview._text import UNKNOWN, Vocabulary
from maquette.training._options import Training, dtype
from maquette.training._pictures import roughen
from maquette.training._source import Source
from maquette.training.captions import caption
from maquette.training.data import shuffled
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
    """Draws batches of models, sentences, pictures, times and noise for one worker."""

    def __init__(self, source: Source, vocab: Vocabulary, options: Training, size: int, rank: int, step: int):
        self.source, self.vocabulary, self.options, self.size = source, vocab, options, size
        # Seeded with the step as well, so that going on from a checkpoint draws new samples, not the first again.
        self.rng = np.random.default_rng([options.seed, rank, step])
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(2**62)))
        self.artists, self.props = self._orders()
        self.ahead = ThreadPoolExecutor(1)
        self.next: Future[tuple[list[int], Tensor, bool]] | None = None

    def draw(self, step: int) -> Batch:
        """The batch of a step; steps are drawn in order. While it is used, the next one's sentences are made."""
        indices, words, with_picture = self.next.result() if self.next else self._sentences(step)
        self.next = self.ahead.submit(self._sentences, step + 1)
        options, generator, device = self.options, self.generator, self.source.device
        time_ = torch.sigmoid(torch.randn(self.size, generator=generator) * 1.4 - 2.2)
        picture = None
        if with_picture:
            which = torch.rand(self.size, generator=generator)
            picture = roughen(self.source.pictures(indices, which), generator)
            # A picture is mostly answered in one step from pure noise, so that is trained more.
            one_step = torch.rand(self.size, generator=generator) < options.one_step_share
            time_ = torch.where(one_step, torch.rand(self.size, generator=generator) * 0.01, time_)
        unread = torch.rand(words.shape[:2], generator=generator) < options.unspelled
        words[..., 0].masked_fill_(unread & (words[..., 0] > UNKNOWN), UNKNOWN)
        planes = self.source.planes(indices)
        if not options.depth_channel:
            planes[:, :, DEPTHS] = 0
        clean = patchify(planes).to(dtype(options))
        if device.type == "cpu":
            noise = torch.randn(clean.shape, generator=generator).to(clean.dtype)
        else:
            noise = torch.randn_like(clean)
        return Batch(clean, noise, time_.to(device), words.to(device), picture)

    def refresh(self) -> None:
        """Take in models that were drawn since."""
        before = len(self.source)
        self.source.refresh()
        if len(self.source) > before:
            if self.next:
                self.next.result()  # the order is not to be changed while it is read
            self.artists, self.props = self._orders()

    def _orders(self) -> tuple[Iterator[int], Iterator[int]]:
        """Endless orders of what artists made and of procedural props; each is of all, where there are none."""
        everything = np.arange(len(self.source))
        by_artist = np.array(["category" not in self.source.facts(i) for i in range(len(self.source))])
        kinds = (everything[by_artist], everything[~by_artist])
        artists, props = (shuffled(kind if len(kind) else everything, self.rng) for kind in kinds)
        return artists, props

    def _sentences(self, step: int) -> tuple[list[int], Tensor, bool]:
        """Which models a step shows, what is said of them, and whether their pictures are shown."""
        # All workers agree on this, so that none waits for another's longer step.
        chance = np.random.default_rng([self.options.seed, 77, step]).uniform()
        with_picture = bool(chance < self.options.picture_share)
        options = self.options
        share = options.picture_artists if with_picture else options.text_artists
        indices = [next(self.artists if u < share else self.props) for u in self.rng.uniform(size=self.size)]
        sentences = [caption(self.source.facts(i), Draw(self.rng)) for i in indices]
        drop = self.rng.uniform(size=self.size) < (0.6 if with_picture else 0.1)
        said = ["" if d else s for s, d in zip(sentences, drop, strict=True)]
        return indices, torch.tensor(self.vocabulary.encode(said)), with_picture
