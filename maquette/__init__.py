"""maquette: a sentence or a picture in, a game-ready GLB out.

import maquette
asset = maquette.make("a red wooden stool")
maquette.export_glb(asset, "stool.glb")
"""

import os as _os
from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# torch's OpenMP threads wait for one another by spinning, for milliseconds at a time. Where something else has one
# of the cores, sampling then takes twenty times as long; with fewer turns it loses nothing. What is set stays.
if "OMP_WAIT_POLICY" not in _os.environ:
    _os.environ.setdefault("GOMP_SPINCOUNT", "3000")

if TYPE_CHECKING:
    from maquette.artifacts import Asset as Asset
    from maquette.artifacts import Cameras as Cameras
    from maquette.artifacts import Gaussians as Gaussians
    from maquette.artifacts import Image as Image
    from maquette.artifacts import Level as Level
    from maquette.artifacts import Material as Material
    from maquette.artifacts import Mesh as Mesh
    from maquette.artifacts import Views as Views
    from maquette.errors import InputError as InputError
    from maquette.formats import export_glb as export_glb
    from maquette.formats import export_obj as export_obj
    from maquette.formats import export_usdz as export_usdz
    from maquette.formats import load as load
    from maquette.pipeline.chains import Options as Options
    from maquette.pipeline.make import make as make
    from maquette.pipeline.run import Run as Run

# Loaded when first used, so that `import maquette` costs nothing.
_HOMES = {
    "make": "pipeline.make",
    "Options": "pipeline.chains",
    "Run": "pipeline.run",
    "load": "formats",
    "export_glb": "formats",
    "export_obj": "formats",
    "export_usdz": "formats",
    "InputError": "errors",
    **dict.fromkeys(("Asset", "Cameras", "Gaussians", "Image", "Level", "Material", "Mesh", "Views"), "artifacts"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'maquette' has no attribute {name!r}")
    value = getattr(_import_module(f"maquette.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__"])
