"""transforms.json, as NeRF, instant-ngp and nerfstudio write it: OpenGL camera-to-world matrices, +Z up."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from maquette.conventions import from_opengl
from maquette.errors import InputError
from maquette.formats.images import MAX_BYTES, picture_size
from maquette.formats.photographs._lens import Lens
from maquette.formats.photographs._points import read_ply_points
from maquette.formats.photographs._shot import Shoot, Shot, mask_of
from maquette.formats.reading import beside, read_bounded

NAME = "transforms.json"
MAX_VIEWS = 1000
"""The most pictures of one object that are read."""

_MODELS = ("PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "OPENCV_FISHEYE", "FULL_OPENCV")
_BROWN = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".PNG", ".JPG", ".JPEG")


def read_transforms(path: Path) -> tuple[dict[str, Any], Shoot]:
    """The document, and the shots in it in the file's own world.

    Raises:
        InputError: Something is missing, damaged, unknown, too large, or leads out of the folder.
    """
    data = read_bounded(path, MAX_BYTES, "the cameras of a folder of views")
    try:
        document = json.loads(data)
        return document, _shoot(document, path)
    except InputError:
        raise
    except Exception as error:  # JSON of any shape
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        raise InputError(
            f"{path} is no transforms.json that can be used ({type(error).__name__}: {reason}): export it again"
        ) from error


def _shoot(document: dict[str, Any], path: Path) -> Shoot:
    frames, ours = document["frames"], document.get("maquette", {})
    if not 1 <= len(frames) <= MAX_VIEWS:
        raise InputError(f"{path} has {len(frames)} views; expected 1 to {MAX_VIEWS}: choose among them")
    shots = [_shot(document | frame, number, path) for number, frame in enumerate(frames)]
    points = np.zeros((0, 3))
    if document.get("ply_file_path"):
        points = read_ply_points(beside(path, str(document["ply_file_path"])))
    # nerfstudio's matrices from COLMAP come with the turn that was applied to them; +Z is then up by chance only.
    up = (0.0, 0.0, 1.0) if "applied_transform" not in document else None
    return Shoot(path, shots, (0.0, 1.0, 0.0) if ours.get("up") == "+y" else up, points)


def _shot(frame: dict[str, Any], number: int, path: Path) -> Shot:
    picture = _existing(beside(path, str(frame["file_path"])))
    if not picture.exists():
        raise InputError(f"{path} names {frame['file_path']!r}, which does not exist; expected a picture there")
    matrix = np.asarray(frame["transform_matrix"], np.float64)
    if matrix.shape not in ((4, 4), (3, 4)):
        raise InputError(f"{path}: view {number} has no rigid transform_matrix; expected 4×4: export it again")
    lens = _lens(frame, picture, path)
    if not np.isfinite(matrix).all() or not np.isfinite(lens.intrinsics).all():
        raise InputError(f"{path} has cameras that are not finite; expected numbers: export it again")
    camera_to_world = np.eye(4)
    camera_to_world[:3] = matrix[:3]
    camera_to_world[:3, :3] = _rotation(matrix[:3, :3], number, path)
    mask = mask_of(path.parent, picture.name)
    if frame.get("mask_path"):
        mask = beside(path, str(frame["mask_path"]))
        if not mask.exists():
            raise InputError(
                f"{path} names the mask {frame['mask_path']!r}, which does not exist; expected a picture"
            )
    return Shot(picture, lens, from_opengl(camera_to_world), mask)


def _rotation(matrix: np.ndarray, number: int, path: Path) -> np.ndarray:
    """The matrix without a uniform scale, which changes no picture."""
    determinant = float(np.linalg.det(matrix))
    scale = abs(determinant) ** (1 / 3)
    if not scale > 1e-9 or not np.allclose(matrix @ matrix.T, scale**2 * np.eye(3), atol=1e-3 * scale**2):
        raise InputError(f"{path}: view {number} has no rigid transform_matrix; expected 4×4: export it again")
    if determinant < 0:
        raise InputError(
            f"{path}: view {number} has a mirrored transform_matrix (its determinant is negative); expected a "
            "rotation: export it from a right-handed world, without a negative scale"
        )
    # The nearest rotation: what is left of rounding would otherwise be taken for shear.
    u, _, v = np.linalg.svd(matrix)
    return u @ v


def _lens(frame: dict[str, Any], picture: Path, path: Path) -> Lens:
    model = str(frame.get("camera_model", "OPENCV")).upper()
    if model not in _MODELS and not (model == "ORTHOGRAPHIC" and "maquette" in frame):
        raise InputError(f"{path} has the camera model {model[:40]}; expected one of {', '.join(_MODELS)}")
    if "w" in frame and "h" in frame:
        width, height = float(frame["w"]), float(frame["h"])
        if not (1 <= width <= 1e6 and 1 <= height <= 1e6):
            raise InputError(f"{path} has pictures of {width:g}×{height:g} pixels; expected their real size")
        width, height = round(width), round(height)
    else:
        width, height = picture_size(picture)
    if "fl_x" in frame or "fl_y" in frame:
        fx = float(frame["fl_x" if "fl_x" in frame else "fl_y"])
        fy = float(frame["fl_y" if "fl_y" in frame else "fl_x"])
    elif "camera_angle_x" in frame:
        fx = fy = width / 2 / math.tan(float(frame["camera_angle_x"]) / 2)
        if "camera_angle_y" in frame:
            fy = height / 2 / math.tan(float(frame["camera_angle_y"]) / 2)
    else:
        raise InputError(f"{path} has no focal length; expected fl_x or camera_angle_x: export it again")
    if not (fx > 0 and fy > 0):
        raise InputError(f"{path} has a focal length of {fx:g}, {fy:g}; expected positive numbers")
    intrinsics = np.array(
        [[fx, 0, float(frame.get("cx", width / 2))], [0, fy, float(frame.get("cy", height / 2))], [0, 0, 1]]
    )
    if model == "OPENCV_FISHEYE" or frame.get("is_fisheye"):
        coefficients = _coefficients(frame, ("k1", "k2", "k3", "k4"), path)
        return Lens(width, height, intrinsics, "fisheye", coefficients)
    return Lens(width, height, intrinsics, "brown", _coefficients(frame, _BROWN, path))


def _coefficients(frame: dict[str, Any], names: tuple[str, ...], path: Path) -> tuple[float, ...]:
    values = tuple(float(frame.get(name) or 0) for name in names)
    if not all(map(math.isfinite, values)):
        raise InputError(f"{path} has lens coefficients that are not finite; expected numbers: export it again")
    return values


def _existing(path: Path) -> Path:
    """The file, or the one with a picture's ending, as in the synthetic NeRF scenes."""
    if path.suffix.lower() in _ENDINGS or path.is_file():
        return path
    found = (path.with_name(path.name + ending) for ending in _ENDINGS)
    return next((file for file in found if file.is_file()), path)
