"""A classifier that says what a set of views shows, trained on true renders that the generator never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32
from torch import Tensor, nn

from maquette.artifacts import Views
from maquette.training.captions import UNCOUNTED, UNSPOKEN
from maquette.training.props import CATEGORIES, COLORS, SUBSTANCES, Prop

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "category": tuple(CATEGORIES),
    "main_color": tuple(COLORS),
    "second_color": tuple(COLORS),
    "count": tuple("2345678"),
    "material": tuple(SUBSTANCES),
}
"""What is asked about every prop, and the answers there are. The second colour is that of the first part that
captions may mention, the count that of the first such part of which there are several."""
Verdict = Mapping[str, str]
"""An answer to each question; where a question does not apply to a prop, the truth has none."""
_SEEN = (0, 1, 2, 4)
"""Front, right, back and top."""
_CHANNELS = 6 * len(_SEEN)


class Judge(nn.Module):
    """A small convolutional network on four views, with a head for each question."""

    def __init__(self) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1), nn.GroupNorm(8, outputs), nn.SiLU())

        self.trunk = nn.Sequential(
            stage(_CHANNELS, 48), stage(48, 96), stage(96, 128), nn.Flatten(), nn.Linear(128 * 16, 256), nn.SiLU()
        )
        self.heads = nn.ModuleDict({name: nn.Linear(256, len(answers)) for name, answers in QUESTIONS.items()})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Logits for every question, from [b, 24, 32, 32]."""
        features = self.trunk(pictures)
        return {name: head(features) for name, head in self.heads.items()}

    def verdicts(self, views: Sequence[Views]) -> list[Verdict]:
        """What each set of views shows."""
        with torch.inference_mode():
            logits = self(torch.from_numpy(np.stack([picture(v) for v in views])))
        found = {name: values.argmax(-1).tolist() for name, values in logits.items()}
        return [{name: QUESTIONS[name][found[name][i]] for name in QUESTIONS} for i in range(len(views))]


def truth(prop: Prop) -> Verdict:
    """What there is to see of a prop; questions that do not apply to it are left out."""
    main, *others = prop.parts
    spoken = [part for part in others if part.mentioned]
    several = [p for p in spoken if 1 < p.count <= 8 and p.name not in UNCOUNTED]
    answers = {"category": prop.category, "main_color": main.finish.color}
    if spoken:
        answers["second_color"] = spoken[0].finish.color
    if several:
        answers["count"] = str(several[0].count)
    if main.finish.material not in UNSPOKEN:
        answers["material"] = main.finish.material
    return answers


def picture(views: Views) -> Float32[np.ndarray, "24 32 32"]:
    """What the judge looks at: four views at half resolution; alpha, and premultiplied colour and materials."""
    seen = list(_SEEN)
    alpha = views.alpha[seen][..., None]
    color = (views.rgb if views.albedo is None else views.albedo)[seen]
    surface = (
        np.zeros((*alpha.shape[:3], 2)) if views.metallic_roughness is None else views.metallic_roughness[seen]
    )
    channels = np.concatenate([color * alpha, surface * alpha, alpha], -1)
    v, h, w, c = channels.shape
    small = channels.reshape(v, h // 2, 2, w // 2, 2, c).mean((2, 4))
    return np.ascontiguousarray(small.transpose(0, 3, 1, 2).reshape(v * c, h // 2, w // 2), np.float32)


def train_judge(
    pictures: Float[np.ndarray, "props 24 32 32"],
    answers: Sequence[Verdict],
    steps: int = 1500,
    seed: int = 0,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Judge:
    """Fit a judge to true renders."""
    torch.manual_seed(seed)
    judge = Judge()
    x = torch.from_numpy(pictures)
    targets = {
        name: torch.tensor([known.index(a[name]) if name in a else -1 for a in answers])
        for name, known in QUESTIONS.items()
    }
    optimizer = torch.optim.AdamW(judge.parameters(), 1.5e-3, weight_decay=0.02)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 1.5e-3 * min(1, (step + 1) / 50) * (1 - step / steps)
        index = torch.randint(len(x), (96,))
        # A little noise and shift, so that a slightly soft or displaced view is still judged by what it shows.
        batch = x[index].float() + 0.04 * torch.randn(96, _CHANNELS, 32, 32)
        dy, dx = (int(torch.randint(-1, 2, ())) for _ in range(2))
        logits = judge(torch.roll(batch, (dy, dx), (2, 3)))
        loss = torch.zeros(())
        for name, values in logits.items():
            target = targets[name][index]
            if (target >= 0).any():
                loss = loss + F.cross_entropy(values, target, ignore_index=-1, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report(step + 1, steps)
    return judge.eval().requires_grad_(False)
