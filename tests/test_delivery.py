"""`maquette inspect`: what is fit passes, and each thing that can be wrong is told by its own line."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _exported import finished
from _meshes import square

from maquette.artifacts import Asset, Material, Mesh
from maquette.cli import main
from maquette.formats import export_glb, load
from maquette.formats.gltf import read_package
from maquette.measures.delivery import PROFILES, Check, checklist
from maquette.measures.texture_space import texture_space


def fit() -> Asset:
    """A box with an atlas of six squares, wide gutters, tangent-space normals and a plain grey."""
    corners, faces, uv, normals = [], [], [], []
    for axis in range(3):
        for sign in (-1, 1):
            u, v, n = np.roll(np.eye(3), -axis, 0)
            v = v * sign
            start = 4 * (2 * axis + (sign > 0))
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                corners.append((a * u + b * v + sign * n) / 2 + np.array([0, 0.5, 0]))
                place = np.array([start // 4 % 3, start // 12]) + 0.5 + 0.4 * np.array([a, -b])
                uv.append(place / 3)
                normals.append(sign * n)
            faces += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    flat = np.zeros((64, 64, 3), np.float32) + np.array([0, 0, 1], np.float32)
    material = Material(np.full((64, 64, 3), 0.5, np.float32), normal_map=flat)
    mesh = Mesh(np.array(corners, np.float32), np.array(faces, np.int32))
    receipt = {"name": "box", "models": []}
    return Asset(mesh, np.array(uv, np.float32), np.array(normals, np.float32), material, 1.0, receipt)


def checked(folder: Path, asset: Asset, profile: str = "mobile-ar", **changes) -> dict[str, Check]:
    from maquette.cli.inspect import described, measured

    export_glb(asset, folder / "a.glb", collision="inside")
    read = load(folder / "a.glb")
    facts = {"bytes": (folder / "a.glb").stat().st_size, **measured(read), **described(folder / "a.glb", read)}
    checks = checklist(replace(read, **changes), read_package(folder / "a.glb"), facts, PROFILES[profile])
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def test_what_is_fit_passes(tmp_path):
    checks = checked(tmp_path, fit())
    assert {name for name, check in checks.items() if check.state != "pass"} == set()
    assert {"triangles", "uv overlap", "gutters", "tangents", "pivot", "hidden surface"} < set(checks)


def without_a_face(asset: Asset) -> Asset:
    return replace(asset, mesh=replace(asset.mesh, faces=asset.mesh.faces[1:]))


def with_a_shell_inside(asset: Asset) -> Asset:
    mesh = asset.mesh
    inner = (mesh.vertices - [0, 0.5, 0]) * np.float32(0.6) + [0, 0.5, 0]
    both = Mesh(
        np.concatenate([mesh.vertices, inner]).astype(np.float32),
        np.concatenate([mesh.faces, mesh.faces + len(inner)]).astype(np.int32),
    )
    assert asset.uv is not None
    return replace(asset, mesh=both, uv=np.tile(asset.uv, (2, 1)), normals=np.tile(asset.normals, (2, 1)))


def repainted(asset: Asset, **changes) -> Asset:
    return replace(asset, material=replace(asset.material, **changes))


def moved_uv(asset: Asset, move) -> Asset:
    assert asset.uv is not None
    return replace(asset, uv=move(asset.uv.copy()).astype(np.float32))


def overlapped(uv: np.ndarray) -> np.ndarray:
    uv[4:8] = uv[:4]
    return uv


def touching(uv: np.ndarray) -> np.ndarray:
    uv[4:8, 0] -= 0.19 / 3
    return uv


def squeezed(uv: np.ndarray) -> np.ndarray:
    middle = uv.reshape(6, 4, 2).mean(1, keepdims=True)
    return ((uv.reshape(6, 4, 2) - middle) * [1, 0.3] + middle).reshape(-1, 2)


WRONG = {
    "holes": (without_a_face, "warn"),
    "hidden surface": (with_a_shell_inside, "warn"),
    "uv overlap": (lambda asset: moved_uv(asset, overlapped), "fail"),
    "gutters": (lambda asset: moved_uv(asset, touching), "warn"),
    "uv stretch": (lambda asset: moved_uv(asset, squeezed), "warn"),
    "mirrored uv": (lambda asset: moved_uv(asset, lambda uv: uv * [-1, 1] + [1, 0]), "warn"),
    "albedo": (lambda asset: repainted(asset, base_color=np.ones((64, 64, 3), np.float32)), "warn"),
    "metallic": (
        lambda asset: repainted(asset, metallic_roughness=np.full((64, 64, 2), 0.5, np.float32)), "warn",
    ),
    "size": (lambda asset: replace(asset, height_meters=500.0), "warn"),
    "receipt": (lambda asset: replace(asset, receipt={"name": "b", "models": [{"name": "m"}]}), "warn"),
    "texture size": (
        lambda asset: repainted(asset, base_color=np.full((16, 8192, 3), 0.5, np.float32)), "fail",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(tmp_path, name):
    spoil, state = WRONG[name]
    assert checked(tmp_path, spoil(fit()))[name].state == state


def test_tangents_are_compared(tmp_path):
    assert checked(tmp_path, fit(), tangents=None)["tangents"].state == "warn"
    read = load(tmp_path / "a.glb")
    assert read.tangents is not None
    assert checked(tmp_path, fit(), tangents=-read.tangents)["tangents"].state == "warn"


def test_the_budget_is_the_profile_s(tmp_path):
    _, faces = square(1, cells=80)
    vertices, _ = square(1, cells=80)
    asset = Asset(Mesh(vertices, faces), None, np.tile(np.float32([0, 0, 1]), (len(vertices), 1)))
    states = {profile: checked(tmp_path, asset, profile)["triangles"].state for profile in PROFILES}
    assert states == {"game-prop": "warn", "mobile-ar": "pass", "desktop-web": "pass"}


def test_levels_and_hulls_are_looked_at(tmp_path):
    good = checked(tmp_path, finished(), "game-prop")
    assert {good[name].state for name in ("levels", "level error", "hulls", "hull volume")} == {"pass"}
    asset = finished()
    turned = checked(tmp_path, replace(asset, lods=asset.lods[::-1]), "game-prop")
    assert (turned["levels"].state, turned["level error"].state) == ("fail", "warn")
    package = read_package(tmp_path / "a.glb")
    assert [len(level.faces) for level in package.levels] == [72, 200]
    assert len(package.hulls) == 2
    none = checked(tmp_path, replace(asset, lods=(), collision=()), "game-prop")
    assert (none["levels"].state, none["hulls"].state) == ("warn", "warn")


def test_texture_space_of_a_square():
    """A plane of 2 × 1 world units over the whole texture: stretch 2 everywhere, the same density."""
    vertices, faces = square(1, cells=4)
    uv = (vertices[:, :2] + 0.5) * [1, -1] + [0, 1]
    space = texture_space((vertices * [2, 1, 1]).astype(np.float32), uv.astype(np.float32), faces)
    assert space.charts == 1
    assert space.gutter is None
    assert space.stretch_p95 == pytest.approx(2, abs=1e-4)
    assert space.density_variation == pytest.approx(0, abs=1e-4)
    assert space.mirrored == 0


@pytest.mark.parametrize("gap", [4, 16, 64])
def test_gutters_are_measured_in_texels(gap):
    """Two squares apart by a gap on a texture of 1024: their nearest texels' centres are gap + 1 apart."""
    vertices, faces = square(1)
    uv = (vertices[:, :2] + 0.5) * 400 / 1024
    two = np.concatenate([uv, uv + np.array([(400 + gap) / 1024, 0])]).astype(np.float32)
    space = texture_space(np.tile(vertices, (2, 1)), two, np.concatenate([faces, faces + 4]))
    assert space.charts == 2
    assert space.gutter is not None
    assert space.gutter * 1024 == pytest.approx(gap, abs=1.5)


def test_the_command_says_so_and_fails(tmp_path, capsys):
    export_glb(fit(), tmp_path / "good.glb")
    assert main(["inspect", str(tmp_path / "good.glb")]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^pass  triangles +12; expected 5,000", told, re.MULTILINE)
    export_glb(WRONG["uv overlap"][0](fit()), tmp_path / "bad.glb")
    page = tmp_path / "report.html"
    arguments = ["inspect", str(tmp_path / "bad.glb"), "--json", "--profile", "mobile-ar", "--report", str(page)]
    assert main(arguments) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["fit"]
    assert [check["name"] for check in report["checks"] if check["state"] == "fail"] == ["uv overlap"]
    html = page.read_text()
    assert html.count("data:image/png;base64,") == 6  # two sides, wireframe, layout, base colour, normals
    assert "http" not in html
    assert main(["inspect", str(tmp_path / "bad.glb"), "--report", "page.png"]) == 2


def test_a_file_that_is_no_gltf_is_checked_too(tmp_path, capsys):
    mesh = fit().mesh
    lines = [f"v {x} {y} {z}" for x, y, z in mesh.vertices] + [f"f {a} {b} {c}" for a, b, c in mesh.faces + 1]
    (tmp_path / "a.obj").write_text("\n".join(lines))
    assert main(["inspect", str(tmp_path / "a.obj"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["fit"]
    assert report["triangles"] == 12
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert {name for name, state in states.items() if state == "warn"} == {"levels", "hulls", "albedo", "receipt"}
    assert {state for state in states.values() if state != "warn"} == {"pass"}
    assert {"triangles", "holes", "manifold", "pivot"} <= set(states)
