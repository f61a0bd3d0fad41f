"""Model weights: pinned by name, size and SHA-256, verified before use, never pickled."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from maquette.errors import InputError

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Weights:
    """One file of weights: where it is, what it must be, and what it may be used for."""

    name: str
    sha256: str
    """Hexadecimal, of the whole file."""
    size: int
    """Bytes."""
    licence: str
    """SPDX identifier."""
    file: str | None = None
    """Path inside the installed package, for weights that come with it, or an absolute one."""
    url: str | None = None
    """Where `download` gets weights that do not."""

    def __post_init__(self) -> None:
        if (self.file is None) == (self.url is None):
            raise ValueError(f"{self.name}: weights are bundled (file) or downloaded (url), one of the two")
        if not (self.file or self.url or "").endswith((".safetensors", ".onnx")):
            raise ValueError(f"{self.name}: weights are .safetensors or .onnx; pickled files can run code")


def weights_folder() -> Path:
    """Where downloaded weights lie: $MAQUETTE_WEIGHTS, or ~/.local/share/maquette/weights."""
    chosen = os.environ.get("MAQUETTE_WEIGHTS")
    return Path(chosen).expanduser() if chosen else Path.home() / ".local" / "share" / "maquette" / "weights"


@functools.lru_cache(maxsize=8)
def locate(weights: Weights) -> Path:
    """The verified file of some weights; never downloads.

    Raises:
        InputError: It is not there, or is not the file that was pinned.
    """
    if weights.file is not None:
        path = _PACKAGE / weights.file
        way_out = "reinstall maquette: `pip install --force-reinstall --no-deps maquette`"
    else:
        path = weights_folder() / f"{weights.sha256[:16]}-{weights.name}.safetensors"
        way_out = f"fetch it with maquette.weights.download, or copy it from {weights.url} to that place"
    if not path.is_file():
        raise InputError(f"weights {weights.name}: {path} is missing; {way_out}")
    verify(weights, path, way_out)
    return path


def verify(weights: Weights, path: Path, way_out: str = "remove it, so that it is fetched again") -> None:
    """Raise InputError unless a file is the one that was pinned."""
    found = _sha256(path)
    if found != weights.sha256:
        raise InputError(
            f"weights {weights.name}: {path} is damaged (SHA-256 {found[:12]}…, expected {weights.sha256[:12]}…); "
            f"{way_out}"
        )


def download(weights: Weights, timeout_seconds: float = 30.0) -> Path:
    """Fetch weights that do not come with the package, verify them, and only then put them in place.

    Raises:
        InputError: The address does not answer, or does not give the pinned file; nothing is kept.
    """
    if weights.url is None:
        return locate(weights)
    place = weights_folder() / f"{weights.sha256[:16]}-{weights.name}.safetensors"
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                try:
                    with urllib.request.urlopen(weights.url, timeout=timeout_seconds) as answer:
                        shutil.copyfileobj(answer, file, 1 << 20)
                except OSError as error:
                    raise InputError(
                        f"weights {weights.name}: {weights.url} cannot be fetched ({error}); try again, or copy "
                        f"the file to {place}"
                    ) from error
            if os.path.getsize(temporary) != weights.size or _sha256(Path(temporary)) != weights.sha256:
                raise InputError(
                    f"weights {weights.name}: {weights.url} gave another file than the pinned one "
                    f"({weights.size} bytes, SHA-256 {weights.sha256[:12]}…); nothing was kept: update maquette"
                )
            os.replace(temporary, place)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return locate(weights)


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return hasher.hexdigest()
