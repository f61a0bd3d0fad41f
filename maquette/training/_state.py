"""What a run of training carries from step to step, and its checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as distributed
from safetensors.torch import load_file, save_file
from torch import Tensor

from maquette.multiview._network import FINE, PATCH, Denoiser, Shape
from maquette.multiview._planes import CHANNELS
from maquette.multiview._text import Vocabulary
from maquette.training._batches import Batch
from maquette.training._muon import Muon
from maquette.training._options import Training, dtype, learning_rate
from maquette.training._warm_start import warm_start

CPU = torch.device("cpu")
CHANNEL_WEIGHTS = [1.0, 1, 1, 1, 1, 1, 3.5, 0.5, 0.5] * 2 + [3.0]
"""Depth is the hardest channel to get right and alpha the one whose errors show most."""


def weights(clean: Tensor, time_: Tensor) -> Tensor:
    """Weight of every predicted value, [b, 192, 1216]: by channel, fainter on the background, more when clean.

    The factor 1 / (1 - t)² makes it the loss of the flow's velocity; it is held at 16 so that nearly clean
    samples do not drown the rest.
    """
    b = len(clean)
    foreground = (clean.reshape(b, FINE, CHANNELS, PATCH * PATCH)[:, :, -1:] > -0.99).to(clean.dtype)
    channel = torch.tensor(CHANNEL_WEIGHTS, dtype=clean.dtype, device=clean.device)[:, None]
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
    predict: Callable[..., Tensor]
    """The network, compiled where that was asked for."""
    step: int = 0
    seconds: float = 0.0
    """Spent training, over all runs."""

    @staticmethod
    def start(out: Path, options: Training, rank: int = 0, workers: int = 1, device: torch.device = CPU) -> State:
        """A new state, or the one of the checkpoint in `out`."""
        config = json.loads((out / "config.json").read_text())
        torch.manual_seed(options.seed)
        network = Denoiser(Shape(**config["shape"]))
        vocabulary = Vocabulary(tuple(config["words"]), config["nouns"])
        if "start_from" in config:
            warm_start(network, vocabulary, Path(config["start_from"]))
        network = network.to(device)
        master = {n: torch.nn.Parameter(p.detach().clone()) for n, p in network.named_parameters()}
        matrices = [n for n, p in master.items() if p.ndim == 2 and "blocks." in n and "modulation" not in n]
        owners = [matrices[worker::workers] for worker in range(workers)]
        mine, others = owners[rank], [n for n in master if n not in set(matrices)]
        adam = torch.optim.AdamW(
            [master[n] for n in others], lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        muon = Muon([master[n] for n in mine], options.matrix_rate, dtype(options))
        network = network.to(dtype(options))
        state = State(
            network,
            master,
            {n: p.detach().clone() for n, p in master.items()},
            [(adam, options.rate, others), (muon, options.matrix_rate, mine)],
            owners,
            vocabulary,
            torch.compile(network, dynamic=False) if options.compile else network,
        )
        if (out / "checkpoint.safetensors").exists():
            state._load(out)
        return state

    def accumulate(self, batch: Batch, share: float = 1.0) -> Tensor:
        """Add a batch's gradients, times its share of the step; returns its loss, unweighted in time."""
        t = batch.time.to(batch.clean.dtype)[:, None, None]
        noisy = t * batch.clean + (1 - t) * batch.noise
        predicted = self.predict(noisy, batch.time, batch.words, batch.picture)
        # The gradient of the weighted square error is written out: autograd would hold several copies of it.
        with torch.no_grad():
            error = predicted.detach() - batch.clean
            gradient = error * weights(batch.clean, batch.time)
            loss = ((error * gradient).float().mean((1, 2)) * (1 - batch.time).clamp_min(0.25) ** 2).mean()
            gradient *= 2 * share / error.numel()
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
        # The average looks back over about a tenth of the run, and over less at its start.
        expected = min(float(steps), self.step / max(progress, 1e-3))
        decay = min(1 - 1 / max(1.0, 0.1 * expected), self.step / (self.step + 15))
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
        tensors["step"], tensors["seconds"] = torch.tensor(self.step), torch.tensor(self.seconds)
        _save(tensors, out / "checkpoint.safetensors")
        (out / "model").mkdir(exist_ok=True)
        _save({n: t.bfloat16() for n, t in self.average.items()}, out / "model" / "views.safetensors")
        config = json.loads((out / "config.json").read_text())
        kept = {key: config[key] for key in ("shape", "words", "nouns", "sources") if key in config}
        write_json(out / "model" / "views.json", kept)

    def _load(self, out: Path) -> None:
        tensors = load_file(out / "checkpoint.safetensors")
        self.step, self.seconds = int(tensors["step"]), float(tensors.get("seconds", 0.0))
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


def write_json(path: Path, value: object) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value, indent=1))
    partial.replace(path)
