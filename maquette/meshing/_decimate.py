"""A dense mesh to a face budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError
from maquette.ops.decimate import decimate
from maquette.ops.topology import is_closed_manifold


@dataclass(frozen=True)
class Decimate:
    """Brings a closed mesh to a face budget: exact when it is even, one below when it is odd, never above."""

    faces: int = 3000
    """Triangles, at least 4."""
    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh) -> Mesh:
        """Simplify the mesh; one that is within the budget already is returned as it is.

        Raises:
            InputError: The budget is below 4, or the mesh is not closed and manifold.
        """
        if self.faces < 4:
            raise InputError(f"a budget of {self.faces} faces; a closed mesh needs at least 4: ask for more")
        check_mesh(mesh)
        if not is_closed_manifold(mesh.vertices, mesh.faces):
            raise InputError("the mesh is not closed and manifold; decimation needs that: repair it first")
        if len(mesh.faces) <= self.faces:
            return mesh
        vertices, faces = decimate(mesh.vertices, mesh.faces, self.faces)
        if not is_closed_manifold(vertices, faces) or len(faces) > self.faces:
            raise AssertionError("decimation broke its promise of a closed manifold within the budget")
        colors = None
        if mesh.vertex_colors is not None:
            colors = mesh.vertex_colors[KDTree(mesh.vertices).query(vertices)[1]]
        return Mesh(vertices.astype(np.float32), faces, colors)
