"""Reading and writing files: meshes, GLB, pictures, views. Everything is written whole or not at all."""

from maquette.formats.atomic import check_writable as check_writable
from maquette.formats.atomic import write_atomically as write_atomically
from maquette.formats.glb import export_glb as export_glb
from maquette.formats.glb import glb_bytes as glb_bytes
from maquette.formats.images import load_image as load_image
from maquette.formats.images import png_bytes as png_bytes
from maquette.formats.images import save_png as save_png
from maquette.formats.meshes import load as load
from maquette.formats.meshes import normalized as normalized
from maquette.formats.obj import export_obj as export_obj
from maquette.formats.points import load_shape as load_shape
from maquette.formats.splats_ply import load_gaussians as load_gaussians
from maquette.formats.splats_ply import save_gaussians as save_gaussians
from maquette.formats.usdz import export_usdz as export_usdz
from maquette.formats.usdz import usdz_bytes as usdz_bytes
