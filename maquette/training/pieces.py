"""A file in pieces, for ways that carry only so much at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from maquette.errors import InputError

PIECE_BYTES = 16_000_000
"""The most that a piece has."""


def split(file: Path, folder: Path) -> list[Path]:
    """Write a file's bytes as pieces, and pieces.json with its name and SHA-256; earlier pieces there go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.piece"):
        old.unlink()
    content = file.read_bytes()
    paths = []
    for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
        paths.append(folder / f"{number:03d}.piece")
        paths[-1].write_bytes(content[start : start + PIECE_BYTES])
    about = {"name": file.name, "sha256": hashlib.sha256(content).hexdigest(), "pieces": len(paths)}
    (folder / "pieces.json").write_text(json.dumps(about))
    return paths


def join(folder: Path, file: Path) -> None:
    """Write the file that `split` took apart.

    Raises:
        InputError: A piece is missing or damaged; nothing is written.
    """
    about = json.loads((folder / "pieces.json").read_text())
    paths = [folder / f"{number:03d}.piece" for number in range(int(about["pieces"]))]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise InputError(f"{folder} lacks {', '.join(missing)}; bring all {len(paths)} pieces")
    content = b"".join(path.read_bytes() for path in paths)
    if hashlib.sha256(content).hexdigest() != about["sha256"]:
        raise InputError(f"the pieces in {folder} are not those of one {about['name']}; bring them again")
    partial = file.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(file)
