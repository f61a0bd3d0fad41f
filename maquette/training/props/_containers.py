"""Things that hold things, gathered."""

from __future__ import annotations

from maquette.training.props._boxes import barrel, basket, bucket, chest, crate
from maquette.training.props._prop import Category
from maquette.training.props._vessels import bottle, bowl, cauldron, mug, potion, teapot, vase

CONTAINERS = {
    "chest": Category(chest, ("treasure chest", "chest", "trunk")),
    "crate": Category(crate, ("crate", "box", "packing case")),
    "barrel": Category(barrel, ("barrel", "cask", "keg")),
    "bucket": Category(bucket, ("bucket", "pail")),
    "basket": Category(basket, ("basket", "wicker basket")),
    "mug": Category(mug, ("mug", "cup", "coffee mug")),
    "bottle": Category(bottle, ("bottle", "wine bottle")),
    "vase": Category(vase, ("vase", "flower vase")),
    "bowl": Category(bowl, ("bowl",)),
    "cauldron": Category(cauldron, ("cauldron", "witch's cauldron")),
    "teapot": Category(teapot, ("teapot", "tea pot")),
    "potion": Category(potion, ("potion", "potion bottle", "magic potion")),
}
