"""Pairs for the upscaler on disk: what a generator would draw of an object and the mesh that would be made of it,
beside the object itself.

One file an object, NAME.npz, holds for each view v of the six axis-aligned ones, all uint8:
    look-v    [256, 256, 5]     base colour, metallic, roughness of the object
    true-v    [256, 256, 6]     its alpha, normal in the view's axes, nearness in two bytes
    mesh-v    [256, 256, 6]     the same of the mesh that our reconstruction made from coarse views
    drawn-v   [2, 64, 64, 11]   both of the above, coarse, as our generator draws them; then with noise evened out

Half of the meshes are made from true coarse views and half from drawn ones.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from maquette.artifacts import Mesh, Views
from maquette.cameras import DISTANCE, FRAME, axis_aligned
from maquette.errors import InputError
from maquette.formats import load, normalized
from maquette.meshing import Decimate
from maquette.multiview import mini
from maquette.multiview._network import patchify, unpatchify
from maquette.multiview._planes import planes_from_views, views_from_planes
from maquette.multiview._sampler import settle
from maquette.reconstruction import PlaneFusion
from maquette.texturing import render
from maquette.texturing._clean import evened
from maquette.texturing.upscale import colors_of, guides, seen
from maquette.training.captions import caption, facts
from maquette.training.corpus import Entry
from maquette.training.props import CATEGORIES, Draw, sample
from maquette.training.render import assemble, render_views

FINE, COARSE = 256, 64
EVENNESS = 12.0
UNIT = FRAME / COARSE
"""World units of a coarse pixel, in which nearness is counted."""


def build(
    folder: Path,
    count: int,
    models: list[Path],
    seed: int = 0,
    report: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Make pairs of `count` procedural props and of some model files, keeping those that are already there.

    What cannot be shown or reconstructed is left out, with an empty file in its place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs: list[tuple[str, Path | int]] = [(f"prop-{seed}-{number:05d}", number) for number in range(count)]
    jobs += [(f"model-{path.stem}", path) for path in models]
    for done, (name, source) in enumerate(jobs):
        report(done, len(jobs))
        place = folder / f"{name}.npz"
        if place.exists():
            continue
        digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        rng = np.random.default_rng([seed, digest])
        partial = place.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            try:
                np.savez_compressed(file, **pair(*_object(source, rng), rng))
            except InputError:
                file.truncate(0)
        partial.replace(place)
    report(len(jobs), len(jobs))


def _object(source: Path | int, rng: np.random.Generator) -> tuple[Views, str]:
    """An object's fine views, and a sentence about it where we have one."""
    if isinstance(source, Path):
        return true_views(source), ""
    kinds = list(CATEGORIES.values())
    prop = sample(kinds[source % len(kinds)], rng)
    return render_views(assemble(prop), FINE), caption(facts(prop), Draw(rng))


def true_views(path: Path) -> Views:
    """Fine views of a model file.

    Raises:
        InputError: It is no mesh that we can read.
    """
    asset = load(path)
    asset = type(asset)(normalized(asset.mesh), asset.uv, asset.normals, asset.material)
    return render.render_views(asset, axis_aligned(FINE))


def worth_pairing(entries: Sequence[Entry], count: int, seed: int = 0) -> list[Path]:
    """Models to learn from out of a corpus: as many of each pack as of any other, more of those with textures."""
    usable = [entry for entry in entries if entry.painted and not entry.hidden]
    rng = np.random.default_rng(seed)
    ranks: Counter[tuple[str, bool]] = Counter()
    order = []
    for index in rng.permutation(len(usable)):
        group = usable[index].pack, usable[index].textured
        order.append((ranks[group] // 8 if usable[index].textured else ranks[group], int(index)))
        ranks[group] += 1
    return [usable[index].path for _, index in sorted(order)[:count]]


def pair(views: Views, sentence: str, rng: np.random.Generator) -> dict[str, Any]:
    """The arrays of one object's file.

    Raises:
        InputError: The views show nothing that a mesh could be made of.
    """
    coarse = coarsened(views)
    drawn = redrawn(coarse, sentence, rng)
    mesh = made_mesh(drawn if rng.random() < 0.5 else coarse)
    fine = views.cameras
    true, made = encode(_guides(views)), encode(guides(fine, *seen(mesh, fine), UNIT))
    look = np.round(colors_of(views) * 255).astype(np.uint8)
    generated = np.stack(
        [
            np.concatenate([np.round(colors_of(each) * 255).astype(np.uint8), encode(_guides(each))], -1)
            for each in (drawn, evened(drawn, EVENNESS))
        ]
    )
    arrays = {}
    for view in range(len(fine)):
        arrays |= {f"look-{view}": look[view], f"true-{view}": true[view], f"mesh-{view}": made[view]}
        arrays[f"drawn-{view}"] = generated[:, view]
    return arrays


def coarsened(views: Views, factor: int = FINE // COARSE) -> Views:
    """Views of fewer pixels, each the mean of what it covers."""
    assert views.normals is not None
    assert views.depth is not None
    weight = views.alpha[..., None]
    values = np.concatenate([colors_of(views), views.normals, views.depth[..., None]], -1) * weight
    alpha, values = boxed(weight, factor)[..., 0], boxed(values, factor)
    values = values / np.maximum(alpha, 1e-6)[..., None]
    normals = values[..., 5:8]
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    color = np.ascontiguousarray(values[..., :3])
    return Views(
        axis_aligned(views.cameras.width // factor),
        color,
        alpha,
        (normals / np.maximum(length, 1e-6)).astype(np.float32),
        np.ascontiguousarray(values[..., 8]),
        color,
        np.ascontiguousarray(values[..., 3:5]),
    )


def boxed(images: np.ndarray, factor: int) -> np.ndarray:
    """Means [..., h, w, c] over squares of [..., factor h, factor w, c]."""
    *rest, height, width, channels = images.shape
    shape = (*rest, height // factor, factor, width // factor, factor, channels)
    return images.reshape(shape).mean((-4, -2), dtype=np.float32)


def redrawn(views: Views, sentence: str, rng: np.random.Generator) -> Views:
    """True coarse views with our generator's own faults: noise is added to them, and the model clears it away."""
    import torch

    network, vocabulary = mini.load(mini.BUNDLED)
    words = torch.tensor(vocabulary.encode([sentence]))
    clean = patchify(torch.from_numpy(planes_from_views(views))[None])
    fresh = [torch.from_numpy(rng.standard_normal(clean.shape, np.float32)) for _ in range(2)]
    time = float(rng.uniform(0.3, 0.7) if sentence else rng.uniform(0.5, 0.8))
    with torch.inference_mode():
        planes = unpatchify(settle(lambda x, t: network(x, t, words), clean, time, fresh))
    return views_from_planes(planes[0].numpy())


def made_mesh(views: Views) -> Mesh:
    """The mesh that the chain makes of views."""
    return Decimate()(PlaneFusion()(views))


def _guides(views: Views) -> Float32[np.ndarray, "views height width 5"]:
    assert views.normals is not None
    assert views.depth is not None
    return guides(views.cameras, views.alpha, views.normals, views.depth, UNIT)


_NEAREST = -(DISTANCE - 1) / UNIT
_DEEP = 2 / UNIT


def encode(guide: Float32[np.ndarray, "*shape 5"]) -> UInt8[np.ndarray, "*shape 6"]:
    """Guides to bytes: alpha, the normal, nearness in two bytes; all zero where alpha is zero."""
    covered = guide[..., :1] > 0
    depth = np.clip((_NEAREST - guide[..., 4:]) / _DEEP, 0, 1) * 65535
    depth = np.round(depth).astype(np.uint16)
    values = [guide[..., :1] * 255, guide[..., 1:4] * 127 + 128, depth >> 8, depth & 255]
    return (np.round(np.concatenate(values, -1)) * covered).astype(np.uint8)


def decode(codes: UInt8[np.ndarray, "*shape 6"]) -> Float32[np.ndarray, "*shape 5"]:
    """Bytes of encode back to guides."""
    covered = codes[..., :1] > 0
    normal = (codes[..., 1:4].astype(np.float32) - 128) / 127
    depth = (codes[..., 4:5].astype(np.float32) * 256 + codes[..., 5:]) / np.float32(65535)
    near = _NEAREST - depth * _DEEP
    return np.concatenate([codes[..., :1] / np.float32(255), normal * covered, near * covered], -1).astype(
        np.float32
    )


@dataclass(frozen=True)
class View:
    """One view of one object, decoded."""

    look: Float32[np.ndarray, "256 256 5"]
    true: Float32[np.ndarray, "256 256 5"]
    mesh: Float32[np.ndarray, "256 256 5"]
    drawn: Float32[np.ndarray, "2 64 64 10"]
    """Colours and guides: as drawn, and evened out."""


@dataclass(frozen=True)
class Pairs:
    """The pairs of a folder, read as they are asked for."""

    files: tuple[Path, ...]

    @staticmethod
    def open(folder: Path) -> Pairs:
        """All pairs of a folder.

        Raises:
            FileNotFoundError: There are none.
        """
        files = tuple(path for path in sorted(folder.glob("*.npz")) if path.stat().st_size)
        if not files:
            raise FileNotFoundError(f"no pairs in {folder}; make them with `maquette data pairs {folder}`")
        return Pairs(files)

    def __len__(self) -> int:
        return len(self.files)

    def view(self, index: int, view: int) -> View:
        with np.load(self.files[index], allow_pickle=False) as arrays:
            look, true, mesh, drawn = (arrays[f"{name}-{view}"] for name in ("look", "true", "mesh", "drawn"))
        colors = drawn[..., :5] / np.float32(255)
        return View(
            look / np.float32(255),
            decode(true),
            decode(mesh),
            np.concatenate([colors, decode(drawn[..., 5:])], -1).astype(np.float32),
        )
