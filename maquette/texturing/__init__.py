"""Mesh and views to a textured asset, and an asset to pictures."""

from maquette.texturing._bake import BakeViews
from maquette.texturing._unwrap import Unwrapped, unwrap

Method = BakeViews
"""The ways to texture a mesh."""

__all__ = ["BakeViews", "Method", "Unwrapped", "unwrap"]
