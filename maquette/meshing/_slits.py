"""Slits: holes without width, where surfaces were parted or one face has a vertex on another's edge."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Int32

from maquette.meshing._holes import border_loops
from maquette.ops.topology import half_edges, select

_THIN = 1e-6
"""Of the extent: as much is lost in single precision."""

Triangles = list[tuple[int, int, int]]


def close_slits(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], found: dict[str, Any]
) -> tuple[Float32[np.ndarray, "fewer 3"], Int32[np.ndarray, "more 3"]]:
    """Close every slit: vertices at one place become one, and what is left gets faces that are as flat as a line.

    A slit that cannot be closed without a third face at an edge stays.

    Args:
        vertices: One a fan of faces.
        faces: Wound alike.
        found: Gains `slits`, a count.
    """
    thin = _THIN * float(np.ptp(vertices, axis=0).max(initial=0))
    slits = [loop for loop, closed in border_loops(faces) if closed and _width(vertices[loop]) <= thin]
    if not slits:
        return vertices, faces
    beside = _neighbours(faces, {vertex for loop in slits for vertex in loop})
    merged, added, closed = np.arange(len(vertices)), [], 0
    for loop in slits:
        plan = _closed(loop, vertices, beside)
        if plan is None:
            continue
        merges, triangles = plan
        closed += 1
        added += triangles
        for kept, gone in merges:
            merged[gone] = kept
            for other in beside[gone] & beside.keys():
                beside[other] = beside[other] - {gone} | {kept}
            beside[kept] |= beside[gone]
        for a, b, c in triangles:
            for one, two in ((a, b), (b, c), (c, a)):
                beside[one].add(two)
                beside[two].add(one)
    if not closed:
        return vertices, faces
    found["slits"] = closed
    while (merged[merged] != merged).any():  # what was kept may be gone later
        merged = merged[merged]
    faces = merged[np.concatenate([faces, np.array(added, np.int32).reshape(-1, 3)])]
    return select(vertices, faces, np.ones(len(faces), bool))


def _closed(
    loop: list[int], vertices: np.ndarray, beside: dict[int, set[int]]
) -> tuple[list[tuple[int, int]], Triangles] | None:
    """Pairs of vertices to merge and triangles to add; None where an edge would get a third face."""
    near = {vertex: set(beside[vertex]) for vertex in loop}
    merges: list[tuple[int, int]] = []
    triangles: Triangles = []
    became: dict[int, int] = {}
    rings = [loop]
    while rings:
        ring = [_last(vertex, became) for vertex in rings.pop()]
        if len(ring) == 2:  # both of its edges have become one
            continue
        if pair := _pair(ring, vertices, near):
            i, j = pair
            kept, gone = ring[i], ring[j]
            merges.append((kept, gone))
            became[gone] = kept
            for other in near[gone] & near.keys():
                near[other] = near[other] - {gone} | {kept}
            near[kept] |= near.pop(gone)
            rings += [ring[i:j], [kept, *ring[j + 1 :], *ring[:i]]]
            continue
        place = vertices[ring].astype(np.float64)
        end = int(np.argmax(np.linalg.norm(place - place.mean(0), axis=1)))
        first, *others = ring[end:] + ring[:end]
        across = others[1:-1]
        if near[first] & set(across):
            return None
        near[first] |= set(across)
        for other in across:
            near[other].add(first)
        triangles += [(b, a, first) for a, b in pairwise(others)]
    return merges, triangles


def _last(vertex: int, became: dict[int, int]) -> int:
    while vertex in became:
        vertex = became[vertex]
    return vertex


def _pair(ring: list[int], vertices: np.ndarray, near: dict[int, set[int]]) -> tuple[int, int] | None:
    """Where in a ring two vertices stand at one place and have no neighbour in common but those between them."""
    seen: dict[bytes, int] = {}
    for j, vertex in enumerate(ring):
        i = seen.setdefault(vertices[vertex].tobytes(), j)
        if i == j or vertex in near[ring[i]]:
            continue
        between = {ring[i + 1]} if j == i + 2 else set()
        between |= {ring[j + 1 - len(ring)]} if i + len(ring) == j + 2 else set()
        if near[ring[i]] & near[vertex] <= between:
            return i, j
    return None


def _neighbours(faces: np.ndarray, wanted: set[int]) -> dict[int, set[int]]:
    """The vertices that an edge joins to each of those wanted."""
    chosen = np.zeros(int(faces.max()) + 1, bool)
    chosen[list(wanted)] = True
    beside: dict[int, set[int]] = {vertex: set() for vertex in wanted}
    edges = half_edges(faces)
    for a, b in edges[chosen[edges].any(1)].tolist():
        if a in beside:
            beside[a].add(b)
        if b in beside:
            beside[b].add(a)
    return beside


def _width(outline: np.ndarray) -> float:
    """How far a closed outline is from enclosing nothing: the area of a fan in it over half its length."""
    outline = outline.astype(np.float64) - outline.mean(0)
    after = np.roll(outline, -1, 0)
    length = float(np.linalg.norm(after - outline, axis=1).sum())
    return float(np.linalg.norm(np.cross(outline, after), axis=1).sum()) / max(length, 1e-300)
