"""Depth maps from any cameras to a truncated signed distance, in blocks near the surfaces."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras
from maquette.ops import _arrays, _native
from maquette.ops.blocks import SIDE, Blocks
from maquette.ops.fuse import projections

LARGEST = 1 << 24
"""The most blocks that a grid is divided into: 2048 samples along each side of a cube."""
STEEPEST = 0.2
"""Cosine between surface and ray below which a surface is not taken to be steeper."""


def fuse_depth(
    cameras: Cameras,
    depth: Float32[np.ndarray, "views height width"],
    origin: tuple[float, float, float],
    spacing: float,
    size: tuple[int, int, int],
    truncation: float,
    weights: Float32[np.ndarray, "views height width"] | None = None,
    normals: Float32[np.ndarray, "views height width 3"] | None = None,
    colors: Float32[np.ndarray, "views height width 3"] | None = None,
    free: float = 0.15,
    background: float | None = None,
    enough: float = 0.5,
) -> Blocks:
    """Fuse depth maps into a truncated signed distance, negative inside, stored only near surfaces.

    The weighted mean of each view's distances along its axis to what it sees (Curless and Levoy 1996, "A
    volumetric method for building complex models from range images"), in blocks (Nießner et al. 2013, "Real-time
    3D reconstruction at scale using voxel hashing"). Depth is interpolated between pixels, but not across jumps. A
    view's word fades behind what it sees and is less loud far before it. What no view says anything about is
    inside where it lies behind something in enough of them, else outside. `reference.py` defines the sums.

    Args:
        cameras: Pose, intrinsics and size of the views.
        depth: World units along the forward axis at pixel centres; 0 where nothing is seen.
        origin: World position of sample (0, 0, 0).
        spacing: World units between samples.
        size: Samples along each axis, multiples of 8.
        truncation: World units at which distances are cut off; a few times the spacing.
        weights: How far to trust each pixel, 0 for not at all; 1 where None.
        normals: World-space unit normals at the pixels: distances are then to the planes seen, and the blocks have
            gradients.
        colors: Colours at the pixels, whose means the blocks then have.
        free: Weight, 0 to 1, of the free space far before a surface.
        background: Weight of the free space that pixels without depth tell; as `free` where None, and with 0 they
            tell nothing.
        enough: Share of the views, 0 to 1, in which a sample must be hidden to be inside; in one view at least.

    Raises:
        ValueError: Sizes that do not fit one another, numbers out of range, or values that are not finite.
    """
    depth = _arrays.floats("depth", depth, -1, -1, -1)
    views, height, width = depth.shape
    background = free if background is None else background
    _check(cameras, depth, spacing, size, truncation, free, background, enough)
    pixels = (views, height, width)
    for name, each, shape in (("weights", weights, pixels), ("normals", normals, (*pixels, 3)),
                               ("colors", colors, (*pixels, 3))):  # fmt: skip
        if each is not None and each.shape != shape:
            raise ValueError(f"{name} of shape {each.shape}; expected {shape}, as the depth")
        if each is not None and not np.isfinite(each).all():
            raise ValueError(f"{name} that are not finite; expected numbers")
    if weights is not None and (weights < 0).any():
        raise ValueError("weights below 0; expected 0 for what is not to be trusted")
    carried = [each for each in (normals, colors) if each is not None]
    attributes = np.concatenate(carried, -1) if carried else np.zeros((0, 0, 0, 0), np.float32)
    channels = attributes.shape[-1]
    cosine = None if normals is None else cosines(cameras, normals)
    nothing = np.zeros(0, np.float32)
    count = [n // SIDE for n in size]
    index = np.empty(count, np.int32)

    given = (
        projections(cameras), depth,
        nothing if weights is None else _arrays.floats("weights", weights),
        nothing if cosine is None else cosine, _arrays.floats("attributes", attributes),
        np.asarray(origin, np.float64),
    )  # fmt: skip
    handle = _native.call(
        "fuse_depth_find", *given, index, views, height, width, channels,
        (weights is not None) + 2 * (cosine is not None) + 4 * bool(carried),
        int(cameras.projection == "perspective"), *count,
        max(1, math.ceil(enough * views)), float(spacing), float(truncation), float(truncation),
        float(free), float(background),
    )  # fmt: skip
    stored = index == 0
    blocks = int(stored.sum())
    index[stored] = np.arange(blocks)
    cube = (blocks, SIDE, SIDE, SIDE)
    values, said = np.empty(cube, np.float32), np.empty(cube, np.float32)
    means = np.empty((*cube, channels), np.float32)
    _native.call("fuse_depth_fill", handle, index, values, said, means)  # reads what was given
    place = (float(origin[0]), float(origin[1]), float(origin[2]))
    gradients = None if normals is None else np.ascontiguousarray(means[..., :3])
    mixed = None if colors is None else np.ascontiguousarray(means[..., -3:])
    return Blocks(index, values, said, float(truncation), place, float(spacing), gradients, mixed)


def cosines(
    cameras: Cameras, normals: Float32[np.ndarray, "views height width 3"]
) -> Float32[np.ndarray, "views height width"]:
    """World units that a step of one along the forward axis brings a point nearer to the plane at each pixel."""
    local = np.einsum("vij,vhwj->vhwi", cameras.world_to_camera[:, :3, :3], normals)
    toward = local[..., 2]
    if cameras.projection == "perspective":
        columns, rows = np.meshgrid(np.arange(cameras.width) + 0.5, np.arange(cameras.height) + 0.5)
        k = cameras.intrinsics[:, None, None]
        x, y = (columns - k[..., 0, 2]) / k[..., 0, 0], (rows - k[..., 1, 2]) / k[..., 1, 1]
        toward = local[..., 0] * x + local[..., 1] * y + toward
    known = (normals**2).sum(-1) > 0.25
    return np.ascontiguousarray(np.where(known, np.clip(-toward, STEEPEST, 1), 1), np.float32)


def _check(
    cameras: Cameras, depth: np.ndarray, spacing: float, size: tuple[int, int, int], truncation: float,
    free: float, background: float, enough: float,
) -> None:  # fmt: skip
    views, height, width = depth.shape
    if not views or (len(cameras), cameras.height, cameras.width) != (views, height, width) or not height * width:
        raise ValueError(
            f"{views} depth maps of {height} x {width} for {len(cameras)} cameras of {cameras.height} x "
            f"{cameras.width}; expected one of each camera's size, and a pixel at least"
        )
    if height * width >= 1 << 30:
        raise ValueError(f"depth maps of {height} x {width}; expected fewer than 2^30 pixels")
    if not (np.isfinite(depth).all() and (depth >= 0).all()):
        raise ValueError("depth below 0 or not finite; expected world units, 0 where nothing is seen")
    if not (np.isfinite(cameras.world_to_camera).all() and np.isfinite(cameras.intrinsics).all()):
        raise ValueError("cameras with numbers that are not finite; expected poses and intrinsics")
    if len(size) != 3 or any(n < SIDE or n % SIDE for n in size) or math.prod(n // SIDE for n in size) > LARGEST:
        raise ValueError(f"size {size}; expected three multiples of {SIDE}, {LARGEST:,} blocks at most")
    if not (0 < spacing < np.inf and 0 < truncation < np.inf):
        raise ValueError(f"spacing {spacing} and truncation {truncation}; expected world units above 0")
    if not (0 < free <= 1 and 0 <= background <= 1 and 0 <= enough <= 1):
        raise ValueError(
            f"free {free}, background {background}, enough {enough}; expected shares of 1, free above 0"
        )
