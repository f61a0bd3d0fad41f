"""glTF binaries made by hand, and what their textures say at a point, read as the specification has it."""

import io
import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

KINDS = {np.dtype("<f4"): 5126, np.dtype("<u4"): 5125, np.dtype("<u2"): 5123, np.dtype("u1"): 5121}


def build(primitives: list[dict[str, Any]], pictures: Sequence[np.ndarray] = (), **more: Any) -> bytes:
    """A GLB with a mesh and a node for each primitive: {"attributes": {name: array}, "indices": array, ...}.

    `pictures` are bytes (height, width, 1, 3 or 4), each a texture of the same number; `more` are further keys.
    """
    body, views, accessors = bytearray(), [], []

    def view(data: bytes) -> int:
        body.extend(b"\0" * (-len(body) % 4))
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(data)})
        body.extend(data)
        return len(views) - 1

    def accessor(array: np.ndarray) -> int:
        array = np.ascontiguousarray(array)
        kind = "SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}"
        entry = {"bufferView": view(array.tobytes()), "componentType": KINDS[array.dtype], "count": len(array)}
        accessors.append({**entry, "type": kind})
        return len(accessors) - 1

    meshes = []
    for primitive in primitives:
        attributes = {name: accessor(np.asarray(a, "<f4")) for name, a in primitive["attributes"].items()}
        entry = {key: value for key, value in primitive.items() if key not in ("attributes", "indices")}
        entry |= {"attributes": attributes, "indices": accessor(np.asarray(primitive["indices"], "<u4"))}
        meshes.append({"primitives": [entry]})
    document: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "meshes": meshes}
    document["nodes"] = [{"mesh": index} for index in range(len(meshes))]
    document["scenes"] = [{"nodes": list(range(len(meshes)))}]
    if len(pictures):
        document["images"] = [{"bufferView": view(png(p)), "mimeType": "image/png"} for p in pictures]
        document["textures"] = [{"source": index} for index in range(len(pictures))]
    document |= {"accessors": accessors, "bufferViews": views, **more}
    document["buffers"] = [{"byteLength": len(body)}]
    return container(document, bytes(body))


def container(document: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body += b"\0" * (-len(body) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def parsed(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk of a GLB."""
    length = int.from_bytes(data[12:16], "little")
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(buffer, "PNG")
    return buffer.getvalue()


def blocks(cells: int, size: int, channels: int, seed: int) -> np.ndarray:
    """A picture of cells × cells blocks of random plain colours, `size` texels each."""
    colors = np.random.default_rng(seed).integers(20, 236, (cells, cells, channels), np.uint8)
    return np.kron(colors, np.ones((size, size, 1), np.uint8))


def texel(picture: np.ndarray, uv: np.ndarray, wrap: str = "repeat") -> np.ndarray:
    """The texels under coordinates [points, 2], in [0, 1]; glTF 2.0, section 3.8.4.5."""
    size = np.array([picture.shape[1], picture.shape[0]])
    if wrap == "clamp":
        place = np.clip(uv, 0, 1)
    elif wrap == "mirror":
        place = np.where(np.floor(uv) % 2 == 0, uv % 1, 1 - uv % 1)
    else:
        place = uv % 1
    columns, rows = np.minimum(np.floor(place * size), size - 1).astype(int).T
    return picture[rows, columns] / 255


def grid(cells: int, span: tuple[float, float] = (0, 1), at: float = 0.0) -> dict[str, Any]:
    """A flat square of small separate quads, one at the middle of each of cells² places, in the plane z = at.

    Texture coordinates run over `span` along x and, downwards, along -y.
    """
    steps = (np.arange(cells) + 0.5) / cells
    centres = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 1, 2)
    corners = (centres + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.1 / cells).reshape(-1, 2)
    count = len(corners)
    uv = span[0] + corners * (span[1] - span[0])
    position = np.column_stack([corners[:, 0], 1 - corners[:, 1], np.full(count, at)])
    first = np.arange(0, count, 4)[:, None]
    indices = (first + np.array([0, 3, 2, 0, 2, 1])).ravel()
    normal = np.tile([0.0, 0, 1], (count, 1))
    return {"attributes": {"POSITION": position, "NORMAL": normal, "TEXCOORD_0": uv}, "indices": indices}
