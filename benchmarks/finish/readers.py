"""Files written from those of a folder, as other programs see them: `python benchmarks/finish/readers.py FOLDER`.

Every file that can be read gets levels of detail, is written as a GLB with them inside, and opened by trimesh, by
assimp (`pip install assimp-py`), by three.js in a headless Chromium (`npm ci --prefix tests/viewers`) and by
Blender's importer (`MAQUETTE_BPY_PYTHON`, a Python that has bpy). Each must find the bounds, after node
transforms, and as many triangles as the finest level has; Blender alone leaves out those that name the same three
vertices as another, or one vertex twice. What is not installed is said and left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import viewers

from maquette.errors import InputError
from maquette.formats import export_glb, load
from maquette.formats.glb import metric_positions
from maquette.formats.meshes import SUFFIXES
from maquette.meshing import Lods

BATCH = 50  # files that a program opens in one start
Reader = Callable[[Sequence[Path]], list[dict[str, Any]]]


def by_trimesh(paths: Sequence[Path]) -> list[dict[str, Any]]:
    scenes = [trimesh.load_scene(path, process=False) for path in paths]
    return [seen(np.asarray(scene.to_geometry().triangles)) for scene in scenes]


def by_assimp(paths: Sequence[Path]) -> list[dict[str, Any]]:
    import assimp_py

    def corners(node, meshes, above: np.ndarray) -> list[np.ndarray]:
        to_world = above @ np.array(node.transformation)
        parts = [part for child in node.children for part in corners(child, meshes, to_world)]
        for mesh in (meshes[index] for index in node.mesh_indices):
            points = np.array(mesh.vertices).reshape(-1, 3) @ to_world[:3, :3].T + to_world[:3, 3]
            parts.append(points[np.array(mesh.indices).reshape(-1, 3)])
        return parts

    scenes = [assimp_py.import_file(str(path), assimp_py.Process_Triangulate) for path in paths]
    return [seen(np.concatenate(corners(scene.root_node, scene.meshes, np.eye(4)))) for scene in scenes]


def seen(corners: np.ndarray) -> dict[str, Any]:
    points = corners.reshape(-1, 3)
    return {"min": points.min(0), "max": points.max(0), "triangles": len(corners)}


def distinct(faces: np.ndarray) -> int:
    """Faces of three vertices, each set of three counted once."""
    corners = np.sort(faces, 1)
    return len(np.unique(corners[(corners != np.roll(corners, 1, 1)).all(1)], axis=0))


def readers() -> dict[str, Reader]:
    """The programs that there are; what is missing is told."""
    found: dict[str, Reader] = {"trimesh": by_trimesh}
    assimp = None if importlib.util.find_spec("assimp_py") else "pip install assimp-py"
    for name, missing, read in (
        ("assimp", assimp, by_assimp),
        ("three.js", viewers.missing_browser(), viewers.open_in_threejs),
        ("Blender", viewers.missing_blender(), viewers.open_in_blender),
    ):
        if missing is None:
            found[name] = read
        else:
            print(f"{name} is left out: {missing}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=None, help="draw so many files, always the same")
    parser.add_argument("--compress", default="none", choices=["none", "quantize"])
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if arguments.count is not None:
        paths = sorted(random.Random(0).sample(paths, min(arguments.count, len(paths))))
    programs, refused, levels = readers(), 0, 0
    counts = {name: Counter[str]() for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        written: list[tuple[Path, Path, np.ndarray, dict[str, int]]] = []
        for number, path in enumerate(paths):
            try:
                asset = Lods()(load(path))
            except InputError:
                refused += 1
                continue
            target = Path(folder) / f"{number:05}.glb"
            export_glb(asset, target, compress=arguments.compress)
            positions = metric_positions(asset.mesh, asset.height_meters)[np.unique(asset.mesh.faces)]
            bounds = np.stack([positions.min(0), positions.max(0)])
            counted = dict.fromkeys(programs, len(asset.mesh.faces)) | {"Blender": distinct(asset.mesh.faces)}
            written.append((path, target, bounds, counted))
            levels += bool(asset.lods)
        for first in range(0, len(written), BATCH):
            batch = written[first : first + BATCH]
            for name, read in programs.items():
                answers = read([target for _, target, _, _ in batch])
                for (path, _, bounds, triangles), answer in zip(batch, answers, strict=True):
                    wrong = difference(answer, bounds, triangles[name], arguments.compress)
                    counts[name][wrong.split(":")[0] or "same"] += 1
                    if wrong:
                        print(f"{name}, {path.relative_to(arguments.folder)}: {wrong}", flush=True)
    print(f"{len(paths)} files, {refused} refused, {len(written)} written, {levels} of them with levels")
    for name, told in counts.items():
        print(f"{name:10}" + ", ".join(f"{count} {what}" for what, count in told.most_common()))


def difference(answer: dict[str, Any], bounds: np.ndarray, triangles: int, compress: str) -> str:
    """What a program sees that is not so; empty where there is nothing."""
    if "error" in answer:
        return f"refused: {answer['error']}"
    if answer["triangles"] != triangles:
        return f"other triangles: {answer['triangles']:,}, not {triangles:,}"
    # They compute in float32; quantized positions have 65,535 steps.
    atol = np.ptp(bounds, 0).max() * (1 / 65535 if compress == "quantize" else 2e-6)
    own = np.array([answer["min"], answer["max"]])
    return "" if np.allclose(own, bounds, rtol=1e-5, atol=atol) else f"other bounds: {own.tolist()}"


if __name__ == "__main__":
    main()
