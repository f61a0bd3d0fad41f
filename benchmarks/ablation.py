"""What attention across the planes, and the depth channel, are worth: four small models on the same budget.

    python benchmarks/ablation.py SHARDS [--samples 24000] [--out FOLDER] [--prompts 120]

SHARDS is what `maquette data build` wrote. Each model is trained from nothing on the same sentences, pictures and
noise in the same order, and differs in one choice: tokens attend to all others (full), across planes only along
epipolar lines, or within their own plane (none); and the channel of depth is there or zeroed. Printed are, on
props of another seed with noise added to their true planes (times .1, .3 and .6), the root mean square errors of
what is predicted, by channel (within the silhouette, but for alpha); and for held-out sentences, sampled, how well
the six silhouettes fit one solid and the share of contradicted depths. A run is kept in --out, and resumed.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from maquette.multiview import Mini
from maquette.multiview._network import patchify, unpatchify
from maquette.multiview._planes import ALPHA, DEPTHS, planes_from_views
from maquette.multiview.mini import load
from maquette.training._options import Training
from maquette.training.captions import caption, facts
from maquette.training.consistency import depth_contradictions, hull_reprojection_iou
from maquette.training.evaluate_text import draw_props, sampled
from maquette.training.props import Draw
from maquette.training.render import assemble, render_views
from maquette.training.train_views import train

SMALL = Training(
    batch=48, width=128, depth=6, fine_width=128, fine_depth=2, rate=2e-3, matrix_rate=4e-3, picture_share=0.3
)
CHOICES: dict[str, dict] = {
    "full": {},
    "epipolar": {"crossview": "epipolar"},
    "none": {"crossview": "none"},
    "full, no depth": {"depth_channel": False},
}
TIMES = (0.1, 0.3, 0.6)
SEED = 91
CHANNELS = {"colour": [0, 1, 2, 9, 10, 11], "normals": [3, 4, 5, 12, 13, 14], "alpha": [ALPHA], "depth": DEPTHS}


@dataclass(frozen=True)
class Asked:
    """Props of another seed."""

    sentences: list[str]
    planes: torch.Tensor  # [n, 3, 19, 64, 64]

    @staticmethod
    def draw(count: int) -> Asked:
        props = draw_props(count, SEED)
        rng = np.random.default_rng(SEED)
        sentences = [caption(facts(prop), Draw(rng), thorough=True) for prop in props]
        planes = np.stack([planes_from_views(render_views(assemble(prop))) for prop in props])
        return Asked(sentences, torch.from_numpy(planes))


def errors(model: Mini, asked: Asked, with_depth: bool) -> dict[str, float]:
    """Root mean square errors of what the model predicts from noisy true planes, by channel."""
    network, vocabulary = load(model.weights)
    clean = asked.planes.clone()
    if not with_depth:
        clean[:, :, DEPTHS] = 0
    words = torch.tensor(vocabulary.encode(asked.sentences))
    inside = (clean[:, :, ALPHA:] > 0.9).float()
    squares = dict.fromkeys(CHANNELS, 0.0)
    for number, time in enumerate(TIMES):
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(number))
        noisy = patchify(time * clean + (1 - time) * noise)
        with torch.inference_mode():
            parts = zip(noisy.split(16), words.split(16), strict=True)
            predicted = torch.cat([network(x, torch.full((len(x),), time), w, None, 0.0) for x, w in parts])
        square = (unpatchify(predicted) - clean) ** 2
        for name, channels in CHANNELS.items():
            weight = torch.ones_like(inside) if name == "alpha" else inside
            total = (square[:, :, channels] * weight).sum() / (weight.sum() * len(channels))
            squares[name] += float(total) / len(TIMES)
    return {name: value**0.5 for name, value in squares.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--samples", type=int, default=24000)
    parser.add_argument("--prompts", type=int, default=120)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "ablation")
    arguments = parser.parse_args()

    asked = Asked.draw(arguments.prompts)
    names = [f"error of {name}" for name in CHANNELS] + ["hull IoU", "contradictions"]
    print("| attention across planes | " + " | ".join(names) + " |")
    print("|---|" + "--:|" * len(names))
    for name, choice in CHOICES.items():
        options = Training(**{**vars(SMALL), **choice, "samples": arguments.samples})
        folder = arguments.out / name.replace(", ", "-").replace(" ", "-")
        train(arguments.shards, folder, options, arguments.workers, report=lambda line: None)
        model = Mini(folder=str(folder / "model"))
        found = errors(model, asked, options.depth_channel)
        views = sampled(model, asked.sentences)
        found["hull"] = float(np.mean([hull_reprojection_iou(each) for each in views]))
        found["depths"] = float(np.mean([depth_contradictions(each) for each in views]))
        if not options.depth_channel:
            found["depth"] = found["depths"] = float("nan")
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in found.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
