"""Sixty assets that nobody chose: thirty sentences over what artists make, thirty pictures of held-out models.

    python benchmarks/held_out.py --corpus FOLDER [--weights run/model] [--sentences 30] --sheet docs/gallery

Writes SHEET-sentences.png and SHEET-pictures.png, two views of each asset (a picture's with the picture itself in
front), and prints what is shown where, with seeds. With --sentences 60 all sentences are made, for judging by eye
by someone who does not see the sentence first.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

import maquette
from maquette.artifacts import Asset, Image
from maquette.multiview import Mini
from maquette.pipeline.chains import Options
from maquette.texturing.render import picture
from maquette.training.corpus import read_index
from maquette.training.evaluate_pictures import questions

SENTENCES = (
    "a pine tree", "a wooden barrel", "a red sports car", "a gray rock", "a treasure chest", "a green cactus",
    "a blue potion", "a wooden chair", "a stone tower", "a pumpkin", "a hamburger", "a white fridge",
    "a brown horse", "a red mushroom", "a wooden fence", "a gravestone", "a round table", "a banana",
    "a yellow taxi", "a golden key", "a palm tree", "a pistol", "a wooden door", "a bookcase", "a blue tent",
    "a skull", "an iron sword", "a donut", "a robot", "a windmill", "a green sofa", "a lantern", "a traffic light",
    "a tv", "a bed", "an apple", "a fish", "a rocket", "a bench", "a shield", "a crate", "a street light",
    "a snowman", "a candle", "a wooden ladder", "a cannon", "a dog", "a wine bottle", "a stool", "a castle",
    "a birthday cake", "a police car", "a flower pot", "a bucket", "a wooden bridge", "an axe", "a sailing ship",
    "a computer", "a bush", "a house with a red roof",
)  # fmt: skip
CELL = 160


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="artist models with index.jsonl; without it only sentences")
    parser.add_argument("--weights", type=Path, help="a folder written by `maquette train views`")
    parser.add_argument("--sentences", type=int, default=30)
    parser.add_argument("--pictures", type=int, default=30)
    parser.add_argument("--sheet", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    model = Mini() if arguments.weights is None else Mini(folder=str(arguments.weights))
    options = Options(multiview=model)

    chosen = SENTENCES[:: max(1, len(SENTENCES) // arguments.sentences)][: arguments.sentences]
    cells = []
    for seed, sentence in enumerate(chosen):
        cells.append((_views(maquette.make(sentence, seed=seed, texture_size=512, options=options)), sentence))
        print(f"{seed:3} {sentence}", flush=True)
    _sheet(cells, arguments.sheet.with_name(f"{arguments.sheet.name}-sentences.png"))
    if arguments.corpus:
        cells = []
        for seed, question in enumerate(questions(read_index(arguments.corpus), arguments.pictures)):
            asset = maquette.make(question.image, seed=seed, texture_size=512, options=options)
            shown = np.concatenate([_shown(question.image), _views(asset)], 1)
            cells.append((shown, question.entry.path.stem.split("__")[1]))
            print(f"{seed:3} {question.entry.path.stem}", flush=True)
        _sheet(cells, arguments.sheet.with_name(f"{arguments.sheet.name}-pictures.png"))


def _views(asset: Asset) -> np.ndarray:
    """Two lit views side by side, in [0, 1]."""
    return np.concatenate([picture(asset, azimuth, size=CELL) for azimuth in (30.0, 150.0)], 1)


def _shown(image: Image) -> np.ndarray:
    assert image.alpha is not None
    white = image.rgb * image.alpha[..., None] + 1 - image.alpha[..., None]
    small = Picture.fromarray(np.round(white * 255).astype(np.uint8)).resize((CELL, CELL))
    return np.asarray(small, np.float32) / 255


def _sheet(cells: list[tuple[np.ndarray, str]], path: Path, columns: int = 5) -> None:
    height, width = cells[0][0].shape[:2]
    rows = -(-len(cells) // columns)
    sheet = Picture.new("RGB", (columns * width, rows * (height + 14)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (cell, title) in enumerate(cells):
        left, top = index % columns * width, index // columns * (height + 14)
        sheet.paste(Picture.fromarray(np.round(np.clip(cell, 0, 1) * 255).astype(np.uint8)), (left, top))
        draw.text((left + 3, top + height), f"{index} {title}"[: width // 6], fill="black")
    sheet.save(path)


if __name__ == "__main__":
    main()
