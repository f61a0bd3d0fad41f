"""A sheet that shows an asset at a glance: lit views, and what it is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32, UInt8

from maquette.artifacts import Asset, Cameras, Mesh, Views
from maquette.cameras import orbit, project
from maquette.ops import rasterize
from maquette.texturing._light import light
from maquette.texturing._render import render_views
from maquette.texturing._studio import Studio

HERO = (35.0, 18.0)
"""Azimuth and elevation, degrees, from which an asset looks its best: three-quarter front."""
OTHERS = ((100.0, 12.0), (215.0, 20.0), (-30.0, 55.0))
"""The side, the back, and from above."""

_PAPER = np.float32(0.93)  # behind what is not lit, sRGB-encoded
_INK = np.array([0.16, 0.18, 0.22], np.float32)


def picture(
    asset: Asset,
    azimuth_degrees: float = HERO[0],
    elevation_degrees: float = HERO[1],
    size: int = 512,
    studio: Studio | None = None,
) -> Float32[np.ndarray, "size size 3"]:
    """One lit, anti-aliased perspective picture of an asset that fills it; sRGB-encoded."""
    return _pictures(_framed(asset), ((azimuth_degrees, elevation_degrees),), size, studio)[0]


def preview_sheet(asset: Asset, size: int = 320) -> UInt8[np.ndarray, "height width 3"]:
    """Lit views from four sides, then base colour, normals, wireframe and atlas; sRGB, 4 by 2 cells.

    Args:
        size: Pixels along each side of a cell; the first view takes four cells.
    """
    size = max(2, size // 2 * 2)
    asset = _framed(asset)
    hero = _pictures(asset, (HERO,), 2 * size)[0]
    side, back, above = _pictures(asset, OTHERS, size)
    half = size // 2
    camera = _fitted(asset.mesh, *HERO, half)
    plain = render_views(asset, camera, 4)
    parts = [
        [_on_paper(plain, plain.rgb), _normals(plain)],
        [_wireframe(asset.mesh, HERO, half), _atlas(asset, half)],
    ]
    details = np.concatenate([np.concatenate(row, 1) for row in parts], 0)
    right = np.concatenate([np.concatenate([side, back], 1), np.concatenate([above, details], 1)], 0)
    sheet = np.concatenate([hero, right], 1)
    return (np.clip(sheet, 0, 1) * 255 + 0.5).astype(np.uint8)


def _framed(asset: Asset) -> Asset:
    """The asset, moved and scaled to a bounding sphere of diameter 1 around the origin."""
    used = asset.mesh.vertices[np.unique(asset.mesh.faces)]
    low, high = used.min(0), used.max(0)
    scale = 1 / max(float(np.linalg.norm(high - low)), 1e-9)
    vertices = ((asset.mesh.vertices - (low + high) / 2) * scale).astype(np.float32)
    # Vertices that no face uses may lie anywhere; they must not count as part of the shape.
    outside = np.abs(vertices).max(-1) > 0.51
    vertices[outside] = 0
    return replace(asset, mesh=replace(asset.mesh, vertices=vertices))


def _fitted(mesh: Mesh, azimuth: float, elevation: float, size: int, fill: float = 0.74) -> Cameras:
    """A camera at a fixed distance, zoomed and shifted until the mesh fills the picture."""
    camera = orbit(np.array([azimuth]), np.array([elevation]), size, fov_degrees=28, frame=1.0)
    pixels = project(camera, mesh.vertices[np.unique(mesh.faces)])[0][0]
    low, high = pixels.min(0), pixels.max(0)
    zoom = fill * size / max(float((high - low).max()), 1e-6)
    intrinsics = camera.intrinsics.copy()
    intrinsics[0, [0, 1], [0, 1]] *= zoom
    intrinsics[0, :2, 2] = size / 2 - zoom * ((low + high) / 2 - size / 2)
    return replace(camera, intrinsics=intrinsics)


def _pictures(
    asset: Asset, angles: tuple[tuple[float, float], ...], size: int, studio: Studio | None = None
) -> Float32[np.ndarray, "views size size 3"]:
    """Lit pictures, drawn at twice the size and reduced."""
    cameras = [_fitted(asset.mesh, azimuth, elevation, 2 * size) for azimuth, elevation in angles]
    together = replace(
        cameras[0],
        world_to_camera=np.concatenate([camera.world_to_camera for camera in cameras]),
        intrinsics=np.concatenate([camera.intrinsics for camera in cameras]),
    )
    lit = light(render_views(asset, together, 1), asset.mesh, studio)
    return lit.reshape(len(angles), size, 2, size, 2, 3).mean((2, 4))


def _on_paper(views: Views, color: np.ndarray) -> np.ndarray:
    alpha = views.alpha[0, ..., None]
    return color[0] * alpha + _PAPER * (1 - alpha)


def _normals(views: Views) -> np.ndarray:
    """Normals in the camera's axes, in the usual colours."""
    assert views.normals is not None
    local = views.normals @ views.cameras.world_to_camera[0, :3, :3].T
    return _on_paper(views, (local * np.array([1, -1, -1], np.float32) + 1) / 2)


def _wireframe(mesh: Mesh, angles: tuple[float, float], size: int) -> np.ndarray:
    """The visible edges of the triangles, drawn at four times the size and reduced."""
    fine = 4 * size
    camera = _fitted(mesh, *angles, fine)
    face = rasterize(mesh.vertices, mesh.faces, camera).face[0]
    row, column = np.nonzero(face >= 0)
    corners = project(camera, mesh.vertices)[0][0][mesh.faces[face[row, column]]]
    at = np.stack([column, row], -1) + np.float32(0.5)
    nearest = np.full(len(at), np.inf, np.float32)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        along = corners[:, b] - corners[:, a]
        across = at - corners[:, a]
        distance = np.abs(along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0])
        nearest = np.minimum(nearest, distance / np.maximum(np.linalg.norm(along, axis=-1), 1e-6))
    drawn = np.full((fine, fine, 3), _PAPER, np.float32)
    line = np.clip(2.2 - nearest, 0, 1)[:, None] * np.float32(0.85)
    drawn[row, column] = line * _INK + (1 - line) * np.float32(0.99)
    return drawn.reshape(size, 4, size, 4, 3).mean((1, 3))


def _atlas(asset: Asset, size: int) -> np.ndarray:
    """The base colour texture where it has one, else its plain colour."""
    texture = asset.material.base_color
    if texture is None or asset.uv is None:
        return np.full((size, size, 3), _PAPER, np.float32)
    fine, margin = 4 * size, size // 16
    inner = fine - 8 * margin
    row, column = ((np.arange(inner) * extent) // inner for extent in texture.shape[:2])
    flat = np.concatenate([asset.uv * inner, np.ones((len(asset.uv), 1))], -1).astype(np.float32)
    camera = Cameras(
        np.eye(4, dtype=np.float32)[None], np.eye(3, dtype=np.float32)[None], inner, inner, "orthographic"
    )
    covered = rasterize(flat, asset.mesh.faces, camera).face[0] >= 0
    drawn = np.full((fine, fine, 3), _PAPER, np.float32)
    drawn[4 * margin : 4 * margin + inner, 4 * margin : 4 * margin + inner][covered] = texture[row][:, column][
        covered
    ]
    return drawn.reshape(size, 4, size, 4, 3).mean((1, 3))
