"""Draws docs/antialias.png: what moves when the outline of a mesh is seen by one triangle and by the walk.

    python docs/antialias_figure.py [OUT.png]

A bumpy torus of 200,000 triangles, one view. Left, the antialiased mask. Then the length of its sum's gradient
with respect to the vertices, added up over the pixels that the vertices fall into: what an optimiser would be told
about the outline. White is nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from maquette.cameras import orbit
from maquette.ops.differentiable import Topology, antialias, interpolate, project, rasterize

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from _meshes import torus

FACES = 200_000
SIZE, PANEL, CROP = 512, 480, 96
"""Pixels: of the view, of a panel of the figure, and of the part of the view that the lower panels enlarge."""
CORNER = (24, 322)
"""Column and row at which that part begins."""


def gradient_image(steps: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Coverage, the gradients' lengths summed into pixels, and the derivative by growth."""
    mesh = torus(FACES)
    vertices, faces = torch.from_numpy(mesh[0]).requires_grad_(), torch.from_numpy(mesh[1])
    camera = orbit(np.array([0.0]), np.array([0.0]), SIZE, frame=1.0)
    raster = rasterize(vertices, faces, camera)
    coverage = antialias(raster, interpolate(raster, torch.ones(len(vertices), 1)), Topology.of(faces), steps)
    (gradient,) = torch.autograd.grad(coverage.sum(), vertices)
    positions = project(vertices.detach(), camera)[0]
    column, row = (positions[:, :2] / positions[:, 3:]).long().clamp(0, SIZE - 1).unbind(-1)
    image = torch.zeros(SIZE, SIZE)
    image.index_put_((row, column), gradient.norm(dim=1), accumulate=True)
    return coverage[0, ..., 0].detach().numpy(), image.numpy(), float((gradient * vertices.detach()).sum())


def shaded(image: np.ndarray, scale: float) -> Image.Image:
    """White for nothing, through orange, to dark red at the scale and beyond."""
    t = np.clip(image / scale, 0, 1)[..., None] ** 0.5
    return Image.fromarray(np.uint8(255 * np.clip(np.array([1.35, 1.0, 1.0]) - t * [0.75, 1.15, 1.6], 0, 1)))


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("antialias.png")
    coverage, walk, growth = gradient_image(64)
    _, own, own_growth = gradient_image(1)
    scale = float(np.percentile(walk[walk > 0], 95))
    left = Image.fromarray(np.uint8(255 - 155 * coverage)).convert("RGB")
    panels = [left, shaded(own, scale), shaded(walk, scale)]
    titles = [
        f"coverage, {FACES:,} triangles",
        f"gradient, one triangle: {own_growth / growth:.0%} of the whole",
        "gradient, the walk: all of it",
    ]
    margin, head = 12, 30
    figure = Image.new("RGB", (3 * PANEL + 4 * margin, 2 * PANEL + 3 * margin + head), "white")
    draw, font = ImageDraw.Draw(figure), ImageFont.load_default(18)
    box = (*CORNER, CORNER[0] + CROP, CORNER[1] + CROP)
    for index, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        x = margin + index * (PANEL + margin)
        draw.text((x, 6), title, "black", font)
        whole = panel.resize((PANEL, PANEL), Image.Resampling.BOX if index == 0 else Image.Resampling.LANCZOS)
        figure.paste(whole, (x, head))
        figure.paste(panel.crop(box).resize((PANEL, PANEL), Image.Resampling.NEAREST), (x, head + PANEL + margin))
        corners = [x + c * PANEL / SIZE for c in box[::2]], [head + c * PANEL / SIZE for c in box[1::2]]
        for frame in ((corners[0][0], corners[1][0], corners[0][1], corners[1][1]),
                      (x, head + PANEL + margin, x + PANEL - 1, head + 2 * PANEL + margin - 1)):  # fmt: skip
            draw.rectangle(frame, outline="#1f5fa8")
    figure.save(out, optimize=True)
    print(f"{out}: derivative by growth {own_growth:.0f} by one triangle, {growth:.0f} by the walk")


if __name__ == "__main__":
    main()
