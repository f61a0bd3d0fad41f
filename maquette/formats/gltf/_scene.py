"""A glTF scene flattened: where its primitives stand, and their vertices and faces there."""

from __future__ import annotations

from typing import Any

import numpy as np

from maquette.formats.gltf._compressed import decoded_draco
from maquette.formats.gltf._document import Document, numbers
from maquette.formats.gltf._materials import Materials
from maquette.formats.parts import Part, Surface
from maquette.formats.srgb import srgb_from_linear

TRIANGLES = (4, 5, 6)
"""The modes of primitives that have faces: triangles, strips, fans."""

_MAX_PRIMITIVES = 10_000
_MAX_NODES = 100_000
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_DRACO = "KHR_draco_mesh_compression"


def placed_primitives(document: Document) -> list[tuple[str, dict[str, Any], np.ndarray]]:
    """Every primitive of the scene with its node's name and its world transform, instances one by one.

    Raises:
        InputError: Nodes form a cycle, or there are too many of them or of primitives.
    """
    drawn: list[tuple[str, dict[str, Any], np.ndarray]] = []
    for node, world in placed_nodes(document):
        if "mesh" not in node:
            continue
        # A skinned mesh stands where its vertices are, as bound, whatever its node says.
        worlds = [np.eye(4)] if "skin" in node else _instances(document, node, world)
        primitives = document.at("meshes", node["mesh"])["primitives"]
        if len(drawn) + len(worlds) * len(primitives) > _MAX_PRIMITIVES:
            raise document.error(f"draws over {_MAX_PRIMITIVES:,} parts", "join them before export")
        name = str(node.get("name", ""))
        drawn += [(name, primitive, world) for world in worlds for primitive in primitives]
    return drawn


def read_part(document: Document, materials: Materials, primitive: dict[str, Any], world: np.ndarray) -> Part:
    """A triangle primitive with its surface and all texture coordinates that this looks at, placed."""
    source = _Vertices(document, primitive)
    vertices = source.array("POSITION", (3,))
    if vertices is None:
        raise document.error("is damaged: a primitive has no positions")
    index = primitive.get("material")
    surface, mappings = (Surface(metallic=1.0, roughness=1.0), ()) if index is None else materials[index]
    mappings = mappings or ((0, _IDENTITY),)  # coordinates that no texture asks for are kept
    sets = [_transformed(source.array(f"TEXCOORD_{number}", (2,)), matrix) for number, matrix in mappings]
    if any(uv is None for uv in sets):
        surface, sets = surface.plain(), []
    normal_map, turned = surface.normal_map, _turned(mappings[0][1])
    fitting = sets and not turned and (normal_map is None or normal_map.layer == 0)
    normals = source.array("NORMAL", (3,))
    tangents = source.array("TANGENT", (4,)) if fitting else None
    colors = source.array("COLOR_0", (3, 4))
    if colors is not None:
        colors = np.clip(colors[:, :3], 0, 1)
        colors = None if (colors == 1).all() else np.clip(srgb_from_linear(colors), 0, 1)
    layers = [uv for uv in sets if uv is not None]
    uv = layers[0] if layers else None
    part = Part(vertices, source.faces, normals, uv, colors, surface, tangents, tuple(layers[1:]))
    return part if np.array_equal(world, np.eye(4)) else _placed(part, world)


def read_geometry(document: Document, primitive: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Positions and faces of a triangle primitive, where its vertices are."""
    source = _Vertices(document, primitive)
    vertices = source.array("POSITION", (3,))
    if vertices is None or source.faces.max(initial=-1) >= len(vertices):
        raise document.error("is damaged: a primitive has no positions, or faces outside them")
    return vertices, source.faces


class _Vertices:
    """A primitive's attributes and faces, from accessors or from what Draco packed."""

    def __init__(self, document: Document, primitive: dict[str, Any]) -> None:
        self.document, self.attributes = document, primitive["attributes"]
        self.packed: dict[str, np.ndarray] = {}
        self.used: np.ndarray | None = None
        draco = primitive.get("extensions", {}).get(_DRACO)
        position = document.at("accessors", self.attributes["POSITION"])
        if draco is not None:
            faces, arrays = decoded_draco(document.view(draco["bufferView"]), document.path.name)
            document.spend(faces.size + sum(array.size for array in arrays.values()))
            self.packed = {
                name: arrays[number] for name, number in draco["attributes"].items() if number in arrays
            }
            self.count = len(self.packed["POSITION"])
            self.faces = faces
            return
        self.count = position["count"]
        again = primitive.get("indices", self.attributes["POSITION"]) in document.arrays
        if "indices" in primitive:
            indices = document.array(primitive["indices"], (1,))
            if indices.dtype.kind != "u":
                raise document.error("is damaged: its indices are not unsigned integers")
            order = indices[:, 0].astype(np.int64)
        else:
            document.array(self.attributes["POSITION"], (3,))  # its count is judged before it is believed
            order = np.arange(self.count)
        if again:  # a file of a few bytes may draw the same indices ten thousand times
            document.spend(order.size)
        self.faces = _triangles(order, primitive.get("mode", 4))
        if self.faces.size < self.count:  # primitives may share all of a mesh's vertices
            self.used, faces = np.unique(self.faces, return_inverse=True)
            if self.used.max(initial=-1) >= self.count:
                raise document.error(f"is damaged: it has face indices outside its {self.count:,} vertices")
            self.faces = faces.reshape(-1, 3)

    def array(self, name: str, widths: tuple[int, ...]) -> np.ndarray | None:
        """An attribute as doubles, or None where there is none."""
        if name not in self.attributes:
            return None
        if name in self.packed:
            array = self.packed[name]
            if array.dtype.kind in "iu" and self.document.at("accessors", self.attributes[name]).get("normalized"):
                array = np.maximum(array / np.iinfo(array.dtype).max, -1.0)
        else:
            array = self.document.array(self.attributes[name], widths)
        if len(array) != self.count or array.shape[1] not in widths:
            raise self.document.error(f"is damaged: {name} has {len(array):,} entries for {self.count:,} vertices")
        return (array if self.used is None else array[self.used]).astype(np.float64)


def placed_nodes(document: Document) -> list[tuple[dict[str, Any], np.ndarray]]:
    """The nodes of the scene, each once, with their world transforms."""
    nodes = document.json.get("nodes", [])
    if len(nodes) > _MAX_NODES:
        raise document.error(f"has over {_MAX_NODES:,} nodes", "join them before export")
    if document.json.get("scenes"):
        roots = document.at("scenes", document.json.get("scene", 0)).get("nodes", [])
    else:
        children = {child for node in nodes for child in node.get("children", [])}
        roots = [index for index in range(len(nodes)) if index not in children]
        if not nodes:
            return [({"mesh": index}, np.eye(4)) for index in range(len(document.json.get("meshes", [])))]
    placed, seen, waiting = [], set(), [(root, np.eye(4)) for root in reversed(roots)]
    while waiting:
        index, parent = waiting.pop()
        node = document.at("nodes", index)
        if index in seen:
            raise document.error(f"is damaged: node {index} is its own ancestor or has two parents")
        seen.add(index)
        world = parent @ _local(node)
        if not np.isfinite(world).all():
            raise document.error(f"has a node ({index}) whose transform is not finite")
        placed.append((node, world))
        waiting += [(child, world) for child in reversed(node.get("children", []))]
    return placed


def _instances(document: Document, node: dict[str, Any], world: np.ndarray) -> list[np.ndarray]:
    """The world transforms of a node's copies (EXT_mesh_gpu_instancing), or its own."""
    extension = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
    if extension is None:
        return [world]
    widths = {"translation": 3, "rotation": 4, "scale": 3}
    attributes = extension["attributes"]
    given = {
        name: document.array(attributes[name.upper()], (width,)).astype(np.float64)
        for name, width in widths.items()
        if name.upper() in attributes
    }
    counts = {len(array) for array in given.values()}
    if len(counts) > 1:
        raise document.error("is damaged: instances have attributes of several lengths")
    count = counts.pop() if counts else 1
    if count > _MAX_PRIMITIVES:
        raise document.error(f"draws over {_MAX_PRIMITIVES:,} parts", "join them before export")
    return [world @ _local({name: array[i] for name, array in given.items()}) for i in range(count)]


def _local(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return numbers(node["matrix"], 16).reshape(4, 4).T
    x, y, z, w = numbers(node.get("rotation", [0, 0, 0, 1]), 4)
    local = np.eye(4)
    local[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    local[:3, :3] *= numbers(node.get("scale", [1, 1, 1]), 3)
    local[:3, 3] = numbers(node.get("translation", [0, 0, 0]), 3)
    return local


def _placed(part: Part, world: np.ndarray) -> Part:
    """The part moved; a mirroring turns faces, normals and bitangents around as glTF says."""
    with np.errstate(over="ignore", invalid="ignore"):
        vertices = part.vertices @ world[:3, :3].T + world[:3, 3]
    flipped = np.linalg.det(world[:3, :3]) < 0
    faces = np.ascontiguousarray(part.faces[:, ::-1]) if flipped else part.faces
    normals, tangents = part.normals, part.tangents
    if normals is not None:
        # The cofactor matrix is the inverse transpose times the determinant, and exists even when flat.
        a, b, c = world[:3, :3]
        cofactor = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
        normals = normals @ cofactor.T * (-1 if flipped else 1)
    if tangents is not None:
        tangents = np.column_stack([tangents[:, :3] @ world[:3, :3].T, tangents[:, 3] * (-1 if flipped else 1)])
    return Part(vertices, faces, normals, part.uv, part.colors, part.surface, tangents, part.layers)


def _triangles(order: np.ndarray, mode: int) -> np.ndarray:
    if mode == 4:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if len(order) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == 6:
        return np.column_stack([order[1:-1], order[2:], np.full(len(order) - 2, order[0])])
    strip = np.column_stack([order[:-2], order[1:-1], order[2:]])
    strip[1::2] = strip[1::2, [0, 2, 1]]
    return strip


def _transformed(uv: np.ndarray | None, matrix: tuple[float, ...]) -> np.ndarray | None:
    a, b, c, d, e, f = matrix
    return uv if uv is None or matrix == _IDENTITY else uv @ np.array([[a, d], [b, e]]) + [c, f]


def _turned(matrix: tuple[float, ...]) -> bool:
    """Whether a transform of texture coordinates turns or mirrors them, so that tangents no longer fit."""
    a, b, _, d, e, _ = matrix
    return not (a > 0 and e > 0 and b == 0 and d == 0)
