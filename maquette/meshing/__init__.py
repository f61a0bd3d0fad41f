"""Meshes to better meshes: repair, decimation to a face budget, levels of detail, collision hulls."""

from maquette.meshing._collision import Collision, best_decomposition, hull_volume_ratio
from maquette.meshing._decimate import Decimate
from maquette.meshing._lods import Lods
from maquette.meshing._quads import Quads
from maquette.meshing._repair import Examined, Findings, Repair, told
from maquette.ops.topology import is_closed_manifold

Method = Decimate | Quads

__all__ = [
    "Collision",
    "Decimate",
    "Examined",
    "Findings",
    "Lods",
    "Method",
    "Quads",
    "Repair",
    "best_decomposition",
    "hull_volume_ratio",
    "is_closed_manifold",
    "told",
]
