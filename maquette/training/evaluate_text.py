"""What held-out sentences come out as, judged by a classifier trained on true renders of another seed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from maquette.artifacts import Views
from maquette.multiview import Mini
from maquette.training.build import is_held_out, sample_trained
from maquette.training.captions import caption, facts
from maquette.training.consistency import depth_contradictions, hull_reprojection_iou, normal_against_depth
from maquette.training.judge import QUESTIONS, Judge, picture, train_judge, truth
from maquette.training.props import CATEGORIES, Draw, Prop, sample
from maquette.training.render import assemble, render_views

JUDGE_SEED, PROMPT_SEED, LIBRARY_SEED, RANDOM_SEED = 900_001, 900_002, 900_003, 900_004
"""Training sets are drawn from pairs (seed, shard); these single numbers give streams that none of them shares."""


def draw_props(count: int, seed: int) -> list[Prop]:
    """Props of all categories in turn."""
    rng = np.random.default_rng(seed)
    kinds = list(CATEGORIES.values())
    return [sample(kinds[i % len(kinds)], rng) for i in range(count)]


def fit_judge(count: int, steps: int) -> Judge:
    props = draw_props(count, JUDGE_SEED)
    pictures = np.empty((count, 24, 32, 32), np.float16)  # 1.6 GB for as many as are usual
    for number, prop in enumerate(props):
        pictures[number] = picture(render_views(assemble(prop)))
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


def held_out_props(count: int, unseen: int) -> list[Prop]:
    """Props to ask for, of all categories in turn; the last `unseen` are of pairs that training never draws."""
    rng = np.random.default_rng(PROMPT_SEED)
    kinds = list(CATEGORIES.values())
    props = [sample_trained(kinds[i % len(kinds)], rng) for i in range(count - unseen)]
    while len(props) < count:
        prop = sample(kinds[int(rng.integers(len(kinds)))], rng)
        if is_held_out(prop.category, prop.parts[0].finish.color):
            props.append(prop)
    return props


def score(judge: Judge, views: Sequence[Views], props: Sequence[Prop]) -> dict[str, float]:
    """Shares of right answers, unseen_category over unseen pairs alone, and how well the views hold together."""
    verdicts, answers = judge.verdicts(views), [truth(prop) for prop in props]
    pairs = list(zip(verdicts, answers, strict=True))
    figures = {name: float(np.mean([v[name] == a[name] for v, a in pairs if name in a])) for name in QUESTIONS}
    unseen = [v["category"] == a["category"] for v, a in pairs if is_held_out(a["category"], a["main_color"])]
    figures["unseen_category"] = float(np.mean(unseen)) if unseen else float("nan")
    return figures | {
        "hull_iou": float(np.mean([hull_reprojection_iou(v) for v in views])),
        "depth_contradictions": float(np.mean([depth_contradictions(v) for v in views])),
        "normal_against_depth_degrees": float(np.mean([normal_against_depth(v) for v in views])),
    }


def sampled(model: Mini, prompts: Sequence[str]) -> list[Views]:
    """Views for every prompt, in batches of eight, each prompt with its own number as its seed."""
    made: list[Views] = []
    for start in range(0, len(prompts), 8):
        part = list(prompts[start : start + 8])
        made += model.sample(part, seeds=list(range(start, start + len(part))))
    return made


def evaluate_text(
    model: Mini, count: int = 300, judge_props: int = 32000, judge_steps: int = 6000, library: int = 5000
) -> tuple[dict[str, dict[str, float]], list[str], list[Views]]:
    """Figures by who answered, the prompts, and the model's views.

    The model stands beside true renders (the ceiling), the caption nearest to each prompt (retrieval), and any
    prop at all (random).
    """
    props = held_out_props(count, count // 5)
    rng = np.random.default_rng(PROMPT_SEED)
    prompts = [caption(facts(prop), Draw(rng), thorough=True) for prop in props]
    made = sampled(model, prompts)
    judge = fit_judge(judge_props, judge_steps)
    retrieval = Retrieval(library)
    anything = [render_views(assemble(prop)) for prop in draw_props(count, RANDOM_SEED)]
    order = np.random.default_rng(RANDOM_SEED).permutation(count)
    rows = {
        "model": score(judge, made, props),
        "true renders (ceiling)": score(judge, [render_views(assemble(prop)) for prop in props], props),
        "nearest caption (retrieval)": score(judge, [retrieval(prompt) for prompt in prompts], props),
        "any prop (random)": score(judge, [anything[i] for i in order], props),
    }
    return rows, prompts, made
