"""Assets to USDZ, which iOS shows: one USD text layer and PNG textures in a zip that is stored and aligned."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from typing import Any

import numpy as np

from maquette import __version__
from maquette.artifacts import Asset, Material, check_asset
from maquette.formats.atomic import write_atomically
from maquette.formats.glb import asset_name, metric_frame, ordered
from maquette.formats.glb._geometry import Pivot
from maquette.formats.glb._materials import pictures
from maquette.formats.images import png_bytes

_ALIGNMENT = 64
_PADDING_ID = 0x1986  # the extra field that USD's own writer pads with


def export_usdz(asset: Asset, path: str | os.PathLike[str], *, pivot: Pivot = "base") -> None:
    """Write an asset as a USDZ file, whole or not at all.

    One mesh in metres, +Y up, with a UsdPreviewSurface of all its maps. The finest
    level only; hulls are left out.

    Args:
        path: The .usdz to make or replace.
        pivot: As `export_glb` has it.

    Raises:
        InputError: The asset has no faces or values that are not finite, the pivot is not known, or the place
            cannot be written.
    """
    write_atomically(path, usdz_bytes(asset, pivot=pivot))


def usdz_bytes(asset: Asset, *, pivot: Pivot = "base") -> bytes:
    """An asset as the bytes of a USDZ file; the same asset gives the same bytes.

    The receipt stands in the layer's customLayerData.

    Raises:
        InputError: The asset has no faces or values that are not finite, or the pivot is not known.
    """
    check_asset(asset)
    name = asset_name(asset)
    packed = pictures(asset.material) if asset.uv is not None else {}
    files = {f"{name}.usda": _layer(asset, name, sorted(packed), pivot).encode()}
    files |= {f"textures/tex_{name}_{suffix}.png": png_bytes(picture) for suffix, picture in packed.items()}
    return _archive(files)


def _archive(files: dict[str, bytes]) -> bytes:
    """A zip without compression in which each file's bytes begin at a multiple of 64, as USDZ wants it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            before = buffer.tell() + 30 + len(name.encode()) + 4
            padding = -before % _ALIGNMENT
            entry.extra = struct.pack("<HH", _PADDING_ID, padding) + bytes(padding)
            archive.writestr(entry, data)
    return buffer.getvalue()


def _layer(asset: Asset, name: str, suffixes: list[str], pivot: Pivot) -> str:
    arrays = ordered(asset, asset.material.base_color is None, False)
    points = metric_frame(asset.mesh, asset.height_meters, pivot).metric(arrays["POSITION"])
    primvars = [_array("normal3f[] normals", arrays["NORMAL"], "vertex")]
    if asset.uv is not None:
        st = arrays["TEXCOORD_0"] * np.array([1, -1], np.float32) + np.array([0, 1], np.float32)  # v goes up
        primvars.append(_array("texCoord2f[] primvars:st", st, "vertex"))
    if "COLOR_0" in arrays:
        # A shader that reads them has no factor of its own.
        shown = arrays["COLOR_0"] * np.array(asset.material.base_color_factor, np.float32)
        primvars.append(_array("color3f[] primvars:displayColor", shown, "vertex"))
    faces = arrays["faces"]
    extent = np.stack([points.min(0), points.max(0)])
    receipt = json.dumps(dict(asset.receipt), sort_keys=True, allow_nan=False)
    joined = "\n        ".join(primvars)
    return f"""#usda 1.0
(
    customLayerData = {{
        string creator = "maquette {__version__}"
        string maquette = {json.dumps(receipt)}
    }}
    defaultPrim = "{name}"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "{name}" (
    kind = "component"
)
{{
    def Mesh "geo_{name}" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {{
        uniform bool doubleSided = {int(asset.material.double_sided)}
        float3[] extent = {_tuples(extent)}
        int[] faceVertexCounts = [{", ".join(["3"] * len(faces))}]
        int[] faceVertexIndices = [{", ".join(map(str, faces.ravel().tolist()))}]
        rel material:binding = </{name}/mat_{name}>
        point3f[] points = {_tuples(points)}
        {joined}
        uniform token subdivisionScheme = "none"
    }}

{_material(asset.material, name, suffixes, "COLOR_0" in arrays)}
}}
"""


def _material(material: Material, name: str, suffixes: list[str], colored: bool) -> str:
    """A UsdPreviewSurface and the textures that feed it."""
    place = f"/{name}/mat_{name}"
    inputs: dict[str, str] = {"int inputs:useSpecularWorkflow": "= 0"}
    shaders: list[str] = []

    def texture(suffix: str, scale: tuple[float, ...], bias: tuple[float, ...], outputs: str) -> str:
        space = "sRGB" if suffix in ("basecolor", "emissive") else "raw"
        shaders.append(
            _shader(
                f"tex_{suffix}",
                "UsdUVTexture",
                {
                    "asset inputs:file": f"= @textures/tex_{name}_{suffix}.png@",
                    "float4 inputs:scale": f"= {_tuple(scale)}",
                    "float4 inputs:bias": f"= {_tuple(bias)}",
                    "token inputs:sourceColorSpace": f'= "{space}"',
                    "float2 inputs:st.connect": f"= <{place}/st.outputs:result>",
                    "token inputs:wrapS": '= "repeat"',
                    "token inputs:wrapT": '= "repeat"',
                },
                outputs,
            )
        )
        return f"<{place}/tex_{suffix}.outputs:"

    none = (0.0, 0.0, 0.0, 0.0)
    opaque = material.alpha_mode == "opaque"
    alpha = 1.0 if opaque else float(material.alpha_factor)
    if "basecolor" in suffixes:
        source = texture("basecolor", (*material.base_color_factor, alpha), none, "rgb a")
        inputs["color3f inputs:diffuseColor.connect"] = f"= {source}rgb>"
        if not opaque:
            inputs["float inputs:opacity.connect"] = f"= {source}a>"
    elif colored:
        shaders.append(
            _shader("color", "UsdPrimvarReader_float3", {"string inputs:varname": '= "displayColor"'}, "result")
        )
        inputs["color3f inputs:diffuseColor.connect"] = f"= <{place}/color.outputs:result>"
    else:
        inputs["color3f inputs:diffuseColor"] = f"= {_tuple(material.base_color_factor)}"
    if not opaque and "basecolor" not in suffixes:
        inputs["float inputs:opacity"] = f"= {alpha:.9g}"
    if material.alpha_mode == "mask":
        inputs["float inputs:opacityThreshold"] = f"= {material.alpha_cutoff:.9g}"
    if "orm" in suffixes:
        source = texture("orm", (1.0, 1.0, 1.0, 1.0), none, "r g b")
        if material.occlusion is not None:
            inputs["float inputs:occlusion.connect"] = f"= {source}r>"
        if material.metallic_roughness is not None:
            inputs["float inputs:roughness.connect"] = f"= {source}g>"
            inputs["float inputs:metallic.connect"] = f"= {source}b>"
    if material.metallic_roughness is None or "orm" not in suffixes:
        inputs["float inputs:roughness"] = f"= {material.roughness:.9g}"
        inputs["float inputs:metallic"] = f"= {material.metallic:.9g}"
    if "normal" in suffixes:
        source = texture("normal", (2.0, 2.0, 2.0, 1.0), (-1.0, -1.0, -1.0, 0.0), "rgb")
        inputs["normal3f inputs:normal.connect"] = f"= {source}rgb>"
    if any(material.emissive_factor):
        if "emissive" in suffixes:
            source = texture("emissive", (*material.emissive_factor, 1.0), none, "rgb")
            inputs["color3f inputs:emissiveColor.connect"] = f"= {source}rgb>"
        else:
            inputs["color3f inputs:emissiveColor"] = f"= {_tuple(material.emissive_factor)}"
    if suffixes:
        shaders.insert(0, _shader("st", "UsdPrimvarReader_float2", {"string inputs:varname": '= "st"'}, "result"))
    surface = _shader("surface", "UsdPreviewSurface", inputs, "surface")
    return "\n".join(
        [
            f'    def Material "mat_{name}"',
            "    {",
            f"        token outputs:surface.connect = <{place}/surface.outputs:surface>",
            surface,
            *shaders,
            "    }",
        ]
    )


_OUTPUTS = {"rgb": "float3", "r": "float", "g": "float", "b": "float", "a": "float", "surface": "token"}


def _shader(name: str, kind: str, inputs: dict[str, str], outputs: str) -> str:
    """A shader prim; `outputs` are the names of what it gives."""
    width = {"UsdPrimvarReader_float2": "float2", "UsdPrimvarReader_float3": "float3"}.get(kind, "")
    lines = [f'uniform token info:id = "{kind}"', *(f"{key} {value}" for key, value in inputs.items())]
    lines += [f"{_OUTPUTS.get(output, width)} outputs:{output}" for output in outputs.split()]
    body = "\n".join(f"            {line}" for line in lines)
    return f'\n        def Shader "{name}"\n        {{\n{body}\n        }}'


def _array(declaration: str, values: np.ndarray, interpolation: str) -> str:
    return f'{declaration} = {_tuples(values)} (\n            interpolation = "{interpolation}"\n        )'


def _tuples(values: np.ndarray) -> str:
    return "[" + ", ".join(map(_tuple, values.tolist())) + "]"


def _tuple(values: Any) -> str:
    return "(" + ", ".join(f"{value:.9g}" for value in values) + ")"
