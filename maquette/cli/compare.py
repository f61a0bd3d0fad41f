"""`maquette compare`: how far one object is from another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from maquette.errors import InputError

if TYPE_CHECKING:
    from maquette.measures import Comparison

_STEPS = ("none", "centre", "scale", "icp")


@dataclass(frozen=True)
class Compare:
    """Measure how far object B is from object A: distances between surfaces, and likeness of pictures."""

    a: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="A")]
    """The true one, whose longest side is the unit of length: a GLB or other mesh, or a .ply of points."""
    b: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="B")]
    """The other."""
    align: Annotated[str, tyro.conf.arg(metavar="none|centre,scale,icp")] = "none"
    """How B is moved before: centre of its box, its longest side, then turned and shifted by closest points."""
    thresholds: Annotated[str, tyro.conf.arg(metavar="SHARES")] = "0.01,0.02,0.05"
    """Of F-scores, in shares of A's longest side."""
    points: int = 50_000
    """Drawn from each surface, 100 to 1,000,000."""
    size: int = 256
    """Pixels along each side of the pictures, 32 to 1024."""
    seed: int = 0
    """Of the points drawn."""
    json: bool = False
    """Tell it as JSON."""

    def __call__(self) -> int:
        if not 100 <= self.points <= 1_000_000:
            raise InputError(f"points {self.points} is out of range; expected 100 to 1,000,000")
        if not 32 <= self.size <= 1024:
            raise InputError(f"size {self.size} is out of range; expected 32 to 1024 pixels")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed {self.seed} is out of range; expected 0 to {2**32 - 1}")
        align: Any = _steps(self.align)
        thresholds = _shares(self.thresholds)

        from maquette.formats import load_shape
        from maquette.measures import compare

        a, b = load_shape(self.a), load_shape(self.b)
        found = compare(a, b, align, thresholds, self.points, self.size, self.seed)
        report = {"a": str(self.a), "b": str(self.b), "points": self.points, "seed": self.seed}
        report |= {"align": list(align), **reported(found, self.size)}
        print(json.dumps(report, indent=1) if self.json else _told(report))
        return 0


def _steps(text: str) -> list[str]:
    steps = [step.strip().replace("center", "centre") for step in text.split(",")]
    if not set(steps) <= set(_STEPS) or ("none" in steps and len(steps) > 1):
        raise InputError(f"align {text[:60]!r}; expected none, or some of centre,scale,icp")
    return [step for step in _STEPS if step in steps]


def _shares(text: str) -> list[float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if not 1 <= len(shares) <= 20 or not all(0 < share <= 10 for share in shares):
        raise InputError(f"thresholds {text[:60]!r}; expected numbers above 0 with commas between, as 0.01,0.02")
    return shares


def reported(found: Comparison, size: int) -> dict[str, Any]:
    """A comparison as JSON values."""
    motion, likeness = found.motion, found.likeness
    return {
        "unit": found.unit,
        "motion_of_b": {
            "scale": motion.scale,
            "turn_degrees": motion.degrees,
            "rotation": motion.rotation.tolist(),
            "shift": motion.shift.tolist(),
        },
        "chamfer_l1": found.chamfer,
        "mean_a_to_b": found.to_second,
        "mean_b_to_a": found.to_first,
        "hausdorff": found.hausdorff,
        "f_score": {f"{threshold:g}": value for threshold, value in found.f_scores.items()},
        "normal_consistency": found.normal_consistency,
        "pictures": None
        if likeness is None
        else {
            "views": "8 around, 20 degrees above, unlit, on grey",
            "size": size,
            "silhouette_iou": likeness.silhouette_iou,
            "psnr": likeness.psnr,
            "ssim": likeness.ssim,
            "normals_psnr": likeness.normals_psnr,
            "normals_ssim": likeness.normals_ssim,
        },
    }


def _told(report: dict[str, Any]) -> str:
    normals, pictures = report["normal_consistency"], report["pictures"]
    lines = [
        ("unit", f"{report['unit']:.6g}, the longest side of {report['a']}; distances are shares of it"),
        ("aligned", _moved(report)),
        ("Chamfer-L1", f"{report['chamfer_l1']:.5f}, mean of A to B {report['mean_a_to_b']:.5f} "
                       f"and B to A {report['mean_b_to_a']:.5f}"),
        *((f"F-score {threshold}", f"{value:.4f}") for threshold, value in report["f_score"].items()),
        ("Hausdorff", f"{report['hausdorff']:.5f}, the farther way"),
        ("normals", "none on one side, so not compared" if normals is None else f"{normals:.4f} mean cosine"),
    ]  # fmt: skip
    if pictures is None:
        return _table([*lines, ("pictures", "none: a point cloud has no surface to draw")])
    lines += [
        ("silhouettes", f"{pictures['silhouette_iou']:.4f} intersection over union"),
        ("colours", f"PSNR {pictures['psnr']:.2f} dB, SSIM {pictures['ssim']:.4f}"),
        ("normal maps", f"PSNR {pictures['normals_psnr']:.2f} dB, SSIM {pictures['normals_ssim']:.4f}"),
        ("pictures", f"{pictures['views']}, {pictures['size']} pixels; 100 dB are the same"),
    ]
    return _table(lines)


def _moved(report: dict[str, Any]) -> str:
    motion = report["motion_of_b"]
    if report["align"] == ["none"]:
        return "no, compared as they lie (--align centre,scale,icp moves B)"
    least = 1e-6 * report["unit"]
    shift = ", ".join(f"{value if abs(value) > least else 0:.4g}" for value in motion["shift"])
    return (
        f"by {', '.join(report['align'])}: B scaled by {motion['scale']:.4g}, turned by "
        f"{motion['turn_degrees']:.2f}°, then shifted by ({shift})"
    )


def _table(lines: list[tuple[str, str]]) -> str:
    return "\n".join(f"{name:<12} {value}" for name, value in lines)
