"""Bent plates: closed solids between two surfaces that are given as grids of points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from maquette.training.props._solids import Solid


def shell(
    outer: Float[np.ndarray, "rows columns 3"],
    inner: Float[np.ndarray, "rows columns 3"],
    thickness: float,
    closed: bool = False,
) -> Solid:
    """The solid between two surfaces; closed joins the last column to the first, as on a hoop."""
    rows, columns = outer.shape[:2]
    vertices = np.concatenate([outer.reshape(-1, 3), inner.reshape(-1, 3)])
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    behind = index + rows * columns

    def quads(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> list[np.ndarray]:
        a, b, c, d = (corner.ravel() for corner in (a, b, c, d))
        return [np.stack([a, b, c], -1), np.stack([a, c, d], -1)]

    faces = quads(index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:])
    faces += quads(behind[:-1, 1:], behind[1:, 1:], behind[1:, :-1], behind[:-1, :-1])
    faces += quads(index[0, :-1], index[0, 1:], behind[0, 1:], behind[0, :-1])
    faces += quads(index[-1, 1:], index[-1, :-1], behind[-1, :-1], behind[-1, 1:])
    if not closed:
        faces += quads(index[1:, 0], index[:-1, 0], behind[:-1, 0], behind[1:, 0])
        faces += quads(index[:-1, -1], index[1:, -1], behind[1:, -1], behind[:-1, -1])
    triangles = np.concatenate(faces)
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    if (np.cross(a, b) * c).sum() < 0:
        triangles = triangles[:, ::-1]
    return Solid(vertices.astype(np.float32), np.ascontiguousarray(triangles, np.int32), float(thickness))
