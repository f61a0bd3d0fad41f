"""Meshes with known properties, pictures of them, and the devices that operators are tested on."""

import numpy as np
import pytest
import torch
import trimesh

from maquette.artifacts import Mesh, Views
from maquette.cameras import orbit
from maquette.ops import rasterize

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")),
]


def torus(faces: int) -> tuple[np.ndarray, np.ndarray]:
    """About that many faces of a closed, bumpy torus within the unit box, wound counter-clockwise from outside."""
    n = max(3, round((faces / 4) ** 0.5))
    i, j = (index.reshape(-1) for index in np.meshgrid(np.arange(2 * n), np.arange(n), indexing="ij"))
    u, v = i * np.pi / n, j * 2 * np.pi / n
    radius = 0.17 * (1 + 0.15 * np.sin(7 * u) * np.sin(5 * v))
    ring = 0.28 + radius * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), radius * np.sin(v)], -1)
    a, b = i * n + j, (i + 1) % (2 * n) * n + j
    c, d = (i + 1) % (2 * n) * n + (j + 1) % n, i * n + (j + 1) % n
    faces_ = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])
    return vertices.astype(np.float32), faces_.astype(np.int32)


def square(side: float, degrees: float = 0.0, cells: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A square in the plane z = 0, centred, turned, cut into cells x cells x 2 triangles."""
    grid = np.linspace(-side / 2, side / 2, cells + 1)
    x, y = (c.reshape(-1) for c in np.meshgrid(grid, grid, indexing="ij"))
    turn = np.radians(degrees)
    vertices = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn), 0 * x], -1)
    i = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    right, across, up = i + cells + 1, i + cells + 2, i + 1
    faces = np.concatenate([np.stack([i, right, across], -1), np.stack([i, across, up], -1)])
    return vertices.astype(np.float32), faces.astype(np.int32)


def ball() -> Mesh:
    solid = trimesh.creation.icosphere(subdivisions=4, radius=0.45)
    return Mesh(np.asarray(solid.vertices, np.float32), np.asarray(solid.faces, np.int32))


def painted(points: np.ndarray) -> np.ndarray:
    """A colour at each place, with detail at several sizes."""
    waves = np.stack([np.sin(9 * points[..., 0] + 5 * points[..., 1]), np.sin(23 * points[..., 1] + 3),
                      np.sin(17 * points[..., 2] + 11 * points[..., 0])], -1)  # fmt: skip
    return (0.5 + 0.4 * waves).astype(np.float32)


def photographs(mesh: Mesh, count: int = 12, size: int = 72) -> Views:
    """Painted pictures from above, all around."""
    azimuths = np.arange(count) * (360 / count)
    cameras = orbit(azimuths, np.where(np.arange(count) % 2, 65.0, 25.0), size, frame=1.3)
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    alpha = (raster.face >= 0).astype(np.float32)
    corners = mesh.vertices[mesh.faces][np.maximum(raster.face, 0)]
    u, v = raster.barycentric[..., :1], raster.barycentric[..., 1:2]
    points = (1 - u - v) * corners[..., 0, :] + u * corners[..., 1, :] + v * corners[..., 2, :]
    return Views(cameras, painted(points) * alpha[..., None], alpha)
