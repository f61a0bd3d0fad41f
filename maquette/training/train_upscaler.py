"""Training the upscaler: resumable, and good at any moment.

The rate stays as it is and the weights that are written are averages, so that a run can end at any time.
Batches depend on the seed and the step alone: a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from maquette.errors import InputError
from maquette.texturing._upscaler_network import Upscaler
from maquette.training._crops import Batch, draw
from maquette.training.pairs import Pairs

HEADS = ("trust", "rules", "shares", "smooth")
"""Layers that start at zero; they may move faster than the rest."""
FLOOR = 1e-3
"""The error below which nobody sees a difference, nor training."""
CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 0.3, 0.3)
"""Colour is seen more than metallic and roughness are."""


@dataclass(frozen=True)
class UpscalerTraining:
    """How long and how to train."""

    samples: int = 40_000
    """Training ends when this many crops have been seen."""
    batch: int = 8
    """Crops a step."""
    width: int = 48
    """Channels of the network."""
    blocks: int = 4
    """Pairs of convolutions in it."""
    rate: float = 1e-3
    """AdamW's learning rate; the heads' is twice that."""
    edges: float = 0.3
    """Weight of the error of differences between neighbours beside that of the colours themselves."""
    seed: int = 0
    checkpoint_every: int = 50
    """Steps."""


def train(data: Path, out: Path, options: UpscalerTraining, report: Callable[[dict], None] = print) -> None:
    """Train into a folder, going on from the checkpoint that is there.

    Writes checkpoint.safetensors (everything needed to go on), model/upscaler.safetensors (the averaged weights as
    `Upscale(folder=...)` takes them) and log.jsonl.

    Args:
        report: Called at every checkpoint with the line that goes into log.jsonl.

    Raises:
        FileNotFoundError: There are no pairs in the data folder.
        InputError: There are fewer samples than one batch has.
    """
    if options.samples < options.batch:
        raise InputError(f"{options.samples} samples, fewer than a batch of {options.batch}: ask for more")
    pairs = Pairs.open(data)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    network = Upscaler(options.width, options.blocks)
    average = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = _optimizer(network, options.rate)
    step = _restore(out, network, average, optimizer) if (out / "checkpoint.safetensors").exists() else 0
    steps = options.samples // options.batch
    began, seen, losses = time.monotonic(), 0, []
    while step < steps:
        batch = draw(pairs, options.batch, np.random.default_rng([options.seed, step]))
        loss = loss_of(network(batch.colors, batch.coarse, batch.fine), batch, options.edges)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        seen += options.batch
        losses.append(float(loss.detach()))
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                average[name].lerp_(parameter, max(0.001, 3 / (3 + step)))
        if step % options.checkpoint_every == 0 or step == steps:
            _save(out, network, average, optimizer, step)
            line = {
                "step": step,
                "samples": step * options.batch,
                "loss": round(float(np.mean(losses)), 5),
                "samples_per_second": round(seen / (time.monotonic() - began), 1),
            }
            losses = []
            with (out / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            report(line)


def loss_of(drawn: Tensor, batch: Batch, edges: float) -> Tensor:
    """The logarithm of each crop's error, so that halving it counts alike for clean crops and for hopeless ones.

    The error is the mean absolute one inside the silhouette, and that of differences between neighbours in it.
    """
    weight = drawn.new_tensor(CHANNEL_WEIGHTS)[:, None, None]
    off, inside = weight * (drawn - batch.target), batch.inside
    across = (off[..., 1:] - off[..., :-1]).abs() * inside[..., 1:] * inside[..., :-1]
    down = (off[:, :, 1:] - off[:, :, :-1]).abs() * inside[:, :, 1:] * inside[:, :, :-1]
    total = (off.abs() * inside).flatten(1).sum(1)
    total = total + edges * (across.flatten(1).sum(1) + down.flatten(1).sum(1)) / 2
    error = total / (inside.flatten(1).sum(1) * sum(CHANNEL_WEIGHTS)).clamp_min(1)
    return (error / FLOOR).log1p().mean()


def _optimizer(network: Upscaler, rate: float) -> torch.optim.AdamW:
    heads = [p for name, p in network.named_parameters() if name.split(".")[0] in HEADS]
    trunk = [p for name, p in network.named_parameters() if name.split(".")[0] not in HEADS]
    groups = [{"params": trunk, "lr": rate}, {"params": heads, "lr": 2 * rate}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=1e-3)


def _save(
    out: Path, network: Upscaler, average: dict[str, Tensor], optimizer: torch.optim.AdamW, step: int
) -> None:
    """Write the checkpoint and the averaged model, each whole or not at all."""
    tensors = {f"network.{name}": p.detach() for name, p in network.named_parameters()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"momentum.{index}.{key}": torch.as_tensor(value) for key, value in values.items()}
    tensors["step"] = torch.tensor(step)
    (out / "model").mkdir(exist_ok=True)
    _write(tensors, out / "checkpoint.safetensors")
    _write({name: value.half() for name, value in average.items()}, out / "model" / "upscaler.safetensors")


def _write(tensors: dict[str, Tensor], path: Path) -> None:
    partial = path.with_suffix(".partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
    partial.replace(path)


def _restore(out: Path, network: Upscaler, average: dict[str, Tensor], optimizer: torch.optim.AdamW) -> int:
    """Load a checkpoint; returns its step."""
    tensors = load_file(out / "checkpoint.safetensors")
    state: dict[int, dict[str, Tensor]] = {}
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(tensors[f"network.{name}"])
            average[name].copy_(tensors[f"average.{name}"])
    for key, value in tensors.items():
        kind, _, rest = key.partition(".")
        if kind == "momentum":
            index, _, name = rest.partition(".")
            state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return int(tensors["step"])
