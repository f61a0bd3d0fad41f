"""`maquette data` and `maquette train`: from nothing to the models in the package."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

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
    preset: Literal["cpu", "gpu"] = "cpu"
    """cpu: 11 million parameters. gpu: 18 million, 24 minutes of a large GPU; also under `accelerate launch`."""
    samples: int | None = None
    """Models to see in all, in place of the preset's; 400,000 take about four hours of two cores."""
    batch: int | None = None
    """Models a step, in place of the preset's."""
    accumulate: int = 1
    """Batches that make one step: less memory, the same result."""
    minutes: float | None = None
    """End after this many minutes, over all runs, with the learning rate down at 3 % by then."""
    stop_after: float | None = None
    """End this run after so many minutes, with a checkpoint to go on from."""
    start_from: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """The model/ folder of an earlier training to begin with."""
    seed: int = 0
    workers: int | None = None
    """Processes that share each batch on a CPU; as many as there are cores by default, if it splits over them."""

    def __call__(self) -> int:
        import torch

        from maquette.training._options import PRESETS
        from maquette.training.pieces import split
        from maquette.training.train_views import train

        counts = (self.samples, self.batch, self.accumulate, self.workers, self.minutes, self.stop_after)
        if any(value is not None and value <= 0 for value in counts):
            raise InputError(
                "--samples, --batch, --accumulate, --workers, --minutes and --stop-after are above zero"
            )
        if self.preset == "gpu" and not torch.cuda.is_available():
            raise InputError("--preset gpu needs a CUDA GPU, and torch finds none; choose --preset cpu")
        chosen = {"samples": self.samples, "batch": self.batch, "minutes": self.minutes}
        options = replace(
            PRESETS[self.preset],
            accumulate=self.accumulate,
            seed=self.seed,
            **{name: value for name, value in chosen.items() if value is not None},
        )
        device = torch.device("cuda" if self.preset == "gpu" else "cpu")
        try:
            train(self.data, self.output, options, self.workers, _line, self.start_from, device, self.stop_after)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
        split(self.output / "model" / "views.safetensors", self.output / "pieces")
        print(f"trained: {self.output / 'model'}; for slow ways also in {self.output / 'pieces'}")
        return 0


@dataclass(frozen=True)
class BuildPairs:
    """Draw props and models, coarse and fine, with the meshes that we make of them; what is there is kept."""

    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]
    """Where the pairs go; about 0.7 MB an object."""
    count: int = 480
    """Procedural props to have in the end."""
    corpus: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """A folder of model files with an index.jsonl that says their packs and licences."""
    models: int = 320
    """Models of the corpus to have in the end."""
    seed: int = 0
    """Another seed draws other props."""

    def __call__(self) -> int:
        from maquette.training.corpus import read_index
        from maquette.training.pairs import build, worth_pairing

        if self.count < 0 or self.models < 0:
            raise InputError("--count and --models count things; expected 0 or more")
        entries = read_index(self.corpus, strict=True) if self.corpus else []
        files = worth_pairing(entries, self.models, self.seed)
        build(self.folder, self.count, files, self.seed, _pairs)
        return 0


@dataclass(frozen=True)
class TrainUpscaler:
    """Train the upscaler, going on from the checkpoint in the output folder; Ctrl-C loses little."""

    data: Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
    """Pairs that `maquette data pairs` made."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")]
    """Where the checkpoint, the model and the log go."""
    samples: int = 40_000
    """Crops to see in all; about half an hour on one core."""
    batch: int = 8
    """Crops a step."""
    seed: int = 0

    def __call__(self) -> int:
        from maquette.training.train_upscaler import UpscalerTraining, train

        if min(self.samples, self.batch) < 1:
            raise InputError("--samples and --batch count things; expected 1 or more")
        options = UpscalerTraining(samples=self.samples, batch=self.batch, seed=self.seed)
        try:
            train(self.data, self.output, options, _line)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
        print(f"trained: {self.output / 'model'}")
        return 0


def _shards(done: int, count: int) -> None:
    _progress("shards", done, count)


def _pairs(done: int, count: int) -> None:
    _progress("pairs", done, count)


def _progress(name: str, done: int, count: int) -> None:
    end = "\n" if done == count or not sys.stderr.isatty() else "\r"
    print(f"{name} {done} of {count}", end=end, file=sys.stderr, flush=True)


def _line(values: dict) -> None:
    print("  ".join(f"{name} {value}" for name, value in values.items()), flush=True)
