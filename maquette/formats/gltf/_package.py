"""What a delivered glTF file holds beside the asset itself: coarser levels, hulls, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maquette.artifacts import Mesh
from maquette.errors import InputError
from maquette.formats.gltf._document import Document
from maquette.formats.gltf._scene import TRIANGLES, placed_nodes, read_geometry

COLLISION = ("UCX_", "UBX_", "USP_", "UCP_")
"""Unreal's prefixes of collision shapes: no part of what is seen."""

_MOST_LEVELS = 16


@dataclass(frozen=True)
class Package:
    """Levels and hulls are in the frame of the file's scene."""

    levels: tuple[Mesh, ...] = ()
    """Coarser levels of MSFT_lod, finest first."""
    hulls: tuple[Mesh, ...] = ()
    """One a node that is named as a collision shape, or all of NAME_collision.glb beside the file."""
    draws: int = 0
    """Primitives of what is seen: as many draw calls."""
    names: tuple[str, ...] = ()
    """Of nodes, meshes, materials and images, as far as they have one."""


def read_package(path: Path) -> Package:
    """The levels, hulls and names of a .glb or .gltf file; hulls may lie in NAME_collision.glb beside it.

    Raises:
        InputError: As `load`.
    """
    try:
        return _package(path)
    except InputError:
        raise
    except Exception as error:  # JSON of any shape
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        raise InputError(
            f"{path.name} has levels, hulls or names that are damaged ({type(error).__name__}: {reason}): "
            "export it again"
        ) from error


def _package(path: Path) -> Package:
    document = Document(path)
    levels: list[list[Mesh]] = []
    hulls: list[Mesh] = []
    draws = 0
    for node, world in placed_nodes(document):
        seen = "mesh" in node
        if str(node.get("name", "")).startswith(COLLISION):
            hulls += [placed_mesh(document, node, world)] if seen else []
            continue
        draws += len(document.at("meshes", node["mesh"])["primitives"]) if seen else 0
        for number, other in enumerate(coarser(document, node)):
            if "mesh" in other:
                levels += [[] for _ in range(number + 1 - len(levels))]
                levels[number].append(placed_mesh(document, other, world))
    aside = hulls_beside(path)
    if not hulls and aside.is_file():
        other = Document(aside)
        hulls = [placed_mesh(other, node, world) for node, world in placed_nodes(other) if "mesh" in node]
    lists = (document.json.get(kind, []) for kind in ("nodes", "meshes", "materials", "images"))
    names = [item["name"] for items in lists for item in items if isinstance(item.get("name"), str)]
    return Package(tuple(_joined(meshes) for meshes in levels if meshes), tuple(hulls), draws, tuple(names))


def coarser(document: Document, node: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes that stand in for one from afar, finest first."""
    ids = node.get("extensions", {}).get("MSFT_lod", {}).get("ids", [])
    check_levels(document, len(ids))
    return [document.at("nodes", index) for index in ids]


def check_levels(document: Document, count: int) -> None:
    """Raise InputError for more levels of one thing than anybody makes."""
    if count > _MOST_LEVELS:
        raise document.error(f"has {count:,} levels of detail for one thing", "leave some out")


def hulls_beside(path: Path) -> Path:
    """Where the hulls of a file lie that are not in it."""
    return path.with_name(f"{path.stem}_collision.glb")


def placed_mesh(document: Document, node: dict[str, Any], world: np.ndarray) -> Mesh:
    """All primitives of a node's mesh; a level is taken to stand where the node does that it stands in for."""
    meshes = []
    for primitive in document.at("meshes", node["mesh"])["primitives"]:
        if primitive.get("mode", 4) not in TRIANGLES:
            continue
        vertices, faces = read_geometry(document, primitive)
        placed = vertices @ world[:3, :3].T + world[:3, 3]
        meshes.append(Mesh(placed.astype(np.float32), faces.astype(np.int32)))
    return _joined(meshes)


def _joined(meshes: list[Mesh]) -> Mesh:
    if not meshes:
        raise ValueError("a mesh without triangles")
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])[:-1]
    faces = [mesh.faces + np.int32(start) for mesh, start in zip(meshes, starts, strict=True)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))
