"""`maquette finish`: any mesh to a game-ready asset, with levels, hulls and the maps of a larger texture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

import tyro

from maquette.cli.make import Make
from maquette.errors import InputError


@dataclass(frozen=True)
class Finish:
    """Make any mesh game-ready: repaired, in a face budget, with one atlas, baked maps, levels and hulls.

    The same chain as `maquette make MESH`, with what is usually wanted of it.
    """

    mesh: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MESH")]
    """The GLB, glTF, OBJ, PLY or STL to finish."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="OUT.glb")]
    """The .glb, .obj or .usdz to write."""
    faces: int = 5000
    """Triangle budget: the asset has exactly as many, or one fewer, or as many as the mesh where that is less."""
    texture_size: int = 2048
    """Pixels along each side of the maps: 64, 128, ..., 4096."""
    height: float | None = None
    """Height in metres, by default the mesh's own."""
    lods: int = 3
    """Coarser levels of detail, 0 to 5: 50, 25, 10, 5 and 2 % of the triangles."""
    hulls: int = 8
    """Convex hulls for collision, 0 to 64, at most so many; more than one need maquette[collision]."""
    solid: bool = False
    """Make the mesh watertight: large holes are closed, open sheets become thin walls."""
    quads: bool = False
    """Remesh into quads that follow the shape, two triangles each; needs maquette[remesh]."""
    curvature: bool = False
    """Also bake a given mesh's curvature, for painting tools, as OUT_curvature.png: convex is bright."""
    textures: Literal["png", "jpeg", "webp", "ktx2"] = "png"
    """How textures in a GLB are encoded; normal maps are never JPEG."""
    compress: Literal["none", "quantize", "meshopt", "draco"] = "none"
    """How geometry in a GLB is compressed; meshopt and draco need maquette[compress]."""
    pivot: Literal["base", "center", "back", "top"] = "base"
    """What goes to the origin: the centre of the base (for floors), back (walls), top (ceilings) or all."""
    lods_in: Literal["inside", "files", "both", "none"] = "inside"
    """Where levels of detail go: into the GLB, or beside it as OUT_LOD0.glb and so on."""
    collision_in: Literal["file", "inside", "none"] = "file"
    """Where hulls go: OUT_collision.glb, or nodes named UCX_... in the GLB."""
    preview: Annotated[Path | None, tyro.conf.arg(metavar="SHEET.png")] = None
    """Also draw a sheet of lit views, as .png."""
    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder where stages are kept, in place of this platform's own."""
    no_cache: bool = False
    """Keep nothing, and use nothing that was kept."""
    json: bool = False
    """Tell on standard output, as JSON, what was made and how long each stage took."""

    def __call__(self) -> int:
        from maquette.pipeline.source import MESHES

        if self.mesh.suffix.lower() not in MESHES:
            known = ", ".join(ending[1:] for ending in MESHES)
            raise InputError(f"{self.mesh}: not a kind of mesh that maquette reads; expected one of {known}")
        options = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "mesh"}
        return Make(source=str(self.mesh), **options)()
