"""Rasterization against closed forms and a readable reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit, project
from maquette.ops import corner_normals, interpolate, rasterize, resolve


def sphere(rings: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """A sphere of radius 0.5 as latitudes and longitudes, counter-clockwise from outside."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)[1:-1]
    longitude = np.arange(2 * rings) * np.pi / rings
    a, o = np.meshgrid(latitude, longitude, indexing="ij")
    middle = np.stack([np.cos(a) * np.sin(o), np.sin(a), np.cos(a) * np.cos(o)], -1).reshape(-1, 3)
    vertices = np.concatenate([[[0, -1, 0]], middle, [[0, 1, 0]]]) * 0.5
    n = 2 * rings
    i, j = np.arange(n), (np.arange(n) + 1) % n
    faces = [np.stack([np.zeros(n, int), 1 + j, 1 + i], -1)]
    for k in range(rings - 2):
        p, q = 1 + k * n, 1 + (k + 1) * n
        faces += [np.stack([p + i, p + j, q + j], -1), np.stack([p + i, q + j, q + i], -1)]
    p = 1 + (rings - 2) * n
    faces.append(np.stack([p + i, p + j, np.full(n, len(vertices) - 1)], -1))
    return vertices.astype(np.float32), np.concatenate(faces).astype(np.int32)


def reference(vertices: np.ndarray, faces: np.ndarray, cameras: Cameras) -> tuple[np.ndarray, np.ndarray]:
    """Face and depth at every pixel centre by solving each triangle's plane, one pixel after another."""
    pixels, depth = project(cameras, vertices)
    face_ids = np.full((len(cameras), cameras.height, cameras.width), -1)
    nearest = np.full(face_ids.shape, np.inf)
    for view in range(len(cameras)):
        for index, (a, b, c) in enumerate(faces):
            edges = np.stack([pixels[view, b] - pixels[view, a], pixels[view, c] - pixels[view, a]], -1)
            if abs(np.linalg.det(edges.astype(float))) < 1e-9:
                continue
            for row in range(cameras.height):
                for column in range(cameras.width):
                    v, w = np.linalg.solve(edges.astype(float), [column + 0.5, row + 0.5] - pixels[view, a])
                    if min(v, w, 1 - v - w) < 0:
                        continue
                    z = depth[view, [a, b, c]].astype(float)
                    weights = np.array([1 - v - w, v, w])
                    if cameras.projection == "perspective":  # 1 / z is linear across the image
                        weights = weights / z
                        weights /= weights.sum()
                    if weights @ z < nearest[view, row, column]:
                        nearest[view, row, column], face_ids[view, row, column] = weights @ z, index
    return face_ids, np.where(face_ids >= 0, nearest, 0)


@pytest.mark.parametrize("cameras", [axis_aligned(12), orbit(np.array([33.0]), np.array([21.0]), 14)])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_agrees_with_the_reference(cameras, seed):
    rng = np.random.default_rng(seed)
    vertices = rng.uniform(-0.5, 0.5, (9, 3)).astype(np.float32)
    faces = rng.integers(0, 9, (5, 3)).astype(np.int32)
    raster = rasterize(vertices, faces, cameras)
    face_ids, depth = reference(vertices, faces, cameras)
    # Where two faces lie at one depth, as duplicates and crossing ones do, either may be called the nearer.
    agree = (raster.face >= 0) == (face_ids >= 0)
    # The reference works from float32 pixels, so that a centre within 1e-5 of an edge may fall on its other side.
    assert agree.mean() > 0.99
    close = np.abs(raster.depth - depth) < 1e-4
    assert close[agree].mean() > 0.99


def test_a_sphere_has_its_area_depth_and_normals():
    vertices, faces = sphere()
    cameras = axis_aligned(256)
    raster = rasterize(vertices, faces, cameras)
    seen = raster.face >= 0
    pixel = 1.1 / 256
    # Area: a polygon of 96 sides inside the circle, and the pixel grid's own error.
    np.testing.assert_allclose(seen.sum((1, 2)) * pixel**2, np.pi / 4, rtol=3e-3)
    points = interpolate(raster, vertices[faces])
    # The chords of a 96-sided sphere lie at most 0.5 (1 - cos(pi / 96))² short of it: 3e-4.
    np.testing.assert_allclose(np.linalg.norm(points[seen], axis=-1), 0.5, atol=6e-4)
    normals = interpolate(raster, corner_normals(vertices, faces))
    cosine = (normals * points / 0.5).sum(-1)[seen] / np.linalg.norm(normals[seen], axis=-1)
    # Neighbouring facets turn by 180 / 48 degrees; blended normals stay within that of the sphere's own.
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 180 / 48


def test_every_pixel_of_a_tiled_square_is_covered_once_inside():
    """Shared edges leave no cracks, even when they pass exactly through pixel centres."""
    grid = np.linspace(-0.55, 0.55, 33)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    vertices = np.stack([x, y, np.zeros_like(x)], -1).reshape(-1, 3).astype(np.float32)
    i = (np.arange(32)[:, None] * 33 + np.arange(32)).reshape(-1)
    faces = np.concatenate([np.stack([i, i + 33, i + 34], -1), np.stack([i, i + 34, i + 1], -1)]).astype(np.int32)
    raster = rasterize(vertices, faces, axis_aligned(64))
    assert (raster.face[[0, 2]] >= 0).all()


def test_what_crosses_the_camera_plane_is_drawn_up_to_it():
    """A floor that runs from in front of the camera to behind it covers the image's lower half."""
    camera = orbit(np.array([0.0]), np.array([0.0]), 32, fov_degrees=60)
    z = float(camera.world_to_camera[0, 2, 3])
    floor = np.array([[-50, -0.2, -50], [50, -0.2, -50], [50, -0.2, 3 * z], [-50, -0.2, 3 * z]], np.float32)
    raster = rasterize(floor, np.array([[0, 1, 2], [0, 2, 3]], np.int32), camera)
    assert (raster.face[0, 20:] >= 0).all()
    assert (raster.face[0, :14] < 0).all()
    assert (raster.depth[0, 20:] > 0).all()


def test_resolve_averages_samples():
    vertices, faces = sphere(8)
    cameras = axis_aligned(32)
    raster = rasterize(vertices, faces, cameras)
    mean, coverage = resolve(raster, vertices[faces], 2)
    values, hit = interpolate(raster, vertices[faces]), (raster.face >= 0).astype(float)
    blocks = hit.reshape(6, 16, 2, 16, 2)
    np.testing.assert_allclose(coverage, blocks.mean((2, 4)), atol=1e-7)
    total = values.reshape(6, 16, 2, 16, 2, 3).sum((2, 4))
    expected = total / np.maximum(blocks.sum((2, 4)), 1)[..., None]
    np.testing.assert_allclose(mean, expected, atol=1e-6)


def test_normals_crease_where_they_should():
    cube = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = np.array([t for q in quads for t in ([q[0], q[1], q[2]], [q[0], q[2], q[3]])], np.int32)
    flat = corner_normals(cube, faces, 40)
    assert np.allclose(np.abs(flat).max(-1), 1)
    smooth = corner_normals(cube, faces, 100)
    # Angle weights make a cube's corner normals point along its diagonals, however its faces are split.
    np.testing.assert_allclose(np.abs(smooth), 3**-0.5, atol=1e-6)


def test_faces_out_of_range_are_refused():
    with pytest.raises(ValueError, match="faces name vertices"):
        rasterize(np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.int32), axis_aligned(8))


def of_a_world(scale):
    """A scene and its camera, as they are and scaled together."""
    vertices, faces = sphere(6)
    camera = orbit(np.array([30.0]), np.array([20.0]), 32)
    pose = camera.world_to_camera.copy()
    pose[:, :3, 3] *= np.float32(scale)
    scaled = Cameras(pose, camera.intrinsics, camera.width, camera.height)
    here = rasterize(vertices, faces, camera)
    return here, rasterize((vertices * np.float32(scale)).astype(np.float32), faces, scaled)


@pytest.mark.parametrize("scale", [1e-3, 1e9])
def test_a_world_of_any_size_looks_the_same(scale):
    """Depths alone scale."""
    here, there = of_a_world(scale)
    # Single-precision vertices: a pixel's centre may lie within 1e-5 of an edge.
    assert (here.face == there.face).mean() > 0.995
    np.testing.assert_allclose(there.depth / np.float32(scale), here.depth, atol=1e-5, rtol=0)


def test_nearer_than_the_near_plane_is_not_drawn():
    """A millionth of a unit."""
    here, there = of_a_world(1e-9)
    assert (here.face >= 0).any()
    assert (there.face == -1).all()
