"""The chain by hand: every stage is an object that you call; its fields are its options, its results artifacts."""

from pathlib import Path

from maquette import export_glb
from maquette.formats import save_png
from maquette.formats.views import save_views
from maquette.meshing import Decimate
from maquette.multiview import Mini
from maquette.reconstruction import PlaneFusion
from maquette.texturing import BakeViews, Upscale
from maquette.texturing.render import preview_sheet

views = Mini(seed=3, steps=16)("a blue mug with a white handle")
save_views(views, Path("mug-views"))  # PNGs and transforms.json, as other tools read them

dense = PlaneFusion(noise_factor=3.0)(views)  # as make has it
for faces in (2000, 500, 120):  # levels of detail from one dense mesh
    mesh = Decimate(faces)(dense)
    asset = BakeViews(size=256)(mesh, Upscale()(views, mesh))
    export_glb(asset, f"mug-{faces}.glb")
save_png(Path("mug.png"), preview_sheet(asset, 160))
