"""Distances between two surfaces, each of which stands as points drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, PointCloud
from maquette.errors import InputError

CANDIDATES = 4
"""Points whose triangles are tried for the nearest place of a surface."""
_MORE, _FARTHEST = 64, 256  # candidates for so many of the farthest points, on which the Hausdorff distance hangs


@dataclass(frozen=True)
class Surface:
    """Points spread evenly over a surface, with what is known of the surface around each."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"] | None
    """Unit, of the triangle or as the point cloud has them."""
    triangles: Float[np.ndarray, "points 3 3"] | None = None
    """The triangle that each point was drawn from; None for a point cloud."""
    vertices: Float[np.ndarray, "vertices 3"] | None = None
    """The mesh's own vertices, where the farthest points of a surface often are."""
    missed: Surface | None = None
    """The centres of the triangles from which no point was drawn, for whoever looks for the nearest."""

    def whole(self) -> Surface:
        """All triangles: the points drawn, then those missed."""
        if self.missed is None:
            return self
        both = zip(self._arrays(), self.missed._arrays(), strict=True)
        points, normals, triangles = (np.concatenate(pair) for pair in both)
        return Surface(points, normals, triangles, self.vertices)

    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        assert self.normals is not None
        assert self.triangles is not None
        return self.points, self.normals, self.triangles


@dataclass(frozen=True)
class Distances:
    """From every point of one surface to the nearest place of another."""

    points: Float[np.ndarray, "points"]
    vertices: Float[np.ndarray, "vertices"]
    """The same from the mesh's vertices; empty for a point cloud."""
    cosines: Float[np.ndarray, "points"] | None
    """Between each point's normal and the normal there, without sign; None where one side has no normals."""

    @property
    def farthest(self) -> float:
        """The one-sided Hausdorff distance, as far as points and vertices find it."""
        return float(max(self.points.max(), self.vertices.max(initial=0)))


def sampled(shape: Mesh | PointCloud, count: int, seed: int = 0) -> Surface:
    """Points drawn evenly over a mesh by area, or from a point cloud without repetition.

    Args:
        count: Points to draw; a point cloud with fewer gives all that it has.

    Raises:
        InputError: The mesh has no area.
    """
    rng = np.random.default_rng(seed)
    if isinstance(shape, PointCloud):
        points = shape.points.astype(np.float64)
        chosen = np.arange(len(points))
        if len(points) > count:
            chosen = np.sort(rng.choice(len(points), count, replace=False))
        normals = None if shape.normals is None else _unit(shape.normals[chosen].astype(np.float64))
        return Surface(points[chosen], normals)
    corners = shape.vertices[shape.faces].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    upto = np.cumsum(np.linalg.norm(cross, axis=-1))
    if not upto[-1] > 0:
        raise InputError("a mesh whose triangles have no area; expected a surface: export it again")
    # One point in each of so many equal parts of the area: more even than independent draws.
    where = (np.arange(count) + rng.random(count)) * (upto[-1] / count)
    face = np.minimum(np.searchsorted(upto, where, side="right"), len(upto) - 1)
    u, v = rng.random((2, count, 1))
    u, v = np.where(u + v > 1, [1 - u, 1 - v], [u, v])
    a, b, c = corners[face].transpose(1, 0, 2)
    vertices = shape.vertices[np.unique(shape.faces)].astype(np.float64)
    vertices = vertices[:: -(-len(vertices) // count)]
    rest = np.setdiff1d(np.arange(len(corners)), face)
    missed = Surface(corners[rest].mean(1), _unit(cross[rest]), corners[rest]) if len(rest) else None
    return Surface(a + u * (b - a) + v * (c - a), _unit(cross[face]), corners[face], vertices, missed)


def distances(of: Surface, to: Surface) -> Distances:
    """How far each point of one surface is from the other.

    To a mesh that is the distance to the triangles of the nearest few points, never more than to the points
    themselves; to a point cloud, to its nearest point.
    """
    to = to.whole()
    tree = KDTree(to.points)
    gap, index = _gaps(of.points, to, tree)
    cosines = None
    if of.normals is not None and to.normals is not None:
        cosines = np.abs((of.normals * to.normals[index]).sum(-1)).clip(0, 1)
    vertices = np.zeros(0) if of.vertices is None else _gaps(of.vertices, to, tree)[0]
    return Distances(gap, vertices, cosines)


def _gaps(points: np.ndarray, to: Surface, tree: KDTree) -> tuple[np.ndarray, np.ndarray]:
    """Distances to a surface and where its normal holds, the farthest looked at again until they are sure."""
    gap, _, index = nearest(points, to, tree)
    sure = np.zeros(len(points), bool)
    # Every round makes some more of them sure, so this ends.
    while to.triangles is not None and (gap[~sure] > gap[sure].max(initial=0)).any():
        rows = np.flatnonzero(~sure)
        rows = rows[np.argsort(gap[rows], kind="stable")[-_FARTHEST:]]
        gap[rows], _, index[rows] = nearest(points[rows], to, tree, _MORE)
        sure[rows] = True
    return gap, index


def nearest(
    points: Float[np.ndarray, "points 3"], to: Surface, tree: KDTree, candidates: int = CANDIDATES
) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points 3"], np.ndarray]:
    """Distance to a surface, the place there, and the index of the surface's point whose normal holds there.

    Args:
        tree: Of the surface's points.
        candidates: Points whose triangles are tried.
    """
    if to.triangles is None:
        gap, index = tree.query(points)
        return gap, to.points[index], np.asarray(index)
    count = min(candidates, len(to.points))
    near = np.asarray(tree.query(points, k=count)[1]).reshape(len(points), count)
    places = closest_on_triangles(np.repeat(points, count, 0), to.triangles[near.reshape(-1)])
    gap = np.linalg.norm(places.reshape(len(points), count, 3) - points[:, None], axis=-1)
    best = gap.argmin(1)
    rows = np.arange(len(points))
    return gap[rows, best], places.reshape(len(points), count, 3)[rows, best], near[rows, best]


def closest_on_triangles(
    points: Float[np.ndarray, "points 3"], triangles: Float[np.ndarray, "points 3 3"]
) -> Float[np.ndarray, "points 3"]:
    """The place of each triangle that is closest to its point: within it, or else on one of its edges."""
    a, b, c = triangles.transpose(1, 0, 2)
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (u * u).sum(-1), (u * v).sum(-1), (v * v).sum(-1)
    wu, wv = (w * u).sum(-1), (w * v).sum(-1)
    area = uu * vv - uv * uv
    solid = area > 1e-12 * uu * vv
    safe = np.where(solid, area, 1)
    s, t = (vv * wu - uv * wv) / safe, (uu * wv - uv * wu) / safe
    best = a + s[:, None] * u + t[:, None] * v
    rows = np.flatnonzero(~(solid & (s >= 0) & (t >= 0) & (s + t <= 1)))
    corners, outside = triangles[rows], points[rows]
    gap = np.full(len(rows), np.inf)
    for n in range(3):
        start, along = corners[:, n], corners[:, (n + 1) % 3] - corners[:, n]
        square = (along * along).sum(-1)
        share = ((outside - start) * along).sum(-1) / np.where(square > 0, square, 1)
        place = start + share.clip(0, 1)[:, None] * along
        off = ((outside - place) ** 2).sum(-1)
        nearer = off < gap
        best[rows[nearer]], gap[nearer] = place[nearer], off[nearer]
    return best


def f_score(to_true: Float[np.ndarray, "made"], to_made: Float[np.ndarray, "true"], threshold: float) -> float:
    """Harmonic mean of the shares of points, on either side, that lie within a threshold of the other surface.

    Knapitsch et al. (2017), "Tanks and temples", equations 3 to 5.
    """
    precision, recall = float((to_true < threshold).mean()), float((to_made < threshold).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)
