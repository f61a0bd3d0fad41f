"""What a mesh file holds, before it is one mesh with one material: parts and what covers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64, UInt8

MAX_FACES = 4_000_000
"""The most triangles that a file may hold, instances counted."""

MAX_TEXTURE = 4096
"""Pixels a side of the largest texture that is kept; larger ones are scaled down."""

MAX_ALL_PIXELS = 2**28
"""Pixels of all the pictures that a file refers to, as they are stored."""

Wrap = Literal["repeat", "mirror", "clamp"]

MAPS = ("base_color", "alpha", "metallic_roughness", "normal_map", "occlusion", "emissive")
"""A surface's textures; the first of them that there is leads: the others are brought to its coordinates."""


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture, and how it continues around the unit square."""

    picture: UInt8[np.ndarray, "height width channels"]
    """Row 0 at the top, v = 0."""
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    """Along u and v."""
    layer: int = 0
    """Which of a part's texture coordinates it lies on: 0 for `Part.uv`, n for `Part.layers[n - 1]`."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What a part is covered with, as its file says."""

    base_color: Texture | None = None
    """RGB, sRGB-encoded."""
    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear."""
    metallic_roughness: Texture | None = None
    """Metallic, roughness."""
    metallic: float = 0.0
    roughness: float = 0.8
    normal_map: Texture | None = None
    """Tangent space, +Y up."""
    normal_scale: float = 1.0
    occlusion: Texture | None = None
    """One channel."""
    occlusion_strength: float = 1.0
    emissive: Texture | None = None
    """RGB, sRGB-encoded."""
    emissive_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Linear, strength multiplied in."""
    alpha: Texture | None = None
    """One channel, on the layer of the base colour."""
    alpha_factor: float = 1.0
    alpha_mode: Literal["opaque", "mask", "blend"] = "opaque"
    alpha_cutoff: float = 0.5
    double_sided: bool = False

    @property
    def textures(self) -> dict[str, Texture]:
        """The textures that there are, by name."""
        return {name: texture for name in MAPS if (texture := getattr(self, name)) is not None}

    @property
    def textured(self) -> bool:
        return bool(self.textures)

    def plain(self) -> Surface:
        """The same without its textures."""
        return replace(self, **dict.fromkeys(MAPS))

    def key(self) -> tuple[object, ...]:
        """Equal for surfaces that look the same; pictures count by identity."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple((id(v.picture), v.wrap, v.layer) if isinstance(v, Texture) else v for v in values)


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a file's scene, already where the scene puts it, in the glTF frame."""

    vertices: Float64[np.ndarray, "vertices 3"]
    faces: Int64[np.ndarray, "faces 3"]
    normals: Float64[np.ndarray, "vertices 3"] | None = None
    uv: Float64[np.ndarray, "vertices 2"] | None = None
    """glTF: v down."""
    colors: Float64[np.ndarray, "vertices 3"] | None = None
    """sRGB-encoded, [0, 1]."""
    surface: Surface = Surface()
    tangents: Float64[np.ndarray, "vertices 4"] | None = None
    """For `uv`, where the file has them; the bitangent's sign in w."""
    layers: tuple[Float64[np.ndarray, "vertices 2"], ...] = ()
    """Further texture coordinates, for textures that do not lie on `uv`."""

    def taken(self, source: np.ndarray, faces: np.ndarray) -> Part:
        """The part with the vertices of these indices, under new faces."""

        def of(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[source]

        return replace(
            self,
            vertices=self.vertices[source],
            faces=np.ascontiguousarray(faces, np.int64),
            normals=of(self.normals),
            uv=of(self.uv),
            colors=of(self.colors),
            tangents=of(self.tangents),
            layers=tuple(layer[source] for layer in self.layers),
        )

    def coordinates(self, texture: Texture) -> np.ndarray | None:
        """The texture coordinates that a texture lies on."""
        return self.uv if texture.layer == 0 else self.layers[texture.layer - 1]


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first of each distinct row, and for each row the distinct one that it equals."""
    rows = np.ascontiguousarray(rows) + 0.0  # no -0.0
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse.ravel()


def total_faces(parts: Sequence[Part]) -> int:
    """Triangles of all parts together."""
    return sum(len(part.faces) for part in parts)
