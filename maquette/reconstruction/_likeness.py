"""How unlike drawn surfels are to a photograph, and to a surface (Kerbl et al. 2023, Huang et al. 2024)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.ops.splat import Splatted
from maquette.reconstruction._splat_options import Likeness

_WINDOW = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
"""SSIM's own: 11 pixels, a standard deviation of 1.5."""


def unlike_picture(
    weights: Likeness,
    color: Float[Tensor, "height width 3"],
    wanted: Float[Tensor, "height width 3"],
    alpha: Float[Tensor, "height width"],
    wanted_alpha: Float[Tensor, "height width"],
) -> Float[Tensor, ""]:
    """Loss of colours, both over one background, and coverage."""
    loss = (1 - weights.structure) * (color - wanted).abs().mean() + weights.structure * (1 - ssim(color, wanted))
    return loss + weights.alpha * (alpha - wanted_alpha).abs().mean()


def unlike_surface(weights: Likeness, drawn: Splatted, cameras: Cameras) -> Float[Tensor, ""]:
    """Loss of one view drawn with its geometry."""
    assert drawn.depth is not None
    assert drawn.normals is not None
    assert drawn.distortion is not None
    along = (drawn.normals[0] * depth_normals(drawn.depth[0], cameras)).sum(-1)
    return weights.distortion * drawn.distortion.mean() + weights.normals * (drawn.alpha[0] - along).mean()


def ssim(a: Float[Tensor, "height width 3"], b: Float[Tensor, "height width 3"]) -> Float[Tensor, ""]:
    """Mean structural similarity of two pictures in [0, 1] (Wang et al. 2004)."""
    a, b = a.permute(2, 0, 1), b.permute(2, 0, 1)
    mean_a, mean_b, aa, bb, ab = _blurred(torch.cat([a, b, a * a, b * b, a * b])).split(3)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    covariance, variances = ab - product, aa + bb - squares
    c1, c2 = 0.01**2, 0.03**2
    return ((2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))).mean()


def _blurred(pictures: Float[Tensor, "channels height width"]) -> Float[Tensor, "channels height width"]:
    window, channels = _WINDOW / _WINDOW.sum(), len(pictures)
    rows = F.conv2d(pictures[None], window.expand(channels, 1, 1, 11), padding=(0, 5), groups=channels)
    return F.conv2d(rows, window[:, None].expand(channels, 1, 11, 1), padding=(5, 0), groups=channels)[0]


def depth_normals(depth: Float[Tensor, "height width"], cameras: Cameras) -> Float[Tensor, "height width 3"]:
    """World-space unit normals, towards the camera, of the surface that a depth map shows; 0 at its rim."""
    k, rotation = torch.from_numpy(cameras.intrinsics[0]), torch.from_numpy(cameras.world_to_camera[0, :3, :3])
    height, width = depth.shape
    x = (torch.arange(width) + 0.5 - k[0, 2]) / k[0, 0]
    y = (torch.arange(height) + 0.5 - k[1, 2]) / k[1, 1]
    if cameras.projection == "orthographic":
        points = torch.stack([x.expand(height, width), y[:, None].expand(height, width), depth], -1)
    else:
        points = torch.stack([x * depth, y[:, None] * depth, depth], -1)
    right, down = points[1:-1, 2:] - points[1:-1, :-2], points[2:, 1:-1] - points[:-2, 1:-1]
    normals = F.normalize(torch.linalg.cross(down, right, dim=-1), dim=-1) @ rotation
    return F.pad(normals, (0, 0, 1, 1, 1, 1))
