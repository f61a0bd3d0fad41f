"""Animals on four legs, head towards +Z. Fur and skin are of the substance "wax"."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

import numpy as np

from maquette.training.props._profiles import cut_out, four_legs, lengthwise, pair, pointed, trunk
from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, pillow, ring, tube
from maquette.training.props._words import words


def eyes(draw: Draw, x: float, y: float, z: float, size: float, skin: Finish) -> Part:
    """Two round eyes that stand out of a head, dark, or white on what is dark."""
    finish = draw.finish("wax", natural=("black",) if skin.color != "black" else ("white",), painted=0.0)
    return Part("eyes", pair(ellipsoid((x, y, z), (size, size, size), 10)), finish, 2, mentioned=False)


def horse(draw: Draw) -> Prop:
    length, girth = draw.uniform(0.85, 1.0), draw.uniform(0.19, 0.23)
    legs, leg = draw.uniform(0.5, 0.64), draw.uniform(0.065, 0.08)
    rise, reach = draw.uniform(0.36, 0.46), draw.uniform(0.2, 0.28)
    coat = draw.finish("wax", natural=("brown", "brown", "brown", "white", "black", "tan", "gray"), painted=0.15)
    hair = draw.finish("wax", natural=("black", "brown", "white", "tan"), avoid=[coat], painted=0.15)
    hoof = draw.finish("wax", natural=("black", "gray", "brown"), avoid=[coat, hair], painted=0.05)
    back, chest = legs + girth * 0.9, length * 0.38
    poll, far = back + rise, chest + reach
    neck = tube([[0, back - 0.02, chest - 0.08], [0, poll, far - 0.02]], [girth * 0.92, girth * 0.5], 14)
    face = [[0, poll + 0.04, far - 0.06], [0, poll - 0.03, far + 0.08], [0, poll - 0.2, far + 0.3]]
    head = tube(face, [girth * 0.45, girth * 0.6, girth * 0.42], 14)
    muzzle = ellipsoid(face[-1], (girth * 0.46, girth * 0.46, girth * 0.5), 12)
    ears = pair(pointed((0.075, poll + 0.06, far), (0.09, poll + 0.24, far + 0.01), 0.068))
    limbs = four_legs(girth * 0.6, length * 0.38, -length * 0.39, back, leg, 0.09)
    haunches = pair(ellipsoid((girth * 0.45, legs + 0.02, -length * 0.36), (girth * 0.55, 0.2, 0.17), 12))
    # The mane stands on the neck, from between the ears to the shoulders.
    z, y = chest - 0.26, back + girth * 0.75
    ridge = [(far + 0.1, poll + 0.12), (far - 0.06, poll + 0.12), (z - 0.08, y + 0.02), (z + 0.12, y - 0.1)]
    mane = cut_out([*ridge, (far, poll - 0.02)], 0.12)
    rump = -length / 2
    tail = tube(
        [[0, back + girth * 0.5, rump + 0.06], [0, back + 0.06, rump - 0.13], [0, back - 0.2, rump - 0.17],
         [0, legs * 0.45, rump - 0.14]],
        [0.06, 0.085, 0.1, 0.05], 12,
    )  # fmt: skip
    hooves = four_legs(girth * 0.6, length * 0.38, -length * 0.39, 0.11, leg * 1.25)
    parts = [
        Part(
            "coat",
            (trunk(length, girth, 3, 0.1).moved(y=back), neck, head, muzzle, *ears, *haunches, *limbs),
            coat,
        ),
        Part("mane", (mane,), hair),
        Part("tail", (tail,), hair),
        Part("hooves", tuple(hooves), hoof, 4),
        eyes(draw, girth * 0.5, poll, far + 0.1, 0.052, coat),
    ]
    if draw.chance(0.3):
        seat = draw.finish("cloth", natural=("red", "brown", "blue"), avoid=[coat, hair])
        band = lengthwise([(girth * 1.08, -0.15), (girth * 1.06, 0.15)]).moved(y=back)
        rests = [ellipsoid((0, back + girth * 1.05, z), (girth * 0.7, 0.09, 0.06), 12) for z in (-0.14, 0.14)]
        parts.append(Part("saddle", (band, *rests), seat))
    return Prop("horse", tuple(parts), words(tall=legs > 0.6, short=legs < 0.53))


def dog(draw: Draw) -> Prop:
    length, girth = draw.uniform(0.6, 0.78), draw.uniform(0.15, 0.19)
    legs, leg = draw.uniform(0.22, 0.34), draw.uniform(0.06, 0.075)
    skull, snout = draw.uniform(0.19, 0.22), draw.uniform(0.17, 0.24)
    style = draw.choice(["floppy", "floppy", "pointed"])
    coat = draw.finish("wax", natural=("brown", "gold", "tan", "white", "black", "gray"), painted=0.12)
    other = draw.finish("wax", natural=("brown", "white", "black", "tan"), avoid=[coat], painted=0.1)
    collar = draw.finish("cloth", natural=("red", "blue"), avoid=[coat, other])
    back, z = legs + girth * 0.85, length * 0.5 + 0.08
    top = back + girth + 0.14
    neck = tube([[0, back, length * 0.34], [0, top - 0.04, z - 0.02]], [girth * 0.8, girth * 0.68], 14)
    head = ellipsoid((0, top, z), (skull, skull * 0.92, skull * 0.95), 16)
    tip = z + skull * 0.7 + snout
    muzzle = pillow((0, top - skull * 0.3, tip - snout * 0.7), (0.22, 0.17, snout * 1.5), 0.6)
    if style == "floppy":
        ears = pair(
            pillow((0, -0.12, 0), (0.1, 0.32, 0.19), 0.7).turned("z", 14).moved(skull * 0.92, top + 0.12, z - 0.03)
        )
    else:
        ears = pair(
            pointed((skull * 0.55, top + skull * 0.5, z - 0.03), (skull * 0.8, top + skull * 1.75, z), 0.1)
        )
    up = draw.uniform(0.2, 0.34)
    tail = tube(
        [[0, back + girth * 0.4, -length * 0.45], [0, back + girth + 0.06, -length * 0.5 - 0.09],
         [0, back + girth + up, -length * 0.5 - 0.08]],
        [0.065, 0.06, 0.05], 10,
    )  # fmt: skip
    limbs = four_legs(girth * 0.62, length * 0.33, -length * 0.36, back, leg)
    paws = [
        pillow((s * girth * 0.62, 0.05, at + 0.04), (leg * 2.5, 0.1, leg * 3.1), 0.6)
        for s in (-1, 1)
        for at in (length * 0.33, -length * 0.36)
    ]
    nose = draw.finish("wax", natural=("black", "pink"), avoid=[other], painted=0.0)
    parts = [
        Part("coat", (trunk(length, girth, 3, 0.12).moved(y=back), neck, head, tail, *limbs), coat),
        Part("ears", ears, other, 2),
        Part("muzzle", (muzzle, *paws), other, mentioned=False),
        Part("nose", (ellipsoid((0, top - skull * 0.14, tip), (0.065, 0.055, 0.05), 10),), nose, mentioned=False),
        eyes(draw, skull * 0.5, top + skull * 0.28, z + skull * 0.78, 0.042, coat),
    ]
    if draw.chance(0.65):
        middle = (0, (back + top) / 2 + 0.02, (length * 0.34 + z) / 2 + 0.01)
        lean = -np.degrees(np.arctan2(top - 0.04 - back, z - 0.02 - length * 0.34)) + 90
        band = ring((0, 0, 0), girth * 0.74, 0.09).turned("x", float(lean)).moved(*middle)
        parts.append(Part("collar", (band,), collar))
    return Prop("dog", tuple(parts), words(tall=legs > 0.31, long=length > 3.9 * girth))


def cat(draw: Draw) -> Prop:
    length, girth = draw.uniform(0.5, 0.62), draw.uniform(0.13, 0.16)
    legs, leg = draw.uniform(0.2, 0.27), draw.uniform(0.048, 0.06)
    skull, ear = draw.uniform(0.2, 0.23), draw.uniform(0.17, 0.23)
    high = draw.uniform(0.3, 0.45)
    coat = draw.finish("wax", natural=("orange", "gray", "black", "white", "tan", "brown"), painted=0.12)
    other = draw.finish("wax", natural=("white", "white", "tan"), avoid=[coat], painted=0.1)
    pink = draw.finish("wax", natural=("pink",), avoid=[coat, other], painted=0.0)
    back, z = legs + girth * 0.85, length * 0.5 + 0.06
    top = back + girth + 0.12
    neck = tube([[0, back, length * 0.3], [0, top, z - 0.04]], girth * 0.75, 12)
    head = ellipsoid((0, top, z), (skull * 1.12, skull * 0.9, skull * 0.85), 18)
    ears = pair(
        pointed((skull * 0.66, top + skull * 0.45, z), (skull * 0.98, top + skull * 0.7 + ear, z), 0.115, 0.12)
    )
    inner = pair(
        pointed(
            (skull * 0.68, top + skull * 0.5, z + 0.06),
            (skull * 0.93, top + skull * 0.55 + ear * 0.8, z + 0.06),
            0.07,
            0.2,
        )
    )
    rump = -length / 2
    path = [
        [0, back + girth * 0.3, rump + 0.05], [0, back + girth * 0.5, rump - 0.1],
        [0, back + high * 0.5, rump - 0.17], [0, back + high, rump - 0.15],
        [0, back + high + 0.14, rump - 0.06], [0, back + high + 0.17, rump + 0.05],
    ]  # fmt: skip
    limbs = four_legs(girth * 0.6, length * 0.33, -length * 0.36, back, leg)
    paws = [
        pillow((s * girth * 0.6, 0.045, at + 0.03), (leg * 2.6, 0.1, leg * 3.2), 0.6)
        for s in (-1, 1)
        for at in (length * 0.33, -length * 0.36)
    ]
    tail = tube(path, 0.05, 10)
    nose = ellipsoid((0, top - skull * 0.13, z + skull * 0.87), (0.045, 0.035, 0.045), 8)
    cheeks = pair(ellipsoid((0.055, top - skull * 0.34, z + skull * 0.72), (0.085, 0.065, 0.07), 12))
    parts = [
        Part("coat", (trunk(length, girth, 3, 0.1).moved(y=back), neck, head, *ears, tail, *limbs), coat),
        Part("paws", (*paws, *cheeks, ellipsoid(path[-1], (0.056,) * 3, 10)), other, 4),
        Part("nose", (nose, *inner), pink, mentioned=False),
    ]
    if draw.chance(0.4):
        dark = draw.finish("wax", natural=("brown", "black", "gray"), avoid=[coat, other], painted=0.1)
        bands = [
            lengthwise([(girth * 1.07, at - 0.035), (girth * 1.07, at + 0.035)]).moved(y=back)
            for at in np.linspace(-length * 0.28, length * 0.22, 3)
        ]
        brow = [box((x, top + skull * 0.62, z + skull * 0.42), (0.068, 0.14, 0.13)) for x in (-0.12, 0, 0.12)]
        parts.append(Part("stripes", (*bands, *brow), dark))
    look = draw.finish("wax", natural=("green", "yellow", "blue"), avoid=[coat, other], painted=0.0)
    balls = pair(ellipsoid((skull * 0.48, top + skull * 0.1, z + skull * 0.74), (0.055, 0.055, 0.04), 10))
    parts.append(Part("eyes", balls, look, 2))
    return Prop("cat", tuple(parts), words(long=length > 0.59, short=length < 0.53))


def cow(draw: Draw) -> Prop:
    length, width = draw.uniform(0.85, 1.0), draw.uniform(0.4, 0.48)
    height, legs = draw.uniform(0.42, 0.5), draw.uniform(0.26, 0.36)
    leg, horn = draw.uniform(0.07, 0.085), draw.uniform(0.14, 0.22)
    hide = draw.finish("wax", natural=("white", "white", "brown", "tan"), painted=0.12)
    patch = draw.finish("wax", natural=("black", "black", "brown", "white"), avoid=[hide], painted=0.1)
    pink = draw.finish("wax", natural=("pink",), avoid=[hide, patch], painted=0.0)
    bone = draw.finish("wax", natural=("tan", "gray", "white"), avoid=[hide, patch, pink], painted=0.0)
    hoof = draw.finish("wax", natural=("black", "gray", "brown"), avoid=[hide, bone], painted=0.0)
    back, rump = legs + height / 2, -length / 2
    body = pillow((0, back, 0), (width, height, length), 0.5)
    z, top = length / 2 + 0.12, back + height * 0.34
    neck = tube([[0, back + 0.04, length * 0.34], [0, top, z]], [0.17, 0.14], 14)
    head = pillow((0, top, z + 0.04), (0.3, 0.34, 0.32), 0.6)
    muzzle = pillow((0, top - 0.12, z + 0.2), (0.29, 0.19, 0.18), 0.6)
    ears = pair(ellipsoid((0.2, top + 0.06, z - 0.02), (0.13, 0.06, 0.055), 12))
    horns = pair(tube(
        [[0.08, top + 0.13, z], [0.17, top + 0.2, z], [0.19, top + 0.2 + horn, z + 0.02]], [0.06, 0.058, 0.048], 10
    ))  # fmt: skip
    limbs = four_legs(width * 0.3, length * 0.34, -length * 0.36, back, leg, 0.08)
    hooves = four_legs(width * 0.3, length * 0.34, -length * 0.36, 0.1, leg * 1.15)
    tail = tube(
        [[0, back + height * 0.4, rump + 0.03], [0, back + 0.1, rump - 0.09], [0, back - 0.12, rump - 0.1]],
        0.045,
        10,
    )
    spots = [ellipsoid((0, back - 0.16, rump - 0.1), (0.07, 0.1, 0.07), 10)]
    for side in (-1, 1):
        shift = draw.uniform(-0.06, 0.06)
        for at, up, size in ((-0.3, 0.1, 0.17), (0.06, -0.06, 0.13), (0.3, 0.12, 0.13)):
            spot = _spot(width, height, length, up * height, at * length + shift, size * draw.uniform(0.85, 1.15))
            spots.append((spot if side > 0 else spot.mirrored()).moved(y=back))
    spots += pair(ellipsoid((0.1, top + 0.07, z + 0.12), (0.075, 0.1, 0.09), 12))[: draw.integer(1, 2)]
    # White eyes with dark pupils show on patches and off them.
    white = draw.finish("wax", natural=("white",), painted=0.0)
    dark = draw.finish("wax", natural=("black",), painted=0.0)
    balls = pair(ellipsoid((0.1, top + 0.08, z + 0.175), (0.062, 0.075, 0.06), 12))
    pupils = pair(ellipsoid((0.1, top + 0.075, z + 0.225), (0.046, 0.05, 0.046), 10))
    udder = [ellipsoid((0, legs - 0.0, -length * 0.16), (0.13, 0.11, 0.14), 14)]
    udder += [
        cylinder((s * 0.055, legs - 0.12, -length * 0.16 + t * 0.055), 0.046, 0.09, segments=8)
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    parts = (
        Part("hide", (body, neck, head, *ears, tail, *limbs), hide),
        Part("patches", tuple(spots), patch),
        Part("muzzle", (muzzle, *udder), pink),
        Part("horns", horns, bone, 2),
        Part("hooves", tuple(hooves), hoof, 4, mentioned=False),
        Part("eyes", balls, white, 2, mentioned=False),
        Part("pupils", pupils, dark, 2, mentioned=False),
    )
    return Prop("cow", parts, words(long=length > 0.96, tall=legs > 0.33))


def _spot(width: float, height: float, length: float, y: float, z: float, size: float) -> Solid:
    """A flat round patch on the side, at +x, of a pillow of softness 0.5 around the origin."""
    at = width / 2 * (1 - abs(2 * y / height) ** 4) ** 0.25 * (1 - abs(2 * z / length) ** 4) ** 0.25
    return ellipsoid((at - 0.03, y, z), (0.06, size * 0.95, size), 12)


def pig(draw: Draw) -> Prop:
    length, girth = draw.uniform(0.7, 0.85), draw.uniform(0.25, 0.3)
    legs, leg = draw.uniform(0.14, 0.21), draw.uniform(0.07, 0.085)
    skull, snout = draw.uniform(0.22, 0.25), draw.uniform(0.1, 0.13)
    skin = draw.finish("wax", natural=("pink", "pink", "pink", "tan", "black"), painted=0.1)
    deep = draw.finish("wax", natural=("pink",), painted=0.0)
    if skin.color == "pink":  # its snout is pink too, but darker
        r, g, b = skin.rgb
        deep = replace(skin, rgb=(0.8 * r, 0.68 * g, 0.72 * b))
    hoof = draw.finish("wax", natural=("brown", "black", "gray"), avoid=[skin, deep], painted=0.0)
    back, z = legs + girth * 0.88, length / 2 + 0.04
    top = back + 0.07
    head = ellipsoid((0, top, z), (skull, skull, skull * 0.92), 18)
    tip = z + skull + 0.07
    disc = lengthwise([(snout * 0.92, tip - 0.16), (snout, tip - 0.02), (snout * 0.9, tip)]).moved(y=top - 0.03)
    holes = pair(ellipsoid((snout * 0.42, top - 0.03, tip), (0.042, 0.052, 0.042), 8))
    ears = pair(
        pointed((skull * 0.62, top + skull * 0.6, z), (skull * 0.9, top + skull * 1.3, z + 0.12), 0.1, 0.2)
    )
    turns = np.linspace(0, 2.6 * pi, 15)
    curl = tube(
        [[0.075 * sin(t), back + 0.1 + 0.075 * (1 - cos(t)), -length / 2 + 0.02 - 0.022 * t] for t in turns],
        0.042,
        8,
    )
    places = (girth * 0.55, length * 0.28, -length * 0.3)
    parts = (
        Part(
            "skin",
            (trunk(length, girth, 2.5).moved(y=back), head, *four_legs(*places, back, leg, 0.06), curl),
            skin,
        ),
        Part("snout", (disc,), deep),
        Part("ears", ears, deep, 2),
        Part("hooves", tuple(four_legs(*places, 0.08, leg * 1.12)), hoof, 4),
        Part("nostrils", holes, hoof, 2, mentioned=False),
        eyes(draw, skull * 0.5, top + skull * 0.35, z + skull * 0.76, 0.04, skin),
    )
    return Prop("pig", parts, words(long=length > 2.95 * girth, round=length < 2.6 * girth))
