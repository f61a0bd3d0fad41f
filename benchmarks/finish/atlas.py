"""Atlases of any meshes: how long they take, how many charts, how much stretch, how full; beside xatlas.

    python benchmarks/finish/atlas.py model.obj another.glb
    OMP_NUM_THREADS=1 python benchmarks/finish/atlas.py --no-xatlas folder/*.glb

Without files: bumpy tori of 5,000 to 100,000 faces. Seconds of processor time, best of the runs. Stretch is
Sander's L2 with the whole at one scale (1 is none); full is the share of a 1024² atlas that faces cover, with 4
texels between charts; doubly is what lies under two faces at 4096²; over is the share of faces that are mirrored.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from maquette import Mesh, load
from maquette.cameras import Cameras
from maquette.ops import contour, rasterize
from maquette.texturing import unwrap

SIZE, PADDING = 1024, 4
Atlas = tuple[np.ndarray, np.ndarray]  # uv, faces


def bumpy(faces: int) -> Mesh:
    """A torus with bumps, as a generator would hand it out."""
    side = round((faces / 5.1) ** 0.5)
    x, y, z = np.meshgrid(*[np.linspace(-0.55, 0.55, side)] * 3, indexing="ij")
    angle = np.arctan2(z, x)
    ring = np.hypot(np.hypot(x, z) - 0.3, y) - 0.16 * (1 + 0.15 * np.sin(7 * angle) * np.sin(9 * y / 0.16))
    vertices, triangles = contour(ring.astype(np.float32), None, (-0.55, -0.55, -0.55), 1.1 / (side - 1))
    return Mesh(vertices, triangles)


def welded(mesh: Mesh) -> Mesh:
    """Without the copies of vertices that a file's seams make."""
    unique, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return Mesh(unique, index.reshape(-1)[mesh.faces].astype(np.int32))


def ours(mesh: Mesh) -> Atlas:
    atlas = unwrap(mesh, SIZE, PADDING)
    return atlas.uv, atlas.faces


def theirs(mesh: Mesh) -> Atlas:
    import xatlas

    atlas, packing = xatlas.Atlas(), xatlas.PackOptions()
    packing.resolution, packing.padding = SIZE, PADDING
    atlas.add_mesh(mesh.vertices, mesh.faces.astype(np.uint32))
    atlas.generate(xatlas.ChartOptions(), packing)
    _, faces, uv = atlas[0]
    # In a square, as it will be stored.
    return uv * np.array([atlas.width, atlas.height]) / max(atlas.width, atlas.height), faces.astype(np.int32)


def measures(mesh: Mesh, uv: np.ndarray, faces: np.ndarray) -> dict[str, float]:
    corner, flat = mesh.vertices[mesh.faces].astype(np.float64), uv[faces].astype(np.float64)
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = np.linalg.norm(np.cross(a, b), axis=-1) / 2
    u, v = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    signed = -(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2  # v goes down
    good = (area > 1e-9 * area.sum()) & (np.abs(signed) > 0)
    along = np.linalg.norm(a, axis=-1)[good]
    x = (a * b).sum(-1)[good] / along
    first = u[good] / along[:, None]
    second = (v[good] - x[:, None] * first) / (2 * area[good] / along)[:, None]
    squares = (first**2).sum(-1) + (second**2).sum(-1)
    covered = np.abs(signed).sum()
    ratio = signed[good] / area[good]
    stretch = (area[good] * squares / (2 * ratio**2)).sum() / area.sum() * covered / area.sum()
    labels = _pieces(faces)
    return {
        "charts": labels,
        "stretch": float(np.sqrt(stretch)),
        "full": float(covered),
        "doubly": _doubly(uv, faces),
        "over": float((signed < 0)[good].mean()),
    }


def _pieces(faces: np.ndarray) -> int:
    from maquette.ops.topology import components

    return int(components(faces).max()) + 1


def _doubly(uv: np.ndarray, faces: np.ndarray, size: int = 4096) -> float:
    """Share of texels that show one face from one side and another one from the other."""
    count = len(faces)
    scale = np.array([[[size, 0, 0], [0, size, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], scale, size, size, "orthographic")
    soup = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    height = np.repeat(np.arange(count, dtype=np.float32), 3)[:, None]
    # Off the texels' centres, through which shared diagonals may run.
    flat = uv[faces.reshape(-1)].astype(np.float32) + np.array([0.271, 0.419], np.float32) / size
    low, high = (rasterize(np.concatenate([flat, z], -1), soup, camera).face for z in (height + 1, count - height))
    return float((low != high).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--no-xatlas", action="store_true")
    options = parser.parse_args()
    meshes = [(path.stem[:28], lambda path=path: welded(load(path).mesh)) for path in options.files]
    meshes = meshes or [(f"torus {n:,}", lambda n=n: bumpy(n)) for n in (5_000, 20_000, 50_000, 100_000)]
    print(
        f"{'':30}{'faces':>8} {'':7}{'seconds':>8}{'charts':>7}{'stretch':>8}{'full':>6}{'doubly':>9}{'over':>6}"
    )
    for name, make in meshes:
        mesh = make()
        for label, method in [("ours", ours)] + [("xatlas", theirs)] * (not options.no_xatlas):
            seconds, result = np.inf, None
            for _ in range(options.runs):
                start = time.process_time()
                result = method(mesh)
                seconds = min(seconds, time.process_time() - start)
            assert result is not None
            m = measures(mesh, *result)
            print(
                f"{name:30}{len(mesh.faces):8,} {label:7}{seconds:8.2f}{m['charts']:7}{m['stretch']:8.3f}"
                f"{m['full']:6.2f}{m['doubly']:9.5f}{m['over']:6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
