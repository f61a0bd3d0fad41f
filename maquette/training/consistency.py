"""Measures of whether six axis-aligned views show one solid object: those that sampling itself chooses by."""

from maquette.multiview.agreement import depth_contradictions, hull, hull_reprojection_iou

__all__ = ["depth_contradictions", "hull", "hull_reprojection_iou"]
