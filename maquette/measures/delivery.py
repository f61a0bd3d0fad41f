"""Whether an asset is fit to be delivered: a list of checks against a target's limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from maquette.artifacts import Asset, Mesh
from maquette.formats import normalized
from maquette.formats.gltf import Package
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.measures.shape import distances, sampled
from maquette.measures.texture_space import covered, texture_space
from maquette.ops.order import cache_misses
from maquette.ops.topology import components, signed_volumes
from maquette.ops.trace import blocked, grow

State = Literal["pass", "warn", "fail"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TANGENT_DEGREES = 5.0
_SAMPLES = 20_000
_MOST_ORDERED = 100_000


@dataclass(frozen=True)
class Profile:
    """A target's limits: beyond the first a check warns, beyond the second it fails."""

    triangles: tuple[int, int]
    megabytes: tuple[float, float]
    texture: tuple[int, int]
    """Texels a side."""
    draws: tuple[int, int]
    hulls: tuple[int, int]
    levels: bool
    """Whether coarser levels and hulls are expected."""


PROFILES = {
    "game-prop": Profile((5_000, 20_000), (10, 25), (2048, 4096), (1, 8), (32, 64), True),
    "mobile-ar": Profile((100_000, 150_000), (3, 10), (2048, 4096), (20, 40), (32, 64), False),
    "desktop-web": Profile((250_000, 500_000), (3, 15), (2048, 4096), (50, 100), (32, 64), False),
}
"""After the Khronos asset creation guidelines (mobile-ar, desktop-web) and usual budgets of props in games."""


@dataclass(frozen=True)
class Check:
    """One line of the list."""

    name: str
    state: State
    figure: str
    limit: str


def checklist(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> list[Check]:
    """Every check of a loaded file.

    Args:
        package: Its levels, hulls and names; an empty one for files that are no glTF.
        facts: What `maquette inspect --json` tells of it: bytes, triangles, watertight, textures, uv, receipt and
            the rest.
        profile: The limits.
    """
    groups = (_size, _levels, _soundness, _placement, _textures, _coordinates, _tangents, _colors, _origin)
    return [check for group in groups for check in group(asset, package, facts, profile)]


def _size(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    yield _at_most("triangles", len(asset.mesh.faces), profile.triangles)
    yield _at_most("file size", facts["bytes"] / 1e6, profile.megabytes, " MB")
    if package.draws:
        yield _at_most("draw calls", package.draws, profile.draws)
    faces = asset.mesh.faces[:_MOST_ORDERED]
    times = cache_misses(faces) * len(faces) / len(np.unique(faces))
    yield _told("vertex cache", times <= 2, f"{times:.2f} times a vertex", "at most 2, with a cache of 16")


def _levels(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    if not package.levels:
        if profile.levels:
            yield Check("levels", "warn", "none", "coarser levels for what is far away")
    else:
        counts = [len(asset.mesh.faces), *(len(level.faces) for level in package.levels)]
        shown = ", ".join(f"{count:,}" for count in counts)
        falls = all(a > b for a, b in pairwise(counts))
        yield _told("levels", falls, shown, "fewer triangles each", "fail")
        size = float(np.linalg.norm(np.ptp(asset.mesh.vertices, 0)))
        whole = sampled(asset.mesh, _SAMPLES)
        errors = [
            float(distances(whole, sampled(level, _SAMPLES)).points.mean()) / size for level in package.levels
        ]
        shown = ", ".join(f"{error:.2%}" for error in errors)
        grows = all(a <= b * 1.05 for a, b in pairwise(errors))
        yield _told("level error", grows, f"{shown} of the diagonal", "growing with each level")
    if package.hulls:
        yield _at_most("hulls", len(package.hulls), profile.hulls)
        if facts["watertight"]:
            ratio = sum(map(_volume, package.hulls)) / max(_volume(asset.mesh), 1e-30)
            yield _told("hull volume", 0.8 <= ratio <= 2, f"{ratio:.2f} of the asset's", "0.8 to 2")
    elif profile.levels:
        yield Check("hulls", "warn", "none", "convex hulls for collision")


def _soundness(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    crowded = facts["crowded_edges"] + facts["pinched_vertices"]
    yield _told("holes", facts["open_edges"] == 0, f"{facts['open_edges']:,} open edges", "0")
    yield _told("manifold", crowded == 0, f"{crowded:,} edges or vertices that are not", "0")
    corners = asset.mesh.vertices[asset.mesh.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    flat = int((area <= 1e-12 * np.ptp(asset.mesh.vertices, 0).max() ** 2).sum())
    state: State = "pass" if flat == 0 else "warn" if flat <= 0.01 * len(area) else "fail"
    yield Check("degenerate faces", state, f"{flat:,}", "0")
    hidden = _hidden(asset.mesh, area) if area.any() else 0.0
    yield _told("hidden surface", hidden <= 0.05, f"{hidden:.1%} seen from nowhere outside", "at most 5 %")


def _placement(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    low, high = (np.array(facts["bounds_meters"][end]) for end in ("min", "max"))
    extent = float((high - low).max())
    yield _told("size", 0.01 <= extent <= 100, f"{extent:.3g} m", "0.01 to 100 m")
    off = max(abs(low[1]), *np.abs((low + high)[[0, 2]] / 2)) / max(extent, 1e-30)
    yield _told("pivot", off <= 0.01, f"{off:.1%} of the size from the base's centre", "at most 1 %")
    bad = [name for name in package.names if not _NAME.fullmatch(name)]
    if package.names:
        shown = (
            f"{bad[0][:40]!r} and {len(bad) - 1} more" if len(bad) > 1 else repr(bad[0][:40]) if bad else "clean"
        )
        yield _told("names", not bad, shown, "letters, digits, _ and -, a letter first")


def _textures(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    yield _told("materials", facts["materials"] <= 1, f"{facts['materials']}", "1")
    sides = [(row["width"], row["height"]) for row in facts["textures"] if "width" in row]
    if sides:
        yield _at_most("texture size", max(map(max, sides)), profile.texture, " texels")
        odd = [f"{w} × {h}" for w, h in sides if w & (w - 1) or h & (h - 1)]
        yield _told("powers of two", not odd, ", ".join(odd[:3]) or "all", "every side")


def _coordinates(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    if asset.uv is None:
        if facts["textures"]:
            yield Check("uv", "fail", "none", "coordinates for the textures")
        return
    overlap = facts["uv"]["overlapping"]
    if overlap is not None:
        # A palette's faces may share texels; what is baked into a map may not.
        baked = asset.material.normal_map is not None or asset.material.occlusion is not None
        state: State = "pass" if overlap <= 0.01 else "fail" if baked and overlap > 0.05 else "warn"
        yield Check("uv overlap", state, f"{overlap:.1%}", "0 (1 % is what sampling can tell)")
    space = texture_space(asset.mesh.vertices, asset.uv, asset.mesh.faces)
    if not np.isfinite(space.stretch_p95):
        yield Check("uv stretch", "warn", "no face covers any texture", "faces with an area")
        return
    yield _told("uv stretch", space.stretch_p95 <= 2, f"{space.stretch_p95:.2f} at 95 %", "at most 2")
    variation = space.density_variation
    yield _told("texel density", variation <= 0.5, f"varies by {variation:.0%}", "at most 50 %")
    if asset.material.normal_map is not None:
        yield _told("mirrored uv", space.mirrored <= 0.001, f"{space.mirrored:.1%}", "none under a normal map")
    side = max((max(row["width"], row["height"]) for row in facts["textures"] if "width" in row), default=0)
    if space.gutter is not None and side:
        texels, wanted = space.gutter * side, max(2.0, side / 256)
        yield _told(
            "gutters", texels >= wanted - 0.5, f"{texels:.1f} texels", f"at least {wanted:g}, by mip count"
        )


def _tangents(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    if asset.material.normal_map is None or asset.uv is None:
        return
    if asset.tangents is None:
        yield Check("tangents", "warn", "none, so every viewer makes its own", "tangents beside a normal map")
        return
    from maquette.ops.tangents import tangents as mikktspace

    true = mikktspace(asset.mesh.vertices, asset.mesh.faces, asset.normals, asset.uv)
    own = asset.tangents[asset.mesh.faces]
    cosine = np.where(own[..., 3] * true[..., 3] > 0, (own[..., :3] * true[..., :3]).sum(-1), -1)
    off = float((cosine < np.cos(np.radians(_TANGENT_DEGREES))).mean())
    limit = f"at most 5 % of corners over {_TANGENT_DEGREES:g}° from MikkTSpace's"
    yield _told("tangents", off <= 0.05, f"{off:.1%} of corners", limit)


def _colors(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    material, uv = asset.material, asset.uv
    factor = np.array(material.base_color_factor)
    if material.base_color is not None and uv is not None:
        texels = material.base_color[covered(uv, asset.mesh.faces, *material.base_color.shape[:2])]
    else:
        texels = np.ones((1, 3), np.float32) if asset.mesh.vertex_colors is None else asset.mesh.vertex_colors
    if len(texels):
        grey = srgb_from_linear(np.clip((linear_from_srgb(texels) * factor) @ [0.2126, 0.7152, 0.0722], 0, 1))
        outside = float(((grey < 30 / 255) | (grey > 240 / 255)).mean())
        yield _told("albedo", outside <= 0.1, f"{outside:.1%} outside 30 to 240", "at most 10 % of it")
    if material.metallic_roughness is not None and uv is not None:
        here = covered(uv, asset.mesh.faces, *material.metallic_roughness.shape[:2])
        metallic = material.metallic_roughness[here][:, 0]
        between = float(((metallic > 0.2) & (metallic < 0.8)).mean()) if len(metallic) else 0.0
        yield _told("metallic", between <= 0.2, f"{between:.1%} neither metal nor not", "at most 20 %")


def _origin(asset: Asset, package: Package, facts: Mapping[str, Any], profile: Profile) -> Iterator[Check]:
    receipt = facts["receipt"]
    if not isinstance(receipt, dict):
        yield Check("receipt", "warn", "none", "what made it, and under which licences")
        return
    models = receipt.get("models", [])
    unlicensed = [model for model in models if not (isinstance(model, dict) and model.get("licence"))]
    shown = f"{len(models)} models" if models else "no model"
    yield _told("receipt", not unlicensed, f"{shown}, {len(unlicensed)} without a licence", "a licence each")


def _at_most(name: str, value: float, limits: tuple[float, float], unit: str = "") -> Check:
    state: State = "pass" if value <= limits[0] else "warn" if value <= limits[1] else "fail"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return Check(name, state, f"{shown}{unit}", f"{limits[0]:,}, fails over {limits[1]:,}{unit}")


def _told(name: str, good: bool | np.bool_, figure: str, limit: str, otherwise: State = "warn") -> Check:
    return Check(name, "pass" if good else otherwise, figure, limit)


def _hidden(mesh: Mesh, area: np.ndarray) -> float:
    """Share of the surface that no ray from around reaches, on either side: of points drawn evenly over it.

    A face counts as seen where one of its points is: parts that are stuck into others are no waste.
    """
    points = np.linspace(0, area.sum(), _SAMPLES, endpoint=False) + area.sum() / (2 * _SAMPLES)
    face = np.minimum(np.searchsorted(np.cumsum(area), points, side="right"), len(area) - 1)
    shape = normalized(mesh)
    a, b, c = shape.vertices[shape.faces[face]].astype(np.float64).transpose(1, 0, 2)
    u, v = np.random.default_rng(0).random((2, _SAMPLES, 1))
    u, v = np.where(u + v > 1, [1 - u, 1 - v], [u, v])
    points, normals = a + u * (b - a) + v * (c - a), np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-30)
    tree = grow(shape.vertices, shape.faces)
    around = np.stack(np.meshgrid(np.arange(0, 360, 45.0), [-50.0, -15.0, 20.0, 55.0]), -1).reshape(-1, 2)
    seen = np.zeros(len(area), bool)
    for azimuth, elevation in np.radians(np.concatenate([around, [[0, 90], [0, -90]]])):
        level = np.cos(elevation)
        toward = np.array([np.sin(azimuth) * level, np.sin(elevation), np.cos(azimuth) * level], np.float32)
        left = ~seen[face]
        start = points[left] + 1e-4 * np.sign(normals[left] @ toward)[:, None] * normals[left]
        rays = np.broadcast_to(toward, start.shape)
        seen[face[left][~blocked(tree, start.astype(np.float32), rays)]] = True
    return float((~seen[face]).mean())


def _volume(mesh: Mesh) -> float:
    """World units³ enclosed by a closed mesh, vertices of one position counted as one."""
    positions, index = np.unique(mesh.vertices + np.float32(0), axis=0, return_inverse=True)
    faces = index.reshape(-1)[mesh.faces].astype(np.int32)
    return float(np.abs(signed_volumes(positions, faces, components(faces)).sum()))
