"""The upscaler's network: coarse views and the fine geometry of the mesh behind them to fine colours.

What comes out is not colours but, for every fine pixel, how to mix the 5 x 5 coarse pixels around it: no colour
is made up that is not there, and plain colours stay what they are. A mix starts as a joint bilateral one (Kopf
et al. 2007): near pixels count, if they lie on the surface that the fine pixel shows. Convolutions at the coarse
resolution, where the mesh's fine pixels lie folded into channels, say how far each of these rules holds where,
correct every share (kernel prediction, Bako et al. 2017), and tell where plain bicubic interpolation does
better, as it does within fine textures.

Shapes: b batch, h w coarse rows and columns, c colour channels, s = FACTOR * FACTOR fine pixels in a coarse one,
t = TAPS, n coarse pixels of the batch that the mesh covers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FACTOR = 4
"""Fine pixels along each side of a coarse one."""
REACH = 2
"""Coarse pixels around its own that a fine pixel may take colour from."""
SIDE = 2 * REACH + 1
TAPS = SIDE * SIDE
COLORS = 5
"""Red, green, blue, metallic, roughness."""
GUIDES = 5
"""Alpha; the normal along right, up and toward the camera; nearness in coarse pixels."""
RULES = 5
"""What a tap should share with a fine pixel: its interpolated colour; its tangent plane and normal, by the views;
the same by the mesh."""
STRENGTHS = (0.3, 1.0, 1.0, 1.0, 1.0)
"""How far each rule holds before training has said where."""
COLOR_RULE = 20.0
"""Weight of squared differences between colours."""
_NEAR, _FAR = 4.0, 16.0
"""Coarse pixels of depth at which what is told apart within a pixel, and between pixels, ends."""


class Block(nn.Module):
    """Two convolutions around which the input is carried."""

    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        _zero(self.second)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(F.relu(x))))


class Upscaler(nn.Module):
    """Mixes coarse colours into fine ones, told by the surface where one thing ends and another begins."""

    def __init__(self, width: int = 48, blocks: int = 4):
        super().__init__()
        self.enter = nn.Conv2d(COLORS + GUIDES + FACTOR**2 * GUIDES + 3, width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.trust = nn.Conv2d(width, 1, 1)
        self.rules = nn.Conv2d(width, FACTOR**2 * RULES, 1)
        self.shares = nn.Conv2d(width, FACTOR**2 * TAPS, 1)
        self.smooth = nn.Conv2d(width, FACTOR**2, 1)
        for layer in (self.trust, self.rules, self.shares, self.smooth):
            _zero(layer)
        assert self.rules.bias is not None
        assert self.shares.bias is not None
        assert self.smooth.bias is not None
        with torch.no_grad():
            self.rules.bias.copy_(torch.tensor(STRENGTHS).expm1().log().repeat(FACTOR**2))
            self.shares.bias.copy_(distances().reshape(-1))
            self.smooth.bias.fill_(-2.0)

    def forward(self, colors: Tensor, coarse: Tensor, fine: Tensor) -> Tensor:
        """Fine colours [b, 5, 4 h, 4 w], zero in coarse pixels that the mesh does not touch.

        Args:
            colors: [b, 5, h, w] of the views, not premultiplied, filled in beyond the silhouette.
            coarse: [b, 5, h, w] GUIDES of the views, zero where alpha is zero.
            fine: [b, 5, 4 h, 4 w] GUIDES of the mesh, zero where alpha is zero.
        """
        b, _, h, w = colors.shape
        covered = F.avg_pool2d(fine[:, :1], FACTOR)
        mesh = F.avg_pool2d(fine[:, :1] * fine[:, 1:], FACTOR) / covered.clamp_min(1e-3)  # [b, 4, h, w]
        pure = purity(colors, coarse[:, :1])
        x = self.enter(torch.cat([colors - 0.5, 0.2 * pure, *_relative(coarse, fine, covered, mesh[:, 3:])], 1))
        for block in self.blocks:
            x = block(x)
        x = F.relu(x)
        where = (covered[:, 0] > 0).nonzero(as_tuple=True)

        def here(maps: Tensor) -> Tensor:
            """[b, s * k, h, w] -> [n, s, k] at covered pixels."""
            return maps.permute(0, 2, 3, 1)[where].unflatten(1, (FACTOR**2, maps.shape[1] // FACTOR**2))

        shares = here(self.shares(x)) + taps(pure + self.trust(x), where)  # [n, s, t] + [n, 1, t]
        strength = F.softplus(here(self.rules(x)))
        points = here(
            F.pixel_unshuffle(fine[:, 1:], FACTOR).reshape(b, 4, FACTOR**2, h, w).transpose(1, 2).flatten(1, 2)
        )
        around = taps(colors, where)
        middle = bicubic_taps().to(around) @ around.transpose(1, 2)  # [n, s, c]
        departures = [departure(middle, around)]
        for surface in (coarse[:, 1:], mesh):
            departures += disagreement(points, taps(surface, where))
        for rule, amount in enumerate(departures):
            shares = torch.addcmul(shares, strength[..., rule, None], amount, value=-1)
        mixed = torch.bmm(shares.softmax(-1), around.transpose(1, 2))  # [n, s, c]
        middle = middle.clamp(around.amin(2)[:, None], around.amax(2)[:, None])
        mixed = torch.lerp(mixed, middle, here(self.smooth(x)).sigmoid())
        out = mixed.new_zeros(b, h, w, FACTOR**2 * COLORS)
        out[where] = mixed.transpose(1, 2).flatten(1)
        return F.pixel_shuffle(out.permute(0, 3, 1, 2), FACTOR)


def _zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def taps(maps: Tensor, where: tuple[Tensor, ...]) -> Tensor:
    """[b, c, h, w] -> [n, c, t]: what lies around some pixels, the border repeated."""
    padded = F.pad(maps, [REACH] * 4, mode="replicate").permute(0, 2, 3, 1)
    image, row, column = where
    step = torch.arange(SIDE, device=maps.device)
    rows = row[:, None, None] + step[:, None]
    columns = column[:, None, None] + step
    return padded[image[:, None, None], rows, columns].flatten(1, 2).transpose(1, 2)


def departure(middle: Tensor, around: Tensor) -> Tensor:
    """[n, s, t]: how far the colours of taps [n, c, t] are from fine pixels' interpolated ones [n, s, c]."""
    squared = (middle**2).sum(-1)[..., None] + (around**2).sum(1)[:, None]
    return (COLOR_RULE * torch.baddbmm(squared, middle, around, alpha=-2)).clamp_max(8)


def disagreement(points: Tensor, around: Tensor) -> tuple[Tensor, Tensor]:
    """How far taps lie off fine pixels' tangent planes, at most 3 coarse pixels, and how much they turn away.

    Args:
        points: [n, s, 4] normals and nearness of the fine pixels.
        around: [n, 4, t] the same of the taps.
    """
    normals = points[..., :3]
    inner, outer = _positions()
    offsets = torch.einsum("nsi,si->ns", normals[..., :2], inner.to(points)) + normals[..., 2] * points[..., 3]
    places = torch.cat([outer.to(points).T.expand(len(around), 2, TAPS), around[:, 3:]], 1)
    plane = torch.baddbmm(offsets[..., None], normals, places, alpha=-1)
    facing = torch.bmm(normals, around[:, :3])
    return plane.abs().clamp_max(3), 1 - facing


def bicubic_taps() -> Tensor:
    """[s, t]: the shares of bicubic interpolation (Keys 1981, a = -0.5) for each fine pixel in a coarse one."""
    offsets = (torch.arange(FACTOR) + 0.5) / FACTOR - 0.5
    x = (torch.arange(-REACH, REACH + 1) - offsets[:, None]).abs()
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    line = torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros_like(x)))
    return torch.einsum("ik,jl->ijkl", line, line).reshape(FACTOR**2, TAPS)


def _positions() -> tuple[Tensor, Tensor]:
    """Where fine pixels [s, 2] and taps [t, 2] lie, in coarse pixels from the middle, right and up."""
    inner = (torch.arange(FACTOR) + 0.5) / FACTOR - 0.5
    outer = torch.arange(-REACH, REACH + 1, dtype=torch.float32)
    places = []
    for line in (inner, outer):
        row, column = torch.meshgrid(line, line, indexing="ij")
        places.append(torch.stack([column, -row], -1).reshape(-1, 2))
    return places[0], places[1]


def distances(spread: float = 0.5) -> Tensor:
    """[s, t]: the logarithm of a Gaussian around each fine pixel, `spread` coarse pixels wide."""
    inner, outer = _positions()
    return -((inner[:, None] - outer) ** 2).sum(-1) / (2 * spread**2)


def purity(colors: Tensor, alpha: Tensor) -> Tensor:
    """[b, 1, h, w]: the logarithm of how far each coarse pixel shows one thing only, 0 down to about -12.

    A pixel is pure if one of the four 2 x 2 squares around it is uniform (after Kuwahara et al. 1976).
    """
    padded = F.pad(torch.cat([alpha, alpha * colors, alpha * colors**2], 1), (1, 1, 1, 1))
    total, first, second = F.avg_pool2d(padded, 2, 1).split((1, COLORS, COLORS), 1)
    total = total.clamp_min(1e-6)
    variance = (second / total - (first / total) ** 2).clamp_min(0).sum(1, keepdim=True)
    variance = torch.where(total > 0.375, variance, torch.ones_like(variance))
    least = -F.max_pool2d(-variance, 2, 1)
    return torch.log(0.02 + 1 / (1 + least / 0.03**2)) + 2 * torch.log((1.25 * alpha - 0.25).clamp(0.01, 1))


def _relative(coarse: Tensor, fine: Tensor, covered: Tensor, mean: Tensor) -> tuple[Tensor, ...]:
    """The guides as the network sees them: the fine ones folded, nearness as differences between neighbours."""
    alpha, nearness = fine[:, :1], fine[:, 4:]
    around = F.avg_pool2d(covered, 5, 1, 2).clamp_min(1e-3)
    surround = F.avg_pool2d(covered * mean, 5, 1, 2) / around
    within = alpha * (nearness - F.interpolate(mean, scale_factor=FACTOR)) / _NEAR
    beside = (covered > 0) * (mean - surround) / _FAR
    off = (covered > 0) * coarse[:, :1] * (coarse[:, 4:] - mean) / _NEAR
    folded = F.pixel_unshuffle(torch.cat([fine[:, :4], within.clamp(-1, 1)], 1), FACTOR)
    return coarse[:, :4], off.clamp(-1, 1), folded, beside.clamp(-1, 1), covered
