"""`maquette preview`: a sheet of lit views of an asset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from maquette.cli.make import write_sheet
from maquette.errors import InputError


@dataclass(frozen=True)
class Preview:
    """Draw lit, anti-aliased views of an asset, on the CPU, into one PNG."""

    asset: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="ASSET")]
    """The GLB or other mesh file to draw."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="SHEET.png")]
    """The .png to write."""
    size: int = 320
    """Pixels along each side of a small picture; the sheet is four of them wide and two high."""

    def __call__(self) -> int:
        from maquette.formats import check_writable, load

        if self.output.suffix.lower() != ".png":
            raise InputError(f"{self.output}: the preview is a PNG; expected a name ending in .png")
        if not 32 <= self.size <= 1024:
            raise InputError(f"size {self.size} is out of range; expected 32 to 1024 pixels")
        check_writable(self.output)
        write_sheet([load(self.asset)], self.output, self.size)
        return 0
