"""One way to write a file: all of it under its name, or nothing."""

import errno
import os
from pathlib import Path
from secrets import token_hex

from maquette.errors import InputError


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file beside its final place, then rename it, so that nobody ever sees half of it.

    Args:
        path: The file to make or replace; its folder must exist.
        data: The whole contents.

    Raises:
        InputError: The folder is missing, the path is a folder or a device, or the disk refuses. An older file
            of that name is then as it was.
    """
    path = Path(path)
    problem = _obstacle(path)
    if problem:
        raise InputError(problem)
    temporary = path.parent / f".maquette-{token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(_advice(path, error, len(data))) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise InputError where `write_atomically` certainly would: to be called before long work.

    Args:
        path: The file that will be made or replaced.
    """
    problem = _obstacle(Path(path))
    if problem:
        raise InputError(problem)


def _obstacle(path: Path) -> str | None:
    try:
        if "\0" in str(path):
            raise ValueError("it has a zero byte")
        if path.is_dir():
            return f"{path} is a folder; expected a file name to write: add one, as in {path / 'out.glb'}"
        if path.exists() and not path.is_file():
            return f"{path} is not an ordinary file; expected a file name to write: choose another path"
        if not path.parent.is_dir():
            return (
                f"the folder {path.parent} does not exist; expected one to write {path.name} into: make it first"
            )
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            return f"{path} may not be written; expected a folder and a file of yours: choose another path"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return f"{str(path)[:200]!r} is no path that can be written ({reason}): choose another name"
    return None


def _advice(path: Path, error: OSError, size: int) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"{path} does not fit on its disk ({size:,} bytes, {error.strerror}): free some space and try again"
    return f"{path} could not be written ({error.strerror}); expected a writable folder: choose another path"
