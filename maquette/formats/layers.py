"""Textures that lie on several sets of coordinates, brought onto one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from math import ceil, log2, sqrt
from typing import Literal

import numpy as np

from maquette.artifacts import Cameras
from maquette.errors import Note
from maquette.formats.parts import MAX_TEXTURE, Part, Texture

_PAD: dict[str, Literal["wrap", "symmetric", "edge"]] = {"repeat": "wrap", "mirror": "symmetric", "clamp": "edge"}
_MOST_SCALE = 8
"""What is repeated more often than that is not drawn any finer."""
_SHOWN = {"metallic_roughness": "metallic and roughness"}
_IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def on_one_layer(parts: Sequence[Part], most: int = MAX_TEXTURE) -> list[Part]:
    """Parts of one surface, with all its textures on `uv`.

    What is an affine map of `uv` apart is resampled there. Otherwise all textures are drawn anew on a layer whose
    faces lie in the unit square and do not overlap, the normal map's if it is one, with tangent-space normals
    turned from the one layer's tangents to the other's. Where no layer is like that, textures that do not lie on
    `uv` are given up, with a Note. What is drawn anew has at most `most` texels a side.
    """
    surface = parts[0].surface
    foreign = {name: texture for name, texture in surface.textures.items() if texture.layer}
    if not foreign:
        return [replace(part, layers=()) for part in parts]
    maps = {layer: _affine(parts, layer) for layer in {texture.layer for texture in foreign.values()}}
    changed: dict[str, Texture | None] = {}
    if all(matrix is not None and _resamples(parts, matrix) for matrix in maps.values()):
        for name, texture in foreign.items():
            matrix = maps[texture.layer]
            assert matrix is not None
            changed[name] = _resampled(texture, matrix, name == "normal_map", most)
        surface = replace(surface, **changed)
        return [replace(part, surface=surface, layers=()) for part in parts]
    first = surface.normal_map.layer if surface.normal_map is not None else 0
    layers = sorted(range(1 + len(parts[0].layers)), key=lambda layer: (layer != first, layer))
    target = next((layer for layer in layers if _is_atlas(parts, layer)), None)
    if target is None:
        names = " and ".join(_SHOWN.get(name, name.replace("_", " ")) for name in foreign)
        warnings.warn(
            f"{names} lie on a second set of texture coordinates that cannot be brought onto the first, as both "
            "repeat or overlap, and are left out; unwrap the mesh without overlaps to keep them",
            Note,
            stacklevel=2,
        )
        surface = replace(surface, **dict.fromkeys(foreign))
        return [replace(part, surface=surface, layers=()) for part in parts]
    return _redrawn(parts, target, most)


def sampled(texture: Texture, uv: np.ndarray) -> np.ndarray:
    """A texture's values in [0, 1] at coordinates [points, 2], bilinear, wrapped as it says; float32."""
    from maquette.ops import sample_bilinear

    picture = texture.picture
    for axis, wrap in ((1, texture.wrap[0]), (0, texture.wrap[1])):
        picture = np.pad(picture, [(1, 1) if i == axis else (0, 0) for i in range(3)], _PAD[wrap])
    place = np.stack([_wrapped(uv[:, axis], texture.wrap[axis]) for axis in (0, 1)], -1)
    pixels = place * [texture.picture.shape[1], texture.picture.shape[0]] + 1
    return sample_bilinear(picture.astype(np.float32) / 255, pixels.astype(np.float32))


def _wrapped(values: np.ndarray, wrap: str) -> np.ndarray:
    if wrap == "clamp":
        return np.clip(values, 0, 1)
    if wrap == "mirror":
        return 1 - np.abs(values % 2 - 1)
    return values % 1


def _affine(parts: Sequence[Part], layer: int) -> np.ndarray | None:
    """The affine map from `uv` to another layer, 2×3, or None where there is none."""
    here = np.concatenate([part.uv for part in parts if part.uv is not None])
    there = np.concatenate([part.layers[layer - 1] for part in parts])
    if np.array_equal(here, there):
        return _IDENTITY
    rows = np.column_stack([here, np.ones(len(here))])
    solution, _, rank, _ = np.linalg.lstsq(rows, there, rcond=None)
    close = np.abs(rows @ solution - there).max() <= 1e-5 * max(1.0, np.abs(there).max())
    return solution.T if rank == 3 and close and abs(np.linalg.det(solution[:2])) > 1e-12 else None


def _resamples(parts: Sequence[Part], matrix: np.ndarray) -> bool:
    """Whether one square of `uv` tells all: nothing lies beyond it, or what does repeats with it."""
    whole = np.array_equal(matrix[:, :2], np.round(matrix[:, :2])) and np.count_nonzero(matrix[:, :2]) == 2
    return whole or all(part.uv is not None and part.uv.min() > -1e-4 and part.uv.max() < 1.0001 for part in parts)


def _resampled(texture: Texture, matrix: np.ndarray, normals: bool, most: int) -> Texture:
    """A texture as it looks over the unit square of other coordinates, from which `matrix` leads to its own."""
    if np.array_equal(matrix, _IDENTITY):
        return replace(texture, layer=0)
    scale = min(sqrt(abs(np.linalg.det(matrix[:, :2]))), _MOST_SCALE)
    side = _side(max(texture.picture.shape[:2]) * scale, most)
    centres = (np.arange(side) + 0.5) / side
    values = np.empty((side, side, texture.picture.shape[2]), np.uint8)
    # How a unit step along the texture's u runs over the others: the tangent turns with it.
    step = np.linalg.inv(matrix[:, :2])[:, 0]
    x, y = step / np.hypot(*step)
    side_sign = np.sign(np.linalg.det(matrix[:, :2]))
    turn = np.array([[x, side_sign * y], [-y, side_sign * x]])  # v goes down, the bitangent up
    at_once = max(1, 2**20 // side)
    for row in range(0, side, at_once):
        u, v = np.meshgrid(centres, centres[row : row + at_once])
        lines = sampled(texture, np.stack([u.ravel(), v.ravel()], -1) @ matrix[:, :2].T + matrix[:, 2])
        if normals:
            lines[:, :2] = (lines[:, :2] * 2 - 1) @ turn.T / 2 + 0.5
        values[row : row + at_once] = np.round(np.clip(lines, 0, 1) * 255).reshape(*u.shape, -1)
    return Texture(values, texture.wrap)


def _is_atlas(parts: Sequence[Part], layer: int) -> bool:
    """Whether a layer's faces lie in the unit square and hardly overlap, counted on a grid of 1024²."""
    uv, faces = _joined(parts, layer)
    if uv.min() < -1e-4 or uv.max() > 1.0001:
        return False
    covered = float((_drawn(uv, faces, 1024)[0] >= 0).mean())
    return covered > 0 and float(_areas(uv, faces).sum()) < 1.03 * covered + 1e-3


def _redrawn(parts: Sequence[Part], target: int, most: int) -> list[Part]:
    """The parts with all textures drawn anew on one of their layers."""
    from maquette.ops import fill_nearest, interpolate_at

    surface = parts[0].surface
    uv, faces = _joined(parts, target)
    share = _areas(uv, faces).sum()
    wanted = 64.0
    for texture in surface.textures.values():
        own = _areas(*_joined(parts, texture.layer)).sum()
        wanted = max(wanted, max(texture.picture.shape[:2]) * min(sqrt(own / max(share, 1e-9)), _MOST_SCALE))
    side = _side(wanted, most)
    face, weights = _drawn(uv, faces, side)
    known = face >= 0
    points = np.concatenate([part.vertices for part in parts])
    changed: dict[str, Texture | None] = {}
    for name, texture in surface.textures.items():
        own, _ = _joined(parts, texture.layer)
        places = interpolate_at(face[known], weights[known], own[faces].astype(np.float32))
        values = sampled(texture, places)
        if name == "normal_map" and texture.layer != target:
            turn = _turns(points[faces], own[faces], uv[faces])[face[known]]
            values[:, :2] = np.einsum("nij,nj->ni", turn, values[:, :2] * 2 - 1) / 2 + 0.5
        picture = np.zeros((side, side, values.shape[1]), np.float32)
        picture[known] = values
        picture = fill_nearest(picture, known)
        changed[name] = Texture(np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8), ("clamp", "clamp"))
    surface = replace(surface, **changed)
    moved = []
    for part in parts:
        own = part.uv if target == 0 else part.layers[target - 1]
        tangents = part.tangents if target == 0 else None
        moved.append(replace(part, uv=own, layers=(), surface=surface, tangents=tangents))
    return moved


def _turns(points: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """For each face the 2×2 matrix that takes tangent-space x, y from one layer's frame to another's."""
    frames = []
    normal = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    for uv in (source, target):
        (du1, dv1), (du2, dv2) = (uv[:, 1] - uv[:, 0]).T, (uv[:, 2] - uv[:, 0]).T
        edge1, edge2 = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
        determinant = (du1 * dv2 - du2 * dv1)[:, None]
        along = np.sign(determinant) * (edge1 * dv2[:, None] - edge2 * dv1[:, None])
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-30)
        frames.append((along, -np.sign(determinant) * np.cross(normal, along)))  # v goes down
    (t1, b1), (t0, b0) = frames
    dot = lambda a, b: np.einsum("fi,fi->f", a, b)  # noqa: E731
    return np.stack([np.stack([dot(t1, t0), dot(b1, t0)], -1), np.stack([dot(t1, b0), dot(b1, b0)], -1)], 1)


def _joined(parts: Sequence[Part], layer: int) -> tuple[np.ndarray, np.ndarray]:
    """One layer's coordinates of all parts, and their faces."""
    uvs = [part.uv if layer == 0 else part.layers[layer - 1] for part in parts]
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    return np.concatenate([uv for uv in uvs if uv is not None]), faces


def _areas(uv: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b = (uv[faces[:, 1]] - uv[faces[:, 0]]).T, (uv[faces[:, 2]] - uv[faces[:, 0]]).T
    return np.abs(a[0] * b[1] - a[1] * b[0]) / 2


def _drawn(uv: np.ndarray, faces: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Faces and weights at the texels of a square texture."""
    from maquette.ops import rasterize

    intrinsics = np.array([[[side, 0, 0], [0, side, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], intrinsics, side, side, "orthographic")
    points = np.concatenate([uv, np.ones((len(uv), 1))], 1).astype(np.float32)
    raster = rasterize(points, faces.astype(np.int32), camera)
    return raster.face[0], raster.barycentric[0]


def _side(wanted: float, most: int) -> int:
    return 2 ** ceil(log2(max(min(wanted, most, MAX_TEXTURE), 64) * 0.999))
