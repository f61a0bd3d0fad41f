"""Best of several: what agreement measures, and which candidate is kept."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.errors import InputError
from maquette.multiview import Mini
from maquette.multiview.agreement import agreement, depth_contradictions, hull_reprojection_iou
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import assemble, render_views


@pytest.fixture(scope="module")
def views():
    return render_views(assemble(sample(CATEGORIES["barrel"], np.random.default_rng(3))))


def test_true_views_agree_and_spoilt_ones_less(views):
    narrow, near = views.alpha.copy(), views.depth - np.float32(0.1) * (views.alpha > 0)
    narrow[0, :, :28] = 0
    assert agreement(views) > 0.95
    assert agreement(replace(views, alpha=narrow)) < agreement(views) - 0.05
    assert agreement(replace(views, depth=near)) < agreement(views) - 0.3


def test_empty_views_never_win(views):
    for blank in (slice(None), slice(0, 1)):
        alpha = views.alpha.copy()
        alpha[blank] = 0
        assert agreement(replace(views, alpha=alpha)) == -1


def test_the_best_of_a_seeds_candidates_is_kept(monkeypatch):
    """Not the first and not the last: of eight candidates, those that are told to agree best."""
    scores, seen = [0.1, 0.9, 0.3, 0.2, 0.4, 0.5, 0.8, 0.6], []

    def told(views):
        seen.append(views)
        return scores[len(seen) - 1]

    monkeypatch.setattr("maquette.multiview.mini.agreement", told)
    few = Mini(steps=2, settle=0, best_of=4, steady=False)
    kept = few.sample(["a blue chair", "a wooden barrel"], seeds=[4, 5])
    assert len(seen) == len(scores)
    for views, best in zip(kept, (1, 6), strict=True):
        np.testing.assert_array_equal(views.rgb, seen[best].rgb)
        np.testing.assert_array_equal(views.depth, seen[best].depth)
    assert not np.array_equal(seen[0].rgb, seen[1].rgb)


def test_a_larger_field_never_does_worse():
    """The first candidate is the seed's own, and the choice repeats itself."""
    prompts, seeds = ["a blue chair", "a wooden barrel"], [4, 5]
    one, four, again = (
        Mini(steps=2, settle=0, best_of=k).sample(list(prompts), seeds=list(seeds)) for k in (1, 4, 4)
    )
    for first, many, repeated in zip(one, four, again, strict=True):
        # A larger batch computes the same products in another order.
        assert agreement(many) >= agreement(first) - 1e-3
        np.testing.assert_array_equal(many.rgb, repeated.rgb)
        assert agreement(many) == hull_reprojection_iou(many) - depth_contradictions(many)


def test_candidates_of_neighbouring_seeds_are_not_shared():
    several = Mini(seed=0, steps=2, settle=0, best_of=4)("a blue chair")
    others = Mini(steps=2, settle=0).sample(["a blue chair"] * 3, seeds=[1, 2, 3])
    assert all(np.abs(several.alpha - other.alpha).max() > 0.01 for other in others)


@pytest.mark.parametrize("count", [0, 33])
def test_fields_of_no_size_are_refused(count):
    with pytest.raises(InputError, match="1 to 32"):
        Mini(best_of=count)("a stool")
