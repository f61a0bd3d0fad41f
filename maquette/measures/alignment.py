"""Bringing one surface to lie on another: by their boxes, and by iterated closest points."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from maquette.artifacts import Mesh, PointCloud
from maquette.errors import InputError
from maquette.measures.shape import Surface, nearest, sampled

Alignment = Literal["none", "centre", "scale", "icp"]

_COARSE, _FINE = 500, 10_000  # points with which the turn is chosen, and then refined
_COARSE_ROUNDS, _FINE_ROUNDS = 12, 60
_BETTER = 0.9  # another turn is taken for less than this share of the error without one: symmetry turns nothing
_SETTLED = 1e-3  # of the extent: an error below which no turn is tried


@dataclass(frozen=True)
class Motion:
    """A turn, a scale and a shift: x goes to scale * rotation @ x + shift."""

    rotation: Float[np.ndarray, "3 3"]
    scale: float
    shift: Float[np.ndarray, "3"]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return self.scale * points @ self.rotation.T + self.shift

    def then(self, later: Motion) -> Motion:
        """This motion, and another after it."""
        shift = later.scale * later.rotation @ self.shift + later.shift
        return Motion(later.rotation @ self.rotation, later.scale * self.scale, shift)

    @property
    def degrees(self) -> float:
        """The angle of the turn, 0 to 180."""
        return float(np.degrees(Rotation.from_matrix(self.rotation).magnitude()))


STILL = Motion(np.eye(3), 1.0, np.zeros(3))


def aligned(
    moving: Mesh | PointCloud, fixed: Mesh | PointCloud, steps: Sequence[Alignment], seed: int = 0
) -> Motion:
    """The motion that brings one shape onto another.

    Args:
        steps: "centre" shifts the centre of its box onto the other's; "scale" makes the longest sides of the boxes
            equal; "icp" then turns and shifts without scaling (see `icp`). In this order, whatever is asked.

    Raises:
        InputError: An unknown step, "none" together with another, or a shape without an extent is to be scaled.
    """
    unknown = set(steps) - set(get_args(Alignment))
    if unknown:
        raise InputError(f"align {sorted(unknown)[0][:60]!r}; expected some of {', '.join(get_args(Alignment))}")
    if "none" in steps and len(set(steps)) > 1:
        raise InputError(f"align {','.join(steps)}: none goes with no other; expected it alone, or others")
    motion = STILL
    (low, high), (to_low, to_high) = box(moving), box(fixed)
    centre, target = (low + high) / 2, (to_low + to_high) / 2
    if "scale" in steps:
        if not (high - low).max() > 0:
            raise InputError("a shape without an extent cannot be scaled; expected more than one point")
        ratio = float((to_high - to_low).max() / (high - low).max())
        motion = Motion(np.eye(3), ratio, centre - ratio * centre)
    if "centre" in steps:
        motion = motion.then(Motion(np.eye(3), 1.0, target - centre))
    if "icp" in steps:
        coarse, fine = sampled(moving, _COARSE, seed), sampled(moving, _FINE, seed + 1)
        onto = sampled(fixed, _FINE, seed + 2).whole()
        motion = icp(_moved(coarse, motion), _moved(fine, motion), onto, motion)
    return motion


def icp(coarse: Surface, fine: Surface, fixed: Surface, motion: Motion = STILL) -> Motion:
    """Iterated closest points (Besl and McKay 1992), to planes where the fixed surface has normals (Chen and
    Medioni 1992), from where it lies and from 23 turns by right angles about its centre.

    Args:
        coarse: Few points of the moving surface, with which the turn is chosen.
        fine: Many, which then settle.
        fixed: What they settle on.
        motion: Already applied to both; what is found is put after it.
    """
    tree, pivot, goal = KDTree(fixed.points), fine.points.mean(0), fixed.points.mean(0)
    chosen, error = _settled(coarse.points, fixed, tree, STILL, _COARSE_ROUNDS)
    for turn in _right_angles() if error > _SETTLED * np.ptp(fixed.points, 0).max() else []:
        start = Motion(turn, 1.0, goal - turn @ pivot)
        found, gap = _settled(coarse.points, fixed, tree, start, _COARSE_ROUNDS)
        if gap < _BETTER * error:
            chosen, error = found, gap
    return motion.then(_settled(fine.points, fixed, tree, chosen, _FINE_ROUNDS)[0])


def box(shape: Mesh | PointCloud) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """The lowest and the highest corner of what a shape uses."""
    points = shape.points if isinstance(shape, PointCloud) else shape.vertices[np.unique(shape.faces)]
    return points.min(0).astype(np.float64), points.max(0).astype(np.float64)


def _settled(
    points: np.ndarray, fixed: Surface, tree: KDTree, motion: Motion, rounds: int
) -> tuple[Motion, float]:
    """Closest points found and stepped towards until that helps no more; the root mean square left."""
    here = motion(points)
    gap, place, index = nearest(here, fixed, tree)
    error = float(np.sqrt((gap**2).mean()))
    for _ in range(rounds):
        step = _step(here, place, None if fixed.normals is None else fixed.normals[index], error)
        moved = step(here)
        gap, place, index = nearest(moved, fixed, tree)
        left = float(np.sqrt((gap**2).mean()))
        if left >= error:
            break
        motion, here, done, error = motion.then(step), moved, left > 0.9999 * error, left
        if done:
            break
    return motion, error


def _step(here: np.ndarray, place: np.ndarray, normals: np.ndarray | None, error: float) -> Motion:
    """The motion that brings points to their closest places, or to the planes through them."""
    centre = here.mean(0)
    if normals is None:  # Kabsch (1976)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # points on a line leave a turn free: the least is taken
            rotation = Rotation.align_vectors(place - place.mean(0), here - centre)[0].as_matrix()
        return Motion(rotation, 1.0, place.mean(0) - rotation @ centre)
    off = ((place - here) * normals).sum(-1)
    rows = np.concatenate([np.cross(here - centre, normals), normals], -1)
    # What the planes leave free, as a sphere's turns, is left as it is.
    turn, shift = np.split(np.linalg.lstsq(rows, off, rcond=1e-4)[0], 2)
    rotation = Rotation.from_rotvec(turn).as_matrix()
    return Motion(rotation, 1.0, shift + centre - rotation @ centre)


def _right_angles() -> list[np.ndarray]:
    """The 24 turns of a cube onto itself, the one that turns nothing first."""
    turns = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            turn = np.eye(3)[list(order)] * np.array(signs)[:, None]
            if np.linalg.det(turn) > 0:
                turns.append(turn)
    return turns


def _moved(surface: Surface, motion: Motion) -> Surface:
    return Surface(motion(surface.points), None)
