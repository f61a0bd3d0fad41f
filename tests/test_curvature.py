"""Curvature maps: closed forms of spheres, edges and grooves, and the picture beside the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image

from maquette.artifacts import Asset, Mesh
from maquette.errors import InputError
from maquette.formats.exporting import export
from maquette.pipeline.make import make
from maquette.texturing import BakeMesh
from maquette.texturing._curvature import SCALE, SHARP, mean_curvature


def _mesh(solid: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(solid.vertices, np.float32), np.asarray(solid.faces, np.int32))


def _asset(mesh: Mesh) -> Asset:
    soup = Mesh(
        mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(3 * len(mesh.faces), dtype=np.int32).reshape(-1, 3)
    )
    corners = mesh.vertices[mesh.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=-1, keepdims=True)
    return Asset(soup, None, np.repeat(flat, 3, 0).astype(np.float32))


@pytest.mark.parametrize(("radius", "inside_out"), [(0.3, False), (0.5, False), (0.5, True)])
def test_a_sphere_bends_by_one_over_its_radius(radius, inside_out):
    sphere = trimesh.creation.icosphere(4, radius)
    mesh = _mesh(sphere)
    if inside_out:
        mesh = replace(mesh, faces=np.ascontiguousarray(mesh.faces[:, ::-1]))
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 3))
    points = (radius * points / np.linalg.norm(points, axis=-1, keepdims=True)).astype(np.float32)
    found = mean_curvature(mesh, points, 0.06 * radius)
    # Samples of area and edges, a few a Gaussian's width: some per cent of noise, and no bias beyond the facets'.
    expected = (-1 if inside_out else 1) / radius
    assert abs(found.mean() / expected - 1) < 0.01
    assert np.abs(found / expected - 1).max() < 0.1


def test_edges_are_bright_grooves_dark_and_sides_flat():
    box = _mesh(trimesh.creation.box((1, 1, 1)))
    edge = np.stack([np.full(9, 0.5), np.full(9, 0.5), np.linspace(-0.3, 0.3, 9)], -1).astype(np.float32)
    side = np.stack([np.full(9, 0.5), np.linspace(-0.3, 0.3, 9), np.zeros(9)], -1).astype(np.float32)
    width = 0.02
    assert np.abs(mean_curvature(box, side, width)).max() < 1e-6
    sharp = mean_curvature(box, edge, width) * width / SHARP
    # On the edge both sides' area is as a whole plane's; the grid's cells blur it by some per cent.
    assert np.abs(sharp - 1).max() < 0.15
    hollow = replace(box, faces=np.ascontiguousarray(box.faces[:, ::-1]))
    # The samples of area fall otherwise on faces wound otherwise: some per cent of noise.
    assert np.allclose(mean_curvature(hollow, edge, width), -mean_curvature(box, edge, width), rtol=0.06)


def test_the_map_of_a_cube_shows_its_edges():
    cube = _mesh(trimesh.creation.box((0.8, 0.8, 0.8)))
    asset = BakeMesh(size=128, curvature=True, occlusion_rays=0)(cube, _asset(cube))
    map_ = asset.material.curvature
    assert map_ is not None
    assert map_.shape == (128, 128)
    assert asset.uv is not None
    corners = asset.uv[asset.mesh.faces] * 128
    centre = np.floor(corners.mean(1)).astype(int)
    # The widest Gaussian is 1.4 % of the cube's diagonal, and a triangle's centre ten times as far from its edges.
    assert np.abs(map_[centre[:, 1], centre[:, 0]] - 0.5).max() < 0.01
    assert map_.max() > 0.85
    assert map_.min() > 0.49
    assert BakeMesh(size=64, occlusion_rays=0)(cube, _asset(cube)).material.curvature is None


def test_a_baked_sphere_is_evenly_brighter_than_flat():
    sphere = _mesh(trimesh.creation.icosphere(4, 0.4))
    asset = BakeMesh(size=96, curvature=True, occlusion_rays=0)(
        _mesh(trimesh.creation.icosphere(2, 0.4)), _asset(sphere)
    )
    deviation = SCALE * np.linalg.norm(np.ptp(sphere.vertices, axis=0))
    expected = 0.5 + 0.5 * deviation / 0.4 / SHARP
    assert asset.material.curvature is not None
    assert abs(np.median(asset.material.curvature) - expected) < 0.01


def test_it_is_a_picture_beside_the_file(tmp_path):
    cube = _asset(_mesh(trimesh.creation.box((0.8, 0.8, 0.8))))
    made = make(cube, faces=20, texture_size=64, curvature=True, cache=False)
    files = export(made, tmp_path / "cube.glb")
    assert files == [tmp_path / "cube.glb", tmp_path / "cube_curvature.png"]
    with Image.open(files[1]) as picture:
        assert picture.mode == "L"
        assert picture.size == (64, 64)
    assert export(make(cube, faces=20, texture_size=64, cache=False), tmp_path / "plain.glb") == [
        tmp_path / "plain.glb"
    ]
    with pytest.raises(InputError, match="given mesh"):
        make("a red chair", curvature=True, cache=False)
