"""A source mesh's look and relief onto a simpler mesh: its maps, its shading normals, what light reaches it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Asset, Mesh, check_mesh
from maquette.ops import fill_nearest, interpolate_at, split_tangents, tangents
from maquette.ops._native import thread_limit
from maquette.ops.srgb import encode_srgb
from maquette.ops.trace import Tree, grow
from maquette.texturing._bake import face_corner_normals, split_corners
from maquette.texturing._correspond import Cage, cage, correspond
from maquette.texturing._curvature import baked_curvature
from maquette.texturing._occlusion import baked_occlusion, upsampled
from maquette.texturing._surface import CHANNELS, Surface, areas, corner_frames, encode, levels_for, unit
from maquette.texturing._texels import Covered, covered, moved
from maquette.texturing._unwrap import unwrap

_PIECE = 1 << 18
"""Texels worked on at a time."""
_SUBSAMPLES = ((-0.375, -0.125), (0.125, -0.375), (-0.125, 0.375), (0.375, 0.125))
"""Where in a texel, from its centre, sources finer than texels are looked at: a rotated grid."""


@dataclass(frozen=True)
class BakeMesh:
    """Unwrap a mesh and bake onto its atlas what a source mesh with its own material shows there.

    Maps that the source has are baked and its constants kept; to them come a normal map, which holds the source's
    shading normals, its own normal map included, and ambient occlusion, unless the source has a map of it.
    """

    size: int = 1024
    """Texels along each side of the textures."""
    crease_degrees: float = 40.0
    """Edges that turn by more are shaded sharp."""
    normal_map: bool = True
    """Bake the source's shading normals."""
    occlusion_rays: int = 16
    """Rays a texel of the ambient occlusion, of which sixteen texels are averaged; 0 bakes none."""
    curvature: bool = False
    """Bake how the source bends, for painting tools."""
    version: ClassVar[int] = 2

    def __call__(self, low: Mesh, source: Asset) -> Asset:
        """Return the low mesh, its faces in order, with the source's look.

        Raises:
            InputError: A mesh without faces, or with coordinates or indices that cannot be.
        """
        check_mesh(low)
        check_mesh(source.mesh, "the source")
        atlas = unwrap(low, self.size)
        normals = face_corner_normals(low, self.crease_degrees)
        asset = framed(split_corners(low, atlas.faces, atlas.uv, normals))
        return self.onto(asset, low, source)

    def onto(self, asset: Asset, low: Mesh, source: Asset) -> Asset:
        """Bake onto an asset that has its atlas and tangents already.

        Args:
            low: The asset's mesh as it hangs together, before its vertices were split; faces in the same order.
        """
        assert asset.uv is not None
        surface = Surface.of(source, levels_for(source, self.size))
        tree = grow(source.mesh.vertices, source.mesh.faces)
        rays = cage(low, tree)
        uv = asset.uv[asset.mesh.faces]
        maps = bake(surface, tree, rays, corner_frames(asset), uv, self.size, self.normal_map)
        if self.occlusion_rays and "occlusion" not in maps:
            small = min(self.size, max(512, self.size // 4))
            shade = baked_occlusion(surface, tree, rays, uv, small, self.occlusion_rays)
            maps["occlusion"] = upsampled(shade, self.size)
        if self.curvature:
            small = min(self.size, max(512, self.size // 2))
            maps["curvature"] = upsampled(baked_curvature(surface, tree, rays, uv, small), self.size)
        # The source's own maps are for its own coordinates: what was not baked is not there.
        bare = replace(source.material, **dict.fromkeys((*CHANNELS, "normal_map", "curvature")))
        return replace(asset, material=replace(bare, **maps))


def framed(asset: Asset) -> Asset:
    """The asset with MikkTSpace tangents, its vertices split where they differ."""
    assert asset.uv is not None
    corner = tangents(asset.mesh.vertices, asset.mesh.faces, asset.normals, asset.uv)
    source, faces, own = split_tangents(asset.mesh.faces, corner)
    mesh = Mesh(asset.mesh.vertices[source], faces)
    return replace(asset, mesh=mesh, uv=asset.uv[source], normals=asset.normals[source], tangents=own)


def bake(
    surface: Surface,
    tree: Tree,
    rays: Cage,
    frames: Float32[np.ndarray, "faces 3 7"],
    uv: Float32[np.ndarray, "faces 3 2"],
    size: int,
    with_normals: bool = True,
) -> dict[str, np.ndarray]:
    """The maps of a source over an atlas, by the names of Material's fields, gutters filled."""
    texels = covered(uv, size)
    names = [name for name in CHANNELS if name in surface.maps or (name == "base_color" and surface.colored)]
    widths = [CHANNELS[name] for name in names] + ([3] if with_normals else [])
    if not widths:
        return {}
    area = areas(rays.values[..., :3]) / np.maximum(areas(uv) * size**2, 1e-12)

    def seen(texels: Covered) -> Float32[np.ndarray, "texels channels"]:
        """All channels of some texels, colours linear."""
        hits, backward = correspond(rays, tree, texels.face, texels.barycentric)
        texel = area[texels.face]
        values = [surface.lookup(name, hits.face, hits.barycentric, texel) for name in names]
        if with_normals:
            world = surface.normals(hits.face, hits.barycentric, texel)
            world[backward] *= -1
            values.append(encode(world, interpolate_at(texels.face, texels.barycentric, frames)))
        return np.concatenate(values, -1)

    image, known = np.zeros((size * size, sum(widths)), np.float32), np.zeros(size * size, bool)
    known[texels.index] = True
    # Textures are averaged over texels by themselves; relief and vertex colours finer than texels need samples.
    fine = len(surface.asset.mesh.faces) > len(texels.index)
    _fill(image, texels, lambda part: _mean(seen, part, uv, size) if fine else seen(part))
    filled = fill_nearest(image.reshape(size, size, -1), known.reshape(size, size), in_place=True)
    maps = zip([*names, "normal_map"], np.split(filled, np.cumsum(widths)[:-1], -1), strict=False)
    return {name: _finished(name, values) for name, values in maps}


def _fill(image: np.ndarray, texels: Covered, seen: Callable[[Covered], np.ndarray]) -> None:
    """Write what is seen at the texels, a piece at a time, on as many threads as there are cores."""

    def piece(begin: int) -> None:
        rows = np.s_[begin : begin + _PIECE]
        part = Covered(texels.index[rows], texels.face[rows], texels.barycentric[rows])
        image[part.index] = seen(part)

    with ThreadPoolExecutor(thread_limit()) as pool:
        list(pool.map(piece, range(0, len(texels.index), _PIECE)))


def _mean(
    seen: Callable[[Covered], np.ndarray], texels: Covered, uv: Float32[np.ndarray, "faces 3 2"], size: int
) -> np.ndarray:
    """What is seen on average over each texel."""
    total = seen(moved(texels, uv, size, *_SUBSAMPLES[0]))
    for x, y in _SUBSAMPLES[1:]:
        total += seen(moved(texels, uv, size, x, y))
    return total / np.float32(len(_SUBSAMPLES))


def _finished(name: str, values: np.ndarray) -> np.ndarray:
    """A map as Material has it."""
    if name == "normal_map":
        return unit(values.reshape(-1, 3)).reshape(values.shape)
    if name in ("base_color", "emissive"):
        return encode_srgb(values)
    return np.ascontiguousarray(values if values.shape[-1] > 1 else values[..., 0])
