"""An asset's wireframe and the layout of its texture, drawn."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Asset, Cameras
from maquette.ops import rasterize
from maquette.ops.topology import components
from maquette.texturing._sheet import HERO, _framed, _wireframe

_PAPER = np.float32(0.93)


def wireframe(asset: Asset, size: int = 512) -> Float32[np.ndarray, "size size 3"]:
    """The visible edges of an asset's triangles, from three-quarter front."""
    return _wireframe(_framed(asset).mesh, HERO, size)


def uv_layout(asset: Asset, size: int = 512) -> Float32[np.ndarray, "size size 3"]:
    """The charts of an asset's texture coordinates, each in a colour; red where faces lie over one another."""
    fine = 2 * size
    drawn = np.full((fine, fine, 3), _PAPER, np.float32)
    if asset.uv is None:
        return drawn[::2, ::2]
    uv, faces = asset.uv, asset.mesh.faces
    chart = components(np.unique(uv, axis=0, return_inverse=True)[1].reshape(-1)[faces].astype(np.int32))
    hue = (np.arange(chart.max(initial=0) + 1) * 0.61803) % 1
    color = 0.72 + 0.2 * np.cos(2 * np.pi * (hue[:, None] + np.array([0, 1 / 3, 2 / 3])))
    nearest, farthest = (_raster(uv, faces, fine, depth) for depth in (1.0, -1.0))
    row, column = np.nonzero(nearest >= 0)
    face = nearest[row, column]
    corners, at = uv[faces[face]] * fine, np.stack([column, row], -1) + np.float32(0.5)
    edge = np.full(len(at), np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        along, across = corners[:, b] - corners[:, a], at - corners[:, a]
        distance = np.abs(along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0])
        edge = np.minimum(edge, distance / np.maximum(np.linalg.norm(along, axis=-1), 1e-6))
    line = np.clip(1.2 - edge, 0, 1)[:, None] * 0.6
    over = (farthest[row, column] != face)[:, None]
    drawn[row, column] = np.where(over, [0.85, 0.25, 0.2], color[chart[face]]) * (1 - line)
    return drawn.reshape(size, 2, size, 2, 3).mean((1, 3))


def _raster(uv: np.ndarray, faces: np.ndarray, size: int, sign: float) -> np.ndarray:
    """Faces at texels; of those that lie over one another the first, or with sign -1 the last."""
    depth = np.arange(len(faces), dtype=np.float32) / max(len(faces), 1)
    corners = uv[faces].reshape(-1, 2)
    points = np.column_stack([corners, np.repeat(2 + sign * depth, 3)]).astype(np.float32)
    intrinsics = np.array([[[size, 0, 0], [0, size, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], intrinsics, size, size, "orthographic")
    return rasterize(points, np.arange(3 * len(faces), dtype=np.int32).reshape(-1, 3), camera).face[0]
