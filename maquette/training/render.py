"""Pictures of procedural props: the six axis-aligned views to learn, and lit photographs to learn from."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Cameras, Image, Views
from maquette.cameras import axis_aligned, orbit, project
from maquette.ops import corner_normals, interpolate_at, rasterize
from maquette.training.props import SUBSTANCES, Prop, unit_scale


@dataclass(frozen=True)
class Model:
    """A prop as one triangle soup in the unit box, ready to be drawn."""

    vertices: Float32[np.ndarray, "vertices 3"]
    faces: Int32[np.ndarray, "faces 3"]
    corners: Float32[np.ndarray, "faces 3 6"]
    """Position and unit normal of each face's corners."""
    part: Int32[np.ndarray, "faces"]
    rgb: Float32[np.ndarray, "parts 3"]
    metallic_roughness: Float32[np.ndarray, "parts 2"]
    patterns: tuple[str, ...]


def assemble(prop: Prop) -> Model:
    """Join a prop's parts and scale it to fill the unit box around the origin."""
    factor, center = unit_scale(prop)
    vertices, faces, part, start = [], [], [], 0
    for index, piece in enumerate(prop.parts):
        for solid in piece.solids:
            points = (solid.vertices - center.astype(np.float32)) * np.float32(factor)
            triangles = solid.faces
            if not piece.smooth:
                points = points[triangles.reshape(-1)]
                triangles = np.arange(len(points), dtype=np.int32).reshape(-1, 3)
            vertices.append(points)
            faces.append(triangles + start)
            part.append(np.full(len(triangles), index, np.int32))
            start += len(points)
    vertices, faces = np.concatenate(vertices), np.concatenate(faces).astype(np.int32)
    normals = corner_normals(vertices, faces, crease_degrees=40)
    substances = [SUBSTANCES[piece.finish.material] for piece in prop.parts]
    return Model(
        vertices,
        faces,
        np.concatenate([vertices[faces], normals], -1),
        np.concatenate(part),
        np.float32([piece.finish.rgb for piece in prop.parts]),
        np.float32([(s.metallic, s.roughness) for s in substances]),
        tuple(s.pattern for s in substances),
    )


def render_views(model: Model, resolution: int = 64, supersample: int = 2) -> Views:
    """Draw the six axis-aligned views of cameras.axis_aligned, with every channel that Views has."""
    return _draw(model, axis_aligned(resolution * supersample), supersample)


def _draw(model: Model, cameras: Cameras, supersample: int) -> Views:
    """Draw at the cameras' resolution, average supersample² samples a pixel, and return the smaller views."""
    v, h, w = len(cameras), cameras.height // supersample, cameras.width // supersample
    raster = rasterize(model.vertices, model.faces, cameras)
    # Only what is seen is computed, in an order where the samples of a pixel follow one another.
    order = _pixel_order(v, h, w, supersample)
    seen = order[raster.face.reshape(-1)[order] >= 0]
    face = raster.face.reshape(-1)[seen]
    values = interpolate_at(face, raster.barycentric.reshape(-1, 2)[seen], model.corners)
    part = model.part[face]
    view = seen // (cameras.height * cameras.width)
    normals = values[:, 3:6]
    # Both sides of a surface are drawn, so a normal that looks away belongs to the other side.
    forward = cameras.world_to_camera[:, 2, :3][view]
    if cameras.projection == "perspective":
        origin = -np.einsum("vij,vi->vj", cameras.world_to_camera[:, :3, :3], cameras.world_to_camera[:, :3, 3])
        forward = values[:, :3] - origin[view]
    away = (normals * forward).sum(-1) > 0
    samples = np.empty((len(seen), 9), np.float32)
    samples[:, 0:3] = model.rgb[part] * _pattern(model, part, values[:, :3])[:, None]
    samples[:, 3:6] = np.where(away[:, None], -normals, normals)
    samples[:, 6] = raster.depth.reshape(-1)[seen]
    samples[:, 7:9] = model.metallic_roughness[part]
    pixel = _pixel_of(v, h, w, supersample)[seen]
    starts = np.flatnonzero(np.diff(pixel, prepend=-1))
    count = np.diff(starts, append=len(pixel)).astype(np.float32)[:, None]
    mean = np.add.reduceat(samples, starts) / count if len(starts) else samples
    mean[:, 0:3] = np.minimum(mean[:, 0:3], 1)
    mean[:, 3:6] /= np.maximum(np.sqrt((mean[:, 3:6] ** 2).sum(-1, keepdims=True)), 1e-6)
    pixels = np.zeros((v * h * w, 10), np.float32)
    pixels[pixel[starts], :9] = mean
    pixels[pixel[starts], 9:] = count / supersample**2
    pixels = pixels.reshape(v, h, w, 10)
    intrinsics = cameras.intrinsics.copy()
    intrinsics[:, :2] /= supersample
    return Views(
        Cameras(cameras.world_to_camera, intrinsics, w, h, cameras.projection),
        rgb=pixels[..., 0:3],
        alpha=pixels[..., 9],
        normals=pixels[..., 3:6],
        depth=pixels[..., 6],
        albedo=pixels[..., 0:3],
        metallic_roughness=pixels[..., 7:9],
    )


@functools.cache
def _pixel_order(views: int, height: int, width: int, supersample: int) -> np.ndarray:
    """Indices of the samples [views, height * s, width * s], all samples of one pixel in a row."""
    s = supersample
    samples = np.arange(views * height * width * s * s).reshape(views, height, s, width, s)
    return np.ascontiguousarray(samples.transpose(0, 1, 3, 2, 4)).reshape(-1)


@functools.cache
def _pixel_of(views: int, height: int, width: int, supersample: int) -> np.ndarray:
    """The pixel [views, height, width] that each sample belongs to."""
    pixel = np.empty(views * height * width * supersample**2, np.int64)
    pixel[_pixel_order(views, height, width, supersample)] = np.arange(len(pixel)) // supersample**2
    return pixel


def _pattern(model: Model, part: Int32[np.ndarray, "n"], points: Float32[np.ndarray, "n 3"]) -> np.ndarray:
    """Brightness of each part's pattern at points of the unit box; wavelengths stay above three pixels of 64."""
    factor = np.ones(len(points), np.float32)
    for index, pattern in enumerate(model.patterns):
        if pattern == "plain":
            continue
        own = np.flatnonzero(part == index)
        x, y, z = points[own].T
        if pattern == "grain":
            factor[own] = 0.93 + 0.09 * np.sin(34 * (x + 0.7 * z) + 2.5 * np.sin(7 * y))
        elif pattern == "speckle":
            factor[own] = 0.95 + 0.11 * np.sin(27 * x + 9 * y) * np.sin(25 * y - 8 * z) * np.sin(23 * z + 7 * x)
        elif pattern == "courses":
            row = np.floor(y * 9)
            across = (x + z) * 6 + 0.5 * np.mod(row, 2)
            mortar = (np.mod(y * 9, 1) < 0.22) | (np.mod(across, 1) < 0.16)
            factor[own] = np.where(mortar, 0.72, 1.0)
    return factor


def photograph(model: Model, rng: np.random.Generator, resolution: int = 64, supersample: int = 2) -> Image:
    """A lit perspective picture from a random place in front, cropped to the object, with its cut-out.

    Azimuth -60..60 degrees, elevation -10..45, field of view 15..50; a key light from anywhere in front and above,
    a fill, a highlight on smooth or metallic parts; gently tone-mapped.
    """
    fov = rng.uniform(15, 50)
    place = np.array([rng.uniform(-60, 60)]), np.array([rng.uniform(-10, 45)])
    camera = _cropped(orbit(*place, resolution * supersample, fov), model.vertices, fill=0.92)
    views = _draw(model, camera, supersample)
    return Image(shade(views, rng), views.alpha[0])


def _cropped(camera: Cameras, points: Float32[np.ndarray, "points 3"], fill: float) -> Cameras:
    """The same camera zoomed and shifted so that the points' bounding square takes `fill` of the image."""
    pixels, _ = project(camera, points)
    low, high = pixels[0].min(0), pixels[0].max(0)
    zoom = fill * camera.width / max(float((high - low).max()), 1e-3)
    middle = (low + high) / 2
    intrinsics = camera.intrinsics.copy()
    intrinsics[0, :2] *= zoom
    intrinsics[0, :2, 2] = camera.width / 2 - zoom * (middle - camera.intrinsics[0, :2, 2])
    return Cameras(camera.world_to_camera, intrinsics, camera.width, camera.height, camera.projection)


def shade(views: Views, rng: np.random.Generator) -> Float32[np.ndarray, "height width 3"]:
    """The first view under a random light: sRGB-encoded, zero where alpha is zero."""
    assert views.normals is not None and views.albedo is not None and views.metallic_roughness is not None
    to_camera = views.cameras.world_to_camera[0, :3, :3]
    right, up, toward = to_camera[0], -to_camera[1], -to_camera[2]
    a, e = rng.uniform(-1.2, 1.2), rng.uniform(0.2, 1.3)
    key = np.cos(e) * (np.sin(a) * right + np.cos(a) * toward) + np.sin(e) * up
    half = (key + toward) / np.linalg.norm(key + toward)
    normals = views.normals[0]
    ambient, strength = rng.uniform(0.35, 0.7), rng.uniform(0.5, 0.95)
    sky = 0.5 + 0.5 * (normals @ up.astype(np.float32))
    diffuse = ambient * (0.6 + 0.4 * sky) + strength * np.maximum(normals @ key.astype(np.float32), 0)
    metallic, roughness = np.moveaxis(views.metallic_roughness[0], -1, 0)
    shine = np.maximum(normals @ half.astype(np.float32), 0) ** (2 / np.maximum(roughness, 0.1) ** 2)
    linear = views.albedo[0] ** 2.2
    tint = linear * metallic[..., None] + (1 - metallic[..., None])
    light = linear * diffuse[..., None] * (1 - 0.35 * metallic[..., None])
    light = light + tint * (shine * strength * (1 - roughness) * (0.25 + 0.5 * metallic))[..., None]
    encoded = np.clip(light, 0, 1) ** (1 / 2.2)
    return (encoded * (views.alpha[0] > 0)[..., None]).astype(np.float32)
