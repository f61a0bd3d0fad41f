"""The chains from source to asset, and Run, which keeps what their stages make."""

from maquette.pipeline._make import make as make
from maquette.pipeline.chains import Options as Options
from maquette.pipeline.chains import image_to_asset as image_to_asset
from maquette.pipeline.chains import mesh_to_asset as mesh_to_asset
from maquette.pipeline.chains import text_to_asset as text_to_asset
from maquette.pipeline.run import Run as Run
from maquette.pipeline.run import Step as Step
from maquette.pipeline.source import read_source as read_source
