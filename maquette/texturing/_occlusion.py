"""Ambient occlusion over an atlas: few rays a texel, different in each of a tile, averaged over the tile."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.ops import fill_nearest, interpolate_at
from maquette.ops.sample import sample_bilinear
from maquette.ops.trace import Tree, cosine_samples, open_share
from maquette.texturing._correspond import Cage, correspond
from maquette.texturing._surface import Surface, areas, unit
from maquette.texturing._texels import covered

TILE = 4
"""Texels along each side of a tile, each of which sends rays of its own."""


def baked_occlusion(
    surface: Surface, tree: Tree, rays: Cage, uv: Float32[np.ndarray, "faces 3 2"], size: int, samples: int
) -> Float32[np.ndarray, "size size"]:
    """The share of a white sky that each texel's point of the source sees, in [0, 1].

    Args:
        samples: Rays a texel; `TILE`² as many go into each value.
    """
    texels = covered(uv, size)
    hits, backward = correspond(rays, tree, texels.face, texels.barycentric)
    asset, turn = surface.asset, np.where(backward, -1, 1)[:, None].astype(np.float32)
    corners = asset.mesh.vertices[asset.mesh.faces]
    points = interpolate_at(hits.face, hits.barycentric, corners)
    normals = unit(interpolate_at(hits.face, hits.barycentric, asset.normals[asset.mesh.faces])) * turn
    flat = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    facing = flat[hits.face] * turn
    normals = np.where((np.abs(np.linalg.norm(normals, axis=-1, keepdims=True) - 1) < 1e-3), normals, facing)
    facing = np.where(facing.any(-1, keepdims=True), facing, normals)
    ok = np.abs(np.einsum("pi,pi->p", facing, facing) - 1) < 1e-3
    normals[~ok], facing[~ok] = (0, 1, 0), (0, 1, 0)
    row, column = np.divmod(texels.index, size)
    chosen = (row % TILE * TILE + column % TILE).astype(np.uint8)
    extent = float(np.linalg.norm(np.ptp(asset.mesh.vertices, axis=0)))
    share = open_share(tree, points, normals, facing, cosine_samples(samples, TILE**2), chosen, lift=1e-4 * extent)
    known, image = np.zeros(size * size, bool), np.zeros((size * size, 7), np.float32)
    known[texels.index] = True
    image[texels.index] = np.concatenate([share[:, None], normals, points], -1)
    smooth = _averaged(image.reshape(size, size, 7), known.reshape(size, size), 3 * _texel_extent(rays, uv, size))
    return fill_nearest(smooth[..., None], known.reshape(size, size))[..., 0]


def upsampled(image: Float32[np.ndarray, "small small"], size: int) -> Float32[np.ndarray, "size size"]:
    """The image at a whole multiple of its size, bilinear."""
    if len(image) == size:
        return image
    at = (np.arange(size, dtype=np.float32) + 0.5) * np.float32(len(image) / size)
    pixels = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)
    return sample_bilinear(image[..., None], pixels).reshape(size, size)


def _texel_extent(rays: Cage, uv: Float32[np.ndarray, "faces 3 2"], size: int) -> float:
    """World units across a texel, on average."""
    return float(areas(rays.values[..., :3]).sum() / max(float(areas(uv).sum()), 1e-12)) ** 0.5 / size


def _averaged(
    image: Float32[np.ndarray, "size size 7"], known: np.ndarray, reach: float
) -> Float32[np.ndarray, "size size"]:
    """Means over the texels around on the same piece of surface; every member of a tile has the same weight."""
    size = len(image)
    half = TILE // 2
    open_ = np.pad(known, half)
    # One plane a channel: sums over a last axis of three are several times slower.
    share, *own = np.ascontiguousarray(image.transpose(2, 0, 1))
    shares, *others = (np.pad(plane, half) for plane in (share, *own))
    total, weight = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    for dy in range(-half, half + 1):
        for dx in range(-half, half + 1):
            window = np.s_[half + dy : half + dy + size, half + dx : half + dx + size]
            nx, ny, nz, x, y, z = (other[window] for other in others)
            like = nx * own[0] + ny * own[1] + nz * own[2] > 0.8
            near = (x - own[3]) ** 2 + (y - own[4]) ** 2 + (z - own[5]) ** 2 < (reach * 2) ** 2
            part = (0.5 if abs(dy) == half else 1.0) * (0.5 if abs(dx) == half else 1.0)
            counted = np.where(like & near & open_[window], np.float32(part), 0)
            total += counted * shares[window]
            weight += counted
    return np.where(weight > 0, total / np.maximum(weight, 1e-6), share)
