"""The cache on disk: one folder an artifact, arrays in safetensors, values in manifest.json, never pickle.

    <cache>/v1/<first two digits of the key>/<key>/{manifest.json, arrays.safetensors}
    <cache>/v1/tmp/<random>/                       being written, or about to be removed
    <cache>/v1/unfinished/                         what long stages write down on their way

An entry appears and goes by one rename, so it is whole or absent whatever is killed whenever, and any number of
processes can share a folder. The manifest holds the artifact's digest: a read that does not give it is damage.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from maquette import artifacts
from maquette.pipeline._digest import digest

_FORMAT = "v1"
_ABANDONED_SECONDS = 600
"""A folder in tmp as old as this has no writer any more: writing takes seconds, computing comes before."""

_FORGOTTEN_SECONDS = 7 * 86400
"""What a long stage wrote down and nobody went on with for so long goes."""

_TYPES = {
    kind.__name__: kind
    for kind in (
        artifacts.Cameras, artifacts.Image, artifacts.Views, artifacts.Gaussians, artifacts.Mesh,
        artifacts.Material, artifacts.Level, artifacts.Asset,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What is known about one kept artifact without reading its arrays."""

    key: str
    folder: Path
    bytes: int
    used: float
    """Seconds since 1970 of the last read or the writing."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Method, options, inputs and the rest that was written beside the arrays; empty when unreadable."""
        return _manifest(self.folder) or {}


@dataclass(frozen=True)
class Store:
    """Artifacts by key in a folder."""

    folder: Path

    def read(self, key: str) -> Any | None:
        """The artifact kept under a key, or None; a damaged entry is removed and counts as none."""
        place = self._place(key)
        try:
            if not place.is_dir():
                return None
        except OSError:  # not ours to look into: then nothing is kept either, and that is told
            return None
        artifact = load(place, key)
        if artifact is None:
            with contextlib.suppress(OSError):  # not ours to remove: then it is made again every time
                self.remove(key)
            return None
        with contextlib.suppress(OSError):  # a cache that others own serves as well; only prune's order suffers
            os.utime(place)
        return artifact

    def write(self, key: str, artifact: Any, about: Mapping[str, Any]) -> None:
        """Keep an artifact; when another process was quicker with the same key, its entry stays.

        Raises:
            OSError: The folder cannot be written or is full; nothing is left behind.
        """
        place, temporary = self._place(key), self._temporary()
        try:
            temporary.mkdir(parents=True)
            save(artifact, temporary, {**about, "key": key})
            if load(temporary, key) is None:
                raise OSError(f"{self.folder}: what was written reads back differently; is the disk failing?")
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def remove(self, key: str) -> None:
        """Take an entry away, at once for every reader."""
        temporary = self._temporary()
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            self._place(key).rename(temporary)
        except FileNotFoundError:
            return  # another process was quicker
        shutil.rmtree(temporary, ignore_errors=True)

    def entries(self) -> Iterator[Entry]:
        """Every entry, damaged ones too, in the order of their keys."""
        for place in sorted((self.folder / _FORMAT).glob("??/*")):
            try:
                size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
                used = place.stat().st_mtime
            except OSError:
                continue  # removed while we look
            yield Entry(place.name, place, size, used)

    def shrink(self, limit_bytes: float) -> tuple[int, int]:
        """Remove the longest unused entries until the rest fits; returns how many went, and their bytes."""
        entries = sorted(self.entries(), key=lambda entry: entry.used)
        excess = sum(entry.bytes for entry in entries) - limit_bytes
        removed = freed = 0
        for entry in entries:
            if freed >= excess:
                break
            self.remove(entry.key)
            removed, freed = removed + 1, freed + entry.bytes
        return removed, freed

    def sweep(self, everything: bool = False) -> int:
        """Remove what killed writers left in tmp, and what was long left unfinished; returns how many things."""
        abandoned = [
            path
            for folder, limit in (
                (self._temporary().parent, _ABANDONED_SECONDS),
                (self.unfinished, _FORGOTTEN_SECONDS),
            )
            for path in folder.glob("*")
            if everything or _age_seconds(path) > limit
        ]
        for path in abandoned:
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return len(abandoned)

    @property
    def unfinished(self) -> Path:
        """Folder for the checkpoints of long stages."""
        return self.folder / _FORMAT / "unfinished"

    def _place(self, key: str) -> Path:
        return self.folder / _FORMAT / key[:2] / key

    def _temporary(self) -> Path:
        return self.folder / _FORMAT / "tmp" / uuid.uuid4().hex


def save(artifact: Any, folder: Path, about: Mapping[str, Any]) -> None:
    """Write an artifact into an empty folder, all of it on the disk before this returns."""
    arrays: dict[str, np.ndarray] = {}
    values = _pack(artifact, "", arrays)
    manifest = {**about, "digest": digest(artifact), "values": values}
    (folder / "arrays.safetensors").write_bytes(safetensors.numpy.save(arrays))
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    for path in folder.iterdir():
        with path.open("r+b") as file:
            os.fsync(file.fileno())


def load(folder: Path, key: str) -> Any | None:
    """Read an artifact back, or None when anything about it is not as it was written."""
    manifest = _manifest(folder)
    if manifest is None or manifest.get("key") != key:
        return None
    try:
        arrays = safetensors.numpy.load((folder / "arrays.safetensors").read_bytes())
        artifact = _unpack(manifest["values"], arrays)
        return artifact if digest(artifact) == manifest["digest"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, safetensors.SafetensorError):
        return None


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _pack(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON; its arrays go into `arrays` under their dotted paths."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        arrays[path or "array"] = np.ascontiguousarray(value)
        return {"array": path or "array"}
    if isinstance(value, (tuple, list)):
        return {"list": [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]}
    if isinstance(value, Mapping):
        return {"mapping": {name: _pack(item, f"{path}.{name}", arrays) for name, item in value.items()}}
    if type(value) in _TYPES.values():
        fields = {
            field.name: _pack(getattr(value, field.name), f"{path}.{field.name}".lstrip("."), arrays)
            for field in dataclasses.fields(value)
        }
        return {"artifact": type(value).__name__, "fields": fields}
    raise TypeError(f"cannot keep a {type(value).__name__}; a stage returns artifacts, or tuples of them")


def _unpack(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "list" in value:
        return tuple(_unpack(item, arrays) for item in value["list"])
    if "mapping" in value:
        return {name: _unpack(item, arrays) for name, item in value["mapping"].items()}
    fields = {name: _unpack(item, arrays) for name, item in value["fields"].items()}
    return _TYPES[value["artifact"]](**fields)


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
