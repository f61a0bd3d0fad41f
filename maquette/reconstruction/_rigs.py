"""Where a rig of cameras looks, and which way is up in it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

_ROUNDS = 30


def rays(
    world_to_camera: Float[np.ndarray, "views 4 4"],
    intrinsics: Float[np.ndarray, "views 3 3"],
    pixels: Float[np.ndarray, "views 2"],
) -> Float64[np.ndarray, "views 3"]:
    """Unit directions in the world through one pixel of each view."""
    k = np.asarray(intrinsics, np.float64)
    local = np.concatenate([(pixels - k[:, :2, 2]) / k[:, [0, 1], [0, 1]], np.ones((len(k), 1))], -1)
    out = np.einsum("vij,vi->vj", np.asarray(world_to_camera, np.float64)[:, :3, :3], local)
    return out / np.linalg.norm(out, axis=-1, keepdims=True)


def meeting_point(
    origins: Float[np.ndarray, "views 3"], directions: Float[np.ndarray, "views 3"]
) -> tuple[Float64[np.ndarray, "3"], float]:
    """The point whose distances to the lines have the least sum, and how far apart the lines' directions are.

    Least squares, reweighted by the inverse distances (Weiszfeld 1937), so that a few wrong lines change little.

    Returns:
        The point, and 0 for parallel lines up to 2/3 for lines from everywhere.
    """
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    spread = float(np.linalg.eigvalsh(across.mean(0))[0])
    extent = max(float(np.ptp(origins, axis=0).max()), 1e-12)
    weight = np.ones(len(origins))
    point = origins.mean(0)
    for _ in range(_ROUNDS):
        normal = np.einsum("v,vij->ij", weight, across)
        right = np.einsum("v,vij,vj->i", weight, across, origins)
        point = np.linalg.lstsq(normal, right, rcond=1e-9)[0]
        away = np.linalg.norm(np.einsum("vij,vj->vi", across, point - origins), axis=-1)
        weight = 1 / np.maximum(away, 1e-4 * extent)
    return point, spread


def upright(world_to_camera: Float[np.ndarray, "views 4 4"]) -> Float64[np.ndarray, "3"]:
    """The direction that most cameras are held upright to, some perhaps turned on their side.

    A camera held level has its right axis level; one turned by a quarter has its down axis level. What makes
    these so, for most views, and has most cameras' tops up, is up.
    """
    pose = np.asarray(world_to_camera, np.float64)[:, :3, :3]
    right, top = pose[:, 0], -pose[:, 1]
    candidates = _sphere(4000)
    for reach in (0.0, 0.05, 0.01):  # then nearer and nearer around the best
        if reach:
            candidates = candidates[:1] + reach * _sphere(400)
            candidates /= np.linalg.norm(candidates, axis=-1, keepdims=True)
        level = np.minimum(np.abs(candidates @ right.T), np.abs(candidates @ top.T) + 0.15)
        cost = level.mean(-1) - 0.2 * (candidates @ top.T).mean(-1)
        candidates = candidates[np.argsort(cost)]
    return candidates[0]


def _sphere(count: int) -> Float64[np.ndarray, "count 3"]:
    """Directions spread evenly: Fibonacci's lattice."""
    i = np.arange(count) + 0.5
    z, angle = 1 - 2 * i / count, np.pi * (1 + 5**0.5) * i
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], -1)
