"""Bytes from files that may be anything: bounded in size, and never outside the folder that was named."""

from pathlib import Path

from maquette.errors import InputError


def read_bounded(path: Path, limit: int, expected: str) -> bytes:
    """The bytes of a file.

    Args:
        path: An ordinary file that is not empty.
        limit: The most bytes that are read.
        expected: What it should be, for the error: "a PNG, JPEG or WebP picture".

    Raises:
        InputError: It is missing, empty, no ordinary file, too large or unreadable.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; expected {expected}: name the file in it")
        if not path.exists():
            raise InputError(f"{path} does not exist; expected {expected}: check the name")
        if not path.is_file():
            raise InputError(f"{path} is not an ordinary file; expected {expected}: name a file")
        size = path.stat().st_size
        if size == 0:
            raise InputError(f"{path} is empty; expected {expected}: copy or export it again")
        if size > limit:
            raise InputError(
                f"{path} is {size / 1e6:,.0f} MB; expected at most {limit / 1e6:,.0f} MB: make it smaller"
            )
        return path.read_bytes()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{str(path)[:200]!r} cannot be read ({reason}); expected {expected}: check the name"
        ) from error


def decoded(data: bytes) -> str:
    """A text file's text: UTF-8, with a mark at its beginning or without, or else the old Western encoding."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def beside(path: Path, name: str) -> Path:
    """The file that another refers to by a relative name.

    Args:
        path: The file that refers.
        name: What it says, with / or \\ between folders.

    Raises:
        InputError: The name leads out of the folder of `path`, onto a network or around in a circle of links, or
            is none that a disk takes.
    """
    try:
        folder = path.parent.resolve()
        if "://" not in name and "\0" not in name:
            target = (folder / name.replace("\\", "/")).resolve()
            target.is_file()  # asks the disk, so that nobody later is the first to
            if target.is_relative_to(folder):
                return target
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"{path.name} refers to {name[:80]!r}, which cannot be looked up; expected a file beside it: give it "
            "another name"
        ) from error
    raise InputError(
        f"{path.name} refers to {name[:80]!r}, outside its folder; expected files beside it: embed them"
    )
