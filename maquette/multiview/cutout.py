"""The object of a picture, cut out: by its alpha, off a plain background, or by a model from an extra."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from maquette.artifacts import Image
from maquette.errors import InputError
from maquette.multiview import _background
from maquette.weights import Weights, verify

LONGEST = 1024
"""Pixels along a picture's longer side: what is larger is scaled down, for no texture shows more."""


@dataclass(frozen=True)
class CutOut:
    """Cuts objects off backgrounds that are plain, shaded softly or dark towards the corners; needs no weights."""

    version: ClassVar[int] = 1

    def __call__(self, image: Image) -> Image:
        """The picture, scaled to LONGEST, with its own alpha or else with one along its background.

        An alpha that is opaque everywhere counts as none. Colours on the outline have the background taken out.

        Raises:
            InputError: The picture shows nothing: it is transparent or one colour all over.
        """
        image = shrunk(image)
        if image.alpha is not None:
            return _not_empty(image)
        quiet = _background.quieted(image.rgb)
        background = _background.background_of(quiet)
        mask = _background.object_mask(quiet, background)
        return _not_empty(Image(*_background.matte(image.rgb, background, mask)))


ISNET = Weights(
    name="isnet-general-use",
    sha256="60920e99c45464f2ba57bee2ad08c919a52bbf852739e96947fbb4358c0d964a",
    size=178648008,
    licence="Apache-2.0",
    url="https://github.com/danielgatis/rembg/releases/download/v0.0.0/isnet-general-use.onnx",
)
"""Dichotomous image segmentation (Qin et al. 2022), as the package rembg fetches and runs it."""


@dataclass(frozen=True)
class ModelCutOut:
    """Cuts objects off any background with IS-Net, through rembg (MIT), which fetches the model on first use.

    Needs `pip install "maquette[cutout]"`.
    """

    version: ClassVar[int] = 1

    @property
    def weights(self) -> Weights:
        """The file that rembg computes with."""
        return ISNET

    def __call__(self, image: Image) -> Image:
        """The picture, scaled to LONGEST, with its own alpha or else with the model's.

        Raises:
            InputError: rembg is missing or cannot get its model, or the picture shows nothing.
        """
        image = shrunk(image)
        if image.alpha is not None:
            return _not_empty(image)
        return _not_empty(Image(image.rgb, _mask(_session(), image.rgb)))


Method = CutOut | ModelCutOut


@functools.lru_cache(maxsize=1)
def _session() -> Any:
    """The loaded model, verified against its pin."""
    try:
        import rembg  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            f"cutting out by a model needs the package rembg ({error}); expected it to be installed: "
            '`pip install "maquette[cutout]"`, or use the built-in cut-out'
        ) from error
    try:
        session = rembg.new_session(ISNET.name)
        path = Path(type(session).download_models())
    except Exception as error:  # pooch, requests and onnxruntime each have their own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            f"rembg cannot load its model {ISNET.name} ({reason}); expected it, or a connection to {ISNET.url}: "
            "try again, or use the built-in cut-out"
        ) from error
    verify(ISNET, path)
    return session


def _mask(session: Any, rgb: Float32[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "height width"]:
    import rembg  # pyright: ignore[reportMissingImports]

    picture = np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    mask = np.asarray(rembg.remove(picture, session=session, only_mask=True))
    return mask.reshape(*rgb.shape[:2], -1)[..., 0].astype(np.float32) / 255


def doubt(image: Image, cut: Image) -> str | None:
    """Why the cut of a picture should not be trusted, in a few words; None for a given alpha or a clear cut."""
    image = shrunk(image)
    if image.alpha is not None or cut.alpha is None:
        return None
    quiet = _background.quieted(image.rgb)
    return _background.doubt(quiet, cut.alpha, _background.background_of(quiet))


def shrunk(image: Image) -> Image:
    """The picture at no more than LONGEST pixels, its alpha left out when it is opaque everywhere."""
    alpha = None if image.alpha is None or image.alpha.min() > 0.99 else image.alpha
    height, width, _ = image.rgb.shape
    factor = max(height, width) / LONGEST
    if factor <= 1:
        return Image(image.rgb, alpha)
    tall, wide = max(1, round(height / factor)), max(1, round(width / factor))
    weight = np.ones((height, width), np.float32) if alpha is None else alpha
    packed = np.concatenate([image.rgb * weight[..., None], weight[..., None]], -1)
    packed = ndimage.gaussian_filter(packed, 0.5 * factor - 0.5, axes=(0, 1))
    rows = (np.arange(tall) + 0.5) * height / tall - 0.5
    columns = (np.arange(wide) + 0.5) * width / wide - 0.5
    places = np.meshgrid(rows, columns, indexing="ij")
    small = np.stack(
        [ndimage.map_coordinates(packed[..., c], places, order=1, mode="nearest") for c in range(4)], -1
    )
    rgb = np.clip(small[..., :3] / np.maximum(small[..., 3:], 1e-6), 0, 1).astype(np.float32)
    return Image(rgb, None if alpha is None else np.clip(small[..., 3], 0, 1).astype(np.float32))


def _not_empty(image: Image) -> Image:
    if image.alpha is None or not (image.alpha > 0.3).any():
        raise InputError(
            "the picture shows nothing: it is transparent or one colour all over; expected one object on a plain "
            "or transparent background"
        )
    return image
