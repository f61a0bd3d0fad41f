"""The receipt that every asset carries: what it was made from, how, and by which models."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from maquette import __version__
from maquette.artifacts import Asset, Image, Views
from maquette.formats.photographs import Photographs
from maquette.pipeline._digest import digest
from maquette.pipeline.run import Step


def with_receipt(
    asset: Asset,
    source: str | Image | Photographs | Asset,
    height_meters: float,
    steps: Sequence[Step],
    like: Views | None = None,
) -> Asset:
    """The asset at its exported height, with its receipt.

    No times, paths or machine names: the same source, seed and version give the same bytes.
    """
    receipt: dict[str, Any] = {**asset.receipt, "version": __version__}  # stages may have said something already
    if isinstance(source, str):
        receipt["prompt"] = source
    else:
        kind = {Image: "image", Photographs: "photographs", Asset: "mesh"}[type(source)]
        receipt["input"] = {"kind": kind, "sha256": digest(source)}
    if like is not None:
        receipt["like"] = {"kind": "views", "sha256": digest(like)}
    seeds = [step.options["seed"] for step in steps if "seed" in step.options]
    if seeds:
        receipt["seed"] = seeds[0]
    receipt["stages"] = [
        {
            "stage": step.stage,
            "method": step.method,
            "version": step.version,
            "options": {name: _plain(value) for name, value in step.options.items()},
            "key": step.key,
        }
        for step in steps
    ]
    models = {weights.sha256: weights for step in steps for weights in step.models}
    receipt["models"] = [
        {"name": weights.name, "sha256": sha256, "licence": weights.licence} for sha256, weights in models.items()
    ]
    return dataclasses.replace(asset, height_meters=height_meters, receipt=receipt)


def _plain(value: Any) -> Any:
    """An option as JSON; an array, which no reader of a receipt wants in full, as its digest."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"method": type(value).__name__, **fields}
    return digest(value)
