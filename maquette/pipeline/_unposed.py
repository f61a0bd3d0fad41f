"""Cameras of photographs that come without: structure from motion by pycolmap (the extra `photos`)."""

from __future__ import annotations

from pathlib import Path

from maquette.errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_FEWEST = 3


def find_poses(pictures: Path, work: Path) -> Path:
    """Find the cameras of a folder of photographs, and return the folder of the sparse model in `work`.

    Raises:
        InputError: pycolmap is not installed, or it cannot connect at least half of the pictures.
    """
    count = sum(file.suffix.lower() in ENDINGS for file in pictures.iterdir())
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
    database = work / "database.db"
    pycolmap.extract_features(database, pictures)
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
