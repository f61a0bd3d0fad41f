"""Every file of a folder read, written and judged: `python benchmarks/finish/files.py FOLDER [--count 300]`.

Prints what could not be read and why, what the Khronos validator says of each file written (where
`npm ci --prefix tests/viewers` has installed it), whether trimesh sees the same bounds and triangles, and how
large and how fast it all is.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import trimesh

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import viewers

from maquette.errors import InputError
from maquette.formats import export_glb, load
from maquette.formats.meshes import SUFFIXES

OPTIONS = {
    "png": {},
    "quantize, webp": {"compress": "quantize", "textures": "webp"},
    "meshopt": {"compress": "meshopt"},
    "draco": {"compress": "draco"},
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=None, help="draw so many files, always the same")
    parser.add_argument("--ways", nargs="*", default=["png", "quantize, webp"], choices=list(OPTIONS))
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if arguments.count is not None:
        paths = sorted(random.Random(0).sample(paths, min(arguments.count, len(paths))))

    refused: dict[Path, str] = {}
    assets, reading = 0, []
    told: dict[str, Counter[str]] = {way: Counter() for way in arguments.ways}
    writing: dict[str, float] = dict.fromkeys(arguments.ways, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        written: list[tuple[str, Path, Path, int]] = []
        for number, path in enumerate(paths):
            start = time.process_time()
            try:
                asset = load(path)
            except InputError as error:
                refused[path] = str(error)
                continue
            reading.append(time.process_time() - start)
            assets += 1
            for way in arguments.ways:
                target = Path(folder) / f"{number:05}_{way.split(',')[0]}.glb"
                start = time.process_time()
                export_glb(asset, target, **OPTIONS[way])
                writing[way] += time.process_time() - start
                told[way]["bytes"] += target.stat().st_size
                written.append((way, path, target, len(asset.mesh.faces)))
                if way == "png":
                    told[way] += judged_by_trimesh(target, asset.mesh.vertices[asset.mesh.faces])
        if viewers.missing_validator() is None:
            for first in range(0, len(written), 100):
                batch = written[first : first + 100]
                reports = viewers.validate([target for _, _, target, _ in batch])
                for (way, path, _, triangles), report in zip(batch, reports, strict=True):
                    told[way]["errors"] += report["errors"]
                    told[way]["warnings"] += report["warnings"]
                    # What the validator cannot unpack it does not count.
                    told[way]["other triangle count"] += report.get("triangles", triangles) != triangles
                    for message in report["messages"]:
                        if message["severity"] < 2:
                            print(f"{path.name}, {way}: {message['code']} {message['message']}")

    for path, reason in refused.items():
        print(f"refused  {path.relative_to(arguments.folder)}: {reason}")
    print(f"\n{len(paths)} files, {assets} read, {len(refused)} refused in one line each")
    if reading:
        print(f"reading: {sum(reading):.1f} s CPU, median {np.median(reading):.3f}, longest {max(reading):.2f}")
    if viewers.missing_validator() is not None:
        print(f"not validated: {viewers.missing_validator()}")
    print(f"\n{'written as':<16}{'errors':>8}{'warnings':>10}{'triangles':>11}{'trimesh':>9}{'MB':>9}{'s CPU':>8}")
    for way in arguments.ways:
        counts = told[way]
        other = f"{counts['other triangle count']} differ"
        seen = f"{counts['trimesh differs']} differ" if way == "png" else "-"
        size, seconds = counts["bytes"] / 1e6, writing[way]
        line = f"{way:<16}{counts['errors']:>8}{counts['warnings']:>10}{other:>11}{seen:>9}"
        print(f"{line}{size:>9.1f}{seconds:>8.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def judged_by_trimesh(path: Path, corners: np.ndarray) -> Counter[str]:
    """Whether trimesh finds as many triangles, and the same extents, where the asset stands now."""
    other = trimesh.load_scene(path, process=False)
    triangles = sum(len(mesh.faces) for mesh in other.geometry.values())
    extents = np.ptp(corners.reshape(-1, 3).astype(np.float64), 0)
    same = triangles == len(corners) and np.allclose(other.extents, extents, rtol=1e-4, atol=1e-5 * extents.max())
    return Counter({"trimesh differs": int(not same)})


if __name__ == "__main__":
    main()
