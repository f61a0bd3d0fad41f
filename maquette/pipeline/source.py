"""What the user gave: a sentence, a picture, photographs or a mesh, told apart by rules and never by guessing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from maquette.artifacts import Asset, Image, Views
from maquette.cameras import axis_aligned
from maquette.errors import InputError
from maquette.formats.photographs import Photographs
from maquette.pipeline._photographs import read_photographs

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MESHES = (".glb", ".gltf", ".obj", ".ply", ".stl", ".off")
LONGEST_PROMPT = 300
"""Characters; the grammar that the bundled model learned never comes near."""

_LOOKS_LIKE_A_FILE = re.compile(
    r"(\.{0,2}|~|[A-Za-z]:)[/\\].*|[^\s/\\]*[/\\]\S*|\S+\.[A-Za-z][A-Za-z0-9]{1,4}", re.DOTALL
)


def read_source(source: str | Path, longest: int = 1024) -> str | Image | Photographs | Asset:
    """The sentence, or the picture, photographs or mesh in the file or folder that a source names.

    A source is a file when it exists, when it ends like a picture or mesh, when it starts like a path (/, ./, ~/)
    or is one word with a slash or an ending; anything else is a sentence.

    Args:
        longest: Pixels of photographs' longer side; larger ones are scaled down.

    Raises:
        InputError: It is neither, or the file cannot be used.
    """
    if isinstance(source, str) and not names_a_file(source):
        return sentence(source)
    from maquette import formats

    path = Path(source)
    known = ", ".join(ending[1:] for ending in (*PICTURES, *MESHES))
    if path.is_dir():
        return read_photographs(path, longest)
    if not path.exists():
        raise InputError(
            f"{source}: no such file; expected a file that exists, or a sentence: check the path, or write the "
            "sentence in plain words"
        )
    ending = path.suffix.lower()
    if ending in PICTURES:
        return formats.load_image(path)
    if ending in MESHES:
        return formats.load(path)
    raise InputError(f"{source}: not a kind of file that maquette reads; expected one of {known}: convert it")


def read_like(like: str | Path | Asset | Views) -> Views:
    """The six views to be like: those in a folder that `maquette cache show` wrote, or those of a mesh.

    Raises:
        InputError: It is neither, or cannot be used.
    """
    from maquette import formats
    from maquette.formats.views import load_views
    from maquette.texturing.render import render_views

    if isinstance(like, Views):
        return like
    if isinstance(like, (str, Path)):
        path = Path(like)
        if path.is_dir():
            return load_views(path)
        if not path.exists():
            raise InputError(
                f"{like}: no such file; expected a mesh or a folder of views to be like: check the path"
            )
        if path.suffix.lower() not in MESHES:
            known = ", ".join(ending[1:] for ending in MESHES)
            raise InputError(f"{like}: nothing to be like; expected a mesh ({known}) or a folder of views")
        like = formats.load(path)
    return render_views(replace(like, mesh=formats.normalized(like.mesh)), axis_aligned(64))


def sentence(text: str) -> str:
    """A prompt in its one written form: NFC, single spaces, none around it.

    Raises:
        InputError: It is empty, longer than LONGEST_PROMPT, has no letters, or is not in Latin letters.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    example = 'such as "a red wooden stool"'
    if not text:
        raise InputError(f"the text is empty; expected a sentence that names an object, {example}")
    if len(text) > LONGEST_PROMPT:
        raise InputError(
            f"the text has {len(text)} characters; expected at most {LONGEST_PROMPT}: name one object, {example}"
        )
    letters = [character for character in text if character.isalpha()]
    if not letters:
        raise InputError(f"the text {text!r} has no letters; expected a sentence that names an object, {example}")
    foreign = next((letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN ")), None)
    if foreign is not None:
        script = unicodedata.name(foreign, "unknown").split()[0].title()
        raise InputError(
            f"the text is written in {script} letters ({foreign}); the bundled model knows English only: write "
            f"it in English, {example}"
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InputError(f"the text has control characters; expected a plain sentence, {example}")
    return text


def names_a_file(source: str) -> bool:
    """Whether a source is meant as a file, by the rule of read_source."""
    if not source.strip() or "\0" in source or "\n" in source:
        return False
    if source.lower().endswith((*PICTURES, *MESHES)) or _LOOKS_LIKE_A_FILE.fullmatch(source):
        return True
    try:
        return Path(source).exists()
    except OSError:
        return False  # too long to be a path
