"""PLY files by hand: what other programs write into them, and what trimesh reads of the same bytes."""

import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bad_input import assert_one_line, assert_usable

from maquette.errors import InputError
from maquette.formats import load, load_shape, save_png
from maquette.formats.ply import Lists, read_ply

PYRAMID = np.float32([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1], [0.5, 1, 0.5]])
FACES = [[0, 1, 2, 3], [1, 0, 4], [2, 1, 4], [3, 2, 4], [0, 3, 4]]
"""A quad below four triangles."""


def pyramid(form: str, extra: str = "", rows: bytes = b"", comment: bytes = b"") -> bytes:
    """The pyramid as other programs write it; `extra` declares more of each face, and `rows` has it."""
    header = [b"ply", f"format {form} 1.0".encode(), *([b"comment " + comment] if comment else [])]
    header += [b"element vertex 5", *(b"property float " + axis for axis in (b"x", b"y", b"z"))]
    header += [b"element face 5", b"property list uchar int vertex_indices", *extra.encode().splitlines()]
    body = b""
    if form == "ascii":
        body += "".join(f"{x} {y} {z}\n" for x, y, z in PYRAMID).encode()
        body += "".join(f"{len(face)} {' '.join(map(str, face))}\n" for face in FACES).encode()
    else:
        order = "<" if "little" in form else ">"
        body += PYRAMID.astype(order + "f4").tobytes()
        each = len(rows) // len(FACES)
        for number, face in enumerate(FACES):
            body += struct.pack(f"{order}B{len(face)}i", len(face), *face) + rows[number * each :][:each]
    return b"\n".join([*header, b"end_header", b""]) + body


def solid(path: Path) -> trimesh.Trimesh:
    mesh = load(path).mesh
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=True)


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_triangles_and_quads_in_one_file(tmp_path, form):
    """As Blender writes them: the pyramid is closed, faces outwards, and has a third of its box's volume."""
    (tmp_path / "a.ply").write_bytes(pyramid(form, comment=b"W\xfcrfel"))
    shape = solid(tmp_path / "a.ply")
    assert len(shape.faces) == 6
    assert shape.is_watertight
    assert shape.volume == pytest.approx(1 / 3)


def test_colours_of_faces_and_of_vertices(tmp_path):
    colors = bytes(range(0, 150, 10))
    extra = "property uchar red\nproperty uchar green\nproperty uchar blue"
    (tmp_path / "a.ply").write_bytes(pyramid("binary_little_endian", extra, colors))
    mesh = load(tmp_path / "a.ply").mesh
    each = mesh.vertex_colors[mesh.faces]
    assert (each == each[:, :1]).all()
    expected = np.frombuffer(colors, np.uint8).reshape(5, 3)[[0, 0, 1, 2, 3, 4]] / 255
    assert each[:, 0] == pytest.approx(expected, abs=1e-6)


def test_coordinates_of_corners_and_their_texture(tmp_path):
    """MeshLab's wedges: three pairs a face, v up, in a texture that a comment names."""
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4] = [255, 0, 0]
    save_png(tmp_path / "my skin.png", picture)
    header = "ply\nformat ascii 1.0\ncomment TextureFile my skin.png\nelement vertex 4\nproperty float x\n"
    header += "property float y\nproperty float z\nelement face 2\nproperty list uchar int vertex_indices\n"
    header += "property list uchar float texcoord\nend_header\n"
    rows = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 0 0.5 0.5 1 0 1\n"
    (tmp_path / "a.ply").write_text(header + rows)
    asset = load(tmp_path / "a.ply")
    assert asset.material.base_color[0, 0] == pytest.approx([1, 0, 0])
    assert asset.material.base_color[-1, 0] == pytest.approx([0, 0, 0])
    corners = asset.uv[asset.mesh.faces]
    assert corners[0] == pytest.approx(np.array([[0, 1], [1, 1], [1, 0]]))  # v = 1 - the file's
    assert corners[1] == pytest.approx(np.array([[0, 0.5], [0.5, 0], [0, 0]]))
    assert len(asset.mesh.vertices) == 6  # vertices 0 and 2 have two pairs each


def test_a_texture_for_each_number(tmp_path):
    for name, color in (("red", [255, 0, 0]), ("green", [0, 255, 0])):
        save_png(tmp_path / f"{name}.png", np.full((8, 8, 3), color, np.uint8))
    header = "ply\nformat ascii 1.0\ncomment TextureFile red.png\ncomment TextureFile green.png\n"
    header += "element vertex 4\n"
    header += "".join(f"property float {name}\n" for name in ("x", "y", "z", "s", "t"))
    header += "element face 2\nproperty list uchar int vertex_indices\nproperty int texnumber\nend_header\n"
    rows = "0 0 0 .2 .2\n1 0 0 .8 .2\n1 1 0 .8 .8\n0 1 0 .2 .8\n3 0 1 2 1\n3 0 2 3 0\n"
    (tmp_path / "a.ply").write_text(header + rows)
    asset = load(tmp_path / "a.ply")
    side = len(asset.material.base_color)
    middles = asset.uv[asset.mesh.faces].mean(1)
    order = np.argsort(asset.mesh.vertices[asset.mesh.faces].mean(1)[:, 0])  # the green one lies further along x
    shown = [asset.material.base_color[int(v * side), int(u * side)] for u, v in middles[order]]
    assert shown[0] == pytest.approx([1, 0, 0])
    assert shown[1] == pytest.approx([0, 1, 0])


@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_what_trimesh_writes_is_read_as_it_reads_it(tmp_path, encoding):
    shape = trimesh.creation.icosphere(subdivisions=2)
    shape.visual.vertex_colors = np.random.default_rng(0).integers(0, 255, (len(shape.vertices), 4), np.uint8)
    data = shape.export(file_type="ply", encoding=encoding, vertex_normal=True)
    (tmp_path / "a.ply").write_bytes(data)
    asset = load(tmp_path / "a.ply")
    assert asset.mesh.vertices == pytest.approx(shape.vertices.astype(np.float32), abs=1e-6)
    assert np.array_equal(asset.mesh.faces, shape.faces)
    assert asset.mesh.vertex_colors == pytest.approx(shape.visual.vertex_colors[:, :3] / 255, abs=1e-6)
    assert asset.normals == pytest.approx(shape.vertex_normals, abs=1e-4)


LISTS = st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4), max_size=6)


@given(lists=LISTS, binary=st.booleans())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_lists_of_any_lengths_come_back(lists, binary):
    form = "binary_little_endian" if binary else "ascii"
    head = f"ply\nformat {form} 1.0\nelement row {len(lists)}\nproperty list ushort int a\nproperty uchar b\n"
    body = b""
    for number, items in enumerate(lists):
        if binary:
            body += struct.pack(f"<H{len(items)}iB", len(items), *items, number)
        else:
            body += (" ".join(map(str, [len(items), *items, number])) + "\n").encode()
    row = read_ply(head.encode() + b"end_header\n" + body)[0]["row"]
    assert isinstance(row["a"], Lists)
    assert row["a"].lengths.tolist() == [len(items) for items in lists]
    assert row["a"].values.tolist() == [item for items in lists for item in items]
    assert row["b"].tolist() == list(range(len(lists)))


HEAD = b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
HEAD += b"property float z\n"
CORNERS = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]]).tobytes()
FACE = b"element face 1\nproperty list int int vertex_indices\nend_header\n"
LIES = {
    "a list of negative length": HEAD + FACE + CORNERS + struct.pack("<4i", -3, 0, 1, 2),
    "a list beyond the end": HEAD + FACE + CORNERS + struct.pack("<4i", 2**31 - 1, 0, 1, 2),
    "a corner that is not there": HEAD + FACE + CORNERS + struct.pack("<4i", 3, 0, 1, 9),
    "a corner below the first": HEAD + FACE + CORNERS + struct.pack("<4i", 3, 0, 1, -1),
    "more rows than bytes": HEAD.replace(b"vertex 3", b"vertex 999999999999") + FACE + CORNERS,
    "a negative count": HEAD.replace(b"vertex 3", b"vertex -3") + FACE + CORNERS,
    "an unknown type": HEAD.replace(b"float x", b"quad x") + FACE + CORNERS,
    "an unknown form": HEAD.replace(b"binary_little_endian", b"binary_middle_endian") + FACE + CORNERS,
    "no form": HEAD.replace(b"format binary_little_endian 1.0\n", b"") + FACE + CORNERS,
    "a property of nothing": b"ply\nformat ascii 1.0\nproperty float x\nend_header\n1",
    "two of one name": HEAD.replace(b"float y", b"float x") + FACE + CORNERS,
    "a word for a number": pyramid("ascii").replace(b"0.5", b"half"),
    "half a property": HEAD + b"element face 1\nproperty list int\nend_header\n" + CORNERS,
}


@pytest.mark.parametrize("case", LIES)
@pytest.mark.parametrize("read", [load, load_shape])
def test_files_that_lie_are_refused_in_a_line(tmp_path, case, read):
    (tmp_path / "a.ply").write_bytes(LIES[case])
    with pytest.raises(InputError, match=r"a\.ply") as caught:
        read(tmp_path / "a.ply")
    assert_one_line(caught.value)


def test_a_polygon_of_too_many_corners_is_refused(tmp_path):
    count = 4_000_003
    head = HEAD + b"element face 1\nproperty list int uchar vertex_indices\nend_header\n" + CORNERS
    (tmp_path / "a.ply").write_bytes(head + struct.pack("<i", count) + bytes(count))
    with pytest.raises(InputError, match="triangles"):
        load(tmp_path / "a.ply")


def test_normals_that_nobody_filled_in_are_none(tmp_path):
    header = HEAD + b"property float nx\nproperty float ny\nproperty float nz\n" + FACE
    rows = np.concatenate([np.frombuffer(CORNERS, np.float32).reshape(3, 3), np.zeros((3, 3), np.float32)], 1)
    (tmp_path / "a.ply").write_bytes(header + rows.tobytes() + struct.pack("<4i", 3, 0, 1, 2))
    asset = load(tmp_path / "a.ply")
    assert_usable(asset)
    assert asset.normals == pytest.approx(np.float32([[0, 0, 1]] * 3))
