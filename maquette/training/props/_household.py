"""Electronics, fixtures and belongings of a home, gathered."""

from __future__ import annotations

from maquette.training.props._belongings import backpack, ball, basketball, book, finger_ring, present, soccer_ball
from maquette.training.props._fixtures import door, fridge, sink, toilet
from maquette.training.props._prop import Category
from maquette.training.props._screens import computer, laptop, radio, television

HOUSEHOLD = {
    "television": Category(television, ("television", "tv", "tv set")),
    "computer": Category(computer, ("computer", "desktop computer", "pc")),
    "laptop": Category(laptop, ("laptop", "notebook computer")),
    "radio": Category(radio, ("radio",)),
    "fridge": Category(fridge, ("fridge", "refrigerator")),
    "toilet": Category(toilet, ("toilet",)),
    "sink": Category(sink, ("sink", "washbasin")),
    "door": Category(door, ("door", "doorway")),
    "book": Category(book, ("book",)),
    "present": Category(present, ("present", "gift", "gift box")),
    "ball": Category(ball, ("ball", "toy ball", "rubber ball")),
    "soccer_ball": Category(soccer_ball, ("soccer ball", "football")),
    "basketball": Category(basketball, ("basketball",)),
    "ring": Category(finger_ring, ("ring", "finger ring", "gem ring")),
    "backpack": Category(backpack, ("backpack", "rucksack")),
}
