"""The examples run as they are, and write files that can be read again."""

import runpy
from pathlib import Path

import pytest

from maquette import load

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("[0-9]*.py"))
assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAQUETTE_CACHE", str(tmp_path / "cache"))
    runpy.run_path(str(example), run_name="__main__")
    written = sorted(tmp_path.glob("*.glb"))
    assert written
    assert all(len(load(path).mesh.faces) > 100 for path in written)
