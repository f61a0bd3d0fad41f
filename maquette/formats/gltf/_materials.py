"""A glTF file's materials as surfaces, with every map of the metallic-roughness model."""

from __future__ import annotations

from typing import Any

import numpy as np

from maquette.formats.gltf._document import Document, numbers
from maquette.formats.images import MAX_BYTES as MAX_IMAGE_BYTES
from maquette.formats.images import decode, pixel_bytes
from maquette.formats.parts import MAX_ALL_PIXELS, MAX_TEXTURE, Surface, Texture, Wrap

_WRAPS: dict[int, Wrap] = {10497: "repeat", 33648: "mirror", 33071: "clamp"}
_REPEAT: Wrap = "repeat"
_RGB, _RED, _ALPHA, _METALLIC_ROUGHNESS = slice(0, 3), slice(0, 1), slice(3, 4), slice(2, 0, -1)
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

Mapping = tuple[int, tuple[float, ...]]
"""A set of texture coordinates, and its affine map (a, b, c, d, e, f): u' = a u + b v + c, v' = d u + e v + f."""


class Materials:
    """The surfaces of a file, each made when it is first asked for, with the coordinates that its layers are."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.surfaces: dict[int, tuple[Surface, tuple[Mapping, ...]]] = {}
        self.images: dict[int, np.ndarray] = {}
        self.channels: dict[tuple[int, ...], np.ndarray] = {}
        self.pixels = 0

    def __getitem__(self, index: Any) -> tuple[Surface, tuple[Mapping, ...]]:
        material = self.document.at("materials", index)
        if index not in self.surfaces:
            self.surfaces[index] = self._surface(material)
        return self.surfaces[index]

    def _surface(self, material: dict[str, Any]) -> tuple[Surface, tuple[Mapping, ...]]:
        extensions, pbr = material.get("extensions", {}), material.get("pbrMetallicRoughness", {})
        old = extensions.get("KHR_materials_pbrSpecularGlossiness")
        mappings: list[Mapping] = []

        def texture(info: Any, channels: slice) -> Texture | None:
            return None if info is None else self._texture(info, channels, mappings)

        if old is not None and not pbr:
            base_info, factor = old.get("diffuseTexture"), numbers(old.get("diffuseFactor", [1, 1, 1, 1]), 4)
            rest, metallic, roughness = None, 0.0, 1 - _unit(old.get("glossinessFactor", 1))
            base = texture(base_info, _RGB)
        else:
            base_info, factor = pbr.get("baseColorTexture"), numbers(pbr.get("baseColorFactor", [1, 1, 1, 1]), 4)
            base = texture(base_info, _RGB)
            rest = texture(pbr.get("metallicRoughnessTexture"), _METALLIC_ROUGHNESS)
            metallic, roughness = _unit(pbr.get("metallicFactor", 1)), _unit(pbr.get("roughnessFactor", 1))
        mode = str(material.get("alphaMode", "OPAQUE")).lower()
        mode = mode if mode in ("mask", "blend") else "opaque"
        alpha = None if mode == "opaque" else texture(base_info, _ALPHA)
        normal, occlusion = material.get("normalTexture"), material.get("occlusionTexture")
        strength = extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0)
        emissive = numbers(material.get("emissiveFactor", [0, 0, 0]), 3).clip(0, 1) * max(
            numbers([strength], 1)[0], 0
        )
        lit = emissive.any()  # a texture times nothing
        surface = Surface(
            base_color=base,
            factor=_color(factor),
            metallic_roughness=rest,
            metallic=metallic,
            roughness=roughness,
            normal_map=texture(normal, _RGB),
            normal_scale=float(numbers([(normal or {}).get("scale", 1)], 1)[0]),
            occlusion=texture(occlusion, _RED),
            occlusion_strength=_unit((occlusion or {}).get("strength", 1)),
            emissive=texture(material.get("emissiveTexture"), _RGB) if lit else None,
            emissive_factor=(float(emissive[0]), float(emissive[1]), float(emissive[2])),
            alpha=None if alpha is None or (alpha.picture == 255).all() else alpha,
            alpha_factor=1.0 if mode == "opaque" else _unit(factor[3]),
            alpha_mode=mode,
            alpha_cutoff=float(max(numbers([material.get("alphaCutoff", 0.5)], 1)[0], 0)),
            double_sided=material.get("doubleSided") is True,
        )
        return surface, tuple(mappings)

    def _texture(self, info: dict[str, Any], channels: slice, mappings: list[Mapping]) -> Texture | None:
        texture = self.document.at("textures", info["index"])
        source = self._source(texture)
        if source is None:
            return None
        transform = info.get("extensions", {}).get("KHR_texture_transform", {})
        mapping = (int(transform.get("texCoord", info.get("texCoord", 0))), _affine(transform))
        if mapping not in mappings:
            mappings.append(mapping)
        sampler = self.document.at("samplers", texture["sampler"]) if "sampler" in texture else {}
        wrap_u = _WRAPS.get(sampler.get("wrapS", 0), _REPEAT)
        wrap_v = _WRAPS.get(sampler.get("wrapT", 0), _REPEAT)
        picture = self._picture(source)
        if channels == _ALPHA and picture.shape[2] == 3:
            return None
        key = (source, channels.start, channels.stop)
        if key not in self.channels:
            self.channels[key] = np.ascontiguousarray(picture[..., channels])
        return Texture(self.channels[key], (wrap_u, wrap_v), mappings.index(mapping))

    def _source(self, texture: dict[str, Any]) -> int | None:
        """The image of a texture that can be read: WebP before its fallback, which stands in for KTX2 too."""
        extensions = texture.get("extensions", {})
        source = extensions.get("EXT_texture_webp", {}).get("source", texture.get("source"))
        if source is None and "KHR_texture_basisu" in extensions:
            raise self.document.error(
                "has textures in KTX2 only (KHR_texture_basisu), which are not read",
                "export it with PNG, JPEG or WebP textures",
            )
        return source

    def _picture(self, source: int) -> np.ndarray:
        """An image as bytes with alpha or without, decoded once."""
        image = self.document.at("images", source)
        if source not in self.images:
            if "bufferView" in image:
                data = self.document.view(image["bufferView"])
            else:
                data = self.document.uri(image["uri"], MAX_IMAGE_BYTES)
            picture = decode(data, f"image {source} of {self.document.path.name}", upright=False)
            self.pixels += picture.width * picture.height
            if self.pixels > MAX_ALL_PIXELS:
                raise self.document.error(
                    f"has over {MAX_ALL_PIXELS / 1e6:.0f} million pixels of textures", "scale them down"
                )
            self.images[source] = pixel_bytes(picture, MAX_TEXTURE)
        return self.images[source]


def _affine(transform: dict[str, Any]) -> tuple[float, ...]:
    """KHR_texture_transform: scale, then rotation, then offset."""
    if not transform:
        return _IDENTITY
    turn = float(numbers([transform.get("rotation", 0)], 1)[0])
    (u, v), (left, top) = numbers(transform.get("scale", [1, 1]), 2), numbers(transform.get("offset", [0, 0]), 2)
    cosine, sine = (1.0, 0.0) if turn == 0 else (float(np.cos(turn)), float(np.sin(turn)))
    return (float(u * cosine), float(v * sine), float(left), float(-u * sine), float(v * cosine), float(top))


def _unit(value: Any) -> float:
    return float(np.clip(numbers([value], 1)[0], 0, 1))


def _color(factor: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in np.clip(factor[:3], 0, 1))
    return red, green, blue
