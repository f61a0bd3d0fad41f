"""Animals, gathered."""

from __future__ import annotations

from maquette.training.props._four_legged import cat, cow, dog, horse, pig
from maquette.training.props._prop import Category
from maquette.training.props._small_animals import bird, fish, frog

ANIMALS = {
    "horse": Category(horse, ("horse", "pony")),
    "dog": Category(dog, ("dog", "puppy")),
    "cat": Category(cat, ("cat", "kitten")),
    "cow": Category(cow, ("cow", "dairy cow")),
    "pig": Category(pig, ("pig", "piglet")),
    "fish": Category(fish, ("fish",)),
    "bird": Category(bird, ("bird", "songbird")),
    "frog": Category(frog, ("frog", "toad")),
}
