"""Posed photographs of one object, whichever program found the cameras: the folder is told apart by its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Float64

from maquette.artifacts import Cameras, Views
from maquette.conventions import camera_centres
from maquette.errors import InputError
from maquette.formats.images import MAX_BYTES, MIN_SIDE, decode, pixels
from maquette.formats.photographs import _projections, _transforms
from maquette.formats.photographs._canvas import laid_out, same_shape, sizes
from maquette.formats.photographs._colmap import find_model, read_colmap
from maquette.formats.photographs._colmap import save_colmap as save_colmap
from maquette.formats.photographs._lens import scaled, straightened
from maquette.formats.photographs._shot import Shoot, Shot
from maquette.formats.reading import read_bounded

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MAX_PIXELS = 2**26
"""The most pixels of all photographs together, scaled down: 85 of 1024×768, some 1 GB."""

_FARTHEST = 1e4
"""Times the extent of a rig that it may lie from its world's origin, for single precision to hold it."""


@dataclass(frozen=True)
class Photographs:
    """Posed photographs in the world of their file, whose scale, place and up are anything."""

    views: Views
    """Undistorted; alpha is 1 everywhere where there are no masks."""
    names: tuple[str, ...]
    """Of the pictures' files, for messages."""
    masked: bool
    """Whether any picture has alpha or a mask."""
    up: tuple[float, float, float] | None = None
    """The world's up where the format has one."""
    points: Float64[np.ndarray, "points 3"] = field(default_factory=lambda: np.zeros((0, 3)))
    """Sparse points on what was seen; may be empty."""

    def cut(self, alpha: Float32[np.ndarray, "views height width"]) -> Photographs:
        """The same with masks."""
        rgb = self.views.rgb * (alpha > 0)[..., None]
        return replace(self, masked=True, views=replace(self.views, rgb=rgb, alpha=alpha))


def load_photographs(
    folder: str | os.PathLike[str], longest: int = 1024, model: str | os.PathLike[str] | None = None
) -> Photographs:
    """Read a folder of posed pictures, undistorted and scaled down, one at a time.

    Args:
        folder: Has transforms.json (NeRF, instant-ngp, nerfstudio), a COLMAP model (sparse/0 or beside the
            pictures, text or binary), cameras.json with 3×4 matrices P, or NAME_P.txt files; the first of these.
            Masks are the pictures' alpha, `mask_path`, or masks/NAME.EXT.png.
        longest: Pixels of the longer side; larger pictures are scaled down.
        model: A COLMAP model's own folder, where it lies elsewhere.

    Raises:
        InputError: Something is missing, damaged, too large or unknown, or leads out of the folder.
    """
    if longest < MIN_SIDE:
        raise InputError(f"longest {longest} is out of range; expected at least {MIN_SIDE} pixels")
    shoot = read_shoot(Path(folder), None if model is None else Path(model))
    return _developed(shoot, longest)


def has_cameras(folder: Path) -> bool:
    """Whether a folder has a file of cameras that `load_photographs` reads."""
    return (
        (folder / _transforms.NAME).is_file()
        or (folder / _projections.NAME).is_file()
        or find_model(folder) is not None
        or bool(_projections.find_texts(folder))
    )


def read_shoot(folder: Path, model: Path | None = None) -> Shoot:
    """What the folder's file of cameras says; no picture is decoded."""
    if not folder.is_dir():
        raise InputError(f"{str(folder)[:200]} is no folder; expected one with pictures and their cameras")
    if model is not None:
        return read_colmap(folder, model)
    if (folder / _transforms.NAME).is_file():
        document, shoot = _transforms.read_transforms(folder / _transforms.NAME)
        if document.get("maquette", {}).get("projection") == "orthographic":
            raise InputError(
                f"{shoot.file} has orthographic views; expected photographs, which are in perspective"
            )
        return shoot
    if (found := find_model(folder)) is not None:
        return read_colmap(folder, found)
    if (folder / _projections.NAME).is_file():
        return _projections.read_cameras_json(folder / _projections.NAME)
    if texts := _projections.find_texts(folder):
        return _projections.read_texts(folder, texts)
    raise InputError(
        f"{folder} has no cameras; expected transforms.json, a COLMAP model in sparse/0, cameras.json or "
        "NAME_P.txt files beside the pictures"
    )


def _developed(shoot: Shoot, longest: int) -> Photographs:
    """Decode, scale and straighten every picture of a shoot."""
    for shot in shoot.shots:
        _check_lens(shot, shoot.file)
    own = sizes(shoot.shots, longest)
    width, height = (max(side) for side in zip(*own, strict=True))
    count = len(shoot.shots)
    if count * width * height > MAX_PIXELS:
        fitting = int(max(width, height) * (MAX_PIXELS / (count * width * height)) ** 0.5)
        raise InputError(
            f"{shoot.file} has {count} pictures of {width}×{height}; expected at most {MAX_PIXELS:,} pixels in "
            f"all: scale them to {fitting} pixels or less (--longest), or choose among them"
        )
    pose = np.stack([shot.world_to_camera for shot in shoot.shots])
    _check_place(pose, shoot)
    rgb = np.empty((count, height, width, 3), np.float32)
    alpha = np.empty((count, height, width), np.float32)
    intrinsics = np.empty((count, 3, 3), np.float32)
    masked = False
    for i, shot in enumerate(shoot.shots):
        rgba, clear = _picture(shot, *own[i], shoot.file)
        masked |= clear
        straight, k = straightened(rgba, scaled(shot.lens, *own[i]), shot.picture.name)
        if not clear and own[i] != (width, height):
            raise InputError(
                f"{shot.picture.name} has no mask, and the pictures are of several shapes; expected alpha or "
                "masks then, and all of the object in each picture: cut it out, or crop all to one shape"
            )
        straight, k = laid_out(straight, k, width, height, shot.picture.name)
        rgb[i] = np.where(straight[..., 3:] > 0, straight[..., :3], 0)
        alpha[i], intrinsics[i] = straight[..., 3], k
    cameras = Cameras(pose.astype(np.float32), intrinsics, width, height)
    names = tuple(shot.picture.name for shot in shoot.shots)
    return Photographs(Views(cameras, rgb, alpha), names, masked, shoot.up, shoot.points)


def _picture(
    shot: Shot, width: int, height: int, file: Path
) -> tuple[Float32[np.ndarray, "height width 4"], bool]:
    """One picture at its size, and whether anything in it is masked."""
    picture = _decoded(shot.picture, (shot.lens.width, shot.lens.height))
    _check_shape(picture.size, (shot.lens.width, shot.lens.height), f"{shot.picture.name} is", file)
    rgba = np.ones((height, width, 4), np.float32)
    values = pixels(_resized(picture, width, height))
    rgba[..., : values.shape[2]] = values
    if shot.mask is not None:
        mask = _decoded(shot.mask, picture.size)
        _check_shape(mask.size, picture.size, f"{shot.mask.name}, the mask of {shot.picture.name}, is", file)
        values = pixels(_resized(mask, width, height))
        rgba[..., 3] *= values[..., 0] * (values[..., 3] if values.shape[2] == 4 else 1)
    return rgba, bool(rgba[..., 3].min() < 1)


def _decoded(path: Path, size: tuple[int, int]) -> PillowImage:
    """A picture with its pixels as stored, or upright where only so it has the shape that its camera has."""
    data = read_bounded(path, MAX_BYTES, "a PNG, JPEG or WebP picture")
    picture = decode(data, path.name, upright=False)
    turned = (picture.width > picture.height) != (size[0] > size[1]) and picture.width != picture.height
    return decode(data, path.name) if turned else picture


def _resized(picture: PillowImage, width: int, height: int) -> PillowImage:
    """Averaged over the pixels that each new one covers; colours weighted by alpha (Pillow does so)."""
    from PIL import Image as Pillow

    if picture.size == (width, height):
        return picture
    if picture.mode.startswith("I"):  # 16-bit grey
        picture = Pillow.fromarray(np.uint8(pixels(picture) * 255 + 0.5))
    elif picture.has_transparency_data:
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    smaller = width <= picture.width and height <= picture.height
    how = Pillow.Resampling.BOX if smaller else Pillow.Resampling.BILINEAR
    return picture.resize((width, height), how, reducing_gap=3.0 if smaller else None)


def _check_shape(size: tuple[int, int], expected: tuple[int, int], what: str, file: Path) -> None:
    if not same_shape(size, expected):  # another number of pixels is let pass; another shape is another picture
        raise InputError(
            f"{what} {size[0]}×{size[1]} pixels; expected the shape of {expected[0]}×{expected[1]} as in "
            f"{file.name}: leave it out, or find the cameras again"
        )


def _check_lens(shot: Shot, file: Path) -> None:
    """Raise InputError for intrinsics that no camera has, before anything is computed with them."""
    lens = shot.lens
    size, focal = max(lens.width, lens.height), lens.intrinsics[[0, 1], [0, 1]]
    if not ((focal > 0.02 * size) & (focal < 500 * size)).all():
        raise InputError(
            f"{file}: {shot.picture.name} has a focal length of {focal[0]:g}, {focal[1]:g} pixels for pictures of "
            f"{lens.width}×{lens.height}; expected about as many as they are wide: find the cameras again"
        )
    if not (np.abs(lens.intrinsics[:2, 1:]) < 500 * size).all():
        raise InputError(f"{file}: {shot.picture.name} has its centre far away; expected it in the picture")


def _check_place(pose: Float64[np.ndarray, "views 4 4"], shoot: Shoot) -> None:
    """Raise InputError for cameras whose numbers single precision cannot hold."""
    with np.errstate(all="ignore"):
        centres = camera_centres(pose)
    if not (np.abs(centres) < 1e15).all():
        raise InputError(
            f"{shoot.file} has cameras at places that are no numbers, or huge; expected numbers: export it again"
        )
    extent = float(np.ptp(centres, axis=0).max())
    away = float(np.abs(centres).max())
    if len(centres) > 1 and (extent == 0 or away > _FARTHEST * extent):
        how = f"{away:.3g} units from their world's origin and {extent:.3g} apart" if extent else "in one place"
        raise InputError(
            f"{shoot.file} has all cameras {how}; expected pictures from around an object near the origin: move "
            "the model there"
        )


def each_name(names: tuple[str, ...], chosen: np.ndarray, most: int = 3) -> str:
    """The chosen names in a few words, for a message."""
    listed: Iterator[str] = (name[:60] for name, taken in zip(names, chosen, strict=True) if taken)
    some = [name for name, _ in zip(listed, range(most), strict=False)]
    more = int(chosen.sum()) - len(some)
    return ", ".join(some) + (f" and {more} more" if more > 0 else "")
