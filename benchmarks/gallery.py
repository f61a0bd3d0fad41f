"""Forty sentences over all kinds of things, made with fixed seeds, and every file shown to other programs.

    python benchmarks/gallery.py OUT [--sheet docs/forty.png]

Writes OUT/*.glb and a sheet, and prints one line a file: triangles, closed and manifold when merged by position,
seconds. Then the Khronos validator, three.js and Blender are asked about all files, where they are installed (see
tests/viewers).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import maquette
from maquette.formats import load
from maquette.ops import is_closed_manifold
from maquette.texturing.render import picture

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import viewers

PROMPTS = (
    "a red wooden stool",
    "an orange chair with black legs",
    "a blue armchair with a white cushion",
    "a green sofa with two tan cushions",
    "a round wooden table with a white pedestal",
    "a brown dog",
    "a bed with a purple blanket and white pillows",
    "a tall bookcase with red books",
    "a white cabinet with blue doors",
    "a wooden treasure chest with gold bands",
    "a wooden crate",
    "a barrel with two gray bands",
    "a green tank",
    "a yellow mug with a red handle",
    "a green bottle with a white label",
    "a guitar",
    "a hamburger",
    "a white teapot with a blue lid",
    "a red fire truck",
    "a red lamp with a white base",
    "a lantern with a yellow light",
    "a birthday cake",
    "a long sword with a gold guard",
    "a revolver",
    "a blue round shield",
    "a yellow taxi",
    "a red mushroom with white spots",
    "a green tree with a brown trunk",
    "a pine tree",
    "a brown horse",
    "a cactus in an orange pot",
    "a pumpkin",
    "a snowman with a red scarf",
    "a white house with a red roof and a blue door",
    "a black top hat",
    "a castle with blue roofs",
    "a white lighthouse with a red roof",
    "a red car with black wheels",
    "a white rocket with red fins",
    "a ship with a white sail",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--size", type=int, default=220, help="pixels a picture in the sheet")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    paths, pictures, wrong = [], [], []
    for seed, prompt in enumerate(PROMPTS):
        began = time.perf_counter()
        asset = maquette.make(prompt, seed=seed, cache=False)
        path = arguments.out / f"{seed:02d}-{prompt.replace(' ', '-')}.glb"
        maquette.export_glb(asset, path)
        seconds = time.perf_counter() - began
        read = load(path)
        merged, faces = _merged(read.mesh)
        closed = is_closed_manifold(merged, faces)
        if not closed or len(read.mesh.faces) not in (2999, 3000):
            wrong.append(path.name)
        print(f"{path.name:60} {len(read.mesh.faces)} triangles  closed {closed}  {seconds:.1f} s", flush=True)
        paths.append(path)
        pictures.append(np.round(np.clip(picture(asset, size=arguments.size), 0, 1) * 255).astype(np.uint8))
    _save(pictures, arguments.sheet or arguments.out / "sheet.png")
    print(f"{len(PROMPTS) - len(wrong)} of {len(PROMPTS)} closed, manifold and in budget", *wrong)
    _ask_others(paths)


def _merged(mesh: maquette.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The mesh with vertices at the same position made one."""
    vertices, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return vertices, index.reshape(-1)[mesh.faces].astype(np.int32)


def _save(pictures: list[np.ndarray], path: Path) -> None:
    height, width = pictures[0].shape[:2]
    columns = 8
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + 16)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (cell, prompt) in enumerate(zip(pictures, PROMPTS, strict=True)):
        x, y = i % columns * width, i // columns * (height + 16)
        sheet.paste(Image.fromarray(cell), (x, y))
        draw.text((x + 3, y + height + 2), prompt[:38], fill="black")
    sheet.save(path, optimize=True)


def _ask_others(paths: list[Path]) -> None:
    answers = {}
    for name, missing, ask in (
        ("three.js", viewers.missing_browser, viewers.open_in_threejs),
        ("Blender", viewers.missing_blender, viewers.open_in_blender),
    ):
        if reason := missing():
            print(f"{name}: not asked, {reason}")
        else:
            answers[name] = ask(paths)
    if reason := viewers.missing_validator():
        print(f"validator: not asked, {reason}")
    else:
        found = viewers.validate(paths)
        print(f"validator: {sum(f['errors'] for f in found)} errors, {sum(f['warnings'] for f in found)} warnings")
    for name, found in answers.items():
        same = 0
        for path, there in zip(paths, found, strict=True):
            mesh = load(path).mesh
            box = np.concatenate([mesh.vertices.min(0), mesh.vertices.max(0)])
            # A tenth of a millimetre on a metre.
            same += there["triangles"] == len(mesh.faces) and np.allclose(
                [*there["min"], *there["max"]], box, atol=1e-4
            )
        print(f"{name}: {same} of {len(paths)} with the same bounds and triangle count")


if __name__ == "__main__":
    main()
