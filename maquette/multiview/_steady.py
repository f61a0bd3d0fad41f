"""Depth that a network drew, made to agree with the normals and outlines that it drew beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from maquette.artifacts import Views
from maquette.cameras import FRAME
from maquette.ops.hull import steadied_outlines, visual_hull
from maquette.ops.integrate import seen_surface

_SAMPLES = 128
"""Grid samples along each axis in which the outlines are intersected."""


def steadied(views: Views) -> Views:
    """Views whose depth follows from their normals, held by the depth drawn and by what all outlines allow.

    Depth is a network's weakest channel, and normals are among its best. Only pixels of the object change.

    Args:
        views: With normals and depth; those of a thing that is nowhere seen are returned as they are.
    """
    assert views.depth is not None
    assert views.normals is not None
    if not (views.alpha > 0.5).any():
        return views
    spacing, truncation = FRAME / _SAMPLES, 0.04
    outlines = steadied_outlines(views.cameras, views.alpha, truncation, smoothing=0.75)
    corner = (spacing - FRAME) / 2
    hull = visual_hull(views.cameras, outlines, (corner, corner, corner), spacing, _SAMPLES, truncation)
    surface = seen_surface(views.cameras, views.alpha, views.depth, views.normals, hull)
    return replace(views, depth=np.where(views.alpha > 0, surface.depth, views.depth).astype(np.float32))
