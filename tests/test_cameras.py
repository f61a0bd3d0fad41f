"""Cameras: rigid, consistent with the world's axes, and projection undone by unprojection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.cameras import DISTANCE, FACES, FRAME, axis_aligned, orbit, project, unproject

RIGS = {
    "axis_aligned": axis_aligned(64),
    "orbit": orbit(np.array([0.0, 35, 90, 200]), np.array([0.0, -10, 30, 89]), 64),
}


@pytest.mark.parametrize("name", RIGS)
def test_world_to_camera_is_a_proper_rigid_transform(name):
    rotation = RIGS[name].world_to_camera[:, :3, :3].astype(np.float64)
    # float32 matrices: products are exact to a few units of 1e-7.
    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-6
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-6)


@pytest.mark.parametrize("name", RIGS)
@given(data=st.data())
def test_unproject_undoes_project(name, data):
    cameras = RIGS[name]
    row, column = data.draw(st.integers(0, 63)), data.draw(st.integers(0, 63))
    depth = np.full((len(cameras), 64, 64), data.draw(st.floats(0.5, 4)), np.float32)
    points = unproject(cameras, depth)[:, row, column]
    pixels, found = project(cameras, points)
    for view in range(len(cameras)):
        # Half a thousandth of a pixel: float32 over coordinates up to a few hundred.
        np.testing.assert_allclose(pixels[view, view], [column + 0.5, row + 0.5], atol=5e-4)
        np.testing.assert_allclose(found[view, view], depth[view, row, column], rtol=1e-5)


def test_faces_look_at_what_they_are_called():
    """A point out along each face's own axis is the nearest to that face's camera, and centred in its image."""
    outward = {
        "front": (0, 0, 1),
        "right": (1, 0, 0),
        "back": (0, 0, -1),
        "left": (-1, 0, 0),
        "top": (0, 1, 0),
        "down": (0, -1, 0),
    }
    points = 0.5 * np.array([outward[name] for name in FACES], np.float32)
    pixels, depth = project(axis_aligned(64), points)
    for view in range(6):
        assert depth[view].argmin() == view
        np.testing.assert_allclose(pixels[view, view], [32, 32], atol=1e-4)
        np.testing.assert_allclose(depth[view, view], DISTANCE - 0.5, atol=1e-6)


def test_up_is_up_and_the_front_view_has_plus_x_on_the_right():
    pixels, _ = project(axis_aligned(64), np.array([[0.2, 0.3, 0.0]], np.float32))
    scale = 64 / FRAME
    np.testing.assert_allclose(pixels[0, 0], [32 + 0.2 * scale, 32 - 0.3 * scale], atol=1e-4)


def test_orbit_keeps_the_origin_in_the_middle_and_shows_the_frame():
    cameras = orbit(np.array([20.0]), np.array([15.0]), 100, fov_degrees=40, frame=1.25)
    pixels, depth = project(cameras, np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(pixels[0, 0], [50, 50], atol=1e-4)
    # The field of view spans the frame at the origin's distance.
    np.testing.assert_allclose(2 * depth[0, 0] * np.tan(np.radians(20)), 1.25, rtol=1e-5)
