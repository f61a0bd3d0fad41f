"""A folder of artist-made models: which there are, which may be trained on, and how much each counts.

The folder holds index.jsonl, one JSON object a line, and the GLB files that it names. Of each object these keys
are read: file, name, caption, pack, author, license, license_confidence, attribution, category, theme, colour,
bbox and geo_hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maquette.errors import InputError
from maquette.multiview._text import words
from maquette.training.corpus_names import Name, spoken_name

HIDDEN_PACKS, HIDDEN_NAMES = 0.03, 0.05
"""Shares of the packs, and of the base names, that no training sees."""
_MAX_INDEX_BYTES = 2**28
_COMMON = 12
"""A base name with more models than this, such as tree, is hidden pack by pack: no kind is lost."""
_LITTLE_TO_LEARN = re.compile(
    r"\b(road|track|rail|kerb|curb|tile|tiles|hex|floor|ground|path|driveway|terrain|platform|ramp|slope|"
    r"wall|walls|corner|corridor|cornice|architrave|piece|pieces|modular|module|story|detail|details|coaster|"
    r"marble|flume|monorail|helix|bend|looping|level|border|foundation|transition|cliff|river)\b"
)


@dataclass(frozen=True)
class Entry:
    """One model of the corpus."""

    path: Path
    pack: str
    author: str
    license: str
    confident: bool
    """Whether the licence stands in the pack itself, rather than on a page that lists it."""
    attribution: str
    category: str
    theme: str
    """A word for the pack's world, such as medieval; or nothing."""
    painted: bool
    """False for models without any colour of their own."""
    textured: bool
    """Whether its colours come from pictures."""
    name: Name
    hidden: bool
    """Held out: its pack, its base name or its geometry is one that no training sees."""
    weight: float
    """How often it is worth seeing, 1 for a prop that is one of a kind."""


def read_index(folder: Path, strict: bool = False) -> list[Entry]:
    """All models of a corpus, in the order of their file names.

    Args:
        strict: Leave out those whose licence is not known with high confidence.

    Raises:
        InputError: There is no readable index.jsonl, or it names a file outside the folder.
    """
    records = _read_lines(folder / "index.jsonl")
    records.sort(key=lambda r: str(r["file"]))
    root = folder.resolve()
    bases = [_base_name(r) for r in records]
    many = Counter(bases)
    hidden_shapes = {
        r["geo_hash"] for r, base in zip(records, bases, strict=True) if _is_drawn_hidden(r, base, many[base])
    }
    names = [spoken_name(str(r["caption"])) for r in records]
    nouns = Counter(name.words[-1] for name in names if name.words)
    entries: list[Entry] = []
    for record, name in zip(records, names, strict=True):
        path = (root / str(record["file"])).resolve()
        if root not in path.parents:
            raise InputError(f"{folder / 'index.jsonl'} names {record['file']!r:.80}, outside its folder")
        confident = record["license_confidence"] == "high"
        if strict and not confident:
            continue
        entries.append(
            Entry(
                path, record["pack"], record["author"], record["license"], confident, record["attribution"],
                record["category"], _theme(record), record["colour"] != "none",
                record["colour"] == "texture", name,
                record["geo_hash"] in hidden_shapes, _weight(record, nouns[name.words[-1]] if name.words else 1),
            )
        )  # fmt: skip
    return entries


def licences(entries: Sequence[Entry]) -> list[tuple[str, str, str, int]]:
    """(pack, author, licence, models), one row each, sorted: what a model card owes its sources."""
    counts = Counter((e.pack, e.author, e.license) for e in entries)
    return [(*key, count) for key, count in sorted(counts.items())]


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError(f"{path} is missing; expected the corpus's list of models, one JSON object a line")
    if path.stat().st_size > _MAX_INDEX_BYTES:
        raise InputError(f"{path} is over {_MAX_INDEX_BYTES >> 20} MB; expected the list of a corpus's models")
    needed = {
        "file", "name", "caption", "pack", "author", "license", "license_confidence", "attribution", "category",
        "colour", "bbox", "geo_hash", "theme",
    }  # fmt: skip
    records = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number} is not JSON; expected one object a line") from error
        if not isinstance(record, dict) or not needed <= set(record):
            raise InputError(f"{path}, line {number} lacks some of {', '.join(sorted(needed))}")
        records.append(record)
    return records


_THEMES = frozenset(
    words(
        "dungeon medieval graveyard space castle restaurant forest survival cyberpunk city pirate desert "
        "halloween industrial prototype voxel cartoon fantasy farm"
    )
)


def _theme(record: dict[str, Any]) -> str:
    return next((word for word in str(record["theme"]).split() if word in _THEMES), "")


def _base_name(record: dict[str, Any]) -> str:
    """The file's name without its ending, numbers and single letters: Barrel_A and Barrel_B are one."""
    stem = re.sub(r"\..*$", "", str(record["name"]))
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    return " ".join(word for word in re.findall("[a-z]+", stem.lower()) if len(word) > 1)


def _is_drawn_hidden(record: dict[str, Any], base: str, count: int) -> bool:
    pack = str(record["pack"])
    family = f"{pack}/{base}" if count > _COMMON else base
    return _fraction(f"pack {pack}") < HIDDEN_PACKS or _fraction(f"name {family}") < HIDDEN_NAMES


def _fraction(text: str) -> float:
    """A number in [0, 1) that depends on the text alone, on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def _weight(record: dict[str, Any], same_noun: int) -> float:
    weight = float(max(same_noun, 3) / 3) ** -0.4
    if record["category"] == "road/track":
        weight *= 0.1
    elif record["category"] == "structure":
        weight *= 0.45
    if _LITTLE_TO_LEARN.search(str(record["caption"])):
        weight *= 0.25
    if min(record["bbox"]) < 0.02:
        weight *= 0.3
    if record["colour"] == "none":
        weight *= 0.8
    return weight
