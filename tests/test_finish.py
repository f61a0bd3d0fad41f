"""`maquette finish`: one command from any mesh to an asset with levels, hulls and its own size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

import maquette
from maquette.artifacts import Asset
from maquette.cli import main
from maquette.formats import load
from maquette.pipeline.run import Run


@pytest.fixture
def vase(tmp_path: Path) -> Path:
    """A closed thing, 7 cm high."""
    solid = trimesh.creation.capsule(height=0.03, radius=0.02, count=[24, 24])
    solid.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    solid.export(tmp_path / "vase.glb")
    return tmp_path / "vase.glb"


def test_a_mesh_is_finished_with_levels_and_hulls_at_its_own_size(vase, tmp_path, capsys):
    out = tmp_path / "out.glb"
    options = ["--faces", "600", "--texture-size", "128", "--no-cache", "--json"]
    assert main(["finish", str(vase), "-o", str(out), *options]) == 0
    told = json.loads(capsys.readouterr().out)["assets"][0]
    assert told["triangles"] == 600
    assert told["height_meters"] == pytest.approx(0.07, rel=1e-3)
    assert [stage["method"] for stage in told["stages"]][-2:] == ["Lods", "Collision"]
    counts = [level["faces"] for level in told["receipt"]["lods"]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 3
    asset = load(out)
    size = np.ptp(asset.mesh.vertices, axis=0)
    np.testing.assert_allclose(size, [0.04, 0.07, 0.04], rtol=0.03)
    hulls = load(tmp_path / "out_collision.glb")
    # Around a convex thing the hulls are the thing, but for what 32 vertices round off.
    np.testing.assert_allclose(np.ptp(hulls.mesh.vertices, axis=0), size, rtol=0.1)


def test_make_and_finish_are_one_chain(vase):
    plain = maquette.make(vase, faces=400, texture_size=64, cache=False)
    full = maquette.make(vase, faces=400, texture_size=64, lods=2, hulls=1, height=2.0, cache=False)
    np.testing.assert_array_equal(plain.mesh.vertices, full.mesh.vertices)
    assert plain.lods == ()
    assert plain.collision == ()
    assert plain.height_meters == pytest.approx(0.07, rel=1e-3)
    assert full.height_meters == 2.0
    assert len(full.lods) == 2
    assert len(full.collision) == 1
    assert all(
        level.tangents is not None and len(level.tangents) == len(level.mesh.vertices) for level in full.lods
    )


def test_levels_and_hulls_of_a_source_are_made_anew_or_left_out(vase, tmp_path):
    full = maquette.make(vase, faces=400, texture_size=64, lods=2, hulls=1, cache=False)
    maquette.export_glb(full, tmp_path / "full.glb", collision="inside")
    source = load(tmp_path / "full.glb")
    assert (len(source.lods), len(source.collision)) == (2, 1)
    again = maquette.make(
        source, faces=300, texture_size=64, cache=False
    )  # of other proportions and another pivot
    assert (again.lods, again.collision) == ((), ())


def test_one_hull_in_place_of_several_is_said(vase, monkeypatch):
    monkeypatch.setattr("maquette.pipeline.make.best_decomposition", lambda: "hull")
    with pytest.warns(UserWarning, match=r"one convex hull.*maquette\[collision\]"):
        maquette.make(vase, faces=100, texture_size=64, hulls=4, cache=False)


def test_nodes_are_called_what_the_file_is_called(vase, tmp_path):
    renamed = vase.rename(tmp_path / "Old Vase (2).glb")
    asset = maquette.make(renamed, faces=100, texture_size=64, cache=False)
    maquette.export_glb(asset, tmp_path / "a.glb")
    assert b'"name":"old_vase_2"' in (tmp_path / "a.glb").read_bytes()
    maquette.export_glb(
        maquette.make(renamed, faces=100, texture_size=64, name="urn", cache=False), tmp_path / "a.glb"
    )
    assert b'"name":"urn"' in (tmp_path / "a.glb").read_bytes()


def test_what_is_made_of_words_is_a_metre_high_and_may_have_levels():
    asset = maquette.make("a red box", faces=200, texture_size=64, lods=1, run=Run(None))
    assert isinstance(asset, Asset)
    assert asset.height_meters == 1.0
    assert len(asset.lods) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--lods", "9"], "9 levels"), (["--hulls", "-1"], "-1 hulls"), (["--faces", "3"], "faces 3")],
)
def test_numbers_out_of_range_are_refused_before_any_work(vase, tmp_path, capsys, options, message):
    assert main(["finish", str(vase), "-o", str(tmp_path / "a.glb"), *options]) == 2
    assert message in capsys.readouterr().err


def test_quads_are_asked_for_by_a_flag(vase):
    pytest.importorskip("pynanoinstantmeshes", reason="pynanoinstantmeshes is not installed")
    asset = maquette.make(vase, faces=600, texture_size=64, quads=True, cache=False)
    assert "Quads" in [stage["method"] for stage in asset.receipt["stages"]]
    assert 0 < len(asset.mesh.faces) <= 600


def test_quads_without_the_package_name_it(vase, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("maquette.meshing._quads._installed", lambda: False)
    assert main(["finish", str(vase), "-o", str(tmp_path / "a.glb"), "--quads", "--no-cache"]) == 2
    assert "maquette[remesh]" in capsys.readouterr().err


def test_only_meshes_are_finished(tmp_path, capsys):
    assert main(["finish", "a red stool", "-o", str(tmp_path / "a.glb")]) == 2
    assert "not a kind of mesh" in capsys.readouterr().err


def test_inspect_finds_the_hulls_beside_the_file(vase, tmp_path, capsys):
    out = tmp_path / "out.glb"
    options = ["--faces", "300", "--texture-size", "64", "--hulls", "1", "--no-cache"]
    assert main(["finish", str(vase), "-o", str(out), *options]) == 0
    main(["inspect", str(out), "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["hulls"]["state"] == "pass"
    (tmp_path / "out_collision.glb").unlink()
    main(["inspect", str(out), "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["hulls"]["state"] == "warn"
