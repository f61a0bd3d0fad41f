"""How near reconstructions come to models that they see from six sides, truly rendered.

    OMP_NUM_THREADS=1 python benchmarks/reconstruction.py --corpus FOLDER [--models 100] [--pixels 256]

Held-out models of a corpus (hidden packs and names; no tiles or wall pieces) are drawn from the six axis-aligned
sides, with normals, alpha and depth. Printed for each method, over all models: the median and mean F-score at .02
of the longest side, Chamfer-L1, the share of closed results, and the median seconds of processor time. What a
model hides from all six sides counts against every method alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.artifacts import Mesh, Views
from maquette.errors import InputError
from maquette.ops import is_closed_manifold
from maquette.reconstruction import NormalFusion, PlaneFusion
from maquette.training.build import is_shown
from maquette.training.corpus import read_index
from maquette.training.corpus_models import read_model, vary
from maquette.training.evaluate_pictures import LEAST_WEIGHT
from maquette.training.render import Model, render_views
from maquette.training.shape_error import shape_error, surface

THRESHOLD = 0.02
POINTS = 20_000
SEED = 5


def without_depth(method: Callable[[Views], Mesh]) -> Callable[[Views], Mesh]:
    return lambda views: method(replace(views, depth=None))


METHODS: dict[str, Callable[[Views], Mesh]] = {
    "NormalFusion, normals and alpha": without_depth(NormalFusion()),
    "NormalFusion, with depth": NormalFusion(),
    "PlaneFusion, with depth": PlaneFusion(),
}


def held_out(corpus: Path, count: int) -> list[Model]:
    """Hidden models that show something from every side."""
    entries = [entry for entry in read_index(corpus) if entry.hidden and entry.weight >= LEAST_WEIGHT]
    rng = np.random.default_rng(SEED)
    models: list[Model] = []
    for index in rng.permutation(len(entries)):
        model, _ = vary(read_model(entries[index].path), rng, entries[index].painted, still=True)
        if len(models) < count and is_shown(render_views(model)):
            models.append(model)
    return models


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--pixels", type=int, default=256)
    arguments = parser.parse_args()

    figures: dict[str, list[tuple[float, float, bool, float]]] = {name: [] for name in METHODS}
    for model in held_out(arguments.corpus, arguments.models):
        views = render_views(model, arguments.pixels)
        truth = surface(Mesh(model.vertices, model.faces), POINTS)
        for name, method in METHODS.items():
            began = time.process_time()
            try:
                mesh = method(views)
            except InputError:
                figures[name].append((0.0, 0.5, False, time.process_time() - began))
                continue
            seconds = time.process_time() - began
            error = shape_error(surface(mesh, POINTS, 1), truth, THRESHOLD)
            closed = is_closed_manifold(mesh.vertices, mesh.faces)
            figures[name].append((error.f_score, error.chamfer, closed, seconds))
    print(f"{'':34}  F median    mean   Chamfer  closed  seconds")
    for name, rows in figures.items():
        f, chamfer, closed, seconds = np.array(rows, float).T
        values = f"{np.median(f):10.3f}{f.mean():8.3f}{chamfer.mean():10.4f}{closed.mean():8.0%}"
        print(f"{name:34}{values}{np.median(seconds):9.2f}")


if __name__ == "__main__":
    main()
