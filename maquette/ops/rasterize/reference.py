"""The readable definition of `rasterize`: slow, in torch, which differentiates it. Runs on any device."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int32
from torch import Tensor

CHUNK = 16
"""Faces tested against all pixels at once."""


def rasterize(
    positions: Float[Tensor, "views vertices 4"], faces: Int32[Tensor, "faces 3"], height: int, width: int
) -> tuple[
    Int32[Tensor, "views height width"],
    Float[Tensor, "views height width 2"],
    Float[Tensor, "views height width"],
]:
    """Face, weights of its corners 1 and 2, and depth at every pixel centre; gradients to positions.

    Args:
        positions: Pixel x times w, pixel y times w, depth, w.
        faces: Corners' vertices.
        height: Pixels.
        width: Pixels.
    """
    with torch.no_grad():
        face = torch.stack([_visible(view.double(), faces, height, width) for view in positions])
    weights, depth = weights_and_depth(positions, faces, face)
    return face, weights[..., 1:], depth


def weights_and_depth(
    positions: Float[Tensor, "views vertices 4"],
    faces: Int32[Tensor, "faces 3"],
    face: Int32[Tensor, "views height width"],
) -> tuple[Float[Tensor, "views height width 3"], Float[Tensor, "views height width"]]:
    """Perspective-correct weights of a given face's corners at every pixel centre, and depth; zero at face -1."""
    hit = face >= 0
    corner = of_corners(positions, faces, face)  # views height width corner 4
    x, y = pixel_centres(face.shape[1], face.shape[2], positions)
    edges = torch.stack(
        [_edge(corner[..., (k + 1) % 3, :], corner[..., (k + 2) % 3, :], x, y) for k in range(3)], -1
    )
    total = torch.where(hit, edges.sum(-1), 1)
    weights = torch.where(hit[..., None], edges, 0) / total[..., None]
    return weights, (weights * corner[..., 2]).sum(-1)


def of_corners(
    values: Float[Tensor, "views_or_1 vertices channels"],
    faces: Int32[Tensor, "faces 3"],
    face: Int32[Tensor, "views height width"],
) -> Float[Tensor, "views height width 3 channels"]:
    """What the three corners of every pixel's face carry; anything where face is -1."""
    if not len(faces):
        return values.new_zeros((*face.shape, 3, values.shape[-1]))
    view = torch.arange(len(face), device=face.device)[:, None, None, None] % len(values)
    return values[view, faces[face.clamp(min=0).long()].long()]


def pixel_centres(height: int, width: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Column and row of pixel centres, in pixels, to be broadcast over an image."""
    x = torch.arange(width, dtype=like.dtype, device=like.device) + 0.5
    y = torch.arange(height, dtype=like.dtype, device=like.device) + 0.5
    return x, y[:, None]


def _edge(p: Tensor, q: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The volume of p, q and the pixel's ray: of one sign on one side of the line through p and q."""
    a = p[..., 0] * q[..., 1] - q[..., 0] * p[..., 1]
    b = p[..., 1] * q[..., 3] - q[..., 1] * p[..., 3]
    c = p[..., 3] * q[..., 0] - q[..., 3] * p[..., 0]
    return a + b * x + c * y


def _visible(positions: Tensor, faces: Tensor, height: int, width: int) -> Tensor:
    """The nearest face at every pixel centre of one view, both sides visible; -1 where there is none."""
    x, y = pixel_centres(height, width, positions)
    nearest = torch.full((height, width), torch.inf, dtype=torch.float32, device=positions.device)
    visible = torch.full((height, width), -1, dtype=torch.int32, device=positions.device)
    for start in range(0, len(faces), CHUNK):
        v = positions[faces[start : start + CHUNK].long()][:, :, None, None]  # faces corner 1 1 4
        edges = torch.stack([_edge(v[:, (k + 1) % 3], v[:, (k + 2) % 3], x, y) for k in range(3)])
        first = v[:, 0, 0, 0]
        plane = torch.linalg.cross(v[:, 1, 0, 0, [0, 1, 3]], v[:, 2, 0, 0, [0, 1, 3]])
        volume = (first[:, [0, 1, 3]] * plane).sum(-1)[:, None, None]
        edges = edges * volume.sign()
        inverse = edges.sum(0)  # 1 / w, times a positive constant
        depth = ((edges * v[..., 2].transpose(0, 1)).sum(0) / inverse).float()
        ahead = (v[..., 3] > 1e-6).any(1)
        inside = (edges >= 0).all(0) & (inverse > 0) & (volume.abs() > 1e-12) & ahead
        depth, index = torch.where(inside, depth, torch.inf).min(0)
        nearer = depth < nearest
        nearest = torch.where(nearer, depth, nearest)
        visible = torch.where(nearer, (start + index).int(), visible)
    return visible
