"""Meshes as glTF primitives: ordered for caches, in metres, plain, quantised or compressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Asset, Level, Mesh
from maquette.errors import InputError
from maquette.formats.glb._body import Body
from maquette.formats.glb._compressed import draco_encoded, meshopt_indices, meshopt_vertices
from maquette.formats.srgb import linear_from_srgb

Pivot = Literal["base", "center", "back", "top"]
Compression = Literal["none", "quantize", "meshopt", "draco"]
PIVOTS: tuple[Pivot, ...] = ("base", "center", "back", "top")
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_STEPS = 65535


@dataclass(frozen=True)
class Frame:
    """How an asset's frame becomes metres: metric = (vertex - base) * scale."""

    base: np.ndarray
    scale: float

    def metric(self, vertices: Float32[np.ndarray, "vertices 3"]) -> Float32[np.ndarray, "vertices 3"]:
        return ((vertices.astype(np.float64) - self.base) * self.scale).astype(np.float32)


@dataclass(frozen=True)
class Grid:
    """The steps that positions are rounded to: metric = origin + step * integer."""

    origin: np.ndarray
    step: float

    def node(self) -> dict[str, Any]:
        """The transform that takes quantised positions back."""
        return {"translation": self.origin.tolist(), "scale": [self.step] * 3}


def metric_frame(mesh: Mesh, height_meters: float, pivot: Pivot = "base") -> Frame:
    """The pivot at the origin, the extent along y equal to the height.

    The pivot is where a thing rests: the centre of its base on a floor, of its back (lowest z) on a wall, of its
    top under a ceiling, or its own centre.

    A flat thing, whose height is under a thousandth of its width, is as wide as the height instead.

    Raises:
        InputError: The pivot is not known.
    """
    if pivot not in PIVOTS:
        raise InputError(f"pivot {pivot!r} is not known; expected one of {', '.join(PIVOTS)}")
    used = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
    low, high = used.min(0), used.max(0)
    base = (low + high) / 2
    axis, end = {"base": (1, low), "top": (1, high), "back": (2, low), "center": (0, base)}[pivot]
    base[axis] = end[axis]
    extent = height_extent(low, high)
    return Frame(base, height_meters / extent if extent > 0 else 1.0)


def height_extent(low: np.ndarray, high: np.ndarray) -> float:
    """What counts as an object's height: its extent along y, or the largest extent of a flat thing."""
    extent = np.asarray(high, np.float64) - low
    return float(extent[1] if extent[1] > 1e-3 * extent.max() else extent.max())


def quantization_grid(positions: list[Float32[np.ndarray, "_ 3"]]) -> Grid:
    """A grid of 65,535 steps along the longest side, for all levels of an asset: they share a transform."""
    low = np.min([p.min(0) for p in positions], 0).astype(np.float64)
    high = np.max([p.max(0) for p in positions], 0).astype(np.float64)
    step = float((high - low).max()) / _STEPS
    return Grid(low.astype(np.float32).astype(np.float64), float(np.float32(step if step > 0 else 1.0)))


def ordered(level: Asset | Level, colors: bool, tangents: bool) -> dict[str, np.ndarray]:
    """Faces in cache order and vertices in the order of their first use: what glTF calls its attributes, by name.

    POSITION is still in the asset's frame; "faces" are the indices.

    Args:
        colors: Whether vertex colours are wanted, where there are any.
        tangents: Whether tangents are wanted; where there are none they are those of MikkTSpace.
    """
    from maquette.ops.order import order_faces, order_vertices

    if tangents and level.tangents is None:
        level = _with_tangents(level)
    faces = level.mesh.faces[order_faces(level.mesh.faces, len(level.mesh.vertices))]
    used = order_vertices(faces)
    number = np.zeros(len(level.mesh.vertices), np.int32)
    number[used] = np.arange(len(used), dtype=np.int32)
    arrays = {"faces": number[faces], "POSITION": level.mesh.vertices[used], "NORMAL": unit(level.normals[used])}
    if tangents and level.tangents is not None:
        arrays["TANGENT"] = unit_tangents(level.tangents[used], arrays["NORMAL"])
    if level.uv is not None:
        arrays["TEXCOORD_0"] = level.uv[used].astype(np.float32)
    if colors and level.mesh.vertex_colors is not None:
        linear = linear_from_srgb(np.clip(level.mesh.vertex_colors[used], 0, 1))
        arrays["COLOR_0"] = linear.astype(np.float32)
    return arrays


def _with_tangents(level: Asset | Level) -> Level:
    """The level with vertices split where MikkTSpace's tangents differ."""
    from maquette.ops.tangents import split_tangents
    from maquette.ops.tangents import tangents as mikktspace

    mesh, uv, normals = level.mesh, level.uv, unit(level.normals)
    assert uv is not None
    source, faces, values = split_tangents(mesh.faces, mikktspace(mesh.vertices, mesh.faces, normals, uv))
    colors = None if mesh.vertex_colors is None else mesh.vertex_colors[source]
    return Level(Mesh(mesh.vertices[source], faces, colors), uv[source], normals[source], values)


def primitive(
    body: Body, arrays: dict[str, np.ndarray], compress: Compression = "none", grid: Grid | None = None
) -> dict[str, Any]:
    """A primitive of these attributes, POSITION in metres, rounded to the grid where there is one."""
    faces = arrays["faces"]
    attributes = {name: array for name, array in arrays.items() if name != "faces"}
    if compress == "draco":
        return _draco(body, faces, attributes)
    out: dict[str, int] = {}
    for name, array in attributes.items():
        array, normalized = (np.ascontiguousarray(array, "<f4"), False)
        if grid is not None:
            array, normalized = _quantized(name, array, grid)
        padded = _padded(array)
        if compress == "meshopt":
            data = meshopt_vertices(padded)
            extension = {"byteStride": padded.strides[0], "count": len(array), "mode": "ATTRIBUTES"}
            view = body.packed(data, padded.nbytes, extension, target=_ARRAY_BUFFER, byteStride=padded.strides[0])
        else:
            stride = {"byteStride": padded.strides[0]} if padded.shape != array.shape else {}
            view = body.view(padded.tobytes(), target=_ARRAY_BUFFER, **stride)
        out[name] = body.accessor(array, view, normalized, bounds=name == "POSITION")
    # The largest value of each type is reserved for restarting strips.
    indices = faces.ravel().astype("<u2" if faces.max() < 65535 else "<u4")
    if compress == "meshopt":
        extension = {"byteStride": indices.itemsize, "count": indices.size, "mode": "TRIANGLES"}
        data = meshopt_indices(faces, len(arrays["POSITION"]))
        view = body.packed(data, indices.nbytes, extension, target=_ELEMENT_ARRAY_BUFFER)
    else:
        view = body.view(indices.tobytes(), target=_ELEMENT_ARRAY_BUFFER)
    return {"attributes": out, "indices": body.accessor(indices, view), "mode": 4}


def _draco(body: Body, faces: np.ndarray, attributes: dict[str, np.ndarray]) -> dict[str, Any]:
    data, ids, decoded, indices = draco_encoded(faces, attributes)
    extension = {"bufferView": body.view(data), "attributes": ids}
    out = {
        name: body.accessor(array.astype("<f4"), None, bounds=name == "POSITION")
        for name, array in decoded.items()
    }
    kind = "<u2" if len(decoded["POSITION"]) < 65535 else "<u4"
    return {
        "attributes": out,
        "indices": body.accessor(indices.ravel().astype(kind), None),
        "mode": 4,
        "extensions": {"KHR_draco_mesh_compression": extension},
    }


def _quantized(name: str, array: np.ndarray, grid: Grid) -> tuple[np.ndarray, bool]:
    """An attribute in the integers of KHR_mesh_quantization, and whether they are normalised."""
    if name == "POSITION":
        steps = np.round((array.astype(np.float64) - grid.origin) / grid.step)
        return np.clip(steps, 0, _STEPS).astype("<u2"), False
    if name == "NORMAL":
        return np.round(array * 32767).astype("<i2"), True
    if name == "TANGENT":
        return np.round(array * 127).astype("i1"), True
    if name == "TEXCOORD_0" and (array.min() < 0 or array.max() > 1):
        return array, False
    return np.round(array * _STEPS).astype("<u2"), True


def _padded(array: np.ndarray) -> np.ndarray:
    """Rows of a multiple of four bytes."""
    extra = -array.strides[0] % 4 // array.itemsize
    return np.pad(array, [(0, 0), (0, extra)]) if extra else array


def unit(normals: np.ndarray) -> Float32[np.ndarray, "vertices 3"]:
    """Normals of length one in float32; what has no direction points up."""
    normals = np.nan_to_num(normals.astype(np.float64), posinf=0, neginf=0)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), [0, 1, 0]).astype(np.float32)


def unit_tangents(tangents: np.ndarray, normals: np.ndarray) -> Float32[np.ndarray, "vertices 4"]:
    """Tangents of length one with a sign of one; what has no direction is at a right angle to the normal."""
    along = np.nan_to_num(tangents[:, :3].astype(np.float64), posinf=0, neginf=0)
    length = np.linalg.norm(along, axis=1, keepdims=True)
    axis = np.where(np.abs(normals[:, :1]) < 0.9, [1.0, 0, 0], [0.0, 1, 0])
    other = np.cross(np.cross(normals, axis), normals)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    along = np.where(length > 1e-12, along / np.maximum(length, 1e-12), other)
    return np.concatenate([along, np.where(tangents[:, 3:] < 0, -1, 1)], 1).astype(np.float32)
