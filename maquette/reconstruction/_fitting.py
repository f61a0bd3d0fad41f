"""Surfels on their way to look like views."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
import trimesh
from jaxtyping import Float, Float32
from torch import Tensor

from maquette.artifacts import Cameras, Gaussians, Views
from maquette.ops.splat import splat
from maquette.reconstruction._cloud import Cloud
from maquette.reconstruction._likeness import unlike_picture, unlike_surface
from maquette.reconstruction._splat_options import Course
from maquette.reconstruction._visual_hull import VisualHull

_EXPOSURE_RATE = 0.1


@dataclass
class Fitting:
    """Surfels and exposures on their way to look like views."""

    views: Views
    course: Course
    cloud: Cloud
    exposure: Float[Tensor, "views 3"]
    """What each view's colours are multiplied by, as its camera chose; their geometric mean is 1."""

    @staticmethod
    def of(views: Views, course: Course) -> Fitting:
        hull = VisualHull(96, course.frame)(views)
        solid = trimesh.Trimesh(hull.vertices, hull.faces, process=False)
        points, chosen = trimesh.sample.sample_surface(solid, course.surfels, seed=course.seed)[:2]
        points, normals = points.astype(np.float32), solid.face_normals[chosen].astype(np.float32)
        radii = np.full(len(points), 0.7 * np.sqrt(solid.area / len(points)), np.float32)
        cloud = Cloud.of(points, normals, mean_colors(views, points, normals), radii, course.degree)
        return Fitting(views, course, cloud, torch.ones(len(views.alpha), 3))

    @staticmethod
    def resumed(views: Views, course: Course, state: dict[str, Tensor]) -> Fitting:
        values, momentum, square, pull = (state[name] for name in ("values", "momentum", "square", "pull"))
        cloud = Cloud(values, momentum, square, pull, int(state["step"]))
        return Fitting(views, course, cloud, state["exposure"])

    def state(self) -> dict[str, Tensor]:
        """All that `resumed` needs: chance is drawn anew from the seed and the number of each step."""
        cloud = self.cloud
        return {
            "values": cloud.values, "momentum": cloud.momentum, "square": cloud.square, "pull": cloud.pull,
            "step": torch.tensor(cloud.step), "exposure": self.exposure,
        }  # fmt: skip

    def advance(self) -> None:
        """Take one step: look at one view, and move."""
        course, cloud, step = self.course, self.cloud, self.cloud.step
        share = step / course.steps
        epoch, place = divmod(step, len(self.views.alpha))
        view = int(np.random.default_rng([course.seed, 0, epoch]).permutation(len(self.views.alpha))[place])
        random = torch.Generator().manual_seed(int(np.random.default_rng([course.seed, 1, step]).integers(2**62)))

        camera = one(self.views.cameras, view)
        values = cloud.values.requires_grad_()
        offsets = torch.zeros(1, len(cloud), 2, requires_grad=True)
        degree = min(course.degree, int(2 * share * (course.degree + 1)))
        means, wxyz, scales, opacities, harmonics = cloud.parts(values, degree)
        drawn = splat(means, wxyz, scales, opacities, harmonics, camera, screen_offsets=offsets)

        alpha = torch.from_numpy(self.views.alpha[view])
        # A background that is never the same twice is no colour that surfels could do without.
        background = torch.rand(3, generator=random)
        wanted = torch.from_numpy(self.views.rgb[view]) * alpha[..., None]
        color = drawn.color[0] * self._exposed(view, drawn.color[0].detach(), wanted)
        loss = unlike_picture(
            course.likeness,
            color + background * (1 - drawn.alpha[0, ..., None]), wanted + background * (1 - alpha[..., None]),
            drawn.alpha[0], alpha,
        )  # fmt: skip
        if share >= course.surface_after:
            loss = loss + unlike_surface(course.likeness, drawn, camera)
        gradient, pull = torch.autograd.grad(loss, [values, offsets])

        cloud.values = values.detach()
        cloud.watch(pull * torch.tensor([camera.width / 2, camera.height / 2]), drawn.radii > 0)
        cloud.advance(gradient, cloud.rates(course.rates, share))
        growth = course.growth
        if step and step % growth.every == 0 and growth.begin <= share < growth.end:
            cloud.densify(growth, random)

    def _exposed(self, view: int, color: Tensor, wanted: Tensor) -> Float[Tensor, "3"]:
        """The view's exposure, moved a little towards what makes its mean colours equal."""
        gain = (wanted.sum((0, 1)) + 1) / (color.sum((0, 1)) + 1)
        self.exposure[view] = (self.exposure[view].log().lerp(gain.log(), _EXPOSURE_RATE)).exp()
        self.exposure /= self.exposure.log().mean(0).exp()
        return self.exposure[view].clone()


def one(cameras: Cameras, view: int) -> Cameras:
    """A single one of the cameras."""
    chosen = slice(view, view + 1)
    return replace(cameras, world_to_camera=cameras.world_to_camera[chosen], intrinsics=cameras.intrinsics[chosen])


@torch.no_grad()
def seen(
    gaussians: Gaussians, camera: Cameras
) -> tuple[Float32[np.ndarray, "height width"], Float32[np.ndarray, "height width 3"]]:
    """Median depth, 0 where less than half of the light is stopped, and unit normals, of flat Gaussians."""
    cloud, t = gaussians, torch.from_numpy
    flat, plain = t(cloud.scales[:, :2]), t(cloud.spherical_harmonics[:, :1])
    drawn = splat(t(cloud.means), t(cloud.wxyz), flat, t(cloud.opacities), plain, camera)
    assert drawn.median_depth is not None
    assert drawn.normals is not None
    depth = torch.where(drawn.alpha > 0.5, drawn.median_depth, 0)
    return depth[0].numpy(), F.normalize(drawn.normals[0], dim=-1).numpy()


def mean_colors(
    views: Views, points: Float32[np.ndarray, "points 3"], normals: Float32[np.ndarray, "points 3"]
) -> Float32[np.ndarray, "points 3"]:
    """What the views that face each point show there, whatever stands between; grey where there is none."""
    cameras = views.cameras
    total, weight = np.full((len(points), 3), 5e-7), np.full(len(points), 1e-6)
    for view in range(len(cameras)):
        pose = cameras.world_to_camera[view].astype(np.float64)
        local = points @ pose[:3, :3].T + pose[:3, 3]
        z = np.ones(len(points)) if cameras.projection == "orthographic" else np.maximum(local[:, 2], 1e-9)
        pixel = (local / z[:, None])[:, :2] * cameras.intrinsics[view, [0, 1], [0, 1]]
        x, y = np.floor(pixel + cameras.intrinsics[view, :2, 2]).astype(np.int64).T
        inside = (x >= 0) & (x < cameras.width) & (y >= 0) & (y < cameras.height) & (local[:, 2] > 0)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        facing = np.maximum(-(normals @ pose[2, :3]), 0) ** 2 * inside * views.alpha[view, y, x]
        total += facing[:, None] * views.rgb[view, y, x]
        weight += facing
    return (total / weight[:, None]).astype(np.float32)
