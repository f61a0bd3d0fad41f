"""The library's face: light to import, and few names."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import maquette
from maquette.errors import InputError
from maquette.weights import Weights, download, locate


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, maquette; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "scipy", "trimesh", "PIL", "rich", "tyro"} & set(done.stdout.split())


def test_every_public_name_is_there() -> None:
    for name in dir(maquette):
        assert getattr(maquette, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'mkae'"):
        maquette.mkae  # noqa: B018


def test_using_the_library_without_a_generator_loads_no_torch() -> None:
    code = "import sys, maquette; maquette.make, maquette.load, maquette.export_glb; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "options", [{"seed": -1}, {"faces": 3}, {"texture_size": 100}, {"height": float("nan")}], ids=str
)
def test_make_refuses_what_the_command_refuses(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        maquette.make("a stool", **options)  # pyright: ignore


CONTENT = b"\x08\0\0\0\0\0\0\0{}      "


def _weights(path: Path, **changes: object) -> Weights:
    return Weights(
        **{
            "name": "tiny",
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "size": len(CONTENT),
            "licence": "Apache-2.0",
            "url": path.as_uri(),
            **changes,
        }
    )  # pyright: ignore


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAQUETTE_WEIGHTS", str(tmp_path / "weights"))
    path = tmp_path / "served.safetensors"
    path.write_bytes(CONTENT)
    return path


def test_weights_are_never_fetched_unasked(served: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing; fetch it"):
        locate(_weights(served))
    assert not (tmp_path / "weights").exists()
    path = download(_weights(served))
    assert path == locate(_weights(served))
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size": 1}], ids=["digest", "size"])
def test_other_than_the_pinned_is_not_kept(changes: dict[str, object], served: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="another file than the pinned one"):
        download(_weights(served, **changes))
    assert list((tmp_path / "weights").iterdir()) == []


def test_damaged_weights_are_refused(served: Path) -> None:
    download(_weights(served)).write_bytes(CONTENT[:-1] + b"!")
    locate.cache_clear()
    with pytest.raises(InputError, match="is damaged"):
        locate(_weights(served))


def test_an_address_that_does_not_answer(tmp_path: Path, served: Path) -> None:
    with pytest.raises(InputError, match="cannot be fetched"):
        download(_weights(tmp_path / "gone.safetensors"))
    assert list((tmp_path / "weights").iterdir()) == []


def test_weights_are_safetensors_from_one_place() -> None:
    with pytest.raises(ValueError, match="pickled"):
        Weights("a", "", 1, "MIT", file="a.pt")
    with pytest.raises(ValueError, match="one of the two"):
        Weights("a", "", 1, "MIT")


def test_unknown_words_are_told_with_the_nearest_known(monkeypatch: pytest.MonkeyPatch) -> None:
    from maquette.multiview._text import Vocabulary
    from maquette.pipeline import make
    from maquette.pipeline.run import Note

    known = Vocabulary(("stool", "lamp", "red", "wooden"), {"stool": "stool", "lamp": "lamp"})
    monkeypatch.setattr(make, "vocabulary", lambda: known)
    with pytest.warns(Note, match=r'nothing in "a red stoat" .* stool, lamp'):
        make._warn_of_unknown_words("a red stoat")
    with pytest.warns(Note, match="does not know: shimmering"):
        make._warn_of_unknown_words("a shimmering red stool")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make._warn_of_unknown_words("a red wooden stool")
    seldom = Vocabulary(known.words, known.nouns, frozenset({"stool"}))
    monkeypatch.setattr(make, "vocabulary", lambda: seldom)
    with pytest.warns(Note, match=r"too few of these to draw them well: lamp; .* make: stool \("):
        make._warn_of_unknown_words("a red lamp")
    with pytest.warns(Note, match="too few of these to draw them well: lamp$"):
        make._warn_of_unknown_words("a red lamp with a stool")


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "3000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None")],
)
def test_threads_wait_without_spinning_for_long_unless_told_to(given: dict[str, str], expected: str) -> None:
    inherited = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    program = "import maquette, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    found = subprocess.run(
        [sys.executable, "-c", program], env={**inherited, **given}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == expected
