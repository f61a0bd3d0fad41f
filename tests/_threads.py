"""What a program prints, for kernels whose results must not depend on the number of threads."""

import os
import subprocess
import sys
from pathlib import Path


def printed(program: str, threads: int) -> str:
    """The output of a Python program in a process of its own whose kernels may use so many threads."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join([".", "tests"])},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
