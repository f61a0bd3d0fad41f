"""The readable definition of `antialias`: in torch, which differentiates it. Runs on any device.

Every pair of neighbouring pixels that show different faces is walked, all of them one step at a time.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int, Int32
from torch import Tensor

NEAR = 1e-6
TOLERANCE = 1e-9
"""Pixels by which rounding may carry an outline past a pixel's centre."""


def antialias(
    image: Float[Tensor, "views height width channels"],
    positions: Float[Tensor, "views vertices 4"],
    pairs: Int32[Tensor, "pairs 4"],
    starts: Int[Tensor, "views_and_1"],
) -> Float[Tensor, "views height width channels"]:
    """Blend the pairs that `find_silhouettes` found; gradients to image and positions."""
    views, height, width, channels = image.shape
    view = torch.repeat_interleave(torch.arange(views, device=image.device), starts.diff())
    near, far, a, b = pairs.long().unbind(-1)
    a, b = (_pixels(positions[view, vertex]) for vertex in (a, b))
    centre = torch.stack([near % width + 0.5, near // width + 0.5], -1).to(a.dtype)
    in_row = near // width == far // width
    # Along the segment and across it; y and x for a pair in one column.
    a, b, centre = (torch.where(in_row[:, None], p, p.flip(-1)) for p in (a, b, centre))
    edge = b - a
    crossing = a[:, 0] + (centre[:, 1] - a[:, 1]) / edge[:, 1] * edge[:, 0]
    m = ((crossing - centre[:, 0]) * (far - near).sign()).clamp(0, 1) - 0.5  # positive: beyond the middle
    weight = edge[:, 1] ** 2 / (edge**2).sum(-1)
    flat = image.reshape(views, height * width, channels)
    blend = (weight * m)[:, None].to(image.dtype) * (flat[view, near] - flat[view, far])
    target = torch.where(m > 0, far, near)
    return flat.index_put((view, target), blend, accumulate=True).reshape(image.shape)


def find_silhouettes(
    positions: Float[Tensor, "views vertices 4"],
    faces: Int32[Tensor, "faces 3"],
    across: Int32[Tensor, "faces 3"],
    face: Int32[Tensor, "views height width"],
    depth: Float[Tensor, "views height width"],
    steps: int,
) -> tuple[Int32[Tensor, "pairs 4"], Int[Tensor, "views_and_1"]]:
    """Pairs of neighbouring pixels with a silhouette between their centres, and where each view's begin."""
    pixels = torch.where(positions[..., 3:] > NEAR, _pixels(positions), torch.nan).double()
    views = zip(pixels, face, depth, strict=True)
    found = [_view_silhouettes(*view, faces.long(), across.long(), steps) for view in views]
    counts = torch.tensor([0, *map(len, found)], device=face.device)
    return torch.cat(found).int(), counts.cumsum(0)


def _view_silhouettes(
    pixels: Tensor, face: Tensor, depth: Tensor, faces: Tensor, across: Tensor, steps: int
) -> Tensor:
    height, width = face.shape
    index = torch.arange(height * width, device=face.device).reshape(height, width)
    first = torch.cat([index[:, :-1].flatten(), index[:-1].flatten()])
    second = torch.cat([index[:, 1:].flatten(), index[1:].flatten()])
    face, depth = face.flatten().long(), torch.where(face < 0, torch.inf, depth).flatten()
    differ = face[first] != face[second]
    first, second = first[differ], second[differ]
    swap = depth[second] < depth[first]
    near, far = torch.where(swap, second, first), torch.where(swap, first, second)

    corner = pixels[faces]
    side, other = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = side[:, 0] * other[:, 1] - other[:, 0] * side[:, 1]
    usable, facing = ~area.isnan(), torch.nan_to_num(area).sign().long()

    in_row = near // width == far // width
    centre = torch.stack([near % width + 0.5, near // width + 0.5], -1).double()
    edge = torch.full((len(near), 2), -1, device=face.device)
    at, entered = face[near], torch.full_like(near, -1)
    sign = facing[at]
    walking = usable[at]
    corners = torch.arange(3, device=face.device)
    for _ in range(steps):
        # Corners across the segment (x) and along it (y), from the near pixel's centre toward the far one's.
        local = pixels[faces[at]] - centre[:, None]
        local = (
            torch.where(in_row[:, None, None], local.flip(-1), local)
            * torch.stack([torch.ones_like(near), (far - near).sign()], -1)[:, None]
        )
        p, q = local, local.roll(-1, 1)
        crosses = (p[..., 0] >= 0) != (q[..., 0] >= 0)
        reach = p[..., 1] - p[..., 0] / (q[..., 0] - p[..., 0]) * (q[..., 1] - p[..., 1])
        reach = torch.where(crosses & (corners != entered[:, None]), reach, -torch.inf)
        t, leaving = reach.max(1)
        walking = walking & (t <= 1 + TOLERANCE) & (t > -torch.inf)
        onward, there, there_sign = _beyond(3 * at + leaving, sign, across.flatten(), facing, usable)
        stops = walking & ~onward & (t >= -TOLERANCE)
        ends = torch.stack([faces[at, leaving], faces[at, (leaving + 1) % 3]], -1)
        edge = torch.where(stops[:, None], ends, edge)
        walking = walking & onward
        at, entered = torch.where(walking, there // 3, at), there % 3
        sign = torch.where(walking, there_sign, sign)
    hit = edge[:, 0] >= 0
    order = torch.argsort(2 * torch.minimum(near, far)[hit] + (~in_row[hit]).long())
    return torch.cat([near[:, None], far[:, None], edge], 1)[hit][order]


def _beyond(
    own: Tensor, sign: Tensor, across: Tensor, facing: Tensor, usable: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Whether a face continues the sheet beyond an edge, its half-edge, and how the sheet faces in its terms.

    The first on the edge's ring that lies on the other side of it: wound alike it faces alike. A face without an
    area says nothing, and is passed through.
    """
    found, at, turned = torch.zeros_like(own, dtype=torch.bool), own, torch.ones_like(own)
    there, there_sign = own, sign
    while True:
        turned = turned ^ (~across[at] & 1)
        at = across[at] >> 1
        looking = ~found & (at != own)
        if not bool(looking.any()):
            return found, there, there_sign
        way = torch.where(turned > 0, -1, 1)
        its = facing[at // 3]
        fits = looking & usable[at // 3] & ((its == 0) | (sign == 0) | (its * way == sign))
        there = torch.where(fits, at, there)
        there_sign = torch.where(fits, torch.where(sign == 0, its, sign * way), there_sign)
        found = found | fits


def _pixels(positions: Tensor) -> Tensor:
    return positions[..., :2] / positions[..., 3:]
