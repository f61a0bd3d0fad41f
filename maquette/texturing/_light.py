"""Lit pictures from the channels of views, in linear light throughout."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras, Mesh, Views
from maquette.cameras import unproject
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.ops import irradiance, rasterize
from maquette.texturing._studio import Studio, backdrop, dome, spots, turned


def light(views: Views, mesh: Mesh, studio: Studio | None = None) -> Float32[np.ndarray, "views height width 3"]:
    """Light views as a photographer would, on a neutral sheet that takes the object's shadow; sRGB-encoded.

    Lambert and GGX reflection (Walter et al. 2007), shadows from the mesh, tones by Khronos PBR Neutral (2024).

    Args:
        views: With normals, depth and metallic-roughness, as render_views makes them: best one sample a pixel,
            reduced afterwards, for averaged depths belong to no surface.
        mesh: What casts the shadows.
    """
    if views.normals is None or views.depth is None or views.metallic_roughness is None:
        raise ValueError("lighting needs views with normals, depth and metallic-roughness")
    studio = studio or Studio()
    mesh = welded(mesh)
    hits = views.alpha > 0
    points = unproject(views.cameras, views.depth)[hits]
    owner = np.nonzero(hits)[0]
    toward_eye = _toward_eyes(views.cameras, owner, points)
    normals = views.normals[hits]
    # The inside of an open surface is lit as it is seen; which side that is the flat faces tell, for on a bevel
    # that is shaded round the shading normal may turn away from an eye that sees the face.
    faces = rasterize(mesh.vertices, mesh.faces, views.cameras).face[hits]
    corners = mesh.vertices[mesh.faces[faces]]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = np.where((faces >= 0)[:, None], flat * np.sign(_dot(flat, normals)), normals)
    away = _dot(flat, toward_eye) < 0
    normals = np.where(away, -normals, normals)
    all_around = dome(studio)
    ambient = irradiance(points, normals, all_around.toward, all_around.radiance, mesh.vertices, mesh.faces)

    pictures = []
    for view in range(len(views.cameras)):
        mine, rotation = owner == view, views.cameras.world_to_camera[view, :3, :3]
        key, rim = turned(rotation, studio.key_direction), turned(rotation, studio.rim_direction)
        lamps = spots(studio, key, rim)
        received = ambient[mine] + irradiance(
            points[mine], normals[mine], lamps.toward, lamps.radiance, mesh.vertices, mesh.faces
        )
        hit, alpha = hits[view], views.alpha[view][hits[view], None]
        color = views.rgb if views.albedo is None else views.albedo
        metallic_roughness = views.metallic_roughness[view][hit]
        lit = reflect(
            normals[mine], toward_eye[mine], linear_from_srgb(color[view][hit]), metallic_roughness[:, :1],
            metallic_roughness[:, 1:], received, key, rim, studio,
        )  # fmt: skip
        picture = backdrop(views.cameras, view, mesh, studio, (all_around, lamps))
        picture[hit] = lit * alpha + picture[hit] * (1 - alpha)
        pictures.append(np.clip(srgb_from_linear(tone_map(picture)), 0, 1))
    return np.stack(pictures).astype(np.float32)


def welded(mesh: Mesh) -> Mesh:
    """The same triangles without the seams, of which shadows know nothing."""
    vertices, inverse = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return Mesh(vertices, inverse.reshape(-1).astype(np.int32)[mesh.faces])


def _toward_eyes(
    cameras: Cameras, owner: np.ndarray, points: Float32[np.ndarray, "points 3"]
) -> Float32[np.ndarray, "points 3"]:
    """Unit vectors from points to the camera that each belongs to."""
    rotation, translation = cameras.world_to_camera[:, :3, :3], cameras.world_to_camera[:, :3, 3]
    if cameras.projection == "orthographic":
        return -rotation[owner, 2]
    eyes = -np.einsum("vji,vj->vi", rotation, translation)
    toward = eyes[owner] - points
    return toward / np.sqrt(np.maximum(_dot(toward, toward), 1e-20))


def reflect(
    normals: Float32[np.ndarray, "points 3"],
    toward_eye: Float32[np.ndarray, "points 3"],
    albedo: Float32[np.ndarray, "points 3"],
    metallic: Float32[np.ndarray, "points 1"],
    roughness: Float32[np.ndarray, "points 1"],
    received: Float32[np.ndarray, "points 6"],
    key: Float32[np.ndarray, "3"],
    rim: Float32[np.ndarray, "3"],
    studio: Studio,
) -> Float32[np.ndarray, "points 3"]:
    """Light towards the eye: diffuse from what is received, gleams of key and rim, and the studio mirrored."""
    facing = np.clip(_dot(normals, toward_eye), 1e-3, 1)
    f0 = 0.04 * (1 - metallic) + albedo * metallic
    light = albedo * (1 - metallic) * received[:, :3]
    for toward, color, present in ((key, studio.key, received[:, 4:5]), (rim, studio.rim, received[:, 5:6])):
        # A lamp has a size: the smoothest surface still shows it as a disc.
        gleam = _gleam(normals, toward_eye, toward, facing, f0, np.maximum(roughness, 0.25))
        light = light + gleam * present * np.array(color, np.float32)
    mirrored = 2 * facing * normals - toward_eye
    around = _surroundings(mirrored, roughness, key, rim, studio) * np.clip(received[:, 3:4], 0, 1)
    return (light + around * _reflectance(f0, roughness, facing)).astype(np.float32)


def _dot(a: np.ndarray, b: np.ndarray) -> Float32[np.ndarray, "points 1"]:
    return np.einsum("pi,pi->p", a, b, dtype=np.float32)[:, None]


def _gleam(normals, toward_eye, toward, facing, f0, roughness) -> np.ndarray:
    """GGX reflection of a lamp that makes white paper 1, without the cosine (Walter et al. 2007; Schlick 1994)."""
    half = toward_eye + toward
    half = half / np.sqrt(np.maximum(_dot(half, half), 1e-12))
    n_h = np.clip(_dot(normals, half), 0, 1)
    n_l = np.clip(normals @ toward, 1e-3, 1)[:, None]
    v_h = np.clip(_dot(toward_eye, half), 0, 1)
    a, k = roughness**2, roughness**2 / 2
    density = a**2 / (n_h**2 * (a**2 - 1) + 1) ** 2  # pi cancels: paper, too, reflects 1 / pi of what it gets
    shadowing = 1 / ((facing * (1 - k) + k) * (n_l * (1 - k) + k)) / 4
    return density * shadowing * (f0 + (1 - f0) * (1 - v_h) ** 5)


def _surroundings(direction, roughness, key, rim, studio: Studio) -> np.ndarray:
    """What a mirror of some roughness sees of the studio: sky, ground and the two lights as soft boxes."""
    up = np.clip(direction[:, 1:2] / (0.15 + roughness), -1, 1) / 2 + 0.5
    up = up * up * (3 - 2 * up)
    seen = up * np.array(studio.sky, np.float32) + (1 - up) * 0.7 * np.array(studio.backdrop, np.float32)
    tight = 1 / (0.02 + roughness**2) + 2
    for axis, color in ((key, studio.key), (rim, studio.rim)):
        box = np.exp(tight * (direction @ axis - 1)[:, None]) * np.minimum(1, 0.08 * tight)
        seen = seen + 2 * np.array(color, np.float32) * box
    return seen


def _reflectance(f0, roughness, facing) -> np.ndarray:
    """Share of the surrounding light that is reflected (Karis 2014, "Physically based shading on mobile")."""
    x, y = 1 - roughness, 0.0425 - 0.0275 * roughness
    a = np.minimum(x**2, np.exp2(-9.28 * facing)) * x + y
    scale, bias = -1.04 * a + 1.04 - 0.572 * roughness, 1.04 * a - 0.04 + 0.022 * roughness
    return np.maximum(f0 * scale + bias, 0)


def tone_map(linear: Float32[np.ndarray, "*shape 3"]) -> Float32[np.ndarray, "*shape 3"]:
    """Khronos PBR Neutral (2024): colours keep their hue, and highlights roll off below 1."""
    start = 0.8 - 0.04
    least = linear.min(-1, keepdims=True)
    color = linear - np.where(least < 0.08, least - 6.25 * least**2, 0.04)
    peak = color.max(-1, keepdims=True)
    rolled = 1 - (1 - start) ** 2 / np.maximum(peak + 1 - 2 * start, 1e-6)
    white = 1 - 1 / (0.15 * (peak - rolled) + 1)
    bright = color * (rolled / np.maximum(peak, 1e-6)) * (1 - white) + rolled * white
    return np.where(peak < start, color, bright).astype(np.float32)
