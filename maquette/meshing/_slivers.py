"""Faces without an area, three vertices in a line, as T-junctions leave them: flipped into their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int, Int32

from maquette.ops.topology import half_edges, opposite_half_edges

_THIN = 1e-6
"""Of the extent: faces less high are lines; as much is lost in single precision."""
_ROUNDS = 100


def without_slivers(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], found: dict[str, Any]
) -> Int32[np.ndarray, "fewer 3"]:
    """Give the vertex in the middle of a flat face to the neighbour at its longest edge, which becomes two faces.

    No vertex moves and the surface stays where it is. At an open border there is no neighbour, and the face goes.
    What cannot be flipped without folding the surface or doubling an edge stays.

    Args:
        faces: Two at most at an edge, each vertex in one fan.
        found: Gains `slivers`, a count of those that are gone.
    """
    points = vertices.astype(np.float64)
    thin = _THIN * float(np.ptp(points, axis=0).max(initial=0))
    flat = _heights(points, faces)[0] <= thin
    if not flat.any() or flat.all():
        return faces
    touched = np.zeros(len(points), bool)
    touched[faces[flat]] = True
    around = touched[faces].any(1)  # all faces that share an edge or a vertex with a flat one
    near = faces[around]
    for _ in range(_ROUNDS):
        after = _flipped(points, near, thin)
        if after is near:
            break
        near = after
    left = int((_heights(points, near)[0] <= thin).sum())
    if left == flat.sum():
        return faces
    found["slivers"] = int(flat.sum()) - left
    return np.concatenate([faces[~around], near])


def _flipped(
    vertices: Float64[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], thin: float
) -> Int32[np.ndarray, "fewer 3"]:
    """One round of flips, no face in two of them; the same array where nothing can be done."""
    height, longest = _heights(vertices, faces)
    ends, opposite = half_edges(faces), opposite_half_edges(faces)
    f = np.flatnonzero(height <= thin)
    half = 3 * f + longest[f]
    gone = _droppable(faces, opposite, half)
    if len(gone):
        return np.delete(faces, gone, 0)
    other = opposite[half]
    inner = (other >= 0) & (ends[other, 0] == ends[half, 1])
    f, half, other = f[inner], half[inner], other[inner]
    g = other // 3
    # a, b along the longest edge, p in the middle of the flat face, q across it.
    a, b = _corner(faces, half), _corner(faces, half, 1)
    p, q = _corner(faces, half, 2), _corner(faces, other, 2)
    one, two = np.stack([a, q, p], -1), np.stack([p, q, b], -1)
    good = (_heights(vertices, one)[0] > thin) & (_heights(vertices, two)[0] > thin)
    way = _normals(vertices, faces[g])
    good &= ((_normals(vertices, one) * way).sum(-1) > 0) & ((_normals(vertices, two) * way).sum(-1) > 0)
    shorter = np.linalg.norm(vertices[p] - vertices[q], axis=-1) < np.linalg.norm(
        vertices[a] - vertices[b], axis=-1
    )
    good |= (height[g] <= thin) & shorter
    wanted = _keys(p, q, len(vertices))
    good &= (p != q) & ~np.isin(wanted, _keys(ends[:, 0], ends[:, 1], len(vertices)))
    good[np.setdiff1d(np.arange(len(good)), np.unique(wanted, return_index=True)[1])] = False
    chosen = np.flatnonzero(good)
    first = np.full(len(faces), len(f))
    np.minimum.at(first, f[chosen], chosen)
    np.minimum.at(first, g[chosen], chosen)
    chosen = chosen[(first[f[chosen]] == chosen) & (first[g[chosen]] == chosen)]
    if not len(chosen):
        return faces
    faces = faces.copy()
    faces[f[chosen]], faces[g[chosen]] = one[chosen], two[chosen]
    return faces


def _droppable(faces: np.ndarray, opposite: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Flat faces whose longest edge is open, without which no vertex comes to stand in two borders."""
    ends, is_open = half_edges(faces), opposite < 0
    half = half[is_open[half]]
    middle = _corner(faces, half, 2)
    on_border = np.zeros(int(faces.max(initial=0)) + 1, bool)
    on_border[ends[is_open]] = True
    beside = is_open.reshape(-1, 3)[half // 3].sum(1) > 1
    half, middle = (array[~on_border[middle] | beside] for array in (half, middle))
    return half[np.unique(middle, return_index=True)[1]] // 3


def _corner(faces: np.ndarray, half: np.ndarray, step: int = 0) -> np.ndarray:
    """The vertex at which a half-edge starts, or one a step further round its face."""
    return faces[half // 3, (half + step) % 3]


def _keys(a: np.ndarray, b: np.ndarray, count: int) -> np.ndarray:
    """One number for each undirected edge."""
    return np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b)


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corner = vertices[faces]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])


def _heights(
    vertices: Float64[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[Float64[np.ndarray, "faces"], Int[np.ndarray, "faces"]]:
    """The height of each face over its longest edge, and which edge that is."""
    corner = vertices[faces]
    lengths = np.linalg.norm(np.roll(corner, -1, 1) - corner, axis=-1)
    twice = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=-1)
    return twice / np.maximum(lengths.max(1), 1e-300), lengths.argmax(1)
