"""Other programs' cameras and worlds to ours and back; docs/conventions.md has the table.

Ours: `world_to_camera`, axes +X right, +Y down, +Z forward, pixel centres at +0.5. All matrices are double
precision, for column vectors; leading axes are batches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64

from maquette.artifacts import Cameras

AXES_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
"""Between OpenGL's camera axes (+X right, +Y up, -Z forward) and ours, both ways."""

Y_UP_FROM_Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""From a world with +Z up and its front at -Y (Blender, NeRF files) to +Y up and +Z front."""


def from_opengl(camera_to_world: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 4 4"]:
    """`world_to_camera` from OpenGL's, Blender's and NeRF's camera-to-world matrices."""
    return AXES_FROM_OPENGL @ rigid_inverse(camera_to_world)


def to_opengl(world_to_camera: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 4 4"]:
    """OpenGL's camera-to-world matrices from `world_to_camera`."""
    return rigid_inverse(world_to_camera) @ AXES_FROM_OPENGL


def from_opencv(camera_to_world: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 4 4"]:
    """`world_to_camera` from camera-to-world matrices with OpenCV's axes, which are ours."""
    return rigid_inverse(camera_to_world)


def to_opencv(world_to_camera: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 4 4"]:
    """Camera-to-world matrices with OpenCV's axes from `world_to_camera`."""
    return rigid_inverse(world_to_camera)


def from_colmap(
    wxyz: Float[np.ndarray, "*batch 4"], translation: Float[np.ndarray, "*batch 3"]
) -> Float64[np.ndarray, "*batch 4 4"]:
    """`world_to_camera` from COLMAP's quaternion, of any length but zero, and translation."""
    w, x, y, z = np.moveaxis(wxyz / np.linalg.norm(wxyz, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    rotation = np.stack([np.stack(row, -1) for row in rows], -2)
    return _rigid(rotation, np.asarray(translation, np.float64))


def to_colmap(
    world_to_camera: Float[np.ndarray, "*batch 4 4"],
) -> tuple[Float64[np.ndarray, "*batch 4"], Float64[np.ndarray, "*batch 3"]]:
    """COLMAP's quaternion wxyz, of length one with w at least 0, and translation."""
    from scipy.spatial.transform import Rotation

    rotation = np.asarray(world_to_camera, np.float64)[..., :3, :3]
    xyzw = Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_quat().reshape(*rotation.shape[:-2], 4)
    xyzw = np.where(xyzw[..., 3:] < 0, -xyzw, xyzw)
    return np.roll(xyzw, 1, -1), np.asarray(world_to_camera, np.float64)[..., :3, 3]


def from_projection(
    projection: Float[np.ndarray, "3 4"],
) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, "4 4"]]:
    """Intrinsics (with skew, pixel centres as the matrix has them) and `world_to_camera` of P ~ K [R | t].

    RQ decomposition with the signs that make K's diagonal positive and R a rotation (Hartley and Zisserman 2004,
    section 6.2.4); P is known up to a factor, its sign included.

    Raises:
        ValueError: The left 3×3 part is singular or not finite: the matrix shows no perspective camera.
    """
    projection = np.asarray(projection, np.float64)
    left = projection[:, :3]
    size = np.linalg.norm(left)
    if not np.isfinite(projection).all() or size == 0 or abs(np.linalg.det(left / size)) < 1e-12:
        raise ValueError("a projection matrix that shows no perspective camera")
    projection = projection / size * np.sign(np.linalg.det(left / size))
    # RQ of M is QR of M with its rows reversed and transposed.
    q, r = np.linalg.qr(projection[::-1, :3].T)
    intrinsics, rotation = r.T[::-1, ::-1], q.T[::-1]
    signs = np.sign(np.diag(intrinsics))
    intrinsics, rotation = intrinsics * signs, signs[:, None] * rotation
    translation = np.linalg.solve(intrinsics, projection[:, 3])
    return intrinsics / intrinsics[2, 2], _rigid(rotation, translation)


def to_projection(
    intrinsics: Float[np.ndarray, "*batch 3 3"], world_to_camera: Float[np.ndarray, "*batch 4 4"]
) -> Float64[np.ndarray, "*batch 3 4"]:
    """P = K [R | t], which takes world points to homogeneous pixels."""
    return np.asarray(intrinsics, np.float64) @ np.asarray(world_to_camera, np.float64)[..., :3, :]


def from_integer_centres(intrinsics: Float[np.ndarray, "*batch 3 3"]) -> Float64[np.ndarray, "*batch 3 3"]:
    """Intrinsics for pixel centres at +0.5, from those where the first pixel's centre is (0, 0)."""
    return np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]]) @ intrinsics


def to_integer_centres(intrinsics: Float[np.ndarray, "*batch 3 3"]) -> Float64[np.ndarray, "*batch 3 3"]:
    """Intrinsics where the first pixel's centre is (0, 0), from those for pixel centres at +0.5."""
    return np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]]) @ intrinsics


@dataclass(frozen=True)
class Similarity:
    """A rotation, a uniform scale and a shift: `there = scale * rotation @ here + translation`."""

    rotation: Float64[np.ndarray, "3 3"]
    scale: float
    translation: Float64[np.ndarray, "3"]

    def points(self, points: Float[np.ndarray, "*batch 3"]) -> Float64[np.ndarray, "*batch 3"]:
        """World points, moved."""
        return self.scale * points @ self.rotation.T + self.translation

    def inverse(self) -> Similarity:
        """The way back."""
        back = self.rotation.T
        return Similarity(back, 1 / self.scale, -(back @ self.translation) / self.scale)

    def after(self, first: Similarity) -> Similarity:
        """This similarity, after another."""
        return Similarity(self.rotation @ first.rotation, self.scale * first.scale, self.points(first.translation))

    def poses(self, world_to_camera: Float[np.ndarray, "views 4 4"]) -> Float64[np.ndarray, "views 4 4"]:
        """Cameras that see the moved world as they saw the one before; depth is in the new units."""
        pose = np.asarray(world_to_camera, np.float64)
        rotation = pose[:, :3, :3] @ self.rotation.T
        return _rigid(rotation, self.scale * pose[:, :3, 3] - rotation @ self.translation)

    def cameras(self, cameras: Cameras) -> Cameras:
        """The same pictures of the moved world."""
        intrinsics = cameras.intrinsics.copy()
        if cameras.projection == "orthographic":
            intrinsics[:, [0, 1], [0, 1]] /= np.float32(self.scale)
        pose = self.poses(cameras.world_to_camera).astype(np.float32)
        return replace(cameras, world_to_camera=pose, intrinsics=intrinsics)


def rigid_inverse(transform: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 4 4"]:
    """The inverse of a rotation and a shift."""
    transform = np.asarray(transform, np.float64)
    back = np.swapaxes(transform[..., :3, :3], -1, -2)
    return _rigid(back, -np.einsum("...ij,...j->...i", back, transform[..., :3, 3]))


def camera_centres(world_to_camera: Float[np.ndarray, "*batch 4 4"]) -> Float64[np.ndarray, "*batch 3"]:
    """Where cameras stand in the world."""
    return rigid_inverse(world_to_camera)[..., :3, 3]


def _rigid(rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    out = np.zeros((*rotation.shape[:-2], 4, 4))
    out[..., :3, :3], out[..., :3, 3], out[..., 3, 3] = rotation, translation, 1
    return out
