"""Posed pictures to Gaussians that look like them, and these to a watertight mesh."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from maquette.artifacts import Gaussians, Mesh, Views, check_views
from maquette.errors import InputError
from maquette.ops.contour import contour
from maquette.ops.fuse_depth import fuse_depth
from maquette.ops.smooth import smooth
from maquette.reconstruction._floaters import without_floaters
from maquette.reconstruction._reduced import reduced
from maquette.reconstruction._splat_options import Course, Growth, Likeness, Rates


@dataclass(frozen=True)
class Splats:
    """Moves surfels, flat Gaussians, until they look like posed pictures, and fuses their depth to a mesh.

    They start on the visual hull, are cloned, split and dropped as 3D Gaussians are (Kerbl et al. 2023, "3D
    Gaussian splatting for real-time radiance field rendering", section 5), and held to surfaces (Huang et al.
    2024, "2D Gaussian splatting for geometrically accurate radiance fields", section 5). Any number of views of
    an object in the unit box, with alpha; the same views give the same mesh.
    """

    version: ClassVar[int] = 1

    seed: int = 0
    steps: int = 2400
    """Each looks at one view."""
    surfels: int = 8000
    """At first."""
    longest: int = 320
    """Pixels: pictures whose longer side has more are looked at with a whole factor fewer, up to a half more."""
    degree: int = 1
    """Of the harmonics, 0 to 3; higher ones explain a wrong shape by gloss."""
    surface_after: float = 0.25
    """Share of the run after which surfels are held to surfaces."""
    resolution: int = 128
    """Grid samples along each axis of the box that depth is fused in."""
    frame: float = 1.1
    """World units across that box, centred at the origin."""
    carving: float = 1.0
    """Weight of what pixels beside the object say about free space, 0 to 1."""
    smoothing: int = 10
    """Rounds of smoothing between creases."""
    least_share: float = 0.01
    """Separate pieces with less than this share of the volume go."""
    rates: Rates = field(default_factory=Rates)
    growth: Growth = field(default_factory=Growth)
    likeness: Likeness = field(default_factory=Likeness)
    checkpoints: str | None = field(default=None, metadata={"key": False})
    """Folder for the state of a run, written every so many steps; a run that was killed goes on from it."""
    checkpoint_every: int = field(default=200, metadata={"key": False})

    def __call__(self, views: Views) -> Mesh:
        """Reconstruct the mesh that the views show.

        Raises:
            InputError: The views have no masks, or show nothing that they agree on.
        """
        return self.surface(self.optimize(views), views)

    def optimize(self, views: Views) -> Gaussians:
        """Make Gaussians that look like the views; colours are those of the mean exposure.

        Raises:
            InputError: As when called, or an option is out of range.
        """
        from maquette.reconstruction._fitting import Fitting
        from maquette.reconstruction._unfinished import Unfinished

        self._check()
        check_views(views)
        views = self._looked_at(views)
        unfinished = None
        if self.checkpoints is not None:
            method = f"{self.version} {replace(self, checkpoints=None, checkpoint_every=0)!r}"
            unfinished = Unfinished.of(self.checkpoints, method, views)
        state = unfinished.read() if unfinished else None
        course = self.course()
        fitting = Fitting.of(views, course) if state is None else Fitting.resumed(views, course, state)
        while fitting.cloud.step < self.steps:
            fitting.advance()
            if unfinished and fitting.cloud.step % self.checkpoint_every == 0:
                unfinished.write(fitting.state())
        if unfinished:
            unfinished.remove()
        return fitting.cloud.gaussians()

    def course(self) -> Course:
        """The options that say how Gaussians are made; the others are about the surface."""
        return Course(
            self.seed, self.steps, self.surfels, self.degree, self.surface_after, self.frame, self.rates,
            self.growth, self.likeness,
        )  # fmt: skip

    def surface(self, gaussians: Gaussians, views: Views) -> Mesh:
        """Fuse the depth of flat Gaussians, as the views' cameras see it, to a watertight mesh.

        Raises:
            InputError: They leave no solid in the box, or the views are no views.
        """
        from maquette.reconstruction._fitting import one, seen

        check_views(views)
        views = self._looked_at(views)
        spacing = self.frame / self.resolution
        corner = (spacing - self.frame) / 2
        depth, normals = np.empty_like(views.alpha), np.empty_like(views.rgb)
        for view in range(len(depth)):
            depth[view], normals[view] = seen(gaussians, one(views.cameras, view))
        side = -(-self.resolution // 8) * 8
        blocks = fuse_depth(
            views.cameras, depth, (corner, corner, corner), spacing, (side, side, side), 4 * spacing,
            normals=normals, background=self.carving,
        )  # fmt: skip
        vertices, faces = contour(blocks)
        if not len(faces):
            raise InputError(
                "the pictures leave no solid in the unit box; expected cameras of these pictures, from around it"
            )
        vertices, faces = without_floaters(vertices, faces, self.least_share)
        return Mesh(smooth(vertices, faces, self.smoothing, crease_degrees=40.0), faces)

    def _check(self) -> None:
        """Options are looked at before the minutes that a run takes."""
        for name, value, least, most in (
            ("steps", self.steps, 0, 10**9),
            ("surfels", self.surfels, 1, 2**24),
            ("longest", self.longest, 1, 10**6),
            ("degree", self.degree, 0, 3),
            ("resolution", self.resolution, 1, 2048),
            ("carving", self.carving, 0, 1),
            ("growth.every", self.growth.every, 1, 10**9),
            ("checkpoint_every", self.checkpoint_every, 1, 10**9),
        ):
            if not least <= value <= most:
                raise InputError(f"{name} {value} is out of range; expected {least:,} to {most:,}")

    def _looked_at(self, views: Views) -> Views:
        return reduced(views, max(round(max(views.cameras.width, views.cameras.height) / self.longest), 1))
