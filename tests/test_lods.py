"""Levels of detail: fewer faces, the same texture, closed where it was closed."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from _meshes import square, torus
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from maquette.artifacts import Asset, Mesh
from maquette.cameras import axis_aligned
from maquette.errors import InputError
from maquette.meshing import Lods, is_closed_manifold
from maquette.ops import contour, corner_normals, decimate_levels, rasterize
from maquette.texturing import unwrap


def finished(vertices: np.ndarray, faces: np.ndarray, crease_degrees: float = 40.0) -> Asset:
    """Unwrapped, with vertices split along seams and creases."""
    atlas = unwrap(Mesh(vertices, faces), 256)
    normals = corner_normals(vertices, faces, crease_degrees).reshape(-1, 3)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    corner = np.concatenate([atlas.faces.reshape(-1, 1), np.rint(normals * 1e4)], -1)
    _, first, index = np.unique(corner, axis=0, return_index=True, return_inverse=True)
    mesh = Mesh(vertices[faces.reshape(-1)[first]], index.reshape(-1, 3).astype(np.int32))
    return Asset(mesh, atlas.uv[atlas.faces.reshape(-1)[first]], normals[first].astype(np.float32))


def welded(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    unique, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return unique, index.reshape(-1)[mesh.faces].astype(np.int32)


def charts(asset: Asset) -> dict[bytes, int]:
    """The chart that each pair of position and texture coordinates is in."""
    assert asset.uv is not None
    rows = np.concatenate([asset.mesh.vertices, asset.uv], -1)
    _, index = np.unique(rows, axis=0, return_inverse=True)
    a, b, c = index.reshape(-1)[asset.mesh.faces].T
    graph = coo_array((np.ones(2 * len(a)), (np.append(a, b), np.append(b, c))), shape=(len(rows),) * 2)
    label = connected_components(graph, directed=False)[1][index.reshape(-1)]
    return {row.tobytes(): int(chart) for row, chart in zip(rows, label, strict=True)}


def signed_areas(uv, faces):
    a, b = uv[faces[:, 1]] - uv[faces[:, 0]], uv[faces[:, 2]] - uv[faces[:, 0]]
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def test_levels_have_the_faces_asked_for():
    asset = finished(*torus(4000))
    count = len(asset.mesh.faces)
    out = Lods()(asset)
    assert [len(level.mesh.faces) for level in out.lods] == [int(r * count) // 2 * 2 for r in (0.5, 0.25, 0.1)]
    assert out.mesh is asset.mesh
    errors = [level["error"] for level in out.receipt["lods"]]
    assert errors == sorted(errors)
    assert errors[-1] < 0.02


def test_errors_told_are_about_those_measured():
    """Levels of a ball, whose vertices lie on it: a face is as far from the sphere as its points are inside."""
    ball = trimesh.creation.icosphere(4)
    vertices, faces = np.asarray(ball.vertices, np.float32), np.asarray(ball.faces, np.int32)
    asset, ratios = Asset(Mesh(vertices, faces), None, vertices), (0.3, 0.1, 0.03, 0.01)
    out = Lods(ratios=ratios, most_error=1)(asset)
    assert len(out.lods) == 4
    weights = np.random.default_rng(0).dirichlet(np.ones(3), 500)
    for level, told in zip(out.lods, out.receipt["lods"], strict=True):
        points = np.einsum("pk,fkd->fpd", weights, level.mesh.vertices[level.mesh.faces].astype(np.float64))
        far = 1 - np.linalg.norm(points, axis=-1).min()
        assert far / 4 < told["error"] < 4 * far, (told, far)  # an estimate, from planes
    assert out.receipt["lods"][-1]["error"] > 0.02 > 0.005 * 2 > out.receipt["lods"][0]["error"]
    kept = Lods(ratios=ratios, most_error=0.005)(asset).receipt["lods"]
    assert max(told["error"] for told in kept) <= 0.005 * 2
    assert len(kept) > 1


def test_silhouettes_part_from_the_first_level_by_level():
    asset = finished(*torus(4000))
    levels = Lods(ratios=(0.5, 0.2, 0.08, 0.03), most_error=1)(asset).lods
    cameras = axis_aligned(256)

    def outline(mesh: Mesh) -> np.ndarray:
        return rasterize(mesh.vertices, mesh.faces, cameras).face >= 0

    first = outline(asset.mesh)
    apart = [int((outline(level.mesh) != first).sum()) for level in levels]
    assert apart == sorted(apart)
    assert apart[-1] > apart[0]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), blur=st.sampled_from([0.7, 1.2, 2.0]))
def test_levels_stay_closed_and_in_their_charts(seed, blur):
    field = gaussian_filter(np.random.default_rng(seed).normal(size=(8, 8, 8)), blur)
    asset = finished(*contour(field.astype(np.float32)))
    assert asset.uv is not None
    chart = charts(asset)
    first = np.sign(np.median(signed_areas(asset.uv.astype(np.float64), asset.mesh.faces)))
    levels = Lods(most_error=1)(asset).lods
    assert levels
    for level in levels:
        assert level.uv is not None
        assert is_closed_manifold(*welded(level.mesh))
        assert (signed_areas(level.uv.astype(np.float64), level.mesh.faces) * first >= -1e-9).all()
        rows = np.concatenate([level.mesh.vertices, level.uv], -1)
        label = np.array([chart[row.tobytes()] for row in rows])
        assert (label[level.mesh.faces] == label[level.mesh.faces[:, :1]]).all()


def test_a_plane_is_exact_at_every_level():
    vertices, faces = square(1.0, 30.0, 16)
    uv = (vertices[:, :2] @ np.array([[0.7, 0.1], [-0.2, 0.6]]) + 0.5).astype(np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (len(vertices), 1))
    asset = Asset(Mesh(vertices, faces), uv, normals)
    out = Lods(ratios=(0.5, 0.1, 0.01), lock_borders=False)(asset)
    assert [len(level.mesh.faces) for level in out.lods] == [256, 51, 5]
    for level, told in zip(out.lods, out.receipt["lods"], strict=True):
        corner = level.mesh.vertices[level.mesh.faces].astype(np.float64)
        area = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2] / 2
        assert (area > 0).all()
        assert area.sum() == pytest.approx(1, abs=1e-6)  # single precision
        assert told["error"] < 1e-6
        drawn = level.mesh.vertices[:, :2] @ np.array([[0.7, 0.1], [-0.2, 0.6]]) + 0.5
        assert np.allclose(level.uv, drawn, atol=1e-6)


def test_open_borders_keep_every_vertex_where_they_are_locked():
    vertices, faces = square(1.0, 0.0, 12)
    asset = Asset(Mesh(vertices, faces), None, np.tile(np.float32([0, 0, 1]), (len(vertices), 1)))
    border = vertices[(np.abs(vertices[:, :2]) > 0.499).any(-1)]
    levels = Lods()(asset).lods
    assert levels
    for level in levels:
        assert level.uv is None
        kept = {tuple(vertex) for vertex in level.mesh.vertices}
        assert all(tuple(vertex) in kept for vertex in border)


def test_textures_do_not_slide():
    # Longitude and latitude of a sphere as texture coordinates: where a level's point says it is, it is nearly.
    sphere = trimesh.creation.uv_sphere(count=[48, 96])
    vertices = np.asarray(sphere.vertices, np.float32)
    front = np.asarray(sphere.faces)[(vertices[sphere.faces][..., 0] > 0.05).all(1)].astype(np.int32)
    uv = np.stack([np.arctan2(vertices[:, 1], vertices[:, 0]), np.arcsin(np.clip(vertices[:, 2], -1, 1))], -1)
    asset = Asset(Mesh(vertices, front), (uv / np.pi).astype(np.float32), vertices)
    (level,) = Lods(ratios=(0.15,), lock_borders=False)(asset).lods
    assert level.uv is not None
    weights = np.random.default_rng(0).dirichlet(np.ones(3), len(level.mesh.faces))[..., None]
    points = (level.mesh.vertices[level.mesh.faces] * weights).sum(1)
    points /= np.linalg.norm(points, axis=-1, keepdims=True)
    u, v = np.pi * (level.uv[level.mesh.faces] * weights).sum(1).T
    meant = np.stack([np.cos(v) * np.cos(u), np.cos(v) * np.sin(u), np.sin(v)], -1)
    # Faces of about 0.15 across; the map bends, so points within a face are off by a small part of that.
    apart = np.linalg.norm(meant - points, axis=-1)
    assert np.quantile(apart, 0.95) < 0.03


def test_a_model_of_few_faces_is_not_torn_up():
    asset = finished(*(np.asarray(a) for a in box()))
    assert Lods()(asset).lods == ()


def box() -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.box()
    return np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)


def test_same_asset_same_levels():
    asset = finished(*torus(1500))
    one, two = Lods()(asset), Lods()(replace(asset))
    assert one.lods
    for a, b in zip(one.lods, two.lods, strict=True):
        assert np.array_equal(a.mesh.faces, b.mesh.faces)
        assert np.array_equal(a.mesh.vertices, b.mesh.vertices)


def test_bad_requests_are_refused():
    asset = finished(*box())
    for ratios in ((), (0.5, 0.5), (1.0, 0.5), (0.5, 0.0), (0.2, 0.5)):
        with pytest.raises(InputError, match="fall"):
            Lods(ratios=ratios)(asset)
    with pytest.raises(InputError, match="share of the extent"):
        Lods(most_error=float("nan"))(asset)
    mesh = asset.mesh
    with pytest.raises(ValueError, match="outside"):
        decimate_levels(mesh.vertices, mesh.faces + np.int32(99), asset.uv, asset.normals, [4])
    with pytest.raises(ValueError, match="finite"):
        decimate_levels(mesh.vertices, mesh.faces, asset.uv, asset.normals * np.float32("nan"), [4])


def test_faces_without_order_come_to_an_end():
    rng = np.random.default_rng(4)
    vertices, faces = rng.random((80, 3), dtype=np.float32), rng.integers(0, 80, (600, 3), dtype=np.int32)
    normals = np.tile(np.float32([0, 1, 0]), (80, 1))
    levels = decimate_levels(
        vertices, faces, rng.random((80, 2), dtype=np.float32), normals, [300, 60], most_error=1
    )
    assert len(levels) == 2
    assert all(level.max(initial=0) < 80 for level, _ in levels)
