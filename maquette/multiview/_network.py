"""The multi-view denoiser: a transformer over three planes, in an hourglass.

The planes are cut into 8-pixel patches, 192 fine tokens; two by two these merge into 48 coarse tokens, which
attend jointly to the words and to the picture's patches through most of the depth; then they split again, are
added to the fine tokens, and fine blocks draw the details (the hourglass of Crowson et al. 2024, "Scalable
high-resolution pixel-space image synthesis with hourglass diffusion transformers"). Time and the sentence as a
whole modulate every block (adaLN-single, Chen et al. 2023, "PixArt-alpha").

Shapes: b batch, n tokens, d width, h heads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from maquette.multiview._crossview import CrossView, crossview_bias
from maquette.multiview._planes import CHANNELS
from maquette.multiview._text import GRAM_ROWS, LENGTH, PAD

PATCH = 8
GRID = 64 // PATCH
FINE = 3 * GRID * GRID
COARSE = FINE // 4
PATCH_VALUES = CHANNELS * PATCH * PATCH
LAP = 2
"""Pixels by which what a token draws reaches over each edge of its patch, so that no seams show."""
WINDOW = PATCH + 2 * LAP
HEAD = 64


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    words: int
    """Rows of the word embedding."""
    width: int = 256
    depth: int = 8
    fine_width: int = 192
    fine_depth: int = 2
    picture_patch: int = 16
    """Pixels along each side of the picture's patches."""
    grams: bool = False
    """Whether words are also read by their hashed character n-grams."""
    crossview: CrossView = "full"
    """Which tokens of other planes a token attends to."""
    phrases: bool = False
    """Whether a word is also read with the words beside it: whose colour a colour is."""


def patchify(planes: Tensor) -> Tensor:
    """[b, 3, 19, 64, 64] -> [b, 192, 19 * 8 * 8]; tokens run over planes, rows, columns."""
    b = len(planes)
    x = planes.reshape(b, 3, CHANNELS, GRID, PATCH, GRID, PATCH)
    return x.permute(0, 1, 3, 5, 2, 4, 6).reshape(b, FINE, PATCH_VALUES)


def unpatchify(tokens: Tensor) -> Tensor:
    """The inverse of patchify."""
    b = len(tokens)
    x = tokens.reshape(b, 3, GRID, GRID, CHANNELS, PATCH, PATCH)
    return x.permute(0, 1, 4, 2, 5, 3, 6).reshape(b, 3, CHANNELS, 64, 64)


def overlap_add(windows: Tensor) -> Tensor:
    """[b, 192, 19 * 12 * 12] -> [b, 192, 19 * 8 * 8]: every patch with what its neighbours draw over its edges.

    Windows are centred on their patches; beyond the plane's edges they are cut off.
    """
    return _OverlapAdd.apply(windows)


class _OverlapAdd(torch.autograd.Function):
    """Its gradient is the adjoint: windows cut out of the patches; autograd would write zeros for every slice."""

    @staticmethod
    def forward(ctx: FunctionCtx, windows: Tensor) -> Tensor:
        b = len(windows)
        x = windows.reshape(3 * b, GRID, GRID, CHANNELS, WINDOW, WINDOW)
        for tokens, pixels in ((1, 4), (2, 5)):
            from_before = F.pad(x.narrow(tokens, 0, GRID - 1).narrow(pixels, PATCH + LAP, LAP), _before(tokens))
            from_after = F.pad(x.narrow(tokens, 1, GRID - 1).narrow(pixels, 0, LAP), _after(tokens))
            first, middle, last = x.narrow(pixels, LAP, PATCH).split((LAP, PATCH - 2 * LAP, LAP), pixels)
            x = torch.cat((first + from_before, middle, last + from_after), pixels)
        return x.reshape(b, FINE, PATCH_VALUES)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        planes = F.pad(unpatchify(gradient), [LAP] * 4).flatten(0, 1)
        windows = planes.unfold(2, WINDOW, PATCH).unfold(3, WINDOW, PATCH).permute(0, 2, 3, 1, 4, 5)
        return windows.reshape(len(gradient), FINE, -1)


def _before(dimension: int) -> list[int]:
    """Padding by one in front of a dimension out of six, as F.pad takes it: last dimension first."""
    return [0, 0] * (5 - dimension) + [1, 0]


def _after(dimension: int) -> list[int]:
    return [0, 0] * (5 - dimension) + [0, 1]


def merge(fine: Tensor) -> Tensor:
    """[b, 192, d] -> [b, 48, 4 d]: two by two neighbours of a plane become one token."""
    b, _, d = fine.shape
    x = fine.reshape(b, 3, GRID // 2, 2, GRID // 2, 2, d)
    return x.permute(0, 1, 2, 4, 3, 5, 6).reshape(b, COARSE, 4 * d)


def split(coarse: Tensor) -> Tensor:
    """The inverse of merge."""
    b, _, d = coarse.shape
    x = coarse.reshape(b, 3, GRID // 2, GRID // 2, 2, 2, d // 4)
    return x.permute(0, 1, 2, 4, 3, 5, 6).reshape(b, FINE, d // 4)


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Softmax attention over [b, h, n, HEAD]; on a CPU two products are faster than the fused kernel here."""
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    scores = torch.matmul(q * HEAD**-0.5, k.transpose(-1, -2))
    if bias is not None:
        scores = scores + bias
    return torch.matmul(scores.softmax(-1), v)


def attend_like(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, like: float) -> Tensor:
    """Attention in which the batch's last is a reference: (1 - like) of what each sees in itself, like of it.

    RefDrop (Fan et al. 2024, "Controllable consistency in image or video generation via reference feature
    guidance"): one coefficient between the two outputs; a negative one leads away from the reference.
    """
    others = q[:-1]
    reference = attend(
        others, k[-1:].expand_as(others), v[-1:].expand_as(others), None if bias is None else bias[-1:]
    )
    own = attend(q, k, v, bias)
    return torch.cat([own[:-1].lerp(reference, like), own[-1:]])


class Block(nn.Module):
    """Attention and a two-layer perceptron, both modulated by six vectors of width d."""

    def __init__(self, width: int):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        self.modulation = nn.Parameter(torch.zeros(6, width))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor, modulation: Tensor, bias: Tensor | None = None, like: float = 0.0) -> Tensor:
        b, n, d = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.modulation)[:, :, None].unbind(1)
        y = torch.addcmul(shift1, F.layer_norm(x, (d,)), 1 + scale1)
        q, k, v = (part.reshape(b, n, d // HEAD, HEAD).transpose(1, 2) for part in self.qkv(y).split(d, -1))
        mixed = attend(q, k, v, bias) if like == 0 else attend_like(q, k, v, bias, like)
        x = torch.addcmul(x, self.out(mixed.transpose(1, 2).reshape(b, n, d)), 1 + gate1)
        y = torch.addcmul(shift2, F.layer_norm(x, (d,)), 1 + scale2)
        return torch.addcmul(x, self.down(F.silu(self.up(y))), 1 + gate2)


class Phrases(nn.Module):
    """Adds to every word what it means between its two neighbours: a blue seat is not a blue and a seat."""

    def __init__(self, width: int):
        super().__init__()
        self.up = nn.Linear(3 * width, 2 * width)
        self.down = nn.Linear(2 * width, width, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, words: Tensor) -> Tensor:
        """[b, n, d] -> [b, n, d]; what lies beyond either end counts as zero."""
        around = F.pad(words, (0, 0, 1, 1))
        three = torch.cat([around[:, :-2], words, around[:, 2:]], -1)
        return words + self.down(F.silu(self.up(three)))


class Denoiser(nn.Module):
    """Predicts clean planes from noisy ones, given a time, a sentence and perhaps a picture."""

    def __init__(self, shape: Shape):
        super().__init__()
        d, f = shape.width, shape.fine_width
        self.embed = nn.Linear(PATCH_VALUES, f)
        self.fine_position = nn.Parameter(torch.randn(FINE, f) * 0.02)
        self.merge = nn.Linear(4 * f, d)
        self.position = nn.Parameter(torch.randn(COARSE, d) * 0.02)
        self.words = nn.Embedding(shape.words, d)
        self.word_position = nn.Parameter(torch.randn(LENGTH, d) * 0.1)
        self.grams = nn.Parameter(torch.zeros(GRAM_ROWS, d)) if shape.grams else None
        self.phrases = Phrases(d) if shape.phrases else None
        self.picture_patch = shape.picture_patch
        self.crossview: CrossView = shape.crossview
        self.picture = nn.Linear(4 * shape.picture_patch**2, d)
        self.picture_position = nn.Parameter(torch.randn((64 // shape.picture_patch) ** 2, d) * 0.1)
        self.time = nn.Linear(128, d)
        self.sentence = nn.Linear(d, d)
        self.modulate = nn.Linear(d, 6 * d)
        self.modulate_fine = nn.Linear(d, 6 * f)
        self.blocks = nn.ModuleList(Block(d) for _ in range(shape.depth))
        self.split = nn.Linear(d, 4 * f)
        self.fine_blocks = nn.ModuleList(Block(f) for _ in range(shape.fine_depth))
        self.modulate_out = nn.Linear(d, 2 * f)
        self.out = nn.Linear(f, CHANNELS * WINDOW**2)
        nn.init.normal_(self.words.weight, std=0.5)
        for layer in (self.modulate, self.modulate_fine, self.modulate_out, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, noisy: Tensor, time: Tensor, words: Tensor, picture: Tensor | None = None, like: float = 0.0
    ) -> Tensor:
        """Clean patches [b, 192, 1216] from noisy ones.

        Args:
            noisy: [b, 192, 1216] patches, time * clean + (1 - time) * noise.
            time: [b] in [0, 1]; 1 is clean.
            words: [b, LENGTH, 1 + GRAMS] word indices and their n-grams; all PAD means no sentence.
            picture: [b, 4, 64, 64] in [-1, 1]: premultiplied colour and alpha; None means no picture.
            like: With any but 0 the batch's last is a reference for the others (see `attend_like`).
        """
        dtype = self.position.dtype
        b, d = len(noisy), self.position.shape[-1]
        known = words[..., 0] != PAD
        # Words behind the longest sentence cost time on a CPU; counting them would hold up a GPU.
        used = max(1, int(known.sum(1).max())) if known.device.type == "cpu" else LENGTH
        known, words = known[:, :used], words[:, :used]
        embedded = self.words(words[..., 0])
        if self.grams is not None:
            spelled = F.embedding_bag(words[..., 1:].flatten(0, 1), self.grams, mode="mean", padding_idx=0)
            embedded = embedded + spelled.view_as(embedded)
        weight = known.to(dtype)[..., None]
        if self.phrases is not None:
            embedded = self.phrases(embedded * weight)
        pooled = (embedded * weight).sum(1) / weight.sum(1).clamp_min(1)
        condition = F.silu(self.time(_frequencies(time).to(dtype)) + self.sentence(pooled))
        modulation = self.modulate(condition).reshape(b, 6, d)
        modulation_fine = self.modulate_fine(condition).reshape(b, 6, -1)

        # Clean and noisy inputs come to about the same size: clean values have a variance of about 0.3.
        scale = (time**2 * 0.3 + (1 - time) ** 2).rsqrt()[:, None, None]
        fine = self.embed((noisy * scale).to(dtype)) + self.fine_position
        tokens = [self.merge(merge(fine)) + self.position, embedded + self.word_position[:used]]
        if picture is not None:
            patches = _picture_patches(picture, self.picture_patch).to(dtype)
            tokens.append(self.picture(patches) + self.picture_position)
        x = torch.cat(tokens, 1)
        bias = torch.zeros(b, 1, 1, x.shape[1], dtype=dtype, device=x.device)
        bias[:, 0, 0, COARSE : COARSE + used].masked_fill_(~known, -1e4)
        if like != 0:
            bias[-1, 0, 0, COARSE:] = -1e4  # of a reference only its planes are looked at
        between = crossview_bias(GRID // 2, self.crossview, dtype, x.device)
        if between is not None:  # words and picture are seen by all planes, and see none, or they would carry over
            rest = x.shape[1] - COARSE
            between = F.pad(between, (0, rest, 0, rest))
            between[:, :, COARSE:, :COARSE] = -1e4
            bias = bias + between
        between = crossview_bias(GRID, self.crossview, dtype, x.device)
        for block in self.blocks:
            x = block(x, modulation, bias, like)
        fine = fine + split(self.split(x[:, :COARSE]))
        for block in self.fine_blocks:
            fine = block(fine, modulation_fine, between, like)
        shift, scale_out = self.modulate_out(condition)[:, None].chunk(2, -1)
        return overlap_add(self.out(torch.addcmul(shift, F.layer_norm(fine, (fine.shape[-1],)), 1 + scale_out)))


def _frequencies(time: Tensor) -> Tensor:
    """[b] -> [b, 128]: sines and cosines of the log signal-to-noise ratio."""
    t = time.clamp(1e-4, 1 - 1e-4)
    ratio = torch.log(t / (1 - t))
    frequency = 4 * torch.exp(-math.log(200) * torch.arange(64, device=time.device) / 64)
    angle = ratio[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], -1)


def _picture_patches(picture: Tensor, patch: int) -> Tensor:
    """[b, 4, 64, 64] -> [b, (64 / patch)², 4 * patch²]."""
    b, c, size, _ = picture.shape
    g = size // patch
    x = picture.reshape(b, c, g, patch, g, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(b, g * g, -1)
