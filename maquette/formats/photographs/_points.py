"""The points of a PLY file, which need not have faces."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from maquette.errors import InputError
from maquette.formats.reading import read_bounded

MAX_BYTES = 2**30
"""The largest file of sparse points that is read."""
MAX_POINTS = 4_000_000

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


def read_ply_points(path: Path) -> Float64[np.ndarray, "points 3"]:
    """The vertices of a PLY file; those that are not finite are left out.

    Raises:
        InputError: It is missing, no PLY, or its vertices have no x, y, z or do not come first.
    """
    data = read_bounded(path, MAX_BYTES, "sparse points (PLY)")
    try:
        points = _vertices(data)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise InputError(f"{path.name} is a damaged PLY or none ({error}): export the points again") from error
    return points[np.isfinite(points).all(-1)]


def _vertices(data: bytes) -> np.ndarray:
    header = re.match(rb"ply\r?\n(.{0,20000}?)end_header\r?\n", data, re.DOTALL)
    if header is None:
        raise ValueError("no header")
    words = [line.split() for line in header[1].decode("ascii", "replace").splitlines()]
    kind = next(line[1] for line in words if line[:1] == ["format"] and len(line) > 1)
    first = next(i for i, line in enumerate(words) if line[:1] == ["element"])
    if words[first][1] != "vertex":
        raise ValueError("its vertices do not come first")
    count = int(words[first][2])
    if not 0 <= count <= MAX_POINTS:
        raise ValueError(f"{count:,} points; expected at most {MAX_POINTS:,}")
    fields = []
    for line in words[first + 1 :]:
        if line[:1] == ["element"]:
            break
        if line[:1] == ["property"]:
            fields.append((line[2], _TYPES[line[1]]))
    body = data[header.end() :]
    if kind == "ascii":
        rows = [line.split()[: len(fields)] for line in body.split(b"\n", count)[:count]]
        table = np.array(rows, np.float64).reshape(count, len(fields))
        names = [name for name, _ in fields]
        return table[:, [names.index(axis) for axis in "xyz"]]
    order = "<" if kind == "binary_little_endian" else ">"
    dtype = np.dtype([(name, order + form) for name, form in fields])
    if count * dtype.itemsize > len(body):
        raise ValueError("cut off")
    table = np.frombuffer(body, dtype, count)
    return np.stack([table[axis].astype(np.float64) for axis in "xyz"], -1)
