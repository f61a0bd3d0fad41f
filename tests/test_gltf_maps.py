"""Every map of a file says on the loaded asset what the file says, wherever its coordinates come from."""

from typing import Any

import numpy as np
import pytest
from _exported import apart, corners
from _gltf import blocks, build, container, grid, parsed, png, texel

from maquette.artifacts import Asset
from maquette.errors import InputError, Note
from maquette.formats import load
from maquette.formats.srgb import linear_from_srgb

CELLS = 8


def asset_of(tmp_path, data: bytes) -> Asset:
    (tmp_path / "a.glb").write_bytes(data)
    return load(tmp_path / "a.glb")


def centres(asset: Asset, at: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Positions and texture coordinates of the centres of the faces in the plane z = at."""
    assert asset.uv is not None
    points, uv = asset.mesh.vertices[asset.mesh.faces].mean(1), asset.uv[asset.mesh.faces].mean(1)
    chosen = np.abs(points[:, 2] - at) < 1e-3
    return points[chosen], uv[chosen]


def seen(values: np.ndarray | None, uv: np.ndarray) -> np.ndarray:
    """A loaded map under coordinates."""
    assert values is not None
    return texel(np.atleast_3d(values) * 255, uv, "clamp")


def info(index: int, **more: Any) -> dict[str, Any]:
    return {"index": index, **more}


def full_material(**changes: Any) -> dict[str, Any]:
    pbr = {
        "baseColorTexture": info(0), "baseColorFactor": [0.5, 1, 0.25, 1], "metallicRoughnessTexture": info(1),
        "metallicFactor": 0.5,
    }  # fmt: skip
    return {
        "pbrMetallicRoughness": pbr, "normalTexture": info(2, scale=0.5), "emissiveTexture": info(4),
        "occlusionTexture": info(3, strength=0.5), "emissiveFactor": [1, 0.5, 0],
        "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}}, "doubleSided": True, **changes,
    }  # fmt: skip


PICTURES = [blocks(CELLS, 8, channels, seed) for seed, channels in enumerate((4, 3, 3, 3, 3))]


def check_full(asset: Asset, at: float, wrap: str = "repeat", span: tuple[float, float] = (0, 1), tolerance=2e-2):
    """What full_material says, computed from the file's pictures at the points where the faces are."""
    points, uv = centres(asset, at)
    there = span[0] + np.column_stack([points[:, 0], 1 - points[:, 1]]) * (span[1] - span[0])
    base, rest, normal, occlusion, glow = (texel(picture, there, wrap) for picture in PICTURES)
    material = asset.material
    linear = linear_from_srgb(seen(material.base_color, uv)) * material.base_color_factor
    np.testing.assert_allclose(linear, linear_from_srgb(base[:, :3]) * [0.5, 1, 0.25], atol=tolerance)
    expected = rest[:, [2, 1]] * [0.5, 1]
    np.testing.assert_allclose(seen(material.metallic_roughness, uv), expected, atol=tolerance)
    np.testing.assert_allclose(seen(material.occlusion, uv), 1 + 0.5 * (occlusion[:, :1] - 1), atol=tolerance)
    linear = linear_from_srgb(seen(material.emissive, uv)) * material.emissive_factor
    np.testing.assert_allclose(linear, linear_from_srgb(glow) * [4, 2, 0], atol=4 * tolerance)
    tangent = (normal * 2 - 1) * [0.5, 0.5, 1]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    np.testing.assert_allclose(seen(material.normal_map, uv), tangent, atol=2 * tolerance)
    assert material.double_sided


def test_one_material_keeps_all_its_maps(tmp_path):
    asset = asset_of(tmp_path, build([{**grid(CELLS), "material": 0}], PICTURES, materials=[full_material()]))
    check_full(asset, 0.0, tolerance=1e-5)
    assert asset.material.base_color_factor == (0.5, 1, 0.25)
    assert asset.material.emissive_factor == (4, 2, 0)


def test_several_materials_keep_all_their_maps(tmp_path):
    """Beside it a plain one, which is flat, unlit and wholly exposed."""
    primitives = [{**grid(CELLS), "material": 0}, {**grid(CELLS, at=1), "material": 1}]
    plain = {"pbrMetallicRoughness": {"baseColorFactor": [0.1, 0.2, 0.3, 1], "metallicFactor": 0}}
    asset = asset_of(tmp_path, build(primitives, PICTURES, materials=[full_material(), plain]))
    check_full(asset, 0.0)
    material, (_, uv) = asset.material, centres(asset, 1.0)
    assert material.base_color_factor == (1, 1, 1)
    np.testing.assert_allclose(
        linear_from_srgb(seen(material.base_color, uv)), [[0.1, 0.2, 0.3]] * len(uv), atol=1e-3
    )
    np.testing.assert_allclose(seen(material.metallic_roughness, uv), [[0, 1]] * len(uv), atol=1e-3)
    np.testing.assert_allclose(seen(material.normal_map, uv), [[0, 0, 1]] * len(uv), atol=1e-3)
    np.testing.assert_allclose(seen(material.occlusion, uv), 1)
    np.testing.assert_allclose(seen(material.emissive, uv), 0)


@pytest.mark.parametrize(("wrap", "code"), [("repeat", 10497), ("mirror", 33648), ("clamp", 33071)])
def test_wraps_go_on_as_the_sampler_says(tmp_path, wrap, code):
    """Three copies a side, from -1 to 2, each of 8 × 8 blocks with a small quad in the middle of each."""
    textures = [{"source": index, "sampler": 0} for index in range(5)]
    wide = {**grid(1, (-1, 2), at=1), "material": 0}
    wide["attributes"]["POSITION"][:, :2] = (wide["attributes"]["POSITION"][:, :2] - 0.5) * 10 + 0.5
    wide["attributes"]["TEXCOORD_0"] = (wide["attributes"]["TEXCOORD_0"] - 0.5) * 10 + 0.5  # cannot be folded
    asset = asset_of(
        tmp_path,
        build(
            [{**grid(3 * CELLS, (-1, 2)), "material": 0}, wide], PICTURES, materials=[full_material()],
            textures=textures, samplers=[{"wrapS": code, "wrapT": code}],
        ),
    )  # fmt: skip
    check_full(asset, 0.0, wrap, (-1, 2), tolerance=0.06)  # resized, so block borders blur


def test_texture_transforms_are_each_map_s_own(tmp_path):
    """Base colour turned by a quarter, roughness shrunk to one of its quarters."""
    turn = {"rotation": np.pi / 2, "offset": [0, 1]}
    shrink = {"scale": [0.5, 0.5], "offset": [0.5, 0]}
    pbr = {
        "baseColorTexture": info(0, extensions={"KHR_texture_transform": turn}),
        "metallicRoughnessTexture": info(1, extensions={"KHR_texture_transform": shrink}),
    }
    data = build([{**grid(2 * CELLS), "material": 0}], PICTURES, materials=[{"pbrMetallicRoughness": pbr}])
    asset = asset_of(tmp_path, data)
    points, uv = centres(asset)
    u, v = points[:, 0], 1 - points[:, 1]
    # The specification's matrices: rotation by r takes (u, v) to (u cos r + v sin r, -u sin r + v cos r).
    np.testing.assert_allclose(
        seen(asset.material.base_color, uv), texel(PICTURES[0], np.column_stack([v, 1 - u]))[:, :3], atol=2e-2
    )
    expected = texel(PICTURES[1], np.column_stack([u / 2 + 0.5, v / 2]))[:, [2, 1]]
    np.testing.assert_allclose(seen(asset.material.metallic_roughness, uv), expected, atol=2e-2)


def world_normals(asset: Asset, at: float) -> np.ndarray:
    """Tangent-space normals of the map at face centres, turned into the world by each face's own frame."""
    assert asset.uv is not None
    faces = asset.mesh.faces
    points, uv = asset.mesh.vertices[faces].astype(float), asset.uv[faces].astype(float)
    edges, steps = points[:, 1:] - points[:, :1], uv[:, 1:] - uv[:, :1]
    gradient = np.linalg.solve(steps, edges)  # rows: dP/du, dP/dv
    tangent, bitangent = gradient[:, 0], -gradient[:, 1]  # +Y is up in the picture
    frame = np.stack([tangent, bitangent], 1)
    frame /= np.linalg.norm(frame, axis=2, keepdims=True)
    normal = np.cross(edges[:, 0], edges[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    local = seen(asset.material.normal_map, uv.mean(1))
    world = np.einsum("fi,fij->fj", local, np.concatenate([frame, normal[:, None]], 1))
    return world[np.abs(points.mean(1)[:, 2] - at) < 1e-3]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("on_atlas", [False, True])
def test_maps_on_two_sets_of_coordinates(tmp_path, mirrored, on_atlas):
    """One set repeats, the other is an atlas turned by a quarter: normals drawn there point as before."""
    part = grid(CELLS)
    corners = part["attributes"]["TEXCOORD_0"]
    part["attributes"]["TEXCOORD_1"] = turned(corners, mirrored)
    # Nothing that one affine map of the other could say: every second quad shows the next copy.
    part["attributes"]["TEXCOORD_0"] = corners + (np.arange(len(corners)) // 4 % 2)[:, None]
    tilts = blocks(CELLS, 8, 2, 5) // 2 + 64
    map_ = np.concatenate([tilts, np.full((*tilts.shape[:2], 1), 240, np.uint8)], -1)
    base = {"baseColorTexture": info(0, texCoord=int(not on_atlas))}
    material = {"pbrMetallicRoughness": base, "normalTexture": info(1, texCoord=int(on_atlas))}
    asset = asset_of(tmp_path, build([{**part, "material": 0}], [PICTURES[0], map_], materials=[material]))
    points, uv = centres(asset)
    here = np.column_stack([points[:, 0], 1 - points[:, 1]])
    there = turned(here, mirrored)
    np.testing.assert_allclose(uv, there, atol=1e-5)
    expected = texel(PICTURES[0], here if on_atlas else there)[:, :3]
    np.testing.assert_allclose(seen(asset.material.base_color, uv), expected, atol=2e-2)
    local = texel(map_, there if on_atlas else here) * 2 - 1
    local /= np.linalg.norm(local, axis=1, keepdims=True)
    if on_atlas:
        # By hand: u' = v runs along -y and v' = 1 - u along -x (mirrored: +x), so +Y of the map along +x (or -x).
        x, y, z = local.T
        local = np.column_stack([-y if mirrored else y, -x, z])
    np.testing.assert_allclose(world_normals(asset, 0.0), local, atol=3e-2)


def turned(uv: np.ndarray, mirrored: bool) -> np.ndarray:
    return np.column_stack([uv[:, 1], uv[:, 0] if mirrored else 1 - uv[:, 0]])


def test_maps_that_cannot_be_brought_together_are_named(tmp_path):
    part = grid(4, span=(0, 3))
    part["attributes"]["TEXCOORD_1"] = (
        part["attributes"]["TEXCOORD_0"][::-1] ** 2
    )  # repeats too, no map of the first
    material = {"pbrMetallicRoughness": {"baseColorTexture": info(0)}, "normalTexture": info(1, texCoord=1)}
    pictures = [blocks(4, 8, 3, 0), blocks(4, 8, 3, 1)]
    with pytest.warns(Note, match="normal map lie on a second set"):
        asset = asset_of(tmp_path, build([{**part, "material": 0}], pictures, materials=[material]))
    assert asset.material.normal_map is None
    assert asset.material.base_color is not None


def test_alpha_modes_meet(tmp_path):
    """A masked, a blended and an opaque one: blended all, the mask hard, the opaque one whole."""
    primitives = [{**grid(CELLS, at=at), "material": at} for at in range(3)]
    base = {"baseColorTexture": info(0), "baseColorFactor": [1, 1, 1, 0.8]}
    materials = [
        {"pbrMetallicRoughness": base, "alphaMode": "MASK", "alphaCutoff": 0.4},
        {"pbrMetallicRoughness": base, "alphaMode": "BLEND"},
        {"pbrMetallicRoughness": base},
    ]
    asset = asset_of(tmp_path, build(primitives, PICTURES[:1], materials=materials))
    assert asset.material.alpha_mode == "blend"
    for at in range(3):
        points, uv = centres(asset, at)
        alpha = texel(PICTURES[0], np.column_stack([points[:, 0], 1 - points[:, 1]]))[:, 3] * 0.8
        expected = [(alpha >= 0.4).astype(float), alpha, np.ones_like(alpha)][at]
        np.testing.assert_allclose(seen(asset.material.alpha, uv)[:, 0], expected, atol=1e-2)


def test_a_mask_keeps_its_cutoff(tmp_path):
    material = {"pbrMetallicRoughness": {"baseColorTexture": info(0)}, "alphaMode": "MASK", "alphaCutoff": 0.25}
    asset = asset_of(tmp_path, build([{**grid(CELLS), "material": 0}], PICTURES[:1], materials=[material]))
    assert (asset.material.alpha_mode, asset.material.alpha_cutoff) == ("mask", 0.25)
    np.testing.assert_allclose(asset.material.alpha, PICTURES[0][..., 3] / 255, atol=1e-6)


def test_coordinates_without_a_texture_are_kept(tmp_path):
    part = grid(2)
    asset = asset_of(tmp_path, build([part]))
    np.testing.assert_allclose(asset.uv, part["attributes"]["TEXCOORD_0"], atol=1e-6)
    part["attributes"]["TEXCOORD_0"] = part["attributes"]["TEXCOORD_0"] * 3
    assert asset_of(tmp_path, build([part])).uv is None  # nothing says how they would wrap


def test_tangents_are_kept_and_mirrored(tmp_path):
    """A node that mirrors x: the tangent points the other way and the bitangent's sign turns."""
    part = grid(2)
    part["attributes"]["TANGENT"] = np.tile([1.0, 0, 0, 1], (16, 1))
    material = {"normalTexture": info(2)}
    nodes = [{"mesh": 0, "scale": [-1, 1, 1]}]
    data = build([{**part, "material": 0}], PICTURES, materials=[material], nodes=nodes)
    asset = asset_of(tmp_path, data)
    np.testing.assert_allclose(asset.tangents, [[-1, 0, 0, -1]] * 16, atol=1e-6)
    np.testing.assert_allclose(asset.normals, [[0, 0, 1]] * 16, atol=1e-6)


def test_instances_stand_where_they_say(tmp_path):
    shifts = np.array([[0, 0, 0], [5, 0, 0], [0, 7, 0]], "<f4")
    part = {**grid(2), "material": 0}
    plain = build([part], materials=[{}])
    other = build([{"attributes": {"POSITION": shifts}, "indices": np.arange(3)}, part], materials=[{}])
    extension = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0}}}
    document, body = parsed(other)
    document["nodes"] = [{"mesh": 1, "scale": [2, 2, 2], "extensions": extension}]
    document["scenes"] = [{"nodes": [0]}]
    asset, one = asset_of(tmp_path, container(document, body)), asset_of(tmp_path, plain)
    assert len(asset.mesh.faces) == 3 * len(one.mesh.faces)
    np.testing.assert_allclose(
        asset.mesh.vertices.max(0), 2 * (one.mesh.vertices.max(0) + np.array([5, 7, 0])), atol=1e-5
    )


@pytest.mark.parametrize("codec", ["draco", "meshopt"])
def test_draco_and_meshopt_say_the_same_as_the_plain_file(tmp_path, codec):
    part = grid(CELLS)
    part["attributes"]["TEXCOORD_0"] = part["attributes"]["TEXCOORD_0"].astype("<f4")
    data = build([{**part, "material": 0}], PICTURES, materials=[full_material()])
    plain = asset_of(tmp_path, data)
    asset = asset_of(tmp_path, {"draco": draco_packed, "meshopt": meshopt_packed}[codec](data, part))
    # Draco reorders; both keep every corner, with its own coordinates.
    assert len(asset.mesh.faces) == len(plain.mesh.faces)
    assert apart(corners(asset.mesh, asset.uv), corners(plain.mesh, plain.uv)) < 2e-4


def draco_packed(data: bytes, part: dict[str, Any]) -> bytes:
    DracoPy = pytest.importorskip("DracoPy")
    packed = DracoPy.encode(
        part["attributes"]["POSITION"], part["indices"].reshape(-1, 3), quantization_bits=16,
        tex_coord=part["attributes"]["TEXCOORD_0"].astype(float), normals=part["attributes"]["NORMAL"],
    )  # fmt: skip
    ids = {entry["attribute_type"]: entry["unique_id"] for entry in DracoPy.decode(packed).attributes}
    document, body = parsed(data)
    body += b"\0" * (-len(body) % 4)
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(body), "byteLength": len(packed)})
    document["buffers"] = [{"byteLength": len(body) + len(packed)}]
    attributes = {"POSITION": ids[0], "NORMAL": ids[1], "TEXCOORD_0": ids[3]}
    extension = {"bufferView": len(document["bufferViews"]) - 1, "attributes": attributes}
    document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": extension}
    document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return container(document, body + packed)


def meshopt_packed(data: bytes, part: dict[str, Any]) -> bytes:
    meshoptimizer = pytest.importorskip("meshoptimizer")
    document, body = parsed(data)
    out = bytearray()
    for index, view in enumerate(document["bufferViews"]):
        start = view["byteOffset"]
        plain = body[start : start + view["byteLength"]]
        accessor = next((a for a in document["accessors"] if a["bufferView"] == index), None)
        packed, extra = plain, {}
        if accessor is not None:
            count, kind = accessor["count"], accessor["type"]
            if kind == "SCALAR":
                packed = meshoptimizer.encode_index_buffer(np.frombuffer(plain, "<u4"), count, count)
                extra = {"count": count, "byteStride": 4, "mode": "TRIANGLES"}
            else:
                stride = 4 * int(kind[3:])
                packed = meshoptimizer.encode_vertex_buffer(np.frombuffer(plain, "<f4"), count, stride)
                extra = {"count": count, "byteStride": stride, "mode": "ATTRIBUTES"}
        out += b"\0" * (-len(out) % 4)
        place = {"buffer": 0, "byteOffset": len(out), "byteLength": len(packed)}
        document["bufferViews"][index] = (
            {"buffer": 1, "byteLength": len(plain), "extensions": {"EXT_meshopt_compression": {**place, **extra}}}
            if extra
            else place
        )
        out += packed
    document["buffers"] = [{"byteLength": len(out)}, {"byteLength": len(body)}]
    document["extensionsRequired"] = ["EXT_meshopt_compression"]
    return container(document, bytes(out))


def test_what_compressed_files_need_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "DracoPy", None)
    data = build([grid(2)])
    document, body = parsed(data)
    extension = {"bufferView": 0, "attributes": {"POSITION": 0}}
    document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": extension}
    with pytest.raises(InputError, match=r"Draco.*maquette\[compress\]"):
        asset_of(tmp_path, container(document, body))


def test_ktx_textures_are_refused_unless_there_is_another(tmp_path):
    textures = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    material = {"pbrMetallicRoughness": {"baseColorTexture": info(0)}}
    part = {**grid(2), "material": 0}
    with pytest.raises(InputError, match="KTX2"):
        asset_of(tmp_path, build([part], PICTURES[:1], materials=[material], textures=textures))
    textures = [{**textures[0], "source": 0}]
    asset = asset_of(tmp_path, build([part], PICTURES[:1], materials=[material], textures=textures))
    assert asset.material.base_color is not None


def test_collision_hulls_are_not_seen(tmp_path):
    nodes = [{"mesh": 0, "name": "thing"}, {"mesh": 1, "name": "UCX_thing_00"}]
    data = build([grid(2), grid(3)], nodes=nodes)
    assert len(asset_of(tmp_path, data).mesh.faces) == 8
    only = build([grid(2)], nodes=[{"mesh": 0, "name": "UCX_thing_00"}])
    assert len(asset_of(tmp_path, only).mesh.faces) == 8


MTL = """newmtl m
Kd 0.2 0.4 0.6
Ke 1 1 1
d 0.5
map_Kd -s 1 1 1 base.png
map_Ke glow.png
map_Pr rough.png
map_Pm metal.png
map_Bump -bm 1.0 normal.png
map_d -clamp on alpha.png
"""


def test_a_wavefront_material_with_all_maps(tmp_path):
    base, glow, tilt = (blocks(CELLS, 8, 3, seed) for seed in (1, 2, 3))
    tilt[..., 2] = 250
    tilt[..., :2] = tilt[..., :2] // 4 + 96
    rough, metal, alpha = (blocks(CELLS, 8, 1, seed) for seed in (4, 5, 6))
    names = ("base", "glow", "normal", "rough", "metal", "alpha")
    for name, picture in zip(names, (base, glow, tilt, rough, metal, alpha), strict=True):
        (tmp_path / f"{name}.png").write_bytes(png(picture))
    (tmp_path / "a.mtl").write_text(MTL)
    part = grid(CELLS)
    lines = ["mtllib a.mtl", "usemtl m"]
    lines += [f"v {x} {y} {z}" for x, y, z in part["attributes"]["POSITION"]]
    lines += [f"vt {u} {1 - v}" for u, v in part["attributes"]["TEXCOORD_0"]]
    lines += [f"f {a}/{a} {b}/{b} {c}/{c}" for a, b, c in part["indices"].reshape(-1, 3) + 1]
    (tmp_path / "a.obj").write_text("\n".join(lines))
    asset = load(tmp_path / "a.obj")
    points, uv = centres(asset)
    there = np.column_stack([points[:, 0], 1 - points[:, 1]])
    material = asset.material
    np.testing.assert_allclose(seen(material.base_color, uv), texel(base, there), atol=1e-5)
    np.testing.assert_allclose(seen(material.emissive, uv), texel(glow, there), atol=1e-5)
    np.testing.assert_allclose(seen(material.alpha, uv), texel(alpha, there), atol=1e-5)
    both = np.concatenate([texel(metal, there), texel(rough, there)], 1)
    np.testing.assert_allclose(seen(material.metallic_roughness, uv), both, atol=1e-5)
    tangent = texel(tilt, there) * 2 - 1
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    np.testing.assert_allclose(seen(material.normal_map, uv), tangent, atol=1e-5)
    assert (material.alpha_mode, material.alpha_factor) == ("blend", 0.5)
    assert material.base_color_factor == (1, 1, 1)
