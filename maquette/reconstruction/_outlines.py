"""A shape that fills its outlines: what depth carved away by mistake comes back."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import map_coordinates, maximum_filter

from maquette.artifacts import Cameras
from maquette.ops.fuse import projections


def fill_outlines(
    field: Float32[np.ndarray, "x y z"],
    hull: Float32[np.ndarray, "x y z"],
    cameras: Cameras,
    outlines: Float32[np.ndarray, "views tall wide"],
    origin: tuple[float, float, float],
    spacing: float,
    slack: float = 0.0,
    reach: float = 0.02,
) -> Float32[np.ndarray, "x y z"]:
    """Lower a field until something is inside behind every pixel within an outline.

    Where a view sees the object but its line of sight meets no inside, the place on it that is nearest to being
    inside is made so, as deep as the outlines allow. Wrong depth can then neither cut a leg nor thin it beyond its
    silhouette, while hollows that no outline shows stay.

    Args:
        field: Negative inside, world units.
        hull: Distance to the visual hull, negative inside.
        cameras: Pose and intrinsics of the views.
        outlines: Pixels to each view's outline, negative inside, as ops.fuse takes them.
        origin: World position of sample (0, 0, 0).
        spacing: World units between samples.
        slack: World units by which the outlines may lack filling: within the noise, a wavy outline would raise
            ridges on whatever stands before it. Never less than a quarter of a pixel.
        reach: World units: the depth asked for inside outlines, and how much the field may vary over what is
            filled on one line of sight.
    """
    # Deep inside nothing changes, and every other sample along each axis is enough to be met by a line of sight.
    sparse = np.zeros(field.shape, bool)
    sparse[::2, ::2, ::2] = True
    index = np.flatnonzero((hull < 0) & (sparse | (field > -reach)))
    value, bound = field.ravel()[index], hull.ravel()[index]
    grid = np.stack(np.unravel_index(index, field.shape), -1).astype(np.float32)
    if not len(index):
        return field.copy()
    for view, matrix in enumerate(projections(cameras)):
        x, y, z = (grid @ (spacing * matrix[:, :3].T) + matrix @ np.array([*origin, 1], np.float32)).T
        unit = 1 / float(cameras.intrinsics[view, 0, 0])  # world units a pixel
        if cameras.projection == "perspective":
            x, y, unit = x / z, y / z, unit * float(np.median(z))
        # Cells of at least a pixel and two samples, so that a line of sight through the inside cannot miss it.
        cell = max(1.0, 2 * spacing / unit)
        rows, columns = max(int(cameras.height / cell), 1), max(int(cameras.width / cell), 1)
        x, y = x * np.float32(columns / cameras.width), y * np.float32(rows / cameras.height)
        framed = np.flatnonzero((x >= 0) & (x < columns) & (y >= 0) & (y < rows) & (z > 0))
        where = y[framed].astype(np.int64) * columns + x[framed].astype(np.int64)

        lowest = np.full(rows * columns, np.abs(value).max(initial=0), np.float32)
        np.minimum.at(lowest, where, value[framed])
        lowest = lowest.reshape(rows, columns)
        wanted = np.clip(_resampled(outlines[view], rows, columns) * unit, -reach, None)
        lacking = np.where(wanted < 0, np.clip(lowest - wanted - max(0.25 * unit, slack), 0, None), 0)
        touched = framed[maximum_filter(lacking, 3).ravel()[where] > 0]
        here = np.stack([y[touched], x[touched]]) - 0.5
        lack = map_coordinates(lacking, here, order=1, mode="nearest")
        above = value[touched] - map_coordinates(lowest, here, order=1, mode="nearest")
        lowered = value[touched] - lack * np.clip(1 - above / reach, 0, 1)
        value[touched] = np.minimum(value[touched], np.maximum(lowered, bound[touched]))
    out = field.copy()
    out.ravel()[index] = value
    return out


def _resampled(image: Float32[np.ndarray, "tall wide"], rows: int, columns: int) -> np.ndarray:
    """The image at the centres of fewer, larger pixels."""
    tall, wide = image.shape
    y, x = np.meshgrid(
        (np.arange(rows) + 0.5) * tall / rows - 0.5,
        (np.arange(columns) + 0.5) * wide / columns - 0.5,
        indexing="ij",
    )
    return map_coordinates(image, [y, x], order=1, mode="nearest")
