"""Texture atlases: a surface cut into flat charts, these packed into the unit square, and what lies between."""

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32

from maquette.ops import _arrays, _native

_SIDE = 1024  # packing on a finer grid gains nothing that is seen


def pack_charts(
    plane: Float[np.ndarray, "vertices 2"],
    faces: Int32[np.ndarray, "faces 3"],
    chart_of_face: Int32[np.ndarray, "faces"],
    texture_size: int,
    padding: int,
) -> Float32[np.ndarray, "vertices 2"]:
    """Place charts in the unit square at one common scale, apart by the padding, none mirrored.

    Args:
        plane: Flat coordinates of each chart, on a common scale; charts share no vertex.
        chart_of_face: From 0 up, every number used.
        texture_size: Texels along each side.
        padding: Empty texels between charts and along the border.

    Raises:
        ValueError: Arrays that do not fit, coordinates that are not finite, an unused number, or a size or padding
            out of range.
    """
    faces = _arrays.indices("faces", faces, len(plane), "vertices", -1, 3)
    chart_of_face = _arrays.indices("faces", chart_of_face, len(faces), "charts", len(faces))
    plane = np.ascontiguousarray(plane, np.float64)
    if plane.shape != (len(plane), 2) or not (np.abs(plane) < 1e100).all():
        raise ValueError(f"flat coordinates of shape {plane.shape}; expected finite pairs of numbers")
    if not (np.bincount(chart_of_face) > 0).all():
        raise ValueError("a chart without faces; expected every number from 0 up to be used")
    if padding < 0 or texture_size < 1:
        raise ValueError(f"padding {padding} in a texture of {texture_size} texels; expected 0, and 1, or more")
    side = min(texture_size, _SIDE)
    gap = min(max(1, round(padding * side / texture_size)), side)
    uv = np.zeros(plane.shape, np.float32)
    charts = int(chart_of_face.max(initial=-1)) + 1
    if not charts:
        return uv
    # Very many charts do not fit a small texture with their padding: share its texels rather than fail.
    while _native.call("pack_charts", plane, faces, chart_of_face, uv, len(faces), charts, side, gap):
        side *= 2
    return uv


def flat_charts(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]
) -> tuple[Int32[np.ndarray, "faces"], Int32[np.ndarray, "faces 3"], Float64[np.ndarray, "flat_vertices 2"]]:
    """Cut a mesh into charts and lay them flat: none turned over or covering a point twice, lengths nearly kept.

    Pieces that face one way (Cohen-Steiner et al. 2004), as rigid as possible (Liu et al. 2008), joined with their
    neighbours while the strain (Smith and Schaefer 2015) stays small. Bounded work: what fails is cut in two.

    Args:
        vertices: World units.
        faces: Any triangles; those without area lie in a point of some chart.

    Returns:
        The chart of each face, the flat vertex at each corner (charts share none), and their positions, y to the
        left of x when seen from outside, on one scale: the whole surface has the area 1.

    Raises:
        ValueError: Faces name vertices that are not there, or coordinates are not finite.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    if not np.isfinite(vertices).all():
        raise ValueError("vertices with NaN or infinite coordinates; expected finite ones")
    chart, corners = np.empty(len(faces), np.int32), np.empty((len(faces), 3), np.int32)
    flat = np.zeros((3 * len(faces), 2))
    _native.call("charts", vertices, faces, chart, corners, flat, len(vertices), len(faces))
    return chart, corners, flat[: int(corners.max(initial=-1)) + 1].copy()


def fill_nearest(
    image: Float32[np.ndarray, "height width channels"],
    known: Bool[np.ndarray, "height width"],
    in_place: bool = False,
) -> Float32[np.ndarray, "height width channels"]:
    """Copy to every unknown pixel the nearest known one (unchanged where nothing is known).

    Args:
        in_place: Write into the image itself, where it is contiguous.

    Raises:
        ValueError: What is known has another size than the image.
    """
    if image.ndim != 3 or known.shape != image.shape[:2]:
        raise ValueError(f"an image of {image.shape}, known at {known.shape}; expected the same height and width")
    out = np.asarray(image, np.float32, order="C") if in_place else np.array(image, np.float32, order="C")
    _native.call("fill_nearest", out, np.ascontiguousarray(known, np.uint8), *image.shape)
    return out
