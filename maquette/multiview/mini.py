"""Mini: the multi-view model that comes with the package, trained by us on our own props."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from maquette.artifacts import Image, Views
from maquette.cameras import axis_aligned
from maquette.errors import InputError
from maquette.multiview._planes import planes_from_views, views_from_planes
from maquette.multiview._steady import steadied
from maquette.multiview._text import PAD, Vocabulary
from maquette.multiview.agreement import agreement
from maquette.multiview.picture import prepare
from maquette.weights import Weights, locate

if TYPE_CHECKING:
    import torch

    from maquette.multiview._network import Denoiser

BUNDLED = Weights(
    name="mini-views",
    sha256="0efa001b039b6fcc3b89530523b95fa1b2f069dae12d352f22c1352a301bd978",
    size=22780000,
    licence="Apache-2.0",
    file="multiview/weights/views.safetensors",
)

SETTLED = 0.3
"""The time from which finished samples are predicted again: layout is kept, what wavers is averaged."""

MOST_CANDIDATES = 32


@dataclass(frozen=True)
class Mini:
    """Samples six axis-aligned orthographic views at 64 pixels from a sentence or a picture.

    A rectified flow transformer over three double-sided planes, in 32-bit floats so that every CPU gives the same
    picture. Views carry albedo, alpha, world normals, depth and metallic-roughness.
    """

    version: ClassVar[int] = 4

    seed: int = 0
    steps: int = 24
    guidance: float = 2.0
    """How much harder than plain sampling the sentence is followed; 1 turns guidance off."""
    guidance_until: float = 0.6
    """The time (0 noise, 1 clean) after which details are drawn without guidance."""
    shift: float = 8.0
    """How strongly the steps crowd where the layout is decided; 1 spaces them evenly."""
    end: float = 0.6
    """The time at which sampling ends with what then is taken for clean; later steps add noise, not detail."""
    solver: Literal["euler", "res", "multistep"] = "euler"
    """How the flow is followed: Euler's method, the refined exponential solver, or diffusers' DPM-Solver++."""
    settle: int = 4
    """Predictions, each from fresh noise, whose mean is the finished sample; 0 keeps the first."""
    picture_steps: int = 1
    """As steps, for a picture. A single one gives the mean of all that the picture may show, unguided, unsettled:
    the shape that is least wrong. More give a sharper one, further from the truth."""
    steady: bool = True
    """Make depth follow from the normals drawn beside it, as far as depth and outlines allow."""
    best_of: int = 1
    """Candidates drawn from the seed, in one batch, of which the one whose views agree best is kept."""
    like_strength: float = 0.15
    """How far the look of given views is followed, to 1; below 0, to -1, it is avoided. Without views: nothing."""
    folder: str | None = field(default=None, metadata={"key": False})
    """A model that `maquette train views` wrote; None is the one in the package."""

    @property
    def weights(self) -> Weights:
        """The file that this method computes with."""
        return BUNDLED if self.folder is None else _weights_of(Path(self.folder))

    def __call__(self, source: str | Image, like: Views | None = None) -> Views:
        """Views of what a sentence says or a picture shows, perhaps in the style of other views.

        Raises:
            InputError: An option is out of range, the picture shows nothing, or `like` is not six views as this
                model makes them.
        """
        return self.sample([source], like=like)[0]

    def sample(
        self, sources: Sequence[str | Image], seeds: list[int] | None = None, like: Views | None = None
    ) -> list[Views]:
        """Views for several sources in one batch, from `seeds` (each source its own) or all from this seed.

        Raises:
            InputError: An option is out of range, a picture shows nothing, pictures and sentences are mixed, or
                `like` is not six views as this model makes them.
        """
        import torch
        import torch.nn.functional as F

        from maquette.multiview._network import FINE, PATCH_VALUES, patchify, unpatchify
        from maquette.multiview._sampler import beside, guided, settle, solve
        from maquette.multiview._schedulers import SOLVERS

        if not (1 <= self.steps <= 1000 and 1 <= self.picture_steps <= 1000):
            raise InputError(
                f"{self.steps} sampling steps, {self.picture_steps} for a picture; expected 1 to 1000 (24 and 1 "
                "are usual)"
            )
        if not (0 < self.end <= 1 and 0 <= self.settle <= 100):
            raise InputError(f"end {self.end}, settle {self.settle}; expected above 0 to 1, and 0 to 100")
        if self.solver not in SOLVERS:
            raise InputError(f"solver {self.solver!r}; expected one of {', '.join(SOLVERS)}")
        if not 1 <= self.best_of <= MOST_CANDIDATES:
            raise InputError(f"best of {self.best_of}; expected 1 to {MOST_CANDIDATES}")
        if not 0 <= self.guidance <= 20:
            raise InputError(f"guidance {self.guidance}; expected 0 to 20 (2 is usual)")
        if not -1 <= self.like_strength <= 1:
            raise InputError(f"like strength {self.like_strength}; expected -1 to 1 (0.15 is usual)")
        if len({isinstance(source, str) for source in sources}) > 1:
            raise InputError("sentences and pictures in one batch; expected all of one kind: sample them apart")
        network, vocabulary = load(self.weights)
        sentences = [source if isinstance(source, str) else "" for source in sources]
        words = torch.tensor(vocabulary.encode(sentences)).repeat_interleave(self.best_of, 0)
        pictures = [prepare(source) for source in sources if isinstance(source, Image)]
        picture = torch.from_numpy(np.stack(pictures)).repeat_interleave(self.best_of, 0) if pictures else None
        steps = self.picture_steps if pictures else self.steps
        mean_only = bool(pictures) and steps == 1
        nothing = torch.full_like(words, PAD)
        own = seeds or [self.seed] * len(sources)
        streams = [(seed, candidate) for seed in own for candidate in range(self.best_of)]
        noise, *fresh = (
            torch.stack([_noise(*stream, number, (FINE, PATCH_VALUES)) for stream in streams])
            for number in range(1 + (0 if mean_only else self.settle))
        )
        strength = 0.0 if like is None else self.like_strength
        if strength:  # one more row in each batch: the reference, of which nothing is said
            words, nothing = (F.pad(rows, (0, 0) * 2 + (0, 1), value=PAD) for rows in (words, nothing))
            picture = None if picture is None else F.pad(picture, (0, 0) * 3 + (0, 1))
        predict = guided(
            lambda x, t: network(x, t, words, picture, strength),
            lambda x, t: network(x, t, nothing, None, strength),
            1.0 if mean_only else self.guidance,
            self.guidance_until,
        )
        if like is not None and strength:
            reference = patchify(torch.from_numpy(_planes(like))[None])
            # Noise of its own, from a stream of no candidate, so that a batch gives what single calls give.
            predict = beside(predict, reference, _noise(0, MOST_CANDIDATES, 0, (FINE, PATCH_VALUES))[None])
        with torch.inference_mode():
            sampled = solve(predict, noise, SOLVERS[self.solver](self.shift, self.end), steps)
            planes = unpatchify(settle(predict, sampled, SETTLED, fresh)).numpy()
        views = [views_from_planes(each) for each in planes]
        if self.best_of > 1:
            candidates = (views[first : first + self.best_of] for first in range(0, len(views), self.best_of))
            views = [max(group, key=agreement) for group in candidates]
        return [steadied(each) for each in views] if self.steady else views


def _planes(like: Views) -> np.ndarray:
    """The planes of views whose look is to be followed."""
    try:
        if like.rgb.shape[1:3] != (64, 64):
            raise ValueError(f"they have {like.rgb.shape[2]}×{like.rgb.shape[1]} pixels")
        poses, ours = like.cameras.world_to_camera, axis_aligned(64).world_to_camera
        if poses.shape == ours.shape and not np.allclose(poses, ours, atol=1e-3):
            raise ValueError("they look from other sides")
        return planes_from_views(like)
    except ValueError as error:
        raise InputError(
            f"views to be like cannot be used ({error}); expected the six axis-aligned views of 64×64 pixels that "
            "maquette makes, with all channels: name the GLB itself"
        ) from error


def _noise(seed: int, candidate: int, number: int, shape: tuple[int, ...]) -> torch.Tensor:
    """Standard normal values that are the same on every machine and for any batch.

    The first candidate's are the seed's own, and no other candidate's are those of another seed.
    """
    import torch

    stream = (seed, number, candidate) if candidate else (seed, number)
    values = np.random.Generator(np.random.PCG64(stream)).standard_normal(shape, np.float32)
    return torch.from_numpy(values)


@functools.lru_cache(maxsize=2)
def load(weights: Weights) -> tuple[Denoiser, Vocabulary]:
    """The network of some weights, with the vocabulary that lies beside them, loaded once a process."""
    import torch
    from safetensors.torch import load_file

    from maquette.multiview._network import Denoiser, Shape

    path = locate(weights)
    config = json.loads(path.with_suffix(".json").read_text())
    with torch.device("meta"):
        network = Denoiser(Shape(**config["shape"]))
    tensors = {name: value.float() for name, value in load_file(path).items()}
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(False), vocabulary(weights)


@functools.lru_cache(maxsize=2)
def vocabulary(weights: Weights = BUNDLED) -> Vocabulary:
    """The words that some weights know; needs no torch."""
    config = json.loads(locate(weights).with_suffix(".json").read_text())
    recognised = frozenset(config["recognised"]) if "recognised" in config else None
    return Vocabulary(tuple(config["words"]), config["nouns"], recognised, frozenset(config.get("parts", ())))


def _weights_of(folder: Path) -> Weights:
    """A folder's own weights, pinned by what they are now."""
    path = folder.resolve() / "views.safetensors"
    if not path.is_file():
        raise InputError(
            f"{folder} has no views.safetensors; expected the model/ folder of `maquette train views`"
        )
    content = path.read_bytes()
    return Weights(folder.name, hashlib.sha256(content).hexdigest(), len(content), "unknown", file=str(path))
