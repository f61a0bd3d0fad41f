"""Views to a mesh: the kernels against their definitions, and shapes against what they were rendered from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import trimesh
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from maquette.artifacts import Cameras, Mesh, Views
from maquette.cameras import DISTANCE, axis_aligned, orbit
from maquette.errors import InputError
from maquette.meshing import Decimate
from maquette.ops import corner_normals, fuse, interpolate, is_closed_manifold, outline_distance, rasterize, smooth
from maquette.ops.fuse import reference
from maquette.ops.hull import visual_hull
from maquette.ops.integrate import integrate
from maquette.reconstruction import PlaneFusion
from maquette.reconstruction._gaps import close_gaps, even_out
from maquette.reconstruction._outlines import fill_outlines

PIXEL = 1.1 / 64


def _box(extents: Sequence[float], centre: Sequence[float] = (0, 0, 0)) -> trimesh.Trimesh:
    return trimesh.creation.box(extents).apply_translation(centre)


def _stool() -> trimesh.Trimesh:
    """Three splayed legs three pixels thick, under a seat."""
    parts = [_box((0.7, 0.08, 0.7), (0, 0.4, 0))]
    for angle in 2 * np.pi * (np.arange(3) / 3 + 0.07):
        out = np.array([np.sin(angle), 0, np.cos(angle)])
        ends = [out * 0.2 + (0, 0.39, 0), out * 0.33 + (0, -0.45, 0)]
        parts.append(trimesh.creation.cylinder(1.5 * PIXEL, segment=ends, sections=16))
    return trimesh.util.concatenate(parts)


def _render(mesh: trimesh.Trimesh, cameras: Cameras, fine: Cameras) -> Views:
    """Box-filtered views; `fine` are the same cameras with four times the pixels."""
    vertices, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)
    raster = rasterize(vertices, faces, fine)
    hit = (raster.face >= 0)[..., None].astype(np.float32)
    normals = interpolate(raster, corner_normals(vertices, faces, 30.0))

    def average(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(cameras), cameras.height, 4, cameras.width, 4, -1).mean((2, 4))

    alpha = average(hit)
    depth = average(raster.depth[..., None]) / np.maximum(alpha, 1e-6)
    normals = average(normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    rgb = np.repeat((alpha > 0).astype(np.float32), 3, -1)
    return Views(cameras, rgb, alpha[..., 0], normals.astype(np.float32), depth[..., 0].astype(np.float32))


def _six_views(mesh: trimesh.Trimesh) -> Views:
    return _render(mesh, axis_aligned(64), axis_aligned(256))


def _worsen(views: Views, depth: float, degrees: float, shift: int, seed: int = 0) -> Views:
    """Like a generator's views: noisy depth, wrong normals, soft alpha, views that disagree by whole pixels."""
    rng = np.random.default_rng(seed)
    assert views.depth is not None
    assert views.normals is not None
    moved = {"alpha": views.alpha.copy(), "depth": views.depth.copy(), "normals": views.normals.copy()}
    for view in range(len(views.cameras)):
        by = rng.integers(-shift, shift + 1, 2)
        for array in moved.values():
            array[view] = np.roll(array[view], by, (0, 1))
    seen = moved["depth"] > 0
    alpha = np.clip(gaussian_filter(moved["alpha"], (0, 0.6, 0.6)), 0, 1) * seen
    noisy = moved["depth"] + depth * rng.normal(size=seen.shape)
    normals = moved["normals"] + np.tan(np.radians(degrees)) / np.sqrt(2) * rng.normal(size=(*seen.shape, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return Views(
        views.cameras, views.rgb, alpha.astype(np.float32), (normals * seen[..., None]).astype(np.float32),
        (noisy * seen).astype(np.float32),
    )  # fmt: skip


def _chamfer(mesh: Mesh, truth: trimesh.Trimesh) -> float:
    """Mean distance, both ways, to the outside surface of a mesh whose parts may overlap."""
    points = truth.sample(20_000, seed=1)
    inside = np.zeros(len(points), bool)
    parts = truth.split()
    for part in parts if len(parts) > 1 else []:  # every part is convex
        heights = points @ part.face_normals.T - (part.face_normals * part.triangles_center).sum(1)
        inside |= heights.max(1) < -1e-6
    points = points[~inside]
    found = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).sample(20_000, seed=2)
    return float(KDTree(points).query(found)[0].mean() + KDTree(found).query(points)[0].mean()) / 2


# --- kernels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_fuse_agrees_with_its_reference(kind):
    rng = np.random.default_rng(0)
    cameras = (
        axis_aligned(16)
        if kind == "orthographic"
        else orbit(np.array([5.0, 95, 200]), np.array([0.0, 20, -30]), 16)
    )
    count = len(cameras)
    outlines = outline_distance(rng.random((count, 16, 16)).astype(np.float32), 4, 2) - np.float32(3.5)
    planes = rng.normal(scale=0.03, size=(count, 16, 16, 5))
    planes[..., 0] += 1.8
    planes[..., 3] = rng.random(planes.shape[:3])
    planes[..., 4] = np.maximum(rng.random(planes.shape[:3]) - 0.3, 0)
    # An odd origin: no sample lies on the border of a pixel, where rounding decides.
    arguments = (
        cameras,
        outlines,
        planes.astype(np.float32),
        (-0.6137, -0.6171, -0.6113),
        0.0523,
        24,
        0.1,
        0.8,
        0.03,
    )
    field, hull = fuse(*arguments)
    assert 0.01 < (field < 0).mean() < 0.99
    for found, defined in zip((field, hull), reference.fuse(*arguments), strict=True):
        np.testing.assert_allclose(found, defined, atol=1e-5)  # float32 sums against float64


def test_fuse_of_nothing_seen_is_outside():
    cameras = axis_aligned(8)
    empty = np.zeros((6, 8, 8, 5), np.float32)
    assert (fuse(cameras, np.full((6, 8, 8), 3, np.float32), empty, (-0.5,) * 3, 0.1, 10, 0.05)[0] > 0).all()
    # Inside every outline, seen by no depth: inside, up to where no view looks.
    solid = fuse(cameras, np.full((6, 8, 8), -3, np.float32), empty, (-1.0,) * 3, 0.1, 21, 0.05)[0]
    assert solid[10, 10, 10] < 0
    assert solid[0, 0, 0] > 0


def test_outline_distance_of_a_half_plane_and_a_disc():
    x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(64) + 0.5)
    tilt = np.radians(20)
    plane = (x - 31.3) * np.cos(tilt) + (y - 30.2) * np.sin(tilt)
    disc = np.hypot(x - 30.4, y - 33.1) - 20.0
    alpha = np.clip(0.5 - np.stack([plane, disc]), 0, 1).astype(np.float32)
    distance = outline_distance(alpha, 5.0)
    inner = (slice(8, -8), slice(8, -8))
    for found, truth in zip(distance, (plane, disc), strict=True):
        # The ramp is linear over one pixel but sampled once a pixel, so the outline is found to a tenth of one.
        np.testing.assert_allclose(found[inner], np.clip(truth, -5, 5)[inner], atol=0.13)
    fine = outline_distance(alpha, 5.0, scale=2)
    assert fine.shape == (2, 128, 128)
    np.testing.assert_allclose(fine.reshape(2, 64, 2, 64, 2).mean((2, 4))[0][inner], distance[0][inner], atol=0.13)


def test_integration_lets_normals_lead_and_keeps_jumps():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:48, :48]
    truth = np.where(x < 20, 2.0, 2.3) + 0.004 * x + 0.05 * np.sin(y / 7)
    slope = np.stack([np.full(truth.shape, 0.004), 0.05 / 7 * np.cos(y / 7)], -1)
    cosine = 1 / np.sqrt(1 + ((slope / PIXEL) ** 2).sum(-1))
    given = truth + 0.02 * rng.normal(size=truth.shape)
    wrong = slope + 0.1 * PIXEL * rng.normal(size=slope.shape)
    free = np.full((1, 48, 48), np.inf)
    surface = integrate(given[None], wrong[None], cosine[None], np.ones((1, 48, 48)), PIXEL, free, 0 * truth[None])
    # The slopes' own errors, which add up over the distances looked at, are counted in.
    assert 0.02 * 0.9 < surface.noise < 0.02 * 1.3
    error = surface.depth[0] - truth
    assert np.sqrt((error**2).mean()) < 0.006  # a third of the noise given
    # Nothing of the jump of 0.3 is smeared: beside it pixels stand alone, and keep their own three deviations.
    assert np.abs(error[:, 19:21]).max() < 3 * 0.02
    # And slopes are better for the depth that they were brought together with.
    given_error, left = (np.sqrt(((each - slope) ** 2).mean()) for each in (wrong, surface.slope[0]))
    assert left < 0.8 * given_error


def test_depth_as_noisy_as_a_generators_is_drawn_to_the_hull_only_where_it_touches_it():
    rng = np.random.default_rng(3)
    truth = np.full((48, 48), 2.0)
    truth[8:40, 24:40] = 2.2  # a hollow, far behind what outlines tell
    # A generator's depth is off by whole patches.
    given = truth + np.kron(0.03 * rng.normal(size=(6, 6)), np.ones((8, 8))) + 0.01 * rng.normal(size=(48, 48))
    flat, ones = np.zeros((1, 48, 48, 2)), np.ones((1, 48, 48))
    surface = integrate(given[None], flat, ones, ones, PIXEL, 2.0 * ones, ones)
    error = np.abs(surface.depth[0] - truth)
    touching = truth == 2.0
    assert np.median(error[touching]) < 0.003
    assert np.abs(given - truth)[touching].mean() > 4 * error[touching].mean()
    assert np.median(surface.depth[0][10:38, 26:38]) > 2.15  # the hollow stays one
    apart = integrate(given[None], flat, ones, ones, PIXEL, 2.0 * ones, 0 * ones)  # the hull lies another way
    assert np.median(np.abs(apart.depth[0] - truth)[touching]) > 0.005
    assert (apart.depth[0] > 2.0 - PIXEL).all()  # but nothing is ever before it


def test_the_visual_hull_of_a_sphere_is_three_cylinders():
    cameras, radius = axis_aligned(64), 0.4
    centres = (np.arange(128) + 0.5) / 2
    u, v = np.meshgrid(centres - 32, centres - 32)
    outlines = np.repeat((np.hypot(u, v) - radius / PIXEL)[None], 6, 0).astype(np.float32)
    spacing = 1.1 / 128
    hull = visual_hull(cameras, outlines, (spacing / 2 - 0.55,) * 3, spacing, 128, 0.04)
    u, v = (np.stack(np.meshgrid(np.arange(64) - 31.5, np.arange(64) - 31.5)) * PIXEL).round(9)
    inside = np.hypot(u, v) < radius - PIXEL
    expected = DISTANCE - np.sqrt((radius**2 - np.maximum(np.abs(u), np.abs(v)) ** 2).clip(0))
    # A grid sample's distance, for the contour rounds the edges where two cylinders meet.
    assert np.abs(hull.depth[:, inside] - expected[inside]).max() < spacing
    assert np.isinf(hull.depth[:, np.hypot(u, v) > radius + PIXEL]).all()
    facing = -np.einsum("vhwi,vi->vhw", hull.normals, cameras.world_to_camera[:, 2, :3])
    assert facing[:, inside].min() > 0


def test_a_blurred_jump_is_a_jump_all_the_same():
    """Normals that stay flat across a climb say that something ends there, wherever exactly."""
    rng = np.random.default_rng(4)
    truth = np.full((48, 48), 2.0)
    truth[:, 24:] = 2.2
    blurred = gaussian_filter(truth, (0, 2.0))
    # As noisy as to hide the climb of .04 a pixel from neighbours alone.
    given = blurred + np.kron(0.02 * rng.normal(size=(12, 12)), np.ones((4, 4)))
    flat, ones = np.zeros((1, 48, 48, 2)), np.ones((1, 48, 48))
    surface = integrate(given[None], flat, ones, ones, PIXEL, np.inf * ones, 0 * ones)
    error = np.abs(surface.depth[0] - truth)
    assert error[:, :20].max() < 0.02  # nothing drawn across
    assert error[:, 28:].max() < 0.02
    assert surface.support[0, :, 23:25].mean() < 0.1  # and what lies between is not relied upon


def test_a_hollow_all_of_blurred_depth_stays_a_hollow():
    """Where a jump is blurred no pixel is relied upon, yet nobody else looks in: their word must do."""
    views = _six_views(
        trimesh.util.concatenate(
            [_box((0.9, 0.1, 0.26), (0, -0.25, 0))]
            + [_box((0.9, 0.4, 0.08), (0, 0, z)) for z in (-0.09, 0.09)]
            + [_box((0.08, 0.4, 0.26), (x, 0, 0)) for x in (-0.41, 0.41)]
        )
    )
    blurred = gaussian_filter(views.depth, (0, 1.5, 1.5)) * (views.alpha > 0.5) + views.depth * (
        views.alpha <= 0.5
    )
    noise = np.kron(0.02 * np.random.default_rng(5).normal(size=(6, 16, 16)), np.ones((4, 4)))
    mesh = PlaneFusion()(replace(views, depth=(blurred + noise * (views.alpha > 0)).astype(np.float32)))
    inside = mesh.vertices[(np.abs(mesh.vertices[:, 0]) < 0.2) & (np.abs(mesh.vertices[:, 2]) < 0.03)]
    assert np.median(inside[inside[:, 1] > -0.25][:, 1]) < -0.05  # the floor, far below the rim at 0.2


@pytest.mark.parametrize("reach", [0, 1, 2, 3, 9])
def test_closing_fills_what_is_narrow_up_to_the_hull(reach):
    at = np.arange(40)
    x, y, z = np.meshgrid(at, at, at, indexing="ij")
    cube = np.maximum.reduce([np.abs(x - 20), np.abs(y - 20), np.abs(z - 20)]) - 12.5
    hull = (cube / 10).astype(np.float32)
    narrow = np.where((np.abs(x - 14) < 1) & (np.abs(y - 20) < 1), 1.0, hull).astype(np.float32)  # one sample
    wide = np.where((np.abs(x - 26) < 6) & (np.abs(y - 20) < 6) & (z > 20), 1.0, narrow).astype(np.float32)
    closed = close_gaps(wide, hull, reach)
    assert (closed <= wide).all()
    assert (closed >= np.minimum(wide, hull)).all()
    assert ((closed < 0) == (wide < 0)).all() == (reach == 0)
    hollow = (np.abs(x - 26) < 6) & (np.abs(y - 20) < 6) & (z > 20) & (hull < 0)
    assert (closed[14, 20, 8:32] < 0).all() == (reach > 0)
    assert (closed[hollow] > 0).mean() > 0.8  # all but its corners


def test_evening_out_keeps_what_outlines_hold():
    at = np.arange(32, dtype=np.float32)
    x, y, z = np.meshgrid(at, at, at, indexing="ij")
    hull = (np.maximum.reduce([np.abs(x - 16), np.abs(y - 16), np.abs(z - 16)]) - 10) / 32
    dent = (3 - np.hypot(x - 16, y - 16)) / 32  # a pit along z, which no outline shows
    field = np.maximum(hull, np.where(z > 20, dent, -1)).astype(np.float32)
    even = even_out(field, hull.astype(np.float32), 1 / 32, 1.5)
    faces = np.abs(hull) < 0.02
    away = np.hypot(x - 16, y - 16) > 8
    np.testing.assert_allclose(even[faces & away], field[faces & away], atol=0.25 / 32)  # a quarter of a sample
    # Noise in the pit, as wrong depth leaves it, loses most of its height.
    pit = (np.hypot(x - 16, y - 16) < 3) & (z > 21) & (z < 25)
    noise = np.where(pit, 0.02 * np.random.default_rng(0).normal(size=pit.shape), 0).astype(np.float32)
    left = even_out(field + noise, hull.astype(np.float32), 1 / 32, 1.5) - even
    assert left[pit].std() < 0.4 * noise[pit].std()
    assert even_out(field, hull.astype(np.float32), 1 / 32, 0.05) is field


def test_a_shape_fills_its_outlines_without_filling_its_hollows():
    cameras = axis_aligned(32)
    spacing, size = 1.1 / 64, 64
    origin = (spacing / 2 - 0.55,) * 3
    x, y, z = np.meshgrid(*[origin[0] + spacing * np.arange(size)] * 3, indexing="ij")
    hull = np.maximum.reduce([np.abs(x) - 0.3, np.abs(y) - 0.3, np.abs(z) - 0.3])
    pit = np.maximum.reduce([np.abs(x) - 0.1, -y, np.abs(z) - 0.1])  # open at the top, no outline shows it
    bite = np.maximum.reduce(
        [0.15 - x, np.abs(y + 0.2) - 0.06, np.abs(z) - 0.5]
    )  # right through, as wrong depth cuts
    true, cut = np.maximum(hull, -pit), np.maximum.reduce([hull, -pit, -bite])
    u, v = np.meshgrid(np.arange(32) + 0.5, np.arange(32) + 0.5)
    square = np.maximum(np.abs(u - 16), np.abs(v - 16)) - 0.3 / (1.1 / 32)
    outlines = np.repeat(square[None], 6, 0).astype(np.float32)
    filled = fill_outlines(cut.astype(np.float32), hull.astype(np.float32), cameras, outlines, origin, spacing)
    assert (filled <= cut.astype(np.float32)).all()
    assert (filled[true > 0.01] > 0).all()  # the pit is as it was
    for axis in (0, 2):  # from the side and the front nothing is missing any more
        seen = (filled < 0).any(axis)
        assert (seen == (true < 0).any(axis)).mean() > 0.99
    assert not (cut < 0).any(2)[int((0.2 + 0.55) / spacing), int((0.35) / spacing)]


def test_outlines_that_wave_within_the_noise_raise_no_ridges():
    cameras = axis_aligned(32)
    spacing, size, pixel = 1.1 / 64, 64, 1.1 / 32
    origin = (spacing / 2 - 0.55,) * 3
    x, y, z = np.meshgrid(*[origin[0] + spacing * np.arange(size)] * 3, indexing="ij")
    hull = np.maximum.reduce([np.abs(x) - 0.35, np.abs(y) - 0.3, np.abs(z) - 0.35]).astype(np.float32)
    # Views from the sides have it that the front stands out by a pixel here and there; depth shows it flat.
    flat = np.maximum(hull, z - (0.35 - pixel)).astype(np.float32)
    u, v = np.meshgrid(np.arange(32) + 0.5 - 16, np.arange(32) + 0.5 - 16)
    wavy = np.maximum(np.abs(u) * pixel - 0.35 + pixel * (np.sin(v) < 0), np.abs(v) * pixel - 0.3) / pixel
    outlines = np.repeat(wavy[None], 6, 0).astype(np.float32)
    held = fill_outlines(flat, hull, cameras, outlines, origin, spacing, slack=1.2 * pixel)
    assert np.array_equal(held, flat)
    assert (fill_outlines(flat, hull, cameras, outlines, origin, spacing) < flat - 0.1 * pixel).any()


def test_smoothing_flattens_noise_and_keeps_creases():
    box = _box((1, 1, 1))
    for _ in range(4):
        box = box.subdivide()
    vertices, faces = np.asarray(box.vertices, np.float32), np.asarray(box.faces, np.int32)
    noisy = vertices + np.random.default_rng(0).normal(scale=0.002, size=vertices.shape).astype(np.float32)
    smoothed = smooth(noisy, faces)
    flat = np.abs(vertices).max(1) == 0.5

    def off(v: np.ndarray) -> np.ndarray:
        return np.abs(np.abs(v[flat]).max(1) - 0.5)

    assert off(smoothed).mean() < 0.6 * off(noisy).mean()
    edges = np.sort(np.abs(vertices), 1)[:, 1] == 0.5
    assert np.abs(smoothed - vertices)[edges].max() < 0.02  # a third of a face's side


# --- the stage ---------------------------------------------------------------------------------------------------


SHAPES = {
    "box": lambda: _box((0.8, 0.5, 0.6)),
    "turned box": lambda: _box((0.7, 0.5, 0.5)).apply_transform(
        trimesh.transformations.rotation_matrix(0.5, (0, 1, 0))
    ),
    "sphere": lambda: trimesh.creation.icosphere(3, radius=0.45),
    "stool": _stool,
}


@pytest.mark.parametrize("name", SHAPES)
def test_clean_views_give_the_shape_back(name):
    truth = SHAPES[name]()
    mesh = PlaneFusion()(_six_views(truth))
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    # Sampling alone leaves 0.004 to 0.005; a third of a pixel of 0.017 is the room.
    assert _chamfer(mesh, truth) < 0.0075


@pytest.mark.parametrize("name", SHAPES)
def test_views_as_bad_as_a_generators_still_give_one_piece(name):
    truth = SHAPES[name]()
    views = _worsen(_six_views(truth), depth=0.02, degrees=7, shift=1)
    mesh = Decimate(3000)(PlaneFusion()(views))
    assert len(mesh.faces) == 3000
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    assert len(trimesh.Trimesh(mesh.vertices, mesh.faces).split()) == 1
    assert _chamfer(mesh, truth) < 0.016  # under a pixel, as far as the views disagree


def test_thin_legs_stay_straight_rods():
    views = _worsen(_six_views(_stool()), depth=0.02, degrees=7, shift=1)
    mesh = PlaneFusion()(views)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    for angle in 2 * np.pi * (np.arange(3) / 3 + 0.07):
        out = np.array([np.sin(angle), 0, np.cos(angle)])
        widths, offsets = [], []
        for t in np.linspace(0.2, 0.9, 12):
            axis = (1 - t) * (out * 0.2 + (0, 0.39, 0)) + t * (out * 0.33 + (0, -0.45, 0))
            section = solid.section(plane_origin=axis, plane_normal=(0, 1, 0))
            assert section is not None
            near = section.vertices[np.linalg.norm(section.vertices - axis, axis=1) < 5 * PIXEL]
            assert len(near) > 4
            widths.append(np.ptp(near[:, [0, 2]], axis=0).mean() / PIXEL)
            offsets.append((near[:, [0, 2]].mean(0) - axis[[0, 2]]) / PIXEL)
        assert min(widths) > 1.5
        assert max(widths) < 5.5
        assert np.std(offsets, axis=0).max() < 0.7  # pixels from a straight line


def test_perspective_views_work_too():
    truth = _box((0.6, 0.5, 0.4))
    azimuth, elevation = np.arange(10) * 36.0, np.tile([30.0, -25.0], 5)
    views = _render(truth, orbit(azimuth, elevation, 64), orbit(azimuth, elevation, 256))
    mesh = PlaneFusion()(views)
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    assert _chamfer(mesh, truth) < 0.012


def test_floaters_and_closed_cavities_go():
    truth = trimesh.util.concatenate([_box((0.6, 0.6, 0.6)), _box((0.06, 0.06, 0.06), (0.45, 0.45, 0.45))])
    mesh = PlaneFusion(least_share=0.01)(_six_views(truth))
    assert mesh.vertices.max() < 0.33
    kept = PlaneFusion(least_share=0.0)(_six_views(truth))
    assert kept.vertices.max() > 0.45
    assert trimesh.Trimesh(kept.vertices, kept.faces).volume == pytest.approx(0.6**3 + 0.06**3, rel=0.03)


def test_the_same_views_give_the_same_mesh():
    views = _six_views(_box((0.8, 0.5, 0.6)))
    first, second = PlaneFusion(resolution=48)(views), PlaneFusion(resolution=48)(views)
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)


def test_views_that_cannot_be_fused_are_refused():
    views = _six_views(_box((0.8, 0.5, 0.6)))
    with pytest.raises(InputError, match="depth or normals"):
        PlaneFusion()(Views(views.cameras, views.rgb, views.alpha))
    nothing = Views(views.cameras, views.rgb, 0 * views.alpha, views.normals, views.depth)
    with pytest.raises(InputError, match="show nothing"):
        PlaneFusion()(nothing)
    assert views.depth is not None
    depth = views.depth.copy()
    depth[0, 3, 3] = np.nan
    with pytest.raises(InputError, match="depth has NaN"):
        PlaneFusion()(replace(views, depth=depth))
    # In front and behind it is all above, from the sides all below: no place is inside every outline.
    apart, middle = views.alpha.copy(), views.alpha.shape[1] // 2
    apart[[0, 2], middle - 6 :] = 0
    apart[[1, 3], : middle + 6] = 0
    with pytest.raises(InputError, match="contradict"):
        PlaneFusion(resolution=48)(Views(views.cameras, views.rgb, apart, views.normals, views.depth))


def test_all_that_the_package_names_is_there():
    import maquette.reconstruction as package

    for name in package.__all__:
        assert getattr(package, name)
    assert set(get_args(package.Method)) == {PlaneFusion, package.NormalFusion, package.VisualHull, package.Splats}
