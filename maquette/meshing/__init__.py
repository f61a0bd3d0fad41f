"""Meshes to better meshes: repair, decimation to a face budget, levels of detail."""

from maquette.meshing._decimate import Decimate
from maquette.meshing._lods import Lods
from maquette.meshing._repair import Repair
from maquette.ops.topology import is_closed_manifold

Method = Decimate

__all__ = ["Decimate", "Lods", "Method", "Repair", "is_closed_manifold"]
