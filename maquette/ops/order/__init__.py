"""The order of triangles and vertices that a graphics card draws fastest."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32, Int64

from maquette.ops import _arrays, _native


def order_faces(faces: Int32[np.ndarray, "faces 3"], vertex_count: int) -> Int32[np.ndarray, "faces"]:
    """The order in which to draw triangles so that transformed vertices are used again while they are cached.

    Forsyth 2006, "Linear-speed vertex cache optimisation". The same faces give the same order.

    Raises:
        ValueError: A face names a vertex that is not there.
    """
    faces = _arrays.indices("faces", faces, vertex_count, "vertices", -1, 3)
    order = np.zeros(len(faces), np.int32)
    _native.call("order_faces", faces, order, len(faces), vertex_count)
    return order


def order_vertices(faces: Int32[np.ndarray, "faces 3"]) -> Int64[np.ndarray, "used"]:
    """The vertices that faces use, in the order of their first use."""
    used, first = np.unique(faces, return_index=True)
    return used[np.argsort(first, kind="stable")].astype(np.int64)


def cache_misses(faces: Int32[np.ndarray, "faces 3"], cache: int = 16) -> float:
    """Vertices transformed per triangle with a first-in-first-out cache of a size, from 0.5 to 3 (ACMR)."""
    entered: dict[int, int] = {}
    misses = 0
    for vertex in faces.ravel().tolist():
        if misses - entered.get(vertex, -cache - 1) > cache - 1:
            misses += 1
            entered[vertex] = misses
    return misses / max(1, len(faces))
