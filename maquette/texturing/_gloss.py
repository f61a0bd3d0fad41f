"""What a surface mirrors: how its points' brightness changes with the view, over the directions mirrored.

Distant light that one material mirrors depends on the mirrored direction alone (Wood et al. 2000, "Surface light
fields for 3D photography"), so what many points have in common there is gloss, and the rest is error.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64
from scipy.spatial import KDTree

from maquette.artifacts import Cameras
from maquette.ops import sample_bilinear
from maquette.texturing._lighting import FULL, quantile, spread
from maquette.texturing._patches import Patches
from maquette.texturing._sample import view_directions

DARK = 0.01
"""Added to colours before their logarithm."""
_CELLS = 600
"""Of the sphere of directions: eight degrees wide."""
_ROWS = 48
"""Of the table of directions, over 180 degrees."""
_TRUST, _LEAST_VIEWS = 0.15, 3
_ANGLES = (5.0, 12.0, 20.0, 28.0, 36.0, 44.0, 52.0, 60.0, 70.0)
"""Degrees between which pairs of cells are compared; neighbours are eight apart."""
_FULL_CELL = 3.0
"""Trust of all that is seen in a cell from which it counts."""
_ROUNDS = 8
_BLOCKS = 10
"""Along the longest side of a surface."""
_GLOSSY, _AGREED = 0.03, 0.8
"""Deviation of what is mirrored, in shares of the mean colour, and correlation of two halves, that are gloss."""
_SMOOTHEST, _ROUGHEST = 0.3, 0.8
"""Roughness that cells of this width can tell, and the usual constant, which stands where nothing is known."""
_CHANGING, _EXPLAINED, _BETTER = 0.3, 0.7, 0.6
"""Of metal: relative change with the view, share of it that mirroring explains, and what it leaves beside what a
coat of gloss over colour leaves."""


@dataclass(frozen=True)
class Gloss:
    """What is mirrored of the surroundings in every direction, as a table of polar and azimuthal angles."""

    mirrored: Float32[np.ndarray, "rows columns 3"]
    """Linear light added to a coated surface's colour; for metal, the factor of its colour, 1 in full light."""
    roughness: float
    """From .3 to .8; of sharp gloss rather too rough, of broad gloss a tenth too smooth at most, as measured."""
    is_metal: bool

    def toward(self, directions: Float32[np.ndarray, "points 3"]) -> Float32[np.ndarray, "points 3"]:
        """What is mirrored in unit directions."""
        rows, columns, _ = self.mirrored.shape
        polar = np.arccos(np.clip(directions[:, 1], -1, 1)) * np.float32(rows / np.pi)
        around = np.arctan2(directions[:, 0], directions[:, 2]) * np.float32(columns / (2 * np.pi)) + columns / 2
        wrapped = np.concatenate([self.mirrored[:, -1:], self.mirrored, self.mirrored[:, :1]], 1)
        return sample_bilinear(wrapped, np.stack([around + 1, polar], -1).astype(np.float32))


def find_gloss(
    surface: Patches,
    colors: Float64[np.ndarray, "views points 3"],
    weights: Float64[np.ndarray, "views points"],
    cameras: Cameras,
) -> Gloss | None:
    """The gloss of a whole surface, or None where there is no clear sign of any.

    The roughness is that of a GGX lobe (Walter et al. 2007) which alone would make what is mirrored as smooth as
    it is. Light has a width of its own, so the surface is at most so rough; where little is mirrored it is drawn
    towards the usual .8. Metal is what has no colour of its own beside what it mirrors: its points, of whatever
    colour, all change by the same factors.
    """
    cells, counts = _cells(surface, weights, cameras)
    total = counts.sum()
    if total <= 0:
        return None
    level = colors.mean(-1, keepdims=True)
    half = _half(surface.positions)
    one, other = (_mirrored(level[:, k], counts[:, k], cells[:, k]) for k in (half, ~half))
    share = np.minimum(one.counts, other.counts)
    share = np.where(share > _FULL_CELL, share, 0)
    if share.sum() <= 0:
        return None
    share /= share.sum()
    a, b = (each.light[:, 0] - share @ each.light[:, 0] for each in (one, other))
    common = float(share @ (a * b))
    agreed = common / max(float(np.sqrt((share @ a**2) * (share @ b**2))), 1e-12)
    strength = max(common, 0) ** 0.5 / max(float((counts * level[..., 0]).sum() / total), 1e-6)
    if agreed < _AGREED or strength < _GLOSSY:
        return None
    sure = strength**2 / (strength**2 + _GLOSSY**2)
    roughness = _ROUGHEST + (_roughness(share, a * share, b * share) - _ROUGHEST) * sure
    if _is_metal(level, counts, cells):
        logs = _mirrored(np.log(colors + DARK), counts, cells, usual=0.3)
        factors = np.exp(logs.light)
        white = logs.counts @ factors / logs.counts.sum()
        full = quantile((factors / white).mean(-1), logs.counts, FULL)
        return Gloss(np.exp(_table(logs)) / (white * full).astype(np.float32), roughness, True)
    coat = _mirrored(colors, counts, cells)
    table = _table(coat)
    # What is mirrored everywhere alike cannot be told from the surface's own colour.
    base = np.median(coat.light[coat.counts > _FULL_CELL], 0)
    return Gloss(np.maximum(table - base, 0).astype(np.float32), roughness, False)


@dataclass(frozen=True)
class _Mirrored:
    light: Float64[np.ndarray, "cells channels"]
    counts: Float64[np.ndarray, "cells"]
    own: Float64[np.ndarray, "points channels"]


def _cells(
    surface: Patches, weights: Float64[np.ndarray, "views points"], cameras: Cameras
) -> tuple[Int64[np.ndarray, "views points"], Float64[np.ndarray, "views points"]]:
    """The cell that each point mirrors into each view, and how much it counts."""
    tree = KDTree(spread(_CELLS))
    cells, counts = np.zeros(weights.shape, np.int64), weights * (weights > _TRUST)
    for view, seen in enumerate(counts):
        rows = np.flatnonzero(seen)
        mirrored = mirror(surface.normals[rows], view_directions(cameras, surface.positions[rows], view))
        cells[view, rows] = np.asarray(tree.query(mirrored)[1])
    many = (counts > 0).sum(0) >= _LEAST_VIEWS
    return cells, counts * many * (surface.areas / max(float(surface.areas.mean()), 1e-20))


def _half(positions: Float32[np.ndarray, "points 3"]) -> Bool[np.ndarray, "points"]:
    """Half of the surface, in blocks: neighbours share the noise of pixels and what the mesh has wrong."""
    extent = float(np.ptp(positions, axis=0).max())
    block = np.floor((positions - positions.min(0)) * (_BLOCKS / max(extent, 1e-12))).astype(np.int64)
    coin = np.random.default_rng(0).random((_BLOCKS + 1,) * 3) < 0.5
    return coin[tuple(block.T)]


def mirror(
    normals: Float32[np.ndarray, "points 3"], toward_eye: Float32[np.ndarray, "points 3"]
) -> Float32[np.ndarray, "points 3"]:
    """Unit vectors to what points mirror towards the eye."""
    return 2 * np.einsum("pi,pi->p", normals, toward_eye)[:, None] * normals - toward_eye


def _mirrored(
    values: Float64[np.ndarray, "views points channels"],
    counts: Float64[np.ndarray, "views points"],
    cells: Int64[np.ndarray, "views points"],
    usual: float | None = None,
) -> _Mirrored:
    """Values as the sum of one of each point's own and one of each cell's, by alternating robust means.

    Args:
        usual: Difference that counts half; by default a tenth of the point's own value and a little.
    """
    flat = cells.reshape(-1)
    light, own, number = np.zeros((_CELLS, values.shape[-1])), values[0], np.zeros(_CELLS)
    total = np.maximum(counts.sum(0), 1e-12)[:, None]
    for _ in range(_ROUNDS):
        own = (counts[..., None] * (values - light[cells])).sum(0) / total
        left = values - own
        off = (left - light[cells]).mean(-1) / (0.1 * own.mean(-1) + 0.02 if usual is None else usual)
        robust = counts / (1 + off**2)
        number = np.bincount(flat, robust.reshape(-1), _CELLS)
        sums = [np.bincount(flat, (robust * each).reshape(-1), _CELLS) for each in np.moveaxis(left, -1, 0)]
        light = np.stack(sums, -1) / (number[:, None] + 1)
    return _Mirrored(light, number, own)


def _roughness(
    share: Float64[np.ndarray, "cells"], a: Float64[np.ndarray, "cells"], b: Float64[np.ndarray, "cells"]
) -> float:
    """Roughness of the lobe whose autocorrelation is as wide as that of what is mirrored.

    Args:
        share: How much each cell counts.
        a, b: What each half of the surface mirrors, times that.
    """
    directions = spread(_CELLS)
    angle = np.degrees(np.arccos(np.clip(directions @ directions.T, -1, 1)))
    alike = []
    for low, high in itertools.pairwise(_ANGLES):
        near = (angle >= low) & (angle < high)
        alike.append(float((a @ near @ b) / max(share @ near @ share, 1e-12)))
    # From neighbours on: within a cell, what the mesh has wrong adds to what is mirrored.
    falling = np.minimum.accumulate(alike) - 0.5 * alike[0]
    below = int(np.argmax(falling < 0))
    if below == 0:
        return _ROUGHEST
    middles = (np.array(_ANGLES[1:]) + _ANGLES[:-1]) / 2
    step = falling[below - 1] / (falling[below - 1] - falling[below])
    width = middles[below - 1] + step * (middles[below] - middles[below - 1])
    # GGX falls to a half where tan(h)^2 = alpha^2 (sqrt(2) - 1); the mirrored direction turns by 2 h, and of two
    # such lobes the widths add in squares.
    alpha = np.tan(np.radians(width / 2**0.5 / 2)) / (2**0.5 - 1) ** 0.5
    return float(np.clip(alpha**0.5, _SMOOTHEST, _ROUGHEST))


def _is_metal(
    level: Float64[np.ndarray, "views points 1"],
    counts: Float64[np.ndarray, "views points"],
    cells: Int64[np.ndarray, "views points"],
) -> bool:
    total = np.maximum(counts.sum(0), 1e-12)[:, None]
    weight = counts[..., None]
    mean = (weight * level).sum(0) / total
    change = float((weight * (level - mean) ** 2).sum())
    if change <= (_CHANGING * float((weight * level).sum() / counts.sum())) ** 2 * counts.sum():
        return False
    coat = _mirrored(level, counts, cells)
    left = float((weight * (level - coat.own - coat.light[cells]) ** 2).sum())
    factor = np.exp(_mirrored(np.log(level + DARK), counts, cells, usual=0.3).light[cells])
    own = (weight * level * factor).sum(0) / np.maximum((weight * factor**2).sum(0), 1e-12)
    unexplained = float((weight * (level - own * factor) ** 2).sum())
    return unexplained < (1 - _EXPLAINED) * change and unexplained < _BETTER * left


def _table(mirrored: _Mirrored) -> Float32[np.ndarray, "rows columns channels"]:
    """Cells smoothed over a cell's width and filled from those around."""
    polar, around = (np.arange(_ROWS) + 0.5) * np.pi / _ROWS, (np.arange(2 * _ROWS) + 0.5) * np.pi / _ROWS - np.pi
    level, up = np.sin(polar)[:, None], np.broadcast_to(np.cos(polar)[:, None], (_ROWS, 2 * _ROWS))
    toward = np.stack([level * np.sin(around), up, level * np.cos(around)], -1).reshape(-1, 3)
    near = np.exp((toward @ spread(_CELLS).T - 1) / np.radians(5) ** 2) + 1e-9
    near = near * (mirrored.counts + 1e-6)
    values = near @ mirrored.light / near.sum(-1, keepdims=True)
    return values.reshape(_ROWS, 2 * _ROWS, -1).astype(np.float32)
