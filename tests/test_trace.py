"""Rays and nearest points: against every triangle in turn, another library, closed forms, and without a leak."""

import numpy as np
import pytest
import trimesh
from _meshes import square, torus
from _threads import printed
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.ops import trace
from maquette.ops.trace import reference


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def soup(rng, count):
    """Triangles of all sizes anywhere, some without area."""
    centre, size = rng.normal(size=(count, 1, 3)), 10.0 ** rng.uniform(-3, 0, (count, 1, 1))
    corners = (centre + size * rng.normal(size=(count, 3, 3))).astype(np.float32)
    corners[rng.random(count) < 0.05, 1] = 0.0
    flat = rng.random(count) < 0.05
    corners[flat, 2] = corners[flat, 1]
    return corners.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def same(found, expected, reach=1e-4):
    """Hits at the same distance; which face is another matter where two are as near."""
    assert np.array_equal(found.face < 0, expected.face < 0)
    np.testing.assert_allclose(found.distance, expected.distance, rtol=1e-4, atol=reach)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_as_if_every_triangle_were_tried(seed, count):
    rng = np.random.default_rng(seed)
    vertices, faces = soup(rng, count)
    tree = trace.grow(vertices, faces)
    origins = rng.normal(size=(64, 3)).astype(np.float32)
    directions = unit(rng.normal(size=(64, 3)))
    directions[:6] = np.concatenate([np.eye(3), -np.eye(3)])  # along axes: boxes' sides at a grazing angle
    limits = rng.uniform(0.2, 4, 64).astype(np.float32)
    # A ray within rounding of an edge may go either way: those are left out.
    weights = reference.crossings(vertices, faces, origins, directions)[1]
    rim = np.abs(np.concatenate([weights, 1 - weights.sum(-1, keepdims=True)], -1)).min(-1)
    clear = (rim > 1e-4).all(1)

    def kept(hits):
        return trace.Hits(hits.face[clear], hits.barycentric[clear], hits.distance[clear])

    first = reference.first_hit(vertices, faces, origins, directions, limits)
    same(kept(trace.first_hit(tree, origins, directions, limits)), kept(first))
    assert np.array_equal(trace.blocked(tree, origins, directions, limits)[clear], (first.face >= 0)[clear])
    same(
        kept(trace.hit_along(tree, origins, directions, limits)),
        kept(reference.hit_along(vertices, faces, origins, directions, limits)),
    )
    same(trace.nearest_point(tree, origins), reference.nearest_point(vertices, faces, origins))
    found = trace.nearest_point(tree, origins, directions)
    expected = reference.nearest_point(vertices, faces, origins, directions)
    # Faces seen on edge, and those without area, face either way within rounding.
    assert (np.abs(found.distance - expected.distance) < 1e-3).mean() > 0.95


def test_without_triangles_nothing_is_hit():
    points = np.zeros((3, 3), np.float32)
    up = points + np.float32([0, 0, 1])
    tree = trace.grow(points, np.zeros((0, 3), np.int32))
    assert (trace.first_hit(tree, points, up).face == -1).all()
    assert (trace.nearest_point(tree, points).face == -1).all()
    assert (trace.open_share(tree, points, up, up, trace.cosine_samples(4)) == 1).all()


def test_points_are_where_the_hits_say():
    rng = np.random.default_rng(0)
    vertices, faces = torus(20000)
    tree = trace.grow(vertices, faces)
    origins = rng.uniform(-0.6, 0.6, (5000, 3)).astype(np.float32)
    directions = unit(rng.normal(size=origins.shape))
    hits = trace.first_hit(tree, origins, directions)
    hit = hits.face >= 0
    assert 0.2 < hit.mean() < 0.8
    weights = np.concatenate([1 - hits.barycentric.sum(-1, keepdims=True), hits.barycentric], -1)
    at = np.einsum("pk,pkc->pc", weights, vertices[faces[hits.face]])
    np.testing.assert_allclose(at[hit], (origins + hits.distance[:, None] * directions)[hit], atol=2e-6)
    near = trace.nearest_point(tree, origins)
    weights = np.concatenate([1 - near.barycentric.sum(-1, keepdims=True), near.barycentric], -1)
    at = np.einsum("pk,pkc->pc", weights, vertices[faces[near.face]])
    np.testing.assert_allclose(np.linalg.norm(at - origins, axis=-1), near.distance, atol=2e-6)


def test_no_ray_slips_through_edges_or_vertices():
    """From inside a closed mesh every ray hits, also those aimed exactly at its edges and vertices."""
    vertices, faces = (np.asarray(a) for a in (lambda m: (m.vertices, m.faces))(trimesh.creation.icosphere(4)))
    vertices, faces = vertices.astype(np.float32), faces.astype(np.int32)
    tree = trace.grow(vertices, faces)
    corners = vertices[faces]
    share = np.linspace(0, 1, 9, dtype=np.float32)[:, None]
    edges = np.concatenate([a + share * (b - a) for a, b in zip(corners[:, 0], corners[:, 1], strict=True)])
    for centre in np.array([[0, 0, 0], [0.3, 0.1, -0.2]], np.float32):
        targets = np.concatenate([vertices, edges])
        directions = unit(targets - centre)
        origins = np.broadcast_to(centre, targets.shape).copy()
        assert (trace.first_hit(tree, origins, directions).face >= 0).all()
        assert trace.blocked(tree, origins, directions).all()


@pytest.mark.parametrize("corners", [(0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 0, 0), (0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_triangle_without_area_is_as_near_as_its_edges(corners):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0.3, 0, 0]], np.float32)
    faces = np.array([corners], np.int32)
    points = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    found, expected = (
        trace.nearest_point(trace.grow(vertices, faces), points),
        reference.nearest_point(vertices, faces, points),
    )
    assert (found.face == 0).all()
    np.testing.assert_allclose(found.distance, expected.distance, atol=1e-6)


def test_the_inside_of_a_thin_wall_is_passed_over():
    outer = trimesh.creation.icosphere(4, 0.5)
    inner = trimesh.creation.icosphere(4, 0.49)
    inner.invert()
    both = trimesh.util.concatenate([outer, inner])
    tree = trace.grow(np.asarray(both.vertices, np.float32), np.asarray(both.faces, np.int32))
    directions = unit(np.random.default_rng(0).normal(size=(2000, 3)))
    # Much nearer to the inner sphere, whose normals point to the centre.
    points = (0.491 * directions).astype(np.float32)
    for hits in (
        trace.hit_along(tree, points, directions, 0.05),
        trace.nearest_point(tree, points, directions),
    ):
        assert ((hits.face >= 0) & (hits.face < len(outer.faces))).all()
    assert (trace.hit_along(tree, points, -directions, 0.05).face >= len(outer.faces)).all()


def test_a_sphere_on_a_plane_takes_the_light_that_its_solid_angle_says():
    """Closed form: on the floor d away, a ball of radius r at height h hides r² h / (h² + d²)^1.5 of the sky."""
    radius, height = 0.4, 0.55
    ball = trimesh.creation.icosphere(5, radius)
    ball.apply_translation([0, 0, height])
    tree = trace.grow(np.asarray(ball.vertices, np.float32), np.asarray(ball.faces, np.int32))
    away = np.linspace(0, 3, 40, dtype=np.float32)
    points = np.stack([away, 0 * away, 0 * away], -1)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape).copy()
    share = trace.open_share(tree, points, up, up, trace.cosine_samples(4096))
    # All of it lies above the horizon where h > r.
    expected = 1 - radius**2 * height / (height**2 + away**2) ** 1.5
    # A lattice of 4096 rays puts the rim of the sphere's disc right to a few rays; the mesh is 0.1 % too small.
    np.testing.assert_allclose(share, expected, atol=0.006)


def test_samples_are_as_dense_as_their_cosine():
    for rays, sets in ((1024, 1), (16, 16)):
        samples = trace.cosine_samples(rays, sets).reshape(-1, 3)
        np.testing.assert_allclose(np.linalg.norm(samples, axis=-1), 1, atol=1e-6)
        # Moments of the cosine-weighted hemisphere: E z = 2/3, E z² = 1/2, E x² = E y² = 1/4.
        np.testing.assert_allclose(samples.mean(0), [0, 0, 2 / 3], atol=0.02)
        np.testing.assert_allclose((samples**2).mean(0), [0.25, 0.25, 0.5], atol=0.01)


def test_the_same_as_embree():
    embreex = pytest.importorskip("embreex.rtcore_scene", reason="embreex is not installed: pip install embreex")
    from embreex.mesh_construction import TriangleMesh

    rng = np.random.default_rng(0)
    vertices, faces = torus(20000)
    scene = embreex.EmbreeScene()
    TriangleMesh(scene, vertices[faces])
    origins = rng.uniform(-0.5, 0.5, (20000, 3)).astype(np.float32)
    directions = unit(rng.normal(size=origins.shape))
    tree = trace.grow(vertices, faces)
    found = trace.first_hit(tree, origins, directions)
    expected = scene.run(origins, directions, query="DISTANCE")
    missed = expected > 1e30
    assert (missed == (found.face < 0)).mean() > 0.9995  # tangent rays
    both = ~missed & (found.face >= 0)
    assert (np.abs(found.distance - expected)[both] < 1e-4).mean() > 0.9995
    assert (found.face == scene.run(origins, directions))[both].mean() > 0.999


def test_threads_and_repeats_change_nothing():
    program = (
        "import hashlib, numpy as np; from maquette.ops import trace\n"
        "rng = np.random.default_rng(0); centre = rng.normal(size=(40000, 1, 3))\n"
        "v = (centre + 0.1 * rng.normal(size=(40000, 3, 3))).reshape(-1, 3).astype(np.float32)\n"
        "t = trace.grow(v, np.arange(120000, dtype=np.int32).reshape(-1, 3))\n"
        "d = v[:9000] / np.linalg.norm(v[:9000], axis=1, keepdims=True); h = trace.first_hit(t, v[1:9001], d)\n"
        "s = trace.open_share(t, v[:500], d[:500], d[:500], trace.cosine_samples(16))\n"
        "parts = (t.nodes, t.leaves, h.face, h.barycentric, h.distance, s, trace.nearest_point(t, d).face)\n"
        "print([hashlib.sha256(p.tobytes()).hexdigest() for p in parts])"
    )
    assert printed(program, 1) == printed(program, 3) != ""


def test_hostile_meshes_end():
    """Many triangles in one place, in a row growing without bound, or without any extent."""
    rng = np.random.default_rng(0)
    row = 1.5 ** np.arange(78, dtype=np.float32)
    for corners in (
        np.zeros((5000, 3, 3)),
        np.tile(rng.normal(size=(1, 3, 3)), (5000, 1, 1)),
        row[:, None, None] * rng.normal(size=(1, 3, 3)),
        rng.normal(size=(3000, 3, 3)) * [1e14, 1e-14, 1],
    ):
        vertices = corners.reshape(-1, 3).astype(np.float32)
        tree = trace.grow(vertices, np.arange(len(vertices), dtype=np.int32).reshape(-1, 3))
        origins = rng.normal(size=(200, 3)).astype(np.float32)
        directions = unit(rng.normal(size=(200, 3)))
        hits = trace.first_hit(tree, origins, directions)
        assert hits.face.max() < len(corners)
        assert (trace.nearest_point(tree, origins).face >= 0).all()


def test_what_it_cannot_take_it_names():
    vertices, faces = square(1.0)
    with pytest.raises(ValueError, match="outside"):
        trace.grow(vertices, faces + 9)
    with pytest.raises(ValueError, match="not finite"):
        trace.grow(vertices * np.float32(np.nan), faces)
    tree = trace.grow(vertices, faces)
    points = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match="length one"):
        trace.first_hit(tree, points, points)
    with pytest.raises(ValueError, match="no numbers"):
        trace.first_hit(tree, points * np.float32(np.nan), points + np.float32([0, 0, 1]))
    up = points + np.float32([0, 0, 1])
    with pytest.raises(ValueError, match="sets"):
        trace.open_share(tree, points, up, up, trace.cosine_samples(4), np.full(2, 1, np.uint8))
