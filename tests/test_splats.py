"""Gaussians from posed pictures: what outlines cannot show, and that a kill loses little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from _meshes import ball, painted, photographs
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from maquette import InputError
from maquette.artifacts import Mesh, Views
from maquette.cameras import orbit
from maquette.measures.pictures import ssim as ssim_reference
from maquette.ops import rasterize
from maquette.ops.splat import Splatted
from maquette.ops.topology import is_closed_manifold
from maquette.reconstruction import Splats, VisualHull
from maquette.reconstruction._cloud import Cloud, turned, turned_to
from maquette.reconstruction._fitting import Fitting, mean_colors, one
from maquette.reconstruction._likeness import depth_normals, ssim, unlike_picture, unlike_surface
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction._splat_options import Growth, Likeness, Rates

SMALL = Splats(steps=300, surfels=1500, resolution=48, rates=Rates(means=1e-2), growth=Growth(every=30, most=3000))


def bowl() -> Mesh:
    """A ball with a hollow at the top, which no outline shows."""
    mesh = ball()
    v = mesh.vertices.copy()
    inside = v[:, 1] > 0.25
    v[inside, 1] = 0.5 - v[inside, 1]
    return Mesh(v, mesh.faces)


@pytest.fixture(scope="module")
def hollow() -> Views:
    return photographs(bowl())


def test_a_hollow_that_no_outline_shows_is_found(hollow):
    mesh = SMALL(hollow)
    assert is_closed_manifold(mesh.vertices, mesh.faces)

    def middle(of: Mesh) -> float:
        above = np.hypot(of.vertices[:, 0], of.vertices[:, 2]) < 0.08
        return float(np.median(of.vertices[above & (of.vertices[:, 1] > -0.2), 1]))

    hull = VisualHull(48)(hollow)
    true = middle(bowl())
    assert middle(hull) > true + 0.1
    # Pictures of 72 pixels and 300 steps: most of the way from the hull, which is .28 above.
    assert abs(middle(mesh) - true) < 0.09


def test_it_is_repeatable_and_goes_on_where_it_was_killed(hollow, tmp_path):
    short = replace(SMALL, steps=60)
    whole = short.optimize(hollow)
    keeping = replace(short, checkpoints=str(tmp_path), checkpoint_every=25)

    class Killed(Exception):
        pass

    def killed_at_40(fitting, _advance=Fitting.advance):
        if fitting.cloud.step == 40:
            raise Killed
        _advance(fitting)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fitting, "advance", killed_at_40)
        with pytest.raises(Killed):
            keeping.optimize(hollow)
    assert len(list(tmp_path.iterdir())) == 1
    steps = []

    def counted(fitting, _advance=Fitting.advance):
        steps.append(fitting.cloud.step)
        _advance(fitting)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fitting, "advance", counted)
        resumed = keeping.optimize(hollow)
    assert steps == list(range(25, 60))
    for name in ("means", "scales", "wxyz", "opacities", "spherical_harmonics"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name), err_msg=name)
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_is_no_checkpoint(hollow, tmp_path):
    keeping = replace(SMALL, steps=2, checkpoints=str(tmp_path), checkpoint_every=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("maquette.reconstruction._unfinished.Unfinished.remove", lambda self: None)
        before = keeping.optimize(hollow)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:200])
    np.testing.assert_array_equal(keeping.optimize(hollow).means, before.means)


def test_a_checkpoint_of_another_version_is_none(hollow, tmp_path):
    keeping = replace(SMALL, steps=2, checkpoints=str(tmp_path), checkpoint_every=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("maquette.reconstruction._unfinished.Unfinished.remove", lambda self: None)
        keeping.optimize(hollow)
        patch.setattr(Splats, "version", Splats.version + 1)
        patch.setattr(Fitting, "resumed", None)  # which would be another's state
        keeping.optimize(hollow)
    assert len(list(tmp_path.iterdir())) == 2


def test_exposures_of_cameras_are_found(hollow):
    gains = np.where(np.arange(12) % 2, 0.8, 1.1).astype(np.float32)
    bright = replace(hollow, rgb=hollow.rgb * 0.8 * gains[:, None, None, None])
    fitting = Fitting.of(bright, SMALL.course())
    for _ in range(300):
        fitting.advance()
    expected = gains / np.exp(np.log(gains).mean())
    # Each view is looked at 25 times, a tenth of the way a time, while the surfels' own colours still settle.
    np.testing.assert_allclose(fitting.exposure.numpy().mean(1), expected, atol=0.06)


def test_ssim_is_that_of_the_measures():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 40, 30, 3)).astype(np.float32)
    b = 0.6 * a + 0.4 * b
    # Over the whole picture, padded with black as here; the reference leaves the margin out, so it gets one.
    margin = ((10, 10), (10, 10), (0, 0))
    wide = ssim(torch.from_numpy(np.pad(a, margin)), torch.from_numpy(np.pad(b, margin)))
    reference = ssim_reference(np.pad(a, margin), np.pad(b, margin))
    full, cut = 60 * 50, 50 * 40
    # Where both are black SSIM is 1.
    assert float(wide) == pytest.approx((reference * cut + (full - cut)) / full, abs=1e-5)
    assert float(ssim(torch.from_numpy(a), torch.from_numpy(a))) == pytest.approx(1)


@pytest.mark.parametrize("frame", [1.3, 0.6])
def test_normals_of_a_depth_map_are_those_of_the_sphere(frame):
    cameras = orbit(np.array([40.0]), np.array([30.0]), 200, frame=frame)
    mesh = ball()
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    k, pose = cameras.intrinsics[0].astype(np.float64), cameras.world_to_camera[0].astype(np.float64)
    y, x = np.mgrid[:200, :200] + 0.5
    rays = np.stack([(x - k[0, 2]) / k[0, 0], (y - k[1, 2]) / k[1, 1], np.ones_like(x)], -1)
    centre, radius = pose[:3, 3], float(np.linalg.norm(mesh.vertices, axis=1).mean())
    a, b, c = (rays**2).sum(-1), rays @ centre, centre @ centre - radius**2
    root = b**2 - a * c
    depth = np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, 0)
    true = ((rays * depth[..., None] - centre) / radius) @ pose[:3, :3]
    found = depth_normals(torch.from_numpy(depth.astype(np.float32)), cameras).numpy()
    facing = (raster.face[0] >= 0) & ((true @ -pose[2, :3]) > 0.5)
    facing[:2] = facing[-2:] = facing[:, :2] = facing[:, -2:] = False
    # Central differences over two pixels: second order in the pixel's size beside the radius.
    assert np.abs(found - true)[facing].max() < 0.01


def test_a_perfect_surface_is_not_unlike_a_surface():
    cameras = orbit(np.array([0.0]), np.array([0.0]), 64, frame=1.3)
    depth = torch.full((1, 64, 64), 2.0)
    normals = depth_normals(depth[0], cameras)[None]
    inner = torch.zeros(1, 64, 64)
    inner[:, 1:-1, 1:-1] = 1
    drawn = Splatted(
        torch.zeros(1, 64, 64, 3), inner, torch.zeros(1, 1), depth, depth, normals, torch.zeros(1, 64, 64)
    )
    assert float(unlike_surface(Likeness(), drawn, cameras)) == pytest.approx(0, abs=1e-6)
    picture = torch.rand(64, 64, 3)
    assert float(unlike_picture(Likeness(), picture, picture, inner[0], inner[0])) == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(lambda v: np.linalg.norm(v) > 1e-3))
def test_quaternions_turn_z_to_the_normal(normal):
    n = torch.tensor([normal], dtype=torch.float32)
    n = n / n.norm()
    z = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float32)
    # Half a degree off where the normal is all but opposite and the turn is a half one.
    assert_close(turned(turned_to(n), z), n, atol=0.015, rtol=0)


def cloud_of(count: int, opacity: float = 0.5, scale: float = 0.01) -> Cloud:
    rng = np.random.default_rng(1)
    points, normals = rng.normal(size=(2, count, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    colors, radii = rng.random((count, 3)).astype(np.float32), np.full(count, scale, np.float32)
    return Cloud.of(points, normals, colors, radii, 1, opacity)


def test_small_surfels_are_cloned_and_large_ones_split_within_the_budget():
    growth = Growth(most=130, threshold=0.5, small=0.02)
    for scale, shrunk in ((0.01, 0.01), (0.05, 0.05 / 1.6)):
        cloud = cloud_of(100, scale=scale)
        cloud.pull[:, 1] = 1
        cloud.pull[:50, 0] = torch.linspace(2, 1, 50)
        before = cloud.values.clone()
        cloud.densify(growth, torch.Generator().manual_seed(0))
        assert len(cloud) == 130  # of the fifty that are pulled at, the thirty that are pulled hardest
        scales = cloud.parts(cloud.values, 1)[2]
        assert_close(scales[:30], torch.full((30, 2), shrunk))
        assert_close(scales[100:], torch.full((30, 2), shrunk))
        assert_close(cloud.values[30:100], before[30:])
        # What is split lies on both sides of where it was.
        assert_close((cloud.values[:30, :3] + cloud.values[100:, :3]) / 2, before[:30, :3], atol=1e-6, rtol=0)
        assert cloud.pull.abs().sum() == 0


def test_nearly_clear_and_very_large_surfels_go():
    cloud = cloud_of(60)
    cloud.values[:10, 9] = -6
    cloud.values[10:15, 7] = 1.0
    cloud.densify(Growth(), torch.Generator().manual_seed(0))
    assert len(cloud) == 45
    assert len(cloud.momentum) == len(cloud.square) == len(cloud.pull) == 45


def test_the_artifact_has_activated_values():
    gaussians = cloud_of(20, opacity=0.3).gaussians()
    np.testing.assert_allclose(gaussians.opacities, 0.3, rtol=1e-5)
    np.testing.assert_allclose(gaussians.scales[:, :2], 0.01, rtol=1e-5)
    assert (gaussians.scales[:, 2] < 1e-4).all()
    np.testing.assert_allclose(np.linalg.norm(gaussians.wxyz, axis=1), 1, rtol=1e-5)


def test_surfels_start_with_the_colours_of_the_pictures(hollow):
    mesh = ball()
    views = photographs(mesh)
    normals = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    above = mesh.vertices[:, 1] > 0
    found = mean_colors(views, mesh.vertices[above], normals[above].astype(np.float32))
    # A pixel is a fiftieth of the ball, over which the finest wave changes by a few tenths.
    assert np.abs(found - painted(mesh.vertices[above])).mean() < 0.06


def test_views_with_fewer_pixels_look_from_the_same_places(hollow):
    assert reduced(hollow, 3) is hollow  # 24 pixels would be too few
    large = photographs(bowl(), size=108)
    small = reduced(large, 3)
    drawn = photographs(bowl(), size=36)
    np.testing.assert_allclose(small.cameras.intrinsics, drawn.cameras.intrinsics, rtol=1e-6)
    inside = (small.alpha == 1) & (drawn.alpha == 1)
    assert np.abs(small.rgb - drawn.rgb)[inside].mean() < 0.05


def test_views_without_an_object_are_refused(hollow):
    with pytest.raises(InputError, match="without masks"):
        SMALL(replace(hollow, alpha=np.ones_like(hollow.alpha)))
    with pytest.raises(InputError, match="view 0 shows nothing"):
        SMALL(replace(hollow, alpha=np.zeros_like(hollow.alpha)))


def test_views_that_leave_no_surfel_leave_no_solid(hollow):
    gone = replace(SMALL, steps=3, growth=Growth(every=1, begin=0.0, end=1.0, least_opacity=0.999))
    assert len(gone.optimize(hollow).means) == 0
    with pytest.raises(InputError, match="no solid"):
        replace(gone, carving=0.0)(hollow)


@pytest.mark.parametrize(
    "options", [{"surfels": 0}, {"degree": 4}, {"longest": 0}, {"carving": 1.5}, {"checkpoint_every": 0}]
)
def test_options_out_of_range_are_refused_before_the_work(hollow, options):
    with pytest.raises(InputError, match="is out of range"):
        replace(SMALL, **options)(hollow)


def test_one_camera_of_many():
    cameras = orbit(np.array([0.0, 90.0]), np.array([0.0, 20.0]), 32)
    np.testing.assert_array_equal(one(cameras, 1).world_to_camera[0], cameras.world_to_camera[1])
