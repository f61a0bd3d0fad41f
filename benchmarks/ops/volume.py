"""Fusing depth maps, contouring, visibility: milliseconds a core, and against what else does the same.

    OMP_NUM_THREADS=1 python benchmarks/ops/volume.py [--size 256] [--runs 7]

A bumpy torus. Its distance on a grid is contoured whole, beside scikit-image's marching cubes (`pip install
scikit-image`) and Open3D's (`pip install open3d`) where they are installed; six depth maps of 512 x 512 are fused
into blocks, beside the readable reference on an eighth of the grid and, where it is installed, Open3D's
VoxelBlockGrid with the same truncation; the blocks are contoured; and 100,000 points are looked for in six views.
Processor time, so that what else runs on the machine counts little: the fastest of the runs, and their median. How
far the centres of faces lie from the true surface is told in cells.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit
from maquette.ops import contour, fuse_depth, is_closed_manifold, rasterize, visibility
from maquette.ops.fuse_depth.reference import fuse_depth as reference
from maquette.ops.visibility.reference import visibility as visibility_reference

FRAME = 1.1
PIXELS = 512


def distance(points: np.ndarray) -> np.ndarray:
    """Of a torus with bumps: the zero set counts, beside it this is a distance to a few hundredths."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    ring = np.sqrt(x * x + z * z) - 0.32
    return np.sqrt(ring * ring + y * y) - 0.14 - 0.006 * np.sin(23 * x) * np.sin(19 * y) * np.sin(21 * z)


def grid(size: int) -> tuple[np.ndarray, tuple[float, float, float], float]:
    spacing = FRAME / size
    corner = (spacing - FRAME) / 2
    axis = corner + spacing * np.arange(size)
    field = np.stack([distance(np.stack(np.meshgrid(x, axis, axis, indexing="ij"), -1)[0]) for x in axis[:, None]])
    return field.astype(np.float32), (corner, corner, corner), spacing


def timed(work: Callable[[], Any], runs: int) -> tuple[float, float, Any]:
    """Milliseconds of processor time, fastest and median, and the last result."""
    spans = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        spans.append(1000 * (time.process_time() - start))
    return min(spans), float(np.median(spans)), result


def told(name: str, fastest: float, median: float, note: str, than: float | None = None) -> None:
    ratio = "" if than is None else f"{fastest / than:6.1f}x"
    print(f"{name:46}{fastest:9.1f}{median:9.1f} {ratio:8}  {note}", flush=True)


def surface_note(vertices: np.ndarray, faces: np.ndarray, spacing: float) -> str:
    off = np.abs(distance(vertices.astype(np.float64)[faces].mean(1))) / spacing
    closed = "closed manifold" if is_closed_manifold(vertices, faces) else "not a closed manifold"
    error = f"{off.mean():.4f} cells, 99.9 % below {np.quantile(off, 0.999):.3f}"
    return f"{len(faces):,} faces, off by {error}; {closed}"


def bench_contour(size: int, runs: int) -> None:
    field, origin, spacing = grid(size)
    fastest, median, surface = timed(lambda: contour(field, None, origin, spacing), runs)
    told(f"contour {size}^3", fastest, median, surface_note(*surface, spacing))
    try:
        from skimage.measure import marching_cubes
    except ImportError:
        print("scikit-image is not installed")
    else:
        own, middle, found = timed(lambda: marching_cubes(field, 0.0, method="lewiner"), max(1, runs // 2))
        vertices = (found[0] * spacing + origin).astype(np.float32)
        told(
            "  scikit-image marching cubes",
            own,
            middle,
            surface_note(vertices, found[1].astype(np.int32), spacing),
            fastest,
        )


def bench_fusion(cameras: Cameras, name: str, size: int, runs: int) -> None:
    field, origin, spacing = grid(192)
    depth = rasterize(*contour(field, None, origin, spacing), cameras).depth
    spacing = FRAME / size
    corner = (spacing - FRAME) / 2
    origin = (corner, corner, corner)
    cube = (size, size, size)
    fastest, median, blocks = timed(lambda: fuse_depth(cameras, depth, origin, spacing, cube, 4 * spacing), runs)
    share = len(blocks.values) / blocks.index.size
    told(
        f"fuse_depth 6 x {PIXELS}^2 into {size}^3, {name}",
        fastest,
        median,
        f"{len(blocks.values):,} blocks, {share:.0%}",
    )
    small = tuple(n // 2 for n in cube)
    own, middle, _ = timed(lambda: reference(cameras, depth, origin, 2 * spacing, small, 8 * spacing), 1)
    told(f"  reference, numpy, {size // 2}^3 times 8", 8 * own, 8 * middle, "every sample of the grid", fastest)
    bench_open3d(cameras, depth, spacing, runs, fastest)
    own, middle, surface = timed(lambda: contour(blocks), runs)
    told("contour of its blocks", own, middle, surface_note(*surface, spacing))


def bench_open3d(cameras: Cameras, depth: np.ndarray, spacing: float, runs: int, than: float) -> None:
    if cameras.projection != "perspective":
        return
    try:
        import open3d
    except (ImportError, OSError):
        print("  open3d is not installed")
        return
    core, device = open3d.core, open3d.core.Device("CPU:0")
    images = [open3d.t.geometry.Image(core.Tensor(np.ascontiguousarray(d[..., None]))) for d in depth]

    def work() -> Any:
        volume = open3d.t.geometry.VoxelBlockGrid(
            ("tsdf", "weight"), (core.float32, core.float32), ((1), (1)), spacing, 8, 20000, device
        )
        for image, pose, k in zip(images, cameras.world_to_camera, cameras.intrinsics, strict=True):
            intrinsic = core.Tensor((k - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])).astype(np.float64))
            extrinsic = core.Tensor(pose.astype(np.float64))
            found = volume.compute_unique_block_coordinates(image, intrinsic, extrinsic, 1.0, 10.0, 4.0)
            volume.integrate(found, image, intrinsic, extrinsic, 1.0, 10.0, 4.0)
        return volume

    own, middle, volume = timed(work, runs)
    told("  Open3D VoxelBlockGrid", own, middle, f"{volume.hashmap().size():,} blocks", than)


def bench_visibility(runs: int) -> None:
    field, origin, spacing = grid(128)
    vertices, faces = contour(field, None, origin, spacing)
    cameras = axis_aligned(PIXELS)
    depth = rasterize(vertices, faces, cameras).depth
    corners = vertices[faces][:100_000]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    points = corners.mean(1)
    fastest, median, seen = timed(lambda: visibility(points, normals, cameras, depth), runs)
    told(f"visibility, {len(points):,} points, 6 views", fastest, median, f"{seen.any(0).mean():.1%} seen")
    own, middle, other = timed(lambda: visibility_reference(points, normals, cameras, depth), max(1, runs // 2))
    told("  reference, numpy", own, middle, f"{(seen == other).mean():.4%} alike", fastest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--size", type=int, default=256, help="samples along each side of the grid, a multiple of 16"
    )
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    print(f"threads: {os.environ.get('OMP_NUM_THREADS', 'all')}; milliseconds of processor time")
    print(f"{'':46}{'fastest':>9}{'median':>9} {'ratio':8}")
    bench_contour(options.size, options.runs)
    bench_fusion(axis_aligned(PIXELS), "orthographic", options.size, options.runs)
    ring = orbit(np.arange(6) * 60.0, np.array([50.0, -50] * 3), PIXELS)
    bench_fusion(ring, "perspective", options.size, options.runs)
    bench_visibility(options.runs)


if __name__ == "__main__":
    main()
