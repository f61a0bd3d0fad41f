"""Point clouds: PLY files without faces."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from maquette.artifacts import Asset, PointCloud
from maquette.errors import InputError
from maquette.formats.meshes import MAX_BYTES, SUFFIXES, load
from maquette.formats.ply import read_ply, vectors
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
    try:
        vertex = read_ply(data)[0].get("vertex", {})
        points, normals = vectors(vertex, "x", "y", "z"), vectors(vertex, "nx", "ny", "nz")
    except Exception as error:  # whatever damaged bytes lead to
        raise InputError(f"{path.name} is damaged or not PLY ({type(error).__name__}): export it again") from error
    if points is None or not len(points):
        raise InputError(f"{path.name} has neither faces nor points; expected a mesh or a point cloud")
    if not np.isfinite(points).all() or np.abs(points).max() > 1e30:
        raise InputError(f"{path.name} has NaN or infinite coordinates; expected finite numbers: export it again")
    if normals is not None:
        length = np.linalg.norm(normals, axis=-1, keepdims=True)
        # Files of Gaussians carry normals that are all zero.
        normals = normals / length if np.isfinite(length).all() and (length > 1e-12).all() else None
    return PointCloud(points.astype(np.float32), None if normals is None else normals.astype(np.float32))
