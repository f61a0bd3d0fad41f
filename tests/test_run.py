"""The cache: content-addressed, kill-safe, shared by processes, and never believed without its digest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from maquette.artifacts import Asset, Cameras, Gaussians, Image, Material, Mesh, Views
from maquette.cameras import axis_aligned
from maquette.cli import main
from maquette.errors import InputError
from maquette.pipeline._digest import digest
from maquette.pipeline._store import Store
from maquette.pipeline.run import Note, Run, Step, default_cache
from maquette.weights import Weights

calls: list[str] = []


@dataclass(frozen=True)
class Grow:
    """A first stage: a mesh from a word."""

    version: ClassVar[int] = 1
    seed: int = 0
    workers: int = field(default=1, metadata={"key": False})

    def __call__(self, word: str) -> Mesh:
        calls.append("grow")
        rng = np.random.default_rng([self.seed, len(word)])
        return Mesh(rng.random((6, 3), np.float32), rng.integers(0, 6, (4, 3)).astype(np.int32))


@dataclass(frozen=True)
class Scale:
    """A second stage, which depends on the first."""

    version: ClassVar[int] = 1
    factor: float = 2.0

    def __call__(self, mesh: Mesh) -> Mesh:
        calls.append("scale")
        return replace(mesh, vertices=mesh.vertices * np.float32(self.factor))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    calls.clear()


def entries(cache: Path) -> list[Path]:
    return [path for path in cache.glob("v1/??/*") if path.is_dir()]


def artifacts() -> list[object]:
    rng = np.random.default_rng(0)
    mesh = Mesh(rng.random((5, 3), np.float32), np.array([[0, 1, 2]], np.int32), rng.random((5, 3), np.float32))
    views = Views(
        axis_aligned(4), rng.random((6, 4, 4, 3), np.float32), np.ones((6, 4, 4), np.float32),
        depth=rng.random((6, 4, 4), np.float32),
    )  # fmt: skip
    material = Material(rng.random((8, 8, 3), np.float32), metallic=0.1 + 0.2)
    asset = Asset(
        mesh, rng.random((5, 2), np.float32), rng.random((5, 3), np.float32), material, 1 / 3,
        {"prompt": "é", "stages": ({"key": "a", "n": 1},), "none": None, "yes": True},
    )  # fmt: skip
    empty = Gaussians(*(np.zeros((0, *shape), np.float32) for shape in ((3,), (3,), (4,), (), (1, 3))))
    picture = Image(rng.random((2, 3, 3), np.float32))
    return [mesh, views, asset, empty, picture, (mesh, "text", 1.5), np.arange(3), views.cameras]


@pytest.mark.parametrize("artifact", artifacts(), ids=lambda value: type(value).__name__)
def test_every_artifact_comes_back_bit_for_bit(artifact: object, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("ab" * 32, artifact, {})
    assert digest(store.read("ab" * 32)) == digest(artifact)


def test_digests_tell_apart_what_looks_alike() -> None:
    alike = [
        1, 1.0, True, "1", b"1", None, "", (), {}, (1,), ((1,),), ("ab", "c"), ("a", "bc"), {"a": 1}, ("a", 1),
        np.zeros(2, np.float32), np.zeros(2, np.int32), np.zeros((2, 1), np.float32), np.zeros((1, 2), np.float32),
        Scale(), Scale(3.0), Grow(), Grow(1), -1, 0.0, -0.0,
    ]  # fmt: skip
    assert len({digest(value) for value in alike}) == len(alike)


def test_digests_are_of_content_not_of_layout() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert digest(array) == digest(np.asfortranarray(array)) == digest(array.astype(">f4"))
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) == digest((1, 2))
    with pytest.raises(TypeError, match="Path"):
        digest(Path("a"))


def test_keys_are_the_same_in_every_process(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import numpy as np
        from maquette.artifacts import Material, Mesh
        from maquette.pipeline._digest import digest
        mesh = Mesh(np.arange(9, dtype=np.float32).reshape(3, 3), np.array([[0, 1, 2]], np.int32))
        print(digest((mesh, Material(), "a stool", {"z": 1, "a": {"x", }.pop()})))
        """
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1


def test_an_option_runs_again_only_what_depends_on_it(tmp_path: Path) -> None:
    def chain(seed: int, factor: float) -> list[str]:
        calls.clear()
        run = Run(tmp_path)
        run(Scale(factor), run(Grow(seed), "stool"))
        assert [step.state == "made" for step in run.steps] == [name in calls for name in ("grow", "scale")]
        return list(calls)

    assert chain(0, 2.0) == ["grow", "scale"]
    assert chain(0, 2.0) == []
    assert chain(0, 3.0) == ["scale"]
    assert chain(1, 3.0) == ["grow", "scale"]
    assert chain(0, 2.0) == []


def test_what_does_not_change_the_result_is_not_in_the_key(tmp_path: Path) -> None:
    first, second = Run(tmp_path), Run(tmp_path)
    first(Grow(workers=1), "stool")
    second(Grow(workers=8), "stool")
    assert calls == ["grow"]
    assert first.steps[0].key == second.steps[0].key


def test_version_and_weights_are_in_the_key() -> None:
    @dataclass(frozen=True)
    class Draw:
        version: ClassVar[int] = 1
        weights: ClassVar[Weights] = Weights("a", "0" * 64, 1, "Apache-2.0", file="a.safetensors")

        def __call__(self) -> str:
            return ""

    def key() -> str:
        run = Run(None)
        run(Draw())
        return run.steps[0].key

    keys = [key()]
    Draw.weights = replace(Draw.weights, sha256="1" * 64)
    keys.append(key())
    Draw.version = 2
    keys.append(key())
    assert len(set(keys)) == 3


def test_a_method_without_version_is_refused() -> None:
    with pytest.raises(TypeError, match="version"):
        Run(None)(lambda: "")


def test_without_a_cache_it_just_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAQUETTE_CACHE", str(tmp_path))
    run = Run(cache=None)
    run(Grow(), "stool")
    run(Grow(), "stool")
    assert calls == ["grow", "grow"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest", "values", "swap"])
def test_a_damaged_entry_is_made_again(damage: str, tmp_path: Path) -> None:
    made = Run(tmp_path)(Grow(), "stool")
    (place,) = entries(tmp_path)
    arrays, manifest = place / "arrays.safetensors", place / "manifest.json"
    content = bytearray(arrays.read_bytes())
    if damage == "flip":
        content[-1] ^= 1
        arrays.write_bytes(content)
    elif damage == "cut":
        arrays.write_bytes(content[: len(content) // 2])
    elif damage == "remove":
        arrays.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    elif damage == "values":
        manifest.write_text(manifest.read_text().replace('"artifact": "Mesh"', '"artifact": "Image"'))
    else:
        other = Run(tmp_path / "other")
        other(Grow(seed=5), "stool")
        (their,) = entries(tmp_path / "other")
        arrays.write_bytes((their / "arrays.safetensors").read_bytes())
    assert digest(Run(tmp_path)(Grow(), "stool")) == digest(made)
    assert calls.count("grow") == (3 if damage == "swap" else 2)
    calls.clear()
    Run(tmp_path)(Grow(), "stool")
    assert calls == []


def test_a_kill_while_writing_leaves_a_usable_cache(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from maquette.pipeline import _store
import test_run, os, signal
_store.os.fsync = lambda handle: (print("writing", flush=True), signal.pause())
test_run.Run(test_run.Path({str(tmp_path)!r}))(test_run.Grow(), "stool")
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=120)
    process.stdout.close()
    assert entries(tmp_path) == []
    assert len(list(tmp_path.glob("v1/tmp/*"))) == 1
    Run(tmp_path)(Grow(), "stool")
    assert len(entries(tmp_path)) == 1
    # Nothing younger than a writer can be is swept; what is older is.
    store = Store(tmp_path)
    assert store.sweep() == 0
    (left,) = tmp_path.glob("v1/tmp/*")
    os.utime(left, (time.time() - 3600, time.time() - 3600))
    assert store.sweep() == 1
    assert list(tmp_path.glob("v1/tmp/*")) == []
    assert len(entries(tmp_path)) == 1


def test_what_was_long_left_unfinished_goes(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.unfinished is not None
    run.unfinished.mkdir(parents=True)
    (run.unfinished / "a.safetensors").write_bytes(b"")
    store = Store(tmp_path)
    assert store.sweep() == 0
    week = time.time() - 8 * 86400
    os.utime(run.unfinished / "a.safetensors", (week, week))
    assert store.sweep() == 1
    assert not list(run.unfinished.iterdir())
    assert entries(tmp_path) == []
    assert Run(None).unfinished is None


def test_cancelling_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("maquette.pipeline._store.os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Run(tmp_path)(Grow(), "stool")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def cancel(step: Step) -> None:
        raise RuntimeError(f"stop at {step.method}")

    with pytest.raises(RuntimeError, match="stop at Grow"):
        Run(tmp_path, cancel)(Grow(), "stool")
    assert calls == ["grow"]


def test_two_writers_at_once_are_harmless(tmp_path: Path) -> None:
    mesh = Grow()("stool")
    store, start = Store(tmp_path), threading.Barrier(8)

    def write() -> None:
        start.wait()
        for _ in range(5):
            store.write("cd" * 32, mesh, {})
            assert digest(store.read("cd" * 32)) == digest(mesh)

    failures: list[object] = []
    threading.excepthook = lambda arguments: failures.append(arguments.exc_value)
    try:
        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = threading.__excepthook__
    assert failures == []
    assert len(entries(tmp_path)) == 1
    assert list(tmp_path.glob("v1/tmp/*")) == []


def test_two_processes_at_once_are_harmless(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_run
for seed in range(10):
    mesh = test_run.Run(test_run.Path({str(tmp_path)!r}))(test_run.Grow(seed), "stool")
    assert test_run.digest(mesh) == test_run.digest(test_run.Grow(seed)("stool"))
"""
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    assert len(entries(tmp_path)) == 10


def test_a_folder_of_others_costs_the_cache_not_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a folder without permission says, also to root, whom nothing is forbidden."""

    def forbidden(*_: object, **__: object) -> bool:
        raise PermissionError(13, "Permission denied")

    run = Run(tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_dir", forbidden)
        patch.setattr(Path, "mkdir", forbidden)
        with pytest.warns(Note, match="Permission denied"):
            assert isinstance(run(Grow(), "stool"), Mesh)
    assert run.cache is None


def test_a_full_disk_costs_the_cache_not_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("maquette.pipeline._store.os.fsync", full)
    run = Run(tmp_path)
    with pytest.warns(Note, match="No space left on device"):
        mesh = run(Grow(), "stool")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # said once
        run(Scale(), mesh)
    assert [step.state for step in run.steps] == ["made", "made"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("text", ["nan", "-1", "much", ""])
def test_a_size_that_is_none_empties_no_cache(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("MAQUETTE_CACHE_GB", text)
    with pytest.raises(InputError, match="gigabytes"):
        Run()
    monkeypatch.setenv("MAQUETTE_CACHE_GB", "2.5")
    assert Run().cache_gb == 2.5


def test_progress_tells_every_step_twice(tmp_path: Path) -> None:
    told: list[Step] = []
    Run(tmp_path, told.append)(Grow(), "stool")
    Run(tmp_path, told.append)(Grow(), "stool")
    assert [step.state for step in told] == ["running", "made", "running", "kept"]
    assert {step.key for step in told} == {told[0].key}


def test_the_default_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAQUETTE_CACHE", str(tmp_path / "mine"))
    assert default_cache() == tmp_path / "mine"
    monkeypatch.delenv("MAQUETTE_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "maquette"


def _filled(cache: Path) -> list[Path]:
    for seed in range(3):
        Run(cache)(Grow(seed), "stool")
        newest = max(entries(cache), key=lambda place: place.stat().st_mtime)
        day = time.time() - 86400 * (10 - seed)
        os.utime(newest, (day, day))
    return sorted(entries(cache), key=lambda place: place.stat().st_mtime)


def test_pruning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oldest, middle, newest = _filled(tmp_path)
    assert main(["cache", "prune", "--older-than", "9.5", "--cache", str(tmp_path)]) == 0
    assert set(entries(tmp_path)) == {middle, newest}
    size = sum(path.stat().st_size for path in newest.iterdir())
    assert main(["cache", "prune", "--max-size", str(1.5 * size / 1e9), "--cache", str(tmp_path)]) == 0
    assert entries(tmp_path) == [newest]
    assert main(["cache", "prune", "--all", "--cache", str(tmp_path)]) == 0
    assert entries(tmp_path) == []
    assert "removed 1 result" in capsys.readouterr().out
    assert not oldest.exists()


def test_reading_counts_as_use(tmp_path: Path) -> None:
    oldest, _, _ = _filled(tmp_path)
    Run(tmp_path)(Grow(0), "stool")
    assert max(entries(tmp_path), key=lambda place: place.stat().st_mtime) == oldest


def test_verify_names_and_removes_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged, *whole = _filled(tmp_path)
    assert main(["cache", "verify", "--cache", str(tmp_path)]) == 0
    (damaged / "arrays.safetensors").write_bytes(b"")
    assert main(["cache", "verify", "--cache", str(tmp_path)]) == 1
    assert damaged.name[:12] in capsys.readouterr().out
    assert set(entries(tmp_path)) == set(whole)


def test_list_tells_what_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _filled(tmp_path)
    (entries(tmp_path)[0] / "manifest.json").unlink()
    assert main(["cache", "list", "--cache", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert sum("Grow" in line for line in lines) == 2
    assert sum("damaged" in line for line in lines) == 1


def test_cameras_keep_their_type(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("ef" * 32, axis_aligned(8), {})
    cameras = store.read("ef" * 32)
    assert isinstance(cameras, Cameras)
    assert cameras.projection == "orthographic"


def test_the_folder_stays_within_its_size(tmp_path: Path) -> None:
    run = Run(tmp_path, cache_gb=4e-6)
    for seed in range(40):  # about a kilobyte each, and one key in sixteen weighs the folder
        run(Grow(seed), "stool")
    weighed = [i for i, step in enumerate(run.steps) if step.key.startswith("0")]
    assert weighed
    kept = {place.name for place in entries(tmp_path)}
    assert {step.key for step in run.steps[weighed[-1] :]} <= kept
    assert len(kept) < 40


def test_show_writes_what_other_programs_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "cache")
    mesh, views, *_ = artifacts()
    store.write("ab" * 32, mesh, {})
    store.write("ac" * 32, views, {})
    cache = ["--cache", str(store.folder)]
    assert main(["cache", "show", "ab", "-o", str(tmp_path / "mesh"), *cache]) == 0
    assert (tmp_path / "mesh" / "asset.glb").read_bytes().startswith(b"glTF")
    assert main(["cache", "show", "ac", "-o", str(tmp_path / "views"), *cache]) == 0
    assert len(list((tmp_path / "views").glob("**/*.png"))) >= 6
    capsys.readouterr()
    assert main(["cache", "show", "a", "-o", str(tmp_path / "none"), *cache]) == 2
    assert "2 results" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_damage_in_a_cache_of_others_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Run(tmp_path)(Grow(), "stool")
    (entries(tmp_path)[0] / "manifest.json").write_text("[" * 100_000)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refused)
    assert digest(Run(tmp_path)(Grow(), "stool")) == digest(made)


def test_every_stage_of_the_default_chain_can_be_kept() -> None:
    from maquette.pipeline.chains import Options

    options = Options()
    stages = [stage for stage in (getattr(options, each.name) for each in fields(options)) if callable(stage)]
    assert len(stages) >= 15
    assert all(type(stage).version >= 1 for stage in stages)  # pyright: ignore
    assert len({digest(stage) for stage in stages}) == len(stages)
