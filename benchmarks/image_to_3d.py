"""Pictures of held-out artist models to 3D: how far what comes out is from the truth.

    python benchmarks/image_to_3d.py CORPUS [--objects 200] [--weights run/model] [--sheet out.png]

CORPUS is a folder with index.jsonl; whole packs and base names of it are never trained on. Beside the model stand
the true views fused the same way (the ceiling), the model whose picture is most alike among those trained on
(retrieval; its pictures are taken from the very pose of the question) and any of those (random). Printed for all
objects and for the half that is least like the training set.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maquette.artifacts import Image, Mesh, Views
from maquette.cameras import axis_aligned, orbit, unproject
from maquette.formats import save_png
from maquette.meshing import Decimate
from maquette.multiview import Mini
from maquette.ops import rasterize
from maquette.reconstruction import PlaneFusion
from maquette.texturing import BakeViews
from maquette.texturing.render import render_views as render_asset
from maquette.training.build import is_shown
from maquette.training.corpus import Entry, read_index
from maquette.training.corpus_models import read_model, vary
from maquette.training.render import Model, photograph, render_views
from maquette.training.shape_error import ShapeError, Surface, shape_error, surface

POSE = (30.0, 20.0, 35.0)
"""Azimuth, elevation and field of view in degrees of every question."""
SEED = 910_001
LEAST_WEIGHT = 0.3
"""Tiles, roads and wall pieces, of which the corpus is full, are left out of the questions."""


@dataclass(frozen=True)
class Question:
    entry: Entry
    model: Model
    image: Image
    true: Surface


def questions(entries: list[Entry], count: int) -> list[Question]:
    """Held-out models, spread over all packs by a shuffle that is always the same."""
    hidden = [e for e in entries if e.hidden and e.weight >= LEAST_WEIGHT]
    rng = np.random.default_rng(SEED)
    asked = []
    for index in rng.permutation(len(hidden)):
        entry = hidden[index]
        model, _ = vary(read_model(entry.path), rng, entry.painted, still=True)
        if len(asked) < count and is_shown(render_views(model)):
            asked.append(Question(entry, model, photograph(model, rng, 128, pose=POSE), surface(_mesh(model))))
    return asked


def _mesh(model: Model) -> Mesh:
    return Mesh(model.vertices, model.faces)


@dataclass(frozen=True)
class Library:
    """What retrieval chooses from: every trained model's picture from the question's pose, and its silhouettes."""

    entries: list[Entry]
    pictures: np.ndarray
    outlines: np.ndarray

    @staticmethod
    def of(entries: list[Entry]) -> Library:
        rng = np.random.default_rng(SEED + 1)
        kept, pictures, outlines = [], [], []
        for entry in entries:
            if entry.hidden or entry.weight < 0.05:
                continue
            model, _ = vary(read_model(entry.path), rng, entry.painted, still=True)
            kept.append(entry)
            pictures.append(_small(photograph(model, rng, 32, pose=POSE)))
            outlines.append(_outlines(model))
        return Library(kept, np.stack(pictures), np.stack(outlines))

    def nearest(self, image: Image) -> int:
        """Index of the entry whose picture has the least squared difference in colour and cut-out."""
        return int(((self.pictures - _small(image)) ** 2).sum(1).argmin())

    def likeness(self, model: Model) -> float:
        """The largest intersection over union of the three silhouettes with those of a trained model."""
        own = _outlines(model)
        return float(((self.outlines & own).sum(1) / np.maximum((self.outlines | own).sum(1), 1)).max())


def _small(image: Image) -> np.ndarray:
    assert image.alpha is not None
    packed = np.concatenate([image.rgb * image.alpha[..., None], image.alpha[..., None]], -1)
    step = len(packed) // 32
    return packed.reshape(32, step, 32, step, 4).mean((1, 3)).ravel().astype(np.float32)


def _outlines(model: Model) -> np.ndarray:
    face = rasterize(model.vertices, model.faces, axis_aligned(32)).face
    return (face[[0, 1, 4]] >= 0).ravel()


def fused(views: Views) -> Mesh | None:
    """The mesh of some views; None when they show nothing that holds together."""
    try:
        return PlaneFusion()(views)
    except ValueError:
        return None


def back_projected(views: Views) -> Surface:
    """The views' own depths as points, before any fusion."""
    assert views.depth is not None
    assert views.normals is not None
    seen = (views.alpha > 0.5) & (views.depth > 0)
    points, normals = unproject(views.cameras, views.depth)[seen], views.normals[seen]
    low, high = points.min(0), points.max(0)
    chosen = np.random.default_rng(0).integers(0, len(points), 8000)
    return Surface((points[chosen] - (low + high) / 2) / (high - low).max(), normals[chosen])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--weights", type=Path, help="a folder written by `maquette train views`")
    parser.add_argument(
        "--sheet", type=Path, help="input, result from there, result from the left, truth from the left"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    entries = read_index(arguments.corpus)
    asked, library = questions(entries, arguments.objects), Library.of(entries)
    novelty = np.array([-library.likeness(q.model) for q in asked])
    novel = np.argsort(-novelty, kind="stable")[: len(asked) // 2]
    made = made_views(asked, arguments.weights)
    rows: dict[str, list[ShapeError]] = {"model": measure_model(asked, made, arguments.sheet)}
    rows |= {
        "model, points before fusion": [],
        "true views fused (ceiling)": [],
        "nearest picture (retrieval)": [],
    }
    rows["any model (random)"] = []
    rng = np.random.default_rng(SEED + 2)
    for question, views in zip(asked, made, strict=True):
        rows["model, points before fusion"].append(shape_error(back_projected(views), question.true))
        true = fused(render_views(question.model))
        rows["true views fused (ceiling)"].append(shape_error(surface(true), question.true) if true else WORST)
        for name, index in (
            ("nearest picture (retrieval)", library.nearest(question.image)),
            ("any model (random)", int(rng.integers(len(library.entries)))),
        ):
            answer = surface(_mesh(read_model(library.entries[index].path)))
            rows[name].append(shape_error(answer, question.true))
    report(rows, novel)


WORST = ShapeError(0.5, 0.0, 90.0)
"""The score of no answer."""


def made_views(asked: list[Question], weights: Path | None) -> list[Views]:
    model = Mini() if weights is None else Mini(folder=str(weights))
    made: list[Views] = []
    for start in range(0, len(asked), 8):
        part = [question.image for question in asked[start : start + 8]]
        made += model.sample(list(part), seeds=list(range(start, start + len(part))))
    return made


def measure_model(asked: list[Question], made: list[Views], sheet: Path | None) -> list[ShapeError]:
    errors, strips = [], []
    for number, (question, views) in enumerate(zip(asked, made, strict=True)):
        mesh = fused(views)
        errors.append(shape_error(surface(mesh), question.true) if mesh else WORST)
        if sheet and number < 48 and mesh:
            strips.append(_strip(question, views, mesh))
    if sheet:
        half = (len(strips) + 1) // 2
        blank = [np.ones_like(strips[0])] * (2 * half - len(strips))
        columns = [np.concatenate(part) for part in (strips[:half], strips[half:] + blank)]
        save_png(sheet, np.concatenate(columns, 1))
    return errors


def _strip(question: Question, views: Views, mesh: Mesh) -> np.ndarray:
    """Input | the result from there | from the other side | the truth from there, on white."""
    asset = BakeViews(texture_size=256)(Decimate(faces=3000)(mesh), views)
    cameras = orbit(np.array([POSE[0], -60.0]), np.array([POSE[1], 20.0]), 128, POSE[2], frame=1.5)
    drawn = render_asset(asset, cameras)
    other = photograph(question.model, np.random.default_rng(0), 128, pose=(-60.0, 20.0, POSE[2]))
    pictures = [(question.image.rgb, question.image.alpha), *zip(drawn.rgb, drawn.alpha, strict=True)]
    pictures.append((other.rgb, other.alpha))
    return np.concatenate([rgb * a[..., None] + 1 - a[..., None] for rgb, a in pictures], 1).astype(np.float32)


def report(rows: dict[str, list[ShapeError]], novel: np.ndarray) -> None:
    retrieval = np.array([e.chamfer for e in rows["nearest picture (retrieval)"]])
    print(
        f"{len(retrieval)} held-out artist models, one picture each; Chamfer-L1 and F-score at .05, longest side 1"
    )
    figures = {}
    for name, errors in rows.items():
        chamfer, f = np.array([e.chamfer for e in errors]), np.array([e.f_score for e in errors])
        normal = np.array([e.normal_degrees for e in errors])
        figures[name] = {
            "chamfer": chamfer.mean(), "median": np.median(chamfer), "f_score": f.mean(),
            "normal_degrees": np.median(normal), "novel_chamfer": chamfer[novel].mean(),
            "novel_f_score": f[novel].mean(), "beats_retrieval": (chamfer < retrieval).mean(),
        }  # fmt: skip
        print(f"{name:30}" + "".join(f"  {key} {value:.4f}" for key, value in figures[name].items()))
    print(json.dumps({name: {k: round(float(v), 4) for k, v in row.items()} for name, row in figures.items()}))


if __name__ == "__main__":
    main()
