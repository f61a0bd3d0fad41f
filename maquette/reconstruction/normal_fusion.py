"""Views with normals to a watertight mesh that is moved until it looks like them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from maquette.artifacts import Mesh, Views, check_views
from maquette.errors import InputError
from maquette.ops.antialias import Topology, antialias
from maquette.ops.interpolate.differentiable import interpolate
from maquette.ops.rasterize.differentiable import rasterize
from maquette.reconstruction._descent import Descent, Moving, advance
from maquette.reconstruction._gather import gather, sum_into
from maquette.reconstruction._planes import PlaneFusion
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction._visual_hull import VisualHull


@dataclass(frozen=True)
class NormalFusion:
    """Moves the surface of a solid until it looks like views with normals (Direct2.5, Lu et al. 2024).

    The solid is what the outlines allow or, where views have depth, what plane fusion makes of them. Every step
    draws the mesh's normals and outline, and remakes its edges. Any number of views, orthographic or perspective,
    of an object in the unit box; the same views give the same mesh.
    """

    version: ClassVar[int] = 1

    steps: int = 120
    coarse_steps: int = 80
    """Of these, the first that look at views of half the resolution."""
    resolution: int = 64
    """Grid samples along each axis of the box that is carved."""
    frame: float = 1.1
    """World units across that box, centred at the origin."""
    normals_weight: float = 1.0
    alpha_weight: float = 1.0
    depth_weight: float = 1.0
    """Of squared tenths of a world unit; what is off by more than half of one counts by its amount."""
    bending_weight: float = 0.1
    """Weight of one minus the cosine between neighbouring faces."""
    descent: Descent = field(default_factory=Descent)

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the mesh that the views show.

        Raises:
            InputError: The views have no normals, or one of them shows nothing, or they agree on nothing.
        """
        _check(views)
        if views.depth is not None:
            return self.refine(PlaneFusion(resolution=2 * self.resolution, frame=self.frame)(views), views)
        return self.refine(VisualHull(self.resolution, self.frame, smoothing=0)(views), views)

    def refine(self, mesh: Mesh, views: Views) -> Mesh:
        """Move a closed mesh until it looks like the views.

        Raises:
            InputError: The views have no normals.
            ValueError: The mesh is not closed.
        """
        _check(views)
        fine, coarse = Looks.of(views, self), Looks.of(reduced(views, 2), self)
        moving = Moving.at_rest(mesh.vertices, mesh.faces, 2 * self.frame / self.resolution)
        for step in range(self.steps):
            left = 1 - step / self.steps
            loss = coarse if step < self.coarse_steps else fine
            moving = advance(moving, loss, self.descent, min(1.0, 4 * left))
        return Mesh(moving.vertices, moving.faces)


def _check(views: Views) -> None:
    check_views(views)
    if views.normals is None:
        raise InputError("views without normals; normal fusion needs them: use views that have them")


@dataclass
class Looks:
    """How differently a mesh looks from what views show, as a function of its vertices and faces."""

    views: Views
    method: NormalFusion
    normals: Tensor
    """[views, height, width, 3], times alpha."""
    alpha: Tensor
    """[views, height, width, 1]."""
    depth: Tensor | None
    """[views, height, width, 1], world units."""

    @staticmethod
    def of(views: Views, method: NormalFusion) -> Looks:
        assert views.normals is not None
        alpha = torch.from_numpy(views.alpha)[..., None]
        depth = None if views.depth is None else torch.from_numpy(views.depth)[..., None]
        return Looks(views, method, torch.from_numpy(views.normals) * alpha, alpha, depth)

    def __call__(self, vertices: Tensor, faces: Tensor) -> Tensor:
        method = self.method
        a, b, c = gather(vertices, faces).unbind(1)
        across = torch.linalg.cross(b - a, c - a)
        summed = sum_into(across[:, None].expand(-1, 3, -1), faces, len(vertices))
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
            loss = loss + method.depth_weight * F.huber_loss(10 * off, torch.zeros_like(off), delta=0.5)
        return loss + method.bending_weight * bending(across, topology)


def bending(across: Tensor, topology: Topology) -> Tensor:
    """Mean of one minus the cosine between the normals of faces that share an edge."""
    unit = F.normalize(across, dim=-1, eps=1e-12)
    neighbour = (topology.across.long() // 2) // 3
    return (1 - (unit[:, None] * gather(unit, neighbour)).sum(-1)).mean()
