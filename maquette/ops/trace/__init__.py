"""Rays and nearest points against a mesh, through a bounding volume hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8

from maquette.ops import _arrays, _native

_NODE_BYTES, _LEAF_BYTES = 224, 324  # tree.h


@dataclass(frozen=True, eq=False)
class Tree:
    """Triangles in a hierarchy of boxes, eight to a node; what `grow` makes and the rest of this module asks."""

    nodes: UInt8[np.ndarray, "nodes 224"]
    leaves: UInt8[np.ndarray, "leaves 324"]


@dataclass(frozen=True, eq=False)
class Hits:
    """A point of a mesh for each query."""

    face: Int32[np.ndarray, "queries"]
    """Face index, -1 where nothing is hit."""
    barycentric: Float32[np.ndarray, "queries 2"]
    """Weights of the face's corners 1 and 2; corner 0 has the rest."""
    distance: Float32[np.ndarray, "queries"]
    """World units; of rays along their direction, below zero behind the origin."""


def grow(vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"]) -> Tree:
    """The hierarchy of a mesh, with the surface area heuristic (Wald 2007); the same for any number of threads.

    Raises:
        ValueError: A face names a vertex that is not there, or a coordinate is not finite or beyond 1e15.
    """
    vertices, faces = _arrays.mesh(vertices, faces)
    if not (np.abs(vertices) < 1e15).all():
        raise ValueError("vertices that are not finite or beyond 1e15; expected an object of usual size: scale it")
    if len(faces) >= 2**31 // 3:
        raise ValueError(f"{len(faces):,} faces; expected under {2**31 // 3:,}")
    # Room for the most that there could be: memory that is not written to is not taken.
    nodes = np.empty((len(faces) + 1, _NODE_BYTES), np.uint8)
    leaves = np.empty((len(faces) + 1, _LEAF_BYTES), np.uint8)
    counts = np.zeros(2, np.int64)
    _native.call(
        "trace_build", vertices, faces, nodes, leaves, counts, len(faces),
    )  # fmt: skip
    return Tree(nodes[: counts[0]].copy(), leaves[: counts[1]].copy())


def first_hit(
    tree: Tree,
    origins: Float32[np.ndarray, "queries 3"],
    directions: Float32[np.ndarray, "queries 3"],
    limits: Float32[np.ndarray, "queries"] | float = 3e38,
) -> Hits:
    """The first triangle that each ray crosses, from either side; of two at one distance the one of lower index.

    Watertight: a ray through an edge or a vertex that faces share hits one of them (Woop, Benthin and Wald 2013).
    `reference.py` defines it.

    Args:
        directions: Unit.
        limits: World units beyond which nothing is hit.

    Raises:
        ValueError: A direction that is not of length one, something that is not a number, or arrays that do not
            fit.
    """
    return _crossed(tree, origins, directions, limits, both_ways=False)


def hit_along(
    tree: Tree,
    origins: Float32[np.ndarray, "queries 3"],
    directions: Float32[np.ndarray, "queries 3"],
    limits: Float32[np.ndarray, "queries"] | float,
) -> Hits:
    """The crossing nearest to each origin on a line both ways, of faces whose normals point along its direction.

    Distances behind the origin are negative.

    Args:
        directions: Unit.
        limits: World units, either way.

    Raises:
        ValueError: As `first_hit`.
    """
    return _crossed(tree, origins, directions, limits, both_ways=True)


def blocked(
    tree: Tree,
    origins: Float32[np.ndarray, "queries 3"],
    directions: Float32[np.ndarray, "queries 3"],
    limits: Float32[np.ndarray, "queries"] | float = 3e38,
) -> Bool[np.ndarray, "queries"]:
    """Whether each ray crosses any triangle before its limit.

    Raises:
        ValueError: As `first_hit`.
    """
    arrays = _checked(origins, directions, limits)
    out = np.empty(len(origins), bool)
    _native.call("trace_blocked", tree.nodes, tree.leaves, *arrays, out, len(origins))
    return out


def nearest_point(
    tree: Tree,
    points: Float32[np.ndarray, "queries 3"],
    toward: Float32[np.ndarray, "queries 3"] | None = None,
    limits: Float32[np.ndarray, "queries"] | float = 1e18,
) -> Hits:
    """The nearest point of the mesh (Ericson 2005, section 5.1.5).

    Args:
        toward: Only faces whose normals are less than a right angle from it count.
        limits: World units beyond which nothing is found.

    Raises:
        ValueError: Something that is not a number, or arrays that do not fit.
    """
    points, limits = _checked(points, None, limits)
    given = points if toward is None else _arrays.floats("directions", toward, len(points), 3)
    if not np.isfinite(given).all():
        raise ValueError("directions with NaN or infinite values; expected numbers")
    hits = _empty(len(points))
    _native.call(
        "trace_nearest", tree.nodes, tree.leaves, points, given, limits, hits.face, hits.barycentric,
        hits.distance, len(points), int(toward is not None),
    )  # fmt: skip
    return hits


def open_share(
    tree: Tree,
    points: Float32[np.ndarray, "points 3"],
    normals: Float32[np.ndarray, "points 3"],
    facing: Float32[np.ndarray, "points 3"],
    samples: Float32[np.ndarray, "sets rays 3"],
    chosen: UInt8[np.ndarray, "points"] | None = None,
    lift: float = 1e-4,
) -> Float32[np.ndarray, "points"]:
    """Ambient occlusion's complement: the share of rays from each point that no triangle stops.

    Args:
        normals: Unit; the rays are turned so that +z lies along them.
        facing: Unit, of the flat face; rays below it do not count.
        samples: Sets of unit vectors around +z, such as `cosine_samples`.
        chosen: The set that each point takes; the first where it is not given.
        lift: World units along `facing` from which rays begin.

    Raises:
        ValueError: Vectors that are not of length one, something that is not a number, or a set that is not there.
    """
    points, normals, _ = _checked(points, normals, 0.0)
    facing = _checked(points, facing, 0.0)[1]
    samples = _arrays.floats("samples", samples, -1, -1, 3)
    chosen = np.zeros(len(points), np.uint8) if chosen is None else chosen
    if not samples.size or (len(chosen) and (chosen.min() < 0 or chosen.max() >= len(samples))):
        raise ValueError(f"points choose among more sets of samples than the {len(samples)} that there are")
    _checked(samples.reshape(-1, 3), samples.reshape(-1, 3), 0.0)
    out = np.empty(len(points), np.float32)
    _native.call(
        "trace_open", tree.nodes, tree.leaves, points, normals, facing, np.ascontiguousarray(chosen, np.uint8),
        samples, out, len(points), samples.shape[1], float(lift),
    )  # fmt: skip
    return out


def cosine_samples(rays: int, sets: int = 1) -> Float32[np.ndarray, "sets rays 3"]:
    """Directions around +z, as dense as their cosine; all sets together are as even as one of so many rays.

    A rank-1 lattice with the golden ratio (Niederreiter 1992), each set shifted, on the disc (Malley's method).
    """
    number, across = np.arange(rays), int(np.ceil(np.sqrt(sets)))
    shift = np.arange(sets)[:, None]
    along = (number + (shift // across + (shift % across + 0.5) / across) / across) / rays
    around = number * (np.sqrt(5) / 2 - 0.5) + (shift % across) / across
    radius, angle = np.sqrt(along), 2 * np.pi * around
    out = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(np.maximum(1 - along, 0))], -1)
    return out.astype(np.float32)


def _crossed(
    tree: Tree, origins: np.ndarray, directions: np.ndarray, limits: np.ndarray | float, both_ways: bool
) -> Hits:
    hits = _empty(len(origins))
    _native.call(
        "trace_first", tree.nodes, tree.leaves, *_checked(origins, directions, limits), hits.face,
        hits.barycentric, hits.distance, len(origins), int(both_ways),
    )  # fmt: skip
    return hits


def _empty(count: int) -> Hits:
    return Hits(np.empty(count, np.int32), np.empty((count, 2), np.float32), np.empty(count, np.float32))


def _checked(
    origins: np.ndarray, directions: np.ndarray | None, limits: np.ndarray | float
) -> tuple[np.ndarray, ...]:
    """What a kernel reads: contiguous, finite, as many of each."""
    origins = _arrays.floats("origins", origins, -1, 3)
    limits = np.ascontiguousarray(np.broadcast_to(np.asarray(limits, np.float32), (len(origins),)))
    if not (np.abs(origins) < 1e15).all() or np.isnan(limits).any():
        raise ValueError("origins or limits that are no numbers, or beyond 1e15; expected finite ones")
    if directions is None:
        return origins, limits
    directions = _arrays.floats("directions", directions, len(origins), 3)
    if not (np.abs(np.einsum("qi,qi->q", directions, directions) - 1) < 1e-3).all():
        raise ValueError("directions that are not of length one; expected unit vectors")
    return origins, directions, limits
