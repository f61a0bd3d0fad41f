"""The artist corpus: what is read, held out, said and drawn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.artifacts import Asset, Material, Mesh
from maquette.cli import main
from maquette.errors import InputError
from maquette.formats import export_glb
from maquette.training.build import artist_facts, build, is_held_out, sample_trained
from maquette.training.captions import caption
from maquette.training.color_words import color_shares, oklab
from maquette.training.corpus import licences, read_index
from maquette.training.corpus_models import _cut, read_model, vary
from maquette.training.corpus_names import COLOR_WORDS, JARGON, spoken_name, synonyms
from maquette.training.data import Shards
from maquette.training.props import CATEGORIES, COLORS, Draw
from maquette.training.render import render_views

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def _box(path, extents=(2.0, 1.0, 1.0), rgb=(1.0, 0.0, 0.0), texture=None) -> None:
    """A box with a flat colour, or with a texture whose u runs along x and v down along y."""
    points = np.concatenate([CORNERS[list(quad)] for quad in QUADS])
    faces = np.concatenate([np.array([[0, 1, 2], [0, 2, 3]]) + 4 * i for i in range(6)]).astype(np.int32)
    a, b, c = np.moveaxis(points[faces], 1, 0)
    normals = np.repeat(np.cross(b - a, c - a)[::2], 4, 0).astype(np.float32)
    uv = np.stack([points[:, 0], 1 - points[:, 1]], -1).astype(np.float32)
    mesh = Mesh((points * np.float32(extents)).astype(np.float32), faces)
    material = Material(base_color=texture, base_color_factor=(1.0, 1.0, 1.0) if texture is not None else rgb)
    export_glb(Asset(mesh, uv, normals, material, height_meters=extents[1]), path)


@pytest.fixture
def folder(tmp_path):
    records = []
    for index in range(40):
        name = f"models/pack{index % 8}_thing{index}.glb"
        (tmp_path / "models").mkdir(exist_ok=True)
        _box(tmp_path / name, extents=(1 + index / 20, 1, 1))
        records.append(
            {
                "file": name, "name": f"Thing{'abcdefghij'[index % 10] * 3}{'xyzw'[index // 10] * 2}_{index}.glb",
                "caption": "crate large 02", "pack": f"pack {index % 8}", "author": "someone",
                "license": "CC0-1.0", "license_confidence": "high" if index % 2 else "medium", "attribution": "",
                "category": "prop", "theme": "medieval", "colour": "flat", "bbox": [1, 1, 1],
                "geo_hash": f"{index // 2}",
            }
        )  # fmt: skip
    (tmp_path / "index.jsonl").write_text("\n".join(json.dumps(r) for r in records))
    return tmp_path


def test_what_is_hidden_does_not_depend_on_the_other_options_and_takes_its_twins_along(folder):
    entries = read_index(folder)
    strict = read_index(folder, strict=True)
    assert len(entries) == 40
    assert len(strict) == 20
    assert all(entry.confident for entry in strict)
    hidden = {entry.path: entry.hidden for entry in entries}
    assert all(hidden[entry.path] == entry.hidden for entry in strict)
    assert sum(count for *_, count in licences(entries)) == 40
    # Models 2n and 2n + 1 have the same geometry: they are hidden together or not at all.
    number = {int(entry.path.stem.split("thing")[1]): entry.hidden for entry in entries}
    assert all(number[2 * n] == number[2 * n + 1] for n in range(20))
    assert 0 < sum(hidden.values()) < 40


@pytest.mark.parametrize("bad", ['{"file": 1}', "nonsense", "[]"])
def test_a_damaged_index_is_said_with_its_line(folder, bad):
    path = folder / "index.jsonl"
    path.write_text(path.read_text() + "\n" + bad)
    with pytest.raises(InputError, match="line 41"):
        read_index(folder)


def test_files_outside_the_folder_are_refused(folder):
    path = folder / "index.jsonl"
    record = json.loads(path.read_text().splitlines()[0])
    path.write_text(json.dumps(record | {"file": "../outside.glb"}))
    with pytest.raises(InputError, match="outside its folder"):
        read_index(folder)
    with pytest.raises(InputError, match="missing"):
        read_index(folder / "models")


def test_hidden_models_reach_no_shard(folder, tmp_path):
    entries = [replace(e, hidden=i % 2 == 0, weight=1.0) for i, e in enumerate(read_index(folder))]
    out = tmp_path / "shards"
    build(out, 0, workers=1, entries=entries, variants=2)
    assert len(Shards.open(out)) == 2 * 20
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    build(out, 0, workers=1, entries=entries, variants=2)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("file", "spoken"),
    [
        ("table coffee large 02", "large coffee table"),
        ("tree pine snow A", "snowy pine tree"),
        ("candle holder", "candle holder"),
        ("barrel red left", "barrel"),
        ("kitchencabinet", "kitchen cabinet"),
        ("chair", "chair"),
        ("wood", "wood"),
        ("01", ""),
    ],
)
def test_file_names_become_english(file, spoken):
    name = spoken_name(file)
    assert " ".join((*name.adjectives, *name.words)) == spoken


PARTS = st.sampled_from([*sorted(COLOR_WORDS | JARGON), "tree", "large", "02", "table", "_", ","])


@given(st.lists(PARTS, max_size=8).map(" ".join))
def test_no_name_has_jargon_or_believed_colours(text):
    name = spoken_name(text)
    said = {*name.adjectives, *name.words}
    assert not said & (COLOR_WORDS | JARGON)


def test_synonyms_keep_what_stands_before_the_noun():
    assert "leather couch" in synonyms("leather sofa")
    assert synonyms("gizmo") == ()


def test_oklab_has_the_published_corners_and_shares_name_their_own_colours():
    # Values of white and of red in Ottosson's article, to its three decimals.
    np.testing.assert_allclose(oklab(np.ones(3)), [1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(oklab(np.array([1, 0, 0])), [0.628, 0.225, 0.126], atol=1e-3)
    for word, rgb in COLORS.items():
        assert color_shares(np.array([rgb], np.float32)) == [(word, 1.0)]


def test_a_texture_is_seen_where_it_lies(tmp_path):
    texture = np.zeros((64, 64, 3), np.float32)
    texture[:32, :, 1] = 1  # upper half green
    texture[32:, :, 2] = 1  # lower half blue
    _box(tmp_path / "box.glb", extents=(1, 1, 1), texture=texture)
    views = render_views(read_model(tmp_path / "box.glb"))
    front = views.rgb[0]
    rows = np.flatnonzero(views.alpha[0].max(1) > 0.9)
    np.testing.assert_allclose(front[rows[2], 32], [0, 1, 0], atol=0.02)
    np.testing.assert_allclose(front[rows[-3], 32], [0, 0, 1], atol=0.02)


def test_cutting_keeps_area_and_what_corners_carry():
    rng = np.random.default_rng(0)
    corners = rng.uniform(-1, 1, (7, 3, 5))
    cut = _cut(corners)

    def areas(triangles):
        a, b, c = np.moveaxis(triangles[..., :3], 1, 0)
        return np.linalg.norm(np.cross(b - a, c - a), axis=-1)

    np.testing.assert_allclose(areas(cut).sum(), areas(corners).sum())
    # What corners carry is affine over each triangle: its integral stays the same, too.
    weighed = [(areas(t)[:, None] * t.mean(1)).sum(0) for t in (cut, corners)]
    np.testing.assert_allclose(*weighed)
    edges = np.linalg.norm((cut - np.roll(cut, 1, 1))[..., :3], axis=-1)
    assert edges.max() < np.linalg.norm((corners - np.roll(corners, 1, 1))[..., :3], axis=-1).max() / 20


@given(st.integers(0, 10**6))
def test_a_variation_fills_the_unit_box_and_faces_outward(seed):
    model = _BOX
    likeness, natural = vary(model, np.random.default_rng(seed), painted=True)
    points = likeness.corners[..., :3]
    np.testing.assert_allclose(np.ptp(points, (0, 1)).max(), 1, rtol=1e-5)
    np.testing.assert_allclose(points.min((0, 1)) + points.max((0, 1)), 0, atol=1e-5)
    normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    assert (np.einsum("ni,nci->nc", normals, likeness.corners[..., 3:6]) > 0).all()
    assert (np.einsum("ni,ni->n", normals, points.mean(1)) > 0).all()
    assert natural == np.allclose(likeness.corners[..., 6:9], model.corners[..., 6:9])


def test_captions_of_repainted_models_say_the_colour_that_is_seen(folder):
    entry = read_index(folder)[0]
    rng = np.random.default_rng(1)
    for _ in range(10):
        likeness, _ = vary(_BOX, rng, painted=False)
        views = render_views(likeness)
        facts = artist_facts(entry, views, natural=False)
        (color,) = facts["colors"]
        nearest = min(
            COLORS, key=lambda c: np.linalg.norm(oklab(np.array(COLORS[c])) - oklab(views.rgb[0, 32, 32]))
        )
        assert color == nearest
        sentence = caption(facts, Draw(rng))
        assert sentence.endswith("crate")
        assert {color, *{"gray": ["grey"], "gold": ["golden"], "purple": ["violet"], "teal": ["turquoise"],
                         "tan": ["beige"]}.get(color, [])} & set(sentence.split())  # fmt: skip


def test_the_back_of_a_sheet_has_normals_toward_the_camera():
    corners = np.zeros((1, 3, 11), np.float32)
    corners[0, :, :3] = [[-0.5, -0.5, 0], [0.5, -0.5, 0], [0, 0.5, 0]]
    corners[0, :, 5] = 1
    sheet = replace(_BOX, vertices=corners[0, :, :3], faces=np.array([[0, 1, 2]], np.int32), corners=corners,
                    part=np.zeros(1, np.int32))  # fmt: skip
    views = render_views(sheet)
    np.testing.assert_allclose(views.normals[0][views.alpha[0] > 0], [[0, 0, 1]] * int((views.alpha[0] > 0).sum()))
    np.testing.assert_allclose(
        views.normals[2][views.alpha[2] > 0], [[0, 0, -1]] * int((views.alpha[2] > 0).sum())
    )


def test_a_tenth_of_the_pairs_is_never_drawn():
    pairs = [(kind, color) for kind in CATEGORIES for color in COLORS]
    share = np.mean([is_held_out(*pair) for pair in pairs])
    assert 0.07 < share < 0.13
    kind = next(kind for kind, color in pairs if is_held_out(kind, color))
    rng = np.random.default_rng(0)
    drawn = {sample_trained(CATEGORIES[kind], rng).parts[0].finish.color for _ in range(120)}
    assert not any(is_held_out(kind, color) for color in drawn)


def _read_box():
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        _box(Path(name) / "box.glb")
        return read_model(Path(name) / "box.glb")


_BOX = _read_box()


def test_damaged_models_are_left_out_and_end_no_build(folder, tmp_path):
    """Whatever is wrong with a file: cut off, JSON of the wrong shape, corners that are not there, or no file."""
    entries = [replace(entry, hidden=False, weight=1.0) for entry in read_index(folder)][:5]
    data = entries[0].path.read_bytes()
    entries[0].path.write_bytes(data[:100])
    entries[1].path.write_bytes(data.replace(b'"componentType"', b'"somethingElse"'))
    entries[2].path.write_bytes(data.replace(b'"attributes"', b'"attribute__"'))
    entries[3].path.unlink()
    for entry in entries[:4]:
        with pytest.raises(InputError, match=entry.path.name):
            read_model(entry.path)
    out = tmp_path / "shards"
    build(out, 0, workers=1, entries=entries, variants=1)
    assert len(Shards.open(out)) == 1
    build(tmp_path / "none", 0, workers=1, entries=entries[:4], variants=1)  # a shard of nothing
    with pytest.raises(FileNotFoundError):
        Shards.open(tmp_path / "none")


def test_places_that_are_files_are_refused_in_a_line(tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"")
    assert main(["data", "build", str(tmp_path / "file"), "--count", "0"]) == 2
    assert "choose another place" in capsys.readouterr().err
