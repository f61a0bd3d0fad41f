"""`splat` by the C++ kernel: float32 tensors on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from maquette.artifacts import Cameras
from maquette.ops import _native
from maquette.ops.splat.reference import MARGIN, TILE

# The layouts of splat.h.
_RECORD, _STATE, _PIXELS = 16, 5, TILE * TILE
_GAUSSIAN_SUMS, _GAUSSIAN_GEOMETRY_SUMS, _SURFEL_SUMS = 9, 13, 18

_PICTURES = ("color", "alpha", "depth", "normals", "distortion", "median_depth")


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
    """As maquette.ops.splat.splat."""
    if means.device.type != "cpu" or means.dtype != torch.float32:
        raise ValueError(
            f"the tensors are {means.dtype} on {means.device}; expected float32 on the CPU for the native "
            "backend: take backend='reference'"
        )
    done = _Splat.apply(
        means, wxyz, scales, opacities, spherical_harmonics, screen_offsets, cameras, background, geometry
    )
    names = [*(_PICTURES if geometry else _PICTURES[:2]), "radii"]
    return dict(zip(names, done, strict=True))


class _Splat(torch.autograd.Function):
    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,
        means: Tensor,
        wxyz: Tensor,
        scales: Tensor,
        opacities: Tensor,
        harmonics: Tensor,
        offsets: Tensor | None,
        cameras: Cameras,
        background: tuple[float, float, float],
        geometry: bool,
    ) -> tuple[Tensor, ...]:
        views, count, height, width = len(cameras), len(means), cameras.height, cameras.width
        cloud = [_array(tensor) for tensor in (means, wxyz, scales, opacities, harmonics)]
        packed = _packed(cameras)
        sizes = np.array(
            [views, count, harmonics.shape[1], scales.shape[1], cameras.projection == "perspective", width, height,
             offsets is not None],
            np.int64,
        )  # fmt: skip
        records = np.empty((views, count, _RECORD), np.float32)
        boxes = np.empty((views, count, 4), np.int16)
        masks, radii = np.empty((views, count), np.uint64), torch.empty(views, count)
        first = np.empty(views * count + 1, np.int64)
        moved = np.empty(0, np.float32) if offsets is None else _array(offsets)
        entries = _native.call(
            "splat_project", *cloud, moved, packed, sizes, records, boxes, masks, radii.numpy(), first
        )
        if entries >= 2**32:
            raise ValueError(
                f"the Gaussians cover {entries:,} tiles of {TILE} x {TILE} pixels; expected fewer than 2^32: "
                "draw fewer views at once"
            )
        tiles = views * -(-height // TILE) * -(-width // TILE)
        gaussian, slots = np.empty(entries, np.uint32), np.empty(entries, np.uint32)
        starts = np.empty(tiles + 1, np.int64)
        _native.call("splat_bin", records, boxes, masks, first, sizes, gaussian, starts, slots)

        surfels = scales.shape[1] == 2
        state = np.empty((tiles, _STATE, _PIXELS), np.float32)
        shape = (views, height, width)
        pictures = [torch.empty(*shape, 3), torch.empty(shape)]
        if geometry or surfels:  # surfels make them on the way to their colour
            pictures += [torch.empty(shape), torch.empty(*shape, 3), torch.empty(shape), torch.empty(shape)]
        nothing = [np.empty(0, np.float32)] * (6 - len(pictures))
        tone = np.array(background, np.float32)
        _native.call(
            "splat_blend", sizes, records, boxes, gaussian, starts, tone, int(geometry), state,
            *(picture.numpy() for picture in pictures), *nothing,
        )  # fmt: skip
        ctx.save_for_backward(means, wxyz, scales, opacities, harmonics)
        ctx.kept = (packed, sizes, records, boxes, first, gaussian, starts, slots, tone, state)
        ctx.mark_non_differentiable(radii)
        ctx.set_materialize_grads(False)
        return (*(pictures if geometry else pictures[:2]), radii)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:  # pyright: ignore
        packed, sizes, records, boxes, first, gaussian, starts, slots, tone, state = ctx.kept
        saved = ctx.saved_tensors
        cloud = [_array(tensor) for tensor in saved]
        pictures = [*gradients[:-1], *[None] * (7 - len(gradients))]
        surfels = sizes[3] == 2
        geometry = surfels or any(gradient is not None for gradient in pictures[2:])
        stride = _SURFEL_SUMS if surfels else _GAUSSIAN_GEOMETRY_SUMS if geometry else _GAUSSIAN_SUMS
        given = sum(1 << bit for bit, gradient in enumerate(pictures) if gradient is not None)
        sums = np.empty((len(gaussian), stride), np.float32)
        nothing = np.empty(0, np.float32)
        _native.call(
            "splat_blend_backward", sizes, records, boxes, gaussian, slots, starts, tone, int(geometry), state,
            given, *(nothing if gradient is None else _array(gradient) for gradient in pictures), sums,
        )  # fmt: skip
        out = [torch.empty_like(tensor, memory_format=torch.contiguous_format) for tensor in saved]
        offsets = torch.empty(int(sizes[0]), int(sizes[1]), 2) if sizes[7] else None
        _native.call(
            "splat_project_backward", *cloud, packed, sizes, records, first, sums, int(geometry),
            *(tensor.numpy() for tensor in out), nothing if offsets is None else offsets.numpy(),
        )  # fmt: skip
        return (*out, offsets, None, None, None)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()


def _packed(cameras: Cameras) -> np.ndarray:
    """The rows of splat.h's Camera."""
    pose, k = cameras.world_to_camera.astype(np.float64), cameras.intrinsics.astype(np.float64)
    rotation, translation = pose[:, :3, :3], pose[:, :3, 3]
    focal, principal = k[:, [0, 1], [0, 1]], k[:, :2, 2]
    size = np.array([cameras.width, cameras.height])
    if cameras.projection == "perspective":
        eye = -np.einsum("vji,vj->vi", rotation, translation)
    else:
        eye = rotation[:, 2]
    margin = MARGIN * size / 2 / focal
    low, high = -principal / focal - margin, (size - principal) / focal + margin
    tangents = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1)
    unused = np.zeros((len(pose), 1))
    rows = [rotation.reshape(-1, 9), translation, focal, principal, eye, tangents, unused]
    return np.ascontiguousarray(np.concatenate(rows, 1), np.float32)
