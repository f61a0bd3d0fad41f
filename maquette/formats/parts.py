"""What a mesh file holds, before it is one mesh with one material: parts and what covers them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, UInt8

MAX_FACES = 4_000_000
"""The most triangles that a file may hold, instances counted."""

MAX_TEXTURE = 4096
"""Pixels a side of the largest texture that is kept; larger ones are scaled down."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What a part is covered with, as its file says; pictures are bytes, row 0 at the top."""

    base_color: UInt8[np.ndarray, "height width 3"] | None = None
    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear."""
    metallic_roughness: UInt8[np.ndarray, "height2 width2 2"] | None = None
    metallic: float = 0.0
    roughness: float = 0.8

    @property
    def textured(self) -> bool:
        return self.base_color is not None or self.metallic_roughness is not None


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a file's scene, already where the scene puts it, in the glTF frame."""

    vertices: Float64[np.ndarray, "vertices 3"]
    faces: Int64[np.ndarray, "faces 3"]
    normals: Float64[np.ndarray, "vertices 3"] | None = None
    uv: Float64[np.ndarray, "vertices 2"] | None = None
    """glTF: v down."""
    colors: Float64[np.ndarray, "vertices 3"] | None = None
    """sRGB-encoded, [0, 1]."""
    surface: Surface = Surface()


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first of each distinct row, and for each row the distinct one that it equals."""
    rows = np.ascontiguousarray(rows) + 0.0  # no -0.0
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse.ravel()
