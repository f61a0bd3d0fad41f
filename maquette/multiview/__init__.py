"""A sentence or a picture to views of the object from known cameras."""

from maquette.multiview.cutout import CutOut, ModelCutOut, doubt
from maquette.multiview.mini import Mini
from maquette.multiview.vocabulary import Check, check

Method = Mini

__all__ = ["Check", "CutOut", "Method", "Mini", "ModelCutOut", "check", "doubt"]
