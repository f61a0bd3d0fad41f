"""Views with normals to a watertight mesh that is moved until it looks like them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32, Int32
from torch import Tensor

from maquette.artifacts import Mesh, Views
from maquette.errors import InputError
from maquette.ops.antialias import Topology, antialias
from maquette.ops.contour import contour
from maquette.ops.fuse import fuse, outline_distance
from maquette.ops.interpolate.differentiable import interpolate
from maquette.ops.rasterize.differentiable import rasterize
from maquette.reconstruction._descent import Descent, Moving, advance


@dataclass(frozen=True)
class NormalFusion:
    """Carves views with normals and moves the hull's surface until it looks like them (Direct2.5, Lu et al. 2024)."""

    version: ClassVar[int] = 1

    steps: int = 200
    resolution: int = 64
    """Grid samples along each axis of the box that is carved."""
    frame: float = 1.1
    """World units across that box, centred at the origin."""
    normals_weight: float = 1.0
    alpha_weight: float = 1.0
    depth_weight: float = 1.0
    bending_weight: float = 0.1
    """Weight of one minus the cosine between neighbouring faces."""
    descent: Descent = field(default_factory=Descent)

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the mesh that the views show.

        Raises:
            InputError: The views have no normals, or one of them shows nothing, or they agree on nothing.
        """
        if views.normals is None:
            raise InputError("views without normals; normal fusion needs them: use views that have them")
        vertices, faces = carve(views, self.resolution, self.frame)
        return self.refine(Mesh(vertices, faces), views)

    def refine(self, mesh: Mesh, views: Views) -> Mesh:
        loss = Looks.of(views, self)
        moving = Moving.at_rest(mesh.vertices, mesh.faces, 2 * self.frame / self.resolution)
        for step in range(self.steps):
            left = 1 - step / self.steps
            moving = advance(moving, loss, self.descent, min(1.0, 4 * left))
        return Mesh(moving.vertices, moving.faces)


@dataclass
class Looks:
    """How differently a mesh looks from the views, as a function of its vertices."""

    views: Views
    method: NormalFusion
    normals: Tensor
    alpha: Tensor
    depth: Tensor | None

    @staticmethod
    def of(views: Views, method: NormalFusion) -> Looks:
        assert views.normals is not None
        alpha = torch.from_numpy(views.alpha)[..., None]
        depth = None if views.depth is None else torch.from_numpy(views.depth)[..., None]
        return Looks(views, method, torch.from_numpy(views.normals) * alpha, alpha, depth)

    def __call__(self, vertices: Tensor, faces: Tensor) -> Tensor:
        method = self.method
        a, b, c = vertices[faces.long()].unbind(1)
        across = torch.linalg.cross(b - a, c - a)
        summed = torch.zeros_like(vertices).index_add(0, faces.long().reshape(-1), across.repeat_interleave(3, 0))
        normals = F.normalize(summed, dim=-1, eps=1e-12)
        raster = rasterize(vertices, faces, self.views.cameras)
        carried = torch.cat([normals, torch.ones_like(normals[:, :1])], 1)
        topology = Topology.of(faces)
        drawn = antialias(raster, interpolate(raster, carried), topology)
        loss = method.normals_weight * (drawn[..., :3] - self.normals).abs().mean()
        loss = loss + method.alpha_weight * (drawn[..., 3:] - self.alpha).abs().mean()
        if self.depth is not None and method.depth_weight:
            both = (raster.face >= 0) & (self.alpha[..., 0] > 0.9)
            off = torch.where(both, raster.depth - self.depth[..., 0], 0)
            loss = loss + method.depth_weight * 10 * F.huber_loss(off, torch.zeros_like(off), delta=0.05)
        return loss + method.bending_weight * bending(across, topology)


def bending(across: Tensor, topology: Topology) -> Tensor:
    """Mean of one minus the cosine between the normals of faces that share an edge."""
    unit = F.normalize(across, dim=-1, eps=1e-12)
    neighbour = (topology.across.long() // 2) // 3
    return (1 - (unit[:, None] * unit[neighbour]).sum(-1)).mean()


def carve(
    views: Views, resolution: int, frame: float
) -> tuple[Float32[np.ndarray, "vertices 3"], Int32[np.ndarray, "faces 3"]]:
    """The surface of the largest solid in a box that fits all outlines.

    Raises:
        InputError: A view shows nothing, or the outlines have nothing in common.
    """
    seen = (views.alpha > 0.5).any((1, 2))
    if not seen.all():
        raise InputError(f"view {int(np.argmin(seen))} shows nothing; expected the object in every view: leave it out")
    spacing = frame / resolution
    pixels_per_unit = float(views.cameras.intrinsics[:, 0, 0].max())
    outlines = outline_distance(views.alpha, max(4.0, 3 * spacing * pixels_per_unit), 1)
    corner = (spacing - frame) / 2
    planes = np.zeros((*views.alpha.shape, 5), np.float32)
    _, hull = fuse(views.cameras, outlines, planes, (corner,) * 3, spacing, resolution, 3 * spacing)
    vertices, faces = contour(hull, None, (corner,) * 3, spacing)
    if not len(faces):
        raise InputError("the outlines have nothing in common; expected views of one object from known cameras")
    return vertices, faces
