"""Whether cameras fit the pictures they come with, and what is likely wrong where they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from jaxtyping import Float64

from maquette.artifacts import check_views
from maquette.conventions import camera_centres, rigid_inverse
from maquette.errors import InputError
from maquette.formats.photographs import Photographs, each_name
from maquette.reconstruction._carving import Box, Silhouettes, coverage, outside, silhouettes, surrounding
from maquette.reconstruction._matches import Match, epipolar_distances, matches
from maquette.reconstruction.place import check_masks

_GRID, _COARSE = 48, 32  # voxels along each side; the coarse ones for readings that are only compared
FITS, FITS_EACH = 0.97, 0.9
"""The share of all silhouettes, and of any one, that the hull of all fills where nothing is wrong."""
_SPOILT, _CLEAN = 0.985, 0.995
"""One picture is also wrong where with it only so much is filled, and without it next to everything."""
_HOPELESS = 0.75
"""Below this share nothing can be made, even where it is not known what is wrong."""
_CLEARLY = 0.05
"""By how much another reading of the cameras must be better to be named."""
_MATCHED, _UNMATCHED = 0.9, 0.3
"""The share of agreeing matches that fits cameras without doubt, and the share below which they are wrong."""
_MATCHED_OTHERWISE = 0.85
"""The share of them that fits another reading of the cameras, for it to be named."""


@dataclass(frozen=True)
class Rig:
    """Cameras in double precision."""

    pose: Float64[np.ndarray, "views 4 4"]
    intrinsics: Float64[np.ndarray, "views 3 3"]

    def __getitem__(self, chosen: np.ndarray) -> Rig:
        return Rig(self.pose[chosen], self.intrinsics[chosen])


def check_poses(photographs: Photographs) -> None:
    """Find cameras that do not belong to their pictures before anything is made from them.

    With masks the hull of all silhouettes must fill each of them (silhouette coherence, Hernández et al. 2007).
    Matches between pictures, where there are enough that agree with one another, must lie on the cameras'
    epipolar lines, in front of both. Where that fails, the usual other readings of the file are tried: other axes,
    inverted matrices, mirrored worlds, intrinsics of another size.

    Raises:
        InputError: The cameras do not fit; the message says what is likely wrong, and which pictures are.
    """
    views, names = photographs.views, photographs.names
    check_views(views)
    if len(views.cameras) < 2:
        return  # nothing to compare; `centred` says what is missing
    rig = Rig(views.cameras.world_to_camera.astype(np.float64), views.cameras.intrinsics.astype(np.float64))
    if photographs.masked:
        check_masks(views, names)
        _check_silhouettes(rig, silhouettes(views.alpha), names)
    elif len(photographs.points) >= 50:
        _check_points(rig, photographs)
    diagonal = float(np.hypot(views.cameras.width, views.cameras.height))
    tolerance = 0.006 * diagonal
    _check_matches(rig, matches(views, tolerance), tolerance, names)


def readings(rig: Rig) -> list[tuple[str, Rig]]:
    """What the same file would say under the usual mistakes, each in words, the commonest first."""
    out = []
    mirror = np.diag([-1.0, 1, 1, 1])
    axes: dict[tuple[int, ...], str] = {
        (1, 1, 1): "",
        (1, -1, -1): "camera axes of OpenCV (+Y down, +Z forward) and of OpenGL (+Y up, -Z forward) exchanged",
        (-1, -1, 1): "pictures upside down",
        (-1, 1, -1): "cameras that look backwards",
    }
    for inverted, signs in product((False, True), dict.fromkeys((*axes, *product((1, -1), repeat=3)))):
        mirrored = signs not in axes
        words = axes.get(signs, "a mirrored (left-handed) world, or mirrored pictures")
        if inverted:
            words = "world-to-camera and camera-to-world matrices exchanged" + (f", and {words}" if words else "")
        if words:
            pose = rigid_inverse(rig.pose) if inverted else rig.pose
            # A reflection of the camera's axes and one of the world's make a rotation again.
            pose = np.diag([*map(float, signs), 1.0]) @ pose @ (mirror if mirrored else np.eye(4))
            out.append((words, Rig(pose, rig.intrinsics)))
    for factor, size in ((2, "twice"), (4, "four times"), (0.5, "half"), (0.25, "a quarter")):
        scale = np.array([[1 / factor], [1 / factor], [1]])
        out.append((f"intrinsics of pictures {size} as large", Rig(rig.pose, rig.intrinsics * scale)))
    return out


def coherence(rig: Rig, seen: Silhouettes, size: int = _GRID) -> Float64[np.ndarray, "views"]:
    """How much of each silhouette the hull of all fills: 1 where cameras and masks agree."""
    box, _ = surrounding(rig.pose, rig.intrinsics, seen, size)
    kept = ~np.any(outside(rig.pose, rig.intrinsics, seen, box), 0)
    return coverage(rig.pose, rig.intrinsics, seen, box, kept)[0]


def _check_silhouettes(rig: Rig, seen: Silhouettes, names: tuple[str, ...]) -> None:
    filled = coherence(rig, seen)
    if filled.mean() >= FITS and filled.min() >= FITS_EACH:
        _check_single(rig, seen, float(filled.mean()), names)
        return
    what = f"the cameras do not fit the masks: together they leave {filled.mean():.0%} of the silhouettes"
    likely = _likely(rig, lambda other: float(coherence(other, seen, _COARSE).mean()), float(filled.mean()), FITS)
    if likely:
        raise InputError(f"{what} ({likely[1]:.0%} with {likely[0]}, which is likely what is wrong)")
    wrong, within = _strangers(rig, seen)
    if within.any():
        raise InputError(
            f"the camera of {each_name(names, within)} stands inside the object; expected one from around it: "
            "leave it out, or find the cameras again"
        )
    if wrong.any():
        raise InputError(
            f"the camera or the mask of {each_name(names, wrong)} does not fit the other pictures'; leave it out, "
            "or find the cameras again"
        )
    if filled.mean() < _HOPELESS:
        raise InputError(
            f"{what}, and no other usual convention fits better; expected cameras and masks of these pictures: "
            "find the cameras again, or mend the masks"
        )


def _check_single(rig: Rig, seen: Silhouettes, filled: float, names: tuple[str, ...]) -> None:
    """A turned camera may see much the same outline by chance; the others tell where they are sharp."""
    if filled > _SPOILT or len(names) < 4:
        return
    wrong, _ = _strangers(rig, seen, most=1)
    if wrong.any() and coherence(rig[~wrong], _of(seen, ~wrong)).mean() >= _CLEAN:
        raise InputError(
            f"the camera or the mask of {each_name(names, wrong)} does not fit the other pictures': with it they "
            f"agree on {filled:.1%} of the silhouettes, without it on nearly all; leave it out, or find the "
            "cameras again"
        )


def _strangers(rig: Rig, seen: Silhouettes, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The fewest views, at most a third, without which the rest agree; and which of them are inside the object."""
    views = len(rig.pose)
    limit = views // 3 if most is None else most
    box, _ = surrounding(rig.pose, rig.intrinsics, seen, _GRID)
    contradicted = outside(rig.pose, rig.intrinsics, seen, box).sum(0)
    none = np.zeros(views, bool)
    for count in range(1, limit + 1):
        filled, held = coverage(rig.pose, rig.intrinsics, seen, box, contradicted <= count)
        wrong = none.copy()
        wrong[np.argsort(filled * held)[:count]] = True
        rest = coherence(rig[~wrong], _of(seen, ~wrong))
        if rest.mean() >= FITS and rest.min() >= FITS_EACH and views - count >= 3:
            return wrong, wrong & _inside(rig, box, contradicted <= count)
    return none, none


def _of(seen: Silhouettes, chosen: np.ndarray) -> Silhouettes:
    return replace(
        seen,
        inside=seen.inside[chosen],
        distance=seen.distance[chosen],
        middle=seen.middle[chosen],
        span=seen.span[chosen],
    )


def _inside(rig: Rig, box: Box, kept: np.ndarray) -> np.ndarray:
    """Which cameras stand in a kept voxel."""
    at = np.floor((camera_centres(rig.pose) - box.centre) / box.spacing + box.size / 2).astype(np.int64)
    within = ((at >= 0) & (at < box.size)).all(-1)
    at = np.clip(at, 0, box.size - 1)
    return within & kept.reshape(box.size, box.size, box.size)[at[:, 0], at[:, 1], at[:, 2]]


def _check_points(rig: Rig, photographs: Photographs) -> None:
    cameras = photographs.views.cameras
    corner = np.array([cameras.width, cameras.height])
    points = photographs.points[:: len(photographs.points) // 2000 + 1]

    def shown(other: Rig) -> float:
        local = np.einsum("vij,pj->vpi", other.pose[:, :3, :3], points) + other.pose[:, None, :3, 3]
        pixels = np.einsum("vij,vpj->vpi", other.intrinsics, local / np.maximum(local[..., 2:], 1e-30))[..., :2]
        return float(((local[..., 2] > 0) & (pixels >= 0).all(-1) & (pixels < corner).all(-1)).mean())

    now = shown(rig)
    if now < 0.05:
        words, best = max(((words, shown(other)) for words, other in readings(rig)), key=lambda pair: pair[1])
        hint = f" ({best:.0%} with {words}, which is likely what is wrong)" if best > 0.3 else ""
        raise InputError(
            f"the cameras do not see the sparse points that come with them: {now:.0%} fall into the pictures"
            f"{hint}; expected points of the same world: export both again"
        )


def _check_matches(rig: Rig, found: list[Match], tolerance: float, names: tuple[str, ...]) -> None:
    if sum(int(match.agreed.sum()) for match in found) < 60:
        return  # pictures too unlike one another, or too plain, to say anything
    fitting = [_fitting(rig, match, tolerance) for match in found]
    share = _share(fitting, found)
    if share >= _MATCHED:
        return
    likely = _likely(
        rig, lambda other: _share([_fitting(other, m, tolerance) for m in found], found), share, _MATCHED_OTHERWISE
    )
    what = f"the cameras do not fit the pictures: {share:.0%} of what two pictures both show falls into place"
    if likely:
        raise InputError(f"{what} ({likely[1]:.0%} with {likely[0]}, which is likely what is wrong)")
    of_view = np.array([_share_of(view, fitting, found) for view in range(len(names))])
    wrong = of_view < _UNMATCHED
    rest = [i for i, match in enumerate(found) if not (wrong[match.first] or wrong[match.second])]
    good = _share([fitting[i] for i in rest], [found[i] for i in rest])
    if wrong.any() and wrong.sum() <= max(len(names) // 3, 1) and good >= 0.6:
        raise InputError(
            f"the camera of {each_name(names, wrong)} does not fit what the other pictures show; leave it out, or "
            "find the cameras again"
        )
    if share < _UNMATCHED:
        raise InputError(
            f"{what}, and no other usual convention fits better; expected cameras of these pictures: find them "
            "again"
        )


def _likely(rig: Rig, score: Callable[[Rig], float], now: float, enough: float) -> tuple[str, float] | None:
    """The other reading of the cameras that fits best, if it fits, and the commonest of equals."""
    scores = [(words, score(other)) for words, other in readings(rig)]
    best = max(value for _, value in scores)
    if best < enough or best < now + _CLEARLY:
        return None
    return next((words, value) for words, value in scores if value >= best - 0.02)


def _fitting(rig: Rig, match: Match, tolerance: float) -> np.ndarray:
    """Which matches lie on the epipolar lines of the two cameras, and in front of both."""
    i, j = match.first, match.second
    relative = rig.pose[j] @ rigid_inverse(rig.pose[i])
    rotation, shift = relative[:3, :3], relative[:3, 3]
    x, y, z = shift
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ rotation
    inverse = [np.linalg.inv(rig.intrinsics[view]) for view in (i, j)]
    near = epipolar_distances(match.pixels, inverse[1].T @ essential @ inverse[0]) < 2 * tolerance
    one = np.ones((len(match.pixels), 1))
    a = np.concatenate([match.pixels[:, :2], one], -1) @ inverse[0].T @ rotation.T
    b = np.concatenate([match.pixels[:, 2:], one], -1) @ inverse[1].T
    # Depths s, t of least squares in s a + shift = t b.
    aa, bb, ab = (a * a).sum(-1), (b * b).sum(-1), (a * b).sum(-1)
    at, bt = a @ shift, b @ shift
    return near & (ab * bt - bb * at > 0) & (aa * bt - ab * at > 0)


def _share(fitting: list[np.ndarray], found: list[Match]) -> float:
    total = sum(int(match.agreed.sum()) for match in found)
    return sum(int((fits & match.agreed).sum()) for fits, match in zip(fitting, found, strict=True)) / max(
        total, 1
    )


def _share_of(view: int, fitting: list[np.ndarray], found: list[Match]) -> float:
    """The same for the pairs of one view; 1 where it has too few to tell."""
    mine = [i for i, match in enumerate(found) if view in (match.first, match.second)]
    if sum(int(found[i].agreed.sum()) for i in mine) < 30:
        return 1.0
    return _share([fitting[i] for i in mine], [found[i] for i in mine])
