"""Builds the CPU kernels: plain C++ behind a C ABI, loaded with ctypes, so no Python or torch headers."""

import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class BuildKernels(build_ext):
    def get_export_symbols(self, ext):
        return []  # a ctypes library has no PyInit function to export


FLAGS = (
    ["/O2", "/std:c++17"]
    if sys.platform == "win32"
    # Contraction off: an edge shared by two triangles must give exactly opposite signs to both.
    else ["-O3", "-std=c++17", "-fno-math-errno", "-ffp-contract=off", "-fvisibility=hidden", "-pthread"]
)

setup(
    ext_modules=[
        Extension(
            "maquette.ops._kernels",
            sources=sorted(str(path) for path in Path("maquette/ops").glob("*/*.cpp")),
            depends=sorted(str(path) for path in Path("maquette/ops").rglob("*") if path.suffix in (".h", ".inl")),
            include_dirs=["maquette/ops"],
            extra_compile_args=FLAGS,
            extra_link_args=[] if sys.platform == "win32" else ["-pthread"],
            language="c++",
        )
    ],
    cmdclass={"build_ext": BuildKernels},
)
