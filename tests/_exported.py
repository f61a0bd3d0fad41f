"""One GLB of each kind that maquette writes, for the programs that must open them."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import trimesh
from scipy.spatial import KDTree

from maquette.artifacts import Asset, Level, Material, Mesh
from maquette.formats import export_glb, load

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def finished() -> Asset:
    """A capsule with every map, two coarser levels and two hulls."""
    levels = [_capsule(count) for count in (16, 10, 6)]
    rng = np.random.default_rng(0)
    normal = rng.normal(scale=0.2, size=(32, 32, 3)) + np.array([0, 0, 1])
    normal = (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)
    material = Material(
        base_color=rng.random((64, 64, 3), np.float32),
        base_color_factor=(0.5, 1.0, 1.0),
        metallic_roughness=rng.random((64, 64, 2), np.float32),
        metallic=1.0,
        roughness=1.0,
        normal_map=normal,
        occlusion=rng.random((64, 64), np.float32),
        emissive=rng.random((16, 16, 3), np.float32),
        emissive_factor=(3.0, 1.5, 0.75),
        alpha=rng.random((64, 64), np.float32),
        alpha_factor=0.75,
        alpha_mode="mask",
        alpha_cutoff=0.3,
        double_sided=True,
    )
    hulls = tuple(Mesh(level.mesh.vertices, level.mesh.faces) for level in levels[1:])
    fine = levels[0]
    receipt = {"prompt": "a capsule"}
    return Asset(fine.mesh, fine.uv, fine.normals, material, 0.5, receipt, None, tuple(levels[1:]), hulls)


def _capsule(count: int) -> Level:
    shape = trimesh.creation.capsule(height=1.0, radius=0.4, count=[count, count])
    vertices = shape.vertices.astype(np.float32)
    around = np.arctan2(vertices[:, 1], vertices[:, 0]) / (2 * np.pi) + 0.5
    along = (vertices[:, 2] - vertices[:, 2].min()) / np.ptp(vertices[:, 2])
    uv = np.stack([around, along], -1).clip(0, 1).astype(np.float32)
    return Level(Mesh(vertices, shape.faces.astype(np.int32)), uv, np.array(shape.vertex_normals, np.float32))


def export_all(folder: Path) -> dict[Path, Asset]:
    """Write the files; the values are the assets that they were made from."""
    shape = trimesh.creation.capsule(height=1.0, radius=0.4, count=[12, 8])
    vertices = (shape.vertices @ [[1, 0, 0], [0, 0.7, 0.2], [0.1, 0.3, 1]]).astype(np.float32)
    faces = shape.faces.astype(np.int32)
    normals = np.array(trimesh.Trimesh(vertices, faces, process=False).vertex_normals, np.float32)
    rng = np.random.default_rng(0)
    uv = rng.random((len(vertices), 2), np.float32)
    colors = rng.random((len(vertices), 3), np.float32)
    plain, colored = Mesh(vertices, faces), Mesh(vertices, faces, colors)
    base, orm = rng.random((64, 64, 3), np.float32), rng.random((64, 64, 2), np.float32)
    large = trimesh.creation.icosphere(subdivisions=7)  # over 65,535 vertices
    ball = Mesh(large.vertices.astype(np.float32), large.faces.astype(np.int32))
    receipt = {"prompt": "a red stool, très joli", "seed": 2**40, "stages": [{"name": "views", "seconds": 1.5}]}

    assets = {
        "constant": Asset(plain, None, normals, Material(None, (0.8, 0.1, 0.0), metallic=1.0, roughness=0.0)),
        "textured": Asset(plain, uv, normals, Material(base, metallic_roughness=orm), 0.45, receipt),
        "base_only": Asset(plain, uv, normals, Material(base), 12.0, receipt),
        "orm_only": Asset(plain, uv, normals, Material(metallic_roughness=orm)),
        "uv_without_texture": Asset(plain, uv, normals),
        "repeating": Asset(plain, uv * 5 - 2, normals, Material(base)),
        "colored": Asset(colored, None, normals),
        "colored_and_textured": Asset(colored, uv, normals, Material(base)),
        "zero_normals": Asset(plain, None, normals * 0),
        "large": Asset(ball, None, ball.vertices),
        "finished": finished(),
        "tiny": Asset(Mesh(vertices * np.float32(1e-6), faces), None, normals, height_meters=0.001),
    }
    for name in ("chair_pbr/plastic_monobloc_chair_01_1k.gltf", "spot/cow.obj", "nasty/cubevc.glb"):
        if (SHARED / name).exists():
            assets[Path(name).stem] = load(SHARED / name)
    for name, asset in assets.items():
        export_glb(asset, folder / f"{name}.glb")
    export_glb(finished(), folder / "quantized.glb", compress="quantize", textures="webp", collision="none")
    files = {folder / f"{name}.glb": asset for name, asset in assets.items()}
    return files | {folder / "quantized.glb": finished()}


def corners(mesh: Mesh, uv: np.ndarray | None = None) -> np.ndarray:
    """A row for each corner of each face: its position, then its texture coordinates."""
    rows = mesh.vertices if uv is None else np.concatenate([mesh.vertices, uv], 1)
    return rows[mesh.faces].reshape(-1, rows.shape[1]).astype(np.float64)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far the row that is farthest from all rows of the other array is from them, whatever their order."""
    return max(float(KDTree(a).query(b, p=np.inf)[0].max()) for a, b in ((one, other), (other, one)))


def usda(data: bytes) -> str:
    """The text of the layer of a USDZ file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0]).decode()


def usda_rows(text: str, name: str) -> np.ndarray:
    """The numbers of an array in a layer, a row for each tuple."""
    (found,) = re.findall(rf" {re.escape(name)} = \[(.*?)\]", text)
    return np.array([row.split(",") for row in re.findall(r"\((.*?)\)", found) or found.split(",")], float)
