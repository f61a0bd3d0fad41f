"""Files that other programs write a little differently are read all the same; others are refused in a line."""

import io
import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from _gltf import build, container, grid, parsed
from PIL import Image
from test_bad_input import assert_one_line, gltf

from maquette.artifacts import Asset, Level, Material, Mesh, Views
from maquette.cameras import axis_aligned
from maquette.cli import main
from maquette.cli._progress import Progress
from maquette.errors import InputError, Note
from maquette.formats import export_obj, glb_bytes, load, save_png, usdz_bytes
from maquette.formats.exporting import check_export, places
from maquette.formats.gltf import read_package
from maquette.formats.photographs import load_photographs
from maquette.formats.views import load_views, save_views

BOX = trimesh.creation.box()
OBJ = str(BOX.export(file_type="obj"))
TRIANGLE = Mesh(np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.int32([[0, 1, 2]]))
UV, UP = np.float32([[0, 0], [1, 0], [0, 1]]), np.float32([[0, 0, 1]] * 3)
RED = np.full((8, 8, 3), [255, 0, 0], np.uint8)


ODD_TEXT = {
    "an old encoding": ("a.obj", b"# W\xfcrfel\n" + OBJ.encode()),
    "a byte-order mark": ("a.obj", b"\xef\xbb\xbf" + OBJ.partition("\n")[2].encode()),
    "tabs": ("a.obj", OBJ.replace(" ", "\t").encode()),
    "indented lines": ("a.obj", "".join(f"\t {line}\n" for line in OBJ.splitlines()).encode()),
    "old Mac lines": ("a.obj", OBJ.replace("\n", "\r").encode()),
    "an old encoding in OFF": ("a.off", b"OFF # W\xfcrfel\n" + str(BOX.export(file_type="off"))[3:].encode()),
    "an old encoding in STL": (
        "a.stl",
        b"solid W\xfcrfel\n" + str(BOX.export(file_type="stl_ascii")).partition("\n")[2].encode(),
    ),
    "a tail": ("a.stl", bytes(BOX.export(file_type="stl")) + b"\n"),
}


@pytest.mark.parametrize("case", ODD_TEXT)
def test_odd_text_is_read(tmp_path, case):
    name, data = ODD_TEXT[case]
    (tmp_path / name).write_bytes(data)
    mesh = load(tmp_path / name).mesh
    assert len(mesh.faces) == 12
    assert np.ptp(mesh.vertices, 0) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("last", ["f 1 2 0", "  f 1 2 0\n", "\tf 0/1 2/1 3/1\n"])
def test_vertex_zero_is_refused_wherever_it_stands(tmp_path, last):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1 2 3\n" + last)
    with pytest.raises(InputError, match="vertex 0"):
        load(tmp_path / "a.obj")


@pytest.mark.parametrize(
    ("encoding", "library"),
    [
        ("utf-8", "newmtl\tHolz_grün\n\tKd\t1 1 1\n\tmap_Kd\tred.png\n"),
        ("utf-8-sig", "newmtl Holz_grün\nmap_Kd red.png\n"),
        ("latin-1", "newmtl Holz_grün\nmap_Kd red.png\n"),
    ],
)
def test_material_libraries_in_any_encoding_and_with_tabs(tmp_path, encoding, library):
    save_png(tmp_path / "red.png", RED)
    (tmp_path / "a.mtl").write_bytes(library.encode(encoding))
    text = "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl Holz_grün\nf 1/1 2/2 3/3\n"
    (tmp_path / "a.obj").write_bytes(text.encode(encoding))
    assert load(tmp_path / "a.obj").material.base_color[0, 0] == pytest.approx([1, 0, 0])


def test_one_small_picture_under_many_names_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("maquette.formats.meshes.MAX_ALL_PIXELS", 5 * RED.shape[0] * RED.shape[1])
    save_png(tmp_path / "red.png", RED)
    names = [f"{'./' * i}red.png" for i in range(6)]
    (tmp_path / "a.mtl").write_text("".join(f"newmtl {i}\nmap_Kd {name}\n" for i, name in enumerate(names)))
    faces = "".join(f"usemtl {i}\nf 1/1 2/1 3/1\n" for i in range(6))
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\n" + faces)
    with pytest.raises(InputError, match="pixels of textures"):
        load(tmp_path / "a.obj")


def test_names_that_no_disk_takes_and_links_in_a_circle(tmp_path):
    """In every format that refers to files, one line, and no OSError."""
    os.symlink(tmp_path / "loop.png", tmp_path / "loop.png")
    for name in ("loop.png", "x" * 300 + ".png"):
        (tmp_path / "cameras.txt").write_text("1 PINHOLE 64 64 64 64 32 32\n")
        (tmp_path / "images.txt").write_text(f"1 1 0 0 0 0 0 0 1 {name}\n\n")
        (tmp_path / "a.gltf").write_bytes(gltf(buffers=[{"byteLength": 48, "uri": name}]))
        for read in (lambda: load_photographs(tmp_path), lambda: load(tmp_path / "a.gltf")):
            with pytest.raises(InputError, match="looked up") as caught:
                read()
            assert_one_line(caught.value)


def test_a_picture_with_damaged_exif_is_refused_in_a_line(tmp_path):
    """It is looked at where a picture's shape is not its camera's."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = bytearray(exif.tobytes())
    data[6:10] = b"????"  # where the order of bytes stands
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((32, 64, 3), np.uint8)).save(buffer, "JPEG", exif=bytes(data))
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    document = {
        "w": 32,
        "h": 64,
        "fl_x": 40,
        "frames": [{"file_path": "a.jpg", "transform_matrix": np.eye(4).tolist()}],
    }
    (tmp_path / "transforms.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"a\.jpg"):
        load_photographs(tmp_path)


def test_primitives_that_share_their_vertices(tmp_path, monkeypatch):
    """As three.js exports several materials: values are counted once, and each part takes its own vertices."""
    document, body = parsed(build([grid(300)]))
    (primitive,) = document["meshes"][0]["primitives"]
    indices = document["accessors"][primitive["indices"]]
    parts = []
    for first in range(0, indices["count"], 9000):
        count = min(9000, indices["count"] - first)
        document["accessors"].append(indices | {"byteOffset": 4 * first, "count": count})
        parts.append(primitive | {"indices": len(document["accessors"]) - 1})
    document["meshes"][0]["primitives"] = parts
    (tmp_path / "a.glb").write_bytes(container(document, body))
    (tmp_path / "b.glb").write_bytes(build([grid(300)]))
    monkeypatch.setattr("maquette.formats.gltf._document._MAX_ELEMENTS", 2 * 10**6)  # of 40, were all taken
    whole, split = load(tmp_path / "b.glb").mesh, load(tmp_path / "a.glb").mesh
    corners = split.vertices[split.faces]
    assert np.array_equal(corners, whole.vertices[whole.faces])
    assert len(split.vertices) < 2 * len(whole.vertices)


def test_json_with_a_byte_order_mark_is_read(tmp_path):
    """The specification forbids it and lets readers pass over it; editors on Windows write it."""
    document, body = parsed(gltf())
    document["buffers"][0]["uri"] = "a.bin"
    (tmp_path / "a.bin").write_bytes(body)
    (tmp_path / "a.gltf").write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert len(load(tmp_path / "a.gltf").mesh.faces) == 1
    assert main(["inspect", str(tmp_path / "a.gltf")]) in (0, 1)


def test_a_thing_far_from_its_origin_gets_a_note(tmp_path):
    """Coordinates of a map, in which single precision keeps half metres."""
    lines = [f"v {x + 456789.123} {y} {z + 5432100.456}" for x, y, z in BOX.vertices.tolist()]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in BOX.faces.tolist()]
    (tmp_path / "a.obj").write_text("\n".join(lines))
    with pytest.warns(Note, match="rounded to 0.5 m"):
        load(tmp_path / "a.obj")


# What other programs say of levels, hulls, receipts and pictures.


@pytest.mark.parametrize("ids", [5, "x", [None], [7], {"a": 1}, [0] * 17])
def test_levels_that_are_no_levels_are_refused(tmp_path, capsys, ids):
    nodes = [{"mesh": 0, "extensions": {"MSFT_lod": {"ids": ids}}}]
    (tmp_path / "a.glb").write_bytes(gltf(nodes=nodes))
    assert main(["inspect", str(tmp_path / "a.glb")]) == 2
    assert "a.glb" in capsys.readouterr().err
    made = {"version": "2.0", "extras": {"maquette": {"prompt": "a box"}}}  # whose levels are read as well
    (tmp_path / "b.glb").write_bytes(gltf(nodes=nodes, asset=made))
    with pytest.raises(InputError, match=r"b\.glb"):
        load(tmp_path / "b.glb")


@pytest.mark.parametrize("count", [0, 2])
def test_levels_of_a_made_file_have_one_primitive(tmp_path, count):
    drawn = {"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}
    nodes = [{"mesh": 0, "extensions": {"MSFT_lod": {"ids": [1]}}}, {"mesh": 1}]
    made = {"version": "2.0", "extras": {"maquette": {}}}
    meshes = [drawn, {"primitives": drawn["primitives"] * count}]
    (tmp_path / "a.glb").write_bytes(gltf(nodes=nodes, meshes=meshes, asset=made))
    with pytest.raises(InputError, match=r"a\.glb"):
        load(tmp_path / "a.glb")


@pytest.mark.parametrize("primitives", [[], [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 1}]])
def test_levels_without_triangles_are_refused(tmp_path, primitives):
    drawn = {"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}
    nodes = [{"mesh": 0, "extensions": {"MSFT_lod": {"ids": [1]}}}, {"mesh": 1}]
    (tmp_path / "a.glb").write_bytes(gltf(nodes=nodes, meshes=[drawn, {"primitives": primitives}]))
    with pytest.raises(InputError, match="without triangles"):
        read_package(tmp_path / "a.glb")


def test_a_damaged_file_of_hulls_is_refused(tmp_path):
    (tmp_path / "a.glb").write_bytes(gltf())
    (tmp_path / "a_collision.glb").write_bytes(gltf(meshes="none"))
    with pytest.raises(InputError, match=r"a_collision\.glb"):
        read_package(tmp_path / "a.glb")


@pytest.mark.parametrize(
    "receipt", [{"a": 12345}, {"stages": [{}], "models": [{}]}, {"stages": 5}, {"models": ["x"]}, 7]
)
def test_receipts_of_any_form(tmp_path, capsys, receipt):
    """A receipt is given back as far as it can be written again, and inspecting it breaks nothing."""
    asset = {"version": "2.0", "extras": {"maquette": receipt}}
    (tmp_path / "a.glb").write_bytes(gltf(asset=asset).replace(b"12345", b"1e400"))
    assert glb_bytes(load(tmp_path / "a.glb"))[:4] == b"glTF"
    assert main(["inspect", str(tmp_path / "a.glb")]) in (0, 1)
    assert main(["inspect", str(tmp_path / "a.glb"), "--json"]) in (0, 1)
    assert "set MAQUETTE_DEBUG" not in capsys.readouterr().err


def test_inspect_names_pictures_that_it_cannot_read(tmp_path, capsys):
    """A KTX2 picture beside its fallback, one that is not there, and one that is no picture."""
    part = {**grid(2), "material": 0}
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    document, body = parsed(build([part], [RED], materials=[material]))
    body += b"\xabKTX 20\xbb"
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(body) - 9, "byteLength": 9})
    document["buffers"][0]["byteLength"] = len(body)
    more = [{"name": "fast", "mimeType": "image/ktx2", "bufferView": len(document["bufferViews"]) - 1}]
    document["images"] += [*more, {"uri": "gone.png"}, {"uri": "../far.png"}]
    document["textures"][0]["extensions"] = {"KHR_texture_basisu": {"source": 1}}
    (tmp_path / "a.glb").write_bytes(container(document, body))
    assert main(["inspect", str(tmp_path / "a.glb"), "--json"]) in (0, 1)
    rows = json.loads(capsys.readouterr().out)["textures"]
    assert [row.get("width") for row in rows] == [8, None, None, None]
    assert rows[1]["name"] == "fast"


# Writing.


@pytest.mark.parametrize("write", [glb_bytes, usdz_bytes, lambda asset: export_obj(asset, "never.obj")])
@pytest.mark.parametrize(
    "change",
    [
        {"height_meters": float("nan")},
        {"height_meters": 0.0},
        {"material": Material(emissive_factor=(float("inf"), 0, 0))},
        {"material": Material(roughness=float("nan"))},
        {"uv": UV * np.float32(np.nan)},
    ],
)
def test_assets_with_numbers_that_are_none_are_not_written(write, change):
    with pytest.raises(InputError) as caught:
        write(replace(Asset(TRIANGLE, UV, UP), **change))
    assert_one_line(caught.value)


def test_an_alpha_texture_keeps_the_plain_colour_beside_it(tmp_path):
    material = Material(base_color_factor=(1, 0, 0), alpha=np.eye(8, dtype=np.float32), alpha_mode="blend")
    files = export_obj(Asset(TRIANGLE, UV, UP, material), tmp_path / "a.obj")
    assert {path.name for path in files} == {"a.obj", "a.mtl", "a_alpha.png"}
    read = load(tmp_path / "a.obj").material
    assert read.base_color_factor == pytest.approx((1, 0, 0))
    assert read.alpha == pytest.approx(np.eye(8))


def test_every_file_that_is_written_is_foreseen(tmp_path):
    level = Level(TRIANGLE, UV, UP)
    picture = np.full((8, 8, 3), 0.5, np.float32)
    material = Material(picture, metallic_roughness=picture[..., :2], curvature=picture[..., 0])
    asset = Asset(TRIANGLE, UV, UP, material, lods=(level,), collision=(TRIANGLE,))
    from maquette.formats.exporting import export

    for name in ("a.glb", "b.obj", "c.usdz"):
        written = export(asset, tmp_path / name, lods="both")
        foreseen = places(tmp_path / name, lods="both", levels=1, hulls=1, curvature=True)
        assert set(written) <= set(foreseen)
        assert set(foreseen) - set(written) <= {
            tmp_path / f"b_{map}.png" for map in ("alpha", "normal", "emissive")
        }


def test_a_name_that_obj_cannot_hold_is_refused_before_any_work():
    with pytest.raises(InputError, match="spaces"):
        check_export("my box.obj")


# The command line.


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("prop_collision.glb", ["finish", "-o", "prop.glb", "--hulls", "2"]),
        ("prop_LOD1.glb", ["finish", "-o", "prop.glb", "--lods-in", "files"]),
        ("prop.glb", ["make", "-o", "prop.glb"]),
    ],
)
def test_a_source_is_never_overwritten(tmp_path, monkeypatch, capsys, source, options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / source).write_bytes(gltf())
    assert main([options[0], source, *options[1:], "--no-cache"]) == 2
    assert "nothing is lost" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [source]


def test_a_sheet_does_not_take_another_files_name(capsys):
    arguments = ["make", "a chair", "-o", "a.obj", "--preview", "a_normal.png", "--no-cache"]
    assert main(arguments) == 2
    assert "twice" in capsys.readouterr().err


def test_notes_of_reading_are_told_by_every_command(tmp_path, capsys):
    shape = BOX.copy()
    shape.apply_translation([1e6, 0, 0])
    (tmp_path / "a.stl").write_bytes(bytes(shape.export(file_type="stl")))
    assert main(["inspect", str(tmp_path / "a.stl"), "--json"]) in (0, 1)
    told = capsys.readouterr()
    assert "note: a.stl is 1 m large and 1e+06 m from its origin" in told.err
    json.loads(told.out)


def test_names_that_no_encoding_holds_are_told_all_the_same(tmp_path):
    import subprocess
    import sys

    path = os.fsencode(tmp_path) + b"/\xff.glb"
    try:
        with open(path, "wb") as file:
            file.write(gltf())
    except OSError:
        pytest.skip("this disk wants names in UTF-8")
    command = [sys.executable, "-m", "maquette", "inspect", path, "--report", os.fsencode(tmp_path / "a.html")]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii:strict"})
    assert done.returncode in (0, 1), done.stderr
    assert b"MAQUETTE_DEBUG" not in done.stderr
    assert (tmp_path / "a.html").is_file()


@pytest.mark.parametrize("scale", ["NaN", "1e400", '"far"', "[]"])
def test_views_whose_depth_is_no_number_are_refused(tmp_path, scale):
    cameras = axis_aligned(16)
    alpha = np.ones((6, 16, 16), np.float32)
    save_views(Views(cameras, alpha[..., None].repeat(3, -1), alpha, depth=2 * alpha), tmp_path)
    assert load_views(tmp_path).depth == pytest.approx(2 * alpha, rel=1e-4)
    text = re.sub(r'"depth_scale": [^,]*', f'"depth_scale": {scale}', (tmp_path / "transforms.json").read_text())
    (tmp_path / "transforms.json").write_text(text)
    with pytest.raises(InputError, match=r"transforms\.json") as caught:
        load_views(tmp_path)
    assert_one_line(caught.value)


def test_names_with_brackets_are_shown_as_they_are(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress() as progress:
        progress.title = "[red]: "
        progress._start("[/x]")
        progress.done("export", "chair [final] [/].glb", 1.0)
        shown = progress._console.file.getvalue()
    assert "[red]: " in shown
    assert "chair [final] [/].glb" in shown


def test_a_model_in_text_is_read_beside_half_of_one_in_binary(tmp_path):
    save_png(tmp_path / "a.png", np.zeros((32, 32, 3), np.uint8))
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 32 32 40 40 16 16\n")
    (tmp_path / "images.txt").write_text("1 1 0 0 0 0 0 5 1 a.png\n\n")
    (tmp_path / "images.bin").write_bytes(b"left behind")
    assert load_photographs(tmp_path).names == ("a.png",)
