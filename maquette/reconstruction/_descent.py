"""Moving the vertices of a mesh down a gradient while its edges are made anew at every step.

After Palfinger 2022, "Continuous remeshing for inverse rendering": Adam with one second moment for the three
coordinates of a vertex, steps in units of the local edge length, and edge lengths that shrink where vertices still
move fast, and grow where they have settled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int32
from torch import Tensor

from maquette.ops.remesh import remesh

Loss = Callable[[Tensor, Tensor], Tensor]
"""(vertices [v, 3], faces [f, 3] int32) -> what is to become small."""


@dataclass(frozen=True)
class Descent:
    """How to move and to remesh."""

    rate: float = 0.3
    """Edge lengths that a vertex moves a step, at most."""
    momentum: float = 0.8
    memory: float = 0.8
    """Decay of the mean squared gradient."""
    smoothness: float = 0.2
    """Pull towards the mean of a vertex's neighbours, for one that moves at full speed."""
    speed: float = 0.3
    """Edge lengths stay as they are where vertices move at this share of full speed."""
    gain: float = 0.2
    """How fast edge lengths follow speeds."""
    shortest: float = 0.014
    longest: float = 0.15
    """World units that an edge is wanted long."""
    most_faces: int = 20_000


@dataclass
class Moving:
    """A mesh on its way."""

    vertices: Float32[np.ndarray, "vertices 3"]
    faces: Int32[np.ndarray, "faces 3"]
    lengths: Float32[np.ndarray, "vertices"]
    """Wanted of the edges around each vertex, world units."""
    momentum: Float32[np.ndarray, "vertices 3"]
    square: Float32[np.ndarray, "vertices"]
    """Mean squared length of the gradient."""
    speed: Float32[np.ndarray, "vertices"]
    """Of the last step, 1 is full."""
    step: int = 0

    @staticmethod
    def at_rest(
        vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], length: float
    ) -> Moving:
        """A mesh before its first step, wanted with edges of one length."""
        zero = np.zeros(len(vertices), np.float32)
        return Moving(vertices, faces, np.full_like(zero, length), np.zeros_like(vertices), zero, zero.copy())


def advance(moving: Moving, loss: Loss, descent: Descent, slow_down: float = 1.0) -> Moving:
    """Take one step down the loss's gradient, then one pass of remeshing."""
    points = torch.from_numpy(moving.vertices).requires_grad_()
    (gradient,) = torch.autograd.grad(loss(points, torch.from_numpy(moving.faces)), points)
    g = gradient.numpy()
    away = moving.vertices - _neighbours_mean(moving.vertices, moving.faces)
    step = moving.step + 1
    size = np.sqrt(moving.square)
    if step > 1:  # a vertex whose outline was just found must not be thrown off
        limit = 10 * np.abs(moving.momentum) + 1e-12
        g = np.where(moving.speed[:, None] > 0, np.clip(g, -limit, limit), g)
    # The pull is in units of the gradient that is usual at the vertex.
    typical = np.maximum(size, 1e-12)
    g = g + descent.smoothness * moving.speed[:, None] * (away / moving.lengths[:, None]) * typical[:, None]
    momentum = descent.momentum * moving.momentum + (1 - descent.momentum) * g
    square = descent.memory * moving.square + (1 - descent.memory) * (g**2).sum(-1)
    corrected = momentum / (1 - descent.momentum**step)
    velocity = corrected / (np.sqrt(square / (1 - descent.memory**step))[:, None] + 1e-12)
    speed = np.linalg.norm(velocity, axis=-1).astype(np.float32)
    vertices = moving.vertices - slow_down * descent.rate * velocity * moving.lengths[:, None]
    lengths = moving.lengths * (1 + (speed - descent.speed) * descent.gain)
    lengths = np.clip(lengths, descent.shortest, descent.longest).astype(np.float32)
    carried = np.concatenate([momentum, square[:, None], speed[:, None]], 1).astype(np.float32)
    vertices, faces, carried = remesh(
        vertices.astype(np.float32), moving.faces, lengths, carried, descent.most_faces
    )
    lengths, momentum, square, speed = (
        np.ascontiguousarray(carried[:, columns]) for columns in (0, slice(1, 4), 4, 5)
    )
    return Moving(vertices, faces, lengths, momentum, square, speed, step)


def _neighbours_mean(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> Float32[np.ndarray, "vertices 3"]:
    """Each vertex's mean neighbour; on a closed surface every neighbour follows it in exactly one face."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    total = [np.bincount(start, vertices[end, axis], len(vertices)) for axis in range(3)]
    count = np.bincount(start, minlength=len(vertices))
    return (np.stack(total, -1) / np.maximum(count, 1)[:, None]).astype(np.float32)
