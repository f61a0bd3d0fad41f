"""glTF 2.0 files, binary or not, to parts: scenes flattened, materials with all their maps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maquette.artifacts import Mesh
from maquette.errors import InputError
from maquette.formats.gltf._document import MAX_BYTES as MAX_BYTES
from maquette.formats.gltf._document import Document as Document
from maquette.formats.gltf._materials import Materials
from maquette.formats.gltf._package import COLLISION
from maquette.formats.gltf._package import Package as Package
from maquette.formats.gltf._package import read_package as read_package
from maquette.formats.gltf._scene import TRIANGLES, placed_primitives, read_part
from maquette.formats.gltf._stand_ins import read_hulls, read_levels
from maquette.formats.parts import Part

# Extensions that a file may require and that are read, or that change nothing here; KHR_materials_* as well.
_READABLE = {
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_texture_webp",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "MSFT_lod",
}


@dataclass(frozen=True)
class Scene:
    """What a file shows, and what stands beside that in a file made by maquette."""

    parts: list[Part]
    receipt: dict[str, Any]
    levels: list[Part]
    hulls: list[Mesh]


def read_gltf(path: Path) -> Scene:
    """The parts of a .glb or .gltf file's scene, transforms applied, and what maquette put beside them.

    Skinned meshes stand as they are bound; instances are repeated; collision shapes, told by Unreal's prefixes,
    are left out where there is anything else.

    Raises:
        InputError: What is wrong, where the file is damaged in a way that is known; other exceptions for
            JSON of the wrong shape.
    """
    document = Document(path)
    unknown = sorted(
        name
        for name in set(map(str, document.json.get("extensionsRequired", [])))
        if name not in _READABLE and not name.startswith("KHR_materials_")
    )
    if unknown:
        raise InputError(f"{path.name} needs {unknown[0][:60]}, which is not read: export it without compression")
    drawn = placed_primitives(document)
    solid = [item for item in drawn if item[1].get("mode", 4) in TRIANGLES]
    if not solid:
        what = "only points or lines" if drawn else "no mesh in its scene"
        raise document.error(f"has {what}, no faces; expected triangles", "export it with surfaces")
    shown = [item for item in solid if not item[0].startswith(COLLISION)]
    materials = Materials(document)
    parts = [read_part(document, materials, primitive, world) for _, primitive, world in shown or solid]
    extras = document.json["asset"].get("extras")
    receipt = extras.get("maquette") if isinstance(extras, dict) else None
    if not (isinstance(receipt, dict) and _is_receipt(receipt)):
        return Scene(parts, {}, [], [])
    hulls = read_hulls(document, receipt) if shown else []
    return Scene(parts, receipt, read_levels(document, materials), hulls)


def _is_receipt(value: dict[str, Any]) -> bool:
    """Whether a value is in the form of our receipts, and can be written again."""
    lists = [value.get(key, []) for key in ("stages", "models")]
    try:
        json.dumps(value, allow_nan=False)  # 1e400 is JSON, and infinite once it is read
    except (ValueError, RecursionError):
        return False
    return all(isinstance(items, list) and all(isinstance(item, dict) for item in items) for items in lists)
