"""Other programs asked about many files in one start each; None where a program is absent, with the reason."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_SECONDS = 600


def missing_validator() -> str | None:
    """Why the Khronos validator cannot run, or None."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    if not (HERE / "node_modules" / "gltf-validator").is_dir():
        return f"gltf-validator is not installed: npm ci --prefix tests/{HERE.name}"
    return None


def missing_mikktspace() -> str | None:
    """Why Mikkelsen's own tangents cannot be had, or None."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    if not (HERE / "node_modules" / "mikktspace").is_dir():
        return f"mikktspace is not installed: npm ci --prefix tests/{HERE.name}"
    return None


def missing_browser() -> str | None:
    """Why three.js cannot run in a browser, or None."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    if not (HERE / "node_modules" / "three").is_dir():
        return f"three is not installed: npm ci --prefix tests/{HERE.name}"
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    if not os.environ.get("MAQUETTE_CHROMIUM") and not any(map(shutil.which, names)):
        return "no Chromium on PATH, nor named in MAQUETTE_CHROMIUM"
    return None


def missing_blender() -> str | None:
    """Why Blender cannot run, or None."""
    if not os.environ.get("MAQUETTE_BPY_PYTHON"):
        return "MAQUETTE_BPY_PYTHON does not name a Python that has bpy"
    return None


def validate(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The Khronos validator's counts of errors and warnings, and its messages, for each file."""
    return _answers(["node", str(HERE / "validate.mjs")], paths)


def open_in_threejs(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """min, max, triangles, textures, drawn, covered for each file, from three.js in a headless Chromium."""
    return _answers(["node", str(HERE / "threejs.mjs")], paths)


def open_in_blender(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """min, max, triangles, textures for each file, in glTF axes, from Blender's importer."""
    return _answers([os.environ["MAQUETTE_BPY_PYTHON"], str(HERE / "blender.py")], paths)


def mikktspace(meshes: Sequence[dict[str, list[float]]]) -> list[list[float]]:
    """Tangents, four numbers a corner, of meshes given by flat positions, normals and uv of every corner."""
    finished = subprocess.run(
        ["node", str(HERE / "mikktspace.mjs")],
        input=json.dumps(meshes),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    return json.loads(finished.stdout)


def _answers(command: list[str], paths: Sequence[Path]) -> list[dict[str, Any]]:
    finished = subprocess.run(
        [*command, *(str(Path(path).resolve()) for path in paths)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {finished.stderr[-2000:]}")
    return json.loads(finished.stdout)
