"""Pictures from and to files: PNG, JPEG and WebP, whatever their depth, palette or orientation."""

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from maquette.artifacts import Image
from maquette.errors import InputError
from maquette.formats.atomic import write_atomically
from maquette.formats.reading import read_bounded

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

Picture = (
    Float32[np.ndarray, "height width *channels"]
    | UInt8[np.ndarray, "height width *channels"]
    | UInt16[np.ndarray, "height width"]
)

MAX_PIXELS = 2**26
"""The largest picture that is decoded: 67 million pixels, as 8192×8192."""

MIN_SIDE = 16
"""The smallest side of a picture that shows an object at all, in pixels."""

MAX_BYTES = 2**28
"""The largest picture file that is read."""


def load_image(path: str | os.PathLike[str]) -> Image:
    """Read a picture as sRGB colour in [0, 1], upright as its EXIF says, with its alpha where it has one.

    Args:
        path: A PNG, JPEG or WebP file of at least MIN_SIDE pixels a side and at most MAX_PIXELS in all.

    Raises:
        InputError: No such file, or not such a picture.
    """
    path = Path(path)
    picture = decode(read_bounded(path, MAX_BYTES, "a PNG, JPEG or WebP picture"), path.name)
    if min(picture.size) < MIN_SIDE:
        raise InputError(
            f"{path.name} is {picture.width}×{picture.height} pixels; expected at least {MIN_SIDE} a side to see "
            "an object: give a larger picture"
        )
    rgba = pixels(picture)
    alpha = rgba[..., 3] if rgba.shape[2] == 4 and rgba[..., 3].min() < 1 else None
    return Image(np.ascontiguousarray(rgba[..., :3]), None if alpha is None else np.ascontiguousarray(alpha))


def save_png(
    path: str | os.PathLike[str],
    array: Picture,
) -> None:
    """Write a picture of 1, 3 or 4 channels as a PNG, whole or not at all.

    Args:
        path: The file to make or replace.
        array: Floats in [0, 1] (clipped, rounded to bytes) or bytes; no channel axis means grey. Grey may have
            16 bits.

    Raises:
        InputError: The place cannot be written.
    """
    write_atomically(path, png_bytes(array))


def png_bytes(
    array: Picture,
) -> bytes:
    """Encode a picture as `save_png` writes it."""
    from PIL import Image as Pillow

    if array.dtype not in (np.uint8, np.uint16):
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(array)).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture's stored pixels, from its header.

    Raises:
        InputError: No such file, or not such a picture.
    """
    return decode(read_bounded(path, MAX_BYTES, "a PNG, JPEG or WebP picture"), path.name, unpack=False).size


def decode(data: bytes, name: str, upright: bool = True, unpack: bool = True) -> "PillowImage":
    """Decode the bytes of a picture; its size is judged before its pixels are unpacked.

    Args:
        data: A PNG, JPEG or WebP file.
        name: What to call it in an error.
        upright: Turn it as its EXIF says; cameras' matrices are for the pixels as they are stored.
        unpack: False to look at the header only.

    Raises:
        InputError: It is none of these, too large or damaged.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Pillow.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
            if picture.width * picture.height > MAX_PIXELS:
                raise InputError(_too_large(name, f"{picture.width}×{picture.height}"))
            if not unpack:
                return picture
            picture.load()
            return ImageOps.exif_transpose(picture) if upright else picture
    except InputError:
        raise
    except Pillow.DecompressionBombError as error:
        raise InputError(_too_large(name, "hundreds of millions of")) from error
    except Pillow.UnidentifiedImageError as error:
        raise InputError(f"{name} is not a PNG, JPEG or WebP picture: convert it to one of these") from error
    except Exception as error:  # whatever the decoder throws at damaged bytes
        raise InputError(f"{name} is a damaged picture ({_reason(error)}): save it again") from error


def pixels(picture: "PillowImage") -> Float32[np.ndarray, "height width channels"]:
    """The pixels of a decoded picture in [0, 1]: three channels, or four where it has alpha."""
    if picture.mode.startswith("I"):  # 16-bit grey
        grey = np.clip(np.asarray(picture).astype(np.float32) / 65535, 0, 1)
        return np.repeat(grey[..., None], 3, 2)
    clear = picture.has_transparency_data
    array = np.asarray(picture.convert("RGBA" if clear else "RGB"))
    return array.astype(np.float32) / 255


def pixel_bytes(picture: "PillowImage", most: int) -> UInt8[np.ndarray, "height width channels"]:
    """The pixels of a decoded picture as bytes, scaled down to `most` a side where it is larger.

    Three channels, or four where it has alpha.
    """
    from PIL import Image as Pillow

    if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip
        picture = Pillow.fromarray(np.round(pixels(picture) * 255).astype(np.uint8))
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((most, most))
    return np.asarray(picture)


def _too_large(name: str, size: str) -> str:
    return f"{name} has {size} pixels; expected at most {MAX_PIXELS / 1e6:.0f} million: scale it down"


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
