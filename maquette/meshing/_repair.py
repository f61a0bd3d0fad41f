"""Any triangle mesh to a manifold one, with a word on every thing that was wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32, Int, Int32
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from maquette.artifacts import Mesh, check_mesh
from maquette.errors import InputError
from maquette.meshing._holes import fill_holes
from maquette.meshing._remesh import remesh
from maquette.meshing._shells import without_floaters, without_inner_shells
from maquette.meshing._slits import close_slits
from maquette.meshing._slivers import without_slivers
from maquette.meshing._unite import united
from maquette.ops.topology import (
    components,
    edge_groups,
    fans,
    half_edges,
    is_closed_manifold,
    opposite_half_edges,
    select,
    signed_volumes,
)

Findings = Mapping[str, Any]
"""What was found and done, by name: counts, and what holes were kept, in words. What was not found is absent."""


@dataclass(frozen=True)
class Repair:
    """Makes a user's mesh manifold, changing as little as that allows; a good mesh is returned as it is.

    Vertices that share a position become one, duplicate and degenerate faces go, sheets that meet in one edge or
    vertex part, faces turn the same way and outwards, specks and what lies hidden inside are removed, small holes
    and open bottoms are filled, faces as flat as a line are given to their neighbours. Large holes stay, unless
    the mesh is to be solid: then, where filling does not close it, its surface is made anew on a grid, in which
    what cannot be seen from outside becomes solid and open sheets become thin walls. So is a heap of triangles
    that hardly hang together. Of a solid, pieces that overlap become one, where manifold3d is installed.
    """

    solid: bool = False
    """Whether the result must be closed."""
    hole_share: float = 0.3
    """Holes with an outline up to this share of the bounding box's diagonal are filled."""
    resolution: int = 128
    """Grid cells along the longest side, where the surface must be made anew."""
    version: ClassVar[int] = 4

    def __call__(self, mesh: Mesh) -> Mesh:
        """Repair the mesh: two faces at most at every edge, wound alike; closed where it is to be solid.

        Raises:
            InputError: The mesh has no faces, no area, or coordinates or indices that cannot be.
        """
        return self.examined(mesh)[0]

    def examined(self, mesh: Mesh) -> tuple[Mesh, Findings]:
        """Repair the mesh, and say what was wrong with it."""
        check_mesh(mesh)
        found: dict[str, Any] = {}
        vertices, faces = weld(mesh.vertices, mesh.faces, found)
        if not len(faces):
            raise InputError("the mesh has no face with an area; expected a surface: export it again")
        if _hopeless(faces):
            found = {"loose_triangles": len(faces)}
        else:
            _note(found, "non_manifold_edges", int((edge_groups(half_edges(faces))[2] > 2).sum()))
            used = len(np.unique(faces))
            vertices, faces = _part_sheets(vertices, faces)
            _note(found, "parted_vertices", int(faces.max()) + 1 - used)
            before = faces
            faces = _turn_outwards(vertices, _wind_alike(faces))
            _note(found, "turned_faces", int((faces != before).any(1).sum()))
            vertices, faces = without_floaters(vertices, faces, found)
            vertices, faces = without_inner_shells(vertices, faces, found)
            vertices, faces = close_slits(vertices, faces, found)
            vertices, faces = fill_holes(vertices, faces, self.hole_share, found)
            if self.solid and is_closed_manifold(vertices, faces):
                vertices, faces = united(vertices, faces, found)
            faces = without_slivers(vertices, faces, found)
        if "loose_triangles" in found or (self.solid and not _has_inside(vertices, faces)):
            vertices, faces = remesh(*weld(mesh.vertices, mesh.faces), self.resolution)
            found.pop("holes_kept", None)
            found["made_anew"] = len(faces)
        merged = len(vertices) < len(np.unique(mesh.faces))
        if not found and not merged and np.array_equal(vertices[faces], mesh.vertices[mesh.faces]):
            return mesh, found
        colors = None
        if mesh.vertex_colors is not None:
            colors = mesh.vertex_colors[KDTree(mesh.vertices).query(vertices, workers=-1)[1]]
        return Mesh(vertices, faces, colors), found


@dataclass(frozen=True)
class Examined:
    """A repair that hands out its findings beside the mesh: what a run keeps."""

    repair: Repair
    version: ClassVar[int] = 1

    def __call__(self, mesh: Mesh) -> tuple[Mesh, Findings]:
        """The repaired mesh, and what was wrong with it."""
        return self.repair.examined(mesh)


_WORDS = {
    "loose_triangles": "{} triangles that hardly hang together",
    "degenerate_faces": "{} faces without three corners",
    "duplicate_faces": "{} faces that were there twice",
    "non_manifold_edges": "{} edges with more than two faces",
    "parted_vertices": "{} vertices where surfaces only touched",
    "turned_faces": "{} faces wound the wrong way",
    "floaters": "{} specks",
    "inner_shells": "{} pieces hidden inside",
    "slits": "{} slits closed",
    "holes_filled": "{} holes filled",
    "slivers": "{} faces without area given to their neighbours",
    "united_pieces": "{} overlapping pieces made part of others",
    "overlaps_kept": "{} pieces that may overlap kept (pip install 'maquette[solid]' makes them one)",
    "made_anew": "surface made anew, in {} faces",
}


def told(findings: Findings) -> str:
    """Findings as one line of English; empty where there are none."""
    parts = [words.format(f"{findings[name]:,}") for name, words in _WORDS.items() if name in findings]
    kept = list(findings.get("holes_kept", ()))
    if kept:
        more = f" and {len(kept) - 3} more" if len(kept) > 3 else ""
        parts.append(f"left open: {'; '.join(kept[:3])}{more}")
    return ", ".join(parts)


def _note(found: dict[str, Any], name: str, count: int) -> None:
    if count:
        found[name] = count


def _hopeless(faces: Int[np.ndarray, "faces 3"]) -> bool:
    """Whether most faces are joined to none: a heap, of which no surface can be told."""
    opposite = opposite_half_edges(faces).reshape(-1, 3)
    return len(faces) > 8 and float((opposite < 0).all(1).mean()) > 0.6


def _has_inside(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Closed, and not around nothing, like the two sides of a sheet of paper."""
    diagonal = float(np.linalg.norm(vertices.max(0) - vertices.min(0)))
    return is_closed_manifold(vertices, faces) and _volume(vertices, faces) > 1e-6 * diagonal**3


def _volume(vertices: Float32[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> float:
    return float(signed_volumes(vertices, faces, np.zeros(len(faces), np.int64))[0])


def weld(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    found: dict[str, Any] | None = None,
) -> tuple[Float32[np.ndarray, "welded 3"], Int32[np.ndarray, "kept 3"]]:
    """Merge vertices that agree to a millionth of the extent; drop faces without three corners, and duplicates."""
    low = vertices.min(0).astype(np.float64)
    extent = max(float((vertices.max(0) - low).max()), 1e-30)
    cell = np.rint((vertices - low) / extent * 1e6).astype(np.int64)
    key = (cell[:, 0] << 42) | (cell[:, 1] << 21) | cell[:, 2]
    first, index = np.unique(key, return_index=True, return_inverse=True)[1:]
    faces = index.reshape(-1)[faces].astype(np.int32)
    whole = (faces != np.roll(faces, 1, 1)).all(1)
    faces = faces[whole]
    corners = np.sort(faces, 1).astype(np.int64)
    order = np.lexsort(corners.T)
    repeated = np.zeros(len(faces), bool)
    repeated[order[1:]] = (corners[order][1:] == corners[order][:-1]).all(1)
    if found is not None:
        _note(found, "degenerate_faces", int((~whole).sum()))
        _note(found, "duplicate_faces", int(repeated.sum()))
    return select(vertices[first], faces, ~repeated)


def _part_sheets(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> tuple[Float32[np.ndarray, "parted 3"], Int32[np.ndarray, "faces 3"]]:
    """Give each fan of faces its own vertex, so that surfaces that only touch come apart."""
    fan = fans(faces)
    source = np.zeros(int(fan.max()) + 1, np.int64)
    source[fan.ravel()] = faces.ravel()
    return vertices[source], fan.astype(np.int32)


def _wind_alike(faces: Int32[np.ndarray, "faces 3"]) -> Int32[np.ndarray, "faces 3"]:
    """Turn faces over until neighbours agree; a surface with one side only stays as it is.

    Each face stands in a graph twice, as it is and turned over, linked to what it agrees with across its edges.
    """
    edges, opposite = half_edges(faces), opposite_half_edges(faces)
    a = np.flatnonzero(opposite > np.arange(len(opposite)))
    b = opposite[a]
    against = edges[a, 0] == edges[b, 0]
    f, g, count = a // 3, b // 3, len(faces)
    rows = np.concatenate([f, f + count])
    columns = np.concatenate([g + count * against, g + count * ~against])
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(2 * count, 2 * count))
    label = connected_components(graph, directed=False)[1]
    as_is, turned = label[:count], label[count:]
    out = faces.copy()
    flip = turned < as_is
    # Of a pair of mirror components, the one that more faces are in already is kept.
    pair = np.minimum(as_is, turned)
    most = np.bincount(pair[flip], minlength=2 * count) * 2 > np.bincount(pair, minlength=2 * count)
    flip ^= most[pair] & (as_is != turned)
    out[flip] = out[flip, ::-1]
    return out


def _turn_outwards(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> Int32[np.ndarray, "faces 3"]:
    """Turn over each component that encloses a negative volume; an open one where it clearly does."""
    label = components(faces)
    corner = vertices.astype(np.float64)[faces]
    # About the component's own centre, an open one says as much as it can.
    size = np.bincount(label)
    centre = np.stack([np.bincount(label, corner.mean(1)[:, axis]) / size for axis in range(3)], -1)
    corner -= centre[label][:, None]
    volume = np.bincount(label, np.linalg.det(corner))
    area = np.bincount(
        label, np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    )
    opened = np.bincount(label, (opposite_half_edges(faces) < 0).reshape(-1, 3).any(1)) > 0
    out = faces.copy()
    flip = (volume < np.where(opened, -0.05 * area**1.5, 0))[label]
    out[flip] = out[flip, ::-1]
    return out
