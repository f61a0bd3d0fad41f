"""A classifier that says what a set of views shows, trained on true renders that the generator never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32
from torch import Tensor, nn

from maquette.artifacts import Views
from maquette.training.props import CATEGORIES, COLORS, Prop

KINDS = tuple(CATEGORIES)
PAINTS = tuple(COLORS)
_SEEN = (0, 1, 2, 4)
"""Front, right, back and top."""


@dataclass(frozen=True)
class Verdict:
    """What the judge sees."""

    category: str
    main_color: str


class Judge(nn.Module):
    """A small convolutional network on four views (colour and alpha), with a head for each question."""

    def __init__(self) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1), nn.GroupNorm(8, outputs), nn.SiLU())

        self.trunk = nn.Sequential(
            stage(16, 48), stage(48, 96), stage(96, 128), nn.Flatten(), nn.Linear(128 * 16, 256), nn.SiLU()
        )
        self.category = nn.Linear(256, len(KINDS))
        self.color = nn.Linear(256, len(PAINTS))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the category and of the main colour, from [b, 16, 32, 32]."""
        features = self.trunk(pictures)
        return self.category(features), self.color(features)

    def verdicts(self, views: Sequence[Views]) -> list[Verdict]:
        """What each set of views shows."""
        with torch.inference_mode():
            category, color = self(torch.from_numpy(np.stack([picture(v) for v in views])))
        found = zip(category.argmax(-1).tolist(), color.argmax(-1).tolist(), strict=True)
        return [Verdict(KINDS[i], PAINTS[j]) for i, j in found]


def truth(prop: Prop) -> Verdict:
    """What there is to see of a prop."""
    return Verdict(prop.category, prop.parts[0].finish.color)


def picture(views: Views) -> Float32[np.ndarray, "16 32 32"]:
    """What the judge looks at: four views at half resolution, premultiplied colour and alpha."""
    alpha = views.alpha[list(_SEEN)]
    color = (views.rgb if views.albedo is None else views.albedo)[list(_SEEN)]
    channels = np.concatenate([color * alpha[..., None], alpha[..., None]], -1)
    v, h, w, c = channels.shape
    small = channels.reshape(v, h // 2, 2, w // 2, 2, c).mean((2, 4))
    return np.ascontiguousarray(small.transpose(0, 3, 1, 2).reshape(v * c, h // 2, w // 2), np.float32)


def train_judge(
    pictures: Float32[np.ndarray, "props 16 32 32"],
    answers: Sequence[Verdict],
    steps: int = 1500,
    seed: int = 0,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Judge:
    """Fit a judge to true renders."""
    torch.manual_seed(seed)
    judge = Judge()
    x = torch.from_numpy(pictures)
    kinds = torch.tensor([KINDS.index(a.category) for a in answers])
    paints = torch.tensor([PAINTS.index(a.main_color) for a in answers])
    optimizer = torch.optim.AdamW(judge.parameters(), 1.5e-3, weight_decay=0.02)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 1.5e-3 * min(1, (step + 1) / 50) * (1 - step / steps)
        index = torch.randint(len(x), (96,))
        # A little noise and shift, so that a slightly soft or displaced view is still judged by what it shows.
        batch = x[index] + 0.04 * torch.randn(96, 16, 32, 32)
        dy, dx = (int(torch.randint(-1, 2, ())) for _ in range(2))
        category, color = judge(torch.roll(batch, (dy, dx), (2, 3)))
        loss = F.cross_entropy(category, kinds[index], label_smoothing=0.02)
        loss = loss + F.cross_entropy(color, paints[index], label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report(step + 1, steps)
    return judge.eval().requires_grad_(False)
