"""How far one surface is from another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy.spatial import KDTree

from maquette.artifacts import Mesh
from maquette.measures.shape import Surface, f_score

POINTS = 8000
"""Points that stand for a surface."""


@dataclass(frozen=True)
class ShapeError:
    """Distances in units of the longest side."""

    chamfer: float
    """Mean distance to the nearest point of the other surface, averaged over both directions (Chamfer-L1)."""
    f_score: float
    """Harmonic mean of the shares of points, on either side, that lie within the threshold of the other."""
    normal_degrees: float
    """Median angle between the normals of the true points and of those nearest to them; side is ignored."""


def surface(mesh: Mesh, count: int = POINTS, seed: int = 0) -> Surface:
    """Points drawn evenly over a mesh, its bounding box moved to be centred with 1 as its longest side."""
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    points, faces = trimesh.sample.sample_surface(solid, count, seed=seed)[:2]
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    return Surface((points - (low + high) / 2) / (high - low).max(), solid.face_normals[faces])


def shape_error(made: Surface, true: Surface, threshold: float = 0.05) -> ShapeError:
    """Compare two surfaces as they lie."""
    to_true, _ = KDTree(true.points).query(made.points)
    to_made, nearest = KDTree(made.points).query(true.points)
    if true.normals is None or made.normals is None:
        raise ValueError("surfaces without normals; expected those of meshes")
    cosine = np.abs((true.normals * made.normals[nearest]).sum(-1)).clip(0, 1)
    return ShapeError(
        float(to_true.mean() + to_made.mean()) / 2,
        f_score(to_true, to_made, threshold),
        float(np.degrees(np.arccos(np.median(cosine)))),
    )
