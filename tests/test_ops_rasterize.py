"""Rasterize and interpolate on tensors: their references, finite differences, a sphere's closed forms."""

import hashlib

import numpy as np
import pytest
import torch
from _meshes import DEVICES, torus
from _threads import printed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rasterize import sphere

from maquette import ops
from maquette.cameras import axis_aligned, orbit
from maquette.ops.differentiable import (
    antialias,
    interpolate,
    project,
    rasterize,
    rasterize_projected,
    screen_derivatives,
    texture,
)
from maquette.ops.interpolate import reference as interpolate_reference
from maquette.ops.rasterize import reference

RIGS = {
    "orthographic": axis_aligned(40),
    "perspective": orbit(np.array([30.0, 110, 250]), np.array([20.0, -5, 60]), 36, frame=1.1),
}


def _tensors(mesh: tuple[np.ndarray, np.ndarray], device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(mesh[0]).to(device), torch.from_numpy(mesh[1]).to(device)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("rig", RIGS)
def test_forward_and_backward_agree_with_the_reference(rig: str, device: str) -> None:
    torch.manual_seed(0)
    vertices, faces = _tensors(torus(600), device)
    vertices.requires_grad_()
    attributes = torch.randn(len(vertices), 4, device=device, requires_grad=True)
    raster = rasterize(vertices, faces, RIGS[rig])
    image = interpolate(raster, attributes)
    to_image, to_depth = torch.randn_like(image), torch.randn_like(raster.depth)
    found = torch.autograd.grad((image * to_image).sum() + (raster.depth * to_depth).sum(), [vertices, attributes])

    exact = vertices.detach().double().requires_grad_()
    values = attributes.detach().double().requires_grad_()
    face, barycentric, depth = reference.rasterize(project(exact, RIGS[rig]), faces, *raster.face.shape[1:])
    expected = interpolate_reference.interpolate(face, barycentric, values[None], faces)
    assert torch.equal(raster.face, face)
    # Single precision against double: a few units of 6e-8, times values of up to four.
    torch.testing.assert_close(raster.depth.double(), depth, atol=1e-6, rtol=0)
    torch.testing.assert_close(image.double(), expected, atol=2e-6, rtol=0)
    loss = (expected * to_image).sum() + (depth * to_depth).sum()
    for gradient, truth in zip(found, torch.autograd.grad(loss, [exact, values]), strict=True):
        # Sums over some dozens of pixels in single precision, relative to the largest.
        torch.testing.assert_close(gradient.double(), truth.double(), atol=1e-5 * float(truth.abs().max()), rtol=0)


def test_arrays_and_tensors_see_the_same() -> None:
    vertices, faces = torus(2000)
    for rig in RIGS.values():
        ours, theirs = rasterize(*_tensors((vertices, faces)), rig), ops.rasterize(vertices, faces, rig)
        # The projection is multiplied out in another order: 1e-15 of a pixel, at centres that lie on an edge.
        assert (ours.face.numpy() == theirs.face).mean() > 0.9999
        np.testing.assert_allclose(ours.depth.numpy(), theirs.depth, atol=1e-6)


def test_the_reference_is_differentiated_rightly() -> None:
    """Finite differences in double precision, of what stays visible."""
    torch.manual_seed(0)
    vertices, faces = _tensors(torus(40))
    camera = orbit(np.array([30.0]), np.array([20.0]), 7, frame=1.1)
    positions = project(vertices, camera).requires_grad_()
    face, _, _ = reference.rasterize(positions, faces, 7, 7)
    attributes = torch.randn(1, len(vertices), 2, dtype=torch.float64, requires_grad=True)

    def render(positions: torch.Tensor, attributes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        weights, depth = reference.weights_and_depth(positions, faces, face)
        return depth, interpolate_reference.interpolate(face, weights[..., 1:], attributes, faces)

    assert (face >= 0).sum() > 10
    # Positions are homogeneous: up to 10, hence the step; depth and attributes are of order 1.
    assert torch.autograd.gradcheck(render, (positions, attributes), eps=1e-6, atol=1e-6)


@pytest.mark.parametrize("rig", RIGS)
def test_gradients_from_inside_pixels_are_those_of_finite_differences(rig: str) -> None:
    """The kernels' own, all the way from world-space vertices, at pixels that keep their triangle."""
    torch.manual_seed(1)
    vertices, faces = _tensors(torus(300))
    vertices.requires_grad_()
    attributes = torch.rand(len(vertices), 3)
    direction = torch.randn_like(vertices)
    raster = rasterize(vertices, faces, RIGS[rig])
    step = 3e-4
    moved = [rasterize(vertices.detach() + s * step * direction, faces, RIGS[rig]) for s in (1, -1)]
    kept = (moved[0].face == raster.face) & (moved[1].face == raster.face)
    # Where a surface is seen nearly edge-on, its depth moves far within the step.
    steep = screen_derivatives(raster, raster.positions[..., 2:3].float()).abs().amax((-2, -1)) > 0.08
    weight = torch.randn_like(raster.depth) * (kept & ~steep)
    channels = torch.randn(3)

    def loss(raster) -> torch.Tensor:  # pyright: ignore
        return ((interpolate(raster, attributes) @ channels + raster.depth) * weight).double().sum()

    slope = (torch.autograd.grad(loss(raster), vertices)[0] * direction).double().sum()
    difference = (loss(moved[0]) - loss(moved[1])) / (2 * step)
    # Single-precision pictures over a step of 3e-4, and its second-order remainder.
    torch.testing.assert_close(slope, difference, rtol=0.02, atol=0)


@pytest.mark.parametrize("device", DEVICES)
def test_a_sphere_has_its_area_depth_and_normals(device: str) -> None:
    vertices, faces = _tensors(sphere(64), device)
    distance = 1.25 / 2 / np.tan(np.radians(15))
    camera = orbit(np.array([40.0]), np.array([25.0]), 96)
    raster = rasterize(vertices, faces, camera)
    values = interpolate(raster, torch.cat([vertices * 2, torch.ones_like(vertices[:, :1])], 1))
    normals, hit = values[0, ..., :3].cpu(), values[0, ..., 3].cpu() > 0
    focal = 96 * distance / 1.25
    rows, columns = np.mgrid[:96, :96] + 0.5
    rays = np.stack([(columns - 48) / focal, (rows - 48) / focal, np.ones_like(rows)], -1)
    # |t ray - (0, 0, distance)| = 1/2
    a, b = (rays**2).sum(-1), rays[..., 2] * distance
    inside = b**2 - a * (distance**2 - 0.25)
    depth = (b - np.sqrt(np.maximum(inside, 0))) / a
    radius = focal * 0.5 / np.sqrt(distance**2 - 0.25)
    covered = antialias(raster, values)[..., 3].sum()
    # 128 chords around lie within a circle by (π / 128)² / 6 of its area, and the facets a little deeper.
    assert float(covered) == pytest.approx(np.pi * radius**2, rel=6e-4)
    whole = hit.numpy() & (inside > 0.05 * inside.max())  # where the surface is not seen edge-on
    np.testing.assert_allclose(raster.depth[0].cpu().numpy()[whole], depth[whole], atol=2e-3)
    points = rays * depth[..., None] - [0, 0, distance]
    rotation = camera.world_to_camera[0, :3, :3]
    np.testing.assert_allclose(normals.numpy()[whole], (points @ rotation * 2)[whole], atol=8e-3)


def test_screen_derivatives_are_differences_of_neighbours() -> None:
    """On one large, slanted triangle, where pixels' neighbours see the same triangle."""
    vertices = torch.tensor([[-3.0, -3, 0.4], [3, -3, -0.3], [0, 4, 0.1]])
    raster = rasterize(vertices, torch.tensor([[0, 1, 2]]), orbit(np.array([30.0]), np.array([20.0]), 32))
    attributes = torch.tensor([[0.0, 1], [2, -1], [1, 3]])
    image, slopes = interpolate(raster, attributes)[0], screen_derivatives(raster, attributes)[0]
    assert (raster.face == 0).all()
    across, down = (image[1:-1, 2:] - image[1:-1, :-2]) / 2, (image[2:, 1:-1] - image[:-2, 1:-1]) / 2
    # Central differences of a smooth function over two pixels: 1 % of slopes of about 0.02, and rounding of 1e-6.
    torch.testing.assert_close(slopes[1:-1, 1:-1, :, 0], across, atol=2e-5, rtol=0.01)
    torch.testing.assert_close(slopes[1:-1, 1:-1, :, 1], down, atol=2e-5, rtol=0.01)


@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([1e-6, 0.3, 3.0, 1e9, 1e30]),
    perspective=st.booleans(),
    channels=st.integers(0, 6),
)
@settings(max_examples=60, deadline=None)
def test_any_soup_of_triangles_gives_finite_pictures_and_gradients(seed, spread, perspective, channels):
    """Triangles across and behind the camera, without an area, far larger than the picture, or none at all."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    vertices = (rng.normal(size=(count, 3)) * spread).astype(np.float32)
    vertices = torch.from_numpy(vertices).requires_grad_()
    faces = torch.from_numpy(rng.integers(0, count, (int(rng.integers(0, 9)), 3)))
    size = int(rng.integers(1, 20))
    camera = orbit(np.array([10.0, 200]), np.array([5.0, 80]), size) if perspective else axis_aligned(size)
    attributes = torch.from_numpy(rng.normal(size=(count, channels)).astype(np.float32)).requires_grad_()
    raster = rasterize(vertices, faces, camera)
    image = antialias(raster, interpolate(raster, attributes))
    looked_up = texture(torch.rand(5, 3, 2), raster.barycentric, raster.depth.clamp(-10, 10))
    for plane in (raster.barycentric, image, looked_up):
        assert torch.isfinite(plane).all()
    assert ((raster.barycentric >= 0) & (raster.barycentric <= 1)).all()
    loss = image.double().sum() + raster.barycentric.double().sum() + looked_up.double().sum()
    gradients = torch.autograd.grad(loss, [vertices, attributes], allow_unused=True)
    assert all(torch.isfinite(gradient).all() for gradient in gradients if gradient is not None)


def test_what_does_not_fit_is_refused() -> None:
    vertices, faces = _tensors(torus(40))
    camera = axis_aligned(8)
    raster = rasterize(vertices, faces, camera)
    with pytest.raises(ValueError, match="faces name vertices outside 0"):
        rasterize(vertices, faces + 1, camera)
    with pytest.raises(ValueError, match="not finite"):
        rasterize(vertices * torch.nan, faces, camera)
    with pytest.raises(ValueError, match="expected 1 to 32768"):
        rasterize_projected(raster.positions, faces, 0, 8)
    with pytest.raises(ValueError, match="2 views, expected 1 or the raster's 6"):
        interpolate(raster, torch.zeros(2, len(vertices), 3))
    with pytest.raises(ValueError, match="faces name attributes"):
        interpolate(raster, vertices[:-1])
    with pytest.raises(ValueError, match="for 35 faces"):
        interpolate(raster, vertices, faces[1:])


def digest() -> str:
    """Of what every operator gives, forward and backward, in one view and in many."""
    found = hashlib.sha256()
    torch.manual_seed(0)
    vertices, faces = _tensors(torus(3000))
    for views in (1, 5):
        camera = orbit(np.arange(float(views)) * 70, np.zeros(views) + 9, 150)
        points, attributes = vertices.clone().requires_grad_(), torch.rand(len(vertices), 4, requires_grad=True)
        texels = torch.rand(96, 64, 3, requires_grad=True)
        raster = rasterize(points, faces, camera)
        image = antialias(raster, interpolate(raster, attributes))
        looked_up = texture(texels, image[..., :2], image[..., 2] * 5)
        planes = (image, raster.depth, looked_up)
        gradients = torch.autograd.grad(planes, [points, attributes, texels], [torch.rand_like(p) for p in planes])
        for part in (*planes, *gradients):
            found.update(part.detach().numpy().tobytes())
    return found.hexdigest()


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    code = "import torch; torch.set_num_threads(1); import test_ops_rasterize; print(test_ops_rasterize.digest())"
    assert printed(code, 1) == printed(code, 3) != ""
