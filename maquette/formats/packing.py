"""Several materials, or one that repeats, laid out in one texture with coordinates in [0, 1]."""

from collections.abc import Sequence
from math import ceil, log2, sqrt

import numpy as np

from maquette.artifacts import Material
from maquette.errors import InputError
from maquette.formats.parts import MAX_TEXTURE, Part, Surface, unique_rows
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear

_MAX_REPEATS = 8
_SWATCH = 8
_PADDING = 2


def one_material(parts: Sequence[Part]) -> tuple[list[Part], Material]:
    """The parts with coordinates in the texture, or textures, of one material that serves them all.

    A single material stays as it is where its coordinates lie in [0, 1] or can be moved there by whole numbers.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, part in enumerate(parts):
        surface = part.surface
        key = (id(surface.base_color), surface.factor, id(surface.metallic_roughness))
        groups.setdefault((*key, surface.metallic, surface.roughness), []).append(number)
    surfaces = [parts[numbers[0]].surface for numbers in groups.values()]
    if len(surfaces) == 1 and not surfaces[0].textured:
        surface = surfaces[0]
        material = Material(None, surface.factor, None, surface.metallic, surface.roughness)
        return [_with_uv(part, None) for part in parts], material

    moved = list(parts)
    repeats = []
    for surface, numbers in zip(surfaces, groups.values(), strict=True):
        if surface.textured:
            for number in numbers:
                moved[number] = _folded(parts[number])
        repeats.append(_repeats([moved[number] for number in numbers]) if surface.textured else (1, 1))
    if len(surfaces) == 1 and repeats[0] == (1, 1):
        material = _as_it_is(surfaces[0])
        return [_with_uv(part, np.clip(_uv(part), 0, 1)) for part in moved], material

    boxes, side = _layout(surfaces, repeats)
    base, mr = np.ones((side, side, 3), np.float32), np.zeros((side, side, 2), np.float32)
    for surface, numbers, repeat, box in zip(surfaces, groups.values(), repeats, boxes, strict=True):
        left, top, size = box
        inner = size - 2 * _PADDING
        color, rest = _tile(surface, repeat, inner)
        window = np.s_[top : top + size, left : left + size]
        # Repeating textures continue around the padding; the rest of a cell is its own edge.
        mode = "wrap" if repeat != (1, 1) else "edge"
        pad = [(_PADDING, _PADDING), (_PADDING, _PADDING), (0, 0)]
        base[window] = np.pad(color, pad, mode)
        mr[window] = np.pad(rest, pad, mode)
        for number in numbers:
            part = moved[number]
            uv = np.full((len(part.vertices), 2), 0.5)
            if surface.textured:
                span = _uv(part).max(0)
                # What repeats more often than the texture has room for is stretched instead.
                uv = np.clip(_uv(part) / np.where(span > _MAX_REPEATS, span, repeat), 0, 1)
            moved[number] = _with_uv(part, (uv * inner + _PADDING + [left, top]) / side)
    used = any(surface.metallic_roughness is not None for surface in surfaces) or (
        len({(surface.metallic, surface.roughness) for surface in surfaces}) > 1
    )
    metallic, roughness = (1.0, 1.0) if used else (surfaces[0].metallic, surfaces[0].roughness)
    return moved, Material(base, (1.0, 1.0, 1.0), mr if used else None, metallic, roughness)


def _as_it_is(surface: Surface) -> Material:
    """One surface as a material: both textures of one size, factors of the second multiplied in."""
    base, rest = surface.base_color, surface.metallic_roughness
    height, width = max(
        (p.shape[:2] for p in (base, rest) if p is not None), key=lambda shape: shape[0] * shape[1]
    )
    color = None if base is None else _resized(base, width, height)
    if rest is None:
        return Material(color, surface.factor, None, surface.metallic, surface.roughness)
    factors = np.array([surface.metallic, surface.roughness], np.float32)
    return Material(color, surface.factor, _resized(rest, width, height) * factors, 1.0, 1.0)


def _with_uv(part: Part, uv: np.ndarray | None) -> Part:
    return Part(part.vertices, part.faces, part.normals, uv, None, part.surface)


def _uv(part: Part) -> np.ndarray:
    assert part.uv is not None
    return part.uv


def _folded(part: Part) -> Part:
    """The part with each face's texture coordinates moved by whole numbers so that they begin in [0, 1)."""
    uv = _uv(part)
    slack = 1e-4
    if uv.min() >= -slack and uv.max() <= 1 + slack:
        return part
    corners = uv[part.faces]
    low = np.floor(corners.min(1) + slack)
    # A face that ends on a border rather than begins there: [1, 1] belongs to the copy before.
    low -= (corners.max(1) - low <= slack) & (corners.min(1) - low <= slack) & (low >= 1)
    shifted = np.column_stack([part.faces.ravel(), np.repeat(low, 3, 0)])
    first, inverse = unique_rows(shifted)
    source = shifted[first, 0].astype(np.int64)
    return Part(
        part.vertices[source],
        inverse.reshape(-1, 3).astype(np.int64),
        None if part.normals is None else part.normals[source],
        uv[source] - shifted[first, 1:],
        None,
        part.surface,
    )


def _repeats(parts: list[Part]) -> tuple[int, int]:
    """How often a texture repeats along u and v within a face, at most _MAX_REPEATS."""
    high = np.max([_uv(part).max(0) for part in parts], 0)
    u, v = np.clip(np.ceil(high - 1e-4), 1, _MAX_REPEATS).astype(int)
    return int(u), int(v)


def _layout(surfaces: list[Surface], repeats: list[tuple[int, int]]) -> tuple[list[tuple[int, int, int]], int]:
    """A square (left, top, size) for each surface and the side of the whole texture.

    Equal cells in a square grid; all plain colours share one cell in a finer grid of their own.
    """
    plain = [number for number, surface in enumerate(surfaces) if not surface.textured]
    textured = [number for number, surface in enumerate(surfaces) if surface.textured]
    fine = ceil(sqrt(len(plain))) if plain else 0
    across = ceil(sqrt(len(textured) + bool(plain)))
    wanted = fine * _SWATCH
    for number in textured:
        pictures = (surfaces[number].base_color, surfaces[number].metallic_roughness)
        wanted = max([wanted, 64, *(max(p.shape[:2]) * max(repeats[number]) for p in pictures if p is not None)])
    side = min(MAX_TEXTURE, 2 ** ceil(log2(wanted * across)))
    cell = side // across
    if cell < max(_SWATCH, fine * _SWATCH):
        raise InputError(
            f"the file has {len(surfaces):,} materials; expected few enough for one texture: merge some"
        )
    boxes = [(0, 0, 0)] * len(surfaces)
    for place, number in enumerate(textured):
        boxes[number] = (place % across * cell, place // across * cell, cell)
    if plain:
        place, swatch = len(textured), cell // fine
        for index, number in enumerate(plain):
            left = place % across * cell + index % fine * swatch
            boxes[number] = (left, place // across * cell + index // fine * swatch, swatch)
    return boxes, side


def _tile(surface: Surface, repeat: tuple[int, int], size: int) -> tuple[np.ndarray, np.ndarray]:
    """A surface's colour and metallic-roughness over a square of `size` pixels, factors applied."""
    color, rest = np.ones((size, size, 3), np.float32), np.ones((size, size, 2), np.float32)
    if surface.base_color is not None:
        color = _repeated(surface.base_color, repeat, size)
    if surface.factor != (1.0, 1.0, 1.0):
        color = np.clip(srgb_from_linear(linear_from_srgb(color) * np.asarray(surface.factor)), 0, 1)
    if surface.metallic_roughness is not None:
        rest = _repeated(surface.metallic_roughness, repeat, size)
    return color, rest * np.array([surface.metallic, surface.roughness], np.float32)


def _repeated(picture: np.ndarray, repeat: tuple[int, int], size: int) -> np.ndarray:
    widths, heights = (np.diff(np.linspace(0, size, count + 1).round().astype(int)).tolist() for count in repeat)
    rows = [np.concatenate([_resized(picture, width, height) for width in widths], 1) for height in heights]
    return np.concatenate(rows)


def _resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """A picture of bytes as floats in [0, 1] at another size."""
    from PIL import Image as Pillow

    if picture.shape[:2] != (height, width):
        channels = [
            np.asarray(Pillow.fromarray(channel).resize((width, height), Pillow.Resampling.LANCZOS))
            for channel in np.moveaxis(picture, 2, 0)
        ]
        picture = np.stack(channels, -1)
    return picture.astype(np.float32) / 255
