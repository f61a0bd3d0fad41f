"""Gaussians and flat surfels to pictures, and the pictures' gradients back to them.

Importing this loads torch, so `maquette.ops` does not; write `from maquette.ops.splat import splat`.
"""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.artifacts import Cameras

MAX_SIDE = 16384
"""The most pixels along a side of a picture."""

_LIMIT = 1e6
"""World units: the furthest mean and the largest scale, beyond which float32 has no precision left."""

_MAX_GAUSSIANS = 2**24


@dataclass(frozen=True)
class Splatted:
    """Pictures of Gaussians from each camera; the last four only where geometry was asked for."""

    color: Float[Tensor, "views height width 3"]
    """Over the background, in whatever encoding the coefficients are."""
    alpha: Float[Tensor, "views height width"]
    """Coverage, the sum of the weights of all Gaussians at the pixel, in [0, 1]."""
    radii: Float[Tensor, "views gaussians"]
    """Pixels: half the longer side of the box in which alpha is at least 1/255; 0 where it is not in the picture.
    Without gradient."""
    depth: Float[Tensor, "views height width"] | None = None
    """World units along the forward axis: the mean over the weights, 0 where alpha is 0."""
    median_depth: Float[Tensor, "views height width"] | None = None
    """World units: of the last Gaussian before which over half of the light is left, 0 where alpha is 0. None from
    the gsplat backend."""
    normals: Float[Tensor, "views height width 3"] | None = None
    """World space, towards the camera: the sum over the weights, so no longer than alpha. With unit normals N of
    another origin, `alpha - (normals * N).sum(-1)` is the normal consistency of 2DGS."""
    distortion: Float[Tensor, "views height width"] | None = None
    """Square world units: the sum over pairs of Gaussians i < j of w_i w_j (z_i - z_j)²."""


def splat(
    means: Float[Tensor, "gaussians 3"],
    wxyz: Float[Tensor, "gaussians 4"],
    scales: Float[Tensor, "gaussians axes"],
    opacities: Float[Tensor, "gaussians"],
    spherical_harmonics: Float[Tensor, "gaussians coefficients 3"],
    cameras: Cameras,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    geometry: bool = True,
    screen_offsets: Float[Tensor, "views gaussians 2"] | None = None,
    backend: Literal["native", "gsplat", "reference"] | None = None,
) -> Splatted:
    """Draw Gaussians, or flat surfels, with gradients to all that they are made of.

    Three scales make 3D Gaussians, projected by their Jacobian (Kerbl et al. 2023, "3D Gaussian splatting for
    real-time radiance field rendering", eq. 5); two make surfels, discs in their local x-y plane that are met
    by each pixel's own ray (Huang et al. 2024, "2D Gaussian splatting for geometrically accurate radiance
    fields", eqs. 8 to 11). `reference.py` defines every sum, cut and filter. The result depends neither on the
    order of the Gaussians, but for equal depths, nor on the number of threads.

    Args:
        means: World units, within a million of the origin.
        wxyz: Quaternions, local to world, of any length but zero.
        scales: Standard deviations along the local axes, world units, above 0.
        opacities: In [0, 1].
        spherical_harmonics: 1, 4, 9 or 16 coefficients, degree 0 first, in 3DGS's order and signs; the colour is
            their sum in the direction from the camera, plus a half, and not below 0.
        cameras: Poses and intrinsics take no gradient.
        background: Colour where nothing is; takes no gradient.
        geometry: Make depth, normals and distortion too; costs a fifth more time.
        screen_offsets: Pixels added to the projected centres. Give zeros that require gradients, and after the
            backward pass `.grad` is each Gaussian's gradient on the screen of each view, by which 3DGS densifies.
        backend: "native" is the C++ kernel (float32 on the CPU), "gsplat" its CUDA kernels (`maquette[gpu]`; no
            surfels), "reference" torch anywhere, slowly, in any precision; None takes the fastest there is.

    Raises:
        ValueError: A shape, value or size is not as said above, or the backend cannot draw these tensors.
    """
    _check(means, wxyz, scales, opacities, spherical_harmonics, cameras, background, screen_offsets)
    chosen = backend or _fastest(means, scales)
    arguments = (
        means,
        wxyz,
        scales,
        opacities,
        spherical_harmonics,
        cameras,
        background,
        geometry,
        screen_offsets,
    )
    if chosen == "native":
        from maquette.ops.splat._cpu import splat as draw
    elif chosen == "gsplat":
        from maquette.ops.splat._gsplat import splat as draw
    elif chosen == "reference":
        from maquette.ops.splat.reference import splat as draw
    else:
        raise ValueError(f"backend is {backend!r}; expected 'native', 'gsplat', 'reference' or None")
    return Splatted(**draw(*arguments))


def _fastest(means: Tensor, scales: Tensor) -> str:
    if means.device.type == "cpu" and means.dtype == torch.float32:
        return "native"
    if means.is_cuda and means.dtype == torch.float32 and scales.shape[1] == 3:
        return "gsplat" if importlib.util.find_spec("gsplat") else "reference"
    return "reference"


def _check(
    means: Tensor,
    wxyz: Tensor,
    scales: Tensor,
    opacities: Tensor,
    harmonics: Tensor,
    cameras: Cameras,
    background: tuple[float, float, float],
    offsets: Tensor | None,
) -> None:
    count, views = len(means), len(cameras)
    tensors = {"means": means, "wxyz": wxyz, "scales": scales, "opacities": opacities}
    tensors["spherical_harmonics"] = harmonics
    expected = {
        "means": ["(n, 3)", means.shape == (count, 3)],
        "wxyz": [f"({count}, 4)", wxyz.shape == (count, 4)],
        "scales": [f"({count}, 3), or ({count}, 2) for surfels", scales.shape in ((count, 3), (count, 2))],
        "opacities": [f"({count},)", opacities.shape == (count,)],
        "spherical_harmonics": [
            f"({count}, 1, 4, 9 or 16, 3)",
            harmonics.ndim == 3 and harmonics.shape in [(count, k, 3) for k in (1, 4, 9, 16)],
        ],
    }
    if offsets is not None:
        tensors["screen_offsets"] = offsets
        expected["screen_offsets"] = [f"({views}, {count}, 2)", offsets.shape == (views, count, 2)]
    for name, (shape, right) in expected.items():
        tensor = tensors[name]
        if not right:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}; expected {shape}")
        if tensor.dtype != means.dtype or tensor.device != means.device or not tensor.is_floating_point():
            raise ValueError(
                f"{name} is {tensor.dtype} on {tensor.device}; expected floating-point numbers, all of one kind "
                f"and place: {means.dtype} on {means.device}"
            )
        if not _finite(tensor):
            raise ValueError(f"{name} has values that are NaN or infinite; expected finite numbers")
    if count > _MAX_GAUSSIANS:
        raise ValueError(f"there are {count:,} Gaussians; expected at most {_MAX_GAUSSIANS:,}")
    if not (1 <= cameras.width <= MAX_SIDE and 1 <= cameras.height <= MAX_SIDE):
        raise ValueError(
            f"the cameras make {cameras.width} x {cameras.height} pixels; expected sides of 1 to {MAX_SIDE} pixels"
        )
    poses, intrinsics = torch.as_tensor(cameras.world_to_camera), torch.as_tensor(cameras.intrinsics)
    if not (_finite(poses) and _finite(intrinsics)):
        raise ValueError("the cameras have values that are NaN or infinite; expected finite numbers")
    if len(background) != 3 or not all(math.isfinite(channel) for channel in background):
        raise ValueError(f"background {background}; expected three finite numbers")
    if views and not (intrinsics[:, [0, 1], [0, 1]] > 0).all():
        raise ValueError("a camera has a focal length that is not above 0; expected positive fx and fy")
    if count == 0:
        return
    bounds = {"means": [-_LIMIT, _LIMIT], "scales": [0, _LIMIT], "opacities": [0, 1]}
    for name, (least, most) in bounds.items():
        low, high = (float(bound) for bound in tensors[name].detach().aminmax())
        if not (least <= low and high <= most) or (name == "scales" and low == 0):
            above = "above 0, at most" if name == "scales" else f"{least:g} to"
            raise ValueError(f"{name} are {low:g} to {high:g}; expected {above} {most:g}")
    low, high = (float(bound) for bound in wxyz.detach().square().sum(1).aminmax())
    if not (low >= 1e-12 and high <= 1e12):
        raise ValueError(f"quaternions are {low**0.5:g} to {high**0.5:g} long; expected about 1, and never zero")


def _finite(tensor: Tensor) -> bool:
    # A sum is a fast first answer; it may overflow although every number is finite.
    tensor = tensor.detach()
    return bool(torch.isfinite(tensor.sum())) or bool(torch.isfinite(tensor).all())
