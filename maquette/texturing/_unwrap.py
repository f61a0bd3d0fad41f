"""An atlas for a mesh: every face gets its own place in the unit square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

from maquette.artifacts import Mesh
from maquette.ops import flat_charts, pack_charts


@dataclass(frozen=True)
class Unwrapped:
    """The faces of a mesh, in their order, with vertices split along the seams of an atlas."""

    source: Int32[np.ndarray, "vertices"]
    """Which vertex of the mesh each vertex copies."""
    faces: Int32[np.ndarray, "faces 3"]
    """The mesh's faces, renumbered: source[faces] are the mesh's own."""
    uv: Float32[np.ndarray, "vertices 2"]
    """[0, 1], v down; no two faces overlap, and none is mirrored."""


def unwrap(mesh: Mesh, texture_size: int, padding: int | None = None) -> Unwrapped:
    """Cut a mesh into charts and pack them into the unit square, keeping every face and their order.

    The work is bounded, whatever the mesh, and the same mesh gives the same atlas.

    Args:
        texture_size: Texels along each side, for which the padding counts.
        padding: Empty texels between charts; by default 8 at 2048, and at least 2.
    """
    padding = max(2, texture_size // 256) if padding is None else padding
    chart, faces, flat = flat_charts(mesh.vertices, mesh.faces)
    flat = flat * _to_scale(flat[faces], mesh.vertices[mesh.faces], chart)[_of_vertex(faces, chart)][:, None]
    source = np.zeros(len(flat), np.int32)
    source[faces.reshape(-1)] = mesh.faces.reshape(-1)
    return Unwrapped(source, faces, pack_charts(flat, faces, chart, texture_size, padding))


def _of_vertex(faces: Int32[np.ndarray, "faces 3"], chart: Int32[np.ndarray, "faces"]) -> np.ndarray:
    """The chart that each flat vertex is in."""
    out = np.zeros(int(faces.max()) + 1, np.int32)
    out[faces.reshape(-1)] = np.repeat(chart, 3)
    return out


def _to_scale(
    plane: Float[np.ndarray, "faces 3 2"],
    corners: Float32[np.ndarray, "faces 3 3"],
    chart: Int32[np.ndarray, "faces"],
) -> Float[np.ndarray, "charts"]:
    """Factors that give every chart the area of the surface it shows."""

    def areas(triangles: np.ndarray) -> np.ndarray:
        sides = triangles[:, 1:].astype(np.float64) - triangles[:, :1]
        gram = np.einsum("fik,fjk->fij", sides, sides)
        return np.bincount(chart, np.sqrt(np.maximum(gram[:, 0, 0] * gram[:, 1, 1] - gram[:, 0, 1] ** 2, 0)))

    flat, true = areas(plane), areas(corners)
    ok = (flat > 0) & (true > 0)
    return np.where(ok, np.sqrt(np.divide(true, flat, where=ok, out=np.ones_like(true))), 1)
