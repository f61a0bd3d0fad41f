"""Operators on arrays, one folder each: contract, readable reference, C++ kernel."""

from maquette.ops.atlas import fill_nearest, flat_charts, pack_charts
from maquette.ops.contour import contour
from maquette.ops.decimate import decimate, decimate_levels
from maquette.ops.fuse import fuse, outline_distance
from maquette.ops.fuse_depth import fuse_depth
from maquette.ops.interpolate import interpolate, interpolate_at, resolve
from maquette.ops.irradiance import irradiance
from maquette.ops.rasterize import Raster, rasterize
from maquette.ops.sample import sample_bilinear
from maquette.ops.shade import corner_normals
from maquette.ops.smooth import smooth
from maquette.ops.tangents import split_tangents, tangents
from maquette.ops.topology import is_closed_manifold
from maquette.ops.visibility import visibility, visible_faces, visible_vertices

__all__ = [
    "Raster",
    "contour",
    "corner_normals",
    "decimate",
    "decimate_levels",
    "fill_nearest",
    "flat_charts",
    "fuse",
    "fuse_depth",
    "interpolate",
    "interpolate_at",
    "irradiance",
    "is_closed_manifold",
    "outline_distance",
    "pack_charts",
    "rasterize",
    "resolve",
    "sample_bilinear",
    "smooth",
    "split_tangents",
    "tangents",
    "visibility",
    "visible_faces",
    "visible_vertices",
]
