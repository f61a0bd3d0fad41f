"""How near a folder of posed photographs comes to what it shows, with every fourth picture held out.

    python benchmarks/photographs.py FOLDER [--truth MESH] [--longest 512] [--methods splats hull]

Printed for each method: seconds of wall and processor time for the shape; silhouette IoU (where there are masks)
and PSNR on the object of the held-out pictures against the textured mesh of 10,000 triangles, as it is and with a
factor for each channel of each picture, whose cameras choose their own exposure and white; and, with the true
mesh in the world of the pictures (+Y up here, +Z up there, as Blender imports glTF), F-score at 1 % of its
diagonal.
Pictures without masks get them first, without a look at those that are held out.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.artifacts import Asset, Mesh, Views
from maquette.conventions import Y_UP_FROM_Z_UP
from maquette.formats import export_glb, load
from maquette.formats.photographs import load_photographs
from maquette.measures.shape import distances, sampled
from maquette.meshing import Decimate
from maquette.reconstruction import FindMasks, Splats, VisualHull
from maquette.reconstruction.place import centred
from maquette.texturing import BakeViews
from maquette.texturing.render import render_views

POINTS = 100_000
METHODS = {"splats": Splats, "hull": VisualHull}


def chosen(views: Views, index: np.ndarray) -> Views:
    cameras = replace(
        views.cameras,
        world_to_camera=views.cameras.world_to_camera[index],
        intrinsics=views.cameras.intrinsics[index],
    )
    return Views(cameras, views.rgb[index], views.alpha[index])


def shape_score(mesh: Mesh, truth: Mesh) -> float:
    """F-score at 1 % of the truth's diagonal."""
    near = 0.01 * float(np.linalg.norm(np.ptp(truth.vertices, axis=0)))
    ours, theirs = sampled(mesh, POINTS), sampled(truth, POINTS, seed=1)
    precision = float((distances(ours, theirs).points < near).mean())
    recall = float((distances(theirs, ours).points < near).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def picture_scores(asset: Asset, held: Views) -> tuple[float, float, float]:
    """Silhouette IoU, and PSNR where both have the object, as it is and with each picture's exposure found."""
    drawn = render_views(asset, held.cameras)
    ours, theirs = drawn.alpha > 0.5, held.alpha > 0.5
    both = ours & theirs
    exposed = drawn.rgb.copy()
    for view, mask in enumerate(both):
        mine, wanted = drawn.rgb[view][mask], held.rgb[view][mask]
        exposed[view] *= (mine * wanted).sum(0) / np.maximum((mine**2).sum(0), 1e-9)
    errors = [float(((rgb - held.rgb)[both] ** 2).mean()) for rgb in (drawn.rgb, exposed)]
    plain, fitted = (-10 * float(np.log10(max(error, 1e-10))) for error in errors)
    return float(both.sum() / (ours | theirs).sum()), plain, fitted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--longest", type=int, default=512)
    parser.add_argument("--out", type=Path, help="folder for the meshes, as GLB")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()

    photographs = load_photographs(options.folder, options.longest)
    is_used = np.arange(len(photographs.views.alpha)) % 4 != 3
    if photographs.masked:
        placed = centred(photographs)
        views = placed.views
    else:
        alpha = np.ones_like(photographs.views.alpha)
        alpha[is_used] = FindMasks()(chosen(centred(photographs).views, is_used)).alpha
        cut = photographs.cut(alpha)
        names = tuple(name for name, use in zip(cut.names, is_used, strict=True) if use)
        placed = centred(replace(cut, views=chosen(cut.views, is_used), names=names))
        views = replace(cut.views, cameras=placed.from_file.cameras(cut.views.cameras))
    used, held = chosen(views, is_used), chosen(views, ~is_used)
    truth = None
    if options.truth:
        given = load(options.truth).mesh
        place = placed.from_file.points(given.vertices.astype(np.float64) @ Y_UP_FROM_Z_UP[:3, :3])
        truth = replace(given, vertices=place.astype(np.float32))
    print(f"{len(used.alpha)} pictures used, {len(held.alpha)} held out")
    for name in options.methods:
        start, processor = time.perf_counter(), time.process_time()
        mesh = METHODS[name]()(used)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        asset = BakeViews(evenness=0.0, level=True, join=True)(Decimate(10_000)(mesh), used)
        if options.out:
            export_glb(asset, options.out / f"{name}.glb")
        iou, psnr, exposed = picture_scores(asset, held)
        line = (
            f"{name:8} {seconds:6.1f} s ({processor:.1f} of a core)  PSNR {psnr:.2f} dB, {exposed:.2f} dB exposed"
        )
        line += f"  IoU {iou:.4f}" if photographs.masked else ""
        print(line if truth is None else f"{line}  F at 1 % of the diagonal {shape_score(mesh, truth):.3f}")


if __name__ == "__main__":
    main()
