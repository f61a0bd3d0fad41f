"""Mesh, views and pictures to a textured asset, and an asset to pictures."""

from maquette.texturing._bake import BakeViews
from maquette.texturing._unwrap import Unwrapped, unwrap
from maquette.texturing.camera import FindCamera
from maquette.texturing.projection import ProjectPicture, agreement
from maquette.texturing.upscale import Upscale

Method = BakeViews
"""The ways to texture a mesh."""

__all__ = [
    "BakeViews",
    "FindCamera",
    "Method",
    "ProjectPicture",
    "Unwrapped",
    "Upscale",
    "agreement",
    "unwrap",
]
