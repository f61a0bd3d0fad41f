"""`maquette doctor`: whether this installation works, and what it has found."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import metadata
from typing import Literal

import numpy as np

State = Literal["ok", "note", "broken"]
Finding = tuple[State, str]
"""`note` is worth knowing and costs nothing essential; `broken` makes the command exit with 1."""

_NEEDED_GB = 3.0


@dataclass(frozen=True)
class Doctor:
    """Check Python, packages, the compiled kernels, the weights, the cache and optional tools."""

    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        findings = {name: _checked(check) for name, check in CHECKS.items()}
        if self.json:
            rows = [{"check": name, "state": state, "found": found} for name, (state, found) in findings.items()]
            print(json.dumps({"checks": rows}, indent=1))
        else:
            for name, (state, found) in findings.items():
                print(f"{state:<7} {name:<10} {found}")
        return 1 if any(state == "broken" for state, _ in findings.values()) else 0


def _checked(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a check that fails is a finding, whatever it met
        return "broken", " ".join(str(error).split()) or type(error).__name__


def _python() -> Finding:
    state: State = "ok" if sys.version_info >= (3, 10) else "broken"
    return state, f"{platform.python_version()} on {platform.system()} {platform.machine()}; 3.10 is needed"


def _package() -> Finding:
    from maquette import __version__

    needed = [line for line in metadata.requires("maquette") or [] if "extra ==" not in line]
    names = [line.split(">")[0].split("=")[0].split("[")[0].strip() for line in needed]
    missing = [name for name in names if not _installed(name)]
    if missing:
        return "broken", f"{__version__}, without {', '.join(missing)}: `pip install {' '.join(missing)}`"
    return "ok", f"maquette {__version__} and the {len(names)} packages that it needs"


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _machine() -> Finding:
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = f"{threads} CPU threads"
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (AttributeError, ValueError, OSError):
        return "ok", found
    if memory < _NEEDED_GB:
        return "note", f"{found}, {memory:.1f} GB memory; making an asset takes up to {_NEEDED_GB:.0f} GB"
    return "ok", f"{found}, {memory:.1f} GB memory"


def _kernels() -> Finding:
    """Rasterize one triangle and compare depth and weights with the closed form."""
    from maquette.artifacts import Cameras
    from maquette.ops import rasterize

    intrinsics = np.array([[[8, 0, 0], [0, 8, 0], [0, 0, 1]]], np.float32)
    camera = Cameras(np.eye(4, dtype=np.float32)[None], intrinsics, 8, 8, "orthographic")
    vertices = np.array([[0, 0, 1], [1, 0, 2], [0, 1, 4]], np.float32)
    raster = rasterize(vertices, np.array([[0, 1, 2]], np.int32), camera)
    x, y = np.meshgrid((np.arange(8) + 0.5) / 8, (np.arange(8) + 0.5) / 8)
    inside = x + y < 1 - 1e-6
    right = np.allclose(raster.depth[0][inside], (1 + x + 3 * y)[inside], atol=1e-5)
    if not right or (raster.face[0][x + y > 1 + 1e-6] != -1).any():
        return "broken", "the compiled kernels compute wrong values: reinstall maquette"
    return "ok", "the compiled kernels are there and agree with a closed form"


def _torch() -> Finding:
    """Multiply matrices and compare with numpy in double precision: some builds get this wrong."""
    import torch

    a, b = np.random.default_rng(0).standard_normal((2, 192, 192))
    product = (torch.from_numpy(a).float() @ torch.from_numpy(b).float()).numpy()
    error = float(np.abs(product - a @ b).max())
    found = f"{torch.__version__}, {torch.get_num_threads()} threads"
    # 192 products of about 1 in single precision: 192 · 2⁻²⁴ · a few.
    if not error < 1e-3:
        return "broken", f"{found}; a matrix product is off by {error:.1g}: reinstall torch"
    return "ok", f"{found}; matrix products agree with numpy"


def _weights() -> Finding:
    from maquette.pipeline._digest import models
    from maquette.pipeline.chains import Options
    from maquette.weights import locate

    options = Options()
    stages = (getattr(options, field.name) for field in fields(options))
    found = [weights for stage in stages for weights in models(stage)]
    for weights in found:
        locate(weights)
    listed = ", ".join(f"{weights.name} ({weights.size / 1e6:.1f} MB, {weights.licence})" for weights in found)
    return ("ok", f"{listed}: SHA-256 agrees") if found else ("note", "no stage names any")


def _cache() -> Finding:
    from maquette.cli.make import check_cache
    from maquette.pipeline._store import Store
    from maquette.pipeline.run import default_cache

    folder = default_cache()
    check_cache(folder)
    entries = list(Store(folder).entries())
    size = sum(entry.bytes for entry in entries) / 1e9
    free = shutil.disk_usage(folder).free / 1e9
    found = f"{folder}: {len(entries)} results, {size:.2f} GB; {free:.1f} GB free on the disk"
    return ("note" if free < 1 else "ok"), found


def _cuda() -> Finding:
    import torch

    if torch.cuda.is_available():
        return "ok", torch.cuda.get_device_name()
    return "note", "none; the bundled model needs none"


def _nvdiffrast() -> Finding:
    from maquette.pipeline._licences import RESEARCH_ONLY

    purpose, licence, _ = RESEARCH_ONLY["nvdiffrast"]
    if importlib.util.find_spec("nvdiffrast") is not None:
        return "note", f"installed, and {purpose} ({licence}): `maquette make --commercial` refuses it"
    return "ok", f"not installed; optional, {purpose} ({licence})"


def _tool(name: str, purpose: str) -> Callable[[], Finding]:
    def look() -> Finding:
        path = shutil.which(name)
        if path is None:
            return "note", f"not found; optional, {purpose}"
        try:
            answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired) as error:
            return "note", f"{path} does not run ({error}); optional, {purpose}"
        return "ok", f"{(answer.stdout.strip().splitlines() or ['?'])[0]}; {purpose}"

    return look


def _packages(names: tuple[str, ...], extra: str, purpose: str) -> Callable[[], Finding]:
    def look() -> Finding:
        missing = [name for name in names if importlib.util.find_spec(name) is None]
        if missing:
            return (
                "note",
                f'{", ".join(missing)} not installed; optional, {purpose}: pip install "maquette[{extra}]"',
            )
        return "ok", f"{', '.join(names)}; {purpose}"

    return look


CHECKS: dict[str, Callable[[], Finding]] = {
    "python": _python,
    "package": _package,
    "machine": _machine,
    "kernels": _kernels,
    "torch": _torch,
    "weights": _weights,
    "cache": _cache,
    "cuda": _cuda,
    "nvdiffrast": _nvdiffrast,
    "node": _tool("node", "for the tests with the glTF validator and three.js"),
    "gltf_validator": _tool("gltf_validator", "for inspect to ask the Khronos validator"),
    "ktx": _tool("ktx", "for textures as KTX2"),
    "compression": _packages(("DracoPy", "meshoptimizer"), "compress", "Draco and meshopt in glTF files"),
    "blender": _tool("blender", "to open what was made"),
}
