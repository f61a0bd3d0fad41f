"""How a triangle mesh hangs together: manifoldness, components, volumes. Plain numpy and scipy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int, Int32, Shaped
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def half_edges(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, "half_edges 2"]:
    """Start and end vertex of every half-edge; row 3 f + k runs from corner k to corner k + 1 of face f."""
    return np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2)


def edge_groups(
    edges: Int[np.ndarray, "edges 2"],
) -> tuple[Int[np.ndarray, "edges"], Int[np.ndarray, "edges"], Int[np.ndarray, "groups"]]:
    """Group half-edges that join the same two vertices, whichever way they run.

    Returns:
        An order that puts each group's members side by side, the group of each member in that order, group sizes.
    """
    a, b = edges.astype(np.int64).T
    count = int(edges.max(initial=0)) + 1
    key, bits = np.minimum(a, b) * count + np.maximum(a, b), len(edges).bit_length()
    if (count * count).bit_length() + bits <= 63:  # sorting numbers takes a third of the time of sorting indices
        numbered = np.sort((key << bits) | np.arange(len(key)))
        order, key = numbered & ((1 << bits) - 1), numbered >> bits
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
    new = np.ones(len(key), bool)
    new[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    return order, np.cumsum(new) - 1, np.diff(np.append(starts, len(key)))


def opposite_half_edges(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, "half_edges"]:
    """The other half-edge on each half-edge's edge, or -1 unless exactly two faces meet there."""
    order, group, sizes = edge_groups(half_edges(faces))
    opposite = np.full(3 * len(faces), -1, np.int64)
    first = np.flatnonzero(np.diff(group, prepend=-1))[sizes == 2]
    opposite[order[first]], opposite[order[first + 1]] = order[first + 1], order[first]
    return opposite


def _label(count: int, a: Int[np.ndarray, "links"], b: Int[np.ndarray, "links"]) -> Int32[np.ndarray, "count"]:
    graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def fans(faces: Int[np.ndarray, "faces 3"]) -> Int32[np.ndarray, "faces 3"]:
    """Number the fans of faces around vertices: corners share a fan when manifold edges connect them.

    Where all is manifold there is exactly one fan for each vertex in use.
    """
    if not len(faces):
        return np.zeros((0, 3), np.int32)
    edges, opposite = half_edges(faces), opposite_half_edges(faces)
    a = np.flatnonzero(opposite > np.arange(len(opposite)))
    b = opposite[a]
    a_end, b_end = _next(a), _next(b)
    turned = edges[a, 0] == edges[b, 0]  # both faces run the same way along the edge: wound inconsistently
    at_start, at_end = np.where(turned, b, b_end), np.where(turned, b_end, b)
    return _label(faces.size, np.append(a, a_end), np.append(at_start, at_end)).reshape(-1, 3)


def _next(half_edges: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
    """The half-edge after each in its face; also the corner at which it ends."""
    return half_edges - half_edges % 3 + (half_edges + 1) % 3


def is_closed_manifold(vertices: Shaped[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> bool:
    """Whether a mesh has faces, two wound alike at every edge, and one fan of faces at every vertex in use."""
    if not len(faces) or faces.min() < 0 or faces.max() >= len(vertices):
        return False
    if (faces == np.roll(faces, 1, 1)).any():
        return False
    edges, opposite = half_edges(faces), opposite_half_edges(faces)
    if (opposite < 0).any() or (edges[opposite, 0] != edges[:, 1]).any():
        return False
    return int(fans(faces).max()) + 1 == len(np.unique(faces))


def components(faces: Int[np.ndarray, "faces 3"]) -> Int32[np.ndarray, "faces"]:
    """Number the pieces of a mesh that share no vertex; one label a face."""
    if not len(faces):
        return np.zeros(0, np.int32)
    labels = _label(int(faces.max()) + 1, faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel())
    return np.unique(labels[faces[:, 0]], return_inverse=True)[1].astype(np.int32)


def signed_volumes(
    vertices: Shaped[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], labels: Int[np.ndarray, "faces"]
) -> Float64[np.ndarray, "labels"]:
    """Volume enclosed by each labelled set of faces (divergence theorem); negative where it is wound inwards."""
    corner = vertices.astype(np.float64)[faces]
    return np.bincount(labels, np.einsum("fi,fi->f", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6)


def select(
    vertices: Shaped[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], keep: Bool[np.ndarray, "faces"]
) -> tuple[Shaped[np.ndarray, "kept_vertices 3"], Int32[np.ndarray, "kept_faces 3"]]:
    """The chosen faces with only the vertices that they use, in the old order."""
    used, remapped = np.unique(faces[keep], return_inverse=True)
    return vertices[used], remapped.reshape(-1, 3).astype(np.int32)
