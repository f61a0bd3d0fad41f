"""An atlas for a mesh: every face gets its own place in the unit square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xatlas
from jaxtyping import Float32, Int32
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from maquette.artifacts import Mesh
from maquette.ops import pack_charts
from maquette.texturing._boxes import Charts, axis_charts, overlapping

XATLAS_FACES = 25_000
"""Above this xatlas takes tens of seconds, so larger meshes are cut into pieces that face the six axes instead."""


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

    Charts come from xatlas (least-squares conformal maps, Lévy et al. 2002); where it declines or would take
    too long, from the six axes. The packing is ours: square, padded, never mirrored, deterministic.

    Args:
        texture_size: Texels along each side, for which the padding counts.
        padding: Empty texels between charts; by default 8 at 2048, and at least 2.
    """
    padding = max(2, texture_size // 256) if padding is None else padding
    charts = _xatlas_charts(mesh) if len(mesh.faces) <= XATLAS_FACES else None
    if charts is not None:
        return _packed(mesh, charts, texture_size, padding)
    alone = np.zeros(len(mesh.faces), bool)
    for _ in range(4):  # what overlaps is set apart; a face that still does so hides under many layers
        atlas = _packed(mesh, axis_charts(mesh, alone), texture_size, padding)
        marked = overlapping(atlas.uv, atlas.faces)
        if not marked.any():
            return atlas
        alone |= marked
    return _packed(mesh, _single_charts(mesh), texture_size, padding)


def _packed(mesh: Mesh, charts: Charts, texture_size: int, padding: int) -> Unwrapped:
    """Place charts in the atlas, each at the scale of the surface it shows."""
    source, faces, plane = charts
    chart = _chart_of_face(faces, len(source))
    scale = _to_scale(plane[faces], mesh.vertices[mesh.faces], chart)
    flat = np.zeros((len(source), 2), np.float32)
    flat[faces.reshape(-1)] = (scale[chart, None, None] * plane[faces]).reshape(-1, 2)
    return Unwrapped(source, faces, pack_charts(flat, faces, chart, texture_size, padding))


def _xatlas_charts(mesh: Mesh) -> Charts | None:
    """Source vertices, faces and flat chart coordinates; None where xatlas makes nothing of the mesh."""
    atlas = xatlas.Atlas()
    options = xatlas.ChartOptions()
    options.max_cost = 8  # fewer and larger charts than the default 2, at no more stretch
    try:
        atlas.add_mesh(
            np.ascontiguousarray(mesh.vertices, np.float32), np.ascontiguousarray(mesh.faces, np.uint32)
        )
        atlas.generate(options, xatlas.PackOptions())
        source, faces, uv = atlas[0]
    except (RuntimeError, IndexError):  # a mesh without area has no charts
        return None
    source, faces = source.astype(np.int32), faces.astype(np.int32)
    kept = len(faces) == len(mesh.faces) and np.array_equal(source[faces], mesh.faces)
    if not kept or not np.isfinite(uv).all():
        return None
    return source, faces, (uv * (atlas.width, atlas.height)).astype(np.float32)


def _single_charts(mesh: Mesh) -> Charts:
    """Every face as a chart of its own, laid flat without distortion."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.linalg.norm(along, axis=-1)
    unit = along / np.maximum(length, 1e-30)[:, None]
    x = (unit * across).sum(-1)
    y = np.linalg.norm(across - x[:, None] * unit, axis=-1)
    plane = np.zeros((len(corners), 3, 2), np.float32)
    plane[:, 1, 0], plane[:, 2, 0], plane[:, 2, 1] = length, x, y
    faces = np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)
    return mesh.faces.reshape(-1).astype(np.int32), faces, plane.reshape(-1, 2)


def _to_scale(
    plane: Float32[np.ndarray, "faces 3 2"],
    corners: Float32[np.ndarray, "faces 3 3"],
    chart: Int32[np.ndarray, "faces"],
) -> Float32[np.ndarray, "charts"]:
    """Factors that give every chart the area of the surface it shows."""

    def areas(triangles: np.ndarray) -> np.ndarray:
        sides = triangles[:, 1:].astype(np.float64) - triangles[:, :1]
        gram = np.einsum("fik,fjk->fij", sides, sides)
        return np.bincount(chart, np.sqrt(np.maximum(gram[:, 0, 0] * gram[:, 1, 1] - gram[:, 0, 1] ** 2, 0)))

    flat, true = areas(plane), areas(corners)
    ok = (flat > 0) & (true > 0)
    return np.where(ok, np.sqrt(np.divide(true, flat, where=ok, out=np.ones_like(true))), 1).astype(np.float32)


def _chart_of_face(faces: np.ndarray, vertex_count: int) -> np.ndarray:
    """Charts are the connected pieces of the split mesh."""
    rows, columns = faces[:, [0, 1]].T.reshape(-1), faces[:, [1, 2]].T.reshape(-1)
    links = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), (vertex_count, vertex_count))
    _, label = connected_components(links, directed=False)
    _, chart = np.unique(label[faces[:, 0]], return_inverse=True)
    return chart.astype(np.int32).reshape(-1)
