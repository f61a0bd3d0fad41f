"""Words and numbers: how a sentence enters the network."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LENGTH = 24
"""Words of a sentence that the network reads; further ones are left out."""
PAD, UNKNOWN = 0, 1
GRAMS = 16
"""Character n-grams of a word that the network reads."""
GRAM_ROWS = 4096
"""Rows that n-grams are hashed to; row 0 means no n-gram."""


def words(text: str) -> list[str]:
    """The lower-case words of a sentence; digits up to twelve count as their names."""
    return [_DIGITS.get(str(word), str(word)) for word in re.findall(r"[a-z]+|[0-9]+", text.lower())]


_DIGITS = {
    str(i): name
    for i, name in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
}  # fmt: skip


def grams(word: str) -> list[int]:
    """Rows of a word's character 3- and 4-grams, ends marked, filled up to GRAMS with zeros.

    They let words that are spelled alike share meaning, also words that were never trained on (Bojanowski et al.
    2017, "Enriching word vectors with subword information").
    """
    marked = f"<{word}>"
    found = dict.fromkeys(marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1))
    rows = [1 + zlib.crc32(gram.encode()) % (GRAM_ROWS - 1) for gram in found][:GRAMS]
    return rows + [0] * (GRAMS - len(rows))


@dataclass(frozen=True)
class Vocabulary:
    """The words that a network was trained on."""

    words: tuple[str, ...]
    """Index i + 2 of the embedding; 0 is padding, 1 an unknown word."""
    nouns: Mapping[str, str]
    """What people call things (one to three words) and the category that each names."""
    recognised: frozenset[str] | None = None
    """Those of the nouns that the network was found to draw recognisably; None where nobody looked."""
    parts: frozenset[str] = frozenset()
    """Names of what it draws as part of something else: a bed's pillow, a bookcase's books."""

    @property
    def drawable(self) -> tuple[str, ...]:
        """The nouns that a sentence may be expected to come out as."""
        return tuple(n for n in self.nouns if self.recognised is None or n in self.recognised)

    def encode(self, sentences: Sequence[str]) -> list[list[list[int]]]:
        """For each sentence LENGTH rows, padded with PAD, of a word's index and the rows of its n-grams."""
        index = {word: i + 2 for i, word in enumerate(self.words)}
        padding = [PAD] * (1 + GRAMS)
        encoded = []
        for sentence in sentences:
            rows = [[index.get(word, UNKNOWN), *grams(word)] for word in words(sentence)][:LENGTH]
            encoded.append(rows + [padding] * (LENGTH - len(rows)))
        return encoded
