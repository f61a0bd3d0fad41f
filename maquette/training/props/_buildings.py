"""Buildings and what stands around them, gathered."""

from __future__ import annotations

from maquette.training.props._houses import castle, house, tower, windmill
from maquette.training.props._outdoors import bridge, fence, gravestone, sign, tent, well
from maquette.training.props._prop import Category

BUILDINGS = {
    "house": Category(house, ("house", "cottage", "hut")),
    "tower": Category(tower, ("tower", "watchtower")),
    "castle": Category(castle, ("castle", "fortress")),
    "fence": Category(fence, ("fence", "picket fence")),
    "well": Category(well, ("well", "water well")),
    "tent": Category(tent, ("tent",)),
    "gravestone": Category(gravestone, ("gravestone", "tombstone", "headstone")),
    "sign": Category(sign, ("sign", "signpost")),
    "windmill": Category(windmill, ("windmill",)),
    "bridge": Category(bridge, ("bridge",)),
}
