"""Pictures as input: cutting out, finding the camera, and painting with the picture's own pixels."""

import sys
import types
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from maquette.artifacts import Asset, Image, Material, Mesh, Views
from maquette.cameras import axis_aligned, orbit, project
from maquette.errors import InputError
from maquette.formats import load_image
from maquette.meshing import Decimate
from maquette.multiview import CutOut, ModelCutOut, doubt
from maquette.multiview import cutout as cutouts
from maquette.multiview.picture import prepare
from maquette.pipeline.chains import Options, image_to_asset
from maquette.pipeline.make import make
from maquette.pipeline.run import Note, Run
from maquette.texturing import BakeViews, FindCamera, ProjectPicture, agreement
from maquette.texturing.render import render_views as draw
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import assemble, photograph, render_views

SIZE = 160


def photographed(kind: str, seed: int) -> Image:
    """A lit picture of a prop with its true alpha, and room around it."""
    rng = np.random.default_rng(seed)
    picture = photograph(assemble(sample(CATEGORIES[kind], rng)), rng, SIZE)
    room = SIZE // 8
    return Image(np.pad(picture.rgb, ((room, room), (room, room), (0, 0))), np.pad(picture.alpha, room))


def background(kind: str) -> np.ndarray:
    """A background of one kind, 200 pixels a side, in colours that none of the props below has."""
    side = SIZE + 2 * (SIZE // 8)
    y, x = np.mgrid[0:side, 0:side] / side
    rng = np.random.default_rng(0)
    flat = np.ones((side, side, 1)) * np.array([0.62, 0.7, 0.78])
    if kind == "gradient":
        return flat * (0.8 + 0.35 * y[..., None])
    if kind == "vignette":
        return flat * (1.1 - 0.8 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)[..., None])
    if kind == "grain":
        return flat + rng.normal(0, 0.02, flat.shape)
    if kind == "clutter":
        return np.stack([ndimage.zoom(rng.random((10, 10)), side / 10, order=1) for _ in range(3)], -1)
    return flat


def composed(picture: Image, behind: np.ndarray, shadow: float = 0.0) -> np.ndarray:
    soft = ndimage.gaussian_filter(np.roll(picture.alpha, (5, 12), (0, 1)), 0.06 * len(behind))
    behind = behind * (1 - shadow * soft[..., None])
    mixed = picture.rgb * picture.alpha[..., None] + behind * (1 - picture.alpha[..., None])
    return (np.round(np.clip(mixed, 0, 1) * 255) / 255).astype(np.float32)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two coverages."""
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


@pytest.mark.parametrize("behind", ["plain", "gradient", "vignette", "grain"])
def test_props_are_cut_off_plain_backgrounds(behind):
    for kind, seed in (("armchair", 1), ("barrel", 2), ("sword", 3), ("mug", 4)):
        true = photographed(kind, seed)
        picture = Image(composed(true, background(behind), shadow=0.15 if behind == "plain" else 0))
        cut = CutOut()(picture)
        assert cut.alpha is not None
        assert overlap(cut.alpha, true.alpha) > 0.9, (kind, behind)
        assert doubt(picture, cut) is None, (kind, behind)


def test_pixels_on_the_outline_are_fractional_and_lose_the_background():
    true = photographed("barrel", 2)
    picture = composed(true, background("plain"))
    cut = CutOut()(Image(picture))
    edge = (true.alpha > 0.2) & (true.alpha < 0.8)
    # Hard alpha would be off by a quarter on average, and the picture's own colours mix half and half.
    assert np.abs(cut.alpha - true.alpha)[edge].mean() < 0.15
    before, after = (np.abs(rgb - true.rgb)[edge].mean() for rgb in (picture, cut.rgb))
    assert after < 0.6 * before


def test_the_hole_of_a_ring_is_open_and_a_pale_patch_is_not():
    y, x = np.mgrid[:200, :200] - 99.5
    radius = np.hypot(x, y)
    rgb = np.full((200, 200, 3), (0.8, 0.82, 0.8), np.float32)
    ring = (radius < 70) & (radius > 40)
    rgb[ring] = (0.7, 0.2, 0.1)
    patch = ring & (np.abs(x - 55) < 8) & (np.abs(y) < 8)
    rgb[patch] = (0.72, 0.76, 0.82)  # near the background, but no background
    alpha = CutOut()(Image(rgb)).alpha
    assert alpha[radius < 37].max() == 0
    assert alpha[ring & (radius < 67) & (radius > 43)].min() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_a_cluttered_background_is_said_to_be_unsure(seed):
    true = photographed("armchair", seed)
    picture = Image(composed(true, np.roll(background("clutter"), 40 * seed, 0)))
    assert doubt(picture, CutOut()(picture)) == "the background is not plain"


def test_alpha_is_used_unless_it_is_opaque_everywhere():
    true = photographed("barrel", 2)
    kept = CutOut()(true)
    assert np.array_equal(kept.alpha, true.alpha)
    assert doubt(true, kept) is None
    picture = composed(true, background("plain"))
    opaque = CutOut()(Image(picture, np.ones(picture.shape[:2], np.float32)))
    assert np.array_equal(opaque.alpha, CutOut()(Image(picture)).alpha)
    # Cut already or not, the model reads the same.
    assert np.array_equal(prepare(CutOut()(Image(picture))), prepare(Image(picture)))


def test_large_pictures_are_scaled_down():
    wide = np.full((300, 2 * cutouts.LONGEST, 3), 0.9, np.float32)
    wide[100:200, 400:1200] = (0.1, 0.3, 0.2)
    cut = CutOut()(Image(wide))
    assert cut.rgb.shape == (150, cutouts.LONGEST, 3)
    np.testing.assert_allclose(cut.alpha.sum(), 50 * 400, rtol=0.02)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(16, 40), st.integers(16, 40))
def test_any_picture_is_cut_or_refused(seed, height, width):
    rng = np.random.default_rng(seed)
    rgb = rng.random((height, width, 3), np.float32) * rng.integers(0, 2)
    if rng.integers(0, 2):
        rgb[height // 4 : height // 2, width // 4 : width // 2] = rng.random(3)
    rgb = rgb.astype(np.float32)
    try:
        cut = CutOut()(Image(rgb))
    except InputError:
        return
    assert np.isfinite(cut.rgb).all()
    assert cut.rgb.min() >= 0
    assert cut.rgb.max() <= 1
    assert cut.alpha.min() >= 0
    assert cut.alpha.max() <= 1
    doubt(Image(rgb), cut)


def test_the_model_is_asked_for_its_mask(monkeypatch):
    mask = np.zeros((40, 30), np.uint8)
    mask[10:30, 5:20] = 255
    asked = []

    def remove(data, session, only_mask):
        asked.append((data.dtype, data.shape, session, only_mask))
        return mask

    monkeypatch.setitem(sys.modules, "rembg", types.SimpleNamespace(remove=remove))
    monkeypatch.setattr(cutouts, "_session", lambda: "session")
    cut = ModelCutOut()(Image(np.full((40, 30, 3), 0.5, np.float32)))
    assert asked == [(np.uint8, (40, 30, 3), "session", True)]
    assert np.array_equal(cut.alpha, mask / np.float32(255))
    run = Run(None)
    run(ModelCutOut(), Image(np.full((40, 30, 3), 0.5, np.float32)))
    assert [(weights.name, weights.licence) for weights in run.steps[0].models] == [
        ("isnet-general-use", "Apache-2.0")
    ]


def test_without_the_package_the_way_to_get_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "rembg", None)
    cutouts._session.cache_clear()
    with pytest.raises(InputError, match=r'pip install "maquette\[cutout\]"'):
        make(Image(np.full((40, 30, 3), 0.5, np.float32)), cutout="model", cache=False)


def test_a_model_file_that_is_not_the_pinned_one_is_refused(monkeypatch, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"something else")

    class Session:
        @staticmethod
        def download_models():
            return str(tmp_path / "m.onnx")

    monkeypatch.setitem(sys.modules, "rembg", types.SimpleNamespace(new_session=lambda name: Session()))
    cutouts._session.cache_clear()
    with pytest.raises(InputError, match="is damaged"):
        ModelCutOut()(Image(np.full((40, 30, 3), 0.5, np.float32)))


def prop(kind: str, seed: int, size: int = 256) -> Asset:
    """A prop's own triangles, textured from its true views."""
    model = assemble(sample(CATEGORIES[kind], np.random.default_rng(seed)))
    return BakeViews(size=size)(Mesh(model.vertices, model.faces), render_views(model, 128))


def posed(asset: Asset, azimuth: float, elevation: float, fov: float) -> Views:
    camera = orbit(np.array([azimuth]), np.array([elevation]), 128, fov, frame=1.5)
    return draw(asset, camera)


def test_the_camera_of_a_rendering_is_found():
    asset = prop("armchair", 6, size=128)
    view = posed(asset, -38.0, 12.0, 24.0)
    # Darker, as a picture is; in a frame of its own.
    picture = Image(
        np.pad(0.8 * view.rgb[0], ((0, 0), (30, 10), (0, 0))), np.pad(view.alpha[0], ((0, 0), (30, 10)))
    )
    found = FindCamera()(asset, picture)
    true, _ = project(view.cameras, asset.mesh.vertices)
    pixels, _ = project(found.cameras, asset.mesh.vertices)
    # The object is some 90 pixels wide; pose and field of view can make up for one another to within two.
    assert np.linalg.norm(pixels - [30, 0] - true, axis=-1).mean() < 2
    assert agreement(asset.mesh, found)[0] > 0.95
    again = FindCamera()(asset, picture)
    assert np.array_equal(found.cameras.world_to_camera, again.cameras.world_to_camera)
    assert np.array_equal(found.cameras.intrinsics, again.cameras.intrinsics)


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(-10 * np.log10(((a - b)[where] ** 2).mean()))


def test_the_front_looks_like_the_picture_and_the_back_keeps_its_look():
    asset = prop("armchair", 6)
    view = posed(asset, -30.0, 20.0, 30.0)
    # The true picture has a pattern that the texture knows nothing of, and is darker.
    y, x = np.mgrid[:128, :128]
    stripes = (0.7 + 0.3 * np.sin(x / 3) * np.sin(y / 4))[..., None].astype(np.float32)
    picture = replace(view, rgb=view.rgb * stripes, albedo=None, metallic_roughness=None)
    painted = ProjectPicture()(asset, picture)
    seen = draw(painted, view.cameras)
    inside = (view.alpha[0] > 0.5) & (seen.alpha[0] > 0.5)
    assert psnr(seen.rgb[0], picture.rgb[0], inside) > max(26, psnr(view.rgb[0], picture.rgb[0], inside) + 5)
    # From behind nothing but the light has changed: 0.7, the picture's, on the whole.
    behind = orbit(np.array([150.0]), np.array([20.0]), 128)
    old, new = draw(asset, behind), draw(painted, behind)
    factor = new.rgb[0][old.alpha[0] == 1].sum() / old.rgb[0][old.alpha[0] == 1].sum()
    assert 0.6 < factor < 0.85
    assert np.array_equal(painted.mesh.faces, asset.mesh.faces)


def test_a_part_in_front_is_not_painted_on_what_it_hides():
    quad = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    vertices = np.concatenate([quad * 0.2 + np.float32([0, 0, 0.3]), quad * 0.45 + np.float32([0, 0, -0.3])])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)
    mesh = Mesh(vertices, faces)
    red, blue = np.float32([0.8, 0.1, 0.1]), np.float32([0.1, 0.1, 0.8])
    uv = np.concatenate([(quad[:, :2] / 2 + 0.5) * [0.45, 0.9] + [[s, 0.05]] for s in (0.02, 0.53)]).astype(
        np.float32
    )
    texture = np.full((128, 128, 3), 0.5, np.float32)
    asset = Asset(mesh, uv, np.tile(np.float32([0, 0, 1]), (8, 1)), Material(texture))
    camera = orbit(np.zeros(1), np.zeros(1), 256, 20.0)
    nearer = draw(replace(asset, material=Material(None)), camera)
    red_here = nearer.depth[0] < float(camera.world_to_camera[0, 2, 3])
    rgb = np.where(red_here[..., None], red, blue)[None] * (nearer.alpha > 0)[..., None]
    out = ProjectPicture()(asset, Views(camera, rgb.astype(np.float32), nearer.alpha)).material.base_color
    assert out is not None
    # The middle of the plate behind is hidden: it keeps its grey, in the blue plate's or the whole's light.
    hidden = out[60:68, 90:100].reshape(-1, 3)
    assert np.abs(out[60:68, 20:40] - red).max() < 0.02
    assert hidden[:, 0].max() < 0.6
    assert np.abs(out[10, 70:120] - blue).max() < 0.02


def plate() -> tuple[Asset, Views]:
    """A grey plate that faces the front, and a red picture of it."""
    quad = np.float32([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    uv = (quad[:, :2] * [0.45, -0.45] + 0.5).astype(np.float32)
    mesh = Mesh(quad * np.float32(0.4), np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    facing = np.tile(np.float32([0, 0, 1]), (4, 1))
    asset = Asset(mesh, uv, facing, Material(np.full((64, 64, 3), 0.5, np.float32)))
    view = draw(asset, orbit(np.zeros(1), np.zeros(1), 128, 20.0))
    red = np.float32([0.8, 0.1, 0.1]) * (view.alpha[..., None] > 0)
    return asset, Views(view.cameras, red, view.alpha)


def test_a_later_picture_paints_over_an_earlier_one():
    asset, red = plate()
    blue = replace(red, rgb=np.ascontiguousarray(red.rgb[..., ::-1]))
    cameras = replace(
        red.cameras,
        world_to_camera=red.cameras.world_to_camera.repeat(2, 0),
        intrinsics=red.cameras.intrinsics.repeat(2, 0),
    )
    for first, last in ((red, blue), (blue, red)):
        both = Views(cameras, np.concatenate([first.rgb, last.rgb]), np.concatenate([first.alpha, last.alpha]))
        painted = ProjectPicture()(asset, both).material.base_color
        alone = ProjectPicture()(asset, last).material.base_color
        # Seen squarely, inside its outline, the last picture counts wholly.
        np.testing.assert_allclose(painted[8:-8, 8:-8], alone[8:-8, 8:-8], atol=1e-6)
        np.testing.assert_allclose(
            painted[8:-8, 8:-8], np.broadcast_to(last.rgb[0, 64, 64], (48, 48, 3)), atol=1e-6
        )


def test_what_has_no_texture_is_not_painted():
    asset, red = plate()
    assert ProjectPicture()(asset, red) is not asset
    for bare in (replace(asset, material=Material(base_color_factor=(0.2, 0.4, 0.6))), replace(asset, uv=None)):
        assert ProjectPicture()(bare, red) is bare


def test_a_picture_of_nothing_has_no_camera():
    asset, red = plate()
    for alpha in (np.zeros((128, 128), np.float32), np.full((128, 128), 0.2, np.float32)):
        with pytest.raises(InputError, match=r"the picture shows nothing.*expected one object"):
            FindCamera()(asset, Image(red.rgb[0], alpha))


def test_a_picture_that_does_not_fit_is_left_alone():
    asset = prop("barrel", 1, size=128)
    view = posed(asset, 0.0, 0.0, 30.0)
    alpha = np.zeros_like(view.alpha)
    alpha[:, 4:10, 4:120] = 1
    odd = Views(view.cameras, np.ones_like(view.rgb) * alpha[..., None], alpha)
    assert agreement(asset.mesh, odd)[0] < 0.3
    assert ProjectPicture()(asset, odd) is asset


@dataclass(frozen=True)
class AlwaysABox:
    """Views of one box, whatever the picture shows."""

    version: ClassVar[int] = 1

    def __call__(self, source: str | Image) -> Views:
        box = trimesh.creation.box((0.9, 0.9, 0.9))
        mesh = Mesh(np.asarray(box.vertices, np.float32), np.asarray(box.faces, np.int32))
        asset = Asset(
            mesh, None, np.asarray(box.vertex_normals, np.float32), Material(base_color_factor=(0.8, 0.1, 0.1))
        )
        views = draw(asset, axis_aligned(64))
        facing = -views.cameras.world_to_camera[:, 2, :3]
        return replace(views, normals=views.alpha[..., None] * facing[:, None, None])


def chain_notes(picture: Image, run: Run) -> list[str]:
    options = Options(multiview=AlwaysABox(), topology=Decimate(faces=100), texture=BakeViews(size=64))
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always", Note)
        image_to_asset(picture, options, run)
    return [str(note.message) for note in notes if note.category is Note]


def test_the_chain_says_what_is_unsure_also_from_the_cache(tmp_path):
    thin = np.zeros((96, 96), np.float32)
    thin[8:88, 44:52] = 1
    run = Run(tmp_path)
    for _ in range(2):
        (note,) = chain_notes(Image(np.full((96, 96, 3), 0.4, np.float32), thin), run)
        assert "the picture is not painted on it" in note
    assert [step.state for step in run.steps] == ["made"] * 8 + ["kept"] * 8
    notes = chain_notes(Image(composed(photographed("armchair", 0), background("clutter"))), run)
    assert "maquette[cutout]" in notes[0]


SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="real pictures are not in the repository")
def test_real_pictures():
    teapot = load_image(SHARED / "images_alpha" / "teapot.png")
    cut = CutOut()(teapot)
    assert doubt(teapot, cut) is None
    assert cut.alpha[500, 400] == 1
    assert cut.alpha[450, 720] == 0  # through the handle
    assert cut.alpha[100, 100] == 0
    photos = [load_image(path) for path in sorted((SHARED / "buddha13" / "images").glob("*.jpg"))]
    # A head on a table among other things: a person would not call any of these backgrounds plain.
    assert sum(doubt(photo, CutOut()(photo)) is not None for photo in photos) >= len(photos) - 1
