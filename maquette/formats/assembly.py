"""Many parts with many materials made into one mesh with one material, as an Asset has it."""

from collections.abc import Sequence

import numpy as np

from maquette.artifacts import Asset, Material, Mesh, check_mesh
from maquette.errors import InputError
from maquette.formats.glb import height_extent
from maquette.formats.normals import with_normals
from maquette.formats.packing import one_material
from maquette.formats.parts import MAX_FACES, Part, Surface
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear


def assembled(parts: Sequence[Part], name: str) -> Asset:
    """One asset from the parts of a file; texture coordinates end in [0, 1].

    A single material stays as it is. Several, or one that repeats, are laid out in one new texture.
    Where there are vertex colours and no textures, the colours carry the materials.
    Parts without normals get them.

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
    height = height_extent(low, high)
    if not 1e-30 < height < 1e30:
        raise InputError(f"{name} is {height:g} m high; expected an object with an extent: scale it")
    mesh = Mesh(vertices.astype(np.float32), faces.astype(np.int32), colors)
    check_mesh(mesh, name)
    return Asset(mesh, uv, normals.astype(np.float32), material, height_meters=height)


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


def _colored(parts: list[Part]) -> tuple[list[Part], Material]:
    """Parts whose vertex colours hold what factors said too; metallic and roughness are means over faces."""
    weights = [len(part.faces) for part in parts]
    colored = []
    for part in parts:
        factor = np.asarray(part.surface.factor)
        own = np.ones((len(part.vertices), 3)) if part.colors is None else part.colors
        colors = own if (factor == 1).all() else srgb_from_linear(linear_from_srgb(own) * factor)
        colored.append(Part(part.vertices, part.faces, part.normals, part.uv, np.clip(colors, 0, 1)))
    metallic = float(np.average([part.surface.metallic for part in parts], weights=weights))
    roughness = float(np.average([part.surface.roughness for part in parts], weights=weights))
    return colored, Material(metallic=metallic, roughness=roughness)


def _plain(part: Part) -> Part:
    """The part without vertex colours; where no texture tells more, their mean goes into the factor."""
    surface = part.surface
    if part.colors is not None and not surface.textured:
        red, green, blue = (linear_from_srgb(part.colors).mean(0) * surface.factor).tolist()
        surface = Surface(None, (red, green, blue), None, surface.metallic, surface.roughness)
    return Part(part.vertices, part.faces, part.normals, part.uv, None, surface)
