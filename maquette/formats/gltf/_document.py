"""A glTF file's JSON and its numbers: every size and index is checked before it is used."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from maquette.errors import InputError
from maquette.formats.gltf._compressed import decoded_view
from maquette.formats.parts import MAX_FACES
from maquette.formats.reading import beside, read_bounded

MAX_BYTES = 2**29
"""The largest glTF file, and the largest buffer beside it, that is read."""

_MAX_JSON = 2**25
_MAX_ELEMENTS = 5 * MAX_FACES
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")


class Document:
    """One file while it is read: its JSON, its buffers and what has been decoded so far."""

    def __init__(self, path: Path) -> None:
        data = read_bounded(path, MAX_BYTES, "a glTF or GLB file")
        text, self.binary = _chunks(data, path.name) if data[:4] == b"glTF" else (data, None)
        self.path = path
        self.json = _parsed(text, path.name, "JSON chunk" if data[:4] == b"glTF" else "text")
        self.buffers: dict[int, bytes] = {}
        self.views: dict[int, bytes] = {}
        self.arrays: dict[int, np.ndarray] = {}
        self.elements = 0

    def error(self, what: str, way_out: str = "export it again") -> InputError:
        """An InputError about this file."""
        return InputError(f"{self.path.name} {what}: {way_out}")

    def at(self, kind: str, index: Any) -> dict[str, Any]:
        """An object of one of the file's lists."""
        items = self.json.get(kind, [])
        if not isinstance(index, int) or not isinstance(items, list) or not 0 <= index < len(items):
            raise self.error(f"is damaged: it refers to {kind}[{index!r:.20}] of {len(items)}")
        if not isinstance(items[index], dict):
            raise self.error(f"is damaged: {kind}[{index}] is no object")
        return items[index]

    def array(self, index: Any, widths: tuple[int, ...]) -> np.ndarray:
        """An accessor's elements, (count, width); normalised integers as floats."""
        accessor = self.at("accessors", index)
        width, kind = _WIDTHS.get(accessor["type"]), _TYPES.get(accessor["componentType"])
        count = accessor["count"]
        if width not in widths or kind is None or not isinstance(count, int) or count < 0:
            raise self.error(f"is damaged: accessor {index} has a wrong type or count")
        if index not in self.arrays:
            self.spend(count)
            self.arrays[index] = self._elements(accessor, count, width, kind)
        return self.arrays[index]

    def _elements(self, accessor: dict[str, Any], count: int, width: int, kind: str) -> np.ndarray:
        if "bufferView" in accessor:
            array = self._window(accessor["bufferView"], accessor.get("byteOffset", 0), count, width, kind)
        else:
            array = np.zeros((count, width), kind)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            number, where, values = sparse["count"], sparse["indices"], sparse["values"]
            array = array.copy()
            place_kind = _TYPES[where["componentType"]]
            places = self._window(where["bufferView"], where.get("byteOffset", 0), number, 1, place_kind)
            values = self._window(values["bufferView"], values.get("byteOffset", 0), number, width, kind)
            array[places[:, 0]] = values
        if accessor.get("normalized") and array.dtype.kind in "iu":
            array = np.maximum(array / np.iinfo(array.dtype).max, -1.0)
        return array

    def spend(self, count: int) -> None:
        """Raise InputError once the file's accessors say more values than are read of any file."""
        self.elements += count
        if self.elements > _MAX_ELEMENTS:
            raise self.error(f"says it has over {_MAX_ELEMENTS:,} values; expected a smaller mesh", "decimate it")

    def view(self, index: Any) -> bytes:
        """The bytes of a buffer view, decompressed."""
        view = self.at("bufferViews", index)
        if index not in self.views:
            packed = next((e for name in _MESHOPT if (e := view.get("extensions", {}).get(name))), None)
            if packed is not None:
                self.spend(_size(self, packed["count"]))
                data = decoded_view(self._range(packed), packed, self.path.name)
                if len(data) < view["byteLength"]:
                    raise self.error("is damaged: a compressed view holds less than it says")
            else:
                data = self._range(view)
            self.views[index] = data
        return self.views[index]

    def uri(self, uri: Any, limit: int) -> bytes:
        """What a URI holds: base64 data, or a file beside this one."""
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

    def _window(self, view_index: Any, offset: int, count: int, width: int, kind: str) -> np.ndarray:
        item = np.dtype(kind).itemsize
        stride = self.at("bufferViews", view_index).get("byteStride", item * width)
        for number in (offset, stride, count):
            _size(self, number)
        data = self.view(view_index)
        needed = stride * (count - 1) + item * width if count else 0
        if offset + needed > len(data) or stride < item * width:
            raise self.error(
                f"is damaged: an accessor needs {offset + needed:,} bytes of a view of {len(data):,} bytes"
            )
        return np.ndarray((count, width), kind, data, offset, (stride, item))

    def _range(self, view: dict[str, Any]) -> bytes:
        start, length = _size(self, view.get("byteOffset", 0)), _size(self, view["byteLength"])
        buffer = self._buffer(view["buffer"])
        if start + length > len(buffer):
            raise self.error(
                f"is damaged: a view of {length:,} bytes ends beyond its buffer of {len(buffer):,} bytes"
            )
        return buffer if length == len(buffer) else buffer[start : start + length]

    def _buffer(self, index: Any) -> bytes:
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


def numbers(values: Any, count: int) -> np.ndarray:
    """Finite numbers of a file, as many as expected; ValueError otherwise."""
    array = np.asarray(values, np.float64)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise ValueError(f"expected {count} finite numbers")
    return array


def _size(document: Document, number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise document.error("is damaged: it has negative or fractional sizes")
    return number


def _parsed(text: bytes, name: str, kind: str) -> dict[str, Any]:
    if len(text) > _MAX_JSON:
        raise InputError(f"{name} has {len(text) / 1e6:.0f} MB of JSON; expected at most {_MAX_JSON / 1e6:.0f}")
    try:
        document = json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not glTF: its {kind} is no valid JSON; export it again") from error
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise InputError(f"{name} is not glTF: it has no asset object; export it again as glTF 2.0")
    if not str(document["asset"].get("version")).startswith("2."):
        raise InputError(f"{name} is not glTF 2.0 but {document['asset'].get('version')!r:.20}: export it as 2.0")
    return document


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
