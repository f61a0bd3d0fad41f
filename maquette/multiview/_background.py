"""Objects off plain backgrounds without weights: the background is a smooth surface, the object is what it is not.

Colours are sRGB-encoded, [0, 1], which is near enough to evenly perceived; distances are Euclidean in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

_LEAST = 0.035  # the distance from the background that is always taken for it
_MOST = 0.15  # and the one that never is
_SHADOW = 0.6  # the darkest that a soft shadow makes a background, as a factor
_STEPS = (0.008, 0.02)  # the most that neighbouring pixels of a soft shadow differ: without grain, with any grain
_BAND = 2  # pixels to either side of an outline that may mix object and background

Picture = Float32[np.ndarray, "height width 3"]
Mask = Bool[np.ndarray, "height width"]


@dataclass(frozen=True)
class Background:
    """A picture's background, as its border tells it."""

    color: Picture
    """What it would be everywhere."""
    noise: float
    """The distance that its own pixels typically have from that."""
    explained: float
    """Share of the border that it explains, 0 to 1."""

    @property
    def reach(self) -> float:
        """The distance up to which a pixel can belong to it."""
        return min(max(_LEAST, 3 * self.noise), _MOST)


def background_of(rgb: Picture) -> Background:
    """Fit polynomials of position to the border, robustly, and then to all that they explain.

    Order 2 holds gradients and vignettes; order 3, once the inner background is known, what departs from them.
    """
    height, width, _ = rgb.shape
    ring = np.zeros((height, width), bool)
    edge = max(2, min(height, width) // 50)
    ring[:edge] = ring[-edge:] = ring[:, :edge] = ring[:, -edge:] = True
    rows, columns = np.flatnonzero(ring.reshape(-1)) // width, np.flatnonzero(ring.reshape(-1)) % width
    step = max(1, len(rows) // 6000)
    rows, columns = rows[::step], columns[::step]
    border = rgb[rows, columns].astype(np.float64)
    terms = _terms(rows / height, columns / width, 2)
    # Begun from the commonest colour: an object that reaches the border is left out from the start.
    center = np.median(border, 0)
    distance = np.linalg.norm(border - center, axis=-1)
    kept = distance <= max(0.1, 2.5 * float(np.median(distance)))
    weights = np.zeros((terms.shape[1], 3))
    for _ in range(8):
        weights = np.linalg.lstsq(terms[kept], border[kept], rcond=None)[0]
        distance = np.linalg.norm(border - terms @ weights, axis=-1)
        kept = distance <= max(_LEAST, 3 * float(np.median(distance)))
    noise = float(np.median(distance[kept]))
    color = _surface(weights, height, width, 2)
    # Pixels from the inside that fit are evidence too: a border alone says little about the middle.
    small = np.s_[:: max(1, height // 96), :: max(1, width // 96)]
    y, x = (axis.reshape(-1) for axis in np.mgrid[0:height, 0:width][(slice(None), *small)])
    fits = np.linalg.norm(rgb[y, x] - color[y, x], axis=-1) <= max(_LEAST, 3 * noise)
    if fits.sum() > 200:
        weights = np.linalg.lstsq(_terms(y[fits] / height, x[fits] / width, 3), rgb[y, x][fits], rcond=None)[0]
        finer = _surface(weights, height, width, 3)
        distance = np.linalg.norm(border - finer[rows, columns], axis=-1)
        if np.median(distance) <= noise * 1.05 + 1e-3:
            color, noise = finer, float(np.median(distance[distance <= max(_LEAST, 3 * noise)]))
    explained = float((np.linalg.norm(border - color[rows, columns], axis=-1) <= max(_LEAST, 4 * noise)).mean())
    return Background(color, noise, explained)


def quieted(rgb: Picture) -> Picture:
    """The picture without the grain that its border shows; one without grain stays as it is."""
    blurred = ndimage.gaussian_filter(rgb, 1.0, axes=(0, 1))
    grain = np.linalg.norm(rgb - blurred, axis=-1)
    edge = [part.reshape(-1) for part in (grain[:4], grain[-4:], grain[:, :4], grain[:, -4:])]
    return blurred if np.median(np.concatenate(edge)) > 0.01 else rgb


def object_mask(quiet: Picture, background: Background) -> Mask:
    """What the background and its soft shadows, growing in from the border, do not reach."""
    height, width, _ = quiet.shape
    off = np.linalg.norm(quiet - background.color, axis=-1)
    close = off <= background.reach
    # A shadow is the background's colour made darker, without a sharp edge.
    base = np.maximum((background.color**2).sum(-1), 1e-6)
    factor = (quiet * background.color).sum(-1) / base
    tint = np.linalg.norm(quiet - factor[..., None] * background.color, axis=-1)
    rise = np.max([ndimage.gaussian_gradient_magnitude(quiet[..., c], 1.0) for c in range(3)], 0)
    shadow = (factor > _SHADOW) & (factor < 1.05) & (tint < 0.7 * background.reach)
    edge = np.concatenate([rise[0], rise[-1], rise[:, 0], rise[:, -1]])
    shadow &= rise < np.clip(1.2 * np.percentile(edge, 95), *_STEPS)
    # It is let in through wide openings only: a gap in an outline must not empty a pale object.
    square = ndimage.generate_binary_structure(2, 2)
    wide = ndimage.binary_opening(close | shadow, square, max(2, min(height, width) // 64))
    empty = _reached(close)
    empty = empty | _reached(empty | wide)
    # A gap in the object shows the background as the border does, to within its noise; a pale part does not.
    labels, count = _pieces(close & ~empty)
    if count:
        numbers = np.arange(1, count + 1)
        area = ndimage.sum_labels(np.ones_like(off), labels, numbers)
        typical = ndimage.mean(off, labels, numbers)
        gap = (typical < 1.5 * background.noise + 0.012) & (area > max(16, 2e-4 * off.size))
        empty |= np.isin(labels, numbers[gap])
    opened = ndimage.binary_opening(~empty, iterations=max(1, min(height, width) // 400))
    # Opening takes specks, but thin parts with them: what hangs together with the rest comes back.
    labels, count = _pieces(~empty, np.ones((3, 3)))
    if count == 0:
        return np.zeros((height, width), bool)
    sizes = np.bincount(labels.reshape(-1), opened.reshape(-1), count + 1)
    sizes[0] = 0
    return (sizes > 0.02 * sizes.max())[labels] if sizes.max() > 0 else np.zeros((height, width), bool)


def matte(rgb: Picture, background: Background, mask: Mask) -> tuple[Picture, Float32[np.ndarray, "height width"]]:
    """Coverage along a mask's outline, and colours there with the background taken out.

    A pixel that mixes object F and background B as a F + (1 - a) B, both known from beside it, tells a.
    """
    outer = np.asarray(ndimage.binary_dilation(mask, iterations=_BAND), bool)
    inner = np.asarray(ndimage.binary_erosion(mask, iterations=_BAND), bool)
    band = outer & ~inner
    alpha = mask.astype(np.float32)
    if not band.any():
        return rgb, alpha
    behind, known = _spread(rgb, (~outer).astype(np.float32), 3.0)
    behind = np.where((known > 1e-4)[..., None], behind, background.color)
    # The purest object colours nearby, which also thin parts have: those furthest from the background.
    off = np.linalg.norm(rgb - behind, axis=-1)
    front, _ = _spread(rgb, np.where(mask, (off + 1e-3) ** 6, 0), 1.5)
    apart = front - behind
    square = (apart**2).sum(-1)
    share = np.clip(((rgb - behind) * apart).sum(-1) / np.maximum(square, 1e-6), 0, 1)
    plain = ndimage.gaussian_filter(alpha, 0.7)
    share = np.where(square > background.reach**2, share, plain)
    alpha = np.where(band, share, alpha).astype(np.float32)
    alpha[alpha < 0.03] = 0
    pure = np.clip((rgb - (1 - alpha[..., None]) * behind) / np.maximum(alpha[..., None], 0.3), 0, 1)
    mixed = alpha[..., None] * pure + (1 - alpha[..., None]) * front
    colors = np.where((band & (alpha < 1))[..., None], mixed, rgb)
    return np.clip(colors, 0, 1).astype(np.float32), alpha


def doubt(rgb: Picture, alpha: Float32[np.ndarray, "height width"], background: Background) -> str | None:
    """Why a cut along the background should not be trusted, in a few words; None when nothing says so."""
    mask = alpha > 0.5
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if background.explained < 0.8 or background.noise > 0.06:
        return "the background is not plain"
    if mask.mean() > 0.9 or edge.mean() > 0.2:
        return "the object reaches the picture's border"
    inside = np.asarray(ndimage.binary_erosion(mask, iterations=_BAND), bool)
    rim = inside & ~np.asarray(ndimage.binary_erosion(inside, iterations=_BAND), bool)
    if rim.any():
        off = np.linalg.norm(rgb[rim] - background.color[rim], axis=-1)
        if np.mean(off < 1.5 * background.reach) > 0.25:
            return "the object is hardly different from the background"
    # Taken for a shadow, but with parts of the object on all four sides.
    sides = [np.logical_or.accumulate(mask[::step], 0)[::step] for step in (1, -1)]
    sides += [np.logical_or.accumulate(mask[:, ::step], 1)[:, ::step] for step in (1, -1)]
    off = np.linalg.norm(rgb - background.color, axis=-1)
    if (np.all(sides, 0) & (alpha < 0.1) & (off > background.reach)).sum() > 0.1 * mask.sum():
        return "parts of the object look like the background"
    labels, count = _pieces(mask)
    if count and np.sort(np.bincount(labels.reshape(-1))[1:])[:-1].sum() > 0.4 * mask.sum():
        return "there are several things in it"
    return None


def _reached(passable: Mask) -> Mask:
    """The part of a mask that hangs together with the picture's border."""
    labels, count = _pieces(np.pad(passable, 1, constant_values=True))
    return (labels == labels[0, 0])[1:-1, 1:-1] if count else passable


def _pieces(mask: Mask, structure: np.ndarray | None = None) -> tuple[np.ndarray, int]:
    """Every pixel's connected piece, from 1 up and 0 outside, and how many there are."""
    labels = np.empty(mask.shape, np.int32)
    count = ndimage.label(mask, structure, output=labels)
    return labels, int(count)  # pyright: ignore[reportArgumentType]


def _spread(rgb: Picture, weight: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean colour around every pixel, and the weight that it rests on."""
    total = ndimage.gaussian_filter(weight.astype(np.float64), sigma)
    mean = ndimage.gaussian_filter(rgb * weight[..., None].astype(np.float64), sigma, axes=(0, 1))
    return mean / np.maximum(total, 1e-20)[..., None], total


def _terms(y: np.ndarray, x: np.ndarray, order: int) -> np.ndarray:
    y, x = 2 * y - 1, 2 * x - 1
    return np.stack([x**i * y**j for i in range(order + 1) for j in range(order + 1 - i)], -1)


def _surface(weights: np.ndarray, height: int, width: int, order: int) -> Picture:
    y, x = np.mgrid[0:height, 0:width]
    return np.clip(_terms(y / height, x / width, order) @ weights, 0, 1).astype(np.float32)
