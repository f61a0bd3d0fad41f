"""Pieces that nobody wants: specks beside an object, and what is hidden inside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int32

from maquette.ops.topology import components, opposite_half_edges, select

SPECK_WIDTH, SPECK_AREA = 0.01, 1e-4
"""Shares of the diagonal and of the area below which a piece is a speck."""
_MOST_SPECKS = 0.01  # of the area: beyond that they are the object, such as a tree's leaves
_MOST_WORK = 2e8  # solid angles: beyond that pieces are left uninspected

Arrays = tuple[Float32[np.ndarray, "vertices 3"], Int32[np.ndarray, "faces 3"]]


def without_floaters(vertices: np.ndarray, faces: np.ndarray, found: dict[str, Any]) -> Arrays:
    """Remove pieces that are tiny beside the whole, unless they add up to something; `floaters` counts them."""
    label = components(faces)
    count = int(label.max()) + 1
    if count == 1:
        return vertices, faces
    low, high = boxes(vertices, faces, label, count)
    area = np.bincount(label, _twice_areas(vertices, faces))
    width = np.linalg.norm(high - low, axis=1)
    whole = float(np.linalg.norm(high.max(0) - low.min(0)))
    speck = (width < SPECK_WIDTH * whole) & (area < SPECK_AREA * area.sum())
    if not speck.any() or area[speck].sum() > _MOST_SPECKS * area.sum():
        return vertices, faces
    found["floaters"] = int(speck.sum())
    return select(vertices, faces, ~speck[label])


def without_inner_shells(vertices: np.ndarray, faces: np.ndarray, found: dict[str, Any]) -> Arrays:
    """Remove pieces that lie wholly inside closed ones; `inner_shells` counts them.

    A point is inside where the faces around it wind about it: Jacobson et al. 2013, "Robust inside-outside
    segmentation using generalized winding numbers", equation 5.
    """
    label = components(faces)
    count = int(label.max()) + 1
    if count == 1:
        return vertices, faces
    low, high = boxes(vertices, faces, label, count)
    opened = np.bincount(label, (opposite_half_edges(faces) < 0).reshape(-1, 3).any(1), count) > 0
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[order], np.arange(count + 1))
    hidden, work = np.zeros(count, bool), 0.0
    sizes = np.linalg.norm(high - low, axis=1)
    by_low = np.argsort(low[:, 0], kind="stable")
    lows = low[by_low, 0]
    for outer in np.argsort(-sizes, kind="stable"):
        if opened[outer]:
            continue
        first, last = np.searchsorted(lows, [low[outer, 0], np.nextafter(high[outer, 0], np.inf)])
        near = np.sort(by_low[first:last])  # what begins where the piece is, along x
        inside = (low[near] >= low[outer]).all(1) & (high[near] <= high[outer]).all(1)
        within = near[inside & ~hidden[near] & (near != outer)]
        if not len(within):
            continue
        shell = vertices[faces[order[starts[outer] : starts[outer + 1]]]].astype(np.float64)
        for inner in within:
            own = order[starts[inner] : starts[inner + 1]]
            points = vertices[faces[own[:: max(1, len(own) // 8)]][:8]].astype(np.float64).mean(1)
            work += len(points) * len(shell)
            if work > _MOST_WORK:
                break
            hidden[inner] = bool((np.abs(_winding(points, shell)) > 0.9).all())
    if not hidden.any():
        return vertices, faces
    found["inner_shells"] = int(hidden.sum())
    return select(vertices, faces, ~hidden[label])


def _winding(
    points: Float[np.ndarray, "points 3"], triangles: Float[np.ndarray, "triangles 3 3"]
) -> Float[np.ndarray, "points"]:
    """How often a surface winds around each point (van Oosterom and Strackee 1983 for the solid angles)."""
    out = np.zeros(len(points))
    for i, point in enumerate(points):
        a, b, c = (triangles[:, k] - point for k in range(3))
        x, y, z = (np.linalg.norm(side, axis=1) for side in (a, b, c))
        above = np.einsum("ti,ti->t", a, np.cross(b, c))
        below = x * y * z + (a * b).sum(1) * z + (b * c).sum(1) * x + (c * a).sum(1) * y
        out[i] = np.arctan2(above, below).sum() / (2 * np.pi)
    return out


def _twice_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corner = vertices.astype(np.float64)[faces]
    return np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=-1)


def boxes(
    vertices: np.ndarray, faces: np.ndarray, label: np.ndarray, count: int
) -> tuple[Float[np.ndarray, "pieces 3"], Float[np.ndarray, "pieces 3"]]:
    """The lowest and highest corner of each piece."""
    corner = vertices[faces].astype(np.float64)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, label, corner.min(1))
    np.maximum.at(high, label, corner.max(1))
    return low, high
