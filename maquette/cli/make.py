"""`maquette make`: a sentence, a picture, photographs or a mesh to one GLB or several."""

from __future__ import annotations

import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro

from maquette.cli._progress import Progress
from maquette.errors import InputError

_MOST_VARIANTS = 100


@dataclass(frozen=True)
class Make:
    """Make a game-ready asset from a sentence, a picture (PNG, JPEG, WebP), a folder of photographs or a mesh
    (GLB, OBJ, PLY, STL)."""

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
    """What to make: a sentence in quotes, or the path of a picture, a mesh or a folder of photographs."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="OUT.glb")]
    """The .glb, .obj or .usdz to write; with --variants, OUT-1.glb, OUT-2.glb and so on."""
    seed: int = 0
    """The same seed, source and version give the same file."""
    faces: int = 3000
    """Triangle budget: the asset has exactly as many, or one fewer, or as many as a mesh that has less; with
    --quads (32 or more) at most as many."""
    texture_size: int = 1024
    """Pixels along each side of the maps: 64, 128, ..., 4096."""
    height: float | None = None
    """Height in metres: by default a mesh keeps its own, and everything else is 1 m high."""
    lods: int = 0
    """Coarser levels of detail to add, 0 to 5: 50, 25, 10, 5 and 2 % of the triangles."""
    hulls: int = 0
    """Convex hulls for collision to add, 0 to 64, at most so many."""
    cutout: Literal["builtin", "model"] = "builtin"
    """How a picture without alpha is cut out: off a plain background, or by the model of maquette[cutout]."""
    longest: int = 1024
    """Pixels of photographs' longer side: larger ones are scaled down."""
    shape: Literal["splats", "hull"] = "splats"
    """What gives photographs' shape: what they show, in minutes, or their outlines alone, in seconds."""
    delight: bool = False
    """Take the light that photographs show out of their colours."""
    variants: int = 1
    """How many to make, with the seeds that follow --seed."""
    best_of: int = 1
    """Candidates drawn from each seed, of which the one whose six views agree best is made."""
    like: Annotated[Path | None, tyro.conf.arg(metavar="EARLIER.glb")] = None
    """A GLB or other mesh, or a folder of views, whose look is followed."""
    like_strength: float = 0.15
    """How far its look is followed, to 1; below 0, to -1, it is avoided."""
    preview: Annotated[Path | None, tyro.conf.arg(metavar="SHEET.png")] = None
    """Also draw a sheet of lit views, as .png."""
    no_upscale: bool = False
    """Bake the model's own 64-pixel views as they are."""
    commercial: bool = False
    """Refuse, before any work, models and installed packages whose licences forbid commercial use."""
    solid: bool = False
    """Make a given mesh watertight: large holes are closed, open sheets become thin walls."""
    quads: bool = False
    """Remesh into quads that follow the shape, two triangles each; needs maquette[remesh]."""
    curvature: bool = False
    """Also bake a given mesh's curvature, for painting tools, as OUT_curvature.png: convex is bright."""
    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder where stages are kept, in place of this platform's own."""
    no_cache: bool = False
    """Keep nothing, and use nothing that was kept."""
    textures: Literal["png", "jpeg", "webp", "ktx2"] = "png"
    """How textures in a GLB are encoded; normal maps are never JPEG."""
    compress: Literal["none", "quantize", "meshopt", "draco"] = "none"
    """How geometry in a GLB is compressed; meshopt and draco need maquette[compress]."""
    pivot: Literal["base", "center", "back", "top"] = "base"
    """What goes to the origin: the centre of the base (for floors), back (walls), top (ceilings) or all."""
    lods_in: Literal["inside", "files", "both", "none"] = "inside"
    """Where levels of detail go, if there are any: into the GLB, or beside it as OUT_LOD0.glb and so on."""
    collision_in: Literal["file", "inside", "none"] = "file"
    """Where hulls go, if there are any: OUT_collision.glb, or nodes named UCX_... in the GLB."""
    json: bool = False
    """Tell on standard output, as JSON, what was made and how long each stage took."""

    def __call__(self) -> int:
        from maquette.formats.exporting import export
        from maquette.pipeline._licences import check_packages
        from maquette.pipeline.make import check_options, make
        from maquette.pipeline.run import Note, Run, default_cache
        from maquette.pipeline.source import names_a_file, read_like, read_source

        start = time.perf_counter()
        if not 1 <= self.variants <= _MOST_VARIANTS:
            raise InputError(f"variants {self.variants} is out of range; expected 1 to {_MOST_VARIANTS}")
        for seed in (self.seed, self.seed + self.variants - 1):
            check_options(
                seed=seed,
                faces=self.faces,
                texture_size=self.texture_size,
                height=self.height,
                best_of=self.best_of,
                lods=self.lods,
                hulls=self.hulls,
            )
        if self.commercial:
            check_packages()
        if self.cache and self.no_cache:
            raise InputError("--cache and --no-cache exclude each other; give one of them")
        outputs = self._outputs()
        self._check_places(outputs)
        made, assets = [], []
        with warnings.catch_warnings(record=self.json) as notes, Progress(quiet=self.json) as progress:
            warnings.simplefilter("default", Note)
            source = read_source(self.source, self.longest)
            like = None if self.like is None else read_like(self.like)
            for i, output in enumerate(outputs):
                progress.title = f"{output.name}: " if len(outputs) > 1 else ""
                run = Run(None if self.no_cache else self.cache or default_cache(), progress)
                asset = make(
                    source,
                    seed=self.seed + i,
                    faces=self.faces,
                    texture_size=self.texture_size,
                    height=self.height,
                    lods=self.lods,
                    hulls=self.hulls,
                    best_of=self.best_of,
                    like=like,
                    like_strength=self.like_strength,
                    shape=self.shape,
                    delight=self.delight,
                    cutout=self.cutout,
                    upscale=not self.no_upscale,
                    commercial=self.commercial,
                    name=Path(self.source).stem if names_a_file(self.source) else None,
                    solid=self.solid,
                    quads=self.quads,
                    curvature=self.curvature,
                    run=run,
                )
                exported = time.perf_counter()
                files = export(
                    asset,
                    output,
                    textures=self.textures,
                    compress=self.compress,
                    lods=self.lods_in,
                    collision=self.collision_in,
                    pivot=self.pivot,
                )
                progress.done("export", f"{output}", time.perf_counter() - exported)
                assets.append(asset)
                made.append(
                    {
                        "path": str(output),
                        "files": [str(path) for path in files],
                        "seed": self.seed + i,
                        "triangles": len(asset.mesh.faces),
                        "vertices": len(asset.mesh.vertices),
                        "height_meters": asset.height_meters,
                        "stages": [
                            {
                                "stage": step.stage,
                                "method": step.method,
                                "key": step.key,
                                "seconds": round(step.seconds, 4),
                                "cached": step.state == "kept",
                            }
                            for step in run.steps
                        ],
                        "receipt": dict(asset.receipt),
                    }
                )
            if self.preview:
                write_sheet(assets, self.preview, 320 if len(assets) == 1 else 160)
        if self.json:
            self._tell(made, time.perf_counter() - start, [str(note.message) for note in notes or []])
        return 0

    def _outputs(self) -> list[Path]:
        from maquette.formats.exporting import check_export

        check_export(self.output, self.textures, self.compress)
        if self.variants == 1:
            return [self.output]
        return [self.output.with_stem(f"{self.output.stem}-{i + 1}") for i in range(self.variants)]

    def _check_places(self, outputs: list[Path]) -> None:
        """Refuse, before any work, what could not be written at its end."""
        from maquette.formats import check_writable
        from maquette.formats.exporting import places
        from maquette.pipeline.source import names_a_file

        files = [
            place
            for output in outputs
            for place in places(
                output,
                lods=self.lods_in,
                collision=self.collision_in,
                levels=self.lods,
                hulls=self.hulls,
                curvature=self.curvature,
            )
        ]
        sources = [Path(self.source)] if names_a_file(self.source) else []
        sources += [self.like] if self.like else []
        if self.preview and self.preview.suffix.lower() != ".png":
            raise InputError(f"{self.preview}: the preview is a PNG; expected a name ending in .png")
        if self.preview and self.preview.resolve() in [place.resolve() for place in files]:
            raise InputError(f"{self.preview} is written twice, as the preview and otherwise; choose another name")
        for place in [*files, *([self.preview] if self.preview else [])]:
            check_writable(place)
            if any(source.exists() and place.exists() and place.samefile(source) for source in sources):
                raise InputError(f"{place} is the source itself; expected another name, so that nothing is lost")
        if self.cache:
            check_cache(self.cache)

    def _tell(self, made: list[dict[str, Any]], seconds: float, notes: list[str]) -> None:
        from maquette import __version__

        result: dict[str, Any] = {"version": __version__, "seconds": round(seconds, 3), "assets": made}
        result["preview"] = str(self.preview) if self.preview else None
        result["notes"] = notes
        print(json.dumps(result, indent=1))


def check_cache(folder: Path) -> None:
    """Make the folder of a cache that was asked for by name, or raise InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"the cache {folder} cannot be written ({error.strerror}); expected a folder of yours: choose another "
            "with --cache, or give --no-cache"
        ) from error


def write_sheet(assets: list[Any], path: Path, size: int = 320) -> None:
    """Draw every asset's preview into one PNG, one under another; `size` is a small cell's side in pixels."""
    from maquette.formats import save_png
    from maquette.texturing.render import preview_sheet

    save_png(path, np.concatenate([preview_sheet(asset, size) for asset in assets]))
