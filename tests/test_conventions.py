"""Other programs' cameras to ours and back: round trips, and what each convention says of a known camera."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from maquette.artifacts import Cameras
from maquette.cameras import orbit, project
from maquette.conventions import (
    Y_UP_FROM_Z_UP,
    Similarity,
    from_colmap,
    from_integer_centres,
    from_opencv,
    from_opengl,
    from_projection,
    to_colmap,
    to_integer_centres,
    to_opencv,
    to_opengl,
    to_projection,
)

numbers = st.floats(-10, 10)
rotations = (
    st.tuples(*[st.floats(-1, 1)] * 4)
    .filter(lambda q: np.linalg.norm(q) > 0.1)
    .map(lambda q: Rotation.from_quat(q).as_matrix())
)
vectors = st.tuples(numbers, numbers, numbers).map(np.array)


@st.composite
def poses(draw):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = draw(rotations), draw(vectors)
    return pose


@st.composite
def lenses(draw):
    f, size = st.floats(50, 5000), st.floats(-500, 4000)
    return np.array([[draw(f), draw(st.floats(-50, 50)), draw(size)], [0, draw(f), draw(size)], [0, 0, 1]])


@given(poses())
def test_every_convention_comes_back(pose):
    # Products of rotations in double precision, with coordinates up to ten.
    for there, back in ((to_opengl, from_opengl), (to_opencv, from_opencv)):
        np.testing.assert_allclose(back(there(pose)), pose, atol=1e-12)
        np.testing.assert_allclose(there(back(pose)), pose, atol=1e-12)
    wxyz, translation = to_colmap(pose)
    assert np.linalg.norm(wxyz) == pytest.approx(1)
    np.testing.assert_allclose(from_colmap(wxyz, translation), pose, atol=1e-12)
    np.testing.assert_allclose(from_colmap(-2 * wxyz, translation), pose, atol=1e-12)


@given(poses(), lenses(), st.floats(0.01, 100), st.sampled_from([-1, 1]))
def test_projection_matrices_come_back_up_to_their_factor(pose, lens, factor, sign):
    """P is known up to a factor only, its sign included; focal lengths are positive and the rotation is one."""
    intrinsics, found = from_projection(sign * factor * to_projection(lens, pose))
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1)
    # The condition of K, up to some 1e4, times double precision.
    np.testing.assert_allclose(intrinsics, lens, rtol=1e-8, atol=1e-7)
    np.testing.assert_allclose(found, pose, atol=1e-8)
    np.testing.assert_allclose(to_integer_centres(from_integer_centres(lens)), lens, atol=1e-9)


def test_a_matrix_that_is_no_camera_is_refused():
    for matrix in (np.zeros((3, 4)), np.full((3, 4), np.nan), np.ones((3, 4))):
        with pytest.raises(ValueError, match="perspective"):
            from_projection(matrix)


def test_a_known_camera_in_each_convention():
    """One unit up, two back, looking along the world's -Z: the one camera whose matrices can be written down."""
    pose = np.array([[1.0, 0, 0, 0], [0, -1, 0, 1], [0, 0, -1, 2], [0, 0, 0, 1]])
    opengl = np.eye(4)
    opengl[:3, 3] = 0, 1, 2
    np.testing.assert_allclose(to_opengl(pose), opengl, atol=1e-15)
    opencv = np.array([[1.0, 0, 0, 0], [0, -1, 0, 1], [0, 0, -1, 2], [0, 0, 0, 1]])
    np.testing.assert_allclose(to_opencv(pose), opencv, atol=1e-15)
    wxyz, translation = to_colmap(pose)
    np.testing.assert_allclose(np.abs(wxyz), [0, 1, 0, 0], atol=1e-15)  # half a turn about x
    np.testing.assert_allclose(translation, [0, 1, 2])
    # Blender's up is +Z and its front -Y.
    np.testing.assert_allclose(Y_UP_FROM_Z_UP @ [0, 0, 1, 1], [0, 1, 0, 1])
    np.testing.assert_allclose(Y_UP_FROM_Z_UP @ [0, -1, 0, 1], [0, 0, 1, 1])
    # A pixel's centre: the first one's is (0, 0) there and (0.5, 0.5) here.
    assert from_integer_centres(np.eye(3))[0, 2] == 0.5


@given(rotations, st.floats(0.1, 10), vectors, rotations, st.floats(0.1, 10), vectors, vectors)
def test_similarities_form_a_group(r, s, t, r2, s2, t2, point):
    one, other = Similarity(r, s, t), Similarity(r2, s2, t2)
    np.testing.assert_allclose(one.inverse().points(one.points(point)), point, atol=1e-10)
    np.testing.assert_allclose(one.after(other).points(point), one.points(other.points(point)), atol=1e-9)


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_moved_cameras_see_the_moved_world_as_before(projection):
    rig = orbit(np.array([0.0, 70, 200]), np.array([5.0, -20, 60]), 100)
    if projection == "orthographic":
        rig = Cameras(rig.world_to_camera, rig.intrinsics, 100, 100, "orthographic")
    moved = Similarity(Rotation.from_euler("xyz", [0.3, -1, 2]).as_matrix(), 3.5, np.array([1.0, -2, 4]))
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (50, 3)).astype(np.float32)
    before, depth = project(rig, points)
    after, deeper = project(moved.cameras(rig), moved.points(points).astype(np.float32))
    np.testing.assert_allclose(after, before, atol=2e-3)  # float32 at distances of ten
    np.testing.assert_allclose(deeper, 3.5 * depth, rtol=1e-5)
