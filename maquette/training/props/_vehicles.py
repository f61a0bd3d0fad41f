"""Things that carry, gathered."""

from __future__ import annotations

from maquette.training.props._craft import airplane, boat, rocket, ship
from maquette.training.props._motors import car, truck
from maquette.training.props._prop import Category
from maquette.training.props._wheeled import cannon, cart, train

VEHICLES = {
    "boat": Category(boat, ("boat", "rowing boat", "rowboat")),
    "ship": Category(ship, ("ship", "sailing ship", "sailboat")),
    "car": Category(car, ("car", "automobile")),
    "truck": Category(truck, ("truck", "lorry")),
    "rocket": Category(rocket, ("rocket", "spaceship")),
    "cart": Category(cart, ("cart", "wagon")),
    "cannon": Category(cannon, ("cannon",)),
    "airplane": Category(airplane, ("airplane", "plane", "aircraft")),
    "train": Category(train, ("train", "locomotive", "steam engine")),
}
