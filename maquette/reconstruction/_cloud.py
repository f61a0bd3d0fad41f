"""Surfels on their way: one row of numbers each, moved by Adam, cloned, split and pruned (Kerbl et al. 2023)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32
from torch import Tensor

from maquette.artifacts import Gaussians
from maquette.formats.splats_ply import SURFEL_THICKNESS
from maquette.reconstruction._splat_options import Growth, Rates

DC = 0.28209479177387814
"""The harmonic of degree 0, by which a coefficient becomes a colour less a half."""

_MEANS, _WXYZ, _SCALES, _OPACITY = slice(0, 3), slice(3, 7), slice(7, 9), 9
_HARMONICS = 10


@dataclass
class Cloud:
    """Surfels with what Adam and densification remember of each."""

    values: Float[Tensor, "surfels columns"]
    """Mean 3, quaternion 4, logarithms of two scales, logit of opacity, harmonics 3 each."""
    momentum: Float[Tensor, "surfels columns"]
    square: Float[Tensor, "surfels columns"]
    pull: Float[Tensor, "surfels 2"]
    """Sum of the gradient's length on the screen, and over how many views, since they were last densified."""
    step: int = 0

    @staticmethod
    def of(
        points: Float32[np.ndarray, "surfels 3"],
        normals: Float32[np.ndarray, "surfels 3"],
        colors: Float32[np.ndarray, "surfels 3"],
        radii: Float32[np.ndarray, "surfels"],
        degree: int,
        opacity: float = 0.5,
    ) -> Cloud:
        """Round surfels that lie on a surface."""
        count = len(points)
        values = torch.zeros(count, _HARMONICS + 3 * (degree + 1) ** 2)
        values[:, _MEANS] = torch.from_numpy(points)
        values[:, _WXYZ] = turned_to(torch.from_numpy(normals))
        values[:, _SCALES] = torch.from_numpy(np.log(radii))[:, None]
        values[:, _OPACITY] = math.log(opacity / (1 - opacity))
        values[:, _HARMONICS : _HARMONICS + 3] = (torch.from_numpy(colors) - 0.5) / DC
        return Cloud(values, torch.zeros_like(values), torch.zeros_like(values), torch.zeros(count, 2))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def degree(self) -> int:
        """Of the harmonics."""
        return math.isqrt((self.values.shape[1] - _HARMONICS) // 3) - 1

    def parts(self, values: Tensor, degree: int) -> tuple[Tensor, ...]:
        """Means, quaternions, scales, opacities and harmonics up to a degree, as `splat` takes them."""
        kept = 3 * (degree + 1) ** 2
        means, wxyz, scales, opacity, harmonics, _ = values.split(
            [3, 4, 2, 1, kept, values.shape[1] - _HARMONICS - kept], 1
        )
        return means, wxyz, scales.exp(), opacity[:, 0].sigmoid(), harmonics.reshape(len(values), kept // 3, 3)

    def advance(self, gradient: Tensor, rates: Tensor) -> None:
        """Take one step of Adam; columns at the end without a gradient stay."""
        self.step += 1
        self.momentum.lerp_(gradient, 0.1)
        self.square.lerp_(gradient**2, 0.001)
        size = (self.square / (1 - 0.999**self.step)).sqrt_().add_(1e-15)
        self.values.addcdiv_(self.momentum * rates, size, value=-1 / (1 - 0.9**self.step))

    def rates(self, rates: Rates, share: float) -> Float[Tensor, "columns"]:
        """Step of each column when this share of the run, 0 to 1, is over."""
        out = torch.full((self.values.shape[1],), rates.harmonics)
        out[_MEANS] = rates.means * 0.01**share
        out[_WXYZ], out[_SCALES], out[_OPACITY] = rates.wxyz, rates.scales, rates.opacity
        out[_HARMONICS : _HARMONICS + 3] = rates.color
        return out

    def watch(self, screen: Float[Tensor, "views surfels 2"], seen: Tensor) -> None:
        """Remember how hard the pictures pull at each surfel, in halves of their longer side."""
        self.pull[:, 0] += screen.norm(dim=-1).sum(0)
        self.pull[:, 1] += seen.sum(0)

    def densify(self, growth: Growth, random: torch.Generator) -> None:
        """Clone small surfels that are pulled at, split large ones; drop the nearly clear and the too large."""
        pull = self.pull[:, 0] / self.pull[:, 1].clamp(min=1)
        order = pull.argsort(descending=True, stable=True)[: max(growth.most - len(self), 0)]
        chosen = order[pull[order] > growth.threshold]
        sizes = self.values[chosen, _SCALES]
        large = sizes.max(1).values > math.log(growth.small)
        local = torch.zeros(len(chosen), 3)
        local[:, :2] = torch.randn(len(chosen), 2, generator=random) * sizes.exp()
        born = self.values[chosen].clone()
        shift = turned(born[:, _WXYZ], local) * large[:, None]
        shrink = large[:, None] * math.log(1.6)
        born[:, _MEANS] += shift
        born[:, _SCALES] -= shrink
        self.values[chosen, _MEANS] -= shift
        self.values[chosen, _SCALES] -= shrink

        least = math.log(growth.least_opacity / (1 - growth.least_opacity))
        values = torch.cat([self.values, born])
        keep = (values[:, _OPACITY] > least) & (values[:, _SCALES].max(1).values < math.log(growth.largest))
        self.values = values[keep]
        self.momentum = torch.cat([self.momentum, torch.zeros_like(born)])[keep]
        self.square = torch.cat([self.square, torch.zeros_like(born)])[keep]
        self.pull = torch.zeros(len(self.values), 2)

    def gaussians(self) -> Gaussians:
        """The artifact: surfels as Gaussians that are very thin."""
        means, wxyz, scales, opacities, harmonics = self.parts(self.values, self.degree)
        third = SURFEL_THICKNESS * scales.min(1, keepdim=True).values
        return Gaussians(
            means.numpy().copy(), torch.cat([scales, third], 1).numpy(), F.normalize(wxyz, dim=1).numpy(),
            opacities.numpy(), harmonics.numpy().copy(),
        )  # fmt: skip


def turned_to(normals: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
    """Quaternions wxyz that turn +Z to the normals, by the shortest way."""
    x, y, z = F.normalize(normals, dim=1).unbind(1)
    below = z < -0.9999
    wxyz = torch.stack([1 + z, -y, x, torch.zeros_like(z)], 1)
    wxyz[below] = torch.tensor([0.0, 1.0, 0.0, 0.0])
    return F.normalize(wxyz, dim=1)


def turned(wxyz: Float[Tensor, "n 4"], vectors: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
    """Vectors from local to world."""
    q = F.normalize(wxyz, dim=1)
    w, axis = q[:, :1], q[:, 1:]
    twice = 2 * torch.linalg.cross(axis, vectors)
    return vectors + w * twice + torch.linalg.cross(axis, twice)
