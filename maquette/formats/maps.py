"""A surface's textures and constants as the maps of a Material: floats, factors applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from maquette.artifacts import Material
from maquette.formats.parts import MAPS, Surface
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear

CHANNELS = {"base_color": 3, "alpha": 1, "metallic_roughness": 2, "normal_map": 3, "occlusion": 1, "emissive": 3}

Mode = Literal["opaque", "mask", "blend"]


def needed(surfaces: Sequence[Surface]) -> list[str]:
    """The maps that must be pictures: some surface has one, or constants that a picture must tell apart."""
    mode = common_mode(surfaces)
    constants = {
        "base_color": [surface.factor for surface in surfaces],
        "alpha": [] if mode == "opaque" else [(s.alpha_factor, s.alpha_mode) for s in surfaces],
        "metallic_roughness": [(surface.metallic, surface.roughness) for surface in surfaces],
        "normal_map": [],
        "occlusion": [],
        "emissive": [surface.emissive_factor for surface in surfaces],
    }
    return [
        name
        for name in MAPS
        if any(name in surface.textures for surface in surfaces) or len(set(constants[name])) > 1
    ]


def common_mode(surfaces: Sequence[Surface]) -> Mode:
    """The alpha mode that can show every surface's: blend before mask before opaque."""
    modes = {surface.alpha_mode for surface in surfaces}
    return "blend" if "blend" in modes else "mask" if "mask" in modes else "opaque"


def peak(surfaces: Sequence[Surface]) -> float:
    """What the emissive maps of several surfaces are divided by, to lie in [0, 1]."""
    return max(1.0, *(max(surface.emissive_factor) for surface in surfaces))


def painted(
    surface: Surface, name: str, texels: Callable[[str], np.ndarray | None], mode: Mode, brightest: float
) -> np.ndarray:
    """One map of a surface, its factors multiplied in; what it lacks is one texel of its constant.

    Args:
        texels: A texture's values in [0, 1] by its name, or None where the surface has none.
        mode: The alpha mode that the map is for.
        brightest: What emission is divided by.
    """
    values = texels(name)
    if values is None:
        values = np.full((1, 1, CHANNELS[name]), 1, np.float32)
        if name == "normal_map":
            values[...] = [0.5, 0.5, 1.0]
    if name == "base_color":
        return _tinted(values, surface.factor)
    if name == "emissive":
        return _tinted(values, tuple(value / brightest for value in surface.emissive_factor))
    if name == "metallic_roughness":
        return values * np.array([surface.metallic, surface.roughness], np.float32)
    if name == "normal_map":
        return unit_normals(values, surface.normal_scale)
    if name == "occlusion":
        return 1 + np.float32(surface.occlusion_strength) * (values - 1)
    values = values * np.float32(surface.alpha_factor)
    if surface.alpha_mode == "opaque":
        return np.ones_like(values)
    if surface.alpha_mode == "mask" and mode == "blend":
        return (values >= surface.alpha_cutoff).astype(np.float32)
    if surface.alpha_mode == "mask" and surface.alpha_cutoff > 0:
        return np.clip(values * np.float32(0.5 / surface.alpha_cutoff), 0, 1)
    return values


def unit_normals(values: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Tangent-space unit normals of a normal map's values in [0, 1], x and y scaled as glTF says."""
    normals = values * np.float32(2) - 1
    normals[..., :2] *= np.float32(scale)
    length = np.sqrt(np.einsum("...c,...c->...", normals, normals))
    normals /= np.maximum(length, np.float32(1e-3))[..., None]
    normals[length <= 1e-3] = [0, 0, 1]
    return normals


def constant_material(surface: Surface) -> Material:
    """A surface's constants, its textures aside."""
    return Material(
        base_color_factor=surface.factor,
        metallic=surface.metallic,
        roughness=surface.roughness,
        emissive_factor=surface.emissive_factor,
        alpha_factor=surface.alpha_factor,
        alpha_mode=surface.alpha_mode,
        alpha_cutoff=surface.alpha_cutoff,
        double_sided=surface.double_sided,
    )


def as_array(values: np.ndarray) -> np.ndarray:
    """A map as Material has it: without the axis of a single channel."""
    return np.ascontiguousarray(values[..., 0] if values.shape[2] == 1 else values, np.float32)


def _tinted(values: np.ndarray, factor: tuple[float, ...]) -> np.ndarray:
    if tuple(factor) == (1.0, 1.0, 1.0):
        return values
    linear = linear_from_srgb(values) * np.asarray(factor, np.float32)
    return np.clip(srgb_from_linear(linear), 0, 1).astype(np.float32)
