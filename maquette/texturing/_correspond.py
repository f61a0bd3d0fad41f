"""Which point of a source surface each point of a simpler one stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from maquette.artifacts import Mesh
from maquette.ops import corner_normals, interpolate_at
from maquette.ops.trace import Hits, Tree, hit_along, nearest_point
from maquette.texturing._surface import unit

_WALL = 0.015
"""Share of the diagonal through which a ray looks in any case: walls may be thinner than what decimation moved."""


@dataclass(frozen=True, eq=False)
class Cage:
    """The rays of a simpler mesh: continuous over creases and seams, each as long as it need be."""

    values: Float32[np.ndarray, "faces 3 6"]
    """Position and direction at each face's corners."""
    reach: Float32[np.ndarray, "faces"]
    """World units, either way."""


def cage(low: Mesh, tree: Tree) -> Cage:
    """Rays along averaged normals, which reach twice as far as the source is away where the face was measured."""
    corners = low.vertices[low.faces]
    direction = corner_normals(low.vertices, low.faces, 180.0)
    flat = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    lost = ~direction.any(-1)
    direction[lost] = np.broadcast_to(
        np.where(flat.any(-1, keepdims=True), flat, [0, 1, 0])[:, None], corners.shape
    )[lost]
    extent = float(np.linalg.norm(np.ptp(low.vertices, axis=0)))
    mids = (corners + np.roll(corners, -1, 1)) / 2
    probes = np.concatenate([low.vertices, mids.reshape(-1, 3), corners.mean(1)])
    away = nearest_point(tree, probes, limits=0.25 * extent)
    away = np.where(away.face >= 0, away.distance, 0.25 * extent)
    at_vertex, at_mid, at_centre = np.split(away, np.cumsum([len(low.vertices), mids.shape[0] * 3]))
    farthest = np.max([at_vertex[low.faces].max(1), at_mid.reshape(-1, 3).max(1), at_centre], 0)
    reach = 2 * farthest + _WALL * extent
    return Cage(np.concatenate([corners, direction], -1), reach.astype(np.float32))


def correspond(
    rays: Cage, tree: Tree, face: Int32[np.ndarray, "points"], barycentric: Float32[np.ndarray, "points 2"]
) -> tuple[Hits, Bool[np.ndarray, "points"]]:
    """For points of the simpler mesh, points of the source, and whether those show their back.

    The nearest crossing of the ray, inwards or outwards, of a face that turns the same way: the inside of a thin
    wall never counts. Where there is none, the nearest point that turns the same way; and where that is much
    farther off than what turns the other way, as behind an open sheet, the other side.
    """
    values = interpolate_at(face, barycentric, rays.values)
    points, directions, reach = values[:, :3], unit(values[:, 3:]), rays.reach[face]
    directions[~directions.any(-1)] = (0, 1, 0)
    hits = hit_along(tree, points, directions, reach)
    backward = np.zeros(len(points), bool)
    missed = np.flatnonzero(hits.face < 0)
    if len(missed):
        points, directions, reach = points[missed], directions[missed], reach[missed]
        anyway = nearest_point(tree, points)
        alike = nearest_point(tree, points, directions, limits=2 * anyway.distance + reach)
        other = alike.face < 0
        chosen = [
            np.where(other.reshape(-1, *[1] * (a.ndim - 1)), b, a)
            for a, b in zip(_parts(alike), _parts(anyway), strict=True)
        ]
        for whole, part in zip(_parts(hits), chosen, strict=True):
            whole[missed] = part
        backward[missed] = other
    return hits, backward


def _parts(hits: Hits) -> tuple[np.ndarray, ...]:
    return hits.face, hits.barycentric, hits.distance
