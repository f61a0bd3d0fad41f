"""The table of what one plays, wears, wins, and has about the house and the street."""

from maquette.training.props._decor import flower_pot, picture_frame
from maquette.training.props._devices import camera, clock, globe, hourglass, phone
from maquette.training.props._fittings import ladder, stove, traffic_light, trash_can
from maquette.training.props._music import drum, guitar, piano
from maquette.training.props._prizes import anchor, coin, dice, trophy
from maquette.training.props._prop import Category
from maquette.training.props._wear import boot, crown, hat, umbrella

THINGS = {
    "ladder": Category(ladder, ("ladder",)),
    "traffic_light": Category(traffic_light, ("traffic light", "stoplight", "traffic signal")),
    "clock": Category(clock, ("clock",)),
    "umbrella": Category(umbrella, ("umbrella", "parasol")),
    "guitar": Category(guitar, ("guitar",)),
    "drum": Category(drum, ("drum",)),
    "piano": Category(piano, ("piano",)),
    "hat": Category(hat, ("top hat", "hat")),
    "crown": Category(crown, ("crown", "royal crown")),
    "boot": Category(boot, ("boot",)),
    "phone": Category(phone, ("phone", "smartphone", "mobile phone", "cell phone")),
    "camera": Category(camera, ("camera", "photo camera")),
    "dice": Category(dice, ("dice", "die")),
    "coin": Category(coin, ("coin",)),
    "trophy": Category(trophy, ("trophy", "trophy cup", "winner's cup")),
    "globe": Category(globe, ("globe", "desk globe")),
    "hourglass": Category(hourglass, ("hourglass", "sand timer", "sandglass")),
    "anchor": Category(anchor, ("anchor", "ship anchor")),
    "flower_pot": Category(flower_pot, ("potted plant", "flower pot", "plant pot", "houseplant")),
    "picture_frame": Category(picture_frame, ("picture frame", "painting", "framed picture")),
    "stove": Category(stove, ("stove", "oven", "cooker")),
    "trash_can": Category(trash_can, ("trash can", "garbage can", "dustbin", "trash bin")),
}
