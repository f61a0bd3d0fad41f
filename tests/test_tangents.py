"""Tangents: Mikkelsen's own code, the plane, mirrors, turns, and any order of faces."""

import numpy as np
import pytest
import trimesh
import viewers
from _meshes import square, torus
from _threads import printed
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.artifacts import Mesh
from maquette.ops import corner_normals
from maquette.ops.tangents import split_tangents, tangents
from maquette.texturing import unwrap


def smooth(vertices, faces):
    """Unit normals, one a vertex."""
    normals = np.zeros_like(vertices)
    np.add.at(normals, faces.reshape(-1), corner_normals(vertices, faces, 180.0).reshape(-1, 3))
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def unwrapped(vertices, faces):
    atlas = unwrap(Mesh(vertices, faces), 256)
    return vertices[atlas.source], atlas.faces, smooth(vertices, faces)[atlas.source], atlas.uv


def a_torus():
    """Charts, seams, curvature."""
    return unwrapped(*torus(2000))


def a_box():
    """Flat shading: corners of one place with three normals."""
    box = trimesh.creation.box()
    vertices = np.asarray(box.vertices, np.float32)[box.faces].reshape(-1, 3)
    faces = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    normals = np.repeat(np.asarray(box.face_normals, np.float32), 3, 0)
    return vertices, faces, normals, unwrapped(vertices, faces)[3]


def mirrored():
    """A head textured with half a face: u runs towards the middle from both sides."""
    vertices, faces, normals, _ = a_torus()
    return vertices, faces, normals, np.stack([np.abs(vertices[:, 0]), vertices[:, 1]], -1)


def cylindrical():
    """Repeats beyond [0, 1], a pole where u has no direction, and a seam that runs back over the whole texture."""
    sphere = trimesh.creation.icosphere(3)
    vertices, faces = np.asarray(sphere.vertices, np.float32), np.asarray(sphere.faces, np.int32)
    around = np.arctan2(vertices[:, 2], vertices[:, 0]) / np.pi * 2
    return vertices, faces, vertices, np.stack([around, vertices[:, 1] * 3], -1).astype(np.float32)


def without_area():
    """Needles, points, and triangles whose texture is a line or a point."""
    vertices, faces, normals, uv = a_torus()
    rng = np.random.default_rng(0)
    faces, uv = faces.copy(), uv.copy()
    faces[rng.integers(0, len(faces), 20), 1] = faces[rng.integers(0, len(faces), 20), 2]
    needles = rng.integers(0, len(faces), 20)
    faces[needles, 1] = faces[needles, 0]
    uv[faces[rng.integers(0, len(faces), 40)]] = 0.25
    return vertices, faces, normals, uv


def three_at_an_edge():
    """Fins: more than two faces at an edge."""
    vertices, faces = square(1.0, cells=3)
    raised = vertices + np.array([0, 0, 0.3], np.float32)
    vertices = np.concatenate([vertices, raised])
    fin = np.array([[0, 4, 16], [1, 5, 17], [4, 8, 20]], np.int32)
    faces = np.concatenate([faces, fin])
    return vertices, faces, smooth(vertices, faces), vertices[:, :2] + 0.1 * vertices[:, 2:]


MESHES = [a_torus, a_box, mirrored, cylindrical, without_area, three_at_an_edge]


@pytest.mark.skipif(viewers.missing_mikktspace() is not None, reason=str(viewers.missing_mikktspace()))
def test_the_same_as_mikkelsens_own_code():
    meshes = [make() for make in MESHES]
    flat = [
        {"positions": v[f].ravel().tolist(), "normals": n[f].ravel().tolist(), "uv": uv[f].ravel().tolist()}
        for v, f, n, uv in meshes
    ]
    for make, (v, f, n, uv), theirs in zip(MESHES, meshes, viewers.mikktspace(flat), strict=True):
        expected = np.array(theirs, np.float32).reshape(-1, 3, 4)
        expected[..., 3] *= -1  # it takes v as it comes; in glTF it goes down
        found = tangents(v, f, n, uv)
        # Where nothing tells a direction it answers (1, 0, 0), across the normal or not.
        told = np.abs((expected[..., :3] * n[f]).sum(-1)) < 1e-3
        told |= np.abs(expected[..., :3] - [1, 0, 0]).max(-1) > 0
        assert told.mean() > 0.95, make.__name__
        error = np.abs(found - expected).max(-1)[told]
        # It sums in single precision, where differences of texture coordinates of 1e-3 keep four digits.
        assert error.max() < 1e-3, make.__name__


@pytest.mark.parametrize("make", MESHES)
def test_unit_across_the_normal_with_a_sign(make):
    vertices, faces, normals, uv = make()
    found = tangents(vertices, faces, normals, uv)
    np.testing.assert_allclose(np.linalg.norm(found[..., :3], axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose((found[..., :3] * normals[faces]).sum(-1), 0, atol=1e-5)
    assert set(np.unique(found[..., 3])) <= {-1.0, 1.0}


@given(
    angle=st.floats(0, 360),
    mirror=st.booleans(),
    scale=st.floats(0.01, 100),
    shift=st.floats(-50, 50),
)
@settings(max_examples=40, deadline=None)
def test_on_a_plane_u_and_v_run_along_the_frame(angle, mirror, scale, shift):
    """The closed form: the gradients of u and of -v, whatever turn, scale, shift or mirror the texture has."""
    vertices, faces = square(1.0, cells=3)
    turn = np.radians(angle)
    along = np.array([np.cos(turn), np.sin(turn), 0])
    up = np.array([-np.sin(turn), np.cos(turn), 0]) * (-1 if mirror else 1)
    uv = np.stack([vertices @ along, -(vertices @ up)], -1) * scale + shift
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(vertices), 1))
    found = tangents(vertices, faces, normals, uv.astype(np.float32))
    # Coordinates of 50 have 4e-6 of rounding, beside 0.01 / 3 across a triangle.
    bound = 1e-5 + 3 * np.spacing(np.float32(abs(shift) + scale)) / (scale / 3)
    np.testing.assert_allclose(found[..., :3], np.broadcast_to(along, found[..., :3].shape), atol=bound)
    bitangent = found[..., 3:] * np.cross([0, 0, 1], found[..., :3])
    np.testing.assert_allclose(bitangent, np.broadcast_to(up, bitangent.shape), atol=bound)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_turned_with_the_mesh_and_in_any_order(seed):
    rng = np.random.default_rng(seed)
    vertices, faces, normals, uv = mirrored()
    expected = tangents(vertices, faces, normals, uv)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn = (turn * np.sign(np.linalg.det(turn))).astype(np.float32)
    found = tangents(vertices @ turn.T, faces, normals @ turn.T, uv)
    # The mirror's own line is where tangents meet head on: 1e-7 of the positions may be all that is left there.
    off = np.abs(found[..., :3] - expected[..., :3] @ turn.T).max(-1)
    assert (off > 1e-4).mean() < 1e-3
    assert np.array_equal(found[..., 3], expected[..., 3])

    order, names = rng.permutation(len(faces)), rng.permutation(len(vertices)).astype(np.int32)
    back = np.argsort(names)
    found = tangents(vertices[back], names[faces[order]], normals[back], uv[back])
    np.testing.assert_allclose(found, expected[order], atol=1e-6)


def test_mirrored_halves_have_opposite_signs():
    vertices, faces, normals, uv = mirrored()
    found = tangents(vertices, faces, normals, uv)
    middle = vertices[faces].mean(1)
    (u1, v1), (u2, v2) = (uv[faces[:, [1, 2]]] - uv[faces[:, :1]]).transpose(1, 2, 0)
    area = u1 * v2 - v1 * u2
    clear = (np.abs(area) > 1e-6) & (np.abs(middle[:, 0]) > 0.05)
    assert (found[clear, :, 3] == np.where(area[clear] > 0, -1, 1)[:, None]).all()
    assert (area[clear] > 0).any()
    assert (area[clear] < 0).any()


def test_vertices_split_only_where_corners_differ():
    vertices, faces, normals, uv = mirrored()
    corner = tangents(vertices, faces, normals, uv)
    source, split, value = split_tangents(faces, corner)
    assert np.array_equal(source[split], faces)
    assert np.array_equal(value[split], corner)
    assert len(source) == len(np.unique(np.concatenate([faces.reshape(-1, 1), corner.reshape(-1, 4)], -1), axis=0))
    vertices, faces, normals, uv = a_torus()
    source, split, _ = split_tangents(faces, tangents(vertices, faces, normals, uv))
    assert np.array_equal(np.unique(source), np.unique(faces))
    assert len(source) < 1.05 * len(np.unique(faces))  # charts are not mirrored: hardly a corner differs


def test_threads_change_nothing():
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import hashlib, numpy as np, _meshes; from maquette.ops.tangents import tangents\n"
        "v, f = _meshes.torus(20000); n = v / np.linalg.norm(v, axis=1, keepdims=True)\n"
        "print(hashlib.sha256(tangents(v, f, n, np.abs(v[:, :2])).tobytes()).hexdigest())"
    )
    assert printed(program, 1) == printed(program, 3) != ""


def test_what_it_cannot_take_it_names():
    vertices, faces, normals, uv = a_box()
    with pytest.raises(ValueError, match="outside"):
        tangents(vertices, faces + 1, normals, uv)
    with pytest.raises(ValueError, match="NaN"):
        tangents(vertices, faces, normals * np.float32(np.nan), uv)
    assert tangents(vertices, faces[:0], normals, uv).shape == (0, 3, 4)
