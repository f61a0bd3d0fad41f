"""Cameras of photographs that come without: structure from motion by pycolmap (the extra `photos`)."""

from __future__ import annotations

from pathlib import Path

from maquette.errors import InputError
from maquette.formats.images import picture_size

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_FEWEST = 3


def find_poses(pictures: Path, work: Path) -> Path:
    """Find the cameras of a folder of photographs, and return the folder of the sparse model in `work`.

    Raises:
        InputError: pycolmap is not installed, or it cannot connect at least half of the pictures.
    """
    files = [file for file in pictures.iterdir() if file.suffix.lower() in ENDINGS]
    count = len(files)
    if count < _FEWEST:
        raise InputError(
            f"{pictures} has {count} picture{'s' * (count != 1)} and no cameras; expected at least {_FEWEST}: add "
            "more from around the object, or name one picture alone"
        )
    try:
        import pycolmap  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            f"{pictures} has no file of cameras, and finding them needs pycolmap; expected transforms.json, a "
            'COLMAP model or projection matrices: add one, or `pip install "maquette[photos]"`'
        ) from error
    pycolmap.logging.minloglevel = pycolmap.logging.ERROR
    # Pictures of one size are from one camera: one focal length and one distortion for all hold the rig together.
    one = len({picture_size(file) for file in files}) == 1
    mode = pycolmap.CameraMode.SINGLE if one else pycolmap.CameraMode.AUTO
    database = work / "database.db"
    pycolmap.extract_features(database, pictures, camera_mode=mode)
    pycolmap.match_exhaustive(database)
    models = pycolmap.incremental_mapping(database, pictures, work / "sparse")
    best = max(models.values(), key=lambda model: model.num_reg_images(), default=None)
    if best is None or best.num_reg_images() < max(_FEWEST, count / 2):
        found = 0 if best is None else best.num_reg_images()
        raise InputError(
            f"{pictures}: only {found} of {count} pictures could be placed; expected most of them: photograph the "
            "object again with more overlap, or give its cameras"
        )
    model = work / "model"
    model.mkdir()
    best.write_binary(str(model))
    return model
