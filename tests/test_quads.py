"""Quads: verified, within the budget, and a plain word where there are none."""

import subprocess

import numpy as np
import pytest
import trimesh
from _meshes import torus

from maquette.artifacts import Mesh
from maquette.errors import InputError, Note
from maquette.meshing import Quads, is_closed_manifold
from maquette.meshing import _quads as module


def grid_quads(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed box, each side of which is side x side quads, counter-clockwise from outside."""
    box = trimesh.creation.box()
    quads, points = [], []
    for axis in range(3):
        for sign in (-1, 1):
            u, v = np.meshgrid(np.linspace(-0.5, 0.5, side + 1), np.linspace(-0.5, 0.5, side + 1), indexing="ij")
            face = np.zeros((side + 1, side + 1, 3))
            face[..., axis], face[..., (axis + 1) % 3], face[..., (axis + 2) % 3] = sign * 0.5, u, v
            i = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel() + len(points) * (side + 1) ** 2
            ring = np.stack([i, i + side + 1, i + side + 2, i + 1], 1)
            quads.append(ring if sign > 0 else ring[:, ::-1])
            points.append(face.reshape(-1, 3))
    stacked = np.round(np.concatenate(points), 9)
    unique, index = np.unique(stacked, axis=0, return_inverse=True)
    assert np.allclose(unique.min(0), box.bounds[0])
    return unique.astype(np.float32), index.reshape(-1)[np.concatenate(quads)]


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(module, "_installed", lambda: True)


def answer(monkeypatch, *results):
    """Let the package answer with these, one a call."""
    waiting = list(results)

    def remeshed(self, mesh, quads):
        result = waiting.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(Quads, "_remeshed", remeshed)


def box() -> Mesh:
    mesh = trimesh.creation.box().subdivide().subdivide().subdivide()
    return Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))


def test_each_quad_is_two_triangles_side_by_side(installed, monkeypatch):
    vertices, quads = grid_quads(5)
    answer(monkeypatch, (vertices, quads))
    mesh = Quads(310)(box())
    assert len(mesh.faces) == 300
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    pairs = mesh.faces.reshape(-1, 6)
    corners = [set(pair) for pair in pairs]
    assert all(len(c) == 4 for c in corners)
    assert {frozenset(map(tuple, mesh.vertices[list(c)])) for c in corners} == {
        frozenset(map(tuple, vertices[quad])) for quad in quads
    }


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("names", [(0, 1, 2, 3), (2, 0, 3, 1), (3, 2, 1, 0)])
def test_a_quad_is_cut_along_its_shorter_diagonal(start, names):
    """A rhombus twice as high as wide, whichever of its corners comes first and whatever they are called."""
    around = np.float32([[0.5, 0, 0], [0, 1, 0], [-0.5, 0, 0], [0, -1, 0]])
    vertices = np.empty_like(around)
    vertices[list(names)] = around
    faces = module._split(vertices, np.roll(np.array([names]), start, axis=1))
    one, two = (set(face.tolist()) for face in faces)
    np.testing.assert_array_equal(np.sort(vertices[list(one & two), 0]), [-0.5, 0.5])
    assert one | two == {0, 1, 2, 3}
    corners = vertices.astype(np.float64)[faces]
    turns = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (turns[:, 2] > 0).all()  # both as the quad goes round


def test_two_quads_around_one_vertex_take_the_diagonals_through_it():
    # A vertex of two quads, as Instant Meshes makes them: their shorter diagonals would be one edge of four faces.
    vertices = np.float32([[-1, 0, 0], [0, 0.1, 0], [1, 0, 0], [0, 3, 0], [0, -3, 0]])
    faces = module._split(vertices, np.array([[0, 1, 2, 3], [0, 4, 2, 1]]))
    edges = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2), 1)
    assert np.unique(edges, axis=0, return_counts=True)[1].max() == 2


def test_too_many_are_asked_for_again(installed, monkeypatch):
    answer(monkeypatch, grid_quads(8), grid_quads(5))
    assert len(Quads(500)(box()).faces) == 300


@pytest.mark.parametrize(
    "result",
    [
        subprocess.CalledProcessError(-11, "python"),
        subprocess.TimeoutExpired("python", 1),
        (np.zeros((0, 3), np.float32), np.zeros((0, 4), np.int64)),
        (grid_quads(5)[0], grid_quads(5)[1] + 1000),
        (grid_quads(5)[0], grid_quads(5)[1][1:]),
        (grid_quads(5)[0] * np.float32(0.5), grid_quads(5)[1]),
        grid_quads(2),
    ],
    ids=["crash", "hang", "nothing", "damage", "hole", "shrunk", "too few"],
)
def test_what_is_no_good_is_decimated_and_told(installed, monkeypatch, result):
    answer(monkeypatch, *[result] * 4)
    with pytest.warns(Note, match="no quads: it.*decimated instead"):
        mesh = Quads(310)(box())
    assert len(mesh.faces) == 310
    assert is_closed_manifold(mesh.vertices, mesh.faces)


def test_what_cannot_be_is_refused(installed, monkeypatch):
    with pytest.raises(InputError, match="at least 32"):
        Quads(20)(box())
    doubled = box()
    with pytest.raises(InputError, match="repair the mesh first"):
        Quads(100)(Mesh(doubled.vertices, np.concatenate([doubled.faces, doubled.faces[:1, ::-1]])))
    monkeypatch.setattr(module, "_installed", lambda: False)
    with pytest.raises(InputError, match=r"maquette\[remesh\]"):
        Quads(100)(box())


def test_a_torus_becomes_quads():
    pytest.importorskip("pynanoinstantmeshes", reason='needs `pip install "maquette[remesh]"`')
    mesh = Quads(1200)(Mesh(*torus(3000)))
    assert 900 <= len(mesh.faces) <= 1200
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    assert all(len(set(pair)) == 4 for pair in mesh.faces.reshape(-1, 6))
