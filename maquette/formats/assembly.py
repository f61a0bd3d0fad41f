"""Many parts with many materials made into one mesh with one material, as an Asset has it."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from maquette.artifacts import Asset, Material, Mesh, check_mesh
from maquette.errors import InputError, Note
from maquette.formats.glb import height_extent
from maquette.formats.maps import common_mode
from maquette.formats.normals import with_normals
from maquette.formats.packing import one_material
from maquette.formats.parts import MAX_FACES, Part, total_faces
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear

_FARTHEST = 1e4
"""Times its size that a thing may lie from the origin."""


def assembled(parts: Sequence[Part], name: str) -> Asset:
    """One asset from the parts of a file; texture coordinates end in [0, 1].

    A single material stays as it is. Several, or one that repeats, are laid out in one new texture.
    Where there are vertex colours and no textures, the colours carry the materials.
    Parts without normals get them; tangents are kept where every part with a normal map has them.

    Raises:
        InputError: No faces, indices out of range, values that are not finite, or too many faces.
    """
    parts = [_checked(part, name) for part in parts if len(part.faces)]
    if not parts:
        raise InputError(
            f"{name} has no faces; expected a triangle mesh: export it with surfaces, not points or lines"
        )
    if total_faces(parts) > MAX_FACES:
        raise InputError(f"{name} has over {MAX_FACES:,} triangles; expected fewer: decimate it first")
    if any(part.colors is not None for part in parts) and not any(part.surface.textured for part in parts):
        parts, material = _colored(parts)
    else:
        parts, material = one_material([_plain(part) for part in parts])

    parts = [with_normals(part) for part in parts]
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    vertices = np.concatenate([part.vertices for part in parts])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    normals = np.concatenate([part.normals for part in parts if part.normals is not None])
    colors = uv = None
    if all(part.colors is not None for part in parts):
        colors = np.concatenate([part.colors for part in parts if part.colors is not None]).astype(np.float32)
    if all(part.uv is not None for part in parts):
        uv = np.concatenate([part.uv for part in parts if part.uv is not None]).astype(np.float32)
    low, high = vertices.min(0), vertices.max(0)
    _note_far_off(low, high, name)
    height = height_extent(low, high)
    if not 1e-30 < height < 1e30:
        raise InputError(f"{name} is {height:g} m high; expected an object with an extent: scale it")
    mesh = Mesh(vertices.astype(np.float32), faces.astype(np.int32), colors)
    check_mesh(mesh, name)
    tangents = None if uv is None else _tangents(parts, normals)
    return Asset(mesh, uv, normals.astype(np.float32), material, height_meters=height, tangents=tangents)


def _note_far_off(low: np.ndarray, high: np.ndarray, name: str) -> None:
    """Say so where single precision cannot hold the shape where it stands, as in coordinates of a map."""
    extent, away = float((high - low).max()), float(np.abs([low, high]).max())
    if away > _FARTHEST * extent > 0:
        step = np.spacing(np.float32(away))
        warnings.warn(
            f"{name} is {extent:.3g} m large and {away:.3g} m from its origin, where coordinates are rounded to "
            f"{step:.1g} m; move it to the origin before export",
            Note,
            stacklevel=4,
        )


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
        return values if values is None or np.isfinite(values[used]).all() else None

    surface, layers = part.surface, part.layers
    if kept(part.uv) is None or any(kept(layer) is None for layer in layers):
        surface, layers, part = surface.plain(), (), replace(part, uv=None, tangents=None)
    part = replace(
        part,
        normals=kept(part.normals),
        colors=kept(part.colors),
        tangents=kept(part.tangents),
        surface=surface,
        layers=layers,
    )
    return part.taken(np.flatnonzero(used), (np.cumsum(used) - 1)[part.faces])


def _tangents(parts: list[Part], normals: np.ndarray) -> np.ndarray | None:
    """Unit tangents of all parts, at right angles to the normals; None where a part that needs them has none."""
    mapped = any(part.surface.normal_map is not None for part in parts)
    if not any(part.tangents is not None for part in parts):
        return None
    if any(part.tangents is None and (part.surface.normal_map is not None or not mapped) for part in parts):
        return None
    rows = [part.tangents if part.tangents is not None else np.zeros((len(part.vertices), 4)) for part in parts]
    tangents = np.concatenate(rows)
    sign = np.where(tangents[:, 3:] < 0, -1.0, 1.0)
    along = tangents[:, :3] - normals * (tangents[:, :3] * normals).sum(1, keepdims=True)
    # Any direction at a right angle does where a tangent is missing or runs along the normal.
    axis = np.where(np.abs(normals[:, :1]) < 0.9, [1.0, 0, 0], [0.0, 1, 0])
    other = np.cross(np.cross(normals, axis), normals)
    along = np.where(np.linalg.norm(along, axis=1, keepdims=True) > 1e-6, along, other)
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-30)
    return np.concatenate([along, sign], 1).astype(np.float32)


def _colored(parts: list[Part]) -> tuple[list[Part], Material]:
    """Parts whose vertex colours hold what factors said too; the other constants are means over faces."""
    weights = [len(part.faces) for part in parts]
    colored = []
    for part in parts:
        factor = np.asarray(part.surface.factor)
        own = np.ones((len(part.vertices), 3)) if part.colors is None else part.colors
        colors = own if (factor == 1).all() else srgb_from_linear(linear_from_srgb(own) * factor)
        colored.append(replace(part, colors=np.clip(colors, 0, 1), uv=None, tangents=None))
    mean = {
        name: np.average([getattr(part.surface, name) for part in parts], axis=0, weights=weights).tolist()
        for name in ("metallic", "roughness", "emissive_factor", "alpha_factor")
    }
    red, green, blue = mean["emissive_factor"]
    return colored, Material(
        metallic=mean["metallic"],
        roughness=mean["roughness"],
        emissive_factor=(red, green, blue),
        alpha_factor=mean["alpha_factor"],
        alpha_mode=common_mode([part.surface for part in parts]),
        double_sided=any(part.surface.double_sided for part in parts),
    )


def _plain(part: Part) -> Part:
    """The part without vertex colours; their mean goes into the factor."""
    surface = part.surface
    if part.colors is not None:
        red, green, blue = (linear_from_srgb(part.colors).mean(0) * surface.factor).tolist()
        surface = replace(surface, factor=(red, green, blue))
    return replace(part, colors=None, surface=surface)
