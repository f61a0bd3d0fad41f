"""Tangents for normal maps, as MikkTSpace defines them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native


def tangents(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    normals: Float32[np.ndarray, "vertices 3"],
    uv: Float32[np.ndarray, "vertices 2"],
) -> Float32[np.ndarray, "faces 3 4"]:
    """Unit tangents along growing u, across the normals, and in w the bitangent's sign, for each face's corners.

    Mikkelsen 2008, "Simulation of Wrinkled Surfaces Revisited", with the standard's angular threshold of 180°, as
    Blender, Unity, Unreal and glTF expect it. The bitangent is `w * cross(normal, tangent)` and runs up the
    texture: w is 1 where it is not mirrored. Vertices that agree in all are taken for one, so that the result does
    not depend on how the mesh is indexed. Where no face tells a direction, any across the normal is taken.

    Args:
        normals: Unit, one a vertex.
        uv: (0, 0) is the top-left texel's corner, v goes down; mirrored and outside [0, 1] as may be.

    Raises:
        ValueError: Arrays do not fit, a face names a vertex that is not there, or something is not finite.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    normals = _arrays.floats("normals", normals, len(vertices), 3)
    uv = _arrays.floats("uv", uv, len(vertices), 2)
    if len(faces) >= 2**31 // 3:
        raise ValueError(f"{len(faces):,} faces; expected under {2**31 // 3:,}")
    for name, values in (("vertices", vertices), ("normals", normals), ("uv", uv)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} with NaN or infinite values; expected finite ones")
    out = np.empty((len(faces), 3, 4), np.float32)
    _native.call("tangents", vertices, normals, uv, faces, out, len(vertices), len(faces))
    lost = ~out[..., :3].any(-1)
    if lost.any():
        normal = normals[faces[lost]]
        axis = np.eye(3, dtype=np.float32)[np.abs(normal).argmin(-1)]
        across = np.cross(normal, np.cross(axis, normal))
        length = np.linalg.norm(across, axis=-1, keepdims=True)
        out[lost, :3] = np.where(length > 0, across / np.maximum(length, 1e-30), axis)
        out[lost, 3] = np.where(out[lost, 3] == 0, 1, out[lost, 3])
    return out


def split_tangents(
    faces: Int32[np.ndarray, "faces 3"], corner_tangents: Float32[np.ndarray, "faces 3 4"]
) -> tuple[Int32[np.ndarray, "split"], Int32[np.ndarray, "faces 3"], Float32[np.ndarray, "split 4"]]:
    """Vertices such that all corners of one agree in their tangent.

    Returns:
        Which vertex each new one copies, the faces renumbered, and the new vertices' tangents. Vertices that no
        face uses are gone. Where corners agree already, vertices stay in their order.
    """
    keys = np.empty((faces.size, 5), np.int32)
    keys[:, 0] = faces.reshape(-1)
    keys[:, 1:] = (corner_tangents.reshape(-1, 4) + np.float32(0)).view(np.int32)  # + 0: no -0
    order = np.lexsort(keys.T[::-1])
    new = np.ones(len(order), bool)
    new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(-1)
    first = order[new]
    inverse = np.empty(len(order), np.int32)
    inverse[order] = np.cumsum(new) - 1
    return keys[first, 0], inverse.reshape(-1, 3), corner_tangents.reshape(-1, 4)[first]
