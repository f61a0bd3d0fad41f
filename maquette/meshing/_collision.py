"""Convex hulls that stand in for a shape where things collide."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from maquette.artifacts import Asset, Mesh, check_mesh
from maquette.errors import InputError
from maquette.meshing._repair import Repair, weld
from maquette.ops.decimate import decimate
from maquette.ops.topology import select, signed_volumes

Decomposition = Literal["coacd", "hull", "box"]
_GRID = 64  # cells along the longest side, where a shape without an inside is made solid
_ENOUGH_FACES = 2000  # for collision; the decomposition's time grows with the faces


def best_decomposition() -> Decomposition:
    """`coacd` where the package is installed, or else `hull`."""
    return "coacd" if importlib.util.find_spec("coacd") else "hull"


@dataclass(frozen=True)
class Collision:
    """Closed convex hulls around a shape, by CoACD, or one hull, or one box.

    Wei et al. 2022, "Approximate convex decomposition for 3D meshes with collision-aware concavity and tree
    search".
    """

    hulls: int = 8
    """At most so many, at least 1."""
    vertices: int = 32
    """At most so many a hull, at least 4."""
    concavity: float = 0.05
    """How deep a hollow may be filled, as a share of the extent: finer is slower and takes more hulls."""
    decomposition: Decomposition = field(default_factory=best_decomposition)
    """`coacd` needs `pip install "maquette[collision]"`; `hull` and `box` make a single one."""
    seed: int = 0
    version: ClassVar[int] = 2

    def __call__(self, shape: Asset | Mesh) -> tuple[Mesh, ...]:
        """Return the hulls, closed and wound outwards, the largest first, in the frame of the mesh.

        Raises:
            InputError: The mesh is none, the budgets are too small, or CoACD is asked for and missing.
        """
        mesh = shape.mesh if isinstance(shape, Asset) else shape
        check_mesh(mesh)
        if self.hulls < 1 or self.vertices < 4 or not 0 < self.concavity <= 1:
            raise InputError(
                f"{self.hulls} hulls of {self.vertices} vertices at a concavity of {self.concavity}; expected at "
                "least 1, at least 4, and a share of the extent such as 0.05"
            )
        used = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
        extent = float((used.max(0) - used.min(0)).max())
        if not extent > 0:
            raise InputError("the mesh is a single point; expected something to collide with: export it again")
        if self.decomposition == "box":
            pieces = [_box_corners(used)]
        elif self.decomposition == "hull" or self.hulls == 1:
            pieces = [used]
        else:
            pieces = self._decomposed(mesh)
        hulls = [_hull(piece, self.vertices, extent) for piece in pieces]
        return tuple(sorted(hulls, key=lambda hull: (-_volume(hull), hull.vertices.tobytes())))

    def _decomposed(self, mesh: Mesh) -> list[np.ndarray]:
        try:
            import coacd  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise InputError(
                "taking a shape apart into hulls needs the package coacd, which is not installed: "
                '`pip install "maquette[collision]"`, or ask for one hull with decomposition="hull"'
            ) from error
        solid = Repair(solid=True, resolution=_GRID)(Mesh(*weld(mesh.vertices, mesh.faces)))
        vertices, faces = solid.vertices, solid.faces
        if len(faces) > _ENOUGH_FACES:
            vertices, faces = decimate(vertices, faces, _ENOUGH_FACES)
        coacd.set_log_level("error")
        parts = coacd.run_coacd(
            coacd.Mesh(vertices.astype(np.float64), faces),
            threshold=self.concavity,
            max_convex_hull=self.hulls,
            preprocess_mode="off",  # it inflates the shape, which is closed already
            resolution=500,
            mcts_iterations=40,
            decimate=True,
            max_ch_vertex=max(4, self.vertices),
            seed=self.seed,
        )
        return [np.asarray(points, np.float64) for points, _ in parts] or [vertices.astype(np.float64)]


def hull_volume_ratio(hulls: tuple[Mesh, ...], mesh: Mesh) -> float:
    """The volume of all hulls over that of a closed mesh: 1 where they fit like a glove."""
    volume = float(signed_volumes(mesh.vertices, mesh.faces, np.zeros(len(mesh.faces), np.int64))[0])
    return sum(map(_volume, hulls)) / volume if volume > 0 else float("inf")


def _volume(mesh: Mesh) -> float:
    return float(signed_volumes(mesh.vertices, mesh.faces, np.zeros(len(mesh.faces), np.int64))[0])


def _hull(points: np.ndarray, limit: int, extent: float) -> Mesh:
    """The convex hull of points; of its vertices those that matter most, and never flat."""
    try:
        hull = ConvexHull(points)
        if hull.volume < 1e-9 * extent**3:
            raise QhullError("next to flat")
    except QhullError:  # a sheet or a rod: its bounding box, with some thickness
        points = _box_corners(points, 1e-3 * extent)
        hull = ConvexHull(points)
    if len(hull.vertices) > limit:
        points = _most_telling(points[hull.vertices], limit)
        hull = ConvexHull(points)
    # Single precision moves vertices by a ten-millionth, and what was nearly flat may come out dented: once more.
    points = points[hull.vertices].astype(np.float32)
    hull = ConvexHull(points.astype(np.float64))
    faces = hull.simplices.astype(np.int32)
    corner = points.astype(np.float64)[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    inwards = np.einsum("fi,fi->f", normal, hull.equations[:, :3]) < 0
    faces[inwards] = faces[inwards, ::-1]
    return Mesh(*select(points, faces, np.ones(len(faces), bool)))


def _most_telling(points: np.ndarray, limit: int) -> np.ndarray:
    """From the widest simplex on, always the point that lies farthest outside of those chosen."""
    chosen = [int(points[:, 0].argmin()), int(points[:, 0].argmax())]
    chosen.append(
        int(np.linalg.norm(np.cross(points - points[chosen[0]], _between(points, *chosen)), axis=-1).argmax())
    )
    normal = np.cross(_between(points, chosen[0], chosen[1]), _between(points, chosen[0], chosen[2]))
    chosen.append(int(np.abs((points - points[chosen[0]]) @ normal).argmax()))
    if len(set(chosen)) < 4:
        return points[:limit]
    while len(chosen) < limit:
        equations = ConvexHull(points[chosen]).equations
        outside = (points @ equations[:, :3].T + equations[:, 3]).max(1)
        farthest = int(outside.argmax())
        if farthest in chosen or outside[farthest] <= 0:
            break
        chosen.append(farthest)
    return points[chosen]


def _between(points: np.ndarray, a: int, b: int) -> np.ndarray:
    return points[b] - points[a]


def _box_corners(points: np.ndarray, thickness: float = 0.0) -> np.ndarray:
    low, high = points.min(0), points.max(0)
    thin = np.maximum(thickness, 1e-6 * float((high - low).max())) - (high - low)
    low, high = low - np.maximum(thin, 0) / 2, high + np.maximum(thin, 0) / 2
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
