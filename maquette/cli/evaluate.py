"""`maquette eval`: what a multi-view model can do, beside what others would answer."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from maquette.errors import InputError

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True)
class EvalViews:
    """Measure the multi-view model on held-out sentences, and on pictures of held-out artist models."""

    weights: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """A model/ folder that `maquette train views` wrote; the one in the package by default."""
    prompts: int = 300
    """Held-out sentences; a fifth are of pairs of a kind and a colour that training never draws. 0 skips them."""
    corpus: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Artist models with index.jsonl: also measure pictures to 3D on those that training holds out."""
    objects: int = 200
    """Held-out artist models."""
    judge_props: int = 32_000
    """True renders that the judge of sentences learns from; fewer are quicker and judge worse."""
    judge_steps: int = 6_000
    sheet: Annotated[Path | None, tyro.conf.arg(metavar="SHEET.png")] = None
    """Write the first sentences' views there, and the first pictures' results as SHEET-pictures.png."""
    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        from maquette.formats import check_writable
        from maquette.multiview import Mini
        from maquette.training.evaluate_pictures import evaluate_pictures
        from maquette.training.evaluate_text import evaluate_text
        from maquette.training.sheets import save_sheet

        if min(self.prompts, self.objects, self.judge_props, self.judge_steps) < 0 or self.judge_props < 100:
            raise InputError("--prompts and --objects are 0 or more, --judge-props 100 or more")
        pictures = self.sheet and self.sheet.with_stem(f"{self.sheet.stem}-pictures")
        for place in (self.sheet, pictures):
            if place:
                check_writable(place)
        model = Mini() if self.weights is None else Mini(folder=str(self.weights))
        figures: dict[str, Rows] = {}
        if self.prompts:
            figures["sentences"], prompts, made = evaluate_text(
                model, self.prompts, self.judge_props, self.judge_steps
            )
            if self.sheet:
                save_sheet(made[:60], prompts[:60], self.sheet)
        if self.corpus and self.objects:
            figures["pictures"] = evaluate_pictures(model, self.corpus, self.objects, pictures)
        if self.json:
            print(json.dumps(figures, indent=1))
        else:
            for title, rows in figures.items():
                print(_table(title, rows))
        return 0


@dataclass(frozen=True)
class EvalNouns:
    """Find the nouns that the multi-view model draws recognisably, by the training models that come nearest."""

    data: Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
    """Shards that `maquette data build` made and the model was trained on."""
    weights: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """A model/ folder that `maquette train views` wrote; the one in the package by default."""
    write: bool = False
    """Note them in the model's views.json: sentences about other things then come with a warning."""

    def __call__(self) -> int:
        from maquette.multiview import Mini
        from maquette.multiview.mini import load
        from maquette.training._state import write_json
        from maquette.training.data import Shards
        from maquette.training.recognised import AMONG, part_names, recognised_nouns
        from maquette.weights import locate

        # Outlines and depths are compared, and settled in half the usual steps.
        model = Mini(folder=None if self.weights is None else str(self.weights), steps=12)
        known = load(model.weights)[1]
        try:
            shards = Shards.open(self.data)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
        places = recognised_nouns(model.sample, known, shards, lambda line: print(line, file=sys.stderr))
        recognised = sorted(noun for noun, place in places.items() if place < AMONG)
        for noun, place in sorted(places.items(), key=lambda pair: (pair[1], pair[0])):
            print(f"{place:6.0f}  {noun}")
        print(f"{len(recognised)} of {len(places)} nouns are recognised: among the {AMONG} nearest kinds")
        if self.write:
            path = locate(model.weights).with_suffix(".json")
            write_json(
                path, {**json.loads(path.read_text()), "recognised": recognised, "parts": part_names(shards)}
            )
        return 0


def _table(title: str, rows: Rows) -> str:
    """Figures one a line, who answered one a column; a model that loses to retrieval is said to lose."""
    names = list(rows)
    lines = [f"{title:30}" + "".join(f"{name[:28]:>30}" for name in names)]
    for figure in rows[names[0]]:
        values = [rows[name].get(figure, math.nan) for name in names]
        lines.append(f"{figure:30}" + "".join(f"{value:30.4f}" for value in values))
    wins = rows["model"].get("beats_retrieval")
    if wins is not None and wins <= 0.5:
        lines.append(
            f"the model loses to retrieval: it is nearer to the truth for {wins:.0%} of the pictures only"
        )
    return "\n".join(lines)
