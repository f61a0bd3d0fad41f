"""Baking views onto a mesh: the colours that went in come out, everywhere on the surface."""

import numpy as np
import pytest
import trimesh
from scipy.ndimage import distance_transform_edt

from maquette.artifacts import Mesh, Views
from maquette.cameras import axis_aligned, orbit
from maquette.errors import InputError
from maquette.ops import interpolate, rasterize
from maquette.texturing import BakeViews
from maquette.texturing._clean import even
from maquette.texturing._texels import covered
from maquette.texturing.render import render_views

SPHERE = trimesh.creation.icosphere(3, 0.45)
MESH = Mesh(np.asarray(SPHERE.vertices, np.float32), np.asarray(SPHERE.faces, np.int32))


def views_of(mesh: Mesh, colors, cameras) -> Views:
    """Unlit pictures of a mesh with one colour a vertex, straight from the rasterizer."""
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    rgb = interpolate(raster, colors[mesh.faces])
    return Views(cameras, rgb, (raster.face >= 0).astype(np.float32))


def smooth_field(points):
    return (0.5 + 0.4 * np.sin(3 * points + np.array([0, 1, 2]))).astype(np.float32)


@pytest.mark.parametrize(
    "cameras", [axis_aligned(96), orbit(np.arange(0, 360, 45.0), np.tile([35.0, -35.0], 4), 128)]
)
def test_a_smooth_color_field_survives_the_bake(cameras):
    asset = BakeViews(size=256)(MESH, views_of(MESH, smooth_field(MESH.vertices), cameras))
    seen = render_views(asset, orbit(np.array([20.0, 200.0]), np.array([30.0, -50.0]), 128), supersample=1)
    raster = rasterize(MESH.vertices, MESH.faces, seen.cameras)
    expected = interpolate(raster, smooth_field(MESH.vertices)[MESH.faces])
    error = np.abs(seen.rgb - expected)[raster.face >= 0]
    # A source pixel is 0.011 units and the field's slope is at most 1.2, so 0.013 a pixel; twice that at worst
    # angles, and the outermost ring of a view may borrow its neighbour.
    assert error.mean() < 0.01
    assert np.quantile(error, 0.99) < 0.06


def test_one_color_stays_exactly_that_color_gutters_included():
    color = np.array([0.2, 0.55, 0.8], np.float32)
    views = views_of(MESH, np.tile(color, (len(MESH.vertices), 1)), axis_aligned(64))
    texture = BakeViews(size=256)(MESH, views).material.base_color
    # Exact in eight bits; the sums of weights may differ in the last bits of single precision.
    assert np.abs(texture - color).max() < 2e-6


def test_hidden_surfaces_take_the_color_beside_them():
    # Only the front is seen; the back half has no view at all.
    color = np.array([0.9, 0.1, 0.3], np.float32)
    views = views_of(MESH, np.tile(color, (len(MESH.vertices), 1)), orbit(np.zeros(1), np.zeros(1), 64))
    texture = BakeViews(size=128)(MESH, views).material.base_color
    assert np.abs(texture - color).max() < 2e-6


def test_a_part_in_front_does_not_paint_the_part_behind():
    front, back = trimesh.creation.box((0.3, 0.3, 0.1)), trimesh.creation.box((0.9, 0.9, 0.1))
    front.apply_translation((0, 0, 0.35))
    back.apply_translation((0, 0, -0.35))
    joined = trimesh.util.concatenate([front, back])
    mesh = Mesh(np.asarray(joined.vertices, np.float32), np.asarray(joined.faces, np.int32))
    colors = np.repeat(np.array([[1, 0, 0], [0, 0, 1]], np.float32), 8, 0)
    asset = BakeViews(size=256)(mesh, views_of(mesh, colors, axis_aligned(96)))
    texture = asset.material.base_color
    assert texture is not None
    assert asset.uv is not None
    behind = (asset.mesh.vertices[asset.mesh.faces][..., 2] < 0).all(1)
    centre = asset.uv[asset.mesh.faces[behind]].mean(1) * 256
    assert np.abs(texture[centre[:, 1].astype(int), centre[:, 0].astype(int)] - [0, 0, 1]).max() < 1e-3


def test_filling_never_carries_colors_from_chart_to_chart():
    # Four boxes, red and blue in turn, so that charts of both lie side by side in the atlas; nobody sees them from
    # below. What is hidden takes the colour of its own body, and gutters that of the chart beside them.
    boxes = []
    for i in range(4):
        box = trimesh.creation.box((0.15, 0.4, 0.15))
        box.apply_translation((0.32 * (i % 2) - 0.16, 0, 0.32 * (i // 2) - 0.16))
        boxes.append(box)
    joined = trimesh.util.concatenate(boxes)
    mesh = Mesh(np.asarray(joined.vertices, np.float32), np.asarray(joined.faces, np.int32))
    colors = np.repeat(np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]], np.float32), 8, 0)
    cameras = orbit(np.arange(0, 360, 45.0), np.full(8, 40.0), 256)
    asset = BakeViews(size=128)(mesh, views_of(mesh, colors, cameras))
    texture = asset.material.base_color
    assert texture is not None
    assert asset.uv is not None
    uv = asset.uv[asset.mesh.faces]
    texels = covered(uv, 128)
    expected = colors[mesh.faces[texels.face, 0]]
    assert np.abs(texture.reshape(-1, 3)[texels.index] - expected).max() < 1e-3
    # Every gutter texel is one of the nearest texels of a chart: scipy says how far that is.
    known = np.zeros(128 * 128, bool)
    known[texels.index] = True
    place = np.zeros((128 * 128, 3), np.float32)
    place[texels.index] = expected
    known = known.reshape(128, 128)
    away, (row, column) = distance_transform_edt(~known, return_indices=True)
    nearest = place.reshape(128, 128, 3)[row, column]
    near = (away > 0) & (away < 2)
    # Where two charts are as near, either may be taken.
    assert (np.abs(texture - nearest).max(-1)[near] < 1e-3).mean() > 0.97


def test_metallic_roughness_is_baked_where_the_views_have_it():
    views = views_of(MESH, smooth_field(MESH.vertices), axis_aligned(64))
    both = np.broadcast_to(np.array([1.0, 0.25], np.float32), (*views.alpha.shape, 2)) * views.alpha[..., None]
    painted = BakeViews(size=128)(
        MESH, Views(views.cameras, views.rgb, views.alpha, metallic_roughness=both.astype(np.float32))
    )
    assert painted.material.metallic_roughness is not None
    assert np.abs(painted.material.metallic_roughness - [1, 0.25]).max() < 2e-6
    plain = BakeViews(size=128, roughness=0.6)(MESH, views).material
    assert plain.metallic_roughness is None
    assert plain.roughness == 0.6


def test_the_asset_is_the_mesh_face_by_face():
    box = trimesh.creation.box((0.8, 0.6, 0.4))
    mesh = Mesh(np.asarray(box.vertices, np.float32), np.asarray(box.faces, np.int32))
    asset = BakeViews(size=64)(mesh, views_of(mesh, smooth_field(mesh.vertices), axis_aligned(64)))
    assert np.array_equal(asset.mesh.vertices[asset.mesh.faces], mesh.vertices[mesh.faces])
    assert np.abs(np.linalg.norm(asset.normals, axis=-1) - 1).max() < 1e-5
    # Every edge of a box is a crease: a corner's normal is its face's.
    assert np.abs(asset.normals[asset.mesh.faces] - box.face_normals[:, None]).max() < 1e-5


def test_the_same_bake_twice_is_the_same():
    views = views_of(MESH, smooth_field(MESH.vertices), axis_aligned(64))
    first, second = (BakeViews(size=128)(MESH, views) for _ in range(2))
    assert np.array_equal(first.material.base_color, second.material.base_color)
    assert np.array_equal(first.mesh.vertices, second.mesh.vertices)


def test_a_mesh_without_faces_is_refused():
    empty = Mesh(np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32))
    views = views_of(MESH, smooth_field(MESH.vertices), axis_aligned(16))
    with pytest.raises(InputError, match="no faces"):
        BakeViews()(empty, views)


def test_noise_is_evened_out_and_edges_are_kept():
    # Two flat halves under noise: each half comes out flatter, and neither takes anything of the other.
    rng = np.random.default_rng(0)
    image = np.empty((1, 48, 48, 3))
    image[:, :, :24], image[:, :, 24:] = (0.8, 0.1, 0.1), (0.1, 0.2, 0.7)
    noisy = (image + rng.normal(0, 0.02, image.shape)).astype(np.float32)
    clean = even(noisy, np.ones((1, 48, 48), np.float32), factor=6.0)
    # Each pixel averages a few dozen, so the noise falls to a fifth or less.
    assert (clean - image).std() < 0.2 * 0.02
    flat = image.astype(np.float32)
    assert np.array_equal(even(flat, np.ones((1, 48, 48), np.float32), factor=6.0), flat)
