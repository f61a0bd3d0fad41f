"""The shared library of CPU kernels: loaded on first use, called through ctypes with numpy arrays."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
from typing import Any

import numpy as np

_MOST_THREADS = 256  # kernel.h
_NO_MEMORY = -(2**63)  # kernel.h


@functools.cache
def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("maquette.ops._kernels")
    if spec is None or spec.origin is None:
        raise ImportError(
            "maquette's compiled kernels are missing from this installation; "
            "install a C++ compiler (g++ or clang++) and run `pip install --force-reinstall --no-deps maquette`"
        )
    return ctypes.CDLL(spec.origin)


def thread_limit() -> int:
    """How many threads the kernels use: $OMP_NUM_THREADS, or as many as there are cores (kernel.h)."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # "4,2" has 4 at the outer level
    count = int(asked) if asked.isdecimal() else 0
    return min(count if count > 0 else os.cpu_count() or 1, _MOST_THREADS)


def call(name: str, *arguments: np.ndarray | int | float) -> int:
    """Call the C function maquette_<name>; returns its int64 result.

    Arrays go as pointers and must be C-contiguous, ints as int64, floats as double: the C side declares exactly
    those, so what a user may give as either is made one of them by the caller, and arrays are what `_arrays` says.
    The interpreter lock is released meanwhile.

    Raises:
        MemoryError: There was not enough for what the kernel needs beside its arrays.
    """
    function = getattr(_library(), f"maquette_{name}")
    function.restype = ctypes.c_int64
    converted: list[Any] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            if not argument.flags.c_contiguous:
                raise TypeError(f"maquette_{name}: every array must be C-contiguous")
            converted.append(argument.ctypes.data_as(ctypes.c_void_p))
        elif isinstance(argument, (int, np.integer)):
            converted.append(ctypes.c_int64(int(argument)))
        else:
            converted.append(ctypes.c_double(float(argument)))
    result = function(*converted)
    if result == _NO_MEMORY:
        raise MemoryError(
            f"{name.replace('_', ' ')}: out of memory; expected less at once: a smaller mesh or picture"
        )
    return result
