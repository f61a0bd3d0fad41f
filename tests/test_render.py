"""Pictures of assets: areas, normals and depths in closed form, light by the laws it obeys."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from maquette.artifacts import Asset, Material, Mesh
from maquette.cameras import axis_aligned, orbit, project
from maquette.formats.srgb import linear_from_srgb
from maquette.ops import irradiance, sample_bilinear
from maquette.texturing.render import light, picture, preview_sheet, render_views, survey_cameras

RADIUS = 0.4


def sphere(material: Material | None = None) -> Asset:
    ball = trimesh.creation.icosphere(5, RADIUS)
    vertices = np.asarray(ball.vertices, np.float32)
    mesh = Mesh(vertices, np.asarray(ball.faces, np.int32))
    return Asset(mesh, None, (vertices / RADIUS).astype(np.float32), material or Material())


def square(texture: np.ndarray, uv: np.ndarray) -> Asset:
    """A textured square that fills the front view of a frame of one unit."""
    corners = np.array([[-0.5, 0.5, 0], [-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0]], np.float32)
    mesh = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    front = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    return Asset(mesh, uv.astype(np.float32), front, Material(base_color=texture.astype(np.float32)))


UNIT_UV = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], np.float32)


def test_a_sphere_has_the_area_normals_and_depths_of_a_sphere():
    views = render_views(sphere(), axis_aligned(128), supersample=3)
    area = views.alpha[0].sum() * (1.1 / 128) ** 2
    # The polyhedron's outline lies inside the circle by 1e-4 of its area, the sampling error is about as much.
    assert area == pytest.approx(np.pi * RADIUS**2, rel=2e-3)
    inside = views.alpha[0] == 1
    row, column = np.nonzero(inside)
    x, y = (column + 0.5 - 64) * 1.1 / 128, (64 - row - 0.5) * 1.1 / 128
    z = np.sqrt(np.maximum(RADIUS**2 - x**2 - y**2, 0))
    deep = z > 0.15  # near the outline the mean over a pixel is not the value at its centre
    normals, depth = views.normals[0][inside][deep], views.depth[0][inside][deep]
    assert np.abs(normals - np.stack([x, y, z], -1)[deep] / RADIUS).max() < 5e-3
    assert np.abs(depth - (2 - z[deep])).max() < 2e-3


def test_channels_are_zero_outside_and_constants_inside():
    views = render_views(sphere(Material(base_color_factor=(0.5, 0.1, 0.9), metallic=1.0, roughness=0.3)),
                         axis_aligned(32))  # fmt: skip
    outside, inside = views.alpha == 0, views.alpha > 0
    for channel in (views.rgb, views.normals, views.depth, views.albedo, views.metallic_roughness):
        assert (channel[outside] == 0).all()
    assert np.abs(linear_from_srgb(views.albedo[inside]) - [0.5, 0.1, 0.9]).max() < 1e-5
    assert np.abs(views.metallic_roughness[inside] - [1, 0.3]).max() < 1e-6
    assert np.abs(np.linalg.norm(views.normals[inside], axis=-1) - 1).max() < 1e-5


def test_texels_land_on_pixels_row_for_row():
    # One texel a pixel: sampling at texel centres returns the texture itself, the right way up.
    texture = np.random.default_rng(0).random((64, 64, 3))
    views = render_views(square(texture, UNIT_UV), axis_aligned(64, frame=1.0), supersample=1)
    assert np.abs(views.rgb[0] - texture).max() < 1e-4


def test_textures_repeat_beyond_the_unit_square():
    texture = np.random.default_rng(0).random((16, 16, 3))
    near = render_views(square(texture, UNIT_UV), axis_aligned(16, frame=1.0), supersample=1)
    far = render_views(square(texture, UNIT_UV + np.array([3, -2])), axis_aligned(16, frame=1.0), supersample=1)
    assert np.abs(near.rgb[0] - far.rgb[0]).max() < 1e-3  # single precision of a coordinate near 50


def test_supersampling_averages_light_not_codes():
    # Black and white stripes finer than a pixel are half the light of white: 0.735 in sRGB.
    texture = np.repeat(np.tile([0.0, 1.0], 32)[None, :, None], 64, 0).repeat(3, -1)
    views = render_views(square(texture, UNIT_UV), axis_aligned(32, frame=1.0), supersample=2)
    assert np.abs(views.rgb[0] - 0.7354).max() < 1e-3


def test_bilinear_samples_agree_with_scipy():
    from scipy.ndimage import map_coordinates

    rng = np.random.default_rng(1)
    image = rng.random((7, 9, 1), dtype=np.float32)
    pixels = rng.uniform(-4, 14, (200, 2)).astype(np.float32)
    for wrap, mode in ((False, "nearest"), (True, "grid-wrap")):
        expected = map_coordinates(image[..., 0], (pixels[:, ::-1] - 0.5).T, order=1, mode=mode)
        assert np.abs(sample_bilinear(image, pixels, wrap)[:, 0] - expected).max() < 1e-5


def test_light_is_radiance_times_cosine_and_stops_at_the_mesh():
    ball = sphere().mesh
    toward = np.array([[0, 1, 0]], np.float32)
    radiance = np.array([[2.0]], np.float32)
    tilted = np.array([0, np.cos(1.0), np.sin(1.0)], np.float32)
    points = np.array([[0, 1, 0], [0, -1, 0], [0.9, -1, 0]], np.float32)
    received = irradiance(points, np.tile(tilted, (3, 1)), toward, radiance, ball.vertices, ball.faces)[:, 0]
    assert np.allclose(received, [2 * np.cos(1.0), 0, 2 * np.cos(1.0)], atol=1e-5)


def test_an_open_dome_lights_a_sphere_as_its_integral_says():
    # Radiance 1 from the whole sphere of directions makes white paper 1, wherever it faces.
    from maquette.texturing._studio import Studio, dome

    lamps = dome(Studio(sky=(1, 1, 1), ground=(1, 1, 1)))
    ball = sphere().mesh
    normals = (ball.vertices / RADIUS).astype(np.float32)
    received = irradiance(ball.vertices, normals, lamps.toward, lamps.radiance, ball.vertices, ball.faces)
    # A sphere shadows nothing it shows; 56 directions and the maps' resolution make the rest.
    assert np.abs(received[:, 3] - 1).max() < 0.1
    assert abs(received[:, 3].mean() - 1) < 0.01


def test_shadow_falls_on_the_floor_beside_the_object_only():
    asset = sphere()
    cameras = orbit(np.array([0.0]), np.array([30.0]), 96, frame=2.5)
    views = render_views(asset, cameras, 1)
    lit = light(views, asset.mesh)[0]
    empty = light(
        replace(views, alpha=np.zeros_like(views.alpha)), Mesh(asset.mesh.vertices * 1e-3, asset.mesh.faces)
    )
    darker = (empty[0] - lit).mean(-1)
    floor = views.alpha[0] == 0
    assert darker[floor].max() > 0.1
    assert np.abs(darker[:8]).max() < 0.02  # far behind, the sheet is untouched
    assert lit.min() >= 0
    assert lit.max() <= 1


def test_lighting_needs_the_channels_it_uses():
    views = render_views(sphere(), axis_aligned(8))
    with pytest.raises(ValueError, match="normals"):
        light(replace(views, normals=None), sphere().mesh)


def test_pictures_do_not_depend_on_size_or_place():
    asset = sphere()
    moved = replace(asset, mesh=Mesh(asset.mesh.vertices * 40 + np.float32(7), asset.mesh.faces))
    assert np.abs(picture(asset, size=48) - picture(moved, size=48)).mean() < 2e-3


def test_the_sheet_has_eight_cells_and_an_object_in_each():
    sheet = preview_sheet(sphere(Material(base_color_factor=(0.8, 0.05, 0.05))), size=64)
    assert sheet.shape == (128, 256, 3)
    assert sheet.dtype == np.uint8
    for row, column in ((64, 64), (32, 160), (32, 224), (96, 160)):
        red, green, _ = sheet[row, column].astype(int)
        assert red > green + 60


def test_a_flat_asset_can_be_pictured():
    sheet = preview_sheet(square(np.full((4, 4, 3), 0.5), UNIT_UV), size=32)
    assert sheet.shape == (64, 128, 3)
    assert np.ptp(sheet[:, :64].astype(int)) > 40  # something is to be seen


def test_the_survey_holds_the_whole_unit_box_in_every_view():
    cameras = survey_cameras(64)
    corners = np.stack(np.meshgrid(*[[-0.5, 0.5]] * 3), -1).reshape(-1, 3)
    pixels, depth = project(cameras, corners)
    assert len(cameras) == 14
    assert (pixels > 0).all()
    assert (pixels < 64).all()
    assert (depth > 0).all()
    # Each looks at the origin, from a direction of its own.
    forward = cameras.world_to_camera[:, 2, :3]
    assert np.abs(project(cameras, np.zeros((1, 3)))[0] - 32).max() < 1e-4
    assert np.max(forward @ forward.T - 2 * np.eye(14)) < 0.6


def test_a_face_that_is_seen_is_lit_though_its_shading_turns_away():
    """A slope at a grazing angle, shaded as if it turned from the eye, as round bevels are at their far end."""
    square = np.array([[-0.4, 0, -0.4], [0.4, 0, -0.4], [0.4, 0, 0.4], [-0.4, 0, 0.4]], np.float32)
    mesh = Mesh(square, np.array([[0, 2, 1], [0, 3, 2]], np.int32))
    camera = orbit(np.zeros(1), np.full(1, 6.0), 48)
    turned = np.tile(np.array([0, np.cos(0.5), -np.sin(0.5)], np.float32), (4, 1))
    views = render_views(Asset(mesh, None, turned), camera, 1)
    seen = light(views, mesh)[0][views.alpha[0] == 1]
    assert seen.min() > 0.2
