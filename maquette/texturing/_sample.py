"""What the views say about points of the surface, and how far each can be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import distance_transform_edt

from maquette.artifacts import Cameras, Mesh, Views
from maquette.ops import interpolate, rasterize, sample_bilinear, sample_guided, visibility
from maquette.texturing._texels import Texels

_DEPTH_PIXELS = 512  # along the longer side of the depth maps that decide visibility
_FACING = 0.02  # cosine to the surface from which a view counts
_SLACK = 4e-3  # world units by which a point may lie behind the depth map and still be seen


def channels_of(views: Views, view: int) -> Float32[np.ndarray, "height width channels"]:
    """Base colour, then metallic and roughness where the views have them."""
    color = (views.rgb if views.albedo is None else views.albedo)[view]
    if views.metallic_roughness is None:
        return color
    return np.concatenate([color, views.metallic_roughness[view]], -1)


def scaled(cameras: Cameras, factor: float) -> Cameras:
    """The same cameras with another number of pixels."""
    intrinsics = cameras.intrinsics.copy()
    width, height = round(cameras.width * factor), round(cameras.height * factor)
    intrinsics[:, 0] *= width / cameras.width
    intrinsics[:, 1] *= height / cameras.height
    return replace(cameras, intrinsics=intrinsics, width=width, height=height)


def only(cameras: Cameras, view: int) -> Cameras:
    """One of the cameras, as a batch of one."""
    chosen = slice(view, view + 1)
    return replace(cameras, world_to_camera=cameras.world_to_camera[chosen], intrinsics=cameras.intrinsics[chosen])


def project(
    cameras: Cameras, view: int, points: Float32[np.ndarray, "points 3"]
) -> tuple[Float32[np.ndarray, "points 2"], Float32[np.ndarray, "points"]]:
    """Pixel coordinates and depth of many points in one view, in single precision."""
    pose, k = cameras.world_to_camera[view], cameras.intrinsics[view]
    # Axis by axis: a product with a 3x3 matrix is several times slower.
    px, py, pz = points.T
    x, y, depth = (row[0] * px + row[1] * py + row[2] * pz + row[3] for row in pose[:3])
    if cameras.projection == "perspective":
        away = np.maximum(depth, 1e-9)
        x, y = x / away, y / away
    return np.stack([x * k[0, 0] + k[0, 2], y * k[1, 1] + k[1, 2]], -1), depth


def view_directions(
    cameras: Cameras, points: Float32[np.ndarray, "points 3"], view: int
) -> Float32[np.ndarray, "points 3"]:
    """Unit vectors from points towards one camera."""
    rotation, translation = cameras.world_to_camera[view, :3, :3], cameras.world_to_camera[view, :3, 3]
    if cameras.projection == "orthographic":
        return np.broadcast_to(-rotation[2], points.shape)
    toward = -rotation.T @ translation - points
    return toward / np.maximum(np.linalg.norm(toward, axis=-1, keepdims=True), 1e-12)


def trust(mesh: Mesh, views: Views, texels: Texels, sharpness: float) -> Float32[np.ndarray, "views texels"]:
    """How well each view sees each texel: 0 where hidden or outside, 1 where it looks straight at it.

    A view counts by the cosine of its angle to the surface (to the power of the sharpness), less within a pixel
    of its silhouette and of the edges of whatever stands in front, where a small error of shape would bring
    another part's colour.
    """
    cameras = scaled(views.cameras, max(1.0, _DEPTH_PIXELS / max(views.cameras.width, views.cameras.height)))
    ratio = cameras.width / views.cameras.width
    depth = rasterize(mesh.vertices, mesh.faces, cameras).depth
    depth = np.where(depth > 0, depth, np.inf).astype(np.float32)
    shown = visibility(texels.positions, texels.normals, cameras, depth, _SLACK, facing=_FACING)
    out = np.zeros((len(cameras), len(texels.index)), np.float32)
    for view in range(len(cameras)):
        toward = view_directions(cameras, texels.positions, view)
        cosine = np.einsum("pi,pi->p", toward, texels.normals)
        facing = np.flatnonzero(shown[view])
        cosine = cosine[facing]
        pixel, z = project(cameras, view, texels.positions[facing])
        metres_per_pixel = 1 / cameras.intrinsics[view, 0, 0]
        if cameras.projection == "perspective":
            metres_per_pixel = metres_per_pixel * z
        slack = _SLACK + metres_per_pixel * np.minimum(np.sqrt(1 - np.minimum(cosine, 1) ** 2) / cosine, 8)

        # Anything clearly nearer within one pixel of the view may lend its colour by mistake.
        ring = np.zeros(len(facing), np.float32)
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            step = np.rint(pixel - 0.5 + ratio * np.array([x, y])).astype(np.int64)
            ring += np.abs(_tap(depth[view], step[:, 0], step[:, 1], np.inf) - z) < 0.03 + 3 * ratio * slack

        inside = np.asarray(distance_transform_edt(np.pad(views.alpha[view] > 0.5, 1)))[1:-1, 1:-1]
        margin = sample_bilinear(inside[..., None].astype(np.float32), pixel / ratio)[:, 0]
        covered = sample_bilinear(views.alpha[view, ..., None], pixel / ratio)[:, 0]
        silhouette = np.clip(margin / 2, 0.05, 1) * np.clip(covered * 2 - 0.6, 0, 1)
        out[view, facing] = cosine**sharpness * silhouette * (0.1 + 0.9 * ring / 4)
    return out


class Sampler:
    """Colours of one view at points of the surface, sharper than its pixels where the mesh tells parts apart."""

    def __init__(self, mesh: Mesh, views: Views, view: int):
        camera = only(views.cameras, view)
        raster = rasterize(mesh.vertices, mesh.faces, camera)
        corners = mesh.vertices[mesh.faces]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-20)
        both = np.concatenate([corners, np.repeat(normals[:, None], 3, 1)], -1).astype(np.float32)
        self._seen = interpolate(raster, both)[0]
        self._image = channels_of(views, view)
        self._confidence = purity(self._image, views.alpha[view])
        self._camera = camera
        self._reach = 1.5 * pixel_size(camera)

    def __call__(
        self, positions: Float32[np.ndarray, "points 3"], normals: Float32[np.ndarray, "points 3"]
    ) -> Float32[np.ndarray, "points channels"]:
        pixels, _ = project(self._camera, 0, positions)
        surface = np.concatenate([positions, normals], -1)
        return sample_guided(self._image, self._confidence, self._seen, pixels, surface, self._reach)


def pixel_size(cameras: Cameras) -> float:
    """World units across a pixel, at the origin's distance where the view is in perspective."""
    distance = 1.0 if cameras.projection == "orthographic" else float(np.abs(cameras.world_to_camera[0, 2, 3]))
    return max(distance, 1e-6) / float(cameras.intrinsics[0, 0, 0])


def purity(
    image: Float32[np.ndarray, "height width channels"], alpha: Float32[np.ndarray, "height width"]
) -> Float32[np.ndarray, "height width"]:
    """How far each pixel shows one thing only: low where colours mix, as on the pixels along an edge.

    A pixel is pure if any of the four 2x2 squares around it is uniform (after Kuwahara et al. 1976).
    """
    height, width, _ = image.shape
    square = np.zeros((height + 1, width + 1, image.shape[-1] + 2), np.float32)
    planes = np.concatenate(
        [alpha[..., None], alpha[..., None] * image, alpha[..., None] * (image**2).sum(-1, keepdims=True)], -1
    )
    for y in (0, 1):
        for x in (0, 1):
            square[y : y + height, x : x + width] += planes
    count = np.maximum(square[..., 0], 1e-6)
    variance = np.maximum(square[..., -1] - (square[..., 1:-1] ** 2).sum(-1) / count, 0) / count
    variance = np.where(square[..., 0] > 1.5, variance, 1)  # a lone corner is uniform but says nothing
    least = np.min([variance[y : y + height, x : x + width] for y in (0, 1) for x in (0, 1)], 0)
    pure = 0.02 + 1 / (1 + least / 0.03**2)
    return (np.clip(alpha * 1.25 - 0.25, 0, 1) ** 2 * pure).astype(np.float32)


def _tap(image: np.ndarray, x: np.ndarray, y: np.ndarray, outside: float) -> np.ndarray:
    height, width = image.shape
    ok = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(ok, image[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], np.float32(outside))
