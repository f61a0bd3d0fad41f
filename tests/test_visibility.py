"""Visibility against its readable definition, the closed form of convex bodies, and rays."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit
from maquette.ops import rasterize, visibility, visible_faces, visible_vertices
from maquette.ops.visibility.reference import visibility as reference


def _cameras(seed: int, perspective: bool, resolution: int = 256, views: int = 5) -> Cameras:
    rng = np.random.default_rng(seed)
    rig = orbit(rng.uniform(0, 360, views), rng.uniform(-89, 89, views), resolution, frame=1.8)
    if perspective:
        return rig
    intrinsics = rig.intrinsics.copy()
    intrinsics[:, [0, 1], [0, 1]] = resolution / 1.8
    return replace(rig, intrinsics=intrinsics, projection="orthographic")


def _toward(cameras: Cameras, points: np.ndarray) -> np.ndarray:
    """Unit vectors from points to cameras: [views, points, 3]."""
    rotation = cameras.world_to_camera[:, :3, :3].astype(np.float64)
    if cameras.projection == "orthographic":
        return np.broadcast_to(-rotation[:, None, 2], (len(cameras), len(points), 3))
    centre = -np.einsum("vji,vj->vi", rotation, cameras.world_to_camera[:, :3, 3])
    toward = centre[:, None] - points
    return toward / np.linalg.norm(toward, axis=-1, keepdims=True)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), perspective=st.booleans())
def test_a_point_of_a_convex_body_is_seen_where_its_normal_faces_the_camera(seed, perspective):
    rng = np.random.default_rng(seed)
    hull = trimesh.convex.convex_hull(rng.normal(size=(30, 3)))
    vertices = (hull.vertices / np.abs(hull.vertices).max() / 2).astype(np.float32)
    faces = hull.faces.astype(np.int32)
    cameras = _cameras(seed, perspective)
    corners = vertices[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)

    weights = rng.dirichlet([1, 1, 1], len(faces))
    points = np.einsum("fk,fkc->fc", weights, corners)
    depth = rasterize(vertices, faces, cameras).depth
    cosine = (_toward(cameras, points) * normals).sum(-1)
    seen = visibility(points.astype(np.float32), normals.astype(np.float32), cameras, depth)
    # Slopes beyond 8, or cosines below 1 / 8, are allowed for only in part, on slivers at outlines.
    assert (seen == (cosine > 0))[np.abs(cosine) > 0.13].all()
    assert not seen[cosine < 0].any()

    centre = (_toward(cameras, corners.mean(1)) * normals).sum(-1)
    by_face = visible_faces(vertices, faces, cameras)
    assert (by_face == (centre > 0))[np.abs(centre) > 0.13].all()
    by_vertex = visible_vertices(vertices, faces, cameras)
    facing = np.stack([(_toward(cameras, corners[:, n]) * normals).sum(-1) for n in range(3)], -1)
    for v in range(len(vertices)):
        around = facing[:, faces == v].max(1)
        clear = np.abs(facing[:, faces == v]).min(1) > 0.13
        assert (by_vertex[:, v] == (around > 0))[clear].all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), perspective=st.booleans(),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    with_normals=st.booleans(), slack=st.sampled_from([0.0, 0.01, 1.0]),
)  # fmt: skip
def test_it_is_as_defined(seed, perspective, size, with_normals, slack):
    rng = np.random.default_rng(seed)
    cameras = replace(_cameras(seed, perspective, 20), height=size[0], width=size[1])
    depth = rng.uniform(1, 6, (len(cameras), *size)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.2] = 0
    depth[rng.random(depth.shape) < 0.1] = np.inf
    points = rng.uniform(-4, 4, (200, 3)).astype(np.float32)
    normals = rng.normal(size=points.shape)
    normals = (
        (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32) if with_normals else None
    )
    options = {"slack": slack, "slope_pixels": 1.5, "facing": 0.1}
    seen = visibility(points, normals, cameras, depth, **options)
    # Single precision decides differently only where two numbers are all but equal.
    assert (seen != reference(points, normals, cameras, depth, **options)).mean() < 0.005


def test_what_stands_in_front_hides():
    """Two squares, one before the other: of the farther one only the rim is seen."""
    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    vertices = np.concatenate([0.4 * square, 0.2 * square + np.float32([0, 0, 0.3])])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)
    rig = axis_aligned(256)
    front = replace(rig, world_to_camera=rig.world_to_camera[:1], intrinsics=rig.intrinsics[:1])
    x, y = np.meshgrid(np.linspace(-0.39, 0.39, 79), np.linspace(-0.39, 0.39, 79))
    points = np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32)
    normals = np.broadcast_to(np.float32([0, 0, 1]), points.shape)
    depth = rasterize(vertices, faces, front).depth
    seen = visibility(points, normals, front, depth)[0]
    rim = np.abs(points).max(1)
    assert not seen[rim < 0.2 - 1.1 / 256].any()
    assert seen[rim > 0.2 + 1.1 / 256].all()
    assert not visibility(points, -normals, front, depth).any()
    assert visible_vertices(vertices, faces, front).all()  # the corners of both squares
    assert visible_faces(vertices, faces, front).all()


@pytest.mark.parametrize("perspective", [False, True])
def test_against_rays_on_a_body_that_hides_itself(perspective):
    torus = trimesh.creation.torus(0.3, 0.15, 32, 16)
    vertices, faces = torus.vertices.astype(np.float32), torus.faces.astype(np.int32)
    cameras = _cameras(7, perspective, 512, views=3)
    points, face = trimesh.sample.sample_surface(torus, 400, seed=1)[:2]
    normals = torus.face_normals[face]
    seen = visibility(
        points.astype(np.float32), normals.astype(np.float32), cameras, rasterize(vertices, faces, cameras).depth
    )
    toward = _toward(cameras, points)
    true = np.zeros_like(seen)
    a, b, c = torus.triangles.transpose(1, 0, 2).astype(np.float32)
    for view in range(len(cameras)):
        for start in range(0, len(points), 100):
            part = slice(start, start + 100)
            true[view, part] = ~_hits(points[part] + 1e-4 * normals[part], toward[view, part], a, b, c)
    cosine = (toward * normals).sum(-1)
    true &= cosine > 0
    clear = np.abs(cosine) > 0.2
    # Within a pixel and the slack of the edge of what hides them, points may go either way.
    assert (seen != true)[clear].mean() < 0.02


def _hits(start: np.ndarray, along: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Whether rays hit any triangle (Möller and Trumbore 1997)."""
    start, along = start.astype(np.float32), along.astype(np.float32)
    u, v = b - a, c - a
    p = np.cross(along[:, None], v[None])
    det = (u * p).sum(-1)
    inverse = 1 / np.where(np.abs(det) > 1e-12, det, 1)
    w = start[:, None] - a
    s = (w * p).sum(-1) * inverse
    q = np.cross(w, u[None])
    t = (along[:, None] * q).sum(-1) * inverse
    return ((np.abs(det) > 1e-12) & (s >= 0) & (t >= 0) & (s + t <= 1) & ((v * q).sum(-1) * inverse > 0)).any(1)


def test_points_that_are_not_numbers_are_not_seen():
    cameras = axis_aligned(8)
    points = np.array([[np.nan, 0, 0], [np.inf, 0, 0], [0, -np.inf, 0], [1e38, 1e38, 1e38]], np.float32)
    depth = np.full((6, 8, 8), np.inf, np.float32)
    assert not visibility(points, None, cameras, depth).any()
    assert not visibility(np.zeros((1, 3), np.float32), np.full((1, 3), np.nan, np.float32), cameras, depth).any()
    assert visibility(np.zeros((0, 3), np.float32), None, cameras, depth).shape == (6, 0)


@pytest.mark.parametrize(
    ("points", "normals", "depth", "said"),
    [
        (np.zeros((2, 3), np.float32), None, np.ones((6, 8, 7), np.float32), "depth maps"),
        (np.zeros((2, 3), np.float32), None, np.ones((5, 8, 8), np.float32), "depth maps"),
        (np.zeros((2, 3), np.float32), None, np.full((6, 8, 8), np.nan, np.float32), "NaN"),
        (np.zeros((2, 3), np.float32), np.zeros((3, 3), np.float32), np.ones((6, 8, 8), np.float32), "normals"),
        (np.zeros((2, 2), np.float32), None, np.ones((6, 8, 8), np.float32), "points"),
    ],
    ids=["width", "views", "nan", "normals", "plane"],
)
def test_what_does_not_fit_is_refused(points, normals, depth, said):
    with pytest.raises(ValueError, match=said):
        inspect.unwrap(visibility)(points, normals, axis_aligned(8), depth)
