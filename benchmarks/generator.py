"""Held-out prompts through the bundled model, judged by a classifier trained on true renders of another seed.

    python benchmarks/generator.py [--prompts 252] [--sheet out.png]

Prints, for the model, for true renders (the ceiling) and for the caption nearest to each prompt (retrieval): how
often the category and the main colour are right, the hull-reprojection IoU and the share of contradicted depths.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maquette.artifacts import Views
from maquette.multiview import Mini
from maquette.training.captions import caption, facts
from maquette.training.consistency import depth_contradictions, hull_reprojection_iou
from maquette.training.judge import Judge, picture, train_judge, truth
from maquette.training.props import CATEGORIES, Draw, Prop, sample
from maquette.training.render import assemble, render_views
from maquette.training.sheets import save_sheet

JUDGE_SEED, PROMPT_SEED, LIBRARY_SEED = 900_001, 900_002, 900_003
"""Training sets are drawn from pairs (seed, shard); these single numbers give streams that none of them shares."""


def draw_props(count: int, seed: int) -> list[Prop]:
    """Props of all categories in turn."""
    rng = np.random.default_rng(seed)
    kinds = list(CATEGORIES.values())
    return [sample(kinds[i % len(kinds)], rng) for i in range(count)]


def fit_judge(count: int, steps: int) -> Judge:
    props = draw_props(count, JUDGE_SEED)
    pictures = np.stack([picture(render_views(assemble(prop))) for prop in props])
    return train_judge(pictures, [truth(prop) for prop in props], steps)


class Retrieval:
    """Answers a prompt with the views of the library prop whose caption shares the rarest words with it."""

    def __init__(self, count: int):
        rng = np.random.default_rng(LIBRARY_SEED)
        self.props = draw_props(count, LIBRARY_SEED)
        self.bags = [_bag(caption(facts(prop), Draw(rng), thorough=True)) for prop in self.props]
        seen = Counter(word for bag in self.bags for word in bag)
        self.rarity = {word: math.log(count / n) for word, n in seen.items()}

    def __call__(self, prompt: str) -> Views:
        words = _bag(prompt)
        scores = [
            sum(self.rarity.get(w, 0) for w in words & bag) / math.sqrt(1 + sum(self.rarity[w] for w in bag))
            for bag in self.bags
        ]
        return render_views(assemble(self.props[int(np.argmax(scores))]))


def _bag(text: str) -> set[str]:
    return set(re.findall("[a-z]+", text.lower())) - {"a", "an", "with", "and", "of", "made"}


def score(judge: Judge, views: Sequence[Views], props: Sequence[Prop]) -> dict[str, float]:
    verdicts, answers = judge.verdicts(views), [truth(prop) for prop in props]
    right = list(zip(verdicts, answers, strict=True))
    return {
        "category": float(np.mean([v.category == a.category for v, a in right])),
        "main_color": float(np.mean([v.main_color == a.main_color for v, a in right])),
        "hull_iou": float(np.mean([hull_reprojection_iou(v) for v in views])),
        "depth_contradictions": float(np.mean([depth_contradictions(v) for v in views])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=252)
    parser.add_argument("--judge-props", type=int, default=16000)
    parser.add_argument("--judge-steps", type=int, default=4000)
    parser.add_argument("--library", type=int, default=5000, help="captions that retrieval chooses from")
    parser.add_argument("--weights", type=Path, help="a folder written by `maquette train views`")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of the first prompts here")
    arguments = parser.parse_args()

    model = Mini() if arguments.weights is None else Mini(folder=str(arguments.weights))
    props = draw_props(arguments.prompts, PROMPT_SEED)
    rng = np.random.default_rng(PROMPT_SEED)
    prompts = [caption(facts(prop), Draw(rng), thorough=True) for prop in props]
    began = time.perf_counter()
    made: list[Views] = []
    for start in range(0, len(prompts), 8):
        part = prompts[start : start + 8]
        made += model.sample(list(part), seeds=list(range(start, start + len(part))))
    seconds = (time.perf_counter() - began) / len(prompts)

    judge = fit_judge(arguments.judge_props, arguments.judge_steps)
    retrieval = Retrieval(arguments.library)
    rows = {
        "model": score(judge, made, props),
        "true renders (ceiling)": score(judge, [render_views(assemble(prop)) for prop in props], props),
        "nearest caption (retrieval)": score(judge, [retrieval(prompt) for prompt in prompts], props),
    }
    print(
        f"{len(prompts)} held-out prompts, {len(CATEGORIES)} categories, {seconds:.2f} s a prompt in batches of 8"
    )
    for name, values in rows.items():
        print(f"{name:28}" + "".join(f"  {key} {value:.3f}" for key, value in values.items()))
    wrong = [
        f"{prompt!r}: taken for {verdict.category}, {verdict.main_color}"
        for prompt, verdict, prop in zip(prompts, judge.verdicts(made), props, strict=True)
        if verdict != truth(prop)
    ]
    print(f"misjudged ({len(wrong)}):", *wrong, sep="\n  ")
    print(json.dumps(rows))
    if arguments.sheet:
        save_sheet(made[:63], prompts[:63], arguments.sheet)


if __name__ == "__main__":
    main()
