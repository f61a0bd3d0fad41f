"""Builds the CPU kernels: plain C++ behind a C ABI, loaded with ctypes, so no Python or torch headers."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class BuildKernels(build_ext):
    def build_extensions(self):
        compile_some = self.compiler.compile

        def compile_side_by_side(sources, *arguments, **options):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                done = pool.map(lambda source: compile_some([source], *arguments, **options), sources)
                return [name for names in done for name in names]

        self.compiler.compile = compile_side_by_side
        super().build_extensions()

    def get_export_symbols(self, ext):
        return []  # a ctypes library has no PyInit function to export


# Contraction off: an edge shared by two triangles must give exactly opposite signs to both. Floating-point
# exceptions do not trap (as clang has it anyway), so that g++ makes vectors of loops with choices in them.
NUMBERS = ["-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
FLAGS = (
    ["/O2", "/std:c++17"]
    if sys.platform == "win32"
    else ["-O3", "-g0", "-std=c++17", *NUMBERS, "-fvisibility=hidden", "-pthread"]
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
