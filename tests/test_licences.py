"""`--commercial`: what may not be used commercially is refused before any work, and named with the alternative."""

import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

import maquette
from maquette.artifacts import Image, Views
from maquette.cli import main
from maquette.errors import InputError
from maquette.pipeline._licences import COMMERCIAL, RESEARCH_ONLY, check_models, check_packages
from maquette.pipeline.chains import Options
from maquette.weights import Weights


@dataclass(frozen=True)
class Borrowed:
    """A first stage with someone else's model."""

    licence: str
    version: ClassVar[int] = 1
    seed: int = 0

    @property
    def weights(self) -> Weights:
        return Weights("borrowed", "0" * 64, 1, self.licence, file="borrowed.safetensors")

    def __call__(self, source: str | Image) -> Views:
        raise AssertionError("nothing may run")


@pytest.fixture
def nvdiffrast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that name, as pip would put it there."""
    folder = tmp_path / "packages" / "nvdiffrast"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('nothing may import it')\n")
    monkeypatch.syspath_prepend(str(folder.parent))
    assert importlib.util.find_spec("nvdiffrast") is not None


def test_all_that_comes_with_the_package_may_be_used() -> None:
    check_models(Options())
    assert not {"CC-BY-NC-4.0", "CC-BY-SA-4.0", "GPL-3.0-only", "unknown"} & COMMERCIAL


def test_nvdiffrast_is_refused_before_any_work(
    nvdiffrast: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(["make", "a red stool", "-o", "stool.glb", "--cache", "cache", "--commercial"])
    said = capsys.readouterr().err.strip()
    assert code == 2
    assert said.count("\n") == 0
    assert "nvdiffrast" in said
    assert "research and evaluation only" in said
    assert "pip uninstall nvdiffrast" in said
    assert not (tmp_path / "stool.glb").exists()
    assert not (tmp_path / "cache").exists()
    with pytest.raises(InputError, match="nvdiffrast"):
        maquette.make("a red stool", commercial=True, cache=False)


def test_without_it_packages_are_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    check_packages()


def test_doctor_names_nvdiffrast_and_its_licence(nvdiffrast: None, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    checks = {row["check"]: row for row in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["nvdiffrast"]["state"] == "note"
    assert RESEARCH_ONLY["nvdiffrast"][1] in checks["nvdiffrast"]["found"]


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "unknown", "CreativeML-OpenRAIL-M", ""])
def test_a_model_that_is_not_known_to_be_allowed_is_refused(licence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maquette.pipeline.make.check_packages", lambda: None)  # whatever is installed here
    options = replace(Options(), multiview=Borrowed(licence))
    with pytest.raises(InputError, match=rf"multiview: borrowed.*Borrowed.*'{licence}'.*default, Mini"):
        maquette.make("a red stool", options=options, commercial=True, cache=False)


def test_an_allowed_model_passes_and_nobody_else_is_asked() -> None:
    check_models(replace(Options(), multiview=Borrowed("MIT"), upscale=None))
    with pytest.raises(AssertionError, match="nothing may run"):
        maquette.make("a red stool", options=replace(Options(), multiview=Borrowed("CC-BY-NC-4.0")), cache=False)
