"""What stages hand to one another: frozen dataclasses of numpy arrays on the host.

Conventions (docs/conventions.md): the world is right-handed, +Y up, +Z front, and objects fill the box
[-0.5, 0.5]³. Cameras have OpenCV axes (+X right, +Y down, +Z forward) and pixel centres at +0.5. Images are
float32 in [0, 1] with row 0 at the top; base colour is sRGB-encoded, everything else is linear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32, Int32

from maquette.errors import InputError

Projection = Literal["perspective", "orthographic"]


@dataclass(frozen=True)
class Cameras:
    """A batch of pinhole or orthographic cameras that share one image size."""

    world_to_camera: Float32[np.ndarray, "views 4 4"]
    """Rigid transforms from world to camera axes (+X right, +Y down, +Z forward)."""
    intrinsics: Float32[np.ndarray, "views 3 3"]
    """Pixels: [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]. Orthographic: fx, fy are pixels per world unit."""
    width: int
    height: int
    projection: Projection = "perspective"

    def __len__(self) -> int:
        return len(self.world_to_camera)


@dataclass(frozen=True)
class Image:
    """One picture, with its cut-out where it has one."""

    rgb: Float32[np.ndarray, "height width 3"]
    """sRGB-encoded, [0, 1], not premultiplied."""
    alpha: Float32[np.ndarray, "height width"] | None = None
    """Coverage in [0, 1], or None when the picture is opaque."""


@dataclass(frozen=True)
class Views:
    """Pictures of one object from known cameras, with whatever channels the method makes.

    Colours are not premultiplied; every channel is zero where alpha is zero.
    """

    cameras: Cameras
    rgb: Float32[np.ndarray, "views height width 3"]
    """sRGB-encoded colour as seen, [0, 1]."""
    alpha: Float32[np.ndarray, "views height width"]
    """Coverage, [0, 1]."""
    normals: Float32[np.ndarray, "views height width 3"] | None = None
    """World-space unit normals, zero where alpha is zero."""
    depth: Float32[np.ndarray, "views height width"] | None = None
    """Distance along the camera's forward axis in world units, zero where alpha is zero."""
    albedo: Float32[np.ndarray, "views height width 3"] | None = None
    """sRGB-encoded base colour without light, [0, 1]."""
    metallic_roughness: Float32[np.ndarray, "views height width 2"] | None = None
    """Metallic, roughness, each in [0, 1]."""


@dataclass(frozen=True)
class Gaussians:
    """A cloud of 3D Gaussians with activated values, in world units."""

    means: Float32[np.ndarray, "gaussians 3"]
    scales: Float32[np.ndarray, "gaussians 3"]
    """Standard deviations along the local axes, world units."""
    wxyz: Float32[np.ndarray, "gaussians 4"]
    """Unit quaternions, local to world."""
    opacities: Float32[np.ndarray, "gaussians"]
    """[0, 1]."""
    spherical_harmonics: Float32[np.ndarray, "gaussians coefficients 3"]
    """Colour coefficients, degree 0 first."""


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh; faces are counter-clockwise seen from outside."""

    vertices: Float32[np.ndarray, "vertices 3"]
    faces: Int32[np.ndarray, "faces 3"]
    vertex_colors: Float32[np.ndarray, "vertices 3"] | None = None
    """sRGB-encoded, [0, 1]."""


@dataclass(frozen=True)
class PointCloud:
    """Points of a surface, without faces."""

    points: Float32[np.ndarray, "points 3"]
    normals: Float32[np.ndarray, "points 3"] | None = None
    """Unit."""


@dataclass(frozen=True)
class Material:
    """One metallic-roughness material; a texture, where there is one, replaces the constant beside it."""

    base_color: Float32[np.ndarray, "height width 3"] | None = None
    """sRGB-encoded texture, [0, 1]; row 0 is v = 0."""
    base_color_factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear, as glTF defines it; multiplies the texture."""
    metallic_roughness: Float32[np.ndarray, "height width 2"] | None = None
    """Metallic, roughness texture, linear, [0, 1]."""
    metallic: float = 0.0
    roughness: float = 0.8
    normal_map: Float32[np.ndarray, "normal_height normal_width 3"] | None = None
    """Tangent-space unit normals in [-1, 1], +Y up (OpenGL), for MikkTSpace tangents."""
    occlusion: Float32[np.ndarray, "occlusion_height occlusion_width"] | None = None
    """Share of ambient light that arrives, linear, [0, 1]."""
    emissive: Float32[np.ndarray, "emissive_height emissive_width 3"] | None = None
    """sRGB-encoded texture, [0, 1]."""
    emissive_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Linear; multiplies the texture, or stands alone. It may be above 1 (KHR_materials_emissive_strength)."""
    alpha: Float32[np.ndarray, "alpha_height alpha_width"] | None = None
    """Coverage, linear, [0, 1]; looked at unless `alpha_mode` is opaque."""
    alpha_factor: float = 1.0
    """Multiplies the texture, or stands alone."""
    alpha_mode: Literal["opaque", "mask", "blend"] = "opaque"
    alpha_cutoff: float = 0.5
    """What is below it is not drawn when `alpha_mode` is mask."""
    double_sided: bool = False
    curvature: Float32[np.ndarray, "curvature_height curvature_width"] | None = None
    """How the surface bends, for painting tools, [0, 1]: 0.5 is flat, convex brighter. No part of how it looks."""


@dataclass(frozen=True)
class Level:
    """A coarser stand-in for an asset's mesh, drawn with the asset's own material and textures."""

    mesh: Mesh
    uv: Float32[np.ndarray, "vertices 2"] | None
    normals: Float32[np.ndarray, "vertices 3"]
    tangents: Float32[np.ndarray, "vertices 4"] | None = None


@dataclass(frozen=True)
class Asset:
    """A finished object: what export_glb writes."""

    mesh: Mesh
    """Vertices are split along UV seams and creases; merged by position the surface is closed."""
    uv: Float32[np.ndarray, "vertices 2"] | None
    """glTF texture coordinates: (0, 0) is the top-left texel's corner, v goes down."""
    normals: Float32[np.ndarray, "vertices 3"]
    """Unit, one a vertex of `mesh`."""
    material: Material = field(default_factory=Material)
    height_meters: float = 1.0
    """The exported height; the pivot goes to the centre of the base."""
    receipt: Mapping[str, Any] = field(default_factory=dict)
    """What made it: prompt or input digest, seed, stages, models, licences, versions. JSON values only."""
    tangents: Float32[np.ndarray, "vertices 4"] | None = None
    """Unit xyz, and the sign of the bitangent in w, as glTF and MikkTSpace have them."""
    lods: tuple[Level, ...] = ()
    """Coarser levels, finest first; the asset's own mesh is level 0 and not among them."""
    collision: tuple[Mesh, ...] = ()
    """Closed convex hulls that together stand in for the shape, in the frame of the mesh."""


def check_mesh(mesh: Mesh, name: str = "mesh") -> None:
    """Raise InputError unless a mesh has faces, finite coordinates and indices in range."""
    if len(mesh.faces) == 0:
        raise InputError(f"{name} has no faces; expected a triangle mesh: export it with surfaces, not points")
    if not np.isfinite(mesh.vertices).all():
        raise InputError(f"{name} has NaN or infinite coordinates; expected finite numbers: export it again")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise InputError(
            f"{name} has face indices outside its {len(mesh.vertices)} vertices; the file is damaged: "
            "export it again"
        )


def check_asset(asset: Asset) -> None:
    """Raise InputError unless an asset has a mesh, and its numbers are finite: what every file format wants."""
    check_mesh(asset.mesh)
    if asset.uv is not None and not np.isfinite(asset.uv).all():
        raise InputError("the mesh has NaN or infinite texture coordinates; expected finite ones: unwrap it again")
    if not 0 < asset.height_meters < np.inf:
        raise InputError(f"a height of {asset.height_meters:g} m; expected a number above 0")
    material = asset.material
    factors = (*material.base_color_factor, *material.emissive_factor, material.metallic, material.roughness)
    if not np.isfinite([*factors, material.alpha_factor, material.alpha_cutoff]).all():
        raise InputError("the material has a factor that is NaN or infinite; expected numbers: set it again")


def check_views(views: Views) -> None:
    """Raise InputError unless the channels of views agree in count and size, and are finite."""
    cameras = views.cameras
    shape = (len(cameras), cameras.height, cameras.width)
    if len(cameras) == 0:
        raise InputError("views without any camera; expected at least one")
    if len(cameras.intrinsics) != len(cameras):
        raise InputError(
            f"{len(cameras)} poses and {len(cameras.intrinsics)} intrinsics; expected as many of each"
        )
    for name in ("rgb", "alpha", "normals", "depth", "albedo", "metallic_roughness"):
        channel = getattr(views, name)
        if channel is None:
            continue
        if channel.shape[:3] != shape:
            raise InputError(f"{name} has the shape {channel.shape[:3]}; expected {shape}, as the cameras say")
        if not np.isfinite(channel).all():
            raise InputError(f"{name} has NaN or infinite values; expected numbers: render the views again")
    if not (np.isfinite(cameras.world_to_camera).all() and np.isfinite(cameras.intrinsics).all()):
        raise InputError("cameras that are not finite; expected numbers: export them again")
    focal = cameras.intrinsics[:, [0, 1], [0, 1]]
    if not (focal > 0).all():
        raise InputError(f"a focal length of {focal.min():g}; expected positive numbers")
