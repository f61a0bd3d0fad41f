"""The chains: every stage in order, one line a stage. The file to read first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from maquette.artifacts import Asset, Image, Mesh, Views
from maquette.pipeline._receipt import with_receipt
from maquette.pipeline.run import Run


def _default(module: str, name: str) -> Callable[[], Any]:
    def make() -> Any:
        import importlib

        return getattr(importlib.import_module(module), name)()

    return make


@dataclass(frozen=True)
class Options:
    """Which method runs at each stage, with its own options, and the finished size."""

    multiview: Callable[[str | Image], Views] = field(default_factory=_default("maquette.multiview", "Mini"))
    """Sentence or picture to views. Its seed is the asset's seed."""
    reconstruction: Callable[[Views], Mesh] = field(
        default_factory=_default("maquette.reconstruction", "PlaneFusion")
    )
    """Views to a watertight mesh with many faces."""
    repair: Callable[[Mesh], Mesh] = field(default_factory=_default("maquette.meshing", "Repair"))
    """A given mesh to a watertight one."""
    topology: Callable[[Mesh], Mesh] = field(default_factory=_default("maquette.meshing", "Decimate"))
    """Many faces to the face budget."""
    texture: Callable[[Mesh, Views], Asset] = field(default_factory=_default("maquette.texturing", "BakeViews"))
    """UVs, and what the views show baked into maps."""
    height_meters: float = 1.0
    """The exported height."""


def text_to_asset(prompt: str, options: Options | None = None, run: Run | None = None) -> Asset:
    """A sentence to a finished asset."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    views = run(options.multiview, prompt)
    dense = run(options.reconstruction, views)
    mesh = run(options.topology, dense)
    asset = run(options.texture, mesh, views)
    return with_receipt(asset, prompt, options.height_meters, run.steps[first:])


def image_to_asset(image: Image, options: Options | None = None, run: Run | None = None) -> Asset:
    """A picture of one object to a finished asset."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    views = run(options.multiview, image)
    dense = run(options.reconstruction, views)
    mesh = run(options.topology, dense)
    asset = run(options.texture, mesh, views)
    return with_receipt(asset, image, options.height_meters, run.steps[first:])


def mesh_to_asset(source: Asset, options: Options | None = None, run: Run | None = None) -> Asset:
    """Any mesh, with its materials, to a closed one in the face budget with new UVs and its look baked in."""
    from maquette.formats import normalized
    from maquette.texturing.render import render_views

    options, run = options or Options(), run or Run()
    first = len(run.steps)
    source = replace(source, mesh=normalized(source.mesh))
    closed = run(options.repair, source.mesh)
    mesh = run(options.topology, closed)
    views = render_views(source, _rig())
    asset = run(options.texture, mesh, views)
    return with_receipt(asset, source, options.height_meters, run.steps[first:])


def _rig() -> Any:
    from maquette.cameras import axis_aligned

    return axis_aligned(512)
