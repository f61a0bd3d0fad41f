"""Any triangle mesh to a closed, manifold one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Int, Int32
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError
from maquette.meshing._remesh import remesh
from maquette.ops.topology import (
    components,
    fans,
    half_edges,
    is_closed_manifold,
    opposite_half_edges,
    select,
    signed_volumes,
)


@dataclass(frozen=True)
class Repair:
    """Makes a user's mesh closed and manifold, changing as little as that allows.

    Vertices that share a position become one, duplicate faces go, sheets that meet in one edge or vertex part,
    faces turn the same way and outwards, small holes and open bottoms are filled. Where that does not close the
    mesh, its surface is made anew on a grid: what cannot be seen from outside becomes solid, open sheets become
    thin walls.
    """

    hole_share: float = 0.3
    """Holes with an outline up to this share of the bounding box's diagonal are filled."""
    resolution: int = 128
    """Grid cells along the longest side, where the surface must be made anew."""
    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh) -> Mesh:
        """Repair the mesh.

        Raises:
            InputError: The mesh has no faces, no area, or coordinates or indices that cannot be.
        """
        check_mesh(mesh)
        if is_closed_manifold(mesh.vertices, mesh.faces) and _volume(mesh.vertices, mesh.faces) > 0:
            return mesh
        vertices, faces = weld(mesh.vertices, mesh.faces)
        if not len(faces):
            raise InputError("the mesh has no face with an area; expected a surface: export it again")
        vertices, faces = _part_sheets(vertices, faces)
        faces = _turn_outwards(vertices, _wind_alike(faces))
        vertices, faces = _fill_holes(vertices, faces, self.hole_share)
        diagonal = float(np.linalg.norm(vertices.max(0) - vertices.min(0)))
        # Closed around nothing, like the two sides of a sheet of paper, is not enough.
        if not is_closed_manifold(vertices, faces) or _volume(vertices, faces) < 1e-6 * diagonal**3:
            vertices, faces = remesh(*weld(mesh.vertices, mesh.faces), self.resolution)
        colors = None
        if mesh.vertex_colors is not None:
            colors = mesh.vertex_colors[KDTree(mesh.vertices).query(vertices, workers=-1)[1]]
        return Mesh(vertices, faces, colors)


def _volume(vertices: Float32[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> float:
    return float(signed_volumes(vertices, faces, np.zeros(len(faces), np.int64))[0])


def weld(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[Float32[np.ndarray, "welded 3"], Int32[np.ndarray, "kept 3"]]:
    """Merge vertices that agree to a millionth of the extent; drop faces without three corners, and duplicates."""
    low = vertices.min(0).astype(np.float64)
    extent = max(float((vertices.max(0) - low).max()), 1e-30)
    cell = np.rint((vertices - low) / extent * 1e6).astype(np.int64)
    key = (cell[:, 0] << 42) | (cell[:, 1] << 21) | cell[:, 2]
    first, index = np.unique(key, return_index=True, return_inverse=True)[1:]
    faces = index.reshape(-1)[faces].astype(np.int32)
    faces = faces[(faces != np.roll(faces, 1, 1)).all(1)]
    corners = np.sort(faces, 1).astype(np.int64)
    order = np.lexsort(corners.T)
    repeated = np.zeros(len(faces), bool)
    repeated[order[1:]] = (corners[order][1:] == corners[order][:-1]).all(1)
    return select(vertices[first], faces, ~repeated)


def _part_sheets(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> tuple[Float32[np.ndarray, "parted 3"], Int32[np.ndarray, "faces 3"]]:
    """Give each fan of faces its own vertex, so that surfaces that only touch come apart."""
    fan = fans(faces)
    source = np.zeros(int(fan.max()) + 1, np.int64)
    source[fan.ravel()] = faces.ravel()
    return vertices[source], fan.astype(np.int32)


def _wind_alike(faces: Int32[np.ndarray, "faces 3"]) -> Int32[np.ndarray, "faces 3"]:
    """Turn faces over until neighbours agree; a surface with one side only stays as it is.

    Each face stands in a graph twice, as it is and turned over, linked to what it agrees with across its edges.
    """
    edges, opposite = half_edges(faces), opposite_half_edges(faces)
    a = np.flatnonzero(opposite > np.arange(len(opposite)))
    b = opposite[a]
    against = edges[a, 0] == edges[b, 0]
    f, g, count = a // 3, b // 3, len(faces)
    rows = np.concatenate([f, f + count])
    columns = np.concatenate([g + count * against, g + count * ~against])
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(2 * count, 2 * count))
    label = connected_components(graph, directed=False)[1]
    as_is, turned = label[:count], label[count:]
    out = faces.copy()
    flip = turned < as_is  # of a pair of mirror components, the one found first is kept
    out[flip] = out[flip, ::-1]
    return out


def _turn_outwards(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> Int32[np.ndarray, "faces 3"]:
    """Turn over each component that encloses a negative volume."""
    label = components(faces)
    corner = vertices.astype(np.float64)[faces]
    # About the component's own centre, an open one says as much as it can.
    size = np.bincount(label)
    centre = np.stack([np.bincount(label, corner.mean(1)[:, axis]) / size for axis in range(3)], -1)
    corner -= centre[label][:, None]
    volume = np.bincount(label, np.linalg.det(corner))
    out = faces.copy()
    flip = volume[label] < 0
    out[flip] = out[flip, ::-1]
    return out


def _fill_holes(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], share: float
) -> tuple[Float32[np.ndarray, "filled 3"], Int32[np.ndarray, "more 3"]]:
    """Close holes that are small or lie in the base with a fan around their centre."""
    border = half_edges(faces)[opposite_half_edges(faces) < 0]
    if not len(border):
        return vertices, faces
    following = {int(start): int(end) for start, end in border}
    extent = vertices.max(0) - vertices.min(0)
    diagonal, base = float(np.linalg.norm(extent)), float(vertices[:, 1].min() + 0.02 * extent[1])
    points, triangles = [vertices], [faces]
    count = len(vertices)
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != start and at in following:
            loop.append(at)
            at = following.pop(at)
        outline = vertices[loop]
        length = float(np.linalg.norm(outline - np.roll(outline, 1, 0), axis=1).sum())
        if at != start or not (length <= share * diagonal or (outline[:, 1] <= base).all()):
            continue
        points.append(outline.mean(0, keepdims=True))
        hub = np.full(len(loop), count)
        triangles.append(np.stack([np.roll(loop, -1), loop, hub], -1).astype(np.int32))
        count += 1
    return np.concatenate(points), np.concatenate(triangles)
