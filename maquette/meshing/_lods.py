"""Coarser levels of a finished asset, drawn with its own textures."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from maquette.artifacts import Asset, Level, Mesh, check_mesh
from maquette.errors import InputError
from maquette.ops.decimate import decimate_levels


@dataclass(frozen=True)
class Lods:
    """Gives an asset levels of detail whose vertices are its own: same seams, same charts, same textures."""

    ratios: tuple[float, ...] = (0.5, 0.25, 0.1)
    """Faces of each level as a share of the asset's, falling; the asset itself is level 0."""
    most_error: float = 0.02
    """How far a level may stray from the surface, as a share of the extent: it stops there, above its faces."""
    lock_borders: bool = True
    """Whether open borders keep every vertex, so that pieces that meet there still do."""
    version: ClassVar[int] = 1

    def __call__(self, asset: Asset) -> Asset:
        """Return the asset with its levels; the receipt's `lods` lists the faces and the error of each.

        The error is an estimate of the largest distance from the asset's surface, in world units, and never falls
        from level to level. A level that seams, borders or `most_error` keep from having a tenth fewer faces than
        the one before is left out. Tangents are the vertices' own, with which the normal map was baked.

        Raises:
            InputError: Ratios that do not fall between 1 and 0, or a mesh that is none.
        """
        check_mesh(asset.mesh)
        falling = all(a > b for a, b in itertools.pairwise((1.0, *self.ratios, 0.0)))
        if self.most_error < 0 or not np.isfinite(self.most_error):
            raise InputError(
                f"an error of at most {self.most_error}; expected a share of the extent, such as 0.02"
            )
        if not self.ratios or not falling:
            raise InputError(
                f"levels of {self.ratios}; expected shares of the faces that fall, such as 0.5, 0.25, 0.1"
            )
        count = len(asset.mesh.faces)
        targets = sorted({max(1, int(ratio * count)) for ratio in self.ratios}, reverse=True)
        coarser = decimate_levels(
            asset.mesh.vertices,
            asset.mesh.faces,
            asset.uv,
            asset.normals,
            targets,
            most_error=self.most_error,
            lock_borders=self.lock_borders,
        )
        levels, listed, before = [], [], count
        for faces, error in coarser:
            if not 0 < len(faces) <= 0.9 * before:
                continue
            levels.append(_level(asset, faces))
            listed.append({"faces": len(faces), "error": error})
            before = len(faces)
        return replace(asset, lods=tuple(levels), receipt={**asset.receipt, "lods": listed})


def _level(asset: Asset, faces: np.ndarray) -> Level:
    used, index = np.unique(faces, return_inverse=True)
    colors = asset.mesh.vertex_colors
    mesh = Mesh(
        asset.mesh.vertices[used],
        index.reshape(-1, 3).astype(np.int32),
        None if colors is None else colors[used],
    )
    uv, tangents = (None if each is None else each[used] for each in (asset.uv, asset.tangents))
    return Level(mesh, uv, asset.normals[used], tangents)
