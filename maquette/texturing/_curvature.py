"""Curvature over an atlas: how a source's surface bends, at one scale, convex bright."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int32
from scipy.ndimage import gaussian_filter, map_coordinates

from maquette.artifacts import Mesh
from maquette.ops import fill_nearest, interpolate_at
from maquette.ops.trace import Tree
from maquette.texturing._correspond import Cage, correspond
from maquette.texturing._surface import Surface
from maquette.texturing._texels import covered

SCALE = 0.01
"""Deviation of the Gaussian that curvature is averaged with, as a share of the source's diagonal."""
SHARP = float(np.sqrt(2 * np.pi) / 8)
"""Mean curvature, times that deviation, on a straight edge of 90 degrees."""
_CELLS = 1.5
"""Cells of the grid to a deviation."""
_REACH = 4.0
"""Deviations at which the Gaussian ends."""


def baked_curvature(
    surface: Surface, tree: Tree, rays: Cage, uv: Float32[np.ndarray, "faces 3 2"], size: int
) -> Float32[np.ndarray, "size size"]:
    """Curvature at each texel's point of the source: 0.5 is flat, 1 an edge of 90 degrees, 0 such a groove."""
    texels = covered(uv, size)
    hits, backward = correspond(rays, tree, texels.face, texels.barycentric)
    mesh = surface.asset.mesh
    points = interpolate_at(hits.face, hits.barycentric, mesh.vertices[mesh.faces])
    deviation = SCALE * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    bent = mean_curvature(mesh, points, deviation) * deviation / SHARP * np.where(backward, -1, 1)
    image, known = np.zeros((size * size, 1), np.float32), np.zeros(size * size, bool)
    image[texels.index, 0] = np.clip(0.5 + 0.5 * bent, 0, 1)
    known[texels.index] = True
    return fill_nearest(image.reshape(size, size, 1), known.reshape(size, size), in_place=True)[..., 0]


def mean_curvature(
    mesh: Mesh, points: Float32[np.ndarray, "points 3"], deviation: float
) -> Float64[np.ndarray, "points"]:
    """Mean curvature around points of a mesh, per world unit, positive where it is convex.

    The measure of Cohen-Steiner and Morvan (2003, "Restricted Delaunay triangulations and normal cycle"): edges
    hold their length times half the angle by which the surface turns there. Edges and area are both averaged with
    a Gaussian, on a grid, and divided. Edges that do not join two faces hold none.

    Args:
        deviation: Of the Gaussian, in world units; at least 1/1000 of the mesh's diagonal.
    """
    low, high = mesh.vertices.min(0).astype(np.float64), mesh.vertices.max(0).astype(np.float64)
    cell = max(deviation, 1e-3 * float(np.linalg.norm(high - low)), 1e-12) / _CELLS
    margin = int(np.ceil(_REACH * _CELLS)) + 1
    shape = tuple(int(size) for size in np.ceil((high - low) / cell) + 2 * margin + 1)

    def averaged(places: np.ndarray, weights: np.ndarray) -> np.ndarray:
        grid = _spread((places - low) / cell + margin, weights, shape)
        return gaussian_filter(grid, _CELLS, mode="constant", truncate=_REACH)

    bent, area = averaged(*_edges(mesh, cell)), averaged(*_areas(mesh, cell))
    at = ((points - low) / cell + margin).T
    over, under = (map_coordinates(grid, at, order=1, mode="nearest") for grid in (bent, area))
    return np.divide(over, under, out=np.zeros_like(over), where=under > 1e-12 * max(float(area.max()), 1e-300))


def _edges(mesh: Mesh, spacing: float) -> tuple[Float64[np.ndarray, "samples 3"], Float64[np.ndarray, "samples"]]:
    """Samples along the edges, and what each holds: length times half the angle, positive where convex."""
    vertices, faces = _welded(mesh)
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals = normals / np.maximum(size, 1e-300)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    usable = (size[:, 0] > 0)[owner]
    ends, owner = ends[usable], owner[usable]
    _, first, inverse, count = np.unique(
        np.sort(ends, 1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    inverse = inverse.reshape(-1)
    second = np.zeros(len(first), np.int64)
    second[inverse] = np.arange(len(ends))  # the last of each; of two, the other one
    two = (count == 2) & (ends[first, 0] == ends[second, 1])  # wound alike: each runs along it the other way
    a, b = normals[owner[first[two]]], normals[owner[second[two]]]
    start, end = vertices[ends[first[two], 0]], vertices[ends[first[two], 1]]
    along = end - start
    length = np.linalg.norm(along, axis=-1)
    turn = np.arctan2((np.cross(a, b) * along).sum(-1) / np.maximum(length, 1e-300), (a * b).sum(-1))
    pieces = _pieces(length / spacing)
    edge = np.repeat(np.arange(len(length)), pieces)
    step = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[edge]
    return start[edge] + step[:, None] * along[edge], (0.5 * turn * length / pieces)[edge]


def _areas(mesh: Mesh, spacing: float) -> tuple[Float64[np.ndarray, "samples 3"], Float64[np.ndarray, "samples"]]:
    """Samples over the faces, and the area that each stands for."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.linalg.norm(np.cross(ab, ac), axis=-1) / 2
    pieces = _pieces(4 * area / spacing**2)
    face = np.repeat(np.arange(len(area)), pieces)
    count = np.arange(len(face)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    # A sequence that covers evenly (Roberts 2018, R2), folded into the triangle.
    u, v = ((0.5 + count * step) % 1 for step in (0.7548776662466927, 0.5698402909980532))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    single = pieces[face] == 1
    u, v = np.where(single, 1 / 3, u), np.where(single, 1 / 3, v)
    return corners[face, 0] + u[:, None] * ab[face] + v[:, None] * ac[face], (area / pieces)[face]


def _pieces(wanted: np.ndarray, most: int = 4_000_000) -> np.ndarray:
    """Into how many pieces each is cut: as many as wanted, but few millions in all."""
    wanted = np.nan_to_num(wanted, posinf=most)
    wanted = wanted * min(1.0, most / max(float(wanted.sum()), 1.0))
    return np.maximum(np.ceil(wanted), 1).astype(np.int64)


def _welded(mesh: Mesh) -> tuple[Float64[np.ndarray, "places 3"], Int32[np.ndarray, "faces 3"]]:
    """Vertices at one place made one: seams are no edges of the surface."""
    places, which = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return places.astype(np.float64), which.reshape(-1)[mesh.faces].astype(np.int32)


def _spread(at: np.ndarray, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Weights at places in a grid, each shared among the eight nodes around it."""
    base = np.floor(at).astype(np.int64)
    part = at - base
    out = np.zeros(int(np.prod(shape)))
    for corner in np.ndindex(2, 2, 2):
        share = np.where(corner, part, 1 - part).prod(-1)
        out += np.bincount(np.ravel_multi_index((base + corner).T, shape), weights * share, len(out))
    return out.reshape(shape)
