"""Which models and packages may make what is sold: what `--commercial` refuses, and what to do instead."""

from __future__ import annotations

import importlib.util
from dataclasses import fields

from maquette.errors import InputError
from maquette.pipeline._digest import models
from maquette.pipeline.chains import Options

COMMERCIAL = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "Unlicense"}
)
"""SPDX identifiers of licences that allow commercial use; any other is not taken to."""

RESEARCH_ONLY = {
    "nvdiffrast": (
        "rasterizes on CUDA",
        "NVIDIA Source Code License: research and evaluation only",
        "remove it (`pip uninstall nvdiffrast`): maquette's reference rasterizes on CUDA, its kernels on the CPU",
    ),
}
"""Packages that maquette uses where they are installed, and whose licences forbid commercial use: what each does
here, its licence, and the way without it."""


def check_packages() -> None:
    """Raise InputError if a package is installed that the operators would use and its licence forbids it."""
    for name, (purpose, licence, way_out) in RESEARCH_ONLY.items():
        if importlib.util.find_spec(name) is not None:
            raise InputError(
                f"{name} is installed and {purpose}, but its licence ({licence}) forbids commercial use; {way_out}"
            )


def check_models(options: Options) -> None:
    """Raise InputError for the first of the methods that has a model which may not be used commercially."""
    for field in fields(options):
        method = getattr(options, field.name)
        for weights in models(method):
            if weights.licence not in COMMERCIAL:
                raise InputError(
                    f"{field.name}: {weights.name}, the model of {type(method).__name__}, is under "
                    f"{weights.licence!r}, which is not known to allow commercial use; expected one of "
                    f"{', '.join(sorted(COMMERCIAL))}: take the default, "
                    f"{type(getattr(Options(), field.name)).__name__}, whose models may be used"
                )
