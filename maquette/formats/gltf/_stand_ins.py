"""Levels of detail and hulls of a file that maquette made, as the asset had them before it was exported."""

from __future__ import annotations

from typing import Any

from maquette.artifacts import Mesh
from maquette.formats.gltf._document import Document
from maquette.formats.gltf._materials import Materials
from maquette.formats.gltf._package import COLLISION, check_levels, coarser, hulls_beside, placed_mesh
from maquette.formats.gltf._scene import placed_nodes, read_part
from maquette.formats.parts import Part


def read_levels(document: Document, materials: Materials) -> list[Part]:
    """The coarser levels inside a file, finest first; each has one primitive, of the asset's own material."""
    found = [(level, world) for node, world in placed_nodes(document) for level in coarser(document, node)]
    check_levels(document, len(found))  # of one node, in a file that we made
    levels = []
    for level, world in found:
        (primitive,) = document.at("meshes", level["mesh"])["primitives"]
        levels.append(read_part(document, materials, primitive, world))
    return levels


def read_hulls(document: Document, receipt: dict[str, Any]) -> list[Mesh]:
    """The hulls inside a file, or of the file beside it that was exported with it: the one of the same receipt."""
    hulls = [
        placed_mesh(document, node, world)
        for node, world in placed_nodes(document)
        if str(node.get("name", "")).startswith(COLLISION)
    ]
    aside = hulls_beside(document.path)
    if hulls or not aside.is_file():
        return hulls
    try:
        other = Document(aside)
        if other.json["asset"].get("extras") != {"maquette": receipt}:
            return []
        return [placed_mesh(other, node, world) for node, world in placed_nodes(other) if "mesh" in node]
    except Exception:  # whatever damaged bytes lead to; nobody asked for that file
        return []
