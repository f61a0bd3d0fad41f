"""Faces without an area are given to their neighbours, and the surface stays as it was."""

from itertools import pairwise

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Mesh
from maquette.meshing import Repair, is_closed_manifold, told
from maquette.meshing._slits import close_slits
from maquette.meshing._slivers import without_slivers
from maquette.ops.topology import edge_groups, half_edges


def _with_t_junctions(rng, count):
    """A box with vertices on edges of one face and not of its neighbour: each slit is a hole of no width."""
    box = trimesh.creation.box((1, 2, 3)).subdivide()
    vertices, faces, used = list(np.asarray(box.vertices, np.float32)), box.faces.tolist(), set()
    for face in rng.integers(len(faces), size=count).tolist():
        a, b, c = faces[face]
        if used & {a, b}:  # where slits meet, repair takes the corner for one where surfaces touch
            continue
        used |= {a, b}
        points = [len(vertices), len(vertices) + 1][: rng.integers(1, 3)]
        vertices += [
            vertices[a] + (vertices[b] - vertices[a]) * np.float32(0.25 * (i + 1)) for i in range(len(points))
        ]
        faces[face] = [a, points[0], c]
        faces += [[start, end, c] for start, end in pairwise([*points, b])]
    return np.array(vertices, np.float32), np.array(faces, np.int32)


def _twice_areas(vertices, faces):
    corner = vertices.astype(np.float64)[faces]
    return np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)


def _volume(vertices, faces):
    return np.linalg.det(vertices.astype(np.float64)[faces]).sum() / 6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_t_junctions_are_closed_without_faces_that_are_lines(seed, count):
    vertices, faces = _with_t_junctions(np.random.default_rng(seed), count)
    fixed, found = Repair().examined(Mesh(vertices, faces))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert _twice_areas(fixed.vertices, fixed.faces).min() > 1e-5
    # Vertices lie on quarters, which are exact, so no point of the surface has moved.
    np.testing.assert_allclose(_volume(fixed.vertices, fixed.faces), 6, rtol=1e-6)
    np.testing.assert_allclose(_twice_areas(fixed.vertices, fixed.faces).sum() / 2, 22, rtol=1e-6)
    assert "faces without area given to their neighbours" in told(found)


def test_a_flat_face_at_a_border_goes():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0.5, 0, 0], [0.5, 1, 0]], np.float32)
    faces = np.array([[0, 2, 3], [2, 1, 3], [0, 1, 2]], np.int32)
    found: dict[str, int] = {}
    left = without_slivers(vertices, faces, found)
    assert sorted(map(tuple, left)) == [(0, 2, 3), (2, 1, 3)]
    assert found == {"slivers": 1}


def test_what_would_double_an_edge_stays():
    """Two triangles back to back, one with a vertex on its edge: a flip would join vertices that are joined."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0.5, 0, 0], [0.5, 1, 0]], np.float32)
    faces = np.array([[0, 2, 3], [2, 1, 3], [0, 1, 2], [1, 0, 3]], np.int32)
    found: dict[str, int] = {}
    assert without_slivers(vertices, faces, found) is faces
    assert not found


@pytest.mark.parametrize("faces", [np.zeros((0, 3), np.int32), np.array([[0, 1, 2]], np.int32)])
def test_what_has_no_area_at_all_is_left_alone(faces):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], np.float32)
    assert without_slivers(vertices, faces, {}) is faces


def test_a_surface_parted_along_a_line_grows_together():
    """A box cut open along an edge, its vertices doubled there: the slit's two sides become one again."""
    box = trimesh.creation.box((1, 2, 3)).subdivide()
    vertices, faces = np.asarray(box.vertices, np.float32), np.asarray(box.faces, np.int32)
    edge = np.flatnonzero((vertices[:, 0] == 0.5) & (vertices[:, 1] == 1.0))  # three vertices in a line
    inner = edge[np.argsort(vertices[edge, 2])][1]
    upper = (faces == inner).any(1) & (vertices[faces].mean(1)[:, 1] > 0.999)
    cut = faces.copy()
    cut[upper] = np.where(cut[upper] == inner, len(vertices), cut[upper])
    found: dict[str, int] = {}
    points, closed = close_slits(np.concatenate([vertices, vertices[inner][None]]), cut, found)
    assert is_closed_manifold(points, closed)
    assert (len(points), len(closed), found) == (len(vertices), len(faces), {"slits": 1})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 25))
def test_touching_cubes_come_out_manifold_without_lines(seed, count):
    """Any heap of cubes of a grid, as voxel models have them: edges and corners with many faces."""
    cells = np.unique(np.random.default_rng(seed).integers(0, 4, (count, 3)), axis=0)
    boxes = [trimesh.creation.box((1, 1, 1)).apply_translation(cell) for cell in cells]
    whole = trimesh.util.concatenate(boxes)
    _, index, uses = np.unique(whole.triangles_center.round(6), axis=0, return_inverse=True, return_counts=True)
    outer = whole.faces[uses[index.reshape(-1)] == 1]  # where diagonals agree, inner walls go
    vertices, faces = np.asarray(whole.vertices, np.float32), np.asarray(outer, np.int32)
    fixed, _ = Repair().examined(Mesh(vertices, faces))
    assert (edge_groups(half_edges(fixed.faces))[2] <= 2).all()
    assert _twice_areas(fixed.vertices, fixed.faces).min() > 1e-3
