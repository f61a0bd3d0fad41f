"""Seconds and peak memory of the commands on a large textured mesh: `python benchmarks/finish/large.py MODEL.glb`.

The model, textures and all, is subdivided until it has --faces triangles at least, and dented. Each command is a
process of its own; its peak is what the operating system counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from blender import dense

from maquette.formats import export_glb, load

# A small process that starts the command: a child counts what its parent had in memory when it was forked.
MEASURE = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6]))
print(done.stdout, done.stderr)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--verbose", action="store_true", help="also what the commands print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "dense.glb", Path(folder) / "out.glb"
        asset = dense(load(options.model), options.faces)
        print(f"{options.model.name}: {len(asset.mesh.faces):,} triangles")
        export_glb(asset, source)
        del asset
        finish = ["finish", str(source), "-o", str(output), "--no-cache", "--height", "1"]
        for command in (finish, [*finish, "--solid"], ["inspect", str(source)], ["inspect", str(output)]):
            whole = [sys.executable, "-c", MEASURE, sys.executable, "-m", "maquette", *command]
            told = subprocess.run(whole, capture_output=True, text=True, check=True).stdout
            first, rest = told.split("\n", 1)
            seconds, used, gigabytes = map(float, first.strip("[]").split(","))
            name = " ".join([command[0], Path(command[1]).stem, *command[7:]])
            print(f"{name:30}{seconds:7.1f} s{used:7.1f} s CPU{gigabytes:7.2f} GB", flush=True)
            if options.verbose:
                print(rest)


if __name__ == "__main__":
    main()
