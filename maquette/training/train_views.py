"""Training the multi-view denoiser: resumable, the same on one core or many.

Rectified flow with the clean planes as the prediction; weights are updated in 32 bits and used in bfloat16.
Every process draws its own samples, gradients are averaged, and every process takes the same step.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.multiprocessing.spawn import start_processes

from maquette.errors import InputError
from maquette.multiview._network import FINE, PATCH, Denoiser, Shape, patchify
from maquette.multiview._planes import CHANNELS
from maquette.multiview._text import Vocabulary, words
from maquette.multiview.mini import Mini
from maquette.training.captions import caption
from maquette.training.data import Shards, shuffled
from maquette.training.props import CATEGORIES, Draw
from maquette.training.sheets import save_sheet

CHANNEL_WEIGHTS = [1.0, 1, 1, 1, 1, 1, 3.5, 0.5, 0.5] * 2 + [3.0]
"""Depth is the hardest channel to get right and alpha the one whose errors show most."""


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


def vocabulary(shards: Shards, seed: int = 0) -> Vocabulary:
    """Every word that captions of these props use, and every noun of the categories among them."""
    rng = np.random.default_rng(seed)
    count = min(len(shards), 20_000)
    used: set[str] = set()
    for index in rng.choice(len(shards), count, replace=False):
        used.update(words(caption(shards.facts(int(index)), Draw(rng))))
    present = {shards.facts(i)["category"] for i in range(len(shards))}
    nouns = {noun: name for name, category in CATEGORIES.items() if name in present for noun in category.nouns}
    used.update(word for noun in nouns for word in words(noun))
    return Vocabulary(tuple(sorted(used)), nouns)


def learning_rate(progress: float, step: int) -> float:
    """Factor on the rates: 60 steps of warm-up, flat, then linear to 3 % over the last 45 % of the run."""
    return min(1.0, (step + 1) / 60) * (1 if progress < 0.55 else 1 - 0.97 * (progress - 0.55) / 0.45)


def train(
    data: Path, out: Path, options: Training, workers: int | None = None, report: Callable[[dict], None] = print
) -> None:
    """Train into a folder, going on from the checkpoint that is there.

    Writes checkpoint.safetensors (everything needed to go on), model/ (the averaged weights as the package loads
    them), log.jsonl and sheets/ of samples.

    Args:
        workers: Processes that share each batch; as many as there are cores when None.
        report: Called every 25 steps with the line that goes into log.jsonl; must be picklable.

    Raises:
        FileNotFoundError: There are no training shards.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = out / "config.json"
    if not config.exists():
        vocab = vocabulary(Shards.open(data), options.seed)
        shape = Shape(words=len(vocab.words) + 2)
        _write_json(config, {"shape": asdict(shape), "words": vocab.words, "nouns": dict(vocab.nouns)})
    count = workers or os.cpu_count() or 1
    if options.batch % count:
        raise InputError(
            f"a batch of {options.batch} does not split over {count} workers; choose a multiple of it"
        )
    if count == 1:
        _work(0, 1, data, out, options, "", report)
        return
    with tempfile.TemporaryDirectory() as meeting:
        arguments = (count, data, out, options, f"file://{Path(meeting).resolve()}/rendezvous", report)
        start_processes(_work, arguments, count, start_method="spawn")


def _work(
    rank: int,
    workers: int,
    data: Path,
    out: Path,
    options: Training,
    rendezvous: str,
    report: Callable[[dict], None],
) -> None:
    torch.set_num_threads(1 if workers > 1 else max(1, torch.get_num_threads()))
    if workers > 1:
        distributed.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=workers)
    state = State.start(out, options, rank, workers)
    batches = Batches(Shards.open(data), state.vocabulary, options, options.batch // workers, rank, state.step)
    steps = options.samples // options.batch
    began, seen, losses = time.monotonic(), 0, {}
    while state.step < steps:
        batch = batches.draw(state.step)
        loss = state.accumulate(batch)
        if workers > 1:
            _average_gradients(state.network, workers)
        state.advance(state.step / steps, steps)
        seen += options.batch
        losses.setdefault("picture" if batch.picture is not None else "text", []).append(loss)
        if rank == 0 and state.step % 25 == 0:
            line = {
                "step": state.step,
                "samples": state.step * options.batch,
                **{name: round(float(np.mean(values)), 5) for name, values in losses.items()},
                "samples_per_second": round(seen / (time.monotonic() - began), 1),
            }
            losses = {}
            with (out / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            report(line)
        if state.step % options.checkpoint_every == 0 or state.step == steps:
            state.save_momentum(out, rank)
            if workers > 1:
                distributed.barrier()
            if rank == 0:
                state.save(out)
                _sheet(out, batches.shards, options.seed, state.step)
    if workers > 1:
        distributed.destroy_process_group()


def _sheet(out: Path, shards: Shards, seed: int, step: int) -> None:
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
        rng, generator = self.rng, self.generator
        # All workers agree on this, so that none waits for another's longer step.
        with_picture = np.random.default_rng([self.options.seed, 77, step]).uniform() < self.options.picture_share
        indices = [next(self.order) for _ in range(self.size)]
        planes = torch.from_numpy(np.stack([self.shards.planes(i) for i in indices]))
        sentences = [caption(self.shards.facts(i), Draw(rng)) for i in indices]
        drop = rng.uniform(size=self.size) < (0.6 if with_picture else 0.1)
        encoded = self.vocabulary.encode(["" if d else s for s, d in zip(sentences, drop, strict=True)])
        time_ = torch.sigmoid(torch.randn(self.size, generator=generator) * 1.4 - 2.2)
        picture = None
        if with_picture:
            picture = torch.from_numpy(np.stack([_roughen(self._picture(i), rng) for i in indices]))
            # A picture is mostly answered in one step from pure noise, so that is trained more.
            one_step = torch.rand(self.size, generator=generator) < 0.3
            time_ = torch.where(one_step, torch.rand(self.size, generator=generator) * 0.01, time_)
        clean = patchify(planes).bfloat16()
        noise = torch.randn(clean.shape, generator=generator).bfloat16()
        return Batch(clean, noise, time_, torch.tensor(encoded), picture)

    def _picture(self, index: int) -> np.ndarray:
        pictures = self.shards.pictures(index)
        return pictures[int(self.rng.integers(len(pictures)))]


def _roughen(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clean picture [4, 64, 64] in [0, 1] made like one from the world; returns what the network reads."""
    rgb, alpha = picture[:3], picture[3:]
    rgb = np.clip(rgb * rng.uniform(0.8, 1.2, (3, 1, 1)) ** 0.5 * rng.uniform(0.8, 1.2), 0, 1) ** rng.uniform(
        0.8, 1.25
    )
    packed = np.concatenate([(2 * rgb - 1) * alpha, 2 * alpha - 1])
    if rng.uniform() < 0.4:  # blur
        padded = np.pad(packed, ((0, 0), (1, 1), (1, 1)), mode="edge")
        packed = (
            2 * packed + padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
        ) / 6
    if rng.uniform() < 0.3:  # a crop that is not quite centred
        packed = np.roll(packed, rng.integers(-3, 4, 2), (1, 2))
    return (packed + rng.normal(0, rng.uniform(0, 0.03), packed.shape)).astype(np.float32)


def weights(clean: Tensor, time_: Tensor) -> Tensor:
    """Weight of every predicted value, [b, 192, 1216]: by channel, fainter on the background, more when clean.

    The factor 1 / (1 - t)² makes it the loss of the flow's velocity; it is held at 16 so that nearly clean
    samples do not drown the rest.
    """
    b = len(clean)
    foreground = (clean.reshape(b, FINE, CHANNELS, PATCH * PATCH)[:, :, -1:] > -0.99).to(clean.dtype)
    channel = torch.tensor(CHANNEL_WEIGHTS, dtype=clean.dtype)[:, None]
    by_time = (1 / (1 - time_).clamp_min(0.25) ** 2).to(clean.dtype)[:, None, None, None]
    return ((0.35 + 0.65 * foreground) * channel * by_time).reshape(b, FINE, -1)


@dataclass
class State:
    """The network, its 32-bit weights and their average, and the optimisers.

    Muon's work on a matrix is the dear part of a step, so each worker updates its own share of the matrices and
    hands the result to the others.
    """

    network: Denoiser
    master: dict[str, torch.nn.Parameter]
    average: dict[str, Tensor]
    optimizers: list[tuple[torch.optim.Optimizer, float, list[str]]]
    """Each with its rate and the names of its parameters, in order."""
    owners: list[list[str]]
    """Names of the matrices that each worker updates."""
    vocabulary: Vocabulary
    step: int = 0

    @staticmethod
    def start(out: Path, options: Training, rank: int = 0, workers: int = 1) -> State:
        """A new state, or the one of the checkpoint in `out`."""
        config = json.loads((out / "config.json").read_text())
        torch.manual_seed(options.seed)
        network = Denoiser(Shape(**config["shape"]))
        master = {n: torch.nn.Parameter(p.detach().clone()) for n, p in network.named_parameters()}
        matrices = [n for n, p in master.items() if p.ndim == 2 and "blocks." in n and "modulation" not in n]
        owners = [matrices[worker::workers] for worker in range(workers)]
        mine, others = owners[rank], [n for n in master if n not in set(matrices)]
        adam = torch.optim.AdamW(
            [master[n] for n in others], lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        muon = torch.optim.Muon(
            [master[n] for n in mine],
            lr=options.matrix_rate,
            weight_decay=0.01,
            adjust_lr_fn="match_rms_adamw",
        )
        state = State(
            network.bfloat16(),
            master,
            {n: p.detach().clone() for n, p in master.items()},
            [(adam, options.rate, others), (muon, options.matrix_rate, mine)],
            owners,
            Vocabulary(tuple(config["words"]), config["nouns"]),
        )
        if (out / "checkpoint.safetensors").exists():
            state._load(out)
        return state

    def accumulate(self, batch: Batch) -> float:
        """Add one batch's gradients to the network; returns its unweighted-in-time loss."""
        t = batch.time.bfloat16()[:, None, None]
        noisy = t * batch.clean + (1 - t) * batch.noise
        predicted = self.network(noisy, batch.time, batch.words, batch.picture)
        # The gradient of the weighted square error is written out: autograd would hold several copies of it.
        with torch.no_grad():
            error = predicted.detach() - batch.clean
            gradient = error * weights(batch.clean, batch.time)
            loss = float(((error * gradient).float().mean((1, 2)) * (1 - batch.time).clamp_min(0.25) ** 2).mean())
            gradient *= 2 / error.numel()
        predicted.backward(gradient)
        return loss

    def advance(self, progress: float, steps: int) -> None:
        """Take one optimiser step and update the average."""
        named = dict(self.network.named_parameters())
        for name, parameter in self.master.items():
            gradient = named[name].grad
            parameter.grad = None if gradient is None else gradient.float()
            named[name].grad = None
        adam = self.optimizers[0][0]
        torch.nn.utils.clip_grad_norm_(adam.param_groups[0]["params"], 1.0)
        factor = learning_rate(progress, self.step)
        for optimizer, rate, _ in self.optimizers:
            optimizer.param_groups[0]["lr"] = rate * factor
            optimizer.step()
        self.step += 1
        # The average looks back over about 4 % of the run, and over less at its start.
        decay = min(1 - 1 / max(1.0, 0.04 * steps), self.step / (self.step + 15))
        if len(self.owners) > 1:
            self._share_matrices()
        with torch.no_grad():
            for name, parameter in self.master.items():
                self.average[name].lerp_(parameter, 1 - decay)
                named[name].copy_(parameter)

    @torch.no_grad()
    def _share_matrices(self) -> None:
        for owner, names in enumerate(self.owners):
            flat = torch.cat([self.master[n].reshape(-1) for n in names])
            distributed.broadcast(flat, owner)
            for name, part in zip(names, flat.split([self.master[n].numel() for n in names]), strict=True):
                self.master[name].copy_(part.view_as(self.master[name]))

    def save_momentum(self, out: Path, rank: int) -> None:
        """Write what this worker's optimisers remember of the parameters that it updates."""
        tensors = {}
        for optimizer, _, names in self.optimizers:
            for index, values in optimizer.state_dict()["state"].items():
                tensors |= {f"{names[index]}|{key}": torch.as_tensor(v) for key, v in values.items()}
        _save(tensors, out / f"momentum-{rank}.safetensors")

    def save(self, out: Path) -> None:
        """Write the checkpoint and the averaged model, each whole or not at all."""
        tensors = {f"master.{n}": p.detach() for n, p in self.master.items()}
        tensors |= {f"average.{n}": t for n, t in self.average.items()}
        tensors["step"] = torch.tensor(self.step)
        _save(tensors, out / "checkpoint.safetensors")
        (out / "model").mkdir(exist_ok=True)
        _save({n: t.bfloat16() for n, t in self.average.items()}, out / "model" / "views.safetensors")
        _write_json(out / "model" / "views.json", json.loads((out / "config.json").read_text()))

    def _load(self, out: Path) -> None:
        tensors = load_file(out / "checkpoint.safetensors")
        self.step = int(tensors["step"])
        named = dict(self.network.named_parameters())
        with torch.no_grad():
            for name, parameter in self.master.items():
                parameter.copy_(tensors[f"master.{name}"])
                named[name].copy_(parameter)
                self.average[name].copy_(tensors[f"average.{name}"])
        momentum: dict[str, dict[str, Tensor]] = {}
        for path in sorted(out.glob("momentum-*.safetensors")):
            for key, value in load_file(path).items():
                name, kind = key.split("|")
                momentum.setdefault(name, {})[kind] = value
        for optimizer, _, names in self.optimizers:
            kept = {index: momentum[name] for index, name in enumerate(names) if name in momentum}
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": kept, "param_groups": groups})


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    partial = path.with_suffix(".partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
    partial.replace(path)


def _write_json(path: Path, value: object) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value, indent=1))
    partial.replace(path)
