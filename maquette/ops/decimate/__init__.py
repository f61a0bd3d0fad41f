"""Fewer faces for the same shape: quadric edge collapse to an exact budget."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32
from scipy.spatial import ConvexHull, QhullError

from maquette.ops import _native
from maquette.ops.topology import components, edge_groups, half_edges, select, signed_volumes


def decimate(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    target_faces: int,
    shape_weight: float = 1e-3,
) -> tuple[Float32[np.ndarray, "kept_vertices 3"], Int32[np.ndarray, "kept_faces 3"]]:
    """Collapse edges, cheapest quadric error first, down to a number of faces that is never exceeded.

    Garland and Heckbert 1997, "Surface simplification using quadric error metrics", with the link condition (Dey
    et al. 1999): a closed manifold stays one, of the same genus. A closed mesh reaches an even target exactly and
    an odd one less one. What stands in the way gives way in this order: well-shaped triangles, faces that may not
    turn over, the smallest components (the result may then be a few faces short), handles (the convex hull of the
    largest component). The same input gives the same output.

    Args:
        vertices: World units.
        faces: At most two faces at an edge; open borders are allowed and held in place.
        target_faces: At least 4.
        shape_weight: Pull of each vertex towards where it was, relative to the pull of the planes around it.

    Raises:
        ValueError: The target is below 4, or more than two faces meet at an edge.
    """
    if target_faces < 4:
        raise ValueError(f"a budget of {target_faces} faces; a closed surface has at least 4")
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise ValueError(f"faces name vertices outside 0..{len(vertices) - 1}")
    if len(faces) and edge_groups(half_edges(faces))[2].max() > 2:
        raise ValueError("more than two faces meet at an edge; decimation needs a manifold mesh")
    if len(faces) <= target_faces:
        return vertices, faces
    vertices, faces = _collapse(vertices, faces, target_faces, shape_weight)
    if len(faces) > target_faces:
        vertices, faces = _drop_components(vertices, faces, target_faces)
    if len(faces) > target_faces:
        vertices, faces = _collapse(*_convex_hull(vertices), target_faces, shape_weight)
    return vertices, faces


def _collapse(
    vertices: np.ndarray, faces: np.ndarray, target_faces: int, shape_weight: float
) -> tuple[np.ndarray, np.ndarray]:
    out_vertices, out_faces = np.empty_like(vertices, order="C"), np.empty_like(faces, order="C")
    vertex_count = np.zeros(1, np.int64)
    count = _native.call(
        "decimate", np.ascontiguousarray(vertices), np.ascontiguousarray(faces), out_vertices, out_faces,
        vertex_count, len(vertices), len(faces), target_faces, shape_weight,
    )  # fmt: skip
    return out_vertices[: vertex_count[0]].copy(), out_faces[:count].copy()


def _drop_components(vertices: np.ndarray, faces: np.ndarray, target_faces: int) -> tuple[np.ndarray, np.ndarray]:
    labels = components(faces)
    by_size = np.argsort(np.abs(signed_volumes(vertices, faces, labels)), kind="stable")
    remaining = len(faces) - np.cumsum(np.bincount(labels)[by_size])
    drops = min(int(np.argmax(remaining <= target_faces)) + 1, len(by_size) - 1)
    return select(vertices, faces, ~np.isin(labels, by_size[:drops]))


def _convex_hull(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    try:
        hull = ConvexHull(vertices.astype(np.float64))
    except QhullError as error:  # flat, so without an inside
        raise ValueError("the mesh is flat and cannot be brought under its budget of faces") from error
    faces = hull.simplices.astype(np.int32)
    corner = vertices[faces]
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    inwards = np.einsum("fi,fi->f", normals, hull.equations[:, :3]) < 0
    faces[inwards] = faces[inwards, ::-1]
    return select(vertices, faces, np.ones(len(faces), bool))
