"""Bees, spiders, turtles, ducks and rabbits, head towards +Z. They are of the substance "wax"."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._four_legged import eyes
from maquette.training.props._profiles import cut_out, lengthwise, pair, pointed
from maquette.training.props._prop import Draw, Part, Prop
from maquette.training.props._solids import Solid, cylinder, ellipsoid, pillow, rod, tube
from maquette.training.props._words import words


def bee(draw: Draw) -> Prop:
    girth, length = draw.uniform(0.25, 0.31), draw.uniform(0.36, 0.44)
    span, lift = draw.uniform(0.26, 0.34), draw.uniform(18, 42)
    bands, skull = draw.choice([2, 3]), draw.uniform(0.18, 0.22)
    fuzz = draw.finish("wax", natural=("yellow", "yellow", "orange"), painted=0.12)
    dark = draw.finish("wax", natural=("black", "black", "brown"), avoid=[fuzz], painted=0.05)
    film = draw.finish("wax", natural=("white", "white", "teal"), avoid=[fuzz, dark], painted=0.1)
    y = girth + 0.12
    half = 0.055 if bands == 3 else 0.075
    middles = (-0.56, -0.1, 0.36) if bands == 3 else (-0.42, 0.22)
    hoops = []
    for at in middles:
        zs = np.array([at * length - half, at * length, at * length + half])
        wide = girth * np.sqrt(1 - (zs / length) ** 2) + 0.022
        hoop = lengthwise(list(zip(wide.tolist(), zs.tolist(), strict=True)))
        hoops.append(Solid(hoop.vertices, hoop.faces, 2 * half).moved(y=y))
    z = length + skull * 0.45
    head = ellipsoid((0, y + 0.03, z), (skull * 1.05, skull, skull * 0.9), 18)
    sting = pointed((0, y, -length + 0.05), (0, y - 0.02, -length - 0.2), 0.09, 0.12)
    feelers = pair(
        tube(
            [[0.06, y + skull * 0.8, z], [0.1, y + skull + 0.12, z + 0.06], [0.13, y + skull + 0.2, z + 0.14]],
            0.038,
            8,
        )
    )
    knobs = pair(ellipsoid((0.13, y + skull + 0.2, z + 0.14), (0.06,) * 3, 10))
    feet = pair(
        *(
            rod((girth * 0.4, y - girth * 0.7, at), (girth * 0.6, y - girth - 0.1, at), 0.04)
            for at in (0.2, 0, -0.2)
        )
    )
    wings = [
        ellipsoid((span, 0, 0), (span, 0.045, wide), 14)
        .turned("z", lift)
        .turned("y", turn)
        .moved(0.05, y + girth * 0.8, at)
        for wide, turn, at in ((0.17, -8, 0.08), (0.12, 26, -0.1))
    ]
    black = fuzz if draw.chance(0.6) else dark
    parts = (
        Part("fur", (ellipsoid((0, y, 0), (girth, girth, length), 20), *([head] if black is fuzz else [])), fuzz),
        Part("stripes", tuple(hoops), dark, bands),
        Part("wings", pair(*wings), film, 4),
        Part("sting", (sting, *([head] if black is dark else [])), dark, mentioned=False),
        Part("legs", (*feet, *feelers, *knobs), dark, mentioned=False),
        eyes(draw, skull * 0.55, y + 0.08, z + skull * 0.62, 0.07, black),
    )
    return Prop("bee", parts, words(round=length < 1.35 * girth, long=length > 1.6 * girth))


def spider(draw: Draw) -> Prop:
    belly, chest = draw.uniform(0.22, 0.29), draw.uniform(0.15, 0.19)
    reach, knee = draw.uniform(0.52, 0.64), draw.uniform(0.16, 0.3)
    leg, mark = draw.uniform(0.042, 0.05), draw.choice(["none", "spot", "bands"])
    skin = draw.finish("wax", natural=("black", "black", "brown", "gray"), painted=0.2)
    limb = (
        skin
        if draw.chance(0.5)
        else draw.finish("wax", natural=("brown", "orange", "black"), avoid=[skin], painted=0.15)
    )
    red = draw.finish("wax", natural=("red", "yellow"), avoid=[skin, limb], painted=0.1)
    y = 0.2
    legs = []
    for k, turn in enumerate((52, 18, -18, -50)):
        far = reach * (1.0, 0.9, 0.9, 1.05)[k]
        path = [[chest * 0.5, y, 0], [far * 0.55, y + knee, 0], [far * 0.85, y + knee * 0.4, 0], [far, 0.03, 0]]
        legs.append(tube(path, [leg * 1.15, leg * 1.1, leg, leg * 0.85], 8).turned("y", -turn).moved(z=0.08))
    back = -belly * 0.85
    rump = ellipsoid((0, y + 0.1, back - 0.06), (belly, belly * 0.9, belly * 1.15), 18)
    front = ellipsoid((0, y + 0.02, chest * 0.9), (chest, chest * 0.8, chest * 1.1), 16)
    z = chest * 1.85
    stare = [
        ellipsoid((x, y + h, z - 0.03), (s, s, s), 10) for x, h, s in ((0.06, 0.06, 0.052), (0.13, 0.09, 0.042))
    ]
    fangs = pair(pointed((0.06, y - 0.06, z), (0.05, y - 0.2, z + 0.05), 0.05, 0.3))
    parts = [
        Part("body", (rump, front), skin),
        Part("legs", pair(*legs), limb, 8),
        Part("eyes", pair(*stare), red, 4),
    ]
    white = draw.finish("wax", natural=("white",), avoid=[skin, limb, red], painted=0.0)
    parts.append(Part("fangs", fangs, white, 2))
    top = y + 0.1
    if mark == "spot":
        spots = (ellipsoid((0, top + belly * 0.8, back - 0.04), (belly * 0.38, 0.06, belly * 0.55), 12),)
        parts.append(Part("spot", spots, red))
    elif mark == "bands":
        hoops = []
        for at in (-0.4, 0.2):
            wide = belly * (1 - at * at) ** 0.5 + 0.02
            hoop = lengthwise([(wide * 0.98, -0.042), (wide, 0), (wide * 0.98, 0.042)]).scaled(1, 0.92, 1)
            hoops.append(Solid(hoop.vertices, hoop.faces, 0.084).moved(0, top, back - 0.06 + at * belly * 1.15))
        parts.append(Part("stripes", tuple(hoops), red, 2))
    return Prop("spider", tuple(parts), words(tall=knee > 0.26, flat=knee < 0.19))


def turtle(draw: Draw) -> Prop:
    wide, long = draw.uniform(0.36, 0.42), draw.uniform(0.42, 0.5)
    dome, skull = draw.uniform(0.26, 0.4), draw.uniform(0.13, 0.16)
    sea, plates = draw.chance(0.4), draw.choice([5, 6])
    shell = draw.finish("wax", natural=("brown", "green"), painted=0.2)
    skin = draw.finish("wax", natural=("green", "green", "tan", "teal"), avoid=[shell], painted=0.12)
    mark = draw.finish("wax", natural=("tan", "green", "yellow", "brown"), avoid=[shell, skin], painted=0.12)
    low = 0.1 if sea else 0.17
    cover = ellipsoid((0, low, 0), (wide, dome, long), 22, lowest=0.0)
    rim = pillow((0, low, 0), (wide * 2.16, 0.11, long * 2.12), 0.85)
    scutes = [ellipsoid((0, low + dome, 0), (wide * 0.34, 0.05, long * 0.34), 6)]
    for k in range(plates):
        a, t = (k + 0.5) * 2 * pi / plates, 0.66
        normal = np.array([sin(t) * sin(a) / wide, cos(t) / dome, sin(t) * cos(a) / long])
        tilt = float(np.degrees(np.arctan2(np.hypot(normal[0], normal[2]), normal[1])))
        way = float(np.degrees(np.arctan2(normal[0], normal[2])))
        flat = cylinder((0, 0, 0), wide * 0.27, 0.085, 0.85, 6).turned("x", tilt).turned("y", way)
        scutes.append(flat.moved(wide * sin(t) * sin(a) * 1.0, low + dome * cos(t), long * sin(t) * cos(a)))
    z, y = long + 0.16, low + (0.06 if sea else 0.12)
    head = ellipsoid((0, y + 0.03, z), (skull, skull * 0.9, skull * 1.15), 16)
    neck = tube([[0, low, long - 0.12], [0, y, z]], skull * 0.66, 12)
    tail = pointed((0, low, -long + 0.04), (0, low - 0.05, -long - 0.17), 0.075, 0.2)
    if sea:
        front = ellipsoid((0.2, 0, 0), (0.3, 0.05, 0.13), 14).turned("z", -8).turned("y", 24)
        rear = ellipsoid((0.12, 0, 0), (0.19, 0.05, 0.1), 12).turned("y", 48)
        limbs = pair(
            front.moved(wide * 0.7, low - 0.02, long * 0.5), rear.moved(wide * 0.55, low - 0.02, -long * 0.72)
        )
    else:
        limbs = pair(
            *(
                cylinder((wide * 0.74, low / 2 + 0.01, s * long * 0.58), 0.115, low + 0.02, 0.9, 12)
                for s in (-1, 1)
            )
        )
    parts = (
        Part("shell", (cover, rim), shell),
        Part("plates", tuple(scutes), mark),
        Part("head", (head, neck, tail), skin),
        Part("flippers" if sea else "legs", limbs, skin, 4),
        eyes(draw, skull * 0.72, y + 0.08, z + skull * 0.55, 0.042, skin),
    )
    return Prop("turtle", parts, words(tall=dome > 0.36, flat=dome < 0.3))


def duck(draw: Draw) -> Prop:
    style = draw.choice(["farm", "rubber", "mallard"])
    wide, long, skull = draw.uniform(0.25, 0.3), draw.uniform(0.4, 0.48), draw.uniform(0.18, 0.22)
    neck, bill = draw.uniform(0.12, 0.24), draw.uniform(0.16, 0.22)
    natural = {"farm": ("white", "white", "yellow"), "rubber": ("yellow",), "mallard": ("tan", "gray", "brown")}[
        style
    ]
    plumage = draw.finish("plastic" if style == "rubber" else "wax", natural=natural, painted=0.15)
    beak = draw.finish("wax", natural=("orange", "orange", "yellow"), avoid=[plumage], painted=0.05)
    legs = 0.0 if style == "rubber" else 0.14
    y = legs + wide * 0.9
    body = ellipsoid((0, y, 0), (wide, wide * 0.95, long), 20, lowest=-0.8 if style == "rubber" else -1.0)
    tail = cut_out(
        [(-long * 0.55, y + 0.2), (-long - 0.14, y + 0.3), (-long * 1.02, y + 0.08), (-long * 0.6, y - 0.12)], 0.2
    )
    z, top = long * 0.62, y + wide * 0.7 + neck + skull * 0.5
    stem = tube(
        [[0, y + 0.05, long * 0.42], [0, y + wide * 0.8, z - 0.05], [0, top, z]], [0.17, 0.13, skull * 0.7], 14
    )
    head = ellipsoid((0, top, z), (skull,) * 3, 18)
    face = z + skull * 0.75
    bills = [
        pillow((0, top - 0.02, face + bill / 2), (0.2, 0.075, bill), 0.7),
        pillow((0, top - 0.075, face + bill * 0.42), (0.16, 0.07, bill * 0.75), 0.7),
    ]
    folded = (
        ellipsoid((0, 0, 0), (0.07, wide * 0.55, long * 0.6), 14)
        .turned("x", 14)
        .moved(wide * 0.93, y + 0.06, -0.06)
    )
    if style == "mallard":
        green = draw.finish("wax", natural=("green", "teal"), avoid=[plumage, beak], painted=0.05)
        white = draw.finish("wax", natural=("white",), avoid=[plumage, beak, green], painted=0.0)
        ring = ellipsoid((0, y + wide * 0.72 + neck * 0.3, z - 0.05), (0.16, 0.05, 0.16), 14)
        parts = [
            Part("feathers", (body, tail), plumage),
            Part("head", (head, stem), green),
            Part("collar", (ring,), white),
        ]
        wing = draw.finish("wax", natural=("brown", "gray", "black"), avoid=[plumage], painted=0.05)
    else:
        parts = [Part("feathers", (body, tail, head, stem), plumage)]
        natural_wing = ("gray", "tan", "yellow") if plumage.color == "white" else ("orange", "gold", "white")
        wing = draw.finish("wax", natural=natural_wing, avoid=[plumage], painted=0.05)
    parts += [Part("wings", pair(folded), wing, 2), Part("beak", tuple(bills), beak)]
    if legs:
        shanks = pair(cylinder((0.11, legs / 2 + 0.02, -0.02), 0.045, legs + 0.1, segments=10))
        feet = pair(pillow((0.12, 0.035, 0.06), (0.19, 0.08, 0.26), 0.6))
        parts.append(Part("feet", (*shanks, *feet), beak, 2))
    parts.append(
        eyes(
            draw,
            skull * 0.68,
            top + skull * 0.28,
            z + skull * 0.6,
            0.045,
            parts[1].finish if style == "mallard" else plumage,
        )
    )
    return Prop("duck", tuple(parts), words(tall=neck > 0.2, short=neck < 0.15))


def rabbit(draw: Draw) -> Prop:
    girth, high = draw.uniform(0.22, 0.27), draw.uniform(0.27, 0.33)
    skull, ear = draw.uniform(0.19, 0.23), draw.uniform(0.3, 0.44)
    spread, lop = draw.uniform(4, 16), draw.chance(0.15)
    fur = draw.finish("wax", natural=("white", "gray", "brown", "tan"), painted=0.12)
    fluff = draw.finish("wax", natural=("white", "white", "tan"), avoid=[fur], painted=0.05)
    pink = draw.finish("wax", natural=("pink",), avoid=[fur, fluff], painted=0.0)
    body = ellipsoid((0, 0, 0), (girth, high, girth * 1.25), 20).turned("x", 18).moved(0, high + 0.01, -0.1)
    top, z = high * 1.75 + 0.06, girth * 0.55
    head = ellipsoid((0, top, z), (skull, skull * 0.92, skull), 18)
    angle, root = (150.0, 0.8) if lop else (spread, 0.4)
    outer = ellipsoid((0, ear * 0.5, 0), (0.085, ear * 0.58, 0.055), 14)
    inner = ellipsoid((0, ear * 0.5, 0.04), (0.045, ear * 0.42, 0.04), 12)
    ears, insides = (
        pair(solid.turned("z", -angle).moved(skull * root, top + skull * 0.6, z - 0.03))
        for solid in (outer, inner)
    )
    thighs = pair(ellipsoid((girth * 0.8, 0.17, -0.16), (0.12, 0.18, 0.22), 14))
    hind = pair(pillow((girth * 0.85, 0.05, 0.03), (0.15, 0.1, 0.36), 0.6))
    fore = pair(tube([[girth * 0.42, high * 0.95, girth * 0.75], [girth * 0.42, 0.05, girth * 1.15]], 0.06, 10))
    paws = pair(ellipsoid((girth * 0.42, 0.05, girth * 1.25), (0.075, 0.055, 0.1), 12))
    tail = ellipsoid((0, 0.19, -girth * 1.25 - 0.13), (0.12, 0.12, 0.11), 14)
    face = z + skull
    cheeks = pair(ellipsoid((0.06, top - skull * 0.35, face - 0.06), (0.09, 0.07, 0.08), 12))
    nose = ellipsoid((0, top - skull * 0.12, face), (0.05, 0.04, 0.04), 10)
    parts = (
        Part("fur", (body, head, *ears, *thighs, *hind, *fore), fur),
        Part("tail", (tail,), fluff),
        Part("cheeks", (*cheeks, *paws), fluff, mentioned=False),
        Part("nose", (nose, *insides), pink, mentioned=False),
        eyes(draw, skull * 0.58, top + skull * 0.2, z + skull * 0.76, 0.05, fur),
    )
    return Prop("rabbit", parts, words(tall=ear > 0.4 and not lop, round=girth > 0.255))
