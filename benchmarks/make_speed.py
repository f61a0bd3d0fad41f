"""How long one asset takes: a cold process, a warm library call, and only the texture size changed.

    python benchmarks/make_speed.py [--runs 3]

The alternative that each is set against, in the same run, is the cold process with an empty cache. Peak memory is
that of the cold process (Linux and macOS).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPT = "a red wooden stool"


def command(out: Path, cache: Path, size: int) -> float:
    """Seconds from the start of a `maquette make` process to its exit."""
    arguments = ["make", PROMPT, "-o", str(out), "--cache", str(cache), "--texture-size", str(size)]
    began = time.perf_counter()
    program = [sys.executable, "-c", "from maquette.cli import main; raise SystemExit(main())", *arguments]
    subprocess.run(program, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    cold, changed = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            out, cache = Path(folder) / "stool.glb", Path(folder) / "cache"
            cold.append(command(out, cache, 1024))
            changed.append(command(out, cache, 512))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    import maquette

    warm = []
    for seed in range(runs + 1):
        began = time.perf_counter()
        asset = maquette.make(PROMPT, seed=seed, cache=False)
        with tempfile.TemporaryDirectory() as folder:
            maquette.export_glb(asset, Path(folder) / "stool.glb")
        warm.append(time.perf_counter() - began)
    base = statistics.median(cold)
    for name, seconds, limit in (
        ("cold process, empty cache", base, 20),
        ("warm library call", statistics.median(warm[1:]), 5),
        ("cold process, texture size changed", statistics.median(changed), 5),
    ):
        print(f"{name:36} {seconds:6.2f} s   {base / seconds:5.1f} x   (bar {limit} s)")
    print(f"{'peak memory of the cold process':36} {peak / 2**30:6.2f} GiB           (bar 3 GiB)")


if __name__ == "__main__":
    main()
