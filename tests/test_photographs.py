"""Photographs from every kind of file give the same views; lenses are undone; what is damaged is named."""

import json
import struct

import numpy as np
import pytest
from _photographs import (
    save_pictures,
    shot,
    transforms,
    write_colmap,
    write_projections,
    write_texts,
    write_transforms,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from maquette.artifacts import Cameras
from maquette.conventions import Y_UP_FROM_Z_UP
from maquette.errors import InputError
from maquette.formats import save_png
from maquette.formats.photographs import _developed, load_photographs, save_colmap
from maquette.formats.photographs._lens import Lens, distorted, pixels, scaled, straightened
from maquette.formats.photographs._shot import Shoot, Shot

WRITERS = [write_transforms, write_colmap, write_projections, write_texts]


def refused(folder, *words, **options):
    with pytest.raises(InputError) as caught:
        load_photographs(folder, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 450
    for word in words:
        assert word in message


# Every convention, read back.


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("masks", [True, False])
def test_every_file_gives_the_same_views(tmp_path, write, masks):
    views = shot()
    read = load_photographs(write(tmp_path, views, masks))
    pose = views.cameras.world_to_camera
    if write is write_transforms:
        assert read.up == (0, 0, 1)
        pose = pose @ Y_UP_FROM_Z_UP
    np.testing.assert_allclose(read.views.cameras.world_to_camera, pose, atol=2e-6)
    np.testing.assert_allclose(read.views.cameras.intrinsics, views.cameras.intrinsics, rtol=1e-5)
    assert read.masked is masks
    # Eight bits a channel.
    np.testing.assert_allclose(read.views.alpha, views.alpha if masks else 1, atol=0.5 / 255 + 1e-6)
    solid = views.alpha == 1
    np.testing.assert_allclose(read.views.rgb[solid], views.rgb[solid], atol=0.5 / 255 + 1e-6)
    assert (read.views.rgb[read.views.alpha == 0] == 0).all()
    if write is write_colmap:
        assert len(read.points) > 10


def binary_model(folder, views, names, model=1, parameters=None, tracks=()):
    """A COLMAP model as its format's page defines it, written here byte by byte."""
    from maquette.conventions import to_colmap

    folder.mkdir(parents=True, exist_ok=True)
    cameras, images = struct.pack("<Q", len(names)), struct.pack("<Q", len(names))
    wxyz, translation = to_colmap(views.cameras.world_to_camera)
    for i, (name, k) in enumerate(zip(names, views.cameras.intrinsics, strict=True)):
        values = parameters or (k[0, 0], k[1, 1], k[0, 2], k[1, 2])
        cameras += struct.pack("<IiQQ", i, model, views.cameras.width, views.cameras.height)
        cameras += struct.pack(f"<{len(values)}d", *values)
        images += struct.pack("<I7dI", i, *wxyz[i], *translation[i], i) + name.encode() + b"\0"
        seen = tracks[i] if tracks else []
        images += struct.pack("<Q", len(seen)) + b"".join(struct.pack("<ddq", *row) for row in seen)
    (folder / "cameras.bin").write_bytes(cameras)
    (folder / "images.bin").write_bytes(images)


def test_binary_models_are_read_as_text_ones_are(tmp_path):
    views = shot()
    names = save_pictures(views, tmp_path)
    binary_model(tmp_path / "sparse" / "0", views, names)
    points = np.random.default_rng(0).normal(size=(40, 3))
    rows = [struct.pack("<Q3d3BdQ", i, *point, 1, 2, 3, 0.5, 2) + bytes(16) for i, point in enumerate(points)]
    (tmp_path / "sparse" / "0" / "points3D.bin").write_bytes(struct.pack("<Q", 40) + b"".join(rows))
    read = load_photographs(tmp_path)
    np.testing.assert_allclose(read.views.cameras.world_to_camera, views.cameras.world_to_camera, atol=2e-6)
    np.testing.assert_allclose(read.points, points)


def test_pycolmap_reads_what_is_written_and_its_own_files_are_read(tmp_path):
    pycolmap = pytest.importorskip("pycolmap", reason="the extra photos is not installed")
    views = shot()
    write_colmap(tmp_path / "text", views)
    model = pycolmap.Reconstruction(str(tmp_path / "text" / "sparse" / "0"))
    image = next(image for image in model.images.values() if image.name == "003.png")
    np.testing.assert_allclose(image.cam_from_world().matrix(), views.cameras.world_to_camera[3, :3], atol=1e-6)
    save_pictures(views, tmp_path)
    (tmp_path / "sparse").mkdir()
    model.write_binary(str(tmp_path / "sparse"))
    read = load_photographs(tmp_path)
    np.testing.assert_allclose(read.views.cameras.world_to_camera, views.cameras.world_to_camera, atol=1e-6)
    np.testing.assert_allclose(read.views.cameras.intrinsics, views.cameras.intrinsics, rtol=1e-6)
    assert len(read.points) == len(model.points3D)


def test_points_that_do_not_fall_where_they_were_seen_name_the_picture(tmp_path):
    from maquette.cameras import project

    views = shot()
    names = save_pictures(views, tmp_path)
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (30, 3)).astype(np.float32)
    at = project(views.cameras, points)[0]
    tracks = [[(*pixel, i) for i, pixel in enumerate(view.tolist())] for view in at]
    rows = [struct.pack("<Q3d3BdQ", i, *point, 1, 2, 3, 0.5, 0) for i, point in enumerate(points.tolist())]
    model = tmp_path / "sparse" / "0"
    binary_model(model, views, names, tracks=tracks)
    (model / "points3D.bin").write_bytes(struct.pack("<Q", 30) + b"".join(rows))
    assert len(load_photographs(tmp_path).points) == 30
    tracks[4] = tracks[5]
    binary_model(model, views, names, tracks=tracks)
    refused(tmp_path, "004.png", "pixels away")


def test_masks_beside_the_pictures(tmp_path):
    """White where the object is, under COLMAP's name, under the picture's own, and by mask_path."""
    views = shot()
    for write, name in zip(WRITERS, ("{}.png", "{}.png.png", "{}.png", "{}.png.png"), strict=True):
        folder = write(tmp_path / write.__name__, views, masks=False)
        (folder / "masks").mkdir()
        for i, alpha in enumerate(views.alpha):
            save_png(folder / "masks" / name.format(f"{i:03}"), alpha)
        read = load_photographs(folder)
        assert read.masked
        np.testing.assert_allclose(read.views.alpha, views.alpha, atol=0.5 / 255 + 1e-6)
    folder = write_transforms(tmp_path / "c", views, masks=False)
    document = json.loads((folder / "transforms.json").read_text())
    document["frames"][0]["mask_path"] = "mask.png"
    save_png(folder / "mask.png", views.alpha[0])
    (folder / "transforms.json").write_text(json.dumps(document))
    np.testing.assert_allclose(load_photographs(folder).views.alpha[0], views.alpha[0], atol=0.5 / 255 + 1e-6)
    (folder / "mask.png").unlink()
    refused(folder, "mask.png", "does not exist")


def test_what_nerf_files_may_leave_out(tmp_path):
    """An angle for a focal length, no size, no ending, no camera model; nerfstudio's own points and turn."""
    views = shot()
    names = save_pictures(views, tmp_path)
    document = transforms(views.cameras, names, applied_transform=[[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0]])
    for frame in document["frames"]:
        for key in ("fl_x", "fl_y", "cx", "cy"):
            del frame[key]
        frame["file_path"] = "./" + frame["file_path"].removesuffix(".png")
    for key in ("w", "h", "camera_model"):
        del document[key]
    k = views.cameras.intrinsics[0]
    document["camera_angle_x"] = 2 * float(np.arctan(64 / k[0, 0]))
    document["ply_file_path"] = "sparse.ply"
    header = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\n"
    (tmp_path / "sparse.ply").write_text(header + "end_header\n1 2 3\n4 5 6\n")
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    read = load_photographs(tmp_path)
    np.testing.assert_allclose(read.views.cameras.intrinsics, views.cameras.intrinsics, rtol=1e-5)
    np.testing.assert_array_equal(read.points, [[1, 2, 3], [4, 5, 6]])
    assert read.up is None  # what was applied to COLMAP's arbitrary world says nothing of up


def test_a_uniform_scale_of_the_poses_changes_no_picture(tmp_path):
    views = shot()
    names = save_pictures(views, tmp_path)
    document = transforms(views.cameras, names)
    for frame in document["frames"]:
        matrix = np.array(frame["transform_matrix"])
        matrix[:3, :3] *= 2.5
        frame["transform_matrix"] = matrix.tolist()
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    pose = views.cameras.world_to_camera @ Y_UP_FROM_Z_UP
    np.testing.assert_allclose(load_photographs(tmp_path).views.cameras.world_to_camera, pose, atol=2e-6)


@pytest.mark.parametrize("longest", [128, 96, 40])
def test_scaled_down_pictures_keep_their_cameras(tmp_path, longest):
    """A point falls at the same share of the width and height; a picture's mean stays."""
    views = shot()
    read = load_photographs(write_transforms(tmp_path, views), longest)
    assert max(read.views.cameras.width, read.views.cameras.height) == longest
    np.testing.assert_allclose(
        read.views.cameras.intrinsics[:, :2] * 128 / longest, views.cameras.intrinsics[:, :2], rtol=1e-5
    )
    np.testing.assert_allclose(read.views.alpha.mean((1, 2)), views.alpha.mean((1, 2)), atol=2e-3)
    refused(tmp_path, "longest", longest=3)


def cropped(folder, views, boxes):
    """The views in a NeRF folder, each picture cut to columns and rows (left, right, top, bottom)."""
    names = save_pictures(views, folder)
    document = transforms(views.cameras, names)
    for name, frame, (left, right, top, bottom) in zip(names, document["frames"], boxes, strict=False):
        path = folder / "images" / name
        picture = Pillow.open(path)
        picture.crop((left, top, right, bottom)).save(path)
        frame |= {"w": right - left, "h": bottom - top, "cx": frame["cx"] - left, "cy": frame["cy"] - top}
    (folder / "transforms.json").write_text(json.dumps(document))
    return folder


def test_upright_pictures_among_wide_ones_are_laid_out_on_one_canvas(tmp_path):
    """Cutting away what is transparent changes nothing, if as much goes from both sides."""
    views = shot()
    wide, upright = (0, 128, 2, 126), (14, 114, 0, 128)
    whole = load_photographs(write_transforms(tmp_path / "whole", views))
    mixed = load_photographs(cropped(tmp_path / "mixed", views, [wide, upright] * 5))
    np.testing.assert_array_equal(mixed.views.alpha, whole.views.alpha)
    np.testing.assert_array_equal(mixed.views.rgb, whole.views.rgb)
    np.testing.assert_allclose(mixed.views.cameras.intrinsics, whole.views.cameras.intrinsics, rtol=1e-6)


def test_a_camera_moves_with_its_picture_on_the_canvas(tmp_path):
    views = shot()
    boxes = [(0, 128, 0, 128), (10, 118, 0, 128), (22, 109, 0, 128), (0, 128, 8, 125)]
    read = load_photographs(cropped(tmp_path, views, boxes)).views
    for i, (left, right, top, bottom) in enumerate(boxes):
        x, y = (128 - (right - left)) // 2 - left, (128 - (bottom - top)) // 2 - top
        moved = np.roll(views.alpha[i], (y, x), (0, 1))
        np.testing.assert_allclose(read.alpha[i], moved, atol=0.5 / 255 + 1e-6)
        shift = read.cameras.intrinsics[i, :2, 2] - views.cameras.intrinsics[i, :2, 2]
        np.testing.assert_allclose(shift, [x, y], atol=1e-4)


def test_pictures_of_another_shape_need_masks_and_the_whole_object(tmp_path):
    views = shot()
    folder = cropped(tmp_path / "cut", views, [(0, 128, 0, 128), (50, 128, 0, 128)])
    refused(folder, "001.png", "cut off at its edge", "several shapes")
    names = save_pictures(views, tmp_path / "bare", masks=False)
    document = transforms(views.cameras, names)
    path = tmp_path / "bare" / "images" / names[0]
    Pillow.open(path).crop((14, 0, 114, 128)).save(path)
    document["frames"][0] |= {"w": 100, "cx": document["frames"][0]["cx"] - 14}
    (tmp_path / "bare" / "transforms.json").write_text(json.dumps(document))
    refused(tmp_path / "bare", "no mask", "several shapes")


def test_pictures_turned_by_exif_are_read_as_their_cameras_say(tmp_path):
    """A camera of a landscape picture belongs to the stored pixels, one of a portrait to the upright ones."""
    pixels_ = np.random.default_rng(0).integers(0, 255, (20, 32, 3)).astype(np.uint8)
    picture = Pillow.fromarray(pixels_)
    exif = picture.getexif()
    exif[0x0112] = 6  # turn by a quarter to the right
    picture.save(tmp_path / "a.png", exif=exif)
    k = np.array([[30.0, 0, 16], [0, 30, 10], [0, 0, 1]])
    poses = [np.eye(4), np.eye(4)]
    poses[1][0, 3] = 1
    for size, expected in (((32, 20), pixels_), ((20, 32), np.rot90(pixels_, -1))):
        shots = [Shot(tmp_path / "a.png", Lens(*size, k), pose) for pose in poses]
        rgb = _developed(Shoot(tmp_path / "x", shots), 1024).views.rgb[0]
        np.testing.assert_allclose(rgb, expected / 255, atol=1e-6)


# Lenses.

LENSES = {
    "barrel": ("brown", (-0.2, 0.05, 0, 0)),
    "pincushion": ("brown", (0.15, 0.02, 0, 0)),
    "tangential": ("brown", (0.0, 0.0, 0.01, -0.02)),
    "rational": ("brown", (-0.1, 0.02, 0.001, 0.002, 0.01, 0.05, 0.01, 0.002)),
    "fisheye": ("fisheye", (0.05, -0.01, 0.002, 0.0)),
}


def test_lens_models_against_their_formulas_at_one_point():
    """x = 0.3, y = -0.4, so r² = 0.25: written out with OpenCV's formulas."""
    brown = Lens(10, 10, np.eye(3), "brown", (0.1, 0.2, 0.01, 0.02, 0.3, 0.4, 0.5, 0.6))
    radial = (1 + 0.1 * 0.25 + 0.2 * 0.0625 + 0.3 * 0.015625) / (1 + 0.4 * 0.25 + 0.5 * 0.0625 + 0.6 * 0.015625)
    x = 0.3 * radial + 2 * 0.01 * 0.3 * -0.4 + 0.02 * (0.25 + 2 * 0.09)
    y = -0.4 * radial + 0.01 * (0.25 + 2 * 0.16) + 2 * 0.02 * 0.3 * -0.4
    np.testing.assert_allclose(distorted(brown, np.array([[0.3, -0.4]])), [[x, y]], rtol=1e-14)
    fisheye = Lens(10, 10, np.eye(3), "fisheye", (0.1, 0.2, 0.3, 0.4))
    angle = np.arctan(0.5)
    bent = angle * (1 + 0.1 * angle**2 + 0.2 * angle**4 + 0.3 * angle**6 + 0.4 * angle**8)
    np.testing.assert_allclose(
        distorted(fisheye, np.array([[0.3, -0.4]])), [[0.3 * bent / 0.5, -0.4 * bent / 0.5]], rtol=1e-14
    )


@pytest.mark.parametrize("name", LENSES)
def test_straightened_pictures_show_a_known_grid_where_a_pinhole_would(name):
    """A smooth pattern of directions, drawn through the lens: straightened it is the pattern of the pinhole."""
    model, coefficients = LENSES[name]
    width, height = 160, 120
    lens = Lens(width, height, np.array([[140.0, 0.5, 83], [0, 150, 57], [0, 0, 1]]), model, coefficients)

    def pattern(directions):
        x, y = np.moveaxis(directions, -1, 0)
        return 0.5 + 0.2 * np.sin(12 * x) * np.cos(9 * y) + 0.3 * x * y

    # Draw it as taken: invert the lens by fixed-point iteration, which the reader never does.
    u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    target = (np.stack([u, v], -1) - lens.intrinsics[:2, 2]) @ np.linalg.inv(lens.intrinsics[:2, :2]).T
    directions = target.copy()
    for _ in range(200):
        directions -= 0.7 * (distorted(lens, directions) - target)
    np.testing.assert_allclose(distorted(lens, directions), target, atol=1e-9)
    taken = np.ones((height, width, 4), np.float32)
    taken[..., :3] = pattern(directions)[..., None]
    straight, k = straightened(taken, lens, "a.png")
    assert k[0, 1] == 0
    assert k[0, 0] >= lens.intrinsics[0, 0]
    x, y = (u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1]
    inner = np.s_[2:-2, 2:-2]
    # Bilinear sampling: an eighth of the second derivative, 0.2 · 12² / 140² a pixel, and less.
    np.testing.assert_allclose(straight[..., 0][inner], pattern(np.stack([x, y], -1))[inner], atol=1e-3)
    assert (straight[..., 3] == 1).all()  # every pixel was seen
    # Where a pinhole has a point, the lens has it too, at any scale.
    half = scaled(lens, width // 2, height // 2)
    np.testing.assert_allclose(2 * pixels(half, directions), pixels(lens, directions), atol=1e-9)


def test_a_lens_that_folds_is_refused():
    lens = Lens(100, 100, np.array([[50.0, 0, 50], [0, 50, 50], [0, 0, 1]]), "brown", (-30.0,))
    with pytest.raises(InputError, match="folds"):
        straightened(np.ones((100, 100, 4), np.float32), lens, "a.png")


def test_every_camera_model_of_colmap(tmp_path):
    views = shot()
    names = save_pictures(views, tmp_path)
    k = views.cameras.intrinsics[0].astype(float)
    f, c = float(k[0, 0]), [64.0, 64.0]
    models = {
        0: (f, *c), 1: (f, f, *c), 2: (f, *c, 0.0), 3: (f, *c, 0.0, 0.0), 4: (f, f, *c, 0, 0, 0, 0),
        6: (f, f, *c, *[0.0] * 8),
    }  # fmt: skip
    for number, parameters in models.items():
        binary_model(tmp_path / "sparse", views, names, number, tuple(map(float, parameters)))
        np.testing.assert_allclose(
            load_photographs(tmp_path).views.cameras.intrinsics, views.cameras.intrinsics, rtol=1e-5
        )
    binary_model(tmp_path / "sparse", views, names, 5, (f, f, *c, 0.0, 0.0, 0.0, 0.0))
    assert load_photographs(tmp_path).views.cameras.intrinsics[0, 0, 0] >= np.float32(f)
    binary_model(tmp_path / "sparse", views, names, 7, (f, f, *c, 0.0))
    refused(tmp_path, "FOV", "SIMPLE_RADIAL")
    binary_model(tmp_path / "sparse", views, names, 99, ())
    refused(tmp_path, "99")


# What cannot be used.


def test_a_folder_without_cameras(tmp_path):
    refused(tmp_path, "no cameras")
    refused(tmp_path / "missing", "no folder")


FRAME = {"file_path": "a.png", "transform_matrix": np.eye(4).tolist()}
FAR = (1e8, 1e8 + 1)
FOLD = {"k1": -40.0, "fl_x": 20}
BAD = {
    "missing": ({"frames": [FRAME | {"file_path": "b.png"}]}, "b.png"),
    "climbs": ({"frames": [FRAME | {"file_path": "../secret.png"}]}, "outside"),
    "absolute": ({"frames": [FRAME | {"file_path": "/etc/a.png"}]}, "outside"),
    "network": ({"frames": [FRAME | {"file_path": "https://example.org/a.png"}]}, "outside"),
    "mask that climbs": ({"frames": [FRAME | {"mask_path": "../../a.png"}]}, "outside"),
    "points that climb": ({"frames": [FRAME], "ply_file_path": "../a.ply"}, "outside"),
    "missing points": ({"frames": [FRAME], "ply_file_path": "a.ply"}, "does not exist"),
    "no focal length": ({"frames": [FRAME], "fl_x": None}, "transforms.json"),
    "zero focal length": ({"frames": [FRAME], "fl_x": 0}, "focal"),
    "negative focal length": ({"frames": [FRAME], "fl_x": -5}, "focal"),
    "NaN": ({"frames": [FRAME], "fl_x": float("nan")}, "focal"),
    "infinite centre": ({"frames": [FRAME], "cx": float("inf")}, "finite"),
    "NaN pose": ({"frames": [FRAME | {"transform_matrix": [[float("nan")] * 4] * 4}]}, "finite"),
    "short pose": ({"frames": [FRAME | {"transform_matrix": [[1]]}]}, "rigid"),
    "sheared pose": ({"frames": [FRAME | {"transform_matrix": np.diag([1, 2, 1, 1]).tolist()}]}, "rigid"),
    "mirrored pose": ({"frames": [FRAME | {"transform_matrix": np.diag([-1, 1, 1, 1]).tolist()}]}, "mirrored"),
    "words": ({"frames": [FRAME], "fl_x": "wide"}, "transforms.json"),
    "NaN lens": ({"frames": [FRAME], "k1": float("nan")}, "lens"),
    "folding lens": ({"frames": [FRAME] , **FOLD}, "folds"),
    "unknown model": ({"frames": [FRAME], "camera_model": "EQUIRECTANGULAR"}, "EQUIRECTANGULAR"),
    "other shape": ({"frames": [FRAME], "w": 300, "h": 100}, "shape"),
    "wild size": ({"frames": [FRAME], "w": 1e30, "h": 1e30}, "size"),
    "no views": ({"frames": []}, "0 views"),
    "too many": ({"frames": [FRAME] * 1001}, "1001"),
    "one place": ({"frames": [FRAME] * 3}, "one place"),
    "far away": (
        {"frames": [FRAME | {"transform_matrix": [[1, 0, 0, x], [0, 1, 0, 0], [0, 0, 1, 0]]} for x in FAR]},
        "origin",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_transforms(tmp_path, case):
    document, word = BAD[case]
    folder = tmp_path / "folder"
    folder.mkdir()
    save_png(folder / "a.png", np.full((24, 32, 3), 0.5, np.float32))
    (folder / "transforms.json").write_text(json.dumps({"fl_x": 30, "w": 32, "h": 24} | document))
    refused(folder, word)


HOSTILE = st.sampled_from([None, "x", "", [], {}, [1], -1, 0, 1e308, float("nan"), float("-inf"), True, 10**400])


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_place_is_read_or_named(tmp_path, data):
    save_png(tmp_path / "a.png", np.full((24, 32, 3), 0.5, np.float32))
    document = {
        "camera_model": "OPENCV", "fl_x": 30, "fl_y": 30, "cx": 16, "cy": 12, "w": 32, "h": 24, "k1": 0.01,
        "frames": [FRAME, FRAME | {"transform_matrix": [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]], "k2": 0.01}],
    }  # fmt: skip
    document = json.loads(json.dumps(document))
    for _ in range(data.draw(st.integers(1, 2))):
        place = document if data.draw(st.booleans()) else document["frames"][1]
        if not isinstance(place, dict) or not place:
            continue
        key = data.draw(st.sampled_from([*sorted(place), "mask_path", "ply_file_path", "is_fisheye", "maquette"]))
        place[key] = data.draw(HOSTILE)
        if not (isinstance(document.get("frames"), list) and len(document["frames"]) == 2):
            break
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    try:
        read = load_photographs(tmp_path)
    except InputError as error:
        message = str(error)
    else:
        message = ""
        assert np.isfinite(read.views.cameras.world_to_camera).all()
        assert np.isfinite(read.views.cameras.intrinsics).all()
        assert np.isfinite(read.views.rgb).all()
    assert "\n" not in message
    assert len(message) < 450


def test_more_pixels_than_memory_are_refused_before_they_are_decoded(tmp_path):
    save_png(tmp_path / "a.png", np.full((540, 960, 3), 128, np.uint8))
    frames = [FRAME | {"transform_matrix": [[1, 0, 0, i], [0, 1, 0, 0], [0, 0, 1, 0]]} for i in range(900)]
    document = {"fl_x": 3000, "w": 3840, "h": 2160, "frames": frames}
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    refused(tmp_path, "900 pictures of 1024×576", "364 pixels")
    document["frames"] = frames[:2]
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    read = load_photographs(tmp_path, longest=320)
    assert read.views.rgb.shape == (2, 180, 320, 3)
    assert read.views.cameras.intrinsics[0, 0, 0] == 250


@pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
@pytest.mark.parametrize("ending", ["bin", "txt"])
def test_damaged_models(tmp_path, name, ending):
    views = shot()
    if ending == "txt":
        write_colmap(tmp_path, views)
    else:
        names = save_pictures(views, tmp_path)
        binary_model(tmp_path / "sparse" / "0", views, names)
        (tmp_path / "sparse" / "0" / "points3D.bin").write_bytes(struct.pack("<Q", 2) + bytes(102))
    path = tmp_path / "sparse" / "0" / f"{name}.{ending}"
    good = path.read_bytes()
    rng = np.random.default_rng(1)
    claims = struct.pack("<Q", 2**60)
    for data in (good[: len(good) // 2], claims + good[8:], b"x y z\n" + good, rng.bytes(len(good))):
        path.write_bytes(data)
        try:
            read = load_photographs(tmp_path)
        except InputError:
            continue
        # Or it is read: never half of the cameras or of the pictures of a binary file, which say their number.
        assert ending == "txt" or name == "points3D" or data[:8] != good[:8]
        assert np.isfinite(read.views.rgb).all()
        assert np.isfinite(read.views.cameras.intrinsics).all()
        assert np.isfinite(read.views.cameras.world_to_camera).all()
        assert np.isfinite(read.points).all()


def test_models_whose_names_lead_out_or_nowhere(tmp_path):
    views = shot(128, 10)
    for name, word in (("../../secret.png", "outside"), ("nowhere.png", "nowhere.png")):
        names = save_pictures(views, tmp_path)
        names[3] = name
        binary_model(tmp_path / "sparse" / "0", views, names)
        refused(tmp_path, word)


def test_projection_files_that_cannot_be_used(tmp_path):
    write_projections(tmp_path, shot())
    good = json.loads((tmp_path / "cameras.json").read_text())
    for change, word in (
        ({"P": [[1, 2], [3, 4]]}, "3×4"),
        ({"P": [[0.0] * 4] * 3}, "perspective"),
        ({"P": [[float("nan")] * 4] * 3}, "perspective"),
        ({"file": "images/none.png"}, "none.png"),
        ({"file": "../a.png"}, "outside"),
    ):
        views = [good["views"][0] | change, *good["views"][1:]]
        (tmp_path / "cameras.json").write_text(json.dumps({"views": views}))
        refused(tmp_path, word)
    (tmp_path / "cameras.json").write_text("[]")
    refused(tmp_path, "cameras.json")


def test_colmap_is_written_for_perspective_cameras_only(tmp_path):
    cameras = shot().cameras
    flat = Cameras(cameras.world_to_camera, cameras.intrinsics, 128, 128, "orthographic")
    with pytest.raises(InputError, match="orthographic"):
        save_colmap(flat, ["a.png"] * 10, tmp_path)
    with pytest.raises(InputError, match="names"):
        save_colmap(cameras, ["a.png"], tmp_path)
