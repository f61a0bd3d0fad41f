"""Training: captions are true, shards give back what was drawn, a run stops, goes on, and learns."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.cameras import FRAME, axis_aligned
from maquette.multiview._planes import planes_from_views
from maquette.multiview._text import words
from maquette.ops import rasterize
from maquette.training._options import Training, learning_rate
from maquette.training.build import build
from maquette.training.captions import COLOR_WORDS, NUMBERS, caption, facts
from maquette.training.consistency import depth_contradictions, hull_reprojection_iou
from maquette.training.data import Shards, decode, encode
from maquette.training.judge import Verdict, picture, train_judge
from maquette.training.props import CATEGORIES, COLORS, Draw, sample
from maquette.training.render import assemble, photograph, render_views
from maquette.training.train_views import train

KINDS = sorted(CATEGORIES)


def _prop(seed: int):
    rng = np.random.default_rng(seed)
    return sample(CATEGORIES[KINDS[seed % len(KINDS)]], rng), rng


@given(st.integers(0, 10_000))
@settings(max_examples=120, deadline=None)
def test_captions_are_true(seed):
    """Only the prop's own colours and counts appear, the noun always does, and unexpected colours are named."""
    prop, rng = _prop(seed)
    about = facts(prop)
    sentence = caption(about, Draw(rng))
    spoken = words(sentence)
    said = f" {' '.join(spoken)} "
    assert any(f" {noun} " in said for noun in CATEGORIES[prop.category].nouns)
    ours = {w for part in prop.parts for w in COLOR_WORDS.get(part.finish.color, (part.finish.color,))}
    names = {w for part in prop.parts for w in part.name.split()} | {
        w for noun in CATEGORIES[prop.category].nouns for w in noun.split()
    }
    every_color = set(COLORS) | {w for group in COLOR_WORDS.values() for w in group}
    assert not (set(spoken) & every_color) - ours - names
    counts = {NUMBERS[part.count] for part in prop.parts if part.count < len(NUMBERS)}
    assert not set(spoken) & set(NUMBERS) - counts - names - {"one"}
    main = prop.parts[0].finish
    if not main.natural:
        assert set(spoken) & set(COLOR_WORDS.get(main.color, (main.color,)))
    assert "  " not in sentence
    assert sentence == sentence.strip()


def test_articles_fit():
    for seed in range(200):
        prop, rng = _prop(seed)
        spoken = words(caption(facts(prop), Draw(rng)))
        for article, following in itertools.pairwise(spoken):
            if article in ("a", "an"):
                assert (article == "an") == (following[0] in "aeiou"), spoken


@pytest.mark.parametrize("kind", ["crate", "mug", "pine", "car"])
def test_renders_show_the_prop_from_its_six_sides(kind):
    prop = sample(CATEGORIES[kind], np.random.default_rng(1))
    model = assemble(prop)
    low, high = model.vertices.min(0), model.vertices.max(0)
    np.testing.assert_allclose((high - low).max(), 1, atol=1e-5)
    np.testing.assert_allclose(low + high, 0, atol=1e-5)
    views = render_views(model)
    columns = np.flatnonzero(views.alpha[0].max(0) > 0)
    # The silhouette is as wide as the object, to the pixel.
    assert abs(len(columns) * FRAME / 64 - (high - low)[0]) <= 2 * FRAME / 64
    seen = views.alpha == 1
    np.testing.assert_allclose(np.linalg.norm(views.normals[seen], axis=-1), 1, atol=1e-5)
    nearest = rasterize(model.vertices, model.faces, axis_aligned(64)).depth
    close = np.abs(views.depth - nearest)[seen] < 0.03
    assert close.mean() > 0.95  # means over a pixel differ from its centre at steps alone
    assert hull_reprojection_iou(views) > 0.98
    assert depth_contradictions(views) < 0.02


def test_consistency_measures_notice_what_is_wrong():
    prop, _ = _prop(KINDS.index("barrel"))
    views = render_views(assemble(prop))
    narrow = views.alpha.copy()
    narrow[0, :, :28] = 0
    assert hull_reprojection_iou(replace(views, alpha=narrow)) < 0.9
    assert depth_contradictions(replace(views, depth=views.depth - np.float32(0.1) * (views.alpha > 0))) > 0.3


def test_pictures_are_lit_cut_out_and_fill_the_square():
    prop, rng = _prop(KINDS.index("teapot"))
    image = photograph(assemble(prop), rng)
    assert image.alpha is not None
    rows, columns = np.flatnonzero(image.alpha.max(1) > 0.5), np.flatnonzero(image.alpha.max(0) > 0.5)
    assert 56 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 61  # 92 % of 64, to a pixel or two
    assert not image.rgb[image.alpha == 0].any()


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20))
def test_codes_are_within_half_a_step_and_keep_zero(values):
    array = np.array(values, np.float32)
    np.testing.assert_allclose(decode(encode(array)), array, atol=0.5 / 127 + 1e-6)
    assert decode(encode(np.zeros(1, np.float32)))[0] == 0


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    from maquette.training import build as building

    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "SHARD", 24)
        build(folder, 48, seed=5, workers=1)
    return folder


def test_shards_are_kept_and_whole(shards):
    before = {path: path.stat().st_mtime_ns for path in shards.iterdir()}
    opened = Shards.open(shards)
    assert len(opened) % 2 == 0
    assert len(opened.facts(0)["parts"]) >= 1
    assert opened.planes(3).shape == (3, 19, 64, 64)
    assert opened.pictures(3).shape == (2, 4, 64, 64)
    build(shards, 1, seed=5, workers=1)
    assert {path: path.stat().st_mtime_ns for path in shards.iterdir()} == before


def test_planes_survive_the_disk():
    prop, _ = _prop(7)
    planes = planes_from_views(render_views(assemble(prop)))
    np.testing.assert_allclose(decode(encode(planes)), planes, atol=0.5 / 127 + 1e-6)


def test_no_shards_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="maquette data build"):
        Shards.open(tmp_path)


SMALL = {"width": 64, "depth": 1, "fine_width": 64, "fine_depth": 1}


def _small_config(folder, shards):
    from maquette.training.train_views import vocabulary

    vocab = vocabulary(Shards.open(shards))
    shape = {"words": len(vocab.words) + 2, **SMALL}
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(
        json.dumps({"shape": shape, "words": vocab.words, "nouns": dict(vocab.nouns)})
    )


def _quiet(_: dict) -> None:
    pass


def test_training_learns_stops_and_goes_on(shards, tmp_path):
    from safetensors.torch import load_file

    out = tmp_path / "run"
    _small_config(out, shards)
    short = Training(samples=8 * 25, batch=8, checkpoint_every=25)
    train(shards, out, short, 1, _quiet)
    assert int(load_file(out / "checkpoint.safetensors")["step"]) == 25
    train(shards, out, Training(samples=8 * 75, batch=8, checkpoint_every=25), 1, _quiet)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [25, 50, 75]
    # 75 steps of a tiny network take more than a quarter off the loss of its first 25.
    assert lines[-1]["text"] < 0.75 * lines[0]["text"]
    assert len(list((out / "sheets").glob("*.png"))) == 3
    model = load_file(out / "model" / "views.safetensors")
    assert all(torch.isfinite(tensor.float()).all() for tensor in model.values())


def test_the_rate_warms_up_stays_and_falls():
    assert learning_rate(0, 0) < 0.05
    assert learning_rate(0.3, 500) == 1
    np.testing.assert_allclose(learning_rate(1.0, 5000), 0.03)


def test_the_judge_learns_to_tell_kinds_and_colours():
    kinds, answers, pictures = ("barrel", "sword"), [], []
    rng = np.random.default_rng(0)
    for index in range(60):
        prop = sample(CATEGORIES[kinds[index % 2]], rng)
        answers.append(Verdict(prop.category, prop.parts[0].finish.color))
        pictures.append(picture(render_views(assemble(prop))))
    judge = train_judge(np.stack(pictures), answers, steps=60)
    views = []
    for index in range(20):
        views.append(render_views(assemble(sample(CATEGORIES[kinds[index % 2]], rng))))
    right = [v.category == kinds[i % 2] for i, v in enumerate(judge.verdicts(views))]
    assert np.mean(right) > 0.9
