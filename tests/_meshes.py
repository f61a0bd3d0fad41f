"""Meshes with known properties, and the devices that operators are tested on."""

import numpy as np
import pytest
import torch

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
