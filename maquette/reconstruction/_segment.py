"""One picture cut in two by colour: mixtures of Gaussians, and outlines that are short and follow edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy.cluster.vq import kmeans2

_MOST_SAMPLES = 20_000
_NOISE = 3e-4
"""Variance of colours below which a mixture never goes."""
_UNHEARD = -6.0
"""Logarithm of the density of colours that were never seen."""
_EDGE = 0.01
"""Squared difference of colours at which an outline costs e times less."""


@dataclass(frozen=True)
class Mixture:
    """Gaussians in colour space."""

    weights: Float64[np.ndarray, "parts"]
    means: Float64[np.ndarray, "parts 3"]
    precisions: Float64[np.ndarray, "parts 3 3"]

    @staticmethod
    def of(colors: Float[np.ndarray, "samples 3"], parts: int) -> Mixture:
        """The mixture of a colour cloud's clusters, at least ten samples in all."""
        rng = np.random.default_rng(0)
        chosen = colors[rng.permutation(len(colors))[:_MOST_SAMPLES]].astype(np.float64)
        _, label = kmeans2(chosen, min(parts, len(chosen) // 10), iter=15, minit="++", rng=0)
        clusters = [chosen[label == part] for part in range(label.max() + 1) if (label == part).sum() >= 5]
        covariances = np.stack([np.cov(cluster.T) + _NOISE * np.eye(3) for cluster in clusters])
        weights = np.array([len(cluster) for cluster in clusters]) / len(chosen)
        return Mixture(weights, np.stack([cluster.mean(0) for cluster in clusters]), np.linalg.inv(covariances))

    def log_density(self, colors: Float32[np.ndarray, "*batch 3"]) -> Float64[np.ndarray, "*batch"]:
        """But for a constant, and never below that of a colour that was never seen."""
        total = np.full(colors.shape[:-1], _UNHEARD)
        for weight, mean, precision in zip(self.weights, self.means, self.precisions, strict=True):
            away = colors - mean
            distance = np.einsum("...i,ij,...j->...", away, precision, away)
            size = 0.5 * np.linalg.slogdet(precision)[1]
            total = np.logaddexp(total, np.log(weight) + size - 0.5 * distance)
        return total


def cut(
    evidence: Float[np.ndarray, "height width"],
    rgb: Float32[np.ndarray, "height width 3"],
    length: float = 1.5,
    steps: int = 120,
) -> Float32[np.ndarray, "height width"]:
    """The coverage in [0, 1] with the most evidence inside and the least outline.

    A convex relaxation (Chan, Esedoglu and Nikolova 2006) by primal-dual steps (Chambolle and Pock 2011).

    Args:
        evidence: Logarithm of how many times likelier each pixel is inside.
        length: What a pixel's length of outline costs where colours do not change; a tenth where they jump.
    """
    across = length * (0.1 + 0.9 * np.exp(-((rgb[:, 1:] - rgb[:, :-1]) ** 2).sum(-1) / _EDGE))
    down = length * (0.1 + 0.9 * np.exp(-((rgb[1:] - rgb[:-1]) ** 2).sum(-1) / _EDGE))
    u = (evidence > 0).astype(np.float64)
    ahead, px, py = u.copy(), np.zeros_like(across), np.zeros_like(down)
    step = 0.35  # both steps' product times eight, the gradient's squared norm, stays below one
    for _ in range(steps):
        px = np.clip(px + step * (ahead[:, 1:] - ahead[:, :-1]), -across, across)
        py = np.clip(py + step * (ahead[1:] - ahead[:-1]), -down, down)
        divergence = np.zeros_like(u)
        divergence[:, :-1] += px
        divergence[:, 1:] -= px
        divergence[:-1] += py
        divergence[1:] -= py
        moved = np.clip(u + step * (divergence + evidence), 0, 1)
        ahead, u = 2 * moved - u, moved
    return u.astype(np.float32)
