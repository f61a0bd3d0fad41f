"""Run: each stage a step that is kept by content, timed, reported, and cancelled in one place."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from maquette import __version__
from maquette.errors import InputError
from maquette.errors import Note as Note
from maquette.pipeline import _digest
from maquette.pipeline._store import Store

Artifact = TypeVar("Artifact")


@dataclass(frozen=True)
class Step:
    """One stage of a run: what ran, under which key, and how it went."""

    stage: str
    """The package of the method: multiview, reconstruction, meshing, texturing."""
    method: str
    version: int
    options: dict[str, Any]
    key: str
    state: Literal["running", "made", "kept"] = "running"
    """`made` was computed now, `kept` came from the cache."""
    seconds: float = 0.0
    models: tuple[Any, ...] = ()
    """The Weights that the method computes with."""


def default_cache() -> Path:
    """$MAQUETTE_CACHE, or this platform's folder for a user's caches with /maquette."""
    if chosen := os.environ.get("MAQUETTE_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "maquette"


def _default_cache_gb() -> float:
    text = os.environ.get("MAQUETTE_CACHE_GB", "10")
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not size >= 0:
        raise InputError(f"MAQUETTE_CACHE_GB is {text!r}; expected a number of gigabytes")
    return size


@dataclass
class Run:
    """Calls stages, and remembers what they made: `artifact = run(method, *inputs)`.

    A result is kept under the SHA-256 of the method's type, version, options and weights and of every input's
    content, so a changed option runs again only what depends on it. One Run serves one thread; any number of
    Runs, in any number of processes, can share a cache.
    """

    cache: Path | None = field(default_factory=default_cache)
    """Folder of kept results, made when first needed; None keeps nothing."""
    on_progress: Callable[[Step], None] | None = None
    """Told of every step as it starts and as it ends. What it raises cancels the run and leaves nothing half
    written; so does Ctrl-C."""
    cache_gb: float = field(default_factory=_default_cache_gb)
    """About the largest size of the folder, $MAQUETTE_CACHE_GB or 10; what was not used for longest goes first."""
    steps: list[Step] = field(default_factory=list, init=False)
    """Every finished step, in order."""

    @property
    def unfinished(self) -> Path | None:
        """Folder where long stages may write down how far they are; None where nothing is kept."""
        return None if self.cache is None else Store(self.cache).unfinished

    def __call__(self, method: Callable[..., Artifact], *inputs: Any) -> Artifact:
        """What the method makes of the inputs, from the cache where it is there.

        Args:
            method: A frozen dataclass with a `version`, and `weights` where it computes with Weights; its fields
                are all else that its result depends on.
            inputs: Artifacts, strings, numbers.

        Raises:
            TypeError: The method has no version, or an input's content cannot be told.
        """
        version = getattr(type(method), "version", None)
        if version is None:
            raise TypeError(f"{type(method).__name__} has no version; give it `version: ClassVar[int] = 1`")
        step = Step(
            stage=type(method).__module__.removeprefix("maquette.").partition(".")[0],
            method=type(method).__name__,
            version=version,
            options=_digest.options(method),
            key=_digest.digest((method, inputs)),
            models=_digest.models(method),
        )
        self._tell(step)
        start = time.perf_counter()
        store = Store(self.cache) if self.cache is not None else None
        artifact = store.read(step.key) if store else None
        state = "made" if artifact is None else "kept"
        if artifact is None:
            artifact = method(*inputs)
            if store:
                self._keep(store, step, artifact, inputs, time.perf_counter() - start)
        step = replace(step, state=state, seconds=time.perf_counter() - start)
        self.steps.append(step)
        self._tell(step)
        return artifact

    def _keep(self, store: Store, step: Step, artifact: Any, inputs: tuple[Any, ...], seconds: float) -> None:
        about = {
            "stage": step.stage,
            "method": step.method,
            "version": step.version,
            "options": {name: repr(value) for name, value in step.options.items()},
            "inputs": [_digest.digest(value) for value in inputs],
            "package": __version__,
            "device": "cpu",
            "seconds": round(seconds, 3),
        }
        try:
            store.write(step.key, artifact, about)
            if step.key.startswith("0"):  # weighing the folder takes a while, so at one key in sixteen
                store.sweep()
                store.shrink(self.cache_gb * 1e9)
        except OSError as error:
            # The work is done and worth more than its copy: say it, once, and go on.
            self.cache = None
            warnings.warn(
                f"{store.folder}: cannot keep results ({error.strerror or error}); going on without the cache",
                Note,
                stacklevel=3,
            )

    def _tell(self, step: Step) -> None:
        if self.on_progress is not None:
            self.on_progress(step)
