"""From the words of a file's name to how people say it: "table coffee large 02" is a large coffee table."""

from __future__ import annotations

from dataclasses import dataclass

from maquette.multiview._text import words

COLOR_WORDS = frozenset(
    words(
        "red orange yellow green teal blue purple pink brown tan white gray grey black cyan magenta violet "
        "beige turquoise lime navy maroon color colour colored coloured colors colours"
    )
)
"""Left out: what colour a picture of the model shows is measured, not believed."""
JARGON = frozenset(
    words(
        "left right front back up down variant variation version var alt alternative common uncommon rare "
        "first second third age evolved primitive primitives sample module basemodule roofmodule singlesided "
        "lowpoly poly low model models mesh obj prop props asset character stage test final default new item "
        "detail details detailed decoration piece pieces part parts number numbers icon ui the with and of no "
        "without group scene rotate rotated split swiper sides side mid start beginning end complete type set "
        "fbx gltf glb dae blend collection"
    )
)
"""Words of file names that say nothing about how a thing looks."""
ADJECTIVES = frozenset(
    words(
        "small large big tiny huge mini medium tall short high low wide narrow long thin thick flat round "
        "rounded square curved straight hexagonal sloped slanted diagonal double single triple open closed "
        "empty full filled broken damaged destroyed old vintage modern simple fancy basic decorated "
        "decorative striped dead bare snowy autumn winter wooden golden silver copper iron steel metal stone "
        "glass marble ceramic cardboard plastic leather paper fabric bronze rusty mossy sharp hollow hanging "
        "standing folding sliding sleeping flying walking sitting burning lit dirty clean cracked ancient "
        "medieval pirate alien robot space military police dark bright light heavy raw cooked rotten fresh "
        "frozen ruined fat slim giant wild cute evil magic royal roman greek japanese chinese egyptian viking "
        "western suburban industrial rustic spiked pointed crooked bent cut sliced half inner outer diamond "
        "cross upright stacked"
    )
)
"""Said before the noun wherever a file's name has them; "light" and the like only when a noun follows."""
_INSTEAD = {
    "snow": "snowy", "wood": "wooden", "gold": "golden", "fall": "autumn", "moss": "mossy", "mid": "medium",
    "rectangle": "rectangular", "hexagon": "hexagonal", "triangle": "triangular", "curve": "curved",
    "slope": "sloped", "slant": "slanted", "spikes": "spiked", "decor": "decorated",
}  # fmt: skip
"""Nouns that describe when another noun is there to be described."""
_JOINED = {
    "kitchentable": "kitchen table", "kitchencabinet": "kitchen cabinet", "kitchencounter": "kitchen counter",
    "pictureframe": "picture frame", "trashcan": "trash can", "trafficlight": "traffic light",
    "archeryrange": "archery range", "streetlight": "street light", "lamppost": "lamp post",
    "tsplit": "", "rollofpaper": "roll paper", "trainset": "toy train", "machinegun": "machine gun",
    "treasurechest": "treasure chest", "firehydrant": "fire hydrant", "mailbox": "mailbox",
    "tablecloth": "tablecloth", "suv": "suv car", "hatchback": "hatchback car", "sedan": "sedan car",
    "pickup": "pickup truck", "uzi": "uzi gun", "smg": "smg gun", "ar": "assault rifle", "sniper": "sniper rifle",
    "ammo": "ammo", "spacecraft": "spaceship", "refrigerator": "fridge", "television": "tv",
}  # fmt: skip
_HEADS = frozenset(
    words(
        "tree rock building door tower fence bridge table chair house flag gate column sign crate potion boat "
        "bed bottle book shield plate bush bench target plant pot chest shelf pumpkin box mushroom pistol axe "
        "skeleton truck sword cabinet grenade gravestone trunk knife cactus candle arch desk ship stool "
        "pallet bowl computer ladder sofa key coin shovel tank wagon store lantern cone heart planet lamp cup "
        "tv cannon rocket skull jar log statue container flower grave ball star pan crystal egg torch rug "
        "hammer fountain crossbow bow bookcase dog burger pizza gun couch barrel castle barracks bucket "
        "helmet dagger cake donut machine rifle horse tractor temple spaceship fridge well radio toilet trap "
        "vase coffin mug carrot windmill oven bread zombie campfire car train locomotive backpack bell tent "
        "hood basket ghost chimney gem armor pillow church bomb bag mirror altar deer bee cat fish bird "
        "crocodile camel elephant hat boot shoe ring sink stove bathtub bicycle van bus ambulance taxi "
        "helicopter plane drone robot hut cottage mill stall cart anchor wheel piano guitar drum clock phone "
        "laptop keyboard monitor camera scissors wrench saw drill pencil pen"
    )
)
"""Nouns that, standing first in a file's name, are what the thing is: table_coffee, treePine, rock_moss."""
_TAILS = frozenset(
    words(
        "holder launcher rack stand ball case handle lid post light head room shop knob hook wheel leg seat "
        "roof wall stick pole basket dispenser machine maker opener glove bone dog cap hat doll toy track "
        "path card"
    )
)
"""Nouns that, standing last, are what the thing is even after one of _HEADS: a candle holder, a book case."""
SYNONYMS = (
    ("sofa", "couch", "lounge"), ("barrel", "keg", "cask"), ("burger", "hamburger"), ("tv", "television"),
    ("trash can", "garbage can", "dustbin", "bin"), ("deer", "stag", "buck"), ("fridge", "refrigerator"),
    ("gravestone", "tombstone", "headstone"), ("campfire", "bonfire"), ("rock", "boulder", "stone"),
    ("stairs", "steps", "staircase"), ("axe", "hatchet"), ("bucket", "pail"), ("boat", "rowboat"),
    ("spaceship", "spacecraft", "starship"), ("car", "automobile"), ("truck", "lorry"), ("plane", "airplane"),
    ("rug", "carpet"), ("bookcase", "bookshelf"), ("chest", "treasure chest"), ("potion", "potion bottle"),
    ("stove", "cooker"), ("toilet", "lavatory"), ("donut", "doughnut"), ("dog", "hound", "puppy"),
    ("cat", "kitten"), ("horse", "pony"), ("gun", "firearm"), ("pistol", "handgun"), ("rifle", "long gun"),
    ("knife", "blade"), ("flower", "blossom"), ("bush", "shrub"), ("plant", "houseplant"), ("pot", "planter"),
    ("house", "home"), ("cabin", "log cabin"), ("shop", "store"), ("skyscraper", "high rise"),
    ("hut", "shack"), ("castle", "fortress"), ("lantern", "lamp"), ("street light", "lamp post"),
    ("coin", "token"), ("gem", "jewel"), ("crystal", "shard"), ("cup", "mug"), ("bowl", "dish"),
    ("pan", "skillet"), ("jar", "pot"), ("vase", "urn"), ("box", "carton"), ("crate", "wooden crate"),
    ("ladder", "steps"), ("statue", "sculpture"), ("pillar", "column"), ("fence", "railing"),
    ("computer", "pc"), ("laptop", "notebook"), ("tree", "tree"), ("pine tree", "fir tree", "conifer"),
    ("skull", "head bone"), ("zombie", "undead"), ("robot", "android"), ("monster", "creature"),
    ("ghost", "spirit"), ("soldier", "warrior"), ("wagon", "cart"), ("cake", "gateau"), ("soda", "soft drink"),
)  # fmt: skip
"""Words for one thing; the first is the one that file names mostly use."""


@dataclass(frozen=True)
class Name:
    """How to speak of a model, without colours."""

    adjectives: tuple[str, ...]
    words: tuple[str, ...]
    """What it is, its head noun last; empty where the file's name says nothing."""


def spoken_name(caption: str) -> Name:
    """Plain English out of the words of a file's name: jargon dropped, adjectives in front, the noun last."""
    text = " ".join(_JOINED.get(word, word) for word in words(caption))
    kept = [w for w in words(text) if len(w) > 1 and w.isalpha() and w not in JARGON and w not in COLOR_WORDS]
    kept = list(dict.fromkeys(kept))
    nouns = [w for w in kept if w not in ADJECTIVES and w not in _INSTEAD]
    if nouns:
        before = [_INSTEAD.get(w, w) for w in kept if w not in nouns]
    else:  # a name of adjectives alone, such as "wood": its last word is the thing
        nouns, before = kept[-1:], kept[:-1]
    # Two nouns out of order: the one that names things goes last.
    if len(nouns) > 1 and nouns[0] in _HEADS and nouns[-1] not in _HEADS | _TAILS:
        nouns = [*nouns[1:], nouns[0]]
    return Name(tuple(before[:3]), tuple(nouns[-3:]))


def synonyms(phrase: str) -> tuple[str, ...]:
    """Other ways to say what ends in a known noun: "red sofa" gives "red couch", "red lounge"."""
    found = []
    for group in SYNONYMS:
        for noun in group:
            if phrase == noun or phrase.endswith(f" {noun}"):
                found += [phrase[: len(phrase) - len(noun)] + other for other in group if other != noun]
    return tuple(dict.fromkeys(found))
