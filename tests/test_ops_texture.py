"""Texture lookups: closed forms, the reference, finite differences."""

import numpy as np
import pytest
import torch
from _meshes import DEVICES, square
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.cameras import axis_aligned, orbit
from maquette.ops import sample_bilinear
from maquette.ops.differentiable import interpolate, mip_level, rasterize, texture
from maquette.ops.texture import mip_chain, reference

WRAPS = ["repeat", "clamp", "mirror"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("levels", [None, 1, 3])
@pytest.mark.parametrize("images", [1, 2])
def test_forward_and_backward_agree_with_the_reference(images: int, levels: int | None, wrap, device: str) -> None:
    torch.manual_seed(0)
    texels = torch.randn(images, 20, 13, 3, device=device, requires_grad=True)
    uv = (torch.rand(2, 15, 17, 2, device=device) * 3 - 1).requires_grad_()
    level = (torch.rand(2, 15, 17, device=device) * 7 - 1).requires_grad_()
    weight = torch.randn(2, 15, 17, 3, device=device)
    out = texture(texels if images > 1 else texels[0], uv, level, wrap, levels)
    exact = [t.detach().double().requires_grad_() for t in (texels, uv, level)]
    expected = reference.texture(mip_chain(exact[0], levels), exact[1], exact[2], wrap)
    # Single precision: texels of up to 4, and positions to 1e-5 of a texel.
    torch.testing.assert_close(out.double(), expected, atol=2e-5, rtol=0)
    found = torch.autograd.grad((out * weight).sum(), [texels, uv, level])
    for gradient, truth in zip(found, torch.autograd.grad((expected * weight).sum(), exact), strict=True):
        torch.testing.assert_close(gradient.double(), truth, atol=2e-5 * max(1, float(truth.abs().max())), rtol=0)


@pytest.mark.parametrize("wrap", WRAPS)
def test_the_reference_is_differentiated_rightly(wrap) -> None:
    torch.manual_seed(0)
    texels = torch.randn(1, 6, 5, 2, dtype=torch.float64, requires_grad=True)
    uv = (torch.rand(1, 3, 4, 2, dtype=torch.float64) * 2 - 0.5).requires_grad_()
    level = (torch.rand(1, 3, 4, dtype=torch.float64) * 2).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda texels, uv, level: reference.texture(mip_chain(texels), uv, level, wrap), (texels, uv, level)
    )


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_linear_ramp_is_read_off_exactly(seed: int) -> None:
    """Bilinear interpolation keeps linear functions, in every level of a chain of halves."""
    rng = np.random.default_rng(seed)
    rows, columns = (np.arange(32) + 0.5) / 32, (np.arange(64) + 0.5) / 64
    ramp = (2 * columns[None] - 3 * rows[:, None] + 1)[..., None].astype(np.float32)
    uv = rng.uniform(0.15, 0.85, (1, 5, 5, 2)).astype(np.float32)
    level = rng.uniform(0, 2, (1, 5, 5)).astype(np.float32)
    found = texture(torch.from_numpy(ramp), torch.from_numpy(uv), torch.from_numpy(level), "clamp")
    np.testing.assert_allclose(found[..., 0], 2 * uv[..., 0] - 3 * uv[..., 1] + 1, atol=1e-5)


def test_it_reads_what_the_bakery_reads() -> None:
    """The sampler of arrays takes texel coordinates of the same convention, clamped."""
    rng = np.random.default_rng(0)
    image = rng.random((9, 12, 3)).astype(np.float32)
    uv = rng.uniform(-0.2, 1.2, (1, 20, 1, 2)).astype(np.float32)
    found = texture(torch.from_numpy(image), torch.from_numpy(uv), wrap="clamp")
    expected = sample_bilinear(image, uv.reshape(-1, 2) * np.float32([12, 9]))
    np.testing.assert_allclose(found.reshape(-1, 3), expected, atol=1e-5)


def test_wrapping() -> None:
    texels = torch.arange(4.0)[None, :, None]
    at = torch.tensor([-0.375, -0.125, 1.125, 1.375])
    uv = torch.stack([at, torch.full_like(at, 0.5)], -1)[None, None]
    expected = {"repeat": [2, 3, 0, 1], "clamp": [0, 0, 3, 3], "mirror": [1, 0, 3, 2]}
    for wrap, values in expected.items():
        assert texture(texels, uv, wrap=wrap)[..., 0].flatten().tolist() == values  # pyright: ignore


def test_levels_are_where_texels_are_as_large_as_pixels() -> None:
    """A square of 32 pixels across, under a texture of 128: two halvings, from straight ahead."""
    mesh = square(0.55)
    vertices, faces = torch.from_numpy(mesh[0]), torch.from_numpy(mesh[1])
    raster = rasterize(vertices, faces, axis_aligned(64))
    uv = vertices[:, :2] / 0.55 + 0.5
    level = mip_level(raster, uv, 128, 128)
    seen = raster.face[0] >= 0
    torch.testing.assert_close(level[0][seen], torch.full_like(level[0][seen], 2.0), atol=1e-4, rtol=0)
    assert (level[0][~seen] == 0).all()
    # From the side a pixel is long: the longer side of its footprint decides.
    slanted = orbit(np.array([60.0]), np.array([0.0]), 64, frame=1.1)
    raster = rasterize(vertices, faces, slanted)
    level = mip_level(raster, uv, 128, 128)[0][raster.face[0] >= 0]
    assert float(level.median()) == pytest.approx(3, abs=0.15)  # one halving more at cos 60° = 1/2


def test_gradients_reach_vertices_through_coordinates_and_levels() -> None:
    """Directional derivative of a lookup of a smooth texture, against finite differences."""
    torch.manual_seed(0)
    mesh = square(0.9, cells=3)
    vertices = torch.from_numpy(mesh[0]) + torch.tensor([0, 0, 0.1]) * torch.randn(len(mesh[0]), 1)
    faces = torch.from_numpy(mesh[1])
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    texels = torch.stack([(rows / 9).sin(), (columns / 8).cos()], -1)
    uv = torch.from_numpy(mesh[0])[:, :2] / 0.9 + 0.5
    camera = orbit(np.array([30.0]), np.array([20.0]), 24, frame=1.3)
    direction = torch.randn_like(vertices)
    kept = torch.ones(1, 24, 24, dtype=torch.bool)

    def looked_up(vertices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        raster = rasterize(vertices, faces, camera)
        level = mip_level(raster, uv, 64, 64)
        return texture(texels, interpolate(raster, uv), level, "mirror").double(), raster.face

    step = 2e-4
    (ahead, first), (behind, second) = (looked_up(vertices + s * step * direction) for s in (1, -1))
    vertices.requires_grad_()
    here, face = looked_up(vertices)
    kept = (face == first) & (face == second) & (face >= 0)
    slope = (torch.autograd.grad(here[kept].sum(), vertices)[0] * direction).sum().double()
    # Bilinear lookups have kinks at texels' centres: some of the 300 pixels pass one within the step.
    torch.testing.assert_close(slope, ((ahead - behind)[kept] / (2 * step)).sum(), rtol=0.03, atol=0)


@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 50.0, 9e5, 1e7, np.inf, np.nan]),
    wrap=st.sampled_from(WRAPS),
)
@settings(max_examples=60, deadline=None)
def test_any_coordinates_are_looked_up_or_refused(seed: int, scale: float, wrap) -> None:
    rng = np.random.default_rng(seed)
    height, width, channels = (int(n) for n in rng.integers(1, 9, 3))
    texels = torch.from_numpy(rng.random((height, width, channels)).astype(np.float32)).requires_grad_()
    with np.errstate(invalid="ignore"):
        uv = (rng.uniform(-1, 1, (2, 4, 3, 2)) * scale).astype(np.float32)
    level = torch.from_numpy((rng.normal(size=(2, 4, 3)) * 10).astype(np.float32)).requires_grad_()
    coordinates = torch.from_numpy(uv).requires_grad_()
    if not (np.abs(uv) <= 1e6).all():
        with pytest.raises(ValueError, match="coordinates or levels are not numbers"):
            texture(texels, coordinates, level, wrap)
        return
    out = texture(texels, coordinates, level, wrap)
    # A blend of texels: within their range, to rounding.
    assert out.min() >= texels.min() - 1e-5
    assert out.max() <= texels.max() + 1e-5
    assert all(torch.isfinite(g).all() for g in torch.autograd.grad(out.sum(), [texels, coordinates, level]))


def test_what_does_not_fit_is_refused() -> None:
    uv = torch.zeros(3, 2, 2, 2)
    with pytest.raises(ValueError, match="at least one texel"):
        texture(torch.zeros(0, 4, 3), uv)
    with pytest.raises(ValueError, match="2 views, expected 1 or the coordinates' 3"):
        texture(torch.zeros(2, 4, 4, 3), uv)
