"""What the user sees while stages run: a live line on a terminal, one plain line a stage elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from maquette.pipeline.run import Step


class Progress:
    """Tells, on standard error, each stage as it runs and how long it took; `with` it, and pass it to Run."""

    def __init__(self, quiet: bool = False) -> None:
        self.title = ""
        self._quiet = quiet
        self._console: Any = None
        self._live: Any = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop()

    def __call__(self, step: Step) -> None:
        """Show one step of a Run."""
        if step.state == "running":
            self._start(f"{self.title}{step.stage} · {step.method}")
        else:
            self.done(step.stage, step.method, step.seconds, kept=step.state == "kept")

    def done(self, stage: str, what: str, seconds: float, kept: bool = False) -> None:
        """Show that something has been done."""
        self._stop()
        if self._quiet:
            return
        took = "from the cache" if kept else f"{seconds:.1f} s"
        if self._console:
            from rich.markup import escape

            mark, style = ("=", "dim") if kept else ("✓", "green")
            text = escape(f"{self.title}{stage:<15}{what:<16}")  # a file's name may have brackets
            self._console.print(f"[{style}]{mark}[/] {text}[dim]{took}[/]")
        else:
            print(f"{self.title}{stage:<15} {what:<16} {took}", file=sys.stderr)

    def _start(self, text: str) -> None:
        self._stop()
        if self._console:
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            self._live = Bar(
                SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(),
                console=self._console, transient=True,
            )  # fmt: skip
            self._live.start()
            self._live.add_task(text, total=None)

    def _stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None
