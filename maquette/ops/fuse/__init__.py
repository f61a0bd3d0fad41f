"""Views of one object, with outlines and depth, to a signed field on a grid."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras
from maquette.ops import _arrays, _native


def outline_distance(
    alpha: Float32[np.ndarray, "views height width"], reach: float, scale: int = 1
) -> Float32[np.ndarray, "views tall wide"]:
    """Signed distance to the outline where bilinear coverage is one half, to a fraction of a pixel.

    Args:
        alpha: Coverage in [0, 1]; beyond the image it is 0.
        reach: Pixels; further away the distance stays at plus or minus this.
        scale: Samples per pixel along each axis.

    Returns:
        Pixels of `alpha`, negative inside; `scale` times as tall and wide.

    Raises:
        ValueError: The coverage has another shape, or the scale is below 1.
    """
    alpha = _arrays.floats("alpha", alpha, -1, -1, -1)
    if scale < 1:
        raise ValueError(f"scale {scale}; expected 1 sample per pixel or more")
    views, height, width = alpha.shape
    out = np.empty((views, height * scale, width * scale), np.float32)
    _native.call("outline", alpha, out, views, height, width, scale, float(reach))
    return out


def fuse(
    cameras: Cameras,
    outlines: Float32[np.ndarray, "views tall wide"],
    planes: Float32[np.ndarray, "views height width 5"],
    origin: tuple[float, float, float],
    spacing: float,
    size: int,
    truncation: float,
    slack: float = 1.0,
    lag: float = 0.0,
    prior: float = 1e-3,
) -> tuple[Float32[np.ndarray, "size size size"], Float32[np.ndarray, "size size size"]]:
    """Fuse outlines and depth planes into one truncated signed distance, negative inside.

    The weighted mean of each view's distances to the surface that it sees (Curless and Levoy 1996, "A volumetric
    method for building complex models from range images"), where outlines have a say too: a point outside one, by
    more than the slack, is outside. A view says less and less about what lies behind what it sees, and
    nothing about what is outside its image. `reference.py` defines the sums.

    Args:
        cameras: Pose, intrinsics and size of the views.
        outlines: Pixels to the outline in each view, negative inside (`outline_distance`); whole multiples of the
            cameras' height and width.
        planes: The surface seen at each pixel: depth at its centre, depth's slope to the right and down (world
            units per pixel), the cosine between normal and ray, and a weight, 0 where nothing is seen.
        origin: World position of sample (0, 0, 0).
        spacing: World units between samples.
        size: Samples along each axis.
        truncation: World units at which distances are cut off.
        slack: Pixels by which an outline can be outvoted.
        lag: World units behind a surface at which a view's word begins to fade; over the truncation it fades away.
            Larger fits noisy depth, smaller thin parts.
        prior: Weight of the presumption that what no view sees is inside.

    Returns:
        The field, and the outlines' own: the distance to the visual hull, without slack. Both truncated.

    Raises:
        ValueError: Arrays that do not fit one another, or numbers out of range.
    """
    shape = (len(cameras), cameras.height, cameras.width)
    planes, intrinsics = _arrays.floats("planes", planes, *shape, 5), _arrays.poses_and_intrinsics(cameras)[1]
    scale = outlines.shape[-1] // max(cameras.width, 1)
    if scale < 1 or outlines.shape != (len(cameras), cameras.height * scale, cameras.width * scale):
        raise ValueError(
            f"outlines of {outlines.shape} for cameras of {shape}; expected whole multiples of the size"
        )
    if size < 1 or not (0 < spacing < np.inf and 0 < truncation < np.inf):
        raise ValueError(f"size {size}, spacing {spacing}, truncation {truncation}; expected numbers above 0")
    field, hull = np.empty((size, size, size), np.float32), np.empty((size, size, size), np.float32)
    _native.call(
        "fuse", projections(cameras), _arrays.floats("outlines", outlines), planes, np.asarray(origin, np.float64),
        np.ascontiguousarray(intrinsics[:, 0, 0]), field, hull, *shape, scale,
        int(cameras.projection == "perspective"), size, float(spacing), float(truncation), float(slack),
        float(lag), float(prior),
    )  # fmt: skip
    return field, hull


def projections(cameras: Cameras) -> Float32[np.ndarray, "views 3 4"]:
    """Matrices from world to pixel x, pixel y and depth; in perspective divide the first two by the last."""
    k = cameras.intrinsics.astype(np.float64)
    out = cameras.world_to_camera[:, :3].astype(np.float64)
    pixels = out[:, :2] * k[:, [0, 1], [0, 1]][..., None]
    if cameras.projection == "perspective":
        pixels += out[:, 2:] * k[:, :2, 2:]
    else:
        pixels[..., 3] += k[:, :2, 2]
    return np.concatenate([pixels, out[:, 2:]], 1).astype(np.float32)
