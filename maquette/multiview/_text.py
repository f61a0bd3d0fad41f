"""Words and numbers: how a sentence enters the network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LENGTH = 24
"""Words of a sentence that the network reads; further ones are left out."""
PAD, UNKNOWN = 0, 1


def words(text: str) -> list[str]:
    """The lower-case words of a sentence; digits up to twelve count as their names."""
    return [_DIGITS.get(str(word), str(word)) for word in re.findall(r"[a-z]+|[0-9]+", text.lower())]


_DIGITS = {
    str(i): name
    for i, name in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
}  # fmt: skip


@dataclass(frozen=True)
class Vocabulary:
    """The words that a network was trained on."""

    words: tuple[str, ...]
    """Index i + 2 of the embedding; 0 is padding, 1 an unknown word."""
    nouns: Mapping[str, str]
    """What people call things (one to three words) and the category that each names."""

    def encode(self, sentences: Sequence[str]) -> list[list[int]]:
        """Word indices, one row of LENGTH a sentence, padded with PAD."""
        index = {word: i + 2 for i, word in enumerate(self.words)}
        rows = [[index.get(word, UNKNOWN) for word in words(s)][:LENGTH] for s in sentences]
        return [row + [PAD] * (LENGTH - len(row)) for row in rows]
