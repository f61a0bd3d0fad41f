"""Operators on arrays as users have them: others' types, whole numbers for lengths, and what does not fit.

All of it runs without the suite's own checks of types, in processes of their own: unchecked, a kernel would read
what is not there.
"""

import os
import subprocess
import sys

import pytest

SETTING = """
from dataclasses import replace

import numpy as np
import trimesh

from maquette.cameras import axis_aligned
from maquette.ops import *
from maquette.ops import paint, trace
from maquette.ops.order import order_faces
from maquette.ops.remesh import remesh
from maquette.ops.sample import mipmaps, sample_mipmaps
from maquette.ops.srgb import decode_srgb, encode_srgb

ball = trimesh.creation.icosphere(3)
vertices, faces = np.array(ball.vertices), np.array(ball.faces)  # double precision, 64 bits
v, f = vertices.astype(np.float32), faces.astype(np.int32)
cameras = axis_aligned(16)
"""

AS_USERS_HAVE_THEM = """
image = np.random.default_rng(0).random((9, 7, 3))
operators = {
    "decimate": lambda v, f: decimate(v, f, 100),
    "decimate_levels": lambda v, f: [level for level, _ in decimate_levels(v, f, None, v, [500, 100], 1.0)],
    "flat_charts": flat_charts,
    "pack_charts": lambda v, f: [pack_charts(v[:, :2], f[:1], np.zeros(1, f.dtype), 64, 2)],
    "corner_normals": lambda v, f: [corner_normals(v, f)],
    "smooth": lambda v, f: [smooth(v, f)],
    "tangents": lambda v, f: [tangents(v, f, v, v[:, :2])],
    "remesh": lambda v, f: remesh(v, f, np.full(len(v), 0.3, v.dtype), v),
    "order_faces": lambda v, f: [order_faces(f, len(v))],
    "nearest_point": lambda v, f: [trace.nearest_point(trace.grow(v, f), 2 * v, v).distance],
    "open_share": lambda v, f: [
        trace.open_share(trace.grow(v, f), v, v, v, trace.cosine_samples(4, 2).astype(v.dtype), f[: len(v), 0] % 2)
    ],
    "rasterize": lambda v, f: [rasterize(v, f, cameras).face],
    "interpolate_at": lambda v, f: [interpolate_at(f[:, 0], v[f[:, 0], :2], v[f])],
    "sample_bilinear": lambda v, f: [sample_bilinear(image.astype(v.dtype), 3 * v[:, :2] + 4)],
    "irradiance": lambda v, f: [irradiance(v, v, v[:5], v[:5], v / 2, f)],
    "visible_vertices": lambda v, f: [visible_vertices(v, f, cameras)],
    "outline_distance": lambda v, f: [outline_distance(image.astype(v.dtype), 3.0)],
    "contour": lambda v, f: contour((np.linalg.norm(np.indices((9, 9, 9)) - 4, axis=0) - 3).astype(v.dtype)),
    "srgb": lambda v, f: [encode_srgb(image.astype(v.dtype)), decode_srgb(image.astype(v.dtype))],
}
for name, operator in operators.items():
    for wide, plain in zip(operator(vertices, faces), operator(v, f), strict=True):
        assert np.allclose(wide, plain, atol=1e-5), name  # single precision, of numbers about 1

whole = np.full((4, 4, 3), 255, np.uint8)
assert (sample_bilinear(whole, np.full((5, 2), 3)) == 255).all()
field = (np.linalg.norm(np.indices((9, 9, 9)) - 4, axis=0) - 3).astype(np.float32)
assert np.array_equal(contour(field, regularization=1)[0], contour(field, regularization=1.0)[0])
assert np.array_equal(outline_distance(image, 3), outline_distance(image, 3.0))
assert len(decimate(v, f, 100.0)[1]) == 100
assert np.array_equal(smooth(v, f, 5.0, 5.0), smooth(v, f, 5, 5))
assert np.array_equal(decimate(v, f, 100, 1)[0], decimate(v, f, 100, 1.0)[0])

# Faces that name a vertex twice are no surface.
twice = np.stack([np.arange(400), np.arange(400), np.arange(1, 401)], 1) % len(v)
assert all(map(np.array_equal, decimate(v, np.concatenate([f, twice]), 100), decimate(v, f, 100)))
assert pack_charts(np.zeros((0, 2)), f[:0], f[:0, 0], 64, 2).shape == (0, 2)
assert np.isfinite(pack_charts(v[:3, :2], np.array([[0, 1, 2]]), np.zeros(1, int), 8, 10_000)).all()
"""

REFUSED = {
    "a face beyond the vertices": ("smooth(v, f + len(v))", "vertices outside 0..641"),
    "pairs for faces": ("rasterize(v, f[:, :2], cameras)", "faces of shape"),
    "faces of no whole numbers": ("corner_normals(v, f.astype(float))", "whole numbers"),
    "flat vertices": ("corner_normals(v[:, :1], f)", "vertices of shape"),
    "flat coordinates": ("tangents(v, f, v, v[:, :1])", "uv of shape"),
    "too few normals": ("tangents(v, f, v[1:], v[:, :2])", "normals of shape"),
    "too few lengths": ("remesh(v, f, np.ones(5, np.float32))", "lengths of shape"),
    "vertices that are nowhere": ("decimate(v * np.nan, f, 100)", "finite"),
    "vertices too large": ("decimate(vertices * 1e300, f, 100)", "finite"),
    "charts below 0": ("pack_charts(v[:3, :2], f[:1] * 0, np.full(1, -3), 64, 2)", "charts outside"),
    "charts without faces": ("pack_charts(v[:, :2], f[:2], np.array([1, 1]), 64, 2)", "chart without faces"),
    "charts nowhere": ("pack_charts(v[:, :2] * np.nan, f[:1], np.zeros(1, int), 64, 2)", "finite"),
    "an atlas without texels": ("pack_charts(v[:, :2], f[:1], np.zeros(1, int), 0, 2)", "0 texels"),
    "an empty image": ("sample_bilinear(np.zeros((0, 4, 3), np.float32), v[:, :2], True)", "pixel at least"),
    "what is known elsewhere": ("fill_nearest(np.zeros((90, 90, 3), np.float32), np.ones((2, 2), bool))", "known"),
    "planes of other cameras": (
        "fuse(cameras, np.zeros((6, 16, 16)), np.zeros((60, 16, 16, 5)), (0.0, 0.0, 0.0), 0.1, 8, 0.1)",
        "planes of shape",
    ),
    "outlines of other cameras": (
        "fuse(cameras, np.zeros((2, 8, 8)), np.zeros((6, 16, 16, 5)), (0.0, 0.0, 0.0), 0.1, 8, 0.1)",
        "outlines of",
    ),
    "faces that a raster cannot show": (
        "resolve(Raster(np.full((1, 8, 8), 9), np.zeros((1, 8, 8, 2)), np.ones((1, 8, 8))), v[f[:2]], 2)",
        "faces outside 0..1",
    ),
    "too few weights": ("interpolate_at(f[:, 0], v[:, :2], v[f])", "weights of shape"),
    "too few intrinsics": (
        "visibility(v, None, replace(cameras, intrinsics=cameras.intrinsics[:1]), np.ones((6, 16, 16)))",
        "intrinsics of shape",
    ),
    "sets of samples below 0": (
        "trace.open_share(trace.grow(v, f), v, v, v, trace.cosine_samples(4), np.full(len(v), -1))",
        "more sets of samples",
    ),
    "too few directions": ("trace.first_hit(trace.grow(v, f), v, v[:5])", "directions of shape"),
    "shadow maps of no pixels": ("irradiance(v, v, v[:1], v[:1], v, f, 4)", "8 at least"),
    "a mask without channels": ("soft.antialias(drawn, torch.ones(6, 16, 16))", "width, channels)"),
    "positions without w": ("soft.rasterize_projected(torch.ones(1, 642, 3), drawn.faces, 8, 8)", "vertices, 4"),
    "tensors of pairs for faces": (
        "soft.rasterize(torch.ones(9, 3), drawn.faces[:, :2] * 0, cameras)",
        "(faces, 3)",
    ),
    "coordinates of one number": ("soft.texture(torch.ones(8, 8, 3), torch.zeros(1, 9, 9, 1))", "columns, 2"),
    "coordinates of no picture": ("soft.texture(torch.ones(8, 8, 3), torch.zeros(6, 16, 2))", "columns, 2"),
    "no level": ("soft.texture(torch.ones(8, 8, 3), torch.zeros(1, 1, 1, 2), levels=0)", "levels is 0"),
    "no whole pixels": ("resolve(rasterize(v, f, cameras), v[f], 3)", "16 x 16 has no whole pixels of 3"),
    "pixels of no samples": ("resolve(rasterize(v, f, cameras), v[f], 0)", "no whole pixels of 0"),
    "levels that grow": ("decimate_levels(v, f, None, v, [100, 500], 1.0)", "[100, 500]; expected"),
    "levels of one size": ("decimate_levels(v, f, None, v, [500, 500], 1.0)", "that fall"),
    "a level of nothing": ("decimate_levels(v, f, None, v, [100, 0], 1.0)", "at least 1"),
    "a tree of what is too large": ("trace.grow(v * np.float32(1e16), f)", "beyond 1e15"),
    "a tree of what is nowhere": ("trace.grow(v * np.nan, f)", "not finite"),
    "far coordinates": ("sample_mipmaps(mipmaps(grey), np.full((5, 2), 2e6))", "5 texture coordinates"),
    "coordinates that are none": ("sample_mipmaps(mipmaps(grey), np.full((5, 2), np.nan))", "beyond a million"),
    "levels that are no numbers": ("sample_mipmaps(mipmaps(grey, 3), v[:5, :2], np.full(5, np.nan))", "5 texture"),
    "trust in points nowhere": ("paint.trust(pictures, v * np.nan, v, 2.0)", "expected as many, of numbers"),
    "trust in normals nowhere": ("paint.trust(pictures, v, v * np.inf, 2.0)", "of numbers"),
    "trust in too few normals": ("paint.trust(pictures, v, v[1:], 2.0)", "(642, 3) and normals (641, 3)"),
    "a grid turned inside out": ("contour(np.ones((3, 3, 3)), spacing=-1)", "spacing -1"),
}


def run(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SETTING + script], capture_output=True, text=True, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_arrays_of_other_types_and_whole_numbers_give_the_same():
    run(AS_USERS_HAVE_THEM)


def test_what_does_not_fit_is_refused():
    calls = "\n".join(
        f"try:\n    {call}\n    print('taken')\nexcept ValueError as error:\n    print(error)"
        for call, _ in REFUSED.values()
    )
    tensors = """
import torch
from maquette.ops import differentiable as soft
drawn = soft.rasterize(torch.from_numpy(v), torch.from_numpy(f), cameras)
grey = np.full((8, 8, 3), 0.5, np.float32)
pictures = paint.prepare(v, f, cameras, np.ones((6, 16, 16, 3)), np.ones((6, 16, 16)))
"""
    said = run(tensors + calls).splitlines()
    assert [name for (name, (_, word)), line in zip(REFUSED.items(), said, strict=True) if word not in line] == []


def test_a_background_of_one_number_is_refused():
    import torch

    from maquette.cameras import axis_aligned
    from maquette.ops.splat import splat

    cloud = torch.zeros(1, 3), torch.ones(1, 4), torch.ones(1, 3), torch.ones(1), torch.zeros(1, 1, 3)
    with pytest.raises(ValueError, match="expected three finite numbers"):
        splat(*cloud, axis_aligned(16), (0.0, float("nan"), 0.0))


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_where_no_more_threads_are_to_be_had_those_that_there_are_do_it():
    script = """
import resource
values = np.full(1 << 21, 0.5, np.float32)
encode_srgb(values[:2])
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (40 << 20),) * 2)  # a few threads' stacks
print(encode_srgb(values).mean())
"""
    assert float(run(script, OMP_NUM_THREADS="999999999")) == pytest.approx(0.735357, abs=1e-5)
