"""Texture atlases: packing charts into the unit square, and filling what no face covers."""

import numpy as np
from jaxtyping import Bool, Float32, Int32

from maquette.ops import _native

_SIDE = 1024  # packing on a finer grid gains nothing that is seen


def pack_charts(
    plane: Float32[np.ndarray, "vertices 2"],
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
    """
    side = min(texture_size, _SIDE)
    gap = max(1, round(padding * side / texture_size))
    uv = np.zeros_like(plane)
    charts = int(chart_of_face.max(initial=-1)) + 1
    arrays = [np.ascontiguousarray(a) for a in (plane, faces, chart_of_face)]
    # Very many charts do not fit a small texture with their padding: share its texels rather than fail.
    while _native.call("pack_charts", *arrays, uv, len(faces), charts, side, gap):
        side *= 2
    return uv


def fill_nearest(
    image: Float32[np.ndarray, "height width channels"], known: Bool[np.ndarray, "height width"]
) -> Float32[np.ndarray, "height width channels"]:
    """Copy to every unknown pixel the nearest known one (unchanged where nothing is known)."""
    out = np.array(image, np.float32, order="C")
    _native.call("fill_nearest", out, np.ascontiguousarray(known, np.uint8), *image.shape)
    return out
