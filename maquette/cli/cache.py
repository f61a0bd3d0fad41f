"""`maquette cache list | prune | verify`: look after the kept results."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from maquette.errors import InputError
from maquette.pipeline._store import Store, load
from maquette.pipeline.run import default_cache

_DAY_SECONDS = 86400


@dataclass(frozen=True)
class List:
    """List the kept results, the latest used first."""

    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of the cache, in place of this platform's own."""
    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        store = _store(self.cache)
        entries = sorted(store.entries(), key=lambda entry: -entry.used)
        if self.json:
            rows = [
                {
                    "key": entry.key,
                    "stage": entry.manifest.get("stage"),
                    "method": entry.manifest.get("method"),
                    "bytes": entry.bytes,
                    "used": round(entry.used),
                    "seconds": entry.manifest.get("seconds"),
                    "options": entry.manifest.get("options"),
                }
                for entry in entries
            ]
            print(json.dumps({"cache": str(store.folder), "entries": rows}, indent=1))
            return 0
        for entry in entries:
            about = entry.manifest
            print(
                f"{entry.key[:12]}  {about.get('stage', 'damaged'):<15} {about.get('method', '?'):<16} "
                f"{entry.bytes / 1e6:8.2f} MB  made in {about.get('seconds', 0):.1f} s, "
                f"used {_ago(time.time() - entry.used)}"
            )
        print(f"{store.folder}: {_counted(len(entries))}, {sum(entry.bytes for entry in entries) / 1e6:.1f} MB")
        return 0


@dataclass(frozen=True)
class Prune:
    """Remove kept results: all, those long unused, or the longest unused until the rest fits a size."""

    older_than: Annotated[float | None, tyro.conf.arg(metavar="DAYS")] = None
    """Remove what has not been used for so many days."""
    max_size: Annotated[float | None, tyro.conf.arg(metavar="GB")] = None
    """Remove the longest unused until at most so many gigabytes are left."""
    all: bool = False
    """Remove everything."""
    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of the cache, in place of this platform's own."""

    def __call__(self) -> int:
        given = [self.older_than is not None, self.max_size is not None, self.all]
        if sum(given) != 1:
            raise InputError("say what to remove: one of --older-than DAYS, --max-size GB, --all")
        if not (self.older_than or 0) >= 0 or not (self.max_size or 0) >= 0:
            raise InputError("--older-than and --max-size take a number that is not negative")
        store = _store(self.cache)
        store.sweep(everything=self.all)
        if self.older_than is not None:
            before = time.time() - self.older_than * _DAY_SECONDS
            old = [entry for entry in store.entries() if entry.used <= before]
            for entry in old:
                store.remove(entry.key)
            removed, freed = len(old), sum(entry.bytes for entry in old)
        else:
            removed, freed = store.shrink((self.max_size or 0) * 1e9)
        left = sum(entry.bytes for entry in store.entries())
        print(f"{store.folder}: removed {_counted(removed)}, {freed / 1e6:.1f} MB; {left / 1e6:.1f} MB left")
        return 0


@dataclass(frozen=True)
class Verify:
    """Read every kept result and compare it with its digest; damaged ones are named and removed."""

    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of the cache, in place of this platform's own."""

    def __call__(self) -> int:
        store = _store(self.cache)
        total = damaged = 0
        for entry in store.entries():
            total += 1
            if load(entry.folder, entry.key) is None and entry.folder.is_dir():
                damaged += 1
                store.remove(entry.key)
                print(f"{entry.key[:12]}  damaged, removed; it is made again when needed")
        print(f"{store.folder}: {_counted(total)} read, {damaged} damaged")
        return 1 if damaged else 0


@dataclass(frozen=True)
class Show:
    """Write a kept result in a form that other programs open: PNG views with transforms.json, PNG, or GLB."""

    key: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="KEY")]
    """The key, or as much of its beginning as tells it from the others; `maquette cache list` tells them."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="DIR")]
    """Folder to write into, made where it does not exist."""
    cache: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of the cache, in place of this platform's own."""

    def __call__(self) -> int:
        store = _store(self.cache)
        keys = [entry.key for entry in store.entries() if self.key and entry.key.startswith(self.key)]
        if len(keys) != 1:
            raise InputError(
                f"{_counted(len(keys))} start with {self.key!r}; expected one: see `maquette cache list`"
            )
        artifact = store.read(keys[0])
        if artifact is None:
            raise InputError(f"{keys[0][:12]} was damaged and is removed; it is made again when needed")
        for path in _written(artifact, self.output):
            print(path)
        return 0


def _written(artifact: Any, folder: Path) -> list[Path]:
    """Write an artifact's readable form into a folder and return what was written."""
    from maquette import formats
    from maquette.artifacts import Asset, Image, Mesh, Views
    from maquette.formats.views import save_views
    from maquette.ops import corner_normals

    if not isinstance(artifact, (Views, Image, Mesh, Asset)):
        kind = type(artifact).__name__
        raise InputError(f"a {kind} has no form that other programs open; expected views or a mesh")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror}); expected a folder to write into") from error
    if isinstance(artifact, Views):
        save_views(artifact, folder)
        return [folder / "transforms.json"]
    if isinstance(artifact, Image):
        formats.save_png(folder / "image.png", artifact.rgb)
        return [folder / "image.png"]
    if isinstance(artifact, Mesh):
        corners = artifact.vertices[artifact.faces].reshape(-1, 3)
        faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
        colors = artifact.vertex_colors
        mesh = Mesh(corners, faces, None if colors is None else colors[artifact.faces].reshape(-1, 3))
        artifact = Asset(mesh, None, corner_normals(artifact.vertices, artifact.faces).reshape(-1, 3))
    formats.export_glb(artifact, folder / "asset.glb")
    return [folder / "asset.glb"]


def _store(folder: Path | None) -> Store:
    if folder is not None and not folder.is_dir():
        raise InputError(f"the cache {folder} does not exist; expected a folder: check --cache")
    return Store(folder or default_cache())


def _counted(number: int) -> str:
    return f"{number} result{'' if number == 1 else 's'}"


def _ago(seconds: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name} ago"
    return "just now"
