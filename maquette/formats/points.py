"""Point clouds: PLY files without faces."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np

from maquette.artifacts import Asset, PointCloud
from maquette.errors import InputError
from maquette.formats.meshes import MAX_BYTES, SUFFIXES, check_claims, load
from maquette.formats.reading import read_bounded


def load_shape(path: str | os.PathLike[str]) -> Asset | PointCloud:
    """Read a mesh file as `load` does, or a PLY file without faces as a point cloud with its normals, if any.

    Gaussians in a PLY file are read as their centres.

    Raises:
        InputError: As `load`, or a point cloud is empty or has coordinates that are not finite.
    """
    path = Path(path)
    if path.suffix.lower() != ".ply":
        return load(path)
    data = read_bounded(path, MAX_BYTES, f"a mesh ({', '.join(SUFFIXES)}) or a point cloud (.ply)")
    faces = re.search(rb"element\s+(?:face|tristrips)\s+(\d+)", data[: data.find(b"end_header")])
    if faces and int(faces[1]) > 0:
        return load(path)
    check_claims(data, "ply", path.name)
    try:
        points, normals = _vertices(data)
    except Exception as error:  # whatever a parser throws at damaged bytes
        raise InputError(f"{path.name} is damaged or not PLY ({type(error).__name__}): export it again") from error
    if not len(points):
        raise InputError(f"{path.name} has neither faces nor points; expected a mesh or a point cloud")
    if not np.isfinite(points).all() or np.abs(points).max() > 1e30:
        raise InputError(f"{path.name} has NaN or infinite coordinates; expected finite numbers: export it again")
    if normals is not None:
        length = np.linalg.norm(normals, axis=-1, keepdims=True)
        # Files of Gaussians carry normals that are all zero.
        normals = normals / length if np.isfinite(length).all() and (length > 1e-12).all() else None
    return PointCloud(points.astype(np.float32), None if normals is None else normals.astype(np.float32))


def _vertices(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    from trimesh.exchange.ply import load_ply

    # A file of points has no face element to trip over, and its header has been checked against its size.
    rows = load_ply(io.BytesIO(data), fix_texture=False)["metadata"]["_ply_raw"]["vertex"]["data"]
    names = rows.dtype.names if isinstance(rows, np.ndarray) else rows.keys()

    def column(axis: str) -> np.ndarray:
        return np.asarray(rows[axis], np.float64).reshape(-1)

    points = np.stack([column(axis) for axis in "xyz"], -1)
    if not {"nx", "ny", "nz"} <= set(names or ()):
        return points, None
    return points, np.stack([column("n" + axis) for axis in "xyz"], -1)
