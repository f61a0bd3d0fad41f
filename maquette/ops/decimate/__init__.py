"""Fewer faces for the same shape: quadric edge collapse to an exact budget."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int32
from scipy.spatial import ConvexHull, QhullError

from maquette.ops import _arrays, _native
from maquette.ops.topology import components, edge_groups, half_edges, select, signed_volumes


def decimate(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    target_faces: int,
    shape_weight: float = 1e-4,
) -> tuple[Float32[np.ndarray, "kept_vertices 3"], Int32[np.ndarray, "kept_faces 3"]]:
    """Collapse edges, cheapest quadric error first, down to a number of faces that is never exceeded.

    Garland and Heckbert 1997, "Surface simplification using quadric error metrics", with the link condition (Dey
    et al. 1999): a closed manifold stays one, of the same genus. A closed mesh reaches an even target exactly and
    an odd one less one. What stands in the way gives way in this order: well-shaped triangles, faces that may not
    turn over, the smallest components (the result may then be a few faces short), handles (the convex hull of the
    largest component). The same input gives the same output. Faces that name a vertex twice are left out.

    Args:
        vertices: World units.
        faces: At most two faces at an edge; open borders are allowed and held in place.
        target_faces: At least 4.
        shape_weight: Pull of each vertex towards where it was, relative to the pull of the planes around it.

    Raises:
        ValueError: The target is below 4, a face names a vertex that is not there, a vertex is not finite, or more
            than two faces meet at an edge.
    """
    if target_faces < 4:
        raise ValueError(f"a budget of {target_faces} faces; a closed surface has at least 4")
    vertices, faces = _arrays.mesh(vertices, faces)
    if not np.isfinite(vertices).all():
        raise ValueError("vertices that are NaN or infinite; expected finite numbers")
    faces = faces[(faces != np.roll(faces, 1, 1)).all(1)]
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


def decimate_levels(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    uv: Float32[np.ndarray, "vertices 2"] | None,
    normals: Float32[np.ndarray, "vertices 3"],
    targets: Sequence[int],
    most_error: float = 0.02,
    lock_borders: bool = True,
    normal_weight: float = 0.02,
) -> list[tuple[Int32[np.ndarray, "level_faces 3"], float]]:
    """Coarser and coarser faces over the same vertices, which keep their texture coordinates and normals.

    Hoppe 1999, "New quadric metric for simplifying meshes with appearance attributes": vertices fall onto
    neighbours, within their charts; seams and open borders only become shorter, creases where they can stay do.
    No face turns over, in space or in the texture, and a closed manifold stays one.

    Args:
        vertices: World units; split along seams and creases, where they share their positions.
        uv: Texture coordinates; None where there are none.
        normals: Unit.
        targets: Faces of each level, falling. Where seams, borders or `most_error` hold more, a level keeps more.
        most_error: How far a vertex may stray, as a share of the extent; no level goes beyond, so that a model of
            few faces is not torn up for the sake of a number.
        lock_borders: Whether no vertex of an open border may go.
        normal_weight: What a turn of a normal by a radian costs, as a share of the extent.

    Returns:
        For each level its faces, and the largest root mean square distance of a vertex to the planes that met in
        it, in world units; it never falls from level to level.

    Raises:
        ValueError: Targets do not fall, arrays do not fit, faces name missing vertices, values are not finite.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    texture = np.zeros((len(vertices), 2)) if uv is None else uv
    texture = _arrays.floats("uv", texture, len(vertices), 2)
    normals = _arrays.floats("normals", normals, len(vertices), 3)
    if any(a <= b for a, b in itertools.pairwise(targets)) or any(t < 1 for t in targets):
        raise ValueError(f"targets {list(targets)}; expected numbers of faces that fall, at least 1")
    if not all(np.isfinite(array).all() for array in (vertices, texture, normals)):
        raise ValueError("vertices, uv or normals that are NaN or infinite; expected finite numbers")
    if not len(faces) or not len(targets):
        return [(faces, 0.0) for _ in targets]
    points, place = _classes(vertices)
    _, chart = _classes(np.concatenate([vertices, texture], -1))
    corners = place[faces]
    faces = np.ascontiguousarray(faces[(corners != np.roll(corners, 1, 1)).all(1)])
    low, high = points.min(0), points.max(0)
    extent = max(float((high - low).max()), 1e-30)
    centred = (points - (low + high) / 2) / extent  # quadrics far from the origin lose digits
    locked = np.zeros(len(points), np.uint8)
    if lock_borders:
        edges = half_edges(place[faces])
        order, group, sizes = edge_groups(edges)
        locked[edges[order[(sizes != 2)[group]]]] = 1
    density = _density(centred[place], texture, faces)
    attributes = np.concatenate([density * texture, normal_weight * normals], -1, dtype=np.float32)
    out, counts = np.empty((len(targets), len(faces), 3), np.int32), np.zeros(len(targets), np.int64)
    errors = np.zeros(len(targets))
    _native.call(
        "decimate_levels", np.ascontiguousarray(centred, np.float32), place, chart, attributes, faces, locked,
        np.array(targets, np.int64), out, counts, errors, len(points), len(vertices), len(faces), len(targets),
        float(most_error),
    )  # fmt: skip
    return [
        (level[:count].copy(), float(error) * extent)
        for level, count, error in zip(out, counts, errors, strict=True)
    ]


def _classes(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that differ, and for each row which one it is; 0 and -0 are one."""
    rows = np.ascontiguousarray(rows + np.float32(0))
    _, first, index = np.unique(
        rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0],
        return_index=True,
        return_inverse=True,
    )
    return rows[first], index.reshape(-1).astype(np.int32)


def _density(vertices: np.ndarray, uv: np.ndarray, faces: np.ndarray) -> float:
    """Lengths on the surface to lengths in the texture, on average."""
    a, b = vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]]
    u, v = uv[faces[:, 1]] - uv[faces[:, 0]], uv[faces[:, 2]] - uv[faces[:, 0]]
    drawn = float(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum())
    return (float(np.linalg.norm(np.cross(a, b), axis=-1).sum()) / drawn) ** 0.5 if drawn > 0 else 0.0


def _collapse(
    vertices: np.ndarray, faces: np.ndarray, target_faces: int, shape_weight: float
) -> tuple[np.ndarray, np.ndarray]:
    vertices, faces = _arrays.mesh(vertices, faces)
    out_vertices, out_faces = np.empty_like(vertices), np.empty_like(faces)
    vertex_count = np.zeros(1, np.int64)
    count = _native.call(
        "decimate", vertices, faces, out_vertices, out_faces, vertex_count, len(vertices), len(faces),
        int(target_faces), float(shape_weight),
    )  # fmt: skip
    return out_vertices[: vertex_count[0]].copy(), out_faces[:count].copy()


def _drop_components(vertices: np.ndarray, faces: np.ndarray, target_faces: int) -> tuple[np.ndarray, np.ndarray]:
    labels = components(faces)
    size = np.abs(signed_volumes(vertices, faces, labels))
    if (edge_groups(half_edges(faces))[2] == 1).any():  # open pieces have no volume
        corner = vertices.astype(np.float64)[faces]
        area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=-1)
        size = np.bincount(labels, area)
    by_size = np.argsort(size, kind="stable")
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
