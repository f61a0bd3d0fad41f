"""How fast training data is made on one core: props drawn, their six views and a lit picture rendered.

    OMP_NUM_THREADS=1 python benchmarks/props.py [--count 252]

The alternative, in the same run, is trimesh's ray caster answering visibility alone for the same six views of a
few of the props (no antialiasing, no attributes); it needs the `bench` extra.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import trimesh

from maquette.cameras import axis_aligned, unproject
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import Model, assemble, photograph, render_views


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=252)
    count = parser.parse_args().count
    rng = np.random.default_rng(0)
    kinds = list(CATEGORIES.values())
    seconds = dict.fromkeys(("draw", "assemble", "six views", "one picture"), 0.0)
    models = []
    for index in range(count + 8):
        stamps = [time.perf_counter()]
        prop = sample(kinds[index % len(kinds)], rng)
        stamps.append(time.perf_counter())
        model = assemble(prop)
        stamps.append(time.perf_counter())
        render_views(model)
        stamps.append(time.perf_counter())
        photograph(model, rng)
        stamps.append(time.perf_counter())
        if index >= 8:  # the first few warm up
            models.append(model)
            for name, start, end in zip(seconds, stamps, stamps[1:], strict=False):
                seconds[name] += end - start
    for name, total in seconds.items():
        print(f"{name:12} {1e3 * total / count:6.2f} ms")
    rendered = (seconds["six views"] + seconds["one picture"]) / count
    print(
        f"{1 / rendered:.0f} props rendered a second (bar 100), {count / sum(seconds.values()):.0f} with drawing"
    )
    few = models[:: max(1, len(models) // 6)][:6]
    other = np.mean([_ray_cast(model) for model in few])
    print(
        f"trimesh ray casting, visibility alone: {1 / other:.1f} props a second, {other / rendered:.0f} x slower"
    )


def _ray_cast(model: Model) -> float:
    """Seconds that trimesh's own ray caster takes for the six views."""
    mesh = trimesh.Trimesh(model.vertices, model.faces, process=False)
    caster = trimesh.ray.ray_triangle.RayMeshIntersector(mesh)
    cameras = axis_aligned(64)
    origins = unproject(cameras, np.zeros((6, 64, 64), np.float32)).reshape(-1, 3)
    directions = np.repeat(cameras.world_to_camera[:, 2, :3], 64 * 64, 0)
    began = time.perf_counter()
    caster.intersects_first(origins, directions)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
