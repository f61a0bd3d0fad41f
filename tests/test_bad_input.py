"""Whatever file is given: a usable mesh or picture, or one line that says what is wrong. Never anything else."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maquette.artifacts import Asset, Image, Mesh
from maquette.errors import InputError
from maquette.formats import export_glb, glb_bytes, load, load_image, save_png, write_atomically
from maquette.formats.views import load_views

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
FILES = sorted(
    path
    for folder in ("nasty", "nasty_xatlas", "bad_gltf")
    for path in (SHARED / folder).rglob("*")
    if path.suffix.lower() in (".glb", ".gltf", ".obj", ".ply", ".stl", ".off")
)


def assert_one_line(error: InputError) -> None:
    message = str(error)
    assert message
    assert "\n" not in message
    assert len(message) < 400


def assert_usable(asset: Asset) -> None:
    mesh = asset.mesh
    assert len(mesh.faces) > 0
    assert np.isfinite(mesh.vertices).all()
    assert mesh.faces.min() >= 0
    assert mesh.faces.max() < len(mesh.vertices)
    assert np.linalg.norm(asset.normals, axis=1) == pytest.approx(1, abs=1e-4)
    assert asset.uv is None or (np.isfinite(asset.uv).all() and asset.uv.min() >= 0 and asset.uv.max() <= 1)
    for values in (mesh.vertex_colors, asset.material.base_color, asset.material.metallic_roughness):
        assert values is None or (values.min() >= 0 and values.max() <= 1)


def loads_or_says_why(path: Path) -> Asset | None:
    try:
        asset = load(path)
    except InputError as error:
        assert_one_line(error)
        return None
    assert_usable(asset)
    assert glb_bytes(asset)[:4] == b"glTF"
    return asset


def refused(call: Callable[[], object], *words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert_one_line(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.skipif(not FILES, reason="shared test data is absent")
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SHARED)))
def test_real_nasty_files(path):
    asset = loads_or_says_why(path)
    report = path.with_name(path.name + ".report.json")
    if report.exists() and json.loads(report.read_text())["issues"]["numErrors"]:
        assert asset is None  # the Khronos validator found errors; none of these has a mesh either


@pytest.mark.skipif(not FILES, reason="shared test data is absent")
def test_what_nasty_files_hold():
    """The solid ones among them are read, each with the triangles that another program counts."""
    counts = {
        "busted.STL": 3878,
        "negative_indices.obj": 12,
        "nested.glb": 36,
        "whitespace.off": 12,
        "soup.stl": 100,
    }
    for name, faces in counts.items():
        assert len(load(SHARED / "nasty" / name).mesh.faces) == faces
    for name in (
        "empty.obj",
        "empty.ply",
        "empty.stl",
        "obj_points.obj",
        "obj_wireframe.obj",
        "ply_points_bin.ply",
    ):
        refused(lambda name=name: load(SHARED / "nasty" / name), name, "faces")


# Hand-made GLBs: a good one, and what a single change makes of it.

TRIANGLE = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]])


def gltf(positions: np.ndarray = TRIANGLE, indices: tuple[int, ...] = (0, 1, 2), **changes) -> bytes:
    binary = positions.astype("<f4").tobytes() + np.array(indices, "<u4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(positions), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": len(indices), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": positions.size * 4},
            {"buffer": 0, "byteOffset": positions.size * 4, "byteLength": 4 * len(indices)},
        ],
        "buffers": [{"byteLength": len(binary)}],
    } | changes
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def textured(uri: str) -> dict:
    return {
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": uri}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
    }


HUGE = 10_000_000_000
VEC3 = {"componentType": 5126, "type": "VEC3"}
INDEX = {"bufferView": 1, "componentType": 5125, "count": 3, "type": "SCALAR"}
POSITION = {"bufferView": 0, "count": 3, **VEC3}
BAD_GLTF = {
    "NaN": (gltf(np.where(np.eye(3, dtype=bool), np.nan, TRIANGLE)), "NaN"),
    "infinite": (gltf(np.where(np.eye(3, dtype=bool), np.inf, TRIANGLE)), "infinite"),
    "beyond float": (gltf(nodes=[{"mesh": 0, "scale": [1e300, 1e300, 1e300]}]), "coordinates"),
    "no extent": (gltf(TRIANGLE * 0), "extent"),
    "no faces": (gltf(indices=()), "no faces"),
    "index out of range": (gltf(indices=(0, 1, 99)), "indices"),
    "points only": (gltf(meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "mode": 0}]}]), "points"),
    "no mesh": (gltf(nodes=[{}]), "no mesh"),
    "giant count": (gltf(accessors=[{"bufferView": 0, "count": HUGE, **VEC3}, INDEX]), "values"),
    "giant empty count": (gltf(accessors=[{"count": HUGE, **VEC3}, INDEX]), "values"),
    "count past its view": (gltf(accessors=[{"bufferView": 0, "count": 4, **VEC3}, INDEX]), "bytes"),
    "negative count": (gltf(accessors=[{"bufferView": 0, "count": -3, **VEC3}, INDEX]), "count"),
    "fractional count": (gltf(accessors=[{"bufferView": 0, "count": 2.5, **VEC3}, INDEX]), "count"),
    "giant view": (gltf(bufferViews=[{"buffer": 0, "byteLength": HUGE}] * 2), "bytes"),
    "negative offset": (gltf(bufferViews=[{"buffer": 0, "byteOffset": -8, "byteLength": 36}] * 2), "sizes"),
    "giant buffer": (gltf(buffers=[{"byteLength": HUGE}]), "bytes"),
    "giant sparse": (
        gltf(
            accessors=[
                {
                    **POSITION,
                    "sparse": {
                        "count": HUGE,
                        "indices": {"bufferView": 1, "componentType": 5125},
                        "values": {"bufferView": 0},
                    },
                },
                INDEX,
            ]
        ),
        "bytes",
    ),
    "cycle": (gltf(nodes=[{"mesh": 0, "children": [1]}, {"children": [0]}]), "ancestor"),
    "own child": (gltf(nodes=[{"mesh": 0, "children": [0]}]), "ancestor"),
    "shared child": (gltf(nodes=[{"children": [1, 1]}, {"mesh": 0}]), "parents"),
    "cycle without a scene": (gltf(scenes=[], nodes=[{"mesh": 0, "children": [0]}]), "no mesh"),
    "node out of range": (gltf(scenes=[{"nodes": [7]}]), "nodes[7]"),
    "negative mesh": (gltf(nodes=[{"mesh": -1}]), "meshes[-1]"),
    "list for an object": (gltf(nodes=[[]]), "object"),
    "text for a list": (gltf(nodes="nodes"), "nodes[0]"),
    "transform of text": (gltf(nodes=[{"mesh": 0, "matrix": ["a"] * 16}]), "damaged"),
    "needs an extension": (gltf(extensionsRequired=["EXT_structural_metadata"]), "EXT_structural_metadata"),
    "glTF 1.0": (gltf(asset={"version": "1.0"}), "2.0"),
    "buffer that climbs": (gltf(buffers=[{"byteLength": 48, "uri": "../../secret.bin"}]), "outside"),
    "buffer at the root": (gltf(buffers=[{"byteLength": 48, "uri": "/etc/hostname"}]), "outside"),
    "buffer that climbs in %": (gltf(buffers=[{"byteLength": 48, "uri": "%2e%2e/secret.bin"}]), "outside"),
    "buffer on a network": (gltf(buffers=[{"byteLength": 48, "uri": "https://example.org/a.bin"}]), "outside"),
    "buffer by file URI": (gltf(buffers=[{"byteLength": 48, "uri": "file:///etc/hostname"}]), "outside"),
    "missing buffer": (gltf(buffers=[{"byteLength": 48, "uri": "missing.bin"}]), "does not exist"),
    "device as buffer": (gltf(buffers=[{"byteLength": 48, "uri": "."}]), "folder"),
    "damaged data URI": (gltf(buffers=[{"byteLength": 48, "uri": "data:;base64,!!!"}]), "data URI"),
    "texture that climbs": (gltf(**textured("../../secret.png")), "outside"),
    "texture on a network": (gltf(**textured("http://example.org/a.png")), "outside"),
    "fake texture": (gltf(**textured("data:image/png;base64,AAAA")), "not a PNG"),
    "JSON without end": (gltf().replace(b'"asset"', b'["asse"'), "JSON"),
    "deep JSON": (b"[" * 200_000, "JSON"),
    "NaN in JSON": (b'{"asset": {"version": "2.0"}, "nodes": [NaN]}', "JSON"),
    "long integer": (b'{"asset": {"version": "2.0"}, "nodes": [' + b"9" * 100_000 + b"]}", "JSON"),
    "chunk longer than the file": (b"glTF" + struct.pack("<III4s", 2, 20, HUGE % 2**32, b"JSON"), "chunk"),
    "length beyond the file": (b"glTF" + struct.pack("<II", 2, 2**32 - 1) + bytes(88), "cut off"),
    "no glTF at all": (b"hello", "JSON"),
    "nothing": (b"", "empty"),
}


def test_the_good_one_is_good(tmp_path):
    (tmp_path / "a.glb").write_bytes(gltf())
    assert_usable(load(tmp_path / "a.glb"))


@pytest.mark.parametrize("case", BAD_GLTF)
def test_bad_gltf(tmp_path, case):
    data, word = BAD_GLTF[case]
    path = tmp_path / "folder" / "a.glb"
    path.parent.mkdir()
    path.write_bytes(data)
    refused(lambda: load(path), "a.glb", word)


def test_texture_bomb_in_a_gltf_and_in_an_obj(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png(20_000, 20_000))
    uv = {"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1, "material": 0}
    with_uv = textured("bomb.png") | {
        "meshes": [{"primitives": [uv]}],
        "accessors": [POSITION, INDEX, {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC2"}],
    }
    (tmp_path / "a.gltf").write_bytes(gltf(**with_uv))
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd bomb.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    refused(lambda: load(tmp_path / "a.gltf"), "pixels")
    refused(lambda: load(tmp_path / "a.obj"), "pixels")


def test_instances_do_not_multiply_without_end(tmp_path):
    """Ten bytes a node, a whole mesh each: refused by a count of what would be drawn, before it is drawn."""
    many = 10_001
    nodes = [{"mesh": 0} for _ in range(many)]
    (tmp_path / "a.glb").write_bytes(gltf(scenes=[{"nodes": list(range(many))}], nodes=nodes))
    refused(lambda: load(tmp_path / "a.glb"), "parts")


BAD_TEXT = {
    "claims.ply": b"ply\nformat binary_little_endian 1.0\n"
    b"element vertex 10000000000\nproperty float x\nend_header\n",
    "negative.ply": b"ply\nformat ascii 1.0\nelement vertex -5\nproperty float x\nend_header\n",
    "list.ply": b"ply\nformat binary_little_endian 1.0\nelement face 1\nproperty list uint int vertex_indices\n"
    b"end_header\n\xff\xff\xff\xff",
    "headless.ply": b"ply\nformat ascii 1.0\n",
    "claims.off": b"OFF\n10000000000 10000000000 0\n",
    "negative.off": b"OFF\n-1 -1 0\n",
    "range.off": b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 9\n",
    "nan.off": b"OFF\n3 1 0\n0 0 nan\n1 0 0\n0 1 0\n3 0 1 2\n",
    "claims.stl": bytes(80) + struct.pack("<I", 2**32 - 1) + bytes(50),
    "short.stl": b"solid a",
    "zeros.stl": bytes(84),
    "range.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99\n",
    "zero.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n",
    "nan.obj": b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "letters.obj": b"v a b c\nf x y z\n",
    "nothing.obj": b"",
    "binary.obj": bytes(range(256)) * 40,
    "climbs.obj": b"mtllib ../../secret.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "picture.glb": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "text.txt": b"hello",
    "noending": b"hello",
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_bad_meshes_of_other_formats(tmp_path, name):
    (tmp_path / name).write_bytes(BAD_TEXT[name])
    refused(lambda: load(tmp_path / name), name)


def test_an_obj_of_many_materials_or_one_giant_polygon_ends(tmp_path):
    triangle = b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"
    (tmp_path / "many.obj").write_bytes(triangle + b"".join(b"\nusemtl %d\nf 1 2 3" % i for i in range(3_000)))
    (tmp_path / "polygon.obj").write_bytes(triangle + b"f" + b" 1 2 3" * 50_000)
    refused(lambda: load(tmp_path / "many.obj"), "materials")
    loads_or_says_why(tmp_path / "polygon.obj")


@pytest.mark.parametrize("read", [load, load_image, load_views])
def test_places_that_cannot_be_read(tmp_path, read):
    refused(lambda: read(tmp_path / "missing.glb"), "missing.glb", "does not exist")
    refused(lambda: read("bad\0name.png"))
    refused(lambda: read("x" * 5000 + ".obj"))
    if read is not load_views:
        refused(lambda: read(tmp_path), "folder")
        os.mkfifo(tmp_path / "pipe.glb")
        refused(lambda: read(tmp_path / "pipe.glb"), "ordinary")
        refused(lambda: read("/dev/zero"), "expected")


# Pictures.


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def good_png(tmp_path: Path) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 4)).astype(np.uint8)
    save_png(tmp_path / "good.png", pixels)
    return (tmp_path / "good.png").read_bytes()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"hello", "not a PNG"),
        (b"GIF89a" + bytes(64), "not a PNG"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "picture"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "picture"),
        (b"RIFF\x00\x00\x00\x40WEBPVP8 " + bytes(64), "picture"),
        (png(1, 1, bytes(4)), "1×1"),
        (png(3000, 2, bytes(18_002)), "3000×2"),
        (png(20_000, 20_000), "pixels"),
        (png(10_000, 10_000), "pixels"),
        (png(2**31 - 1, 2**31 - 1), "picture"),
        (png(64, 64), "damaged"),
        (png(0, 64), "picture"),
    ],
)
def test_bad_pictures(tmp_path, data, word):
    (tmp_path / "a.png").write_bytes(data)
    refused(lambda: load_image(tmp_path / "a.png"), "a.png")
    with pytest.raises(InputError, match=word if word != "picture" else "a.png"):
        load_image(tmp_path / "a.png")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated_pictures(tmp_path, kept):
    data = good_png(tmp_path)
    (tmp_path / "a.png").write_bytes(data[: int(len(data) * kept)])
    refused(lambda: load_image(tmp_path / "a.png"), "a.png")


# Writing.


def test_places_that_cannot_be_written(tmp_path):
    asset = Asset(Mesh(TRIANGLE, np.int32([[0, 1, 2]])), None, np.float32([[0, 0, 1]] * 3))
    refused(lambda: export_glb(asset, tmp_path), "folder")
    refused(lambda: export_glb(asset, tmp_path / "missing" / "a.glb"), "does not exist")
    refused(lambda: export_glb(asset, "/dev/null"), "ordinary")
    refused(lambda: export_glb(asset, tmp_path / ("x" * 300 + ".glb")))
    refused(lambda: export_glb(asset, "bad\0name.glb"))
    (tmp_path / "file").write_bytes(b"")
    refused(lambda: export_glb(asset, tmp_path / "file" / "a.glb"), "does not exist")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    refused(lambda: write_atomically(tmp_path / "a", b"x"), "written")


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """A limit on the size of files makes the write fail in the middle, as a full disk does."""
    resource = pytest.importorskip("resource")
    import signal

    path = tmp_path / "a.glb"
    write_atomically(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        refused(lambda: write_atomically(path, bytes(20_000)), "does not fit", "20,000 bytes")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.glb"]


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.glb", b"x")
    assert not list(tmp_path.iterdir())


# Folders of views.


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"frames": []}',
        b'{"frames": [{"file_path": "../../secret.png"}]}',
        b'{"frames": [{"file_path": "https://example.org/a.png"}]}',
        b'{"frames": [{"file_path": "missing"}]}',
        b'{"frames": [{"file_path": "good.png"}]}',
        b'{"camera_angle_x": 1, "frames": [{"file_path": "good.png", "transform_matrix": [[1]]}]}',
        b'{"camera_angle_x": 1, "frames": [{"file_path": "good.png", "transform_matrix": '
        b"[[2,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}]}",
        b'{"k1": 0.1, "camera_angle_x": 1, "frames": [{"file_path": "good.png"}]}',
        b"[" * 100_000,
    ],
)
def test_bad_views(tmp_path, document):
    good_png(tmp_path)
    (tmp_path / "transforms.json").write_bytes(document)
    refused(lambda: load_views(tmp_path), "transforms.json")


# Any bytes at all: damage in random places of good files.


def good_files() -> dict[str, bytes]:
    shape = trimesh.creation.icosphere(subdivisions=1)
    uv = np.random.default_rng(0).random((42, 2)).astype(np.float32)
    from maquette.artifacts import Material

    material = Material(np.random.default_rng(1).random((4, 4, 3)).astype(np.float32))
    mesh = Mesh(shape.vertices.astype(np.float32), shape.faces.astype(np.int32))
    files = {"a.glb": glb_bytes(Asset(mesh, uv, mesh.vertices, material))}
    for kind in ("obj", "ply", "stl", "off"):
        data = shape.export(file_type=kind)
        files[f"a.{kind}"] = data.encode() if isinstance(data, str) else data
    return files


GOOD = good_files()
DAMAGE = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.sampled_from(["set", "cut", "drop", "copy"]), st.integers(0, 255)
    ),
    min_size=1,
    max_size=6,
)
BOUNDED = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def damaged(data: bytes, damage: list[tuple[float, str, int]]) -> bytes:
    for where, how, value in damage:
        at = int(where * len(data))
        if how == "set":
            data = data[:at] + bytes([value]) + data[at + 1 :]
        elif how == "cut":
            data = data[:at]
        elif how == "drop":
            data = data[:at] + data[at + 1 + value :]
        else:
            data = data[:at] + data[max(at - value, 0) : at] + data[at:]
    return data


@pytest.mark.parametrize("name", GOOD)
@given(damage=DAMAGE)
@BOUNDED
def test_damaged_meshes(tmp_path, name, damage):
    (tmp_path / name).write_bytes(damaged(GOOD[name], damage))
    loads_or_says_why(tmp_path / name)


@given(damage=DAMAGE, key=st.sampled_from(["nodes", "meshes", "accessors", "bufferViews", "buffers", "materials"]))
@BOUNDED
def test_damaged_json(tmp_path, damage, key):
    """The JSON alone is damaged where it counts, with the lengths of the container set right again."""
    data = GOOD["a.glb"]
    (length,) = struct.unpack_from("<I", data, 12)
    text, rest = data[20 : 20 + length], data[20 + length :]
    at = text.index(b'"' + key.encode())
    text = text[:at] + damaged(text[at:], damage)
    body = struct.pack("<I4s", len(text), b"JSON") + text + rest
    (tmp_path / "a.glb").write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
    loads_or_says_why(tmp_path / "a.glb")


@given(damage=DAMAGE)
@BOUNDED
def test_damaged_pictures(tmp_path, damage):
    (tmp_path / "a.png").write_bytes(damaged(good_png(tmp_path), damage))
    try:
        read = load_image(tmp_path / "a.png")
    except InputError as error:
        assert_one_line(error)
    else:
        assert isinstance(read, Image)
        assert read.rgb.min() >= 0
        assert read.rgb.max() <= 1
