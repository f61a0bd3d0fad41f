"""Pictures through the chain: does the front of what is made look like the picture?

    python benchmarks/pictures.py [--props 20] [--models 20 --corpus FOLDER] [--sheet out.png]

Takes lit pictures of procedural props (and of GLB files) from random places, as training does but at 256 pixels,
makes an asset of each, renders it unlit from the camera that was found, and prints the PSNR against the picture
before and after the picture's own pixels are painted on: where both show the object, and over all that the
picture shows of it (on white). `--true` gives the chain the true six views in place of the model's, which leaves
the camera and the projection alone to be judged.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maquette.artifacts import Asset, Image, Views
from maquette.cameras import axis_aligned, orbit, project
from maquette.formats import load, normalized, save_png
from maquette.meshing import Decimate
from maquette.multiview import CutOut, Mini
from maquette.reconstruction import PlaneFusion
from maquette.texturing import BakeViews, FindCamera, ProjectPicture, agreement
from maquette.texturing.render import render_views
from maquette.training import render as props
from maquette.training.props import CATEGORIES, sample

SIZE = 256
SEED = 900_011


@dataclass(frozen=True)
class Case:
    """One picture, and what it is a picture of."""

    name: str
    picture: Image
    azimuth: float
    views: Views


def draw_props(count: int) -> Iterator[Case]:
    rng = np.random.default_rng(SEED)
    for name in rng.permutation(list(CATEGORIES))[:count]:
        model = props.assemble(sample(CATEGORIES[name], rng))
        start = rng.bit_generator.state
        picture = props.photograph(model, rng, SIZE)
        again = np.random.default_rng(SEED)
        again.bit_generator.state = start
        _, azimuth = again.uniform(15, 50), again.uniform(-60, 60)
        yield Case(str(name), picture, azimuth, props.render_views(model, 64))


def draw_models(count: int, folder: Path) -> Iterator[Case]:
    """GLB files that are solid enough to be told from a tile, shot like the props."""
    rng = np.random.default_rng(SEED)
    found = 0
    for path in rng.permutation(sorted(map(str, folder.glob("*.glb")))):
        asset = load(path)
        asset = replace(asset, mesh=normalized(asset.mesh))
        if np.ptp(asset.mesh.vertices, axis=0).min() < 0.15:
            continue
        fov, azimuth, elevation = rng.uniform(15, 50), rng.uniform(-60, 60), rng.uniform(-10, 45)
        camera = orbit(np.array([azimuth]), np.array([elevation]), SIZE, fov)
        pixels, _ = project(camera, asset.mesh.vertices)
        low, high = pixels[0].min(0), pixels[0].max(0)
        zoom = 0.92 * SIZE / float((high - low).max())
        intrinsics = camera.intrinsics.copy()
        intrinsics[0, :2] *= zoom
        intrinsics[0, :2, 2] = SIZE / 2 - zoom * ((low + high) / 2 - SIZE / 2)
        seen = render_views(asset, replace(camera, intrinsics=intrinsics))
        picture = Image(props.shade(seen, rng), seen.alpha[0])
        yield Case(Path(path).stem[:40], picture, azimuth, render_views(asset, axis_aligned(64)))
        found += 1
        if found == count:
            return


def on_white(views: Views, view: int = 0) -> np.ndarray:
    return views.rgb[view] * views.alpha[view, ..., None] + 1 - views.alpha[view, ..., None]


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(-10 * np.log10(max(float(((a - b)[where] ** 2).mean()), 1e-9))) if where.any() else 0.0


def measure(case: Case, true: bool) -> tuple[list[float], np.ndarray]:
    """Outline agreement, PSNR in both before and after, PSNR in the picture's outline before and after; a row."""
    cut = CutOut()(case.picture)
    views = case.views if true else Mini()(cut)
    mesh = Decimate()(PlaneFusion()(views))
    before = BakeViews(size=512)(mesh, views)
    posed = FindCamera()(before, cut)
    after: Asset = ProjectPicture()(before, posed)
    target = on_white(posed)
    shown = [render_views(asset, posed.cameras) for asset in (before, after)]
    outline = posed.alpha[0] > 0.5
    both = outline & (shown[0].alpha[0] > 0.5)
    values = [float(agreement(mesh, posed)[0])]
    values += [psnr(on_white(each), target, where) for where in (both, outline) for each in shown]
    side = render_views(after, orbit(np.array([case.azimuth + 75]), np.array([20.0]), SIZE))
    return values, np.concatenate([target, *map(on_white, shown), on_white(side)], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--props", type=int, default=20)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--corpus", type=Path, help="a folder of GLB files")
    parser.add_argument("--true", action="store_true", help="the true views in place of the model's")
    parser.add_argument("--sheet", type=Path, help="write input | before | after | another side here")
    arguments = parser.parse_args()

    cases = {"props": list(draw_props(arguments.props))}
    if arguments.corpus:
        cases["models"] = list(draw_models(arguments.models, arguments.corpus))
    rows = []
    print(
        "outline IoU, PSNR (dB) where both show the object before > after, in the picture's outline before > after"
    )
    for kind, group in cases.items():
        values = []
        for case in group:
            numbers, row = measure(case, arguments.true)
            values.append(numbers)
            rows.append(row)
            print(f"  {case.name:40} {_written(numbers)}", flush=True)
        print(f"{kind}: mean {_written(np.mean(values, 0))}; median {_written(np.median(values, 0))}")
        front = np.array(values)[:, 2]
        print(f"{kind}: {np.mean(front >= 22):.0%} at 22 dB or more where both show the object", flush=True)
    if arguments.sheet:
        half = (len(rows) + 1) // 2
        rows += [np.ones_like(rows[0])] * (2 * half - len(rows))
        save_png(arguments.sheet, np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], 1))


def _written(values) -> str:
    iou, *decibels = values
    return f"{iou:.3f}  {decibels[0]:.1f} > {decibels[1]:.1f}  {decibels[2]:.1f} > {decibels[3]:.1f}"


if __name__ == "__main__":
    main()
