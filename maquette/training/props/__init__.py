"""Procedural game props: one table of categories, gathered from the files that build them."""

from maquette.training.props._adventure import ADVENTURE
from maquette.training.props._animals import ANIMALS
from maquette.training.props._arms import ARMS
from maquette.training.props._big_beasts import BEASTS
from maquette.training.props._buildings import BUILDINGS
from maquette.training.props._containers import CONTAINERS
from maquette.training.props._food import FOOD
from maquette.training.props._furniture import FURNITURE
from maquette.training.props._garden import GARDEN
from maquette.training.props._household import HOUSEHOLD
from maquette.training.props._kitchen import KITCHEN
from maquette.training.props._lights import LIGHTS
from maquette.training.props._nature import NATURE
from maquette.training.props._people import CREATURES
from maquette.training.props._places import PLACES
from maquette.training.props._prop import COLORS, SUBSTANCES, THINNEST, Category, Draw, Finish, Part, Prop
from maquette.training.props._prop import sample as sample
from maquette.training.props._prop import thinnest as thinnest
from maquette.training.props._prop import unit_scale as unit_scale
from maquette.training.props._snacks import SNACKS
from maquette.training.props._solids import Solid
from maquette.training.props._street import STREET
from maquette.training.props._things import THINGS
from maquette.training.props._tokens import TOKENS
from maquette.training.props._transport import TRANSPORT
from maquette.training.props._vehicles import VEHICLES
from maquette.training.props._weapons import WEAPONS

CATEGORIES: dict[str, Category] = {
    **FURNITURE, **CONTAINERS, **LIGHTS, **WEAPONS, **NATURE, **BUILDINGS, **VEHICLES,
    **GARDEN, **STREET, **TOKENS,
    **FOOD, **ANIMALS, **CREATURES,
    **KITCHEN, **HOUSEHOLD, **ARMS,
    **THINGS, **SNACKS,
    **ADVENTURE, **BEASTS, **PLACES, **TRANSPORT,
}  # fmt: skip

__all__ = [
    "CATEGORIES", "COLORS", "SUBSTANCES", "THINNEST", "Category", "Draw", "Finish", "Part", "Prop", "Solid",
    "sample", "thinnest", "unit_scale",
]  # fmt: skip
