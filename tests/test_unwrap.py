"""Atlases: every face has its own place, whatever the mesh."""

import numpy as np
import pytest
import trimesh
from _meshes import torus
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from maquette.artifacts import Mesh
from maquette.ops import contour, decimate, fill_nearest, flat_charts, pack_charts
from maquette.texturing import unwrap


def from_trimesh(mesh) -> Mesh:
    return Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))


def soup() -> Mesh:
    """Triangles that share vertices but no sense."""
    rng = np.random.default_rng(0)
    return Mesh(rng.random((60, 3), dtype=np.float32), rng.integers(0, 60, (300, 3), dtype=np.int32))


def with_degenerate_faces() -> Mesh:
    mesh = from_trimesh(trimesh.creation.box())
    extra = np.array([[0, 0, 1], [2, 2, 2], [0, 1, 0]], np.int32)
    return Mesh(mesh.vertices, np.concatenate([mesh.faces[:4], extra, mesh.faces[4:]]))


MESHES = {
    "box": lambda: from_trimesh(trimesh.creation.box()),
    "sphere": lambda: from_trimesh(trimesh.creation.icosphere(3)),
    "torus": lambda: from_trimesh(trimesh.creation.torus(0.3, 0.1)),
    "thin": lambda: from_trimesh(trimesh.creation.box((1, 0.01, 0.01))),
    "soup": soup,
    "degenerate faces": with_degenerate_faces,
    "no area at all": lambda: Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)),
}


def signed_areas(uv, faces):
    corner = uv[faces].astype(np.float64)
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    return (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2


def assert_no_overlap(uv, faces, size):
    """No pixel centre lies strictly inside two faces: a plain count, one face at a time."""
    count = np.zeros((size, size), int)
    for triangle in uv[faces].astype(np.float64) * size:
        low = np.maximum(np.floor(triangle.min(0)).astype(int), 0)
        high = np.minimum(np.ceil(triangle.max(0)).astype(int), size)
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        sides = []
        for a, b in zip(triangle, np.roll(triangle, -1, 0), strict=True):
            sides.append((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]))
        # A shared edge through a pixel's centre is no overlap: uv are single precision, hence the margin.
        inside = np.logical_or(np.min(sides, 0) > 1e-2, np.max(sides, 0) < -1e-2)
        count[low[1] : high[1], low[0] : high[0]] += inside
    assert count.max(initial=0) <= 1


@pytest.mark.parametrize("name", MESHES)
def test_faces_are_kept_in_order_without_overlap_or_mirroring(name):
    mesh = MESHES[name]()
    atlas = unwrap(mesh, 256)
    assert np.array_equal(atlas.source[atlas.faces], mesh.faces)
    assert atlas.uv.min() >= 0
    assert atlas.uv.max() <= 1
    areas = signed_areas(atlas.uv, atlas.faces)
    # v goes down, so what is counter-clockwise on the surface turns the other way in (u, v).
    assert areas[areas > 1e-7].sum() < 1e-3 * np.abs(areas).sum() + 1e-7
    assert_no_overlap(atlas.uv, atlas.faces, 256)


def test_scale_is_common_to_all_charts():
    # A box has six flat charts: every face's area in the atlas is proportional to its area in space.
    mesh = from_trimesh(trimesh.creation.box((1, 0.7, 0.3)))
    atlas = unwrap(mesh, 512)
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=-1) / 2
    ratio = -signed_areas(atlas.uv, atlas.faces) / area
    assert np.allclose(ratio, ratio[0], rtol=1e-3)


def test_same_mesh_same_atlas():
    mesh = MESHES["torus"]()
    assert np.array_equal(unwrap(mesh, 256).uv, unwrap(mesh, 256).uv)


def test_very_many_charts_fit_a_small_texture():
    mesh = soup()
    atlas = unwrap(mesh, 32)
    assert np.isfinite(atlas.uv).all()
    assert_no_overlap(atlas.uv, atlas.faces, 512)


def ramp() -> Mesh:
    """A spiral ramp of two turns: it faces upwards everywhere, and lies above itself."""
    angle = np.linspace(0, 4 * np.pi, 160)
    edges = [np.stack([r * np.cos(angle), angle * 0.03, -r * np.sin(angle)], -1) for r in (0.2, 0.5)]
    first = np.arange(159) * 2
    faces = [np.stack([first, first + 1, first + 2], -1), np.stack([first + 1, first + 3, first + 2], -1)]
    return Mesh(np.stack(edges, 1).reshape(-1, 3).astype(np.float32), np.concatenate(faces).astype(np.int32))


@pytest.mark.parametrize("mesh", [soup(), ramp()], ids=["soup", "ramp"])
def test_what_covers_itself_is_cut(mesh):
    atlas = unwrap(mesh, 512)
    assert np.array_equal(atlas.source[atlas.faces], mesh.faces)
    assert (signed_areas(atlas.uv, atlas.faces) < 1e-7).all()
    assert_no_overlap(atlas.uv, atlas.faces, 512)


def test_many_thousands_of_charts_are_packed():
    rng = np.random.default_rng(1)
    count = 5000
    mesh = Mesh(rng.random((3 * count, 3), dtype=np.float32), np.arange(3 * count, dtype=np.int32).reshape(-1, 3))
    atlas = unwrap(mesh, 1024)
    assert -signed_areas(atlas.uv, atlas.faces).sum() > 0.1
    assert_no_overlap(atlas.uv, atlas.faces, 1024)


def test_filling_copies_the_nearest_known_pixel():
    rng = np.random.default_rng(3)
    known = rng.random((40, 56)) < 0.02
    image = rng.random((40, 56, 2), dtype=np.float32)
    filled = fill_nearest(image, known)
    points = np.argwhere(known)
    assert np.array_equal(filled[known], image[known])
    distance = np.linalg.norm(np.argwhere(np.ones_like(known))[:, None] - points[None], axis=-1).reshape(
        40, 56, -1
    )
    source = (filled[:, :, None] == image[known]).all(-1)
    assert (source.sum(-1) == 1).all()
    # Two-sweep propagation is exact but for rare ties of a fraction of a pixel (Danielsson 1980, section 4).
    assert (distance[source].reshape(40, 56) <= distance.min(-1) + 0.3).all()


def test_filling_without_any_known_pixel_changes_nothing():
    image = np.full((3, 4, 1), 0.5, np.float32)
    assert np.array_equal(fill_nearest(image, np.zeros((3, 4), bool)), image)


def doubly_covered(flat, corners, chart, samples=3, seed=0):
    """How many random points of faces lie inside another face of the same chart: each against all, in numpy."""
    rng = np.random.default_rng(seed)
    found = 0
    for c in range(int(chart.max()) + 1):
        triangle = flat[corners[chart == c]]
        weight = rng.dirichlet(np.ones(3), (samples, len(triangle)))
        point = (weight[..., None] * triangle).sum(2)  # (samples, faces, 2)
        inside = np.ones((samples, len(triangle), len(triangle)), bool)
        for a, b in ((0, 1), (1, 2), (2, 0)):
            edge = triangle[:, b] - triangle[:, a]
            away = point[:, :, None] - triangle[:, a]
            # Clear of rounding: a millionth of the whole's width inside.
            height = (edge[:, 0] * away[..., 1] - edge[:, 1] * away[..., 0]) / np.linalg.norm(edge, axis=-1)
            inside &= height > 1e-6
        inside[:, np.arange(len(triangle)), np.arange(len(triangle))] = False
        found += int(inside.sum())
    return found


def stretches(vertices, faces, flat, corners):
    """The singular values of the map from the surface, whose whole area is 1, to the plane: (faces, 2)."""
    edges = vertices[faces[:, 1:]].astype(np.float64) - vertices[faces[:, :1]]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=-1).sum() / 2
    _, true = np.linalg.qr(edges.transpose(0, 2, 1) / np.sqrt(area))
    drawn = (flat[corners[:, 1:]] - flat[corners[:, :1]]).transpose(0, 2, 1)
    return np.linalg.svd(drawn @ np.linalg.inv(true), compute_uv=False)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), blur=st.sampled_from([0.0, 0.6, 1.0, 2.0]), share=st.floats(0.1, 1.0))
@example(seed=491, blur=0.6, share=0.3125)  # two fans at one vertex, one over the other
@example(seed=786310615, blur=0.0, share=0.4159214763711282)  # a merge that moved the larger chart's own faces
def test_no_chart_turns_over_or_covers_itself(seed, blur, share):
    field = np.random.default_rng(seed).normal(size=(9, 9, 9))
    vertices, faces = contour((gaussian_filter(field, blur) if blur else field).astype(np.float32))
    vertices, faces = decimate(vertices, faces, max(4, int(share * min(len(faces), 1500))))
    chart, corners, flat = flat_charts(vertices, faces)
    assert (signed_areas(flat, corners) >= 0).all()
    assert doubly_covered(flat, corners, chart) == 0
    used = [set(corners[chart == c].ravel()) for c in range(int(chart.max()) + 1)]
    assert sum(map(len, used)) == len(flat)  # charts share no vertex


def test_smooth_surfaces_come_in_few_charts_that_are_true_to_size():
    vertices, faces = torus(6000)
    chart, corners, flat = flat_charts(vertices, faces)
    assert chart.max() < 60
    lengths = stretches(vertices, faces, flat, corners)
    assert 0.8 < np.quantile(lengths, 0.001) < np.quantile(lengths, 0.999) < 1.25
    assert np.sqrt((lengths**-2).mean()) < 1.01


def test_a_plane_is_laid_flat_without_any_stretch():
    grid = trimesh.creation.box((1, 0, 2)).subdivide().subdivide()
    top = np.asarray(grid.faces)[grid.face_normals[:, 1] > 0.5]
    vertices, faces = np.asarray(grid.vertices, np.float32), np.asarray(top, np.int32)
    chart, corners, flat = flat_charts(vertices, faces)
    assert chart.max() < 4  # one would not fill the square
    assert np.allclose(stretches(vertices, faces, flat, corners), 1, atol=1e-5)


def test_charts_keep_their_distance_and_fill_the_square():
    vertices, faces = torus(3000)
    chart, corners, flat = flat_charts(vertices, faces)
    uv = pack_charts(flat, corners, chart, 512, 4)
    assert np.abs(signed_areas(uv, corners)).sum() > 0.6
    # Points along all edges, a third of a texel apart: no two of different charts are nearer than four texels.
    triangle = uv[corners] * 512
    triangle += 1e-4 * (triangle.mean(1, keepdims=True) - triangle)  # off the lines between texels
    a, b = triangle.reshape(-1, 2), np.roll(triangle, -1, 1).reshape(-1, 2)
    steps = np.linspace(0, 1, 1 + int(3 * np.linalg.norm(b - a, axis=-1).max()))
    points = (a[:, None] + steps[:, None] * (b - a)[:, None]).reshape(-1, 2)
    owner = np.repeat(np.repeat(chart, 3), len(steps))
    texels = np.unique(np.concatenate([np.floor(points), owner[:, None]], -1), axis=0).astype(int)
    assert texels[:, :2].min() >= 4
    assert texels[:, :2].max() < 512 - 4
    atlas = np.full((512, 512), -1)
    atlas[texels[:, 1], texels[:, 0]] = texels[:, 2]
    for down in range(5):
        for right in range(-4, 5):
            one = atlas[: 512 - down, max(0, -right) : 512 - max(0, right)]
            two = atlas[down:, max(0, right) : 512 - max(0, -right)]
            assert ((one == two) | (one < 0) | (two < 0)).all()


def test_faces_that_name_no_vertex_are_refused():
    with pytest.raises(ValueError, match="outside"):
        flat_charts(np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.int32))
    with pytest.raises(ValueError, match="NaN"):
        flat_charts(np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32))
