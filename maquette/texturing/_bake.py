"""Base colour and metallic-roughness textures from pictures of a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.spatial import KDTree

from maquette.artifacts import Asset, Material, Mesh, Views, check_mesh
from maquette.ops import corner_normals, fill_nearest
from maquette.ops.paint import Painted, paint, prepare
from maquette.texturing._clean import evened
from maquette.texturing._exposure import levelled
from maquette.texturing._sample import channels_of, pixel_size
from maquette.texturing._seams import joined
from maquette.texturing._surface import areas
from maquette.texturing._texels import Covered, Texels, texels_at, texels_of
from maquette.texturing._unwrap import unwrap

_LEVEL_TEXELS = 160
"""Side of the atlas whose texels are asked for the views' exposures."""


@dataclass(frozen=True)
class BakeViews:
    """Unwrap a mesh and paint its atlas from views: the view that sees a texel best dominates."""

    size: int = 1024
    """Texels along each side of the textures."""
    crease_degrees: float = 40.0
    """Edges that turn by more are shaded sharp."""
    sharpness: float = 6.0
    """Power of the cosine between view and surface; higher mixes views less."""
    evenness: float = 12.0
    """Where pixels of the views are coarse beside texels: how many times the views' own noise their colours may
    differ and still be averaged; 0 keeps every pixel as it is."""
    level: bool = False
    """Bring views of different exposure and white balance to that of their mean; albedo has none."""
    join: bool = False
    """Add smooth corrections to views without albedo, so that they agree where they overlap: vignettes and shine
    leave no steps."""
    metallic: float = 0.0
    """Of the whole surface, where the views have no metallic-roughness."""
    roughness: float = 0.8
    """Of the whole surface, where the views have no metallic-roughness."""
    version: ClassVar[int] = 5

    def __call__(self, mesh: Mesh, views: Views) -> Asset:
        """Return the mesh, its faces in order and vertices split along seams and creases, with its textures."""
        check_mesh(mesh)
        atlas = unwrap(mesh, self.size)
        normals = face_corner_normals(mesh, self.crease_degrees)
        corners, uv = mesh.vertices[mesh.faces], atlas.uv[atlas.faces]
        if self.level and views.albedo is None:
            views = levelled(mesh, views, texels_of(corners, normals, uv, _LEVEL_TEXELS), self.sharpness)
        if self.join and views.albedo is None:
            views = joined(mesh, views, self.sharpness)
        if self.evenness > 0 and pixel_size(views.cameras) > 2 * _texel_size(corners, uv, self.size):
            views = evened(views, self.evenness)
        pictures = prepare(mesh.vertices, mesh.faces, views.cameras, channels_of(views), views.alpha)
        reach = 1.5 * pixel_size(views.cameras)
        painted = paint(pictures, corners, normals, uv, self.size, self.sharpness, reach)
        fill_unseen(painted, corners, normals, uv)
        textures = fill_nearest(painted.colors, painted.face >= 0, in_place=True)
        np.clip(textures, 0, 1, out=textures)
        material = Material(
            base_color=np.ascontiguousarray(textures[..., :3]),
            metallic_roughness=np.ascontiguousarray(textures[..., 3:]) if textures.shape[-1] == 5 else None,
            metallic=self.metallic,
            roughness=self.roughness,
        )
        return split_corners(mesh, atlas.faces, atlas.uv, normals, material)


def _texel_size(
    corners: Float32[np.ndarray, "faces 3 3"], uv: Float32[np.ndarray, "faces 3 2"], size: int
) -> float:
    """World units across a texel, on average."""
    return float((areas(corners).sum() / max(float(areas(uv).sum()) * size**2, 1)) ** 0.5)


def face_corner_normals(mesh: Mesh, crease_degrees: float) -> Float32[np.ndarray, "faces 3 3"]:
    """Unit shading normals; faces without area take any direction, for they are never seen."""
    normals = corner_normals(mesh.vertices, mesh.faces, crease_degrees)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    up = np.array([0, 1, 0], np.float32)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-12), up).astype(np.float32)


def fill_unseen(
    painted: Painted,
    corners: Float32[np.ndarray, "faces 3 3"],
    normals: Float32[np.ndarray, "faces 3 3"],
    uv: Float32[np.ndarray, "faces 3 2"],
    enough: float = 3e-4,
) -> None:
    """Give texels that no view sees well, in place, colours of the nearest seen that turn the same way."""
    size, channels = len(painted.face), painted.colors.shape[-1]
    face, confidence = painted.face.reshape(-1), painted.confidence.reshape(-1)
    colors = painted.colors.reshape(-1, channels)
    poor = np.flatnonzero((face >= 0) & (confidence < enough))
    if not len(poor):
        return
    seen = np.flatnonzero(confidence >= enough)
    if not len(seen):
        if not (confidence > 0).any():
            colors[poor] = 0.5
        return
    seen = seen[:: max(1, len(seen) // 8_000)]
    # What fills is smooth, so one search serves a block of texels.
    row, column = np.divmod(poor, size)
    _, first, block = np.unique(
        (row // 4 * size + column // 4) * np.int64(1 << 32) + face[poor], return_index=True, return_inverse=True
    )
    anchors, blocks = (
        texels_at(Covered(index, face[index], np.zeros((len(index), 2), np.float32)), corners, normals, uv, size)
        for index in (seen, poor[first])
    )
    distance, near = KDTree(_features(anchors)).query(_features(blocks), k=min(8, len(seen)))
    distance, near = distance.reshape(len(first), -1), near.reshape(len(first), -1)
    weight = 1 / (distance**2 + 0.01**2)
    filled = ((weight[..., None] * colors[seen[near]]).sum(1) / weight.sum(1)[:, None])[block.reshape(-1)]
    mix = (confidence[poor] / enough)[:, None]
    colors[poor] = mix * colors[poor] + (1 - mix) * filled


def _features(texels: Texels) -> Float32[np.ndarray, "texels 6"]:
    """Where neighbours are looked for: by place first, then by direction."""
    return np.concatenate([texels.positions, 0.1 * texels.normals], -1).astype(np.float32)


def split_corners(
    mesh: Mesh,
    faces: np.ndarray,
    uv: np.ndarray,
    normals: Float32[np.ndarray, "faces 3 3"],
    material: Material | None = None,
) -> Asset:
    """One vertex for every distinct pair of atlas vertex and normal; faces keep their order."""
    corner = faces.reshape(-1)
    rounded = np.rint(normals.reshape(-1, 3) * 1e4).astype(np.int64)
    keys = np.concatenate([corner[:, None].astype(np.int64), rounded], -1)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    split = Mesh(
        np.ascontiguousarray(mesh.vertices[mesh.faces.reshape(-1)[first]]),
        inverse.reshape(-1, 3).astype(np.int32),
    )
    return Asset(
        split, np.ascontiguousarray(uv[corner[first]]), normals.reshape(-1, 3)[first], material or Material()
    )
