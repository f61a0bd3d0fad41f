"""Furniture, gathered."""

from __future__ import annotations

from maquette.training.props._cases import cabinet, desk, dresser, shelf, table
from maquette.training.props._prop import Category
from maquette.training.props._seats import armchair, bed, bench, chair, sofa, stool

FURNITURE = {
    "stool": Category(stool, ("stool", "footstool")),
    "chair": Category(chair, ("chair", "dining chair")),
    "armchair": Category(armchair, ("armchair", "easy chair")),
    "sofa": Category(sofa, ("sofa", "couch")),
    "table": Category(table, ("table", "dining table")),
    "desk": Category(desk, ("desk", "writing desk")),
    "bench": Category(bench, ("bench", "park bench")),
    "bed": Category(bed, ("bed",)),
    "shelf": Category(shelf, ("shelf", "bookshelf", "bookcase")),
    "cabinet": Category(cabinet, ("cabinet", "cupboard", "wardrobe")),
    "dresser": Category(dresser, ("dresser", "chest of drawers")),
}
