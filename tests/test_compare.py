"""Measures of likeness against closed forms, symmetries and written-out definitions; the command as met."""

from __future__ import annotations

import inspect
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from maquette.artifacts import Asset, Material, Mesh, PointCloud
from maquette.cli import main
from maquette.errors import InputError
from maquette.formats.points import load_shape
from maquette.measures import Surface, aligned, compare, distances, psnr, sampled, silhouette_iou, ssim
from maquette.measures.pictures import ring_views
from maquette.measures.shape import closest_on_triangles


def _asset(solid: trimesh.Trimesh, colour: tuple[float, float, float] = (0.8, 0.3, 0.1)) -> Asset:
    mesh = Mesh(solid.vertices.astype(np.float32), solid.faces.astype(np.int32))
    return Asset(mesh, None, solid.vertex_normals.astype(np.float32), Material(base_color_factor=colour))


def _moved(asset: Asset, rotation: np.ndarray, shift: np.ndarray, scale: float = 1.0) -> Asset:
    vertices = (scale * asset.mesh.vertices @ rotation.T + shift).astype(np.float32)
    return replace(
        asset, mesh=replace(asset.mesh, vertices=vertices), normals=(asset.normals @ rotation.T).astype(np.float32)
    )


def _lopsided() -> Asset:
    """Three boxes of different sizes: no turn but none puts it onto itself."""
    boxes = [trimesh.creation.box((1, 0.3, 0.2)), trimesh.creation.box((0.2, 0.8, 0.2))]
    boxes.append(trimesh.creation.box((0.15, 0.15, 0.6)))
    boxes[1].apply_translation((-0.4, 0.5, 0.02))
    boxes[2].apply_translation((0.3, 0.05, 0.35))
    return _asset(trimesh.util.concatenate(boxes))


LOPSIDED = _lopsided()
BOX = _asset(trimesh.creation.box((1, 1, 1)))


def test_concentric_spheres_are_as_far_apart_as_their_radii():
    inner, outer = (_asset(trimesh.creation.icosphere(5, radius)) for radius in (0.4, 0.5))
    found = compare(outer, inner, points=4000, size=32)
    # The facets of a subdivided icosahedron (20,480) lie up to 2e-4 of the radius within the sphere.
    assert found.unit == pytest.approx(1, abs=1e-5)
    assert found.chamfer == pytest.approx(0.1, abs=2e-4)
    assert found.hausdorff == pytest.approx(0.1, abs=4e-4)
    assert found.f_scores == {0.01: 0, 0.02: 0, 0.05: 0}
    near = compare(outer, inner, thresholds=[0.0995, 0.1005], points=4000, size=32)
    assert near.f_scores == {0.0995: 0, 0.1005: 1}
    # The nearest place on the other sphere is straight below: normals agree but for the facets.
    assert found.normal_consistency == pytest.approx(1, abs=1e-3)


def test_a_shifted_cube():
    """Off the ends each point is the shift from the other cube; on the sides only the strip that sticks out is."""
    shift = 0.25
    other = _moved(BOX, np.eye(3), np.array([shift, 0, 0]))
    found = compare(BOX, other, points=20_000, size=32)
    assert found.hausdorff == pytest.approx(shift, abs=1e-6)
    # Of each cube: one end is beyond the other by the shift; the far end lies inside it, where the side walls
    # are nearer than the shift in a frame around the end; four side strips stick out by 0 to the shift.
    n = 400
    y, z = np.meshgrid(*[(np.arange(n) + 0.5) / n - 0.5] * 2)
    inner_end = np.minimum(shift, 0.5 - np.maximum(np.abs(y), np.abs(z))).mean()
    expected = (shift + inner_end + 4 * shift * shift / 2) / 6
    assert found.chamfer == pytest.approx(expected, rel=0.01)  # 20,000 stratified points


def test_the_same_object_twice_differs_in_nothing():
    found = compare(LOPSIDED, LOPSIDED, points=2000, size=64)
    assert found.chamfer < 1e-9
    assert found.hausdorff < 1e-7
    assert set(found.f_scores.values()) == {1.0}
    assert found.normal_consistency == pytest.approx(1)
    assert found.likeness is not None
    assert found.likeness.psnr == found.likeness.normals_psnr == 100
    assert found.likeness.ssim == pytest.approx(1)
    assert found.likeness.silhouette_iou == 1


def test_which_comes_first_does_not_count_but_for_the_unit():
    ball = _asset(trimesh.creation.icosphere(2, 0.3), (0.2, 0.3, 0.9))
    a, b = compare(LOPSIDED, ball, points=1500, size=32), compare(ball, LOPSIDED, points=1500, size=32)
    assert a.chamfer * a.unit == pytest.approx(b.chamfer * b.unit)
    assert a.hausdorff * a.unit == pytest.approx(b.hausdorff * b.unit)
    assert a.to_first * a.unit == pytest.approx(b.to_second * b.unit)
    assert a.normal_consistency == pytest.approx(b.normal_consistency)


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e3), st.integers(0, 1000))
def test_size_and_place_of_both_do_not_count(scale, seed):
    rng = np.random.default_rng(seed)
    turn = Rotation.random(rng=seed).as_matrix()
    a, b = _asset(trimesh.creation.box((1, 0.5, 0.2))), _asset(trimesh.creation.icosphere(2, 0.4))
    plain = sampled(a.mesh, 500), sampled(b.mesh, 500)
    shift = scale * rng.normal(size=3)
    moved = [sampled(_moved(each, turn, shift, scale).mesh, 500) for each in (a, b)]
    for d, e in ((plain, moved), (plain[::-1], moved[::-1])):
        np.testing.assert_allclose(distances(*e).points / scale, distances(*d).points, atol=1e-5)  # float32 inputs


def test_points_are_spread_by_area_and_are_always_the_same():
    mesh = LOPSIDED.mesh
    one = sampled(mesh, 5000, seed=3)
    np.testing.assert_array_equal(one.points, sampled(mesh, 5000, seed=3).points)
    areas = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area_faces
    assert one.triangles is not None
    faces = {tuple(corners.ravel()): n for n, corners in enumerate(mesh.vertices[mesh.faces].astype(np.float64))}
    counts = np.bincount([faces[tuple(t.ravel())] for t in one.triangles], minlength=len(areas))
    assert np.abs(counts - 5000 * areas / areas.sum()).max() < 2  # one in each equal part of the area


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_closest_place_of_a_triangle_is_the_best_of_a_fine_net(seed, flat):
    rng = np.random.default_rng(seed)
    triangles, points = rng.normal(size=(8, 3, 3)), rng.normal(size=(8, 3))
    if flat:
        triangles[:, 2] = triangles[:, 0] + rng.uniform(-1, 2, (8, 1)) * (triangles[:, 1] - triangles[:, 0])
    found = np.linalg.norm(closest_on_triangles(points, triangles) - points, axis=-1)
    u, v = np.meshgrid(np.linspace(0, 1, 65), np.linspace(0, 1, 65))
    weights = np.stack([1 - u - v, u, v], -1)[u + v <= 1 + 1e-12]
    net = np.linalg.norm(np.einsum("nk,tkc->tnc", weights, triangles) - points[:, None], axis=-1).min(1)
    longest = np.linalg.norm(triangles - np.roll(triangles, 1, 1), axis=-1).max(1)
    assert (found <= net + 1e-9).all()
    assert (found >= net - longest / 64).all()  # the net's own spacing


def test_a_tiny_part_is_found_though_no_point_falls_on_it():
    speck = trimesh.creation.box((1e-4, 1e-4, 1e-4))
    speck.apply_translation((0, 2, 0))
    both = _asset(trimesh.util.concatenate([trimesh.creation.box((1, 1, 1)), speck]))
    assert compare(both, BOX, points=500, size=32).hausdorff * 2.5 == pytest.approx(1.5, abs=1e-3)
    assert compare(both, both, points=500, size=32).hausdorff < 1e-9


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_icp_undoes_any_rigid_motion(seed):
    rng = np.random.default_rng(seed)
    turn = Rotation.random(rng=seed).as_matrix()
    moved = _moved(LOPSIDED, turn, rng.normal(size=3))
    motion = aligned(moved.mesh, LOPSIDED.mesh, ["icp"])
    np.testing.assert_allclose(motion(moved.mesh.vertices), LOPSIDED.mesh.vertices, atol=2e-3)
    np.testing.assert_allclose(motion.rotation @ turn, np.eye(3), atol=2e-3)


def test_boxes_are_centred_and_scaled():
    turned = _moved(LOPSIDED, np.eye(3), np.array([3.0, -2, 1]), 2.5)
    assert compare(LOPSIDED, turned, ["scale", "centre"], points=1000, size=32).chamfer < 1e-6
    only = aligned(turned.mesh, LOPSIDED.mesh, ["centre"])
    assert only.scale == 1
    moved = only(turned.mesh.vertices)
    centred = LOPSIDED.mesh.vertices.max(0) + LOPSIDED.mesh.vertices.min(0)
    np.testing.assert_allclose(moved.max(0) + moved.min(0), centred, atol=1e-5)


def test_symmetry_turns_nothing():
    ball = _asset(trimesh.creation.icosphere(3, 0.5))
    assert aligned(_moved(ball, np.eye(3), np.array([0.1, 0, 0])).mesh, ball.mesh, ["icp"]).degrees < 1


def test_point_clouds():
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(12.0)] * 3), -1).reshape(-1, 3)
    cloud = PointCloud(grid.astype(np.float32))
    shifted = PointCloud((grid + np.array([0.3, 0, 0])).astype(np.float32))
    found = compare(cloud, shifted)
    assert found.chamfer * found.unit == pytest.approx(0.3, abs=1e-6)
    assert found.hausdorff * found.unit == pytest.approx(0.3, abs=1e-6)
    assert found.normal_consistency is None
    assert found.likeness is None
    turn = Rotation.from_rotvec([0, 0, 0.05]).as_matrix()
    turned = PointCloud((rng.permutation(grid) @ turn.T).astype(np.float32))
    assert compare(cloud, turned, ["icp"]).chamfer < 1e-4


def _ssim_written_out(a: np.ndarray, b: np.ndarray) -> float:
    """Equation 13 of Wang et al. (2004), window by window."""
    t = np.arange(-5, 6)
    window = np.exp(-(t[:, None] ** 2 + t**2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for i in range(a.shape[0] - 10):
        for j in range(a.shape[1] - 10):
            x, y = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
            cov = (window * (x - mx) * (y - my)).sum()
            values.append(
                (2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4))
            )
    return float(np.mean(values))


def test_pictures_against_the_definitions():
    rng = np.random.default_rng(0)
    a = rng.random((23, 19, 3)).astype(np.float32)
    b = np.clip(a + 0.2 * rng.normal(size=a.shape), 0, 1).astype(np.float32)
    expected = np.mean([_ssim_written_out(a[..., c].astype(float), b[..., c].astype(float)) for c in range(3)])
    assert ssim(a, b) == pytest.approx(expected, abs=1e-9)
    assert ssim(a, a) == pytest.approx(1)
    flat = np.zeros((16, 16)) + 0.25
    assert psnr(flat, flat + 0.1) == pytest.approx(20)
    assert psnr(flat, flat) == 100
    left, right = np.zeros((4, 6)), np.zeros((4, 6))
    left[:, :4], right[:, 2:] = 1, 1
    assert silhouette_iou(left, right) == pytest.approx(1 / 3)
    assert silhouette_iou(0 * left, 0 * left) == 1
    with pytest.raises(ValueError, match="11 pixels"):
        ssim(a[:10], a[:10])


def test_the_ring_sees_the_whole_of_a_unit_box():
    alpha = ring_views(BOX, 64).alpha
    assert alpha.shape == (8, 64, 64)
    assert (alpha.max((1, 2)) == 1).all()
    for border in (alpha[:, 0], alpha[:, -1], alpha[:, :, 0], alpha[:, :, -1]):
        assert (border == 0).all()


def test_colours_and_shape_are_told_apart():
    painted = replace(BOX, material=Material(base_color_factor=(0.1, 0.3, 0.9)))
    found = compare(BOX, painted, points=1000, size=48)
    assert found.chamfer < 1e-9
    assert found.likeness is not None
    assert found.likeness.silhouette_iou == 1
    assert found.likeness.normals_psnr == 100
    assert found.likeness.psnr < 25


def _write(path: Path, asset: Asset) -> Path:
    trimesh.Trimesh(asset.mesh.vertices, asset.mesh.faces, process=False).export(path)
    return path


def test_the_command(tmp_path, capsys):
    a = _write(tmp_path / "a.glb", BOX)
    b = _write(tmp_path / "b.ply", _moved(BOX, np.eye(3), np.array([0.1, 0, 0])))
    assert main(["compare", str(a), str(b), "--points", "500", "--size", "32", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["hausdorff"] == pytest.approx(0.1, abs=1e-6)
    assert report["pictures"]["size"] == 32
    assert main(["compare", str(a), str(b), "--points", "500", "--size", "32", "--align", "scale,centre"]) == 0
    told = capsys.readouterr().out
    assert "aligned      by centre, scale: B scaled by 1, turned by 0.00°, then shifted by (-0.1, 0, 0)" in told
    assert "Hausdorff    0.00000" in told


def test_the_command_with_points(tmp_path, capsys):
    surface = sampled(BOX.mesh, 800)
    assert surface.normals is not None
    trimesh.PointCloud(surface.points).export(tmp_path / "bare.ply")
    rows = np.concatenate([surface.points, surface.normals], 1)
    header = "ply\nformat ascii 1.0\nelement vertex 800\n" + "".join(
        f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz")
    )
    lines = "\n".join(" ".join(f"{value:.7f}" for value in row) for row in rows)
    (tmp_path / "normals.ply").write_text(f"{header}end_header\n{lines}\n")
    box = _write(tmp_path / "box.glb", BOX)

    found = load_shape(tmp_path / "normals.ply")
    assert isinstance(found, PointCloud)
    assert found.normals is not None
    np.testing.assert_allclose(found.normals, surface.normals, atol=1e-6)
    assert main(["compare", str(tmp_path / "normals.ply"), str(box), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["mean_a_to_b"] < 1e-6  # points of a box lie on it
    assert report["pictures"] is None
    assert report["normal_consistency"] > 0.9
    assert main(["compare", str(box), str(tmp_path / "bare.ply")]) == 0
    told = capsys.readouterr().out
    assert "none: a point cloud has no surface to draw" in told
    assert "none on one side, so not compared" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--align", "icp,none"], "expected none, or some of"),
        (["--align", "turn"], "expected none, or some of"),
        (["--thresholds", "0.1,x"], "expected numbers above 0"),
        (["--thresholds", "nan"], "expected numbers above 0"),
        (["--points", "5"], "expected 100 to"),
        (["--size", "4"], "expected 32 to"),
        (["--seed", "-1"], "expected 0 to"),
    ],
    ids=str,
)
def test_bad_options_are_one_line(options, said, tmp_path, capsys):
    box = _write(tmp_path / "box.glb", BOX)
    assert main(["compare", str(box), str(box), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


PLY = b"ply\nformat ascii 1.0\nelement vertex %d\n" + b"".join(b"property float %c\n" % c for c in b"xyz")
PLY += b"end_header\n"


@pytest.mark.parametrize(
    "data",
    [b"", b"ply", b"plx\nend_header\n", PLY % 0, PLY % 9999 + b"1 2 3\n", PLY % 1 + b"nan 0 0\n",
     PLY % 1 + b"1 2\n", PLY % 2 + b"0 0 0\n0 0 0\n", PLY.replace(b" x", b" q") % 1 + b"1 2 3\n"],
)  # fmt: skip
def test_bad_point_clouds_are_one_line(data, tmp_path, capsys):
    (tmp_path / "bad.ply").write_bytes(data)
    box = _write(tmp_path / "box.glb", BOX)
    assert main(["compare", str(tmp_path / "bad.ply"), str(box)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_cannot_be_measured_is_refused(tmp_path, capsys):
    assert main(["compare", str(tmp_path / "no.glb"), str(tmp_path / "no.ply")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    line = Mesh(np.diag([1, 0, 0]).astype(np.float32), np.array([[0, 1, 2]], np.int32))
    with pytest.raises(InputError, match="no area"):
        compare(replace(BOX, mesh=line), BOX)
    point = PointCloud(np.zeros((3, 3), np.float32))
    with pytest.raises(InputError, match="no extent"):
        compare(point, BOX)
    with pytest.raises(InputError, match="without an extent"):
        compare(BOX, point, ["scale"])
    with pytest.raises(InputError, match="goes with no other"):
        compare(BOX, BOX, ["none", "icp"])
    with pytest.raises(InputError, match="above 0"):
        compare(BOX, BOX, thresholds=[0.0])
    for nothing in (PointCloud(np.zeros((0, 3), np.float32)), PointCloud(np.full((3, 3), np.nan, np.float32))):
        with pytest.raises(InputError, match="first object has no points"):
            compare(nothing, BOX)
        with pytest.raises(InputError, match="second object has no points"):
            compare(BOX, nothing)
    with pytest.raises(InputError, match="second object has no faces"):
        compare(BOX, replace(BOX, mesh=replace(BOX.mesh, faces=BOX.mesh.faces[:0])))
    with pytest.raises(InputError, match="0 points"):
        compare(BOX, BOX, points=0)
    with pytest.raises(InputError, match="10 pixels"):
        compare(BOX, BOX, size=10)
    with pytest.raises(InputError, match=r"'scales'; expected some of"):
        inspect.unwrap(aligned)(BOX.mesh, BOX.mesh, ["scales"])


def test_points_on_a_line_are_aligned_without_a_word():
    along = np.linspace(0, 1, 30, dtype=np.float32)
    first = PointCloud(np.stack([along, 0 * along, 0 * along], -1))
    second = PointCloud(np.stack([along**2, 0 * along, 0.2 + 0 * along], -1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compare(first, second, ["icp"]).motion.degrees == pytest.approx(0, abs=1)


def test_surfaces_without_normals_are_compared_by_distance_alone():
    points = np.random.default_rng(0).random((50, 3))
    assert distances(Surface(points, None), Surface(points, None)).cosines is None
