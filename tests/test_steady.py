"""Depth that is made to follow from normals: nearer the truth, at peace with itself, and nothing else changed."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from maquette.artifacts import Asset, Mesh, Views
from maquette.cameras import axis_aligned
from maquette.multiview._steady import steadied
from maquette.texturing.render import render_views
from maquette.training.consistency import depth_contradictions, normal_against_depth


def seen(shape: trimesh.Trimesh) -> Views:
    mesh = Mesh(np.asarray(shape.vertices, np.float32), np.asarray(shape.faces, np.int32))
    normals = np.asarray(shape.vertex_normals, np.float32)
    return render_views(Asset(mesh, None, normals), axis_aligned(64))


def worsened(views: Views, pixels: float, seed: int) -> Views:
    """Depth that is off by whole patches, as a generator's is; 1/64 of the frame is a pixel."""
    patches = np.random.default_rng(seed).normal(size=(6, 16, 16))
    off = gaussian_filter(np.kron(patches, np.ones((4, 4))), (0, 1.0, 1.0))
    assert views.depth is not None
    off *= pixels * (1.1 / 64) / off.std()
    return replace(views, depth=np.where(views.alpha > 0, views.depth + off, views.depth).astype(np.float32))


def mean_error(views: Views, truth: Views) -> float:
    assert views.depth is not None
    assert truth.depth is not None
    whole = truth.alpha > 0.99
    return float(np.abs(views.depth - truth.depth)[whole].mean())


SHAPES = {
    "ball": trimesh.creation.icosphere(4, 0.4),
    "capsule": trimesh.creation.capsule(0.4, 0.2, count=[48, 48]).apply_translation((0, 0, -0.2)),
    "ring": trimesh.creation.torus(0.32, 0.12, 64, 32),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_depth_comes_nearer_the_truth_and_to_its_normals(shape):
    truth = seen(SHAPES[shape])
    given_ = worsened(truth, 1.5, 3)
    found = steadied(given_)
    # Half is cautious: four views of a sphere average their own noise over patches of 4 pixels in some 30.
    assert mean_error(found, truth) < 0.5 * mean_error(given_, truth)
    assert normal_against_depth(found) < min(8, 0.4 * normal_against_depth(given_))
    assert depth_contradictions(found) <= depth_contradictions(given_)


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3.0))
@settings(max_examples=5)
def test_only_depth_changes_and_only_where_the_object_is(seed, pixels):
    views = worsened(seen(SHAPES["ring"]), pixels, seed)
    found = steadied(views)
    for name in ("rgb", "alpha", "normals", "albedo", "metallic_roughness"):
        assert getattr(found, name) is getattr(views, name)
    assert found.depth is not None
    assert views.depth is not None
    np.testing.assert_array_equal(found.depth[views.alpha == 0], views.depth[views.alpha == 0])
    assert np.isfinite(found.depth).all()


def test_true_depth_stays_where_it_is():
    truth = seen(SHAPES["ball"])
    # Half a pixel, for at the outline a pixel's depth is a mean over a steep slope.
    assert mean_error(steadied(truth), truth) < 0.5 * 1.1 / 64


def test_views_that_show_nothing_are_returned_as_they_are():
    views = seen(SHAPES["ball"])
    nothing = replace(views, alpha=np.zeros_like(views.alpha))
    assert steadied(nothing) is nothing
