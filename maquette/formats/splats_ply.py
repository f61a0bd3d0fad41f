"""Gaussians from and to the PLY files of 3D Gaussian splatting (Kerbl et al. 2023), which splat viewers open.

One `vertex` element a Gaussian, float properties: x y z, nx ny nz (zeros, which some readers want), f_dc_0..2,
f_rest_*, opacity, scale_0..2, rot_0..3. Scales are natural logarithms, opacities logits, rot a quaternion wxyz,
and f_rest holds the higher coefficients channel after channel: all of red's, then green's, then blue's. The file
has no word for its axes: coordinates are written and read as they are. Viewers made for COLMAP's world (+Y down)
show ours upside down until they are told to turn it.
"""

import os
import re
from pathlib import Path

import numpy as np

from maquette.artifacts import Gaussians
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically
from maquette.formats.reading import read_bounded

MAX_BYTES = 2**31
"""The largest file that is read: 8 million Gaussians of degree 3."""

MAX_OPACITY = 1 - 1e-6
"""Opacities are written at most this far from 0 and 1, where the logit is infinite."""

SURFEL_THICKNESS = 1e-3
"""2DGS's files have two scales; the third is read as this share of the smaller of them."""

_COEFFICIENTS = (1, 4, 9, 16)
_MAX_HEADER = 2**16
_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


def save_gaussians(gaussians: Gaussians, path: str | os.PathLike[str]) -> None:
    """Write a 3DGS PLY, binary and little-endian.

    Args:
        gaussians: Opacities beyond MAX_OPACITY are written as that.
        path: The file to make or replace.

    Raises:
        InputError: A scale is not above 0, a value is NaN or infinite, or the file cannot be written.
    """
    count, coefficients = gaussians.spherical_harmonics.shape[:2]
    if coefficients not in _COEFFICIENTS:
        raise InputError(
            f"the Gaussians have {coefficients} harmonic coefficients; expected 1, 4, 9 or 16: cut or pad them"
        )
    if not (gaussians.scales > 0).all():
        raise InputError(
            "a Gaussian has a scale that is not above 0; a PLY holds logarithms: make it tiny instead"
        )
    opacities = np.clip(gaussians.opacities.astype(np.float64), 1 - MAX_OPACITY, MAX_OPACITY)
    harmonics = gaussians.spherical_harmonics
    higher = harmonics[:, 1:].transpose(0, 2, 1).reshape(count, 3 * (coefficients - 1))
    columns = [
        gaussians.means, np.zeros((count, 3)), harmonics[:, 0], higher,
        np.log(opacities / (1 - opacities))[:, None], np.log(gaussians.scales.astype(np.float64)), gaussians.wxyz,
    ]  # fmt: skip
    rows = np.concatenate(columns, 1).astype("<f4")
    if not np.isfinite(rows).all():
        raise InputError("a Gaussian has a value that is NaN or infinite; expected finite numbers: leave it out")
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    lines += [f"property float {name}" for name in _names(coefficients)]
    write_atomically(path, "\n".join([*lines, "end_header", ""]).encode() + rows.tobytes())


def load_gaussians(path: str | os.PathLike[str]) -> Gaussians:
    """Read a 3DGS PLY, or one of 2DGS, with harmonics of any degree up to 3.

    Args:
        path: A binary PLY, of either byte order; properties in any order, others are skipped.

    Returns:
        Activated values, in the file's own frame and units; quaternions of length one.

    Raises:
        InputError: No such file, or it is damaged, too large, or no splat PLY.
    """
    path = Path(path)
    data = read_bounded(path, MAX_BYTES, "a Gaussian splat PLY")
    count, layout, start = _header(data, path.name)
    rows = np.frombuffer(data, layout, count, start)

    def columns(*names: str) -> np.ndarray:
        return np.stack([rows[name].astype(np.float64) for name in names], 1)

    fields = layout.names or ()
    axes = [f"scale_{axis}" for axis in range(3) if f"scale_{axis}" in fields]
    rest = sum(re.fullmatch(r"f_rest_\d+", name) is not None for name in fields)
    coefficients = rest // 3 + 1
    missing = [name for name in _names(coefficients) if name not in fields and name not in ("nx", "ny", "nz")]
    if axes == ["scale_0", "scale_1"]:
        missing.remove("scale_2")
    if missing or rest % 3 or coefficients not in _COEFFICIENTS:
        lacks = f"lacks the property {missing[0]}" if missing else f"has {rest} properties f_rest"
        raise InputError(f"{path.name} {lacks}; expected a Gaussian splat PLY (3DGS): export it as one")
    with np.errstate(all="ignore"):
        scales = np.exp(columns(*axes))
        if len(axes) == 2:
            scales = np.concatenate([scales, SURFEL_THICKNESS * scales.min(1, keepdims=True)], 1)
        wxyz = columns("rot_0", "rot_1", "rot_2", "rot_3")
        wxyz = wxyz / np.linalg.norm(wxyz, axis=1, keepdims=True)
        opacities = 1 / (1 + np.exp(-rows["opacity"].astype(np.float64)))
        harmonics = columns("f_dc_0", "f_dc_1", "f_dc_2")[:, None]
        if rest:
            higher = columns(*(f"f_rest_{number}" for number in range(rest)))
            harmonics = np.concatenate(
                [harmonics, higher.reshape(count, 3, coefficients - 1).transpose(0, 2, 1)], 1
            )
        values = (columns("x", "y", "z"), scales, wxyz, opacities, harmonics)
        means, scales, wxyz, opacities, harmonics = (value.astype(np.float32) for value in values)
    for name, value in {"position": means, "scale": scales, "quaternion": wxyz, "opacity": opacities}.items():
        if not np.isfinite(value).all() or (name == "scale" and not (value > 0).all()):
            raise InputError(f"{path.name} has a Gaussian whose {name} is NaN, infinite or zero: export it again")
    if not np.isfinite(harmonics).all():
        raise InputError(f"{path.name} has a Gaussian whose colour is NaN or infinite: export it again")
    return Gaussians(means, scales, wxyz, opacities, harmonics)


def _names(coefficients: int) -> list[str]:
    """The properties in the order of 3DGS's own files."""
    rest = [f"f_rest_{number}" for number in range(3 * (coefficients - 1))]
    return [
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"), *rest,
        *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    ]  # fmt: skip


def _header(data: bytes, name: str) -> tuple[int, np.dtype, int]:
    """How many vertices there are, a row's layout, and where the first row is."""
    expected = "expected a binary Gaussian splat PLY: export it again"
    end = re.search(rb"\nend_header\r?\n", data[:_MAX_HEADER])
    if not data.startswith(b"ply") or end is None:
        raise InputError(f"{name} does not begin with a PLY header; {expected}")
    lines = [line.split() for line in data[: end.start()].decode("latin-1").splitlines()]
    lines = [line for line in lines if line and line[0] not in ("ply", "comment", "obj_info")]
    order = {"binary_little_endian": "<", "binary_big_endian": ">"}
    if not lines or lines[0][0] != "format" or len(lines[0]) < 2 or lines[0][1] not in order:
        raise InputError(f"{name} is a PLY in text or an unknown format; {expected}")
    elements = [number for number, line in enumerate(lines) if line[0] == "element"]
    if not elements or len(lines[elements[0]]) != 3 or lines[elements[0]][1] != "vertex":
        raise InputError(f"{name} is a PLY whose first element is not 'vertex'; {expected}")
    claim = lines[elements[0]][2]
    properties = lines[elements[0] + 1 : elements[1] if len(elements) > 1 else None]
    if any(line[0] != "property" or len(line) != 3 or line[1] not in _TYPES for line in properties):
        raise InputError(f"{name} is a PLY whose vertices have lists or unknown types, as meshes have; {expected}")
    names = [line[2] for line in properties]
    if not names or len(set(names)) != len(names):
        raise InputError(f"{name} is a PLY whose vertices have no properties, or two of one name; {expected}")
    layout = np.dtype([(line[2], order[lines[0][1]] + _TYPES[line[1]]) for line in properties])
    held = (len(data) - end.end()) // layout.itemsize
    if not re.fullmatch(r"\d{1,18}", claim) or int(claim) > held:
        raise InputError(f"{name} is cut off or damaged: it says {claim[:20]} Gaussians and holds {held:,}")
    return int(claim), layout, end.end()
