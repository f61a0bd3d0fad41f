"""Every GLB that is written passes the Khronos glTF validator without an error or a warning."""

import _exported
import pytest
import viewers


@pytest.mark.skipif(viewers.missing_validator() is not None, reason=str(viewers.missing_validator()))
def test_no_errors_and_no_warnings(tmp_path):
    files = _exported.export_all(tmp_path)
    for path, report in zip(files, viewers.validate(list(files)), strict=True):
        assert (report["errors"], report["warnings"]) == (0, 0), (path.name, report["messages"])
        levels = (files[path], *files[path].lods)
        assert report["triangles"] == sum(len(level.mesh.faces) for level in levels)


@pytest.mark.skipif(viewers.missing_validator() is not None, reason=str(viewers.missing_validator()))
def test_the_validator_is_awake(tmp_path):
    """One byte of its JSON changed, a file is not valid: a validator that says nothing would go unnoticed."""
    path = next(iter(_exported.export_all(tmp_path)))
    path.write_bytes(path.read_bytes().replace(b'"VEC3"', b'"VEC2"', 1))
    (report,) = viewers.validate([path])
    assert report["errors"] > 0
