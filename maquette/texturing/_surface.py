"""What a textured surface looks like at its points: colours, maps, shading normals; to bake and to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Asset
from maquette.ops import interpolate_at, tangents
from maquette.ops.sample import Mipmaps, mipmaps, sample_mipmaps
from maquette.ops.srgb import decode_srgb

CHANNELS = {"base_color": 3, "metallic_roughness": 2, "emissive": 3, "alpha": 1, "occlusion": 1}
"""The maps of a material that are looked up as they are, and how many channels each has."""
_FARTHEST = np.float32(1e5)
"""Texture widths; farther away single precision has hardly a texel left."""


@dataclass(frozen=True, eq=False)
class Surface:
    """An asset made ready for many lookups: colours linear, images in halved copies, a frame at each corner."""

    asset: Asset
    maps: dict[str, Mipmaps]
    """The textures that there are, by the names of Material's fields; colours in linear light."""
    frames: Float32[np.ndarray, "faces 3 7"] | None
    """Of a normal map: shading normal, tangent, sign of the bitangent."""
    density: Float32[np.ndarray, "faces"]
    """Area of texture space over area of surface."""

    @classmethod
    def of(cls, asset: Asset, levels: int = 1) -> Surface:
        """Prepare an asset, with so many levels of its textures."""
        if asset.uv is not None:  # what is beyond all measure is looked up somewhere, and stops nothing
            asset = replace(asset, uv=np.clip(np.nan_to_num(asset.uv), -_FARTHEST, _FARTHEST))
        material, mesh = asset.material, asset.mesh
        maps: dict[str, Mipmaps] = {}
        frames, density = None, np.zeros(len(mesh.faces), np.float32)
        if asset.uv is not None:
            for name in (*CHANNELS, "normal_map"):
                image = getattr(material, name)
                if image is None:
                    continue
                image = image[..., None] if image.ndim == 2 else image
                image = decode_srgb(image) if name in ("base_color", "emissive") else image
                maps[name] = mipmaps(image, levels)
            if "normal_map" in maps:
                frames = corner_frames(asset)
            density = _density(asset)
        return cls(asset, maps, frames, density)

    @property
    def colored(self) -> bool:
        """Whether its base colour differs from place to place."""
        return "base_color" in self.maps or self.asset.mesh.vertex_colors is not None

    def lookup(
        self,
        name: str,
        face: Int32[np.ndarray, "points"],
        barycentric: Float32[np.ndarray, "points 2"],
        texel: Float32[np.ndarray, "points"] | None = None,
    ) -> Float32[np.ndarray, "points channels"]:
        """A map at points of the surface, colours linear, without the material's factors.

        Args:
            name: Of a texture that there is, or base_color, which may also be given by vertices.
            texel: Area of surface that each sample stands for; where it holds many texels, they are averaged.
        """
        mesh = self.asset.mesh
        if name not in self.maps:
            assert name == "base_color"
            assert mesh.vertex_colors is not None
            return interpolate_at(face, barycentric, decode_srgb(mesh.vertex_colors)[mesh.faces])
        assert self.asset.uv is not None
        chain = self.maps[name]
        uv = interpolate_at(face, barycentric, self.asset.uv[mesh.faces])
        if texel is None or len(chain.sizes) == 1:
            return sample_mipmaps(chain, uv)
        with np.errstate(over="ignore"):  # faces without area
            count = texel * self.density[face] * float(chain.sizes[0, 1] * chain.sizes[0, 2])
        # Up to four texels a bilinear lookup aliases less than is seen, and keeps more of what is sharp.
        level = 0.5 * np.log2(np.maximum(count, 1e-6)) - 1
        return sample_mipmaps(chain, uv, level.astype(np.float32))

    def normals(
        self,
        face: Int32[np.ndarray, "points"],
        barycentric: Float32[np.ndarray, "points 2"],
        texel: Float32[np.ndarray, "points"] | None = None,
    ) -> Float32[np.ndarray, "points 3"]:
        """Unit shading normals at points of the surface, its normal map included."""
        asset = self.asset
        if self.frames is None:
            return unit(interpolate_at(face, barycentric, _known(asset.normals)[asset.mesh.faces]))
        frame = interpolate_at(face, barycentric, self.frames)
        return decode(self.lookup("normal_map", face, barycentric, texel), frame)


def base_color(
    surface: Surface, face: Int32[np.ndarray, "points"], barycentric: Float32[np.ndarray, "points 2"]
) -> Float32[np.ndarray, "points 3"]:
    """Linear base colour with the material's factor."""
    factor = np.asarray(surface.asset.material.base_color_factor, np.float32)
    if not surface.colored:
        return np.broadcast_to(factor, (len(face), 3)).copy()
    return factor * surface.lookup("base_color", face, barycentric)


def metallic_roughness_at(
    surface: Surface, face: Int32[np.ndarray, "points"], barycentric: Float32[np.ndarray, "points 2"]
) -> Float32[np.ndarray, "points 2"]:
    """Metallic and roughness, from the texture or the material's constants."""
    if "metallic_roughness" in surface.maps:
        return surface.lookup("metallic_roughness", face, barycentric)
    material = surface.asset.material
    return np.tile(np.array([material.metallic, material.roughness], np.float32), (len(face), 1))


def corner_frames(asset: Asset) -> Float32[np.ndarray, "faces 3 7"]:
    """Normal, tangent and sign at each face's corners: the asset's own, or MikkTSpace's."""
    faces = asset.mesh.faces
    if asset.tangents is not None:
        across = asset.tangents[faces]
    else:
        assert asset.uv is not None
        across = tangents(asset.mesh.vertices, faces, _known(asset.normals), asset.uv)
    return np.concatenate([_known(asset.normals)[faces], across], -1)


def decode(
    local: Float32[np.ndarray, "points 3"], frame: Float32[np.ndarray, "points 7"]
) -> Float32[np.ndarray, "points 3"]:
    """World normals of tangent-space ones, as glTF viewers do it.

    Normal and tangent are interpolated and brought to length one, the bitangent is their cross product.
    """
    normal, tangent = unit(frame[:, :3]), unit(frame[:, 3:6])
    bitangent = np.sign(frame[:, 6:]) * np.cross(normal, tangent)
    return unit(local[:, :1] * tangent + local[:, 1:2] * bitangent + local[:, 2:] * normal)


def encode(
    world: Float32[np.ndarray, "points 3"], frame: Float32[np.ndarray, "points 7"]
) -> Float32[np.ndarray, "points 3"]:
    """Tangent-space normals that `decode` makes the world's of; those that look below the surface lie along it."""
    normal, tangent = unit(frame[:, :3]), unit(frame[:, 3:6])
    bitangent = np.sign(frame[:, 6:]) * np.cross(normal, tangent)
    # Interpolated, normal and tangent are not quite at right angles: two equations for their shares.
    cosine, t, n = _dot(normal, tangent), _dot(world, tangent), _dot(world, normal)
    square = np.maximum(1 - cosine**2, 1e-6)  # also of the bitangent's length
    local = np.concatenate(
        [(t - cosine * n) / square, _dot(world, bitangent) / square, (n - cosine * t) / square], -1
    )
    local[:, 2] = np.maximum(local[:, 2], 0)
    return unit(local)


def unit(vectors: Float32[np.ndarray, "points 3"]) -> Float32[np.ndarray, "points 3"]:
    """Vectors of length one; zero stays zero."""
    return vectors / np.maximum(np.sqrt(_dot(vectors, vectors)), 1e-20)


def _dot(a: np.ndarray, b: np.ndarray) -> Float32[np.ndarray, "points 1"]:
    return np.einsum("pi,pi->p", a, b)[:, None]


def levels_for(asset: Asset, size: int) -> int:
    """How many levels of an asset's textures a bake into an atlas of some size can ask for."""
    sides = [len(image) for name in CHANNELS if (image := getattr(asset.material, name)) is not None]
    # Texture coordinates may repeat, and an atlas has room for less than all of its area: two more.
    return 1 + max(0, math.ceil(math.log2(max([size, *sides]) / size)) + 2)


def areas(triangles: Float32[np.ndarray, "faces 3 axes"]) -> Float32[np.ndarray, "faces"]:
    """Areas of triangles in the plane or in space."""
    ab, ac = (triangles[:, k] - triangles[:, 0] for k in (1, 2))
    gram = _dot(ab, ab) * _dot(ac, ac) - _dot(ab, ac) ** 2
    return np.sqrt(np.maximum(gram[:, 0], 0)) / 2


def _density(asset: Asset) -> Float32[np.ndarray, "faces"]:
    assert asset.uv is not None
    surface = areas(asset.mesh.vertices[asset.mesh.faces])
    return areas(asset.uv[asset.mesh.faces]) / np.maximum(surface, 1e-20)


def _known(normals: Float32[np.ndarray, "vertices 3"]) -> Float32[np.ndarray, "vertices 3"]:
    """Normals with none, a zero, in place of those that are not finite: their neighbours speak for them."""
    return np.where(np.isfinite(normals).all(1, keepdims=True), normals, np.float32(0))
