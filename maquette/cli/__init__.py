"""The command line: `maquette COMMAND ...`. The only place that parses, prints and exits.

Every command lives in its own module, imported when it is called, so that `maquette --help` and the light
commands start at once. Exit codes: 0 done, 1 something broke in maquette, 2 what was given cannot be used,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import importlib
import io
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from maquette.errors import InputError, Note

# Command: its module, its class (options are its fields, calling it runs it), and one line about it.
# Two words make a group.
COMMANDS = {
    "make": ("maquette.cli.make", "Make", "make a GLB from a sentence, a picture, photographs or a mesh"),
    "finish": ("maquette.cli.finish", "Finish", "make any mesh game-ready: budget, atlas, maps, levels, hulls"),
    "preview": ("maquette.cli.preview", "Preview", "draw a sheet of lit views of an asset"),
    "inspect": ("maquette.cli.inspect", "Inspect", "tell what is in an asset"),
    "compare": ("maquette.cli.compare", "Compare", "measure how far one object is from another"),
    "data build": ("maquette.cli.train", "Build", "draw models to train on"),
    "data pairs": ("maquette.cli.train", "BuildPairs", "make what the upscaler is trained on"),
    "train views": ("maquette.cli.train", "TrainViews", "train the multi-view model"),
    "train upscaler": ("maquette.cli.train", "TrainUpscaler", "train the upscaler of views"),
    "eval views": ("maquette.cli.evaluate", "EvalViews", "measure the multi-view model on held-out inputs"),
    "eval nouns": ("maquette.cli.evaluate", "EvalNouns", "find the nouns that the multi-view model draws well"),
    "models list": ("maquette.cli.models", "List", "list the models that come with the package"),
    "models show": ("maquette.cli.models", "Show", "tell what a model is and what it was trained on"),
    "doctor": ("maquette.cli.doctor", "Doctor", "check that this installation works"),
    "cache list": ("maquette.cli.cache", "List", "list the kept results"),
    "cache show": ("maquette.cli.cache", "Show", "write a kept result as PNG views or GLB"),
    "cache prune": ("maquette.cli.cache", "Prune", "remove kept results"),
    "cache verify": ("maquette.cli.cache", "Verify", "read every kept result and report damage"),
}

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PLACE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
"""What is wrong with a place that was given, not with maquette."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGTERM, _terminated)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may hold what no encoding knows
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _note
            if not os.environ.get("MAQUETTE_DEBUG"):
                # What other packages warn of is nothing that a user can act on; our own notes are shown again.
                warnings.simplefilter("ignore")
                warnings.simplefilter("default", Note)
            code = _dispatch(arguments)
            sys.stdout.flush()  # here a full disk or a reader that has gone can still be told
            return code
    except InputError as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt:
        return _complain("stopped; nothing was left half written", 130)
    except BrokenPipeError:
        # The reader of our output has gone, as in `maquette inspect a.glb | head -1`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("MAQUETTE_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno in (*_FULL, *_PLACE):
            place = f"{error.filename}: " if error.filename else ""
            way_out = "free some space or choose another place" if error.errno in _FULL else "choose another place"
            return _complain(f"{place}{error.strerror}; {way_out}", 2)
        return _complain(f"{_one_line(error)} (set MAQUETTE_DEBUG=1 and run again for the details)", 1)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if arguments[0] in ("-V", "--version", "version"):
        from maquette import __version__

        print(f"maquette {__version__}")
        return 0
    words = 2 if any(name.startswith(f"{arguments[0]} ") for name in COMMANDS) else 1
    name = " ".join(arguments[:words])
    if words == 2 and (len(arguments) == 1 or arguments[1] in ("-h", "--help")):
        print(_overview(arguments[0]))
        return 0
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean `maquette {close[0]}`?" if close else "`maquette --help` lists them"
        if words == 1 and " " in name:
            hint = f'to make it, write `maquette make "{name}" -o out.glb`'
        raise InputError(f"there is no command {name!r}; {hint}")
    module, kind, _ = COMMANDS[name]
    command = _parsed(getattr(importlib.import_module(module), kind), name, arguments[words:])
    return command() if command else 0


def _parsed(kind: type, name: str, arguments: list[str]) -> Any | None:
    """A command with its options as tyro reads them, None when help was shown; an error becomes one line."""
    import tyro

    config = (tyro.conf.FlagCreatePairsOff,)
    box = io.StringIO()
    try:
        with contextlib.redirect_stderr(box):
            return tyro.cli(kind, prog=f"maquette {name}", args=arguments, config=config)
    except SystemExit as stop:
        if stop.code in (0, None):
            return None
        raise InputError(_unboxed(box.getvalue(), name)) from None


# What tyro says about a value, and how we say it.
_PHRASES = (
    (r"Error parsing (\S+): invalid literal for int\(\) with base 10: (.*)", r"\1: \2 is not a whole number"),
    (r"Error parsing (\S+): could not convert string to float: (.*)", r"\1: \2 is not a number"),
    (
        r"Error parsing (\S+): no type matching (?:\{None\}\|)?FLOAT could .*? from \[(.*?)\].*",
        r"\1: \2 is not a number",
    ),
    (
        r"Error parsing (\S+): no type matching (?:\{None\}\|)?(\S+) could .*? from \[(.*?)\].*",
        r"\1: \3 is not \2",
    ),
    (r"Missing value for argument '(\S+)'.*", r"\1 needs a value"),
    (r"Unrecognized options: (.*)", r"no such option or argument: \1"),
)


def _unboxed(box: str, name: str) -> str:
    """What one of tyro's drawn error boxes says first, as one line."""
    title, *rows = [re.sub(r"^[│╭╰]|[│╮╯]$", "", line).rstrip() for line in box.splitlines()] or [""]
    body: list[str] = []
    for row in rows:
        if not re.fullmatch(r"\s*[─-]*", row):
            body.append(row)
        elif body:
            break  # below the first rule stand help texts
    if "Required options" in title and body:
        depth = _depth(body[0]) + 4  # an argument's; what it means stands deeper
        names = [row.split(", ")[0].strip() for row in body[1:] if _depth(row) == depth]
        return f"`maquette {name}` needs {' and '.join(names)}; see `maquette {name} --help`"
    message = " ".join(" ".join(body).split())
    for pattern, phrase in _PHRASES:
        message = re.sub(pattern, phrase, message)
    if name == "make" and message.startswith("no such option"):
        message += " (a sentence of several words goes in quotes)"
    return f"{message}; see `maquette {name} --help`"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _overview(group: str | None = None) -> str:
    shown = {name: about for name, (_, _, about) in COMMANDS.items() if group in (None, name.split()[0])}
    width = max(map(len, shown))
    lines = [f"  {name:{width}}  {about}" for name, about in shown.items()]
    head = f"usage: maquette {group or ''}{' ' if group else ''}COMMAND ..."
    example = ["", '  maquette make "a red wooden stool" -o stool.glb', ""] if group is None else [""]
    tail = ["", "`maquette COMMAND --help` tells a command's options."]
    return "\n".join([head, *example, *lines, *tail])


def _note(message: Warning | str, *_: Any) -> None:
    print(f"maquette: note: {_one_line(message)}", file=sys.stderr)


def _complain(message: str, code: int) -> int:
    print(f"maquette: {_one_line(message)}", file=sys.stderr)
    return code


def _one_line(message: object) -> str:
    text = " ".join(str(message).split())
    if isinstance(message, BaseException) and not isinstance(message, Warning):
        return f"{type(message).__name__}: {text}" if text else type(message).__name__
    return text


def _terminated(*_: Any) -> None:
    raise SystemExit(128 + signal.SIGTERM)
