"""Textures as bytes of a file: PNG, JPEG and WebP by Pillow, KTX2 by KTX-Software where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from maquette.errors import InputError
from maquette.formats.images import png_bytes

Encoding = Literal["png", "jpeg", "webp", "ktx2"]
ENCODINGS: tuple[Encoding, ...] = ("png", "jpeg", "webp", "ktx2")

_QUALITY = 90
_PNG_LEVEL = 4
"""Of nine: 2 to 10 % larger than the usual 6, in less than half the time."""
_SECONDS = 600
_COLORS = ("basecolor", "emissive")


def check_encoding(encoding: Encoding) -> None:
    """Raise InputError where an encoding is not known or its program is not there."""
    if encoding not in ENCODINGS:
        raise InputError(f"textures as {encoding!r} are not known; expected one of {', '.join(ENCODINGS)}")
    if encoding == "ktx2":
        _ktx_program()


def encoded_all(pictures: dict[str, np.ndarray], encoding: Encoding) -> dict[str, tuple[bytes, str]]:
    """Several textures by their suffixes as `encoded` makes them, on as many threads as kernels may use.

    Raises:
        InputError: As `encoded`.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(asked) if asked.isdigit() and int(asked) > 0 else os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:  # the encoders work outside the interpreter's lock
        done = pool.map(lambda suffix: encoded(pictures[suffix], suffix, encoding), pictures)
        return dict(zip(pictures, done, strict=True))


def encoded(
    picture: UInt8[np.ndarray, "height width channels"], suffix: str, encoding: Encoding
) -> tuple[bytes, str]:
    """A texture's bytes in an encoding that suits what it holds, and their MIME type.

    Normals, and what has alpha in a JPEG, stay PNG. In WebP, normals and occlusion-roughness-metallic are without
    loss, since it halves the resolution of colour differences. The same picture gives the same bytes.

    Args:
        suffix: basecolor, orm, normal or emissive.

    Raises:
        InputError: KTX-Software is not installed, or fails.
    """
    from PIL import Image as Pillow

    color = suffix in _COLORS
    if encoding == "ktx2":
        return _ktx2(picture, color), "image/ktx2"
    buffer = io.BytesIO()
    if encoding == "jpeg" and suffix != "normal" and picture.shape[2] == 3:
        Pillow.fromarray(picture).save(buffer, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
        return buffer.getvalue(), "image/jpeg"
    if encoding == "webp":
        Pillow.fromarray(picture).save(buffer, "WEBP", quality=_QUALITY, lossless=not color, exact=True, method=4)
        return buffer.getvalue(), "image/webp"
    Pillow.fromarray(picture).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue(), "image/png"


def _ktx2(picture: np.ndarray, color: bool) -> bytes:
    """A picture as KTX2 with UASTC, Zstandard and mipmaps: what KHR_texture_basisu reads."""
    program = _ktx_program()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.png", Path(folder) / "out.ktx2"
        source.write_bytes(png_bytes(picture))
        if Path(program).stem == "ktx":
            channels = "R8G8B8A8" if picture.shape[2] == 4 else "R8G8B8"
            kind = f"{channels}_{'SRGB' if color else 'UNORM'}"
            command = [
                program,
                "create",
                "--format",
                kind,
                "--encode",
                "uastc",
                "--zstd",
                "18",
                "--generate-mipmap",
            ]
            command += [str(source), str(target)]
        else:
            curve = "srgb" if color else "linear"
            command = [program, "--t2", "--encode", "uastc", "--zcmp", "18", "--genmipmap", "--assign_oetf", curve]
            command += [str(target), str(source)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"{program} could not make a KTX2 texture ({error}): choose png or webp") from error
        if done.returncode or not target.is_file():
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1][:120]
            raise InputError(f"{Path(program).name} could not make a KTX2 texture ({reason}): choose png or webp")
        return target.read_bytes()


def _ktx_program() -> str:
    program = shutil.which("ktx") or shutil.which("toktx")
    if program is None:
        raise InputError(
            "textures as ktx2 need `ktx` on PATH: install github.com/KhronosGroup/KTX-Software, or choose png, "
            "jpeg or webp"
        )
    return program
