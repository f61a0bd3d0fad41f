"""maquette: a sentence or a picture in, a game-ready GLB out."""

__version__ = "0.1.0"
