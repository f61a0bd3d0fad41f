"""`maquette finish` beside headless Blender: seconds from start to exit, and how alike the source each comes out.

    python benchmarks/finish/blender.py --blender-python PATH MODEL.glb
    python benchmarks/finish/blender.py --blender-python PATH --alike A.glb B.obj --faces 3000 --texture-size 1024

For speed the model, textures and all, is subdivided to 200,000 triangles and dented; both make 5,000 faces with
2048² base colour, normal and occlusion-roughness-metallic of it (in_blender.py), ours also levels of detail.
Likeness is the median PSNR over likeness.py's twenty lit views, drawn by our renderer, with both laid over the
source, and Blender's the better one of a narrow and a wide cage. The sheet shows the view in which ours is
farthest behind: source, ours, Blender's. PATH is a Python that has bpy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from likeness import boxed, likeness, pictures, registered, twenty

from maquette.artifacts import Asset, Mesh
from maquette.formats import export_glb, load, save_png

CAGES = (0.003, 0.02)  # how far out Blender's rays begin, as shares of the diagonal
HERE = Path(__file__).parent


def dense(asset: Asset, faces: int) -> Asset:
    """The asset with each triangle in four until there are so many, and dents that its size cannot keep."""
    vertices, uv, normals, triangles = asset.mesh.vertices, asset.uv, asset.normals, asset.mesh.faces
    assert uv is not None
    rows = np.concatenate([vertices, uv, normals], -1)
    while len(triangles) < faces:
        a, b = triangles.T.reshape(-1), np.roll(triangles, -1, 1).T.reshape(-1)
        edges, middle = np.unique(np.sort(np.stack([a, b], -1), -1), axis=0, return_inverse=True)
        ab, bc, ca = (middle.reshape(-1) + len(rows)).reshape(3, -1)
        rows = np.concatenate([rows, rows[edges].mean(1)])
        a, b, c = triangles.T
        corners = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        triangles = np.concatenate([np.stack(part, -1) for part in corners]).astype(np.int32)
    vertices, uv, normals = np.split(rows, [3, 5], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    extent = np.ptp(vertices, 0).max()
    phase = 40 / extent * vertices @ np.array([[1, 0.6, -0.4], [-0.5, 1, 0.7], [0.3, -0.8, 1]], np.float32)
    vertices = vertices + np.float32(0.002 * extent) * np.sin(phase)
    made = replace(asset, mesh=Mesh(vertices, triangles), uv=uv, normals=normals, tangents=None)
    return replace(made, receipt={})


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds from start to exit, seconds of processor time, and what was printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used, done.stdout


Finished = tuple[Path, float, float, dict[str, float]]
"""A file, seconds, seconds of processor time, seconds a step."""


def by_maquette(source: Path, output: Path, options: argparse.Namespace) -> Finished:
    command = [sys.executable, "-m", "maquette", "finish", str(source), "-o", str(output), "--json", "--no-cache"]
    command += ["--faces", str(options.faces), "--texture-size", str(options.texture_size), "--hulls", "0"]
    seconds, used, told = timed(command)
    stages = json.loads(told)["assets"][0]["stages"]
    return output, seconds, used, {row["method"]: row["seconds"] for row in stages}


def by_blender(source: Path, output: Path, options: argparse.Namespace, cage: float) -> Finished:
    command = [str(options.blender_python), str(HERE / "in_blender.py"), str(source), str(output)]
    seconds, used, told = timed([*command, str(options.faces), str(options.texture_size), str(cage)])
    return output, seconds, used, json.loads(told)


def speed(model: Path, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "dense.glb"
        asset = dense(load(model), 200_000)
        export_glb(asset, source)
        print(f"{model.name}, {len(asset.mesh.faces):,} triangles to {options.faces:,}, {options.texture_size}²")
        ratios = []
        for _ in range(options.runs):
            ours = by_maquette(source, Path(folder) / "ours.glb", options)
            theirs = by_blender(source, Path(folder) / "blender.glb", options, CAGES[-1])
            for name, (output, seconds, used, steps) in (("ours", ours), ("blender", theirs)):
                shown = ", ".join(f"{step} {value:.1f}" for step, value in steps.items())
                triangles = len(load(output).mesh.faces)
                print(
                    f"{name:8}{seconds:7.1f} s {used:7.1f} s CPU {triangles:7,} triangles   ({shown})", flush=True
                )
            ratios.append(theirs[1] / ours[1])
        print(f"Blender takes {np.median(ratios):.1f} times as long")


def alike(options: argparse.Namespace) -> None:
    cameras, rows, ahead = twenty(options.pixels), [], []
    print(f"{'dB: median, least':28}{'ours':>14}{'blender':>14}{'ahead':>8}{'triangles':>26}")
    for path in options.alike:
        with tempfile.TemporaryDirectory() as folder:
            loaded = load(path)
            source = Path(folder) / "source.glb"
            export_glb(loaded, source)
            made = [by_maquette(source, Path(folder) / "ours.glb", options)]
            made += [by_blender(source, Path(folder) / f"{cage}.glb", options, cage) for cage in CAGES]
            assets = [registered(load(output), boxed(loaded)) for output, *_ in made]
        before = pictures(boxed(loaded), cameras)
        after = [pictures(asset, cameras) for asset in assets]
        ours, *both = (likeness(before, each) for each in after)
        best = int(np.argmax([np.median(each) for each in both]))
        theirs, shown = both[best], (before, after[0], after[1 + best])
        ahead.append(float(np.median(ours) - np.median(theirs)))
        worst = int(np.argmin(np.array(ours) - np.array(theirs)))
        rows.append(np.concatenate([picture[worst] for picture, _ in shown], 1))
        counts = " / ".join(f"{len(asset.mesh.faces):,}" for asset in (loaded, *assets[:2]))
        figures = "".join(f"{np.median(each):7.1f}{min(each):7.1f}" for each in (ours, theirs))
        print(f"{path.stem[:27]:28}{figures}{ahead[-1]:+8.1f}{counts:>26}", flush=True)
    behind = sum(each < 0 for each in ahead)
    print(f"ours is ahead by {np.median(ahead):+.1f} dB (median), behind in {behind} of {len(rows)}")
    if options.sheet:
        save_png(options.sheet, np.concatenate(rows).astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--blender-python", type=Path, required=True)
    parser.add_argument("--alike", nargs="*", type=Path, default=[])
    parser.add_argument("--faces", type=int, default=5000)
    parser.add_argument("--texture-size", type=int, default=2048)
    parser.add_argument("--pixels", type=int, default=512)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    if options.model:
        speed(options.model, options)
    if options.alike:
        alike(options)


if __name__ == "__main__":
    main()
