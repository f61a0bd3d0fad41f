"""How much finished assets look like what they were made of, from twenty sides in the same light.

    python benchmarks/finish/likeness.py FILE... [--faces 3000] [--texture-size 1024] [--sheet OUT.png]

Each mesh goes through the chain of `maquette make MESH`. The source, in the unit box, and the result, laid over
it, are lit by the studio of the previews, shadows included, from the corners of a dodecahedron. Printed are the
median and the least PSNR over the pixels that either covers, seconds, and triangles. The sheet shows the least
alike view of each: source, finished, ten times the difference.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import maquette
from maquette.artifacts import Asset, Cameras
from maquette.cameras import orbit
from maquette.formats import load, normalized, save_png
from maquette.measures.pictures import psnr
from maquette.measures.shape import sampled
from maquette.ops.trace import grow, nearest_point
from maquette.texturing.render import light, render_views


def twenty(pixels: int) -> Cameras:
    """Perspective cameras at the corners of a dodecahedron."""
    elevations = np.repeat([52.622, 10.812, -10.812, -52.622], 5)
    return orbit(
        np.tile(72.0 * np.arange(5), 4) + np.repeat([0.0, 0.0, 36.0, 36.0], 5), elevations, pixels, frame=1.8
    )


def pictures(asset: Asset, cameras: Cameras) -> tuple[np.ndarray, np.ndarray]:
    """Lit pictures over the studio's sheet, and where the asset covers a pixel."""
    views = render_views(asset, cameras, 1)
    return light(views, asset.mesh), views.alpha > 0


def boxed(asset: Asset) -> Asset:
    return replace(asset, mesh=normalized(asset.mesh))


def registered(asset: Asset, source: Asset) -> Asset:
    """The asset where the source lies best on it: shifted and scaled, by closest points to planes.

    Boxes alone would shift everything by what decimation took off one outermost vertex.
    """
    points = sampled(source.mesh, 20_000).points
    mesh = boxed(asset).mesh
    for _ in range(5):
        hits = nearest_point(grow(mesh.vertices, mesh.faces), points.astype(np.float32))
        a, b, c = mesh.vertices[mesh.faces[hits.face]].astype(np.float64).transpose(1, 0, 2)
        (u, v), normals = hits.barycentric.T[..., None], np.cross(b - a, c - a)
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-30)
        here = a + u * (b - a) + v * (c - a)
        rows = np.concatenate([(here * normals).sum(-1, keepdims=True), normals], -1)
        near = hits.distance <= 2 * np.median(hits.distance)  # not what was inside, and is gone
        scale, *shift = np.linalg.lstsq(rows[near], ((points - here) * normals).sum(-1)[near], rcond=1e-4)[0]
        mesh = replace(mesh, vertices=((1 + scale) * mesh.vertices + shift).astype(np.float32))
    return replace(asset, mesh=mesh)


def likeness(before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray]) -> list[float]:
    """PSNR of each view over the pixels that either covers, in dB."""
    return [psnr(a[m | n], b[m | n]) for a, m, b, n in zip(*before, *after, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--faces", type=int, default=3000)
    parser.add_argument("--texture-size", type=int, default=1024)
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()

    cameras, medians, rows = twenty(options.pixels), [], []
    print(f"{'':28}{'median':>9}{'least':>9}{'seconds':>9}{'triangles':>18}")
    for path in options.files:
        source = boxed(load(path))
        start = time.perf_counter()
        made = maquette.make(path, faces=options.faces, texture_size=options.texture_size, cache=False)
        seconds = time.perf_counter() - start
        before, after = pictures(source, cameras), pictures(registered(made, source), cameras)
        alike = likeness(before, after)
        worst = int(np.argmin(alike))
        medians.append(float(np.median(alike)))
        a, b = before[0][worst], after[0][worst]
        rows.append([a, b, np.clip(10 * np.abs(a - b), 0, 1)])
        triangles = f"{len(source.mesh.faces):,} to {len(made.mesh.faces):,}"
        print(f"{path.stem[:27]:28}{medians[-1]:9.1f}{min(alike):9.1f}{seconds:9.1f}{triangles:>18}", flush=True)
    print(f"{'median of all':28}{np.median(medians):9.1f} dB")
    if options.sheet:
        save_png(options.sheet, np.concatenate([np.concatenate(row, 1) for row in rows]).astype(np.float32))


if __name__ == "__main__":
    main()
