"""3×4 projection matrices: cameras.json, or NAME_P.txt beside each picture as CMPMVS writes them.

P takes world points to homogeneous pixels, with (0, 0) the centre of the first pixel.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from maquette.conventions import from_integer_centres, from_projection
from maquette.errors import InputError
from maquette.formats.images import picture_size
from maquette.formats.photographs._lens import Lens
from maquette.formats.photographs._shot import Shoot, Shot, mask_of
from maquette.formats.photographs._transforms import MAX_VIEWS
from maquette.formats.reading import beside, read_bounded

NAME = "cameras.json"
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_MAX_BYTES = 2**26


def find_texts(folder: Path) -> list[Path]:
    """The NAME_P.txt files of a folder, in it or in its images/."""
    return sorted(folder.glob("*_P.txt")) or sorted((folder / "images").glob("*_P.txt"))


def read_cameras_json(path: Path) -> Shoot:
    """The shots of {"views": [{"file": ..., "P": 3×4}, ...]}.

    A matrix named P_WIDTHxHEIGHT is for pictures of that size; the one that fits the picture is taken.

    Raises:
        InputError: Something is missing, damaged, too large, or leads out of the folder.
    """
    try:
        document = json.loads(read_bounded(path, _MAX_BYTES, "the cameras of a folder of pictures"))
        views = document["views"]
        _check_count(len(views), path)
        return Shoot(path, [_shot(view, path) for view in views])
    except InputError:
        raise
    except Exception as error:  # JSON of any shape
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        raise InputError(
            f"{path} has no cameras that can be used ({type(error).__name__}: {reason}); expected "
            '{"views": [{"file": ..., "P": 3×4}, ...]}'
        ) from error


def read_texts(folder: Path, texts: list[Path]) -> Shoot:
    """The shots of NAME_P.txt files, each beside its picture in the folder or below.

    Raises:
        InputError: A matrix is damaged or its picture is missing.
    """
    _check_count(len(texts), texts[0].parent)
    shots = []
    for text in texts:
        name = text.name.removesuffix("_P.txt")
        pictures = sorted(
            file
            for file in text.parent.iterdir()
            if file.suffix.lower() in PICTURES and file.name.split(".")[0] == name.split(".")[0]
        )
        if not pictures:
            raise InputError(f"{text} has no picture beside it; expected {name}.png or {name}.jpg")
        words = read_bounded(text, _MAX_BYTES, "a 3×4 projection matrix").decode("utf-8", "replace").split()
        try:
            matrix = np.array([word for word in words if word != "CONTOUR"], np.float64).reshape(3, 4)
        except ValueError as error:
            raise InputError(f"{text} has no 3×4 matrix; expected twelve numbers: export it again") from error
        shots.append(_shot_of(pictures[0], matrix, picture_size(pictures[0]), text, folder))
    return Shoot(texts[0], shots)


def _shot(view: dict[str, Any], path: Path) -> Shot:
    picture = beside(path, str(view["file"]))
    if not picture.is_file():
        raise InputError(f"{path} names {view['file']!r}, which does not exist; expected a picture there")
    size = picture_size(picture)
    sizes = {name: re.fullmatch(r"P(?:_(?:.*_)?(\d{1,6})x(\d{1,6}))?", name) for name in view}
    fitting = {
        name: (int(match[1]), int(match[2])) if match[1] else size for name, match in sizes.items() if match
    }
    if not fitting:
        raise InputError(f"{path}: {view['file']!r} has no P; expected a 3×4 matrix")
    name = min(fitting, key=lambda name: abs(fitting[name][0] - size[0]))
    matrix = np.asarray(view[name], np.float64)
    if matrix.shape != (3, 4):
        raise InputError(f"{path}: {view['file']!r} has a P of {matrix.shape}; expected 3×4")
    return _shot_of(picture, matrix, fitting[name], path, path.parent)


def _shot_of(picture: Path, matrix: np.ndarray, size: tuple[int, int], path: Path, folder: Path) -> Shot:
    try:
        intrinsics, world_to_camera = from_projection(matrix)
    except ValueError as error:
        raise InputError(f"{path}: {picture.name} has {error}; expected P = K [R | t]: export it again") from error
    if min(size) < 1:
        raise InputError(f"{path}: a picture of {size[0]}×{size[1]} pixels; expected its real size")
    intrinsics = from_integer_centres(intrinsics)
    if abs(intrinsics[0, 1]) < 1e-4 * intrinsics[0, 0]:
        intrinsics[0, 1] = 0  # under a tenth of a pixel across any picture
    return Shot(picture, Lens(*size, intrinsics), world_to_camera, mask_of(folder, picture.name))


def _check_count(count: int, path: Path) -> None:
    if not 1 <= count <= MAX_VIEWS:
        raise InputError(f"{path} has {count} views; expected 1 to {MAX_VIEWS}: choose among them")
