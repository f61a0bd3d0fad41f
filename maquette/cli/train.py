"""`maquette data build` and `maquette train views`: from nothing to the model in the package."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from maquette.errors import InputError


@dataclass(frozen=True)
class Build:
    """Draw models into a folder of training shards; what is already there is kept."""

    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]
    """Where the shards go; about 28 kB a model."""
    count: int = 120_000
    """Procedural props to have in the end."""
    corpus: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Also draw artist-made models: a folder with index.jsonl and the GLB files that it lists."""
    variants: int = 12
    """Times that an artist's model is drawn, each time a little different; fewer for tiles and the like."""
    strict: bool = False
    """Leave out models whose licence is not known with high confidence."""
    seed: int = 0
    """Another seed draws other props."""
    workers: int | None = None
    """Processes; as many as there are cores by default."""

    def __call__(self) -> int:
        from maquette.training.build import build
        from maquette.training.corpus import read_index

        if self.count < 0 or self.variants < 1 or (self.workers is not None and self.workers < 1):
            raise InputError("--count, --variants and --workers count things; expected 1 or more")
        entries = read_index(self.corpus, self.strict) if self.corpus else []
        build(self.folder, self.count, self.seed, self.workers, _shards, entries, self.variants)
        return 0


@dataclass(frozen=True)
class TrainViews:
    """Train the multi-view model, going on from the checkpoint in the output folder; Ctrl-C loses little."""

    data: Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
    """Shards that `maquette data build` made."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")]
    """Where the checkpoint, the model, the log and the sample sheets go."""
    samples: int = 400_000
    """Props to see in all; about three hours on two cores."""
    batch: int = 64
    """Props a step."""
    seed: int = 0
    workers: int | None = None
    """Processes that share each batch; as many as there are cores by default."""

    def __call__(self) -> int:
        from maquette.training.train_views import Training, train

        if min(self.samples, self.batch, self.workers or 1) < 1:
            raise InputError("--samples, --batch and --workers count things; expected 1 or more")
        options = Training(samples=self.samples, batch=self.batch, seed=self.seed)
        try:
            train(self.data, self.output, options, self.workers, _line)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
        print(f"trained: {self.output / 'model'}")
        return 0


def _shards(done: int, count: int) -> None:
    end = "\n" if done == count or not sys.stderr.isatty() else "\r"
    print(f"shards {done} of {count}", end=end, file=sys.stderr, flush=True)


def _line(values: dict) -> None:
    print("  ".join(f"{name} {value}" for name, value in values.items()), flush=True)
