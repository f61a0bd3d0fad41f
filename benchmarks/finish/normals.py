"""How near finished assets' normal maps come to their sources' normals, read back from the exported files.

    python benchmarks/finish/normals.py FILE... [--faces 5000] [--texture-size 2048] [--points 200000] [--dense]

Each mesh goes through the chain of `maquette make MESH` and out to a GLB, which is read by this script alone:
positions, normals, tangents and texture coordinates from its buffers, the normal map from its PNG. At points all
over the asset's surface the map is looked up (bilinearly, as viewers do) and turned by the interpolated normal and
tangent, with the bitangent that glTF defines. The source's normal there, its own normal map included, is that of
the first point of the source along the line through the point, both ways, by normals averaged over all faces that
meet in a vertex; where there is none, that of the nearest point that turns the same way. Printed are the median
and the 95th percentile of the angle between the two, in degrees, inside charts (points whose four texels belong to
faces) and everywhere, and the median without the map. --dense adds a sphere of 200,000 triangles with bumps.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

import maquette
from maquette.artifacts import Asset, Mesh
from maquette.formats import export_glb, load, normalized
from maquette.ops import corner_normals
from maquette.ops.trace import grow, hit_along, nearest_point
from maquette.texturing._surface import Surface
from maquette.texturing._texels import covered

TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class File:
    """What a viewer sees of a GLB's first mesh."""

    positions: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray
    uv: np.ndarray
    faces: np.ndarray
    map: np.ndarray


def read(path: Path) -> File:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    told, binary = json.loads(data[20 : 20 + length]), data[28 + length :]

    def view(index: int) -> bytes:
        at = told["bufferViews"][index]
        return binary[at.get("byteOffset", 0) : at.get("byteOffset", 0) + at["byteLength"]]

    def accessor(index: int) -> np.ndarray:
        at = told["accessors"][index]
        values = np.frombuffer(view(at["bufferView"]), TYPES[at["componentType"]], offset=at.get("byteOffset", 0))
        return values[: at["count"] * WIDTHS[at["type"]]].reshape(at["count"], -1)

    primitive = told["meshes"][0]["primitives"][0]
    material = told["materials"][primitive["material"]]
    texture = told["textures"][material["normalTexture"]["index"]]
    picture = Image.open(io.BytesIO(view(told["images"][texture["source"]]["bufferView"]))).convert("RGB")
    names = ("POSITION", "NORMAL", "TANGENT", "TEXCOORD_0")
    arrays = [accessor(primitive["attributes"][name]).astype(np.float64) for name in names]
    faces = accessor(primitive["indices"]).reshape(-1, 3).astype(np.int32)
    return File(*arrays, faces, np.asarray(picture, np.float64) / 255)


def looked_up(image: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Bilinear samples; the atlas stays within [0, 1]."""
    height, width = image.shape[:2]
    at = uv * [width, height] - 0.5
    low = np.floor(at).astype(int)
    part = at - low
    out = 0.0
    for y in (0, 1):
        for x in (0, 1):
            rows, columns = np.clip(low[:, 1] + y, 0, height - 1), np.clip(low[:, 0] + x, 0, width - 1)
            share = np.where(x, part[:, 0], 1 - part[:, 0]) * np.where(y, part[:, 1], 1 - part[:, 1])
            out = out + share[:, None] * image[rows, columns]
    return out


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def inside_charts(uv: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Whether all four texels of a lookup belong to a face."""
    texels = np.zeros((size, size), bool)
    texels.reshape(-1)[covered(corners.astype(np.float32), size).index] = True
    low = np.floor(uv * size - 0.5).astype(int)
    taps = [np.clip(low + step, 0, size - 1) for step in ([0, 0], [1, 0], [0, 1], [1, 1])]
    return np.all([texels[tap[:, 1], tap[:, 0]] for tap in taps], 0)


def angles(source: Asset, file: File, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Degrees to the source's normals with and without the map, and which points lie inside charts."""
    rng = np.random.default_rng(0)
    corners = file.positions[file.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1)
    face = rng.choice(len(area), count, p=area / area.sum())
    u = np.sort(rng.random((count, 2)), 1)
    weights = np.stack([u[:, 0], u[:, 1] - u[:, 0], 1 - u[:, 1]], -1)

    def at(values: np.ndarray) -> np.ndarray:
        return np.einsum("pk,pkc->pc", weights, values[file.faces[face]])

    normal, tangent, uv = unit(at(file.normals)), at(file.tangents), at(file.uv)
    bitangent = tangent[:, 3:] * np.cross(normal, unit(tangent[:, :3]))
    local = looked_up(file.map, uv) * 2 - 1
    seen = unit(local[:, :1] * unit(tangent[:, :3]) + local[:, 1:2] * bitangent + local[:, 2:] * normal)

    tree = grow(source.mesh.vertices, source.mesh.faces)
    points, smooth = at(file.positions).astype(np.float32), smooth_normals(file)
    along = unit(np.einsum("pk,pkc->pc", weights, smooth[face])).astype(np.float32)
    extent = float(np.linalg.norm(np.ptp(file.positions, axis=0)))
    hits = hit_along(tree, points, along, np.full(count, 0.05 * extent, np.float32))
    near = nearest_point(tree, points, normal.astype(np.float32))
    missed = hits.face < 0
    hit_face = np.where(missed, near.face, hits.face)
    barycentric = np.where(missed[:, None], near.barycentric, hits.barycentric)
    found = hit_face >= 0
    truth = Surface.of(source).normals(hit_face[found], barycentric[found])
    pair = [np.degrees(np.arccos(np.clip((each[found] * truth).sum(-1), -1, 1))) for each in (seen, normal)]
    return pair[0], pair[1], inside_charts(uv, file.uv[file.faces], len(file.map))[found]


def smooth_normals(file: File) -> np.ndarray:
    """Normals at the faces' corners, averaged over all faces that meet in a place."""
    places, which = np.unique(file.positions.astype(np.float32), axis=0, return_inverse=True)
    return corner_normals(places, which.reshape(-1)[file.faces].astype(np.int32), 180.0)


def bumpy(triangles: int = 200_000) -> Asset:
    """A sphere with waves of several lengths, smooth to look at."""
    steps = int((triangles / 4) ** 0.5)
    sphere = trimesh.creation.uv_sphere(count=[steps, 2 * steps])
    waves = sum(np.sin(f * sphere.vertices + f).sum(-1) * 0.12 / f for f in (3.0, 9.0, 27.0))
    vertices = (sphere.vertices * (0.4 * (1 + waves))[:, None]).astype(np.float32)
    mesh = normalized(Mesh(vertices, sphere.faces.astype(np.int32)))
    normals = np.zeros((len(mesh.vertices), 3), np.float32)
    normals[mesh.faces] = corner_normals(mesh.vertices, mesh.faces, 180.0)
    return Asset(mesh, None, normals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--faces", type=int, default=5000)
    parser.add_argument("--texture-size", type=int, default=2048)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--dense", action="store_true")
    options = parser.parse_args()
    sources = [(path.stem, load(path)) for path in options.files]
    sources += [("bumpy sphere", bumpy())] if options.dense else []

    print(f"{'degrees to the source':28}{'inside charts':>20}{'all':>18}{'no map':>9}")
    print(f"{'':28}{'median':>11}{'95 %':>9}{'median':>9}{'95 %':>9}{'median':>9}")
    for name, source in sources:
        made = maquette.make(source, faces=options.faces, texture_size=options.texture_size, cache=False)
        with tempfile.TemporaryDirectory() as folder:
            export_glb(made, Path(folder) / "made.glb", lods="none", collision="none")
            file = read(Path(folder) / "made.glb")
        # Files are in metres with the pivot at the base: the source is put there by its bounds.
        low, high = file.positions.min(0), file.positions.max(0)
        own = made.mesh.vertices
        scale = float(np.ptp(own, axis=0).max()) / float((high - low).max())
        shift = (own.min(0) + own.max(0)) / 2 - scale * (low + high) / 2
        file = replace(file, positions=file.positions * scale + shift)
        boxed = replace(source, mesh=normalized(source.mesh))
        with_map, without, inside = angles(boxed, file, options.points)
        figures = [np.quantile(with_map[inside], q) for q in (0.5, 0.95)] + [
            np.quantile(with_map, q) for q in (0.5, 0.95)
        ]
        row = "".join(f"{figure:{width}.2f}" for figure, width in zip(figures, (11, 9, 9, 9), strict=True))
        print(f"{name[:27]:28}{row}{np.median(without):9.2f}", flush=True)


if __name__ == "__main__":
    main()
