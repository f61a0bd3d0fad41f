"""Painting an atlas from views, against its readable definition, the rasterizer and laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Cameras, Mesh
from maquette.cameras import axis_aligned, orbit
from maquette.ops import interpolate, rasterize
from maquette.ops.paint import Pictures, paint, prepare, reference, trust
from maquette.texturing._bake import face_corner_normals
from maquette.texturing._texels import covered, texels_of
from maquette.texturing._unwrap import unwrap

SIZE = 56
REACH = 0.05


def _scene(seed: int) -> Mesh:
    """A lumpy body, and a smaller one beside it that hides some of it."""
    rng = np.random.default_rng(seed)
    hulls = [trimesh.convex.convex_hull(rng.normal(size=(24, 3))) for _ in range(2)]
    vertices = [
        hull.vertices / np.abs(hull.vertices).max() * scale for hull, scale in zip(hulls, (0.35, 0.1), strict=True)
    ]
    vertices[1] = vertices[1] + 0.4 * np.array([np.cos(seed), 0.5, np.sin(seed)])
    faces = np.concatenate([hulls[0].faces, hulls[1].faces + len(vertices[0])])
    return Mesh(np.concatenate(vertices).astype(np.float32), faces.astype(np.int32))


def _cameras(seed: int, perspective: bool, width: int = 48, height: int = 40) -> Cameras:
    rng = np.random.default_rng(seed)
    rig = orbit(rng.uniform(0, 360, 5), rng.uniform(-80, 80, 5), width, frame=1.5)
    intrinsics = rig.intrinsics.copy()
    intrinsics[:, 1, 2] = height / 2
    if not perspective:
        intrinsics[:, [0, 1], [0, 1]] = width / 1.5
    return replace(
        rig, intrinsics=intrinsics, height=height, projection="perspective" if perspective else "orthographic"
    )


def _pictures(mesh: Mesh, cameras: Cameras, seed: int, channels: int) -> tuple[Pictures, np.ndarray]:
    """Pictures with areas and edges of their own, soft outlines, and noise; and their alpha."""
    rng = np.random.default_rng(seed)
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    images = rng.uniform(0, 1, (len(mesh.faces), channels))[raster.face] + rng.normal(
        0, 0.02, (*raster.face.shape, channels)
    )
    images = np.clip(images, 0, 1).astype(np.float32)
    alpha = (raster.face >= 0) * rng.choice([1.0, 1.0, 1.0, 0.7], raster.face.shape)
    return prepare(mesh.vertices, mesh.faces, cameras, images, alpha.astype(np.float32)), alpha


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), perspective=st.booleans(), channels=st.sampled_from([3, 5]))
def test_it_is_as_defined(seed, perspective, channels):
    mesh, cameras = _scene(seed), _cameras(seed, perspective)
    pictures, alpha = _pictures(mesh, cameras, seed, channels)
    alpha = alpha.astype(np.float32)
    # Single precision, but where a depth lies at the limit of a step: there a quarter of the worth hangs on it.
    apart = np.abs(pictures.worth - reference.worth(pictures, alpha))
    assert np.quantile(apart, 0.99) < 1e-4
    for image, cover, found in zip(pictures.images, alpha, pictures.purity, strict=True):
        assert np.abs(reference.purity(image, cover) - found).max() < 1e-3
    assert (reference.pure(pictures, alpha) == pictures.pure).mean() > 0.99

    atlas = unwrap(mesh, SIZE)
    corners, uv = mesh.vertices[mesh.faces], atlas.uv[atlas.faces]
    normals = face_corner_normals(mesh, 40.0)
    painted = paint(pictures, corners, normals, uv, SIZE, 6.0, REACH)
    texels = texels_of(corners, normals, uv, SIZE)
    weights = trust(pictures, texels.positions, texels.normals, 6.0)
    expected = reference.trust(pictures, texels.positions, texels.normals, 6.0)
    # As above: a point on the border of what is hidden may fall on either side of it.
    close = np.abs(weights - expected).max(0) < 1e-3
    assert close.mean() > 0.99
    confidence = painted.confidence.reshape(-1)[texels.index]
    assert (np.abs(confidence - weights.max(0)) < 1e-3).mean() > 0.99
    colors = reference.colors(pictures, texels.positions, texels.normals, weights, REACH)
    apart = np.abs(painted.colors.reshape(-1, channels)[texels.index] - colors).max(-1)
    assert np.quantile(apart[weights.max(0) > 0], 0.97) < 2e-3


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1, 7, 64, 130]))
def test_texels_are_those_of_the_rasterizer(seed, size):
    rng = np.random.default_rng(seed)
    mesh = _scene(seed)
    uv = unwrap(mesh, 64).uv[unwrap(mesh, 64).faces]
    uv = uv[rng.permutation(len(uv))]
    pictures, _ = _pictures(mesh, _cameras(seed, True, 12, 12), seed, 3)
    corners = mesh.vertices[mesh.faces]
    painted = paint(pictures, corners, face_corner_normals(mesh, 40.0), uv, size, 6.0, REACH)
    texels = covered(uv, size)
    face = np.full(size * size, -1, np.int32)
    face[texels.index] = texels.face
    # A texel whose centre lies on an edge may go to either face.
    assert (painted.face.reshape(-1) == face).mean() > 0.999 or size < 8
    assert ((painted.face.reshape(-1) >= 0) == (face >= 0)).mean() > 0.999 or size < 8
    assert painted.face.max() < len(uv)


def test_what_all_views_show_alike_is_painted_so():
    sphere = trimesh.creation.icosphere(3, 0.45)
    mesh = Mesh(np.asarray(sphere.vertices, np.float32), np.asarray(sphere.faces, np.int32))
    cameras = axis_aligned(128)
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    field = (0.5 + 0.3 * np.sin(2 * mesh.vertices)).astype(np.float32)
    pictures = prepare(
        mesh.vertices, mesh.faces, cameras, interpolate(raster, field[mesh.faces]),
        (raster.face >= 0).astype(np.float32),
    )  # fmt: skip
    atlas = unwrap(mesh, 256)
    corners, uv = mesh.vertices[mesh.faces], atlas.uv[atlas.faces]
    painted = paint(pictures, corners, face_corner_normals(mesh, 40.0), uv, 256, 6.0, REACH)
    texels = texels_of(corners, face_corner_normals(mesh, 40.0), uv, 256)
    expected = 0.5 + 0.3 * np.sin(2 * texels.positions)
    seen = painted.confidence.reshape(-1)[texels.index] > 0.05
    error = np.abs(painted.colors.reshape(-1, 3)[texels.index] - expected).max(-1)[seen]
    # A pixel is 0.009 units across and the slope at most 0.6; bilinear samples err by far less than one.
    assert seen.mean() > 0.99
    assert np.quantile(error, 0.99) < 0.005


def test_what_cannot_be_painted_is_refused():
    mesh, cameras = _scene(0), _cameras(0, True, 12, 10)
    pictures, alpha = _pictures(mesh, cameras, 0, 3)
    alpha = alpha.astype(np.float32)
    corners, normals = mesh.vertices[mesh.faces], face_corner_normals(mesh, 40.0)
    uv = np.full((len(corners), 3, 2), 0.5, np.float32)
    with pytest.raises(ValueError, match="expected one number"):
        paint(pictures, corners[:1], normals[:1], uv[:1], 8, 6.0, REACH)
    with pytest.raises(ValueError, match="no numbers"):
        paint(pictures, corners, normals, np.full_like(uv, np.nan), 8, 6.0, REACH)
    with pytest.raises(ValueError, match="expected numbers"):
        paint(pictures, np.full_like(corners, np.inf), normals, uv, 8, 6.0, REACH)
    with pytest.raises(ValueError, match="texels a side"):
        paint(pictures, corners, normals, uv, 0, 6.0, REACH)
    with pytest.raises(ValueError, match="expected"):
        prepare(mesh.vertices, mesh.faces, cameras, pictures.images[1:], alpha[1:])
    with pytest.raises(ValueError, match="expected"):
        prepare(mesh.vertices, mesh.faces, cameras, pictures.images[..., :2], alpha)
