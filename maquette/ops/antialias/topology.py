"""Which faces meet at which edge: what the walk to an outline steps along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int, Int32
from torch import Tensor

from maquette.ops.topology import edge_groups, half_edges


@dataclass(frozen=True)
class Topology:
    """The faces around every edge; built once for a face array (`Topology.of`) and good for any vertices."""

    faces: Int32[Tensor, "faces 3"]
    """Corners' vertices."""
    across: Int32[Tensor, "faces 3"]
    """Edge k of a face runs from corner k to k + 1. 2 (3 g + e) + s: edge e of face g is the next on the same two
    vertices, and s is 1 where both run the same way. The faces of an edge form a ring: of one where the mesh ends,
    of two inside it, of more where sheets meet."""

    @staticmethod
    def of(faces: Int[Tensor, "faces 3"]) -> Topology:
        """Find the faces that share edges; a few milliseconds for 20,000 faces."""
        edges = half_edges(faces.cpu().numpy())
        order, _, sizes = edge_groups(edges)
        following = np.append(order[1:], order[:1])
        ends = np.cumsum(sizes)
        following[ends - 1] = order[ends - sizes]
        across = np.empty(len(edges), np.int32)
        across[order] = 2 * following + (edges[order, 0] == edges[following, 0])
        return Topology(
            faces.to(torch.int32).contiguous(), torch.from_numpy(across.reshape(-1, 3)).to(faces.device)
        )
