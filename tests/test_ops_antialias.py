"""Antialiasing: closed forms of coverage and of its derivative, the reference, and what counts as a silhouette."""

import dataclasses

import numpy as np
import pytest
import torch
from _meshes import DEVICES, square, torus
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rasterize import sphere

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit
from maquette.ops.antialias import reference
from maquette.ops.differentiable import (
    Raster,
    Silhouettes,
    Topology,
    antialias,
    find_silhouettes,
    interpolate,
    project,
    rasterize,
)

PIXEL = 1.1 / 64
"""World units across a pixel of `front(64)`."""


def front(resolution: int) -> Cameras:
    """One orthographic camera that looks at the front."""
    cameras = axis_aligned(resolution)
    return dataclasses.replace(
        cameras, world_to_camera=cameras.world_to_camera[:1], intrinsics=cameras.intrinsics[:1]
    )


def coverage(vertices: torch.Tensor, faces: torch.Tensor, cameras: Cameras, steps: int = 64) -> torch.Tensor:
    raster = rasterize(vertices, faces, cameras)
    return antialias(raster, (raster.face >= 0).float()[..., None], steps=steps)[..., 0]


def background_pairs(raster: Raster, found: Silhouettes | None = None) -> int:
    """Neighbouring pixels of which one shows the background: all, or those among the found."""
    hit = raster.face >= 0
    if found is None:
        return int((hit[:, 1:] != hit[:, :-1]).sum() + (hit[:, :, 1:] != hit[:, :, :-1]).sum())
    view = torch.repeat_interleave(torch.arange(len(hit)), found.starts.diff())
    return int((~hit.flatten(1)[view, found.pairs[:, 1].long()]).sum())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.3, 0.85), (-0.45, 0.5), (0.7, -0.2)])
def test_an_axis_aligned_square_is_covered_as_a_box_filter_would(x: float, y: float, device: str) -> None:
    mesh = square(20.4 * PIXEL)
    vertices, faces = (torch.from_numpy(part).to(device) for part in mesh)
    moved = vertices + torch.tensor([x * PIXEL, y * PIXEL, 0], device=device)
    found = coverage(moved, faces, front(64))[0].cpu().numpy()

    def overlap(centre: float) -> np.ndarray:
        low, high = 32 + centre - 10.2, 32 + centre + 10.2
        return np.clip(np.minimum(np.arange(64) + 1, high) - np.maximum(np.arange(64), low), 0, 1)

    exact = overlap(-y)[:, None] * overlap(x)[None]  # the picture's y goes down
    corner = (overlap(-y) % 1 > 0)[:, None] & (overlap(x) % 1 > 0)[None]
    # Vertices are single precision: 32 pixels to 4e-6.
    np.testing.assert_allclose(np.where(corner, 0, found), np.where(corner, 0, exact), atol=1e-5)
    # Corners are not exact: a pixel is blended with its neighbours one pair at a time, never with two.
    np.testing.assert_allclose(found, exact, atol=0.5)


@pytest.mark.parametrize("cells", [1, 30])
@pytest.mark.parametrize("degrees", [0.0, 17, 45, 71])
def test_coverage_of_a_turned_square_is_its_area_and_moves_by_its_sides(degrees: float, cells: int) -> None:
    """However many triangles it is cut into, in the mean over how it lies on the pixels."""
    vertices, faces = (torch.from_numpy(part) for part in square(0.6, degrees, cells))
    side = 0.6 / PIXEL
    turn = np.radians(degrees)
    outward = torch.tensor([np.cos(turn), np.sin(turn), 0], dtype=torch.float32)
    at_side = (vertices @ outward > 0.3 - 1e-5).float()[:, None]
    totals, growth, one_side, shift = [], [], [], []
    for x, y in (np.mgrid[:5, :5].reshape(2, -1).T + 0.5) / 5 * PIXEL:
        placed = (vertices + torch.tensor([x, y, 0], dtype=torch.float32)).requires_grad_()
        total = coverage(placed, faces, front(64)).sum()
        (gradient,) = torch.autograd.grad(total, placed)
        totals.append(float(total.detach()))
        growth.append(float((gradient * vertices).sum()))
        one_side.append(float((gradient * outward * at_side).sum()))
        shift.append(float((gradient @ outward).sum()))
    # Corners are off by up to half a pixel; over 25 places by a tenth or so.
    assert np.mean(totals) == pytest.approx(side**2, abs=0.5)
    assert np.abs(np.array(totals) - side**2).max() < 2
    # Growing by a factor of 1 + t: area (1 + t)². A pair across a corner is blended by one of its sides alone,
    # which costs a side of 35 pixels up to half of one.
    assert np.mean(growth) == pytest.approx(2 * side**2, rel=0.015)
    # Moving one side out by a world unit: its length, in pixels, times pixels per unit.
    assert np.mean(one_side) == pytest.approx(side / PIXEL, rel=0.015)
    # And moving all of it changes nothing.
    assert abs(np.mean(shift)) * PIXEL < 0.015 * side


@pytest.mark.parametrize("rings", [24, 90])
@pytest.mark.parametrize("perspective", [False, True])
def test_a_disc_has_its_area_and_its_derivative_is_the_boundary(perspective: bool, rings: int) -> None:
    """A sphere: in perspective the cone that touches it."""
    mesh = sphere(rings)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0].astype(np.float32)
    vertices, faces = torch.from_numpy(mesh[0] @ turn).requires_grad_(), torch.from_numpy(mesh[1])
    camera = orbit(np.array([30.0]), np.array([20.0]), 128) if perspective else front(128)
    total = coverage(vertices, faces, camera).sum()
    area = float(total.detach())
    focal = float(camera.intrinsics[0, 0, 0])
    distance = float(camera.world_to_camera[0, 2, 3])
    squared = distance**2 - 0.25 if perspective else distance**2
    radius = focal * 0.5 / squared**0.5 if perspective else focal * 0.5
    growth = 2 * np.pi * radius**2 * (distance**2 / squared if perspective else 1)
    # The polygon that the outline is lies within its circle: by (π / 48)² / 6 = 7e-4 of the area and more where
    # its facets are turned, at 24 rings, and by a fifteenth of it at 90.
    assert area == pytest.approx(np.pi * radius**2, rel=8e-3 if rings == 24 else 1e-3)
    (gradient,) = torch.autograd.grad(total, vertices)
    assert float((gradient * vertices.detach()).sum()) == pytest.approx(growth, rel=0.012 if rings == 24 else 3e-3)


@pytest.mark.parametrize("faces_asked", [5000, 20000])
def test_outlines_are_found_at_any_density(faces_asked: int) -> None:
    mesh = torus(faces_asked)
    cameras = orbit(np.array([20.0, 140]), np.array([25.0, -10]), 512, frame=1.1)
    raster = rasterize(*(torch.from_numpy(part) for part in mesh), cameras)
    topology = Topology.of(raster.faces)
    pairs = background_pairs(raster)
    walk, own = (background_pairs(raster, find_silhouettes(raster, topology, steps)) / pairs for steps in (64, 1))
    assert walk >= 0.98
    assert background_pairs(raster, find_silhouettes(raster, topology, 16)) / pairs >= 0.98
    assert own < 0.9


RIGS = {
    "orthographic": axis_aligned(40),
    "perspective": orbit(np.array([30.0, 110, 250]), np.array([20.0, -5, 60]), 36, frame=1.1),
}


def _same(a: Silhouettes, pairs: torch.Tensor, starts: torch.Tensor) -> bool:
    ends = [torch.sort(p[:, 2:], 1).values for p in (a.pairs, pairs)]
    return torch.equal(a.starts, starts) and torch.equal(a.pairs[:, :2], pairs[:, :2]) and torch.equal(*ends)


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("faces_asked", [200, 2000, 20000])
def test_forward_and_backward_agree_with_the_reference(rig: str, faces_asked: int) -> None:
    torch.manual_seed(0)
    vertices, faces = (torch.from_numpy(part) for part in torus(faces_asked))
    raster = rasterize(vertices, faces, RIGS[rig])
    topology = Topology.of(faces)
    for steps in (1, 2, 64):
        found = find_silhouettes(raster, topology, steps)
        arguments = raster.positions, raster.faces, topology.across, raster.face, raster.depth
        assert _same(found, *reference.find_silhouettes(*arguments, steps))
    image = torch.randn(*raster.face.shape, 3)
    weight = torch.randn_like(image)
    inputs = [image.clone().requires_grad_(), raster.positions.clone().requires_grad_()]
    exact = [image.double().requires_grad_(), raster.positions.clone().requires_grad_()]
    ours = antialias(dataclasses.replace(raster, positions=inputs[1]), inputs[0], topology)
    theirs = reference.antialias(*exact, found.pairs, found.starts)
    torch.testing.assert_close(ours.double(), theirs, atol=2e-6, rtol=0)  # colours of up to 5, single precision
    gradients = (
        torch.autograd.grad((ours * weight).sum(), inputs),
        torch.autograd.grad((theirs * weight).sum(), exact),
    )
    for gradient, truth in zip(*gradients, strict=True):
        torch.testing.assert_close(gradient.double(), truth.double(), atol=1e-6 * float(truth.abs().max()), rtol=0)


def test_the_reference_is_differentiated_rightly() -> None:
    torch.manual_seed(0)
    vertices, faces = (torch.from_numpy(part) for part in torus(100))
    raster = rasterize(vertices, faces, orbit(np.array([30.0]), np.array([20.0]), 9, frame=1.1))
    found = find_silhouettes(raster)
    image = torch.randn(1, 9, 9, 2, dtype=torch.float64, requires_grad=True)
    positions = raster.positions.clone().requires_grad_()
    assert len(found.pairs) > 15
    assert torch.autograd.gradcheck(
        lambda image, positions: reference.antialias(image, positions, found.pairs, found.starts),
        (image, positions),
    )


@pytest.mark.parametrize("rig", RIGS)
def test_vertex_gradients_are_those_of_finite_differences(rig: str) -> None:
    """Everything found anew on either side: as pixels change hands the picture stays continuous along an edge."""
    mesh = sphere(14)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0] * [0.9, 0.6, 0.8]
    vertices, faces = torch.from_numpy(mesh[0] @ turn), torch.from_numpy(mesh[1])
    cameras = RIGS[rig]
    rows, columns = torch.meshgrid(torch.arange(cameras.height), torch.arange(cameras.width), indexing="ij")
    smooth = 2 + (columns / 9).sin() + (rows / 7).cos()
    waves = (vertices * 9).sin()  # moves every part of the outline otherwise
    # To three quarters of a pixel either way, so that many pixels change hands.
    steps = 0.75 * 1.1 / cameras.width * np.linspace(-1, 1, 25)
    values, slopes = [], []
    for step in steps:
        moved = (vertices + step * waves).requires_grad_()
        value = (coverage(moved, faces, cameras) * smooth).double().sum((1, 2))
        slope = [(torch.autograd.grad(v, moved, retain_graph=True)[0] * waves).sum() for v in value]
        values.append(value.detach())
        slopes.append(torch.stack(slope))
    integral = torch.trapezoid(torch.stack(slopes), torch.from_numpy(steps), dim=0)
    change = values[-1] - values[0]
    # Where the outline turns a corner the picture jumps, by a fraction of a pixel, both ways; weights are up to 4.
    torch.testing.assert_close(integral, change, atol=2.5, rtol=0)
    assert change.abs().max() > 20


@given(seed=st.integers(0, 2**32 - 1), perspective=st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_soup_of_triangles_agrees_with_the_reference(seed: int, perspective: bool) -> None:
    """Edges of one, two and more faces, wound any way; repeated, flat, across the camera."""
    rng = np.random.default_rng(seed)
    vertices = torch.from_numpy(rng.normal(size=(9, 3)).astype(np.float32) * 0.4)
    faces = torch.from_numpy(rng.integers(0, 9, (int(rng.integers(1, 14)), 3)).astype(np.int32))
    camera = orbit(np.array([10.0]), np.array([5.0]), 17, frame=1.1) if perspective else front(17)
    raster = rasterize(vertices, faces, camera)
    topology = Topology.of(faces)
    found = find_silhouettes(raster, topology)
    expected = reference.find_silhouettes(raster.positions, faces, topology.across, raster.face, raster.depth, 64)
    assert _same(found, *expected)


def test_winding_does_not_matter() -> None:
    vertices, faces = (torch.from_numpy(part) for part in torus(3000))
    flipped = faces.clone()
    turned = torch.rand(len(faces), generator=torch.Generator().manual_seed(0)) < 0.5
    flipped[turned] = faces[turned].flip(1)
    found = [find_silhouettes(rasterize(vertices, f, RIGS["perspective"])) for f in (faces, flipped)]
    assert torch.equal(found[0].pairs[:, :2], found[1].pairs[:, :2])
    assert torch.equal(found[0].pairs[:, 2:].sum(1), found[1].pairs[:, 2:].sum(1))


def test_the_walk_passes_through_faces_without_an_area() -> None:
    """A strip whose middle vertex lies on the edge of a face beside it: closed by a face of no area."""
    vertices = torch.tensor([[-0.4, -0.4, 0], [0.4, -0.4, 0], [-0.4, 0.4, 0], [0.4, 0.4, 0], [0.0, 0, 0]])
    cracked = torch.tensor([[0, 1, 2], [1, 3, 4], [3, 2, 4], [1, 4, 2]], dtype=torch.int32)
    whole = torch.tensor([[0, 1, 2], [1, 3, 2]], dtype=torch.int32)
    images = [coverage(vertices, faces, front(40)) for faces in (cracked, whole)]
    torch.testing.assert_close(*images)


def test_a_nearer_part_is_blended_with_the_one_behind_it() -> None:
    """A small square before a large one: the small one's outline moves, what is behind it stays."""
    small, large = square(0.31, 10), square(0.8)
    vertices = torch.from_numpy(np.concatenate([small[0] + np.float32([0, 0, 0.3]), large[0]]))
    faces = torch.from_numpy(np.concatenate([small[1], large[1] + 4]))
    totals, growth = [], []
    for x, y in (np.mgrid[:4, :4].reshape(2, -1).T + 0.5) / 4 * PIXEL:
        placed = (vertices + torch.tensor([x, y, 0], dtype=torch.float32)).requires_grad_()
        raster = rasterize(placed, faces, front(64))
        total = antialias(raster, interpolate(raster, torch.tensor([[1.0]] * 4 + [[3.0]] * 4))).sum()
        totals.append(float(total.detach()))
        along = torch.autograd.grad(total, placed)[0] * vertices
        growth.append([float(part[:, :2].sum()) for part in (along[:4], along[4:])])
    area = [(side / PIXEL) ** 2 for side in (0.31, 0.8)]
    assert np.mean(totals) == pytest.approx(3 * area[1] - 2 * area[0], rel=1e-3)
    # As above, on sides of 18 and 47 pixels.
    np.testing.assert_allclose(np.mean(growth, 0), [-2 * 2 * area[0], 3 * 2 * area[1]], rtol=0.02)


def test_what_does_not_fit_is_refused() -> None:
    vertices, faces = (torch.from_numpy(part) for part in torus(40))
    raster = rasterize(vertices, faces, front(8))
    image = torch.zeros(1, 8, 8, 1)
    with pytest.raises(ValueError, match=r"image is \(1, 8, 7\), expected the raster's \(1, 8, 8\)"):
        antialias(raster, image[:, :, 1:])
    with pytest.raises(ValueError, match="other faces"):
        antialias(raster, image, Topology.of(faces.flip(0)))
    with pytest.raises(ValueError, match="steps is 0"):
        antialias(raster, image, steps=0)
    found = find_silhouettes(rasterize(vertices, faces, front(16)))
    with pytest.raises(ValueError, match="silhouettes name pixels"):
        antialias(raster, image, found)
    with pytest.raises(ValueError, match="silhouettes are of 1 views"):
        antialias(rasterize(vertices, faces, axis_aligned(8)), torch.zeros(6, 8, 8, 1), found)
    assert project(vertices, front(8)).shape == (1, len(vertices), 4)
