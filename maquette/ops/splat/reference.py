"""The readable definition of `splat`: slow, in torch, on any device and in any precision, with torch's gradients.

For every view: each Gaussian goes to the screen (`project`), and every pixel blends those that cover it, nearest
first (`blend`). Tiles only leave out Gaussians whose alpha is below 1/255 at all of a tile's pixels, which
count for nothing anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from maquette.artifacts import Cameras

NEAR = 0.01
"""World units along the forward axis: what has its centre nearer, or is met by a ray nearer, does not count."""

BLUR = 0.3
"""Square pixels added to a Gaussian's variance on the screen, so that none is thinner than a pixel (3DGS)."""

DOT = 2.0
"""A surfel is at least exp(-DOT d²/2) at d pixels from its centre (2DGS, eq. 11)."""

THIN = 1e-6
"""Square pixels: a surfel of less area, seen from its edge, is only that dot."""

MARGIN = 0.3
"""The Jacobian of a Gaussian outside the picture is taken at most this share of half a picture outside (3DGS)."""

MIN_ALPHA = 1 / 255
"""Less counts as nothing."""

MAX_ALPHA = 0.999

STOP = 1e-4
"""A pixel is finished before the Gaussian that would leave this little light."""

TILE = 16
"""Pixels."""


@dataclass(frozen=True)
class Projected:
    """Gaussians on one camera's screen."""

    centers: Tensor  # [n, 2] pixels
    depths: Tensor  # [n] world units
    colors: Tensor  # [n, 3]
    normals: Tensor  # [n, 3] world space, towards the camera
    inverse: Tensor  # [n, 2, 2] of the covariance in pixels²; surfels: of the Jacobian, local units per pixel
    slopes: Tensor  # [n, 2] surfels: depth along the local axes; in perspective over the centre's depth
    half_sizes: Tensor  # [n, 2] pixels: of a box around the centre that holds every alpha >= MIN_ALPHA
    boxes: Tensor  # [n, 4] pixels: that box, or for surfels a tighter one; x0, y0, x1, y1
    visible: Tensor  # [n] bool
    surfels: bool


def splat(
    means: Tensor,
    wxyz: Tensor,
    scales: Tensor,
    opacities: Tensor,
    spherical_harmonics: Tensor,
    cameras: Cameras,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    geometry: bool = True,
    screen_offsets: Tensor | None = None,
) -> dict[str, Tensor]:
    """As maquette.ops.splat.splat."""
    views: list[dict[str, Tensor]] = []
    for view in range(len(cameras)):
        offsets = None if screen_offsets is None else screen_offsets[view]
        projected = project(means, wxyz, scales, opacities, spherical_harmonics, cameras, view, offsets)
        views.append(blend(projected, opacities, cameras, background))
    shape = (cameras.height, cameras.width)
    empty = {
        "color": means.new_zeros(*shape, 3), "alpha": means.new_zeros(shape), "radii": means.new_zeros(len(means)),
        "depth": means.new_zeros(shape), "median_depth": means.new_zeros(shape),
        "normals": means.new_zeros(*shape, 3), "distortion": means.new_zeros(shape),
    }  # fmt: skip
    names = list(empty) if geometry else ["color", "alpha", "radii"]
    return {n: torch.stack([view[n] for view in views]) if views else empty[n][None][:0] for n in names}


def project(
    means: Tensor,
    wxyz: Tensor,
    scales: Tensor,
    opacities: Tensor,
    spherical_harmonics: Tensor,
    cameras: Cameras,
    view: int,
    offsets: Tensor | None,
) -> Projected:
    """What one camera sees of each Gaussian."""
    perspective = cameras.projection == "perspective"
    surfels = scales.shape[1] == 2
    pose = torch.as_tensor(cameras.world_to_camera[view]).to(means)
    k = torch.as_tensor(cameras.intrinsics[view]).to(means)
    focal, principal, size = k[[0, 1], [0, 1]], k[:2, 2], means.new_tensor([cameras.width, cameras.height])
    rotation = pose[:3, :3]
    p = means @ rotation.T + pose[:3, 3]
    z = p[:, 2].clamp(min=NEAR)
    turns = rotations(wxyz)
    columns = rotation @ (turns[:, :, : scales.shape[1]] * scales[:, None, :])  # [n, 3, axes] in camera axes

    # The Jacobian of the projection times the columns.
    if perspective:
        tangents = p[:, :2] / z[:, None]
        centers = tangents * focal + principal
        if not surfels:
            margin = MARGIN * size / 2 / focal
            tangents = tangents.clamp(-principal / focal - margin, (size - principal) / focal + margin)
        flat = focal[:, None] * (columns[:, :2] - tangents[:, :, None] * columns[:, 2:]) / z[:, None, None]
        direction = means + rotation.T @ pose[:3, 3]  # from the camera's centre
        direction = direction / direction.norm(dim=1, keepdim=True).clamp(min=NEAR)
    else:
        centers = p[:, :2] * focal + principal
        flat = focal[:, None] * columns[:, :2]
        direction = rotation[2].expand_as(means)
    if offsets is not None:
        centers = centers + offsets

    reach_squared = 2 * (opacities.detach() / MIN_ALPHA).clamp(min=1).log()[:, None]
    if surfels:
        axis = torch.full_like(means[:, 0], 2, dtype=torch.long)
        slopes = columns[:, 2] / z[:, None] if perspective else columns[:, 2]
        solid = torch.linalg.det(flat).abs() >= THIN
        dot = torch.eye(2).to(flat) * 1e18
        inverse = torch.where(solid[:, None, None], torch.linalg.inv(_or_identity(flat, solid)), dot)
        slopes = torch.where(solid[:, None], slopes, 0.0)
        bends = slopes.detach() if perspective else torch.zeros_like(slopes)
        low, high = _disc_box(flat.detach(), bends, reach_squared)
        half_sizes = (high - low) / 2
    else:
        axis = scales.argmin(dim=1)
        slopes = torch.zeros_like(centers)
        covariance = flat @ flat.mT + BLUR * torch.eye(2).to(flat)
        inverse = torch.linalg.inv(covariance)
        half_sizes = (reach_squared * covariance.detach().diagonal(dim1=1, dim2=2)).sqrt()
        low, high = -half_sizes, half_sizes
    normals = turns[torch.arange(len(means), device=means.device), :, axis]
    normals = torch.where((normals * direction).sum(1, keepdim=True) <= 0, normals, -normals)
    basis = harmonics(direction, spherical_harmonics.shape[1])
    colors = ((basis[:, :, None] * spherical_harmonics).sum(1) + 0.5).clamp(min=0)

    boxes = torch.cat([centers.detach() + low, centers.detach() + high], 1)
    visible = (p[:, 2] >= NEAR) & (opacities > MIN_ALPHA)
    visible &= (boxes[:, 2:] > 0.5).all(1) & (boxes[:, :2] < size - 0.5).all(1)
    return Projected(centers, p[:, 2], colors, normals, inverse, slopes, half_sizes, boxes, visible, surfels)


def blend(
    q: Projected, opacities: Tensor, cameras: Cameras, background: tuple[float, float, float]
) -> dict[str, Tensor]:
    """One view's pictures."""
    perspective = cameras.projection == "perspective"
    order = torch.argsort(q.depths.detach(), stable=True)
    order = order[q.visible[order]]
    rows = []
    for top in range(0, cameras.height, TILE):
        bottom = min(top + TILE, cameras.height)
        in_row = order[(q.boxes[order, 1] <= bottom) & (q.boxes[order, 3] >= top)]
        tiles = []
        for left in range(0, cameras.width, TILE):
            right = min(left + TILE, cameras.width)
            near = in_row[(q.boxes[in_row, 0] <= right) & (q.boxes[in_row, 2] >= left)]
            y, x = torch.meshgrid(torch.arange(top, bottom), torch.arange(left, right), indexing="ij")
            pixels = torch.stack([x, y], -1).to(q.centers) + 0.5
            tiles.append(_blend_pixels(q, near, opacities, pixels, perspective, background))
        rows.append([torch.cat(channel, 1) for channel in zip(*tiles, strict=True)])
    color, alpha, depth, median, normals, distortion = (torch.cat(c, 0) for c in zip(*rows, strict=True))
    radii = torch.where(q.visible, q.half_sizes.amax(1), 0.0)
    return {
        "color": color, "alpha": alpha, "radii": radii, "depth": depth, "median_depth": median, "normals": normals,
        "distortion": distortion,
    }  # fmt: skip


def _blend_pixels(
    q: Projected,
    near: Tensor,
    opacities: Tensor,
    pixels: Tensor,
    perspective: bool,
    background: tuple[float, float, float],
) -> tuple[Tensor, ...]:
    """The pixels [height, width, 2] of a tile, from the Gaussians `near` it, nearest first."""
    d = pixels - q.centers[near, None, None]  # [n, height, width, 2]
    depths = q.depths[near, None, None].expand(d.shape[:-1])
    local = torch.einsum("nij,nhwj->nhwi", q.inverse[near], d)
    if not q.surfels:
        squared = (d * local).sum(-1)
    else:
        # The ray meets the disc's plane at `local`, in standard deviations, after the perspective division.
        slope = (local * q.slopes[near, None, None]).sum(-1)
        if perspective:
            ahead = (slope < 1) & ((1 - slope) * NEAR <= depths)
            over = 1 / torch.where(ahead, 1 - slope, 1.0)
            local, at_disc = local * over[..., None], depths * over
        else:
            at_disc = depths + slope
            ahead = at_disc >= NEAR
        disc, dot = local.square().sum(-1), DOT * d.square().sum(-1)
        nearer = ahead & (disc <= dot)
        squared, depths = torch.where(nearer, disc, dot), torch.where(nearer, at_disc, depths)
    alpha = opacities[near, None, None] * torch.exp(-squared / 2)
    alpha = torch.where(alpha >= MIN_ALPHA, alpha.clamp(max=MAX_ALPHA), 0.0)
    after = torch.cumprod(1 - alpha, 0)
    before = torch.cat([torch.ones_like(after[:1]), after])[: len(near)]
    weights = torch.where(after > STOP, alpha * before, 0.0)  # [n, height, width]

    total = weights.sum(0)
    color, normals = (torch.einsum("nhw,nc->hwc", weights, values[near]) for values in (q.colors, q.normals))
    color = color + (1 - total)[..., None] * torch.tensor(background).to(total)
    depth = (weights * depths).sum(0) / torch.where(total > 0, total, 1.0)
    z = depths - depth.detach()  # which changes nothing, but loses fewer digits
    distortion = total * (weights * z.square()).sum(0) - (weights * z).sum(0).square()
    numbers = torch.arange(1, len(near) + 1, device=total.device)[:, None, None]
    last = torch.where((weights > 0) & (before > 0.5), numbers, 0).amax(0) if len(near) else (0 * total).long()
    median = torch.cat([torch.zeros_like(total)[None], depths]).gather(0, last[None])[0]
    return color, total, depth, median, normals, distortion


def rotations(wxyz: Tensor) -> Tensor:
    """Matrices [n, 3, 3] that turn as quaternions [n, 4] do."""
    w, x, y, z = (wxyz / wxyz.norm(dim=1, keepdim=True)).unbind(1)
    return torch.stack(
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
        ],
        1,
    ).reshape(-1, 3, 3)  # fmt: skip


def harmonics(direction: Tensor, count: int) -> Tensor:
    """The first 1, 4, 9 or 16 real spherical harmonics at unit directions [n, 3], in 3DGS's order and signs."""
    x, y, z = direction.unbind(1)
    xx, yy, zz = x * x, y * y, z * z
    basis = [
        0.28209479177387814 * torch.ones_like(x),
        -0.4886025119029199 * y,
        0.4886025119029199 * z,
        -0.4886025119029199 * x,
        1.0925484305920792 * x * y,
        -1.0925484305920792 * y * z,
        0.31539156525252005 * (2 * zz - xx - yy),
        -1.0925484305920792 * x * z,
        0.5462742152960396 * (xx - yy),
        -0.5900435899266435 * y * (3 * xx - yy),
        2.890611442640554 * x * y * z,
        -0.4570457994644658 * y * (4 * zz - xx - yy),
        0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
        -0.4570457994644658 * x * (4 * zz - xx - yy),
        1.445305721320277 * z * (xx - yy),
        -0.5900435899266435 * x * (xx - 3 * yy),
    ]
    return torch.stack(basis[:count], 1)


def _disc_box(flat: Tensor, slopes: Tensor, reach_squared: Tensor) -> tuple[Tensor, Tensor]:
    """The box, from the centre, of a disc in perspective, where |flat - x slopes| reach = |x|, and of its dot."""
    bend = 1 - reach_squared * slopes.square().sum(1, keepdim=True)
    whole = bend > 1e-3  # else it reaches behind the camera
    bend = torch.where(whole, bend, 1.0)
    lean = reach_squared * (flat * slopes[:, None]).sum(2)
    width = (lean.square() + bend * reach_squared * flat.square().sum(2)).sqrt()
    dot = (reach_squared / DOT).sqrt()
    low = torch.where(whole, torch.minimum((-lean - width) / bend, -dot), -1e9)
    return low, torch.where(whole, torch.maximum((width - lean) / bend, dot), 1e9)


def _or_identity(matrices: Tensor, good: Tensor) -> Tensor:
    return torch.where(good[:, None, None], matrices, torch.eye(2).to(matrices))
