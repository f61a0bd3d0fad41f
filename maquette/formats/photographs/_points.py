"""The points of a PLY file, which need not have faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from maquette.errors import InputError
from maquette.formats.ply import read_ply, vectors
from maquette.formats.reading import read_bounded

MAX_BYTES = 2**30
"""The largest file of sparse points that is read."""
MAX_POINTS = 4_000_000


def read_ply_points(path: Path) -> Float64[np.ndarray, "points 3"]:
    """The vertices of a PLY file; those that are not finite are left out.

    Raises:
        InputError: It is missing, damaged or no PLY, or has too many points or no x, y and z.
    """
    data = read_bounded(path, MAX_BYTES, "sparse points (PLY)")
    try:
        points = vectors(read_ply(data)[0]["vertex"], "x", "y", "z")
        if points is None or len(points) > MAX_POINTS:
            raise ValueError(f"no x, y and z, or over {MAX_POINTS:,} points")
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise InputError(f"{path.name} is a damaged PLY or none ({error}): export the points again") from error
    return points[np.isfinite(points).all(-1)]
