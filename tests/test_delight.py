"""Light in pictures is told from the colours of what they show, and left alone where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

import maquette
from maquette.artifacts import Asset, Mesh, Views
from maquette.cameras import orbit
from maquette.errors import InputError, Note
from maquette.formats.photographs import Photographs
from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.ops import interpolate, rasterize
from maquette.pipeline.chains import Options
from maquette.texturing import BakeViews, Delight
from maquette.texturing._lighting import find_lighting, harmonics, transfer
from maquette.texturing._patches import patches

Paint = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Points, unit normals and unit vectors to the camera, to linear colours."""
SUN = np.array([0.48, 0.8, 0.36])


@cache
def ball(lumpy: float = 0.0) -> Mesh:
    """A sphere of radius .5, or one with waves on it."""
    sphere = trimesh.creation.icosphere(4, 0.5)
    waves = 1 + lumpy * np.sin(9 * sphere.vertices).sum(1, keepdims=True)
    return Mesh((sphere.vertices * waves).astype(np.float32), sphere.faces.astype(np.int32))


def pictured(mesh: Mesh, paint: Paint, count: int = 10, size: int = 96) -> Views:
    """Eight-bit pictures from around."""
    cameras = orbit(np.arange(count) * 360 / count, np.tile([-30.0, 10, 50], count)[:count], size, frame=1.4)
    normals = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).vertex_normals
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    both = np.concatenate([mesh.vertices, normals], -1).astype(np.float32)[mesh.faces]
    values = interpolate(raster, both)
    hit = raster.face >= 0
    points, facing = values[hit][:, :3], values[hit][:, 3:]
    rgb = np.zeros((*hit.shape, 3), np.float32)
    pose = cameras.world_to_camera
    eyes = -np.einsum("vji,vj->vi", pose[:, :3, :3], pose[:, :3, 3])[np.nonzero(hit)[0]]
    linear = paint(points, unit(facing), unit(eyes - points))
    rgb[hit] = np.round(np.clip(srgb_from_linear(np.clip(linear, 0, 1)), 0, 1) * 255) / 255
    return Views(cameras, rgb, hit.astype(np.float32))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def sunlit(normals: np.ndarray) -> np.ndarray:
    """A warm sun and a blue sky."""
    sun = np.maximum(normals @ SUN, 0)[:, None] * [1.0, 0.9, 0.75]
    return sun + (0.3 + 0.1 * normals[:, 1:2]) * [0.8, 1.0, 1.2]


def patched(points: np.ndarray) -> np.ndarray:
    """Cubes of four colours, in no order that light could have."""
    colors = np.array([[0.6, 0.55, 0.5], [0.5, 0.12, 0.1], [0.1, 0.2, 0.45], [0.25, 0.4, 0.15]])
    cell = np.floor(points * 6).astype(np.int64) @ [31, 17, 57]
    return colors[np.random.default_rng(0).integers(0, 4, 1009)[cell % 1009]]


def spread(views: Views, colors: np.ndarray) -> float:
    """Relative deviation of linear colours over the object, its outline left out."""
    linear = linear_from_srgb(colors[inner(views)])
    return float((linear.std(0) / linear.mean(0)).mean())


def inner(views: Views) -> np.ndarray:
    raster = views.alpha > 0.5
    for axis in (1, 2):
        raster = raster & np.roll(raster, 2, axis) & np.roll(raster, -2, axis)
    return raster


def test_harmonics_are_orthonormal_over_the_sphere():
    number = np.arange(20_000)
    z = 1 - (2 * number + 1) / 20_000
    angle = number * np.pi * (3 - 5**0.5)
    level = np.sqrt(1 - z**2)
    values = harmonics(np.stack([level * np.cos(angle), level * np.sin(angle), z], -1).astype(np.float32))
    # Twenty thousand even directions integrate polynomials of degree 4 to a thousandth.
    np.testing.assert_allclose(values.T @ values / 20_000, np.eye(9), atol=2e-3)


def test_transfer_to_a_sphere_is_the_clamped_cosine():
    surface = patches(ball(), 4000, 180.0)
    # Ramamoorthi and Hanrahan (2001): harmonics of degree 0, 1, 2 are scaled by 1, 2/3, 1/4 (over pi).
    closed = harmonics(surface.normals) * np.repeat([1, 2 / 3, 1 / 4], [1, 3, 5])
    # A sum over 128 directions in place of the integral, and shadow maps at grazing light: a few hundredths.
    assert np.abs(transfer(surface) - closed).max() < 0.08
    assert np.abs(transfer(surface) - closed).mean() < 0.01


def test_known_light_of_harmonics_on_a_patched_sphere_is_recovered():
    surface = patches(ball(), 4000, 180.0)
    received = transfer(surface)
    light = np.array([[1, 0.1, 0.35, 0.2, 0.05, 0.08, -0.05, 0.02, 0.04]] * 3) * [[1], [0.95], [0.9]]
    shading = received @ light.T
    albedo = patched(surface.positions)
    found = find_lighting(albedo * shading, surface.areas, received, surface.positions)
    expected = shading / (surface.areas @ shading / surface.areas.sum())
    # The solver's priors draw light a little to even and white.
    np.testing.assert_allclose(np.log(found.irradiance / expected), 0, atol=0.08)


def test_one_color_in_strong_light_becomes_even():
    mesh = ball(0.1)
    views = pictured(mesh, lambda _, normals, __: 0.6 * np.array([0.8, 0.6, 0.4]) * sunlit(normals))
    found = Delight(faces=3000)(mesh, views)
    assert found.albedo is not None
    assert spread(views, views.rgb) > 0.4
    assert spread(views, found.albedo) < 0.13  # degree 2 leaves some of a sun's terminator


def test_many_colors_in_strong_light_come_nearer_to_the_truth():
    mesh = ball(0.1)
    views = pictured(mesh, lambda points, normals, _: 0.7 * patched(points) * sunlit(normals))
    true = pictured(mesh, lambda points, *_: patched(points))
    found = Delight(faces=3000)(mesh, views)
    assert found.albedo is not None
    before, after = (error(views, colors, true.rgb) for colors in (views.rgb, found.albedo))
    assert after < 0.4 * before


def error(views: Views, colors: np.ndarray, true: np.ndarray) -> float:
    """Root mean square of linear colours, brought to one brightness, inside outlines."""
    ours, theirs = (linear_from_srgb(each[inner(views)]) for each in (colors, true))
    return float(np.sqrt(((ours * (theirs.mean() / ours.mean()) - theirs) ** 2).mean()))


@settings(max_examples=5, deadline=None)
@given(
    base=st.tuples(*[st.floats(0.05, 0.9)] * 3),
    waves=st.floats(10, 20),
    depth=st.floats(0, 0.5),
    phase=st.floats(0, 6),
)
def test_pictures_of_banded_colors_without_light_stay(base, waves, depth, phase):
    def paint(points: np.ndarray, *_: np.ndarray) -> np.ndarray:
        return np.array(base) * (1 - depth * (np.sin(waves * points.sum(1, keepdims=True) + phase) > 0))

    views = pictured(ball(), paint, 6, 64)
    found = Delight(faces=1000)(ball(), views)
    albedo = found.rgb if found.albedo is None else found.albedo
    # Three bands and more: of one or two, a half would be darker, as in light. Some of each look a little like it.
    assert np.abs(albedo - views.rgb)[inner(views)].mean() < 0.03


def test_exposure_of_single_pictures_does_not_matter():
    mesh = ball(0.1)
    views = pictured(mesh, lambda points, normals, _: 0.5 * patched(points) * sunlit(normals))
    gains = np.tile([1.0, 0.8, 1.25, 0.9, 1.1], 2)[:, None, None, None]
    brighter = replace(
        views, rgb=np.clip(srgb_from_linear(linear_from_srgb(views.rgb) * gains), 0, 1).astype(np.float32)
    )
    one, other = Delight(faces=1500)(mesh, views).albedo, Delight(faces=1500)(mesh, brighter).albedo
    assert one is not None
    assert other is not None
    a, b = (linear_from_srgb(each[inner(views)]) for each in (one, other))
    np.testing.assert_allclose(np.median(b / np.maximum(a, 1e-3)), np.median(b) / np.median(a), rtol=0.05)
    assert np.abs(b * (a.mean() / b.mean()) - a).mean() < 0.02


def test_albedo_that_is_there_stays():
    views = pictured(ball(), lambda _, normals, __: 0.5 * sunlit(normals), 4, 32)
    given_albedo = replace(views, albedo=views.rgb * np.float32(0.5))
    assert Delight()(ball(), given_albedo) is given_albedo


@pytest.mark.parametrize("what", ["one view", "black", "nothing seen", "specks"])
def test_what_says_too_little_is_left_alone(what):
    views = pictured(ball(), lambda _, normals, __: 0.5 * sunlit(normals), 1 if what == "one view" else 4, 32)
    if what == "black":
        views = replace(views, rgb=np.zeros_like(views.rgb))
    if what == "nothing seen":
        views = replace(views, rgb=np.zeros_like(views.rgb), alpha=np.zeros_like(views.alpha))
    if what == "specks":
        views = pictured(ball(), lambda _, normals, __: 0.5 * sunlit(normals), 6, 12)
    assert Delight()(ball(), views) is views


def test_damaged_input_is_refused():
    views = pictured(ball(), lambda _, normals, __: 0.5 * sunlit(normals), 4, 32)
    with pytest.raises(InputError, match="normals has NaN"):
        Delight()(ball(), replace(views, normals=np.full_like(views.rgb, np.nan)))
    with pytest.raises(InputError, match="no faces"):
        Delight()(Mesh(ball().vertices, np.zeros((0, 3), np.int32)), views)


def gleam(normals: np.ndarray, toward_eye: np.ndarray, roughness: float) -> np.ndarray:
    """What a GGX lobe mirrors of a small lamp (Walter et al. 2007), 1 where it mirrors it straight."""
    half = unit(toward_eye + unit(SUN))
    square = np.maximum((half * normals).sum(-1, keepdims=True), 0) ** 2
    return roughness**8 / (1 + square * (roughness**4 - 1)) ** 2


@pytest.mark.parametrize("roughness", [0.35, 0.6])
def test_highlights_go_and_tell_roughness(roughness):
    mesh = ball(0.1)

    def paint(points: np.ndarray, normals: np.ndarray, toward_eye: np.ndarray) -> np.ndarray:
        return 0.5 * patched(points) * sunlit(normals) + 0.25 * gleam(normals, toward_eye, roughness)

    views = pictured(mesh, paint, 16)
    found = Delight(faces=3000)(mesh, views)
    assert found.albedo is not None
    assert found.metallic_roughness is not None
    inside = inner(views)
    metallic, told = found.metallic_roughness[inside].mean(0)
    assert metallic == 0
    # Directions are told apart to eight degrees, .2 for sharp lobes; of broad ones some passes for colour.
    assert roughness - 0.1 < told < roughness + 0.25

    colors, left, true = (
        linear_from_srgb(each)
        for each in (views.rgb, found.albedo, pictured(mesh, lambda p, *_: patched(p), 16).rgb)
    )
    matt = linear_from_srgb(pictured(mesh, lambda p, n, _: 0.5 * patched(p) * sunlit(n), 16).rgb)
    bright = inside & ((colors - matt).mean(-1) > 0.1)
    before, after = (
        np.abs(each * (true[inside].mean() / each[inside].mean()) - true)[bright].mean() for each in (colors, left)
    )
    assert after < 0.6 * before


def test_metal_of_many_colors_is_told():
    mesh = ball(0.1)
    views = pictured(mesh, lambda p, n, eye: 0.9 * patched(p) * (gleam(n, eye, 0.5) + 0.05), 16)
    found = Delight(faces=3000)(mesh, views)
    assert found.metallic_roughness is not None
    assert found.metallic_roughness[inner(views)][:, 0].min() == 1


def test_matt_surfaces_have_no_gloss():
    mesh = ball(0.1)
    views = pictured(mesh, lambda points, normals, _: 0.5 * patched(points) * sunlit(normals))
    assert Delight(faces=3000)(mesh, views).metallic_roughness is None


@dataclass(frozen=True)
class Known:
    """Stands in for finding the shape of photographs."""

    version: ClassVar[int] = 1

    def __call__(self, views: Views) -> Mesh:
        return ball()


def made(paint: Paint, delight: bool) -> Asset:
    views = pictured(ball(), paint, 4, 48)
    photographs = Photographs(views, tuple("abcd"), True, (0.0, 1.0, 0.0))
    texture = BakeViews(evenness=0.0)
    options = Options(
        photographs=Known(),
        photographs_texture=texture,
        relief=None,
        delight=Delight(faces=1000) if delight else None,
    )
    return maquette.make(photographs, options=options, faces=400, texture_size=64, cache=False)


def test_make_takes_the_light_out():
    def uneven(asset: Asset) -> float:
        assert asset.material.base_color is not None
        linear = linear_from_srgb(asset.material.base_color)
        return float((linear.std((0, 1)) / linear.mean((0, 1))).mean())

    def one_color(_: np.ndarray, normals: np.ndarray, __: np.ndarray) -> np.ndarray:
        return 0.4 * sunlit(normals)

    assert uneven(made(one_color, True)) < 0.5 * uneven(made(one_color, False))


def test_the_option_of_make():
    black = pictured(ball(), lambda points, *_: 0 * points, 4, 48)
    photographs = Photographs(black, tuple("abcd"), True, (0.0, 1.0, 0.0))
    options = Options(photographs=Known(), relief=None)
    with pytest.warns(Note, match="stays in the texture"):
        maquette.make(photographs, options=options, delight=True, faces=400, texture_size=64, cache=False)


def test_make_says_that_light_stays():
    with pytest.warns(Note, match="stays in the texture"):
        made(lambda points, *_: np.full_like(points, 0.5), True)
