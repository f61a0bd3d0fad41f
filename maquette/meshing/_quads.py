"""Field-aligned quads: edges that run along a shape, as people model it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Int, Int32
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError, Note
from maquette.meshing._decimate import Decimate
from maquette.ops.topology import edge_groups, half_edges, is_closed_manifold, select, signed_volumes

# The library prints as it goes and may end its process on meshes that it does not like: it gets one of its own.
_PROGRAM = """
import sys, numpy, pynanoinstantmeshes
folder = sys.argv[1]
vertices, faces = numpy.load(folder + "/vertices.npy"), numpy.load(folder + "/faces.npy")
vertices, quads = pynanoinstantmeshes.remesh(
    vertices, faces, int(sys.argv[2]), creaseAngle=float(sys.argv[3]), align_to_boundaries=True, deterministic=True
)
numpy.save(folder + "/vertices.npy", vertices), numpy.save(folder + "/quads.npy", quads)
"""
_ATTEMPTS = 4


@dataclass(frozen=True)
class Quads:
    """Remeshes into quads that follow the shape, each stored as two triangles.

    Jakob et al. 2015, "Instant field-aligned meshes", by the package pynanoinstantmeshes. Triangles 2 i and
    2 i + 1 are quad i, cut along its shorter diagonal. Where the package makes nothing of a mesh, or not what was
    asked for, a note says so and the mesh is decimated instead.
    """

    faces: int = 3000
    """Triangles at most, two a quad, at least 32; most results have nine tenths of it."""
    crease_degrees: float = 30.0
    """Edges that turn by more are kept as edges."""
    timeout_seconds: float = 300.0
    """After so long the mesh is decimated instead."""
    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh) -> Mesh:
        """Return the remeshed surface, or the decimated one.

        Raises:
            InputError: The budget is too small, the mesh is none or not manifold, or the package is missing.
        """
        check_mesh(mesh)
        if self.faces < 32:
            raise InputError(f"a budget of {self.faces} faces; quads need at least 32: ask for more")
        if not _installed():
            raise InputError(
                "quads need the package pynanoinstantmeshes, which is not installed: "
                '`pip install "maquette[remesh]"`, or decimate instead'
            )
        if edge_groups(half_edges(mesh.faces))[2].max() > 2:
            raise InputError("more than two faces meet at an edge; quads need a manifold: repair the mesh first")
        aim, reason = self.faces / 2, ""
        for _ in range(_ATTEMPTS):
            try:
                vertices, quads = self._remeshed(mesh, aim)
            except (subprocess.SubprocessError, OSError, ValueError) as error:
                reason = f"it failed ({type(error).__name__})"
                break
            reason = _fault(mesh, vertices, quads)
            if reason:  # it is a matter of luck with a few of its edges
                aim *= 0.96
                continue
            if 2 * len(quads) <= self.faces:
                if len(quads) < 0.25 * self.faces:
                    reason = f"it made {2 * len(quads):,} triangles where {self.faces:,} were asked for"
                    break
                return _triangulated(mesh, vertices, quads)
            aim *= 0.95 * self.faces / (2 * len(quads))
            reason = f"it made {2 * len(quads):,} triangles where {self.faces:,} at most were asked for"
        warnings.warn(f"no quads: {reason}; the mesh is decimated instead", Note, stacklevel=2)
        return Decimate(self.faces)(mesh)

    def _remeshed(self, mesh: Mesh, quads: float) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and about that many quads."""
        used, faces = select(mesh.vertices, mesh.faces, np.ones(len(mesh.faces), bool))
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder, "vertices.npy"), np.ascontiguousarray(used, np.float32))
            np.save(Path(folder, "faces.npy"), faces.astype(np.uint32))
            # What it is asked for it cuts in four.
            count = str(max(4, round(quads / 4)))
            subprocess.run(
                [sys.executable, "-c", _PROGRAM, folder, count, str(self.crease_degrees)],
                check=True,
                capture_output=True,
                timeout=self.timeout_seconds,
            )
            return np.load(Path(folder, "vertices.npy")), np.load(Path(folder, "quads.npy")).astype(np.int64)


def _installed() -> bool:
    return importlib.util.find_spec("pynanoinstantmeshes") is not None


def _fault(mesh: Mesh, vertices: np.ndarray, quads: np.ndarray) -> str:
    """What is wrong with quads made of a mesh; empty where nothing is."""
    if quads.ndim != 2 or quads.shape[1:] != (4,) or not len(quads):
        return "it made none"
    if quads.min() < 0 or quads.max() >= len(vertices) or not np.isfinite(vertices).all():
        return "its result is damaged"
    split = _split(vertices, quads)
    if edge_groups(half_edges(split))[2].max() > 2:
        return "its surface is not manifold"
    if is_closed_manifold(mesh.vertices, mesh.faces):
        if not is_closed_manifold(vertices, split):
            return "its surface has holes where the mesh had none"
        one = np.zeros(len(mesh.faces), np.int64)
        before = float(signed_volumes(mesh.vertices, mesh.faces, one)[0])
        after = float(signed_volumes(vertices, split, np.zeros(len(split), np.int64))[0])
        if not 0.7 * before < after < 1.3 * before:
            return "its surface holds another volume"
    return ""


def _split(
    vertices: Float32[np.ndarray, "vertices 3"], quads: Int[np.ndarray, "quads 4"]
) -> Int32[np.ndarray, "triangles 3"]:
    """Two triangles a quad, along the shorter diagonal; of equal ones that from the quad's lowest vertex.

    The other diagonal is taken where the shorter one is an edge already, as between two quads around one vertex.
    """
    quads = quads[np.arange(len(quads))[:, None], (quads.argmin(1)[:, None] + np.arange(4)) % 4]
    corner = vertices.astype(np.float64)[quads]
    first = np.linalg.norm(corner[:, 2] - corner[:, 0], axis=1)
    second = np.linalg.norm(corner[:, 3] - corner[:, 1], axis=1)
    other = second < first * (1 - 1e-6)
    for _ in range(2):
        diagonal = np.where(other[:, None], quads[:, [1, 3]], quads[:, [0, 2]])
        sides = np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2)
        order, group, sizes = edge_groups(np.concatenate([diagonal, sides]))
        crowded = np.zeros(len(order), bool)
        crowded[order] = (sizes > 1)[group]
        other ^= crowded[: len(quads)]
        if not crowded[: len(quads)].any():
            break
    one = np.where(other[:, None], quads[:, [0, 1, 3]], quads[:, [0, 1, 2]])
    two = np.where(other[:, None], quads[:, [1, 2, 3]], quads[:, [0, 2, 3]])
    return np.stack([one, two], 1).reshape(-1, 3).astype(np.int32)


def _triangulated(mesh: Mesh, vertices: np.ndarray, quads: np.ndarray) -> Mesh:
    points, faces = select(
        np.asarray(vertices, np.float32), _split(vertices, quads), np.ones(2 * len(quads), bool)
    )
    colors = None
    if mesh.vertex_colors is not None:
        colors = mesh.vertex_colors[KDTree(mesh.vertices).query(points)[1]]
    return Mesh(points, faces, colors)
