"""Views to a dense mesh."""

from maquette.reconstruction._planes import PlaneFusion
from maquette.reconstruction._visual_hull import VisualHull

Method = PlaneFusion | VisualHull

__all__ = ["Method", "PlaneFusion", "VisualHull"]
