"""Training sets on disk: props drawn ahead into compact shards, by a command that can be stopped and resumed.

A shard is two files. shard-00012.npy is one flat uint8 array of deflated records; shard-00012.json, written last,
says that the shard is whole and holds, for every prop, its facts and where its records lie. A record is the planes
(uint8 [3, 19, 64, 64]) or the lit pictures (uint8 [pictures, 4, 64, 64]: red, green, blue, alpha, not
premultiplied).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from maquette.multiview._planes import CHANNELS, planes_from_views
from maquette.training.captions import Facts, facts
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import assemble, photograph, render_views

RESOLUTION = 64
PICTURES = 2
SHARD = 500
"""Props a shard."""


def build(
    folder: Path,
    count: int,
    seed: int = 0,
    workers: int | None = None,
    report: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Draw `count` props into shards under a folder, keeping those that are already there.

    Args:
        seed: Another seed draws other props; a shard depends on the seed and its own number alone.
        workers: Processes; as many as there are cores when None.
        report: Called with (shards done, shards in all).
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range((count + SHARD - 1) // SHARD)
    missing = [n for n in numbers if not _paths(folder, n)[1].exists()]
    done = len(numbers) - len(missing)
    report(done, len(numbers))
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for _ in pool.map(_build_shard, [folder] * len(missing), missing, [seed] * len(missing)):
            done += 1
            report(done, len(numbers))


def _paths(folder: Path, number: int) -> tuple[Path, Path]:
    return folder / f"shard-{number:05d}.npy", folder / f"shard-{number:05d}.json"


def _build_shard(folder: Path, number: int, seed: int) -> None:
    rng = np.random.default_rng([seed, number])
    categories = list(CATEGORIES.values())
    order = rng.permutation(SHARD) % len(categories)
    blobs, records, end = [], [], 0
    for index in order:
        prop = sample(categories[index], rng)
        model = assemble(prop)
        planes = encode(planes_from_views(render_views(model, RESOLUTION)))
        pictures = np.stack([_rgba(photograph(model, rng, RESOLUTION)) for _ in range(PICTURES)])
        offsets = [end]
        for array in (planes, pictures):
            blobs.append(np.frombuffer(zlib.compress(array.tobytes(), 1), np.uint8))
            end += len(blobs[-1])
            offsets.append(end)
        records.append({"offsets": offsets, "facts": facts(prop)})
    data, index_path = _paths(folder, number)
    for path, write in (
        (data, lambda f: np.save(f, np.concatenate(blobs))),
        (index_path, lambda f: f.write(json.dumps(records).encode())),
    ):
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            write(file)
        partial.replace(path)


def _rgba(image) -> UInt8[np.ndarray, "4 height width"]:
    channels = np.concatenate([image.rgb, image.alpha[..., None]], -1)
    return np.round(channels * 255).astype(np.uint8).transpose(2, 0, 1)


def encode(planes: Float32[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Planes in [-1, 1] to bytes; 0 becomes 128 and comes back as exactly 0."""
    return np.round(np.clip(planes, -1, 1) * 127 + 128).astype(np.uint8)


def decode(codes: UInt8[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """Bytes of encode back to [-1, 1]."""
    return (codes.astype(np.float32) - 128) * np.float32(1 / 127)


@dataclass(frozen=True)
class Shards:
    """Props drawn by `build`, read from disk as they are asked for."""

    blobs: tuple[np.ndarray, ...]
    records: tuple[tuple[int, list[int], Facts], ...]
    """(shard, offsets, facts) for each prop."""

    @staticmethod
    def open(folder: Path) -> Shards:
        """All whole shards of a folder.

        Raises:
            FileNotFoundError: There are none.
        """
        blobs, records = [], []
        for path in sorted(folder.glob("shard-*.json")):
            blobs.append(np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False))
            records += [(len(blobs) - 1, r["offsets"], r["facts"]) for r in json.loads(path.read_text())]
        if not records:
            raise FileNotFoundError(
                f"no training shards in {folder}; make them with `maquette data build {folder}`"
            )
        return Shards(tuple(blobs), tuple(records))

    def __len__(self) -> int:
        return len(self.records)

    def _bytes(self, index: int, record: int) -> np.ndarray:
        shard, offsets, _ = self.records[index]
        blob = self.blobs[shard][offsets[record] : offsets[record + 1]]
        return np.frombuffer(zlib.decompress(blob.tobytes()), np.uint8)

    def planes(self, index: int) -> Float32[np.ndarray, "3 19 64 64"]:
        return decode(self._bytes(index, 0).reshape(3, CHANNELS, RESOLUTION, RESOLUTION))

    def pictures(self, index: int) -> Float32[np.ndarray, "pictures 4 64 64"]:
        """Lit pictures: red, green, blue, alpha in [0, 1], not premultiplied."""
        codes = self._bytes(index, 1).reshape(-1, 4, RESOLUTION, RESOLUTION)
        return codes.astype(np.float32) / np.float32(255)

    def facts(self, index: int) -> Facts:
        return self.records[index][2]


def shuffled(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Indices below count, each once in random order, over and over."""
    while True:
        yield from map(int, rng.permutation(count))
