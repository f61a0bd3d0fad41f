"""What a long optimisation writes down every few hundred steps, so that a kill loses little."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
from torch import Tensor

from maquette.artifacts import Views
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically


@dataclass(frozen=True)
class Unfinished:
    """A file for the state of one optimisation: of one method with its options, and one set of views."""

    file: Path

    @staticmethod
    def of(folder: str, method: str, views: Views) -> Unfinished:
        """Its place in a folder, named by the content of what goes in."""
        hasher = hashlib.sha256(method.encode())
        cameras = views.cameras
        hasher.update(f"{cameras.projection} {views.rgb.shape}".encode())
        for array in (cameras.world_to_camera, cameras.intrinsics, views.rgb, views.alpha):
            hasher.update(np.ascontiguousarray(array).view(np.uint8).data)
        return Unfinished(Path(folder) / f"{hasher.hexdigest()}.safetensors")

    def read(self) -> dict[str, Tensor] | None:
        """The state, or None where there is none that can be read."""
        try:
            return safetensors.torch.load(self.file.read_bytes())
        except (OSError, ValueError, safetensors.SafetensorError):
            return None

    def write(self, state: Mapping[str, Tensor]) -> None:
        """Replace the state; a folder that cannot be written only costs the safety."""
        with contextlib.suppress(OSError, InputError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, safetensors.torch.save(dict(state)))

    def remove(self) -> None:
        """Forget it: the work is done."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
