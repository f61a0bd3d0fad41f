"""Sharks and dinosaurs, facing +Z, and the table of beasts. Skin is of the substance "wax"."""

from __future__ import annotations

import numpy as np

from maquette.training.props._four_legged import eyes
from maquette.training.props._profiles import cut_out, four_legs, lengthwise, pair, pointed
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._small_beasts import bee, duck, rabbit, spider, turtle
from maquette.training.props._solids import Solid, box, ellipsoid, extrude, pillow, tube
from maquette.training.props._uncanny import alien, skeleton
from maquette.training.props._words import words


def shark(draw: Draw) -> Prop:
    wide, high = draw.uniform(0.15, 0.19), draw.uniform(0.17, 0.21)
    fin, tail = draw.uniform(0.2, 0.28), draw.uniform(0.26, 0.36)
    flipper, gape = draw.uniform(0.26, 0.35), draw.uniform(0.07, 0.1)
    skin = draw.finish("wax", natural=("gray", "gray", "blue", "teal"), painted=0.12)
    belly = draw.finish("wax", natural=("white",), avoid=[skin], painted=0.08)
    red = draw.finish("wax", natural=("red", "pink"), avoid=[skin, belly], painted=0.0)
    ivory = draw.finish("wax", natural=("white",), painted=0.0)
    stations = [
        (0.15, -0.62),
        (0.45, -0.4),
        (0.8, -0.16),
        (1.0, 0.1),
        (0.93, 0.3),
        (0.7, 0.46),
        (0.36, 0.58),
        (0.05, 0.63),
    ]
    body = lengthwise([(0.1, -0.68), *stations]).scaled(wide, high, 1)
    under = lengthwise([(r * 0.93, z * 0.94) for r, z in stations]).scaled(wide, high, 1).moved(0, -0.04, 0.0)
    body = Solid(body.vertices, body.faces, 2 * wide)
    under = Solid(under.vertices, under.faces, 2 * wide)
    dorsal = cut_out(
        [(0.24, high * 0.8), (0.0, high + fin), (-0.1, high + fin), (-0.12, high * 0.5), (0.0, 0.0)], 0.1
    )
    second = cut_out([(-0.34, high * 0.35), (-0.46, high * 0.6 + 0.1), (-0.46, high * 0.2), (-0.4, 0)], 0.08)
    fork = cut_out(
        [(-0.56, 0.02), (-0.72, tail * 1.1), (-0.84, tail * 1.15), (-0.74, 0.0), (-0.8, -tail * 0.62),
         (-0.7, -tail * 0.62)], 0.09,
    )  # fmt: skip
    side = (
        extrude([(0, 0.13), (flipper, -0.12), (flipper * 0.95, -0.2), (0, -0.09)], 0.08)
        .turned("x", 90)
        .turned("z", -22)
    )
    side = side.scaled(1, 1, 1).moved(wide * 0.7, -high * 0.35, 0.16)
    z, y = 0.44, -high * 0.32
    mouth = ellipsoid((0, y - 0.035, z - 0.02), (wide * 0.66, gape, 0.15), 14)
    teeth = []
    for a in np.radians([-60, -30, 0, 30, 60]):
        x, at = wide * 0.62 * float(np.sin(a)), z - 0.02 + 0.15 * float(np.cos(a))
        teeth.append(pointed((x, y + gape * 0.5, at), (x, y - 0.09, at), 0.06, 0.2))
    gills = pair(*(box((wide * 0.9, 0.0, 0.16 - 0.14 * k), (0.085, high * 0.7, 0.085)) for k in range(2)))
    dark = draw.finish("wax", natural=("black",), avoid=[skin], painted=0.0)
    parts = (
        Part("skin", (body, second), skin),
        Part("belly", (under,), belly),
        Part("fins", (dorsal, *pair(side)), skin),
        Part("tail", (fork,), skin),
        Part("mouth", (mouth,), red),
        Part("teeth", tuple(teeth), ivory),
        Part("gills", gills, dark, mentioned=False),
        eyes(draw, wide * 0.72, high * 0.25, 0.42, 0.05, skin),
    )
    return Prop("shark", parts, words(thick=wide > 0.178, slim=wide < 0.16))


def dinosaur(draw: Draw) -> Prop:
    hunter, crested = draw.chance(0.6), draw.chance(0.6)
    girth, leg = draw.uniform(0.2, 0.25), draw.uniform(0.34, 0.44)
    tail, skull = draw.uniform(0.42, 0.55), draw.uniform(0.17, 0.21)
    rise = draw.uniform(0.5, 0.7)
    skin = draw.finish("wax", natural=("green", "green", "teal", "brown", "purple"), painted=0.15)
    belly = draw.finish("wax", natural=("tan", "yellow", "white"), avoid=[skin], painted=0.08)
    spike = draw.finish("wax", natural=("orange", "red", "brown", "yellow"), avoid=[skin, belly], painted=0.12)
    claw = draw.finish("wax", natural=("white", "tan", "gray"), avoid=[skin, belly], painted=0.0)
    y = leg + girth * 0.5
    if hunter:  # two strong legs, a heavy head and tiny arms
        path = [
            [0, 0.12, -0.25 - tail],
            [0, y - 0.12, -0.28 - tail * 0.4],
            [0, y, -0.1],
            [0, y + 0.17, 0.1],
            [0, y + 0.42, 0.2],
        ]
        body = tube(path, [0.056, girth * 0.6, girth, girth * 0.88, girth * 0.6], 16)
        top, z = y + 0.52, 0.34
        head = [pillow((0, top + 0.03, z), (skull * 1.65, skull * 1.3, 0.52), 0.6)]
        head.append(pillow((0, top - skull * 0.78, z - 0.01), (skull * 1.4, 0.11, 0.42), 0.6))
        front = ellipsoid((0, y + 0.14, 0.12), (girth * 0.72, 0.3, girth * 0.72), 16).turned("x", 22)
        thighs = pair(ellipsoid((girth * 0.8, y - 0.06, -0.06), (0.12, 0.2, 0.17), 14))
        shins = pair(
            tube(
                [[girth * 0.85, y - 0.12, -0.04], [girth * 0.85, leg * 0.4, -0.14], [girth * 0.85, 0.05, -0.04]],
                0.08,
                12,
            )
        )
        feet = pair(pillow((girth * 0.87, 0.05, 0.05), (0.18, 0.1, 0.28), 0.6))
        arms = pair(
            tube(
                [[girth * 0.7, y + 0.22, 0.2], [girth * 0.9, y + 0.12, 0.3], [girth * 0.85, y + 0.14, 0.42]],
                0.052,
                10,
            )
        )
        teeth = pair(
            *(
                pointed(
                    (skull * 0.62, top - skull * 0.42, z + a),
                    (skull * 0.62, top - skull * 1.0, z + a),
                    0.062,
                    0.25,
                )
                for a in (0.02, 0.12, 0.2)
            )
        )
        nails = pair(*(ellipsoid((girth * 0.87 + s * 0.055, 0.045, 0.19), (0.04, 0.04, 0.07), 8) for s in (-1, 1)))
        ridge = [
            (0, y + 0.62, 0.1),
            (0, y + 0.36, -0.02),
            (0, y + girth + 0.08, -0.18),
            (0, y + 0.13, -0.36),
            (0, y - 0.06, -0.5),
        ]
        look = eyes(draw, skull * 0.78, top + skull * 0.5, z + 0.04, 0.05, skin)
        whites = (*teeth, *nails)
    else:  # four pillars, a long neck and a small head
        path = [
            [0, y * 0.35, -0.42 - tail],
            [0, y * 0.8, -0.4 - tail * 0.4],
            [0, y, -0.2],
            [0, y, 0.14],
            [0, y + rise * 0.45, 0.4],
            [0, y + rise, 0.52],
        ]
        body = tube(path, [0.056, girth * 0.5, girth * 1.12, girth, girth * 0.5, girth * 0.4], 16)
        top, z = y + rise + 0.05, 0.6
        head = [pillow((0, top, z), (skull * 1.3, skull * 1.15, 0.36), 0.65)]
        front = ellipsoid((0, y - girth * 0.35, -0.02), (girth * 0.8, girth * 0.8, 0.34), 16)
        thighs, shins, arms = (), tuple(four_legs(girth * 0.62, 0.18, -0.26, y, 0.1)), ()
        feet = ()
        whites = tuple(
            ellipsoid((s * girth * 0.62, 0.035, at + 0.08), (0.09, 0.056, 0.075), 10)
            for s in (-1, 1)
            for at in (0.18, -0.26)
        )
        ridge = [
            (0, y + rise * 0.6, 0.34),
            (0, y + girth + 0.04, 0.1),
            (0, y + girth * 1.1 + 0.04, -0.1),
            (0, y + girth + 0.02, -0.28),
            (0, y + 0.06, -0.5),
        ]
        look = eyes(draw, skull * 0.62, top + 0.06, z + 0.06, 0.05, skin)
    parts = [
        Part("skin", (body, *head, *thighs, *shins, *feet, *arms), skin),
        Part("belly", (front,), belly),
        Part("teeth" if hunter else "toes", whites, claw, mentioned=hunter),
        look,
    ]
    if crested:
        size = draw.uniform(0.14, 0.18)
        fins = tuple(
            cut_out([(at + 0.1, up - 0.06), (at - 0.05, up + size * 0.75), (at - 0.12, up - 0.08)], 0.105)
            for _, up, at in ridge
        )
        parts.append(Part("spikes", fins, spike, 5))
    else:
        spots = pair(
            *(
                ellipsoid((girth * 0.84, y + up, at), (0.06, 0.085, 0.09), 10)
                for up, at in ((0.08, -0.18), (0.0, 0.02), (0.16, 0.08 if hunter else 0.16))
            )
        )
        parts.append(Part("spots", spots, spike))
    return Prop("dinosaur", tuple(parts), words(fierce=hunter, tall=hunter and leg > 0.41, long=not hunter))


BEASTS = {
    "bee": Category(bee, ("bee", "bumblebee", "honeybee")),
    "shark": Category(shark, ("shark",)),
    "duck": Category(duck, ("duck", "duckling")),
    "rabbit": Category(rabbit, ("rabbit", "bunny", "hare")),
    "spider": Category(spider, ("spider",)),
    "turtle": Category(turtle, ("turtle", "tortoise")),
    "dinosaur": Category(dinosaur, ("dinosaur",)),
    "alien": Category(alien, ("alien", "extraterrestrial")),
    "skeleton": Category(skeleton, ("skeleton",)),
}
