"""Antialiasing of outlines, with gradients from pixels to the vertices that move them (docs/antialias.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int32
from torch import Tensor

from maquette.ops import _native
from maquette.ops.antialias import reference
from maquette.ops.antialias.topology import Topology
from maquette.ops.rasterize.differentiable import Raster, check_indices

__all__ = ["Silhouettes", "Topology", "antialias", "find_silhouettes"]

STEPS = 64
"""Faces that a walk may cross: where a surface turns away, many lie between two pixels' centres."""


@dataclass(frozen=True)
class Silhouettes:
    """Pairs of neighbouring pixels with an outline of the nearer one's surface between their centres."""

    pairs: Int32[Tensor, "pairs 4"]
    """The nearer and the farther pixel, row * width + column in their view, and the outline's two vertices."""
    starts: Int[Tensor, "views_and_1"]
    """View v's pairs are those from starts[v] to starts[v + 1]."""


def antialias(
    raster: Raster,
    image: Float[Tensor, "views height width channels"],
    topology: Topology | Silhouettes | None = None,
    steps: int = STEPS,
) -> Float[Tensor, "views height width channels"]:
    """Blend pixels across outlines by where the outline passes between their centres.

    A point sample does not change when an outline moves a little; the blend does, so that gradients reach the
    vertices of the outline. After Laine et al. 2020, "Modular primitives for high-performance differentiable
    rendering", section 3.6, but for how the outline is found: by walking across the mesh from the nearer pixel's
    triangle. A pair's blend is weighted by the squared cosine between the outline's normal and the pair's
    direction, so that the pairs along rows and columns together count each piece of outline once: the sum of an
    antialiased mask is the projected area, and its derivative the boundary integral.

    Args:
        raster: What is visible.
        image: Colours, or anything else, of its pixels.
        topology: Of the raster's faces, to be kept as long as they stay the same, or what `find_silhouettes` found
            with it, for several images of one raster; made here where it is not given.
        steps: Triangles that the walk may cross. 1 looks at the visible triangle's own edges only, as other
            rasterizers do.

    Raises:
        ValueError: The image has another size than the raster, or the topology is of other faces.
    """
    if image.shape[:3] != raster.face.shape:
        raise ValueError(f"image is {tuple(image.shape[:3])}, expected the raster's {tuple(raster.face.shape)}")
    if image.ndim != 4:
        raise ValueError(f"image has the shape {tuple(image.shape)}, expected (views, height, width, channels)")
    found = topology if isinstance(topology, Silhouettes) else find_silhouettes(raster, topology, steps)
    check_silhouettes(found, raster)
    if image.device.type == "cpu":
        return _Antialias.apply(image.float(), raster.positions.double(), found.pairs, found.starts)  # pyright: ignore
    return reference.antialias(image, raster.positions, found.pairs, found.starts)


def find_silhouettes(raster: Raster, topology: Topology | None = None, steps: int = STEPS) -> Silhouettes:
    """Find the pairs of neighbouring pixels that an outline passes between, row by row.

    Arguments and errors are those of `antialias`.
    """
    topology = topology or Topology.of(raster.faces)
    if not torch.equal(topology.faces, raster.faces):
        raise ValueError("topology is of other faces than the raster's; expected Topology.of(faces)")
    check_indices(raster.faces, raster.positions.shape[1], "faces", "vertices")
    if steps < 1:
        raise ValueError(f"steps is {steps}, expected 1 or more")
    views, height, width = raster.face.shape
    if raster.face.device.type != "cpu":
        return Silhouettes(*reference.find_silhouettes(
            raster.positions.detach(), raster.faces, topology.across, raster.face, raster.depth.detach(), steps
        ))  # fmt: skip
    counts, capacity = np.zeros(views, np.int64), 8 * (height + width)
    positions, depth = raster.positions.detach().double().contiguous(), raster.depth.detach().contiguous()
    while True:
        pairs = np.empty((views, capacity, 4), np.int32)
        _native.call(
            "find_silhouettes", positions.numpy(), raster.faces.numpy(), topology.across.numpy(),
            raster.face.numpy(), depth.numpy(), counts, pairs, views, positions.shape[1], len(raster.faces),
            height, width, capacity, int(steps),
        )  # fmt: skip
        if counts.max(initial=0) <= capacity:
            break
        capacity = int(counts.max())
    packed = np.concatenate([pairs[view, :count] for view, count in enumerate(counts)] or [pairs.reshape(0, 4)])
    return Silhouettes(torch.from_numpy(packed), torch.from_numpy(np.append(0, np.cumsum(counts))))


def check_silhouettes(found: Silhouettes, raster: Raster) -> None:
    """Raises ValueError unless these may be of this raster: nothing outside it is named."""
    views, height, width = raster.face.shape
    starts, pairs = found.starts, found.pairs
    if (
        len(starts) != views + 1
        or int(starts[0]) != 0
        or int(starts[-1]) != len(pairs)
        or (starts.diff() < 0).any()
    ):
        raise ValueError(f"silhouettes are of {len(starts) - 1} views, expected the raster's {views}")
    check_indices(pairs[:, :2], height * width, "silhouettes", "pixels")
    check_indices(pairs[:, 2:], raster.positions.shape[1], "silhouettes", "vertices")


class _Antialias(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, positions: Tensor, pairs: Tensor, starts: Tensor) -> Tensor:
        image, positions = image.contiguous(), positions.contiguous()
        out = torch.empty_like(image)
        _native.call(
            "antialias", positions.numpy(), pairs.numpy(), starts.numpy(), image.numpy(), out.numpy(),
            len(image), positions.shape[1], *image.shape[1:],
        )  # fmt: skip
        ctx.save_for_backward(image, positions, pairs, starts)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor, Tensor, None, None]:
        image, positions, pairs, starts = ctx.saved_tensors
        gradient = gradient.contiguous()
        to_image, to_positions = torch.empty_like(gradient), torch.empty_like(positions)
        _native.call(
            "antialias_backward", positions.numpy(), pairs.numpy(), starts.numpy(), image.numpy(),
            gradient.numpy(), to_image.numpy(), to_positions.numpy(), len(image), positions.shape[1],
            *image.shape[1:],
        )  # fmt: skip
        return to_image, to_positions, None, None
