"""A surface in patches of even size: enough points of it to say how light changes over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

from maquette.artifacts import Mesh
from maquette.errors import InputError
from maquette.ops import decimate
from maquette.ops.topology import edge_groups, half_edges
from maquette.texturing._bake import face_corner_normals

_MOST_TIMES = 4
"""How many times the faces asked for there may be at most; long thin triangles take more than others."""
_ROUNDS = 40


@dataclass(frozen=True)
class Patches:
    """A mesh's faces, and a point in the middle of each; at corners, surfaces would shadow one another wholly."""

    mesh: Mesh
    """A vertex for every pair of place and shading normal."""
    positions: Float32[np.ndarray, "faces 3"]
    normals: Float32[np.ndarray, "faces 3"]
    """Unit shading normals."""
    areas: Float64[np.ndarray, "faces"]

    def at_vertices(self, values: Float[np.ndarray, "faces channels"]) -> Float64[np.ndarray, "vertices channels"]:
        """Means of values over the faces around each vertex, on its side of a crease."""
        vertex, weight = self.mesh.faces.reshape(-1), np.repeat(self.areas + 1e-12, 3)
        count = len(self.mesh.vertices)
        total = np.bincount(vertex, weight, count)
        sums = [np.bincount(vertex, weight * np.repeat(value, 3), count) for value in values.T]
        return np.stack(sums, -1) / total[:, None]


def patches(mesh: Mesh, faces: int, crease_degrees: float) -> Patches:
    """Cut a coarse mesh's faces, or simplify a fine mesh, to about so many faces.

    Edges are halved, longest first, until none is longer than the faces asked for would have; both sides of an
    edge are cut at the same places, so that nothing gapes.

    Raises:
        InputError: A mesh that would have to be simplified, and is not manifold.
    """
    if len(mesh.faces) > 2 * faces:
        if edge_groups(half_edges(mesh.faces))[2].max() > 2:
            raise InputError(
                f"a mesh of {len(mesh.faces):,} faces with edges at which more than two meet; expected a manifold "
                f"one, or one of at most {2 * faces:,} faces: repair it first"
            )
        mesh = Mesh(*decimate(mesh.vertices, mesh.faces, 2 * faces))
    corners = np.concatenate([mesh.vertices[mesh.faces], face_corner_normals(mesh, crease_degrees)], -1)
    corners = _halved(corners, faces)
    flat = corners.reshape(-1, 6)
    _, first, inverse = np.unique(
        np.rint(flat * 1e5).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    cut = Mesh(np.ascontiguousarray(flat[first, :3]), inverse.reshape(-1, 3).astype(np.int32))
    middle = corners.mean(1)
    length = np.linalg.norm(middle[:, 3:], axis=-1, keepdims=True)
    normals = np.where(length > 1e-3, middle[:, 3:] / np.maximum(length, 1e-3), [0, 1, 0]).astype(np.float32)
    return Patches(cut, np.ascontiguousarray(middle[:, :3]), normals, _areas(corners[..., :3]))


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
