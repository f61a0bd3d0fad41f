"""glTF 2.0 files, binary or not, to parts: every size and index is checked before it is used."""

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from maquette.errors import InputError
from maquette.formats.images import MAX_BYTES as MAX_IMAGE_BYTES
from maquette.formats.images import decode
from maquette.formats.parts import MAX_FACES, MAX_TEXTURE, Part, Surface
from maquette.formats.reading import beside, read_bounded
from maquette.formats.srgb import srgb_from_linear

MAX_BYTES = 2**29
"""The largest glTF file, and the largest buffer beside it, that is read."""

_MAX_JSON = 2**25
_MAX_PRIMITIVES = 10_000
_MAX_NODES = 100_000
_MAX_ELEMENTS = 5 * MAX_FACES
_MAX_TEXTURE_PIXELS = 2**28
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
# Extensions that a file may require and that change nothing here, or that are read.
_READABLE = {
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_unlit",
    "KHR_materials_pbrSpecularGlossiness",
    "EXT_texture_webp",
}


def read_gltf(path: Path) -> tuple[list[Part], dict[str, Any]]:
    """The parts of a .glb or .gltf file's scene, transforms applied, and the receipt of a file made by maquette.

    Raises:
        InputError: What is wrong, where the file is damaged in a way that is known; other exceptions for
            JSON of the wrong shape.
    """
    data = read_bounded(path, MAX_BYTES, "a glTF or GLB file")
    text, binary = _chunks(data, path.name) if data[:4] == b"glTF" else (data, None)
    if len(text) > _MAX_JSON:
        raise InputError(
            f"{path.name} has {len(text) / 1e6:.0f} MB of JSON; expected at most {_MAX_JSON / 1e6:.0f}"
        )
    try:
        document = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        kind = "JSON chunk" if binary is not None or data[:4] == b"glTF" else "text"
        raise InputError(f"{path.name} is not glTF: its {kind} is no valid JSON; export it again") from error
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise InputError(f"{path.name} is not glTF: it has no asset object; export it again as glTF 2.0")
    if not str(document["asset"].get("version")).startswith("2."):
        raise InputError(
            f"{path.name} is not glTF 2.0 but {document['asset'].get('version')!r:.20}: export it as 2.0"
        )
    unknown = sorted(set(map(str, document.get("extensionsRequired", []))) - _READABLE)
    if unknown:
        raise InputError(f"{path.name} needs {unknown[0][:60]}, which is not read: export it without compression")
    extras = document["asset"].get("extras")
    receipt = extras.get("maquette") if isinstance(extras, dict) else None
    return _Reader(document, binary, path).parts(), receipt if isinstance(receipt, dict) else {}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _chunks(data: bytes, name: str) -> tuple[bytes, bytes | None]:
    """The JSON chunk and the binary chunk, where there is one, of a GLB file."""
    if len(data) < 20:
        raise InputError(f"{name} ends in its header ({len(data)} bytes); expected a whole GLB: copy it again")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise InputError(f"{name} is GLB version {version}; expected 2: export it as glTF 2.0")
    if length > len(data):
        raise InputError(f"{name} is cut off: it says {length:,} bytes and has {len(data):,}; copy it again")
    chunks: list[tuple[bytes, bytes]] = []
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<I4s", data, offset)
        if size > length - offset - 8:
            left = length - offset - 8
            raise InputError(f"{name} is damaged: a chunk says {size:,} bytes, {left:,} are left; copy it again")
        chunks.append((kind, data[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    if not chunks or chunks[0][0] != b"JSON":
        raise InputError(f"{name} is damaged: its first chunk is not JSON; export it again")
    return chunks[0][1], chunks[1][1] if len(chunks) > 1 and chunks[1][0] == b"BIN\0" else None


class _Reader:
    """One file while it is read: its JSON, its buffers and what has been decoded so far."""

    def __init__(self, document: dict[str, Any], binary: bytes | None, path: Path) -> None:
        self.document, self.binary, self.path = document, binary, path
        self.buffers: dict[int, bytes] = {}
        self.surfaces: dict[int, Surface] = {}
        self.images: dict[int, np.ndarray] = {}
        self.texture_pixels = 0
        self.elements = 0

    def parts(self) -> list[Part]:
        drawn = []
        for node, world in self.placed_nodes():
            if "mesh" in node:
                # A skinned mesh stands where its vertices are, as bound, whatever its node says.
                placed = np.eye(4) if "skin" in node else world
                drawn += [(primitive, placed) for primitive in self.at("meshes", node["mesh"])["primitives"]]
            if len(drawn) > _MAX_PRIMITIVES:
                raise self.error(f"draws over {_MAX_PRIMITIVES:,} parts", "join them before export")
        solid = [(primitive, world) for primitive, world in drawn if primitive.get("mode", 4) in (4, 5, 6)]
        if not solid:
            what = "only points or lines" if drawn else "no mesh in its scene"
            raise self.error(f"has {what}, no faces; expected triangles", "export it with surfaces")
        return [self.part(primitive, world) for primitive, world in solid]

    def error(self, what: str, way_out: str = "export it again") -> InputError:
        return InputError(f"{self.path.name} {what}: {way_out}")

    def at(self, kind: str, index: Any) -> dict[str, Any]:
        items = self.document.get(kind, [])
        if not isinstance(index, int) or not isinstance(items, list) or not 0 <= index < len(items):
            raise self.error(f"is damaged: it refers to {kind}[{index!r:.20}] of {len(items)}")
        if not isinstance(items[index], dict):
            raise self.error(f"is damaged: {kind}[{index}] is no object")
        return items[index]

    def placed_nodes(self) -> list[tuple[dict[str, Any], np.ndarray]]:
        """The nodes of the scene, each once, with their world transforms."""
        if len(self.document.get("nodes", [])) > _MAX_NODES:
            raise self.error(f"has over {_MAX_NODES:,} nodes", "join them before export")
        if self.document.get("scenes"):
            roots = self.at("scenes", self.document.get("scene", 0)).get("nodes", [])
        else:
            nodes = self.document.get("nodes", [])
            children = {child for node in nodes for child in node.get("children", [])}
            roots = [index for index in range(len(nodes)) if index not in children]
            if not nodes:
                return [({"mesh": index}, np.eye(4)) for index in range(len(self.document.get("meshes", [])))]
        placed, seen, waiting = [], set(), [(root, np.eye(4)) for root in reversed(roots)]
        while waiting:
            index, parent = waiting.pop()
            node = self.at("nodes", index)
            if index in seen:
                raise self.error(f"is damaged: node {index} is its own ancestor or has two parents")
            seen.add(index)
            world = parent @ _local(node)
            if not np.isfinite(world).all():
                raise self.error(f"has a node ({index}) whose transform is not finite")
            placed.append((node, world))
            waiting += [(child, world) for child in reversed(node.get("children", []))]
        return placed

    def part(self, primitive: dict[str, Any], world: np.ndarray) -> Part:
        attributes = primitive["attributes"]
        vertices = self.array(attributes["POSITION"], (3,)).astype(np.float64)
        if "indices" in primitive:
            indices = self.array(primitive["indices"], (1,))
            if indices.dtype.kind != "u":
                raise self.error("is damaged: its indices are not unsigned integers")
            order = indices[:, 0].astype(np.int64)
        else:
            order = np.arange(len(vertices))
        faces = _triangles(order, primitive.get("mode", 4))
        normals = self.attribute(attributes, "NORMAL", (3,), len(vertices))
        material = primitive.get("material")
        surface = Surface(metallic=1.0, roughness=1.0) if material is None else self.surface(material)
        uv = None
        if surface.textured:
            info = self.base_texture_info(material)
            transform = info.get("extensions", {}).get("KHR_texture_transform", {})
            channel = transform.get("texCoord", info.get("texCoord", 0))
            uv = self.attribute(attributes, f"TEXCOORD_{channel}", (2,), len(vertices))
            if uv is not None and transform:
                turn = float(transform.get("rotation", 0))
                rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
                uv = (uv * _numbers(transform.get("scale", [1, 1]), 2)) @ rotation.T
                uv += _numbers(transform.get("offset", [0, 0]), 2)
        colors = self.attribute(attributes, "COLOR_0", (3, 4), len(vertices))
        if colors is not None:
            colors = (
                None
                if (colors[:, :3] == 1).all()
                else np.clip(srgb_from_linear(np.clip(colors[:, :3], 0, 1)), 0, 1)
            )
        if not np.array_equal(world, np.eye(4)):
            with np.errstate(over="ignore", invalid="ignore"):
                vertices = vertices @ world[:3, :3].T + world[:3, 3]
            determinant = np.linalg.det(world[:3, :3])
            if determinant < 0:
                faces = faces[:, ::-1]
            if normals is not None:
                # The cofactor matrix is the inverse transpose times the determinant, and exists even when flat.
                a, b, c = world[:3, :3]
                cofactor = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
                normals = normals @ cofactor.T * (-1 if determinant < 0 else 1)
        return Part(vertices, np.ascontiguousarray(faces), normals, uv, colors, surface)

    def attribute(
        self, attributes: dict[str, Any], name: str, widths: tuple[int, ...], count: int
    ) -> np.ndarray | None:
        if name not in attributes:
            return None
        array = self.array(attributes[name], widths).astype(np.float64)
        if len(array) != count:
            raise self.error(f"is damaged: {name} has {len(array):,} entries for {count:,} vertices")
        return array

    def array(self, index: Any, widths: tuple[int, ...]) -> np.ndarray:
        """An accessor's elements, (count, width); normalised integers as floats."""
        accessor = self.at("accessors", index)
        width, kind = _WIDTHS.get(accessor["type"]), _TYPES.get(accessor["componentType"])
        count = accessor["count"]
        if width not in widths or kind is None or not isinstance(count, int) or count < 0:
            raise self.error(f"is damaged: accessor {index} has a wrong type or count")
        self.elements += count
        if self.elements > _MAX_ELEMENTS:
            raise self.error(f"says it has over {_MAX_ELEMENTS:,} values; expected a smaller mesh", "decimate it")
        if "bufferView" in accessor:
            array = self.window(
                accessor, accessor["bufferView"], accessor.get("byteOffset", 0), count, width, kind
            )
        else:
            array = np.zeros((count, width), kind)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            number, where, values = sparse["count"], sparse["indices"], sparse["values"]
            array = array.copy()
            places = self.window(
                accessor,
                where["bufferView"],
                where.get("byteOffset", 0),
                number,
                1,
                _TYPES[where["componentType"]],
            )
            array[places[:, 0]] = self.window(
                accessor, values["bufferView"], values.get("byteOffset", 0), number, width, kind
            )
        if accessor.get("normalized") and array.dtype.kind in "iu":
            array = np.maximum(array / np.iinfo(array.dtype).max, -1.0)
        return array

    def window(self, accessor: Any, view_index: Any, offset: int, count: int, width: int, kind: str) -> np.ndarray:
        view = self.at("bufferViews", view_index)
        start, length = view.get("byteOffset", 0), view["byteLength"]
        item = np.dtype(kind).itemsize
        stride = view.get("byteStride", item * width)
        if not all(isinstance(number, int) and number >= 0 for number in (start, length, offset, stride, count)):
            raise self.error("is damaged: it has negative or fractional sizes")
        buffer = self.buffer(view["buffer"])
        needed = stride * (count - 1) + item * width if count else 0
        if start + length > len(buffer) or offset + needed > length or stride < item * width:
            raise self.error(
                f"is damaged: an accessor needs {offset + needed:,} bytes of a view of {length:,} "
                f"in a buffer of {len(buffer):,}"
            )
        return np.ndarray((count, width), kind, buffer, start + offset, (stride, item))

    def buffer(self, index: Any) -> bytes:
        buffer = self.at("buffers", index)
        if index not in self.buffers:
            if "uri" in buffer:
                data = self.uri(buffer["uri"], MAX_BYTES)
            elif index == 0 and self.binary is not None:
                data = self.binary
            else:
                raise self.error(f"is damaged: buffer {index} has no data")
            if buffer["byteLength"] > len(data):
                raise self.error(
                    f"is damaged: buffer {index} says {buffer['byteLength']:,} bytes, has {len(data):,}"
                )
            self.buffers[index] = data
        return self.buffers[index]

    def uri(self, uri: Any, limit: int) -> bytes:
        if not isinstance(uri, str):
            raise self.error("is damaged: a file name in it is no text")
        if uri.startswith("data:"):
            header, _, content = uri.partition(",")
            if not header.endswith(";base64"):
                raise self.error("has a data URI that is not base64")
            try:
                return base64.b64decode(content, validate=True)
            except (binascii.Error, ValueError) as error:
                raise self.error("has a damaged data URI") from error
        return read_bounded(beside(self.path, unquote(uri)), limit, f"what {self.path.name} refers to")

    def base_texture_info(self, material_index: Any) -> dict[str, Any]:
        material = self.at("materials", material_index)
        pbr = material.get("pbrMetallicRoughness", {})
        old = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        for info in (pbr.get("baseColorTexture"), old.get("diffuseTexture"), pbr.get("metallicRoughnessTexture")):
            if info is not None:
                return info
        return {}

    def surface(self, index: Any) -> Surface:
        material = self.at("materials", index)
        if index not in self.surfaces:
            pbr = material.get("pbrMetallicRoughness", {})
            old = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness")
            if old is not None and not pbr:
                base = self.texture(old.get("diffuseTexture"))
                factor = _numbers(old.get("diffuseFactor", [1, 1, 1, 1]), 4)
                surface = Surface(_rgb(base), _color(factor), None, 0.0, 1 - _unit(old.get("glossinessFactor", 1)))
            else:
                base = self.texture(pbr.get("baseColorTexture"))
                rest = self.texture(pbr.get("metallicRoughnessTexture"))
                surface = Surface(
                    _rgb(base),
                    _color(_numbers(pbr.get("baseColorFactor", [1, 1, 1, 1]), 4)),
                    None if rest is None else np.ascontiguousarray(rest[..., [2, 1]]),
                    _unit(pbr.get("metallicFactor", 1)),
                    _unit(pbr.get("roughnessFactor", 1)),
                )
            self.surfaces[index] = surface
        return self.surfaces[index]

    def texture(self, info: Any) -> np.ndarray | None:
        if info is None:
            return None
        texture = self.at("textures", info["index"])
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        source = webp.get("source", texture.get("source"))
        if source is None:
            return None
        image = self.at("images", source)
        if source not in self.images:
            if "bufferView" in image:
                view = self.at("bufferViews", image["bufferView"])
                window = self.window(None, image["bufferView"], 0, view["byteLength"], 1, "<u1")
                data = window.tobytes()
            else:
                data = self.uri(image["uri"], MAX_IMAGE_BYTES)
            picture = decode(data, f"image {source} of {self.path.name}")
            self.texture_pixels += picture.width * picture.height
            if self.texture_pixels > _MAX_TEXTURE_PIXELS:
                raise self.error(
                    f"has over {_MAX_TEXTURE_PIXELS / 1e6:.0f} million pixels of textures", "scale them down"
                )
            picture = picture.convert("RGB")
            picture.thumbnail((MAX_TEXTURE, MAX_TEXTURE))
            self.images[source] = np.asarray(picture)
        return self.images[source]


def _local(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return _numbers(node["matrix"], 16).reshape(4, 4).T
    x, y, z, w = _numbers(node.get("rotation", [0, 0, 0, 1]), 4)
    local = np.eye(4)
    local[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    local[:3, :3] *= _numbers(node.get("scale", [1, 1, 1]), 3)
    local[:3, 3] = _numbers(node.get("translation", [0, 0, 0]), 3)
    return local


def _triangles(order: np.ndarray, mode: int) -> np.ndarray:
    if mode == 4:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if len(order) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == 6:
        return np.column_stack([order[1:-1], order[2:], np.full(len(order) - 2, order[0])])
    strip = np.column_stack([order[:-2], order[1:-1], order[2:]])
    strip[1::2] = strip[1::2, [0, 2, 1]]
    return strip


def _numbers(values: Any, count: int) -> np.ndarray:
    array = np.asarray(values, np.float64)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise ValueError(f"expected {count} finite numbers")
    return array


def _unit(value: Any) -> float:
    return float(np.clip(_numbers([value], 1)[0], 0, 1))


def _color(factor: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in np.clip(factor[:3], 0, 1))
    return red, green, blue


def _rgb(picture: np.ndarray | None) -> np.ndarray | None:
    return None if picture is None else np.ascontiguousarray(picture[..., :3])
