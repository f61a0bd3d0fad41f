"""A dense mesh to a face budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError
from maquette.ops.decimate import decimate
from maquette.ops.topology import edge_groups, half_edges, is_closed_manifold


@dataclass(frozen=True)
class Decimate:
    """Brings a mesh to a face budget: exact or one below, never above; a closed mesh stays closed.

    Closed meshes have even numbers of faces, so an odd budget gives one less. Open borders stay where they are.
    """

    faces: int = 3000
    """Triangles, at least 4."""
    version: ClassVar[int] = 3

    def __call__(self, mesh: Mesh) -> Mesh:
        """Simplify the mesh; one that is within the budget already is returned as it is.

        Raises:
            InputError: The budget is below 4 or cannot be reached, or more than two faces meet at an edge.
        """
        if self.faces < 4:
            raise InputError(f"a budget of {self.faces} faces; a mesh needs at least 4: ask for more")
        check_mesh(mesh)
        if len(mesh.faces) <= self.faces:
            return mesh
        if edge_groups(half_edges(mesh.faces))[2].max() > 2:
            raise InputError(
                "more than two faces meet at an edge; decimation needs a manifold: repair the mesh first"
            )
        try:
            vertices, faces = decimate(mesh.vertices, mesh.faces, self.faces)
        except ValueError as error:
            raise InputError(f"{error}: ask for more faces") from error
        if len(faces) > self.faces or (
            not is_closed_manifold(vertices, faces) and is_closed_manifold(mesh.vertices, mesh.faces)
        ):
            raise AssertionError("decimation broke its promise of the budget, or of a closed manifold")
        colors = None
        if mesh.vertex_colors is not None:
            colors = mesh.vertex_colors[KDTree(mesh.vertices).query(vertices)[1]]
        return Mesh(vertices.astype(np.float32), faces, colors)
