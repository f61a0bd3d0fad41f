"""Contact sheets of views, to look at while a model trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from maquette.artifacts import Views
from maquette.cameras import DISTANCE, FRAME


def save_sheet(views: Sequence[Views], captions: Sequence[str], path: Path, scale: int = 1) -> None:
    """Write a PNG with one row for each set of views: colours, normals, depth, and the caption below."""
    rows = [np.concatenate([_on_white(image, v.alpha) for image in _channels(v)], 1) for v in views]
    height, width = rows[0].shape[:2]
    sheet = Image.new("RGB", (width * scale, (height * scale + 14) * len(rows)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (row, caption) in enumerate(zip(rows, captions, strict=True)):
        picture = Image.fromarray(np.round(np.clip(row, 0, 1) * 255).astype(np.uint8))
        top = index * (height * scale + 14)
        sheet.paste(picture.resize((width * scale, height * scale), Image.Resampling.NEAREST), (0, top))
        draw.text((3, top + height * scale), caption, fill="black")
    partial = path.with_suffix(".partial")
    sheet.save(partial, "PNG")
    partial.replace(path)


def _channels(views: Views) -> list[np.ndarray]:
    assert views.normals is not None
    assert views.depth is not None
    nearness = 0.5 + (DISTANCE - views.depth) / FRAME
    depth = np.clip(nearness, 0, 1)[..., None].repeat(3, -1)
    return [views.rgb, views.normals / 2 + 0.5, depth]


def _on_white(images: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    blended = images * alpha[..., None] + 1 - alpha[..., None]
    return np.concatenate(list(blended), 1)
