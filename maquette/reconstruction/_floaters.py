"""Pieces of a surface that are no part of the thing."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops.topology import components, select, signed_volumes


def without_floaters(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], least_share: float
) -> tuple[Float32[np.ndarray, "kept 3"], Int32[np.ndarray, "kept_faces 3"]]:
    """Drop pieces of less than a share of the volume, and walls of closed cavities, which are wound inwards."""
    labels = components(faces)
    volumes = signed_volumes(vertices, faces, labels)
    kept = volumes >= least_share * volumes.clip(0).sum()
    return select(vertices, faces, kept[labels])
