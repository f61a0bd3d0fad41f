"""Views as a folder of PNG files and a transforms.json, as NeRF and splatting programs read it.

The PNGs hold 8 bits a channel (depth 16): colours to 1/510, normals to a third of a degree, depth to 1/131070 of
its largest value. Cameras are OpenGL camera-to-world matrices (+X right, +Y up, -Z forward) with intrinsics in
pixels; what transforms.json has no word for (projection, depth's scale, which axis is up) is under "maquette".
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from maquette.artifacts import Cameras, Views, check_views
from maquette.conventions import Y_UP_FROM_Z_UP, rigid_inverse, to_opengl
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically
from maquette.formats.images import MAX_BYTES, decode, pixels, save_png
from maquette.formats.photographs._lens import scaled
from maquette.formats.photographs._shot import Shoot
from maquette.formats.photographs._transforms import NAME, read_transforms
from maquette.formats.reading import beside, read_bounded

_MAX_VALUES = 2**28


def save_views(views: Views, folder: str | os.PathLike[str]) -> None:
    """Write each view's channels as PNG files and the cameras as transforms.json, which comes last.

    Args:
        views: What to write; alpha goes into the colour's PNG.
        folder: Made if it does not exist; files of the same names are replaced.

    Raises:
        InputError: The folder cannot be written.
    """
    folder = Path(folder)
    channels = {"rgb": np.concatenate([views.rgb, views.alpha[..., None]], -1)}
    if views.albedo is not None:
        channels["albedo"] = views.albedo
    if views.normals is not None:
        channels["normals"] = views.normals / 2 + 0.5
    if views.metallic_roughness is not None:
        orm = views.metallic_roughness[..., ::-1]
        channels["orm"] = np.concatenate([np.ones_like(orm[..., :1]), orm], -1)
    far = 0.0
    if views.depth is not None:
        far = float(views.depth.max()) or 1.0
        channels["depth"] = np.round(views.depth / np.float32(far) * 65535).astype(np.uint16)
    for name, pictures in channels.items():
        _make_folder(folder / name)
        for number, picture in enumerate(pictures):
            save_png(folder / name / f"{number:03}.png", picture)

    cameras = views.cameras
    frames = []
    for number, (transform, k) in enumerate(
        zip(cameras.world_to_camera.astype(np.float64), cameras.intrinsics.astype(np.float64), strict=True)
    ):
        frame: dict[str, Any] = {"file_path": f"rgb/{number:03}.png"}
        if "depth" in channels:
            frame["depth_file_path"] = f"depth/{number:03}.png"
        frame |= {"fl_x": k[0, 0], "fl_y": k[1, 1], "cx": k[0, 2], "cy": k[1, 2]}
        frames.append(frame | {"transform_matrix": to_opengl(transform).tolist()})
    document = {
        "camera_model": "OPENCV" if cameras.projection == "perspective" else "ORTHOGRAPHIC",
        "w": cameras.width,
        "h": cameras.height,
        "maquette": {
            "channels": sorted(channels),
            "depth_scale": far / 65535,
            "projection": cameras.projection,
            "up": "+y",
        },
        "frames": frames,
    }
    write_atomically(folder / NAME, (json.dumps(document, indent=1) + "\n").encode())


def load_views(folder: str | os.PathLike[str]) -> Views:
    """Read posed pictures: what `save_views` wrote, or another program's transforms.json.

    Without our own words in it a file is taken as perspective with +Z up (Blender, NeRF, instant-ngp) and turned
    to +Y up. Colours are zero where alpha is zero. Lens distortion is refused.

    Args:
        folder: Has transforms.json; the pictures lie in it or below.

    Raises:
        InputError: Something is missing, damaged, too large, or leads out of the folder.
    """
    path = Path(folder) / NAME
    document, shoot = read_transforms(path)
    try:
        views = _views(document, shoot)
        check_views(views)
        return views
    except InputError as error:
        raise error if path.name in str(error) else InputError(f"{path}: {error}") from error
    except Exception as error:  # our own words, of any shape
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        raise InputError(
            f"{path} is no transforms.json that can be used ({type(error).__name__}: {reason}): export it again"
        ) from error


def _views(document: dict[str, Any], shoot: Shoot) -> Views:
    path, ours, shots = shoot.file, document.get("maquette", {}), shoot.shots
    if any(any(shot.lens.distortion) or shot.lens.model != "brown" for shot in shots):
        raise InputError(f"{path} has lens distortion; expected undistorted pictures: undistort them first")
    first = _picture(path, shots[0].picture)
    height, width = first.shape[:2]
    if height * width * len(shots) * 4 > _MAX_VALUES:
        raise InputError(
            f"{path} has {len(shots)} pictures of {width}×{height}; expected at most {_MAX_VALUES // 4:,} pixels "
            "in all: scale them down or choose among them"
        )
    rgba = np.ones((len(shots), height, width, 4), np.float32)
    for number, shot in enumerate(shots):
        picture = first if number == 0 else _picture(path, shot.picture)
        _same_size(picture, first, shot.picture.name, path)
        rgba[number, ..., : picture.shape[2]] = picture
    world_to_camera = np.stack([shot.world_to_camera for shot in shots])
    if ours.get("up") != "+y":
        world_to_camera = world_to_camera @ rigid_inverse(Y_UP_FROM_Z_UP)
    # Focal lengths belong to the size that the file states, which need not be that of the pictures.
    intrinsics = np.stack([scaled(shot.lens, width, height).intrinsics for shot in shots])
    alpha = rgba[..., 3]
    cameras = Cameras(
        world_to_camera.astype(np.float32),
        intrinsics.astype(np.float32),
        width,
        height,
        "orthographic" if ours.get("projection") == "orthographic" else "perspective",
    )

    def channel(name: str) -> np.ndarray | None:
        if name not in ours.get("channels", []):
            return None
        pictures = [_picture(path, beside(path, f"{name}/{number:03}.png")) for number in range(len(shots))]
        for number, picture in enumerate(pictures):
            _same_size(picture, first, f"{name}/{number:03}.png", path)
        return np.where(alpha[..., None] > 0, np.stack(pictures)[..., :3], 0).astype(np.float32)

    normals, orm, depth = channel("normals"), channel("orm"), channel("depth")
    if normals is not None:
        normals = np.where(alpha[..., None] > 0, normals * 2 - 1, 0)
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
        normals = normals.astype(np.float32)
    return Views(
        cameras,
        np.where(alpha[..., None] > 0, rgba[..., :3], 0).astype(np.float32),
        np.ascontiguousarray(alpha),
        normals=normals,
        depth=None if depth is None else depth[..., 0] * np.float32(ours["depth_scale"] * 65535),
        albedo=channel("albedo"),
        metallic_roughness=None if orm is None else np.ascontiguousarray(orm[..., [2, 1]]),
    )


def _picture(path: Path, target: Path) -> np.ndarray:
    return pixels(decode(read_bounded(target, MAX_BYTES, f"a picture that {path.name} names"), target.name))


def _same_size(picture: np.ndarray, first: np.ndarray, name: str, path: Path) -> None:
    if picture.shape[:2] != first.shape[:2]:
        raise InputError(f"{path} has pictures of several sizes ({name}); expected one: scale them alike")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be made ({error.strerror}); expected a folder to write views into: choose another"
        ) from error
