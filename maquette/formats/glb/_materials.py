"""An asset's material as glTF has it: textures packed, encoded and referred to."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np

from maquette.artifacts import Material
from maquette.formats.glb._body import Body
from maquette.formats.textures import Encoding, encoded_all

_LINEAR, _LINEAR_MIPMAP_LINEAR, _CLAMP, _REPEAT = 9729, 9987, 33071, 10497
# The extensions by which textures refer to pictures that are neither PNG nor JPEG.
_EXTENSIONS = {"webp": "EXT_texture_webp", "ktx2": "KHR_texture_basisu"}


def pictures(material: Material) -> dict[str, np.ndarray]:
    """The textures of a material by their suffixes, each a power of two a side.

    basecolor: sRGB, with alpha where the material is not opaque. orm: R occlusion, G roughness, B metallic; where
    there is occlusion alone it is grey. normal: +Y up. emissive: sRGB.
    """
    out: dict[str, np.ndarray] = {}
    alpha = material.alpha if material.alpha_mode != "opaque" else None
    if material.base_color is not None or alpha is not None:
        color = [(material.base_color, 3)]
        out["basecolor"] = _stacked(color if alpha is None else [*color, (alpha[..., None], 1)])
    if material.metallic_roughness is not None:
        occlusion = None if material.occlusion is None else material.occlusion[..., None]
        out["orm"] = _stacked([(occlusion, 1), (material.metallic_roughness[..., ::-1], 2)])
    elif material.occlusion is not None:
        out["orm"] = np.repeat(_stacked([(material.occlusion[..., None], 1)]), 3, 2)
    if material.normal_map is not None:
        out["normal"] = _stacked([(material.normal_map * 0.5 + 0.5, 3)])
    if material.emissive is not None and any(material.emissive_factor):
        out["emissive"] = _stacked([(material.emissive, 3)])
    return out


def write_material(
    gltf: dict[str, Any], body: Body, material: Material, name: str, uv: np.ndarray | None, encoding: Encoding
) -> None:
    """Add the material, its textures and images to a glTF document, with the extensions that they need."""
    index: dict[str, int] = {}
    if uv is not None:
        wrap = _CLAMP if uv.min() >= 0 and uv.max() <= 1 else _REPEAT
        for suffix, (data, mime) in encoded_all(pictures(material), encoding).items():
            image = {"name": f"tex_{name}_{suffix}", "mimeType": mime, "bufferView": body.view(data)}
            images, textures = gltf.setdefault("images", []), gltf.setdefault("textures", [])
            images.append(image)
            kind = mime.rsplit("/")[-1]
            source: dict[str, Any] = {"source": len(images) - 1}
            if kind in _EXTENSIONS:
                source = {"extensions": {_EXTENSIONS[kind]: source}}
                require(gltf, _EXTENSIONS[kind])
            textures.append({"sampler": 0} | source)
            index[suffix] = len(textures) - 1
        if index:
            filters = {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR}
            gltf["samplers"] = [{**filters, "wrapS": wrap, "wrapT": wrap}]
    if max(material.emissive_factor) > 1:
        gltf["extensionsUsed"] = sorted({*gltf.get("extensionsUsed", []), "KHR_materials_emissive_strength"})
    gltf["materials"] = [_material(material, f"mat_{name}", index)]


def require(gltf: dict[str, Any], extension: str) -> None:
    """Note that a file cannot be read without an extension."""
    for key in ("extensionsUsed", "extensionsRequired"):
        gltf[key] = sorted({*gltf.get(key, []), extension})


def _material(material: Material, name: str, index: dict[str, int]) -> dict[str, Any]:
    alpha = 1.0 if material.alpha_mode == "opaque" else float(material.alpha_factor)
    pbr: dict[str, Any] = {"baseColorFactor": [*map(float, material.base_color_factor), alpha]}
    if "basecolor" in index:
        pbr["baseColorTexture"] = {"index": index["basecolor"]}
    if "orm" in index and material.metallic_roughness is not None:
        orm = {"metallicFactor": 1.0, "roughnessFactor": 1.0}
        pbr |= {"metallicRoughnessTexture": {"index": index["orm"]}, **orm}
    else:
        pbr |= {"metallicFactor": float(material.metallic), "roughnessFactor": float(material.roughness)}
    out: dict[str, Any] = {"name": name, "pbrMetallicRoughness": pbr, "doubleSided": bool(material.double_sided)}
    if "orm" in index and material.occlusion is not None:
        out["occlusionTexture"] = {"index": index["orm"]}
    if "normal" in index:
        out["normalTexture"] = {"index": index["normal"]}
    strength = max(1.0, *map(float, material.emissive_factor))
    if any(material.emissive_factor):
        out["emissiveFactor"] = [float(value) / strength for value in material.emissive_factor]
        if "emissive" in index:
            out["emissiveTexture"] = {"index": index["emissive"]}
        if strength > 1:
            out["extensions"] = {"KHR_materials_emissive_strength": {"emissiveStrength": strength}}
    if material.alpha_mode != "opaque":
        out["alphaMode"] = material.alpha_mode.upper()
        if material.alpha_mode == "mask":
            out["alphaCutoff"] = float(material.alpha_cutoff)
    return out


def _stacked(layers: list[tuple[np.ndarray | None, int]]) -> np.ndarray:
    """Layers of values in [0, 1] and their channels as one picture of bytes, its sides powers of two.

    A layer that is missing is all ones.
    """
    shapes = [layer.shape[:2] for layer, _ in layers if layer is not None]
    height, width = (2 ** ceil(log2(max(max(sides), 1))) for sides in zip(*shapes, strict=True))
    out = np.full((height, width, sum(count for _, count in layers)), 255, np.uint8)
    start = 0
    for layer, count in layers:
        if layer is not None:
            out[..., start : start + count] = _bytes(layer, width, height)
        start += count
    return out


def _bytes(layer: np.ndarray, width: int, height: int) -> np.ndarray:
    from PIL import Image as Pillow

    values = np.round(np.clip(layer, 0, 1) * 255).astype(np.uint8)
    if values.shape[:2] == (height, width):
        return values
    planes = [Pillow.fromarray(np.ascontiguousarray(values[..., i])) for i in range(values.shape[2])]
    bicubic = Pillow.Resampling.BICUBIC
    return np.stack([np.asarray(plane.resize((width, height), bicubic)) for plane in planes], -1)
