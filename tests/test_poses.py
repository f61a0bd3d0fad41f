"""Cameras that do not fit are named, and only they; the object lands in the unit box; the hull is a hull."""

import sys
import types
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from _photographs import shot, thing, write_colmap, write_texts
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

import maquette
from maquette.artifacts import Cameras, Views
from maquette.cameras import orbit, project
from maquette.conventions import Similarity, rigid_inverse
from maquette.errors import InputError
from maquette.formats import save_png
from maquette.formats.photographs import Photographs
from maquette.ops.topology import is_closed_manifold
from maquette.pipeline._unposed import find_poses
from maquette.pipeline.chains import Options
from maquette.pipeline.run import Run
from maquette.pipeline.source import read_source
from maquette.reconstruction import VisualHull
from maquette.reconstruction._carving import silhouettes
from maquette.reconstruction._matches import Match, matches
from maquette.reconstruction._rigs import meeting_point, upright
from maquette.reconstruction.place import centred
from maquette.reconstruction.poses import Rig, _check_matches, check_poses, readings
from maquette.texturing.render import render_views


def photographs(views: Views, masked: bool = True, **changes) -> Photographs:
    names = tuple(f"{i:03}.png" for i in range(len(views.rgb)))
    if not masked:
        ones = np.ones_like(views.alpha)
        views = replace(
            views, rgb=views.rgb * views.alpha[..., None] + 0.5 * (1 - views.alpha[..., None]), alpha=ones
        )
    return Photographs(Views(views.cameras, views.rgb, views.alpha), names, masked, **changes)


@cache
def plain() -> Photographs:
    """Near enough to one another, and large enough, for spots to be found again in two pictures."""
    return photographs(shot(256, 24), masked=False)


@cache
def found_matches() -> list[Match]:
    return matches(plain().views, 2.0)


def check_matches(rig: Rig) -> None:
    _check_matches(rig, found_matches(), 2.0, plain().names)


def posed(given: Photographs, pose: np.ndarray, intrinsics: np.ndarray | None = None) -> Photographs:
    cameras = replace(given.views.cameras, world_to_camera=pose.astype(np.float32))
    if intrinsics is not None:
        cameras = replace(cameras, intrinsics=intrinsics.astype(np.float32))
    return replace(given, views=replace(given.views, cameras=cameras))


def complaint(given: Photographs | Rig, check=check_poses) -> str:
    with pytest.raises(InputError) as caught:
        check(given)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def rig_of(given: Photographs) -> Rig:
    cameras = given.views.cameras
    return Rig(cameras.world_to_camera.astype(np.float64), cameras.intrinsics.astype(np.float64))


AXES = np.diag([1.0, -1, -1, 1])
WRONG = {
    "exchanged axes": (lambda pose: AXES @ pose, "OpenGL"),
    "inverted": (rigid_inverse, "camera-to-world"),
    "inverted with exchanged axes": (lambda pose: rigid_inverse(AXES @ pose), "camera-to-world"),
    "mirrored pictures": (lambda pose: np.diag([-1.0, 1, 1, 1]) @ pose @ np.diag([-1.0, 1, 1, 1]), "mirrored"),
    "left-handed world": (lambda pose: np.diag([1.0, -1, 1, 1]) @ pose @ np.diag([1.0, 1, -1, 1]), "mirrored"),
    "upside down": (lambda pose: np.diag([-1.0, -1, 1, 1]) @ pose, "upside down"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_conventions_are_named_from_masks(case):
    change, word = WRONG[case]
    good = photographs(shot())
    check_poses(good)
    message = complaint(posed(good, change(rig_of(good).pose)))
    assert word in message
    assert "likely" in message


@pytest.mark.parametrize("case", WRONG)
def test_wrong_conventions_are_named_from_matches(case):
    change, word = WRONG[case]
    rig = rig_of(plain())
    check_matches(rig)
    message = complaint(Rig(change(rig.pose), rig.intrinsics), check_matches)
    assert word in message
    assert "likely" in message


def test_intrinsics_of_another_size_are_named():
    good = photographs(shot())
    rig = rig_of(good)
    scale = np.array([[2], [2], [1]])
    assert "twice as large" in complaint(posed(good, rig.pose, rig.intrinsics * scale))
    assert "half as large" in complaint(posed(good, rig.pose, rig.intrinsics / scale))


def test_every_reading_is_a_rigid_rig():
    found = readings(rig_of(photographs(shot())))
    assert len({(rig.pose.tobytes(), rig.intrinsics.tobytes()) for _, rig in found}) == len(found)
    for words, rig in found:
        rotation = rig.pose[:, :3, :3]
        np.testing.assert_allclose(
            rotation @ rotation.transpose(0, 2, 1), np.eye(3)[None].repeat(10, 0), atol=1e-6
        )
        assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-6), words


@given(st.integers(0, 9), st.integers(0, 2**32 - 1))
@example(3, 0)  # seen from there the object has nearly the same outline: 97.4 % of the silhouettes agree
@settings(max_examples=4)
def test_one_broken_matrix_is_found_wherever_it_is(view, seed):
    """Any rotation of one camera by 40° to 85° that shows another outline: the picture is named, and no other."""
    good = photographs(shot())
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_rotvec(axis / np.linalg.norm(axis) * rng.uniform(0.7, 1.5)).as_matrix()
    pose = rig_of(good).pose
    # Turned about the origin, where the object is: the camera still has it in its picture, from elsewhere.
    pose[view] = pose[view] @ turn
    turned = posed(good, pose)
    drawn, given_alpha = (
        render_views(thing(), turned.views.cameras).alpha[view] > 0.5,
        good.views.alpha[view] > 0.5,
    )
    assume((drawn & given_alpha).sum() < 0.9 * (drawn | given_alpha).sum())
    message = complaint(turned)
    assert f"{view:03}.png" in message
    assert message.count(".png") == 1


def test_one_broken_matrix_is_found_without_masks():
    counts = np.bincount([view for match in found_matches() for view in (match.first, match.second)], minlength=24)
    view = int(counts.argmax())
    rig = rig_of(plain())
    rig.pose[view] = rig.pose[(view + 12) % 24]
    assert f"{view:03}.png" in complaint(rig, check_matches)


def test_points_of_another_world_are_noticed():
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (200, 3))
    check_poses(photographs(shot(), masked=False, points=points))
    assert "sparse points" in complaint(photographs(shot(), masked=False, points=points + 50))


def test_a_camera_inside_the_object():
    good = photographs(shot())
    pose = rig_of(good).pose
    slab = thing().mesh.vertices[: len(thing().mesh.vertices) // 3]  # the box that carries the others
    pose[2, :3, 3] = -pose[2, :3, :3] @ slab.mean(0)
    message = complaint(posed(good, pose))
    assert "002.png" in message
    assert "inside" in message


def test_empty_masks_and_few_views():
    good = photographs(shot())
    alpha = good.views.alpha.copy()
    alpha[[3, 5]] = 0
    message = complaint(replace(good, views=replace(good.views, alpha=alpha)))
    assert "003.png" in message
    assert "005.png" in message
    assert "all" in complaint(replace(good, views=replace(good.views, alpha=np.zeros_like(alpha))))
    one = Cameras(good.views.cameras.world_to_camera[:1], good.views.cameras.intrinsics[:1], 128, 128)
    single = Photographs(Views(one, good.views.rgb[:1], good.views.alpha[:1]), ("a.png",), True)
    assert "one photograph" in complaint(single, centred)
    side = orbit(np.array([0.0, 0.5, 1.0]), np.zeros(3), 64)
    views = render_views(thing(), side)
    assert "one direction" in complaint(photographs(views), centred)
    assert "one direction" in complaint(photographs(views, masked=False), centred)


def test_views_that_disagree_or_hold_nan():
    good = shot()
    for change, word in (
        ({"rgb": np.full_like(good.rgb, np.nan)}, "NaN"),
        ({"cameras": replace(good.cameras, intrinsics=-good.cameras.intrinsics)}, "focal"),
        ({"cameras": replace(good.cameras, world_to_camera=good.cameras.world_to_camera * np.nan)}, "finite"),
    ):
        with pytest.raises(InputError, match=word):
            VisualHull()(replace(good, **change))
    odd = replace(good)
    object.__setattr__(odd, "alpha", good.alpha[:3])  # the suite's shape checks stop it otherwise
    with pytest.raises(InputError, match="alpha"):
        VisualHull()(odd)


# Where the object is, and which way is up.


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 50))
@settings(max_examples=3)
def test_any_similarity_of_the_world_leads_to_the_same_place(seed, scale):
    """COLMAP's world is arbitrary: the object stands upright in the unit box, its first view in front."""
    rng = np.random.default_rng(seed)
    away = Similarity(
        Rotation.random(random_state=seed % 1000).as_matrix(), scale, rng.uniform(-20, 20, 3) * scale
    )
    good = photographs(shot())
    moved = replace(good, views=replace(good.views, cameras=away.cameras(good.views.cameras)))
    placed = centred(moved)
    found = placed.from_file.after(away)
    # Half a voxel of the coarse grid on either side; angles to a degree or two, as the cameras are held.
    assert found.scale == pytest.approx(centred(replace(good, up=(0.0, 1.0, 0.0))).from_file.scale, rel=0.06)
    np.testing.assert_allclose(found.rotation, np.eye(3), atol=0.06)
    corners = found.points(thing().mesh.vertices)
    assert np.abs(corners).max() < 0.53
    pixels = project(placed.views.cameras, corners.astype(np.float32))[0]
    before = project(good.views.cameras, thing().mesh.vertices)[0]
    np.testing.assert_allclose(pixels, before, atol=0.05)


def test_where_points_or_cameras_only_say_where_it_is():
    views = shot()
    near = np.random.default_rng(0).uniform(-0.4, 0.4, (300, 3))
    far = np.random.default_rng(1).uniform(-30, 30, (300, 3))
    placed = centred(photographs(views, masked=False, points=np.concatenate([near, far]), up=(0.0, 1.0, 0.0)))
    low, high = (placed.from_file.points(corner) for corner in (near.min(0), near.max(0)))
    assert (low > -0.5).all()
    assert (high < 0.5).all()
    assert (high - low).max() > 0.7
    placed = centred(photographs(views, masked=False, up=(0.0, 1.0, 0.0)))
    # The views are 1.6 across where they look, and a quarter is added for what close-ups cut off.
    assert placed.from_file.scale == pytest.approx(1 / 2, rel=0.05)
    np.testing.assert_allclose(placed.from_file.translation, 0, atol=1e-3)
    away = np.diag([1.0, -1, -1, 1]) @ views.cameras.world_to_camera
    backwards = replace(views, cameras=replace(views.cameras, world_to_camera=away.astype(np.float32)))
    assert "look away" in complaint(photographs(backwards, masked=False), centred)


def test_up_is_found_when_some_pictures_were_taken_on_their_side():
    pose = orbit(np.arange(0.0, 360, 30), np.linspace(-10, 60, 12), 64).world_to_camera.astype(np.float64)
    quarter = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    pose[[1, 4, 5, 9]] = quarter @ pose[[1, 4, 5, 9]]
    pose[7] = quarter.T @ pose[7]
    assert upright(pose) @ [0, 1, 0] > np.cos(np.radians(2))


def test_the_meeting_point_of_lines_bears_a_wrong_one():
    rng = np.random.default_rng(0)
    origins = rng.normal(size=(12, 3))
    origins *= 3 / np.linalg.norm(origins, axis=-1, keepdims=True)
    directions = np.array([0.1, 0.2, 0.3]) - origins
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    directions[4] = np.roll(directions[4], 1)
    point, spread = meeting_point(origins, directions)
    np.testing.assert_allclose(point, [0.1, 0.2, 0.3], atol=1e-3)
    assert spread > 0.3


# The hull, and the whole way to a GLB.


def test_the_hull_of_a_sphere_is_a_sphere():
    """Every outline of a sphere is a circle: with many views the hull converges to it, and holds it always."""
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=5, radius=0.4)
    from maquette.artifacts import Asset, Mesh

    mesh = Mesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int32))
    azimuth = np.concatenate([np.arange(0, 360, 22.5), np.arange(0, 360, 45), np.arange(0, 360, 45), [0, 0]])
    elevation = np.concatenate([np.zeros(16), np.full(8, 45), np.full(8, -45), [90, -90]])
    views = render_views(Asset(mesh, None, mesh.vertices / 0.4), orbit(azimuth, elevation, 128), supersample=4)
    hull = VisualHull(resolution=96)(views)
    assert is_closed_manifold(hull.vertices, hull.faces)
    radius = np.linalg.norm(hull.vertices, axis=-1)
    # A fifth of a pixel (1.25 / 128) too small at the most; too large by the corners between the outlines.
    assert radius.min() > 0.398
    assert np.median(radius) < 0.406
    assert radius.max() < 0.4 / np.cos(np.radians(20))


def test_the_hull_holds_the_object_and_fills_its_outlines():
    from maquette.artifacts import Asset

    views = shot(128)
    hull = VisualHull(resolution=112)(views)
    normals = np.zeros_like(hull.vertices)
    again = render_views(Asset(hull, None, normals), views.cameras)
    truth, found = views.alpha > 0.5, again.alpha > 0.5
    iou = (truth & found).sum((1, 2)) / (truth | found).sum((1, 2))
    assert iou.min() > 0.95  # outlines of one pixel in some forty, and smoothed creases


def test_a_hull_needs_masks():
    with pytest.raises(InputError, match="masks"):
        VisualHull()(plain().views)


def test_a_folder_of_photographs_becomes_an_asset(tmp_path):
    folder = write_colmap(tmp_path / "thing", shot())
    options = Options(photographs=VisualHull(resolution=64))
    asset = maquette.make(str(folder), faces=400, texture_size=128, cache=False, options=options)
    assert len(asset.mesh.faces) in (399, 400)
    assert asset.receipt["input"]["kind"] == "photographs"
    assert [stage["method"] for stage in asset.receipt["stages"]] == [
        "VisualHull",
        "Decimate",
        "BakeViews",
        "BakeRelief",
    ]
    assert asset.material.base_color is not None
    # The patches' colours are drawn evenly from all; what is baked must be as lively.
    assert asset.material.base_color.std() > 0.15


def test_the_command_line_says_in_one_line_what_is_missing(tmp_path, capsys):
    from maquette.cli import main

    bare = replace(shot(), rgb=np.full_like(shot().rgb, 0.5))
    folder = write_texts(tmp_path / "plain", bare, masks=False)
    assert main(["make", str(folder), "-o", str(tmp_path / "a.glb"), "--no-cache"]) == 2
    error = capsys.readouterr().err
    assert "without masks that agree on too little" in error
    assert not (tmp_path / "a.glb").exists()


def test_pictures_without_cameras_ask_for_pycolmap(tmp_path, monkeypatch):
    from maquette.formats import save_png

    monkeypatch.setitem(sys.modules, "pycolmap", None)
    for i in range(4):
        save_png(tmp_path / f"{i}.png", np.zeros((32, 32, 3), np.float32))
    with pytest.raises(InputError, match=r"maquette\[photos\]"):
        read_source(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="without cameras or pictures"):
        read_source(tmp_path / "empty")


def pycolmap_that_places(*counts: int, told: list[str]) -> types.SimpleNamespace:
    """A stand-in for the package: models with so many pictures each, which write what they are."""

    def model(count: int) -> types.SimpleNamespace:
        return types.SimpleNamespace(
            num_reg_images=lambda: count, write_binary=lambda place: Path(place, "of").write_text(str(count))
        )

    return types.SimpleNamespace(
        logging=types.SimpleNamespace(minloglevel=0, ERROR=2),
        CameraMode=types.SimpleNamespace(SINGLE="one camera", AUTO="a camera each"),
        extract_features=lambda database, pictures, camera_mode: told.append(camera_mode),
        match_exhaustive=lambda database: None,
        incremental_mapping=lambda *_: {number: model(count) for number, count in enumerate(counts)},
    )


@pytest.mark.parametrize(
    ("pictures", "placed", "kept"),
    [(8, (2, 4, 3), 4), (3, (3,), 3), (8, (3,), None), (9, (4, 4), None), (3, (2,), None), (8, (), None)],
)
def test_at_least_half_of_the_pictures_are_placed_and_the_largest_model_is_kept(
    tmp_path, monkeypatch, pictures, placed, kept
):
    told = []
    monkeypatch.setitem(sys.modules, "pycolmap", pycolmap_that_places(*placed, told=told))
    folder, work = tmp_path / "pictures", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    for i in range(pictures):
        save_png(folder / f"{i}.png", np.zeros((8, 8 + (i == 5), 3), np.float32))
    if kept is None:
        most = max(placed, default=0)
        with pytest.raises(InputError, match=f"only {most} of {pictures} pictures could be placed.*more overlap"):
            find_poses(folder, work)
        assert not (work / "model").exists()
    else:
        assert (find_poses(folder, work) / "of").read_text() == str(kept)
    # Where one picture is of another size, no focal length is common to all.
    assert told == ["a camera each" if pictures > 5 else "one camera"]


@pytest.mark.parametrize(("count", "said"), [(0, "0 pictures"), (1, "1 picture and"), (2, "2 pictures")])
def test_too_few_pictures_are_refused_before_any_work(tmp_path, monkeypatch, count, said):
    monkeypatch.setitem(sys.modules, "pycolmap", None)  # which is not asked for
    for i in range(count):
        save_png(tmp_path / f"{i}.png", np.zeros((8, 8, 3), np.float32))
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(InputError, match=f"has {said}.*no cameras; expected at least 3"):
        find_poses(tmp_path, tmp_path)


def test_photographs_are_no_likeness():
    good = photographs(shot())
    with pytest.raises(InputError, match="like"):
        maquette.make(good, like=good.views, cache=False, run=Run(None))


def test_a_wires_silhouettes_are_not_lost_where_they_are_looked_at_coarsely():
    alpha = np.zeros((3, 400, 400), np.float32)
    alpha[0, 20:380, 100] = alpha[1, 200, 20:380] = 1  # one pixel of four
    alpha[2, 100:300, 100:300] = 1
    found = silhouettes(alpha)
    assert found.factor < 1
    assert found.inside.any((1, 2)).all()
    assert found.inside[2].mean() == pytest.approx(alpha[2].mean(), rel=0.05)


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (11, 600)])
def test_pictures_of_hardly_any_rows_say_nothing(size):
    height, width = size
    cameras = replace(orbit(np.arange(5) * 72.0, np.full(5, 20.0), 300), height=height, width=width)
    rgb = np.random.default_rng(0).random((5, height, width, 3)).astype(np.float32)
    views = Views(cameras, rgb, np.ones((5, height, width), np.float32))
    assert matches(views, 1.0) == []
    check_poses(photographs(views, masked=False))
    assert silhouettes(views.alpha).inside.all()
