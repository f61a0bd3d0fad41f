"""Pictures of different exposure and white balance are brought to one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _meshes import ball, photographs

from maquette.artifacts import Mesh, Views
from maquette.ops import corner_normals
from maquette.texturing import BakeViews
from maquette.texturing._exposure import _gains, exposures, levelled
from maquette.texturing._texels import Texels, texels_of
from maquette.texturing._unwrap import unwrap

GAINS = np.array([[1.0, 1.1, 0.9], [0.8, 0.85, 0.9], [1.2, 1.0, 1.1], [1.05, 0.95, 1.0]] * 3, np.float32)


@pytest.fixture(scope="module")
def scene() -> tuple[Mesh, Views, Texels]:
    mesh = ball()
    views = photographs(mesh)
    atlas = unwrap(mesh, 128)
    normals = corner_normals(mesh.vertices, mesh.faces, 180.0)
    return (
        mesh,
        replace(views, rgb=0.7 * views.rgb),
        texels_of(mesh.vertices[mesh.faces], normals, atlas.uv[atlas.faces], 128),
    )


def test_exposures_are_found_but_for_their_mean(scene):
    mesh, views, texels = scene
    bright = replace(views, rgb=views.rgb * GAINS[:, None, None])
    found = exposures(mesh, bright, texels, 6.0) / exposures(mesh, views, texels, 6.0)
    ratio = found / GAINS
    # Dark colours tell a little less, and pixels of the finest waves differ: two or three hundredths.
    np.testing.assert_allclose(ratio / ratio.mean(0), 1, atol=0.035)


def test_levelled_pictures_agree(scene):
    mesh, views, texels = scene
    bright = replace(views, rgb=views.rgb * GAINS[:, None, None])
    again = levelled(mesh, bright, texels, 6.0).rgb
    inside = views.alpha > 0
    scale = (again[inside] * views.rgb[inside]).sum(0) / (views.rgb[inside] ** 2).sum(0)
    before = np.abs(bright.rgb - scale * views.rgb)[inside].mean()
    assert np.abs(again - scale * views.rgb)[inside].mean() < 0.25 * before


def test_offsets_of_values_that_overlap_in_a_chain_are_exact():
    rng = np.random.default_rng(0)
    true, offsets = rng.normal(size=(50, 3)), rng.normal(size=(6, 3))
    weights = np.zeros((6, 50))
    for view in range(6):  # each shares ten points with the next
        weights[view, 8 * view : 8 * view + 18] = rng.uniform(0.5, 1, len(weights[view, 8 * view : 8 * view + 18]))
    offsets -= (weights.sum(1)[:, None] * offsets).sum(0) / weights.sum()
    np.testing.assert_allclose(_gains(true + offsets[:, None], weights), offsets, atol=1e-8)


def test_one_that_disagrees_is_not_followed():
    rng = np.random.default_rng(1)
    true, offsets = rng.normal(size=(200, 3)), np.zeros((4, 3))
    offsets[:, 0] = 0.2, -0.2, 0.1, -0.1
    values = true + offsets[:, None]
    values[0, :20] += 2.0  # a highlight
    found = _gains(values, np.ones((4, 200)))
    np.testing.assert_allclose(found, offsets, atol=0.01)


def test_a_view_that_sees_nothing_stays_as_it_is():
    values, weights = np.random.default_rng(2).normal(size=(3, 40, 3)), np.ones((3, 40))
    weights[2] = 0
    assert (_gains(values, weights)[2] == 0).all()


def test_coarse_pictures_are_levelled_before_noise_is_evened_out(scene):
    """Both options together, as where pixels are coarse beside texels: one did away with the other."""
    mesh, views, _ = scene
    bright = replace(views, rgb=np.clip(views.rgb * GAINS[:, None, None], 0, 1))
    uneven, level = (BakeViews(size=256, evenness=12.0, level=each)(mesh, bright) for each in (False, True))
    true = BakeViews(size=256, evenness=12.0)(mesh, views)
    off = [np.abs(each.material.base_color - true.material.base_color).mean() for each in (uneven, level)]
    assert off[1] < 0.7 * off[0]


def test_drawn_pictures_have_one_light_and_are_not_levelled(scene):
    mesh, views, _ = scene
    bright = replace(views, rgb=np.clip(views.rgb * GAINS[:, None, None], 0, 1))
    drawn = replace(bright, albedo=bright.rgb)
    same = [BakeViews(size=128, level=each, join=each)(mesh, drawn).material.base_color for each in (False, True)]
    assert np.array_equal(*same)
