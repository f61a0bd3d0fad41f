"""Views to a dense mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maquette.reconstruction._planes import PlaneFusion
from maquette.reconstruction._visual_hull import VisualHull
from maquette.reconstruction.masks import FindMasks
from maquette.reconstruction.splats import Splats

if TYPE_CHECKING:
    from maquette.reconstruction.normal_fusion import NormalFusion

    Method = PlaneFusion | NormalFusion | VisualHull | Splats

__all__ = ["FindMasks", "Method", "NormalFusion", "PlaneFusion", "Splats", "VisualHull"]


def __getattr__(name: str) -> Any:
    if name in ("NormalFusion", "Method"):  # it needs torch, which takes a second to load
        from maquette.reconstruction.normal_fusion import NormalFusion

        return NormalFusion if name == "NormalFusion" else PlaneFusion | NormalFusion | VisualHull | Splats
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
