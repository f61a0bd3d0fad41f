"""One posed picture as a file of cameras describes it, before its pixels are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from maquette.formats.photographs._lens import Lens
from maquette.formats.reading import beside


@dataclass(frozen=True)
class Shot:
    """A picture's file, its lens and its pose."""

    picture: Path
    lens: Lens
    world_to_camera: Float64[np.ndarray, "4 4"]
    mask: Path | None = None
    """White where the object is."""


@dataclass(frozen=True)
class Shoot:
    """What a file of cameras says: shots in its order, and what it knows of the world."""

    file: Path
    """For error messages."""
    shots: list[Shot]
    up: tuple[float, float, float] | None = None
    """The world's up where the format has one."""
    points: Float64[np.ndarray, "points 3"] = field(default_factory=lambda: np.zeros((0, 3)))
    """Sparse points on what was seen; may be empty."""


def mask_of(folder: Path, name: str) -> Path | None:
    """The mask of a picture in `folder`/masks, if there is one: NAME.EXT.png as COLMAP has it, else NAME.png."""
    places = (f"{name}.png", str(Path(name).with_suffix(".png")))
    found = (beside(folder / "masks" / "masks", place) for place in places)
    return next((file for file in found if file.is_file()), None)
