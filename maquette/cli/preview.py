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

    def __call__(self) -> int:
        from maquette.formats import check_writable, load

        if self.output.suffix.lower() != ".png":
            raise InputError(f"{self.output}: the preview is a PNG; expected a name ending in .png")
        check_writable(self.output)
        write_sheet([load(self.asset)], self.output)
        return 0
