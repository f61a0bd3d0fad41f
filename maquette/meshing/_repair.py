"""Any triangle mesh to a closed, manifold one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError
from maquette.ops.topology import is_closed_manifold


@dataclass(frozen=True)
class Repair:
    """Makes a user's mesh closed and manifold."""

    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh) -> Mesh:
        """Merge vertices that share a position and drop degenerate faces; the mesh must then be closed."""
        check_mesh(mesh)
        vertices, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
        faces = index.reshape(-1)[mesh.faces].astype(np.int32)
        faces = faces[(faces != np.roll(faces, 1, 1)).all(1)]
        if not is_closed_manifold(vertices, faces):
            raise InputError("the mesh is not closed and manifold; expected a watertight one: repair it first")
        return Mesh(vertices, faces)
