"""Photographs moved into our world: the object in the unit box, +Y up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from maquette.artifacts import Cameras, Views
from maquette.conventions import Y_UP_FROM_Z_UP, Similarity, camera_centres
from maquette.errors import InputError
from maquette.formats.photographs import Photographs, each_name
from maquette.reconstruction._carving import Box, biggest, outside, silhouettes, surrounding
from maquette.reconstruction._rigs import meeting_point, rays, upright

_GRID = 64
_SAME_DIRECTION = np.sin(np.radians(4)) ** 2 / 2
_MOST_ENLARGED = 6


@dataclass(frozen=True)
class Placed:
    """Views of an object in the unit box, and the way there."""

    views: Views
    from_file: Similarity
    """From the world of the photographs' file to ours; its inverse takes a mesh back."""


def centred(photographs: Photographs) -> Placed:
    """Turn +Y up, and move and scale so that the object fills the box [-0.5, 0.5]³.

    Where the object is: the visual hull of the masks; without masks the sparse points that most pictures show;
    without these the place that the cameras look at, as far as their pictures reach. Up is the format's, else how
    the cameras were held; then the first picture shows the front.

    Raises:
        InputError: The masks are empty or leave nothing, or the pictures are too few or all from one side.
    """
    views = photographs.views
    if len(views.cameras) < 2:
        raise InputError(
            f"one photograph ({photographs.names[0][:60]}); expected several from around the object: add more, or "
            "make it from the picture alone, by its own name"
        )
    pose = views.cameras.world_to_camera.astype(np.float64)
    turn = Similarity(_turn(photographs, pose), 1.0, np.zeros(3))
    pose = turn.poses(pose)
    if photographs.masked:
        low, high = _hull_box(views, pose, photographs.names)
    else:
        low, high = _seen_box(views.cameras, pose, turn.points(photographs.points))
    scale = 1 / float((high - low).max())
    from_file = Similarity(np.eye(3), scale, -scale * (low + high) / 2).after(turn)
    return Placed(replace(views, cameras=from_file.cameras(views.cameras)), from_file)


def _turn(photographs: Photographs, pose: Float64[np.ndarray, "views 4 4"]) -> Float64[np.ndarray, "3 3"]:
    """The rotation that takes the world of the file to +Y up."""
    if photographs.up == (0.0, 1.0, 0.0):
        return np.eye(3)
    if photographs.up == (0.0, 0.0, 1.0):
        return Y_UP_FROM_Z_UP[:3, :3]
    up = upright(pose) if photographs.up is None else np.asarray(photographs.up)
    # In front is where the first picture was taken, or, if that was from above, where its lower edge is.
    toward = -pose[0, 2, :3] + 0.1 * pose[0, 1, :3]
    front = toward - up * (toward @ up)
    front /= max(float(np.linalg.norm(front)), 1e-12)
    return np.stack([np.cross(up, front), up, front])


def _hull_box(
    views: Views, pose: Float64[np.ndarray, "views 4 4"], names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    check_masks(views, names)
    k = views.cameras.intrinsics
    seen = silhouettes(views.alpha)
    box, spread = surrounding(pose, k, seen, _GRID)
    if spread < _SAME_DIRECTION:
        raise InputError(
            f"{len(names)} photographs that all look in nearly one direction; expected them from around the object"
        )
    for _ in range(_MOST_ENLARGED):
        kept = biggest(~np.any(outside(pose, k, seen, box), 0), box.size)
        found = np.argwhere(kept)
        if not len(found):
            break
        first, last = found.min(0), found.max(0)
        corner = box.centre - box.side / 2
        low, high = corner + first * box.spacing, corner + (last + 1) * box.spacing
        at_edge = bool((first == 0).any() or (last == box.size - 1).any())
        if not at_edge and (last - first).max() + 1 > 0.7 * box.size:
            return low, high
        side = 1.8 * box.side if at_edge else 1.2 * float((high - low).max())
        box = Box(box.centre if at_edge else (low + high) / 2, side, _GRID)
    else:
        raise InputError(
            "the masks do not bound the object from all sides; expected it whole in most pictures, from around it"
        )
    raise InputError(
        "the masks and the cameras contradict one another: no place is inside all of them; expected cameras and "
        "masks of these pictures: find the cameras again"
    )


def _seen_box(
    cameras: Cameras, pose: Float64[np.ndarray, "views 4 4"], points: Float64[np.ndarray, "points 3"]
) -> tuple[np.ndarray, np.ndarray]:
    k = cameras.intrinsics.astype(np.float64)
    if len(points):
        local = np.einsum("vij,pj->vpi", pose[:, :3, :3], points) + pose[:, None, :3, 3]
        z = np.maximum(local[..., 2], 1e-30)
        x = local[..., 0] / z * k[:, :1, 0] + k[:, :1, 2]
        y = local[..., 1] / z * k[:, 1:2, 1] + k[:, 1:2, 2]
        shown = (local[..., 2] > 0) & (x > 0) & (x < cameras.width) & (y > 0) & (y < cameras.height)
        common = points[shown.mean(0) >= 0.6]
        if len(common) >= 30:
            low, high = np.quantile(common, [0.02, 0.98], axis=0)
            margin = 0.1 * float((high - low).max())
            if margin > 0:
                return low - margin, high + margin
    centre = np.array([[cameras.width / 2, cameras.height / 2]])
    origins = camera_centres(pose)
    middle, spread = meeting_point(origins, rays(pose, k, np.repeat(centre, len(k), 0)))
    if spread < _SAME_DIRECTION:
        raise InputError(
            f"{len(k)} photographs that all look in nearly one direction; expected them from around the object"
        )
    depth = pose[:, 2, :3] @ middle + pose[:, 2, 3]
    if (depth > 0).mean() < 0.5:
        raise InputError(
            "the cameras look away from the place that they surround; expected poses of pictures of one object: "
            "the file's camera axes are likely those of another program (+Z and -Z exchanged)"
        )
    reach = depth * np.minimum(cameras.width / k[:, 0, 0], cameras.height / k[:, 1, 1]) / 2
    half = 1.25 * float(np.median(reach[depth > 0]))  # close-ups cut the object off
    return middle - half, middle + half


def check_masks(views: Views, names: tuple[str, ...]) -> None:
    """Raise InputError where a picture shows nothing."""
    empty = np.all(views.alpha <= 0.5, (1, 2))
    if empty.all():
        raise InputError("the masks of all photographs are empty; expected white, or opaque, where the object is")
    if empty.any():
        raise InputError(
            f"the mask is empty in {each_name(names, empty)}; expected the object in every picture: leave it out, "
            "or mend its mask"
        )
