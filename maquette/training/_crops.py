"""Batches for the upscaler: crops of pairs, with the faults that coarse views and meshes have in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter
from torch import Tensor

from maquette.texturing._upscaler_network import FACTOR, REACH
from maquette.texturing.upscale import filled
from maquette.training.pairs import COARSE, Pairs, View, boxed

CROP = 32
"""Coarse pixels along each side of a crop."""
PER_VIEW = 4
"""Crops of each view that is read."""
DRAWN, TRUE_SHAPE = 0.3, 0.3
"""Shares of samples that our generator drew, and of those whose fine geometry is the object's own."""

Array = Float32[np.ndarray, "_ _ _"]


@dataclass(frozen=True)
class Batch:
    """What the network is given, what it should draw, and where that counts."""

    colors: Tensor  # [b, 5, CROP, CROP]
    coarse: Tensor  # [b, 5, CROP, CROP]
    fine: Tensor  # [b, 5, 4 CROP, 4 CROP]
    target: Tensor  # [b, 5, 4 CROP, 4 CROP]
    inside: Tensor  # [b, 1, 4 CROP, 4 CROP], 0 or 1


def draw(pairs: Pairs, count: int, rng: np.random.Generator) -> Batch:
    """A batch of `count` crops."""
    crops: list[tuple[np.ndarray, ...]] = []
    while len(crops) < count:
        view = pairs.view(int(rng.integers(len(pairs))), int(rng.integers(6)))
        arrays = turned(sample(view, rng), rng)
        crops += [cut(arrays, rng) for _ in range(PER_VIEW)] if (arrays[4] > 0).any() else []
    stacked = [np.stack(each).transpose(0, 3, 1, 2) for each in zip(*crops[:count], strict=True)]
    return Batch(*(torch.from_numpy(np.ascontiguousarray(each)) for each in stacked))


def sample(view: View, rng: np.random.Generator) -> tuple[Array, ...]:
    """A whole view as Batch has it: colours, coarse, fine, target, inside."""
    recolor = recoloring(rng)
    kind = rng.random()
    fine = view.true if DRAWN <= kind < DRAWN + TRUE_SHAPE else view.mesh
    target = view.look.copy()
    target[..., :3] = recolor(target[..., :3])
    if kind < DRAWN:
        drawn = view.drawn[int(rng.random() < 0.75)]
        colors, coarse = drawn[..., :5].copy(), drawn[..., 5:]
        colors[..., :3] = recolor(colors[..., :3])
    else:
        if rng.random() < 0.5:
            target = painted(target, rng)
        colors, coarse = faulty(target, view.true, rng)
    inside = ((view.true[..., :1] > 0.5) & (fine[..., :1] > 0)).astype(np.float32)
    return filled(colors[None], coarse[None, ..., 0])[0], coarse, fine, target, inside


def recoloring(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Another palette: channels swapped, inverted, their contrast changed; linear, so mixtures stay mixtures."""
    order = rng.permutation(3) if rng.random() < 0.6 else np.arange(3)
    contrast = rng.uniform(0.5, 1.0, 3) if rng.random() < 0.5 else np.ones(3)
    offset = rng.uniform(0, 1, 3) * (1 - contrast)
    invert = rng.random(3) < 0.2
    gain, base = np.where(invert, -contrast, contrast), np.where(invert, 1 - offset, offset)
    return lambda rgb: (rgb[..., order] * gain + base).astype(np.float32)


def painted(target: Array, rng: np.random.Generator) -> Array:
    """Stripes, patches and grains of another colour, whose edges no geometry tells."""
    y, x = np.mgrid[: target.shape[0], : target.shape[1]].astype(np.float32) / target.shape[0]
    field = np.zeros_like(x)
    for _ in range(int(rng.integers(1, 4))):
        angle, waves = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(np.log(2), np.log(20)))
        field += np.sin(2 * np.pi * (waves * (np.cos(angle) * x + np.sin(angle) * y) + rng.random()))
    if rng.random() < 0.4:
        grains = gaussian_filter(rng.standard_normal(x.shape).astype(np.float32), np.exp(rng.uniform(0, 2)))
        field = grains / grains.std()
    elif rng.random() < 0.7:
        field = np.clip(field * rng.uniform(4, 40), -1, 1)
    share = (0.5 + 0.5 * np.clip(field, -1, 1))[..., None] * rng.uniform(0.1, 0.8)
    out = target.copy()
    out[..., :3] = (1 - share) * target[..., :3] + share * rng.uniform(0, 1, 3)
    return out


def faulty(target: Array, guide: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Coarse colours and guides of a fine view, now and then shifted, blurred and noisy."""
    alpha = guide[..., :1]
    values = np.concatenate([alpha, alpha * target, alpha * guide[..., 1:]], -1)
    if rng.random() < 0.25:
        shift = np.clip(np.rint(rng.normal(0, 1, 2)), -FACTOR, FACTOR).astype(int)
        values = np.roll(values, tuple(shift), (0, 1))
    values = boxed(values, FACTOR)
    if rng.random() < 0.25:
        sigma = rng.uniform(0.2, 0.6)
        values = gaussian_filter(values, (sigma, sigma, 0))
    alpha = values[..., :1]
    straight = values[..., 1:] / np.maximum(alpha, 1e-3)
    if rng.random() < 0.25:
        noise = rng.uniform(0.003, 0.04) * rng.standard_normal((COARSE, COARSE, 5))
        straight[..., :5] = np.clip(straight[..., :5] + noise, 0, 1)
        straight[..., 5:] += rng.uniform(0, 0.1) * rng.standard_normal((COARSE, COARSE, 4))
    straight[..., 5:8] /= np.maximum(np.linalg.norm(straight[..., 5:8], axis=-1, keepdims=True), 1e-3)
    straight *= alpha > 0.02
    coarse = np.concatenate([alpha * (alpha > 0.02), straight[..., 5:]], -1)
    return straight[..., :5].astype(np.float32), coarse.astype(np.float32)


def turned(arrays: tuple[Array, ...], rng: np.random.Generator) -> tuple[Array, ...]:
    """One of the eight symmetries of the square, applied to pictures and to the normals in them."""
    columns, rows, swap = rng.random(3) < 0.5
    out = []
    for index, array in enumerate(arrays):
        array = array.copy()
        if columns:
            array = array[:, ::-1]
        if rows:
            array = array[::-1]
        if swap:
            array = array.transpose(1, 0, 2)
        if index in (1, 2):  # guides
            right, up = array[..., 1] * (-1 if columns else 1), array[..., 2] * (-1 if rows else 1)
            array = array.copy()
            array[..., 1], array[..., 2] = (-up, -right) if swap else (right, up)
        out.append(array)
    return tuple(out)


def cut(arrays: tuple[Array, ...], rng: np.random.Generator) -> tuple[Array, ...]:
    """A crop of a view, around a pixel that counts: mostly one where the colours to draw change."""
    colors, inside = arrays[3], arrays[4][..., 0] > 0
    change = np.abs(np.diff(colors, axis=0, append=colors[-1:])) + np.abs(
        np.diff(colors, axis=1, append=colors[:, -1:])
    )
    edges = inside & (change.sum(-1) > 0.1)
    rows, columns = np.nonzero(edges if edges.any() and rng.random() < 0.8 else inside)
    chosen = int(rng.integers(len(rows)))
    middle = np.array([rows[chosen], columns[chosen]]) // FACTOR + rng.integers(-8, 9, 2)
    top, left = np.clip(middle - CROP // 2, 0, COARSE - CROP)
    out = []
    for array in arrays:
        factor = len(array) // COARSE
        rows_, columns_ = (slice(start * factor, (start + CROP) * factor) for start in (top, left))
        out.append(array[rows_, columns_])
    # Fine pixels whose mixture reaches beyond the crop do not count.
    inside = np.zeros_like(out[4])
    edge = REACH * FACTOR
    inside[edge:-edge, edge:-edge] = out[4][edge:-edge, edge:-edge]
    return *out[:4], inside
