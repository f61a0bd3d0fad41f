"""A folder of photographs, with cameras or without, as the user gave it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from maquette.errors import InputError
from maquette.formats.photographs import Photographs, has_cameras, load_photographs
from maquette.pipeline._unposed import ENDINGS, find_poses


def read_photographs(folder: Path, longest: int) -> Photographs:
    """The photographs in a folder; poses that no file tells are found by pycolmap.

    Raises:
        InputError: There are none, or their cameras cannot be read or found.
    """
    if has_cameras(folder):
        return load_photographs(folder, longest)
    pictures = folder / "images" if (folder / "images").is_dir() else folder
    if not any(file.suffix.lower() in ENDINGS for file in pictures.iterdir()):
        raise InputError(
            f"{folder} is a folder without cameras or pictures; expected a sentence, a file, or a folder of "
            f'photographs: name a file in it, or write a sentence with more words, such as "a {folder.name}"'
        )
    with tempfile.TemporaryDirectory(prefix="maquette-") as work:
        return load_photographs(folder, longest, find_poses(pictures, Path(work)))
