"""Rasterization of tensors, with gradients from pixels to vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int32
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.ops import _native, _nvdiffrast
from maquette.ops.rasterize import reference

LARGEST = 32768
"""Pixels along an image's side: pixels are counted in 32 bits."""


@dataclass(frozen=True)
class Raster:
    """The nearest triangle at every pixel centre, and what it was drawn from."""

    face: Int32[Tensor, "views height width"]
    """Face index, -1 where nothing is hit."""
    barycentric: Float[Tensor, "views height width 2"]
    """Perspective-correct weights of the face's corners 1 and 2; corner 0 has the rest. Differentiable."""
    depth: Float[Tensor, "views height width"]
    """World units along the camera's forward axis, 0 where nothing is hit. Differentiable."""
    positions: Float[Tensor, "views vertices 4"]
    """Vertices in the images: pixel x times w, pixel y times w, depth, w. Differentiable."""
    faces: Int32[Tensor, "faces 3"]
    """Corners' vertices."""


def rasterize(vertices: Float[Tensor, "vertices 3"], faces: Int[Tensor, "faces 3"], cameras: Cameras) -> Raster:
    """Find the nearest triangle at every pixel centre of every view, both sides of triangles visible.

    Gradients go from weights, depth and positions to the vertices; how the picture changes where one triangle ends
    and another begins is `antialias`'s to say.

    Raises:
        ValueError: A face names a vertex that is not there, or a vertex is not finite.
    """
    return rasterize_projected(project(vertices, cameras), faces, cameras.height, cameras.width)


def project(vertices: Float[Tensor, "vertices 3"], cameras: Cameras) -> Float64[Tensor, "views vertices 4"]:
    """Vertices in every image: pixel x times w, pixel y times w, depth (world units), and w.

    In perspective w is the depth, in orthographic views 1. Double precision, as visibility needs it: an edge
    shared by two triangles leaves neither gap nor overlap.
    """
    matrix = torch.from_numpy(_matrices(cameras)).to(vertices.device)
    return vertices.double() @ matrix[..., :3].mT + matrix[:, None, :, 3]


def _matrices(cameras: Cameras) -> Float64[np.ndarray, "views 4 4"]:
    pose, k = cameras.world_to_camera.astype(np.float64), cameras.intrinsics.astype(np.float64)
    w = pose[:, 2] if cameras.projection == "perspective" else np.broadcast_to([0.0, 0, 0, 1], pose[:, 2].shape)
    x = k[:, 0, 0, None] * pose[:, 0] + k[:, 0, 2, None] * w
    y = k[:, 1, 1, None] * pose[:, 1] + k[:, 1, 2, None] * w
    return np.stack([x, y, pose[:, 2], w], 1)


def rasterize_projected(
    positions: Float[Tensor, "views vertices 4"], faces: Int[Tensor, "faces 3"], height: int, width: int
) -> Raster:
    """`rasterize` of vertices that are in the images already, as `project` puts them there.

    Raises:
        ValueError: Other shapes, a face names a vertex that is not there, a position is not finite, or the size
            is out of range.
    """
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST):
        raise ValueError(f"images are {height} x {width} pixels, expected 1 to {LARGEST} along each side")
    if positions.ndim != 3 or positions.shape[2] != 4 or faces.ndim != 2 or faces.shape[1] != 3:
        shapes = f"positions {tuple(positions.shape)} and faces {tuple(faces.shape)}"
        raise ValueError(f"{shapes}; expected (views, vertices, 4) and (faces, 3)")
    check_indices(faces, positions.shape[1], "faces", "vertices")
    if not bool(torch.isfinite(positions.detach()).all()):
        raise ValueError("vertices that are not finite cannot be rasterized; expected no NaN and no infinity")
    faces = faces.to(torch.int32).contiguous()
    if positions.device.type == "cpu":
        face, barycentric, depth = _Rasterize.apply(positions.double(), faces, height, width)
    elif positions.device.type == "cuda" and _nvdiffrast.installed():
        face = _nvdiffrast.visible(positions, faces, height, width)
        weights, depth = reference.weights_and_depth(positions, faces, face)
        barycentric = weights[..., 1:]
    else:
        face, barycentric, depth = reference.rasterize(positions, faces, height, width)
    return Raster(face, barycentric, depth, positions, faces)


def check_indices(indices: Tensor, count: int, name: str, of: str) -> None:
    """Raises ValueError unless every index is in 0..count - 1."""
    if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= count):
        raise ValueError(f"{name} name {of} outside 0..{count - 1}")


class _Rasterize(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, positions: Tensor, faces: Tensor, height: int, width: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        views = len(positions)
        positions = positions.contiguous()
        face = torch.empty((views, height, width), dtype=torch.int32)
        barycentric = torch.empty((views, height, width, 2))
        depth = torch.empty((views, height, width))
        _native.call(
            "rasterize", positions.numpy(), faces.numpy(), face.numpy(), barycentric.numpy(), depth.numpy(), views,
            positions.shape[1], len(faces), height, width,
        )  # fmt: skip
        ctx.save_for_backward(positions, faces, face, barycentric)
        ctx.mark_non_differentiable(face)
        ctx.set_materialize_grads(False)
        return face, barycentric, depth

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, _: Tensor | None, grad_barycentric: Tensor | None, grad_depth: Tensor | None
    ) -> tuple[Tensor | None, None, None, None]:
        positions, faces, face, barycentric = ctx.saved_tensors
        given = [plane.contiguous() for plane in (grad_barycentric, grad_depth) if plane is not None]
        if not given:
            return None, None, None, None
        gradient = torch.empty_like(positions)
        _native.call(
            "rasterize_backward", positions.numpy(), faces.numpy(), face.numpy(), barycentric.numpy(),
            given[0].numpy(), given[-1].numpy(), gradient.numpy(), len(positions), positions.shape[1], len(faces),
            *face.shape[1:], int(grad_barycentric is not None), int(grad_depth is not None),
        )  # fmt: skip
        return gradient, None, None, None
