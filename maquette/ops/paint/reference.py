"""Painting as it is defined, in numpy: slow, and readable."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32
from scipy.ndimage import distance_transform_edt

from maquette.ops.paint import Pictures
from maquette.ops.sample import sample_bilinear

FACING, STEEPEST, SLACK = 0.02, 8.0, 4e-3
"""Least cosine to the surface; steepest slope; world units by which a point may lie behind the depth map."""
PURE, CALM = 0.5, 0.06
"""Purity from which a pixel shows one thing only, and deviation of colour below which four pixels do."""
CONTRAST, SHIFTS, STILL = 0.25, 4, 2e-3
"""Distance in colour from which pixels do not count in the mean shift, its steps, and the step that ends it."""
LEAST, CONTRADICTION = 0.03, 0.15
"""Share of the best view's weight from which others count, and deviation beyond which they contradict it."""


def worth(pictures: Pictures, alpha: Float32[np.ndarray, "views height width"]) -> np.ndarray:
    """How much each pixel counts.

    Less within two pixels of the outline, less where coverage is partial, and less beside whatever stands clearly
    nearer or farther, where a small error of shape would bring another part's colour.
    """
    out = np.zeros(alpha.shape, np.float64)
    for view, covered in enumerate(alpha):
        inside = np.asarray(distance_transform_edt(np.pad(covered > 0.5, 1)))[1:-1, 1:-1]
        z, step = pictures.near[view].astype(np.float64), _step(pictures, view)
        beside = np.zeros_like(z)
        around = np.pad(np.where(z > 0, z, np.inf), 1, constant_values=np.inf)
        for y, x in ((0, 1), (2, 1), (1, 0), (1, 2)):
            other = around[y : y + z.shape[0], x : x + z.shape[1]]
            beside += (pictures.face[view] >= 0) & (np.abs(other - z) < step)
        out[view] = np.clip(inside / 2, 0.05, 1) * np.clip(covered * 2 - 0.6, 0, 1) * (0.1 + 0.9 * beside / 4)
    return out


def pure(
    pictures: Pictures, alpha: Float32[np.ndarray, "views height width"]
) -> Bool[np.ndarray, "views height width"]:
    """Whether a pixel and those right of it, below it and below right show one thing each, and all the same.

    Each is pure, their colours differ little, and the surface goes on from the first to the others.
    """
    out = np.zeros(pictures.face.shape, bool)
    for view, face in enumerate(pictures.face):
        four = [_moved(face, y, x) for y, x in ((0, 0), (0, 1), (1, 0), (1, 1))]
        z, step = pictures.near[view].astype(np.float64), _step(pictures, view)
        depths = [_moved(z, y, x) for y, x in ((0, 1), (1, 0), (1, 1))]
        goes_on = np.all([(other > 0) & (np.abs(other - z) < step) for other in depths], 0)
        nothing = np.all([each < 0 for each in four], 0)
        purities = [_moved(pictures.purity[view], y, x) for y, x in ((0, 0), (0, 1), (1, 0), (1, 1))]
        calm = _variance(pictures.images[view], alpha[view])[1:, 1:] < CALM**2
        calm[-1], calm[:, -1] = True, True
        out[view] = np.where(face >= 0, goes_on, nothing) & calm & (np.min(purities, 0) >= PURE)
    return out


def purity(
    image: Float32[np.ndarray, "height width channels"], alpha: Float32[np.ndarray, "height width"]
) -> Float32[np.ndarray, "height width"]:
    """How far each pixel shows one thing only: low where colours mix, as on the pixels along an edge.

    A pixel is pure if any of the four 2x2 squares around it is uniform (after Kuwahara et al. 1976).
    """
    height, width, _ = image.shape
    variance = _variance(image, alpha)
    least = np.min([variance[y : y + height, x : x + width] for y in (0, 1) for x in (0, 1)], 0)
    pure = 0.02 + 1 / (1 + least / 0.03**2)
    return (np.clip(alpha * 1.25 - 0.25, 0, 1) ** 2 * pure).astype(np.float32)


def _variance(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Of the colours of 2 x 2 pixels, by their alpha: [height + 1, width + 1], the first beyond the corner."""
    height, width, _ = image.shape
    square = np.zeros((height + 1, width + 1, image.shape[-1] + 2), np.float32)
    planes = np.concatenate(
        [alpha[..., None], alpha[..., None] * image, alpha[..., None] * (image**2).sum(-1, keepdims=True)], -1
    )
    for y in (0, 1):
        for x in (0, 1):
            square[y : y + height, x : x + width] += planes
    count = np.maximum(square[..., 0], 1e-6)
    variance = np.maximum(square[..., -1] - (square[..., 1:-1] ** 2).sum(-1) / count, 0) / count
    return np.where(square[..., 0] > 1.5, variance, 1)  # a lone pixel is uniform but says nothing


def trust(pictures: Pictures, points: np.ndarray, normals: np.ndarray, sharpness: float) -> np.ndarray:
    """How much each view counts at points, [views, points]: its cosine's power times its pixels' worth.

    Nothing where the point is turned away, outside, or behind the deepest of the four pixels of the depth map
    around it by more than the slack and what a pixel hides of the slope.
    """
    cameras = pictures.cameras
    out = np.zeros((len(cameras), len(points)))
    for view in range(len(cameras)):
        pixel, z, toward = place(pictures, view, points)
        cosine = (toward * normals).sum(-1)
        deepest = _deepest(pictures.depth[view], pixel * pictures.depth.shape[2] / cameras.width)
        c = np.clip(cosine, FACING, 1)
        away = z if cameras.projection == "perspective" else 1
        slope = np.minimum(np.sqrt(1 - c**2) / c, STEEPEST)
        across = away / (cameras.intrinsics[view, 0, 0] * pictures.depth.shape[2] / cameras.width)
        inside = ((pixel >= 0) & (pixel <= [cameras.width, cameras.height])).all(-1)
        seen = (cosine > FACING) & inside & (z > 0) & (z <= deepest + SLACK + slope * across)
        value = sample_bilinear(pictures.worth[view][..., None], pixel.astype(np.float32))[:, 0]
        out[view] = np.where(seen, c**sharpness * value, 0)
    return out


def colors(
    pictures: Pictures, points: np.ndarray, normals: np.ndarray, weights: np.ndarray, reach: float
) -> np.ndarray:
    """The mean of what the views show, by their weights.

    Views that contradict the best one would make ghosts and count less; those of pixels that mix things are left
    out, but for the best one's, which are told apart by `guided`.
    """
    best = weights.argmax(0)
    own = np.zeros((len(points), pictures.images.shape[-1]))
    samples, usable = [], []
    for view in range(len(weights)):
        pixel, _, _ = place(pictures, view, points)
        plain = sample_bilinear(pictures.images[view], pixel.astype(np.float32)).astype(np.float64)
        x, y = np.clip(pixel - 0.5, 0, np.array([pictures.cameras.width, pictures.cameras.height]) - 1).T
        pure = pictures.pure[view, y.astype(np.int64), x.astype(np.int64)]
        for point in np.flatnonzero((best == view) & (weights[view] > 0)):
            own[point] = plain[point]
            if not pure[point]:
                own[point] = guided(pictures, view, points[point], normals[point], pixel[point], reach)
        samples.append(plain)
        usable.append(pure)
    total, mixed = np.zeros(len(points)), np.zeros_like(own)
    for view, (seen, pure) in enumerate(zip(samples, usable, strict=True)):
        first = best == view
        seen = np.where(first[:, None], own, seen)
        counts = first | (pure & (weights[view] > LEAST * weights.max(0)))
        alike = np.exp(-((seen - own) ** 2).sum(-1) / (2 * CONTRADICTION**2))
        share = np.where(counts, weights[view] * alike, 0)
        total += share
        mixed += share[:, None] * seen
    return mixed / np.maximum(total, 1e-12)[:, None]


def guided(
    pictures: Pictures, view: int, point: np.ndarray, normal: np.ndarray, pixel: np.ndarray, reach: float
) -> np.ndarray:
    """A sample where pixels mix things, sharp where the surface or the colour has an edge.

    Joint bilateral upsampling (Kopf et al. 2007) over 5 x 5 pixels: a pixel counts as its purity, as it is near in
    the picture, as its surface lies in the point's tangent plane and turns the same way. Then mean shift over
    colour (Comaniciu and Meer 2002), which brings what lies between two colours to the nearer one.
    """
    cameras, pose = pictures.cameras, pictures.cameras.world_to_camera[view].astype(np.float64)
    x, y = np.clip(pixel, 0, [cameras.width, cameras.height]) - 0.5
    rows = np.arange(max(int(np.floor(y + 0.5)) - 2, 0), min(int(np.floor(y + 0.5)) + 3, cameras.height))
    columns = np.arange(max(int(np.floor(x + 0.5)) - 2, 0), min(int(np.floor(x + 0.5)) + 3, cameras.width))
    taps = np.ix_(rows, columns)
    face = pictures.face[view][taps]
    scale = pictures.near[view][taps] if cameras.projection == "perspective" else np.ones(face.shape)
    seen = _rays(pictures, view, columns + 0.5, rows + 0.5)
    seen = np.concatenate([seen[..., :2] * scale[..., None], pictures.near[view][taps][..., None]], -1)
    off = (seen - (pose[:3, :3] @ point + pose[:3, 3])) @ (pose[:3, :3] @ normal)
    turn = np.where(face >= 0, pictures.flat[face] @ normal, 0)
    same = 0.02 + _biweight(off**2 / reach**2) * np.maximum(turn, 0)
    apart = (rows - y)[:, None] ** 2 + (columns - x)[None] ** 2
    weight = pictures.purity[view][taps] * same
    near, wide = weight * _biweight(apart / 2.25), weight * _biweight(apart / 8)
    color = pictures.images[view][taps].astype(np.float64)
    first = near if near.sum() > 1e-6 else wide
    if not first.sum() > 0:
        return np.zeros(color.shape[-1])
    mean = (first[..., None] * color).sum((0, 1)) / first.sum()
    for _ in range(SHIFTS):
        alike = wide * _biweight(((color - mean) ** 2).sum(-1) / CONTRAST**2)
        if not alike.sum() > 1e-9:
            break
        before, mean = mean, (alike[..., None] * color).sum((0, 1)) / alike.sum()
        if ((mean - before) ** 2).sum() < STILL**2:
            break
    return mean


def place(pictures: Pictures, view: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixel coordinates, depths, and unit vectors towards the camera, in double precision."""
    cameras = pictures.cameras
    pose, k = cameras.world_to_camera[view].astype(np.float64), cameras.intrinsics[view].astype(np.float64)
    local = points @ pose[:3, :3].T + pose[:3, 3]
    if cameras.projection == "orthographic":
        away, toward = 1.0, np.broadcast_to(-pose[2, :3], points.shape)
    else:
        away = np.maximum(local[:, 2:], 1e-9)
        toward = -pose[:3, :3].T @ pose[:3, 3] - points
        toward = toward / np.linalg.norm(toward, axis=-1, keepdims=True)
    return local[:, :2] / away * [k[0, 0], k[1, 1]] + [k[0, 2], k[1, 2]], local[:, 2], toward


def _rays(pictures: Pictures, view: int, x: np.ndarray | None = None, y: np.ndarray | None = None) -> np.ndarray:
    """Places of pixels at depth 1 in the camera's axes; of orthographic whole views, the direction (0, 0, 1)."""
    cameras, k = pictures.cameras, pictures.cameras.intrinsics[view].astype(np.float64)
    columns = np.arange(cameras.width) + 0.5 if x is None else x
    rows = np.arange(cameras.height) + 0.5 if y is None else y
    u, v = np.meshgrid((columns - k[0, 2]) / k[0, 0], (rows - k[1, 2]) / k[1, 1])
    if cameras.projection == "orthographic" and x is None:
        u, v = np.zeros_like(u), np.zeros_like(v)
    return np.stack([u, v, np.ones_like(u)], -1)


def _step(pictures: Pictures, view: int) -> np.ndarray:
    """World units of depth to a neighbouring pixel below which the surface goes on; 0 where there is none."""
    face, z = pictures.face[view], pictures.near[view].astype(np.float64)
    normals = pictures.flat[face] @ pictures.cameras.world_to_camera[view, :3, :3].T
    ray = _rays(pictures, view)
    cosine = np.clip(np.abs((ray * normals).sum(-1)) / np.linalg.norm(ray, axis=-1), 1e-6, 1)
    across = (z if pictures.cameras.projection == "perspective" else 1) / pictures.cameras.intrinsics[view, 0, 0]
    step = 0.03 + 3 * (SLACK + across * np.minimum(np.sqrt(1 - cosine**2) / cosine, STEEPEST))
    return np.where(face >= 0, step, 0)


def _moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The image's pixels below or right of each, its last where there is none."""
    padded = np.pad(image, ((0, 1), (0, 1)), mode="edge")
    return padded[down : down + image.shape[0], right : right + image.shape[1]]


def _deepest(depth: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Of the four pixels around each place."""
    last = np.array(depth.shape[::-1]) - 1
    low = np.clip(np.floor(pixel - 0.5), 0, last).astype(np.int64)
    high = np.clip(np.floor(pixel + 0.5), 0, last).astype(np.int64)
    return np.max([depth[y[:, 1], x[:, 0]] for x in (low, high) for y in (low, high)], 0)


def _biweight(squared: np.ndarray) -> np.ndarray:
    return np.maximum(1 - squared, 0) ** 2
