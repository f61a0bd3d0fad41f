"""The binary chunk of a GLB as it grows, with the accessors and buffer views that describe it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

_COMPONENTS = {"f4": 5126, "u4": 5125, "u2": 5123, "i2": 5122, "u1": 5121, "i1": 5120}


class Body:
    """Bytes, and the views and accessors that say what they are."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.fallback = 0
        """Bytes of the buffer that a reader without meshopt would need; it is not in the file."""

    def view(self, data: bytes, **more: Any) -> int:
        """A buffer view of these bytes."""
        self.views.append(self._placed(data) | more)
        return len(self.views) - 1

    def packed(self, data: bytes, size: int, extension: dict[str, Any], **more: Any) -> int:
        """A buffer view of `size` bytes that EXT_meshopt_compression unpacks from these."""
        self.fallback += -self.fallback % 4
        view = {"buffer": 1, "byteOffset": self.fallback, "byteLength": size}
        self.fallback += size
        extensions = {"EXT_meshopt_compression": self._placed(data) | extension}
        self.views.append(view | {"extensions": extensions} | more)
        return len(self.views) - 1

    def accessor(self, array: np.ndarray, view: int | None, normalized: bool = False, bounds: bool = False) -> int:
        """An accessor of an array [count] or [count, width] that a view holds."""
        entry: dict[str, Any] = {
            "componentType": _COMPONENTS[array.dtype.str[1:]],
            "count": len(array),
            "type": "SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}",
        }
        entry |= {} if view is None else {"bufferView": view}
        entry |= {"normalized": True} if normalized else {}
        entry |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()} if bounds else {}
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def container(self, gltf: dict[str, Any]) -> bytes:
        """The whole GLB file."""
        self.data += b"\0" * (-len(self.data) % 4)
        buffers: list[dict[str, Any]] = [{"byteLength": len(self.data)}]
        if self.fallback:
            extensions = {"EXT_meshopt_compression": {"fallback": True}}
            buffers.append({"byteLength": self.fallback, "extensions": extensions})
        gltf = gltf | {"buffers": buffers, "bufferViews": self.views, "accessors": self.accessors}
        text = json.dumps(gltf, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(self.data), b"BIN\0")
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks) + len(self.data)) + chunks + bytes(self.data)

    def _placed(self, data: bytes) -> dict[str, Any]:
        self.data += b"\0" * (-len(self.data) % 4)
        place = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self.data += data
        return place
