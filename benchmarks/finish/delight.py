"""How near the colours that `Delight` finds in lit pictures come to the true ones.

    python benchmarks/finish/delight.py [--data FOLDER] [--objects spot bob ...] [--lights sun hall ...]
        [--views 20] [--pixels 256] [--hull] [--sheet OUT.png]

Objects of known materials are lit (Lambert and GGX under a hundred or two distant lamps, with shadows, no light
between surfaces), exposed as a camera would, quantised to 8 bits, and given to `Delight`. Printed for each:

- albedo: PSNR (dB, sRGB) on the object between true base colour and, first, the lit picture itself, then what was
  found; each scaled by the one factor (of all channels, linear) that fits best, and, in brackets, unscaled;
- relit: PSNR of the two drawn under another light against the truth drawn there, scaled likewise;
- roughness and metallic: mean absolute error of the usual constants (.8, 0), and of what was found;
- seconds of processor time. "-" where the light was not told from the colours and the pictures were left alone.

`--hull` takes the visual hull of the pictures in place of the true mesh. The sheet shows lit, found and true.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maquette.artifacts import Asset, Cameras, Mesh, Views
from maquette.cameras import orbit, unproject
from maquette.formats import load, normalized, save_png
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.measures.pictures import psnr
from maquette.ops import irradiance
from maquette.reconstruction import VisualHull
from maquette.texturing import Delight
from maquette.texturing.render import render_views

DATA = Path(__file__).parents[3] / "shared" / "data"
_DOME = 100
"""Lamps of a dome."""
OBJECTS = {
    "avocado": "avocado_pbr/avocado.gltf",
    "chair": "chair_pbr/plastic_monobloc_chair_01_1k.gltf",
    "bob": "bob/bob_tri.obj",
    "spot": "spot/cow.obj",
    "barrel": "kaykit_lowpoly/barrel_large.gltf.glb",
    "bed": "kaykit_lowpoly/bed_decorated.gltf.glb",
    "character": "kenney_lowpoly/character.glb",
    "glossy spot": "spot/cow.obj",
    "metal bob": "bob/bob_tri.obj",
}
MATERIALS = {"glossy spot": (0.0, 0.3), "metal bob": (1.0, 0.4), "bob": (0.0, 0.6), "spot": (0.0, 0.6)}
"""Metallic and roughness of objects whose files say nothing of them, or something else."""


@dataclass(frozen=True)
class Lamps:
    """Distant lamps: white paper that faces one receives its radiance, and reflects as much."""

    toward: np.ndarray
    radiance: np.ndarray


def hall(data: Path, turn: float = 0.0) -> Lamps:
    """An indoor panorama (Radiance HDR, shared/data/hdri), averaged over cells and turned about the vertical."""
    raw = (data / "hdri" / "royal_esplanade_1k.hdr").read_bytes()
    _, _, body = raw.partition(b"\n\n")
    size, _, rows = body.partition(b"\n")
    height, width = int(size.split()[1]), int(size.split()[3])
    rgbe, at = np.zeros((height, 4, width), np.uint8), 0
    for row in rgbe:
        at += 4  # every row begins with 2, 2 and its width
        for channel in row:
            x = 0
            while x < width:
                count = rows[at]
                repeated = count > 128
                count = count - 128 if repeated else count
                values = rows[at + 1 : at + (2 if repeated else 1 + count)]
                channel[x : x + count] = np.frombuffer(values, np.uint8)
                x, at = x + count, at + 1 + len(values)
    light = rgbe[:, :3].astype(np.float64) * np.exp2(rgbe[:, 3:].astype(np.float64) - 136)
    light = light.transpose(0, 2, 1)
    polar, around = (np.arange(height) + 0.5) / height * np.pi, (np.arange(width) + 0.5) / width * 2 * np.pi + turn
    toward = np.stack(np.broadcast_arrays(
        np.sin(polar)[:, None] * np.sin(around), np.cos(polar)[:, None], -np.sin(polar)[:, None] * np.cos(around)
    ), -1)  # fmt: skip
    light = light * (np.sin(polar) * np.pi / height * 2 * np.pi / width)[:, None, None] / np.pi
    # Cells of a tenth of the height, each a lamp where its light comes from on average.
    cells = (10, height // 10, 20, width // 20)
    kept = np.s_[: cells[0] * cells[1], : cells[2] * cells[3]]
    light, toward = light[kept].reshape(*cells, 3), toward[kept].reshape(*cells, 3)
    middle = (toward * light.mean(-1, keepdims=True)).sum((1, 3)).reshape(-1, 3)
    return lamps(middle, light.sum((1, 3)).reshape(-1, 3))


def outdoors(sun: float, sky: float, data: Path) -> Lamps:
    """A warm sun over one shoulder, a blue dome over brown ground."""
    number = np.arange(_DOME)
    up = 1 - 2 * (number + 0.5) / _DOME
    around = np.pi * (3 - np.sqrt(5)) * number
    level = np.sqrt(1 - up**2)
    dome = np.stack([level * np.cos(around), up, level * np.sin(around)], -1)
    above = np.clip(up[:, None] * 3, 0, 1)
    light = sky * 4 / _DOME * (above * np.array([0.7, 0.85, 1.15]) + (1 - above) * np.array([0.3, 0.26, 0.22]))
    disc = np.array([0.5, 0.75, 0.6]) + 0.03 * np.random.default_rng(0).normal(size=(12, 3))
    warm = np.full((12, 3), sun / 12) * [1.1, 1, 0.85]
    return lamps(np.concatenate([dome, disc]), np.concatenate([light, warm]))


def even(data: Path) -> Lamps:
    """A white dome all around."""
    dome = outdoors(0, 1, data)
    return lamps(dome.toward[:_DOME], np.full((_DOME, 3), 4 / _DOME))


def lamps(toward: np.ndarray, radiance: np.ndarray) -> Lamps:
    unit = toward / np.maximum(np.linalg.norm(toward, axis=-1, keepdims=True), 1e-9)
    return Lamps(unit.astype(np.float32), radiance.astype(np.float32))


LIGHTS = {
    "sun": lambda data: outdoors(2.0, 0.5, data),
    "overcast": lambda data: outdoors(0.3, 1.0, data),
    "hall": hall,
    "even": even,
}


def lit(views: Views, mesh: Mesh, lamps: Lamps) -> np.ndarray:
    """Linear pictures of views (with normals and depth) under lamps: Lambert and GGX, shadows of the mesh."""
    assert views.normals is not None
    assert views.depth is not None
    material = views.metallic_roughness
    assert material is not None
    albedo = views.rgb if views.albedo is None else views.albedo
    hits = views.alpha > 0
    points, normals = unproject(views.cameras, views.depth)[hits], views.normals[hits]
    pose = views.cameras.world_to_camera
    eyes = -np.einsum("vji,vj->vi", pose[:, :3, :3], pose[:, :3, 3])[np.nonzero(hits)[0]]
    eye = eyes - points
    eye /= np.linalg.norm(eye, axis=-1, keepdims=True)
    inside = (normals * eye).sum(-1, keepdims=True) < 0
    normals = np.where(inside, -normals, normals).astype(np.float32)
    received = irradiance(points, normals, lamps.toward, lamps.radiance, mesh.vertices, mesh.faces)
    unshadowed = np.maximum(normals @ lamps.toward.T, 0) @ lamps.radiance
    present = received.sum(-1, keepdims=True) / np.maximum(unshadowed.sum(-1, keepdims=True), 1e-6)
    metallic, rough = (material[hits][:, k : k + 1] for k in (0, 1))
    base = linear_from_srgb(albedo[hits])
    f0 = 0.04 * (1 - metallic) + base * metallic
    gleam = mirrored(normals, eye, f0, np.maximum(rough, 0.2), lamps)
    out = np.zeros((*hits.shape, 3), np.float32)
    out[hits] = base * (1 - metallic) * received + gleam * present
    return out


def mirrored(normals: np.ndarray, eye: np.ndarray, f0: np.ndarray, rough: np.ndarray, lamps: Lamps) -> np.ndarray:
    """What a rough surface mirrors of the lamps, unshadowed (Walter et al. 2007, Schlick's 1994 Fresnel term)."""
    out = np.empty_like(f0)
    for start in range(0, len(normals), 4096):
        rows = slice(start, start + 4096)
        n_v = np.clip((normals[rows] * eye[rows]).sum(-1, keepdims=True), 1e-2, 1)
        n_l, v_l = np.maximum(normals[rows] @ lamps.toward.T, 0), eye[rows] @ lamps.toward.T
        v_h = np.sqrt(np.maximum(1 + v_l, 1e-6) / 2)  # of the vector halfway, as n_h
        n_h = np.clip((n_v + n_l) / (2 * v_h), 0, 1)
        a = rough[rows] ** 2
        k = a / 2
        density = a**2 / (n_h**2 * (a**2 - 1) + 1) ** 2  # times pi, which is divided out of the lamps' radiance
        share = density * n_l * 0.25 / ((n_v * (1 - k) + k) * (n_l * (1 - k) + k))
        grazing = share * (1 - v_h) ** 5
        out[rows] = f0[rows] * ((share - grazing) @ lamps.radiance) + grazing @ lamps.radiance
    return out


def fitted(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Linear colours times the one factor that brings them nearest to others."""
    return ours * ((ours * theirs).sum() / max(float((ours**2).sum()), 1e-12))


def decibels(ours: np.ndarray, theirs: np.ndarray) -> float:
    """PSNR of linear colours, sRGB-encoded and clipped."""
    return psnr(*(np.clip(srgb_from_linear(each), 0, 1) for each in (ours, theirs)))


def exposed(linear: np.ndarray, on: np.ndarray) -> tuple[np.ndarray, float]:
    """sRGB bytes of pictures whose brightest fiftieth begins at .85, and the factor that made them so."""
    gain = 0.85 / max(float(np.quantile(linear[on].max(-1), 0.98)), 1e-6)
    return (np.round(np.clip(srgb_from_linear(linear * gain), 0, 1) * 255) / 255).astype(np.float32), gain


def rig(count: int, pixels: int) -> Cameras:
    elevations = np.tile([8.0, 45.0, 20.0, -15.0], count)[:count]
    return orbit(np.arange(count) * 360 / count, elevations, pixels, frame=1.6)


def made(name: str, data: Path) -> Asset:
    asset = load(data / OBJECTS[name])
    material = asset.material
    if name in MATERIALS:
        metallic, roughness = MATERIALS[name]
        material = replace(material, metallic_roughness=None, metallic=metallic, roughness=roughness)
    return replace(asset, mesh=normalized(asset.mesh), material=material)


def judged(
    found: Views, true: Views, mesh: Mesh, other: Lamps, there: np.ndarray, gain: float
) -> tuple[float, float, float, float, float]:
    """Decibels of albedo, scaled and not, and relit; mean errors of metallic and roughness."""
    assert true.metallic_roughness is not None
    on = true.alpha > 0
    base = linear_from_srgb(true.rgb[on])
    own = linear_from_srgb((found.rgb if found.albedo is None else found.albedo)[on])
    material = found.metallic_roughness
    if material is None:
        material = np.tile(np.array([0, 0.8], np.float32), (*on.shape, 1))
    scaled = fitted(own, base)
    colors = np.zeros_like(true.rgb)
    colors[on] = np.clip(srgb_from_linear(np.clip(scaled, 0, 1)), 0, 1)
    relit = lit(replace(true, rgb=colors, albedo=None, metallic_roughness=material), mesh, other)[on] * gain
    metallic, roughness = np.abs(material - true.metallic_roughness)[on].mean(0)
    likeness = psnr(np.clip(srgb_from_linear(relit), 0, 1), there[on])
    return decibels(scaled, base), decibels(own, base), likeness, float(metallic), float(roughness)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--objects", nargs="+", choices=OBJECTS, default=list(OBJECTS))
    parser.add_argument("--lights", nargs="+", choices=LIGHTS, default=list(LIGHTS))
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--hull", action="store_true")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()

    rows = []
    print(f"{'':22}{'albedo, dB':>28}{'relit, dB':>16}{'roughness':>14}{'metallic':>14}{'seconds':>9}")
    for light in options.lights:
        scores = []
        for name in options.objects:
            asset = made(name, options.data)
            true = render_views(asset, rig(options.views, options.pixels), 1)
            pictures, _ = exposed(lit(true, asset.mesh, LIGHTS[light](options.data)), true.alpha > 0)
            given = Views(true.cameras, pictures, true.alpha)
            mesh = VisualHull()(given) if options.hull else asset.mesh
            start = time.process_time()
            found = Delight()(mesh, given)
            seconds = time.process_time() - start

            other = hall(options.data, 2.0) if light != "hall" else LIGHTS["sun"](options.data)
            there, gain = exposed(lit(true, asset.mesh, other), true.alpha > 0)
            before, after = (judged(each, true, asset.mesh, other, there, gain) for each in (given, found))
            scores.append([*before[:3], *after[:3]])
            (a, b, c, m, r), (d, e, f, n, s) = before, after
            left = "-" if found.albedo is None else " "
            print(
                f"{light:9}{name:13}{a:7.1f} {d:5.1f} ({b:4.1f} {e:4.1f}) {left}"
                f"{c:9.1f} {f:5.1f}{r:9.2f} {s:.2f}{m:9.2f} {n:.2f}{seconds:9.1f}",
                flush=True,
            )
            ground = true.alpha[0, ..., None]
            shown = (given.rgb[0], (found.rgb if found.albedo is None else found.albedo)[0], true.rgb[0])
            rows.append(np.concatenate([each * ground + 0.5 * (1 - ground) for each in shown], 1))
        a, b, c, d, e, f = np.mean(scores, 0)
        print(f"{light:9}{'mean':13}{a:7.1f} {d:5.1f} ({b:4.1f} {e:4.1f}){c:12.1f} {f:5.1f}")
    if options.sheet:
        save_png(options.sheet, np.concatenate(rows).astype(np.float32))


if __name__ == "__main__":
    main()
