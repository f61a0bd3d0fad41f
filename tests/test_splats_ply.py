"""The splat PLY: a file written by hand from the published layout, round trips, files that lie."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maquette.artifacts import Gaussians
from maquette.errors import InputError
from maquette.formats.splats_ply import load_gaussians, save_gaussians

NAMES = [
    *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
    *(f"f_rest_{k}" for k in range(9)),  # degree 1: three of red, three of green, three of blue
    *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
]
# One Gaussian, in that order: sigmoid(0) = 0.5, exp(0) = 1, a quarter turn about z of twice the unit length.
ROW = [
    1.0,
    2.0,
    3.0,
    0,
    0,
    0,
    0.1,
    0.2,
    0.3,
    11,
    12,
    13,
    21,
    22,
    23,
    31,
    32,
    33,
    0,
    0,
    math.log(2),
    -1,
    1,
    0,
    0,
    1,
]


def by_hand(names: list[str], rows: list[list[float]], kind: str = "float", order: str = "little") -> bytes:
    header = f"ply\nformat binary_{order}_endian 1.0\ncomment by hand\nelement vertex {len(rows)}\n"
    header += "".join(f"property {kind} {name}\n" for name in names) + "end_header\n"
    code = ("<" if order == "little" else ">") + str(len(names)) + ("f" if kind == "float" else "d")
    return header.encode() + b"".join(struct.pack(code, *row) for row in rows)


def random_gaussians(count: int, coefficients: int, seed: int = 0) -> Gaussians:
    random = np.random.default_rng(seed)
    wxyz = random.normal(size=(count, 4))
    wxyz /= np.linalg.norm(wxyz, axis=1, keepdims=True)
    arrays = (
        random.normal(size=(count, 3)), np.exp(random.normal(-4, 2, size=(count, 3))), wxyz,
        random.uniform(0.001, 0.999, count), random.normal(size=(count, coefficients, 3)),
    )  # fmt: skip
    return Gaussians(*(array.astype(np.float32) for array in arrays))


@pytest.mark.parametrize(("kind", "order"), [("float", "little"), ("float", "big"), ("double", "little")])
def test_a_file_by_hand_is_read_as_published(tmp_path: Path, kind: str, order: str) -> None:
    (tmp_path / "a.ply").write_bytes(by_hand(NAMES, [ROW, ROW], kind, order))
    read = load_gaussians(tmp_path / "a.ply")
    assert read.means[1] == pytest.approx([1, 2, 3])
    assert read.scales[1] == pytest.approx([1, 2, math.exp(-1)])
    assert read.wxyz[1] == pytest.approx([math.sqrt(0.5), 0, 0, math.sqrt(0.5)])
    assert read.opacities[1] == pytest.approx(0.5)
    assert read.spherical_harmonics[1] == pytest.approx(
        np.array([[0.1, 0.2, 0.3], [11, 21, 31], [12, 22, 32], [13, 23, 33]])
    )


def test_what_is_written_has_the_published_layout(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(by_hand(NAMES, [ROW]))
    save_gaussians(load_gaussians(tmp_path / "a.ply"), tmp_path / "b.ply")
    data = (tmp_path / "b.ply").read_bytes()
    header, body = data.split(b"end_header\n")
    assert [line.split()[-1] for line in header.decode().splitlines()[3:]] == NAMES
    expected = [*ROW[:-4], math.sqrt(0.5), 0, 0, math.sqrt(0.5)]
    assert np.frombuffer(body, "<f4") == pytest.approx(expected, abs=1e-6)


def test_properties_may_come_in_any_order_with_others_between(tmp_path: Path) -> None:
    names = [*reversed(NAMES), "segment"]
    (tmp_path / "a.ply").write_bytes(by_hand(NAMES, [ROW]))
    (tmp_path / "b.ply").write_bytes(by_hand(names, [[*reversed(ROW), 7.0]]))
    first, second = load_gaussians(tmp_path / "a.ply"), load_gaussians(tmp_path / "b.ply")
    for name in Gaussians.__dataclass_fields__:
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_two_scales_are_surfels_with_a_thin_third(tmp_path: Path) -> None:
    keep = [k for k, name in enumerate(NAMES) if name != "scale_2"]
    (tmp_path / "a.ply").write_bytes(by_hand([NAMES[k] for k in keep], [[ROW[k] for k in keep]]))
    assert load_gaussians(tmp_path / "a.ply").scales[0] == pytest.approx([1, 2, 1e-3])


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
def test_round_trip(tmp_path: Path, coefficients: int) -> None:
    gaussians = random_gaussians(100, coefficients)
    save_gaussians(gaussians, tmp_path / "a.ply")
    again = load_gaussians(tmp_path / "a.ply")
    for name in Gaussians.__dataclass_fields__:  # logarithms and logits in single precision
        assert getattr(again, name) == pytest.approx(getattr(gaussians, name), rel=1e-5, abs=1e-6), name


def test_opacities_of_zero_and_one_stay_close(tmp_path: Path) -> None:
    gaussians = random_gaussians(2, 1)
    gaussians.opacities[:] = [0, 1]
    save_gaussians(gaussians, tmp_path / "a.ply")
    assert load_gaussians(tmp_path / "a.ply").opacities == pytest.approx([0, 1], abs=2e-6)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_bad_scales_are_not_written(tmp_path: Path, value: float) -> None:
    gaussians = random_gaussians(3, 1)
    gaussians.scales[1, 1] = value
    with pytest.raises(InputError, match=r"scale that is not above 0|NaN or infinite"):
        save_gaussians(gaussians, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()


def test_none_are_a_file_too(tmp_path: Path) -> None:
    save_gaussians(random_gaussians(0, 4), tmp_path / "a.ply")
    assert load_gaussians(tmp_path / "a.ply").spherical_harmonics.shape == (0, 4, 3)


GOOD = by_hand(NAMES, [ROW])
LIES = {
    "more than it holds": (GOOD.replace(b"vertex 1", b"vertex 2"), "cut off"),
    "ten to the eighteenth": (GOOD.replace(b"vertex 1", b"vertex 999999999999999999"), "cut off"),
    "a negative count": (GOOD.replace(b"vertex 1", b"vertex -1"), "cut off"),
    "no number": (GOOD.replace(b"vertex 1", b"vertex one"), "cut off"),
    "cut off": (GOOD[:-1], "cut off"),
    "text": (GOOD.replace(b"binary_little_endian", b"ascii"), "PLY in text"),
    "no header": (b"ply\n" + bytes(100), "does not begin with a PLY header"),
    "an endless header": (b"ply\n" + b"comment x\n" * 10000, "does not begin with a PLY header"),
    "a mesh": (GOOD.replace(b"property float x\n", b"property list uchar int x\n"), "as meshes have"),
    "faces first": (GOOD.replace(b"element vertex", b"element face"), "first element"),
    "twice the same": (GOOD.replace(b" f_rest_1\n", b" f_rest_0\n"), "two of one name"),
    "no opacity": (GOOD.replace(b" opacity\n", b" glow\n"), "lacks the property opacity"),
    "an odd degree": (GOOD.replace(b" f_rest_8\n", b" other\n"), "f_rest"),
    "nothing": (b"", "is empty"),
    "a zero quaternion": (by_hand(NAMES, [[*ROW[:-4], 0, 0, 0, 0]]), "quaternion is NaN"),
    "an infinite scale": (by_hand(NAMES, [[*ROW[:-7], 200.0, *ROW[-6:]]]), "scale is NaN"),
    "a NaN position": (by_hand(NAMES, [[math.nan, *ROW[1:]]]), "position is NaN"),
    "a NaN colour": (by_hand(NAMES, [[*ROW[:6], math.nan, *ROW[7:]]]), "colour is NaN"),
}


@pytest.mark.parametrize("case", LIES)
def test_files_that_lie_are_refused_in_a_line(tmp_path: Path, case: str) -> None:
    data, message = LIES[case]
    (tmp_path / "a.ply").write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        load_gaussians(tmp_path / "a.ply")
    assert "\n" not in str(caught.value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a.ply").write_bytes(damaged)
    try:
        read = load_gaussians(tmp_path / "a.ply")
    except InputError:
        return
    assert all(np.isfinite(getattr(read, name)).all() for name in Gaussians.__dataclass_fields__)
