"""Arrays as kernels read them: contiguous, and of the type, shape and range that the C side takes for granted.

Meshes of other libraries are in double precision and 64-bit indices; read as what they are not, they make garbage.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from maquette.artifacts import Cameras


def floats(name: str, values: np.ndarray, *shape: int) -> Float32[np.ndarray, "..."]:
    """Numbers in single precision; -1 in the shape stands for any size, and no shape for any.

    Raises:
        ValueError: The shape is another.
    """
    _check_shape(name, values, shape)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, for whoever asks for finite numbers
        return np.ascontiguousarray(values, np.float32)


def indices(
    name: str, values: Int[np.ndarray, "..."], count: int, of: str, *shape: int
) -> Int32[np.ndarray, "..."]:
    """Indices of things of which there are so many; the shape as in `floats`.

    Raises:
        ValueError: The shape is another, they are no whole numbers, or one names what is not there.
    """
    _check_shape(name, values, shape)
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} of {values.dtype}; expected whole numbers")
    if values.size and (values.min() < 0 or values.max() >= count):
        raise ValueError(f"{name} name {of} outside 0..{count - 1}")
    return np.ascontiguousarray(values, np.int32)


def mesh(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[Float32[np.ndarray, "vertices 3"], Int32[np.ndarray, "faces 3"]]:
    """Vertices, and faces that name them.

    Raises:
        ValueError: Another shape, or a face names a vertex that is not there.
    """
    points = floats("vertices", vertices, -1, 3)
    return points, indices("faces", faces, len(points), "vertices", -1, 3)


def poses_and_intrinsics(
    cameras: Cameras,
) -> tuple[Float32[np.ndarray, "views 4 4"], Float32[np.ndarray, "views 3 3"]]:
    """What cameras are made of.

    Raises:
        ValueError: There are not as many of each.
    """
    views = len(cameras)
    return (
        floats("poses", cameras.world_to_camera, views, 4, 4),
        floats("intrinsics", cameras.intrinsics, views, 3, 3),
    )


def _check_shape(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    fits = len(values.shape) == len(shape) and all(n in (-1, m) for n, m in zip(shape, values.shape, strict=True))
    if shape and not fits:
        expected = ", ".join("any" if n < 0 else str(n) for n in shape)
        raise ValueError(f"{name} of shape {values.shape}; expected ({expected})")
