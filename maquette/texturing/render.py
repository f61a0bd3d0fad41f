"""Pictures of an asset: its channels, lit views, and a sheet that shows it at a glance."""

from maquette.texturing._light import light
from maquette.texturing._render import render_views, survey_cameras
from maquette.texturing._sheet import picture, preview_sheet
from maquette.texturing._studio import Studio

__all__ = ["Studio", "light", "picture", "preview_sheet", "render_views", "survey_cameras"]
