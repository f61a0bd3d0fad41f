"""Shading normals of a triangle mesh."""

import math

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native


def corner_normals(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    crease_degrees: float = 40.0,
) -> Float32[np.ndarray, "faces 3 3"]:
    """Unit normals for each face's corners, smooth across edges that turn by less than the crease angle.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    out = np.empty((len(faces), 3, 3), np.float32)
    _native.call(
        "corner_normals", vertices, faces, out, len(vertices), len(faces),
        math.cos(math.radians(crease_degrees)) - 1e-9,
    )  # fmt: skip
    return out
