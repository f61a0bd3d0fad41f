"""Where a worker's planes and pictures come from: shards on disk, or all of them held on a GPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from maquette.training.captions import Facts
from maquette.training.data import Shards


class FromDisk:
    """Reads what is asked for, when it is asked for."""

    device = torch.device("cpu")

    def __init__(self, folder: Path):
        self.folder, self.shards = folder, Shards.open(folder)

    def __len__(self) -> int:
        return len(self.shards)

    def facts(self, index: int) -> Facts:
        return self.shards.facts(index)

    def planes(self, indices: Sequence[int]) -> Tensor:
        """[b, 3, 19, 64, 64] in [-1, 1]."""
        return torch.from_numpy(np.stack([self.shards.planes(i) for i in indices]))

    def pictures(self, indices: Sequence[int], which: Tensor) -> Tensor:
        """[b, 4, 64, 64] in [0, 1], not premultiplied; which, in [0, 1), picks one of each model's pictures."""
        own = [self.shards.pictures(i) for i in indices]
        return torch.from_numpy(np.stack([p[int(w * len(p))] for p, w in zip(own, which.tolist(), strict=True)]))

    def refresh(self) -> None:
        """Nothing: what a run on a CPU draws depends on its seed alone."""


class Resident:
    """Holds all models as bytes on a device, so that drawing a batch is one look-up there."""

    def __init__(self, folder: Path, device: torch.device):
        self.folder, self.device = folder, device
        self.loaded: list[Tensor] = []
        self.pictured: list[Tensor] = []
        self.spoken: list[Facts] = []
        self.shards = Shards.open(folder)
        self._take(self.shards)

    def _take(self, shards: Shards) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # inflating leaves Python's lock
            indices = range(len(self.spoken), len(shards))
            planes = list(pool.map(shards.plane_codes, indices))
            pictures = list(pool.map(shards.picture_codes, indices))
        if planes:
            self.loaded.append(torch.from_numpy(np.stack(planes)).to(self.device))
            self.pictured.append(torch.from_numpy(np.stack(pictures)).to(self.device))
            self.spoken += [shards.facts(i) for i in indices]
            self.starts = np.cumsum([0] + [len(block) for block in self.loaded])

    def __len__(self) -> int:
        return len(self.spoken)

    def facts(self, index: int) -> Facts:
        return self.spoken[index]

    def _gather(self, blocks: list[Tensor], indices: Sequence[int]) -> Tensor:
        where = torch.as_tensor(indices)
        out = torch.empty((len(where), *blocks[0].shape[1:]), dtype=torch.uint8, device=self.device)
        for start, block in zip(self.starts, blocks, strict=False):
            here = (where >= start) & (where < start + len(block))
            if here.any():
                out[here.to(self.device)] = block[(where[here] - int(start)).to(self.device)]
        return out

    def planes(self, indices: Sequence[int]) -> Tensor:
        return (self._gather(self.loaded, indices).float() - 128) / 127

    def pictures(self, indices: Sequence[int], which: Tensor) -> Tensor:
        own = self._gather(self.pictured, indices)
        chosen = (which * own.shape[1]).long().to(self.device)
        return own[torch.arange(len(own), device=self.device), chosen].float() / 255

    def refresh(self) -> None:
        """Take in shards that were finished since; those already held keep their indices."""
        self.shards = self.shards.extended(self.folder)
        self._take(self.shards)


Source = FromDisk | Resident


def open_source(folder: Path, device: torch.device) -> Source:
    """The shards of a folder for a device; on a GPU they are held in its memory (0.25 MB a model).

    Raises:
        FileNotFoundError: There are none.
    """
    return FromDisk(folder) if device.type == "cpu" else Resident(folder, device)
