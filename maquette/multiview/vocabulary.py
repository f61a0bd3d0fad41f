"""What the bundled model can make, and what in a sentence it does not know."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib.resources import files

from maquette.multiview._text import Vocabulary, words


@dataclass(frozen=True)
class Check:
    """How much of a sentence the model understands."""

    nouns: tuple[str, ...]
    """Names of things it can make, as the sentence has them."""
    vague: tuple[str, ...]
    """Names of things that it was shown too few of to draw them recognisably."""
    unknown: tuple[str, ...]
    """Words that it was not trained on."""
    nearest: tuple[str, ...]
    """When there is no known noun: the things that it can make whose names come closest."""


def check(sentence: str, vocabulary: Vocabulary) -> Check:
    """Look up a sentence's words; plurals count as their singular."""
    spoken = words(sentence)
    text = " ".join(spoken)
    known = _LITTLE.union(vocabulary.words)
    nouns = tuple(n for n in vocabulary.nouns if _holds(text, n))
    # "lamp post" is one thing, not a lamp as well.
    nouns = tuple(n for n in nouns if not any(n != other and _holds(other, n) for other in nouns))
    drawable = set(vocabulary.drawable)
    vague = tuple(n for n in nouns if n not in drawable)
    nouns = tuple(n for n in nouns if n in drawable)
    if nouns:  # what is unknown alone may be known as part of them
        vague = tuple(n for n in vague if n not in vocabulary.parts)
    unknown = tuple(w for w in dict.fromkeys(spoken) if w not in known and singular(w) not in known)
    return Check(nouns, vague, unknown, () if nouns else nearest(text, unknown or tuple(spoken), vocabulary))


_LITTLE = {
    *("a", "an", "the", "of", "with", "and", "in", "on", "some", "made", "is", "that", "has", "for", "its", "my"),
    *("one", "big", "small", "little", "large", "tiny", "huge", "old", "new", "simple", "cute", "nice", "low"),
    *("poly", "stylized", "style", "game", "ready", "prop", "model", "picture"),
}
"""Words that carry no look, so that not knowing them changes nothing."""


def nearest(text: str, unknown: tuple[str, ...], vocabulary: Vocabulary, count: int = 5) -> tuple[str, ...]:
    """The things it can make that are nearest to a sentence in meaning; else, as unknown words are spelled."""
    names: dict[str, str] = {}
    for noun in vocabulary.drawable:  # one name a kind, the one that it goes by
        kind = vocabulary.nouns[noun]
        if kind not in names or noun == kind.replace("_", " "):
            names[kind] = noun
    akin = [kind for noun, kind in vocabulary.nouns.items() if _holds(text, noun)]  # it may go by another name
    akin += [kind for kind, others in kin().items() if any(_holds(text, other) for other in others)]
    found = {kind: names[kind] for kind in akin if kind in names}
    if not found:
        for noun in sorted(vocabulary.drawable, key=lambda noun: (-_likeness(noun, unknown), noun)):
            found.setdefault(vocabulary.nouns[noun], noun)
    return tuple(found.values())[:count]


def _likeness(noun: str, words: tuple[str, ...]) -> float:
    """How much the spelling of a noun is that of any of the words, 0 to 1."""
    return max((difflib.SequenceMatcher(None, word, noun).ratio() for word in words), default=0.0)


@functools.cache
def kin() -> dict[str, tuple[str, ...]]:
    """Words for what is not made, by the kind that comes nearest in meaning; some are kin to several kinds."""
    text = files("maquette.multiview").joinpath("kin.txt").read_text("utf-8")
    lines = (line.partition(": ") for line in text.splitlines() if line and not line.startswith("#"))
    return {kind: tuple(words.split(", ")) for kind, _, words in lines}


def singular(word: str) -> str:
    """A regular English plural without its ending."""
    for ending, instead in (("ies", "y"), ("ves", "f"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)] + instead
    return word


def _holds(text: str, noun: str) -> bool:
    spoken = f" {text} "
    single = f" {' '.join(singular(w) for w in text.split())} "
    return f" {noun} " in spoken or f" {noun} " in single
