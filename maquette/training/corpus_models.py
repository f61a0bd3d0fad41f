"""Artist-made GLB files as the renderer's models, and true variations of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from maquette.errors import InputError
from maquette.formats.gltf import read_gltf
from maquette.formats.parts import Part
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.training.props import COLORS
from maquette.training.render import Model

LONGEST_EDGE = 1 / 40
"""World units: textured triangles are cut so small that colours at their corners show the texture."""
_MOST_CUTS = 24


def read_model(path: Path) -> Model:
    """A GLB file in the unit box: its longest side is 1, around the origin.

    Raises:
        InputError: It cannot be read, or has no extent.
    """
    try:
        parts = read_gltf(path).parts
        corners = np.concatenate([_corners(part) for part in parts])
    except InputError:
        raise
    except Exception as error:  # whatever damaged bytes lead to
        raise InputError(f"{path.name} is damaged or not glTF ({type(error).__name__}): leave it out") from error
    points = corners[..., :3]
    low, high = points.min((0, 1)), points.max((0, 1))
    size = float((high - low).max())
    if not 0 < size < np.inf:
        raise InputError(f"{path.name} is a single point, or not finite; expected a model")
    corners[..., :3] = (points - (low + high) / 2) / size
    area = np.linalg.norm(np.cross(*(corners[:, 1:, :3] - corners[:, :1, :3]).transpose(1, 0, 2)), axis=-1)
    return _model(corners[area > 1e-10])


def _model(corners: Float32[np.ndarray, "faces 3 11"]) -> Model:
    count = len(corners)
    return Model(
        np.ascontiguousarray(corners[..., :3].reshape(-1, 3)),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        np.ascontiguousarray(corners),
        np.zeros(count, np.int32),
        ("plain",),
    )


def _corners(part: Part) -> Float32[np.ndarray, "faces 3 11"]:
    """Position, normal, sRGB colour, metallic and roughness at every triangle's corners."""
    faces = part.faces
    points = part.vertices[faces]
    if part.normals is None:
        normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])[:, None].repeat(3, 1)
    else:
        normals = part.normals[faces]
    tint = np.broadcast_to(np.array(part.surface.factor, np.float64), points.shape)
    if part.colors is not None:
        tint = tint * linear_from_srgb(part.colors[faces].astype(np.float32))
    layers = [points, normals, tint]
    textured = part.surface.base_color is not None and part.uv is not None
    if textured:
        assert part.uv is not None
        layers.append(part.uv[faces])
        cut = _cut(np.concatenate(layers, -1))
        points, normals, tint, uv = np.split(cut, [3, 6, 9], -1)
        assert part.surface.base_color is not None
        tint = tint * _texels(part.surface.base_color.picture, uv)
    normals = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    surface = np.broadcast_to([part.surface.metallic, part.surface.roughness], (*points.shape[:2], 2))
    color = srgb_from_linear(np.clip(tint, 0, 1).astype(np.float32))
    return np.concatenate([points, normals, color, surface], -1).astype(np.float32)


def _cut(corners: np.ndarray) -> np.ndarray:
    """Triangles [n, 3, k] cut into equal smaller ones until no edge is longer than LONGEST_EDGE of the whole."""
    points = corners[..., :3]
    size = float(np.ptp(points, (0, 1)).max()) or 1.0
    edge = np.linalg.norm(points - np.roll(points, 1, 1), axis=-1).max(1)
    cuts = np.clip(np.ceil(edge / (size * LONGEST_EDGE)).astype(int), 1, _MOST_CUTS)
    pieces = []
    for n in np.unique(cuts):
        weights = _grid(int(n))
        pieces.append(np.einsum("pcj,fjk->fpck", weights, corners[cuts == n]).reshape(-1, 3, corners.shape[-1]))
    return np.concatenate(pieces)


def _grid(n: int) -> np.ndarray:
    """Barycentric corners [n * n, 3, 3] of a triangle's n * n equal pieces."""
    corner = lambda i, j: (1 - (i + j) / n, i / n, j / n)  # noqa: E731
    upright = [(corner(i, j), corner(i + 1, j), corner(i, j + 1)) for i in range(n) for j in range(n - i)]
    turned = [
        (corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)) for i in range(n) for j in range(n - i - 1)
    ]
    return np.array(upright + turned)


def _texels(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Linear colours of a texture, averaged to at most 128 pixels a side, at coordinates that repeat."""
    linear = linear_from_srgb(picture.astype(np.float32) / 255)
    step = max(1, -(-max(linear.shape[:2]) // 128))
    height, width = (max(1, n // step) for n in linear.shape[:2])
    if step > 1:
        trimmed = linear[: height * step, : width * step]
        linear = trimmed.reshape(height, min(step, trimmed.shape[0]), width, min(step, trimmed.shape[1]), 3).mean(
            (1, 3)
        )
    column = np.floor(np.mod(uv[..., 0], 1) * width).astype(int) % width
    row = np.floor(np.mod(uv[..., 1], 1) * height).astype(int) % height
    return linear[row, column]


def vary(model: Model, rng: np.random.Generator, painted: bool, still: bool = False) -> tuple[Model, bool]:
    """A likeness of a model that may be called the same, and whether its colours are still its own.

    Args:
        painted: False gives a model without colours of its own one of COLORS.
        still: Change nothing but the colour of an unpainted model.
    """
    corners = model.corners.copy()
    natural = painted
    if not painted:
        paint = np.array(COLORS[list(COLORS)[rng.integers(len(COLORS))]]) * rng.uniform(0.86, 1.12)
        corners[..., 6:9] = np.clip(paint, 0, 1)
    if not still:
        if painted and rng.uniform() < 0.4:
            corners[..., 6:9], natural = _turned_hue(corners[..., 6:9], rng), False
        scale = np.exp(rng.normal(0, 0.1, 3)).astype(np.float32)
        if rng.uniform() < 0.5:  # left becomes right
            scale[0] = -scale[0]
        corners[..., :3] *= scale
        corners[..., 3:6] /= scale
        if scale[0] < 0:
            corners = np.ascontiguousarray(corners[:, ::-1])
        low, high = corners[..., :3].min((0, 1)), corners[..., :3].max((0, 1))
        corners[..., :3] = (corners[..., :3] - (low + high) / 2) / (high - low).max()
        corners[..., 3:6] /= np.maximum(np.linalg.norm(corners[..., 3:6], axis=-1, keepdims=True), 1e-12)
    return replace(_model(corners), part=model.part, patterns=model.patterns), natural


def _turned_hue(srgb: Float32[np.ndarray, "*n 3"], rng: np.random.Generator) -> Float32[np.ndarray, "*n 3"]:
    """Colours with their hue turned together around the gray axis (in YIQ), and a little lighter or darker."""
    to_yiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    angle = rng.uniform(0.15, 0.85) * 2 * np.pi
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    matrix = np.linalg.inv(to_yiq) @ turn @ to_yiq
    return np.clip(srgb @ matrix.T * rng.uniform(0.85, 1.15), 0, 1).astype(np.float32)
