"""The commands as users meet them: what they print, what they return, and what they leave behind."""

from __future__ import annotations

import importlib
import json
import math
import re
import signal
import subprocess
import sys
import textwrap
import warnings
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from _exported import finished

import maquette
from maquette import __version__
from maquette.artifacts import Asset, Image, Material, Mesh, Views
from maquette.cameras import axis_aligned, orbit
from maquette.cli import COMMANDS, main
from maquette.cli.inspect import measured, merged
from maquette.errors import InputError
from maquette.formats import load_image
from maquette.meshing import Repair, is_closed_manifold
from maquette.multiview.mini import vocabulary
from maquette.multiview.vocabulary import check
from maquette.pipeline.chains import Options
from maquette.pipeline.make import _note_ignored
from maquette.pipeline.source import LONGEST_PROMPT, read_source, sentence

CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
TRIANGLES = np.array([face for a, b, c, d in QUADS for face in ((a, b, c), (a, c, d))], np.int32)


@dataclass(frozen=True)
class BoxViews:
    """Six views of a red box, whatever is asked for: the chain's first stage without a trained model."""

    version: ClassVar[int] = 1
    seed: int = 0

    def __call__(self, source: str | Image) -> Views:
        from maquette.texturing.render import render_views

        size = np.array([0.3, 0.5, 0.2 + 0.02 * self.seed], np.float32)
        mesh = Mesh(CORNERS * size, TRIANGLES)
        asset = Asset(mesh, None, CORNERS / np.float32(math.sqrt(3)), Material(base_color_factor=(0.8, 0.1, 0.1)))
        views = render_views(asset, axis_aligned(64))
        # A box's own normals, not those smoothed over its corners: each view sees one face squarely.
        facing = -views.cameras.world_to_camera[:, 2, :3]
        return replace(views, normals=views.alpha[..., None] * facing[:, None, None])


def box_options() -> Options:
    """The default chain with a model that needs no weights, and repairs on a grid coarse enough to be quick."""
    return Options(multiview=BoxViews(), repair=Repair(resolution=24))


@pytest.fixture(autouse=True)
def _box_generator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("maquette.pipeline.make.Options", box_options)
    monkeypatch.setenv("MAQUETTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MAQUETTE_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box.obj"
    lines = [f"v {x} {y} {z}" for x, y, z in CORNERS] + [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in TRIANGLES]
    path.write_text("\n".join(lines))
    return path


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused as bad input; returns its one line."""
    code = main(list(arguments))
    told = capsys.readouterr()
    assert code == 2, told
    assert told.out == ""
    assert re.fullmatch(r"maquette: [^\n]+\n", told.err), told.err
    return told.err


def glb_json(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


SMALL = ("--faces", "100", "--texture-size", "64")


def test_make_from_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", "a red box", "-o", "box.glb", "--height", "2", "--seed", "3", *SMALL]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    stages = ["test_cli", "reconstruction", "meshing", "texturing", "texturing", "export"]
    assert [line.split()[0] for line in told.err.splitlines()] == stages
    gltf = glb_json(tmp_path / "box.glb")
    receipt = gltf["asset"]["extras"]["maquette"]
    assert receipt["prompt"] == "a red box"
    assert receipt["seed"] == 3
    assert receipt["version"] == __version__
    methods = [stage["method"] for stage in receipt["stages"]]
    assert methods == ["BoxViews", "PlaneFusion", "Decimate", "Upscale", "BakeViews"]
    position = gltf["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    bounds = gltf["accessors"][position]
    assert bounds["min"][1] == 0
    assert bounds["max"][1] == pytest.approx(2, abs=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {"box.glb", "cache"}


def test_the_same_words_give_the_same_bytes(tmp_path: Path) -> None:
    for name, extra in (("a", []), ("b", []), ("c", ["--no-cache"]), ("d", ["--cache", str(tmp_path / "other")])):
        assert main(["make", "a  red box ", "-o", f"{name}.glb", *SMALL, *extra]) == 0
    first, *others = ((tmp_path / f"{name}.glb").read_bytes() for name in "abcd")
    assert all(other == first for other in others)
    assert str(tmp_path).encode() not in first


def test_a_texture_option_runs_only_the_bake(capsys: pytest.CaptureFixture[str]) -> None:
    def stages(*extra: str) -> list[bool]:
        assert main(["make", "a box", "-o", "a.glb", "--faces", "100", "--json", *extra]) == 0
        report = json.loads(capsys.readouterr().out)
        return [stage["cached"] for stage in report["assets"][0]["stages"]]

    assert stages("--texture-size", "64") == [False] * 5
    assert stages("--texture-size", "128") == [True, True, True, True, False]
    assert stages("--texture-size", "128", "--height", "3") == [True] * 5
    assert stages("--texture-size", "128", "--no-upscale") == [True, True, True, False]
    assert stages("--texture-size", "128", "--seed", "1") == [False] * 5


def test_variants_follow_the_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["make", "a box", "-o", "b.glb", "--seed", "5", "--variants", "2", "--preview", "s.png", "--json"]
    assert main([*arguments, *SMALL]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [(asset["path"], asset["seed"]) for asset in report["assets"]] == [("b-1.glb", 5), ("b-2.glb", 6)]
    assert not (tmp_path / "b.glb").exists()
    assert main(["make", "a box", "-o", "six.glb", "--seed", "6", *SMALL]) == 0
    assert (tmp_path / "six.glb").read_bytes() == (tmp_path / "b-2.glb").read_bytes()
    assert drawn(tmp_path / "s.png").shape == (640, 640, 3)  # two sheets, one above the other


def test_make_from_a_picture(tmp_path: Path) -> None:
    from maquette.formats import save_png

    picture = np.zeros((32, 32, 4), np.float32)
    picture[4:28, 8:24] = 1
    save_png("box.png", picture)
    assert main(["make", "box.png", "-o", "box.glb", *SMALL]) == 0
    receipt = glb_json(tmp_path / "box.glb")["asset"]["extras"]["maquette"]
    assert receipt["input"]["kind"] == "image"
    methods = [stage["method"] for stage in receipt["stages"]]
    assert methods[0] == "CutOut"
    assert methods[-2:] == ["FindCamera", "ProjectPicture"]


@dataclass(frozen=True)
class FromTheFront:
    """A picture taken from the front, whatever it shows: the camera without a search for it."""

    version: ClassVar[int] = 1

    def __call__(self, asset: Asset, picture: Image) -> Views:
        assert picture.alpha is not None
        height, width, _ = picture.rgb.shape
        assert height == width
        return Views(orbit(np.zeros(1), np.zeros(1), width), picture.rgb[None], picture.alpha[None])


@pytest.mark.parametrize("faces", [20, 101, 600])
@pytest.mark.parametrize("kind", ["sentence", "picture"])
def test_the_budget_is_met_exactly_or_by_one_fewer(kind: str, faces: int) -> None:
    alpha = np.zeros((64, 64), np.float32)
    alpha[8:56, 16:48] = 1
    source = "a red box" if kind == "sentence" else Image(np.full((64, 64, 3), 0.5, np.float32), alpha)
    options = replace(box_options(), camera=FromTheFront())
    asset = maquette.make(source, faces=faces, texture_size=64, upscale=False, cache=False, options=options)
    assert len(asset.mesh.faces) in (faces - 1, faces)
    assert is_closed_manifold(*welded(asset.mesh))  # as many as a solid needs, not what a tear left over


def welded(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The mesh without the seams of its texture."""
    places, number = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return places, number.reshape(-1)[mesh.faces].astype(np.int32)


def test_make_from_a_mesh_keeps_its_shape(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", str(box), "-o", "made.glb", "--faces", "20", "--texture-size", "64"]) == 0
    assert main(["inspect", "made.glb", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["watertight"]
    assert report["manifold"]
    assert report["triangles"] <= 20
    given = np.ptp(maquette.load(box).mesh.vertices, axis=0).tolist()
    assert report["bounds_meters"]["size"] == pytest.approx(given, abs=1e-4)  # its size too
    assert report["receipt"]["input"]["kind"] == "mesh"
    assert report["uv"]["overlapping"] < 0.05  # sampled, so a few texels of error on a 64-pixel atlas


def test_preview_draws(box: Path, tmp_path: Path) -> None:
    assert main(["preview", str(box), "-o", "sheet.png", "--size", "32"]) == 0
    assert drawn(tmp_path / "sheet.png").shape == (64, 128, 3)


def drawn(path: Path) -> np.ndarray:
    """The colours of a sheet on which something is to be seen."""
    rgb = load_image(path).rgb
    assert rgb.std() > 0.02
    return rgb


def test_inspect_tells_holes_from_seams() -> None:
    def asset(vertices: np.ndarray, faces: np.ndarray) -> Asset:
        return Asset(Mesh(vertices, faces), None, np.zeros_like(vertices))

    whole = measured(asset(CORNERS, TRIANGLES))
    assert (whole["watertight"], whole["manifold"], whole["positions"]) == (True, True, 8)
    split = measured(asset(CORNERS[TRIANGLES].reshape(-1, 3), np.arange(36, dtype=np.int32).reshape(-1, 3)))
    assert (split["watertight"], split["positions"], split["vertices"]) == (True, 8, 36)
    open_box = measured(asset(CORNERS, TRIANGLES[1:]))
    assert (open_box["watertight"], open_box["manifold"], open_box["open_edges"]) == (False, True, 3)
    flipped = TRIANGLES.copy()
    flipped[0] = flipped[0, ::-1]
    assert not measured(asset(CORNERS, flipped))["watertight"]
    fin = measured(asset(CORNERS, np.concatenate([TRIANGLES, [[0, 1, 7]]]).astype(np.int32)))
    assert not fin["manifold"]
    touching = np.concatenate([CORNERS, CORNERS + 2])  # two boxes that share the corner (1, 1, 1)
    two = measured(asset(touching, np.concatenate([TRIANGLES, TRIANGLES + 8]).astype(np.int32)))
    assert (two["watertight"], two["manifold"], two["pinched_vertices"]) == (True, False, 1)


def test_merging_drops_folded_faces() -> None:
    mesh = merged(
        Mesh(np.array([[0, 0, 0], [1, 0, 0], [-0.0, 0, 0]], np.float32), np.array([[0, 1, 2]], np.int32))
    )
    assert (len(mesh.vertices), len(mesh.faces)) == (2, 0)


def test_doctor_names_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    checks = {row["check"]: row["state"] for row in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["kernels"] == checks["torch"] == checks["python"] == checks["package"] == "ok"
    assert {"machine", "weights", "cache", "cuda", "node", "blender"} < set(checks)


FLAGS = [
    (["--textures", "webp"], "export textures", "webp"),
    (["--compress", "quantize"], "export compress", "quantize"),
    (["--pivot", "back"], "export pivot", "back"),
    (["--lods-in", "files"], "export lods", "files"),
    (["--collision-in", "inside"], "export collision", "inside"),
    (["--solid"], "make solid", True),
    (["--quads"], "make quads", True),
    (["--curvature"], "make curvature", True),
]
FLAGS_OF_MAKE = [
    (["--like-strength", "0.4"], "make like_strength", 0.4),
    (["--like-strength", "-0.4"], "make like_strength", -0.4),
    (["--delight"], "make delight", True),
    (["--shape", "hull"], "make shape", "hull"),
    (["--cutout", "model"], "make cutout", "model"),
    (["--no-upscale"], "make upscale", False),
    (["--commercial"], "make commercial", True),
    (["--longest", "640"], "read longest", 640),
]


@pytest.mark.parametrize(
    ("command", "flag", "name", "value"),
    [(command, *flag) for command in ("make", "finish") for flag in FLAGS]
    + [("make", *flag) for flag in FLAGS_OF_MAKE],
    ids=lambda part: " ".join(part) if isinstance(part, list) else str(part),
)
def test_a_flag_changes_what_it_says_and_nothing_else(
    command: str, flag: list[str], name: str, value: object, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, object] = {}

    def read(source: str, longest: int) -> str:
        told["read longest"] = longest
        return source

    def make(source: str, **options: object) -> Asset:
        told.update({f"make {key}": option for key, option in options.items() if key != "run"})
        return finished()

    def export(asset: Asset, path: Path, **options: object) -> list[Path]:
        told.update({f"export {key}": option for key, option in options.items()})
        return [path]

    monkeypatch.setattr("maquette.pipeline.source.read_source", read)
    monkeypatch.setattr("maquette.pipeline.make.make", make)
    monkeypatch.setattr("maquette.formats.exporting.export", export)
    assert main([command, str(box), "-o", "a.glb", "--no-cache"]) == 0
    plain = dict(told)
    told.clear()
    assert main([command, str(box), "-o", "a.glb", "--no-cache", *flag]) == 0
    assert plain[name] != value
    assert told == {**plain, name: value}


WRONG_OPTIONS = {
    "few faces": (["--faces", "19"], "faces 19 .* 20 to 200000"),
    "many faces": (["--faces", "200001"], "20 to 200000"),
    "faces of a fraction": (["--faces", "3.5"], "--faces: '3.5' is not a whole number"),
    "texture size": (["--texture-size", "1000"], "64, 128, 256"),
    "large texture": (["--texture-size", "8192"], "4096"),
    "no height": (["--height", "0"], "height 0.0 .* metres"),
    "negative height": (["--height", "-1"], "height -1.0"),
    "infinite height": (["--height", "inf"], "height inf"),
    "height of nan": (["--height", "nan"], "height nan"),
    "height of letters": (["--height", "tall"], "--height: 'tall' is not a number"),
    "negative seed": (["--seed", "-1"], "seed -1 .* 0 to 4294967295"),
    "large seed": (["--seed", "4294967296"], "4294967295"),
    "variants past the last seed": (["--seed", "4294967295", "--variants", "2"], "4294967295"),
    "no variants": (["--variants", "0"], "variants 0 .* 1 to 100"),
    "best of none": (["--best-of", "0"], "best of 0 .* 1 to 32"),
    "best of too many": (["--best-of", "33"], "best of 33 .* 1 to 32"),
    "unknown option": (["--colour", "red"], "no such option or argument: --colour"),
    "missing value": (["--seed"], "--seed needs a value"),
    "cache twice": (["--cache", "c", "--no-cache"], "exclude each other"),
    "preview that is no PNG": (["--preview", "s.jpg"], r"s\.jpg.*\.png"),
    "preview in no folder": (["--preview", "no/s.png"], "no does not exist"),
    "output of another kind": (["-o", "a.fbx"], r"a\.fbx.*\.glb"),
    "output in no folder": (["-o", "no/a.glb"], "no does not exist"),
    "output that is a folder": (["-o", "folder.glb"], "folder.glb is a folder"),
    "cache that is a file": (["--cache", "file"], "cache file cannot be written"),
}


@pytest.mark.parametrize("name", WRONG_OPTIONS)
def test_a_wrong_option_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder.glb").mkdir()
    (tmp_path / "file").write_text("")
    options, expected = WRONG_OPTIONS[name]
    output = [] if "-o" in options else ["-o", "a.glb"]
    assert re.search(expected, failure(capsys, "make", "a box", *output, *options))
    assert {path.name for path in tmp_path.iterdir()} == {"folder.glb", "file"}


WRONG_SOURCES = {
    "": "empty",
    "   ": "empty",
    "a box " * 60: f"at most {LONGEST_PROMPT}",
    "1234 !?": "no letters",
    "красный стул": "Cyrillic",
    "赤い椅子": "Cjk",
    "a крesло": "Cyrillic",
    "a\x07box": "control",
    "missing.png": "no such file",
    "missing dir/missing.glb": "no such file",
    "./missing": "no such file",
    "no/such/thing": "no such file",
    "folder": "is a folder",
    "notes.txt": "not a kind of file",
    "empty.png": "empty",
    "empty.obj": "empty",
    "fake.png": "fake.png",
    "cut.glb": "cut.glb",
}


@pytest.mark.parametrize("source", WRONG_SOURCES)
def test_a_wrong_source_is_one_line(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("a red stool")
    (tmp_path / "empty.png").touch()
    (tmp_path / "empty.obj").touch()
    (tmp_path / "fake.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture")
    (tmp_path / "cut.glb").write_bytes(b"glTF\x02\0\0\0\xff\0\0\0")
    before = {path.name for path in tmp_path.iterdir()}
    assert WRONG_SOURCES[source] in failure(capsys, "make", source, "-o", "a.glb")
    assert {path.name for path in tmp_path.iterdir()} - {"cache"} == before


def test_sentences_have_one_form() -> None:
    assert sentence("  a red\n\t wooden   stool ") == "a red wooden stool"
    assert sentence("a café table") == sentence("a cafe\u0301 table")
    assert read_source("a red/blue stool, 3.5 ft.") == "a red/blue stool, 3.5 ft."
    assert read_source("stool.") == "stool."
    with pytest.raises(InputError, match="no such file"):
        read_source(Path("a red stool"))


def test_the_source_is_never_overwritten(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", str(box), "-o", "made.glb", *SMALL]) == 0
    capsys.readouterr()
    assert "source itself" in failure(capsys, "make", "made.glb", "-o", "./made.glb", *SMALL)


@pytest.mark.parametrize(
    ("source", "given", "told"),
    [
        ("a chair", {"solid": True, "shape": True}, "shape and solid change nothing for a sentence"),
        (Image(np.zeros((4, 4, 3), np.float32)), {"delight": True}, "delight changes nothing for a picture"),
        ("a chair", {"best_of": True, "upscale": True}, None),
    ],
)
def test_options_that_change_nothing_are_named(source: object, given: dict[str, bool], told: str | None) -> None:
    every = dict.fromkeys(("best_of", "upscale", "cutout", "shape", "delight", "solid"), False)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        _note_ignored(source, **(every | given))
    assert [str(note.message) for note in notes] == ([told] if told else [])


def test_models_show_names_what_a_sentence_may_ask_for(capsys):
    assert main(["models", "show", "mini-views", "--json"]) == 0
    things = json.loads(capsys.readouterr().out)["draws"]
    assert len(things) == len(set(things)) >= 60
    for thing in things:
        assert check(f"a {thing}", vocabulary()).nouns, thing
    assert main(["models", "show", "upscaler", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["draws"] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_in_the_documentation(command: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "cli.md").read_text()
    sections = (section.partition("\n") for section in text.split("\n## "))
    section = next(body for heading, _, body in sections if command.split()[0] in heading.split(", "))
    module, kind, _ = COMMANDS[command]
    names = [field.name for field in fields(getattr(importlib.import_module(module), kind))]
    flags = [
        f"--{name.replace('_', '-')}"
        for name in names
        if name not in ("source", "mesh", "asset", "output", "a", "b", "name", "folder", "key")
    ]
    assert [flag for flag in flags if flag not in section] == []


def test_unquoted_words_are_told_about_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    assert "quotes" in failure(capsys, "make", "a", "red", "stool", "-o", "a.glb")
    assert "needs SOURCE and -o" in failure(capsys, "make")
    assert "did you mean `maquette make`" in failure(capsys, "mkae", "a stool")
    assert 'maquette make "a red stool"' in failure(capsys, "a red stool")
    assert "cache list" in failure(capsys, "cache", "lits")
    assert "one of --older-than" in failure(capsys, "cache", "prune")
    assert "'x' is not a number" in failure(capsys, "cache", "prune", "--older-than", "x")
    assert "does not exist" in failure(capsys, "cache", "list", "--cache", "no")
    assert "does not exist" in failure(capsys, "inspect", "no.glb")
    assert "a.jpg" in failure(capsys, "preview", "no.glb", "-o", "a.jpg")
    assert "32 to 1024" in failure(capsys, "preview", "no.glb", "-o", "a.png", "--size", "1")


def test_what_breaks_in_maquette_is_one_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Views:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(BoxViews, "__call__", broken)
    assert main(["make", "a box", "-o", "a.glb"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("maquette: ZeroDivisionError: by zero (set MAQUETTE_DEBUG=1")
    monkeypatch.setenv("MAQUETTE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["make", "a box", "-o", "a.glb"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_leaves_nothing_half_written(number: int, code: int, tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import signal, sys
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_cli
        from maquette.pipeline import make
        def wait(self, source):
            print("running", flush=True)
            signal.pause()
        test_cli.BoxViews.__call__ = wait
        make.Options = test_cli.box_options
        sys.exit(test_cli.main(["make", "a box", "-o", "a.glb"]))
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code
    assert "Traceback" not in errors
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_help_is_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    assert all(name in overview for name in COMMANDS)
    for name in COMMANDS:
        assert main([*name.split(), "--help"]) == 0
        assert f"usage: maquette {name}" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"maquette {__version__}\n"


@pytest.mark.parametrize("arguments", ["--help", "make --help", "cache list", "inspect box.obj", "doctor --help"])
def test_light_commands_load_no_torch(arguments: str, box: Path) -> None:
    code = f"import sys; from maquette.cli import main; main({arguments.split()!r}); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=box.parent)
    assert done.stdout.splitlines()[-1] == "False"


def test_notes_go_to_json_or_to_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("maquette.pipeline._store.save", full)
    assert main(["make", "a box", "-o", "a.glb", *SMALL, "--json"]) == 0
    assert "No space left" in json.loads(capsys.readouterr().out)["notes"][0]


SHARED = Path(__file__).parents[1].parent / "shared" / "data"
REAL = sorted([*(SHARED / "nasty").glob("*"), *(SHARED / "bad_gltf").rglob("*.glb")])


@pytest.mark.skipif(not REAL, reason="the collection of damaged files is not beside this checkout")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_damaged_files_make_an_asset_or_one_line(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["make", str(path), "-o", "a.glb", *SMALL])
    told = capsys.readouterr()
    if code == 0:
        assert (tmp_path / "a.glb").stat().st_size > 0
    else:
        assert code == 2, told.err
        assert re.fullmatch(r"maquette: [^\n]+", told.err.splitlines()[-1])
        assert not (tmp_path / "a.glb").exists()
