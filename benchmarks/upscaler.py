"""How much nearer to the truth the upscaler's views are than interpolated ones, on objects it was not trained on.

    python benchmarks/upscaler.py [--props 24] [--models 24] [--corpus FOLDER] [--weights FOLDER] [--sheet OUT.png]
                                  [--baked]

Objects are procedural props of another seed and, where there is a corpus of models, models of packs that
training never saw, half of them with textures. Their true views at 256 pixels are what is asked for; given are
the same at 64, or as our generator would draw them, and the object's own mesh, or the one that our
reconstruction makes of those views. Figures are the mean over objects of the PSNR of base colour, in dB, over
all pixels inside the object and the mesh; errors below 1/300 count as 1/300. Bicubic interpolation is, for each
object, the best of four: of colours carried on beyond the silhouette or of premultiplied colours divided by
alpha, with the views' noise evened out or not; the upscaler evens out what the generator drew, as in use. The
joint bilateral filter is our network before any training. With --baked, the same figures for what is seen of
the finished assets: their textures baked from the coarse views, and from the upscaler's.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

from maquette.artifacts import Mesh, Views
from maquette.cameras import axis_aligned
from maquette.errors import InputError
from maquette.formats import load, normalized
from maquette.texturing import BakeViews, Upscale, render
from maquette.texturing._clean import evened
from maquette.texturing._upscaler_network import Upscaler
from maquette.texturing.upscale import colors_of, filled
from maquette.training.captions import caption, facts
from maquette.training.corpus import read_index
from maquette.training.pairs import (
    EVENNESS,
    FINE,
    coarsened,
    made_mesh,
    redrawn,
    true_views,
)
from maquette.training.props import CATEGORIES, Draw, sample
from maquette.training.render import assemble, render_views

SEED = 77
METHODS = ("nearest", "bicubic", "bilateral", "upscaler")


def props(count: int) -> Iterator[tuple[str, Views, Mesh, str]]:
    """Name, true views, mesh and sentence of props that training did not draw."""
    rng = np.random.default_rng([SEED, 0])
    kinds = list(CATEGORIES.values())
    for index in range(count):
        prop = sample(kinds[(index * 13) % len(kinds)], rng)
        model = assemble(prop)
        sentence = caption(facts(prop), Draw(rng))
        yield "props", render_views(model, FINE), Mesh(model.vertices, model.faces), sentence


def models(corpus: Path, count: int) -> Iterator[tuple[str, Views, Mesh, str]]:
    """The same of models that no training sees."""
    unseen = [entry for entry in read_index(corpus) if entry.hidden and entry.painted]
    rng = np.random.default_rng([SEED, 1])
    for textured, share in ((True, count // 2), (False, count - count // 2)):
        own = [entry for entry in unseen if entry.textured == textured]
        for index in rng.permutation(len(own))[:share]:
            path = own[index].path
            kind = "models, texture" if textured else "models, flat"
            yield kind, true_views(path), normalized(load(path).mesh), ""


def nearest(views: Views) -> np.ndarray:
    return filled(colors_of(views), views.alpha)[..., :3].repeat(4, 1).repeat(4, 2)


def bicubic(views: Views, premultiplied: bool) -> np.ndarray:
    if premultiplied:
        alpha = views.alpha[..., None]
        colors = np.concatenate([colors_of(views)[..., :3] * alpha, alpha], -1)
    else:
        colors = filled(colors_of(views), views.alpha)[..., :3]
    planes = torch.from_numpy(np.ascontiguousarray(colors.transpose(0, 3, 1, 2)))
    fine = F.interpolate(planes, scale_factor=4, mode="bicubic").numpy().transpose(0, 2, 3, 1)
    return np.clip(fine[..., :3] / np.maximum(fine[..., 3:], 0.05) if premultiplied else fine, 0, 1)


def untrained(folder: str) -> Upscale:
    """The upscaler as it starts: a joint bilateral filter."""
    save_file(Upscaler().state_dict(), Path(folder) / "upscaler.safetensors")
    return Upscale(folder=folder)


def baked(mesh: Mesh, views: Views) -> np.ndarray:
    """The finished asset's base colour, in the six views at 256 pixels."""
    return render.render_views(BakeViews()(mesh, views), axis_aligned(FINE)).rgb


def psnr(drawn: np.ndarray, truth: np.ndarray, inside: np.ndarray) -> float:
    squared = ((drawn - truth)[inside] ** 2).mean()
    return float(-10 * np.log10(max(squared, 300.0**-2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--props", type=int, default=24)
    parser.add_argument("--models", type=int, default=24)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--weights", type=Path, help="the model/ folder of `maquette train upscaler`")
    parser.add_argument("--baked", action="store_true", help="bake textures too: slower")
    parser.add_argument("--sheet", type=Path, help="write what was drawn of the first objects here")
    arguments = parser.parse_args()

    upscale = Upscale(folder=str(arguments.weights) if arguments.weights else None)
    objects = list(props(arguments.props))
    if (arguments.corpus / "index.jsonl").is_file():
        objects += models(arguments.corpus, arguments.models)
    else:
        print(f"no corpus at {arguments.corpus}: props alone")
    with tempfile.TemporaryDirectory() as folder:
        compare(objects, upscale, untrained(folder), arguments.baked, arguments.sheet)


def compare(
    objects: list[tuple[str, Views, Mesh, str]], upscale: Upscale, filter_: Upscale, bake: bool, place: Path | None
) -> None:
    """Print the figures, and write the sheet."""
    figures: dict[tuple[str, str], list[list[float]]] = {}
    finished: dict[tuple[str, str], list[list[float]]] = {}
    sheet = []
    for number, (kind, truth, own, sentence) in enumerate(objects):
        rng = np.random.default_rng([SEED, 2, number])
        clean = coarsened(truth)
        drawn = redrawn(clean, sentence, rng)
        for given, views in (("true at 64", clean), ("drawn at 64", drawn)):
            try:
                meshes = {"own mesh": own, "reconstruction": made_mesh(views)}
            except InputError:
                continue
            for name, mesh in meshes.items():
                if given == "drawn at 64" and name == "own mesh":
                    continue
                evenness = 0 if given.startswith("true") else EVENNESS  # true views have no noise of a generator's
                ours = replace(upscale, evenness=evenness)(views, mesh)
                inside = (truth.alpha > 0.5) & (ours.alpha > 0)
                if not inside.any():
                    continue
                level = evened(views, EVENNESS)
                smooth = [bicubic(each, way) for each in (views, level) for way in (False, True)]
                images = (nearest(views), *smooth, replace(filter_, evenness=evenness)(views, mesh).rgb, ours.rgb)
                scores = [psnr(image, truth.rgb, inside) for image in images]
                row = [scores[0], max(scores[1:-2]), *scores[-2:]]
                figures.setdefault((kind, f"{given}, {name}"), []).append(row)
                if bake and name == "reconstruction":
                    pair = [psnr(baked(mesh, each), truth.rgb, inside) for each in (views, ours)]
                    finished.setdefault((kind, given), []).append(pair)
                if number % max(1, len(objects) // 12) == 0 and name == "reconstruction":
                    sheet.append(_row(views, smooth[0], ours, truth))
    print(f"{'':44}" + "".join(f"{method:>10}" for method in METHODS) + "      gain  objects")
    for (kind, given), rows in figures.items():
        mean = np.mean(rows, 0)
        values = "".join(f"{value:10.2f}" for value in mean)
        print(f"{kind + ': ' + given:44}{values}{mean[-1] - mean[1]:+10.2f}{len(rows):9}")
    for (kind, given), rows in finished.items():
        without, with_ = np.mean(rows, 0)
        print(f"baked, {kind}: {given}: {without:.2f} without the upscaler, {with_:.2f} with it")
    if place:
        Image.fromarray(np.round(np.concatenate(sheet) * 255).astype(np.uint8)).save(place)


def _row(views: Views, smooth: np.ndarray, ours: Views, truth: Views) -> np.ndarray:
    """Given, bicubic, ours and the truth of the front and the right view, side by side on white."""
    cells = []
    for view in (0, 1):
        coarse = (views.rgb * views.alpha[..., None] + 1 - views.alpha[..., None])[view]
        cells.append(coarse.repeat(4, 0).repeat(4, 1))
        for image, alpha in ((smooth, ours.alpha), (ours.rgb, ours.alpha), (truth.rgb, truth.alpha)):
            cells.append((image * alpha[..., None] + 1 - alpha[..., None])[view])
    return np.clip(np.concatenate(cells, 1), 0, 1)


if __name__ == "__main__":
    main()
