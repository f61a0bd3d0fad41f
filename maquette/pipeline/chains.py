"""The chains: every stage in order, one line a stage. The file to read first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from maquette.artifacts import Asset, Image, Mesh, Views
from maquette.formats import normalized
from maquette.formats.photographs import Photographs
from maquette.meshing import Decimate, Examined, Repair, is_closed_manifold
from maquette.multiview import CutOut, Mini
from maquette.pipeline._doubts import note_cut, note_light, note_picture, note_repair
from maquette.pipeline._receipt import with_receipt
from maquette.pipeline.run import Run
from maquette.reconstruction import FindMasks, PlaneFusion, Splats
from maquette.reconstruction.place import centred
from maquette.reconstruction.poses import check_poses
from maquette.texturing import BakeMesh, BakeRelief, BakeViews, FindCamera, ProjectPicture, Upscale


@dataclass(frozen=True)
class Options:
    """Which method runs at each stage, with its own options, and the finished size."""

    cutout: Callable[[Image], Image] = field(default_factory=CutOut)
    """A picture to the object in it, with its alpha."""
    multiview: Callable[..., Views] = field(default_factory=Mini)
    """Sentence or picture, and views to be like where there are any, to views; its seed is the asset's seed."""
    reconstruction: Callable[[Views], Mesh] = field(default_factory=partial(PlaneFusion, noise_factor=3.0))
    """Views drawn for a sentence to a watertight mesh with many faces. Samples are off by whole patches."""
    picture_reconstruction: Callable[[Views], Mesh] = field(default_factory=partial(PlaneFusion, noise_factor=2.0))
    """The same for views drawn for a picture: means of what it may show, smooth and thicker than the thing."""
    masks: Callable[[Views], Views] = field(default_factory=FindMasks)
    """Photographs without masks to the same with alpha: what they all look at."""
    photographs: Callable[[Views], Mesh] = field(default_factory=Splats)
    """Photographs of an object in the unit box to a watertight mesh with many faces."""
    repair: Repair = field(default_factory=Repair)
    """A given mesh, however broken, to a manifold one; `Repair(solid=True)` to a closed one."""
    topology: Callable[[Mesh], Mesh] = field(default_factory=Decimate)
    """Many faces to the face budget."""
    upscale: Callable[[Views, Mesh], Views] | None = field(default_factory=Upscale)
    """Coarse views and the mesh made of them to finer views; None bakes the coarse ones."""
    texture: Callable[[Mesh, Views], Asset] = field(default_factory=BakeViews)
    """UVs, and what the views show baked into maps."""
    source_texture: Callable[[Mesh, Asset], Asset] = field(default_factory=BakeMesh)
    """UVs, and a given mesh's own materials and relief baked into maps."""
    photographs_texture: Callable[[Mesh, Views], Asset] = field(
        default_factory=partial(BakeViews, evenness=0.0, level=True, join=True)
    )
    """The same for photographs, whose every pixel is meant, but for exposure and white balance."""
    delight: Callable[[Mesh, Views], Views] | None = None
    """The light that photographs show taken out of their colours; None leaves it in."""
    relief: Callable[[Asset, Mesh], Asset] | None = field(default_factory=BakeRelief)
    """What photographs show and the face budget lost, as a normal map and occlusion; None bakes neither."""
    camera: Callable[[Asset, Image], Views] = field(default_factory=FindCamera)
    """From where a picture shows the textured surface."""
    projection: Callable[[Asset, Views], Asset] = field(default_factory=ProjectPicture)
    """The picture's own pixels onto what they show."""
    lods: Callable[[Asset], Asset] | None = None
    """An asset to the same with coarser levels; None makes none."""
    collision: Callable[[Asset], tuple[Mesh, ...]] | None = None
    """An asset to the convex hulls that stand in for it; None makes none."""
    height_meters: float | None = None
    """The exported height; None for a given mesh's own, and 1 for everything else."""


def text_to_asset(
    prompt: str, options: Options | None = None, run: Run | None = None, like: Views | None = None
) -> Asset:
    """A sentence to a finished asset, in the style of the views to be like."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    views = run(options.multiview, prompt, *([] if like is None else [like]))
    dense = run(options.reconstruction, views)
    mesh = run(options.topology, dense)
    views = run(options.upscale, views, mesh) if options.upscale else views
    asset = run(options.texture, mesh, views)
    asset = with_stand_ins(asset, options, run)
    return with_receipt(asset, prompt, options.height_meters or 1.0, run.steps[first:], like)


def image_to_asset(
    image: Image, options: Options | None = None, run: Run | None = None, like: Views | None = None
) -> Asset:
    """A picture of one object to a finished asset, in the style of the views to be like."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    cut = run(options.cutout, image)
    note_cut(image, cut)
    views = run(options.multiview, cut, *([] if like is None else [like]))
    dense = run(options.picture_reconstruction, views)
    mesh = run(options.topology, dense)
    views = run(options.upscale, views, mesh) if options.upscale else views
    baked = run(options.texture, mesh, views)
    posed = run(options.camera, baked, cut)
    asset = run(options.projection, baked, posed)
    note_picture(options.projection, baked, posed)
    asset = with_stand_ins(asset, options, run)
    return with_receipt(asset, image, options.height_meters or 1.0, run.steps[first:], like)


def photographs_to_asset(
    photographs: Photographs, options: Options | None = None, run: Run | None = None
) -> Asset:
    """Posed photographs of one object to a finished asset."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    check_poses(photographs)
    if not photographs.masked:
        photographs = photographs.cut(run(options.masks, centred(photographs).views).alpha)
    views = centred(photographs).views
    dense = run(options.photographs, views)
    mesh = run(options.topology, dense)
    if options.delight:
        views = run(options.delight, dense, views)
        note_light(views)
    asset = run(options.photographs_texture, mesh, views)
    asset = run(options.relief, asset, dense) if options.relief else asset
    asset = with_stand_ins(asset, options, run)
    return with_receipt(asset, photographs, options.height_meters or 1.0, run.steps[first:])


def mesh_to_asset(source: Asset, options: Options | None = None, run: Run | None = None) -> Asset:
    """Any mesh, with its materials, to a manifold one in the face budget with new UVs and its look baked in."""
    options, run = options or Options(), run or Run()
    first = len(run.steps)
    source = replace(source, mesh=normalized(source.mesh), receipt={}, lods=(), collision=())
    repaired, findings = run(Examined(options.repair), source.mesh)
    note_repair(findings)
    mesh = run(options.topology, repaired)
    asset = run(options.source_texture, mesh, source)
    # What is open can be seen from behind.
    two_sided = source.material.double_sided or not is_closed_manifold(mesh.vertices, mesh.faces)
    material = replace(asset.material, double_sided=two_sided)
    asset = replace(asset, material=material, receipt={**asset.receipt, "repair": dict(findings)})
    asset = with_stand_ins(asset, options, run)
    height = options.height_meters or source.height_meters
    return with_receipt(asset, source, height, run.steps[first:])


def with_stand_ins(asset: Asset, options: Options, run: Run) -> Asset:
    """The asset with the levels of detail and the hulls that are asked for."""
    asset = run(options.lods, asset) if options.lods else asset
    return replace(asset, collision=run(options.collision, asset)) if options.collision else asset
