"""Assets to Wavefront OBJ: a mesh, a material library, and its textures beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette import __version__
from maquette.artifacts import Asset, Material, check_asset
from maquette.errors import InputError
from maquette.formats.atomic import check_writable, write_atomically
from maquette.formats.glb import asset_name, metric_frame, ordered
from maquette.formats.glb._geometry import Pivot
from maquette.formats.glb._materials import pictures
from maquette.formats.images import png_bytes
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear

STATEMENTS = {
    "basecolor": "map_Kd", "alpha": "map_d", "roughness": "map_Pr", "metallic": "map_Pm", "normal": "norm",
    "emissive": "map_Ke",
}  # fmt: skip
"""What says each texture in the material library, by the ending of its name."""


def export_obj(asset: Asset, path: str | os.PathLike[str], *, pivot: Pivot = "base") -> list[Path]:
    """Write an asset as an OBJ file with a .mtl and PNG textures named after it, the .obj last.

    Positions are in metres, as `export_glb` has them. The material has the statements of the physically based
    extension (Pr, Pm, norm, Ke); factors are multiplied into the textures. Occlusion, alpha modes, emission above
    1, levels and hulls have no place in the format.

    Args:
        path: The .obj to make or replace.
        pivot: As `export_glb` has it.

    Returns:
        The files that were written, the .obj first.

    Raises:
        InputError: The asset has no faces or values that are not finite, the pivot is not known, or the place
            cannot be written.
    """
    path = Path(path)
    check_obj_name(path)
    check_asset(asset)
    name = asset_name(asset)
    planes = _planes(asset.material) if asset.uv is not None else {}
    files = {path.with_name(f"{path.stem}_{suffix}.png"): png_bytes(picture) for suffix, picture in planes.items()}
    library = path.with_suffix(".mtl")
    files[library] = _library(asset.material, name, path.stem, list(planes)).encode()
    files[path] = _mesh(asset, name, library.name, pivot).encode()
    for place in files:
        check_writable(place)
    for place, data in files.items():
        write_atomically(place, data)
    return [path, *(place for place in files if place != path)]


def check_obj_name(path: Path) -> None:
    """Raise InputError for a name that material libraries cannot hold."""
    if any(character.isspace() for character in path.stem):
        raise InputError(f"{path.name} has spaces, which material libraries cannot name: choose a name without")


def _planes(material: Material) -> dict[str, np.ndarray]:
    """The textures, one a statement: what ORM and alpha hold together is taken apart."""
    packed = pictures(_multiplied(material))
    out: dict[str, np.ndarray] = {}
    if material.base_color is not None:
        out["basecolor"] = packed["basecolor"][..., :3]
    if "basecolor" in packed and packed["basecolor"].shape[2] == 4:
        out["alpha"] = packed["basecolor"][..., 3]
    if "orm" in packed and material.metallic_roughness is not None:
        out["roughness"], out["metallic"] = packed["orm"][..., 1], packed["orm"][..., 2]
    out |= {suffix: packed[suffix] for suffix in ("normal", "emissive") if suffix in packed}
    return out


def _multiplied(material: Material) -> Material:
    """The material with its factors in its textures."""

    def tinted(texture: np.ndarray, factor: tuple[float, float, float]) -> np.ndarray:
        linear = linear_from_srgb(texture) * np.asarray(factor, np.float32)
        return srgb_from_linear(np.clip(linear, 0, 1)).astype(np.float32)

    changes: dict[str, np.ndarray] = {}
    if material.base_color is not None:
        changes["base_color"] = tinted(material.base_color, material.base_color_factor)
    if material.emissive is not None:
        changes["emissive"] = tinted(material.emissive, material.emissive_factor)
    return replace(material, **changes)


def _library(material: Material, name: str, stem: str, suffixes: list[str]) -> str:
    color = srgb_from_linear(np.clip(material.base_color_factor, 0, 1))
    glow = srgb_from_linear(np.clip(material.emissive_factor, 0, 1))
    lines = [f"# maquette {__version__}", f"newmtl mat_{name}"]
    lines.append("Kd 1 1 1" if "basecolor" in suffixes else "Kd " + _row(color))
    lines.append("Ke 1 1 1" if "emissive" in suffixes else "Ke " + _row(glow))
    lines += [f"Pr {material.roughness:.9g}", f"Pm {material.metallic:.9g}"]
    if material.alpha_mode != "opaque":
        lines.append(f"d {material.alpha_factor:.9g}")
    lines += [f"{STATEMENTS[suffix]} {stem}_{suffix}.png" for suffix in suffixes]
    return "\n".join(lines) + "\n"


def _mesh(asset: Asset, name: str, library: str, pivot: Pivot) -> str:
    colored = asset.mesh.vertex_colors is not None and asset.material.base_color is None
    arrays = ordered(asset, colored, False)
    positions = metric_frame(asset.mesh, asset.height_meters, pivot).metric(arrays["POSITION"])
    if colored:
        # Colours after coordinates, sRGB: an extension that most programs read. No library tells the factor.
        linear = arrays["COLOR_0"] * np.clip(asset.material.base_color_factor, 0, 1)
        positions = np.concatenate([positions, srgb_from_linear(linear).astype(np.float32)], 1)
    lines = [f"# maquette {__version__}", f"o {name}"]
    lines += [] if colored else [f"mtllib {library}"]  # many programs look at colours only where there is none
    lines += ["v " + _row(row) for row in positions.tolist()]
    lines += ["vn " + _row(row) for row in arrays["NORMAL"].tolist()]
    if asset.uv is not None:
        lines += ["vt " + _row([u, 1 - v]) for u, v in arrays["TEXCOORD_0"].astype(np.float64).tolist()]
    lines += [] if colored else [f"usemtl mat_{name}"]
    corner = "{0}/{0}/{0}" if asset.uv is not None else "{0}//{0}"
    lines += ["f " + " ".join(corner.format(v + 1) for v in face) for face in arrays["faces"].tolist()]
    return "\n".join(lines) + "\n"


def _row(values: Iterable[float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)
