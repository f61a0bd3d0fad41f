"""Training: captions are true, shards give back what was drawn, a run stops, goes on, and learns."""

import itertools
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from maquette.cameras import FRAME, axis_aligned
from maquette.errors import InputError
from maquette.multiview._network import PATCH_VALUES, Denoiser, Shape, unpatchify
from maquette.multiview._planes import planes_from_views
from maquette.multiview._text import Vocabulary, words
from maquette.ops import rasterize
from maquette.training import pieces
from maquette.training._batches import Batch, Batches
from maquette.training._options import PRESETS, Training, learning_rate
from maquette.training._pictures import roughen
from maquette.training._source import FromDisk, Resident, open_source
from maquette.training._state import State
from maquette.training._warm_start import warm_start
from maquette.training.build import build
from maquette.training.captions import COLOR_WORDS, NUMBERS, caption, facts
from maquette.training.consistency import depth_contradictions, hull_reprojection_iou, normal_against_depth
from maquette.training.data import Shards, decode, encode
from maquette.training.judge import QUESTIONS, picture, train_judge, truth
from maquette.training.props import CATEGORIES, COLORS, Draw, sample
from maquette.training.render import assemble, photograph, render_views
from maquette.training.train_upscaler import UpscalerTraining
from maquette.training.train_upscaler import train as train_upscaler
from maquette.training.train_views import _usual, train, vocabulary

KINDS = sorted(CATEGORIES)


def _prop(seed: int):
    rng = np.random.default_rng(seed)
    return sample(CATEGORIES[KINDS[seed % len(KINDS)]], rng), rng


@given(st.integers(0, 10_000))
@example(977)  # a winner's cup: its apostrophe parts what was said into words
@settings(max_examples=120, deadline=None)
def test_captions_are_true(seed):
    """Only the prop's own colours and counts appear, the noun always does, and unexpected colours are named."""
    prop, rng = _prop(seed)
    about = facts(prop)
    sentence = caption(about, Draw(rng))
    spoken = words(sentence)
    said = f" {' '.join(spoken)} "
    assert any(f" {' '.join(words(noun))} " in said for noun in CATEGORIES[prop.category].nouns)
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
                assert (article == "an") == (following[0] in "aeiou" or following == "hourglass"), spoken


def test_what_is_many_by_name_has_no_article():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        said = caption(facts(sample(CATEGORIES["stairs"], rng)), Draw(rng))
        assert said.startswith(("a ", "an ")) <= ("staircase" in said)


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
    assert len(opened) == 48
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
    out = tmp_path / "run"
    _small_config(out, shards)
    short = Training(samples=8 * 25, batch=8, checkpoint_every=25)
    train(shards, out, short, 1, _quiet)
    kept = load_file(out / "checkpoint.safetensors")
    assert int(kept["step"]) == 25
    assert float(kept["seconds"]) > 0
    train(shards, out, Training(samples=8 * 75, batch=8, checkpoint_every=25), 1, _quiet)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [25, 50, 75]
    # 75 steps of a tiny network take more than a quarter off the loss of its first 25.
    assert lines[-1]["text"] < 0.75 * lines[0]["text"]
    assert len(list((out / "sheets").glob("*.png"))) == 3
    model = load_file(out / "model" / "views.safetensors")
    assert all(torch.isfinite(tensor.float()).all() for tensor in model.values())


def test_a_run_repeats_exactly(shards, tmp_path, monkeypatch):
    """All that a run goes on from, but for its clock, bit for bit."""
    monkeypatch.setattr("maquette.training.train_views._sheet", lambda *_: None)
    options = Training(samples=2 * 3, batch=2, accumulate=2, precision="float32")
    _small_config(tmp_path / "one", shards)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    runs = []
    for name in ("one", "two"):
        train(shards, tmp_path / name, options, 1, _quiet)
        names = ["checkpoint.safetensors", *sorted(p.name for p in (tmp_path / name).glob("momentum-*"))]
        runs.append({(file, key): v for file in names for key, v in load_file(tmp_path / name / file).items()})
        runs[-1].pop(("checkpoint.safetensors", "seconds"))
    one, two = runs
    assert one.keys() == two.keys()
    assert len({file for file, _ in one}) == 2
    assert [key for key in one if not torch.equal(one[key], two[key])] == []


def test_a_run_ends_when_its_minutes_are_over_and_takes_shards_that_came_since(shards, tmp_path):
    out = tmp_path / "run"
    _small_config(out, shards)
    train(shards, out, Training(batch=8, minutes=1e-6), 1, _quiet)
    train(shards, out, Training(batch=8), 1, _quiet, stop_after_minutes=1e-6)
    assert int(load_file(out / "checkpoint.safetensors")["step"]) == 2
    train(shards, out, Training(batch=8, minutes=1e-6), 1, _quiet)  # its minutes were over before
    assert int(load_file(out / "checkpoint.safetensors")["step"]) == 3


def test_accumulated_batches_make_the_gradient_of_one(shards, tmp_path):
    """The loss is a mean over models, so halves weighted by one half add up to the whole."""
    _small_config(tmp_path, shards)
    options = Training(batch=8, picture_share=0.0, precision="float32")
    source = open_source(shards, torch.device("cpu"))
    whole = State.start(tmp_path, options)
    batch = Batches(source, whole.vocabulary, options, 8, 0, 0).draw(0)
    torch.manual_seed(1)
    for parameter in whole.network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    whole.accumulate(batch)
    expected = {name: p.grad.clone() for name, p in whole.network.named_parameters() if p.grad is not None}
    whole.network.zero_grad()
    for half in (slice(0, 4), slice(4, 8)):
        part = Batch(batch.clean[half], batch.noise[half], batch.time[half], batch.words[half], None)
        whole.accumulate(part, 0.5)
    for name, parameter in whole.network.named_parameters():
        if name in expected:  # sums in another order
            scale = float(expected[name].abs().max())
            torch.testing.assert_close(parameter.grad, expected[name], atol=1e-4 * scale + 1e-9, rtol=1e-3)


class _Told(FromDisk):
    """Of which only facts are asked: the first models by artists, the others of 200 procedural."""

    def __init__(self, artists: int = 40):
        self.artists = artists

    def __len__(self) -> int:
        return 200

    def facts(self, index: int):
        by_artist = {"noun": "", "adjectives": [], "colors": [], "natural": True, "shape": "", "theme": ""}
        return by_artist if index < self.artists else facts(_prop(index)[0])


@pytest.mark.parametrize(("picture_share", "artists"), [(0.0, 0.3), (1.0, 0.65)])
def test_each_kind_of_step_takes_its_share_from_artists(picture_share, artists):
    options = Training(picture_share=picture_share)
    batches = Batches(_Told(), Vocabulary(("box",), {}), options, 100, 0, 0)
    drawn = [index for step in range(20) for index in batches._sentences(step)[0]]
    share = np.mean(np.array(drawn) < 40)
    assert share == pytest.approx(artists, abs=4 * (artists * (1 - artists) / len(drawn)) ** 0.5)  # 4 sigma
    counts = np.bincount(drawn, minlength=200)
    for kind in (counts[:40], counts[40:]):  # each once before any again
        assert kind.max() - kind.min() <= 1


@pytest.mark.parametrize("artists", [0, 200])
def test_where_all_are_of_one_kind_all_are_drawn(artists):
    batches = Batches(_Told(artists), Vocabulary(("box",), {}), Training(), 50, 0, 0)
    assert set(np.concatenate([batches._sentences(step)[0] for step in range(40)])) == set(range(200))


def test_what_is_held_in_memory_is_what_lies_on_disk(shards):
    disk, held = FromDisk(shards), Resident(shards, torch.device("cpu"))
    which = torch.tensor([0.0, 0.6, 0.99])
    assert len(disk) == len(held)
    torch.testing.assert_close(disk.planes([0, 7, 30]), held.planes([0, 7, 30]))
    torch.testing.assert_close(disk.pictures([5, 2, 40], which), held.pictures([5, 2, 40], which))
    assert disk.facts(3) == held.facts(3)


def test_shards_finished_later_are_taken_in_behind_the_others(shards, tmp_path):
    import shutil

    first, *rest = sorted(shards.glob("*.json"))
    for path in (first, first.with_suffix(".npy")):
        shutil.copy(path, tmp_path)
    held = Resident(tmp_path, torch.device("cpu"))
    before = len(held)
    for path in (*rest, *(p.with_suffix(".npy") for p in rest)):
        shutil.copy(path, tmp_path)
    held.refresh()
    whole = FromDisk(shards)
    assert len(held) == len(whole) > before
    torch.testing.assert_close(held.planes([0, before]), whole.planes([0, before]))


@given(st.integers(0, 10**6))
def test_worn_pictures_keep_their_range_and_repeat(seed):
    pictures = torch.rand(4, 4, 64, 64, generator=torch.Generator().manual_seed(seed))
    worn = roughen(pictures, torch.Generator().manual_seed(seed))
    assert torch.equal(worn, roughen(pictures, torch.Generator().manual_seed(seed)))
    # Noise of at most .03 reaches past the ends by six deviations at the very most.
    assert worn.shape == pictures.shape
    assert float(worn.min()) > -1.2
    assert float(worn.max()) < 1.2


def test_nothing_stays_nothing_when_a_picture_is_worn():
    worn = roughen(torch.zeros(64, 4, 64, 64), torch.Generator().manual_seed(0))
    # A cut-out that is empty may be nothing else: -1 in alpha and 0 in colour, but for the noise.
    np.testing.assert_allclose(worn[:, 3].mean(), -1, atol=0.01)
    np.testing.assert_allclose(worn[:, :3].mean(), 0, atol=0.01)


@given(st.binary(min_size=1, max_size=100), st.integers(1, 40))
def test_pieces_make_the_file_again(content, size):
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE_BYTES", size)
        file = Path(name) / "some.safetensors"
        file.write_bytes(content)
        paths = pieces.split(file, Path(name) / "pieces")
        assert all(path.stat().st_size <= size for path in paths)
        pieces.join(Path(name) / "pieces", Path(name) / "again")
        assert (Path(name) / "again").read_bytes() == content
        paths[-1].write_bytes(b"other")
        if paths[-1].read_bytes() != content:
            with pytest.raises(InputError, match="again"):
                pieces.join(Path(name) / "pieces", Path(name) / "third")
        paths[0].unlink()
        with pytest.raises(InputError, match=r"lacks 000\.piece"):
            pieces.join(Path(name) / "pieces", Path(name) / "third")
        assert not (Path(name) / "third").exists()


def test_grown_networks_start_as_the_function_they_grew_from(tmp_path):
    small = Shape(words=4, width=64, depth=1, fine_width=64, fine_depth=1)
    old = Denoiser(small)
    for parameter in old.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    save_file(dict(old.state_dict()), tmp_path / "views.safetensors")
    (tmp_path / "views.json").write_text(json.dumps({"words": ["red", "stool"]}))
    new = Denoiser(Shape(words=5, width=64, depth=3, fine_width=64, fine_depth=1, picture_patch=8, grams=True))
    before, after = Vocabulary(("red", "stool"), {}), Vocabulary(("a", "red", "stool"), {})
    warm_start(new, after, tmp_path)
    noisy, time_ = torch.randn(2, 192, PATCH_VALUES), torch.tensor([0.1, 0.6])
    with torch.inference_mode():
        expected = old(noisy, time_, torch.tensor(before.encode(["red stool", "stool"])))
        found = new(noisy, time_, torch.tensor(after.encode(["red stool", "stool"])))
    torch.testing.assert_close(found, expected)
    with pytest.raises(InputError, match="same width"):
        warm_start(Denoiser(Shape(words=4, width=128, depth=1)), before, tmp_path)


def test_the_gpu_preset_stays_under_forty_megabytes():
    with torch.device("meta"):
        network = Denoiser(PRESETS["gpu"].shape(words=2600))
    assert 2 * sum(p.numel() for p in network.parameters()) < 40e6


def test_without_its_channel_no_depth_is_learned(shards):
    options = Training(batch=2, depth_channel=False)
    batches = Batches(FromDisk(shards), vocabulary(Shards.open(shards)), options, 2, 0, 0)
    planes = unpatchify(batches.draw(0).clean)
    assert (planes[:, :, [6, 15]] == 0).all()
    assert (planes[:, :, 18] != 0).any()


def test_the_rate_warms_up_stays_and_falls():
    assert learning_rate(0, 0) < 0.05
    assert learning_rate(0.3, 500) == 1
    np.testing.assert_allclose(learning_rate(1.0, 5000), 0.03)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_what_is_true_of_a_prop_is_an_answer_that_the_judge_knows(seed):
    prop, _ = _prop(seed)
    answers = truth(prop)
    assert {"category", "main_color"} <= set(answers) <= set(QUESTIONS)
    assert all(answer in QUESTIONS[name] for name, answer in answers.items())
    about = facts(prop)["parts"]
    if "count" in answers:
        assert any(str(part["count"]) == answers["count"] for part in about[1:])


def test_normals_of_true_renders_are_those_of_their_depth():
    """On a sphere, facing away by known slopes; and turning all normals by an angle is measured as that angle."""
    ball = trimesh.creation.icosphere(4, 0.45)
    model = replace(
        assemble(_prop(0)[0]),
        vertices=ball.vertices.astype(np.float32),
        faces=ball.faces.astype(np.int32),
        part=np.zeros(len(ball.faces), np.int32),
        patterns=("plain",),
        corners=np.concatenate(
            [ball.vertices[ball.faces], ball.vertex_normals[ball.faces], np.ones((len(ball.faces), 3, 5))], -1
        ).astype(np.float32),
    )
    views = render_views(model)
    # Smoothing two pixels inside an outline of 45 pixels' diameter leaves a few degrees.
    assert normal_against_depth(views) < 4
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    assert views.normals is not None
    turned = views.normals @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32)
    # Turning about one axis moves normals along it by nothing and those across it by 20 degrees: 5 pi on average.
    assert 10 < normal_against_depth(replace(views, normals=turned)) < 20


def test_the_judge_learns_to_tell_kinds_and_colours():
    kinds, answers, pictures = ("barrel", "sword"), [], []
    rng = np.random.default_rng(0)
    for index in range(60):
        prop = sample(CATEGORIES[kinds[index % 2]], rng)
        answers.append(truth(prop))
        pictures.append(picture(render_views(assemble(prop))))
    judge = train_judge(np.stack(pictures), answers, steps=60)
    views = []
    for index in range(20):
        views.append(render_views(assemble(sample(CATEGORIES[kinds[index % 2]], rng))))
    right = [v["category"] == kinds[i % 2] for i, v in enumerate(judge.verdicts(views))]
    assert np.mean(right) > 0.9


def test_fewer_samples_than_a_batch_are_refused(tmp_path):
    with pytest.raises(InputError, match="fewer than a batch"):
        train(tmp_path, tmp_path / "out", Training(samples=10, batch=64))
    with pytest.raises(InputError, match="fewer than a batch"):
        train_upscaler(tmp_path, tmp_path / "out", UpscalerTraining(samples=1, batch=8))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cores", "batch", "accumulate", "workers"), [(12, 64, 1, 8), (12, 64, 8, 8), (6, 7, 1, 1)]
)
def test_the_usual_workers_share_a_batch_evenly(monkeypatch, cores, batch, accumulate, workers):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert _usual(Training(batch=batch, accumulate=accumulate)) == workers


@pytest.mark.parametrize(("workers", "accumulate"), [(3, 1), (1, 3), (2, 8), (16, 1)])
def test_a_batch_that_does_not_split_is_refused_before_anything_is_written(tmp_path, workers, accumulate):
    options = Training(batch=8, samples=80, accumulate=accumulate)
    said = f"batch of 8 does not split over {workers} workers and {accumulate} accumulated batches"
    with pytest.raises(InputError, match=said):
        train(tmp_path, tmp_path / "out", options, workers)
    assert not (tmp_path / "out").exists()
