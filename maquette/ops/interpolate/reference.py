"""The readable definition of `interpolate`: in torch, which differentiates it. Runs on any device."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int32
from torch import Tensor


def interpolate(
    face: Int32[Tensor, "views height width"],
    barycentric: Float[Tensor, "views height width 2"],
    attributes: Float[Tensor, "views_or_1 vertices channels"],
    faces: Int32[Tensor, "faces 3"],
) -> Float[Tensor, "views height width channels"]:
    """Blend attributes of the visible face's corners; zero where face is -1."""
    corners = faces[face.clamp(min=0).long()].long()
    view = torch.arange(len(face), device=face.device) if len(attributes) > 1 else face.new_zeros(len(face))
    a0, a1, a2 = attributes[view.long()[:, None, None, None], corners].unbind(-2)
    b1, b2 = barycentric[..., :1], barycentric[..., 1:]
    return torch.where((face >= 0)[..., None], (1 - b1 - b2) * a0 + b1 * a1 + b2 * a2, 0)
