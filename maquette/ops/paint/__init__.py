"""An atlas painted from views of the surface: what each shows at each texel, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from maquette.artifacts import Cameras
from maquette.cameras import scaled
from maquette.ops import _arrays, _native
from maquette.ops.rasterize import rasterize

_FINE = 512  # pixels along the longer side of the coarsest depth maps that decide what is seen


@dataclass(frozen=True, eq=False)
class Pictures:
    """Views made ready to paint from: `reference.py` says what each channel is."""

    cameras: Cameras
    images: Float32[np.ndarray, "views height width channels"]
    worth: Float32[np.ndarray, "views height width"]
    """How much each pixel counts: less at outlines and beside what stands in front or behind."""
    purity: Float32[np.ndarray, "views height width"]
    """How far each pixel shows one thing only."""
    pure: Bool[np.ndarray, "views height width"]
    """Whether a pixel and those right of it, below it and below right show one thing each."""
    face: Int32[np.ndarray, "views height width"]
    """Of the surface, at pixel centres; -1 where nothing is hit."""
    near: Float32[np.ndarray, "views height width"]
    """Depth at pixel centres, 0 where nothing is hit."""
    depth: Float32[np.ndarray, "views fine_height fine_width"]
    """Depth maps of at least 512 pixels, infinite where nothing is hit."""
    flat: Float32[np.ndarray, "faces 3"]
    """Unit normals of the faces; zero for those without area."""


@dataclass(frozen=True, eq=False)
class Painted:
    """An atlas as the views show it."""

    colors: Float32[np.ndarray, "size size channels"]
    """Zero where nothing is seen."""
    confidence: Float32[np.ndarray, "size size"]
    """The weight of the view that counts most at each texel; 0 where none sees it."""
    face: Int32[np.ndarray, "size size"]
    """Whose texel it is, -1 between the charts."""


def prepare(
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    cameras: Cameras,
    images: Float32[np.ndarray, "views height width channels"],
    alpha: Float32[np.ndarray, "views height width"],
) -> Pictures:
    """Look at the surface from each camera, and judge each pixel by it.

    Args:
        images: 3 or 5 channels.

    Raises:
        ValueError: Pictures that fit neither the cameras nor one another or are too large; faces of no vertex.
    """
    shape = (len(cameras), cameras.height, cameras.width)
    if images.shape[:3] != shape or alpha.shape != shape or not images.size:
        raise ValueError(f"images {images.shape}, alpha {alpha.shape}, cameras of {shape}; expected the same")
    if images[0].size >= 2**31:  # as the kernel counts
        raise ValueError(f"images of {shape[1]} x {shape[2]} pixels; expected fewer than 2^31 numbers in each")
    if images.shape[3] not in (3, 5):
        raise ValueError(f"images of {images.shape[3]} channels; expected 3 or 5")
    images, alpha = _arrays.floats("images", images), _arrays.floats("alpha", alpha)
    raster = rasterize(vertices, faces, cameras)
    factor = _FINE / max(cameras.width, cameras.height)
    fine = raster.depth if factor <= 1 else rasterize(vertices, faces, scaled(cameras, factor)).depth
    flat = _normals(vertices[faces])
    worth, purity, pure = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, bool)
    _native.call(
        "worth", raster.face, raster.depth, flat, *_arrays.poses_and_intrinsics(cameras), alpha, images, worth,
        purity, pure, *images.shape, int(cameras.projection == "perspective"),
    )  # fmt: skip
    depth = np.where(fine > 0, fine, np.float32(np.inf))
    return Pictures(cameras, images, worth, purity, pure, raster.face, raster.depth, depth, flat)


def paint(
    pictures: Pictures,
    corners: Float32[np.ndarray, "faces 3 3"],
    normals: Float32[np.ndarray, "faces 3 3"],
    uv: Float32[np.ndarray, "faces 3 2"],
    size: int,
    sharpness: float,
    reach: float,
) -> Painted:
    """Paint the texels of an atlas, in one pass: place, weigh against every view, sample, mix.

    Args:
        corners: Positions of the faces' corners.
        normals: Shading normals there.
        uv: Texture coordinates there, in [0, 1]; faces do not overlap.
        size: Texels along each side, 1 to 16384.
        sharpness: Power of the cosine between view and surface; higher mixes views less.
        reach: Pixels further than this from a point's tangent plane hardly show what it is of; world units.

    Raises:
        ValueError: Arrays that do not fit one another, or values that are no numbers.
    """
    if not (len(corners) == len(normals) == len(uv) == len(pictures.flat)):
        raise ValueError(
            f"{len(corners)} faces, {len(uv)} in the atlas, {len(pictures.flat)} seen; expected one number"
        )
    if not 1 <= size <= 1 << 14:
        raise ValueError(f"an atlas of {size} texels a side; expected 1 to {1 << 14}")
    if not (np.isfinite(uv).all() and np.abs(uv).max(initial=0) < 1e3):
        raise ValueError("texture coordinates that are no numbers, or far outside [0, 1]; expected an atlas")
    if not (np.isfinite(corners).all() and np.isfinite(normals).all()):
        raise ValueError("positions or normals with NaN or infinity; expected numbers")
    cameras, (_, height, width, channels) = pictures.cameras, pictures.images.shape
    out = Painted(
        np.zeros((size, size, channels), np.float32),
        np.empty((size, size), np.float32),
        np.empty((size, size), np.int32),
    )
    faces = len(corners)
    arrays = [
        _arrays.floats("corners", corners, faces, 3, 3), _arrays.floats("normals", normals, faces, 3, 3),
        _arrays.floats("coordinates", uv, faces, 3, 2),
    ]  # fmt: skip
    _native.call(
        "paint", *arrays, pictures.flat, *_arrays.poses_and_intrinsics(cameras), pictures.images, pictures.worth,
        pictures.purity, pictures.pure, pictures.near, pictures.face, pictures.depth, out.face, out.confidence,
        out.colors, faces, size, len(cameras), height, width, *pictures.depth.shape[1:], channels,
        int(cameras.projection == "perspective"), float(sharpness), float(reach),
    )  # fmt: skip
    return out


def trust(
    pictures: Pictures,
    points: Float32[np.ndarray, "points 3"],
    normals: Float32[np.ndarray, "points 3"],
    sharpness: float,
) -> Float32[np.ndarray, "views points"]:
    """How much each view counts at points of the surface: 0 where hidden or outside, 1 where it looks straight on.

    Args:
        normals: Unit.

    Raises:
        ValueError: Points that are no numbers.
    """
    if points.shape != normals.shape or not (np.isfinite(points).all() and np.isfinite(normals).all()):
        raise ValueError(f"points {points.shape} and normals {normals.shape}; expected as many, of numbers")
    cameras, (_, height, width, _) = pictures.cameras, pictures.images.shape
    out = np.empty((len(cameras), len(points)), np.float32)
    _native.call(
        "trust", _arrays.floats("points", points, -1, 3), _arrays.floats("normals", normals, -1, 3),
        *_arrays.poses_and_intrinsics(cameras), pictures.worth, pictures.depth, out, len(points), len(cameras),
        height, width, *pictures.depth.shape[1:], int(cameras.projection == "perspective"), float(sharpness),
    )  # fmt: skip
    return out


def _normals(corners: Float32[np.ndarray, "faces 3 3"]) -> Float32[np.ndarray, "faces 3"]:
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return (across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-20)).astype(np.float32)
