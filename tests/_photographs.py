"""An object without symmetry, photographed from around, and the files of every convention."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import trimesh

from maquette.artifacts import Asset, Cameras, Mesh, Views
from maquette.cameras import orbit
from maquette.conventions import to_integer_centres, to_opengl, to_projection
from maquette.formats import normalized, save_png
from maquette.formats.photographs import save_colmap
from maquette.texturing.render import render_views

COUNT = 10


@cache
def thing() -> Asset:
    """Three boxes of different sizes, each face in patches of random colours."""
    parts = []
    for extents, at in (
        ((1, 0.3, 0.6), (0, 0, 0)),
        ((0.25, 1, 0.25), (0.3, 0.6, 0.1)),
        ((0.2, 0.2, 0.7), (-0.3, 0.2, 0.3)),
    ):
        box = trimesh.creation.box(extents)
        box = box.subdivide().subdivide().subdivide()
        parts.append(box.apply_translation(at))
    mesh = trimesh.util.concatenate(parts)
    mesh.unmerge_vertices()
    colors = np.repeat(np.random.default_rng(5).random((len(mesh.faces), 3)), 3, 0).astype(np.float32)
    shape = Mesh(mesh.vertices.astype(np.float32), mesh.faces.astype(np.int32), colors)
    normals = np.repeat(mesh.face_normals, 3, 0).astype(np.float32)
    return Asset(normalized(shape), None, normals)


@cache
def shot(resolution: int = 128, count: int = COUNT) -> Views:
    """Perspective views from two heights around it."""
    azimuth = np.arange(count) * 360 / count
    elevation = np.where(np.arange(count) % 2, 10.0, 40.0)
    rig = orbit(azimuth, elevation, resolution, fov_degrees=35, frame=1.6)
    return render_views(thing(), rig)


def save_pictures(views: Views, folder: Path, masks: bool = True) -> list[str]:
    """RGBA pictures in images/, or the object over grey where there are no masks."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = [f"{i:03}.png" for i in range(len(views.rgb))]
    for name, rgb, alpha in zip(names, views.rgb, views.alpha, strict=True):
        picture = np.concatenate([rgb, alpha[..., None]], -1)
        if not masks:
            picture = rgb * alpha[..., None] + 0.5 * (1 - alpha[..., None])
        save_png(folder / "images" / name, picture)
    return names


def transforms(cameras: Cameras, names: list[str], up: str = "z", **changes: object) -> dict:
    """A document as nerfstudio writes it; our +Y up world turned to +Z up."""
    turn = np.eye(4) if up == "y" else np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    frames = []
    for name, pose, k in zip(names, cameras.world_to_camera, cameras.intrinsics.astype(float), strict=True):
        frames.append(
            {
                "file_path": f"images/{name}",
                "transform_matrix": (turn @ to_opengl(pose)).tolist(),
                "fl_x": k[0, 0],
                "fl_y": k[1, 1],
                "cx": k[0, 2],
                "cy": k[1, 2],
            }
        )
    return {"camera_model": "OPENCV", "w": cameras.width, "h": cameras.height, "frames": frames} | changes


def write_transforms(folder: Path, views: Views, masks: bool = True, **changes: object) -> Path:
    names = save_pictures(views, folder, masks)
    (folder / "transforms.json").write_text(json.dumps(transforms(views.cameras, names, **changes)))
    return folder


def write_colmap(folder: Path, views: Views, masks: bool = True) -> Path:
    names = save_pictures(views, folder, masks)
    save_colmap(views.cameras, names, folder / "sparse" / "0", thing().mesh.vertices[::97])
    return folder


def write_projections(folder: Path, views: Views, masks: bool = True) -> Path:
    names = save_pictures(views, folder, masks)
    matrices = to_projection(to_integer_centres(views.cameras.intrinsics), views.cameras.world_to_camera)
    listed = [
        {"file": f"images/{name}", "P": matrix.tolist()} for name, matrix in zip(names, matrices, strict=True)
    ]
    (folder / "cameras.json").write_text(json.dumps({"views": listed}))
    return folder


def write_texts(folder: Path, views: Views, masks: bool = True) -> Path:
    names = save_pictures(views, folder, masks)
    matrices = to_projection(to_integer_centres(views.cameras.intrinsics), views.cameras.world_to_camera)
    for name, matrix in zip(names, matrices, strict=True):
        rows = "\n".join(" ".join(f"{value:.12g}" for value in row) for row in matrix)
        (folder / "images" / f"{Path(name).stem}_P.txt").write_text(f"CONTOUR\n{rows}\n")
    return folder
