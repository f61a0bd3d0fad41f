"""Assets to GLB files: one mesh, one material, the same bytes for the same asset."""

import json
import os
import re
import struct
from typing import Any

import numpy as np
from jaxtyping import Float32

from maquette import __version__
from maquette.artifacts import Asset, Material, Mesh, check_mesh
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically
from maquette.formats.images import png_bytes
from maquette.formats.srgb import linear_from_srgb

_FLOAT, _UINT16, _UINT32 = 5126, 5123, 5125
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_LINEAR, _LINEAR_MIPMAP_LINEAR, _CLAMP, _REPEAT = 9729, 9987, 33071, 10497


def export_glb(asset: Asset, path: str | os.PathLike[str]) -> None:
    """Write an asset as a GLB file, whole or not at all.

    Args:
        asset: What to write; its pivot goes to the base centre and its height becomes `height_meters`.
        path: The file to make or replace.

    Raises:
        InputError: The asset has no faces or values that are not finite, or the place cannot be written.
    """
    write_atomically(path, glb_bytes(asset))


def glb_bytes(asset: Asset) -> bytes:
    """An asset as a glTF 2.0 binary: +Y up, +Z front, metres, one indexed mesh, PNG textures inside.

    The same asset gives the same bytes. The receipt stands in `asset.extras.maquette`.

    Raises:
        InputError: The asset has no faces or values that are not finite.
    """
    mesh, material = asset.mesh, asset.material
    check_mesh(mesh)
    if asset.uv is not None and not np.isfinite(asset.uv).all():
        raise InputError("the mesh has NaN or infinite texture coordinates; expected finite ones: unwrap it again")
    textured = asset.uv is not None and (
        material.base_color is not None or material.metallic_roughness is not None
    )
    name = _slug(str(asset.receipt.get("prompt") or asset.receipt.get("name") or "asset"))
    body = _Body()

    attributes = {
        "POSITION": body.vertices(metric_positions(mesh, asset.height_meters), bounds=True),
        "NORMAL": body.vertices(_unit(asset.normals)),
    }
    if asset.uv is not None:
        attributes["TEXCOORD_0"] = body.vertices(asset.uv)
    if mesh.vertex_colors is not None and not (textured and material.base_color is not None):
        attributes["COLOR_0"] = body.vertices(linear_from_srgb(np.clip(mesh.vertex_colors, 0, 1)))
    primitive = {"attributes": attributes, "indices": body.indices(mesh.faces), "material": 0, "mode": 4}

    gltf: dict[str, Any] = {
        "asset": {
            "version": "2.0",
            "generator": f"maquette {__version__}",
            "extras": {"maquette": dict(asset.receipt)},
        },
        "scene": 0,
        "scenes": [{"name": "scene", "nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0}],
        "meshes": [{"name": f"geo_{name}", "primitives": [primitive]}],
        "materials": [_material(material, f"mat_{name}", textured)],
    }
    if textured:
        for suffix, picture in _pictures(material):
            gltf.setdefault("images", []).append(
                {
                    "name": f"tex_{name}_{suffix}",
                    "mimeType": "image/png",
                    "bufferView": body.view(png_bytes(picture)),
                }
            )
            gltf.setdefault("textures", []).append({"sampler": 0, "source": len(gltf["images"]) - 1})
        assert asset.uv is not None
        wrap = _CLAMP if asset.uv.min() >= 0 and asset.uv.max() <= 1 else _REPEAT
        filters = {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR}
        gltf["samplers"] = [{**filters, "wrapS": wrap, "wrapT": wrap}]
    return _container(gltf, body)


def metric_positions(mesh: Mesh, height_meters: float) -> Float32[np.ndarray, "vertices 3"]:
    """Vertices with the centre of their base at the origin and their extent along y equal to the height.

    A flat thing, whose height is under a thousandth of its width, is as wide as the height instead.
    """
    vertices = mesh.vertices.astype(np.float64)
    used = vertices[np.unique(mesh.faces)]
    low, high = used.min(0), used.max(0)
    base = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    extent = height_extent(low, high)
    return ((vertices - base) * (height_meters / extent if extent > 0 else 1)).astype(np.float32)


def height_extent(low: np.ndarray, high: np.ndarray) -> float:
    """What counts as an object's height: its extent along y, or the largest extent of a flat thing."""
    extent = np.asarray(high, np.float64) - low
    return float(extent[1] if extent[1] > 1e-3 * extent.max() else extent.max())


class _Body:
    """The binary chunk as it grows, with the accessors and buffer views that describe it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self.views.append(view | ({"target": target} if target else {}))
        self.data += data
        return len(self.views) - 1

    def vertices(self, array: np.ndarray, bounds: bool = False) -> int:
        array = np.ascontiguousarray(array, "<f4")
        accessor: dict[str, Any] = {
            "bufferView": self.view(array.tobytes(), _ARRAY_BUFFER),
            "componentType": _FLOAT,
            "count": len(array),
            "type": f"VEC{array.shape[1]}",
        }
        if bounds:
            accessor |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def indices(self, faces: np.ndarray) -> int:
        # The largest value of each type is reserved for restarting strips.
        small = faces.max() < 65535
        data = faces.astype("<u2" if small else "<u4").tobytes()
        self.accessors.append(
            {
                "bufferView": self.view(data, _ELEMENT_ARRAY_BUFFER),
                "componentType": _UINT16 if small else _UINT32,
                "count": faces.size,
                "type": "SCALAR",
            }
        )
        return len(self.accessors) - 1


def _material(material: Material, name: str, textured: bool) -> dict[str, Any]:
    pbr: dict[str, Any] = {"baseColorFactor": [*map(float, material.base_color_factor), 1.0]}
    texture = 0
    if textured and material.base_color is not None:
        pbr["baseColorTexture"] = {"index": texture}
        texture += 1
    if textured and material.metallic_roughness is not None:
        pbr |= {"metallicRoughnessTexture": {"index": texture}, "metallicFactor": 1.0, "roughnessFactor": 1.0}
    else:
        pbr |= {"metallicFactor": float(material.metallic), "roughnessFactor": float(material.roughness)}
    return {"name": name, "pbrMetallicRoughness": pbr, "doubleSided": False}


def _pictures(material: Material) -> list[tuple[str, np.ndarray]]:
    pictures = []
    if material.base_color is not None:
        pictures.append(("basecolor", material.base_color))
    if material.metallic_roughness is not None:
        metallic, roughness = material.metallic_roughness[..., 0], material.metallic_roughness[..., 1]
        # R is occlusion in the usual ORM layout: 1, so that the picture may serve as one.
        pictures.append(("orm", np.stack([np.ones_like(metallic), roughness, metallic], -1)))
    return pictures


def _container(gltf: dict[str, Any], body: _Body) -> bytes:
    body.data += b"\0" * (-len(body.data) % 4)
    gltf |= {"accessors": body.accessors, "bufferViews": body.views, "buffers": [{"byteLength": len(body.data)}]}
    text = json.dumps(gltf, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body.data), b"BIN\0")
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks) + len(body.data)) + chunks + bytes(body.data)


def _unit(normals: np.ndarray) -> np.ndarray:
    """Normals of length one in float32; what has no direction points up."""
    normals = np.nan_to_num(normals.astype(np.float64), posinf=0, neginf=0)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), [0, 1, 0])


def _slug(text: str) -> str:
    """A name that every engine takes: a-z, 0-9 and _, a letter first, 40 characters at most."""
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"^(an?|the)\s+", "", text.strip().lower()))
    return re.sub(r"^[^a-z]+", "", words)[:40].strip("_") or "asset"
