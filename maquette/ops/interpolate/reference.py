"""The readable definition of `interpolate`: in torch, which differentiates it. Runs on any device."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int32
from torch import Tensor

from maquette.ops.rasterize.reference import of_corners, pixel_centres


def interpolate(
    face: Int32[Tensor, "views height width"],
    barycentric: Float[Tensor, "views height width 2"],
    attributes: Float[Tensor, "views_or_1 vertices channels"],
    faces: Int32[Tensor, "faces 3"],
) -> Float[Tensor, "views height width channels"]:
    """Blend attributes of the visible face's corners; zero where face is -1."""
    a0, a1, a2 = of_corners(attributes, faces, face).unbind(-2)
    b1, b2 = barycentric[..., :1], barycentric[..., 1:]
    return torch.where((face >= 0)[..., None], (1 - b1 - b2) * a0 + b1 * a1 + b2 * a2, 0)


def screen_derivatives(
    face: Int32[Tensor, "views height width"],
    barycentric: Float[Tensor, "views height width 2"],
    attributes: Float[Tensor, "views_or_1 vertices channels"],
    faces: Int32[Tensor, "faces 3"],
    positions: Float[Tensor, "views position_vertices 4"],
    position_faces: Int32[Tensor, "faces 3"],
) -> Float[Tensor, "views height width channels 2"]:
    """Derivatives of the interpolated attributes by the pixel's x and y."""
    hit = (face >= 0)[..., None]
    corner = of_corners(positions, position_faces, face)  # views height width corner 4
    centre = torch.stack(torch.broadcast_tensors(*pixel_centres(face.shape[1], face.shape[2], positions)), -1)
    # Corner i's weight b_i keeps sum b_i (xy_i - centre w_i) at zero wherever the centre moves.
    local = corner[..., :2] - centre[:, :, None] * corner[..., 3:]
    p, q = local[..., 1, :] - local[..., 0, :], local[..., 2, :] - local[..., 0, :]
    determinant = torch.where(hit, p[..., :1] * q[..., 1:] - q[..., :1] * p[..., 1:], 1)
    w = corner[..., 0, 3:] + (barycentric * (corner[..., 1:, 3] - corner[..., :1, 3])).sum(-1, keepdim=True)
    b1 = torch.cat([q[..., 1:], -q[..., :1]], -1) * w / determinant  # by x and y
    b2 = torch.cat([-p[..., 1:], p[..., :1]], -1) * w / determinant
    a0, a1, a2 = of_corners(attributes, faces, face).unbind(-2)
    change = (a1 - a0)[..., None] * b1[..., None, :] + (a2 - a0)[..., None] * b2[..., None, :]
    return torch.where(hit[..., None], change, 0).to(attributes.dtype)
