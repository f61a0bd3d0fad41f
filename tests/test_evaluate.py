"""Measures of a generator: closed forms of shape errors, and that a loser is said to lose."""

import json

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corpus import _BOX, folder  # noqa: F401  (a corpus of boxes)

from maquette.artifacts import Mesh
from maquette.cli import main
from maquette.cli.evaluate import _table
from maquette.training.evaluate_pictures import Library, _small, back_projected
from maquette.training.render import render_views
from maquette.training.shape_error import Surface, shape_error, surface


def _mesh(solid: trimesh.Trimesh) -> Mesh:
    return Mesh(solid.vertices.astype(np.float32), solid.faces.astype(np.int32))


@given(st.floats(0.1, 30), st.tuples(*[st.floats(-5, 5)] * 3))
@settings(max_examples=10, deadline=None)
def test_place_and_size_do_not_count(scale, offset):
    ball = trimesh.creation.icosphere(3)
    moved = Mesh((ball.vertices * scale + offset).astype(np.float32), ball.faces.astype(np.int32))
    error = shape_error(surface(moved, seed=1), surface(_mesh(ball), seed=2))
    # 8,000 points on a sphere of diameter 1 lie .009 apart on average.
    assert error.chamfer < 0.01
    assert error.f_score > 0.999
    assert error.normal_degrees < 6


def test_a_ball_and_a_box_are_as_far_apart_as_geometry_says():
    """From the unit ball's surface to the cube around it: half of one less the largest coordinate, on average."""
    ball, box = trimesh.creation.icosphere(5, 0.5), trimesh.creation.box((1, 1, 1))
    made, true = surface(_mesh(ball)), surface(_mesh(box))
    n = np.random.default_rng(0).normal(size=(400_000, 3))
    to_box = (0.5 - 0.5 * np.abs(n / np.linalg.norm(n, axis=1, keepdims=True)).max(1)).mean()
    face = np.concatenate(
        [np.random.default_rng(1).uniform(-0.5, 0.5, (400_000, 2)), np.full((400_000, 1), 0.5)], 1
    )
    to_ball = (np.linalg.norm(face, axis=1) - 0.5).mean()
    # Nearest of finitely many points: farther by up to their spacing.
    np.testing.assert_allclose(shape_error(made, true).chamfer, (to_box + to_ball) / 2, atol=0.004)


def test_points_shifted_by_more_than_the_threshold_score_nothing():
    flat = np.random.default_rng(0).uniform(-0.5, 0.5, (2000, 3)) * [1, 1, 0]
    up = np.tile([0.0, 0.0, 1.0], (2000, 1))
    near, far = Surface(flat + 0.04 * up, up), Surface(flat + 0.06 * up, -up)
    true = Surface(flat, up)
    np.testing.assert_allclose(shape_error(near, true).chamfer, 0.04, atol=1e-9)
    assert shape_error(near, true).f_score == 1
    assert shape_error(far, true).f_score == 0
    assert shape_error(far, true).normal_degrees == 0  # the side does not count


def test_back_projected_views_of_a_model_lie_on_it():
    error = shape_error(back_projected(render_views(_BOX)), surface(Mesh(_BOX.vertices, _BOX.faces)))
    assert error.chamfer < 0.012  # pixels are 1/58 of the longest side
    assert error.normal_degrees < 1


def test_the_table_says_who_loses():
    rows = {"model": {"chamfer": 0.1, "beats_retrieval": 0.4}, "nearest picture (retrieval)": {"chamfer": 0.05}}
    assert "loses to retrieval: it is nearer to the truth for 40%" in _table("pictures", rows)
    rows["model"]["beats_retrieval"] = 0.6
    assert "loses" not in _table("pictures", rows)


def test_eval_views_measures_pictures_of_hidden_models(folder, monkeypatch, capsys):  # noqa: F811
    from maquette.training import corpus

    monkeypatch.setattr(corpus, "HIDDEN_NAMES", 0.3)
    assert main(["eval", "views", "--prompts", "0", "--corpus", str(folder), "--objects", "2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["pictures"]
    assert rows["true views fused (ceiling)"]["f_score"] > 0.9
    # Boxes are in the library as well, a little longer or shorter; another of all lengths is farther off.
    assert rows["nearest picture (retrieval)"]["chamfer"] < 0.5 * rows["any model (random)"]["chamfer"]
    assert set(rows["model"]) == set(rows["any model (random)"])


def test_retrieval_finds_the_picture_itself(folder):  # noqa: F811
    from maquette.training.corpus import read_index
    from maquette.training.evaluate_pictures import questions

    entries = [e for e in read_index(folder) if not e.hidden][:3]
    library = Library.of(entries)
    (asked,) = questions([_hidden(entries[1])], 1)
    assert library.likeness(asked.model) == 1
    library.pictures[2] = _small(asked.image)  # its own picture, wherever it stands
    assert library.nearest(asked.image) == 2


def _hidden(entry):
    from dataclasses import replace

    return replace(entry, hidden=True, weight=1.0)


@pytest.mark.parametrize("bad", [["--objects", "-1"], ["--judge-props", "3"], ["--weights", "nowhere"]])
def test_eval_refuses_nonsense(bad, capsys):
    assert main(["eval", "views", "--prompts", "1", *bad]) == 2
    assert capsys.readouterr().err.startswith("maquette: ")


def test_models_tell_their_sources(capsys):
    assert main(["models", "list", "--json"]) == 0
    (first, *_) = json.loads(capsys.readouterr().out)
    assert first["name"] == "mini-views"
    assert main(["models", "show", "mini-views", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["sha256"] == first["sha256"]
    assert about["sources"]
    for row in about["sources"]:
        assert row["licence"] in {"CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "MIT-0"}
        assert row["models"] > 0
    assert main(["models", "show", "other"]) == 2
    assert "mini-views" in capsys.readouterr().err


def test_sheets_have_a_place_before_any_work(tmp_path, capsys):
    assert main(["eval", "views", "--sheet", str(tmp_path / "missing" / "a.png")]) == 2
    assert "does not exist" in capsys.readouterr().err
    (tmp_path / "a-pictures.png").mkdir()
    assert main(["eval", "views", "--sheet", str(tmp_path / "a.png")]) == 2
    assert "a-pictures.png is a folder" in capsys.readouterr().err


def test_a_corpus_without_held_out_models_is_refused(folder, capsys):  # noqa: F811
    lines = (folder / "index.jsonl").read_text().splitlines()[:1]
    (folder / "index.jsonl").write_text("\n".join(lines))
    assert main(["eval", "views", "--prompts", "0", "--corpus", str(folder), "--objects", "1"]) == 2
    assert "holds out" in capsys.readouterr().err
