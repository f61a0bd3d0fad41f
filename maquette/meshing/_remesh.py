"""A new closed surface around any triangles, by looking at them from all sides."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32
from scipy.ndimage import binary_dilation, minimum_filter
from scipy.spatial import KDTree

from maquette.artifacts import Cameras
from maquette.cameras import project
from maquette.errors import InputError
from maquette.ops.contour import contour
from maquette.ops.rasterize import rasterize
from maquette.ops.topology import components, select, signed_volumes

WALL = 0.9
"""Half the thickness given to open sheets, in grid cells: enough for the grid to hold them without gaps."""

_AT_ONCE = 2**20
"""Points, so that thousands of large faces fit into memory."""


def remesh(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int32[np.ndarray, "faces 3"], resolution: int
) -> tuple[Float32[np.ndarray, "new_vertices 3"], Int32[np.ndarray, "new_faces 3"]]:
    """Enclose triangles in a closed manifold.

    Points that none of 26 orthographic views sees past are inside; sheets seen from both sides get a thickness.

    Args:
        vertices: World units.
        faces: Any triangles: open, crossing, wound at random.
        resolution: Grid cells along the longest side.
    """
    low, high = vertices[faces].min((0, 1)), vertices[faces].max((0, 1))
    cell = float((high - low).max()) / resolution
    if not cell > 0:
        raise InputError("the mesh is a single point; expected a surface with an extent: export it again")
    origin = low - 3 * cell
    shape = tuple(int(n) + 7 for n in np.ceil((high - low) / cell))
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1).reshape(-1, 3)
    points = (origin + cell * grid).astype(np.float32)
    inside = _hidden(points, vertices, faces, cell).reshape(shape)

    samples, normals = _samples(vertices, faces, 0.5 * cell)
    touched = np.zeros(shape, bool)
    index = np.rint((samples - origin) / cell).astype(np.int64)
    touched[index[:, 0], index[:, 1], index[:, 2]] = True
    near = np.asarray(binary_dilation(touched, np.ones((3, 3, 3), bool), iterations=2), bool).ravel()
    tree = KDTree(samples)
    distance = np.full(len(points), 3 * cell)
    distance[near] = _distance(points[near], tree, samples, normals, cell)
    signed = np.where(inside.ravel(), -distance, distance)
    field = np.minimum(signed, distance - WALL * cell).reshape(shape).astype(np.float32)
    new, triangles = contour(field, None, (float(origin[0]), float(origin[1]), float(origin[2])), cell)
    new, triangles = _without_cavities(new, triangles)
    return _pull_back(new, inside, origin, cell, tree, samples, normals), triangles


def _hidden(
    points: Float32[np.ndarray, "points 3"],
    vertices: Float32[np.ndarray, "vertices 3"],
    faces: Int32[np.ndarray, "faces 3"],
    cell: float,
) -> Bool[np.ndarray, "points"]:
    centre, radius = (points[0] + points[-1]) / 2, float(np.linalg.norm(points[-1] - points[0])) / 2
    offsets = np.stack(np.meshgrid(*[[0.0, 1.0, -1.0]] * 3, indexing="ij"), -1).reshape(-1, 3)[1:]
    offsets = offsets[np.argsort(np.abs(offsets).sum(1), kind="stable")]  # faces first: they see most
    pixels = int(min(2 * np.ceil(2 * radius / cell), 1024))
    hidden = np.arange(len(points))
    for toward in offsets:
        camera = _look(toward, centre, radius, pixels)
        depth = rasterize(vertices, faces, camera).depth[0]
        xy, z = project(camera, points[hidden])
        column, row = np.clip(xy[0].astype(np.int64), 0, pixels - 1).T
        # The nearest of the pixels around, so that steep faces are not seen through.
        depth = minimum_filter(np.where(depth > 0, depth, np.float32(np.inf)), 3)
        hidden = hidden[z[0] > depth[row, column] - 0.25 * cell]
    out = np.zeros(len(points), bool)
    out[hidden] = True
    return out


def _look(toward: np.ndarray, centre: np.ndarray, radius: float, pixels: int) -> Cameras:
    """An orthographic camera on the side named by `toward`, that frames a ball."""
    forward = -toward / np.linalg.norm(toward)
    right = np.cross(forward, [0.0, 1.0, 0.0] if abs(forward[1]) < 0.9 else [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    world_to_camera = np.eye(4)
    world_to_camera[:3, :3] = rotation
    world_to_camera[:3, 3] = -rotation @ centre + (0, 0, 2 * radius)
    scale = pixels / (2 * radius)
    intrinsics = np.array([[scale, 0, pixels / 2], [0, scale, pixels / 2], [0, 0, 1]])
    return Cameras(
        world_to_camera[None].astype(np.float32),
        intrinsics[None].astype(np.float32),
        pixels,
        pixels,
        "orthographic",
    )


def _samples(
    vertices: Float32[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], step: float
) -> tuple[Float[np.ndarray, "samples 3"], Float[np.ndarray, "samples 3"]]:
    """Points spread evenly over the faces, no further apart than about a step, with their faces' normals."""
    corner = vertices.astype(np.float64)[faces]
    lengths = np.linalg.norm(np.roll(corner, -1, 1) - corner, axis=-1)
    # The longest edge comes first: points stand in rows along it, fewer of them the flatter the face is.
    corner = corner[np.arange(len(corner))[:, None], (lengths.argmax(1)[:, None] + np.arange(3)) % 3]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area, longest = np.linalg.norm(normal, axis=1), np.maximum(lengths.max(1), 1e-30)
    normal /= np.maximum(area, 1e-30)[:, None]
    counts = np.clip(np.ceil(np.stack([longest, area / longest], -1) / step).astype(np.int64), 1, 4000)
    low = corner.min((0, 1))
    found = [_thinned(corner.reshape(-1, 3), np.repeat(normal, 3, 0), low, step)]
    kinds, group = np.unique(counts, axis=0, return_inverse=True)
    members = np.split(np.argsort(group.ravel(), kind="stable"), np.cumsum(np.bincount(group.ravel()))[:-1])
    for (along, across), chosen in zip(kinds.tolist(), members, strict=True):
        if along == 1:
            continue
        v, u = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, along + 1))
        u, v = (u * (1 - v)).reshape(-1, 1), v.reshape(-1, 1)
        at_once = max(1, _AT_ONCE // len(u))
        for first in range(0, len(chosen), at_once):
            some = chosen[first : first + at_once]
            a, b, c = corner[some, None].transpose(2, 0, 1, 3)
            points = (a * (1 - u - v) + b * u + c * v).reshape(-1, 3)
            found.append(_thinned(points, np.repeat(normal[some], len(u), 0), low, step))
    points, normals = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return _thinned(points, normals, low, step)


def _thinned(
    points: np.ndarray, normals: np.ndarray, low: np.ndarray, step: float
) -> tuple[Float[np.ndarray, "fewer 3"], Float[np.ndarray, "fewer 3"]]:
    """The first point in every box of half a step: slivers and fine meshes are sampled too densely."""
    box = np.rint((points - low) / (0.5 * step)).astype(np.int64)
    thin = np.unique((box[:, 0] << 42) | (box[:, 1] << 21) | box[:, 2], return_index=True)[1]
    return points[thin], normals[thin]


def _distance(
    points: np.ndarray, tree: KDTree, samples: np.ndarray, normals: np.ndarray, cell: float
) -> Float[np.ndarray, "points"]:
    """To the plane of the nearest sample, and not to its far extension."""
    straight, index = tree.query(points, workers=-1)
    plane = np.abs(np.einsum("pi,pi->p", points - samples[index], normals[index]))
    return np.minimum(np.maximum(plane, straight - 0.3 * cell), 3 * cell)


def _without_cavities(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels = components(faces)
    return select(vertices, faces, (signed_volumes(vertices, faces, labels) > 0)[labels])


def _pull_back(
    vertices: np.ndarray,
    inside: Bool[np.ndarray, "x y z"],
    origin: np.ndarray,
    cell: float,
    tree: KDTree,
    samples: np.ndarray,
    normals: np.ndarray,
) -> Float32[np.ndarray, "vertices 3"]:
    """Bring the vertices in front of solid parts back to the surface; thickened sheets keep their thickness."""
    index = tree.query(vertices, workers=-1)[1]
    away = vertices - samples[index]
    height = np.einsum("vi,vi->v", away, normals[index])[:, None] * normals[index]
    length = np.maximum(np.linalg.norm(height, axis=1, keepdims=True), 1e-30)
    behind = vertices - height / length * (WALL + 1.5) * cell
    x, y, z = np.clip(np.rint((behind - origin) / cell).astype(np.int64), 0, np.array(inside.shape) - 1).T
    solid = inside[x, y, z]
    return np.where(solid[:, None] & (length <= 1.5 * cell), vertices - height, vertices).astype(np.float32)
