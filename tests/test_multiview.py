"""The bundled model's parts: planes, words, sampler, network, picture input."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from maquette.artifacts import Image
from maquette.errors import InputError
from maquette.multiview._network import (
    COARSE,
    FINE,
    LAP,
    PATCH,
    PATCH_VALUES,
    WINDOW,
    Denoiser,
    Shape,
    merge,
    overlap_add,
    patchify,
    split,
    unpatchify,
)
from maquette.multiview._planes import planes_from_views, views_from_planes
from maquette.multiview._sampler import guided, settle
from maquette.multiview._text import GRAM_ROWS, GRAMS, LENGTH, PAD, UNKNOWN, Vocabulary, grams, words
from maquette.multiview.mini import BUNDLED, Mini, load, vocabulary
from maquette.multiview.picture import prepare
from maquette.multiview.vocabulary import check, kin, singular
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import assemble, render_views
from maquette.weights import locate

WORDS = Vocabulary(
    ("blue", "castle", "lamp", "post", "red", "stool", "tree", "wooden"),
    {"stool": "stool", "lamp": "lamp", "lamp post": "lamp_post", "castle": "castle", "tree": "tree"},
)


@pytest.fixture(scope="module")
def views():
    return render_views(assemble(sample(CATEGORIES["chair"], np.random.default_rng(3))))


def test_planes_keep_what_views_show(views):
    back = views_from_planes(planes_from_views(views))
    whole = views.alpha == 1
    np.testing.assert_allclose(back.alpha, views.alpha, atol=1e-6)
    for name in ("rgb", "normals", "depth", "metallic_roughness"):
        np.testing.assert_allclose(getattr(back, name)[whole], getattr(views, name)[whole], atol=1e-5)


def test_opposite_silhouettes_agree_by_construction():
    planes = np.random.default_rng(0).normal(size=(3, 19, 64, 64)).astype(np.float32)
    alpha = views_from_planes(planes).alpha
    np.testing.assert_array_equal(alpha[0], alpha[2][:, ::-1])
    np.testing.assert_array_equal(alpha[1], alpha[3][:, ::-1])
    np.testing.assert_array_equal(alpha[4], alpha[5][::-1])


def test_any_prediction_becomes_valid_views():
    planes = 3 * np.random.default_rng(1).normal(size=(3, 19, 64, 64)).astype(np.float32)
    views = views_from_planes(planes)
    seen = views.alpha > 0
    np.testing.assert_allclose(np.linalg.norm(views.normals[seen], axis=-1), 1, atol=1e-5)
    assert not views.normals[~seen].any()
    assert not views.rgb[~seen].any()
    assert views.rgb.min() >= 0
    assert views.rgb.max() <= 1


def test_patches_and_merges_are_undone():
    planes = torch.randn(2, 3, 19, 64, 64)
    assert torch.equal(unpatchify(patchify(planes)), planes)
    fine = torch.randn(2, FINE, 12)
    assert torch.equal(split(merge(fine)), fine)
    # A coarse token holds the four fine ones of one square: all of a plane's first 16 x 16 pixels, say.
    marked = torch.zeros(1, 3, 19, 64, 64)
    marked[:, 1, :, 16:32, 48:64] = 1
    assert (merge(patchify(marked)).abs().sum(-1) > 0).nonzero()[:, 1].tolist() == [16 + 4 + 3]
    assert merge(fine).shape[1] == COARSE


def test_windows_add_up_as_torch_folds_them():
    windows = torch.randn(2, FINE, 19 * WINDOW**2, requires_grad=True)
    side = 64 + 2 * LAP
    columns = windows.reshape(6, -1, 19 * WINDOW**2).transpose(1, 2)
    folded = torch.nn.functional.fold(columns, (side, side), WINDOW, stride=PATCH)[..., LAP:-LAP, LAP:-LAP]
    ours, theirs = unpatchify(overlap_add(windows)), folded.reshape(2, 3, 19, 64, 64)
    # Sums of up to four values in another order.
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    weights = torch.randn_like(ours)
    (own,), (fold,) = (torch.autograd.grad((made * weights).sum(), windows) for made in (ours, theirs))
    assert torch.equal(own, fold)


@pytest.mark.parametrize("phrases", [False, True])
def test_padding_words_change_nothing(phrases):
    torch.manual_seed(0)
    network = Denoiser(Shape(words=10, width=64, depth=2, fine_width=64, fine_depth=1, phrases=phrases)).eval()
    for parameter in network.parameters():  # blocks start as the identity; give them something to do
        torch.nn.init.normal_(parameter, std=0.05)
    noisy, time = torch.randn(2, FINE, PATCH_VALUES), torch.tensor([0.2, 0.7])
    words = torch.full((2, LENGTH, 1 + GRAMS), PAD)
    words[0, :3, 0], words[1, :5, 0] = torch.tensor([2, 3, 4]), torch.tensor([2, 3, 4, 5, 6])
    with torch.inference_mode():
        together = network(noisy, time, words)[0]
        alone = network(noisy[:1], time[:1], words[:1])[0]
    # Rows of a batch are computed by the same products in another order.
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_words_are_a_bag_until_they_are_read_with_their_neighbours():
    """Without positions attention cannot tell a red box with a blue lid from a blue box with a red lid."""
    torch.manual_seed(0)
    network = Denoiser(Shape(words=10, width=64, depth=2, fine_width=64, fine_depth=1, phrases=True)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    network.word_position.data.zero_()
    noisy, time = torch.randn(1, FINE, PATCH_VALUES), torch.tensor([0.4])
    words = torch.full((2, LENGTH, 1 + GRAMS), PAD)
    words[0, :4, 0], words[1, :4, 0] = torch.tensor([2, 3, 4, 5]), torch.tensor([4, 3, 2, 5])
    with torch.inference_mode():
        bound = [network(noisy, time, sentence[None]) for sentence in words]
        network.phrases = None
        bag = [network(noisy, time, sentence[None]) for sentence in words]
    difference = float((bag[0] - bag[1]).abs().max())
    assert difference < 1e-4 * float(bag[0].abs().max())  # the same sums in another order
    assert float((bound[0] - bound[1]).abs().max()) > 100 * difference


def test_the_network_starts_from_zero_and_uses_its_conditions():
    torch.manual_seed(0)
    network = Denoiser(Shape(words=10, width=64, depth=2, fine_width=64, fine_depth=1))
    noisy, time, words = (
        torch.randn(1, FINE, PATCH_VALUES),
        torch.tensor([0.5]),
        torch.full((1, LENGTH, 1 + GRAMS), 3),
    )
    assert not network(noisy, time, words).any()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    plain = network(noisy, time, words)
    assert not torch.allclose(plain, network(noisy, time, words + 1))
    assert not torch.allclose(plain, network(noisy, time, words, torch.randn(1, 4, 64, 64)))
    assert not torch.allclose(plain, network(noisy, time + 0.3, words))


def test_settling_averages_what_noise_changes_and_keeps_the_rest():
    clean = torch.zeros(1, 2)
    noises = list(torch.tensor([[[0.5, 1.0]], [[-0.5, -1.0]], [[0.0, 0.5]]]))

    def predict(noisy, time):
        return torch.stack([noisy[:, 0], torch.ones(1)], -1)

    settled = settle(predict, clean, 0.5, noises)
    torch.testing.assert_close(settled, torch.tensor([[0.0, 1.0]]))
    assert settle(predict, clean, 0.5, []) is clean


def test_guidance_extrapolates_only_while_it_lasts():
    predict = guided(lambda x, t: x + 1, lambda x, t: x - 1, 3.0, until=0.6)
    x = torch.zeros(1, 2)
    assert torch.equal(predict(x, torch.tensor([0.5])), torch.full((1, 2), 5.0))
    assert torch.equal(predict(x, torch.tensor([0.6])), torch.full((1, 2), 1.0))


def test_words_unknown_and_padding():
    row = WORDS.encode(["A red, WOODEN stool!"])[0]
    assert [index for index, *_ in row[:4]] == [UNKNOWN, 6, 9, 7]
    assert row[4:] == [[PAD] * (1 + GRAMS)] * (LENGTH - 4)
    assert len(WORDS.encode(["red " * 100])[0]) == LENGTH


def test_ngrams_speak_for_words_that_are_unknown():
    torch.manual_seed(0)
    shape = Shape(words=10, width=64, depth=2, fine_width=64, fine_depth=1, grams=True)
    network = Denoiser(shape).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    noisy, time = torch.randn(1, FINE, PATCH_VALUES), torch.tensor([0.5])
    word, plural, another = (torch.tensor(WORDS.encode([spelled])) for spelled in ("glorb", "glorbs", "snickt"))
    assert word[0, 0, 0] == plural[0, 0, 0] == another[0, 0, 0] == UNKNOWN
    with torch.inference_mode():
        one, likely, other = (network(noisy, time, rows) for rows in (word, plural, another))
    # Five n-grams of seven are shared with the plural, none with the other word.
    assert (one - likely).norm() < (one - other).norm()


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=30))
def test_ngrams_are_those_of_the_marked_word(word):
    rows = grams(word)
    assert len(rows) == GRAMS
    distinct = {f"<{word}>"[i : i + n] for n in (3, 4) for i in range(len(word) + 3 - n)}
    assert sum(row > 0 for row in rows) == min(len(distinct), GRAMS)
    assert all(0 <= row < GRAM_ROWS for row in rows)


@pytest.mark.parametrize(
    ("sentence", "nouns"),
    [
        ("a red wooden stool", ("stool",)),
        ("two blue stools", ("stool",)),
        ("a lamp post", ("lamp post",)),
        ("a blue lamp", ("lamp",)),
        ("a castle with a tree", ("castle", "tree")),
        ("a red dragon", ()),
    ],
)
def test_known_nouns_are_found(sentence, nouns):
    assert check(sentence, WORDS).nouns == nouns


def test_unknown_nouns_are_named_with_what_comes_nearest():
    result = check("a red stol", WORDS)
    assert result.unknown == ("stol",)
    assert result.nearest[0] == "stool"


PROPS = Vocabulary((), {noun: kind for kind, category in CATEGORIES.items() for noun in category.nouns})


@pytest.mark.parametrize(
    ("sentence", "nearest"),
    [
        ("a zebra with a saddle", ("horse",)),
        ("two wolves", ("dog",)),
        ("hors", ("horse",)),  # nothing is kin to it: as it is spelled
    ],
)
def test_suggestions_are_near_in_meaning_and_else_in_spelling(sentence, nearest):
    heard = check(sentence, PROPS)
    assert (heard.nouns or heard.nearest)[: len(nearest)] == nearest


def test_suggestions_can_be_drawn():
    few = replace(PROPS, recognised=frozenset({"pony", "chair"}))
    assert check("a zebra", few).nearest == ("pony",)  # by the name that it can be drawn by
    assert set(check("a wolf", few).nearest) == {"pony", "chair"}
    boxed = replace(PROPS, recognised=frozenset({"crate", "chair"}))
    assert check("a red box", boxed).nearest == ("crate",)  # the same by a name that is drawn better


def test_sizes_are_no_things():
    """Artists call files "large" and nothing else; nobody who asks for a large red chair asks for that."""
    for sentence in ("a large red chair", "a long sword", "a double bed", "a small table"):
        assert check(sentence, vocabulary()).vague == ()


def test_kin_names_only_what_is_not_made_for_every_kind():
    assert set(kin()) == set(CATEGORIES)
    for kind, others in kin().items():
        assert others, kind
        assert len(set(others)) == len(others), kind
        for other in others:
            assert " ".join(words(other)) == other
            assert not {other, singular(other)} & set(PROPS.nouns), (kind, other)


def test_words_without_a_look_are_not_told_as_unknown():
    assert check("a cute little red stool for my game", WORDS).unknown == ()
    assert check("a cute little stol", WORDS).unknown == ("stol",)


def test_nouns_that_were_shown_too_seldom_are_told_apart():
    seldom = replace(WORDS, recognised=frozenset({"stool", "lamp"}))
    result = check("a castle with a lamp", seldom)
    assert (result.nouns, result.vague, result.nearest) == (("lamp",), ("castle",), ())
    alone = check("a castle", seldom)
    assert (alone.nouns, alone.vague, alone.unknown) == ((), ("castle",), ())
    assert set(alone.nearest) == {"stool", "lamp"}
    with_parts = replace(seldom, parts=frozenset({"castle"}))
    assert check("a lamp with castles", with_parts).vague == ()
    assert check("a castle", with_parts).vague == ("castle",)


def _disc(size: int = 200, background: float = 0.9) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - size / 2
    rgb = np.full((size, size, 3), background, np.float32)
    rgb[x**2 + y**2 < (size / 4) ** 2] = (0.8, 0.1, 0.1)
    return rgb


def test_pictures_are_cropped_to_the_object_and_premultiplied():
    small = prepare(Image(_disc()))
    assert small.shape == (4, 64, 64)
    assert small.min() >= -1.01
    assert small.max() <= 1.01
    # The disc spans 92 % of the square, as in training: about its share of the area is covered.
    np.testing.assert_allclose((small[3] > 0).mean(), np.pi / 4 * 0.92**2, rtol=0.04)
    np.testing.assert_allclose(small[:3, 32, 32], 2 * np.array([0.8, 0.1, 0.1]) - 1, atol=0.02)
    assert not small[:3, 0, 0].any()
    assert small[3, 0, 0] == -1


def test_given_alpha_is_used():
    rgb = _disc(background=0.8)
    alpha = np.zeros((200, 200), np.float32)
    alpha[20:60, 30:50] = 1
    small = prepare(Image(rgb, alpha))
    np.testing.assert_allclose((small[3] > 0).mean(), 0.92**2 / 2, rtol=0.06)


def test_an_empty_picture_is_refused():
    with pytest.raises(InputError, match="shows nothing"):
        prepare(Image(np.full((64, 64, 3), 0.5, np.float32)))
    with pytest.raises(InputError, match="shows nothing"):
        prepare(Image(_disc(), np.zeros((200, 200), np.float32)))


def test_the_bundled_model_repeats_itself_and_heeds_its_seed():
    first, again, other = (Mini(seed=seed, steps=2)("a red wooden stool") for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.rgb, again.rgb)
    assert np.abs(first.alpha - other.alpha).max() > 0.01


def test_a_batch_gives_what_single_calls_give():
    sentences = ["a blue chair", "a green pine tree with a brown trunk"]
    together = Mini(steps=2).sample(list(sentences), seeds=[4, 5])
    for views, sentence, seed in zip(together, sentences, (4, 5), strict=True):
        alone = Mini(seed=seed, steps=2)(sentence)
        # The same products in another order: float32 differences, carried through two steps.
        np.testing.assert_allclose(
            views.rgb * views.alpha[..., None], alone.rgb * alone.alpha[..., None], atol=5e-3
        )


def test_the_bundled_model_fits_the_package():
    path = locate(BUNDLED)
    assert path.stat().st_size == BUNDLED.size <= 25e6
    network, words = load(BUNDLED)
    # Two bytes a weight, and a header.
    assert sum(p.numel() for p in network.parameters()) * 2 <= BUNDLED.size
    assert words == vocabulary()
    assert len(set(words.nouns.values())) >= 190


@pytest.mark.parametrize("options", [{"steps": 0}, {"guidance": -1.0}, {"steps": 5000}])
def test_bad_options_are_refused(options):
    with pytest.raises(InputError, match="expected"):
        Mini(**options)("a stool")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"end": 0.0}, "end 0.0, settle 4; expected above 0 to 1"),
        ({"end": 1.01}, "end 1.01"),
        ({"end": float("nan")}, "end nan"),
        ({"settle": -1}, "settle -1; expected .* 0 to 100"),
        ({"settle": 101}, "settle 101"),
        ({"like_strength": 1.01}, "like strength 1.01; expected -1 to 1"),
        ({"like_strength": -1.01}, "like strength -1.01"),
        ({"like_strength": float("nan")}, "like strength nan"),
        ({"picture_steps": 0}, "24 sampling steps, 0 for a picture; expected 1 to 1000"),
        ({"best_of": 33}, "best of 33; expected 1 to 32"),
        ({"guidance": float("nan")}, "guidance nan; expected 0 to 20"),
    ],
    ids=str,
)
def test_options_beyond_their_range_are_refused_before_the_model_is_read(monkeypatch, options, words):
    monkeypatch.setattr("maquette.multiview.mini.load", lambda weights: pytest.fail("the model was read"))
    with pytest.raises(InputError, match=words):
        Mini(**options)("a stool")


def test_sentences_and_pictures_are_not_mixed():
    disc = _disc()
    mixed = ["a stool", Image(disc, disc[..., 0])]
    for sources in (mixed, mixed[::-1]):
        with pytest.raises(InputError, match=r"sentences and pictures in one batch.*sample them apart"):
            Mini(steps=1).sample(sources)


def test_every_channel_is_zero_outside_the_object():
    """Whatever a network may predict."""
    views = views_from_planes(3 * np.random.default_rng(2).normal(size=(3, 19, 64, 64)).astype(np.float32))
    outside = views.alpha == 0
    assert 0.1 < outside.mean() < 0.9
    for name in ("rgb", "normals", "depth", "albedo", "metallic_roughness"):
        channel = getattr(views, name)
        assert not channel[outside].any(), name
        assert channel[~outside].any(), name
        assert np.isfinite(channel).all(), name
