"""Compressed geometry for glTF files, through the libraries of the extra `maquette[compress]`."""

from __future__ import annotations

from typing import Any

import numpy as np

from maquette.errors import InputError

_POSITION_BITS, _UV_BITS, _NORMAL_BITS = 16, 14, 12
# Draco's names for what an attribute is.
_POSITION, _NORMAL, _TEXCOORD = 0, 1, 3


def check_compression(kind: str) -> None:
    """Raise InputError, naming what to install, where a compression's library is not there."""
    if kind == "meshopt":
        _meshoptimizer()
    if kind == "draco":
        _draco()


def meshopt_vertices(rows: np.ndarray) -> bytes:
    """Vertex attributes, rows of a multiple of four bytes, as EXT_meshopt_compression packs them."""
    library = _meshoptimizer()
    library.encode_vertex_version(0)  # what EXT_meshopt_compression reads; 1 is for KHR_meshopt_compression
    words = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    return library.encode_vertex_buffer(words, len(rows), words.shape[1])


def meshopt_indices(faces: np.ndarray, vertex_count: int) -> bytes:
    """Triangles as EXT_meshopt_compression packs them; corners may begin elsewhere in a face."""
    library = _meshoptimizer()
    library.encode_index_version(1)
    return library.encode_index_buffer(faces.ravel().astype(np.uint32), faces.size, vertex_count)


def draco_encoded(
    faces: np.ndarray, attributes: dict[str, np.ndarray]
) -> tuple[bytes, dict[str, int], dict[str, np.ndarray], np.ndarray]:
    """Geometry as Draco packs it, its attributes' ids, and what a reader will get: attributes and faces."""
    library = _draco()
    known: dict[str, Any] = {}
    if "TEXCOORD_0" in attributes:
        known |= {
            "tex_coord": attributes["TEXCOORD_0"].astype(np.float64),
            "tex_coord_quantization_bits": _UV_BITS,
        }
    known |= {"normals": attributes["NORMAL"].astype(np.float64), "normal_quantization_bits": _NORMAL_BITS}
    others = {name: array for name, array in attributes.items() if name in ("TANGENT", "COLOR_0")}
    generic = {10 + i: np.ascontiguousarray(array) for i, array in enumerate(others.values())} or None
    positions, triangles = attributes["POSITION"].astype(np.float64), faces.astype(np.uint32)
    for preserve_order in (False, True):  # reordered it is smaller, but loses triangles without an area
        data = library.encode(
            positions,
            triangles,
            quantization_bits=_POSITION_BITS,
            compression_level=7,
            preserve_order=preserve_order,
            generic_attributes=generic,
            **known,
        )
        mesh = library.decode(data)
        if len(mesh.faces) == len(faces):
            break
    ids = {name: 10 + i for i, name in enumerate(others)}
    kinds = {"POSITION": _POSITION, "NORMAL": _NORMAL, "TEXCOORD_0": _TEXCOORD}
    by_kind = {entry["attribute_type"]: entry["unique_id"] for entry in mesh.attributes}
    ids |= {name: by_kind[kind] for name, kind in kinds.items() if name in attributes}
    by_id = {entry["unique_id"]: np.asarray(entry["data"]) for entry in mesh.attributes}
    decoded = {name: by_id[number] for name, number in ids.items()}
    return data, ids, decoded, np.asarray(mesh.faces).reshape(-1, 3)


def _meshoptimizer() -> Any:
    try:
        import meshoptimizer  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            'compression with meshopt needs meshoptimizer: pip install "maquette[compress]", or choose quantize'
        ) from error
    return meshoptimizer


def _draco() -> Any:
    try:
        import DracoPy  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            'compression with Draco needs DracoPy: pip install "maquette[compress]", or choose quantize'
        ) from error
    return DracoPy
