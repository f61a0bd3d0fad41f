"""Assets to files, by the ending of the name: GLB, OBJ, USDZ."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from maquette.artifacts import Asset
from maquette.errors import InputError, Note
from maquette.formats.atomic import check_writable
from maquette.formats.glb import COMPRESSIONS, Collision, Lods, check_places, export_glb
from maquette.formats.glb._compressed import check_compression
from maquette.formats.glb._geometry import Compression, Pivot
from maquette.formats.images import save_png
from maquette.formats.obj import STATEMENTS, check_obj_name, export_obj
from maquette.formats.textures import Encoding, check_encoding
from maquette.formats.usdz import export_usdz

ENDINGS = (".glb", ".obj", ".usdz")


def check_export(path: str | os.PathLike[str], textures: Encoding = "png", compress: Compression = "none") -> None:
    """Raise InputError where `export` certainly would, whatever the asset: to be called before long work."""
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"{path}: maquette writes GLB, OBJ and USDZ; expected a name ending in {', '.join(ENDINGS)}"
        )
    if ending == ".obj":
        check_obj_name(path)
    if ending != ".glb" and (textures != "png" or compress != "none"):
        raise InputError(f"{path}: only GLB files have compression or textures other than PNG; write a .glb")
    if compress not in COMPRESSIONS:
        raise InputError(f"compression {compress!r} is not known; expected one of {', '.join(COMPRESSIONS)}")
    check_encoding(textures)
    check_compression(compress)


def places(
    path: Path,
    *,
    lods: Lods = "inside",
    collision: Collision = "file",
    levels: int = 0,
    hulls: int = 0,
    curvature: bool = False,
) -> list[Path]:
    """Every file that `export` may write for an asset with so many coarser levels and hulls, `path` first."""
    names: list[str] = []
    if path.suffix.lower() == ".obj":
        names += [f"{path.stem}.mtl", *(f"{path.stem}_{suffix}.png" for suffix in STATEMENTS)]
    if path.suffix.lower() == ".glb" and levels and lods in ("files", "both"):
        names += [f"{path.stem}_LOD{number}{path.suffix}" for number in range(levels + 1)]
    if path.suffix.lower() == ".glb" and hulls and collision == "file":
        names.append(f"{path.stem}_collision{path.suffix}")
    if curvature:
        names.append(f"{path.stem}_curvature.png")
    return [path, *(path.with_name(name) for name in names)]


def export(
    asset: Asset,
    path: str | os.PathLike[str],
    *,
    textures: Encoding = "png",
    compress: Compression = "none",
    lods: Lods = "inside",
    collision: Collision = "file",
    pivot: Pivot = "base",
) -> list[Path]:
    """Write an asset in the format that a name ends in; `export_glb`'s options but pivot are for GLB alone.

    A curvature map, which no format has a place for, goes beside it as NAME_curvature.png. Levels and hulls, which
    OBJ and USDZ have no place for, are left out with a Note, unless `lods` and `collision` are "none".

    Returns:
        The files that were written, the one at `path` first.

    Raises:
        InputError: As `export_glb`, or the ending is not known.
    """
    check_export(path, textures, compress)
    check_places(lods, collision)
    path = Path(path)
    beside = path.with_name(f"{path.stem}_curvature.png")
    if asset.material.curvature is not None:
        check_writable(beside)
    if path.suffix.lower() != ".glb":
        _note_left_out(asset, path, lods, collision)
    if path.suffix.lower() == ".glb":
        files = export_glb(
            asset, path, textures=textures, compress=compress, lods=lods, collision=collision, pivot=pivot
        )
    elif path.suffix.lower() == ".obj":
        files = export_obj(asset, path, pivot=pivot)
    else:
        export_usdz(asset, path, pivot=pivot)
        files = [path]
    if asset.material.curvature is None:
        return files
    save_png(beside, asset.material.curvature)
    return [*files, beside]


def _note_left_out(asset: Asset, path: Path, lods: Lods, collision: Collision) -> None:
    """Say which of an asset's levels and hulls were asked for and have no place in a file."""
    counts = (("coarser level", lods, len(asset.lods)), ("hull", collision, len(asset.collision)))
    left_out = [f"{count} {what}{'s' * (count > 1)}" for what, place, count in counts if count and place != "none"]
    if left_out:
        warnings.warn(
            f"{path.name} has no place for {' and '.join(left_out)}: left out; write a .glb to keep them",
            Note,
            stacklevel=3,
        )
