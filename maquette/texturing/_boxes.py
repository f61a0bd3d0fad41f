"""Charts for large meshes: pieces that face one of the six axes, seen along it; coarser than xatlas, but fast."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from maquette.artifacts import Cameras, Mesh
from maquette.ops import rasterize

_PASSES = 6  # of smoothing over neighbours, so that rough surfaces do not fall to pieces
_FLATTEST = 0.2  # cosine below which a face is too slanted to be seen along an axis
_PIXELS = 2048  # along each side of the drawing that finds overlaps

Charts = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Source vertices, faces and flat coordinates of the vertices, charts sharing no vertex."""


def axis_charts(mesh: Mesh, alone: Bool[np.ndarray, "faces"]) -> Charts:
    """Connected pieces that face the same axis, projected along it; faces marked alone stand by themselves."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(areas, axis=-1)
    own = areas / np.maximum(size, 1e-30)[:, None]
    neighbours = _neighbours(mesh.faces)
    link = coo_matrix((np.ones(len(neighbours)), tuple(neighbours.T)), (len(own),) * 2).tocsr()
    link = link + link.T
    smooth = own
    for _ in range(_PASSES):
        smooth = smooth + link @ smooth
        smooth /= np.maximum(np.linalg.norm(smooth, axis=-1, keepdims=True), 1e-30)
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    label = (smooth @ axes.T).argmax(-1)
    slanted = (own * axes[label]).sum(-1) < _FLATTEST
    label[slanted] = (own[slanted] @ axes.T).argmax(-1)

    joined = (label[neighbours[:, 0]] == label[neighbours[:, 1]]) & ~alone[neighbours].any(-1)
    rows, columns = neighbours[joined].T
    pieces = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), (len(own),) * 2)
    _, chart = connected_components(pieces, directed=False)
    keys = chart[:, None].astype(np.int64) * len(mesh.vertices) + mesh.faces
    unique, inverse = np.unique(keys, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    source = (unique % len(mesh.vertices)).astype(np.int32)
    axis = np.empty(len(source), np.int64)
    axis[faces.reshape(-1)] = np.repeat(label % 3, 3)
    across = np.array([[2, 1], [0, 2], [0, 1]])[axis]
    return source, faces, np.take_along_axis(mesh.vertices[source], across, 1).astype(np.float32)


def overlapping(
    uv: Float32[np.ndarray, "vertices 2"], faces: Int[np.ndarray, "faces 3"]
) -> Bool[np.ndarray, "faces"]:
    """Faces that lie over another one of lower number: seen from one side they hide it, from the other not."""
    count = len(faces)
    height = np.repeat(np.arange(count, dtype=np.float32), 3)
    flat = uv[faces.reshape(-1)]
    soup = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    scale = np.array([[[_PIXELS, 0, 0], [0, _PIXELS, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], scale, _PIXELS, _PIXELS, "orthographic")
    low, high = (
        rasterize(np.concatenate([flat, depth[:, None]], -1), soup, camera).face
        for depth in (height + 1, count - height)
    )
    marked = np.zeros(count, bool)
    marked[high[low != high]] = True
    return marked


def _neighbours(faces: np.ndarray) -> Int[np.ndarray, "pairs 2"]:
    """Pairs of faces that share an edge which no third face has."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64), -1)
    owner = np.repeat(np.arange(len(faces)), 3)
    keys = edges[:, 0] * (int(faces.max()) + 1) + edges[:, 1]
    order = np.argsort(keys, kind="stable")
    _, first, count = np.unique(keys[order], return_index=True, return_counts=True)
    first = first[count == 2]
    pairs = np.stack([owner[order[first]], owner[order[first + 1]]], -1)
    return pairs[pairs[:, 0] != pairs[:, 1]]
