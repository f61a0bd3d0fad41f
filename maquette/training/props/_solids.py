"""Closed triangle solids that props are built from: +Y up, +Z front, any unit of length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32


@dataclass(frozen=True)
class Solid:
    """A closed, edge-manifold surface with outward faces."""

    vertices: Float32[np.ndarray, "vertices 3"]
    faces: Int32[np.ndarray, "faces 3"]
    thickness: float
    """The smallest width of the solid, in its own units: what a coarse image must be able to show."""

    def moved(self, x: float = 0, y: float = 0, z: float = 0) -> Solid:
        return Solid(self.vertices + np.array([x, y, z], np.float32), self.faces, self.thickness)

    def turned(self, axis: str, degrees: float) -> Solid:
        """Rotated counter-clockwise about the x, y or z axis through the origin."""
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        matrix = {
            "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
            "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
        return Solid(self.vertices @ np.array(matrix, np.float32).T, self.faces, self.thickness)

    def scaled(self, x: float = 1, y: float = 1, z: float = 1) -> Solid:
        """Scaled by positive factors along each axis."""
        return Solid(self.vertices * np.array([x, y, z], np.float32), self.faces, self.thickness * min(x, y, z))

    def mirrored(self) -> Solid:
        """Mirrored left to right (x becomes -x)."""
        return Solid(self.vertices * np.array([-1, 1, 1], np.float32), self.faces[:, ::-1].copy(), self.thickness)


def _solid(vertices: object, faces: object, thickness: float) -> Solid:
    return Solid(np.asarray(vertices, np.float32), np.asarray(faces, np.int32), float(thickness))


_BOX_FACES = [
    [0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6], [0, 5, 1], [0, 4, 5],
    [1, 6, 2], [1, 5, 6], [2, 7, 3], [2, 6, 7], [3, 4, 0], [3, 7, 4],
]  # fmt: skip


def box(
    center: Sequence[float],
    size: Sequence[float],
    top: Sequence[float] = (1, 1),
    shift: Sequence[float] = (0, 0),
) -> Solid:
    """A box of full extents `size`, its top face scaled by `top` in x and z and moved by `shift`.

    top=(0.02, 1) is a gable roof with its ridge along z, (0.02, 0.02) a pyramid.
    """
    x, y, z = np.asarray(size, float) / 2
    corners = np.array([[-x, -z], [x, -z], [x, z], [-x, z]])
    upper = corners * np.asarray(top, float) + np.asarray(shift, float)
    vertices = [[a, -y, b] for a, b in corners] + [[a, y, b] for a, b in upper]
    return _solid(np.asarray(vertices) + np.asarray(center, float), _BOX_FACES, min(size))


def revolve(profile: Sequence[tuple[float, float]], segments: int = 16, thickness: float | None = None) -> Solid:
    """A profile of (radius, y) points turned about the y axis.

    The profile runs along the outside from bottom to top, and, for hollow things, on down the inside; an end with
    a radius above zero is closed by a flat cap.
    """
    points = [(max(float(r), 0.0), float(y)) for r, y in profile]
    if points[0][0] > 1e-6:
        points.insert(0, (0.0, points[0][1]))
    if points[-1][0] > 1e-6:
        points.append((0.0, points[-1][1]))
    angles = np.arange(segments) * 2 * np.pi / segments
    ring = np.stack([np.sin(angles), np.cos(angles)], -1)
    inner = points[1:-1]
    vertices = [[0, points[0][1], 0]]
    for radius, y in inner:
        vertices += [[radius * a, y, radius * b] for a, b in ring]
    vertices.append([0, points[-1][1], 0])
    last = len(vertices) - 1
    i = np.arange(segments)
    j = (i + 1) % segments
    faces = [np.stack([np.zeros_like(i), 1 + j, 1 + i], -1)]
    for k in range(len(inner) - 1):
        a, b = 1 + k * segments, 1 + (k + 1) * segments
        faces += [np.stack([a + i, a + j, b + j], -1), np.stack([a + i, b + j, b + i], -1)]
    a = 1 + (len(inner) - 1) * segments
    faces.append(np.stack([a + i, a + j, np.full_like(i, last)], -1))
    radii, ys = [r for r, _ in points], [y for _, y in points]
    width = min(2 * max(radii), max(ys) - min(ys)) if thickness is None else thickness
    return _solid(vertices, np.concatenate(faces), width)


def cylinder(center: Sequence[float], radius: float, height: float, top: float = 1.0, segments: int = 16) -> Solid:
    """An upright cylinder, or a frustum whose upper radius is `top` times the lower (0 makes a cone)."""
    profile = [(radius, -height / 2), (radius * top, height / 2)]
    return revolve(profile, segments).moved(*center)


def ellipsoid(center: Sequence[float], radii: Sequence[float], segments: int = 14, lowest: float = -1.0) -> Solid:
    """An ellipsoid, cut flat at the height `lowest` (in units of its y radius, -1 keeps all; 0 is a dome)."""
    latitudes = np.linspace(np.arcsin(max(lowest, -1.0)), np.pi / 2, max(4, segments // 2 + 1))
    profile = [(float(np.cos(t)), float(np.sin(t))) for t in latitudes]
    unit = revolve(profile, segments)
    solid = unit.scaled(radii[0], radii[1], radii[2]).moved(*center)
    height = radii[1] * (1 - max(lowest, -1.0))
    return Solid(solid.vertices, solid.faces, float(min(2 * radii[0], height, 2 * radii[2])))


def vessel(outside: Sequence[tuple[float, float]], wall: float, floor: float, segments: int = 20) -> Solid:
    """An open hollow body: an outer profile of (radius, y) from the bottom to the rim, with a wall and a floor.

    Args:
        outside: Points with rising y; every radius above `floor` is larger than `wall`.
        wall: Thickness of the side, measured across the axis.
        floor: Height y of the bottom inside.
    """
    radii, ys = [r for r, _ in outside], [y for _, y in outside]
    inside = [(r - wall, y) for r, y in reversed(outside) if y > floor + 1e-3]
    inside.append((float(np.interp(floor, ys, radii)) - wall, floor))
    return revolve([*outside, *inside], segments, min(wall, floor - ys[0]))


def pillow(center: Sequence[float], size: Sequence[float], softness: float = 0.4) -> Solid:
    """A box with rounded edges and corners (a superellipsoid): softness 0.1 is boxy, 1 an ellipsoid."""
    latitudes = np.linspace(-np.pi / 2, np.pi / 2, 11)
    ball = revolve([(float(np.cos(t)), float(np.sin(t))) for t in latitudes], 24)
    x, y, z = ball.vertices.astype(float).T
    radius = np.hypot(x, z)
    around = np.stack([x, z], -1) / np.maximum(radius, 1e-9)[:, None]
    x, z = (np.sign(around) * np.abs(around) ** softness).T * radius**softness
    y = np.sign(y) * np.abs(y) ** softness
    vertices = np.stack([x, y, z], -1) * np.asarray(size, float) / 2 + np.asarray(center, float)
    return _solid(vertices, ball.faces, min(size))


def tube(
    path: Sequence[Sequence[float]] | np.ndarray,
    radii: float | Sequence[float],
    segments: int = 10,
    closed: bool = False,
) -> Solid:
    """A round tube along a path of 3D points with one radius or one a point; closed joins the ends (a ring)."""
    points = np.asarray(path, float)
    count = len(points)
    radius = np.broadcast_to(np.asarray(radii, float), (count,))
    ahead = np.roll(points, -1, 0) - points
    behind = points - np.roll(points, 1, 0)
    if not closed:
        ahead[-1], behind[0] = behind[-1], ahead[0]
    tangent = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    tangent = tangent + behind / np.linalg.norm(behind, axis=1, keepdims=True)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # One reference direction for the whole path, away from every tangent, keeps the rings from twisting.
    spread = np.linalg.svd(tangent)[2][-1] if count > 2 else np.array([0.0, 0, 1])
    if np.abs(tangent @ spread).max() > 0.9:
        spread = np.array([1.0, 0, 0]) if np.abs(tangent[:, 0]).max() < 0.9 else np.array([0.0, 1, 0])
    side = spread - tangent * (tangent @ spread)[:, None]
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    angles = np.arange(segments) * 2 * np.pi / segments
    rings = points[:, None] + radius[:, None, None] * (
        np.cos(angles)[None, :, None] * side[:, None] + np.sin(angles)[None, :, None] * other[:, None]
    )
    vertices = list(rings.reshape(-1, 3))
    i = np.arange(segments)
    j = (i + 1) % segments
    faces = []
    for k in range(count if closed else count - 1):
        a, b = k * segments, (k + 1) % count * segments
        faces += [np.stack([a + i, a + j, b + j], -1), np.stack([a + i, b + j, b + i], -1)]
    if not closed:
        vertices += [points[0], points[-1]]
        first, last, a = len(vertices) - 2, len(vertices) - 1, (count - 1) * segments
        faces += [
            np.stack([np.full_like(i, first), j, i], -1), np.stack([a + i, a + j, np.full_like(i, last)], -1)
        ]  # fmt: skip
    return _solid(vertices, np.concatenate(faces), 2 * radius.min())


def rod(
    start: Sequence[float], end: Sequence[float], radius: float, top: float = 1.0, segments: int = 10
) -> Solid:
    """A straight round rod; its radius at the end is `top` times that at the start."""
    return tube([start, end], [radius, radius * max(top, 0.02)], segments)


def ring(
    center: Sequence[float],
    radius: float,
    thickness: float,
    axis: str = "y",
    segments: int = 20,
    stretch: float = 1,
) -> Solid:
    """A torus about the x, y or z axis through its centre; `thickness` is the tube's diameter."""
    angles = np.arange(segments) * 2 * np.pi / segments
    path = np.stack([radius * np.sin(angles), np.zeros(segments), radius * stretch * np.cos(angles)], -1)
    solid = tube(path, thickness / 2, 8, closed=True)
    turned = {"x": solid.turned("z", 90), "y": solid, "z": solid.turned("x", 90)}[axis]
    return turned.moved(*center)


def arc(
    center: Sequence[float], radius: float, start_degrees: float, end_degrees: float, count: int = 9
) -> list[list[float]]:
    """Points on a circle in the xy plane, 0 degrees at +x and 90 at +y: a path for tube."""
    angles = np.radians(np.linspace(start_degrees, end_degrees, count))
    x, y, z = center
    return [[x + radius * float(np.cos(t)), y + radius * float(np.sin(t)), z] for t in angles]


def extrude(outline: Sequence[Sequence[float]], depth: float, thickness: float | None = None) -> Solid:
    """A simple polygon of (x, y) points, in either order, given a depth along z and centred at z = 0."""
    points = [tuple(map(float, p)) for p in outline]
    if _area(points) < 0:
        points.reverse()
    count = len(points)
    vertices = [[x, y, depth / 2] for x, y in points] + [[x, y, -depth / 2] for x, y in points]
    caps = _ear_clip(points)
    faces = [[a, b, c] for a, b, c in caps] + [[c + count, b + count, a + count] for a, b, c in caps]
    for i in range(count):
        j = (i + 1) % count
        faces += [[i, i + count, j + count], [i, j + count, j]]
    x, y = zip(*points, strict=True)
    width = min(depth, max(x) - min(x), max(y) - min(y)) if thickness is None else thickness
    return _solid(vertices, faces, width)


def boulder(rng: np.random.Generator, radii: Sequence[float], roughness: float = 0.2, detail: int = 2) -> Solid:
    """A rough lump: a subdivided icosahedron whose vertices are pushed in and out smoothly."""
    vertices, faces = _icosphere(detail)
    directions = rng.normal(size=(6, 3))
    phases = rng.uniform(0, 2 * np.pi, 6)
    waves = np.sin(vertices @ directions.T * 2.2 + phases).mean(1)
    cut = rng.normal(size=(5, 3))
    cut /= np.linalg.norm(cut, axis=1, keepdims=True)
    shape = vertices * (1 + roughness * 1.6 * waves[:, None])
    for direction in cut:  # facets, as broken stone has
        over = shape @ direction - (1 - roughness)
        shape = shape - np.maximum(over, 0)[:, None] * direction * 0.9
    return _solid(shape * np.asarray(radii, float), faces, 2 * min(radii) * (1 - roughness))


def _icosphere(detail: int) -> tuple[np.ndarray, np.ndarray]:
    golden = (1 + 5**0.5) / 2
    vertices = [
        [-1, golden, 0], [1, golden, 0], [-1, -golden, 0], [1, -golden, 0],
        [0, -1, golden], [0, 1, golden], [0, -1, -golden], [0, 1, -golden],
        [golden, 0, -1], [golden, 0, 1], [-golden, 0, -1], [-golden, 0, 1],
    ]  # fmt: skip
    faces = [
        [0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2],
        [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5], [2, 4, 11],
        [6, 2, 10], [8, 6, 7], [9, 8, 1],
    ]  # fmt: skip
    points = [np.asarray(v, float) / np.linalg.norm(v) for v in vertices]
    for _ in range(detail):
        middle: dict[tuple[int, int], int] = {}

        def halfway(a: int, b: int, middle: dict[tuple[int, int], int] = middle) -> int:
            key = (min(a, b), max(a, b))
            if key not in middle:
                point = points[a] + points[b]
                points.append(point / np.linalg.norm(point))
                middle[key] = len(points) - 1
            return middle[key]

        finer = []
        for a, b, c in faces:
            ab, bc, ca = halfway(a, b), halfway(b, c), halfway(c, a)
            finer += [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]
        faces = finer
    return np.array(points), np.array(faces)


def _area(points: Sequence[tuple[float, ...]]) -> float:
    following = [*points[1:], points[0]]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True)) / 2


def _ear_clip(points: Sequence[tuple[float, ...]]) -> list[tuple[int, int, int]]:
    """Triangulate a simple counter-clockwise polygon by cutting convex corners that hold no other point."""

    def cross(o: tuple[float, ...], a: tuple[float, ...], b: tuple[float, ...]) -> float:
        return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])

    left, triangles = list(range(len(points))), []
    while len(left) > 3:
        for k in range(len(left)):
            a, b, c = left[k - 1], left[k], left[(k + 1) % len(left)]
            p, q, r = points[a], points[b], points[c]
            if cross(p, q, r) <= 1e-12:
                continue
            rest = (points[i] for i in left if i not in (a, b, c))
            if any(cross(p, q, s) >= 0 and cross(q, r, s) >= 0 and cross(r, p, s) >= 0 for s in rest):
                continue
            triangles.append((a, b, c))
            left.pop(k)
            break
        else:  # only collinear corners are left: any cut closes the surface
            triangles.append((left[-1], left[0], left[1]))
            left.pop(0)
    triangles.append((left[0], left[1], left[2]))
    return triangles
