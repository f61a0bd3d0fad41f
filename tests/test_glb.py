"""GLB in and out: what is written can be decoded by other code, and what is read means the same."""

import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from maquette.artifacts import Asset, Material, Mesh
from maquette.cameras import project
from maquette.errors import InputError
from maquette.formats import export_glb, glb_bytes, load, load_image, normalized, save_png
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.formats.views import load_views, save_views

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def box(extents=(1.0, 2.0, 3.0), center=(0.0, 0.0, 0.0)) -> Mesh:
    shape = trimesh.creation.box(extents)
    return Mesh((shape.vertices + np.array(center)).astype(np.float32), shape.faces.astype(np.int32))


def asset(mesh: Mesh | None = None, **changes) -> Asset:
    mesh = mesh or box()
    normals = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).vertex_normals.astype(np.float32)
    uv = (mesh.vertices[:, :2] - mesh.vertices[:, :2].min(0)) / np.ptp(mesh.vertices[:, :2], 0)
    return replace(Asset(mesh, uv.astype(np.float32), normals), **changes)


def picture(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    """Noise on exact bytes, so that an 8-bit file holds it without loss."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels))
    return values.astype(np.float32) / 255


def by_value(faces: np.ndarray) -> np.ndarray:
    """Triangles [faces, 3, 3] in the order of their coordinates, each from its smallest corner on."""
    faces = faces.round(6)
    first = np.array([min(range(3), key=lambda i, f=face: tuple(f[i])) for face in faces])
    turned = np.take_along_axis(faces, ((first[:, None] + np.arange(3)) % 3)[..., None], 1)
    return turned[np.lexsort(turned.reshape(-1, 9).T)]


def document(data: bytes) -> dict:
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    return json.loads(data[20 : 20 + length])


def glb(json_part: dict, binary: bytes = b"") -> bytes:
    text = json.dumps(json_part).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    if binary:
        body += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def test_trimesh_reads_what_is_written(tmp_path):
    mesh = box(center=(5, 6, 7))
    export_glb(asset(mesh, height_meters=0.5), tmp_path / "a.glb")
    other = trimesh.load_mesh(tmp_path / "a.glb", process=False)
    # 1 × 2 × 3 at half a metre's height, the centre of its base at the origin, in float32
    np.testing.assert_allclose(other.bounds, [[-0.125, 0, -0.375], [0.125, 0.5, 0.375]], atol=1e-7)
    mine = mesh.vertices[mesh.faces] - [5, 6, 7]
    np.testing.assert_allclose(by_value(other.triangles), by_value(mine / 4 + [0, 0.25, 0]), atol=1e-7)
    assert other.is_watertight
    assert other.volume > 0


def test_the_same_asset_gives_the_same_bytes():
    one = asset(receipt={"prompt": "a stool", "seed": 3}, material=Material(picture(8, 8, 3)))
    two = asset(receipt={"seed": 3, "prompt": "a stool"}, material=Material(picture(8, 8, 3)))
    assert glb_bytes(one) == glb_bytes(two)


def test_layout_is_aligned_and_bounded():
    data = glb_bytes(asset(material=Material(picture(5, 7, 3))))
    gltf = document(data)
    assert struct.unpack_from("<4sII", data) == (b"glTF", 2, len(data))
    assert all(view["byteOffset"] % 4 == 0 for view in gltf["bufferViews"])
    position = gltf["accessors"][gltf["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    view = gltf["bufferViews"][position["bufferView"]]
    start = data.index(b"BIN\0") + 4 + view["byteOffset"]
    values = np.frombuffer(data, "<f4", 3 * position["count"], start).reshape(-1, 3)
    np.testing.assert_array_equal(position["min"], values.min(0).astype(float))
    np.testing.assert_array_equal(position["max"], values.max(0).astype(float))


@pytest.mark.parametrize(("vertices", "kind"), [(65_535, 5123), (65_536, 5125)])
def test_index_type_leaves_the_restart_value_free(vertices, kind):
    points = np.random.default_rng(0).normal(size=(vertices, 3)).astype(np.float32)
    faces = np.resize(np.arange(vertices, dtype=np.int32), (vertices // 3 + 1, 3))
    gltf = document(glb_bytes(Asset(Mesh(points, faces), None, np.tile(np.float32([0, 1, 0]), (vertices, 1)))))
    assert gltf["accessors"][gltf["meshes"][0]["primitives"][0]["indices"]]["componentType"] == kind


def test_names_receipt_and_material():
    gltf = document(
        glb_bytes(
            asset(
                receipt={"prompt": "A RED wooden-stool, 3 legs!", "seed": 7}, material=Material(picture(4, 4, 3))
            )
        )
    )
    assert gltf["nodes"][0]["name"] == "red_wooden_stool_3_legs"
    assert gltf["meshes"][0]["name"] == "geo_red_wooden_stool_3_legs"
    assert gltf["images"][0]["name"] == "tex_red_wooden_stool_3_legs_basecolor"
    assert gltf["asset"]["extras"]["maquette"] == {"prompt": "A RED wooden-stool, 3 legs!", "seed": 7}
    assert len(gltf["materials"]) == 1
    assert not gltf["materials"][0]["doubleSided"]


@pytest.mark.parametrize("name", ["", "  ", "123", "椅子", "the ../../etc/passwd"])
def test_names_are_clean_whatever_the_prompt(name):
    made = document(glb_bytes(asset(receipt={"prompt": name})))["nodes"][0]["name"]
    assert made[0].isalpha()
    assert made.isascii()
    assert made.replace("_", "").isalnum()


@pytest.mark.parametrize("filler", ["very ", "a", "1", "verylong-"])
@pytest.mark.parametrize("count", [6, 7, 8, 30])
def test_long_names_are_cut_where_a_name_may_end(filler, count):
    """At every place of the cut, also behind a space: 40 characters at most, and no underscore at the end."""
    gltf = document(glb_bytes(asset(receipt={"prompt": "a " + filler * count + "long stool"})))
    made = gltf["nodes"][0]["name"]
    assert re.fullmatch(r"[a-z]([a-z0-9_]*[a-z0-9])?", made)
    assert len(made) <= 40
    assert count < 30 or filler == "1" or len(made) >= 39  # a space at most is lost beyond the cut
    assert [mesh["name"] for mesh in gltf["meshes"]] == [f"geo_{made}"]


def test_textures_come_back_exactly(tmp_path):
    base, mr = picture(8, 16, 3), picture(8, 16, 2, seed=1)
    written = asset(
        material=Material(base, (0.5, 0.25, 1.0), mr), receipt={"prompt": "a stool", "stages": [{"x": 1}]}
    )
    export_glb(written, tmp_path / "a.glb")
    read = load(tmp_path / "a.glb")
    assert read.receipt == written.receipt
    np.testing.assert_array_equal(read.material.base_color, base)
    np.testing.assert_array_equal(read.material.metallic_roughness, mr)
    assert read.material.base_color_factor == (0.5, 0.25, 1.0)
    # Vertices come back in another order, each with what is its own; normals were normalised in float32 twice.
    here, there = (np.lexsort(a.mesh.vertices.round(4).T) for a in (written, read))
    assert read.uv is not None
    assert written.uv is not None
    np.testing.assert_array_equal(read.uv[there], written.uv[here])
    np.testing.assert_allclose(read.normals[there], written.normals[here], atol=1e-6)
    assert read.height_meters == pytest.approx(1.0)


def test_orm_channels_are_where_gltf_wants_them():
    mr = np.zeros((2, 2, 2), np.float32)
    mr[..., 0], mr[..., 1] = 1.0, 0.2
    data = glb_bytes(asset(material=Material(metallic_roughness=mr)))
    other = trimesh.load_scene(trimesh.util.wrap_as_stream(data), file_type="glb")
    material = next(iter(other.geometry.values())).visual.material
    np.testing.assert_array_equal(np.asarray(material.metallicRoughnessTexture)[0, 0], [255, 51, 255])


def test_vertex_colors_are_linear_in_the_file_and_srgb_in_hand(tmp_path):
    mesh = box()
    colors = np.random.default_rng(2).random((8, 3)).astype(np.float32)
    colored = asset(Mesh(mesh.vertices, mesh.faces, colors), uv=None)
    data = glb_bytes(colored)
    gltf = document(data)
    accessor = gltf["accessors"][gltf["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"]]
    start = data.index(b"BIN\0") + 4 + gltf["bufferViews"][accessor["bufferView"]]["byteOffset"]
    stored = np.frombuffer(data, "<f4", 24, start).reshape(8, 3)
    (tmp_path / "a.glb").write_bytes(data)
    read = load(tmp_path / "a.glb").mesh
    here, there = (np.lexsort(m.vertices.round(4).T) for m in (mesh, read))
    # The sRGB curve is within a few hundredths of a power of 2.2.
    np.testing.assert_allclose(stored[there], colors[here] ** 2.2, atol=0.02)
    assert read.vertex_colors is not None
    np.testing.assert_allclose(read.vertex_colors[there], colors[here], atol=1e-6)


def test_the_srgb_curve_is_its_own_inverse():
    values = np.linspace(0, 1, 1001)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(values)), values, atol=1e-7)
    assert linear_from_srgb(np.array(0.5)) == pytest.approx(0.21404, abs=1e-5)  # IEC 61966-2-1


def test_flat_things_are_as_wide_as_the_height():
    mesh = Mesh(np.float32([[0, 0, 0], [4, 0, 0], [0, 0, 2]]), np.int32([[0, 2, 1]]))
    flat = Asset(mesh, None, np.tile(np.float32([0, 1, 0]), (3, 1)), height_meters=0.5)
    (position, *_) = document(glb_bytes(flat))["accessors"]
    np.testing.assert_allclose(np.subtract(position["max"], position["min"]), [0.5, 0, 0.25])


def test_what_cannot_be_exported():
    mesh = box()
    broken = np.where(np.arange(8)[:, None] == 3, np.nan, mesh.vertices).astype(np.float32)
    for bad, said in (
        (Mesh(broken, mesh.faces), "NaN or infinite coordinates"),
        (Mesh(mesh.vertices, mesh.faces[:0]), "no faces"),
        (Mesh(mesh.vertices, mesh.faces + 1), "outside its 8 vertices"),
    ):
        with pytest.raises(InputError, match=said):
            glb_bytes(Asset(bad, None, mesh.vertices))


def test_normalized_fills_the_unit_box_and_keeps_proportions():
    mesh = normalized(box((1, 2, 4), center=(9, 9, 9)))
    np.testing.assert_allclose(np.ptp(mesh.vertices, 0), [0.25, 0.5, 1], atol=1e-6)
    np.testing.assert_allclose(mesh.vertices.min(0) + mesh.vertices.max(0), 0, atol=1e-6)


def colored_at(read: Asset, face: int) -> np.ndarray:
    """The texture's colour at a face's centre, sampled by hand: v goes down, row 0 is v = 0."""
    assert read.uv is not None
    assert read.material.base_color is not None
    texture = read.material.base_color
    u, v = read.uv[read.mesh.faces[face]].mean(0)
    return texture[int(v * texture.shape[0]), int(u * texture.shape[1])]


def test_several_materials_become_one_texture(tmp_path):
    scene = trimesh.Scene()
    expected = {}
    for index, color in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255), (30, 60, 90)]):
        part = trimesh.creation.box()
        factor = [*linear_from_srgb(np.array(color) / 255), 1.0]
        part.visual = trimesh.visual.TextureVisuals(
            uv=np.random.default_rng(index).random((8, 2)),
            material=trimesh.visual.material.PBRMaterial(
                baseColorFactor=factor, metallicFactor=index / 4, roughnessFactor=0.5
            ),
        )
        scene.add_geometry(part, transform=trimesh.transformations.translation_matrix([3 * index, 0, 0]))
        expected[index] = np.array(color) / 255
    (tmp_path / "a.glb").write_bytes(scene.export(file_type="glb"))
    read = load(tmp_path / "a.glb")
    assert len(read.mesh.faces) == 48
    assert read.material.metallic_roughness is not None
    for face in range(48):
        index = round(float(read.mesh.vertices[read.mesh.faces[face], 0].mean()) / 3)
        # trimesh writes factors as bytes of linear values: dark colours lose up to 2/255 in sRGB.
        np.testing.assert_allclose(colored_at(read, face), expected[index], atol=4 / 255)


def test_textures_and_repeats_end_in_the_unit_square(tmp_path):
    """A checker of 2×2 texels that repeats three times, beside a plain part: colours stay where they were."""
    checker = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 0]]], np.uint8)
    big = np.kron(checker, np.ones((32, 32, 1), np.uint8))
    # One small triangle in the middle of each texel of the 3×3 repeats, from -1 to 2.
    corners = np.array([[0, 0], [0.1, 0], [0, 0.1]]) - 0.03
    centres = np.stack(np.meshgrid(np.arange(6), np.arange(6)), -1).reshape(-1, 2) / 2 + 0.25 - 1
    flat = (centres[:, None] + corners).reshape(-1, 2)
    vertices = np.column_stack([flat, np.zeros(len(flat))])
    # One wide triangle, so that the texture must really repeat.
    vertices = np.vstack([vertices, [[-1, -1, 1], [2, -1, 1], [-1, 2, 1]]])
    faces = np.arange(len(vertices)).reshape(-1, 3)
    from PIL import Image

    part = trimesh.Trimesh(vertices, faces, process=False)
    uv_up = vertices[:, :2] * [1, -1] + [0, 1]  # trimesh's v goes up
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(big), roughnessFactor=0.5)
    part.visual = trimesh.visual.TextureVisuals(uv=uv_up, material=material)
    plain = trimesh.creation.box()
    plain.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(baseColorFactor=[1.0, 1.0, 1.0, 1.0])
    )
    (tmp_path / "a.glb").write_bytes(trimesh.Scene({"a": part, "b": plain}).export(file_type="glb"))
    read = load(tmp_path / "a.glb")
    assert read.uv is not None
    assert read.uv.min() >= 0
    assert read.uv.max() <= 1
    seen = 0
    for face in range(len(read.mesh.faces)):
        at = read.mesh.vertices[read.mesh.faces[face]].mean(0)
        if at[2] == 0 and np.ptp(read.mesh.vertices[read.mesh.faces[face]]) < 5:
            column, row = np.floor(at[:2] * 2).astype(int) % 2
            np.testing.assert_allclose(colored_at(read, face), checker[row, column] / 255, atol=0.02)
            seen += 1
    assert seen >= 36


def test_nodes_place_and_mirror(tmp_path):
    """A mirrored, scaled child of a turned node: the volume stays positive and the box is where it should be."""
    mesh = box((1, 1, 1))
    binary = mesh.vertices.tobytes() + mesh.faces.astype("<u2").tobytes()
    (tmp_path / "a.glb").write_bytes(
        glb(
            {
                "asset": {"version": "2.0"},
                "scenes": [{"nodes": [0]}],
                "nodes": [
                    {"rotation": [0, 0, 0.5**0.5, 0.5**0.5], "translation": [10, 0, 0], "children": [1]},
                    {"mesh": 0, "scale": [-2, 1, 1], "translation": [5, 0, 0]},
                ],
                "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
                "accessors": [
                    {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
                    {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
                ],
                "bufferViews": [
                    {"buffer": 0, "byteLength": 96},
                    {"buffer": 0, "byteOffset": 96, "byteLength": 72},
                ],
                "buffers": [{"byteLength": len(binary)}],
            },
            binary,
        )
    )
    read = load(tmp_path / "a.glb")
    other = trimesh.Trimesh(read.mesh.vertices, read.mesh.faces, process=False)
    # A quarter turn about z sends +X to +Y.
    np.testing.assert_allclose(other.bounds, [[9.5, 4, -0.5], [10.5, 6, 0.5]], atol=1e-6)
    assert other.volume == pytest.approx(2, abs=1e-5)
    outward = (read.normals * (read.mesh.vertices - [10, 5, 0])).sum(1)
    assert (outward > 0).all()


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "off", "glb"])
def test_every_format_gives_the_same_solid(tmp_path, suffix):
    shape = trimesh.creation.icosphere(subdivisions=2)
    shape.export(tmp_path / f"a.{suffix.upper()}", file_type=suffix)
    read = load(tmp_path / f"a.{suffix.upper()}")
    other = trimesh.Trimesh(read.mesh.vertices, read.mesh.faces, process=False)
    assert len(read.mesh.faces) == 320
    assert other.is_watertight
    # The text formats keep eight digits or more.
    assert other.volume == pytest.approx(shape.volume, rel=1e-5)
    assert np.linalg.norm(read.normals, axis=1) == pytest.approx(1, abs=1e-5)
    assert (read.normals * read.mesh.vertices).sum(1).min() > 0.9


def test_ply_colors_are_kept(tmp_path):
    shape = trimesh.creation.icosphere(subdivisions=2)
    colors = np.random.default_rng(0).integers(0, 256, (len(shape.vertices), 3))
    shape.visual.vertex_colors = colors
    shape.export(tmp_path / "a.ply")
    read = load(tmp_path / "a.ply").mesh
    assert read.vertex_colors is not None
    np.testing.assert_allclose(read.vertex_colors * 255, colors, atol=1e-3)


def test_normals_are_smooth_except_at_creases(tmp_path):
    """A cylinder of 32 sides: 11° between its sides, 90° at its rims."""
    shape = trimesh.creation.cylinder(radius=1, height=2, sections=32)
    shape.export(tmp_path / "a.stl")
    read = load(tmp_path / "a.stl")
    side = np.abs(read.normals[:, 2]) < 0.5
    assert len(read.mesh.vertices) == 2 * 33 + 2 * 32
    np.testing.assert_allclose(np.abs(read.normals[~side]), [[0, 0, 1]] * 66, atol=1e-6)
    # Area weights favour one of two diagonals: within half a side's angle of the radius.
    assert ((read.normals * read.mesh.vertices)[side, :2].sum(1) > np.cos(np.radians(11.25 / 2))).all()


def test_a_wavefront_texture_is_the_right_way_up(tmp_path):
    texture = np.zeros((4, 4, 3), np.float32)
    texture[:2, :, 0] = 1  # red above, black below
    save_png(tmp_path / "t.png", texture)
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd t.png\n")
    (tmp_path / "a.obj").write_text(
        "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0.5 0.9\nvt 0.4 0.8\nvt 0.6 0.8\nusemtl m\nf 1/1 2/2 3/3\n"
    )
    np.testing.assert_array_equal(colored_at(load(tmp_path / "a.obj"), 0), [1, 0, 0])


@pytest.mark.parametrize(
    ("name", "faces"), [("spot/cow.obj", 5856), ("chair_pbr/plastic_monobloc_chair_01_1k.gltf", 3356)]
)
def test_real_files_agree_with_trimesh(name, faces):
    path = SHARED / name
    if not path.exists():
        pytest.skip("shared test data is absent")
    read = load(path)
    other = trimesh.load_scene(path)
    assert len(read.mesh.faces) == faces
    np.testing.assert_allclose([read.mesh.vertices.min(0), read.mesh.vertices.max(0)], other.bounds, atol=1e-5)


def test_pictures_come_back(tmp_path):
    rgba = picture(20, 30, 4)
    save_png(tmp_path / "a.png", rgba)
    read = load_image(tmp_path / "a.png")
    np.testing.assert_array_equal(read.rgb, rgba[..., :3])
    np.testing.assert_array_equal(read.alpha, rgba[..., 3])


def test_pictures_of_other_kinds(tmp_path):
    """Each file is written by Pillow from one gradient; every kind must read as the same picture."""
    from PIL import Image

    ramp = np.tile(np.linspace(0, 255, 32).round().astype(np.uint8), (16, 1))
    grey = Image.fromarray(ramp)
    kinds = {
        "grey.png": grey,
        "palette.png": grey.convert("P"),
        "deep.png": Image.fromarray(ramp.astype(np.uint16) * 257),
        "rgb.webp": grey.convert("RGB"),
        "cmyk.jpg": grey.convert("RGB").convert("CMYK"),
    }
    for name, image in kinds.items():
        image.save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
        read = load_image(tmp_path / name)
        assert read.alpha is None
        # JPEG at quality 75 is off by a few levels; the others are exact.
        np.testing.assert_allclose(read.rgb[..., 1], ramp / 255, atol=0.04 if name.endswith("jpg") else 1e-6)


def test_exif_orientation_is_applied(tmp_path):
    from PIL import Image

    image = Image.fromarray(np.zeros((16, 40, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    image.save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").rgb.shape == (40, 16, 3)


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_views_come_back(tmp_path, projection):
    from maquette.artifacts import Views
    from maquette.cameras import axis_aligned, orbit

    cameras = (
        axis_aligned(24) if projection == "orthographic" else orbit(np.array([0.0, 50, 200]), np.full(3, 20.0), 24)
    )
    shape = (len(cameras), 24, 24)
    alpha = picture(24, 24 * len(cameras), 1)[..., 0].reshape(shape)
    alpha[:, :4] = 0
    inside = (alpha > 0)[..., None]
    rng = np.random.default_rng(3)
    normals = rng.normal(size=(*shape, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    views = Views(
        cameras,
        (picture(24, 24, 3) * inside).astype(np.float32),
        alpha,
        (normals * inside).astype(np.float32),
        (rng.random(shape) * inside[..., 0]).astype(np.float32),
        (picture(24, 24, 3, seed=4) * inside).astype(np.float32),
        (picture(24, 24, 2, seed=5) * inside).astype(np.float32),
    )
    save_views(views, tmp_path / "views")
    read = load_views(tmp_path / "views")
    assert read.cameras.projection == projection
    np.testing.assert_allclose(read.cameras.world_to_camera, cameras.world_to_camera, atol=1e-6)
    np.testing.assert_array_equal(read.cameras.intrinsics, cameras.intrinsics)
    for name in ("rgb", "alpha", "albedo", "metallic_roughness"):
        np.testing.assert_allclose(getattr(read, name), getattr(views, name), atol=1e-6, err_msg=name)
    assert views.depth is not None
    np.testing.assert_allclose(read.depth, views.depth, atol=1 / 131070 + 1e-6)
    # Half a level of 255 in each of three components of [-1, 1].
    np.testing.assert_allclose(read.normals, views.normals, atol=2 * 3**0.5 / 255)


def test_blender_views_fit_the_mesh_they_show():
    """Posed pictures made by Blender: the mesh's vertices, turned by nothing but the reader, fall on its alpha."""
    folder, source = SHARED / "avocado_views", SHARED / "avocado_pbr" / "avocado.gltf"
    if not folder.exists():
        pytest.skip("shared test data is absent")
    views = load_views(folder)
    pixels, depth = project(views.cameras, load(source).mesh.vertices)
    assert (depth > 0).all()
    columns, rows = np.floor(pixels).astype(int).transpose(2, 0, 1)
    for number in range(len(views.cameras)):
        covered = views.alpha[number, rows[number], columns[number]] > 0
        assert covered.mean() > 0.98  # vertices on the silhouette may round to the pixel beside it
        ys, xs = np.nonzero(views.alpha[number] > 0.5)
        extent = np.ptp(pixels[number], 0)
        np.testing.assert_allclose(extent, [np.ptp(xs) + 1, np.ptp(ys) + 1], atol=2)  # pixels
