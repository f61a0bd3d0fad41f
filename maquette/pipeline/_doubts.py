"""What a user should be told of a picture or a mesh, also when its stages come from the cache."""

from __future__ import annotations

import warnings
from typing import Any

from maquette.artifacts import Asset, Image, Views
from maquette.meshing import Findings, told
from maquette.multiview import doubt
from maquette.pipeline.run import Note
from maquette.texturing import agreement


def note_cut(image: Image, cut: Image) -> None:
    """Say so when the object could not be cut out with certainty."""
    if reason := doubt(image, cut):
        warnings.warn(
            f"cutting the object out of the picture is unsure: {reason}; give a picture with alpha, or install "
            '`pip install "maquette[cutout]"` and use --cutout model',
            Note,
            stacklevel=3,
        )


def note_repair(findings: Findings) -> None:
    """Say what was wrong with a mesh and was repaired, and which holes are still open."""
    if line := told(findings):
        solid = "; --solid closes it" if "holes_kept" in findings else ""
        warnings.warn(f"the mesh was repaired: {line}{solid}", Note, stacklevel=3)


def note_light(views: Views) -> None:
    """Say so when photographs keep their light."""
    if views.albedo is None:
        warnings.warn(
            "the light in the photographs could not be told from the colours of what they show, or it is even "
            "already: it stays in the texture",
            Note,
            stacklevel=3,
        )


def note_picture(projection: Any, baked: Asset, posed: Views) -> None:
    """Say so when the shape does not fit the picture well enough for its pixels to be painted on."""
    least, share = getattr(projection, "least_agreement", 0.0), float(agreement(baked.mesh, posed).max())
    if share < least:
        warnings.warn(
            f"the shape that was made fits the picture's outline to {share:.0%} only, so the picture is not "
            f"painted on it ({least:.0%} would do); try another --seed or a picture from nearer the front",
            Note,
            stacklevel=3,
        )
