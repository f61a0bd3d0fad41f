"""Many parts with many materials made into one mesh with one material, as an Asset has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from maquette.artifacts import Asset, Material, Mesh, check_mesh
from maquette.errors import InputError
from maquette.formats.glb import height_extent

MAX_FACES = 4_000_000
"""The most triangles that a file may hold, instances counted."""

MAX_TEXTURE = 4096
"""Pixels a side of the largest texture that is kept; larger ones are scaled down."""

_MAX_REPEATS = 8
_SWATCH = 8
_PADDING = 2


@dataclass(frozen=True, eq=False)
class Surface:
    """What a part is covered with, as its file says; pictures are bytes, row 0 at the top."""

    base_color: UInt8[np.ndarray, "height width 3"] | None = None
    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear."""
    metallic_roughness: UInt8[np.ndarray, "height2 width2 2"] | None = None
    metallic: float = 0.0
    roughness: float = 0.8

    @property
    def textured(self) -> bool:
        return self.base_color is not None or self.metallic_roughness is not None


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


def assembled(parts: Sequence[Part], name: str) -> Asset:
    """One asset from the parts of a file; texture coordinates end in [0, 1].

    A single material stays as it is. Several, or one that repeats, are laid out in one new texture.
    Where there are vertex colours and no textures, the colours carry the materials.

    Raises:
        InputError: No faces, indices out of range, values that are not finite, or too many faces.
    """
    parts = [_checked(part, name) for part in parts if len(part.faces)]
    if not parts:
        raise InputError(
            f"{name} has no faces; expected a triangle mesh: export it with surfaces, not points or lines"
        )
    if sum(len(part.faces) for part in parts) > MAX_FACES:
        raise InputError(f"{name} has over {MAX_FACES:,} triangles; expected fewer: decimate it first")
    if any(part.colors is not None for part in parts) and not any(part.surface.textured for part in parts):
        parts, material = _colored(parts)
    else:
        parts, material = _one_material([_plain(part) for part in parts])

    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    vertices = np.concatenate([part.vertices for part in parts])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    normals = np.concatenate(
        [
            smooth_normals(part.vertices, part.faces) if part.normals is None else _repaired(part.normals)
            for part in parts
        ]
    )
    colors = uv = None
    if all(part.colors is not None for part in parts):
        colors = np.concatenate([part.colors for part in parts if part.colors is not None]).astype(np.float32)
    if all(part.uv is not None for part in parts):
        uv = np.concatenate([part.uv for part in parts if part.uv is not None]).astype(np.float32)
    low, high = vertices.min(0), vertices.max(0)
    height = height_extent(low, high)
    if not 1e-30 < height < 1e30:
        raise InputError(f"{name} is {height:g} m high; expected an object with an extent: scale it")
    mesh = Mesh(vertices.astype(np.float32), faces.astype(np.int32), colors)
    check_mesh(mesh, name)
    return Asset(mesh, uv, normals.astype(np.float32), material, height_meters=height)


def smooth_normals(
    vertices: Float64[np.ndarray, "vertices 3"], faces: Int64[np.ndarray, "faces 3"]
) -> Float64[np.ndarray, "vertices 3"]:
    """Area-weighted unit normals, shared by all vertices of one position."""
    _, inverse = unique_rows(vertices)
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.stack(
        [np.bincount(inverse[faces].ravel(), np.repeat(cross[:, axis], 3), len(vertices)) for axis in range(3)], -1
    )
    return _repaired(total[inverse])


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first of each distinct row, and for each row the distinct one that it equals."""
    rows = np.ascontiguousarray(rows) + 0.0  # no -0.0
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse.ravel()


def _checked(part: Part, name: str) -> Part:
    """The part without vertices that no face uses, or an InputError that says what is wrong with it."""
    if part.faces.min() < 0 or part.faces.max() >= len(part.vertices):
        raise InputError(
            f"{name} has face indices outside its {len(part.vertices):,} vertices; the file is damaged: "
            "export it again"
        )
    used = np.zeros(len(part.vertices), bool)
    used[part.faces] = True
    if not np.isfinite(part.vertices[used]).all():
        raise InputError(f"{name} has NaN or infinite coordinates; expected finite numbers: export it again")
    if np.abs(part.vertices[used]).max() > 1e18:
        raise InputError(f"{name} has coordinates beyond 1e18; expected metres: export it again")

    def kept(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None or not np.isfinite(values[used]).all() else values[used]

    number = np.cumsum(used) - 1
    surface = part.surface
    if part.uv is None or kept(part.uv) is None:
        surface = Surface(None, surface.factor, None, surface.metallic, surface.roughness)
    return Part(
        part.vertices[used], number[part.faces], kept(part.normals), kept(part.uv), kept(part.colors), surface
    )


def _repaired(normals: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0, normals / np.where(length > 0, length, 1), [0.0, 1.0, 0.0])


def _colored(parts: list[Part]) -> tuple[list[Part], Material]:
    """Parts whose vertex colours hold what factors said too; metallic and roughness are means over faces."""
    weights = [len(part.faces) for part in parts]
    colored = []
    for part in parts:
        factor = np.asarray(part.surface.factor)
        own = np.ones((len(part.vertices), 3)) if part.colors is None else part.colors
        colors = own if (factor == 1).all() else srgb(linear(own) * factor)
        colored.append(Part(part.vertices, part.faces, part.normals, part.uv, np.clip(colors, 0, 1)))
    metallic = float(np.average([part.surface.metallic for part in parts], weights=weights))
    roughness = float(np.average([part.surface.roughness for part in parts], weights=weights))
    return colored, Material(metallic=metallic, roughness=roughness)


def _plain(part: Part) -> Part:
    """The part without vertex colours; where no texture tells more, their mean goes into the factor."""
    surface = part.surface
    if part.colors is not None and not surface.textured:
        red, green, blue = (linear(part.colors).mean(0) * surface.factor).tolist()
        surface = Surface(None, (red, green, blue), None, surface.metallic, surface.roughness)
    return Part(part.vertices, part.faces, part.normals, part.uv, None, surface)


def _one_material(parts: list[Part]) -> tuple[list[Part], Material]:
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
        surface = surfaces[0]
        base, mr = surface.base_color, surface.metallic_roughness
        material = Material(
            None if base is None else base.astype(np.float32) / 255,
            surface.factor,
            None
            if mr is None
            else mr.astype(np.float32) / 255 * np.array([surface.metallic, surface.roughness], np.float32),
            surface.metallic if mr is None else 1.0,
            surface.roughness if mr is None else 1.0,
        )
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
        wanted = max([wanted, *(max(p.shape[:2]) * max(repeats[number]) for p in pictures if p is not None)])
    side = min(MAX_TEXTURE, 2 ** ceil(np.log2(wanted * across)))
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
    color = np.ones((size, size, 3), np.float32)
    if surface.base_color is not None:
        color = _resized(surface.base_color, repeat, size)
    if surface.factor != (1.0, 1.0, 1.0):
        color = np.clip(srgb(linear(color) * np.asarray(surface.factor)), 0, 1)
    rest = np.ones((size, size, 2), np.float32)
    if surface.metallic_roughness is not None:
        rest = _resized(surface.metallic_roughness, repeat, size)
    return color, rest * np.array([surface.metallic, surface.roughness], np.float32)


def _resized(picture: np.ndarray, repeat: tuple[int, int], size: int) -> np.ndarray:
    from PIL import Image as Pillow

    across, down = repeat
    edges = [np.round(np.linspace(0, size, count + 1)).astype(int) for count in (across, down)]
    if picture.shape[2] == 2:
        picture = np.dstack([picture, picture[..., :1]])
        return _resized(picture, repeat, size)[..., :2]
    result = np.empty((size, size, 3), np.float32)
    source = Pillow.fromarray(picture)
    for left, right in zip(edges[0][:-1], edges[0][1:], strict=True):
        for top, bottom in zip(edges[1][:-1], edges[1][1:], strict=True):
            if right > left and bottom > top:
                resized = source.resize((int(right - left), int(bottom - top)), Pillow.Resampling.LANCZOS)
                result[top:bottom, left:right] = np.asarray(resized, np.float32) / 255
    return result


def linear(srgb: np.ndarray) -> np.ndarray:
    """Linear values of sRGB-encoded ones in [0, 1] (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def srgb(linear: np.ndarray) -> np.ndarray:
    """sRGB-encoded values of linear ones in [0, 1] (IEC 61966-2-1)."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
