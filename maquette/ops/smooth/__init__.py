"""Smoothing that keeps creases."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native
from maquette.ops.topology import opposite_half_edges


def smooth(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    normal_steps: int = 60,
    vertex_steps: int = 20,
    crease_degrees: float = 25.0,
) -> Float32[np.ndarray, "vertices 3"]:
    """Even out a surface between its creases and return the moved vertices.

    Sun et al. 2007, "Fast and effective feature-preserving mesh denoising": face normals are averaged with those
    of neighbours that differ by less than the crease angle, then vertices follow the normals.

    Args:
        vertices: World units.
        faces: Triangles; edges with other than two faces are taken for creases.
        normal_steps: Rounds of averaging; the reach grows with the square root.
        vertex_steps: Rounds of moving vertices.
        crease_degrees: Angle between neighbouring faces beyond which they do not mix.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    opposite = opposite_half_edges(faces)
    neighbours = np.where(opposite < 0, -1, opposite // 3).astype(np.int32)
    out = vertices.copy()
    _native.call(
        "smooth", out, faces, neighbours, len(out), len(faces), int(normal_steps),
        int(vertex_steps),        math.cos(math.radians(crease_degrees)),
    )  # fmt: skip
    return out
