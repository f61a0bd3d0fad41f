"""Starting a network from the weights of another, though its vocabulary or its shape has grown."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from maquette.errors import InputError
from maquette.multiview._network import Denoiser
from maquette.multiview._text import Vocabulary


@torch.no_grad()
def warm_start(network: Denoiser, vocabulary: Vocabulary, folder: Path) -> None:
    """Copy what the two have in common; words keep their rows, and blocks beyond the old depth change nothing yet.

    Args:
        network: Freshly made; what the old weights lack stays as it is.
        folder: With views.safetensors and views.json, as training writes them.

    Raises:
        InputError: The folder holds no model, or one of another width.
    """
    path = folder / "views.safetensors"
    if not path.is_file():
        raise InputError(f"{folder} has no views.safetensors; expected the model/ folder of an earlier training")
    old = {name: value.float() for name, value in load_file(path).items()}
    config = json.loads(path.with_suffix(".json").read_text())
    rows = {word: 2 + i for i, word in enumerate(config["words"])}
    own = dict(network.named_parameters())
    for name, parameter in own.items():
        if name not in old:
            continue
        value = old[name]
        if name == "words.weight" and value.shape[1] == parameter.shape[1]:
            fresh = parameter.clone()
            known = [(2 + i, rows[word]) for i, word in enumerate(vocabulary.words) if word in rows]
            for index, row in ((0, 0), (1, 1), *known):
                fresh[index] = value[row]
            value = fresh
        if value.shape != parameter.shape and name.startswith("picture"):
            value = _finer(value, parameter)
        if value.shape != parameter.shape:
            raise InputError(
                f"{name} is {tuple(value.shape)} in {folder} and {tuple(parameter.shape)} here; expected weights "
                "of the same width"
            )
        parameter.copy_(value)


def _finer(value: Tensor, like: Tensor) -> Tensor:
    """The picture's projection or positions for patches of half the size: what four had together, each has."""
    if value.ndim == 2 and value.shape[1] == 4 * like.shape[1]:
        patch = round((value.shape[1] / 4) ** 0.5)
        blocks = value.reshape(-1, 4, 2, patch // 2, 2, patch // 2)
        return 2 * blocks.mean((2, 4)).reshape(like.shape)
    if value.ndim == 2 and 4 * value.shape[0] == like.shape[0]:
        side = round(value.shape[0] ** 0.5)
        grid = value.reshape(side, 1, side, 1, -1).expand(side, 2, side, 2, -1)
        return grid.reshape(like.shape)
    return value
