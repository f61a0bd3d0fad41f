"""Rays against triangles, and nearest points: millions a second and core, against Embree.

    OMP_NUM_THREADS=1 python benchmarks/ops/trace.py [--faces 20000 200000] [--queries 400000] [--runs 5]

A bumpy torus. Rays anywhere in its box in all directions, to the first hit and to any; rays over the hemisphere
from points of the surface, as ambient occlusion asks for them; lines through points near the surface, as baking
does; nearest points. Beside them Embree 4 through embreex (`pip install embreex`), where it is installed: the
same rays, one at a time as here. Processor time, so that what else runs on the machine counts little: the fastest
of the runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from maquette.ops import trace

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from _meshes import torus


def fastest(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Seconds of processor time, and the last result."""
    spans = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        spans.append(time.process_time() - start)
    return min(spans), result


class Embree:
    """The same questions to Embree."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        import embreex.rtcore_scene as scenes
        from embreex.mesh_construction import TriangleMesh

        self.scene = scenes.EmbreeScene()
        TriangleMesh(self.scene, vertices[faces])
        self.first(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32))  # which builds its hierarchy

    def first(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        return self.scene.run(origins, directions)

    def blocked(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        return self.scene.run(origins, directions, query="OCCLUDED")


def rays(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return rng.uniform(-0.5, 0.5, (count, 3)).astype(np.float32), directions.astype(np.float32)


def on_surface(rng: np.random.Generator, vertices: np.ndarray, faces: np.ndarray, count: int):
    """Points and flat normals, in the order of the faces, as an atlas has them."""
    corners = vertices[faces[np.sort(rng.integers(0, len(faces), count))]]
    points = (corners * rng.dirichlet([1, 1, 1], count)[..., None]).sum(1)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return points.astype(np.float32), normals.astype(np.float32)


def told(name: str, count: int, ours: float, theirs: float | None) -> None:
    beside = "" if theirs is None else f"{count / theirs / 1e6:9.2f}{theirs / ours:8.2f}x"
    print(f"  {name:34}{count / ours / 1e6:9.2f}{beside}", flush=True)


def compare(face_count: int, count: int, runs: int) -> None:
    rng = np.random.default_rng(0)
    vertices, faces = torus(face_count)
    seconds, tree = fastest(lambda: trace.grow(vertices, faces), runs)
    embree: Embree | None = None
    theirs = None
    try:
        theirs, embree = fastest(lambda: Embree(vertices, faces), runs)
    except ImportError as error:
        print(f"no comparison with Embree: {error}")
    beside = "" if theirs is None else f", Embree {1e3 * theirs:.0f} ms: {theirs / seconds:.1f}x"
    print(f"{len(faces):,} faces; the hierarchy {1e3 * seconds:.0f} ms{beside}")
    print(f"  {'million a second':34}{'ours':>9}" + ("" if embree is None else f"{'Embree':>9}"))
    origins, directions = rays(rng, count)
    points, normals = on_surface(rng, vertices, faces, count)
    lifted = points + np.float32(1e-4) * normals
    sampled = trace.cosine_samples(16, 16)
    chosen = (np.arange(count) % 16).astype(np.uint8)
    for name, (start, toward) in {
        "rays anywhere": (origins, directions),
        "rays along the normals": (lifted, normals),
    }.items():
        ours = fastest(lambda s=start, t=toward: trace.first_hit(tree, s, t), runs)[0]
        other = embree and fastest(lambda s=start, t=toward: embree.first(s, t), runs)[0]
        told(f"{name}, first hit", count, ours, other)
        ours = fastest(lambda s=start, t=toward: trace.blocked(tree, s, t), runs)[0]
        other = embree and fastest(lambda s=start, t=toward: embree.blocked(s, t), runs)[0]
        told(f"{name}, any hit", count, ours, other)
    few = count // 16
    around = (points[:few], normals[:few], normals[:few], sampled, chosen[:few])
    told("occlusion, 16 rays a point", 16 * few, fastest(lambda: trace.open_share(tree, *around), runs)[0], None)
    near = (points + normals * rng.uniform(-5e-3, 5e-3, (count, 1))).astype(np.float32)
    told("lines both ways", count, fastest(lambda: trace.hit_along(tree, near, normals, 0.02), runs)[0], None)
    told("nearest points", count, fastest(lambda: trace.nearest_point(tree, near), runs)[0], None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--queries", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'all')}")
    for faces in options.faces:
        compare(faces, options.queries, options.runs)


if __name__ == "__main__":
    main()
