"""Mesh, views and pictures to a textured asset, and an asset to pictures."""

from maquette.texturing._bake import BakeViews
from maquette.texturing._unwrap import Unwrapped, unwrap
from maquette.texturing.bake_mesh import BakeMesh
from maquette.texturing.bake_relief import BakeRelief
from maquette.texturing.camera import FindCamera
from maquette.texturing.delight import Delight
from maquette.texturing.projection import ProjectPicture, agreement
from maquette.texturing.upscale import Upscale

Method = BakeViews | BakeMesh
"""The ways to texture a mesh."""

__all__ = [
    "BakeMesh",
    "BakeRelief",
    "BakeViews",
    "Delight",
    "FindCamera",
    "Method",
    "ProjectPicture",
    "Unwrapped",
    "Upscale",
    "agreement",
    "unwrap",
]
