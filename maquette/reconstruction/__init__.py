"""Views to a dense mesh."""

from maquette.reconstruction._planes import PlaneFusion

Method = PlaneFusion

__all__ = ["Method", "PlaneFusion"]
