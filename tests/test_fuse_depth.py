"""Depth maps fused: the sums against their readable definition, spheres against the closed form, always closed."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit, unproject
from maquette.ops import contour, is_closed_manifold
from maquette.ops.blocks import INSIDE, OUTSIDE, Blocks
from maquette.ops.fuse_depth import fuse_depth
from maquette.ops.fuse_depth.reference import fuse_depth as reference


def _ball(cameras: Cameras, radius: float, centre: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Depth and normals of a sphere by ray casting."""
    centre = np.zeros(3) if centre is None else centre
    shape = (len(cameras), cameras.height, cameras.width)
    near, far = (unproject(cameras, np.full(shape, d, np.float32)).astype(np.float64) for d in (1.0, 2.0))
    along = far - near  # one world unit forward
    from_centre = near - centre
    a, b = (along**2).sum(-1), (along * from_centre).sum(-1)
    square = b * b - a * ((from_centre**2).sum(-1) - radius**2)
    hit = square > 0
    step = (-b - np.sqrt(np.where(hit, square, 0))) / a
    normals = (from_centre + step[..., None] * along) / radius
    depth = np.where(hit, 1 + step, 0)
    return depth.astype(np.float32), np.where(hit[..., None], normals, 0).astype(np.float32)


def _rig(perspective: bool, resolution: int) -> Cameras:
    if not perspective:
        return axis_aligned(resolution, 1.3)
    azimuth, elevation = np.array([0.0, 90, 180, 270, 45, 45]), np.array([0.0, 0, 0, 0, 80, -80])
    return orbit(azimuth, elevation, resolution, frame=1.6)


def _grid(size: int) -> tuple[tuple[float, float, float], float, tuple[int, int, int]]:
    spacing = 1.1 / size
    corner = (spacing - 1.1) / 2
    return (corner, corner, corner), spacing, (size, size, size)


def _whole(blocks: Blocks, values: np.ndarray, inside: float, outside: float) -> np.ndarray:
    """Anything that blocks hold at every sample of the grid."""
    out = np.full((*blocks.index.shape, 8, 8, 8, *values.shape[4:]), outside, np.float64)
    out[blocks.index == INSIDE] = inside
    out[blocks.index >= 0] = values[blocks.index[blocks.index >= 0]]
    axes = [0, 3, 1, 4, 2, 5, *range(6, out.ndim)]
    return out.transpose(axes).reshape(*[8 * n for n in blocks.index.shape], *values.shape[4:])


def assert_as_defined(blocks: Blocks, defined: tuple[np.ndarray, np.ndarray, np.ndarray], edges: float) -> None:
    field, weights, means = defined
    assert np.abs(blocks.values).max(initial=0) <= np.float32(blocks.truncation)
    off = np.abs(blocks.dense() - field) > 1e-3 * blocks.truncation
    # Single precision may take the other pixel where two are equally near, or where a jump or outline begins.
    assert off.mean() <= edges
    if len(blocks.values):
        stored = _whole(blocks, np.ones_like(blocks.values), 0, 0) > 0
        said = _whole(blocks, blocks.weights, 0, 0)
        apart = np.abs(said - weights)[stored] > 1e-3 * max(weights.max(), 1)
        assert apart.sum() <= 2 * edges * apart.size  # nothing may be stored
        kept = [each for each in (blocks.gradients, blocks.colors) if each is not None]
        if kept:
            carried = _whole(blocks, np.concatenate(kept, -1), 0, 0)
            # Means of next to nothing, where a view's word is about to end, are rounded away from one another.
            clear = stored & (weights > 0.02) & ~off & (np.abs(said - weights) < 1e-3)
            apart = np.abs(carried - means).max(-1)[clear] > 2e-2
            assert apart.sum() <= 2 * edges * apart.size  # there may be none


@settings(max_examples=16, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), perspective=st.booleans(), blocks=st.tuples(*[st.integers(1, 4)] * 3),
    pixels=st.tuples(st.integers(1, 40), st.integers(1, 40)), weighted=st.booleans(), planes=st.booleans(),
    coloured=st.booleans(), background=st.sampled_from([None, 0.0, 1.0]), enough=st.sampled_from([0.0, 0.5, 1.0]),
)  # fmt: skip
def test_every_sample_is_as_defined(
    seed, perspective, blocks, pixels, weighted, planes, coloured, background, enough
):
    """Balls and noise, from cameras anywhere, some of them within the grid."""
    rng = np.random.default_rng(seed)
    views = int(rng.integers(1, 5))
    rig = orbit(rng.uniform(0, 360, views), rng.uniform(-90, 90, views), 8, frame=float(rng.uniform(0.3, 2)))
    intrinsics = rig.intrinsics.copy()
    intrinsics[:, :2] *= max(pixels) / 8
    if not perspective:
        intrinsics[:, [0, 1], [0, 1]] = max(pixels) / 1.3
    cameras = Cameras(
        rig.world_to_camera, intrinsics, pixels[1], pixels[0], "perspective" if perspective else "orthographic"
    )
    depth, normals = _ball(cameras, 0.35, rng.uniform(-0.2, 0.2, 3))
    depth *= rng.random(depth.shape) < rng.choice([0.0, 0.9, 1.0])
    depth = np.maximum(depth, 0)
    spacing = float(1.2 / (8 * max(blocks)))
    setting = (cameras, depth, (-0.6, -0.55, -0.5), spacing, tuple(8 * n for n in blocks), 3 * spacing)
    options = {
        "weights": (rng.random(depth.shape) * (rng.random(depth.shape) < 0.8)).astype(np.float32)
        if weighted
        else None,
        "normals": normals if planes else None,
        "colors": rng.random((*depth.shape, 3)).astype(np.float32) if coloured else None,
        "background": background,
        "enough": enough,
    }
    assert_as_defined(fuse_depth(*setting, **options), reference(*setting, **options), edges=4e-3)


@pytest.mark.parametrize("perspective", [False, True])
def test_blocks_lie_only_near_surfaces(perspective):
    cameras = _rig(perspective, 128)
    depth, _ = _ball(cameras, 0.4)
    origin, spacing, size = _grid(64)
    origin = (origin[0] + 0.0031, origin[1] - 0.0017, origin[2] + 0.0023)  # not halfway between pixels
    truncation = 3 * spacing
    blocks = fuse_depth(cameras, depth, origin, spacing, size, truncation)
    assert_as_defined(blocks, reference(cameras, depth, origin, spacing, size, truncation), edges=1e-3)
    place = np.stack(np.nonzero(blocks.index >= 0), -1)
    centre = np.array(origin) + spacing * (8 * place + 3.5)
    distance = np.abs(np.linalg.norm(centre, axis=1) - 0.4)
    # Half a block's diagonal and the truncation, and what the footprints of blocks take in beside them.
    assert np.quantile(distance, 0.9) < 4 * 3**0.5 * spacing + truncation + 8 * spacing
    assert blocks.index[0, 0, 0] == OUTSIDE
    assert blocks.index[4, 4, 4] == INSIDE


@pytest.mark.parametrize("perspective", [False, True])
def test_a_ball_is_its_radius_everywhere_and_converges(perspective):
    errors = []
    for size in (32, 64):
        cameras = _rig(perspective, 4 * size)
        depth, normals = _ball(cameras, 0.4)
        origin, spacing, grid = _grid(size)
        blocks = fuse_depth(cameras, depth, origin, spacing, grid, 3 * spacing, normals=normals)
        vertices, faces = contour(blocks)
        assert is_closed_manifold(vertices, faces)
        volume = np.linalg.det(vertices.astype(np.float64)[faces]).sum() / 6
        assert volume == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=3 * 0.1 * spacing / 0.4)  # a tenth of a cell
        errors.append(np.abs(np.linalg.norm(vertices, axis=1) - 0.4).mean() / spacing)
    # Of a cell. Most of it lies at outlines, which are known to a pixel: here a third of a cell.
    assert errors[0] < 0.15
    assert errors[1] < 0.9 * errors[0]


def test_a_plane_is_exact_whatever_its_slant():
    """One view of a slanted plane: distances to the plane are right to rounding where normals are given."""
    cameras = axis_aligned(64)
    front = replace(cameras, world_to_camera=cameras.world_to_camera[:1], intrinsics=cameras.intrinsics[:1])
    normal = np.array([0.3, 0.2, 1.0])
    normal /= np.linalg.norm(normal)
    x, y, _ = np.moveaxis(unproject(front, np.ones((1, 64, 64), np.float32))[0].astype(np.float64), -1, 0)
    z = (0.05 - normal[0] * x - normal[1] * y) / normal[2]  # n . p = 0.05
    depth = (2 - z)[None].astype(np.float32)
    normals = np.broadcast_to(normal, (1, 64, 64, 3)).astype(np.float32)
    origin, spacing, size = _grid(32)
    blocks = fuse_depth(front, depth, origin, spacing, size, 0.1, normals=normals)
    axes = [origin[0] + spacing * np.arange(32)] * 3
    true = np.stack(np.meshgrid(*axes, indexing="ij"), -1) @ normal - 0.05
    near = (np.abs(true) < 0.09) & (np.abs(blocks.dense()) < 0.1)
    assert near.mean() > 0.1
    inner = np.s_[2:-2, 2:-2]  # the outermost half pixel is not interpolated
    np.testing.assert_allclose(blocks.dense()[inner][near[inner]], true[inner][near[inner]], atol=1e-5)
    assert blocks.gradients is not None
    known = (blocks.gradients**2).sum(-1) > 0
    np.testing.assert_allclose(blocks.gradients[known], np.broadcast_to(normal, (known.sum(), 3)), atol=1e-5)


def test_nothing_seen_is_nothing():
    cameras = _rig(False, 32)
    origin, spacing, size = _grid(32)
    for background in (0.0, 1.0):
        empty = np.zeros((6, 32, 32), np.float32)
        blocks = fuse_depth(cameras, empty, origin, spacing, size, 3 * spacing, background=background)
        assert not len(blocks.values)
        assert (blocks.index == OUTSIDE).all()
        assert len(contour(blocks)[1]) == 0


def test_a_view_that_is_not_trusted_says_nothing():
    cameras = _rig(True, 48)
    depth, _ = _ball(cameras, 0.4)
    origin, spacing, size = _grid(32)
    noise = depth.copy()
    noise[2] = np.random.default_rng(0).uniform(0, 4, depth.shape[1:])
    trust = np.ones_like(depth)
    trust[2] = 0
    kept = [0, 1, 3, 4, 5]
    five = replace(cameras, world_to_camera=cameras.world_to_camera[kept], intrinsics=cameras.intrinsics[kept])
    with_noise = fuse_depth(cameras, noise, origin, spacing, size, 3 * spacing, weights=trust)
    without = fuse_depth(five, depth[kept], origin, spacing, size, 3 * spacing)
    np.testing.assert_array_equal(with_noise.dense(), without.dense())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), perspective=st.booleans(), scale=st.sampled_from([1e-3, 1.0, 1e6]))
def test_whatever_is_seen_gives_a_closed_manifold(seed, perspective, scale):
    rng = np.random.default_rng(seed)
    cameras = _rig(perspective, int(rng.integers(1, 30)))
    depth = (scale * rng.random((6, cameras.height, cameras.width))).astype(np.float32)
    depth *= rng.random(depth.shape) < 0.7
    origin, spacing, size = _grid(24)
    vertices, faces = contour(fuse_depth(cameras, depth, origin, spacing, size, 2 * spacing))
    assert len(faces) == 0 or is_closed_manifold(vertices, faces)


def test_threads_do_not_change_the_blocks():
    code = (
        "import numpy as np, hashlib; from maquette.cameras import axis_aligned;"
        "from maquette.ops.fuse_depth import fuse_depth;"
        "d = np.random.default_rng(0).uniform(1.4, 2.6, (6, 40, 40)).astype(np.float32);"
        "b = fuse_depth(axis_aligned(40), d, (-.5, -.5, -.5), 1 / 80, (80, 80, 80), .04);"
        "print(*[hashlib.sha256(a.tobytes()).hexdigest() for a in (b.index, b.values, b.weights)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": n}, capture_output=True, check=True
        ).stdout
        for n in ("1", "3")
    }
    assert len(said) == 1


DEPTH = np.ones((6, 4, 4), np.float32)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"depth": np.where(np.arange(4) == 1, np.nan, DEPTH).astype(np.float32)}, "not finite"),
        ({"depth": -DEPTH}, "below 0"),
        ({"depth": DEPTH[:5]}, "cameras"),
        ({"depth": np.ones((6, 4, 5), np.float32)}, "cameras"),
        ({"size": (8, 8, 9)}, "multiples"),
        ({"size": (0, 8, 8)}, "multiples"),
        ({"size": (8, 2**20, 2**20)}, "at most"),
        ({"spacing": 0.0}, "above 0"),
        ({"truncation": float("nan")}, "above 0"),
        ({"free": 0.0}, "free"),
        ({"background": -0.1}, "background"),
        ({"enough": 1.1}, "enough"),
        ({"weights": -DEPTH}, "below 0"),
        ({"weights": DEPTH[:, :2]}, "expected"),
        ({"normals": np.full((6, 4, 4, 3), np.inf, np.float32)}, "not finite"),
        ({"colors": np.ones((6, 4, 3, 3), np.float32)}, "expected"),
        ({"cameras": replace(axis_aligned(4), intrinsics=np.full((6, 3, 3), np.nan, np.float32))}, "cameras"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(changes, said):
    setting = {
        "cameras": axis_aligned(4), "depth": DEPTH, "origin": (0.0, 0.0, 0.0), "spacing": 0.1, "size": (8, 8, 8),
        "truncation": 0.3,
    } | changes  # fmt: skip
    with pytest.raises(ValueError, match=said):
        inspect.unwrap(fuse_depth)(**setting)
