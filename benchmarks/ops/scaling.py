"""Two cores against one, for each kernel, forward and backward.

    python benchmarks/ops/scaling.py [--runs 15] [--only splat]

One process computes with one thread and one with two, turn by turn, so that what else runs on the machine slows
both alike. `wall` is the ratio of the fastest times on the clock: with other jobs on the machine it is too low, as
two threads need two free cores at once. `thread` does not wait for others: the processor time of one thread over
that of the calling thread when there are two, which does all that is serial and its share of the rest, medians of
the runs; it is what the ratio would be, were the other thread never late. `overhead` is the processor time of two
threads together over that of one. torch's own threads sleep while they wait (OMP_WAIT_POLICY).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "tests")]

Job = Callable[[], object]


def rendering() -> dict[str, Job]:
    """Six views of 512² of 20,000 triangles, four channels."""
    import torch
    from _meshes import torus
    from rasterize import SIZE, cameras

    from maquette.ops.differentiable import (
        Topology,
        antialias,
        find_silhouettes,
        interpolate,
        interpolate_antialiased,
        project,
        rasterize_projected,
        texture,
    )

    mesh = torus(20000)
    vertices, faces = torch.from_numpy(mesh[0]), torch.from_numpy(mesh[1])
    attributes = torch.nn.functional.pad(vertices, (0, 1), value=1).requires_grad_()
    positions = project(vertices, cameras()).requires_grad_()
    texels = torch.rand(1024, 1024, 3, requires_grad=True)
    topology = Topology.of(faces)
    raster = rasterize_projected(positions, faces, SIZE, SIZE)
    found = find_silhouettes(raster, topology)
    plain = interpolate(raster, attributes)
    image, fused = antialias(raster, plain, found), interpolate_antialiased(raster, attributes, found)
    uv, level = plain[..., :2].detach() + 0.5, torch.full(plain.shape[:3], 1.5)
    textured = texture(texels, uv, level)
    gradient = torch.randn_like(image)

    def back(out: torch.Tensor, to: list[torch.Tensor]) -> Job:
        return lambda: torch.autograd.grad(out, to, gradient[..., : out.shape[-1]].contiguous(), retain_graph=True)

    return {
        "rasterize": lambda: rasterize_projected(positions.detach(), faces, SIZE, SIZE),
        "rasterize, interpolate, antialias: backward": back(image, [positions, attributes]),
        "interpolate": lambda: interpolate(raster, attributes),
        "find_silhouettes": lambda: find_silhouettes(raster, topology),
        "antialias": lambda: antialias(raster, plain, found),
        "interpolate_antialiased": lambda: interpolate_antialiased(raster, attributes, found),
        "interpolate_antialiased: backward": back(fused, [positions, attributes]),
        "texture": lambda: texture(texels, uv, level),
        "texture: backward": back(textured, [texels]),
    }


def splatting() -> dict[str, Job]:
    """50,000 Gaussians in one view of 512², with geometry."""
    import torch
    from splat import cloud

    from maquette.cameras import orbit
    from maquette.ops.splat import splat

    tensors, camera = cloud(50_000, 3), orbit(np.array([30.0]), np.array([20.0]), 512)
    drawn = splat(*tensors, camera)
    parts = [drawn.color, drawn.alpha, drawn.depth, drawn.normals, drawn.distortion]
    gradients = [torch.randn_like(part) for part in parts]
    return {
        "splat": lambda: splat(*tensors, camera),
        "splat: backward": lambda: torch.autograd.grad(parts, tensors, gradients, retain_graph=True),
    }


def volumes() -> dict[str, Job]:
    """Six depth maps of 512² into 256³, and its surface; 100,000 points in six views."""
    from volume import FRAME, PIXELS, grid

    from maquette.cameras import axis_aligned, orbit
    from maquette.ops import contour, fuse_depth, rasterize, visibility

    field, origin, spacing = grid(256)
    vertices, faces = contour(*(grid(128)[0], None, *grid(128)[1:]))
    straight, ring = axis_aligned(PIXELS), orbit(np.arange(6) * 60.0, np.array([50.0, -50] * 3), PIXELS)
    depths = [rasterize(vertices, faces, rig).depth for rig in (straight, ring)]
    cell = FRAME / 256
    start = ((cell - FRAME) / 2,) * 3
    corners = vertices[faces][:100_000]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    points = corners.mean(1)
    blocks = fuse_depth(straight, depths[0], start, cell, (256,) * 3, 4 * cell)
    return {
        "fuse_depth, orthographic": lambda: fuse_depth(straight, depths[0], start, cell, (256,) * 3, 4 * cell),
        "fuse_depth, perspective": lambda: fuse_depth(ring, depths[1], start, cell, (256,) * 3, 4 * cell),
        "contour of 256³": lambda: contour(field, None, origin, spacing),
        "contour of blocks": lambda: contour(blocks),
        "visibility": lambda: visibility(points, normals, straight, depths[0]),
    }


def work() -> None:
    """Run the job that each line of standard input names, and answer with its times in seconds."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    jobs = rendering() | splatting() | volumes()
    print(json.dumps(list(jobs)), flush=True)
    for line in sys.stdin:
        clocks = (time.perf_counter, time.thread_time, time.process_time)
        starts = [clock() for clock in clocks]
        jobs[line.strip()]()
        print(json.dumps([clock() - start for clock, start in zip(clocks, starts, strict=True)]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--only", default="", help="kernels whose names hold this")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work()
    command = [sys.executable, __file__, "--work"]
    workers = [
        subprocess.Popen(
            command, env={**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": threads},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for threads in ("1", "2")
    ]  # fmt: skip

    def answer(worker: subprocess.Popen[str], name: str | None = None) -> list:
        assert worker.stdin
        assert worker.stdout
        if name is not None:
            worker.stdin.write(name + "\n")
            worker.stdin.flush()
        return json.loads(worker.stdout.readline())

    names, _ = (answer(worker) for worker in workers)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{os.cpu_count()} cores{load}; {options.runs} runs, fastest in ms on the clock")
    print(f"{'':46}{'1 thread':>9}{'2':>8}{'wall':>8}{'thread':>8}{'overhead':>10}")
    for name in (name for name in names if options.only in name):
        spans = np.array([[answer(worker, name) for worker in workers] for _ in range(options.runs + 1)])[1:]
        wall, wall2 = 1e3 * spans[..., 0].min(0)
        (_, _, alone), (_, calling, both) = np.median(spans, 0)
        row = f"{name:46}{wall:9.1f}{wall2:8.1f}{wall / wall2:8.2f}{alone / calling:8.2f}{both / alone:10.2f}"
        print(row, flush=True)
    for worker in workers:
        worker.communicate()


if __name__ == "__main__":
    main()
