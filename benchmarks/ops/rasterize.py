"""Rasterize, interpolate and antialias, forward and backward: milliseconds a core, and against Mitsuba 3.

    OMP_NUM_THREADS=1 python benchmarks/ops/rasterize.py [--runs 9] [--faces 20000 200000] [--scaling]

Six perspective views of 512 x 512 of a bumpy torus, four channels (normal and coverage), gradients to vertices and
attributes; then the same with interpolation and antialiasing in one pass, which counts as blending. Processor
time, so that what else runs on the machine counts little; the median of the runs and the fastest. Where mitsuba is
installed (`pip install mitsuba`, and libLLVM 16 or newer: DRJIT_LIBLLVM_PATH), the same views of the same mesh
through its `direct_projective` integrator, 4 samples a pixel for what is inside outlines and 4 for the outlines,
gradients to the vertices. Then which share of the pixel pairs across outlines the antialiasing gives a gradient,
by the walk and by one triangle. `--scaling` adds the wall-clock time of one thread against two, for two idle
cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from maquette.artifacts import Cameras
from maquette.cameras import orbit
from maquette.ops.differentiable import (
    Raster,
    Silhouettes,
    Topology,
    antialias,
    find_silhouettes,
    interpolate,
    interpolate_antialiased,
    project,
    rasterize_projected,
)

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from _meshes import torus

SIZE = 512
STAGES = ("project", "rasterize", "interpolate", "find", "blend", "backward")
DENSITIES = (5000, 20000, 50000, 100000, 200000, 500000)


def cameras() -> Cameras:
    """Six around the object, above and below it."""
    return orbit(np.arange(6) * 60.0, np.array([20.0, 0, -20, 40, 10, 5]), SIZE, frame=1.0)


def ours(faces: int, runs: int, clock: Callable[[], float], one_pass: bool = False) -> tuple[np.ndarray, float]:
    """Seconds of each run's stages, and the share of pixels that show the object."""
    mesh = torus(faces)
    vertices, triangles = torch.from_numpy(mesh[0]).requires_grad_(), torch.from_numpy(mesh[1])
    attributes = torch.nn.functional.pad(torch.from_numpy(mesh[0]), (0, 1), value=1).requires_grad_()
    rig, topology = cameras(), Topology.of(triangles)
    gradient = torch.randn(len(rig), SIZE, SIZE, 4)
    seconds, covered = [], 0.0
    for _ in range(runs + 1):
        times = [clock()]
        positions = project(vertices, rig)
        times.append(clock())
        raster = rasterize_projected(positions, triangles, SIZE, SIZE)
        times.append(clock())
        image = None if one_pass else interpolate(raster, attributes)
        times.append(clock())
        found = find_silhouettes(raster, topology)
        times.append(clock())
        if image is None:
            out = interpolate_antialiased(raster, attributes, found)
        else:
            out = antialias(raster, image, found)
        times.append(clock())
        torch.autograd.grad(out, [vertices, attributes], gradient)
        times.append(clock())
        seconds.append(np.diff(times))
        covered = float((raster.face >= 0).float().mean())
    return np.array(seconds[1:]), covered


def mitsuba(faces: int, runs: int) -> np.ndarray | None:
    """Seconds of each run of Mitsuba's differentiable render of the same, both ways; None without it."""
    try:
        import drjit  # pyright: ignore[reportMissingImports]
        import mitsuba as mi  # pyright: ignore[reportMissingImports]

        mi.set_variant("llvm_ad_rgb")
    except ImportError as error:
        print(f"no comparison with Mitsuba: {error}")
        return None
    drjit.set_thread_count(1)
    vertices, triangles = torus(faces)
    mesh = mi.Mesh("torus", len(vertices), len(triangles), has_vertex_normals=False, has_vertex_texcoords=False)
    parameters = mi.traverse(mesh)
    parameters["vertex_positions"] = vertices.ravel()
    parameters["faces"] = triangles.ravel()
    parameters.update()
    rig = cameras()
    sensors = {}
    for view, pose in enumerate(np.linalg.inv(rig.world_to_camera.astype(np.float64))):
        to_world = pose @ np.diag([-1, -1, 1, 1])  # Mitsuba's cameras have +X left and +Y up
        sensors[f"sensor{view}"] = {
            "type": "perspective",
            "fov": float(np.degrees(2 * np.arctan(SIZE / 2 / rig.intrinsics[view, 0, 0]))),
            "to_world": mi.ScalarTransform4f(to_world),
            "film": {"type": "hdrfilm", "width": SIZE, "height": SIZE, "rfilter": {"type": "box"}},
        }
    scene = mi.load_dict({"type": "scene", "light": {"type": "constant"}, "mesh": mesh, **sensors})
    # Interior and outline of what is seen; no light is blocked, so that shadows' edges need no samples.
    integrator = mi.load_dict({"type": "direct_projective", "sppc": 4, "sppp": 4, "sppi": 0})
    key = next(name for name in mi.traverse(scene).keys() if name.endswith("vertex_positions"))  # noqa: SIM118
    seconds = []
    for run in range(runs + 1):
        start = time.process_time()
        for view in range(len(rig)):
            parameters = mi.traverse(scene)
            drjit.enable_grad(parameters[key])
            parameters.update()
            image = mi.render(scene, parameters, integrator=integrator, sensor=view, seed=run)
            drjit.backward(drjit.mean(image, axis=None))
            drjit.eval(drjit.grad(parameters[key]))
            drjit.sync_thread()
            drjit.set_grad(parameters[key], 0)
        seconds.append(time.process_time() - start)
    return np.array(seconds[1:])


def pairs_found(raster: Raster, found: Silhouettes | None = None) -> int:
    """Neighbouring pixels of which one shows the background: all, or those among the found."""
    hit = raster.face >= 0
    if found is None:
        return int((hit[:, 1:] != hit[:, :-1]).sum() + (hit[:, :, 1:] != hit[:, :, :-1]).sum())
    view = torch.repeat_interleave(torch.arange(len(hit)), found.starts.diff())
    return int((~hit.flatten(1)[view, found.pairs[:, 1].long()]).sum())


def shares() -> None:
    """Print the share of outline pairs that are given a gradient."""
    print(f"\n{'faces':>8} {'pairs':>8} {'one triangle':>13} {'16 steps':>9} {'64 steps':>9}")
    for faces in DENSITIES:
        vertices, triangles = (torch.from_numpy(part) for part in torus(faces))
        raster = rasterize_projected(project(vertices, cameras()), triangles, SIZE, SIZE)
        topology, pairs = Topology.of(triangles), pairs_found(raster)
        found = [pairs_found(raster, find_silhouettes(raster, topology, steps)) / pairs for steps in (1, 16, 64)]
        print(f"{len(triangles):>8} {pairs:>8} {found[0]:>13.1%} {found[1]:>9.2%} {found[2]:>9.2%}")


def scaling(faces: int, runs: int) -> None:
    """Print the wall-clock time of one thread and of two, in processes of their own."""
    times = []
    for threads in ("1", "2"):
        command = [sys.executable, __file__, "--wall", "--faces", str(faces), "--runs", str(runs)]
        environment = {**os.environ, "OMP_NUM_THREADS": threads}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        times.append(np.array([float(number) for number in done.stdout.split()]))
    print(f"\n{faces} faces, wall clock, fastest:  " + "  ".join(f"{stage:>11}" for stage in STAGES))
    for label, row in (("1 thread, ms", times[0] * 1e3), ("2 threads, ms", times[1] * 1e3)):
        print(f"{label:>29}:  " + "  ".join(f"{number:>11.1f}" for number in row))
    print(f"{'ratio':>29}:  " + "  ".join(f"{ratio:>11.2f}" for ratio in times[0] / times[1]))
    print(f"{'all':>29}:  {times[0].sum() / times[1].sum():.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--faces", type=int, nargs="+", default=[20000, 200000])
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--wall", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if options.wall:
        print(*ours(options.faces[0], options.runs, time.perf_counter)[0].min(0))
        return
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    print(f"{len(cameras())} views of {SIZE} x {SIZE}, processor time in ms, OMP_NUM_THREADS={threads}")
    print(f"{'faces':>8} {'covered':>8} " + " ".join(f"{stage:>11}" for stage in (*STAGES, "all", "fastest")))
    for faces in options.faces:
        seconds, covered = ours(faces, options.runs, time.process_time)
        columns = [*np.median(seconds, 0), np.median(seconds.sum(1)), seconds.sum(1).min()]
        print(f"{faces:>8} {covered:>8.1%} " + " ".join(f"{1e3 * column:>11.1f}" for column in columns))
        fused = ours(faces, options.runs, time.process_time, one_pass=True)[0]
        columns = [*np.median(fused, 0), np.median(fused.sum(1)), fused.sum(1).min()]
        print(f"{'in one pass':>17} " + " ".join(f"{1e3 * column:>11.1f}" for column in columns))
        theirs = mitsuba(faces, max(1, options.runs // 5))
        if theirs is not None:
            ratio = np.median(theirs) / np.median(seconds.sum(1))
            print(
                f"{'':>17} Mitsuba 3, llvm, 4 samples: {1e3 * np.median(theirs):.0f} ms, {ratio:.0f} times as long"
            )
    shares()
    if options.scaling:
        for faces in options.faces:
            scaling(faces, options.runs)


if __name__ == "__main__":
    main()
