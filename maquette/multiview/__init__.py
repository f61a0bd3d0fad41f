"""A sentence or a picture to views of the object from known cameras."""

from maquette.multiview.mini import Mini
from maquette.multiview.vocabulary import Check, check

Method = Mini

__all__ = ["Check", "Method", "Mini", "check"]
