"""Fruit and roots."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from maquette.training.props._prop import Draw, Finish, Part, Prop
from maquette.training.props._solids import Solid, ellipsoid, revolve, tube
from maquette.training.props._words import words


def apple(draw: Draw) -> Prop:
    radius, squash = 0.45, draw.uniform(0.84, 1.05)
    dent, taper = draw.uniform(0.1, 0.16), draw.uniform(0.1, 0.24)
    skin = draw.finish("wax", natural=("red", "red", "green", "yellow"), painted=0.15)
    # A heart turned about its axis: shoulders high and wide, narrow below, dented at both ends.
    profile = []
    for t in np.linspace(-pi / 2, pi / 2, 19):
        y = sin(t) - dent * 3 * (sin(t) > 0) * sin(t) ** 8 + dent * 1.2 * (sin(t) < 0) * sin(t) ** 8
        profile.append((radius * cos(t) ** 0.85 * (1 - taper * (0.5 - 0.5 * sin(t))) if cos(t) > 1e-6 else 0.0, y))
    body = revolve([(r, y * radius * squash) for r, y in profile], 24)
    base = radius * squash * (1 - 3 * dent)
    return Prop("apple", (Part("skin", (body,), skin), *_stalk(draw, base, 0.3, skin)), words(round=squash < 0.95))


def pear(draw: Draw) -> Prop:
    radius, height = 0.38, draw.uniform(0.85, 1.1)
    neck, waist = draw.uniform(0.38, 0.5), draw.uniform(0.55, 0.66)
    skin = draw.finish("wax", natural=("yellow", "yellow", "green"), painted=0.15)
    points = [
        (0.0, 0.03), (0.45, 0.0), (0.8, 0.08), (0.97, 0.22), (1.0, 0.34), (0.9, 0.48),
        (waist + 0.08, 0.62), ((waist + neck) / 2, 0.74), (neck, 0.86), (neck * 0.8, 0.95), (neck * 0.4, 1.0),
    ]  # fmt: skip
    body = revolve([(radius * r, height * y) for r, y in points], 24)
    lean = draw.uniform(-0.12, 0.12)
    bent = body.vertices + np.stack(
        [lean * (body.vertices[:, 1] / height) ** 2, *2 * [body.vertices[:, 0] * 0]], -1
    )
    parts = _stalk(draw, height - 0.04, 0.2, skin)
    body = Solid(bent.astype(np.float32), body.faces, body.thickness)
    grown = [Part(p.name, tuple(s.moved(lean) for s in p.solids), p.finish) for p in parts]
    return Prop("pear", (Part("skin", (body,), skin), *grown), words(tall=height > 1.0, short=height < 0.92))


def _stalk(draw: Draw, base: float, long: float, skin: Finish) -> list[Part]:
    """The stem of a fruit, from a height up, and a leaf on it where it can be told from the skin."""
    stem = draw.finish("wood", natural=("brown",), avoid=[skin], painted=0.05)
    leaf = draw.finish("leaf", natural=("green",), avoid=[stem], painted=0.0)
    bend, top, size = draw.uniform(-0.08, 0.08), base + long, draw.uniform(0.17, 0.23)
    side = 1 if bend < 0 else -1
    stalk = tube([[0, base - 0.06, 0], [0, base + long * 0.5, 0], [bend, top, 0]], [0.04, 0.04, 0.055], 10)
    blade = ellipsoid((size, 0, 0), (size, 0.045, size * 0.52), 14).turned("z", 24)
    blade = blade.mirrored() if side < 0 else blade
    placed = blade.turned("y", -side * draw.uniform(10, 40)).moved(0, base + long * 0.45)
    return [Part("stem", (stalk,), stem), *([Part("leaf", (placed,), leaf)] if skin.color != "green" else [])]


def carrot(draw: Draw) -> Prop:
    radius, length = draw.uniform(0.16, 0.22), draw.uniform(0.8, 1.0)
    count, high = draw.integer(4, 6), draw.uniform(0.32, 0.46)
    blunt = draw.uniform(0.12, 0.3)
    root = draw.finish("wax", natural=("orange",), painted=0.12)
    green = draw.finish("leaf", natural=("green",), avoid=[root], painted=0.08)
    profile = [(0.0, 0.0)]
    for y in np.linspace(0.03, 0.92, 15):
        grown = radius * (blunt + (1 - blunt) * float(y) ** 0.75) * min(1.0, 0.6 + float(y) * 6)
        profile.append((grown, float(y) * length))
    profile += [(radius * 0.85, length * 0.97), (radius * 0.4, length)]
    body = revolve(profile, 18)
    # Grooves that run part of the way round, as a drawn carrot has.
    x, y, z = body.vertices.T
    groove = np.where(np.arange(len(y)) // 18 % 3 == 1, 1 - 0.1 * (np.sin(2 * np.arctan2(x, z) + y * 9) > 0), 1)
    body = Solid(np.stack([x * groove, y, z * groove], -1).astype(np.float32), body.faces, body.thickness)
    turn, leaves = draw.uniform(0, 360), [ellipsoid((0, high * 0.55, 0), (0.065, high * 0.6, 0.065), 10)]
    for k in range(count):
        blade = ellipsoid((0, high * 0.5, 0), (0.062, high * 0.5, 0.062), 10).turned("z", draw.uniform(24, 40))
        leaves.append(blade.turned("y", turn + 360 * k / count))
    tops = tuple(leaf.moved(y=length - 0.03) for leaf in leaves)
    return Prop(
        "carrot",
        (Part("root", (body,), root), Part("leaves", tops, green)),
        words(long=length > 4.9 * radius, thick=length < 4.3 * radius),
    )
