"""Quality against the number of steps for the three solvers, and what choosing among candidates is worth.

    OMP_NUM_THREADS=1 python benchmarks/sampling.py [--chart docs/sampling.png] [--prompts 12]

Prints, for each solver and number of steps, the hull-reprojection IoU, the share of contradicted depths and the
distance to the same noise followed in 96 steps of the refined exponential solver (root mean square over the
planes' values in [-1, 1]). All end where the default ends: `end` is such that the last prediction is asked about
the same time, as far as 1 allows (from 8 steps on). Then the same for the best of 1, 2 and 4 candidates. The
solver `multistep` needs `pip install "maquette[diffusers]"` and is left out without it. Ten minutes on one core.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maquette.artifacts import Views
from maquette.multiview import Mini
from maquette.multiview._planes import planes_from_views
from maquette.multiview._schedulers import times
from maquette.multiview.agreement import agreement, depth_contradictions, hull_reprojection_iou

PROMPTS = (
    "a red wooden stool",
    "an orange chair with black legs",
    "a blue armchair with a white cushion",
    "a round wooden table with a white pedestal",
    "a wooden treasure chest with gold bands",
    "a barrel with two gray bands",
    "a yellow mug with a red handle",
    "a white teapot with a blue lid",
    "a red lamp with a white base",
    "a long sword with a gold guard",
    "a pine tree",
    "a red rocket with white fins",
)
STEPS = (4, 8, 12, 16, 24)
REFERENCE = ("res", 96)
CANDIDATES = (1, 2, 4)
COLORS = {"euler": "#c0392b", "res": "#1f5fa8", "multistep": "#2e8b57"}
MEASURES = {
    "iou": "hull-reprojection IoU",
    "contradictions": "contradicted depths",
    "distance": "distance to 96 steps",
}
PANEL, HEIGHT = 760, 660
"""Pixels of each of the chart's panels."""


def model(solver: Any, steps: int) -> Mini:
    """The bundled model, which asks last about the time that it asks last about by default."""
    default = Mini()
    last = float(times(default.steps, default.shift, default.end)[-2])
    return Mini(solver=solver, steps=steps, end=min(1.0, last / float(times(steps, default.shift)[-2])))


def sampled(model: Mini, prompts: Sequence[str], seeds: Sequence[int]) -> list[Views]:
    """Views of every prompt, six prompts a batch."""
    return [
        views
        for start in range(0, len(prompts), 6)
        for views in model.sample(list(prompts[start : start + 6]), seeds=list(seeds[start : start + 6]))
    ]


def measure(views: Sequence[Views], reference: Sequence[Views]) -> dict[str, float]:
    """Means over the prompts."""
    pairs = list(zip(views, reference, strict=True))
    return {
        "iou": float(np.mean([hull_reprojection_iou(v) for v in views])),
        "contradictions": float(np.mean([depth_contradictions(v) for v in views])),
        "distance": float(np.mean([_distance(v, other) for v, other in pairs])),
    }


def _distance(views: Views, other: Views) -> float:
    return float(np.sqrt(np.mean((planes_from_views(views) - planes_from_views(other)) ** 2)))


def best_of(prompts: Sequence[str]) -> None:
    """A batch of candidates for each prompt, and the best of the first one, two, ..., chosen as Mini chooses."""
    most = max(CANDIDATES)
    chosen: dict[int, list[Views]] = {count: [] for count in CANDIDATES}
    for seed, prompt in enumerate(prompts):
        candidates = Mini().sample([prompt] * most, seeds=[seed + 1000 * i for i in range(most)])
        for count in CANDIDATES:
            chosen[count].append(max(candidates[:count], key=agreement))
    for count, views in chosen.items():
        iou, wrong = ([f(v) for v in views] for f in (hull_reprojection_iou, depth_contradictions))
        print(
            f"best of {count}: hull IoU {np.mean(iou):.4f}, depth contradictions {np.mean(wrong):.4f} "
            f"(worst {max(wrong):.4f}), silhouettes cover {np.mean([v.alpha.mean() for v in views]):.3f}"
        )


def chart(rows: dict[str, dict[int, dict[str, float]]], path: Path) -> None:
    """One panel a measure: its mean against the number of predictions, on a doubling scale, a line a solver."""
    image = Image.new("RGB", (PANEL * len(MEASURES), HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    font: Any = ImageFont.load_default(24)
    for number, (key, title) in enumerate(MEASURES.items()):
        lines = {solver: {steps: values[key] for steps, values in row.items()} for solver, row in rows.items()}
        _panel(draw, font, PANEL * number, title, lines)
    for number, solver in enumerate(rows):
        draw.text((image.width - 50, 110 + 36 * number), solver, COLORS[solver], font, anchor="rm")
    image.save(path)


def _panel(
    draw: ImageDraw.ImageDraw, font: Any, corner: int, title: str, lines: dict[str, dict[int, float]]
) -> None:
    # The whole scale, from 0 or up to an IoU of 1: a zoom would make a figure of noise.
    low, high = 0.0, 1.1 * max(max(line.values()) for line in lines.values())
    if title == MEASURES["iou"]:
        low, high = 0.98, 1.0
    left, right, top, bottom = corner + 124, corner + PANEL - 32, 88, HEIGHT - 92

    def place(steps: int, value: float) -> tuple[float, float]:
        across = np.log2(steps / STEPS[0]) / np.log2(STEPS[-1] / STEPS[0])
        return left + across * (right - left), bottom - (value - low) / (high - low) * (bottom - top)

    draw.text(((left + right) / 2, 44), title, "black", font, anchor="mm")
    draw.text(((left + right) / 2, HEIGHT - 28), "predictions", "#444444", font, anchor="mm")
    for steps in STEPS:
        x, _ = place(steps, low)
        draw.line([x, top, x, bottom], "#e4e4e4", 2)
        draw.text((x, bottom + 24), str(steps), "#444444", font, anchor="mm")
    for value in np.linspace(low, high, 5):
        _, y = place(STEPS[0], value)
        draw.line([left, y, right, y], "#e4e4e4", 2)
        draw.text((left - 12, y), f"{value:.3f}", "#444444", font, anchor="rm")
    for solver, line in lines.items():
        points = [place(steps, value) for steps, value in line.items()]
        draw.line(points, COLORS[solver], 4, joint="curve")
        for x, y in points:
            draw.ellipse([x - 6, y - 6, x + 6, y + 6], COLORS[solver])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    parser.add_argument("--chart", type=Path, help="draw the figure here, as PNG")
    arguments = parser.parse_args()
    prompts = PROMPTS[: arguments.prompts]
    seeds = range(len(prompts))

    solvers = [name for name in COLORS if name != "multistep" or importlib.util.find_spec("diffusers")]
    reference = sampled(model(*REFERENCE), prompts, seeds)
    print("reference", measure(reference, reference), flush=True)
    rows: dict[str, dict[int, dict[str, float]]] = {name: {} for name in solvers}
    for name in solvers:
        for steps in STEPS:
            began = time.perf_counter()
            views = sampled(model(name, steps), prompts, seeds)
            seconds = (time.perf_counter() - began) / len(prompts)
            rows[name][steps] = measure(views, reference)
            print(
                f"{name:10} {steps:3} predictions, {seconds:5.2f} s a prompt "
                + "".join(f"  {key} {value:.4f}" for key, value in rows[name][steps].items()),
                flush=True,
            )
    if arguments.chart:
        chart(rows, arguments.chart)
    best_of(prompts)


if __name__ == "__main__":
    main()
