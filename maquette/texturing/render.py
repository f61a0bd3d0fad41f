"""Pictures of an asset, channel by channel, on the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32

from maquette.artifacts import Asset, Cameras, Views
from maquette.ops import interpolate_at, rasterize, sample_bilinear


def render_views(asset: Asset, cameras: Cameras, supersample: int = 2) -> Views:
    """Render base colour (as rgb and albedo), alpha, world normals, depth and metallic-roughness.

    Args:
        supersample: Samples along each side of a pixel; they are averaged, colours in linear light.
    """
    views = [_render(asset, _only(cameras, view), supersample) for view in range(len(cameras))]
    rgb, alpha, normals, depth, metallic_roughness = (np.stack(channel) for channel in zip(*views, strict=True))
    return Views(cameras, rgb, alpha, normals, depth, rgb.copy(), metallic_roughness)


def to_linear(srgb: Float[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """Light from sRGB-encoded values in [0, 1] (IEC 61966-2-1)."""
    encoded = np.asarray(srgb, np.float32)
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: Float[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """sRGB-encoded values from light, clipped to [0, 1] (IEC 61966-2-1)."""
    light = np.clip(np.asarray(linear, np.float32), 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def _only(cameras: Cameras, view: int) -> Cameras:
    chosen = slice(view, view + 1)
    return replace(cameras, world_to_camera=cameras.world_to_camera[chosen], intrinsics=cameras.intrinsics[chosen])


def _render(asset: Asset, camera: Cameras, supersample: int) -> tuple[np.ndarray, ...]:
    """The channels of one view: rgb, alpha, normals, depth, metallic-roughness."""
    height, width = camera.height, camera.width
    intrinsics = camera.intrinsics.copy()
    intrinsics[:, :2] *= supersample
    fine = replace(camera, intrinsics=intrinsics, width=width * supersample, height=height * supersample)
    raster = rasterize(asset.mesh.vertices, asset.mesh.faces, fine)
    hit = np.flatnonzero(raster.face.reshape(-1) >= 0)
    face, weights = raster.face.reshape(-1)[hit], raster.barycentric.reshape(-1, 2)[hit]
    depth = raster.depth.reshape(-1)[hit]

    colour, metallic_roughness = surface(asset, face, weights)
    normals = interpolate_at(face, weights, asset.normals[asset.mesh.faces])
    values = np.concatenate([colour, normals, depth[:, None], metallic_roughness], -1)
    row, column = np.divmod(hit, fine.width)
    pixel = row // supersample * width + column // supersample
    count = np.bincount(pixel, minlength=height * width).astype(np.float32)
    sums = np.stack([np.bincount(pixel, values[:, c], height * width) for c in range(values.shape[1])], -1)
    mean = (sums / np.maximum(count, 1)[:, None]).astype(np.float32).reshape(height, width, -1)
    length = np.linalg.norm(mean[..., 3:6], axis=-1, keepdims=True)
    return (
        to_srgb(mean[..., :3]),
        (count / supersample**2).reshape(height, width),
        mean[..., 3:6] / np.maximum(length, 1e-12),
        mean[..., 6],
        mean[..., 7:],
    )


def surface(
    asset: Asset, face: np.ndarray, barycentric: np.ndarray
) -> tuple[Float32[np.ndarray, "points 3"], Float32[np.ndarray, "points 2"]]:
    """Linear base colour, and metallic-roughness, at points given by face and barycentric weights."""
    material, mesh = asset.material, asset.mesh
    factor = np.asarray(material.base_color_factor, np.float32)
    constant = np.array([material.metallic, material.roughness], np.float32)
    colour = np.broadcast_to(factor, (len(face), 3))
    metallic_roughness = np.broadcast_to(constant, (len(face), 2))
    uv = None if asset.uv is None else interpolate_at(face, barycentric, asset.uv[mesh.faces])
    if material.base_color is not None and uv is not None:
        colour = factor * _texture(to_linear(material.base_color), uv)
    elif mesh.vertex_colors is not None:
        colour = factor * to_linear(interpolate_at(face, barycentric, mesh.vertex_colors[mesh.faces]))
    if material.metallic_roughness is not None and uv is not None:
        metallic_roughness = _texture(material.metallic_roughness, uv)
    return colour, metallic_roughness


def _texture(image: Float32[np.ndarray, "height width channels"], uv: np.ndarray) -> np.ndarray:
    return sample_bilinear(image, uv * np.array([image.shape[1], image.shape[0]], np.float32), wrap=True)
