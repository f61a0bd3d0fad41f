"""The page that `maquette inspect --report` writes: one HTML file with its pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from maquette.artifacts import Asset, Material
from maquette.formats import png_bytes
from maquette.measures.delivery import Check

_LARGEST = 400
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .9rem .2rem 0; text-align: left; }
.pass { color: #18794e; } .warn { color: #ad5700; } .fail { color: #c62a2f; font-weight: 600; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; }
figcaption { font-size: .85rem; color: #666; } img { width: 20rem; max-width: 100%; background: #eee; }
"""


def html_report(title: str, rows: Sequence[tuple[str, str]], checks: Sequence[Check], asset: Asset) -> str:
    """The page: checks, what is in the file, and pictures of the asset, its wireframe, layout and maps."""
    from maquette.texturing._drawings import uv_layout, wireframe
    from maquette.texturing.render import picture

    views = {
        "from the front": picture(asset, size=_LARGEST),
        "from behind": picture(asset, 215.0, 20.0, _LARGEST),
        "wireframe": wireframe(asset, _LARGEST),
    }
    if asset.uv is not None:
        views["texture layout"] = uv_layout(asset, _LARGEST)
    listed = "\n".join(
        f'<tr><td class="{check.state}">{check.state}</td><td>{escape(check.name)}</td>'
        f"<td>{escape(check.figure)}</td><td>{escape(check.limit)}</td></tr>"
        for check in checks
    )
    told = "\n".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<div class="pictures">{_figures(views)}</div>
<h2>Checks</h2><table><tr><th></th><th>check</th><th>figure</th><th>limit</th></tr>
{listed}
</table>
<h2>Maps</h2><div class="pictures">{_figures(_maps(asset.material))}</div>
<h2>The file</h2><table>
{told}
</table></body></html>
"""


def _maps(material: Material) -> dict[str, np.ndarray]:
    maps: dict[str, Any] = {"base colour": material.base_color, "alpha": material.alpha}
    if material.metallic_roughness is not None:
        maps |= {"metallic": material.metallic_roughness[..., 0], "roughness": material.metallic_roughness[..., 1]}
    maps["normals"] = None if material.normal_map is None else material.normal_map / 2 + 0.5
    maps |= {"occlusion": material.occlusion, "emission": material.emissive}
    return {name: picture for name, picture in maps.items() if picture is not None}


def _figures(pictures: dict[str, np.ndarray]) -> str:
    return "".join(
        f'<figure><img alt="{name}" src="data:image/png;base64,{_encoded(picture)}"><figcaption>{name}'
        f" ({picture.shape[1]} × {picture.shape[0]})</figcaption></figure>"
        for name, picture in pictures.items()
    )


def _encoded(picture: np.ndarray) -> str:
    step = max(1, max(picture.shape[:2]) // _LARGEST)
    return base64.b64encode(png_bytes(np.ascontiguousarray(picture[::step, ::step], np.float32))).decode()
