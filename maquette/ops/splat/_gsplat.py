"""`splat` by gsplat's CUDA kernels: float32 Gaussians on a GPU.

The reference projects, a few operations on each Gaussian that cost a GPU nothing; gsplat sorts into tiles and
blends. Its cuts are the reference's (alpha from 1/255 to 0.999, transmittance 1e-4); it has no median depth.
"""

from __future__ import annotations

import torch
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.ops.splat.reference import TILE, project


def splat(
    means: Tensor,
    wxyz: Tensor,
    scales: Tensor,
    opacities: Tensor,
    spherical_harmonics: Tensor,
    cameras: Cameras,
    background: tuple[float, float, float],
    geometry: bool,
    screen_offsets: Tensor | None,
) -> dict[str, Tensor]:
    """As maquette.ops.splat.splat, without the median depth."""
    if not means.is_cuda or means.dtype != torch.float32 or scales.shape[1] != 3:
        raise ValueError(
            f"there are {scales.shape[1]} scales a Gaussian, {means.dtype} on {means.device}; expected 3, float32 "
            "on a CUDA device for the gsplat backend: take backend='reference'"
        )
    try:
        from gsplat import (  # pyright: ignore[reportMissingImports]
            isect_offset_encode,
            isect_tiles,
            rasterize_to_pixels,
        )
    except ImportError as error:
        raise ValueError(f"gsplat cannot be imported ({error}): pip install 'maquette[gpu]'") from error
    views = [
        project(
            means, wxyz, scales, opacities, spherical_harmonics, cameras, view,
            None if screen_offsets is None else screen_offsets[view],
        )
        for view in range(len(cameras))
    ]  # fmt: skip
    centers, depths = torch.stack([v.centers for v in views]), torch.stack([v.depths for v in views])
    conics = torch.stack([v.inverse for v in views])[..., [0, 0, 1], [0, 1, 1]]
    visible = torch.stack([v.visible for v in views])
    half_sizes = torch.where(visible[..., None], torch.stack([v.half_sizes for v in views]), 0.0)
    values = [torch.stack([v.colors for v in views])]
    # Depths from the middle of each view's, so that their squares lose fewer digits.
    middle = (depths * visible).detach().sum(1) / visible.sum(1).clamp(min=1)
    if geometry:
        z = depths - middle[:, None]
        values += [torch.stack([z, z.square()], -1), torch.stack([v.normals for v in views])]

    across, down = -(-cameras.width // TILE), -(-cameras.height // TILE)
    _, ids, order = isect_tiles(
        centers.detach(), half_sizes.ceil().int(), depths.detach().contiguous(), TILE, across, down
    )
    starts = isect_offset_encode(ids, len(views), across, down)
    blended, alpha = rasterize_to_pixels(
        centers, conics, torch.cat(values, -1), opacities.expand(len(views), -1), cameras.width, cameras.height,
        TILE, starts.reshape(len(views), down, across), order,
    )  # fmt: skip
    out = {
        "color": blended[..., :3] + (1 - alpha) * torch.tensor(background).to(alpha),
        "alpha": alpha[..., 0],
        "radii": half_sizes.amax(-1),
    }
    if geometry:
        total, first, second = alpha[..., 0], blended[..., 3], blended[..., 4]
        seen = total > 0
        out["depth"] = torch.where(seen, middle[:, None, None] + first / torch.where(seen, total, 1.0), 0.0)
        out["normals"] = blended[..., 5:8]
        out["distortion"] = (total * second - first.square()).clamp(min=0)
    return out
