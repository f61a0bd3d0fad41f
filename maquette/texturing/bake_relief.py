"""What a dense mesh has and the simpler one made of it has not: relief, as a normal map, and shaded hollows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from maquette.artifacts import Asset, Mesh, check_mesh
from maquette.texturing._bake import face_corner_normals, split_corners
from maquette.texturing._light import welded
from maquette.texturing.bake_mesh import BakeMesh, framed


@dataclass(frozen=True)
class BakeRelief:
    """Adds to a textured asset the relief of the dense mesh that it was simplified from."""

    size: int = 1024
    """Texels along each side of the maps."""
    crease_degrees: float = 60.0
    """Edges of the dense mesh that turn by more are shaded sharp."""
    occlusion_rays: int = 16
    """Rays a texel of the ambient occlusion; 0 bakes none."""
    version: ClassVar[int] = 1

    def __call__(self, asset: Asset, dense: Mesh) -> Asset:
        """Return the asset with tangents, a normal map and occlusion; its other maps stay.

        Raises:
            InputError: A mesh without faces, or with coordinates or indices that cannot be.
            ValueError: The asset has no texture coordinates.
        """
        check_mesh(asset.mesh)
        check_mesh(dense, "the dense mesh")
        if asset.uv is None:
            raise ValueError("an asset without texture coordinates; expected one that was unwrapped")
        nowhere = np.zeros((len(dense.vertices), 2), np.float32)
        source = split_corners(dense, dense.faces, nowhere, face_corner_normals(dense, self.crease_degrees))
        bake = BakeMesh(size=self.size, occlusion_rays=self.occlusion_rays)
        baked = bake.onto(framed(asset), welded(asset.mesh), replace(source, uv=None))
        maps = {"normal_map": baked.material.normal_map, "occlusion": baked.material.occlusion}
        return replace(baked, material=replace(asset.material, **maps))
