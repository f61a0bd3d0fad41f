"""How surfels are moved, how many there are, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Adam's steps, as 3DGS has them but for shorter runs."""

    means: float = 2.5e-3
    """World units a step; falls to a hundredth."""
    wxyz: float = 2e-3
    scales: float = 1e-2
    """Of the logarithm."""
    opacity: float = 5e-2
    """Of the logit."""
    color: float = 5e-3
    harmonics: float = 2.5e-4
    """Of the coefficients of degree 1 and above."""


@dataclass(frozen=True)
class Growth:
    """When surfels are cloned, split and dropped."""

    every: int = 100
    """Steps from one time to the next."""
    begin: float = 0.1
    end: float = 0.6
    """Shares of the run between which that happens."""
    most: int = 25_000
    """Surfels in all."""
    threshold: float = 2e-4
    """Mean gradient on the screen, in halves of the picture, above which a surfel is too few."""
    small: float = 0.02
    """World units: the largest scale at which a surfel is cloned and not split."""
    largest: float = 0.2
    """World units."""
    least_opacity: float = 0.05


@dataclass(frozen=True)
class Likeness:
    """Weights of what is to become small."""

    structure: float = 0.2
    """Of one minus SSIM; the rest of one is for the absolute difference of colours."""
    alpha: float = 0.5
    """Of the absolute difference of coverage."""
    distortion: float = 30.0
    """Of the squared distances, in world units, between surfels on one ray (2DGS, eq. 13)."""
    normals: float = 0.05
    """Of one minus the cosine between a surfel's normal and that of the depth map (2DGS, eq. 14)."""


@dataclass(frozen=True)
class Course:
    """What the fitting is told of the options of `Splats`, which says what they are."""

    seed: int
    steps: int
    surfels: int
    degree: int
    surface_after: float
    frame: float
    rates: Rates
    growth: Growth
    likeness: Likeness
