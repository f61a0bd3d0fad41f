"""Views brought to agree where they overlap, point by point: steps between them become smooth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import cg

from maquette.artifacts import Mesh, Views
from maquette.ops import corner_normals, decimate, fill_nearest, interpolate, rasterize, sample_bilinear
from maquette.ops.paint import prepare, trust
from maquette.texturing._sample import only, project

_STIFF = 0.3
"""How heavy a change of a correction along an edge is beside a disagreement of views at a vertex."""
_SHARPNESS = 2.0
"""Power of the cosine by which views are heard about a vertex: lower than where they are mixed, to hear more."""
_ANCHOR = 1e-3
"""The same of the correction itself, so that what nothing contradicts keeps its colour."""
_USUAL = 0.1
"""Difference of colours as light and gloss have it; what differs more counts less."""
_ROUNDS = 3
_FACES = 12_000
"""Faces of the mesh that corrections are found on: they are smooth, and time is bounded."""


def joined(mesh: Mesh, views: Views, sharpness: float) -> Views:
    """The views with smooth corrections added, so that at each vertex those that see it come to one colour.

    Global seam levelling (Ivanov and Lempitsky 2007, "Seamless mosaicing of image-based texture maps"; Waechter et
    al. 2014, "Let there be color!", section 4.1), for views that are mixed rather than cut: a correction at every
    vertex for each view, by least squares of the disagreement of those that see it and of the corrections' change
    along edges, robust, by conjugate gradients. The mean of what is seen stays.
    """
    mesh = _coarse(mesh)
    normals = _vertex_normals(mesh)
    pictures = prepare(mesh.vertices, mesh.faces, views.cameras, views.rgb, views.alpha)
    weights = trust(pictures, mesh.vertices, normals, _SHARPNESS).astype(np.float64)
    weights[weights < 1e-3] = 0
    seen = weights > 0
    colors = np.stack(
        [
            sample_bilinear(views.rgb[view], project(views.cameras, view, mesh.vertices)[0]).astype(np.float64)
            for view in range(len(weights))
        ]
    )
    change = corrections(colors, weights, seen, mesh.faces)
    shown = trust(pictures, mesh.vertices, normals, sharpness).astype(np.float64)
    change -= (shown[..., None] * change).sum((0, 1)) / max(float(shown.sum()), 1e-12)  # the mean of all stays
    rgb = views.rgb.copy()
    for view in range(len(rgb)):
        raster = rasterize(mesh.vertices, mesh.faces, only(views.cameras, view))
        image = interpolate(raster, change[view].astype(np.float32)[mesh.faces])[0]
        # Pictures may show more than the mesh, and outlines are between the two.
        rgb[view] += fill_nearest(image, raster.face[0] >= 0, in_place=True)
    return replace(views, rgb=np.clip(rgb, 0, 1) * (views.alpha > 0)[..., None])


def corrections(
    colors: Float64[np.ndarray, "views vertices 3"],
    weights: Float64[np.ndarray, "views vertices"],
    seen: Bool[np.ndarray, "views vertices"],
    faces: np.ndarray,
) -> Float64[np.ndarray, "views vertices 3"]:
    """What is added to each view's colours at the vertices; where a view does not see, what it comes to beside."""
    views, vertices = seen.shape
    edges = np.unique(np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1), axis=0)
    start = (np.arange(views)[:, None] * vertices + edges[None, :, 0]).reshape(-1)
    end = (np.arange(views)[:, None] * vertices + edges[None, :, 1]).reshape(-1)
    size = views * vertices
    smooth = coo_matrix((np.ones(len(start)), (start, end)), (size, size))
    smooth = smooth + smooth.T
    smooth = diags(np.asarray(smooth.sum(1)).reshape(-1)) - smooth

    out = np.zeros_like(colors)
    robust = weights
    for _ in range(_ROUNDS):
        total = np.maximum(robust.sum(0), 1e-12)
        a, b, at = [], [], []
        for one in range(views):
            for other in range(views):
                both = np.flatnonzero(seen[one] & seen[other])
                a.append(one * vertices + both)
                b.append(other * vertices + both)
                at.append(robust[one, both] * ((one == other) - robust[other, both] / total[both]))
        data = coo_matrix((np.concatenate(at), (np.concatenate(a), np.concatenate(b))), (size, size))
        system = (data + _STIFF * smooth + diags(np.full(size, _ANCHOR))).tocsr()
        scale = diags(1 / system.diagonal())
        mean = (robust[..., None] * colors).sum(0) / total[:, None]
        side = (robust[..., None] * (mean - colors)).reshape(size, 3)
        for channel in range(3):
            out[..., channel] = cg(
                system, side[:, channel], x0=out[..., channel].reshape(-1), rtol=1e-3, maxiter=100, M=scale
            )[0].reshape(views, vertices)
        now = colors + out
        off = np.linalg.norm(now - (robust[..., None] * now).sum(0) / total[:, None], axis=-1)
        robust = weights / (1 + (off / _USUAL) ** 2)
    return out


def _coarse(mesh: Mesh) -> Mesh:
    """The mesh with no more faces than corrections need, where it can be decimated."""
    if len(mesh.faces) <= _FACES:
        return mesh
    try:
        return Mesh(*decimate(mesh.vertices, mesh.faces, _FACES))
    except ValueError:  # more than two faces at an edge: slower, and right
        return mesh


def _vertex_normals(mesh: Mesh) -> Float32[np.ndarray, "vertices 3"]:
    out = np.zeros((len(mesh.vertices), 3), np.float32)
    out[mesh.faces] = corner_normals(mesh.vertices, mesh.faces, 180.0)
    return out
