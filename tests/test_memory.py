"""A kernel without memory raises; the program that called it, Blender perhaps, goes on."""

import os
import subprocess
import sys

import pytest

CALLS = {
    "decimate": "decimate(vertices, faces, 1000)",
    "rasterize": "rasterize(vertices, faces, axis_aligned(200))",
    "order_faces": "order_faces(faces, len(vertices))",
}

SCRIPT = """
import resource
import numpy as np
from maquette.cameras import axis_aligned
from maquette.ops import decimate, rasterize
from maquette.ops.order import order_faces

side = 400
x, y = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
vertices = (np.stack([x, y, np.sin(x) * np.cos(y)], -1).reshape(-1, 3) / side).astype(np.float32)
corner = (x * side + y)[:-1, :-1].reshape(-1, 1)
faces = np.concatenate([corner + [0, side, 1], corner + [1, side, side + 1]]).astype(np.int32)
order_faces(faces[:1], len(vertices))  # the library is loaded

_, hard = resource.getrlimit(resource.RLIMIT_AS)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
for megabytes in range(0, 600, 4):
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20, hard))
    try:
        CALL
    except MemoryError as error:
        message = str(error)
    else:
        message = "went well"
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    print(message, flush=True)
    if message == "went well":
        break
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_without_memory_raises_and_works_with_more(name):
    script = SCRIPT.replace("CALL", CALLS[name])
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # a thread for which there is no stack ends the process in libc
    done = subprocess.run([sys.executable, "-c", script], env=alone, capture_output=True, text=True, timeout=300)
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-400:]
    assert said[-1] == "went well"
    # numpy refuses its arrays with the least memory, the kernel its own with a little more.
    assert any("out of memory; expected less at once" in line for line in said), said
