"""Time of `splat`, forward and backward, beside its torch reference and with each width of vectors.

    OMP_NUM_THREADS=1 python benchmarks/ops/splat.py [--gaussians 50000] [--repeats 9] [--no-reference]

One perspective view of a ball of Gaussians, or surfels, with spherical harmonics of degree 3: projection,
harmonics, sorting, blending and all of it backward. Processor time, so milliseconds a core, the median of the
repeats; the reference, which blends tile by tile in torch and always makes the geometry, runs once in the same
process, and the ratios are to the native kernel with geometry.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.cameras import orbit
from maquette.ops.splat import splat


def cloud(count: int, axes: int) -> list[Tensor]:
    """Gaussians in a ball in the unit box; of 50,000 the boxes of three sigmas meet 247,000 tiles at 512²."""
    random = torch.Generator().manual_seed(0)
    direction = torch.nn.functional.normalize(torch.randn(count, 3, generator=random), dim=1)
    means = 0.45 * direction * torch.rand(count, 1, generator=random) ** (1 / 3)
    wxyz = torch.randn(count, 4, generator=random)
    scales = 0.005 * torch.exp(0.5 * torch.randn(count, axes, generator=random))
    opacities = torch.sigmoid(1.5 * torch.randn(count, generator=random))
    harmonics = 0.3 * torch.randn(count, 16, 3, generator=random)
    return [tensor.requires_grad_() for tensor in (means, wxyz, scales, opacities, harmonics)]


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """The median processor time of some runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * float(np.median(times))


def measure(tensors: list[Tensor], cameras: Cameras, geometry: bool, backend: str, repeats: int) -> list[float]:
    """Milliseconds forward, and forward with backward."""
    shape = (len(cameras), cameras.height, cameras.width)
    random = torch.Generator().manual_seed(1)
    weights = {"color": torch.randn(*shape, 3, generator=random), "alpha": torch.randn(shape, generator=random)}
    if geometry:
        weights["normals"] = torch.randn(*shape, 3, generator=random)
        weights["depth"] = torch.randn(shape, generator=random)
        weights["distortion"] = torch.randn(shape, generator=random)

    def forward() -> object:
        with torch.no_grad():
            return splat(*tensors, cameras, geometry=geometry, backend=backend)

    def both() -> None:
        drawn = splat(*tensors, cameras, geometry=geometry, backend=backend)
        names = list(weights)
        torch.autograd.backward([getattr(drawn, name) for name in names], [weights[name] for name in names])
        for tensor in tensors:
            tensor.grad = None

    return [milliseconds(forward, repeats), milliseconds(both, repeats)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gaussians", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--no-reference", action="store_true")
    options = parser.parse_args()
    print(f"{options.gaussians:,} Gaussians, {torch.get_num_threads()} thread(s); ms: forward, forward + backward")
    print(f"vectors of {os.environ.get('MAQUETTE_LANES', 'the machine')}")
    for axes, name in ((3, "Gaussians"), (2, "surfels")):
        tensors = cloud(options.gaussians, axes)
        for side in (256, 512):
            cameras = orbit(np.array([30.0]), np.array([20.0]), side)
            row = f"{name:10} {side}²"
            colored = measure(tensors, cameras, False, "native", options.repeats)
            row += f"   colour {colored[0]:6.1f} {colored[1]:6.1f}"
            full = measure(tensors, cameras, True, "native", options.repeats)
            row += f"   with geometry {full[0]:6.1f} {full[1]:6.1f}"
            if not options.no_reference:
                slow = measure(tensors, cameras, True, "reference", 1)
                row += f"   reference {slow[0]:7.0f} {slow[1]:7.0f}   ratio {slow[0] / full[0]:5.1f} "
                row += f"{slow[1] / full[1]:5.1f}"
            print(row, flush=True)
    if options.no_reference or "MAQUETTE_LANES" in os.environ:
        return
    for lanes in ("8", "4"):
        command = [sys.executable, __file__, "--no-reference", "--gaussians", str(options.gaussians)]
        subprocess.run(command, env={**os.environ, "MAQUETTE_LANES": lanes}, check=True)


if __name__ == "__main__":
    main()
