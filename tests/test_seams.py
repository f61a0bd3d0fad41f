"""Views joined smoothly: what differs between them goes, what they agree on stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from maquette.artifacts import Mesh, Views
from maquette.cameras import orbit
from maquette.ops import interpolate, rasterize, sample_bilinear
from maquette.texturing import BakeViews
from maquette.texturing._seams import corrections, joined

SPHERE = trimesh.creation.icosphere(3, 0.45)
MESH = Mesh(np.asarray(SPHERE.vertices, np.float32), np.asarray(SPHERE.faces, np.int32))
CAMERAS = orbit(np.arange(0, 360, 45.0), np.tile([25.0, -35.0], 4), 128)


def _views() -> Views:
    """A smooth colour in space, as a sphere shows it."""
    colors = (0.45 + 0.15 * np.sin(4 * MESH.vertices + np.array([0, 1, 2]))).astype(np.float32)
    raster = rasterize(MESH.vertices, MESH.faces, CAMERAS)
    return Views(CAMERAS, interpolate(raster, colors[MESH.faces]), (raster.face >= 0).astype(np.float32))


def _vignetted(views: Views) -> Views:
    """Darker towards the corners, and each view of its own brightness."""
    y, x = np.meshgrid(*2 * [np.linspace(-1, 1, 128)], indexing="ij")
    gain = 1 + 0.1 * np.cos(3.0 * np.arange(len(CAMERAS)))[:, None, None]
    shade = gain * (1 - 0.25 * (x * x + y * y))
    return replace(views, rgb=(views.rgb * shade[..., None]).astype(np.float32))


def _steps(views: Views) -> float:
    """How far the baked colour is from the colour's own shape, along edges: 0 but for a factor on the whole."""
    asset = BakeViews(size=256, evenness=0.0)(MESH, views)
    assert asset.material.base_color is not None
    assert asset.uv is not None
    inner = 0.1 + 0.7 * np.eye(3, dtype=np.float32)  # of a face, near its corners
    seen = sample_bilinear(
        asset.material.base_color,
        (256 * np.einsum("kc,fcu->fku", inner, asset.uv[asset.mesh.faces])).reshape(-1, 2),
    ).reshape(-1, 3, 3)
    points = np.einsum("kc,fcx->fkx", inner, MESH.vertices[MESH.faces])
    ratio = np.log(seen / (0.45 + 0.15 * np.sin(4 * points + np.array([0, 1, 2]))))
    return float(np.quantile(np.ptp(ratio, axis=1), 0.99))


def test_views_that_agree_stay_as_they_are():
    views = _views()
    # Bilinear samples of a smooth colour differ by the curve of it within a pixel: under a hundredth.
    assert np.abs(joined(MESH, views, 6.0).rgb - views.rgb).max() < 0.01


def test_vignettes_leave_smaller_steps():
    views = _vignetted(_views())
    clean, before, after = (_steps(each) for each in (_views(), views, joined(MESH, views, 6.0)))
    assert before > 2 * clean
    assert after - clean < 0.6 * (before - clean)


def test_corrections_are_even_and_keep_the_mean():
    # Two views see every vertex and differ by a constant: each comes half the way, everywhere alike.
    vertices = len(MESH.vertices)
    colors = np.stack([np.full((vertices, 3), 0.4), np.full((vertices, 3), 0.5)])
    weights = np.ones((2, vertices))
    found = corrections(colors, weights, weights > 0, MESH.faces)
    assert np.abs(found[0] - 0.05).max() < 2e-3
    assert np.abs(found[1] + 0.05).max() < 2e-3


def test_what_only_one_view_sees_follows_its_neighbours():
    # The first view sees all, the second half, 0.1 brighter: the first's correction has no step at the border.
    vertices = len(MESH.vertices)
    colors = np.stack([np.full((vertices, 3), 0.4), np.full((vertices, 3), 0.5)])
    weights = np.stack([np.ones(vertices), (MESH.vertices[:, 0] > 0).astype(np.float64)])
    found = corrections(colors, weights, weights > 0, MESH.faces)[0, :, 0]
    edges = MESH.faces[:, [0, 1]]
    assert np.abs(found[edges[:, 0]] - found[edges[:, 1]]).max() < 0.02
    assert found[MESH.vertices[:, 0] > 0.3].mean() > 0.02


def test_a_dense_mesh_gives_much_the_same():
    fine = trimesh.creation.icosphere(5, 0.45)
    mesh = Mesh(np.asarray(fine.vertices, np.float32), np.asarray(fine.faces, np.int32))
    views = _vignetted(_views())
    one, other = joined(MESH, views, 6.0).rgb, joined(mesh, views, 6.0).rgb
    inside = views.alpha > 0
    assert np.abs(one - other)[inside].mean() < 0.01
