"""Several materials, or one that repeats, laid out in one texture with coordinates in [0, 1].

Pictures are moved and scaled along their axes, never turned or mirrored: tangents stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, log2, sqrt

import numpy as np

from maquette.artifacts import Material
from maquette.errors import InputError
from maquette.formats.layers import on_one_layer
from maquette.formats.maps import CHANNELS, as_array, common_mode, constant_material, needed, painted, peak
from maquette.formats.parts import MAX_TEXTURE, Part, Surface, Texture, unique_rows

_MAX_REPEATS = 8
_SWATCH = 8
_PADDING = 2
_SLACK = 1e-4


def one_material(parts: Sequence[Part]) -> tuple[list[Part], Material]:
    """The parts with coordinates in the textures of one material that serves them all.

    A single material stays as it is where its coordinates lie in [0, 1] or can be moved there by whole numbers.
    Several share an alpha mode: blend where one blends, else mask at 0.5 where one is masked.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, part in enumerate(parts):
        groups.setdefault(part.surface.key(), []).append(number)
    moved = list(parts)
    surfaces, windows = [], []
    # What is drawn anew need not be larger than its share of the one texture.
    most = MAX_TEXTURE // ceil(sqrt(len(groups)))
    for numbers in groups.values():
        if parts[numbers[0]].surface.textured:
            flat = on_one_layer([parts[number] for number in numbers], most)
            for number, part in zip(numbers, flat, strict=True):
                moved[number] = _folded(part)
        surface = moved[numbers[0]].surface
        surfaces.append(surface)
        windows.append(_window([moved[number] for number in numbers]) if surface.textured else _Window())
    if len(surfaces) == 1 and not surfaces[0].textured:
        return _unchanged(moved), constant_material(surfaces[0])
    if len(surfaces) == 1 and windows[0] == _Window():
        return [_with_uv(part, np.clip(_uv(part), 0, 1)) for part in moved], _as_it_is(surfaces[0])

    boxes, side = _layout(surfaces, windows)
    for numbers, window, (left, top, size) in zip(groups.values(), windows, boxes, strict=True):
        inner = size - 2 * _PADDING
        for number in numbers:
            part = moved[number]
            if part.surface.textured:
                uv = window.shares(_uv(part))
            else:
                uv, part = np.full((len(part.vertices), 2), 0.5), replace(part, tangents=None)
            moved[number] = _with_uv(part, (uv * inner + _PADDING + [left, top]) / side)
    return moved, _painted(surfaces, windows, boxes, side)


@dataclass(frozen=True)
class _Window:
    """The part of the plane of texture coordinates that is looked at, in whole copies of the picture."""

    first: tuple[int, int] = (0, 0)
    copies: tuple[int, int] = (1, 1)
    """Along u and v, as many as there is room for."""
    span: tuple[float, float] = (1.0, 1.0)
    """What is spread over the copies: as many, or more, where the texture is stretched."""

    def shares(self, uv: np.ndarray) -> np.ndarray:
        return np.clip((uv - self.first) / self.span, 0, 1)


def _painted(
    surfaces: list[Surface], windows: list[_Window], boxes: list[tuple[int, int, int]], side: int
) -> Material:
    mode, brightest = common_mode(surfaces), peak(surfaces)
    maps: dict[str, np.ndarray] = {}
    for name in needed(surfaces):
        sheet = np.ones((side, side, CHANNELS[name]), np.float32)
        if name == "normal_map":
            sheet[...] = [0, 0, 1]
        for surface, window, (left, top, size) in zip(surfaces, windows, boxes, strict=True):
            tile = partial(_tile, surface, window, size - 2 * _PADDING)
            values = painted(surface, name, tile, mode, brightest)
            if values.shape[0] == 1:
                values = np.broadcast_to(values, (size, size, values.shape[2]))
            else:
                # Repeating textures continue around the padding; the rest of a cell is its own edge.
                wraps = window.copies != (1, 1) and all(wrap == "repeat" for wrap in surface.textures[name].wrap)
                pad = [(_PADDING, _PADDING), (_PADDING, _PADDING), (0, 0)]
                values = np.pad(values, pad, "wrap" if wraps else "edge")
            sheet[top : top + size, left : left + size] = values
        maps[name] = as_array(sheet)
    material = replace(constant_material(surfaces[0]), **maps)
    changes: dict[str, object] = {"alpha_mode": mode, "double_sided": any(s.double_sided for s in surfaces)}
    if "base_color" in maps:
        changes["base_color_factor"] = (1.0, 1.0, 1.0)
    if "metallic_roughness" in maps:
        changes |= {"metallic": 1.0, "roughness": 1.0}
    if "emissive" in maps:
        changes["emissive_factor"] = (brightest,) * 3
    if mode == "opaque" or "alpha" in maps:
        changes |= {"alpha_factor": 1.0, "alpha_cutoff": 0.5}
    return replace(material, **changes)  # pyright: ignore[reportArgumentType]


def _as_it_is(surface: Surface) -> Material:
    """One surface as a material: constants that glTF has beside the maps stay beside them."""
    constants = constant_material(surface)
    textures = surface.textures
    sizes = [textures[name].picture.shape[:2] for name in ("base_color", "metallic_roughness") if name in textures]
    height, width = max(sizes, key=lambda shape: shape[0] * shape[1], default=(0, 0))
    bare = replace(surface, factor=(1.0, 1.0, 1.0), emissive_factor=(1.0, 1.0, 1.0), alpha_factor=1.0)
    maps = {}
    for name, texture in textures.items():
        paired = name in ("base_color", "metallic_roughness")  # these two are of one size in a Material
        rows, columns = (height, width) if paired else texture.picture.shape[:2]
        if name == "alpha":
            maps[name] = as_array(_resized(texture.picture, columns, rows))
        else:
            texels = lambda _, t=texture, w=columns, h=rows: _resized(t.picture, w, h)  # noqa: E731
            maps[name] = as_array(painted(bare, name, texels, "opaque", 1.0))
    if "metallic_roughness" in maps:
        constants = replace(constants, metallic=1.0, roughness=1.0)
    return replace(constants, **maps)


def _with_uv(part: Part, uv: np.ndarray) -> Part:
    return replace(part, uv=uv, colors=None, layers=())


def _unchanged(parts: list[Part]) -> list[Part]:
    """Untextured parts, with their coordinates where all have them in the unit square."""
    fit = all(part.uv is not None and part.uv.min() >= 0 and part.uv.max() <= 1 for part in parts)
    return [part if fit else replace(part, uv=None, tangents=None) for part in parts]


def _uv(part: Part) -> np.ndarray:
    assert part.uv is not None
    return part.uv


def _periods(surface: Surface) -> list[int]:
    """After how many copies a surface's textures repeat along u and v; 0 where they never do."""
    periods = []
    for axis in (0, 1):
        wraps = {texture.wrap[axis] for texture in surface.textures.values()}
        periods.append(0 if "clamp" in wraps else 2 if "mirror" in wraps else 1)
    return periods


def _folded(part: Part) -> Part:
    """The part with each face's texture coordinates moved by whole periods so that they begin in the first."""
    uv = _uv(part)
    if uv.min() >= -_SLACK and uv.max() <= 1 + _SLACK:
        return part
    corners = uv[part.faces]
    low = np.zeros((len(part.faces), 2))
    for axis, period in enumerate(_periods(part.surface)):
        if period:
            begin, end = corners[..., axis].min(1), corners[..., axis].max(1)
            shift = np.floor((begin + _SLACK) / period) * period
            # A face that ends on a border rather than begins there: [1, 1] belongs to the copy before.
            shift -= period * ((end - shift <= _SLACK) & (begin - shift <= _SLACK) & (shift >= period))
            low[:, axis] = shift
    if not low.any():
        return part
    shifted = np.column_stack([part.faces.ravel(), np.repeat(low, 3, 0)])
    first, inverse = unique_rows(shifted)
    folded = part.taken(shifted[first, 0].astype(np.int64), inverse.reshape(-1, 3))
    return replace(folded, uv=_uv(folded) - shifted[first, 1:])


def _window(parts: list[Part]) -> _Window:
    """What parts of one surface look at; at most _MAX_REPEATS copies a side are drawn."""
    low = np.min([_uv(part).min(0) for part in parts], 0)
    high = np.max([_uv(part).max(0) for part in parts], 0)
    first, copies, span = [], [], []
    for axis, period in enumerate(_periods(parts[0].surface)):
        begin = min(0, int(np.floor(max(low[axis] + _SLACK, -1e6))))
        end = max(1, int(np.ceil(min(high[axis] - _SLACK, 1e6))))
        if not period:  # beyond its edge a picture stays the same
            begin, end = max(begin, -_MAX_REPEATS // 2), min(end, _MAX_REPEATS // 2)
        first.append(begin)
        copies.append(min(end - begin, _MAX_REPEATS))
        # What repeats more often than there is room for is stretched instead.
        span.append(float(end - begin) if end - begin <= _MAX_REPEATS else float(high[axis] - begin))
    return _Window((first[0], first[1]), (copies[0], copies[1]), (span[0], span[1]))


def _layout(surfaces: list[Surface], windows: list[_Window]) -> tuple[list[tuple[int, int, int]], int]:
    """A square (left, top, size) for each surface and the side of the whole texture.

    Equal cells in a square grid; all plain colours share one cell in a finer grid of their own.
    """
    plain = [number for number, surface in enumerate(surfaces) if not surface.textured]
    textured = [number for number, surface in enumerate(surfaces) if surface.textured]
    fine = ceil(sqrt(len(plain))) if plain else 0
    across = ceil(sqrt(len(textured) + bool(plain)))
    wanted = fine * _SWATCH
    for number in textured:
        pictures = [texture.picture for texture in surfaces[number].textures.values()]
        wanted = max([wanted, 64, *(max(p.shape[:2]) * max(windows[number].copies) for p in pictures)])
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


def _tile(surface: Surface, window: _Window, size: int, name: str) -> np.ndarray | None:
    """A surface's texture over its window, `size` pixels a side, or None where it has none."""
    texture = surface.textures.get(name)
    if texture is None:
        return None
    return _resized(_copies(texture, window, size), size, size)


def _copies(texture: Texture, window: _Window, size: int) -> np.ndarray:
    """The picture as often as the window has it, each copy wrapped as it says and no larger than can be seen."""
    height, width = texture.picture.shape[:2]
    if window.copies == (1, 1) and window.first == (0, 0):
        return texture.picture
    across, down = (ceil(size / copies) for copies in window.copies)
    width, height = min(width, across), min(height, down)
    picture = np.round(_resized(texture.picture, width, height) * 255).astype(np.uint8)
    columns, rows = (
        _indices(length, first, copies, wrap)
        for length, first, copies, wrap in zip(
            (width, height), window.first, window.copies, texture.wrap, strict=True
        )
    )
    return picture[rows[:, None], columns]


def _indices(length: int, first: int, copies: int, wrap: str) -> np.ndarray:
    place = np.arange(first * length, (first + copies) * length)
    if wrap == "clamp":
        return np.clip(place, 0, length - 1)
    if wrap == "mirror":
        place = place % (2 * length)
        return np.where(place < length, place, 2 * length - 1 - place)
    return place % length


def _resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """A picture of bytes as floats in [0, 1] at another size."""
    from PIL import Image as Pillow

    if picture.shape[:2] != (height, width):
        planes = [Pillow.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(picture, 2, 0)]
        lanczos = Pillow.Resampling.LANCZOS
        picture = np.stack([np.asarray(plane.resize((width, height), lanczos)) for plane in planes], -1)
    return picture.astype(np.float32) / 255
