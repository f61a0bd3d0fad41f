"""PLY files, text and binary, as columns of elements of any kind; and those that hold a mesh as its parts.

The format is Greg Turk's: a header of elements with typed properties, then the rows of each. A property may be a
list whose length differs from row to row, as the corners of triangles and quads in one file do.
"""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int64

from maquette.errors import InputError
from maquette.formats.parts import MAX_FACES, Part, Surface, Texture, unique_rows

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}
_CORNERS = ("vertex_indices", "vertex_index")
_UV = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_MAX_HEADER = 2**16


@dataclass(frozen=True)
class Lists:
    """A property that is one list a row."""

    lengths: Int64[np.ndarray, "rows"]
    values: np.ndarray
    """The lists end to end."""


Column = Any
"""An array with a value a row, or Lists."""


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    """Of the value, or of a list's items: i1 to f8."""
    count: str | None = None
    """Of a list's length."""


def read_ply(data: bytes) -> tuple[dict[str, dict[str, Column]], list[str]]:
    """The elements of a PLY file, each a dictionary of columns, and its comments.

    Raises:
        ValueError: It is damaged, cut off or none.
    """
    header = re.match(rb"ply[ \t]*\r?\n(.*?)^end_header[ \t]*\r?\n?", data[:_MAX_HEADER], re.DOTALL | re.MULTILINE)
    if header is None:
        raise ValueError("no PLY header")
    lines = [line.strip() for line in header[1].decode("latin-1").splitlines()]
    comments = [line.partition(" ")[2].strip() for line in lines if line.startswith("comment")]
    form, layout = _layout([line.split() for line in lines])
    body, at = data[header.end() :], 0
    if form == "ascii":
        body = _numbers(body)
    elements: dict[str, dict[str, Column]] = {}
    for name, count, properties in layout:
        if form == "ascii":  # every number is a double now
            stored = [replace(p, kind="f8", count=p.count and "f8") for p in properties]
        else:
            stored = properties
        columns, at = _rows(body, at, count, stored, _ORDERS[form]) if properties else ({}, at)
        elements[name] = {p.name: _cast(columns[p.name], p.kind) for p in properties}
    return elements, comments


def vectors(element: dict[str, Column], *names: str) -> np.ndarray | None:
    """Columns side by side as doubles, or None where one is missing."""
    if not all(isinstance(element.get(name), np.ndarray) for name in names):
        return None
    return np.stack([element[name].astype(np.float64) for name in names], -1)


def ply_parts(data: bytes, file: str, picture: Callable[[str], np.ndarray | None]) -> list[Part]:
    """The parts of a PLY file that holds a mesh, one a texture; polygons are cut into fans.

    Args:
        file: What to call it in an error.
        picture: A picture beside the file by its name, or None where there is none.

    Raises:
        InputError: It has too many triangles.
        ValueError: It is damaged or has no vertices.
    """
    elements, comments = read_ply(data)
    vertex, face = elements.get("vertex", {}), elements.get("face", {})
    points = vectors(vertex, "x", "y", "z")
    if points is None:
        raise ValueError("no vertices with x, y and z")
    lists = [name for name, column in face.items() if isinstance(column, Lists)]
    name = next((name for name in _CORNERS if name in lists), lists[0] if len(lists) == 1 else None)
    if name is None:
        return []
    corners = face[name]
    if np.maximum(corners.lengths - 2, 0).sum() > MAX_FACES:
        raise InputError(f"{file} has over {MAX_FACES:,} triangles; expected fewer: decimate it first")
    polygon, places = _fans(corners.lengths)
    faces = corners.values[places].astype(np.int64)
    if len(faces) and not 0 <= faces.min() <= faces.max() < len(points):
        raise ValueError(f"face indices outside its {len(points):,} vertices")
    normals, colors = vectors(vertex, "nx", "ny", "nz"), _colors(vertex)
    if normals is not None and not normals.any():
        normals = None  # a column that some programs write and none fills
    uv = next((uv for names in _UV if (uv := vectors(vertex, *names)) is not None), None)
    painted = _colors(face) if colors is None else None
    wedges = face.get("texcoord")
    if isinstance(wedges, Lists) and np.array_equal(wedges.lengths, 2 * corners.lengths):
        corner_uv = wedges.values.reshape(-1, 2).astype(np.float64)[places].reshape(-1, 2)
        first, inverse = unique_rows(np.column_stack([faces.ravel(), corner_uv]))
        part = Part(points, faces, normals, None, colors).taken(faces.ravel()[first], inverse.reshape(-1, 3))
        part = replace(part, uv=corner_uv[first])
    else:
        part = Part(points, faces, normals, uv, colors)
    if painted is not None:
        part = part.taken(part.faces.ravel(), np.arange(part.faces.size).reshape(-1, 3))
        part = replace(part, colors=np.repeat(painted[polygon], 3, 0))
    if part.uv is not None:
        part = replace(part, uv=part.uv * [1, -1] + [0, 1])  # v goes up in the file
    names = [text[11:].strip() for text in comments if text.lower().startswith("texturefile")]
    number = face.get("texnumber")
    if len(names) < 2 or not isinstance(number, np.ndarray):
        return [_covered(part, names[0] if names else None, picture)]
    which = number.astype(np.int64)[polygon]
    chosen = ((i, names[i] if 0 <= i < len(names) else None) for i in np.unique(which).tolist())
    return [_covered(replace(part, faces=part.faces[which == i]), name, picture) for i, name in chosen]


def _covered(part: Part, name: str | None, picture: Callable[[str], np.ndarray | None]) -> Part:
    """The part with the texture of this name, in place of its colours, where it can be had."""
    pixels = None if name is None or part.uv is None else picture(name)
    if pixels is None:
        return part
    return replace(part, colors=None, surface=Surface(Texture(np.ascontiguousarray(pixels[..., :3]))))


def _colors(element: dict[str, Column]) -> np.ndarray | None:
    """An element's colours in [0, 1]: integers over the whole of their range, other numbers as they are."""
    colors = vectors(element, "red", "green", "blue")
    if colors is None:
        return None
    kind = element["red"].dtype
    return np.clip(colors / (np.iinfo(kind).max if kind.kind in "iu" else 1), 0, 1)


def _fans(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For polygons whose corners stand end to end, each triangle's polygon and its corners' places."""
    triangles = np.maximum(lengths - 2, 0)
    polygon = np.repeat(np.arange(len(lengths)), triangles)
    within = np.arange(len(polygon)) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    start = (np.cumsum(lengths) - lengths)[polygon]
    return polygon, np.stack([start, start + within + 1, start + within + 2], -1)


def _layout(lines: list[list[str]]) -> tuple[str, list[tuple[str, int, list[_Property]]]]:
    """The form, and the elements in order: name, rows, properties."""
    form, layout = "", []
    for words in lines:
        if words[:1] == ["format"] and len(words) > 1:
            form = words[1]
        elif words[:1] == ["element"]:
            layout.append((words[1], int(words[2][:18]), []))
        elif words[:1] == ["property"]:
            own = layout[-1][2]
            if words[1] == "list":
                own.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            else:
                own.append(_Property(words[2], _TYPES[words[1]]))
    if form not in _ORDERS:
        raise ValueError(f"the form {form[:20]!r}; expected {', '.join(_ORDERS)}")
    if any(len({p.name for p in properties}) < len(properties) for _, _, properties in layout):
        raise ValueError("two properties of one name")
    return form, layout


def _numbers(text: bytes) -> bytes:
    """The numbers of a text as the bytes of doubles."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's word for what is no number
        try:
            return np.fromstring(text.decode("latin-1").strip(), np.float64, sep=" ").tobytes()
        except DeprecationWarning as error:
            raise ValueError("what should be a number is none") from error


def _rows(
    body: bytes, at: int, count: int, properties: list[_Property], order: str
) -> tuple[dict[str, Column], int]:
    """The columns of an element whose rows begin at a byte, and where the rows end."""
    least = sum(np.dtype(p.count or p.kind).itemsize for p in properties)
    if not 0 <= count * least <= len(body) - at:
        raise ValueError(f"cut off: {count:,} rows in {len(body) - at:,} bytes")
    return _even_rows(body, at, count, properties, order) or _uneven_rows(body, at, count, properties, order)


def _even_rows(
    body: bytes, at: int, count: int, properties: list[_Property], order: str
) -> tuple[dict[str, Column], int] | None:
    """The same where every list is as long as that of the first row, as in most files; None where one is not."""
    listed = [p.name for p in properties if p.count]
    first = _uneven_rows(body, at, 1, properties, order)[0] if count and listed else {}
    lengths = {name: int(first[name].lengths[0]) if first else 0 for name in listed}
    fields: list[tuple[Any, ...]] = []
    for p in properties:
        if p.count:
            fields += [("length of " + p.name, order + p.count), (p.name, order + p.kind, (lengths[p.name],))]
        else:
            fields.append((p.name, order + p.kind))
    row = np.dtype(fields)
    if count * row.itemsize > len(body) - at:
        return None
    table = np.frombuffer(body, row, count, at)
    if any((table["length of " + name] != length).any() for name, length in lengths.items()):
        return None
    columns: dict[str, Column] = {p.name: table[p.name] for p in properties}
    for name, length in lengths.items():
        columns[name] = Lists(np.full(count, length, np.int64), table[name].reshape(-1))
    return columns, at + count * row.itemsize


def _uneven_rows(
    body: bytes, at: int, count: int, properties: list[_Property], order: str
) -> tuple[dict[str, Column], int]:
    """The same whatever the lists' lengths: row by row."""
    if count > MAX_FACES:
        raise ValueError(f"over {MAX_FACES:,} lists")
    sizes = [np.dtype(p.kind).itemsize for p in properties]
    counters = [struct.Struct(order + np.dtype(p.count).char) if p.count else None for p in properties]
    starts: list[list[int]] = [[] for _ in properties]
    lengths: list[list[int]] = [[] for _ in properties]
    try:
        for _ in range(count):
            for size, counter, start, many in zip(sizes, counters, starts, lengths, strict=True):
                length = 1
                if counter:
                    length = int(counter.unpack_from(body, at)[0])
                    at += counter.size
                    many.append(length)
                start.append(at)
                at += length * size
                if length < 0 or at > len(body):
                    raise ValueError("cut off, or a list of negative length")
    except struct.error as error:
        raise ValueError("cut off") from error
    columns: dict[str, Column] = {}
    for p, size, start, many in zip(properties, sizes, starts, lengths, strict=True):
        places, repeats = np.asarray(start, np.int64), np.asarray(many, np.int64)
        if p.count:
            within = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
            places = np.repeat(places, repeats) + within * size
        # The value at every byte, whether one is meant to begin there or not.
        everywhere = np.ndarray((max(len(body) - size + 1, 0),), order + p.kind, body, 0, (1,))
        columns[p.name] = Lists(repeats, everywhere[places]) if p.count else everywhere[places]
    return columns, at


def _cast(column: Column, kind: str) -> Column:
    """A column of its own type, in this machine's order of bytes."""
    if isinstance(column, Lists):
        return replace(column, values=column.values.astype(kind))
    return column.astype(kind)
