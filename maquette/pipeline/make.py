"""make: the one call that turns a sentence, a picture or a mesh into an asset."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from maquette.artifacts import Asset, Image, Views
from maquette.errors import InputError
from maquette.formats.photographs import Photographs
from maquette.meshing import Collision, Lods, Quads, best_decomposition
from maquette.multiview import Mini, ModelCutOut, check
from maquette.multiview.mini import MOST_CANDIDATES, vocabulary
from maquette.pipeline._licences import check_models, check_packages
from maquette.pipeline.chains import (
    Options,
    image_to_asset,
    mesh_to_asset,
    photographs_to_asset,
    text_to_asset,
)
from maquette.pipeline.run import Note, Run
from maquette.pipeline.source import names_a_file, read_like, read_source, sentence
from maquette.reconstruction import VisualHull
from maquette.texturing import Delight

FACES = (20, 200_000)
TEXTURE_SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
HEIGHTS = (0.001, 1000.0)
SEEDS = (0, 2**32 - 1)
LEVELS = (0.5, 0.25, 0.1, 0.05, 0.02)
"""Shares of the triangles that levels of detail have."""
HULLS = (0, 64)
CUTOUTS = ("builtin", "model")
SHAPES = ("splats", "hull")


def make(
    source: str | Path | Image | Photographs | Asset,
    *,
    seed: int = 0,
    faces: int = 3000,
    texture_size: int = 1024,
    height: float | None = None,
    lods: int = 0,
    hulls: int = 0,
    best_of: int = 1,
    like: str | Path | Asset | Views | None = None,
    like_strength: float = 0.15,
    longest: int = 1024,
    shape: Literal["splats", "hull"] = "splats",
    delight: bool = False,
    cutout: Literal["builtin", "model"] = "builtin",
    upscale: bool = True,
    commercial: bool = False,
    solid: bool = False,
    quads: bool = False,
    curvature: bool = False,
    name: str | None = None,
    cache: Path | str | bool = True,
    options: Options | None = None,
    run: Run | None = None,
) -> Asset:
    """Make a game-ready asset from a sentence, a picture, posed photographs or a mesh.

    Args:
        source: A sentence in English, the path of a picture (PNG, JPEG, WebP), mesh (GLB, OBJ, PLY, STL) or
            folder of photographs, or an Image, Photographs or Asset.
        seed: 0 to 2³² - 1; the same seed, source and version give the same bytes.
        faces: Triangle budget, 20 to 200,000; the asset has exactly as many, one fewer, or as many as a mesh
            that has less; with `quads` (32 or more) at most as many.
        texture_size: Pixels along each side of the maps: 64, 128, ..., 4096.
        height: Exported height in metres, 0.001 to 1000; by default a mesh's own, and 1 for everything else.
        lods: Coarser levels of detail, 0 to 5, with 50, 25, 10, 5 and 2 % of the triangles.
        hulls: At most so many convex hulls for collision, 0 to 64; more than one need `maquette[collision]`.
        best_of: Candidates drawn from the seed, 1 to 32, of which the one whose views agree best is made.
        like: An earlier asset, or its file or views, whose look is to be followed; not for photographs and meshes.
        like_strength: How far, to 1; below 0, to -1, it is avoided.
        longest: Pixels of photographs' longer side; larger ones are scaled down.
        shape: Of photographs: "splats" makes what they show, in minutes, "hull" their outlines alone, in seconds.
        delight: Take the light that photographs show out of their colours; False leaves it in.
        cutout: How a picture without alpha is cut out: "builtin" for plain backgrounds, "model" for any, with the
            extra `maquette[cutout]`.
        upscale: Draw the model's coarse views finer before they are baked; False bakes them as they are.
        commercial: Refuse, before any work, models and installed packages whose licences forbid commercial use.
        solid: Make a given mesh watertight; False keeps its large holes and open sheets.
        quads: Remesh into quads that follow the shape, two triangles each; needs the extra `maquette[remesh]`.
        curvature: Also bake a given mesh's curvature, for painting tools; `export` writes a picture of it.
        name: What nodes, meshes and textures are called in files; by default the sentence, or the file's name.
        cache: Folder where stages are kept; True for this platform's own, False to keep nothing.
        options: The methods to use in place of the defaults; the numbers above are set into them.
        run: A Run to use in place of a new one, for progress and timings; then `cache` is not looked at.

    Raises:
        InputError: The source or an option cannot be used; the message says what was expected.
    """
    if commercial:
        check_packages()
    check_options(
        seed=seed, faces=faces, texture_size=texture_size, height=height, best_of=best_of, lods=lods, hulls=hulls
    )
    if not -1 <= like_strength <= 1:
        raise InputError(f"like strength {like_strength} is out of range; expected -1 to 1 (0.15 is usual)")
    if cutout not in CUTOUTS:
        raise InputError(f"cutout {cutout!r} is not known; expected one of {', '.join(CUTOUTS)}")
    if shape not in SHAPES:
        raise InputError(f"shape {shape!r} is not known; expected one of {', '.join(SHAPES)}")
    options = options or Options()
    if quads:
        options = replace(options, topology=Quads())
    if run is None:
        run = Run() if cache is True else Run(Path(cache) if cache else None)
    options = replace(
        options,
        multiview=_with(options.multiview, seed=seed, best_of=best_of, like_strength=like_strength),
        photographs=_with(options.photographs, seed=seed, checkpoints=run.unfinished and str(run.unfinished)),
        topology=_with(options.topology, faces=faces),
        upscale=options.upscale if upscale else None,
        texture=_with(options.texture, size=texture_size),
        source_texture=_with(options.source_texture, size=texture_size),
        photographs_texture=_with(options.photographs_texture, size=texture_size),
        relief=options.relief and _with(options.relief, size=texture_size),
        height_meters=options.height_meters if height is None else float(height),
    )
    if solid:
        options = replace(options, repair=replace(options.repair, solid=True))
    if curvature:
        options = replace(options, source_texture=_with(options.source_texture, curvature=True))
    if cutout == "model":
        options = replace(options, cutout=ModelCutOut())
    if lods:
        options = replace(options, lods=Lods(LEVELS[:lods]))
    if hulls:
        options = replace(options, collision=Collision(hulls))
        if hulls > 1 and best_decomposition() == "hull":
            warnings.warn(
                "the collision shape is one convex hull, which fills hollows: several that follow the shape need "
                '`pip install "maquette[collision]"`',
                Note,
                stacklevel=2,
            )
    if delight and options.delight is None:
        options = replace(options, delight=Delight())
    if shape == "hull":
        options = replace(options, photographs=VisualHull())
    if commercial:
        check_models(options)
    if isinstance(source, (str, Path)):
        name = name or (Path(source).stem if names_a_file(str(source)) else None)
        source = read_source(source, longest)
    if like is not None and isinstance(source, (Asset, Photographs)):
        what = "a mesh" if isinstance(source, Asset) else "what photographs show"
        raise InputError(f"{what} cannot be made like another; expected a sentence or a picture: leave `like` out")
    views = None if like is None else read_like(like)
    if curvature and not isinstance(source, Asset):
        raise InputError("curvature is baked from a given mesh; expected one as the source: leave `curvature` out")
    _note_ignored(
        source,
        best_of=best_of != 1,
        upscale=not upscale,
        cutout=cutout != "builtin",
        shape=shape != "splats",
        delight=delight,
        solid=solid,
    )
    if isinstance(source, str):
        prompt = sentence(source)
        if isinstance(options.multiview, Mini):
            _warn_of_unknown_words(prompt)
        asset = text_to_asset(prompt, options, run, views)
    elif isinstance(source, Image):
        asset = image_to_asset(source, options, run, views)
    elif isinstance(source, Photographs):
        asset = photographs_to_asset(source, options, run)
    else:
        asset = mesh_to_asset(source, options, run)
    return replace(asset, receipt={**asset.receipt, "name": name}) if name else asset


def check_options(
    *,
    seed: int,
    faces: int,
    texture_size: int,
    height: float | None,
    best_of: int,
    lods: int = 0,
    hulls: int = 0,
) -> None:
    """Raise InputError, in one line, for the first of make's numbers that is out of its range."""
    if not SEEDS[0] <= seed <= SEEDS[1]:
        raise InputError(f"seed {seed} is out of range; expected {SEEDS[0]} to {SEEDS[1]}")
    if not FACES[0] <= faces <= FACES[1]:
        raise InputError(f"faces {faces} is out of range; expected {FACES[0]} to {FACES[1]} triangles")
    if texture_size not in TEXTURE_SIZES:
        raise InputError(f"texture size {texture_size} is not usable; expected one of {_listed(TEXTURE_SIZES)}")
    if height is not None and not (math.isfinite(height) and HEIGHTS[0] <= height <= HEIGHTS[1]):
        raise InputError(f"height {height} is out of range; expected {HEIGHTS[0]} to {HEIGHTS[1]:g} metres")
    if not 1 <= best_of <= MOST_CANDIDATES:
        raise InputError(f"best of {best_of} is out of range; expected 1 to {MOST_CANDIDATES} candidates")
    if not 0 <= lods <= len(LEVELS):
        raise InputError(f"{lods} levels of detail are out of range; expected 0 to {len(LEVELS)}")
    if not HULLS[0] <= hulls <= HULLS[1]:
        raise InputError(f"{hulls} hulls are out of range; expected {HULLS[0]} to {HULLS[1]}")


_LOOKED_AT_FOR: dict[str, tuple[type, ...]] = {
    "best_of": (str, Image),
    "upscale": (str, Image),
    "cutout": (Image,),
    "shape": (Photographs,),
    "delight": (Photographs,),
    "solid": (Asset,),
}
"""Options that say something about some kinds of source only."""

_KINDS = {str: "a sentence", Image: "a picture", Photographs: "photographs", Asset: "a mesh"}


def _note_ignored(source: str | Image | Photographs | Asset, **given: bool) -> None:
    """Say which of the options that were given change nothing for this kind of source."""
    ignored = [
        name for name, is_given in given.items() if is_given and not isinstance(source, _LOOKED_AT_FOR[name])
    ]
    if ignored:
        kind = next(words for type_, words in _KINDS.items() if isinstance(source, type_))
        change = "changes" if len(ignored) == 1 else "change"
        warnings.warn(f"{' and '.join(ignored)} {change} nothing for {kind}", Note, stacklevel=3)


def _warn_of_unknown_words(prompt: str) -> None:
    """Say so when a sentence names nothing that the bundled model draws well: it never guesses in silence."""
    heard = check(prompt, vocabulary())
    few = f"the bundled model was shown too few of these to draw them well: {', '.join(heard.vague)}"
    if not heard.nouns:
        what = few if heard.vague else f'nothing in "{prompt}" is a thing that the bundled model knows'
        warnings.warn(
            f"{what}; expect something else; the nearest that it can make: {', '.join(heard.nearest)} "
            "(`maquette models show` names all)",
            Note,
            stacklevel=3,
        )
    elif heard.vague:
        warnings.warn(few, Note, stacklevel=3)
    if heard.nouns and heard.unknown:
        unknown = ", ".join(heard.unknown)
        warnings.warn(f"words that the bundled model does not know: {unknown}", Note, stacklevel=3)


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(str(value) for value in values)


def _with(method: Any, **values: Any) -> Any:
    """The method with these of its fields set; a field that it does not have stays the method's own affair."""
    names = type(method).__dataclass_fields__
    return replace(method, **{name: value for name, value in values.items() if name in names})
