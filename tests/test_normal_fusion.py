"""Remeshing keeps surfaces what they are, and views with normals become the solid that they show."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, Views
from maquette.cameras import axis_aligned, orbit
from maquette.errors import InputError
from maquette.ops import corner_normals, interpolate, is_closed_manifold, rasterize
from maquette.ops.remesh import remesh
from maquette.reconstruction import VisualHull
from maquette.reconstruction._gather import gather, sum_into
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction.normal_fusion import NormalFusion


def arrays(solid: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    return solid.vertices.astype(np.float32), solid.faces.astype(np.int32)


def euler(vertices: np.ndarray, faces: np.ndarray) -> int:
    return len(vertices) - len(faces) * 3 // 2 + len(faces)


@given(st.integers(0, 2**32 - 1), st.floats(0.03, 0.6), st.sampled_from(["sphere", "torus"]))
@settings(max_examples=25, deadline=None)
def test_surfaces_stay_closed_and_keep_their_holes(seed, length, kind):
    rng = np.random.default_rng(seed)
    solid = trimesh.creation.icosphere(2) if kind == "sphere" else trimesh.creation.torus(0.7, 0.25)
    vertices, faces = arrays(solid)
    vertices = (vertices + rng.normal(0, 0.02, vertices.shape)).astype(np.float32)
    lengths = (length * rng.uniform(0.5, 2, len(vertices))).astype(np.float32)
    holes = euler(vertices, faces)
    for _ in range(3):
        # Carried positions are averaged as vertices are: they stay the same.
        vertices, faces, carried = remesh(vertices, faces, lengths, vertices, most_faces=20_000)
        lengths = carried[:, 0]
        np.testing.assert_array_equal(carried[:, 1:], vertices)
        assert is_closed_manifold(vertices, faces)
        assert euler(vertices, faces) == holes
        assert len(faces) <= 20_000


def test_edges_become_as_long_as_they_are_wanted():
    vertices, faces = arrays(trimesh.creation.icosphere(3))
    volume = trimesh.Trimesh(vertices, faces).volume
    lengths = np.full(len(vertices), 0.2, np.float32)
    for _ in range(8):
        vertices, faces, carried = remesh(vertices, faces, lengths)
        lengths = carried[:, 0]
    edges = np.linalg.norm(vertices[faces] - vertices[faces[:, [1, 2, 0]]], axis=-1)
    assert np.mean((edges > 0.1) & (edges < 0.3)) > 0.95
    # Edges up to 0.3 cut chords whose sagitta is 0.3² / 8, 1 % of the radius, all over: 3 % of the volume.
    assert trimesh.Trimesh(vertices, faces).volume == pytest.approx(volume, rel=0.03)


def test_what_cannot_be_remeshed_is_refused():
    vertices, faces = arrays(trimesh.creation.icosphere(1))
    lengths = np.ones(len(vertices), np.float32)
    with pytest.raises(ValueError, match="closed"):
        remesh(vertices, faces[1:], lengths)
    with pytest.raises(ValueError, match="outside"):
        remesh(vertices, faces + 1, lengths)
    with pytest.raises(ValueError, match="finite"):
        remesh(vertices, faces, 0 * lengths)


def seen(solid: trimesh.Trimesh, cameras) -> Views:
    """Views with normals and depth, one sample a pixel."""
    vertices, faces = arrays(solid)
    raster = rasterize(vertices, faces, cameras)
    hit = raster.face >= 0
    normals = interpolate(raster, corner_normals(vertices, faces, 30.0))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    rgb = np.zeros((*hit.shape, 3), np.float32)
    return Views(cameras, rgb, hit.astype(np.float32), (normals * hit[..., None]).astype(np.float32), raster.depth)


SOLIDS = {
    "ball": trimesh.creation.icosphere(4, 0.4),
    "ring": trimesh.creation.torus(0.33, 0.12, major_sections=64, minor_sections=32),
    # Two sides meet at an angle that silhouettes from the six sides do not show.
    "prism": trimesh.creation.cylinder(0.4, 0.7, sections=5),
}


@pytest.mark.parametrize("kind", SOLIDS)
@pytest.mark.parametrize("with_depth", [False, True])
def test_normals_and_outlines_give_the_solid(kind, with_depth):
    views = seen(SOLIDS[kind], axis_aligned(64))
    views = views if with_depth else replace(views, depth=None)
    mesh = NormalFusion(steps=40, coarse_steps=10)(views)
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    points = trimesh.sample.sample_surface(trimesh.Trimesh(mesh.vertices, mesh.faces), 2000, seed=0)[0]
    true = trimesh.sample.sample_surface(SOLIDS[kind], 200_000, seed=1)[0]  # 0.002 apart
    distance = KDTree(true).query(points)[0]
    assert distance.mean() < 0.01  # a pixel is 0.017, and outlines are known to about half of one
    assert euler(mesh.vertices, mesh.faces) == (0 if kind == "ring" else 2)


def test_perspective_views_from_anywhere_serve_and_repeat_exactly():
    cameras = orbit(np.array([10.0, 80, 150, 220, 300, 0]), np.array([10.0, 20, 0, -15, 5, 80]), 80)
    views = replace(seen(SOLIDS["ball"], cameras), depth=None)
    method = NormalFusion(steps=30, coarse_steps=10)
    mesh, again = method(views), method(views)
    np.testing.assert_array_equal(mesh.vertices, again.vertices)
    radius = np.linalg.norm(mesh.vertices, axis=-1)
    assert abs(radius.mean() - 0.4) < 0.01


def test_gathering_and_summing_are_differentiated_as_torch_does_it():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(50, 3, generator=generator, requires_grad=True)
    index = torch.randint(50, (40, 3), generator=generator)
    weight = torch.randn(40, 3, 3, generator=generator)
    (expected,) = torch.autograd.grad((values[index] * weight).sum(), values)
    (found,) = torch.autograd.grad((gather(values, index) * weight).sum(), values)
    torch.testing.assert_close(found, expected)
    weight.requires_grad_()
    summed = sum_into(weight, index, 50)
    torch.testing.assert_close(summed, torch.zeros(50, 3).index_add(0, index.reshape(-1), weight.reshape(-1, 3)))
    (back,) = torch.autograd.grad((summed * values.detach()).sum(), weight)
    torch.testing.assert_close(back, values.detach()[index])


def test_halved_views_look_from_the_same_places():
    views = seen(SOLIDS["prism"], axis_aligned(96))
    half = reduced(views, 2)
    drawn = seen(SOLIDS["prism"], axis_aligned(48))
    assert half.depth is not None
    assert drawn.depth is not None
    np.testing.assert_allclose(half.cameras.intrinsics, drawn.cameras.intrinsics)
    inside = (half.alpha == 1) & (drawn.alpha == 1)
    assert np.abs(half.depth - drawn.depth)[inside].mean() < 0.01


def test_views_that_show_too_little_are_refused():
    views = seen(SOLIDS["ball"], axis_aligned(48))
    with pytest.raises(InputError, match="without normals"):
        NormalFusion()(replace(views, normals=None))
    alpha = views.alpha.copy()
    alpha[2] = 0
    with pytest.raises(InputError, match="view 2 shows nothing"):
        NormalFusion()(replace(views, alpha=alpha, depth=None))
    with pytest.raises(InputError, match="normals has NaN"):
        NormalFusion()(replace(views, normals=np.full_like(views.normals, np.nan)))
    with pytest.raises(InputError, match="without normals"):
        NormalFusion().refine(VisualHull(24)(views), replace(views, normals=None))
    sideways = views.alpha.copy()
    sideways[0] = 0
    sideways[0, :3, :3] = 1
    with pytest.raises(InputError, match="nothing in common"):
        NormalFusion()(replace(views, alpha=sideways, depth=None))


def test_what_is_not_closed_is_not_refined():
    views = seen(SOLIDS["ball"], axis_aligned(48))
    vertices, faces = arrays(trimesh.creation.icosphere(3, 0.4))
    for broken in (faces[1:], np.concatenate([faces, faces[:1]])):
        with pytest.raises(ValueError, match="closed"):
            NormalFusion(steps=2, coarse_steps=1).refine(Mesh(vertices, broken), views)


def test_the_mesh_is_the_stage_artifact():
    mesh = NormalFusion(steps=2, coarse_steps=0)(seen(SOLIDS["ball"], axis_aligned(48)))
    assert isinstance(mesh, Mesh)
    assert mesh.vertices.dtype == np.float32
    assert mesh.faces.dtype == np.int32
