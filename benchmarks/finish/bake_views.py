"""What painting an atlas from views costs, beside casting the visibility rays alone with Embree.

    python benchmarks/finish/bake_views.py [MESH] [--size 2048] [--pixels 512] [--views 6] [--perspective]

Six pictures of a mesh (a wavy sphere of 20,480 faces without one), from around it, go onto a square atlas. Ours,
in milliseconds of processor time, the least of some rounds: `prepare` draws the mesh into every view and judges
each picture's pixels; `paint` places every texel, weighs it against every view's depth map, the angle and what the
pixels are worth, samples and mixes; `hidden` fills what no view sees from the surface beside it; `gutters` gives
texels between charts the nearest. Embree (embreex, `pip install embreex`; left out where it is missing) casts one
ray from every texel that faces a view towards it and tells whether it is blocked: a part of our `paint`, and no
colours. Building its hierarchy, and finding the texels' places, are not counted. Both on one thread:
OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from pathlib import Path

import numpy as np
import trimesh

from maquette.artifacts import Cameras, Mesh, Views
from maquette.cameras import axis_aligned, orbit
from maquette.formats import load, normalized
from maquette.ops import fill_nearest, interpolate, rasterize
from maquette.ops.paint import paint, prepare
from maquette.texturing._bake import face_corner_normals, fill_unseen
from maquette.texturing._sample import pixel_size, view_directions
from maquette.texturing._texels import Texels, texels_of
from maquette.texturing._unwrap import unwrap


def wavy_sphere() -> Mesh:
    sphere = trimesh.creation.icosphere(5)
    radius = 0.4 + 0.05 * np.sin(sphere.vertices * 9).sum(-1, keepdims=True) / 3
    return normalized(Mesh((sphere.vertices * radius).astype(np.float32), sphere.faces.astype(np.int32)))


def welded(mesh: Mesh) -> Mesh:
    vertices, inverse = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return Mesh(vertices, inverse.reshape(-1)[mesh.faces].astype(np.int32))


def pictures_of(mesh: Mesh, cameras: Cameras) -> Views:
    """Pictures of a pattern in space, with soft outlines and edges as a renderer makes them."""
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    place = interpolate(raster, mesh.vertices[mesh.faces])
    rings = np.sin(40 * np.linalg.norm(place + 0.3, axis=-1, keepdims=True))
    rgb = np.clip(0.5 + 0.3 * np.sin(9 * place + [0, 1, 2]) + 0.15 * np.tanh(3 * rings), 0, 1).astype(np.float32)
    hit = (raster.face >= 0).astype(np.float32)
    return Views(cameras, rgb * hit[..., None], hit)


def by_embree(mesh: Mesh, texels: Texels, cameras: Cameras) -> float:
    """Seconds for the rays from texels towards the views that they face."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    TriangleMesh(scene, mesh.vertices[mesh.faces])
    scene.run(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32), query="OCCLUDED")
    seconds = 0.0
    for view in range(len(cameras)):
        toward = np.ascontiguousarray(view_directions(cameras, texels.positions, view), np.float32)
        facing = (toward * texels.normals).sum(-1) > 0.02
        origins = texels.positions[facing] + 1e-3 * texels.normals[facing]
        start = time.process_time()
        scene.run(origins, toward[facing], query="OCCLUDED")
        seconds += time.process_time() - start
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mesh", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--pixels", type=int, default=512)
    parser.add_argument("--views", type=int, default=6)
    parser.add_argument("--perspective", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    mesh = welded(normalized(load(options.mesh).mesh)) if options.mesh else wavy_sphere()
    cameras = axis_aligned(options.pixels)
    if options.perspective or options.views != 6:
        turns = 360 / options.views * np.arange(options.views)
        cameras = orbit(turns, np.resize([20.0, -30.0, 50.0], options.views), options.pixels)
    views, size = pictures_of(mesh, cameras), options.size
    atlas = unwrap(mesh, size)
    corners, uv = mesh.vertices[mesh.faces], atlas.uv[atlas.faces]
    normals = face_corner_normals(mesh, 40.0)

    rounds = []
    for _ in range(options.rounds):
        marks = [time.process_time()]
        pictures = prepare(mesh.vertices, mesh.faces, cameras, views.rgb, views.alpha)
        marks.append(time.process_time())
        painted = paint(pictures, corners, normals, uv, size, 6.0, 1.5 * pixel_size(cameras))
        marks.append(time.process_time())
        fill_unseen(painted, corners, normals, uv)
        marks.append(time.process_time())
        fill_nearest(painted.colors, painted.face >= 0, in_place=True)
        marks.append(time.process_time())
        rounds.append(np.diff(marks))
    parts = 1000 * np.min(rounds, 0)
    seen_by = f"{len(cameras)} {cameras.projection} views of {options.pixels}²"
    print(f"{len(mesh.faces):,} faces, {seen_by}, atlas of {size}²")
    texels = (painted.face >= 0).sum()
    print(f"{texels:,} texels in charts, {(painted.confidence[painted.face >= 0] < 3e-4).mean():.1%} hidden")
    for name, part in zip(("prepare", "paint", "hidden", "gutters"), parts, strict=True):
        print(f"  {name:8}{part:8.0f} ms")
    print(f"  {'in all':8}{parts.sum():8.0f} ms")
    if importlib.util.find_spec("embreex") is None:
        print("  no comparison with Embree: embreex is not installed (pip install embreex)")
        return
    points = texels_of(corners, normals, uv, size)
    embree = 1000 * min(by_embree(mesh, points, cameras) for _ in range(options.rounds))
    print(
        f"  Embree's visibility rays alone {embree:.0f} ms: {embree / parts[:2].sum():.1f} times prepare and paint"
    )


if __name__ == "__main__":
    main()
