"""Training sets on disk: shards of drawn models, and how they are read.

A shard is two files. props-00012.npy is one flat uint8 array of deflated records; props-00012.json, written
last, says that the shard is whole and holds, for every model, its facts and where its records lie. A record is the
planes (uint8 [3, 19, 64, 64]) or the lit pictures (uint8 [pictures, 4, 64, 64]: red, green, blue, alpha, not
premultiplied).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from maquette.multiview._planes import CHANNELS
from maquette.training.captions import Facts

RESOLUTION = 64


@dataclass(frozen=True)
class Record:
    """One model as training sees it."""

    planes: Float32[np.ndarray, "3 19 64 64"]
    pictures: UInt8[np.ndarray, "pictures 4 64 64"]
    facts: Facts


def shard_exists(folder: Path, name: str) -> bool:
    """Whether a shard was written to its end."""
    return (folder / f"{name}.json").exists()


def write_shard(folder: Path, name: str, records: Iterable[Record]) -> None:
    """Write a shard whole or not at all."""
    blobs, index, end = [np.zeros(0, np.uint8)], [], 0
    for record in records:
        offsets = [end]
        for array in (encode(record.planes), record.pictures):
            blobs.append(np.frombuffer(zlib.compress(array.tobytes(), 1), np.uint8))
            end += len(blobs[-1])
            offsets.append(end)
        index.append({"offsets": offsets, "facts": record.facts})
    for path, write in (
        (folder / f"{name}.npy", lambda f: np.save(f, np.concatenate(blobs))),
        (folder / f"{name}.json", lambda f: f.write(json.dumps(index).encode())),
    ):
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            write(file)
        partial.replace(path)


def encode(planes: Float32[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Planes in [-1, 1] to bytes; 0 becomes 128 and comes back as exactly 0."""
    return np.round(np.clip(planes, -1, 1) * 127 + 128).astype(np.uint8)


def decode(codes: UInt8[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """Bytes of encode back to [-1, 1]."""
    return (codes.astype(np.float32) - 128) * np.float32(1 / 127)


@dataclass(frozen=True)
class Shards:
    """Models drawn by maquette.training.build, read from disk as they are asked for."""

    paths: tuple[Path, ...]
    blobs: tuple[np.ndarray, ...]
    records: tuple[tuple[int, list[int], Facts], ...]
    """(shard, offsets, facts) for each model."""

    @staticmethod
    def open(folder: Path) -> Shards:
        """All whole shards of a folder.

        Raises:
            FileNotFoundError: There are none.
        """
        shards = Shards((), (), ()).extended(folder)
        if not shards.records:
            raise FileNotFoundError(
                f"no training shards in {folder}; make them with `maquette data build {folder}`"
            )
        return shards

    def extended(self, folder: Path) -> Shards:
        """These and, after them, the shards of a folder that were finished since."""
        paths, blobs, records = list(self.paths), list(self.blobs), list(self.records)
        for path in sorted(set(folder.glob("*-?????.json")) - set(paths)):
            paths.append(path)
            blobs.append(np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False))
            records += [(len(blobs) - 1, r["offsets"], r["facts"]) for r in json.loads(path.read_text())]
        return Shards(tuple(paths), tuple(blobs), tuple(records))

    def __len__(self) -> int:
        return len(self.records)

    def _bytes(self, index: int, record: int) -> np.ndarray:
        shard, offsets, _ = self.records[index]
        blob = self.blobs[shard][offsets[record] : offsets[record + 1]]
        return np.frombuffer(zlib.decompress(blob.tobytes()), np.uint8)

    def plane_codes(self, index: int) -> UInt8[np.ndarray, "3 19 64 64"]:
        """Planes as bytes, as `encode` made them."""
        return self._bytes(index, 0).reshape(3, CHANNELS, RESOLUTION, RESOLUTION)

    def planes(self, index: int) -> Float32[np.ndarray, "3 19 64 64"]:
        return decode(self.plane_codes(index))

    def picture_codes(self, index: int) -> UInt8[np.ndarray, "pictures 4 64 64"]:
        """Lit pictures as bytes: red, green, blue, alpha, not premultiplied."""
        return self._bytes(index, 1).reshape(-1, 4, RESOLUTION, RESOLUTION)

    def pictures(self, index: int) -> Float32[np.ndarray, "pictures 4 64 64"]:
        """Lit pictures: red, green, blue, alpha in [0, 1], not premultiplied."""
        return self.picture_codes(index).astype(np.float32) / np.float32(255)

    def facts(self, index: int) -> Facts:
        return self.records[index][2]


def shuffled(indices: np.ndarray, rng: np.random.Generator) -> Iterator[int]:
    """Indices, each once in random order, over and over."""
    while True:
        yield from map(int, rng.permutation(indices))
