"""COLMAP's sparse models, text and binary: cameras, images and points3D in sparse/0 or beside.

https://colmap.github.io/format.html. The world is arbitrary, its scale and its up too.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from maquette.artifacts import Cameras
from maquette.conventions import from_colmap, to_colmap
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically
from maquette.formats.photographs._lens import Lens, pixels
from maquette.formats.photographs._points import MAX_BYTES, MAX_POINTS
from maquette.formats.photographs._shot import Shoot, Shot, mask_of
from maquette.formats.photographs._transforms import MAX_VIEWS
from maquette.formats.reading import beside, read_bounded

# The number that stands for each model in binary files, and where its parameters go: f for both focal lengths.
_MODELS = {
    "SIMPLE_PINHOLE": (0, ("f", "cx", "cy")),
    "PINHOLE": (1, ("fx", "fy", "cx", "cy")),
    "SIMPLE_RADIAL": (2, ("f", "cx", "cy", "k1")),
    "RADIAL": (3, ("f", "cx", "cy", "k1", "k2")),
    "OPENCV": (4, ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2")),
    "OPENCV_FISHEYE": (5, ("fx", "fy", "cx", "cy", "k1", "k2", "k3", "k4")),
    "FULL_OPENCV": (6, ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")),
}
# What we do not read, so that it can be refused by name.
_OTHERS = {7: "FOV", 8: "SIMPLE_RADIAL_FISHEYE", 9: "RADIAL_FISHEYE", 10: "THIN_PRISM_FISHEYE"}
_PLACES = ("sparse/0", "sparse", "colmap/sparse/0", "colmap/sparse", ".")
_FAR_OFF = 0.02
"""Of a picture's diagonal: points that COLMAP matched there fall within a pixel or two."""


@dataclass(frozen=True)
class _Image:
    name: str
    camera: int
    world_to_camera: Float64[np.ndarray, "4 4"]
    pixels: Float64[np.ndarray, "observed 2"]
    points: np.ndarray
    """The number of the point seen at each of `pixels`, or -1."""


def find_model(folder: Path) -> Path | None:
    """The folder of the sparse model that belongs to a folder of pictures, if there is one."""
    for place in _PLACES:
        for ending in (".bin", ".txt"):
            if (folder / place / f"images{ending}").is_file() and (folder / place / f"cameras{ending}").is_file():
                return folder / place
    return None


def read_colmap(folder: Path, model: Path) -> Shoot:
    """The shots and points of a sparse model whose pictures are in `folder`/images, or in `folder`.

    Raises:
        InputError: Something is missing, damaged, unknown or too large, or points do not fall where they were
            seen.
    """
    binary = all((model / name).is_file() for name in ("images.bin", "cameras.bin"))
    ending = ".bin" if binary else ".txt"
    file = model / f"images{ending}"
    try:
        if binary:
            lenses = _binary_cameras(_Bytes(_read(model / "cameras.bin")))
            images = _binary_images(_Bytes(_read(file)))
        else:
            lenses, images = _text_cameras(_read(model / "cameras.txt")), _text_images(_read(file))
        points = np.zeros((0, 3))
        numbers = np.zeros(0, np.int64)
        if (model / f"points3D{ending}").is_file() and (model / f"points3D{ending}").stat().st_size:
            data = _read(model / f"points3D{ending}")
            numbers, points = _binary_points(_Bytes(data)) if binary else _text_points(data)
    except InputError:
        raise
    except (ValueError, IndexError, KeyError, struct.error, OverflowError) as error:
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        raise InputError(
            f"{model} is no COLMAP model that can be used ({type(error).__name__}: {reason}): export it again"
        ) from error
    if not 1 <= len(images) <= MAX_VIEWS:
        raise InputError(f"{file} has {len(images)} views; expected 1 to {MAX_VIEWS}: choose among them")
    images.sort(key=lambda image: image.name)
    root = folder / "images" if (folder / "images").is_dir() else folder
    shots = []
    for image in images:
        if image.camera not in lenses:
            raise InputError(f"{file}: {image.name[:80]} has camera {image.camera}, which the model does not have")
        picture = beside(root / "images", image.name)
        if not picture.is_file():
            raise InputError(f"{file} names {image.name[:80]!r}, which does not exist; expected it in {root}")
        shots.append(Shot(picture, lenses[image.camera], image.world_to_camera, mask_of(folder, image.name)))
        _check_tracks(image, lenses[image.camera], numbers, points, file)
    return Shoot(file, shots, None, points[np.isfinite(points).all(-1)])


def save_colmap(
    cameras: Cameras,
    names: list[str],
    folder: str | os.PathLike[str],
    points: Float32[np.ndarray, "points 3"] | None = None,
) -> None:
    """Write perspective cameras as a sparse model in text: cameras.txt, images.txt, points3D.txt.

    Args:
        cameras: The poses; each gets a camera of its own (PINHOLE).
        names: Of the pictures, one a view.
        folder: Made if it does not exist, such as sparse/0.
        points: Sparse points, written without tracks.

    Raises:
        InputError: The cameras are orthographic, the counts differ, or the place cannot be written.
    """
    if cameras.projection != "perspective":
        raise InputError("orthographic cameras; COLMAP knows perspective ones only: save them as transforms.json")
    if len(names) != len(cameras):
        raise InputError(f"{len(names)} names for {len(cameras)} cameras; expected as many")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines, images = [], []
    wxyz, translation = to_colmap(cameras.world_to_camera)
    for i, (name, k) in enumerate(zip(names, cameras.intrinsics.astype(np.float64), strict=True)):
        focal = " ".join(f"{value:.9g}" for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2]))
        lines.append(f"{i + 1} PINHOLE {cameras.width} {cameras.height} {focal}\n")
        pose = " ".join(f"{value:.17g}" for value in (*wxyz[i], *translation[i]))
        images.append(f"{i + 1} {pose} {i + 1} {name}\n\n")
    write_atomically(folder / "cameras.txt", "".join(lines).encode())
    write_atomically(folder / "images.txt", "".join(images).encode())
    rows = [] if points is None else points.tolist()
    text = "".join(f"{i + 1} {x:.9g} {y:.9g} {z:.9g} 128 128 128 0\n" for i, (x, y, z) in enumerate(rows))
    write_atomically(folder / "points3D.txt", (text or "# no points\n").encode())


def _check_tracks(image: _Image, lens: Lens, numbers: np.ndarray, points: np.ndarray, file: Path) -> None:
    """Raise InputError where the points that an image has seen do not fall where it saw them."""
    seen = np.isin(image.points, numbers) & (image.points >= 0)
    if seen.sum() < 10:
        return
    order = np.argsort(numbers)
    found = points[order[np.searchsorted(numbers, image.points[seen], sorter=order)]]
    local = found @ image.world_to_camera[:3, :3].T + image.world_to_camera[:3, 3]
    before = local[:, 2] > 0
    error = np.full(len(found), np.inf)
    with np.errstate(all="ignore"):
        at = pixels(lens, local[:, :2] / local[:, 2:])
        error[before] = np.linalg.norm(at - image.pixels[seen], axis=-1)[before]
    diagonal = float(np.hypot(lens.width, lens.height))
    middle = float(np.median(error))
    if not middle <= _FAR_OFF * diagonal:
        how = "behind it" if not np.isfinite(middle) else f"{middle:.0f} pixels away"
        raise InputError(
            f"{file}: what {image.name[:80]} has seen falls {how} (expected within a few pixels); its pose or its "
            "camera does not belong to these points: export the model again, or leave the picture out"
        )


def _lens(model: str, width: int, height: int, values: tuple[float, ...]) -> Lens:
    if model not in _MODELS:
        raise InputError(
            f"the camera model {model[:40]} is not known; expected one of {', '.join(_MODELS)}: undistort the "
            "pictures with `colmap image_undistorter`"
        )
    names = _MODELS[model][1]
    if len(values) != len(names):
        raise ValueError(f"{len(values)} parameters for {model}, which has {len(names)}")
    if not np.isfinite(values).all() or not (1 <= width <= 10**6 and 1 <= height <= 10**6):
        raise ValueError(f"a {model} camera with numbers out of range")
    by: dict[str, Any] = dict(zip(names, values, strict=True))
    fx, fy = by.get("fx", by.get("f", 0.0)), by.get("fy", by.get("f", 0.0))
    if not (fx > 0 and fy > 0):
        raise ValueError(f"a {model} camera with a focal length of {fx:g}, {fy:g}")
    intrinsics = np.array([[fx, 0, by["cx"]], [0, fy, by["cy"]], [0, 0, 1.0]])
    if model == "OPENCV_FISHEYE":
        return Lens(width, height, intrinsics, "fisheye", tuple(by[f"k{i}"] for i in (1, 2, 3, 4)))
    brown = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
    return Lens(width, height, intrinsics, "brown", tuple(by.get(name, 0.0) for name in brown))


def _pose(wxyz: tuple[float, ...], translation: tuple[float, ...]) -> np.ndarray:
    numbers = np.array([*wxyz, *translation])
    if not np.isfinite(numbers).all() or not 0.5 < np.linalg.norm(wxyz) < 2:
        raise ValueError("a pose without a unit quaternion")
    return from_colmap(numbers[:4], numbers[4:])


def _read(path: Path) -> bytes:
    return read_bounded(path, MAX_BYTES, "a part of a COLMAP model")


def _rows(data: bytes) -> list[list[str]]:
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return [line.split() for line in lines if line and not line.startswith("#")]


def _text_cameras(data: bytes) -> dict[int, Lens]:
    return {
        int(row[0]): _lens(row[1], int(row[2]), int(row[3]), tuple(map(float, row[4:]))) for row in _rows(data)
    }


def _text_images(data: bytes) -> list[_Image]:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines() if not line.startswith("#")]
    images, at = [], 0
    while at < len(lines):
        row = lines[at].split(None, 9)
        at += 1
        if not row:
            continue
        numbers = tuple(map(float, row[1:8]))
        # The line after an image's has what it saw, and may be empty.
        seen = np.array(lines[at].split() if at < len(lines) else [], np.float64).reshape(-1, 3)
        at += 1
        pose = _pose(numbers[:4], numbers[4:])
        images.append(_Image(row[9], int(row[8]), pose, seen[:, :2], seen[:, 2].astype(np.int64)))
    return images


def _text_points(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    rows = _rows(data)
    if len(rows) > MAX_POINTS:
        raise ValueError(f"{len(rows):,} points; expected at most {MAX_POINTS:,}")
    numbers = np.array([int(row[0]) for row in rows], np.int64)
    return numbers, np.array([row[1:4] for row in rows], np.float64).reshape(-1, 3)


class _Bytes:
    """A cursor over bytes that says where they end too soon."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def count(self, least: int) -> int:
        """A number of things that take at least so many bytes each."""
        (count,) = self.take("Q")
        if count * least > len(self.data) - self.at:
            raise ValueError(f"cut off: {count:,} entries in {len(self.data):,} bytes")
        return count

    def array(self, dtype: np.dtype, count: int) -> np.ndarray:
        out = np.frombuffer(self.data, dtype, count, self.at)
        self.at += out.nbytes
        return out

    def text(self) -> str:
        end = self.data.index(b"\0", self.at)
        start, self.at = self.at, end + 1
        return self.data[start:end].decode("utf-8", "replace")


def _binary_cameras(cursor: _Bytes) -> dict[int, Lens]:
    names = {number: name for name, (number, _) in _MODELS.items()}
    lenses = {}
    for _ in range(cursor.count(24)):
        key, number, width, height = cursor.take("IiQQ")
        name = names.get(number) or _OTHERS.get(number, f"number {number}")
        parameters = len(_MODELS[name][1]) if name in _MODELS else 0
        lenses[key] = _lens(name, width, height, cursor.take(f"{parameters}d"))
    return lenses


def _binary_images(cursor: _Bytes) -> list[_Image]:
    seen_type = np.dtype([("pixel", "<f8", 2), ("point", "<i8")])
    images = []
    for _ in range(cursor.count(73)):
        values = cursor.take("I7dI")
        name = cursor.text()
        seen = cursor.array(seen_type, cursor.count(24))
        pose = _pose(values[1:5], values[5:8])
        images.append(_Image(name, values[8], pose, seen["pixel"].copy(), seen["point"].copy()))
    return images


def _binary_points(cursor: _Bytes) -> tuple[np.ndarray, np.ndarray]:
    count = cursor.count(51)
    if count > MAX_POINTS:
        raise ValueError(f"{count:,} points; expected at most {MAX_POINTS:,}")
    numbers, points = np.empty(count, np.int64), np.empty((count, 3))
    for i in range(count):
        values = cursor.take("Q3d3Bd")
        numbers[i], points[i] = values[0], values[1:4]
        tracks = cursor.count(8)
        cursor.at += 8 * tracks
    return numbers, points
