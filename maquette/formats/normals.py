"""Normals for files that have none: smooth where a surface bends softly, split where it has a crease."""

from dataclasses import replace

import numpy as np

from maquette.formats.parts import Part, unique_rows

CREASE_DEGREES = 40.0
"""Faces that meet at a larger angle keep an edge between them."""


def with_normals(part: Part) -> Part:
    """The part with unit normals; vertices on creases are split where it had none.

    The corners of faces that meet softly along an edge are one: what connects them so is a vertex, whose normal is
    the area-weighted mean of its faces'.
    """
    if part.normals is not None:
        return replace(part, normals=_unit(part.normals))
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    corners = part.vertices[part.faces]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(area, axis=1)

    # Half-edges in the order of the edge that they lie on: neighbours in that order share it.
    place = unique_rows(part.vertices)[1][part.faces]
    count = part.faces.size
    ends = np.stack([place, np.roll(place, -1, 1)], -1).reshape(count, 2)
    low, high = ends.min(1), ends.max(1)
    order = np.lexsort([high, low])
    one, two = order[:-1], order[1:]
    shared = (low[one] == low[two]) & (high[one] == high[two])
    one, two = one[shared], two[shared]
    dot = np.einsum("ij,ij->i", area[one // 3], area[two // 3])
    soft = dot >= np.cos(np.radians(CREASE_DEGREES)) * length[one // 3] * length[two // 3]
    one, two = one[soft], two[soft]

    # A half-edge begins at its own corner and ends at the next of its face.
    after_one, after_two = one // 3 * 3 + (one + 1) % 3, two // 3 * 3 + (two + 1) % 3
    same = ends[one, 0] == ends[two, 0]
    rows = np.concatenate([one, after_one])
    columns = np.concatenate([np.where(same, two, after_two), np.where(same, after_two, two)])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), (count, count))
    total, group = connected_components(graph, directed=False)
    summed = np.stack([np.bincount(group, np.repeat(area[:, axis], 3), total) for axis in range(3)], -1)

    # What differs in group or in the file (coordinates of a seam) is a vertex of its own; the file's order stays.
    corner = part.faces.ravel()
    _, first, faces = np.unique(corner * total + group, return_index=True, return_inverse=True)
    source = corner[first]
    split = part.taken(source, faces.reshape(-1, 3))
    # Tangents without normals mean nothing, as glTF says.
    return replace(split, normals=_unit(summed[group[first]]), tangents=None)


def _unit(normals: np.ndarray) -> np.ndarray:
    """Normals of length one; what has no direction points up."""
    scale = np.abs(normals).max(1, keepdims=True)  # no squares of what is tiny or huge
    normals = normals / np.where(scale > 0, scale, 1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0, normals / np.where(length > 0, length, 1), [0.0, 1.0, 0.0])
