"""Helmets, shovels and what shoots: upright or level, the flat side to the front, a muzzle to the right (+X)."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np

from maquette.training.props._prop import Category, Draw, Part, Prop
from maquette.training.props._solids import (
    Solid,
    box,
    cylinder,
    ellipsoid,
    extrude,
    revolve,
    ring,
    rod,
    tube,
)
from maquette.training.props._words import words


def helmet(draw: Draw) -> Prop:
    style = draw.choice(["knight", "horned", "horned", "crested"])
    radius, dome = draw.uniform(0.36, 0.42), draw.uniform(0.9, 1.15)
    wall, trim_wide = draw.uniform(0.3, 0.44), draw.uniform(0.09, 0.13)
    steel = draw.finish("metal", natural=("gray",), painted=0.4)
    trim = draw.finish("metal", natural=("gold", "brown", "black"), avoid=[steel], painted=0.4)
    top = wall if style != "horned" else 0.12

    def slot(y: float, height: float, half_degrees: float, reach: float) -> Solid:
        """A curved strip on the front of the helmet's wall."""
        rim = [
            (reach * sin(radians(a)), reach * cos(radians(a)))
            for a in np.linspace(-half_degrees, half_degrees, 9).tolist()
        ]
        inside = [(x * 0.6, z * 0.6) for x, z in rim[::-1]]
        return extrude([*rim, *inside], height, min(height, reach * 0.4)).turned("x", 90).moved(0, y)

    cap = [(radius * cos(t), top + radius * dome * sin(t)) for t in np.linspace(0, pi / 2, 8)]
    shell = revolve([(radius * (1.04 if style == "knight" else 1.0), 0), *cap], 24)
    band = cylinder((0, top, 0), radius + 0.025, trim_wide, segments=24)
    if style == "horned":
        bone = draw.finish("wax", natural=("white", "tan"), avoid=[steel, trim], painted=0.2)
        out, up = draw.uniform(0.3, 0.42), draw.uniform(0.34, 0.5)
        path = [[radius * 0.8, top + 0.1, 0], [radius + out * 0.6, top + 0.12, 0],
                [radius + out, top + 0.14 + up * 0.45, 0], [radius + out * 0.92, top + 0.14 + up, 0]]  # fmt: skip
        horn = tube(path, [0.13, 0.115, 0.085, 0.045], 12)
        nose = box((0, top - 0.1, radius - 0.01), (0.13, 0.34, 0.1), (1.3, 1))
        parts = [Part("horns", (horn, horn.mirrored()), bone, 2), Part("trim", (band, nose), trim)]
    else:
        dark = draw.finish("metal", natural=("black",), avoid=[steel, trim], painted=0)
        plume = draw.finish("wax", natural=("red", "blue"), avoid=[steel, trim, dark], painted=0.5)
        outer, inner = radius * dome + draw.uniform(0.16, 0.26), radius * dome * 0.85
        start, end = (-40, 80) if style == "crested" else (-75, 10)
        turn = np.radians(np.linspace(start, end, 12))
        fan = [(outer * float(sin(t)), outer * float(cos(t))) for t in turn]
        fan += [(inner * float(sin(t)), inner * float(cos(t))) for t in turn[::-1]]
        crest = extrude(fan, 0.13, 0.13).turned("y", -90).moved(0, top)
        slit = [slot(wall * 0.72, 0.1, 62, radius * 1.04)]
        if style == "crested":
            slit.append(box((0, wall * 0.3, radius * 0.85), (0.12, wall * 0.85, radius * 0.4)))
            parts = [Part("crest", (crest,), plume), Part("trim", (band,), trim)]
        else:
            visor = slot(wall * 0.28, wall * 0.5, 70, radius * 1.1)
            breaths = [slot(wall * 0.28, wall * 0.3, 5, radius * 1.13).turned("y", a) for a in (-30, 0, 30)]
            parts = [Part("plume", (crest,), plume), Part("visor", (visor, band), trim)]
            slit += breaths
        parts.append(Part("slits", tuple(slit), dark, mentioned=False))
    return Prop(
        "helmet",
        (Part("shell", (shell,), steel), *parts),
        words(
            horned=style == "horned",
            viking=style == "horned",
            medieval=style == "knight",
            roman=style == "crested",
        ),
    )


def bow(draw: Draw) -> Prop:
    height, bend = draw.uniform(1.05, 1.25), draw.uniform(0.24, 0.38)
    recurve, thick = draw.chance(0.5), draw.uniform(0.055, 0.07)
    nocked = draw.chance(0.5)
    wood = draw.finish("wood", natural=("brown", "tan"), painted=0.4)
    string = draw.finish("wax", natural=("white", "tan"), avoid=[wood], painted=0.15)
    wrap = draw.finish("cloth", natural=("red", "black", "blue"), avoid=[wood, string], painted=0.5)
    half = height / 2
    ys = np.linspace(-1, 1, 13)
    xs = [bend * (1 - abs(y) ** 1.8) for y in ys]
    if recurve:  # the tips turn forwards again, and the grip sinks in
        xs = [x + 0.16 * abs(y) ** 6 - 0.05 * (1 - abs(y)) ** 4 for x, y in zip(xs, ys, strict=True)]
    limb = [[x, half + half * float(y), 0.0] for x, y in zip(xs, ys, strict=True)]
    radii = [thick * (1 - 0.32 * abs(float(y))) for y in ys]
    tie = 1 if recurve else 0
    (x, low, _), (_, high, _) = limb[tie], limb[-1 - tie]
    x0, x1 = limb[6][0], 0.12
    grip = rod((x0, half - x1, 0), (x0, half + x1, 0), thick + 0.03, segments=14)
    parts = [
        Part("limbs", (tube(limb, radii, 10),), wood),
        Part("string", (rod((x, low, 0), (x, high, 0), 0.036),), string),
        Part("grip", (grip,), wrap),
    ]
    if nocked:
        steel = draw.finish("metal", natural=("gray", "black"), avoid=[wood, string], painted=0.2)
        y, tip = half + 0.02, x0 + draw.uniform(0.22, 0.32)
        head = rod((tip - 0.02, y, 0), (tip + 0.17, y, 0), 0.085, 0.1, 8)
        shaft = rod((x - 0.06, y, 0), (tip, y, 0), 0.037)
        parts.append(Part("arrow", (shaft, Solid(head.vertices, head.faces, 0.09)), steel))
    return Prop("bow", tuple(parts), words(curved=bend > 0.33, long=height > 1.2))


def arrow(draw: Draw) -> Prop:
    length, thick = draw.uniform(0.8, 1.05), draw.uniform(0.038, 0.05)
    wide, tall = draw.uniform(0.11, 0.16), draw.uniform(0.2, 0.3)
    barbed, vane = draw.chance(0.5), draw.uniform(0.24, 0.34)
    wood = draw.finish("wood", natural=("brown", "tan"), painted=0.35)
    steel = draw.finish("metal", natural=("gray", "black"), avoid=[wood], painted=0.4)
    feather = draw.finish("wax", natural=("red", "white", "blue", "green"), avoid=[wood, steel], painted=0.5)
    if barbed:
        flat = extrude(
            [(0, length + tall), (wide, length - 0.06), (0, length + 0.02), (-wide, length - 0.06)], 0.09
        )
        head = [flat, flat.scaled(0.6).turned("y", 90)]
        head[1] = Solid(head[1].vertices, head[1].faces, flat.thickness * 0.9)
    else:
        head = [
            revolve([(wide * 0.5, length - 0.05), (wide, length), (0.0, length + tall)], 4, wide).turned("y", 0)
        ]
    reach = thick + draw.uniform(0.1, 0.14)
    fin = extrude([(0, 0.06), (reach, 0), (reach, vane * 0.7), (0, vane + 0.06)], 0.075)
    fins = [fin.turned("y", a).moved(y=0.03) for a in (0, 90, 180, 270)]
    return Prop(
        "arrow",
        (
            Part("shaft", (rod((0, 0, 0), (0, length + 0.04, 0), thick),), wood),
            Part("head", tuple(head), steel, smooth=False),
            Part("feathers", tuple(fins), feather),
        ),
        words(long=length > 0.98),
    )


def pistol(draw: Draw) -> Prop:
    return _handgun(draw, "pistol", draw.choice(["automatic", "automatic", "automatic", "flintlock"]))


def revolver(draw: Draw) -> Prop:
    return _handgun(draw, "revolver", "revolver")


def _handgun(draw: Draw, category: str, style: str) -> Prop:
    length, tall = draw.uniform(0.85, 1.0), draw.uniform(0.19, 0.25)
    depth, drop = draw.uniform(0.15, 0.2), draw.uniform(0.4, 0.5)
    lean = draw.uniform(-18, -8)
    steel = draw.finish("metal", natural=("gray", "black"), painted=0.4)
    stock = draw.finish("wood", "plastic", natural=("brown", "black"), avoid=[steel], painted=0.45)
    brass = draw.finish("metal", natural=("gold", "gray"), avoid=[steel, stock], painted=0.3)
    guard = ring((0.3, drop - 0.07, 0), 0.1, 0.075, "z", 16)
    trigger = box((0.27, drop - 0.05, 0), (0.075, 0.14, 0.075))
    y = drop + tall / 2
    if style == "automatic":
        slide = [box((length / 2, y, 0), (length, tall, depth)),
                 box((length - 0.06, y + tall / 2 + 0.02, 0), (0.08, 0.08, 0.08)),
                 box((0.07, y + tall / 2 + 0.02, 0), (0.1, 0.08, depth))]  # fmt: skip
        grip = box((0, 0, 0), (0.26, drop + 0.1, depth * 0.94)).turned("z", lean).moved(0.11, drop / 2 - 0.02)
        frame = box((length * 0.42, drop + 0.01, 0), (length * 0.8, 0.1, depth * 0.96))
        parts = [Part("barrel", tuple(slide), steel), Part("grip", (grip,), stock)]
        parts.append(Part("frame", (frame, guard, trigger), brass if draw.chance(0.5) else stock, mentioned=False))
    elif style == "revolver":
        barrel = [rod((0.3, y + 0.04, 0), (length + 0.05, y + 0.04, 0), 0.075, segments=12),
                  box((0.3, y - 0.01, 0), (0.52, tall * 0.9, depth * 0.7)),
                  box((length, y + 0.13, 0), (0.08, 0.1, 0.075)), guard,
                  box((0.02, y + 0.13, 0), (0.08, 0.18, 0.08)).turned("z", 4)]  # fmt: skip
        drum = cylinder((0, 0, 0), tall * 0.62, 0.26, segments=12).turned("z", 90).moved(0.34, y)
        grip = tube([[0.14, y, 0], [0.04, drop * 0.75, 0], [-0.04, drop * 0.4, 0], [-0.13, 0.06, 0]],
                    [0.095, 0.1, 0.11, 0.13], 12)  # fmt: skip
        parts = [Part("barrel", (*barrel, trigger), steel), Part("grip", (grip,), stock)]
        parts.append(Part("cylinder", (drum,), brass))
    else:
        barrel = rod((0.12, y + 0.05, 0), (length + 0.12, y + 0.05, 0), 0.075, 1.15, 12)
        curve = [[length * 0.85, y - 0.03, 0], [0.3, y - 0.04, 0], [0.12, y - 0.08, 0], [0.0, drop * 0.55, 0],
                 [-0.08, 0.1, 0]]  # fmt: skip
        wood = tube(curve, [0.08, 0.1, 0.11, 0.1, 0.1], 12)
        lock = [box((0.22, y + 0.12, 0), (0.12, 0.16, 0.1)), ellipsoid((-0.09, 0.06, 0), (0.14, 0.1, 0.13), 14),
                guard, cylinder((0, 0, 0), 0.105, 0.09).turned("z", 90).moved(length * 0.72, y)]  # fmt: skip
        parts = [
            Part("barrel", (barrel,), steel),
            Part("grip", (wood,), stock),
            Part("fittings", tuple(lock), brass),
        ]
    return Prop(category, tuple(parts), words(old=style == "flintlock", long=length > 0.96))


def rifle(draw: Draw) -> Prop:
    return _long_gun(draw, "rifle", "hunting")


def assault_rifle(draw: Draw) -> Prop:
    return _long_gun(draw, "assault_rifle", "assault")


def _long_gun(draw: Draw, category: str, style: str) -> Prop:
    length, bore = draw.uniform(0.5, 0.62), draw.uniform(0.042, 0.052)
    depth, scope = draw.uniform(0.12, 0.15), draw.chance(0.6)
    butt = draw.uniform(0.2, 0.26)
    steel = draw.finish("metal", natural=("gray", "black"), painted=0.4)
    stock = draw.finish("wood", "plastic", natural=("brown", "green", "tan"), avoid=[steel], painted=0.4)
    dark = draw.finish("metal", natural=("black", "gray"), avoid=[steel, stock], painted=0.3)
    barrel: list[Solid] = [rod((0.3, 0.36, 0), (0.72 + length, 0.36, 0), bore)]
    if style == "hunting":
        outline = [(-0.1, 0.36), (-0.1, 0.36 - butt * 1.25), (0.14, 0.2), (0.3, 0.22), (0.34, 0.24), (0.95, 0.26),
                   (0.95, 0.34), (0.45, 0.36), (0.3, 0.33), (0.2, 0.34)]  # fmt: skip
        wood = [extrude(outline, depth, 0.09)]
        barrel.append(box((0.5, 0.37, 0), (0.36, 0.1, depth * 0.8)))
        barrel.append(rod((0.42, 0.37, 0), (0.38, 0.28, 0.14), 0.04))
        barrel.append(ring((0.44, 0.19, 0), 0.075, 0.085, "z", 14))
    else:
        receiver = [box((0.5, 0.34, 0), (0.46, 0.19, depth)), box((0.5, 0.45, 0), (0.34, 0.09, 0.09)),
                    box((0.66 + length, 0.42, 0), (0.09, 0.14, 0.09))]  # fmt: skip
        barrel += [*receiver, ring((0.46, 0.21, 0), 0.07, 0.085, "z", 14)]
        wood = [extrude([(-0.1, 0.41), (-0.1, 0.41 - butt * 1.2), (0.0, 0.2), (0.3, 0.28), (0.3, 0.4)],
                        depth * 0.95, 0.1),
                box((0.88, 0.35, 0), (0.34, 0.15, depth)),
                box((0.36, 0.13, 0), (0.13, 0.28, depth * 0.85))]  # fmt: skip
    parts = [Part("barrel", tuple(barrel), steel), Part("stock", tuple(wood), stock)]
    if style == "assault":
        clip = [box((0, 0, 0), (0.16, 0.2, depth * 0.8)).turned("z", a).moved(x, y)
                for a, x, y in ((6, 0.65, 0.18), (18, 0.69, 0.02))]  # fmt: skip
        parts.append(Part("magazine", tuple(clip), dark))
    if scope or style == "hunting":
        y = 0.53 if style == "hunting" else 0.56
        tubes = [rod((0.3, y, 0), (0.72, y, 0), 0.055, segments=12),
                 *(cylinder((0, 0, 0), 0.08, 0.13, segments=14).turned("z", 90).moved(x, y) for x in (0.3, 0.72)),
                 *(box((x, y - 0.08, 0), (0.09, 0.16, 0.09)) for x in (0.42, 0.6))]  # fmt: skip
        parts.append(Part("scope", tuple(tubes), dark))
    return Prop(category, tuple(parts), words(long=length > 0.58))


def shovel(draw: Draw) -> Prop:
    width, tall = draw.uniform(0.17, 0.23), draw.uniform(0.4, 0.52)
    length, thick = draw.uniform(0.6, 0.78), draw.uniform(0.042, 0.052)
    tip, grip = draw.choice(["pointed", "round", "square"]), draw.choice(["loop", "bar", "knob"])
    steel = draw.finish("metal", natural=("gray", "black"), painted=0.45)
    wood = draw.finish("wood", natural=("brown", "tan"), avoid=[steel], painted=0.3)
    hold = draw.finish("plastic", "wood", natural=("red", "black", "brown"), avoid=[steel, wood], painted=0.4)
    if tip == "square":
        ends = [(-width, 0), (width, 0)]
    else:
        power = 0.75 if tip == "pointed" else 0.5
        ends = [(width * s, tall * 0.45 * (1 - (1 - abs(s) ** 2) ** power)) for s in np.linspace(-1, 1, 11)]
    shoulders = [(width, tall * 0.85), (width * 0.75, tall), (-width * 0.75, tall), (-width, tall * 0.85)]
    blade = extrude([*ends, *shoulders], draw.uniform(0.08, 0.1))
    # Dished: the sides come forwards.
    x = blade.vertices[:, 0] / width
    blade = Solid(
        blade.vertices + np.stack([0 * x, 0 * x, 0.09 * x * x], -1).astype(np.float32), blade.faces, 0.08
    )
    top = tall + length
    socket = rod((0, tall - 0.22, 0), (0, tall + 0.18, 0), thick + 0.025, 0.9, 12)
    if grip == "loop":
        handle = [tube([[0, top - 0.02, 0], [-0.13, top + 0.1, 0], [-0.13, top + 0.2, 0], [0.13, top + 0.2, 0],
                        [0.13, top + 0.1, 0]], 0.042, 8, closed=True)]  # fmt: skip
    elif grip == "bar":
        handle = [rod((-0.17, top, 0), (0.17, top, 0), 0.06)]
    else:
        handle = [ellipsoid((0, top, 0), (0.085, 0.12, 0.085), 14)]
    return Prop(
        "shovel",
        (
            Part("blade", (blade, socket), steel),
            Part("shaft", (rod((0, tall - 0.1, 0), (0, top, 0), thick),), wood),
            Part("handle", tuple(handle), hold),
        ),
        words(long=length > 0.74, wide=width > 0.22, pointed=tip == "pointed"),
    )


ARMS = {
    "helmet": Category(helmet, ("helmet", "battle helmet")),
    "bow": Category(bow, ("bow", "longbow", "hunting bow")),
    "arrow": Category(arrow, ("arrow",)),
    "pistol": Category(pistol, ("pistol", "gun", "handgun")),
    "revolver": Category(revolver, ("revolver", "six shooter")),
    "rifle": Category(rifle, ("rifle", "hunting rifle", "sniper rifle")),
    "assault_rifle": Category(assault_rifle, ("assault rifle", "machine gun")),
    "shovel": Category(shovel, ("shovel", "spade")),
}
