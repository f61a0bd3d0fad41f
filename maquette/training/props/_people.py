"""People, living and not, facing +Z."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._four_legged import eyes
from maquette.training.props._profiles import pair
from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import Solid, box, cylinder, ellipsoid, extrude, pillow, revolve, tube
from maquette.training.props._words import words


def person(draw: Draw) -> Prop:
    legs, torso = draw.uniform(0.3, 0.42), draw.uniform(0.28, 0.34)
    shoulder, skull = draw.uniform(0.15, 0.19), draw.uniform(0.125, 0.16)
    limb, spread = draw.uniform(0.048, 0.058), draw.uniform(0.05, 0.16)
    style, lower = draw.choice(["short", "short", "long", "bun"]), draw.choice(["trousers", "trousers", "skirt"])
    skin = draw.finish("wax", natural=("tan", "tan", "brown"), painted=0.08)
    shirt = draw.finish("cloth", natural=("red", "blue", "white", "green"), avoid=[skin])
    below = draw.finish("cloth", natural=("blue", "black", "gray", "brown"), avoid=[skin, shirt])
    locks = draw.finish("wax", natural=("brown", "black", "yellow", "orange"), avoid=[skin, shirt], painted=0.15)
    shoe = draw.finish("cloth", natural=("black", "brown", "white", "red"), avoid=[skin, below], painted=0.2)
    neck, hip = legs + torso, 0.085
    chin = neck + 0.035
    top = chin + skull * 0.98
    head = pillow((0, top, 0), (skull * 1.9, skull * 2.05, skull * 1.85), 0.75)
    throat = cylinder((0, neck + 0.02, 0), 0.058, 0.12, segments=12)
    elbow = (shoulder + 0.05 + spread * 0.6, neck - 0.17, 0.0)
    wrist = (shoulder + 0.06 + spread, legs + 0.03, 0.03)
    sleeve = tube([(shoulder - 0.02, neck - 0.055, 0), (shoulder + 0.035, neck - 0.08, 0), elbow], limb * 1.2, 12)
    arm = tube([(shoulder + 0.035, neck - 0.08, 0), elbow, wrist], limb * 0.95, 12)
    hand = ellipsoid(wrist, (limb * 1.2, limb * 1.3, limb * 1.2), 12)
    chest = pillow((0, legs + torso / 2, 0), (shoulder * 2.05, torso * 1.04, 0.22), 0.45)
    crown = ellipsoid((0, 0, 0), (skull * 1.1, skull * 1.18, skull * 1.12), 18, lowest=-0.15).turned("x", -34)
    hair = [crown.moved(0, top + skull * 0.06, -skull * 0.06)]
    if style == "long":
        hair.append(pillow((0, top - skull * 0.5, -skull * 0.78), (skull * 2.1, skull * 2.6, skull * 0.85), 0.6))
    elif style == "bun":
        hair.append(ellipsoid((0, top + skull * 1.12, -skull * 0.5), (skull * 0.5,) * 3, 12))
    if lower == "skirt":
        flare = draw.uniform(0.22, 0.27)
        waist = legs + 0.05
        outfit = [revolve([(flare, legs * 0.38), (flare, legs * 0.45), (0.135, waist)], 20).scaled(1, 1, 0.8)]
    else:
        outfit = [cylinder((s * hip, legs / 2 + 0.03, 0), 0.068, legs, 1.12, 12) for s in (-1, 1)]
        outfit.append(pillow((0, legs + 0.02, 0), (shoulder * 1.9, 0.13, 0.21), 0.5))
    bare = pair(cylinder((hip * 0.95, legs / 2, 0), limb, legs, segments=12)) if lower == "skirt" else ()
    parts = (
        Part("skin", (head, throat, *pair(arm, hand), *bare), skin),
        Part("shirt", (chest, *pair(sleeve)), shirt),
        Part(lower, tuple(outfit), below),
        Part("hair", tuple(hair), locks),
        Part("shoes", pair(pillow((hip, 0.045, 0.035), (0.13, 0.1, 0.22), 0.55)), shoe, 2),
        eyes(draw, skull * 0.38, top + skull * 0.02, skull * 0.86, 0.032, skin),
    )
    ratio = legs / skull
    return Prop("person", parts, words(tall=ratio > 2.75, short=ratio < 2.2))


def ghost(draw: Draw) -> Prop:
    radius, height = draw.uniform(0.3, 0.38), draw.uniform(0.75, 1.0)
    flare, waves = draw.uniform(1.02, 1.28), draw.integer(5, 8)
    eye, lift = draw.uniform(0.06, 0.085), draw.uniform(-30, 45)
    sheet = draw.finish("cloth", "wax", natural=("white",), painted=0.12)
    hole = draw.finish("wax", natural=("black",), avoid=[sheet], painted=0.0)
    shoulder = height - radius
    profile = [
        (radius * flare * 0.96, 0.0),
        (radius * flare, 0.03),
        (radius * (1 + 0.45 * (flare - 1)), shoulder * 0.35),
    ]
    profile += [(radius, shoulder * 0.75)]
    profile += [(radius * cos(t), shoulder + radius * sin(t)) for t in np.linspace(0, pi / 2, 9)]
    body = revolve(profile, 48)
    x, y, z = body.vertices.T
    angle, low = np.arctan2(x, z), np.clip(1 - y / (shoulder * 0.75), 0, 1)
    ripple = np.cos(waves * angle)
    out = 1 + 0.09 * ripple * low
    hem = np.where((y < 0.05) & (np.hypot(x, z) > 0.1), 0.075 * ripple, 0)
    body = Solid(np.stack([x * out, y + hem, z * out], -1).astype(np.float32), body.faces, body.thickness)
    arm = (
        ellipsoid((0.11, 0, 0), (0.17, 0.085, 0.085), 14)
        .turned("z", lift)
        .moved(radius * 0.88, shoulder * 0.78, 0.08)
    )
    level = shoulder + radius * 0.18
    front = radius * (1 - 0.38**2 - 0.18**2) ** 0.5 - eye * 0.5
    stare = pair(ellipsoid((radius * 0.38, level, front), (eye, eye * 1.45, eye), 12))
    parts = [Part("sheet", (body, *pair(arm)), sheet), Part("eyes", stare, hole, 2)]
    if draw.chance(0.7):
        gape = draw.uniform(0.05, 0.09)
        mouth = ellipsoid((0, level - eye * 1.45 - gape - 0.03, radius * 0.98 - 0.02), (0.07, gape, 0.05), 12)
        parts.append(Part("mouth", (mouth,), hole))
    return Prop("ghost", tuple(parts), words(tall=height > 2.75 * radius, short=height < 2.3 * radius))


def skull(draw: Draw) -> Prop:
    wide, high = draw.uniform(0.36, 0.41), draw.uniform(0.34, 0.4)
    deep, jaw = draw.uniform(0.4, 0.46), draw.uniform(0.22, 0.27)
    socket, gap = draw.uniform(0.105, 0.13), draw.uniform(0.06, 0.12)
    bone = draw.finish("wax", natural=("white", "white", "white", "tan"), painted=0.15)
    hole = draw.finish("wax", natural=("black",), avoid=[bone], painted=0.0)
    ivory = draw.finish("wax", natural=("white", "tan", "yellow"), avoid=[bone, hole], painted=0.0)
    y = 0.62
    dome = ellipsoid((0, y, -0.06), (wide, high, deep), 22)
    brow = pillow((0, y - 0.1, deep * 0.5), (wide * 1.72, 0.34, 0.3), 0.6)
    cheeks = pair(ellipsoid((wide * 0.68, y - 0.27, deep * 0.5), (0.12, 0.085, 0.15), 12))
    upper = pillow((0, y - 0.34, deep * 0.46), (jaw * 1.9, 0.22, 0.34), 0.55)
    bottom = y - 0.47 - gap
    chin = pillow((0, bottom - 0.03, deep * 0.4), (jaw * 1.9, 0.16, 0.38), 0.55)
    hinges = pair(tube([[jaw * 0.86, bottom, deep * 0.3], [jaw * 1.12, y - 0.24, 0.0]], 0.07, 10))
    face = deep * 0.5 + 0.15
    sockets = pair(
        ellipsoid((0, 0, 0), (socket * 1.05, socket, 0.09), 16)
        .turned("z", -12)
        .moved(wide * 0.46, y - 0.12, face - 0.07)
    )
    # Ridges around the sockets let them lie deeper than the face.
    bridge = pillow((0, y - 0.13, face - 0.06), (0.12, 0.26, 0.18), 0.6)
    ridge = pillow((0, y + 0.03, face - 0.09), (wide * 1.7, 0.13, 0.24), 0.6)
    rims = pair(pillow((wide * 0.82, y - 0.12, face - 0.12), (0.1, 0.3, 0.22), 0.6))
    nose = extrude([(-0.07, -0.06), (0.07, -0.06), (0, 0.085)], 0.1).moved(0, y - 0.29, face - 0.02)
    mouth = pillow((0, (y - 0.44 + bottom + 0.04) / 2, deep * 0.36), (jaw * 1.6, gap + 0.12, 0.3), 0.5)
    count, across = 4, jaw * 1.5
    step = across / count
    teeth = [
        box(((k - (count - 1) / 2) * step, at, deep * 0.46 + 0.13), (step * 0.74, 0.085, 0.09))
        for at in (y - 0.45, bottom + 0.055)
        for k in range(count)
    ]
    parts = (
        Part("bone", (dome, brow, ridge, bridge, *rims, *cheeks, upper, chin, *hinges), bone),
        Part("sockets", sockets, hole, 2),
        Part("teeth", tuple(teeth), ivory),
        Part("nose", (nose, mouth), hole, mentioned=False),
    )
    return Prop("skull", parts, words(wide=wide > 1.08 * high, tall=wide < 0.97 * high))


CREATURES = {
    "person": Category(person, ("person", "human", "human figure")),
    "ghost": Category(ghost, ("ghost", "phantom")),
    "skull": Category(skull, ("skull", "human skull")),
}
