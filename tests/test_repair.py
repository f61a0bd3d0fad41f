"""Repair: whatever comes in, a manifold goes out, closed where asked, what was good stays, and all is told."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from maquette.artifacts import Mesh
from maquette.errors import InputError
from maquette.meshing import Decimate, Examined, Repair, is_closed_manifold, told
from maquette.meshing._remesh import _samples, remesh
from maquette.meshing._shells import without_inner_shells

SHARED = Path(__file__).parents[1].parent / "shared"


def _mesh(mesh: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))


def _volume(mesh: Mesh) -> float:
    return float(np.linalg.det(mesh.vertices.astype(np.float64)[mesh.faces]).sum() / 6)


def _soup(mesh: Mesh) -> Mesh:
    """Every face with its own three vertices, as STL files have them."""
    return Mesh(
        mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(mesh.faces.size, dtype=np.int32).reshape(-1, 3)
    )


def _grid_box(extents: tuple[float, float, float]) -> Mesh:
    return _mesh(trimesh.creation.box(extents).subdivide().subdivide())


def test_a_good_mesh_is_left_alone():
    mesh = _mesh(trimesh.creation.torus(1.0, 0.3))
    assert Repair()(mesh) is mesh


def test_split_vertices_are_merged():
    mesh = _grid_box((1, 2, 3))
    fixed = Repair()(_soup(mesh))
    assert len(fixed.vertices) == len(mesh.vertices)
    assert len(fixed.faces) == len(mesh.faces)
    assert is_closed_manifold(fixed.vertices, fixed.faces)


def test_random_winding_is_put_right():
    mesh = _mesh(trimesh.creation.icosphere(3))
    faces = mesh.faces.copy()
    turned = np.random.default_rng(0).random(len(faces)) < 0.5
    faces[turned] = faces[turned, ::-1]
    fixed = Repair()(Mesh(mesh.vertices, faces))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert _volume(fixed) == pytest.approx(_volume(mesh))
    inside_out = Repair()(Mesh(mesh.vertices, mesh.faces[:, ::-1].copy()))
    assert _volume(inside_out) == pytest.approx(_volume(mesh))


def test_double_and_degenerate_faces_go():
    mesh = _grid_box((1, 1, 1))
    extra = np.array([mesh.faces[0], mesh.faces[1][::-1], [3, 3, 5]], np.int32)
    fixed = Repair()(Mesh(mesh.vertices, np.concatenate([mesh.faces, extra])))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert len(fixed.faces) == len(mesh.faces)


def test_boxes_that_share_an_edge_come_apart():
    one = trimesh.creation.box((1, 1, 1))
    two = trimesh.creation.box((1, 1, 1)).apply_translation((1, 1, 0))
    fixed = Repair()(_mesh(trimesh.util.concatenate([one, two])))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert len(fixed.faces) == 24
    assert _volume(fixed) == pytest.approx(2)


def test_small_holes_are_filled_where_they_are():
    mesh = _mesh(trimesh.creation.icosphere(3))
    holes = np.ones(len(mesh.faces), bool)
    holes[[5, 6, 700]] = False
    fixed = Repair()(Mesh(mesh.vertices, mesh.faces[holes]))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert len(fixed.faces) < len(mesh.faces) + 20
    assert _volume(fixed) == pytest.approx(_volume(mesh), rel=1e-2)


def test_an_open_bottom_is_closed_flat():
    mesh = _grid_box((1, 1, 1))
    bottom = (mesh.vertices[mesh.faces][..., 1] == -0.5).all(1)
    fixed = Repair()(Mesh(mesh.vertices, mesh.faces[~bottom]))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert _volume(fixed) == pytest.approx(1)


def test_an_open_cup_becomes_a_cup_with_walls():
    mesh = _grid_box((1, 1, 1))
    top = (mesh.vertices[mesh.faces][..., 1] == 0.5).all(1)
    fixed = Repair(solid=True, resolution=48)(Mesh(mesh.vertices, mesh.faces[~top]))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    # Five unit walls of about 1.8 cells of 1/48, and what the corners share.
    assert _volume(fixed) == pytest.approx(5 * 1.8 / 48, rel=0.3)
    found = trimesh.Trimesh(fixed.vertices, fixed.faces).sample(2000, seed=0)
    assert (np.abs(found).max(1) < 0.5 + 2 / 48).all()
    assert np.abs(np.linalg.norm(found, ord=np.inf, axis=1) - 0.5).max() < 2 / 48


@given(
    st.tuples(*[st.floats(0.05, 0.6)] * 3),
    st.tuples(*[st.floats(0.1, 0.8)] * 3),
    st.tuples(*[st.floats(0.1, 0.8)] * 3),
)
@settings(max_examples=30, deadline=None)
def test_overlapping_boxes_become_one_solid(shift, first, second):
    """Inclusion and exclusion: the union's volume is both volumes less that of what they share."""
    pytest.importorskip("manifold3d")
    a, b = trimesh.creation.box(first), trimesh.creation.box(second)
    b.apply_translation(shift)
    low, high = np.maximum(a.bounds[0], b.bounds[0]), np.minimum(a.bounds[1], b.bounds[1])
    shared = np.prod(np.clip(high - low, 0, None))
    if shared < 1e-4 or (np.abs(a.bounds[:, None] - b.bounds[None]) < 1e-3).any():
        return  # apart, or with faces in one plane
    if ((a.bounds[0] < b.bounds[0]) & (a.bounds[1] > b.bounds[1])).all():
        return  # one inside the other, which goes before
    both = _mesh(trimesh.util.concatenate(a, b))
    fixed, found = Repair(solid=True).examined(both)
    assert found["united_pieces"] == 1
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    # Vertices are rounded to 32 bits: some 1e-7 of a side, over faces of about one.
    assert _volume(fixed) == pytest.approx(a.volume + b.volume - shared, abs=1e-5)
    untouched = Repair()(both)
    assert _volume(untouched) == pytest.approx(a.volume + b.volume, abs=1e-5)


def test_solids_apart_stay_as_they_are():
    a, b = trimesh.creation.box((1, 1, 1)), trimesh.creation.icosphere(2)
    b.apply_translation((3, 0, 0))
    mesh = _mesh(trimesh.util.concatenate(a, b))
    assert Repair(solid=True)(mesh) is mesh


def test_without_the_package_overlaps_are_named(monkeypatch):
    monkeypatch.setattr("maquette.meshing._unite.can_unite", lambda: False)
    a, b = trimesh.creation.box((1, 1, 1)), trimesh.creation.box((1, 1, 1))
    b.apply_translation((0.5, 0.3, 0.2))
    mesh, found = Repair(solid=True).examined(_mesh(trimesh.util.concatenate(a, b)))
    assert found == {"overlaps_kept": 2}
    assert "maquette[solid]" in told(found)
    assert len(mesh.faces) == 24


def test_a_solid_that_must_be_made_anew_keeps_its_place():
    box = _grid_box((1, 0.8, 0.6))
    wall = np.array([[-0.1, 0, -0.1], [0.1, 0, -0.1], [0.1, 0, 0.1]], np.float32)  # loose, unseen, inside
    faces = np.concatenate([box.faces, [[0, 1, len(box.vertices)]], np.arange(3)[None] + len(box.vertices)])
    mesh = Mesh(np.concatenate([box.vertices, wall]), faces.astype(np.int32))
    assert _volume(Repair()(mesh)) == pytest.approx(0.48)  # without the walls
    fixed = Mesh(*remesh(mesh.vertices, mesh.faces, 48))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert _volume(fixed) == pytest.approx(0.48, rel=0.02)
    surface = trimesh.Trimesh(box.vertices, box.faces).sample(3000, seed=0)
    assert np.quantile(KDTree(fixed.vertices).query(surface)[0], 0.99) < 1.0 / 48


@pytest.mark.parametrize("seed", range(3))
def test_random_triangles_come_out_closed_and_within_any_budget(seed):
    rng = np.random.default_rng(seed)
    vertices = rng.normal(size=(40, 3)).astype(np.float32)
    mesh = Repair(solid=True, resolution=32)(Mesh(vertices, rng.integers(0, 40, (30, 3)).astype(np.int32)))
    assert is_closed_manifold(mesh.vertices, mesh.faces)
    small = Decimate(200)(mesh)
    assert len(small.faces) <= 200
    assert is_closed_manifold(small.vertices, small.faces)


def test_a_single_sheet_gets_a_thickness():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], np.float32)
    for faces in ([[0, 2, 1], [0, 3, 2]], [[0, 2, 1], [0, 3, 2], [0, 1, 2], [0, 2, 3]]):  # one side, or both
        mesh = Repair(solid=True, resolution=32)(Mesh(square, np.array(faces, np.int32)))
        assert is_closed_manifold(mesh.vertices, mesh.faces)
        assert 0.5 / 32 < _volume(mesh) < 4 / 32


def test_colours_come_along():
    mesh = _mesh(trimesh.creation.icosphere(3))
    colors = np.repeat(mesh.vertices[:, 1:2] > 0, 3, 1).astype(np.float32)
    fixed = Repair()(Mesh(mesh.vertices, mesh.faces[3:], colors))
    assert fixed.vertex_colors is not None
    clear = np.abs(fixed.vertices[:, 1]) > 0.2
    assert (fixed.vertex_colors[clear, 0] == (fixed.vertices[clear, 1] > 0)).all()


def test_what_has_no_surface_is_refused():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    with pytest.raises(InputError, match="no faces"):
        Repair()(Mesh(vertices, np.zeros((0, 3), np.int32)))
    with pytest.raises(InputError, match="no face with an area"):
        Repair()(Mesh(vertices, np.array([[0, 0, 1], [2, 2, 2]], np.int32)))
    with pytest.raises(InputError, match="no face with an area"):
        Repair()(Mesh(0 * vertices, np.array([[0, 1, 2]], np.int32)))
    with pytest.raises(InputError, match="NaN"):
        Repair()(Mesh(vertices * np.float32("nan"), np.array([[0, 1, 2]], np.int32)))


@pytest.mark.parametrize(
    "name",
    ["data/nasty/busted.STL", "data/nasty/not_convex.obj", "data/nasty/wallhole.obj", "data/nasty/soup.stl"],
)
def test_files_from_the_wild(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    mesh = trimesh.load(path, force="mesh", process=False)
    fixed = Repair(solid=True, resolution=32)(_mesh(mesh))
    assert is_closed_manifold(fixed.vertices, fixed.faces)
    assert _volume(fixed) > 0
    small = Decimate(1000)(fixed)
    assert len(small.faces) <= 1000
    assert is_closed_manifold(small.vertices, small.faces)


def _together(*meshes: Mesh) -> Mesh:
    return _mesh(trimesh.util.concatenate([trimesh.Trimesh(m.vertices, m.faces, process=False) for m in meshes]))


def _ball(radius: float, at: tuple[float, float, float] = (0, 0, 0), level: int = 2) -> Mesh:
    return _mesh(trimesh.creation.icosphere(level, radius=radius).apply_translation(at))


def _at_most_two_faces_an_edge(mesh: Mesh) -> bool:
    edges = np.stack([mesh.faces, np.roll(mesh.faces, -1, 1)], -1).reshape(-1, 2)
    _, alike = np.unique(edges, axis=0, return_counts=True)
    return alike.max() == 1  # no edge runs twice the same way: two faces at most, wound alike


def test_good_meshes_are_left_byte_for_byte_also_open_ones():
    open_ball = _ball(1.0)
    open_ball = Mesh(open_ball.vertices, open_ball.faces[open_ball.vertices[open_ball.faces][..., 2].max(1) < 0.5])
    sheet = Mesh(
        np.float32([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]]), np.array([[0, 2, 1], [0, 3, 2]], np.int32)
    )
    for mesh in (_ball(1.0), _together(_ball(1.0), _ball(1.0, (3, 0, 0))), open_ball, sheet):
        fixed, found = Repair().examined(mesh)
        assert np.array_equal(fixed.vertices[fixed.faces], mesh.vertices[mesh.faces])
        assert not set(found) - {"holes_kept"}
    mesh = _together(_ball(1.0), _ball(1.0, (3, 0, 0)))
    assert Repair()(mesh) is mesh


def test_large_holes_stay_and_are_named():
    cup = _grid_box((1, 1, 1))
    top = (cup.vertices[cup.faces][..., 1] == 0.5).all(1)
    fixed, found = Repair().examined(Mesh(cup.vertices, cup.faces[~top]))
    assert len(fixed.faces) == (~top).sum()
    (line,) = found["holes_kept"]
    assert line.startswith("a hole of 1 across at (")
    assert line in told(found)
    assert len(Decimate(20)(fixed).faces) in (19, 20)


def test_hidden_shells_and_specks_go_and_neighbours_stay():
    ball, inner, speck = _ball(1.0, level=3), _ball(0.5), _ball(0.003, (1.2, 0, 0), level=1)
    beside = _ball(0.4, (0, 1.5, 0))
    fixed, found = Repair().examined(_together(ball, inner, speck, beside))
    assert found == {"floaters": 1, "inner_shells": 1}
    assert len(fixed.faces) == len(ball.faces) + len(beside.faces)
    assert told(found) == "1 specks, 1 pieces hidden inside"


def test_many_small_pieces_are_no_specks():
    rng = np.random.default_rng(0)
    fixed, found = Repair().examined(_together(*[_ball(0.004, tuple(at), 0) for at in rng.random((150, 3))]))
    assert "floaters" not in found
    assert len(fixed.faces) == 150 * 20


def test_everything_found_is_counted():
    mesh = _grid_box((1, 1, 1))
    faces = mesh.faces.copy()
    faces[[3, 50]] = faces[[3, 50], ::-1]
    extra = np.array([faces[0], faces[1], [3, 3, 5]], np.int32)
    _, found = Examined(Repair())(Mesh(mesh.vertices, np.concatenate([faces, extra])))
    assert found == {"duplicate_faces": 2, "degenerate_faces": 1, "turned_faces": 2}
    wing = np.float32([[2, 0, 0]])
    a, b = mesh.faces[0, :2]
    _, found = Repair().examined(
        Mesh(
            np.concatenate([mesh.vertices, wing]),
            np.concatenate([mesh.faces, [[a, b, len(mesh.vertices)]]], dtype=np.int32),
        )
    )
    assert found["non_manifold_edges"] == 1
    assert "edge of a sheet" in told(found)


def test_leaves_are_not_made_pillows():
    rng = np.random.default_rng(2)
    corner = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * 0.05
    turn = np.linalg.qr(rng.normal(size=(60, 3, 3)))[0]
    leaves = (corner @ turn + rng.random((60, 1, 3))).reshape(-1, 3).astype(np.float32)
    faces = (np.array([[0, 1, 2], [0, 2, 3]]) + 4 * np.arange(60)[:, None, None]).reshape(-1, 3).astype(np.int32)
    fixed, found = Repair().examined(Mesh(leaves, faces))
    assert np.array_equal(fixed.vertices[fixed.faces], leaves[faces])
    assert set(found) == {"holes_kept"}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 30), st.integers(1, 60))
def test_anything_comes_out_with_two_faces_an_edge(seed, points, count):
    rng = np.random.default_rng(seed)
    mesh = Mesh(
        rng.normal(size=(points, 3)).astype(np.float32), rng.integers(0, points, (count, 3)).astype(np.int32)
    )
    try:
        fixed = Repair(resolution=16)(mesh)
    except InputError:
        return  # no face with an area
    assert len(fixed.faces)
    assert _at_most_two_faces_an_edge(fixed)
    again = Repair(resolution=16)(fixed)
    assert len(again.faces) >= 0.5 * len(fixed.faces)


def test_each_of_many_pieces_hides_what_is_in_it() -> None:
    """Boxes around boxes all over the place, in any order; and boxes that only overlap, which hide nothing."""
    random = np.random.default_rng(0)
    places = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), -1).reshape(-1, 3)
    random.shuffle(places)
    boxes = [_mesh(trimesh.creation.box((0.6, 0.6, 0.6)).apply_translation(place)) for place in places]
    boxes += [_mesh(trimesh.creation.box((0.3, 0.2, 0.4)).apply_translation(place)) for place in places[:100]]
    boxes += [_mesh(trimesh.creation.box((0.6, 0.6, 0.6)).apply_translation(place + 0.2)) for place in places[:50]]
    order = random.permutation(len(boxes))
    starts = np.cumsum([0] + [len(boxes[i].vertices) for i in order])
    vertices = np.concatenate([boxes[i].vertices for i in order])
    faces = np.concatenate([boxes[i].faces + start for i, start in zip(order, starts[:-1], strict=True)])
    found: dict = {}
    kept = without_inner_shells(vertices, faces.astype(np.int32), found)[1]
    assert found == {"inner_shells": 100}
    assert len(kept) == 12 * (len(boxes) - 100)


@given(seed=st.integers(0, 2**32 - 1), flatness=st.floats(0, 1))
@settings(deadline=None, max_examples=25, derandomize=True)
def test_samples_leave_no_gap(seed: int, flatness: float) -> None:
    """Any point of any triangle is within a step's diagonal of a sample, and half a step's box more."""
    random = np.random.default_rng(seed)
    corner = random.random((5, 3, 3))
    corner[:, 2] += flatness * ((corner[:, 0] + corner[:, 1]) / 2 - corner[:, 2])
    vertices, faces = corner.reshape(-1, 3).astype(np.float32), np.arange(15, dtype=np.int32).reshape(-1, 3)
    step = 0.03
    samples, normals = _samples(vertices, faces, step)
    weights = random.dirichlet(np.ones(3), (5, 400))
    points = np.einsum("fpk,fki->fpi", weights, vertices[faces].astype(np.float64)).reshape(-1, 3)
    assert KDTree(samples).query(points)[0].max() <= (np.sqrt(2) / 2 + np.sqrt(3) / 2) * step
    off = np.abs(np.einsum("sfi,si->sf", samples[:, None] - vertices[faces[:, 0]], normals)).min(1)
    assert off.max() < 1e-6  # each lies in the plane of a face with its normal


def test_thousands_of_long_thin_faces_fit_into_memory() -> None:
    """A fence, or hair: 2,000 slivers across the whole box took 5 GB when each was sampled as if it were wide."""
    random = np.random.default_rng(0)
    ends = random.random((2000, 2, 3))
    corner = np.concatenate([ends, ends[:, :1] + 0.005 * random.random((2000, 1, 3))], 1)
    vertices = corner.reshape(-1, 3).astype(np.float32)
    tracemalloc.start()
    samples, _ = _samples(vertices, np.arange(6000, dtype=np.int32).reshape(-1, 3), 1 / 256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 600e6
    assert len(samples) > 100_000
