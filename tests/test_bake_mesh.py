"""Baking a mesh onto another: what the source shows is what the result shows, and laws that say what that is."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from _meshes import square, torus

from maquette.artifacts import Asset, Material, Mesh
from maquette.errors import InputError
from maquette.ops import corner_normals, interpolate_at
from maquette.texturing import BakeMesh, BakeRelief
from maquette.texturing._surface import Surface, corner_frames, decode, encode
from maquette.texturing._texels import covered
from maquette.texturing.bake_mesh import framed


def mesh_of(solid) -> Mesh:
    return Mesh(np.asarray(solid.vertices, np.float32), np.asarray(solid.faces, np.int32))


def smooth(mesh: Mesh) -> np.ndarray:
    normals = np.zeros_like(mesh.vertices)
    np.add.at(normals, mesh.faces.reshape(-1), corner_normals(mesh.vertices, mesh.faces, 180.0).reshape(-1, 3))
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def waves(size: int, channels: int, shortest: float = 48) -> np.ndarray:
    """A smooth picture of values in [0.1, 0.9] that repeats, no wave under so many texels."""
    at = (np.arange(size) + 0.5) / size * 2 * np.pi
    most = int(size / shortest)
    x, y = np.cos(at * most)[None, :, None], np.sin(at * max(1, most // 2))[:, None, None]
    turn = np.arange(channels)
    return (0.5 + 0.2 * np.cos(turn + 3 * x) + 0.2 * np.sin(turn - 2 * y)).astype(np.float32)


def bumps(size: int) -> np.ndarray:
    """A normal map of gentle bumps."""
    both = waves(size, 2) - 0.5
    local = np.concatenate([both, np.ones_like(both[..., :1])], -1)
    return (local / np.linalg.norm(local, axis=-1, keepdims=True)).astype(np.float32)


def painted(size: int = 256) -> Asset:
    """A torus with an atlas and every map that there is."""
    mesh = Mesh(*torus(800))
    atlas = BakeMesh(size=size, occlusion_rays=0, normal_map=False)(mesh, Asset(mesh, None, smooth(mesh)))
    material = Material(
        base_color=waves(size, 3),
        base_color_factor=(0.9, 0.8, 0.7),
        metallic_roughness=waves(size, 2),
        normal_map=bumps(size),
        occlusion=waves(size, 1)[..., 0],
        emissive=waves(size, 3)[..., ::-1].copy(),
        emissive_factor=(2.0, 1.0, 0.5),
        alpha=waves(size, 1)[..., 0],
        alpha_mode="mask",
        alpha_cutoff=0.3,
        double_sided=True,
    )
    return replace(atlas, material=material)


MAPS = ("base_color", "metallic_roughness", "normal_map", "occlusion", "emissive", "alpha")


def test_onto_itself_with_its_own_atlas_every_map_comes_back():
    source = painted()
    made = BakeMesh(size=256).onto(source, source.mesh, source)
    seen = covered(source.uv[source.mesh.faces], 256).index
    for name in MAPS:
        before, after = (getattr(a.material, name).reshape(256 * 256, -1)[seen] for a in (source, made))
        # Texels' centres meet texels' centres to 1e-5 of the texture; the steepest wave climbs 0.3 a texel.
        error = np.abs(before - after).max(-1)
        assert np.quantile(error, 0.995) < 1e-3, name
    for name in ("base_color_factor", "emissive_factor", "alpha_mode", "alpha_cutoff", "double_sided"):
        assert getattr(made.material, name) == getattr(source.material, name)


def test_onto_itself_with_a_new_atlas_the_surface_looks_the_same():
    source = painted()
    made = BakeMesh(size=512)(Mesh(*torus(800)), source)
    before, after = Surface.of(source), Surface.of(made)
    rng = np.random.default_rng(0)
    face = rng.integers(0, len(source.mesh.faces), 4000).astype(np.int32)
    weights = rng.dirichlet([1, 1, 1], 4000).astype(np.float32)[:, 1:]
    for name in MAPS:
        if name == "normal_map":
            cosine = (before.normals(face, weights) * after.normals(face, weights)).sum(-1)
            assert np.median(np.degrees(np.arccos(np.clip(cosine, -1, 1)))) < 0.5
            continue
        error = np.abs(before.lookup(name, face, weights) - after.lookup(name, face, weights))
        # Beside a seam a texel of the gutter stands for what lies over the edge.
        assert np.median(error) < 0.003, name
        assert np.quantile(error, 0.98) < 0.03, name


def test_constants_stay_constants():
    mesh = Mesh(*torus(800))
    material = Material(base_color_factor=(0.2, 0.3, 0.4), metallic=1.0, roughness=0.25, emissive_factor=(1, 0, 0))
    made = BakeMesh(size=64, normal_map=False, occlusion_rays=0)(mesh, Asset(mesh, None, smooth(mesh), material))
    assert made.material == material
    colored = replace(mesh, vertex_colors=np.tile(np.array([0.2, 0.5, 0.8], np.float32), (len(mesh.vertices), 1)))
    made = BakeMesh(size=64, normal_map=False, occlusion_rays=0)(mesh, Asset(colored, None, smooth(mesh)))
    np.testing.assert_allclose(made.material.base_color, np.broadcast_to([0.2, 0.5, 0.8], (64, 64, 3)), atol=2e-6)
    assert made.material.metallic_roughness is None


def test_maps_for_other_coordinates_are_not_kept():
    mesh = Mesh(*torus(800))
    bumpy = np.full((4, 4, 3), 3**-0.5, np.float32)
    source = Asset(mesh, mesh.vertices[:, :2].copy(), smooth(mesh), Material(normal_map=bumpy))
    made = BakeMesh(size=64, normal_map=False, occlusion_rays=0)(mesh, source)
    assert made.material.normal_map is None


def test_a_flat_source_gives_a_flat_map():
    """Closed form: a plane's shading normal is the frame's own, (0, 0, 1), however either is cut up."""
    low, dense = Mesh(*square(1.0, 20.0, 3)), Mesh(*square(1.0, 20.0, 17))
    made = BakeMesh(size=64, occlusion_rays=0)(low, Asset(dense, None, smooth(dense)))
    np.testing.assert_allclose(made.material.normal_map, np.broadcast_to([0, 0, 1], (64, 64, 3)), atol=1e-5)


def test_a_ball_s_normals_come_back_from_a_coarse_one():
    dense = mesh_of(trimesh.creation.icosphere(5, 0.5))
    low = mesh_of(trimesh.creation.icosphere(2, 0.5))
    made = BakeMesh(size=512, occlusion_rays=0)(low, Asset(dense, None, smooth(dense)))
    surface = Surface.of(made)
    rng = np.random.default_rng(0)
    face = rng.integers(0, len(low.faces), 5000).astype(np.int32)
    weights = rng.dirichlet([1, 1, 1], 5000).astype(np.float32)[:, 1:]
    at = interpolate_at(face, weights, made.mesh.vertices[made.mesh.faces])
    true = at / np.linalg.norm(at, axis=-1, keepdims=True)
    off = np.degrees(np.arccos(np.clip((surface.normals(face, weights) * true).sum(-1), -1, 1)))
    # Rays along the cage's interpolated normals meet the ball a little beside the point's own direction.
    assert np.median(off) < 0.5
    assert np.quantile(off, 0.95) < 2


def test_light_around_a_ball_on_a_floor():
    """Closed form: a ball of radius r at height h leaves the floor d away 1 - r² h / (h² + d²)^1.5 of the sky."""
    radius, height = 0.2, 0.22
    ball = trimesh.creation.icosphere(4, radius)
    ball.apply_translation([0, 0, height])
    floor = Mesh(*square(2.0, cells=2))
    both = trimesh.util.concatenate([ball, trimesh.Trimesh(floor.vertices, floor.faces)])
    made = BakeMesh(size=256, normal_map=False)(floor, Asset(mesh_of(both), None, smooth(mesh_of(both))))
    texels = covered(made.uv[made.mesh.faces], 256)
    at = interpolate_at(texels.face, texels.barycentric, made.mesh.vertices[made.mesh.faces])
    away = np.hypot(at[:, 0], at[:, 1])
    expected = 1 - radius**2 * height / (height**2 + away**2) ** 1.5
    error = made.material.occlusion.reshape(-1)[texels.index] - expected
    # 256 rays a value; right under the ball the tile's mean is over a steep slope.
    assert np.abs(error).mean() < 0.01
    assert np.quantile(np.abs(error), 0.99) < 0.05


def test_a_wall_s_inside_is_never_seen():
    outer = trimesh.creation.icosphere(4, 0.5)
    inner = trimesh.creation.icosphere(4, 0.488)
    inner.invert()
    colors = np.repeat(np.array([[1, 0, 0], [0, 0, 1]], np.float32), [len(outer.vertices), len(inner.vertices)], 0)
    both = mesh_of(trimesh.util.concatenate([outer, inner]))
    source = Asset(replace(both, vertex_colors=colors), None, smooth(both))
    low = mesh_of(trimesh.creation.icosphere(2, 0.495))  # its middles lie inside the inner sphere
    made = BakeMesh(size=256, occlusion_rays=0)(low, source)
    np.testing.assert_allclose(made.material.base_color, np.broadcast_to([1, 0, 0], (256, 256, 3)), atol=2e-6)


def test_both_sides_of_a_sheet_show_it():
    sheet = Mesh(*square(1.0, cells=4))
    uv = (sheet.vertices[:, :2] + 0.5).astype(np.float32)
    source = Asset(sheet, uv, smooth(sheet), Material(base_color=waves(128, 3, 120)))
    slab = mesh_of(trimesh.creation.box((1, 1, 0.02)))
    made = BakeMesh(size=256, occlusion_rays=0)(slab, source)
    depth = made.mesh.vertices[made.mesh.faces][..., 2]
    surface, shown = Surface.of(made), Surface.of(source)
    for side in (1, -1):
        face = np.flatnonzero(np.abs(depth - 0.01 * side).max(1) < 1e-6).astype(np.int32).repeat(200)
        weights = np.random.default_rng(0).dirichlet([1, 1, 1], len(face)).astype(np.float32)[:, 1:]
        at = interpolate_at(face, weights, made.mesh.vertices[made.mesh.faces])[:, :2] + 0.5
        expected = _at(shown, at)
        error = np.abs(surface.lookup("base_color", face, weights) - expected)
        assert np.median(error) < 0.01
        facing = surface.normals(face, weights)[:, 2]
        assert (facing * side > 0).mean() > 0.98


def _at(surface: Surface, uv: np.ndarray) -> np.ndarray:
    from maquette.ops.sample import sample_mipmaps

    return sample_mipmaps(surface.maps["base_color"], uv.astype(np.float32))


def test_coordinates_outside_the_square_repeat():
    sheet = Mesh(*square(1.0, cells=2))
    uv = (sheet.vertices[:, :2] * 6 - 3.3).astype(np.float32)
    source = Asset(sheet, uv, smooth(sheet), Material(base_color=waves(64, 3, 30)))
    made = BakeMesh(size=512, occlusion_rays=0)(sheet, source)
    rng = np.random.default_rng(0)
    face = rng.integers(0, len(sheet.faces), 3000).astype(np.int32)
    weights = rng.dirichlet([1, 1, 1], 3000).astype(np.float32)[:, 1:]
    shown = Surface.of(source).lookup("base_color", face, weights)
    error = np.abs(Surface.of(made).lookup("base_color", face, weights) - shown)
    assert np.quantile(error, 0.98) < 0.05


def test_what_is_finer_than_texels_is_averaged():
    """A chequered texture of single texels, onto an atlas far coarser, is its mean in linear light."""
    sheet = Mesh(*square(1.0, cells=2))
    chequers = (np.indices((1024, 1024)).sum(0) % 2).astype(np.float32)[..., None].repeat(3, -1)
    source = Asset(sheet, sheet.vertices[:, :2] + np.float32(0.5), smooth(sheet), Material(base_color=chequers))
    made = BakeMesh(size=128, occlusion_rays=0)(sheet, source)
    # Half of the light is 0.7354 in sRGB.
    np.testing.assert_allclose(made.material.base_color, np.full((128, 128, 3), 0.7354, np.float32), atol=2e-3)


def test_encoding_is_decoding_s_inverse():
    rng = np.random.default_rng(0)
    source = painted(64)
    frames = corner_frames(source)
    face = rng.integers(0, len(frames), 4000).astype(np.int32)
    frame = interpolate_at(face, rng.dirichlet([1, 1, 1], 4000).astype(np.float32)[:, 1:], frames)
    normal = frame[:, :3] / np.linalg.norm(frame[:, :3], axis=-1, keepdims=True)
    world = normal + 0.6 * rng.normal(size=(4000, 3)).clip(-0.9, 0.9).astype(np.float32)
    world /= np.linalg.norm(world, axis=-1, keepdims=True)
    ahead = (world * normal).sum(-1) > 0.3
    np.testing.assert_allclose(decode(encode(world, frame), frame)[ahead], world[ahead], atol=2e-5)


def test_the_asset_is_the_mesh_with_a_frame_at_each_vertex():
    low = mesh_of(trimesh.creation.box((0.8, 0.6, 0.4)))
    made = BakeMesh(size=64)(low, Asset(low, None, smooth(low)))
    assert np.array_equal(made.mesh.vertices[made.mesh.faces], low.vertices[low.faces])
    assert made.tangents is not None
    np.testing.assert_allclose(np.linalg.norm(made.tangents[:, :3], axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose((made.tangents[:, :3] * made.normals).sum(-1), 0, atol=1e-5)
    assert (made.tangents[:, 3] == 1).all()  # our atlases mirror nothing
    again = framed(replace(made, tangents=None))
    assert np.array_equal(again.tangents[again.mesh.faces], made.tangents[made.mesh.faces])


def test_the_same_bake_twice_is_the_same():
    first, second = (BakeMesh(size=128)(Mesh(*torus(400)), painted(64)) for _ in range(2))
    for name in MAPS:
        assert np.array_equal(getattr(first.material, name), getattr(second.material, name))


def test_whatever_the_source_is_like_the_maps_are_finite():
    rng = np.random.default_rng(0)
    source = painted(64)
    mesh, uv, normals = source.mesh, source.uv.copy(), source.normals.copy()
    some = rng.permutation(len(uv))[:60]
    uv[some[:10]], uv[some[10:20]], uv[some[20:30]] = 1e9, np.nan, np.inf
    normals[some[30:40]], normals[some[40:50]] = 0, np.nan
    faces = mesh.faces.copy()
    faces[:30, 2] = faces[:30, 1]
    broken = Asset(Mesh(mesh.vertices, faces), uv, normals, replace(source.material, normal_map=None))
    low = mesh_of(trimesh.creation.box((0.9, 0.9, 0.3)))  # far from the torus all over
    made = BakeMesh(size=64)(Mesh(low.vertices, np.concatenate([low.faces, low.faces[:1, [0, 0, 1]]])), broken)
    for name in MAPS:
        image = getattr(made.material, name)
        assert np.isfinite(image).all(), name
        assert np.abs(image).max() <= 1 + 1e-5, name


def test_meshes_without_faces_are_refused():
    mesh = Mesh(*torus(200))
    empty = Mesh(mesh.vertices, mesh.faces[:0])
    with pytest.raises(InputError, match="no faces"):
        BakeMesh()(empty, Asset(mesh, None, smooth(mesh)))
    with pytest.raises(InputError, match="the source has no faces"):
        BakeMesh()(mesh, Asset(empty, None, smooth(mesh)))


def test_relief_is_added_and_all_else_stays():
    """A sphere's relief on a coarse one made of it: its normals, no shade, and the textures that were there."""
    low, dense = (mesh_of(trimesh.creation.icosphere(level, 0.5)) for level in (2, 5))
    plain = BakeMesh(size=128, occlusion_rays=0, normal_map=False)(low, Asset(low, None, smooth(low)))
    painted_low = replace(plain, material=Material(base_color=waves(128, 3), roughness=0.3))
    made = BakeRelief(size=128)(painted_low, dense)
    np.testing.assert_array_equal(made.material.base_color, painted_low.material.base_color)
    assert made.material.roughness == 0.3
    assert made.tangents is not None
    assert made.material.occlusion is not None
    assert made.material.occlusion.min() > 0.95  # nothing stands over a sphere
    surface = Surface.of(made)
    assert made.uv is not None
    texels = covered(made.uv[made.mesh.faces], 128)
    world = surface.normals(texels.face, texels.barycentric)
    corners = made.mesh.vertices[made.mesh.faces]
    points = interpolate_at(texels.face, texels.barycentric, corners)
    true = points / np.linalg.norm(points, axis=-1, keepdims=True)
    degrees = np.degrees(np.arccos(np.clip((world * true).sum(-1), -1, 1)))
    assert np.median(degrees) < 1.0


def test_relief_needs_texture_coordinates():
    mesh = mesh_of(trimesh.creation.icosphere(1, 0.5))
    with pytest.raises(ValueError, match="unwrapped"):
        BakeRelief(size=64)(Asset(mesh, None, smooth(mesh)), mesh)
