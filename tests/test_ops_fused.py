"""Interpolation and antialiasing in one pass: the pictures and gradients of the two operators."""

import dataclasses
import hashlib

import numpy as np
import pytest
import torch
from _meshes import DEVICES, torus
from _threads import printed
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit
from maquette.ops.differentiable import (
    Topology,
    antialias,
    find_silhouettes,
    interpolate,
    interpolate_antialiased,
    rasterize,
)


def camera(views: int, perspective: bool, size: int = 33) -> Cameras:
    if not perspective:
        cameras = axis_aligned(size)
        return dataclasses.replace(
            cameras, world_to_camera=cameras.world_to_camera[:views], intrinsics=cameras.intrinsics[:views]
        )
    return orbit(np.arange(float(views)) * 50, np.arange(float(views)) * 7, size, frame=1.1)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("perspective", [True, False])
@pytest.mark.parametrize("views", [1, 5])
@pytest.mark.parametrize("channels", [1, 3, 4, 5, 6])
def test_it_is_the_two_operators(views: int, channels: int, perspective: bool, device: str) -> None:
    """Six channels go through them indeed; one view is cut into bands of rows, five are not."""
    torch.manual_seed(channels)
    vertices, faces = (torch.from_numpy(part).to(device) for part in torus(900))
    vertices.requires_grad_()
    raster = rasterize(vertices, faces, camera(views, perspective))
    found = find_silhouettes(raster, Topology.of(faces))
    assert len(found.pairs) > 40 * views
    for sets, corners in ((1, None), (views, None), (1, faces.flip(0))):
        shape = (sets, len(vertices), channels) if sets > 1 else (len(vertices), channels)
        attributes = torch.randn(shape, device=device, requires_grad=True)
        ours = interpolate_antialiased(raster, attributes, found, corners)
        theirs = antialias(raster, interpolate(raster, attributes, corners), found)
        assert torch.equal(ours, theirs)
        weight = torch.randn_like(ours)
        gradients = (
            torch.autograd.grad((image * weight).sum(), [vertices, attributes], retain_graph=True)
            for image in (ours, theirs)
        )
        for gradient, expected in zip(*gradients, strict=True):
            # Other orders of sums over some dozens of pixels in single precision, relative to the largest.
            torch.testing.assert_close(gradient, expected, atol=3e-6 * float(expected.abs().max()), rtol=0)


@given(seed=st.integers(0, 2**32 - 1), perspective=st.booleans(), channels=st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_any_soup_of_triangles_is_drawn_alike(seed: int, perspective: bool, channels: int) -> None:
    """Across and behind the camera, without an area, none at all, in pictures down to one pixel."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    spread = rng.choice([1e-6, 0.3, 3.0, 1e9])
    vertices = torch.from_numpy((rng.normal(size=(count, 3)) * spread).astype(np.float32)).requires_grad_()
    faces = torch.from_numpy(rng.integers(0, count, (int(rng.integers(0, 9)), 3)))
    raster = rasterize(vertices, faces, camera(2, perspective, int(rng.integers(1, 20))))
    attributes = torch.from_numpy(rng.normal(size=(count, channels)).astype(np.float32)).requires_grad_()
    ours = interpolate_antialiased(raster, attributes)
    assert torch.equal(ours, antialias(raster, interpolate(raster, attributes)))
    gradients = torch.autograd.grad(ours.double().sum(), [vertices, attributes], allow_unused=True)
    assert all(torch.isfinite(gradient).all() for gradient in gradients if gradient is not None)


def test_what_does_not_fit_is_refused() -> None:
    vertices, faces = (torch.from_numpy(part) for part in torus(40))
    raster = rasterize(vertices, faces, axis_aligned(8))
    found = find_silhouettes(raster)
    with pytest.raises(ValueError, match="faces name attributes"):
        interpolate_antialiased(raster, vertices[:-1])
    with pytest.raises(ValueError, match="for 35 faces"):
        interpolate_antialiased(raster, vertices, faces=faces[1:])
    with pytest.raises(ValueError, match="silhouettes are of 5 views"):
        interpolate_antialiased(raster, vertices, dataclasses.replace(found, starts=found.starts[:-1]))
    with pytest.raises(ValueError, match="silhouettes name pixels"):
        interpolate_antialiased(raster, vertices, dataclasses.replace(found, pairs=found.pairs + 99))
    with pytest.raises(ValueError, match="topology is of other faces"):
        interpolate_antialiased(raster, vertices, Topology.of(faces[1:]))


def digest() -> str:
    """Of pictures and gradients, of one view and of many."""
    found = hashlib.sha256()
    torch.manual_seed(0)
    vertices, faces = (torch.from_numpy(part) for part in torus(3000))
    for views in (1, 5):
        points, attributes = vertices.clone().requires_grad_(), torch.rand(len(vertices), 3, requires_grad=True)
        image = interpolate_antialiased(rasterize(points, faces, camera(views, True, 90)), attributes)
        gradients = torch.autograd.grad(image, [points, attributes], torch.rand_like(image))
        for part in (image, *gradients):
            found.update(part.detach().numpy().tobytes())
    return found.hexdigest()


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    code = "import torch; torch.set_num_threads(1); import test_ops_fused; print(test_ops_fused.digest())"
    assert printed(code, 1) == printed(code, 3) != ""
