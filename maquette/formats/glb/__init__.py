"""Assets to GLB files: one material, levels of detail, hulls; the same bytes for the same asset."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from maquette import __version__
from maquette.artifacts import Asset, Level, Mesh, check_asset, check_mesh
from maquette.errors import InputError
from maquette.formats.atomic import check_writable, write_atomically
from maquette.formats.glb._body import Body
from maquette.formats.glb._compressed import check_compression
from maquette.formats.glb._geometry import Compression, Frame, Pivot, primitive, quantization_grid
from maquette.formats.glb._geometry import height_extent as height_extent
from maquette.formats.glb._geometry import metric_frame as metric_frame
from maquette.formats.glb._geometry import ordered as ordered
from maquette.formats.glb._materials import require, write_material
from maquette.formats.textures import Encoding, check_encoding

COMPRESSIONS: tuple[Compression, ...] = ("none", "quantize", "meshopt", "draco")

Lods = Literal["inside", "files", "both", "none"]
Collision = Literal["inside", "file", "none"]
LODS: tuple[Lods, ...] = ("inside", "files", "both", "none")
COLLISIONS: tuple[Collision, ...] = ("inside", "file", "none")

_REQUIRED = {
    "none": (),
    "quantize": ("KHR_mesh_quantization",),
    "meshopt": ("EXT_meshopt_compression", "KHR_mesh_quantization"),
    "draco": ("KHR_draco_mesh_compression",),
}


def export_glb(
    asset: Asset,
    path: str | os.PathLike[str],
    *,
    textures: Encoding = "png",
    compress: Compression = "none",
    lods: Lods = "inside",
    collision: Collision = "file",
    pivot: Pivot = "base",
) -> list[Path]:
    """Write an asset as a GLB file, each file whole or not at all.

    Args:
        asset: What to write; its height becomes `height_meters`.
        path: The file to make or replace.
        textures: png, jpeg (normals stay PNG), webp or ktx2 (needs KTX-Software).
        compress: none, quantize (KHR_mesh_quantization), meshopt or draco (these need `maquette[compress]`).
        lods: Coarser levels inside the file (MSFT_lod), in files of their own beside it (NAME_LOD0.glb,
            NAME_LOD1.glb, ...), both, or none. An asset without levels has none.
        collision: Hulls in a file of their own beside it (NAME_collision.glb), inside it as nodes named
            UCX_NAME_00 and so on, or none. An asset without hulls has none.
        pivot: What goes to the origin: the centre of the base (for a floor), of the back (a wall), of the top (a
            ceiling), or of the whole.

    Returns:
        The files that were written, the one at `path` first.

    Raises:
        InputError: The asset has no faces or values that are not finite, an option is not known or needs what is
            not installed, or the place cannot be written.
    """
    path = Path(path)
    data = glb_bytes(asset, textures=textures, compress=compress, lods=lods, collision=collision, pivot=pivot)
    files = {path: data}
    frame = metric_frame(asset.mesh, asset.height_meters, pivot)
    if asset.lods and lods in ("files", "both"):
        bare = replace(asset, lods=(), collision=())
        for number, level in enumerate((asset, *asset.lods)):
            own = replace(bare, mesh=level.mesh, uv=level.uv, normals=level.normals, tangents=level.tangents)
            data = _file(own, frame, [own], (), textures, compress, f"_LOD{number}")
            files[path.with_stem(f"{path.stem}_LOD{number}")] = data
    if asset.collision and collision == "file":
        files[path.with_stem(f"{path.stem}_collision")] = collision_bytes(asset, pivot)
    for place in files:
        check_writable(place)
    for place, data in files.items():
        write_atomically(place, data)
    return list(files)


def glb_bytes(
    asset: Asset,
    *,
    textures: Encoding = "png",
    compress: Compression = "none",
    lods: Lods = "inside",
    collision: Collision = "file",
    pivot: Pivot = "base",
) -> bytes:
    """An asset as a glTF 2.0 binary: +Y up, +Z front, metres, triangles in cache order, textures inside.

    The same asset gives the same bytes. The receipt stands in `asset.extras.maquette`.

    Raises:
        InputError: As `export_glb`.
    """
    if compress not in COMPRESSIONS:
        raise InputError(f"compression {compress!r} is not known; expected one of {', '.join(COMPRESSIONS)}")
    check_compression(compress)
    check_encoding(textures)
    check_places(lods, collision)
    check_asset(asset)
    levels: list[Asset | Level] = [asset, *(asset.lods if lods in ("inside", "both") else ())]
    for number, level in enumerate(asset.lods, 1):
        check_mesh(level.mesh, f"level {number}")
        if level.uv is None and asset.uv is not None:
            raise InputError(f"level {number} has no texture coordinates, and the asset has: unwrap it too")
        if level.uv is not None and not np.isfinite(level.uv).all():
            raise InputError(f"level {number} has NaN or infinite texture coordinates: unwrap it again")
    hulls = asset.collision if collision == "inside" else ()
    frame = metric_frame(asset.mesh, asset.height_meters, pivot)
    return _file(asset, frame, levels, hulls, textures, compress)


def check_places(lods: Lods, collision: Collision) -> None:
    """Raise InputError for a place of levels or hulls that is not known."""
    if lods not in LODS:
        raise InputError(f"levels of detail {lods!r} are not known; expected one of {', '.join(LODS)}")
    if collision not in COLLISIONS:
        raise InputError(f"collision {collision!r} is not known; expected one of {', '.join(COLLISIONS)}")


def collision_bytes(asset: Asset, pivot: Pivot = "base") -> bytes:
    """An asset's hulls alone as a GLB, nodes named UCX_NAME_00 and so on, in the frame of the asset's own file."""
    name, body = asset_name(asset), Body()
    gltf = _document(asset)
    frame = metric_frame(asset.mesh, asset.height_meters, pivot)
    _write_hulls(gltf, body, asset.collision, name, frame)
    gltf["scenes"][0]["nodes"] = list(range(len(gltf["nodes"])))
    return body.container(gltf)


def metric_positions(mesh: Mesh, height_meters: float) -> Float32[np.ndarray, "vertices 3"]:
    """Vertices with the centre of their base at the origin and their extent along y equal to the height.

    A flat thing, whose height is under a thousandth of its width, is as wide as the height instead.
    """
    return metric_frame(mesh, height_meters).metric(mesh.vertices)


def asset_name(asset: Asset) -> str:
    """What an asset's nodes, meshes and textures are called after: its prompt or name, in a-z, 0-9 and _."""
    return _slug(str(asset.receipt.get("name") or asset.receipt.get("prompt") or "asset"))


def _file(
    asset: Asset,
    frame: Frame,
    levels: Sequence[Asset | Level],
    hulls: Sequence[Mesh],
    textures: Encoding,
    compress: Compression,
    suffix: str = "",
) -> bytes:
    name, body, gltf = asset_name(asset), Body(), _document(asset)
    material = asset.material
    textured = asset.uv is not None
    colored = not (textured and material.base_color is not None)
    tangents = textured and material.normal_map is not None  # else nothing would look at them
    arrays = [ordered(level, colored, tangents) for level in levels]
    for level in arrays:
        level["POSITION"] = frame.metric(level["POSITION"])
    grid = (
        quantization_grid([level["POSITION"] for level in arrays]) if compress in ("quantize", "meshopt") else None
    )
    nodes: list[dict[str, Any]] = gltf["nodes"]
    if grid is not None:
        nodes.append({"name": f"{name}{suffix}", "children": [1]})  # its own frame is the asset's, unscaled
    first = len(nodes)
    for number, level in enumerate(arrays):
        ending = suffix if number == 0 else f"_LOD{number}"
        drawn = {**primitive(body, level, compress, grid), "material": 0}
        gltf["meshes"].append({"name": f"geo_{name}{ending}", "primitives": [drawn]})
        node_name = f"{name}{ending}" if number or grid is None else f"geo_{name}{ending}"
        nodes.append({"name": node_name, "mesh": number} | (grid.node() if grid else {}))
    if len(levels) > 1:
        coarser = list(range(first + 1, len(nodes)))
        nodes[first] |= {
            "extensions": {"MSFT_lod": {"ids": coarser}},
            "extras": {"MSFT_screencoverage": _shares(levels)},
        }
        gltf["extensionsUsed"] = sorted({*gltf.get("extensionsUsed", []), "MSFT_lod"})
        # Blender shows nodes that belong to no scene, all levels in one place; those of another scene it hides.
        gltf["scenes"].append({"name": "levels", "nodes": coarser})
    roots = [0]
    if hulls:
        roots += list(range(len(nodes), len(nodes) + len(hulls)))
        _write_hulls(gltf, body, hulls, name, frame)
    gltf["scenes"][0]["nodes"] = roots
    write_material(gltf, body, material, name, asset.uv, textures)
    for extension in _REQUIRED[compress]:
        require(gltf, extension)
    return body.container(gltf)


def _document(asset: Asset) -> dict[str, Any]:
    return {
        "asset": {
            "version": "2.0",
            "generator": f"maquette {__version__}",
            "extras": {"maquette": dict(asset.receipt)},
        },
        "scene": 0,
        "scenes": [{"name": "scene", "nodes": [0]}],
        "nodes": [],
        "meshes": [],
    }


def _write_hulls(gltf: dict[str, Any], body: Body, hulls: Sequence[Mesh], name: str, frame: Frame) -> None:
    for number, hull in enumerate(hulls):
        check_mesh(hull, f"hull {number}")
        drawn = primitive(body, {"faces": hull.faces, "POSITION": frame.metric(hull.vertices)})
        label = f"UCX_{name}_{number:02}"
        gltf["nodes"].append({"name": label, "mesh": len(gltf["meshes"])})
        gltf["meshes"].append({"name": label, "primitives": [drawn]})


def _shares(levels: Sequence[Asset | Level]) -> list[float]:
    """Down to which share of the screen each level serves: as many pixels a triangle at every change of level."""
    most = len(levels[0].mesh.faces)
    return [round(0.5 * len(level.mesh.faces) / most, 6) for level in levels[1:]] + [0.0]


def _slug(text: str) -> str:
    """A name that every engine takes: a-z, 0-9 and _, a letter first, 40 characters at most."""
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"^(an?|the)\s+", "", text.strip().lower()))
    return re.sub(r"^[^a-z]+", "", words)[:40].strip("_") or "asset"
