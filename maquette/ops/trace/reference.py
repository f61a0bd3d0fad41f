"""The readable definition of `trace`: every query against every triangle, in double precision."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32

from maquette.ops.trace import Hits


def crossings(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    origins: Float32[np.ndarray, "queries 3"],
    directions: Float32[np.ndarray, "queries 3"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of every query's line with every face: whether they cross, the weights, the distance, the normal's cosine.

    Möller and Trumbore 1997, "Fast, minimum storage ray/triangle intersection".
    """
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    d = directions.astype(np.float64)[:, None]
    ab, ac, to = b - a, c - a, origins.astype(np.float64)[:, None] - a
    p, q = np.cross(d, ac), np.cross(to, ab)
    determinant = (p * ab).sum(-1)
    safe = np.where(determinant == 0, 1, determinant)
    b1, b2, t = (p * to).sum(-1) / safe, (d * q).sum(-1) / safe, (ac * q).sum(-1) / safe
    crossed = (determinant != 0) & (b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1)
    return crossed, np.stack([b1, b2], -1), t, -determinant


def first_hit(vertices, faces, origins, directions, limits=3e38) -> Hits:
    """As maquette.ops.trace.first_hit."""
    crossed, weights, t, _ = crossings(vertices, faces, origins, directions)
    return _least(crossed & (t >= 0), t, weights, limits)


def hit_along(vertices, faces, origins, directions, limits) -> Hits:
    """As maquette.ops.trace.hit_along."""
    crossed, weights, t, cosine = crossings(vertices, faces, origins, directions)
    return _least(crossed & (cosine > 0), t, weights, limits)


def nearest_point(vertices, faces, points, toward=None) -> Hits:
    """As maquette.ops.trace.nearest_point: the plane's point if it lies inside, else the nearest of the edges'."""
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    p = points.astype(np.float64)[:, None]
    normal = np.cross(b - a, c - a)
    candidates = [_on_edge(p, a, b, (0, 1)), _on_edge(p, a, c, (0, 2)), _on_edge(p, b, c, (1, 2))]
    area = (normal**2).sum(-1)
    safe = np.where(area == 0, 1, area)
    b1 = (np.cross(p - a, c - a) * normal).sum(-1) / safe
    b2 = (np.cross(b - a, p - a) * normal).sum(-1) / safe
    inside = (area > 0) & (b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1)
    candidates.append(np.where(inside[..., None], np.stack([b1, b2], -1), candidates[0]))
    weights = np.stack(candidates)
    at = a + weights[..., :1] * (b - a) + weights[..., 1:] * (c - a)
    distance = np.linalg.norm(at - p, axis=-1)
    best = distance.argmin(0)
    weights = np.take_along_axis(weights, best[None, ..., None], 0)[0]
    usable = np.ones(distance.shape[1:], bool)
    if toward is not None:
        usable = toward.astype(np.float64) @ normal.T > 0
    return _least(usable, distance.min(0), weights, 1e18)


def _on_edge(p: np.ndarray, start: np.ndarray, end: np.ndarray, corners: tuple[int, int]) -> np.ndarray:
    """Weights of corners 1 and 2 of the nearest point of an edge."""
    along = end - start
    square = (along**2).sum(-1)
    share = np.clip(((p - start) * along).sum(-1) / np.where(square == 0, 1, square), 0, 1)
    weights = np.zeros((*share.shape, 3))
    weights[..., corners[0]], weights[..., corners[1]] = 1 - share, share
    return weights[..., 1:]


def _least(usable: Bool[np.ndarray, "queries faces"], t: np.ndarray, weights: np.ndarray, limits) -> Hits:
    away = np.where(usable, np.abs(t), np.inf)
    best, rows = away.argmin(1), np.arange(len(away))
    hit = away[rows, best] <= np.broadcast_to(limits, len(away))
    return Hits(
        np.where(hit, best, -1).astype(np.int32),
        np.where(hit[:, None], weights[rows, best], 0).astype(np.float32),
        np.where(hit, t[rows, best], 0).astype(np.float32),
    )
