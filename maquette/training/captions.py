"""Sentences about models: a small grammar over what is known to be true of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maquette.training.corpus_names import synonyms
from maquette.training.props import CATEGORIES, Draw, Prop

Facts = Mapping[str, Any]
"""JSON values. Of a prop: category, adjectives, and parts with name, count, color, material, natural, mentioned.
Of an artist's model: noun, adjectives, colors, natural (whether the colours are its own), shape, theme."""

COLOR_WORDS = {
    "purple": ("purple", "purple", "violet"), "teal": ("teal", "teal", "turquoise"), "gray": ("gray", "grey"),
    "gold": ("gold", "golden"), "tan": ("tan", "tan", "beige"),
}  # fmt: skip
MATERIAL_WORDS = {
    "wood": ("wooden", "wooden", "wood"), "metal": ("metal", "metal", "iron", "steel"), "stone": ("stone",),
    "brick": ("brick",), "cloth": ("cloth", "fabric"), "glass": ("glass",), "plastic": ("plastic",),
    "ceramic": ("ceramic", "clay"), "leaf": ("leafy",), "wax": ("wax",),
}  # fmt: skip
STUFF_WORDS = {"cloth": ("cloth", "fabric"), "wood": ("wood",), "ceramic": ("ceramic", "clay")}
SIZE_WORDS = {
    "tall": ("tall", "high"), "short": ("short", "low"), "wide": ("wide", "broad"),
    "narrow": ("narrow", "slim"), "thick": ("thick", "chunky"), "thin": ("thin", "slender"),
}  # fmt: skip
UNSPOKEN = ("leaf", "wax")
"""Materials that stand in for things that have no name of their own: foliage, fruit, flames, soup."""
UNCOUNTED = (
    "feet", "teeth", "water", "snow", "liquid", "moss", "trim", "foliage", "glass", "wax",
    "icing", "cream", "cheese", "lettuce", "basil", "pepperoni", "salami", "hair",
)  # fmt: skip
PLURAL = ("stairs", "steps")
"""Last words of what is many by name; no article goes before them."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def facts(prop: Prop) -> dict[str, Any]:
    """What captions may say about a prop, as JSON values."""
    return {
        "category": prop.category,
        "adjectives": list(prop.adjectives),
        "parts": [
            {
                "name": part.name,
                "count": part.count,
                "color": part.finish.color,
                "material": part.finish.material,
                "natural": part.finish.natural,
                "mentioned": part.mentioned,
            }
            for part in prop.parts
        ],
    }


def caption(about: Facts, draw: Draw, thorough: bool = False) -> str:
    """One true sentence; a colour is left out only where it is the one that anybody would expect.

    Args:
        about: The facts of one prop.
        draw: Random choices of words and of what to leave out.
        thorough: Name every colour, material and part.
    """
    if "noun" in about:
        return _artist_caption(about, draw)
    main, *others = about["parts"]
    say = (lambda probability: True) if thorough else draw.chance
    # Half of the sentences about a naturally coloured thing do not say its colour, so that unsaid means natural.
    color = _color(main, draw) if not main["natural"] or say(0.5) else ""
    material_said = say(0.5) and (main["material"] not in UNSPOKEN or about["category"] == "candle")
    material = draw.choice(MATERIAL_WORDS[main["material"]]) if material_said else ""
    noun = draw.choice((CATEGORIES[about["category"]].nouns[0],) * 2 + CATEGORIES[about["category"]].nouns)
    sizes = [draw.choice(SIZE_WORDS.get(word, (word,))) for word in about["adjectives"] if say(0.5)]
    mentions = [p for p in others if p["mentioned"] and (not p["natural"] or say(0.35))]
    if not thorough and mentions and draw.chance(0.12):
        mentions = mentions[:1]
    if draw.chance(0.3):
        mentions.reverse()
    trailing = [_phrase(p, draw, say) for p in mentions]

    made_of = ""
    if material and draw.chance(0.15):
        material, made_of = "", f" made of {draw.choice(STUFF_WORDS.get(main['material'], (main['material'],)))}"
    describing = [color, material] if draw.chance(0.88) else [material, color]
    words = " ".join(w for w in (*sizes, *describing, noun) if w)
    article = "" if noun.split()[-1] in PLURAL else _article(words, draw)
    sentence = f"{article}{words}{made_of}"
    return f"{sentence} with {_join(trailing)}" if trailing else sentence


def _artist_caption(about: Facts, draw: Draw) -> str:
    """A sentence about an artist's model; empty when its file's name told nothing.

    Colours that are not its own are always said; its own half of the time, so that unsaid means as usual.
    """
    if not about["noun"]:
        return ""
    noun = about["noun"]
    others = synonyms(noun)
    if others and draw.chance(0.3):
        noun = draw.choice(others)
    adjectives = [word for word in about["adjectives"] if draw.chance(0.75)]
    if about["shape"] and about["shape"] not in adjectives and draw.chance(0.15):
        adjectives.insert(0, about["shape"])
    if about["theme"] and about["theme"] not in (*adjectives, *noun.split()) and draw.chance(0.12):
        adjectives.insert(0, about["theme"])
    colors = [draw.choice(COLOR_WORDS.get(color, (color,))) for color in about["colors"]]
    said = " and ".join(colors[: 1 if draw.chance(0.3) else 2]) if not about["natural"] or draw.chance(0.5) else ""
    describing = [said, *adjectives] if draw.chance(0.5) else [*adjectives, said]
    words = " ".join(word for word in (*describing, noun) if word)
    return f"{_article(words, draw)}{words}"


def _phrase(part: Mapping[str, Any], draw: Draw, say: Any) -> str:
    """A part after "with": four brown wooden legs, a red roof, green leaves."""
    plural = (part["name"].endswith("s") and not part["name"].endswith("ss")) or part["name"] in UNCOUNTED
    count = NUMBERS[part["count"]] if 1 < part["count"] < len(NUMBERS) and say(0.5) else ""
    color = _color(part, draw) if not part["natural"] or say(0.8) else ""
    speaks = part["material"] not in UNSPOKEN and part["name"] not in UNCOUNTED and draw.chance(0.2)
    material = draw.choice(MATERIAL_WORDS[part["material"]]) if speaks else ""
    words = " ".join(w for w in (count, color, material, part["name"]) if w)
    return words if plural else _article(words, None) + words


def _color(part: Mapping[str, Any], draw: Draw) -> str:
    return draw.choice(COLOR_WORDS.get(part["color"], (part["color"],)))


def _article(words: str, draw: Draw | None) -> str:
    """A or an; or, when there are dice, sometimes nothing at all, as people type."""
    if draw is not None and draw.chance(0.25):
        return ""
    return "an " if words[0] in "aeiou" or words.startswith("hour") else "a "


def _join(phrases: Sequence[str]) -> str:
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last
