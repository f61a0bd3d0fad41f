"""Any mesh file to an Asset: GLB and glTF, OBJ, PLY, STL, OFF."""

from __future__ import annotations

import io
import logging
import os
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from maquette.artifacts import Asset, Level, Mesh
from maquette.errors import InputError
from maquette.formats.assembly import assembled
from maquette.formats.gltf import read_gltf
from maquette.formats.images import MAX_BYTES as MAX_IMAGE_BYTES
from maquette.formats.images import decode, pixel_bytes
from maquette.formats.mtl import Library
from maquette.formats.parts import MAX_ALL_PIXELS, MAX_TEXTURE, Part, Surface, unique_rows
from maquette.formats.ply import ply_parts
from maquette.formats.reading import beside, decoded, read_bounded
from maquette.formats.srgb import linear_from_srgb

SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl", ".off")
"""The mesh files that `load` reads."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp")

MAX_BYTES = 2**28
"""The largest OBJ, PLY, STL or OFF file that is read."""

_MAX_MATERIALS = 2_000
_MAX_LINES = 6_000_000


def load(path: str | os.PathLike[str]) -> Asset:
    """Read a mesh file as it stands: in its own units, transforms applied, materials packed into one.

    Args:
        path: A .glb, .gltf, .obj, .ply, .stl or .off file; those it refers to lie in its folder or below.

    Returns:
        The asset in the glTF frame, neither centred nor scaled; `height_meters` is its extent along y, and
        texture coordinates lie in [0, 1]. What maquette exported keeps its receipt, levels of detail and hulls.

    Raises:
        InputError: No such file, or it is damaged, too large or without faces.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    expected = f"a mesh file ({', '.join(SUFFIXES)})"
    if suffix not in SUFFIXES and path.is_file():
        raise InputError(f"{path.name} has an ending that is not known; expected {expected}: convert it")
    try:
        with np.errstate(all="ignore"):
            if suffix in (".glb", ".gltf"):
                scene = read_gltf(path)
                levels = tuple(_level(part, path.name) for part in scene.levels)
                hulls = tuple(scene.hulls)
                return replace(
                    assembled(scene.parts, path.name), receipt=scene.receipt, lods=levels, collision=hulls
                )
            return assembled(_read_other(path, read_bounded(path, MAX_BYTES, expected), suffix[1:]), path.name)
    except InputError:
        raise
    except Exception as error:  # whatever a parser throws at damaged bytes
        reason = (str(error).strip().splitlines() or [""])[0][:80]
        what = f"is damaged or not {suffix[1:].upper()}"
        raise InputError(f"{path.name} {what} ({type(error).__name__}: {reason}): export it again") from error


def _level(part: Part, name: str) -> Level:
    """A coarser level as its asset has it; its texture coordinates are the asset's."""
    alone = assembled([part], name)
    return Level(alone.mesh, alone.uv, alone.normals, alone.tangents)


def normalized(mesh: Mesh) -> Mesh:
    """The mesh moved and scaled so that its box is centred in [-0.5, 0.5]³ and fills it along the longest side."""
    used = mesh.vertices[np.bincount(mesh.faces.ravel()).nonzero()[0]].astype(np.float64)
    low, high = used.min(0), used.max(0)
    extent = float((high - low).max())
    vertices = (mesh.vertices - (low + high) / 2) / (extent if extent > 0 else 1)
    return Mesh(vertices.astype(np.float32), mesh.faces, mesh.vertex_colors)


def _read_other(path: Path, data: bytes, kind: str) -> list[Part]:
    beside_it = _Beside(path)
    if kind == "ply":
        return ply_parts(data, path.name, beside_it.picture)
    import trimesh

    data = _plain_text(data, kind)
    check_claims(data, kind, path.name)
    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = beside_it.resolver()
        scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, resolver=folder, process=False)
        if beside_it.refused is not None:
            raise beside_it.refused
        library = Library(beside_it.libraries, beside_it.picture)
        parts = []
        for name in scene.graph.nodes_geometry:
            transform, key = scene.graph[name]
            geometry = scene.geometry[key]
            if isinstance(geometry, trimesh.Trimesh):
                parts.append(_part(geometry, np.asarray(transform), kind == "stl", library))
    return parts


def _plain_text(data: bytes, kind: str) -> bytes:
    """The file as trimesh can read it: text in UTF-8 without a mark, spaces between words only."""
    if kind == "stl" and 84 < (end := 84 + 50 * int.from_bytes(data[80:84], "little")) <= len(data):
        return data[:end]  # binary: letters in this place would be a thousand times as many
    data = decoded(data).encode()
    if kind == "obj":
        data = re.sub(rb"\r\n?", b"\n", data).replace(b"\t", b" ")
        data = re.sub(rb"(?m)^ +", b"", data)
    return data


def _part(mesh: Any, transform: np.ndarray, merge: bool, library: Library) -> Part:
    """One of trimesh's meshes where its scene puts it; trimesh's v goes up."""
    vertices, faces = np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64)
    vertices = vertices @ transform[:3, :3].T + transform[:3, 3]
    normals = uv = colors = None
    surface = Surface()
    layers: tuple[np.ndarray, ...] = ()
    if merge:  # a soup of triangles
        first, inverse = unique_rows(vertices.astype(np.float32))
        return Part(vertices[first], inverse[faces])
    if "vertex_normals" in mesh._cache and np.array_equal(transform, np.eye(4)):
        normals = np.asarray(mesh.vertex_normals, np.float64)
    visual = mesh.visual
    if visual.kind == "texture":
        if visual.uv is not None and len(visual.uv) == len(vertices):
            uv = np.asarray(visual.uv, np.float64) * [1, -1] + [0, 1]
        surface, mappings = library[visual.material.name] or (_plain(visual.material), ())
        if uv is not None and mappings:
            uv, *rest = [uv * mapping[:2] + mapping[2:] for mapping in mappings]
            layers = tuple(rest)
    elif visual.kind == "vertex":
        colors = np.asarray(visual.vertex_colors)[:, :3] / 255.0
    elif visual.kind == "face":
        colors = np.repeat(np.asarray(visual.face_colors)[:, :3] / 255.0, 3, 0)
        normals = None if normals is None else normals[faces.ravel()]
        vertices, faces = vertices[faces.ravel()], np.arange(faces.size).reshape(-1, 3)
    return Part(vertices, faces, normals, uv, colors, surface, layers=layers)


def _plain(material: Any) -> Surface:
    """A material that no library has: trimesh's own colour, taken as sRGB."""
    red, green, blue = linear_from_srgb(np.asarray(material.main_color)[:3] / 255.0).tolist()
    return Surface(factor=(red, green, blue))


class _Beside:
    """What lies beside a mesh file; it remembers the first refusal, which trimesh swallows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: InputError | None = None
        self.libraries: list[str] = []
        """The texts of the material libraries that were asked for."""
        self.pixels = 0

    def picture(self, name: str) -> np.ndarray | None:
        """A picture beside the mesh as bytes, or None where there is none: a colour lost, as in other programs."""
        target = beside(self.path, name)
        if not target.is_file() or target.suffix.lower() not in PICTURES:
            return None
        data = read_bounded(target, MAX_IMAGE_BYTES, f"what {self.path.name} refers to")
        picture = decode(data, f"{target.name} of {self.path.name}")
        self.pixels += picture.width * picture.height
        if self.pixels > MAX_ALL_PIXELS:
            raise InputError(
                f"{self.path.name} has over {MAX_ALL_PIXELS / 1e6:.0f} million pixels of textures: scale them down"
            )
        return pixel_bytes(picture, MAX_TEXTURE)

    def resolver(self) -> Any:
        """What trimesh asks for the files: it gets material libraries only, whose pictures we read."""
        from trimesh.resolvers import Resolver

        class Folder(Resolver):
            def __init__(self, library: Callable[[str], bytes]) -> None:
                self.library = library

            def get(self, key: Any) -> bytes:
                return self.library(key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key))

            def write(self, name: str, data: Any) -> None:
                raise PermissionError(name)

            def namespaced(self, namespace: str) -> Folder:
                return self

            def keys(self) -> list[str]:
                return []

        return Folder(self.library)

    def library(self, name: str) -> bytes:
        """A material library; FileNotFoundError for what is missing or anything else."""
        try:
            target = beside(self.path, name.strip())
            if not target.is_file() or target.suffix.lower() != ".mtl":
                raise FileNotFoundError(name)
            text = decoded(read_bounded(target, MAX_IMAGE_BYTES, f"what {self.path.name} refers to"))
        except InputError as error:
            self.refused = self.refused or error
            raise
        self.libraries.append(text)
        return text.encode()


def check_claims(data: bytes, kind: str, name: str) -> None:
    """Raise InputError where a header promises more than the file can hold, before anything is made of it."""
    claims: list[int] = []
    if kind == "off":
        lines = re.sub(rb"#[^\n]*", b"", data[: 1 << 16]).split(b"OFF", 1)[-1].split(None, 3)[:3]
        claims = [int(number) for number in lines if number.isdigit()]
    elif kind == "stl" and len(data) >= 84 and not data.lstrip().startswith(b"solid"):
        claims = [50 * int.from_bytes(data[80:84], "little")]
    # Every element of any kind takes a byte at least.
    if any(not 0 <= claim <= len(data) for claim in claims) or sum(claims) > len(data):
        raise InputError(f"{name} is cut off or damaged: it says {max(claims):,} elements in {len(data):,} bytes")
    if kind == "obj" and len(set(re.findall(rb"(?m)^\s*usemtl[^\n]*", data))) > _MAX_MATERIALS:
        raise InputError(f"{name} has over {_MAX_MATERIALS:,} materials; expected fewer: merge some")
    if kind == "obj" and re.search(rb"(?m)^f\b[^\n]*\s0(?=[/\s]|\Z)", data):
        raise InputError(
            f"{name} has a face of vertex 0; expected numbers from 1: the file is damaged, export it again"
        )
    if kind in ("obj", "off") and data.count(b"\n") > _MAX_LINES:
        raise InputError(f"{name} has over {_MAX_LINES:,} lines; expected fewer: decimate it first")
