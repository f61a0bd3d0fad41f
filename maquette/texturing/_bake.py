"""Base colour and metallic-roughness textures from pictures of a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.spatial import KDTree

from maquette.artifacts import Asset, Material, Mesh, Views, check_mesh
from maquette.ops import corner_normals, fill_nearest
from maquette.texturing._clean import evened
from maquette.texturing._exposure import levelled
from maquette.texturing._sample import Sampler, channels_of, pixel_size, trust
from maquette.texturing._texels import Texels, texels_of
from maquette.texturing._unwrap import unwrap


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
    """Bring views of different exposure and white balance to that of their mean."""
    metallic: float = 0.0
    """Of the whole surface, where the views have no metallic-roughness."""
    roughness: float = 0.8
    """Of the whole surface, where the views have no metallic-roughness."""
    version: ClassVar[int] = 3

    def __call__(self, mesh: Mesh, views: Views) -> Asset:
        """Return the mesh, its faces in order and vertices split along seams and creases, with its textures."""
        check_mesh(mesh)
        atlas = unwrap(mesh, self.size)
        normals = face_corner_normals(mesh, self.crease_degrees)
        texels = texels_of(mesh.vertices[mesh.faces], normals, atlas.uv[atlas.faces], self.size)
        if self.evenness > 0 and pixel_size(views.cameras) > 2 * _texel_size(mesh, texels):
            views = evened(views, self.evenness)
        if self.level:
            views = levelled(mesh, views, texels, self.sharpness)
        colors, confidence = blend(mesh, views, texels, self.sharpness)
        colors = fill_unseen(texels, colors, confidence, self.size)

        textures = np.zeros((self.size, self.size, colors.shape[-1]), np.float32)
        known = np.zeros((self.size, self.size), bool)
        textures.reshape(-1, colors.shape[-1])[texels.index] = colors
        known.reshape(-1)[texels.index] = True
        textures = np.clip(fill_nearest(textures, known), 0, 1)
        material = Material(
            base_color=np.ascontiguousarray(textures[..., :3]),
            metallic_roughness=np.ascontiguousarray(textures[..., 3:]) if textures.shape[-1] == 5 else None,
            metallic=self.metallic,
            roughness=self.roughness,
        )
        return _split(mesh, atlas.faces, atlas.uv, normals, material)


def _texel_size(mesh: Mesh, texels: Texels) -> float:
    """World units across a texel, on average."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=-1).sum()) / 2
    return (area / max(len(texels.index), 1)) ** 0.5


def face_corner_normals(mesh: Mesh, crease_degrees: float) -> Float32[np.ndarray, "faces 3 3"]:
    """Unit shading normals; faces without area take any direction, for they are never seen."""
    normals = corner_normals(mesh.vertices, mesh.faces, crease_degrees)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    up = np.array([0, 1, 0], np.float32)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-12), up).astype(np.float32)


def blend(
    mesh: Mesh, views: Views, texels: Texels, sharpness: float
) -> tuple[Float32[np.ndarray, "texels channels"], Float32[np.ndarray, "texels"]]:
    """Every texel's colour from the views that see it, and the trust in the best of them."""
    weights = trust(mesh, views, texels, sharpness)
    channels = channels_of(views, 0).shape[-1]
    best = weights.argmax(0)
    confidence = weights.max(0)
    colors = np.zeros((len(texels.index), channels), np.float32)
    samples = []
    for view in range(len(weights)):  # one sampler at a time: each holds a picture's worth of surface
        rows = np.flatnonzero(weights[view] > 0.03 * confidence)
        seen = Sampler(mesh, views, view)(texels.positions[rows], texels.normals[rows])
        samples.append((rows, seen))
        first = best[rows] == view
        colors[rows[first]] = seen[first]
    # Views that contradict the best one would make ghosts: they are not mixed in.
    total = confidence.copy()
    mixed = colors * total[:, None]
    for view, (rows, seen) in enumerate(samples):
        others = best[rows] != view
        rows, seen = rows[others], seen[others]
        distance = ((seen - colors[rows]) ** 2).sum(-1)
        weight = weights[view, rows] * np.exp(-distance / (2 * 0.15**2))
        mixed[rows] += weight[:, None] * seen
        total[rows] += weight
    return mixed / np.maximum(total, 1e-12)[:, None], confidence


def fill_unseen(
    texels: Texels,
    colors: Float32[np.ndarray, "texels channels"],
    confidence: Float32[np.ndarray, "texels"],
    size: int,
    enough: float = 3e-4,
) -> Float32[np.ndarray, "texels channels"]:
    """Give texels that no view sees well the colours of the nearest seen surface that faces the same way."""
    seen, poor = np.flatnonzero(confidence >= enough), np.flatnonzero(confidence < enough)
    if not len(poor):
        return colors
    if not len(seen):
        return np.full_like(colors, 0.5) if not (confidence > 0).any() else colors
    seen = seen[:: max(1, len(seen) // 8_000)]
    # What fills is smooth, so one search serves a block of texels.
    row, column = np.divmod(texels.index[poor], size)
    _, first, block = np.unique(
        (row // 4 * size + column // 4) * np.int64(1 << 32) + texels.face[poor],
        return_index=True,
        return_inverse=True,
    )
    features = np.concatenate([texels.positions, 0.1 * texels.normals], -1)
    distance, near = KDTree(features[seen]).query(features[poor[first]], k=min(8, len(seen)))
    distance, near = distance.reshape(len(first), -1), near.reshape(len(first), -1)
    weight = 1 / (distance**2 + 0.01**2)
    filled = ((weight[..., None] * colors[seen[near]]).sum(1) / weight.sum(1)[:, None])[block]
    mix = (confidence[poor] / enough)[:, None]
    out = colors.copy()
    out[poor] = mix * colors[poor] + (1 - mix) * filled
    return out.astype(np.float32)


def _split(
    mesh: Mesh,
    faces: np.ndarray,
    uv: np.ndarray,
    normals: Float32[np.ndarray, "faces 3 3"],
    material: Material,
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
    return Asset(split, np.ascontiguousarray(uv[corner[first]]), normals.reshape(-1, 3)[first], material)
