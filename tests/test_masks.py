"""Photographs without masks: depth by sweeping planes, colour models, outlines, and the object they find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.ndimage import binary_erosion
from scipy.stats import multivariate_normal

from maquette import InputError
from maquette.artifacts import Views
from maquette.cameras import axis_aligned, orbit, unproject
from maquette.conventions import Similarity
from maquette.formats.photographs import Photographs
from maquette.measures.pictures import silhouette_iou
from maquette.ops import rasterize
from maquette.pipeline.chains import Options, photographs_to_asset
from maquette.pipeline.run import Run
from maquette.reconstruction import FindMasks, VisualHull
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction._segment import Mixture, cut
from maquette.reconstruction._sweep import agreed, projected, sweep
from maquette.reconstruction.masks import enlarged


def room(size: int = 90) -> tuple[Views, np.ndarray, np.ndarray]:
    """A painted ball in a painted room from all around, the ball's alpha, and the depth of everything."""
    inner, outer = trimesh.creation.icosphere(4, 0.4), trimesh.creation.icosphere(4, 4.0)
    vertices = np.concatenate([inner.vertices, outer.vertices]).astype(np.float32)
    faces = np.concatenate([inner.faces, outer.faces + len(inner.vertices)]).astype(np.int32)
    azimuths = np.arange(11) * (360 / 11)
    cameras = orbit(azimuths, np.where(np.arange(11) % 2, 45.0, 15.0), size, frame=1.3)
    raster = rasterize(vertices, faces, cameras)
    weights = np.concatenate([1 - raster.barycentric.sum(-1, keepdims=True), raster.barycentric], -1)
    points = (weights[..., None] * vertices[faces[raster.face]]).sum(-2)
    mine = raster.face < len(inner.faces)
    x, y, z = np.moveaxis(points, -1, 0)
    grain = 0.5 + 0.25 * np.sin(31 * x + 9 * np.sin(23 * y)) + 0.25 * np.sin(27 * z + 11 * y)
    far = 0.5 + 0.5 * np.sin(2 * x + y) * np.cos(2 * z)
    warm = np.stack([0.5 + 0.4 * grain, 0.3 * grain, 0.1 + 0.1 * grain], -1)
    cold = np.stack([0.1 + 0.1 * far, 0.3 + 0.2 * far, 0.5 + 0.3 * far], -1)
    rgb = np.where(mine[..., None], warm, cold).astype(np.float32)
    return Views(cameras, rgb, np.ones(mine.shape, np.float32)), mine.astype(np.float32), raster.depth


@pytest.fixture(scope="module")
def scene() -> tuple[Views, np.ndarray, np.ndarray]:
    return room()


def test_the_object_that_all_pictures_show_is_cut_out(scene):
    views, alpha, _ = scene
    found = FindMasks(resolution=64, rounds=3)(views)
    for mine, true in zip(found.alpha, alpha, strict=True):
        assert silhouette_iou(mine, true) > 0.95  # a pixel all around is .94
    assert (found.rgb[found.alpha == 0] == 0).all()
    assert (found.rgb[found.alpha > 0] == views.rgb[found.alpha > 0]).all()


def test_masks_come_in_the_size_of_the_pictures(scene):
    views, alpha, _ = scene
    found = FindMasks(longest=45, resolution=48, rounds=2)(views)
    assert found.alpha.shape == alpha.shape
    assert np.mean([silhouette_iou(a, b) for a, b in zip(found.alpha, alpha, strict=True)]) > 0.85


@pytest.mark.parametrize(("size", "factor"), [(200, 3), (167, 4), (160, 5)])
def test_masks_lie_where_they_were_found(size, factor):
    """Also where the size is no multiple of the factor, and pixels at the right and below are left over."""
    cameras = orbit(np.zeros(1), np.zeros(1), size)
    disc = (np.hypot(*(np.indices((size, size)) + 0.5 - np.array([size - 45, 60])[:, None, None])) < 30).astype(
        np.float32
    )
    views = Views(cameras, np.zeros((1, size, size, 3), np.float32), disc[None])
    found = enlarged(reduced(views, factor).alpha, factor, views.alpha.shape)[0]

    def centre(mask: np.ndarray) -> np.ndarray:
        return (np.indices(mask.shape) * mask).sum((1, 2)) / mask.sum()

    assert found.shape == disc.shape
    assert np.abs(centre(found) - centre(disc)).max() < 0.1  # stretched over what is left over: by a pixel or two
    assert silhouette_iou(found, disc) > 0.96  # a quarter of a pixel all around


def test_photographs_without_masks_become_an_asset(scene):
    views = replace(scene[0], cameras=Similarity(np.eye(3), 2.0, np.array([5.0, 1, 0])).cameras(scene[0].cameras))
    photographs = Photographs(views, tuple(f"{i}.png" for i in range(11)), masked=False, up=(0.0, 1.0, 0.0))
    options = Options(masks=FindMasks(resolution=48, rounds=2), photographs=VisualHull(48))
    asset = photographs_to_asset(photographs, options, Run(cache=None))
    assert [step["method"] for step in asset.receipt["stages"]] == [
        "FindMasks", "VisualHull", "Decimate", "BakeViews", "BakeRelief"
    ]  # fmt: skip
    size = np.ptp(asset.mesh.vertices, axis=0)
    assert size.min() / size.max() > 0.85  # the ball is a ball, seen from above only


def test_pictures_that_agree_on_nothing_are_refused():
    views, _, _ = room(64)
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="without masks"):
        FindMasks()(replace(views, rgb=rng.random(views.rgb.shape, np.float32)))
    with pytest.raises(InputError, match="without masks"):
        FindMasks()(replace(views, rgb=np.full_like(views.rgb, 0.5)))
    with pytest.raises(InputError, match="orthographic"):
        FindMasks()(
            Views(axis_aligned(32), np.zeros((6, 32, 32, 3), np.float32), np.ones((6, 32, 32), np.float32))
        )


def test_swept_depth_is_the_depth(scene):
    views, alpha, depth = scene
    cameras = views.cameras
    middle = cameras.world_to_camera[:, 2, 3]
    found = sweep(cameras, views.rgb, middle - 0.6, middle + 0.4, 48)
    inner = np.stack([binary_erosion(each > 0, iterations=4) for each in alpha])  # windows reach over outlines
    sure = agreed(cameras, found, 0.01) & inner
    assert sure.mean() > 0.3 * inner.mean()
    off = np.abs(found.depth - depth)[sure]
    # Planes are some .03 apart; the parabola finds the depth between them.
    assert np.median(off) < 0.006
    assert np.quantile(off, 0.95) < 0.03


def test_a_view_without_neighbours_tells_nothing(scene):
    views, _, _ = scene
    two = replace(
        views.cameras,
        world_to_camera=views.cameras.world_to_camera[[0, 5]],
        intrinsics=views.cameras.intrinsics[[0, 5]],
    )
    found = sweep(two, views.rgb[[0, 5]], np.ones(2), np.full(2, 3.0), 8)
    assert (found.score == -1).all()
    assert not agreed(two, found, 0.1).any()


def test_unprojecting_and_projecting_are_inverse(scene):
    cameras = scene[0].cameras
    depth = np.random.default_rng(0).uniform(1, 3, (90, 90)).astype(np.float32)
    row, column, z, inside = projected(
        cameras, 3, unproject(cameras, np.tile(depth, (11, 1, 1)))[3].astype(np.float64)
    )
    assert inside.all()
    np.testing.assert_allclose(z, depth, rtol=1e-5)
    rows, columns = np.mgrid[:90, :90]
    # Centres of pixels, half a pixel from where rounding would change.
    np.testing.assert_array_equal(row, rows)
    np.testing.assert_array_equal(column, columns)


def test_one_gaussian_has_its_own_density():
    rng = np.random.default_rng(0)
    turn = np.array([[0.2, 0.0, 0.0], [0.05, 0.1, 0.0], [0.0, 0.04, 0.15]])
    samples = rng.normal(size=(4000, 3)) @ turn.T + 0.5
    mixture = Mixture.of(samples, 1)
    colors, covariance = samples[:200].astype(np.float32), np.cov(samples.T) + 3e-4 * np.eye(3)
    density = multivariate_normal(samples.mean(0), covariance).logpdf(colors)  # pyright: ignore
    expected = np.logaddexp(density + 1.5 * np.log(2 * np.pi), -6)
    np.testing.assert_allclose(mixture.log_density(colors), expected, atol=1e-3)


def test_a_cut_takes_what_is_likely_and_smooths_what_is_not():
    y, x = np.mgrid[:60, :60] - 29.5
    disc = np.hypot(x, y) < 18
    flat = np.full((60, 60, 3), 0.5, np.float32)
    wrong = np.random.default_rng(0).random((60, 60)) < 0.25
    evidence = np.where(disc ^ wrong, 1.0, -1.0)
    found = cut(evidence, flat, length=1.0) > 0.5
    assert (found != disc).mean() < 0.03
    assert (evidence > 0).mean() != pytest.approx(disc.mean(), abs=0.1)
    np.testing.assert_array_equal(cut(np.full((20, 20), 0.5), flat[:20, :20]), 1)
    np.testing.assert_array_equal(cut(np.full((20, 20), -0.5), flat[:20, :20]), 0)


def test_an_outline_follows_an_edge_of_colour():
    rgb = np.zeros((30, 40, 3), np.float32)
    rgb[:, 22:] = 1
    evidence = np.zeros((30, 40))
    evidence[:, :10], evidence[:, 30:] = 1, -1
    found = cut(evidence, rgb, steps=600) > 0.5
    assert found[:, :22].all()
    assert not found[:, 22:].any()
