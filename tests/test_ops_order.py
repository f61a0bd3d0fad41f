"""The order of faces and vertices: nothing lost, and caches served."""

import numpy as np
import pytest
from _meshes import square
from hypothesis import given
from hypothesis import strategies as st

from maquette.ops.order import cache_misses, order_faces, order_vertices


@given(st.lists(st.tuples(*[st.integers(0, 20)] * 3), max_size=60))
def test_any_faces_are_ordered_each_once(faces):
    array = np.array(faces, np.int32).reshape(-1, 3)
    order = order_faces(array, 21)
    assert sorted(order.tolist()) == list(range(len(array)))
    used = order_vertices(array[order])
    assert sorted(used.tolist()) == sorted({v for face in faces for v in face})
    number = np.full(21, -1)
    number[used] = np.arange(len(used))
    renumbered = number[array[order]].ravel()
    # First uses come as 0, 1, 2, ...
    assert list(dict.fromkeys(renumbered.tolist())) == list(range(len(used)))


def test_the_order_serves_caches():
    """A grid of 2 × 80² triangles: 0.5 misses a triangle at best; shuffled, nearly 3."""
    vertices, faces = square(1, cells=80)
    shuffled = faces[np.random.default_rng(0).permutation(len(faces))]
    assert cache_misses(shuffled) > 2.5
    assert cache_misses(shuffled[order_faces(shuffled, len(vertices))]) < 0.8
    with pytest.raises(ValueError, match="outside"):
        order_faces(faces, 5)


def test_misses_are_those_of_a_cache_simulated():
    """A readable first-in-first-out cache beside the quick count."""
    faces = np.random.default_rng(0).integers(0, 40, (300, 3)).astype(np.int32)
    for size in (4, 16):
        cache: list[int] = []
        misses = 0
        for vertex in faces.ravel().tolist():
            if vertex not in cache:
                misses += 1
                cache = [*cache, vertex][-size:]
        assert cache_misses(faces, size) == pytest.approx(misses / 300)


def test_a_vertex_of_a_hundred_thousand_faces_takes_no_longer():
    """A fan: what looks at all faces of its centre for each of them would take minutes."""
    around = np.arange(1, 200_001, dtype=np.int32)
    faces = np.stack([np.zeros_like(around), around, np.roll(around, -1)], -1)
    assert sorted(order_faces(faces, 200_001).tolist()) == list(range(200_000))
    same = np.tile(np.int32([[0, 1, 2]]), (200_000, 1))
    assert sorted(order_faces(same, 3).tolist()) == list(range(200_000))
