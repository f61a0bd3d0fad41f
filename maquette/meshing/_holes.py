"""Holes in a surface: small ones are filled, large ones named."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops.topology import components, half_edges, opposite_half_edges


def fill_holes(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    share: float,
    found: dict[str, Any],
) -> tuple[Float32[np.ndarray, "filled 3"], Int32[np.ndarray, "more 3"]]:
    """Close holes that are small or lie in the base with a fan around their centre.

    Where the fan would be half as large as the piece around the hole, that is a sheet and this its edge: it stays.

    Args:
        vertices: One a fan of faces: borders run through each vertex once.
        faces: Wound alike.
        share: Of the bounding box's diagonal, up to which an outline is small.
        found: Gains `holes_filled`, a count, and `holes_kept`, where and how wide the others are.
    """
    loops = border_loops(faces)
    if not loops:
        return vertices, faces
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
    for loop, closed in loops:
        outline = vertices[loop].astype(np.float64)
        after, centre = np.roll(outline, -1, 0), outline.mean(0)
        length = float(np.linalg.norm(after - outline, axis=1).sum())
        fan = float(np.linalg.norm(np.cross(outline - centre, after - centre), axis=1).sum())
        sheet = 2 * fan > around[piece[loop[0]]]
        small = length <= share * diagonal or (outline[:, 1] <= base).all()
        if not closed or sheet or not small:
            where = ", ".join(f"{x:.2g}" for x in centre)
            name = "the edge of a sheet" if sheet else "a hole"
            kept.append((length, f"{name} of {np.ptp(outline, axis=0).max():.2g} across at ({where})"))
            continue
        filled += 1
        if len(loop) == 3:
            triangles.append(np.array([loop[::-1]], np.int32))
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


def border_loops(faces: Int32[np.ndarray, "faces 3"]) -> list[tuple[list[int], bool]]:
    """The vertices of every border, as its faces' half-edges run, and whether it comes back to its start."""
    border = half_edges(faces)[opposite_half_edges(faces) < 0]
    following, loops = dict(border.tolist()), []
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != start and at in following:
            loop.append(at)
            at = following.pop(at)
        loops.append((loop, at == start))
    return loops
