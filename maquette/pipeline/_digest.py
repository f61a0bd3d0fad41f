"""One digest for everything that can be a stage's input: what the cache's keys and checks are made of."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def digest(value: Any) -> str:
    """SHA-256 of a value's content, the same in every process and on every machine.

    Takes None, bools, numbers, strings, bytes, arrays, and tuples, lists, mappings with string keys and
    dataclasses of those. A method (a dataclass with a `version`) counts with its version and with the SHA-256 of
    its `weights`; fields declared with `metadata={"key": False}` say how something runs, not what it makes, and
    are left out.

    Raises:
        TypeError: The value holds something else, such as a path or an open file: its content cannot be told.
    """
    hasher = hashlib.sha256()
    _feed(hasher.update, value)
    return hasher.hexdigest()


def _feed(update: Callable[[Any], None], value: Any) -> None:
    # Every part is written as a tag and its length, so that no two values are written alike.
    def part(tag: bytes, content: bytes = b"") -> None:
        update(tag + struct.pack("<Q", len(content)) + content)

    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        part(b"none")
    elif isinstance(value, (bool, int)):
        part(type(value).__name__.encode(), str(value).encode())
    elif isinstance(value, float):
        part(b"float", struct.pack("<d", value))
    elif isinstance(value, str):
        part(b"str", value.encode())
    elif isinstance(value, bytes):
        part(b"bytes", value)
    elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        part(b"array", f"{little.dtype.str}{value.shape}".encode())
        update(little.reshape(-1).view(np.uint8).data)
    elif isinstance(value, (tuple, list)):
        part(b"list", str(len(value)).encode())
        for item in value:
            _feed(update, item)
    elif isinstance(value, Mapping):
        part(b"mapping", str(len(value)).encode())
        for name in sorted(value):
            part(b"name", name.encode())
            _feed(update, value[name])
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        part(b"dataclass", f"{kind.__module__}.{kind.__qualname__} {getattr(kind, 'version', 0)}".encode())
        _feed(update, options(value))
        _feed(update, [weights.sha256 for weights in models(value)])
    else:
        raise TypeError(
            f"cannot digest a {type(value).__name__}; expected arrays, numbers, strings or dataclasses"
        )


def options(method: Any) -> dict[str, Any]:
    """A dataclass's fields by name, but for those that are no part of a key."""
    return {
        field.name: getattr(method, field.name)
        for field in dataclasses.fields(method)
        if field.metadata.get("key", True)
    }


def models(method: Any) -> tuple[Any, ...]:
    """The Weights that a method computes with: its `weights`, one or several; most have none."""
    weights = getattr(method, "weights", ())
    return tuple(weights) if isinstance(weights, (tuple, list)) else (weights,)
