"""Collision hulls: closed, convex, within their budgets, around the shape."""

import sys

import numpy as np
import pytest
import trimesh
from _meshes import torus
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Asset, Mesh
from maquette.errors import InputError
from maquette.meshing import Collision, hull_volume_ratio, is_closed_manifold


def assert_convex(hull: Mesh) -> None:
    """Closed, and every vertex on or below the plane of every face."""
    assert is_closed_manifold(hull.vertices, hull.faces)
    corner = hull.vertices.astype(np.float64)[hull.faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    above = np.einsum("fi,vfi->vf", normal, hull.vertices[:, None] - corner[None, :, 0])
    assert above.max() < 1e-6 * np.ptp(hull.vertices, axis=0).max()


def inside(hull: Mesh, points: np.ndarray, within: float) -> np.ndarray:
    corner = hull.vertices.astype(np.float64)[hull.faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return (np.einsum("fi,pfi->pf", normal, points[:, None] - corner[None, :, 0]) < within).all(1)


def cloud(seed: int, flatness: float) -> Mesh:
    rng = np.random.default_rng(seed)
    vertices = (rng.normal(size=(200, 3)) * (1, flatness, 1)).astype(np.float32)
    return Mesh(vertices, rng.integers(0, 200, (150, 3)).astype(np.int32))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.1, 1e-4, 0.0]), st.integers(4, 64))
def test_one_hull_is_convex_and_within_its_vertices(seed, flatness, limit):
    mesh = cloud(seed, flatness)
    (hull,) = Collision(decomposition="hull", vertices=limit)(mesh)
    assert_convex(hull)
    assert len(hull.vertices) <= max(limit, 8)  # what is flat becomes a box


def test_one_hull_holds_everything_where_vertices_suffice():
    mesh = cloud(1, 1.0)
    (hull,) = Collision(decomposition="hull", vertices=500)(mesh)
    assert inside(hull, mesh.vertices[np.unique(mesh.faces)], 1e-6).all()
    (few,) = Collision(decomposition="hull", vertices=24)(mesh)
    assert 0.75 < hull_volume_ratio((few,), hull) <= 1  # the vertices that tell most: a ball keeps its bulk


def test_a_box_is_the_bounding_box():
    mesh = Mesh(*torus(500))
    (box,) = Collision(decomposition="box")(Asset(mesh, None, np.zeros_like(mesh.vertices)))
    assert_convex(box)
    assert len(box.vertices) == 8
    assert np.allclose(box.vertices.min(0), mesh.vertices.min(0))
    assert np.allclose(box.vertices.max(0), mesh.vertices.max(0))


def test_a_ball_is_its_own_hull():
    ball = trimesh.creation.icosphere(3)
    mesh = Mesh(np.asarray(ball.vertices, np.float32), np.asarray(ball.faces, np.int32))
    hulls = Collision(decomposition="hull", vertices=1000)(mesh)
    assert hull_volume_ratio(hulls, mesh) == pytest.approx(1, abs=1e-5)


def test_the_package_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "coacd", None)
    with pytest.raises(InputError, match=r"maquette\[collision\]"):
        Collision(decomposition="coacd")(Mesh(*torus(500)))


def test_bad_budgets_are_refused():
    mesh = Mesh(*torus(500))
    for options in ({"hulls": 0}, {"vertices": 3}, {"concavity": 0.0}):
        with pytest.raises(InputError, match="at least"):
            Collision(decomposition="hull", **options)(mesh)
    with pytest.raises(InputError, match="single point"):
        Collision(decomposition="hull")(Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)))


def test_a_table_comes_apart_into_top_and_legs():
    pytest.importorskip("coacd", reason='needs `pip install "maquette[collision]"`')
    parts = [trimesh.creation.box((1, 0.1, 1)).apply_translation((0, 0.5, 0))]
    for x, z in ((0.4, 0.4), (-0.4, 0.4), (0.4, -0.4), (-0.4, -0.4)):
        parts.append(trimesh.creation.box((0.1, 0.9, 0.1)).apply_translation((x, 0.0, z)))
    table = trimesh.util.concatenate(parts)
    mesh = Mesh(np.asarray(table.vertices, np.float32), np.asarray(table.faces, np.int32))
    hulls = Collision(hulls=6, decomposition="coacd")(mesh)
    assert 5 <= len(hulls) <= 6
    for hull in hulls:
        assert_convex(hull)
        assert len(hull.vertices) <= 32
    surface = np.asarray(trimesh.Trimesh(mesh.vertices, mesh.faces).sample(1000, seed=0))
    assert np.any([inside(hull, surface, 0.03) for hull in hulls], axis=0).all()
    assert hull_volume_ratio(hulls, mesh) < 1.3  # one hull has five times the volume
