"""Other programs see the same thing: three.js in a headless Chromium, and Blender."""

from collections import Counter

import _exported
import numpy as np
import pytest
import viewers

from maquette.formats.glb import metric_positions


def assert_same(files, reports):
    for (path, asset), report in zip(files.items(), reports, strict=True):
        assert "error" not in report, (path.name, report)
        positions = metric_positions(asset.mesh, asset.height_meters)[np.unique(asset.mesh.faces)]
        expected = [positions.min(0), positions.max(0)]
        # They compute in float32, some with a transform in between; a quantised file has 65,535 steps.
        atol = np.ptp(expected) * (1e-6 if path.stem != "quantized" else 1 / 65535)
        np.testing.assert_allclose([report["min"], report["max"]], expected, rtol=1e-5, atol=atol)
        assert report["triangles"] == len(asset.mesh.faces), path.name
        maps = (asset.material.base_color, asset.material.metallic_roughness)
        sizes = [[picture.shape[1], picture.shape[0]] for picture in maps if picture is not None]
        # Blender tells all images, three.js those of base colour and roughness.
        assert not Counter(map(tuple, sizes)) - Counter(map(tuple, report["textures"])), path.name


@pytest.mark.skipif(viewers.missing_browser() is not None, reason=str(viewers.missing_browser()))
def test_threejs_in_a_browser(tmp_path):
    files = _exported.export_all(tmp_path)
    reports = viewers.open_in_threejs(list(files))
    assert_same(files, reports)
    for path, report in zip(files, reports, strict=True):
        assert report["drawn"] == report["triangles"], path.name
        assert report["covered"] > 64 * 64 / 20, path.name  # it fills the picture from corner to corner of its box


@pytest.mark.skipif(viewers.missing_blender() is not None, reason=str(viewers.missing_blender()))
def test_blender(tmp_path):
    files = _exported.export_all(tmp_path)
    assert_same(files, viewers.open_in_blender(list(files)))
