"""A small photographic studio: a dome, a key and a rim light, and a seamless floor.

Radiances are linear; a sheet of white paper in a dome of radiance 1 is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter

from maquette.artifacts import Cameras, Mesh
from maquette.ops import irradiance, sample_bilinear

Colour = tuple[float, float, float]

_DOME, _KEY, _RIM = 56, 28, 6  # lamps that stand for each light
_CELLS = 160  # of the floor's light map, along each side


@dataclass(frozen=True)
class Studio:
    """Lights and backdrop. The key and the rim turn with the camera; the dome stays with the world."""

    key: Colour = (1.0, 0.96, 0.9)
    """What the light alone makes of white paper that faces it."""
    key_direction: Colour = (-0.55, 0.75, 0.65)
    """Towards the light: along the picture's right, up in the world, and back to the camera."""
    rim: Colour = (0.35, 0.4, 0.46)
    rim_direction: Colour = (0.75, 0.5, -0.75)
    sky: Colour = (0.66, 0.69, 0.74)
    ground: Colour = (0.36, 0.34, 0.32)
    backdrop: Colour = (0.80, 0.80, 0.81)
    """Behind and under the asset."""


@dataclass(frozen=True)
class Lamps:
    """Distant lamps, and what each adds: rgb light, openness to the dome, presence of key and of rim."""

    toward: Float32[np.ndarray, "lamps 3"]
    radiance: Float32[np.ndarray, "lamps 6"]


def dome(studio: Studio) -> Lamps:
    """Light from all around, from the ground's colour below to the sky's above."""
    toward = _spiral(_DOME, -1, 1)[:, [0, 2, 1]]
    up = toward[:, 1:2] / 2 + 0.5
    # Over the sphere the cosine's positive part averages to a quarter: hence 4, for a dome of 1 to make paper 1.
    light = (up * studio.sky + (1 - up) * studio.ground) * 4 / _DOME
    openness = np.full((_DOME, 1), 4 / _DOME)
    return _lamps(toward, light, openness, np.zeros((_DOME, 2)))


def spots(studio: Studio, key: np.ndarray, rim: np.ndarray) -> Lamps:
    """The key and the rim, each a bundle of lamps so that its shadows are soft."""
    toward = np.concatenate([_cone(key, _KEY, 14), _cone(rim, _RIM, 12)])
    share = np.repeat([[1 / _KEY, 0], [0, 1 / _RIM]], [_KEY, _RIM], 0)
    return _lamps(toward, share @ np.array([studio.key, studio.rim]), np.zeros((len(toward), 1)), share)


def turned(rotation: np.ndarray, direction: Colour) -> Float32[np.ndarray, "3"]:
    """A direction given by the picture's right, up in the world and back to the camera, in world axes."""
    right = rotation[0] * np.array([1, 0, 1])
    right = right / max(float(np.linalg.norm(right)), 1e-6)
    up = np.array([0.0, 1.0, 0.0])
    world = direction[0] * right + direction[1] * up + direction[2] * np.cross(right, up)
    return (world / np.linalg.norm(world)).astype(np.float32)


def backdrop(
    cameras: Cameras, view: int, mesh: Mesh, studio: Studio, lamps: tuple[Lamps, ...]
) -> Float32[np.ndarray, "height width 3"]:
    """A sheet behind and under the mesh, with its shadow where the camera looks down on the floor."""
    height, width = cameras.height, cameras.width
    column, row = np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32)[:, None] + 0.5
    away = (column / width - 0.5) ** 2 + (row / height - 0.45) ** 2
    picture = (1.04 - 0.38 * away)[..., None] * np.array(studio.backdrop, np.float32)
    low = float(mesh.vertices[:, 1].min())
    rotation = cameras.world_to_camera[view, :3, :3]
    eye = -rotation.T @ cameras.world_to_camera[view, :3, 3]
    if cameras.projection != "perspective" or eye[1] <= low + 0.05:
        return picture

    k = cameras.intrinsics[view]
    x, y = (column - k[0, 2]) / k[0, 0], (row - k[1, 2]) / k[1, 1]
    rays = [x * rotation[0, axis] + y * rotation[1, axis] + rotation[2, axis] for axis in range(3)]
    down = rays[1] < -1e-3
    far = (low - eye[1]) / rays[1][down]
    reach = 1.5 * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0))) + 1e-6
    middle = (mesh.vertices.min(0) + mesh.vertices.max(0)) / 2
    # [-1, 1] over the light map
    flat = np.stack([(eye[a] - middle[a] + rays[a][down] * far) / reach for a in (0, 2)], -1).astype(np.float32)
    share = sample_bilinear(_floor(middle, low, reach, mesh, lamps), (flat + 1) * (_CELLS / 2))
    fade = np.clip(3 * (1 - np.linalg.norm(flat, axis=-1, keepdims=True)), 0, 1)
    picture[down] *= 1 - fade * (1 - share)
    return picture


def _floor(
    middle: np.ndarray, low: float, reach: float, mesh: Mesh, lamps: tuple[Lamps, ...]
) -> Float32[np.ndarray, "cells cells 3"]:
    """What share of the light above the floor reaches it."""
    x, z = np.meshgrid(*[(np.arange(_CELLS) + 0.5) * (2 * reach / _CELLS) - reach] * 2)
    points = np.stack([middle[0] + x, np.full_like(x, low), middle[2] + z], -1).reshape(-1, 3).astype(np.float32)
    up = np.tile(np.array([0, 1, 0], np.float32), (len(points), 1))
    received, whole = np.zeros((len(points), 3), np.float32), np.zeros(3, np.float32)
    for group in lamps:
        above = group.toward[:, 1] > 0
        toward, radiance = group.toward[above], group.radiance[above, :3]
        received += irradiance(points, up, toward, radiance, mesh.vertices, mesh.faces)
        whole += (radiance * toward[:, 1:2]).sum(0)
    # A few dozen lamps throw steps for shadows; a little blur turns them into a penumbra.
    share = (received / whole).reshape(_CELLS, _CELLS, 3)
    return gaussian_filter(share, (1.2, 1.2, 0)).astype(np.float32)


def _spiral(count: int, low: float, high: float) -> np.ndarray:
    """Evenly spread unit vectors whose third component lies between two bounds (a Fibonacci spiral)."""
    z = low + (high - low) * (np.arange(count) + 0.5) / count
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1)


def _cone(axis: np.ndarray, count: int, degrees: float) -> np.ndarray:
    """Directions that fill a cone around an axis."""
    local = _spiral(count, float(np.cos(np.radians(degrees))), 1.0)
    side = np.cross(axis, [0.0, 1.0, 0.0] if abs(axis[1]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    return local[:, :1] * side + local[:, 1:2] * np.cross(axis, side) + local[:, 2:] * axis


def _lamps(toward: np.ndarray, *channels: np.ndarray) -> Lamps:
    return Lamps(toward.astype(np.float32), np.concatenate(channels, -1).astype(np.float32))
