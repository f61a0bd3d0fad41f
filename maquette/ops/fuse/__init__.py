"""Views of one object, with outlines and depth, to a signed field on a grid."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras
from maquette.ops import _native


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
    """
    views, height, width = alpha.shape
    out = np.empty((views, height * scale, width * scale), np.float32)
    _native.call("outline", np.ascontiguousarray(alpha), out, views, height, width, scale, reach)
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
    """
    field, hull = np.empty((size, size, size), np.float32), np.empty((size, size, size), np.float32)
    views, height, width = planes.shape[:3]
    _native.call(
        "fuse", projections(cameras), np.ascontiguousarray(outlines), np.ascontiguousarray(planes),
        np.asarray(origin, np.float64), np.ascontiguousarray(cameras.intrinsics[:, 0, 0]), field, hull, views,
        height, width, outlines.shape[1] // height, int(cameras.projection == "perspective"), size, spacing,
        truncation, slack, lag, prior,
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
