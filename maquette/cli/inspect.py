"""`maquette inspect`: what is in an asset, measured and not believed, and whether it is fit to be delivered."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote

import numpy as np
import tyro
from jaxtyping import Float32, Int32

from maquette.artifacts import Asset, Cameras, Mesh
from maquette.errors import InputError

if TYPE_CHECKING:
    from maquette.formats.gltf import Document
    from maquette.measures.delivery import Check

_VALIDATOR_SECONDS = 120


@dataclass(frozen=True)
class Inspect:
    """Tell an asset's triangles, size, soundness, materials and receipt, and check it against a target's limits.

    The exit code is 1 when a check fails."""

    asset: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="ASSET")]
    """The GLB or other mesh file to look into."""
    profile: Literal["game-prop", "mobile-ar", "desktop-web"] = "game-prop"
    """The target whose limits the checks hold the asset to."""
    report: Annotated[Path | None, tyro.conf.arg(metavar="OUT.html")] = None
    """Also write one page with pictures of the asset, its wireframe, texture layout and maps."""
    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        from maquette.formats import check_writable, load, write_atomically
        from maquette.formats.gltf import Package, read_package
        from maquette.measures.delivery import PROFILES, checklist

        if self.report:
            if self.report.suffix.lower() not in (".html", ".htm"):
                raise InputError(f"{self.report}: the report is a page; expected a name ending in .html")
            check_writable(self.report)
        asset = load(self.asset)
        facts = {"path": str(self.asset), **measured(asset), **described(self.asset, asset)}
        is_gltf = self.asset.suffix.lower() in (".glb", ".gltf")
        package = read_package(self.asset) if is_gltf else Package()
        checks = [*validated(self.asset), *checklist(asset, package, facts, PROFILES[self.profile])]
        failed = any(check.state == "fail" for check in checks)
        if self.report:
            from maquette.cli._report import html_report

            page = html_report(f"{self.asset.name}: {self.profile}", told(facts), checks, asset)
            write_atomically(self.report, page.encode(errors="backslashreplace"))
        if self.json:
            facts |= {"profile": self.profile, "fit": not failed, "checks": [asdict(check) for check in checks]}
            print(json.dumps(facts, indent=1))
        else:
            print(_lined(told(facts)))
            print(f"\nchecked for {self.profile}")
            print("\n".join(f"{c.state}  {c.name:<17} {c.figure}; expected {c.limit}" for c in checks))
        return int(failed)


def measured(asset: Asset) -> dict[str, Any]:
    """Counts, bounds and soundness of an asset's mesh, and the use of its texture space."""
    from maquette.ops.topology import fans

    mesh = merged(asset.mesh)
    used = asset.mesh.vertices[np.bincount(asset.mesh.faces.ravel()).nonzero()[0]]
    low, high = used.min(0), used.max(0)
    uses, opposed = edge_uses(mesh.faces)
    pinched = int(fans(mesh.faces).max(initial=-1)) + 1 - int(np.count_nonzero(np.bincount(mesh.faces.ravel())))
    return {
        "triangles": len(asset.mesh.faces),
        "vertices": len(asset.mesh.vertices),
        "positions": len(mesh.vertices),
        "bounds_meters": {"min": _rounded(low), "max": _rounded(high), "size": _rounded(high - low)},
        "watertight": bool((uses == 2).all() and opposed),
        "open_edges": int((uses == 1).sum()),
        "manifold": bool((uses <= 2).all() and not pinched),
        "crowded_edges": int((uses > 2).sum()),
        "pinched_vertices": pinched,
        "uv": None if asset.uv is None else uv_use(asset.uv, asset.mesh.faces),
    }


def merged(mesh: Mesh) -> Mesh:
    """The mesh with vertices of one position made one, and without the faces that this folds up.

    Exporters split vertices along seams and creases; whether a surface is closed is a matter of positions.
    """
    positions, index = np.unique(mesh.vertices + np.float32(0), axis=0, return_inverse=True)  # -0.0 is 0.0
    faces = index.reshape(-1)[mesh.faces].astype(np.int32)
    whole = (faces != np.roll(faces, 1, 1)).all(1)
    return Mesh(positions, faces[whole])


def edge_uses(faces: Int32[np.ndarray, "faces 3"]) -> tuple[np.ndarray, bool]:
    """How many faces meet at every edge, and whether no two of them run along an edge the same way."""
    from maquette.ops.topology import edge_groups, half_edges

    edges = half_edges(faces)
    order, group, uses = edge_groups(edges)
    upwards = (edges[:, 0] < edges[:, 1])[order]
    alike = max(int(np.bincount(group[way]).max(initial=0)) for way in (upwards, ~upwards))
    return uses, alike <= 1


def uv_use(
    uv: Float32[np.ndarray, "vertices 2"], faces: Int32[np.ndarray, "faces 3"], resolution: int = 1024
) -> dict[str, Any]:
    """The shares of texture space that triangles cover, and that more than one covers, by sampling."""
    from maquette.ops import rasterize

    scale = float(resolution)
    intrinsics = np.array([[[scale, 0, 0], [0, scale, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], intrinsics, resolution, resolution, "orthographic")
    points = np.concatenate([uv, np.ones((len(uv), 1), np.float32)], 1)
    covered = float((rasterize(points, faces, camera).face >= 0).mean())
    a, b, c = (uv[faces[:, corner]].astype(np.float64) for corner in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    total = float(np.abs(ux * vy - uy * vx).sum() / 2)
    inside = bool((uv.min() >= 0) and (uv.max() <= 1))
    overlap = max(0.0, 1 - covered / total) if inside and total else None
    return {
        "inside_unit_square": inside,
        "covered": round(covered, 3),
        "overlapping": None if overlap is None else round(overlap, 3),
    }


def described(path: Path, asset: Asset) -> dict[str, Any]:
    """Bytes, materials, textures and receipt: as the file says them for GLB and glTF, as read for other files."""
    from maquette.formats.gltf import Document

    size = path.stat().st_size
    if path.suffix.lower() not in (".glb", ".gltf"):
        maps = {
            name: getattr(asset.material, name)
            for name in ("base_color", "metallic_roughness", "normal_map", "occlusion", "emissive", "alpha")
        }
        textures = [
            {"name": name, "width": array.shape[1], "height": array.shape[0]}
            for name, array in maps.items()
            if array is not None
        ]
        return {"bytes": size, "materials": 1, "textures": textures, "receipt": None}
    document = Document(path)
    items = [*document.json.get("buffers", []), *document.json.get("images", [])]
    uris = {uri for item in items if isinstance(uri := item.get("uri"), str) and not uri.startswith("data:")}
    return {
        "bytes": size + sum(_size_bytes(path, uri) for uri in uris),
        "materials": len(document.json.get("materials", [])),
        "textures": _pictures(document),
        "generator": document.json["asset"].get("generator"),
        "receipt": asset.receipt or None,
    }


def _size_bytes(path: Path, uri: str) -> int:
    """The size of a file that a glTF file names; nothing where it is not there, and so was not needed."""
    from maquette.formats.reading import beside

    try:
        return beside(path, unquote(uri)).stat().st_size
    except (InputError, OSError):
        return 0


def _pictures(document: Document) -> list[dict[str, Any]]:
    """Name, encoding and size in pixels of every image; the name alone where it is one that we do not read."""
    from maquette.formats.images import MAX_BYTES, decode

    pictures: list[dict[str, Any]] = []
    for number, image in enumerate(document.json.get("images", [])):
        row: dict[str, Any] = {"name": image.get("name") or str(image.get("uri", f"image {number}"))[:60]}
        try:
            packed = "bufferView" in image
            data = document.view(image["bufferView"]) if packed else document.uri(image["uri"], MAX_BYTES)
            picture = decode(data, row["name"], unpack=False)
            row |= {"format": picture.format, "width": picture.width, "height": picture.height}
        except (InputError, KeyError, TypeError):
            pass  # KTX2, or what no material refers to: the asset was read without it
        pictures.append(row)
    return pictures


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]


def validated(path: Path) -> list[Check]:
    """What the Khronos glTF validator says, where its program is on PATH; nothing where it is not."""
    from maquette.measures.delivery import Check

    program = shutil.which("gltf_validator")
    if program is None or path.suffix.lower() not in (".glb", ".gltf"):
        return []
    command = [program, "-o", str(path.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_VALIDATOR_SECONDS)
        issues = json.loads(done.stdout)["issues"]
        errors, warnings = int(issues["numErrors"]), int(issues["numWarnings"])
    except (ValueError, KeyError, TypeError, OSError, subprocess.TimeoutExpired):
        return [Check("validator", "warn", "gave no report", "no errors, no warnings")]
    state = "fail" if errors else "warn" if warnings else "pass"
    return [Check("validator", state, f"{errors} errors, {warnings} warnings", "no errors, no warnings")]


def told(report: dict[str, Any]) -> list[tuple[str, str]]:
    """What an asset is, as names and values."""
    size = " × ".join(f"{value:.3f}" for value in report["bounds_meters"]["size"])
    low, high = (", ".join(f"{v:.3f}" for v in report["bounds_meters"][end]) for end in ("min", "max"))
    sound = "yes" if report["watertight"] else f"no, {report['open_edges']:,} open edges"
    crowded, pinched = report["crowded_edges"], report["pinched_vertices"]
    manifold = "yes"
    if not report["manifold"]:
        manifold = f"no, {crowded:,} edges with more than two faces, {pinched:,} vertices where sheets touch"
    lines = [
        ("file", f"{report['path']}, {report['bytes']:,} bytes"),
        ("triangles", f"{report['triangles']:,}"),
        ("vertices", f"{report['vertices']:,}, {report['positions']:,} positions"),
        ("size", f"{size} m; from ({low}) to ({high})"),
        ("watertight", f"{sound} (by position)"),
        ("manifold", f"{manifold} (by position)"),
        ("materials", f"{report['materials']}"),
    ]
    for picture in report["textures"]:
        pixels = f"{picture['width']} × {picture['height']} pixels" if "width" in picture else "not read"
        lines.append(("texture", f"{picture['name']}, {pixels}"))
    if uv := report["uv"]:
        outside = "" if uv["inside_unit_square"] else ", partly outside the unit square"
        overlap = "" if uv["overlapping"] is None else f", {uv['overlapping']:.1%} of it twice"
        lines.append(("uv", f"{uv['covered']:.0%} of the texture used{overlap}{outside}"))
    else:
        lines.append(("uv", "none"))
    lines += _receipt_lines(report["receipt"])
    return lines


def _lined(lines: list[tuple[str, str]]) -> str:
    return "\n".join(f"{name:<11} {value}" for name, value in lines)


def _receipt_lines(receipt: Any) -> list[tuple[str, str]]:
    if not isinstance(receipt, dict):
        return [("receipt", "none; maquette did not make this file")]
    made_of = receipt.get("prompt") or receipt.get("input")
    seed = f", seed {receipt['seed']}" if "seed" in receipt else ""
    lines = [("receipt", f"maquette {receipt.get('version')}: {made_of!r}{seed}")]
    for step in receipt.get("stages", []):
        made_by = f"{step.get('stage')} {step.get('method')} version {step.get('version')}"
        lines.append(("  stage", f"{made_by}, key {str(step.get('key'))[:12]}"))
    for model in receipt.get("models", []):
        sha256 = str(model.get("sha256"))[:12]
        lines.append(("  model", f"{model.get('name')}, {model.get('licence')}, SHA-256 {sha256}"))
    return lines
