"""Mesh rendering with gradients, on tensors: from pixels back to vertices, attributes and texels.

    topology = Topology.of(faces)
    raster = rasterize(vertices, faces, cameras)
    image = antialias(raster, interpolate(raster, attributes), topology)
    image = interpolate_antialiased(raster, attributes, topology)  # the same, sooner

An attribute that is 1 everywhere comes back as coverage, `raster.depth` and normals of moving vertices carry
gradients as well, and so do the cameras' positions given to `rasterize_projected`. Importing this loads torch.
"""

from maquette.ops.antialias import Silhouettes, Topology, antialias, find_silhouettes
from maquette.ops.antialias.fused import interpolate_antialiased
from maquette.ops.interpolate.differentiable import interpolate, screen_derivatives
from maquette.ops.rasterize.differentiable import Raster, project, rasterize, rasterize_projected
from maquette.ops.texture import mip_level, texture

__all__ = [
    "Raster",
    "Silhouettes",
    "Topology",
    "antialias",
    "find_silhouettes",
    "interpolate",
    "interpolate_antialiased",
    "mip_level",
    "project",
    "rasterize",
    "rasterize_projected",
    "screen_derivatives",
    "texture",
]
