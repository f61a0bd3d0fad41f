"""OBJ and USDZ: what our own reader, trimesh and USD's library make of them is the asset."""

import io
import json
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from _exported import apart, corners, finished, usda, usda_rows

from maquette.artifacts import Asset, Material
from maquette.errors import InputError, Note
from maquette.formats import export_obj, export_usdz, glb_bytes, load, usdz_bytes
from maquette.formats.exporting import export
from maquette.formats.srgb import linear_from_srgb


def as_glb(tmp_path, asset: Asset) -> Asset:
    (tmp_path / "same.glb").write_bytes(glb_bytes(asset))
    return load(tmp_path / "same.glb")


def test_wavefront_comes_back(tmp_path):
    asset = finished()
    asset = replace(asset, material=replace(asset.material, emissive_factor=(1.0, 0.5, 0.25), alpha_mode="blend"))
    files = export_obj(asset, tmp_path / "thing.obj")
    assert {path.name for path in files} == {path.name for path in tmp_path.iterdir()}
    read, other = load(files[0]), as_glb(tmp_path, asset)
    np.testing.assert_array_equal(read.mesh.faces.shape, other.mesh.faces.shape)
    assert read.uv is not None
    assert apart(corners(read.mesh, read.uv), corners(other.mesh, other.uv)) < 1e-6
    assert apart(corners(read.mesh, read.normals), corners(other.mesh, other.normals)) < 1e-5
    mine, theirs = read.material, other.material
    for name in ("metallic_roughness", "normal_map", "alpha"):
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), atol=1e-6, err_msg=name)
    for name, factor in (("base_color", theirs.base_color_factor), ("emissive", theirs.emissive_factor)):
        linear = linear_from_srgb(getattr(theirs, name)) * np.array(factor)
        # A byte of sRGB is at most 0.9 % of linear light.
        np.testing.assert_allclose(linear_from_srgb(getattr(mine, name)), linear, atol=0.01, err_msg=name)
    assert mine.alpha_factor == pytest.approx(0.75)


def test_trimesh_reads_the_wavefront_file(tmp_path):
    export_obj(finished(), tmp_path / "thing.obj")
    scene = trimesh.load_scene(tmp_path / "thing.obj")
    np.testing.assert_allclose(scene.bounds, as_bounds(as_glb(tmp_path, finished())), atol=1e-6)
    (mesh,) = scene.geometry.values()
    assert mesh.visual.material.image.size == (64, 64)


def as_bounds(asset: Asset) -> list[np.ndarray]:
    return [asset.mesh.vertices.min(0), asset.mesh.vertices.max(0)]


def test_wavefront_colors_come_back(tmp_path):
    asset = finished()
    colors = np.random.default_rng(0).random((len(asset.mesh.vertices), 3)).astype(np.float32)
    material = Material(None, (0.25, 0.5, 1.0))
    plain = Asset(replace(asset.mesh, vertex_colors=colors), None, asset.normals, material)
    read = load(export_obj(plain, tmp_path / "a.obj")[0]).mesh
    here, there = (np.lexsort(mesh.vertices.round(4).T) for mesh in (as_glb(tmp_path, plain).mesh, read))
    assert read.vertex_colors is not None
    expected = as_glb(tmp_path, plain).mesh.vertex_colors
    assert expected is not None
    np.testing.assert_allclose(read.vertex_colors[there], expected[here], atol=1 / 255)  # trimesh keeps bytes


def test_names_that_a_library_cannot_hold_are_refused(tmp_path):
    with pytest.raises(InputError, match="spaces"):
        export_obj(finished(), tmp_path / "my thing.obj")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".obj", ".usdz"])
def test_what_a_format_has_no_place_for_is_told(tmp_path, ending):
    asset, path = finished(), tmp_path / f"thing{ending}"
    with pytest.warns(Note, match=r"thing\..* no place for 2 coarser levels and 2 hulls: left out") as notes:
        export(asset, path)
    assert len(notes) == 1
    with pytest.warns(Note, match="no place for 1 hull:"):
        export(replace(asset, collision=asset.collision[:1]), path, lods="none")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is there, nothing was asked for, or all has its place
        export(replace(asset, lods=(), collision=()), path)
        export(asset, path, lods="none", collision="none")
        export(asset, tmp_path / "thing.glb")


def test_usdz_is_a_stored_and_aligned_zip():
    """OpenUSD, "Usdz File Format Specification": not compressed, data at multiples of 64 bytes."""
    data = usdz_bytes(finished())
    assert data == usdz_bytes(finished())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
    assert entries[0].filename == "capsule.usda"
    for entry in entries:
        assert entry.compress_type == zipfile.ZIP_STORED
        name, extra = (int.from_bytes(data[entry.header_offset + at :][:2], "little") for at in (26, 28))
        assert (entry.header_offset + 30 + name + extra) % 64 == 0


def test_usdz_has_the_corners_of_the_other_formats(tmp_path):
    """Positions in metres; v goes up, as OpenUSD's texture coordinates do and glTF's do not."""
    asset = finished()
    other, text = as_glb(tmp_path, asset), usda(usdz_bytes(asset))
    index = usda_rows(text, "faceVertexIndices").astype(int).ravel()
    assert len(index) == asset.mesh.faces.size
    points, st = usda_rows(text, "points")[index], usda_rows(text, "primvars:st")[index]
    assert other.uv is not None
    assert apart(np.c_[points, st], corners(other.mesh, np.c_[other.uv[:, 0], 1 - other.uv[:, 1]])) < 1e-6
    assert apart(np.c_[points, usda_rows(text, "normals")[index]], corners(other.mesh, other.normals)) < 1e-5


def test_usdz_has_the_colors_of_vertices_and_the_light_of_constants(tmp_path):
    """What USD shows are linear values."""
    asset = finished()
    colors = np.random.default_rng(0).random((len(asset.mesh.vertices), 3)).astype(np.float32)
    mesh = replace(asset.mesh, vertex_colors=colors)
    material = Material(None, (0.25, 0.5, 1.0), emissive_factor=(2.0, 0.0, 0.0))
    colored = Asset(mesh, None, asset.normals, material)
    text = usda(usdz_bytes(colored))
    points, shown = usda_rows(text, "points"), usda_rows(text, "primvars:displayColor")
    other = as_glb(tmp_path, colored).mesh
    assert other.vertex_colors is not None
    assert apart(np.c_[points, shown], np.c_[other.vertices, linear_from_srgb(other.vertex_colors)]) < 1e-5
    assert apart(shown, linear_from_srgb(colors) * [0.25, 0.5, 1.0]) < 1e-6
    assert "color3f inputs:emissiveColor = (2, 0, 0)" in text
    assert "color3f inputs:diffuseColor = (" not in text
    plain = usda(usdz_bytes(replace(colored, mesh=asset.mesh)))
    assert "color3f inputs:diffuseColor = (0.25, 0.5, 1)" in plain
    assert "displayColor" not in plain


@pytest.mark.parametrize("mode", ["opaque", "mask", "blend"])
def test_usd_reads_what_is_written(tmp_path, mode):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdShade  # pyright: ignore[reportMissingImports]

    asset = finished()
    asset = replace(asset, material=replace(asset.material, alpha_mode=mode))
    path = tmp_path / "a.usdz"
    export_usdz(asset, path)
    stage = Usd.Stage.Open(str(path))
    assert complaints(stage) == []
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert json.loads(stage.GetRootLayer().customLayerData["maquette"]) == {"prompt": "a capsule"}
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/capsule/geo_capsule"))
    other = as_glb(tmp_path, asset)
    points, faces = np.array(mesh.GetPointsAttr().Get()), np.array(mesh.GetFaceVertexIndicesAttr().Get())
    assert len(faces) == asset.mesh.faces.size
    np.testing.assert_allclose([points.min(0), points.max(0)], as_bounds(other), atol=1e-6)
    np.testing.assert_allclose(mesh.GetExtentAttr().Get(), as_bounds(other), atol=1e-6)
    material, _ = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()
    surface = material.ComputeSurfaceSource()[0]
    connected = {
        value.GetBaseName(): value.GetConnectedSources()[0][0].sourceName
        for value in surface.GetInputs()
        if value.HasConnectedSource()
    }
    expected = {"diffuseColor": "rgb", "occlusion": "r", "roughness": "g", "metallic": "b", "normal": "rgb"}
    expected |= {"emissiveColor": "rgb"} | ({} if mode == "opaque" else {"opacity": "a"})
    assert connected == expected
    threshold = surface.GetInput("opacityThreshold")
    assert (threshold.Get() if threshold else None) == (pytest.approx(0.3) if mode == "mask" else None)


def test_usd_reads_constants_and_colors(tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdShade  # pyright: ignore[reportMissingImports]

    asset = finished()
    colors = np.random.default_rng(0).random((len(asset.mesh.vertices), 3)).astype(np.float32)
    plain = Asset(asset.mesh, None, asset.normals, Material(emissive_factor=(2.0, 0.0, 0.0)))
    colored = replace(plain, mesh=replace(asset.mesh, vertex_colors=colors))
    for number, one in enumerate((plain, colored)):
        path = tmp_path / f"{number}.usdz"
        export_usdz(one, path)
        stage = Usd.Stage.Open(str(path))
        assert complaints(stage) == []
        assert stage.GetDefaultPrim().GetName() == "asset"
        surface = UsdShade.Shader(stage.GetPrimAtPath("/asset/mat_asset/surface"))
        assert tuple(surface.GetInput("emissiveColor").Get()) == (2, 0, 0)
        shown = UsdGeom.Mesh(stage.GetPrimAtPath("/asset/geo_asset")).GetDisplayColorPrimvar()
        assert shown.HasValue() == (one is colored)
        if one is colored:
            assert apart(np.array(shown.Get()), linear_from_srgb(colors)) < 1e-6


def complaints(stage) -> list[str]:
    """What USD's own validators say: packages, encapsulation, shaders, normal maps, bindings, metadata."""
    UsdValidation = pytest.importorskip("pxr.UsdValidation")
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 10
    return [error.GetMessage() for error in UsdValidation.ValidationContext(validators).Validate(stage)]


def test_usd_s_validators_are_awake(tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd  # pyright: ignore[reportMissingImports]

    path = tmp_path / "a.usdz"
    path.write_bytes(usdz_bytes(finished()).replace(b"color3f inputs:diff", b"color3d inputs:diff"))
    assert complaints(Usd.Stage.Open(str(path)))
