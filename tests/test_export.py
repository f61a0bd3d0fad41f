"""What export_glb can write beyond the plain file: every map, levels, hulls, compression, other encodings."""

import inspect
import io
import stat
import sys
from dataclasses import replace
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import viewers
from _exported import apart, corners, finished, usda, usda_rows
from _gltf import parsed
from PIL import Image as Pillow

from maquette.artifacts import Asset, Material, Mesh
from maquette.errors import InputError
from maquette.formats import export_glb, export_obj, export_usdz, glb_bytes, load, usdz_bytes
from maquette.formats.exporting import export
from maquette.formats.glb import collision_bytes
from maquette.ops.order import order_faces, order_vertices

MAPS = ("base_color", "metallic_roughness", "normal_map", "occlusion", "emissive", "alpha")


def back(tmp_path: Path, data: bytes) -> Asset:
    (tmp_path / "back.glb").write_bytes(data)
    return load(tmp_path / "back.glb")


def on_bytes(material: Material) -> Material:
    """The material with what a PNG can hold: each value one of 255 steps, normals of length one again."""
    changes = {name: np.round(getattr(material, name) * 255).astype(np.float32) / 255 for name in MAPS}
    normal = np.round((material.normal_map / 2 + 0.5) * 255) / 255 * 2 - 1
    changes["normal_map"] = (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)
    return replace(material, **changes)


@pytest.mark.parametrize("mode", ["mask", "blend"])
def test_every_map_comes_back(tmp_path, mode):
    asset = finished()
    asset = replace(asset, material=replace(asset.material, alpha_mode=mode))
    read, expected = back(tmp_path, glb_bytes(asset)).material, on_bytes(asset.material)
    for name in MAPS:
        np.testing.assert_allclose(getattr(read, name), getattr(expected, name), atol=1e-6, err_msg=name)
    for name in ("emissive_factor", "alpha_factor", "alpha_mode", "double_sided", "base_color_factor"):
        assert getattr(read, name) == pytest.approx(getattr(expected, name)), name
    assert mode == "blend" or read.alpha_cutoff == pytest.approx(0.3)


def test_constants_come_back(tmp_path):
    material = Material(None, (0.2, 0.4, 0.6), None, 0.25, 0.75, emissive_factor=(0.5, 2, 1), alpha_factor=0.5)
    material = replace(material, alpha_mode="blend", double_sided=True)
    read = back(tmp_path, glb_bytes(replace(finished(), material=material))).material
    assert read == material


def test_occlusion_is_in_the_red_of_one_texture():
    document, _ = parsed(glb_bytes(finished()))
    (material,) = document["materials"]
    orm = material["pbrMetallicRoughness"]["metallicRoughnessTexture"]["index"]
    assert material["occlusionTexture"]["index"] == orm
    assert [image["name"].rsplit("_", 1)[1] for image in document["images"]] == [
        "basecolor", "orm", "normal", "emissive",
    ]  # fmt: skip


@pytest.mark.parametrize("compress", ["none", "quantize", "meshopt", "draco"])
@pytest.mark.parametrize("textures", ["png", "jpeg", "webp"])
def test_the_same_asset_gives_the_same_bytes_and_shape(tmp_path, compress, textures):
    if compress in ("meshopt", "draco"):
        pytest.importorskip({"meshopt": "meshoptimizer", "draco": "DracoPy"}[compress])
    asset = finished()
    data = glb_bytes(asset, textures=textures, compress=compress)
    assert data == glb_bytes(finished(), textures=textures, compress=compress)
    read, plain = back(tmp_path, data), back(tmp_path, glb_bytes(asset))
    assert len(read.mesh.faces) == len(asset.mesh.faces)
    # Half a step of 65,535 along the longest side, and Draco's of 16 bits.
    step = np.ptp(plain.mesh.vertices, 0).max() / 65535
    for mine, other in ((read, plain), (plain, read)):
        far = np.linalg.norm(mine.mesh.vertices[:, None] - other.mesh.vertices[None], axis=2).min(1)
        assert far.max() < 1.01 * step * 3**0.5
    np.testing.assert_allclose(np.linalg.norm(read.normals, axis=1), 1, atol=1e-5)


def test_quantised_corners_keep_normals_tangents_and_coordinates(tmp_path):
    asset = finished()
    one, two = (back(tmp_path, glb_bytes(asset, compress=kind)) for kind in ("none", "quantize"))
    assert one.tangents is not None
    assert two.tangents is not None
    np.testing.assert_array_equal(one.mesh.faces, two.mesh.faces)
    np.testing.assert_allclose(one.normals, two.normals, atol=1e-4)  # 15 bits
    np.testing.assert_allclose(one.tangents, two.tangents, atol=1e-2)  # 7 bits
    np.testing.assert_allclose(one.uv, two.uv, atol=1e-5)  # 16 bits


def test_given_tangents_are_written_and_missing_ones_made(tmp_path):
    asset = finished()
    made = back(tmp_path, glb_bytes(asset)).tangents
    assert made is not None
    across = np.stack([-asset.normals[:, 1], asset.normals[:, 0], 0 * asset.normals[:, 0]], -1)
    across = np.where(np.linalg.norm(across, axis=1, keepdims=True) > 0.1, across, [1, 0, 0])
    across -= asset.normals * (across * asset.normals).sum(1, keepdims=True)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    sign = np.where(np.arange(len(across)) % 2, 1, -1)[:, None]
    given_ = np.concatenate([across, sign], 1).astype(np.float32)
    read = back(tmp_path, glb_bytes(replace(asset, tangents=given_)))
    used = order_vertices(asset.mesh.faces[order_faces(asset.mesh.faces, len(given_))])
    np.testing.assert_allclose(read.tangents, given_[used], atol=1e-5)


def test_textures_become_powers_of_two(tmp_path):
    from maquette.formats.glb._materials import pictures

    ramp = np.broadcast_to(np.linspace(0, 1, 100, dtype=np.float32)[:, None, None], (100, 60, 3)).copy()
    picture = pictures(Material(ramp))["basecolor"]
    assert picture.shape == (128, 64, 3)
    np.testing.assert_allclose(picture[:, 0, 0] / 255, np.linspace(0, 1, 128), atol=0.02)


def test_levels_in_one_file_and_in_their_own(tmp_path):
    asset = finished()
    files = export_glb(asset, tmp_path / "a.glb", lods="both")
    assert [path.name for path in files] == ["a.glb", "a_LOD0.glb", "a_LOD1.glb", "a_LOD2.glb", "a_collision.glb"]
    document, _ = parsed(files[0].read_bytes())
    node = document["nodes"][0]
    assert [document["nodes"][i]["name"] for i in node["extensions"]["MSFT_lod"]["ids"]] == [
        "capsule_LOD1", "capsule_LOD2",
    ]  # fmt: skip
    assert document["scenes"][0]["nodes"] == [0]
    coverage = node["extras"]["MSFT_screencoverage"]
    assert len(coverage) == 3
    assert coverage == sorted(coverage, reverse=True)
    whole = load(files[0])
    for path, level in zip(files[1:4], (asset, *asset.lods), strict=True):
        read = load(path)
        assert len(read.mesh.faces) == len(level.mesh.faces)
        # All levels stand where the finest does: its pivot and scale, not their own.
        span = np.ptp(asset.mesh.vertices, 0)[1]
        expected = np.ptp(level.mesh.vertices, 0) * asset.height_meters / span
        np.testing.assert_allclose(np.ptp(read.mesh.vertices, 0), expected, atol=1e-6)
        np.testing.assert_allclose(
            read.mesh.vertices.max(0) + read.mesh.vertices.min(0),
            whole.mesh.vertices.max(0) + whole.mesh.vertices.min(0), atol=1e-6,
        )  # fmt: skip
    assert len(export_glb(replace(asset, collision=()), tmp_path / "b.glb", lods="none")) == 1
    assert "MSFT_lod" not in (tmp_path / "b.glb").read_bytes().decode("latin1")


@pytest.mark.parametrize(
    ("pivot", "place"),
    [("base", [0.5, 0, 0.5]), ("center", [0.5] * 3), ("back", [0.5, 0.5, 0]), ("top", [0.5, 1, 0.5])],
)
def test_the_pivot_is_where_a_thing_rests(tmp_path, pivot, place):
    """The origin as a share of the box, in every format."""
    for name in ("a.glb", "a.obj"):
        vertices = load(export(finished(), tmp_path / name, pivot=pivot)[0]).mesh.vertices
        low, high = vertices.min(0), vertices.max(0)
        np.testing.assert_allclose(-low / (high - low), place, atol=1e-5)
    text = usda(usdz_bytes(finished(), pivot=pivot))
    for name in ("extent", "points"):
        low, high = usda_rows(text, name).min(0), usda_rows(text, name).max(0)
        np.testing.assert_allclose(-low / (high - low), place, atol=1e-5)


def test_hulls_are_named_and_stand_where_the_asset_does(tmp_path):
    asset = finished()
    inside, _ = parsed(glb_bytes(asset, collision="inside"))
    beside, _ = parsed(collision_bytes(asset))
    for document in (inside, beside):
        names = [document["nodes"][index]["name"] for index in document["scenes"][0]["nodes"]]
        assert names[-2:] == ["UCX_capsule_00", "UCX_capsule_01"]
    (tmp_path / "hulls.glb").write_bytes(collision_bytes(asset))
    hulls, shown = load(tmp_path / "hulls.glb"), back(tmp_path, glb_bytes(asset, collision="inside"))
    assert len(shown.mesh.faces) == len(asset.mesh.faces)  # hulls are not taken for the thing
    assert len(hulls.mesh.faces) == sum(len(hull.faces) for hull in asset.collision)
    ratio = asset.height_meters / np.ptp(asset.mesh.vertices, 0)[1]
    expected = np.ptp(np.concatenate([hull.vertices for hull in asset.collision]), 0) * ratio
    np.testing.assert_allclose(np.ptp(hulls.mesh.vertices, 0), expected, atol=1e-6)


@pytest.mark.parametrize("collision", ["inside", "file"])
@pytest.mark.parametrize("compress", ["none", "quantize"])
def test_levels_and_hulls_come_back_with_the_asset(tmp_path, compress, collision):
    asset = finished()
    export_glb(asset, tmp_path / "a.glb", compress=compress, collision=collision)
    read = load(tmp_path / "a.glb")
    assert len(read.lods) == len(asset.lods) == 2
    assert len(read.collision) == len(asset.collision) == 2
    scale = read.height_meters / np.ptp(asset.mesh.vertices, 0)[1]
    moved = read.mesh.vertices.min(0) - asset.mesh.vertices.min(0) * scale
    step = {"none": 1e-6, "quantize": 2**-14}[compress] * read.height_meters
    for own, given_ in zip(
        (*(level.mesh for level in read.lods), *read.collision),
        (*(level.mesh for level in asset.lods), *asset.collision),
        strict=True,
    ):  # in the order of the file: the same places, in the frame of the mesh
        assert len(own.faces) == len(given_.faces)
        assert apart(corners(own), corners(given_) * scale + moved) < step
    for own, given_ in zip(read.lods, asset.lods, strict=True):
        placed = replace(given_.mesh, vertices=given_.mesh.vertices * scale + moved)
        # Each corner has its own coordinates: both in steps that encoding may cost.
        one, two = (
            corners(mesh, uv) / [step, step, step, 2**-12, 2**-12]
            for mesh, uv in ((own.mesh, own.uv), (placed, given_.uv))
        )
        assert apart(one, two) < 1
    if compress == "none":
        export_glb(read, tmp_path / "again.glb", collision=collision)
        again = load(tmp_path / "again.glb")
        assert [len(level.mesh.faces) for level in again.lods] == [len(level.mesh.faces) for level in read.lods]
        for one, two in zip(again.collision, read.collision, strict=True):
            np.testing.assert_allclose(one.vertices, two.vertices, atol=step)


def test_hulls_beside_a_file_are_its_own_or_none(tmp_path):
    asset = finished()
    export_glb(asset, tmp_path / "a.glb")
    beside = tmp_path / "a_collision.glb"
    whole = beside.read_bytes()
    other = replace(asset, receipt={**asset.receipt, "prompt": "something else"})
    for data in (whole[:100], b"", collision_bytes(other)):
        beside.write_bytes(data)
        assert load(tmp_path / "a.glb").collision == ()
    assert load(export_glb(asset, tmp_path / "b.glb", collision="none")[0]).collision == ()
    beside.write_bytes(whole)
    assert load(beside).collision == ()  # the hulls are what it shows
    assert len(load(tmp_path / "a.glb").collision) == 2


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "meshoptimizer", None)
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    for options, words in (
        ({"compress": "meshopt"}, r"meshoptimizer.*maquette\[compress\]"),
        ({"compress": "draco"}, r"DracoPy.*maquette\[compress\]"),
        ({"textures": "ktx2"}, "KTX-Software"),
    ):
        with pytest.raises(InputError, match=words):
            export_glb(finished(), tmp_path / "a.glb", **options)
        assert not (tmp_path / "a.glb").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_ktx_is_asked_for_what_each_texture_is(monkeypatch, tmp_path):
    """A stand-in for KTX-Software's program that writes its own arguments: colours sRGB, all else linear."""
    script = tmp_path / "ktx"
    script.write_text('#!/bin/sh\nfor last; do :; done\necho "$@" > "$last"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    document, body = parsed(glb_bytes(finished(), textures="ktx2"))
    said = []
    for image in document["images"]:
        view = document["bufferViews"][image["bufferView"]]
        said.append(body[view["byteOffset"] :][: view["byteLength"]].decode().split()[2])
    assert said == ["R8G8B8A8_SRGB", "R8G8B8_UNORM", "R8G8B8_UNORM", "R8G8B8_SRGB"]
    assert "KHR_texture_basisu" in document["extensionsRequired"]
    assert all("source" in texture["extensions"]["KHR_texture_basisu"] for texture in document["textures"])


def written(asset: Asset, textures: str) -> dict[str, tuple[str, np.ndarray]]:
    """MIME type and texels of every texture in a GLB, by the ending of its name."""
    document, body = parsed(glb_bytes(asset, textures=textures))
    out = {}
    for image in document["images"]:
        view = document["bufferViews"][image["bufferView"]]
        data = body[view["byteOffset"] :][: view["byteLength"]]
        picture = Pillow.open(io.BytesIO(data))
        assert Pillow.MIME[picture.format] == image["mimeType"]  # what is said is what is there
        out[image["name"].rsplit("_", 1)[1]] = (image["mimeType"], np.asarray(picture))
    return out


def test_a_jpeg_holds_no_normals_and_no_alpha():
    masked, plain = finished(), finished()
    plain = replace(plain, material=replace(plain.material, alpha=None, alpha_factor=1.0, alpha_mode="opaque"))
    for asset, color in ((masked, "image/png"), (plain, "image/jpeg")):
        exact, found = written(asset, "png"), written(asset, "jpeg")
        assert {name: kind for name, (kind, _) in found.items()} == {
            "basecolor": color, "orm": "image/jpeg", "normal": "image/png", "emissive": "image/jpeg",
        }  # fmt: skip
        for name, (kind, texels) in found.items():
            assert np.array_equal(texels, exact[name][1]) == (kind == "image/png"), name


def test_in_webp_what_is_no_colour_is_kept_to_the_bit():
    exact, found = written(finished(), "png"), written(finished(), "webp")
    assert {kind for kind, _ in found.values()} == {"image/webp"}
    same = {name: np.array_equal(texels, exact[name][1]) for name, (_, texels) in found.items()}
    # The colours are noise, of which a WebP with loss keeps no texel as it was.
    assert same == {"basecolor": False, "orm": True, "normal": True, "emissive": False}
    np.testing.assert_array_equal(found["basecolor"][1][..., 3], exact["basecolor"][1][..., 3])


CHOICES = {
    "textures": "png, jpeg, webp, ktx2",
    "compress": "none, quantize, meshopt, draco",
    "lods": "inside, files, both, none",
    "collision": "inside, file, none",
    "pivot": "base, center, back, top",
}


@pytest.mark.parametrize("value", ["beside", "", 3, None, ["base"]])
def test_options_that_are_not_known_are_refused_with_the_choices(tmp_path, monkeypatch, value):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # as users call them, without our own checks
    asset = finished()
    for write in (export_glb, glb_bytes, export, export_obj, export_usdz, usdz_bytes, collision_bytes):
        names = inspect.signature(write).parameters
        for option in CHOICES.keys() & names:
            for ending in (".glb", ".obj", ".usdz") if write is export else (".glb",):
                if ending != ".glb" and option in ("textures", "compress"):
                    continue  # which only GLB has, whatever their value
                path = {"path": tmp_path / f"a{ending}"} if "path" in names else {}
                with pytest.raises(InputError, match=r"(is|are) not known") as caught:
                    write(asset, **path, **{option: value})
                assert f"{value!r}" in str(caught.value)
                assert str(caught.value).endswith(f"expected one of {CHOICES[option]}"), (write, option)
    assert not list(tmp_path.iterdir())


def test_broken_levels_and_hulls_are_refused():
    asset = finished()
    bad = Mesh(asset.mesh.vertices, asset.mesh.faces + 10_000)
    for broken, said in (
        (replace(asset, lods=(replace(asset.lods[0], mesh=bad),)), "level 1 has face indices outside"),
        (replace(asset, lods=(replace(asset.lods[0], uv=None),)), "level 1 has no texture coordinates"),
        (replace(asset, collision=(bad,)), "hull 0 has face indices outside"),
    ):
        with pytest.raises(InputError, match=said):
            glb_bytes(broken, collision="inside")


@pytest.mark.skipif(viewers.missing_validator() is not None, reason=str(viewers.missing_validator()))
def test_no_errors_and_no_warnings_however_written(tmp_path):
    files = []
    compressions = ["none", "quantize"]
    compressions += [] if missing("meshoptimizer") else ["meshopt"]
    compressions += [] if missing("DracoPy") else ["draco"]
    for compress in compressions:
        files += export_glb(finished(), tmp_path / f"{compress}.glb", compress=compress, lods="both")
        inside = tmp_path / f"{compress}_inside.glb"
        files += export_glb(finished(), inside, compress=compress, collision="inside", textures="webp")
    files += export_glb(finished(), tmp_path / "jpeg.glb", textures="jpeg")
    for path, report in zip(files, viewers.validate(files), strict=True):
        assert (report["errors"], report["warnings"]) == (0, 0), (path.name, report["messages"])


def missing(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is None
