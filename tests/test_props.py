"""Every kind of prop: closed solids, parts a coarse picture can show, words and colours that exist."""

from collections import Counter
from typing import ClassVar

import numpy as np
import pytest
import trimesh

from maquette.training.props import CATEGORIES, COLORS, SUBSTANCES, THINNEST, Prop, sample, thinnest, unit_scale
from maquette.training.props._prop import Draw

DRAWS = 30
KINDS = sorted(CATEGORIES)


def draws(kind: str, count: int = DRAWS, seed: int = 11) -> list[Prop]:
    rng = np.random.default_rng(seed)
    return [sample(CATEGORIES[kind], rng) for _ in range(count)]


def points(prop: Prop) -> np.ndarray:
    return np.concatenate([solid.vertices for part in prop.parts for solid in part.solids])


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def drawn(kind: str) -> list[Prop]:
    """Drawing takes most of the time: one set a kind for all tests."""
    return draws(kind)


class Counting(Draw):
    """Dice that remember how often they were rolled for a shape rather than for a colour."""

    rolls: ClassVar[list[str]] = []

    def uniform(self, low: float, high: float) -> float:
        self.rolls.append("uniform")
        return super().uniform(low, high)

    def integer(self, low: int, high: int) -> int:
        self.rolls.append("integer")
        return super().integer(low, high)

    def chance(self, probability: float) -> bool:
        self.rolls.append("chance")
        return super().chance(probability)

    def choice(self, options):
        self.rolls.append("choice")
        return super().choice(options)

    def finish(self, *materials, **options):
        kept = len(self.rolls)
        chosen = super().finish(*materials, **options)
        del self.rolls[kept:]
        return chosen


def test_there_are_enough_kinds():
    assert len(CATEGORIES) >= 190


def test_a_noun_means_one_kind():
    uses = Counter(noun for category in CATEGORIES.values() for noun in category.nouns)
    assert [noun for noun, count in uses.items() if count > 1] == []


def test_solids_are_closed_and_face_outwards(drawn: list[Prop]):
    for prop in drawn[:6]:
        for part in prop.parts:
            for solid in part.solids:
                mesh = trimesh.Trimesh(solid.vertices, solid.faces, process=False)
                assert mesh.is_watertight, part.name
                assert mesh.is_winding_consistent, part.name
                assert mesh.volume > 0, part.name


def test_props_fill_the_unit_box_with_parts_thick_enough(drawn: list[Prop]):
    for prop in drawn:
        factor, center = unit_scale(prop)
        scaled = (points(prop) - center) * factor
        # float32 vertices: a few units in the last place around 0.5.
        assert np.abs(scaled).max() <= 0.5 + 1e-5
        assert np.ptp(scaled, axis=0).max() == pytest.approx(1, abs=1e-5)
        assert thinnest(prop) >= THINNEST


def test_parts_have_names_colours_and_counts_that_are_so(kind: str, drawn: list[Prop]):
    for prop in drawn:
        assert prop.category == kind
        assert len(prop.parts) >= 2
        names = [part.name for part in prop.parts]
        assert len(set(names)) == len(names)
        assert all(adjective.isalpha() for adjective in prop.adjectives)
        for part in prop.parts:
            assert part.finish.color in COLORS
            assert part.finish.material in SUBSTANCES
            assert 0 < min(part.finish.rgb) <= max(part.finish.rgb) < 1
            assert part.count >= 1
            assert part.solids


def test_a_seed_gives_the_same_prop(kind: str, drawn: list[Prop]):
    first, again = drawn[:2], draws(kind, 2)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(points(a), points(b))
        assert [part.finish for part in a.parts] == [part.finish for part in b.parts]


def test_shape_varies_with_four_parameters_or_more(kind: str, drawn: list[Prop]):
    dice = Counting(np.random.default_rng(5))
    dice.rolls.clear()
    CATEGORIES[kind].build(dice)
    assert len(dice.rolls) >= 4
    assert len({points(prop).tobytes() for prop in drawn[:8]}) == 8
