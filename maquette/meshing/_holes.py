"""Holes in a surface: small ones are filled, large ones named."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops.topology import components, half_edges, opposite_half_edges

_THIN = 1e-6
"""Of the extent: holes less wide are slits, where one face has a vertex in the middle of another's edge."""


def fill_holes(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    share: float,
    found: dict[str, Any],
) -> tuple[Float32[np.ndarray, "filled 3"], Int32[np.ndarray, "more 3"]]:
    """Close holes that are small or lie in the base with a fan around their centre, slits without a new vertex.

    Where the fan would be half as large as the piece around the hole, that is a sheet and this its edge: it stays.

    Args:
        vertices: One a fan of faces: borders run through each vertex once.
        faces: Wound alike.
        share: Of the bounding box's diagonal, up to which an outline is small.
        found: Gains `holes_filled`, a count, and `holes_kept`, where and how wide the others are.
    """
    edges = half_edges(faces)
    border = edges[opposite_half_edges(faces) < 0]
    if not len(border):
        return vertices, faces
    on_border = np.zeros(len(vertices), bool)
    on_border[border] = True
    joined = {(min(a, b), max(a, b)) for a, b in edges[on_border[edges].all(1)].tolist()}
    following = {int(start): int(end) for start, end in border}
    extent = vertices.max(0) - vertices.min(0)
    diagonal, base = float(np.linalg.norm(extent)), float(vertices[:, 1].min() + 0.02 * extent[1])
    label = components(faces)
    corner = vertices[faces].astype(np.float64)
    size = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=-1)
    piece = np.zeros(len(vertices), np.int64)
    piece[faces.ravel()] = np.repeat(label, 3)
    around = np.bincount(label, size)  # twice the area of each piece
    points, triangles, kept = [vertices], [faces], []
    count, filled = len(vertices), 0
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != start and at in following:
            loop.append(at)
            at = following.pop(at)
        outline = vertices[loop].astype(np.float64)
        after, centre = np.roll(outline, -1, 0), outline.mean(0)
        length = float(np.linalg.norm(after - outline, axis=1).sum())
        fan = float(np.linalg.norm(np.cross(outline - centre, after - centre), axis=1).sum())
        sheet = 2 * fan > around[piece[start]]
        slit = fan <= _THIN * float(extent.max()) * length
        small = slit or length <= share * diagonal or (outline[:, 1] <= base).all()
        if at != start or sheet or not small:
            where = ", ".join(f"{x:.2g}" for x in centre)
            name = "the edge of a sheet" if sheet else "a hole"
            kept.append((length, f"{name} of {np.ptp(outline, axis=0).max():.2g} across at ({where})"))
            continue
        filled += 1
        if slit or len(loop) == 3:
            end = int(np.argmax(np.linalg.norm(outline - centre, axis=1)))
            first, *others = loop[end:] + loop[:end]
            across = {(min(first, other), max(first, other)) for other in others[1:-1]}
            if joined.isdisjoint(across):
                joined |= across
                triangles.append(np.array([[b, a, first] for a, b in pairwise(others)], np.int32))
                continue
        points.append(centre[None].astype(np.float32))
        hub = np.full(len(loop), count)
        triangles.append(np.stack([np.roll(loop, -1), loop, hub], -1).astype(np.int32))
        count += 1
    if filled:
        found["holes_filled"] = filled
    if kept:
        found["holes_kept"] = [name for _, name in sorted(kept, key=lambda hole: -hole[0])]
    return np.concatenate(points), np.concatenate(triangles)
