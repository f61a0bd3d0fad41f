"""Pictures of procedural props: the six axis-aligned views to learn, and lit photographs to learn from."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from maquette.artifacts import Cameras, Image, Views
from maquette.cameras import axis_aligned, orbit, project
from maquette.ops import corner_normals, rasterize, resolve
from maquette.training.props import SUBSTANCES, Prop, unit_scale


@dataclass(frozen=True)
class Model:
    """A prop as one triangle soup in the unit box, ready to be drawn."""

    vertices: Float32[np.ndarray, "vertices 3"]
    faces: Int32[np.ndarray, "faces 3"]
    corners: Float32[np.ndarray, "faces 3 11"]
    """Position, unit normal, colour (sRGB-encoded, without its pattern), metallic, roughness of each corner."""
    part: Int32[np.ndarray, "faces"]
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
    look = np.array(
        [(*piece.finish.rgb, s.metallic, s.roughness) for piece, s in zip(prop.parts, substances, strict=True)],
        np.float32,
    )
    part = np.concatenate(part)
    spread = np.broadcast_to(look[part][:, None], (len(part), 3, 5))
    corners = np.concatenate([vertices[faces], normals, spread], -1)
    return Model(vertices, faces, corners, part, tuple(s.pattern for s in substances))


def render_views(model: Model, resolution: int = 64, supersample: int = 2) -> Views:
    """Draw the six axis-aligned views of cameras.axis_aligned, with every channel that Views has."""
    return _draw(model, axis_aligned(resolution * supersample), supersample)


def _draw(model: Model, cameras: Cameras, supersample: int) -> Views:
    """Draw at the cameras' resolution, average supersample² samples a pixel, and return the smaller views.

    Of an open sheet the back may be seen: there normals are turned to the camera.
    """
    raster = rasterize(model.vertices, model.faces, cameras)
    values, alpha = resolve(raster, model.corners, supersample)
    seen = alpha > 0
    points, color = values[..., 0:3][seen], values[..., 6:9][seen]
    # Any face seen in a pixel tells its pattern.
    offsets = [(row, column) for row in range(supersample) for column in range(supersample)]
    face = functools.reduce(np.maximum, (raster.face[:, r::supersample, c::supersample] for r, c in offsets))
    factor = _pattern(model, model.part[face[seen]], points)
    values[..., 6:9][seen] = np.minimum(color * factor[:, None], 1)
    normals = values[..., 3:6]
    unit = normals[seen]
    unit = unit / np.maximum(np.sqrt(np.einsum("ni,ni->n", unit, unit)), 1e-6)[:, None]
    forward = cameras.world_to_camera[:, None, 2, :3, None]
    if cameras.projection == "orthographic":
        rays = cameras.world_to_camera[np.nonzero(seen)[0], 2, :3]
    else:
        to_camera = cameras.world_to_camera
        eyes = -np.einsum("vji,vj->vi", to_camera[:, :3, :3], to_camera[:, :3, 3])
        rays = points - eyes[np.nonzero(seen)[0]]
        rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    # Smooth normals lean away a little at outlines; further than that, it is the back of a sheet.
    unit[np.einsum("ni,ni->n", unit, rays) > 0.25] *= -1
    normals[seen] = unit
    depth = (values[..., 0:3] @ forward)[..., 0] + cameras.world_to_camera[:, None, None, 2, 3]
    intrinsics = cameras.intrinsics.copy()
    intrinsics[:, :2] /= supersample
    return Views(
        Cameras(cameras.world_to_camera, intrinsics, alpha.shape[2], alpha.shape[1], cameras.projection),
        rgb=values[..., 6:9],
        alpha=alpha,
        normals=normals,
        depth=depth * seen,
        albedo=values[..., 6:9],
        metallic_roughness=values[..., 9:11],
    )


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


def photograph(
    model: Model,
    rng: np.random.Generator,
    resolution: int = 64,
    supersample: int = 2,
    pose: tuple[float, float, float] | None = None,
) -> Image:
    """A lit perspective picture from a random place in front, cropped to the object, with its cut-out.

    A key light from anywhere in front and above, a fill, a highlight on smooth or metallic parts; gently
    tone-mapped.

    Args:
        pose: Azimuth, elevation and field of view in degrees; drawn from -60..60, -10..45 and 15..50 when None.
    """
    fov = rng.uniform(15, 50)
    azimuth, elevation = rng.uniform(-60, 60), rng.uniform(-10, 45)
    if pose is not None:
        azimuth, elevation, fov = pose
    around = orbit(np.array([azimuth]), np.array([elevation]), resolution * supersample, fov)
    camera = _cropped(around, model.vertices, fill=0.92)
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
    assert views.normals is not None
    assert views.albedo is not None
    assert views.metallic_roughness is not None
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
