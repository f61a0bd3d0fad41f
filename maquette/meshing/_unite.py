"""Closed pieces that overlap to one surface around them all: what lies inside another piece goes."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from jaxtyping import Float32, Int32

from maquette.meshing._shells import boxes
from maquette.ops.topology import components, is_closed_manifold, select


def can_unite() -> bool:
    """Whether the package that does it is installed."""
    return importlib.util.find_spec("manifold3d") is not None


def united(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], found: dict[str, Any]
) -> tuple[Float32[np.ndarray, "united 3"], Int32[np.ndarray, "united_faces 3"]]:
    """The union of a closed mesh's pieces, by manifold3d; `united_pieces` counts those that became part of others.

    Where nothing overlaps, or the package is missing (`overlaps_kept` says so), the mesh is returned as it is.

    Args:
        vertices: Of a closed manifold that is wound outwards.
        faces: Its triangles.
        found: Findings, added to.
    """
    label = components(faces)
    count = int(label.max()) + 1
    if count == 1:
        return vertices, faces
    if not can_unite():
        if _boxes_overlap(vertices, faces, label, count):
            found["overlaps_kept"] = count
        return vertices, faces
    import manifold3d

    pieces = []
    for piece in range(count):
        own, triangles = select(vertices, faces, label == piece)
        solid = manifold3d.Manifold(manifold3d.Mesh(own, triangles.astype(np.uint32)))
        if solid.status() != manifold3d.Error.NoError:
            return vertices, faces
        pieces.append(solid)
    union = manifold3d.Manifold.batch_boolean(pieces, manifold3d.OpType.Add)
    left = len(union.decompose())
    if left >= count:
        return vertices, faces
    mesh = union.to_mesh()
    out = np.ascontiguousarray(mesh.vert_properties[:, :3], np.float32), mesh.tri_verts.astype(np.int32)
    if not len(out[1]) or not is_closed_manifold(*out):
        return vertices, faces
    found["united_pieces"] = count - left
    return out


def _boxes_overlap(vertices: np.ndarray, faces: np.ndarray, label: np.ndarray, count: int) -> bool:
    """Whether any two pieces' bounding boxes do."""
    low, high = boxes(vertices, faces, label, count)
    order = np.argsort(low[:, 0], kind="stable")
    low, high = low[order], high[order]
    for piece in range(count - 1):
        near = slice(piece + 1, int(np.searchsorted(low[:, 0], high[piece, 0])))  # what begins where it is
        if ((low[near] < high[piece]) & (high[near] > low[piece])).all(1).any():
            return True
    return False
