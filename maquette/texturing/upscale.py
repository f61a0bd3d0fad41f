"""Views with few pixels and the mesh made from them to views with more: sharp where the mesh has an edge."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from jaxtyping import Float32

from maquette.artifacts import Cameras, Mesh, Views, check_mesh
from maquette.cameras import scaled
from maquette.errors import InputError
from maquette.ops import corner_normals, fill_nearest, rasterize, resolve
from maquette.texturing._clean import evened
from maquette.texturing._sample import pixel_size
from maquette.weights import Weights, locate

if TYPE_CHECKING:
    from maquette.texturing._upscaler_network import Upscaler

BUNDLED = Weights(
    name="upscaler",
    sha256="ad58007a01bf2045ab2b36d93034cea6be042c32774ea5bd7ec3b0245c742453",
    size=463858,
    licence="Apache-2.0",
    file="texturing/weights/upscaler.safetensors",
)

SUPERSAMPLE = 2
"""Samples along each side of a fine pixel of the mesh."""
_KNOWN = 0.25
"""Coverage from which a pixel's own colour can be told."""


@dataclass(frozen=True)
class Upscale:
    """Draws views again at four times their resolution, led by the mesh (after Edify 3D, NVIDIA 2024).

    A convolutional network mixes the views' pixels anew for each pixel of the mesh's own normals, depth and
    silhouette. Views that already have many pixels stay as they are.
    """

    version: ClassVar[int] = 1

    coarsest: int = 128
    """Views with more pixels than this across are left alone."""
    evenness: float = 12.0
    """How many times the views' own noise two of their pixels may differ and still be averaged first; 0 keeps
    every pixel as it is."""
    folder: str | None = field(default=None, metadata={"key": False})
    """A model that `maquette train upscaler` wrote; None is the one in the package."""

    @property
    def weights(self) -> Weights:
        """The file that this method computes with."""
        return BUNDLED if self.folder is None else _weights_of(Path(self.folder))

    def __call__(self, views: Views, mesh: Mesh) -> Views:
        """The views at four times the resolution, with the mesh's alpha, normals and depth.

        Colours are those of the base; `rgb` and `albedo` are the same.
        """
        import torch

        check_mesh(mesh)
        if max(views.cameras.width, views.cameras.height) > self.coarsest:
            return views
        from maquette.texturing._upscaler_network import FACTOR

        if self.evenness > 0:
            views = evened(views, self.evenness)
        network = load(self.weights)
        fine = scaled(views.cameras, FACTOR)
        alpha, normals, depth = seen(mesh, fine)
        unit = pixel_size(views.cameras)
        if views.normals is None or views.depth is None:
            own = guides(views.cameras, *seen(mesh, views.cameras), unit)
        else:
            own = guides(views.cameras, views.alpha, views.normals, views.depth, unit)
        look = filled(colors_of(views), views.alpha)
        inputs = (look, own, guides(fine, alpha, normals, depth, unit))
        with torch.inference_mode():
            drawn = network(*(torch.from_numpy(each).permute(0, 3, 1, 2) for each in inputs))
        inside = (alpha > 0)[..., None]
        drawn = np.where(inside, np.clip(drawn.permute(0, 2, 3, 1).numpy(), 0, 1), 0).astype(np.float32)
        color = np.ascontiguousarray(drawn[..., :3])
        rest = None if views.metallic_roughness is None else np.ascontiguousarray(drawn[..., 3:])
        return replace(
            views,
            cameras=fine,
            rgb=color,
            alpha=alpha,
            normals=normals,
            depth=depth,
            albedo=color.copy(),
            metallic_roughness=rest,
        )


def seen(mesh: Mesh, cameras: Cameras) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mesh's coverage [v, h, w], world normals [v, h, w, 3] and depth [v, h, w], averaged over each pixel."""
    raster = rasterize(mesh.vertices, mesh.faces, scaled(cameras, SUPERSAMPLE))
    corners = np.concatenate([mesh.vertices[mesh.faces], corner_normals(mesh.vertices, mesh.faces)], -1)
    values, alpha = resolve(raster, corners, SUPERSAMPLE)
    length = np.linalg.norm(values[..., 3:], axis=-1, keepdims=True)
    normals = np.where(length > 1e-6, values[..., 3:] / np.maximum(length, 1e-6), 0).astype(np.float32)
    forward = cameras.world_to_camera[:, None, None, 2]
    depth = (values[..., :3] * forward[..., :3]).sum(-1) + forward[..., 3]
    return alpha, normals, (depth * (alpha > 0)).astype(np.float32)


def guides(
    cameras: Cameras,
    alpha: Float32[np.ndarray, "views height width"],
    normals: Float32[np.ndarray, "views height width 3"],
    depth: Float32[np.ndarray, "views height width"],
    unit: float,
) -> Float32[np.ndarray, "views height width 5"]:
    """What the network is told of a surface: alpha, the normal in the view's axes, nearness in units."""
    right, down, forward = np.moveaxis(cameras.world_to_camera[:, :3, :3], 1, 0)
    axes = np.stack([right, -down, -forward], -1)[:, None]
    covered = (alpha > 0)[..., None]
    values = [alpha[..., None], normals @ axes * covered, -depth[..., None] / np.float32(unit)]
    return np.concatenate(values, -1).astype(np.float32)


def colors_of(views: Views) -> Float32[np.ndarray, "views height width 5"]:
    """Base colour, metallic and roughness; zeros for what views do not have."""
    base = views.rgb if views.albedo is None else views.albedo
    rest = views.metallic_roughness
    return np.concatenate([base, np.zeros_like(base[..., :2]) if rest is None else rest], -1)


def filled(
    colors: Float32[np.ndarray, "views height width channels"], alpha: Float32[np.ndarray, "views height width"]
) -> Float32[np.ndarray, "views height width channels"]:
    """The colours, with those of the nearest covered pixel wherever hardly anything is covered."""
    out = np.empty_like(colors)
    for view, own in enumerate(alpha):
        known = own >= min(_KNOWN, float(own.max()))
        out[view] = fill_nearest(np.ascontiguousarray(colors[view]), known) if own.any() else colors[view]
    return out


@functools.lru_cache(maxsize=2)
def load(weights: Weights) -> Upscaler:
    """The network of some weights, loaded once a process."""
    import torch
    from safetensors.torch import load_file

    from maquette.texturing._upscaler_network import Upscaler

    tensors = {name: value.float() for name, value in load_file(locate(weights)).items()}
    blocks = sum(name.endswith("first.weight") for name in tensors)
    with torch.device("meta"):
        network = Upscaler(len(tensors["enter.weight"]), blocks)
    network.load_state_dict(tensors, assign=True)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return network.eval().requires_grad_(False)


def _weights_of(folder: Path) -> Weights:
    """A folder's own weights, pinned by what they are now."""
    path = folder.resolve() / "upscaler.safetensors"
    if not path.is_file():
        raise InputError(
            f"{folder} has no upscaler.safetensors; expected the model/ folder of `maquette train upscaler`"
        )
    content = path.read_bytes()
    return Weights(folder.name, hashlib.sha256(content).hexdigest(), len(content), "unknown", file=str(path))
