"""Edges as long as they are wanted, everywhere on a closed surface."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int32

from maquette.ops import _arrays, _native


def remesh(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    lengths: Float32[np.ndarray, "vertices"],
    carried: Float32[np.ndarray, "vertices channels"] | None = None,
    most_faces: int = 200_000,
) -> tuple[
    Float32[np.ndarray, "remeshed_vertices 3"],
    Int32[np.ndarray, "remeshed_faces 3"],
    Float32[np.ndarray, "remeshed_vertices channels_and_1"],
]:
    """One pass: edges under half the wanted length collapse, those over one and a half split, uneven ones flip.

    The surface stays a closed manifold of the same topology. New vertices lie in the middle of their edge and
    carry the mean of its ends. After Botsch and Kobbelt 2004, "A remeshing approach to multiresolution modeling",
    with lengths that vary as in Palfinger 2022, "Continuous remeshing for inverse rendering".

    Args:
        vertices: World units, finite.
        faces: Of a closed manifold.
        lengths: Wanted around each vertex, world units, above zero.
        carried: Any values of the vertices.
        most_faces: No edge is split beyond so many.

    Returns:
        Vertices, faces, and what vertices carry, their wanted length first.

    Raises:
        ValueError: Arrays do not fit, something is not finite, a length is not above zero, or the mesh is not a
            closed manifold.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    lengths = _arrays.floats("lengths", lengths, len(vertices))
    if not (np.isfinite(vertices).all() and np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError("vertices or lengths are not finite or not above zero; expected numbers")
    if carried is None:
        carried = np.zeros((len(vertices), 0), np.float32)
    carried = _arrays.floats("carried", carried, len(vertices), -1)
    values = np.concatenate([lengths[:, None], carried], 1)
    room_faces = max(len(faces), min(most_faces, 4 * len(faces)))
    room_vertices = len(vertices) + (room_faces - len(faces)) // 2
    out_vertices = np.empty((room_vertices, 3), np.float32)
    out_faces, out_values = (
        np.empty((room_faces, 3), np.int32),
        np.empty((room_vertices, values.shape[1]), np.float32),
    )
    count = np.zeros(1, np.int64)
    kept = _native.call(
        "remesh", vertices, faces, values, out_vertices, out_faces, out_values, count, len(vertices), len(faces),
        values.shape[1], room_vertices, room_faces,
    )  # fmt: skip
    if kept < 0:
        raise ValueError("only closed surfaces can be remeshed; expected two faces at every edge: repair the mesh")
    return out_vertices[: count[0]].copy(), out_faces[:kept].copy(), out_values[: count[0]].copy()
