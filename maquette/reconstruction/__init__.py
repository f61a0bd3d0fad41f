"""Views to a dense mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maquette.reconstruction._planes import PlaneFusion

if TYPE_CHECKING:
    from maquette.reconstruction.normal_fusion import NormalFusion

    Method = PlaneFusion | NormalFusion

__all__ = ["Method", "NormalFusion", "PlaneFusion"]


def __getattr__(name: str) -> Any:
    # NormalFusion needs torch, which takes a second to load.
    if name == "NormalFusion":
        from maquette.reconstruction.normal_fusion import NormalFusion

        return NormalFusion
    if name == "Method":
        from maquette.reconstruction.normal_fusion import NormalFusion

        return PlaneFusion | NormalFusion
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
