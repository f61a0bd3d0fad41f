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
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from torch.multiprocessing.spawn import start_processes

from maquette.errors import InputError
from maquette.multiview._network import Denoiser, Shape
from maquette.multiview._text import Vocabulary, words
from maquette.multiview.mini import Mini
from maquette.training._batches import Batches
from maquette.training._options import Training
from maquette.training._state import State, write_json
from maquette.training.captions import caption
from maquette.training.corpus_names import synonyms
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
        if spoken:
            count.update({spoken[-1], " ".join(spoken)})
    return {noun: noun.split()[-1] for noun, times in sorted(count.items()) if times >= least}


def train(
    data: Path,
    out: Path,
    options: Training,
    workers: int | None = None,
    report: Callable[[dict], None] = print,
    start_from: Path | None = None,
) -> None:
    """Train into a folder, going on from the checkpoint that is there.

    Writes checkpoint.safetensors (everything needed to go on), model/ (the averaged weights as the package loads
    them), log.jsonl and sheets/ of samples.

    Args:
        workers: Processes that share each batch; as many as there are cores when None.
        report: Called every 25 steps with the line that goes into log.jsonl; must be picklable.
        start_from: The model/ folder of an earlier training whose weights to begin with.

    Raises:
        FileNotFoundError: There are no training shards.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = out / "config.json"
    if not config.exists():
        vocab = vocabulary(Shards.open(data), options.seed)
        shape = Shape(words=len(vocab.words) + 2, picture_patch=8, grams=True)
        settings = {"shape": asdict(shape), "words": vocab.words, "nouns": dict(vocab.nouns)}
        write_json(config, settings | ({"start_from": str(start_from.resolve())} if start_from else {}))
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
