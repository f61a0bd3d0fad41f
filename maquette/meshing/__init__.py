"""Meshes to better meshes: repair, and decimation to a face budget."""

from maquette.meshing._decimate import Decimate
from maquette.meshing._repair import Repair
from maquette.ops.topology import is_closed_manifold

Method = Decimate

__all__ = ["Decimate", "Method", "Repair", "is_closed_manifold"]
