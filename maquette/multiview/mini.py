"""Mini: the multi-view model that comes with the package, trained by us on our own props."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from maquette.artifacts import Image, Views
from maquette.errors import InputError
from maquette.multiview._planes import views_from_planes
from maquette.multiview._text import LENGTH, PAD, Vocabulary
from maquette.multiview.picture import prepare
from maquette.weights import Weights, locate

if TYPE_CHECKING:
    import torch

    from maquette.multiview._network import Denoiser

BUNDLED = Weights(
    name="mini-views",
    sha256="a498d64de8bf28a5af376ea11b6339ab236cc4afd6845ff72e4d8dc138b57f01",
    size=19271944,
    licence="Apache-2.0",
    file="multiview/weights/views.safetensors",
)

SETTLED = 0.3
"""The time from which finished samples are predicted again: layout is kept, what wavers is averaged."""


@dataclass(frozen=True)
class Mini:
    """Samples six axis-aligned orthographic views at 64 pixels from a sentence or a picture.

    A rectified flow transformer over three double-sided planes, in 32-bit floats so that every CPU gives the same
    picture. Views carry albedo, alpha, world normals, depth and metallic-roughness.
    """

    version: ClassVar[int] = 2

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
    folder: str | None = field(default=None, metadata={"key": False})
    """A model that `maquette train views` wrote; None is the one in the package."""

    @property
    def weights(self) -> Weights:
        """The file that this method computes with."""
        return BUNDLED if self.folder is None else _weights_of(Path(self.folder))

    def __call__(self, source: str | Image) -> Views:
        """Views of what a sentence says or a picture shows.

        Raises:
            InputError: The steps or the guidance are out of range, or the picture shows nothing.
        """
        return self.sample([source])[0]

    def sample(self, sources: list[str | Image], seeds: list[int] | None = None) -> list[Views]:
        """Views for several sources in one batch, from `seeds` (each source its own) or all from this seed.

        Raises:
            InputError: The steps or the guidance are out of range, a picture shows nothing, or pictures and
                sentences are mixed.
        """
        import torch

        from maquette.multiview._network import FINE, PATCH_VALUES, unpatchify
        from maquette.multiview._sampler import guided, settle, solve
        from maquette.multiview._schedulers import SOLVERS

        if not 1 <= self.steps <= 1000:
            raise InputError(f"{self.steps} sampling steps; expected 1 to 1000 (24 is usual)")
        if not (0 < self.end <= 1 and 0 <= self.settle <= 100):
            raise InputError(f"end {self.end}, settle {self.settle}; expected above 0 to 1, and 0 to 100")
        if self.solver not in SOLVERS:
            raise InputError(f"solver {self.solver!r}; expected one of {', '.join(SOLVERS)}")
        if not 0 <= self.guidance <= 20:
            raise InputError(f"guidance {self.guidance}; expected 0 to 20 (2 is usual)")
        if len({isinstance(source, str) for source in sources}) > 1:
            raise InputError("sentences and pictures in one batch; expected all of one kind: sample them apart")
        network, vocabulary = load(self.weights)
        sentences = [source if isinstance(source, str) else "" for source in sources]
        words = torch.tensor(vocabulary.encode(sentences))
        pictures = [prepare(source) for source in sources if isinstance(source, Image)]
        picture = torch.from_numpy(np.stack(pictures)) if pictures else None
        nothing = torch.full((len(sources), LENGTH), PAD)
        own = seeds or [self.seed] * len(sources)
        noise, *fresh = (
            torch.stack([_noise((seed, i), (FINE, PATCH_VALUES)) for seed in own]) for i in range(1 + self.settle)
        )
        predict = guided(
            lambda x, t: network(x, t, words, picture),
            lambda x, t: network(x, t, nothing),
            self.guidance,
            self.guidance_until,
        )
        with torch.inference_mode():
            sampled = solve(predict, noise, SOLVERS[self.solver](self.shift, self.end), self.steps)
            planes = unpatchify(settle(predict, sampled, SETTLED, fresh)).numpy()
        return [views_from_planes(each) for each in planes]


def _noise(seed: tuple[int, int], shape: tuple[int, ...]) -> torch.Tensor:
    """Standard normal values that are the same on every machine and for any batch."""
    import torch

    values = np.random.Generator(np.random.PCG64(seed)).standard_normal(shape, np.float32)
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
    return Vocabulary(tuple(config["words"]), config["nouns"])


def _weights_of(folder: Path) -> Weights:
    """A folder's own weights, pinned by what they are now."""
    path = folder.resolve() / "views.safetensors"
    if not path.is_file():
        raise InputError(
            f"{folder} has no views.safetensors; expected the model/ folder of `maquette train views`"
        )
    content = path.read_bytes()
    return Weights(folder.name, hashlib.sha256(content).hexdigest(), len(content), "unknown", file=str(path))
