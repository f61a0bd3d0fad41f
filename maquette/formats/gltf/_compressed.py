"""Compressed geometry in glTF files, through the libraries of the extra `maquette[compress]`."""

from __future__ import annotations

from typing import Any

import numpy as np

from maquette.errors import InputError

# The filters' names in the library, and the strides that they are for.
_FILTERS = {
    "NONE": ("", range(4, 257, 4)),
    "OCTAHEDRAL": ("oct", (4, 8)),
    "QUATERNION": ("quat", (8,)),
    "EXPONENTIAL": ("exp", range(4, 257, 4)),
}


def decoded_view(data: bytes, packed: dict[str, Any], name: str) -> bytes:
    """The bytes of a buffer view that EXT_ or KHR_meshopt_compression packed.

    Args:
        data: The packed bytes.
        packed: The extension's object: count, byteStride, mode, filter.
        name: What to call the file in an error.

    Raises:
        InputError: meshoptimizer is not installed, or the bytes are damaged.
    """
    try:
        import meshoptimizer  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(_missing(name, "meshopt", "meshoptimizer")) from error
    count, stride, mode = packed["count"], packed["byteStride"], packed["mode"]
    filtered, strides = _FILTERS.get(packed.get("filter", "NONE"), ("", ()))
    try:
        if mode == "ATTRIBUTES" and stride in strides:
            kind = np.dtype((np.void, stride))
            out = meshoptimizer.decode_vertex_buffer(count, stride, data, kind).view(np.uint8)
            if filtered:
                out = getattr(meshoptimizer, f"decode_filter_{filtered}")(out, count, stride)
            return out.tobytes()
        if mode in ("TRIANGLES", "INDICES") and stride in (2, 4):
            decode = (
                meshoptimizer.decode_index_buffer if mode == "TRIANGLES" else meshoptimizer.decode_index_sequence
            )
            return decode(count, 4, data).astype(f"<u{stride}").tobytes()
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{name} is damaged: its meshopt data cannot be decoded; export it again") from error
    raise InputError(f"{name} is damaged: a compressed view has a wrong mode, stride or filter; export it again")


def decoded_draco(data: bytes, name: str) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Faces, and vertex attributes by their ids, of what KHR_draco_mesh_compression packed.

    Raises:
        InputError: DracoPy is not installed, or the bytes are damaged.
    """
    try:
        import DracoPy  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(_missing(name, "Draco", "DracoPy")) from error
    try:
        mesh = DracoPy.decode(data)
        faces = np.asarray(mesh.faces, np.int64).reshape(-1, 3)
        return faces, {entry["unique_id"]: np.asarray(entry["data"]) for entry in mesh.attributes}
    except Exception as error:  # whatever the decoder throws at damaged bytes
        raise InputError(f"{name} is damaged: its Draco data cannot be decoded; export it again") from error


def _missing(name: str, kind: str, package: str) -> str:
    return (
        f"{name} is compressed with {kind}, which needs {package} to read: "
        'pip install "maquette[compress]", or export it without compression'
    )
