"""Pictures of held-out artist models to 3D: how far what comes out is from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maquette.artifacts import Image, Mesh, Views
from maquette.cameras import axis_aligned, orbit, unproject
from maquette.errors import InputError
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
        if len(asked) == count:
            break
        entry = hidden[index]
        model, _ = vary(read_model(entry.path), rng, entry.painted, still=True)
        if is_shown(render_views(model)):
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
        return PlaneFusion(noise_factor=2.0)(views)  # as pictures are made
    except InputError:
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


WORST = ShapeError(0.5, 0.0, 90.0)
"""The score of no answer."""


def made_views(model: Mini, asked: list[Question]) -> list[Views]:
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
    asset = BakeViews(size=256)(Decimate(faces=3000)(mesh), views)
    cameras = orbit(np.array([POSE[0], -60.0]), np.array([POSE[1], 20.0]), 128, POSE[2], frame=1.5)
    drawn = render_asset(asset, cameras)
    other = photograph(question.model, np.random.default_rng(0), 128, pose=(-60.0, 20.0, POSE[2]))
    pictures = [(question.image.rgb, question.image.alpha), *zip(drawn.rgb, drawn.alpha, strict=True)]
    pictures.append((other.rgb, other.alpha))
    return np.concatenate([rgb * a[..., None] + 1 - a[..., None] for rgb, a in pictures], 1).astype(np.float32)


def evaluate_pictures(
    model: Mini, corpus: Path, count: int = 200, sheet: Path | None = None
) -> dict[str, dict[str, float]]:
    """Figures by who answered: Chamfer-L1, F-score at .05 and normals, over all and the half least like training.

    The model stands beside its own points before fusion, the true views fused the same way (the ceiling), the
    trained model whose picture is most alike (retrieval; its pictures are taken from the very pose of the
    question) and any of those (random).
    """
    entries = read_index(corpus)
    asked = questions(entries, count)
    if not asked or all(entry.hidden for entry in entries):
        raise InputError(
            f"{corpus} has no models that training holds out, or no others; expected both: give a larger corpus"
        )
    library = Library.of(entries)
    likeness = np.array([library.likeness(q.model) for q in asked])
    novel = np.argsort(likeness, kind="stable")[: len(asked) // 2]
    made = made_views(model, asked)
    errors = {"model": measure_model(asked, made, sheet)}
    errors["model, points before fusion"] = [
        shape_error(back_projected(views), question.true) for question, views in zip(asked, made, strict=True)
    ]
    fused_true = [fused(render_views(question.model)) for question in asked]
    errors["true views fused (ceiling)"] = [
        shape_error(surface(mesh), question.true) if mesh else WORST
        for question, mesh in zip(asked, fused_true, strict=True)
    ]
    rng = np.random.default_rng(SEED + 2)
    for name, chosen in (
        ("nearest picture (retrieval)", [library.nearest(question.image) for question in asked]),
        ("any model (random)", rng.integers(len(library.entries), size=len(asked)).tolist()),
    ):
        errors[name] = [
            shape_error(surface(_mesh(read_model(library.entries[index].path))), question.true)
            for question, index in zip(asked, chosen, strict=True)
        ]
    retrieval = np.array([e.chamfer for e in errors["nearest picture (retrieval)"]])
    return {name: _figures(own, novel, retrieval) for name, own in errors.items()}


def _figures(errors: list[ShapeError], novel: np.ndarray, retrieval: np.ndarray) -> dict[str, float]:
    chamfer, f = np.array([e.chamfer for e in errors]), np.array([e.f_score for e in errors])
    return {
        "chamfer": float(chamfer.mean()),
        "chamfer_median": float(np.median(chamfer)),
        "f_score": float(f.mean()),
        "normal_degrees": float(np.median([e.normal_degrees for e in errors])),
        "novel_chamfer": float(chamfer[novel].mean()),
        "novel_f_score": float(f[novel].mean()),
        "beats_retrieval": float((chamfer < retrieval).mean()),
    }
