"""The contour of a field: always closed and manifold, second order on smooth shapes, sharp on creases."""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from maquette.ops import contour, is_closed_manifold
from maquette.ops.blocks import INSIDE, OUTSIDE, Blocks


def _grid(count: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.linspace(-1, 1, count)] * 3, indexing="ij"), -1)


def _contour(field: np.ndarray, **options) -> tuple[np.ndarray, np.ndarray]:
    return contour(field.astype(np.float32), origin=(-1, -1, -1), spacing=2 / (len(field) - 1), **options)


def _box(points: np.ndarray, half: float) -> np.ndarray:
    q = np.abs(points) - half
    return np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0)


def assert_closed_manifold(vertices: np.ndarray, faces: np.ndarray) -> None:
    """Straight from the definitions, without maquette's own check."""
    edges = np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2)
    directed, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 1).all()  # each direction once ...
    assert {tuple(e) for e in directed} == {tuple(e[::-1]) for e in directed}  # ... and its opposite
    ring: dict[int, dict[int, int]] = {}
    for a, b, c in faces.tolist():
        for v, start, end in ((a, b, c), (b, c, a), (c, a, b)):
            ring.setdefault(v, {})[start] = end
    for links in ring.values():
        start = at = next(iter(links))
        for step in range(1, len(links) + 1):
            at = links[at]
            assert (at == start) == (step == len(links))  # one fan: the walk around takes in every face
    assert len(ring) == len(vertices)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(*[st.integers(1, 7)] * 3),
    blur=st.sampled_from([0.0, 0.5, 1.0]),
    binary=st.booleans(),
)
def test_every_field_gives_a_closed_manifold(seed, shape, blur, binary):
    field = np.random.default_rng(seed).normal(size=shape)
    field = gaussian_filter(field, blur) if blur else field
    field = np.sign(field) if binary else field
    vertices, faces = contour(field.astype(np.float32))
    assert_closed_manifold(vertices, faces)
    assert is_closed_manifold(vertices, faces) == bool((field < 0).any())


def test_the_check_agrees_with_the_definitions_on_what_is_not_manifold():
    two_tetrahedra = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
    vertices = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    assert is_closed_manifold(vertices, two_tetrahedra)
    assert is_closed_manifold(vertices, np.concatenate([two_tetrahedra, two_tetrahedra + 4]))
    touching = np.concatenate([two_tetrahedra, np.where(two_tetrahedra == 0, 0, two_tetrahedra + 3)])
    assert not is_closed_manifold(vertices, touching.astype(np.int32))  # one vertex, two fans
    assert not is_closed_manifold(vertices, two_tetrahedra[:3])  # open
    turned = two_tetrahedra.copy()
    turned[0] = turned[0, ::-1]
    assert not is_closed_manifold(vertices, turned)  # wound inconsistently
    assert not is_closed_manifold(vertices, np.zeros((0, 3), np.int32))


def test_sphere_converges_at_second_order():
    errors = []
    for count in (17, 33, 65):
        vertices, _ = _contour(np.linalg.norm(_grid(count), axis=-1) - 0.7)
        errors.append(np.abs(np.linalg.norm(vertices, axis=1) - 0.7).max())
    assert errors[0] / errors[1] > 3  # 4 in the limit
    assert errors[1] / errors[2] > 3


def test_faces_are_counter_clockwise_from_outside():
    vertices, faces = _contour(np.linalg.norm(_grid(40), axis=-1) - 0.7)
    volume = np.linalg.det(vertices.astype(np.float64)[faces]).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=2e-3)


def test_creases_are_sharper_than_surface_nets():
    points = _grid(48)
    field = _box(points, 0.6)
    sharp, _ = _contour(field)
    nets, _ = _contour(field, regularization=1e6)  # every vertex at the mean of its crossings
    missing = [0.6 - np.sort(np.abs(v), 1)[:, 1].max() for v in (sharp, nets)]
    assert missing[0] < 0.5 * missing[1]
    off = [np.abs(_box(v.astype(np.float64), 0.6)).max() for v in (sharp, nets)]  # worst at the corners
    assert off[0] < 0.7 * off[1]


def test_gradients_given_are_used():
    points = _grid(30)
    largest = np.abs(points).argmax(-1)
    gradients = np.zeros((*points.shape[:3], 3), np.float32)
    np.put_along_axis(
        gradients, largest[..., None], np.sign(np.take_along_axis(points, largest[..., None], -1)), -1
    )
    vertices, _ = _contour(np.abs(points).max(-1) - 0.613, gradients=gradients, regularization=1e-3)
    distance = np.abs(np.abs(vertices).max(1) - 0.613)
    # Only crossings whose two ends lie under different faces see a blend of normals.
    assert np.median(distance) < 1e-5
    assert distance.max() < 0.1 * 2 / 29


def test_what_is_inside_at_the_border_is_closed_half_a_cell_beyond():
    vertices, faces = contour(-np.ones((3, 4, 5), np.float32))
    assert is_closed_manifold(vertices, faces)
    # Corners stand out a little: their crossings agree on sharp ones.
    np.testing.assert_allclose(vertices.min(0), -0.5, atol=0.1)
    np.testing.assert_allclose(vertices.max(0), [2.5, 3.5, 4.5], atol=0.1)


def test_nothing_inside_gives_nothing():
    vertices, faces = contour(np.ones((4, 4, 4), np.float32))
    assert vertices.shape == (0, 3)
    assert faces.shape == (0, 3)


def test_a_field_with_nan_is_refused():
    field = np.ones((4, 4, 4), np.float32)
    field[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        contour(field)


def _blocks(field: np.ndarray, truncation: float, gradients: np.ndarray | None = None) -> Blocks:
    """The blocks of a dense field that are not far from every surface, in an order that is not the grid's."""
    count = [n // 8 for n in field.shape]
    cut = field.reshape(count[0], 8, count[1], 8, count[2], 8).transpose(0, 2, 4, 1, 3, 5)
    index = np.where(cut[..., 0, 0, 0] < 0, INSIDE, OUTSIDE).astype(np.int32)
    held = ~(np.abs(cut) >= truncation).all((3, 4, 5))
    index[held] = np.random.default_rng(0).permutation(held.sum())
    values = np.empty((held.sum(), 8, 8, 8), np.float32)
    values[index[held]] = cut[held]
    given = None
    if gradients is not None:
        cut = gradients.reshape(count[0], 8, count[1], 8, count[2], 8, 3).transpose(0, 2, 4, 1, 3, 5, 6)
        given = np.empty((*values.shape, 3), np.float32)
        given[index[held]] = cut[held]
    return Blocks(index, values, np.ones_like(values), truncation, (-1, -1, -1), 0.1, given)


@settings(max_examples=16, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(*[st.integers(1, 3)] * 3),
    blur=st.sampled_from([0.7, 2.0, 4.0]),
    given_gradients=st.booleans(),
)
def test_blocks_give_the_surface_of_the_grid_that_they_stand_for(seed, shape, blur, given_gradients):
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=[8 * n for n in shape]), blur)
    field = np.clip(field / field.std(), -1, 1).astype(np.float32)
    gradients = rng.normal(size=(*field.shape, 3)).astype(np.float32) if given_gradients else None
    blocks = _blocks(field, 1.0, gradients)
    np.testing.assert_array_equal(blocks.dense(), field)
    vertices, faces = contour(blocks)
    assert_closed_manifold(vertices, faces)
    if not given_gradients:  # else blocks that are not stored have none to give
        dense = contour(field, None, (-1, -1, -1), 0.1)
        np.testing.assert_array_equal(vertices, dense[0])
        np.testing.assert_array_equal(faces, dense[1])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=st.tuples(*[st.integers(1, 2)] * 3))
def test_any_index_of_blocks_gives_a_closed_manifold(seed, shape):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, 8, 8, 8)).astype(np.float32)
    index = rng.integers(-2, 3, shape).astype(np.int32)
    assert_closed_manifold(*contour(Blocks(index, values, np.abs(values), 1.0, (0, 0, 0), 1.0)))


@pytest.mark.parametrize("length", [61, 62, 63, 64, 65, 126, 127, 128, 129, 190])
def test_rows_of_any_length(length):
    """Signs are kept in words of 64: a row of single samples, in and out, gives a box for each."""
    field = np.ones((1, 1, length), np.float32)
    field[0, 0, ::2] = -1
    vertices, faces = contour(field)
    assert_closed_manifold(vertices, faces)
    assert len(faces) == len(contour(-np.ones((1, 1, 1), np.float32))[1]) * ((length + 1) // 2)
    assert -1 < vertices[:, 2].min() < 0
    assert length - 2 < vertices[:, 2].max() < length


def test_turning_the_grid_turns_the_surface():
    field = gaussian_filter(np.random.default_rng(5).normal(size=(20, 23, 26)), 2).astype(np.float32)
    vertices, _ = contour(field)
    turned, _ = contour(np.ascontiguousarray(field.transpose(1, 2, 0)))
    # Single precision; and where cells' boxes bind, sums that were ended at 1e-5 of a cell.
    a, b = (v[np.lexsort(np.round(v, 2).T)] for v in (vertices[:, [1, 2, 0]], turned))
    assert len(a) == len(b)
    distance = KDTree(a).query(b)[0]
    assert distance.max() < 1e-3


def test_threads_do_not_change_the_surface():
    code = (
        "import numpy as np, hashlib; from scipy.ndimage import gaussian_filter; from maquette.ops import contour;"
        "f = gaussian_filter(np.random.default_rng(0).normal(size=(70, 65, 80)), 1).astype(np.float32);"
        "print(*[hashlib.sha256(a.tobytes()).hexdigest() for a in contour(f)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": n}, capture_output=True, check=True
        ).stdout
        for n in ("1", "3")
    }
    assert len(said) == 1


def _block(index: int = 0, truncation: float = 1.0) -> Blocks:
    values = np.ones((1, 8, 8, 8), np.float32)
    return Blocks(np.full((1, 1, 1), index, np.int32), values, values, truncation, (0, 0, 0), 1.0)


@pytest.mark.parametrize(
    ("field", "options", "said"),
    [
        (np.full((2, 2, 2), np.inf, np.float32), {}, "not finite"),
        (np.full((2, 2, 3), -np.inf, np.float32), {}, "not finite"),
        (np.ones((0, 2, 2), np.float32), {}, "1 to"),
        (np.ones((2, 2, 2), np.float32), {"regularization": float("nan")}, "regularization"),
        (np.ones((1, 1, 1), np.float32), {"gradients": np.ones((1, 1, 3, 3), np.float32)}, "expected"),
        (np.ones((2, 2, 2), np.float32), {"gradients": np.full((2, 2, 2, 3), np.nan, np.float32)}, "not finite"),
        (_block(index=1), {}, "there are 1"),
        (_block(index=-3), {}, "there are 1"),
        (_block(truncation=0.0), {}, "truncation"),
    ],
)
def test_what_is_no_field_is_refused(field, options, said):
    with pytest.raises(ValueError, match=said):
        inspect.unwrap(contour)(field, **options)
