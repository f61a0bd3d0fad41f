"""Training the multi-view denoiser: resumable, the same on one core or many.

Rectified flow with the clean planes as the prediction; weights are updated in 32 bits and used in bfloat16.
Every process draws its own samples, gradients are averaged, and every process takes the same step.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from torch import Tensor
from torch.multiprocessing.spawn import start_processes

from maquette.errors import InputError
from maquette.multiview._network import Denoiser
from maquette.multiview._text import Vocabulary, words
from maquette.multiview.mini import Mini
from maquette.training._batches import Batches
from maquette.training._options import Training
from maquette.training._source import Source, open_source
from maquette.training._state import CPU, State, write_json
from maquette.training.captions import caption
from maquette.training.corpus_names import ADJECTIVES, synonyms
from maquette.training.data import Shards
from maquette.training.props import CATEGORIES, Draw
from maquette.training.sheets import save_sheet


def vocabulary(shards: Shards, seed: int = 0) -> Vocabulary:
    """Every word that captions of these models use, and every noun among them with what it is a name of."""
    rng = np.random.default_rng(seed)
    used: set[str] = set()
    for index in range(len(shards)):
        about = shards.facts(index)
        used.update(words(caption(about, Draw(rng))))
        if "noun" in about:
            said = (about["noun"], *synonyms(about["noun"]), *about["adjectives"])
            used.update(word for phrase in said for word in words(phrase))
    present = {shards.facts(i).get("category") for i in range(len(shards))}
    nouns = artist_nouns(shards)
    nouns |= {noun: name for name, category in CATEGORIES.items() if name in present for noun in category.nouns}
    used.update(word for noun in nouns for word in words(noun))
    return Vocabulary(tuple(sorted(used)), nouns)


def artist_nouns(shards: Shards, least: int = 24) -> dict[str, str]:
    """What artist models are called, by their last word, wherever it was seen often enough to be learnt."""
    count: Counter[str] = Counter()
    for index in range(len(shards)):
        spoken = str(shards.facts(index).get("noun", "")).split()
        if not ADJECTIVES.issuperset(spoken):  # some names are nothing but "large"
            count.update({spoken[-1], " ".join(spoken)})
    return {noun: noun.split()[-1] for noun, times in sorted(count.items()) if times >= least}


def train(
    data: Path,
    out: Path,
    options: Training,
    workers: int | None = None,
    report: Callable[[dict], None] = print,
    start_from: Path | None = None,
    device: torch.device = CPU,
    stop_after_minutes: float | None = None,
) -> None:
    """Train into a folder, going on from the checkpoint that is there.

    Writes checkpoint.safetensors and momentum-*.safetensors (what is needed to go on), model/ (the averaged
    weights as the package loads them), log.jsonl, sheets/ of samples, and tensorboard/ where that is installed.

    Args:
        workers: Processes that share each batch; as many as there are cores, if it splits over them, when None.
        report: Called every 25 steps with the line that goes into log.jsonl; must be picklable.
        start_from: The model/ folder of an earlier training whose weights to begin with.
        device: One GPU a process, or the CPU. Under torchrun or `accelerate launch` every process takes its own.
        stop_after_minutes: This call ends then, with a checkpoint to go on from.

    Raises:
        FileNotFoundError: There are no training shards.
        InputError: The batch does not split over the workers, or there are fewer samples than it has.
    """
    if options.samples < options.batch:
        raise InputError(f"{options.samples} samples, fewer than a batch of {options.batch}: ask for more")
    count = int(os.environ.get("WORLD_SIZE", 0)) or (1 if device.type != "cpu" else workers or _usual(options))
    if options.batch % (count * options.accumulate):
        raise InputError(
            f"a batch of {options.batch} does not split over {count} workers and {options.accumulate} accumulated "
            "batches; choose a multiple of both"
        )
    out.mkdir(parents=True, exist_ok=True)
    config = out / "config.json"
    rank = int(os.environ.get("RANK", 0))
    if not config.exists() and rank == 0:
        vocab = vocabulary(Shards.open(data), options.seed)
        settings = {
            "shape": asdict(options.shape(len(vocab.words))),
            "words": vocab.words,
            "nouns": dict(vocab.nouns),
        }
        sources = data / "sources.json"
        if sources.exists():
            settings["sources"] = json.loads(sources.read_text())
        write_json(config, settings | ({"start_from": str(start_from.resolve())} if start_from else {}))
    job = Job(data, out, options, device, report, stop_after_minutes)
    if "WORLD_SIZE" in os.environ:  # torchrun and accelerate start the processes and say so
        _work(rank, count, job, "env://")
    elif count == 1:
        _work(0, 1, job, "")
    else:
        with tempfile.TemporaryDirectory() as meeting:
            rendezvous = f"file://{Path(meeting).resolve()}/rendezvous"
            start_processes(_work, (count, job, rendezvous), count, start_method="spawn")


def _usual(options: Training) -> int:
    """As many workers as there are cores, or the most below that over which a batch splits."""
    counts = range(os.cpu_count() or 1, 0, -1)
    return next((count for count in counts if options.batch % (count * options.accumulate) == 0), 1)


@dataclass(frozen=True)
class Job:
    """What every worker is told."""

    data: Path
    out: Path
    options: Training
    device: torch.device
    report: Callable[[dict], None]
    stop_after_minutes: float | None


def _work(rank: int, workers: int, job: Job, rendezvous: str) -> None:
    options, device = job.options, job.device
    if device.type == "cpu":
        torch.set_num_threads(1 if workers > 1 else max(1, torch.get_num_threads()))
    else:
        device = torch.device(device.type, int(os.environ.get("LOCAL_RANK", device.index or 0)))
        torch.cuda.set_device(device)
    if workers > 1:
        backend = "gloo" if device.type == "cpu" else "nccl"
        distributed.init_process_group(backend, init_method=rendezvous, rank=rank, world_size=workers)
        distributed.barrier()
    state = State.start(job.out, options, rank, workers, device)
    size = options.batch // workers // options.accumulate
    first = state.step * options.accumulate
    batches = Batches(open_source(job.data, device), state.vocabulary, options, size, rank, first)
    log = Log(job.out, options.batch, job.report) if rank == 0 else None
    steps = options.samples // options.batch
    began, before = time.monotonic(), state.seconds
    ended = False
    while not ended:
        for turn in range(options.accumulate):
            batch = batches.draw(state.step * options.accumulate + turn)
            loss = state.accumulate(batch, 1 / options.accumulate)
            if log:
                log.add("text" if batch.picture is None else "picture", loss)
        if workers > 1:
            _average_gradients(state.network, workers)
        progress = state.step / steps
        if options.minutes:
            progress = min(1.0, max(progress, state.seconds / 60 / options.minutes))
        state.advance(progress, steps)
        if log and state.step % 25 == 0:
            log.write(state.step)
        state.seconds = before + _agreed(time.monotonic() - began, workers, device)
        spent = (state.seconds - before) / 60
        done = state.step >= steps or bool(options.minutes and state.seconds / 60 >= options.minutes)
        ended = done or bool(job.stop_after_minutes and spent >= job.stop_after_minutes)
        if ended or state.step % options.checkpoint_every == 0:
            state.save_momentum(job.out, rank)
            if workers > 1:
                distributed.barrier()
            if rank == 0:
                state.save(job.out)
                _sheet(job.out, batches.source, options.seed, state.step)
            batches.refresh()
    if workers > 1:
        distributed.destroy_process_group()


def _agreed(seconds: float, workers: int, device: torch.device) -> float:
    """The first worker's clock, so that all end at the same step."""
    if workers == 1:
        return seconds
    clock = torch.tensor([seconds], device=device)
    distributed.broadcast(clock, 0)
    return float(clock)


class Log:
    """Writes log.jsonl, and TensorBoard's event files where that is installed."""

    def __init__(self, out: Path, batch: int, report: Callable[[dict], None]):
        self.path, self.batch, self.report = out / "log.jsonl", batch, report
        self.losses: dict[str, list[Tensor]] = {}
        self.since = time.monotonic()
        try:
            from torch.utils.tensorboard import SummaryWriter

            self.board = SummaryWriter(str(out / "tensorboard"))
        except ImportError:
            self.board = None

    def add(self, name: str, loss: Tensor) -> None:
        self.losses.setdefault(name, []).append(loss)

    def write(self, step: int) -> None:
        """A line about the last 25 steps."""
        means = {name: round(float(torch.stack(values).mean()), 5) for name, values in self.losses.items()}
        now = time.monotonic()
        speed = round(25 * self.batch / (now - self.since), 1)
        self.losses, self.since = {}, now
        line = {"step": step, "samples": step * self.batch, **means, "samples_per_second": speed}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if self.board:
            for name, value in (*means.items(), ("samples_per_second", speed)):
                self.board.add_scalar(name, value, step * self.batch)
            self.board.flush()
        self.report(line)


def _sheet(out: Path, shards: Source, seed: int, step: int) -> None:
    """Sample a few sentences with the averaged weights, always the same ones, to look at."""
    rng = np.random.default_rng([seed, 78])
    sentences = [caption(shards.facts(int(i)), Draw(rng)) for i in rng.integers(0, len(shards), 6)]
    (out / "sheets").mkdir(exist_ok=True)
    views = Mini(folder=str(out / "model"), steps=16).sample(list(sentences), seeds=list(range(len(sentences))))
    save_sheet(views, sentences, out / "sheets" / f"{step:06d}.png")


def _average_gradients(network: Denoiser, workers: int) -> None:
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([g.reshape(-1) for g in gradients]).float()
    distributed.all_reduce(flat)
    flat /= workers
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
