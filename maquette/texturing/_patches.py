"""A surface in patches of even size: enough points of it to say how light changes over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32

from maquette.artifacts import Mesh
from maquette.ops import decimate
from maquette.texturing._bake import face_corner_normals

_MOST_TIMES = 4
"""How many times the faces asked for there may be at most; long thin triangles take more than others."""
_ROUNDS = 40


@dataclass(frozen=True)
class Patches:
    """A mesh with a vertex for every pair of place and shading normal, to be drawn and interpolated over."""

    mesh: Mesh
    normals: Float32[np.ndarray, "vertices 3"]
    """Unit shading normals."""
    areas: Float64[np.ndarray, "vertices"]
    """The share of the surface that each vertex stands for, in world units squared."""


def patches(mesh: Mesh, faces: int, crease_degrees: float) -> Patches:
    """Cut a coarse mesh's faces, or simplify a fine mesh, to about so many faces.

    Edges are halved, longest first, until none is longer than the faces asked for would have; both sides of an
    edge are cut at the same places, so that nothing gapes.
    """
    if len(mesh.faces) > 2 * faces:
        mesh = Mesh(*decimate(mesh.vertices, mesh.faces, 2 * faces))
    corners = np.concatenate([mesh.vertices[mesh.faces], face_corner_normals(mesh, crease_degrees)], -1)
    flat = _halved(corners, faces).reshape(-1, 6)
    keys = np.rint(flat * 1e5).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    vertices, normals = np.ascontiguousarray(flat[first, :3]), flat[first, 3:]
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals = np.where(length > 1e-3, normals / np.maximum(length, 1e-3), [0, 1, 0]).astype(np.float32)
    index = inverse.reshape(-1, 3).astype(np.int32)
    return Patches(Mesh(vertices, index), normals, _vertex_areas(vertices, index))


def _halved(corners: Float32[np.ndarray, "faces 3 6"], faces: int) -> Float32[np.ndarray, "more 3 6"]:
    area = float(_areas(corners[..., :3]).sum())
    longest = 2 * (area / faces) ** 0.5
    done: list[np.ndarray] = []
    count = 0
    for _ in range(_ROUNDS):
        edges = np.linalg.norm(corners[:, [1, 2, 0], :3] - corners[:, :, :3], axis=-1)
        is_long = edges.max(1) > longest
        done.append(corners[~is_long])
        corners, cut = corners[is_long], edges.argmax(1)[is_long]
        count += len(done[-1])
        if not len(corners) or count + 2 * len(corners) > _MOST_TIMES * faces:
            break
        row = np.arange(len(corners))
        a, b, c = (corners[row, (cut + k) % 3] for k in range(3))
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
    return np.concatenate([*done, corners])


def _areas(corners: Float32[np.ndarray, "faces 3 3"]) -> Float64[np.ndarray, "faces"]:
    wide = corners.astype(np.float64)
    return np.linalg.norm(np.cross(wide[:, 1] - wide[:, 0], wide[:, 2] - wide[:, 0]), axis=-1) / 2


def _vertex_areas(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> Float64[np.ndarray, "vertices"]:
    share = np.repeat(_areas(vertices[faces]) / 3, 3)
    return np.bincount(faces.reshape(-1), share, len(vertices))
