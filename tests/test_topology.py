"""Half-edges are grouped by the edge that they share, however large the numbers of the vertices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.ops.topology import edge_groups


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40),
    # With the largest, keys and places do not fit into one number of 64 bits.
    st.sampled_from([0, 1_000, 2**30]),
)
def test_edges_are_grouped_as_a_dictionary_groups_them(pairs, offset):
    edges = np.array(pairs, np.int64).reshape(-1, 2) + offset
    order, group, sizes = edge_groups(edges)
    expected: dict[tuple[int, int], list[int]] = {}
    for place, (a, b) in enumerate(edges.tolist()):
        expected.setdefault((min(a, b), max(a, b)), []).append(place)
    members = [order[group == number].tolist() for number in range(len(sizes))]
    assert members == [expected[key] for key in sorted(expected)]
    assert sizes.tolist() == [len(each) for each in members]


@pytest.mark.parametrize("vertices", [50, 2_000_000_000])
def test_many_edges(vertices):
    rng = np.random.default_rng(0)
    edges = rng.integers(0, vertices, (20_000, 2)) // 7 * 7
    order, group, sizes = edge_groups(edges)
    key = np.sort(edges, 1)[order]
    assert (np.lexsort((order, key[:, 1], key[:, 0])) == np.arange(len(key))).all()
    assert ((key[1:] != key[:-1]).any(1) == (np.diff(group) == 1)).all()
    assert sizes.sum() == len(edges)
