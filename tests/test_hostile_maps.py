"""What a file can claim or point at beyond its geometry: one line, or read in bounded time and memory."""

from typing import Any

import numpy as np
import pytest
from _gltf import blocks, build, container, grid, parsed, png
from test_bad_input import assert_one_line, assert_usable
from test_bad_input import png as claimed

from maquette.cli import main
from maquette.errors import InputError
from maquette.formats import load

SLOTS = {
    "base": lambda info: {"pbrMetallicRoughness": {"baseColorTexture": info}},
    "orm": lambda info: {"pbrMetallicRoughness": {"metallicRoughnessTexture": info}},
    "normal": lambda info: {"normalTexture": info},
    "occlusion": lambda info: {"occlusionTexture": info},
    "emissive": lambda info: {"emissiveTexture": info, "emissiveFactor": [1, 1, 1]},
}


def refused(folder, data: bytes, *words: str) -> None:
    (folder / "a.glb").write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(folder / "a.glb")
    assert_one_line(caught.value)
    for word in words:
        assert word in str(caught.value)


def usable(folder, data: bytes) -> Any:
    (folder / "a.glb").write_bytes(data)
    asset = load(folder / "a.glb")
    assert_usable(asset)
    return asset


def with_image(slot: str, image: dict[str, Any]) -> bytes:
    textures, materials = [{"source": 0}], [SLOTS[slot]({"index": 0})]
    return build([{**grid(2), "material": 0}], images=[image], textures=textures, materials=materials)


@pytest.mark.parametrize("slot", SLOTS)
def test_pictures_that_cannot_be_had(tmp_path, slot):
    (tmp_path / "bomb.png").write_bytes(claimed(30_000, 30_000))
    (tmp_path / "cut.png").write_bytes(png(blocks(4, 8, 3, 0))[:90])
    (tmp_path / "text.png").write_bytes(b"hello")
    for uri, word in (
        ("bomb.png", "pixels"),
        ("cut.png", "damaged picture"),
        ("text.png", "not a PNG"),
        ("missing.png", "does not exist"),
        ("../secret.png", "outside"),
        ("..%2Fsecret.png", "outside"),
        ("https://example.org/a.png", "outside"),
        ("//example.org/a.png", "outside"),
        ("file:///etc/hostname", "outside"),
    ):
        refused(tmp_path, with_image(slot, {"uri": uri}), word)


def test_wavefront_maps_are_confined_too(tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(png(blocks(4, 8, 3, 0)))
    (folder / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    for statement in ("map_Kd", "map_Ke", "norm", "map_d", "map_Pr", "map_Pm", "map_Bump -bm 1"):
        (folder / "a.mtl").write_text(f"newmtl m\n{statement} ../secret.png\n")
        with pytest.raises(InputError, match="outside"):
            load(folder / "a.obj")
        (folder / "a.mtl").write_text(f"newmtl m\n{statement} missing.png\n")
        assert_usable(load(folder / "a.obj"))  # a map lost, as other programs do it
    (folder / "a.mtl").write_text("newmtl m\nKd nan inf\nd x\nPr\nmap_Kd -s\nKe 1e400 1 1\n")
    assert_usable(load(folder / "a.obj"))


COORDINATES = {
    "far": lambda uv: uv * 1e9,
    "farthest": lambda uv: uv * 1e30,
    "negative": lambda uv: -uv * 1000,
    "points": lambda uv: uv * 0 + 0.5,
    "lines": lambda uv: uv * [1, 0],
    "infinite": lambda uv: uv + np.inf,
    "unknown": lambda uv: uv * np.nan,
}


@pytest.mark.parametrize("wrap", [10497, 33648, 33071, 7])
@pytest.mark.parametrize("case", COORDINATES)
def test_any_coordinates_under_any_wrap(tmp_path, case, wrap):
    """On both sets of coordinates, so that they are drawn anew, moved, or given up."""
    part = grid(4)
    plain = part["attributes"]["TEXCOORD_0"]
    with np.errstate(all="ignore"):
        part["attributes"]["TEXCOORD_1"] = COORDINATES[case](plain)
    for first, second in ((0, 1), (1, 0)):
        base = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "texCoord": first}}}
        material = base | {"normalTexture": {"index": 0, "texCoord": second}}
        textures = [{"source": 0, "sampler": 0}]
        samplers = [{"wrapS": wrap, "wrapT": wrap}]
        usable(
            tmp_path,
            build(
                [{**part, "material": 0}], [blocks(4, 8, 3, 0)], materials=[material], textures=textures,
                samplers=samplers,
            ),
        )  # fmt: skip


def test_numbers_that_are_none(tmp_path):
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    for changes in (
        {"emissiveFactor": ["a", 1, 1]},
        {"alphaCutoff": "x", "alphaMode": "MASK"},
        {"normalTexture": {"index": 0, "scale": [1]}},
        {"normalTexture": {"index": 9}},
        {"normalTexture": {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [1e400, 1]}}}},
        {"extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": "much"}}},
    ):
        part = {**grid(2), "material": 0}
        data = build([part], [blocks(2, 8, 3, 0)], materials=[material | changes])
        refused(tmp_path, data.replace(b"Infinity", b"1e400   "))


def test_many_materials_on_two_layers_share_one_texture(tmp_path):
    """Materials whose maps must each be drawn anew: their textures together stay one texture's size."""
    primitives, materials = [], []
    for number in range(9):
        part = grid(2, at=number)
        corners = part["attributes"]["TEXCOORD_0"]
        part["attributes"]["TEXCOORD_1"] = corners[:, ::-1] ** 2
        primitives.append({**part, "material": number})
        base = {"baseColorTexture": {"index": 0}, "baseColorFactor": [number / 9, 1, 1, 1]}
        materials.append({"pbrMetallicRoughness": base, "emissiveFactor": [1, 1, 1]})
        materials[-1]["emissiveTexture"] = {"index": 0, "texCoord": 1}
    asset = usable(tmp_path, build(primitives, [blocks(8, 32, 3, 0)], materials=materials))
    assert asset.material.emissive.shape == asset.material.base_color.shape
    assert max(asset.material.emissive.shape) <= 4096


def test_instances_that_claim_too_much(tmp_path):
    document, body = parsed(build([grid(2)]))
    count = 10_000_000_000
    document["accessors"].append({"componentType": 5126, "count": count, "type": "VEC3"})
    attributes = {"TRANSLATION": len(document["accessors"]) - 1}
    document["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    refused(tmp_path, container(document, body), "values")
    document["accessors"][-1]["count"] = 20_000
    refused(tmp_path, container(document, body), "parts")


@pytest.mark.parametrize(
    "change", [{"count": 10**10}, {"count": -1}, {"byteStride": 3}, {"mode": "X"}, {"filter": "X"}, {}]
)
def test_meshopt_that_claims_too_much(tmp_path, change):
    pytest.importorskip("meshoptimizer")
    document, body = parsed(build([grid(2)]))
    view = document["bufferViews"][0]
    packed = {"buffer": 0, "byteOffset": 0, "byteLength": 40, "count": 16, "byteStride": 12, "mode": "ATTRIBUTES"}
    view["extensions"] = {"EXT_meshopt_compression": packed | change}
    refused(tmp_path, container(document, body), "a.glb")


def test_draco_that_is_none(tmp_path):
    pytest.importorskip("DracoPy")
    document, body = parsed(build([grid(2)]))
    extension = {"bufferView": 0, "attributes": {"POSITION": 0}}
    document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": extension}
    refused(tmp_path, container(document, body), "Draco")


def test_inspect_refuses_levels_that_are_not_there(tmp_path, capsys):
    document, body = parsed(build([grid(2)]))
    document["nodes"][0]["extensions"] = {"MSFT_lod": {"ids": [7]}}
    (tmp_path / "a.glb").write_bytes(container(document, body))
    assert main(["inspect", str(tmp_path / "a.glb")]) == 2
    assert "nodes[7]" in capsys.readouterr().err


def test_faces_without_area_by_the_hundred_thousand(tmp_path):
    lines = ["v 0 0 0", "v 1 0 0", "v 0 1 0", "f 1 2 3"]
    (tmp_path / "a.obj").write_text("\n".join(lines) + "\n" + "f 1 1 1\n" * 200_000)
    assert_usable(load(tmp_path / "a.obj"))
