"""Wavefront material libraries (.mtl), with the maps of their physically based extension, as surfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from maquette.formats.parts import Surface, Texture
from maquette.formats.srgb import linear_from_srgb

# How many words follow each option of a map statement at most; those of -o, -s and -t are numbers, one to three.
_OPTIONS = {
    "-blendu": 1, "-blendv": 1, "-boost": 1, "-bm": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2,
    "-texres": 1, "-type": 1, "-o": 3, "-s": 3, "-t": 3,
}  # fmt: skip
_NUMERIC = ("-o", "-s", "-t")

Mapping = tuple[float, float, float, float]
"""Scale and offset of glTF's u and v: (su, sv, ou, ov)."""


class Library:
    """The materials of some .mtl texts by name; pictures are loaded when a material is first asked for."""

    def __init__(self, texts: Sequence[str], picture: Callable[[str], np.ndarray | None]) -> None:
        self.picture = picture
        self.statements: dict[str, dict[str, str]] = {}
        for text in texts:
            current: dict[str, str] = {}
            for line in text.splitlines():
                word, *rest = line.split(None, 1)[:2] or [""]
                if word.lower() == "newmtl":
                    # Words in between are one space apart, as trimesh has the names.
                    current = self.statements.setdefault(" ".join("".join(rest).split()), {})
                elif rest and not word.startswith("#"):
                    current[word.lower()] = rest[0].strip()
        self.pictures: dict[str, np.ndarray | None] = {}
        self.surfaces: dict[str, tuple[Surface, tuple[Mapping, ...]]] = {}

    def __getitem__(self, name: str) -> tuple[Surface, tuple[Mapping, ...]] | None:
        """A material, and the mappings of texture coordinates that its layers are; None where there is none."""
        if name not in self.statements:
            return None
        if name not in self.surfaces:
            self.surfaces[name] = self._surface(self.statements[name])
        return self.surfaces[name]

    def _surface(self, said: dict[str, str]) -> tuple[Surface, tuple[Mapping, ...]]:
        mappings: list[Mapping] = []
        diffuse = linear_from_srgb(_color(said.get("kd"), 0.8 if "map_kd" not in said else 1.0))
        base = self._texture(said.get("map_kd"), "rgb", mappings)
        roughness = _number(said.get("pr"), 0.8)
        metallic = _number(said.get("pm"), 0.0)
        rough = self._texture(said.get("map_pr"), "grey", mappings)
        metal = self._texture(said.get("map_pm"), "grey", mappings)
        emissive = self._texture(said.get("map_ke"), "rgb", mappings)
        glow = linear_from_srgb(_color(said.get("ke"), 1.0 if emissive is not None else 0.0))
        bump = said.get("norm") or said.get("map_bump") or said.get("bump") or said.get("map_kn")
        normal_map = self._texture(bump, "rgb", mappings)
        if normal_map is not None and "norm" not in said and not _looks_like_normals(normal_map.picture):
            normal_map = None  # a height map, whose unit nobody says
        alpha = self._texture(said.get("map_d"), "alpha", mappings)
        opacity = _number(said.get("d"), 1 - _number(said.get("tr"), 0.0))
        blends = alpha is not None or opacity < 1
        both = _paired(metal, rough)
        surface = Surface(
            base_color=base,
            factor=(1.0, 1.0, 1.0)
            if base is not None
            else (float(diffuse[0]), float(diffuse[1]), float(diffuse[2])),
            metallic_roughness=both,
            metallic=1.0 if metal is not None else metallic,
            roughness=1.0 if rough is not None else roughness,
            normal_map=normal_map,
            emissive=emissive,
            emissive_factor=(float(glow[0]), float(glow[1]), float(glow[2])),
            alpha=alpha,
            alpha_factor=opacity,
            alpha_mode="blend" if blends else "opaque",
        )
        return surface, tuple(mappings)

    def _texture(self, statement: str | None, kind: str, mappings: list[Mapping]) -> Texture | None:
        """The picture that a map statement names, where it can be found."""
        if not statement:
            return None
        name, options = _statement(statement)
        if name not in self.pictures:
            self.pictures[name] = self.picture(name)
        picture = self.pictures[name]
        if picture is None:
            return None
        scale, offset = _numbers(options.get("-s"), 1.0), _numbers(options.get("-o"), 0.0)
        # With v up v' = s v + o; with v down that is v' = s v + (1 - s - o).
        mapping = (scale[0], scale[1], offset[0], 1 - scale[1] - offset[1])
        if mapping not in mappings:
            mappings.append(mapping)
        if kind == "alpha" and picture.shape[2] == 4 and picture[..., 3].min() < 255:
            values = picture[..., 3:]
        elif kind == "rgb":
            values = picture[..., :3]
        else:
            values = np.round(picture[..., :3].mean(-1, keepdims=True)).astype(np.uint8)
        wrap = "clamp" if options.get("-clamp", ["off"])[0] == "on" else "repeat"
        return Texture(np.ascontiguousarray(values), (wrap, wrap), mappings.index(mapping))


def _paired(metal: Texture | None, rough: Texture | None) -> Texture | None:
    """One texture of metallic and roughness from two of one channel; what is missing is all ones."""
    if metal is None and rough is None:
        return None
    from PIL import Image as Pillow

    lead = metal or rough
    assert lead is not None
    height, width = lead.picture.shape[:2]
    planes = []
    for texture in (metal, rough):
        if texture is None or texture.layer != lead.layer:
            planes.append(np.full((height, width), 255, np.uint8))
        else:
            planes.append(np.asarray(Pillow.fromarray(texture.picture[..., 0]).resize((width, height))))
    return Texture(np.stack(planes, -1), lead.wrap, lead.layer)


def _statement(text: str) -> tuple[str, dict[str, list[str]]]:
    """The file's name and the options of a map statement."""
    words = text.split()
    options: dict[str, list[str]] = {}
    while len(words) > 1 and words[0].lower() in _OPTIONS:
        option = words.pop(0).lower()
        values = options[option] = []
        while len(words) > 1 and len(values) < _OPTIONS[option]:
            if option in _NUMERIC and not _is_number(words[0]):
                break
            values.append(words.pop(0))
    return " ".join(words), options


def _looks_like_normals(picture: np.ndarray) -> bool:
    """Whether a picture is blue as tangent-space normals are, and not the grey of heights."""
    red, green, blue = picture.reshape(-1, 3).mean(0)
    return bool(blue > 180 and blue > red + 30 and blue > green + 30)


def _color(text: str | None, default: float) -> np.ndarray:
    values = _numbers(text.split() if text else None, default, 3)
    return np.clip(values if text and len(text.split()) >= 3 else [values[0]] * 3, 0, 1)


def _number(text: str | None, default: float) -> float:
    return float(np.clip(_numbers(text.split() if text else None, default, 1)[0], 0, 1))


def _numbers(words: list[str] | None, default: float, count: int = 2) -> list[float]:
    values = [float(word) for word in (words or []) if _is_number(word)][:count]
    return values + [default] * (count - len(values))


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False
