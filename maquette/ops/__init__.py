"""Operators on arrays, one folder each: contract, readable reference, C++ kernel."""

from maquette.ops.rasterize import Raster, interpolate, rasterize
from maquette.ops.shade import corner_normals

__all__ = ["Raster", "corner_normals", "interpolate", "rasterize"]
