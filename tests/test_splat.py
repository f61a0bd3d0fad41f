"""Gaussians and surfels: closed forms, laws of blending, the reference, finite differences, hostile values."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from _threads import printed
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from scipy.special import lpmv
from torch import Tensor

from maquette.artifacts import Cameras
from maquette.cameras import axis_aligned, orbit, project, unproject
from maquette.ops.splat import Splatted, splat
from maquette.ops.splat.reference import BLUR, harmonics

PICTURES = ("color", "alpha", "depth", "median_depth", "normals", "distortion")
RIGS = {
    "perspective": orbit(np.array([20.0, 140.0]), np.array([10.0, -40.0]), 37),
    "orthographic": replace(axis_aligned(40), height=29),
}
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
DEVICES = [pytest.param("cpu"), pytest.param("cuda", marks=needs_gpu)]


def cloud(count: int, axes: int = 3, coefficients: int = 16, size: float = 0.06, seed: int = 1) -> list[Tensor]:
    """Means, quaternions, scales, opacities and harmonics in the unit box, in double precision."""
    random = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random, dtype=torch.float64)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    means, wxyz, scales = uniform(count, 3) - 0.5, normal(count, 4), size * (0.2 + uniform(count, axes))
    return [means, wxyz, scales, 0.05 + 0.94 * uniform(count), 0.5 * normal(count, coefficients, 3)]


def one(
    mean: list[float], wxyz: list[float], scales: list[float], opacity: float, color: float = 0.8
) -> list[Tensor]:
    """One Gaussian of one grey from all sides, in single precision."""
    grey = (color - 0.5) / 0.28209479177387814
    return [
        torch.tensor([mean]), torch.tensor([wxyz]).float(), torch.tensor([scales]), torch.tensor([opacity]),
        torch.full((1, 1, 3), grey),
    ]  # fmt: skip


def rotation_of(wxyz: list[float]) -> np.ndarray:
    return Rotation.from_quat([*wxyz[1:], wxyz[0]]).as_matrix()


def projected_covariance(
    mean: list[float], wxyz: list[float], scales: list[float], cameras: Cameras
) -> np.ndarray:
    """J R S S R' J' for the projection's Jacobian J, by central differences."""
    step, columns = 1e-3, []
    for axis in range(3):
        ends = np.array([mean, mean])
        ends[:, axis] += [step, -step]
        pixels, _ = project(cameras, ends)
        columns.append((pixels[0, 0].astype(float) - pixels[0, 1]) / (2 * step))
    spread = np.stack(columns, 1) @ rotation_of(wxyz) @ np.diag(scales)
    return spread @ spread.T


@pytest.mark.parametrize("projection", RIGS)
@pytest.mark.parametrize("backend", ["native", "reference"])
def test_one_gaussian_matches_the_closed_form(projection: str, backend: str) -> None:
    mean, wxyz, scales, opacity = [0.03, -0.02, 0.05], [0.8, 0.3, -0.4, 0.2], [0.06, 0.03, 0.09], 0.7
    cameras = orbit(np.array([30.0]), np.array([15.0]), 128) if projection == "perspective" else axis_aligned(128)
    first = Cameras(cameras.world_to_camera[:1], cameras.intrinsics[:1], 128, 128, cameras.projection)
    drawn = splat(*one(mean, wxyz, scales, opacity), first, backend=backend)  # pyright: ignore
    covariance = projected_covariance(mean, wxyz, scales, first) + BLUR * np.eye(2)
    # The integral of o exp(-d²/2) down to 1/255 is 2 pi sqrt(det) (o - 1/255); pixels sample it, which for a
    # Gaussian several pixels wide is exact but for the cut's ring.
    expected = 2 * math.pi * math.sqrt(np.linalg.det(covariance)) * (opacity - 1 / 255)
    assert float(drawn.alpha.sum()) == pytest.approx(expected, rel=2e-3)
    center, depth = project(first, np.array([mean]))
    row, column = int(center[0, 0, 1]), int(center[0, 0, 0])
    away = np.array([column, row]) + 0.5 - center[0, 0]
    there = opacity * math.exp(-0.5 * away @ np.linalg.solve(covariance, away))
    assert float(drawn.alpha[0, row, column]) == pytest.approx(there, rel=1e-4)
    assert drawn.color[0, row, column] == pytest.approx(0.8 * there, rel=1e-4)
    assert drawn.depth is not None
    assert drawn.normals is not None
    assert float(drawn.depth[0, row, column]) == pytest.approx(float(depth[0, 0]), rel=1e-5)
    shortest = rotation_of(wxyz)[:, 1]
    normal = drawn.normals[0, row, column].double().numpy() / there
    assert abs(normal @ shortest) == pytest.approx(1, rel=1e-4)
    assert (first.world_to_camera[0, :3, :3] @ normal)[2] < 0.1  # towards the camera
    assert float(drawn.radii[0, 0]) == pytest.approx(
        math.sqrt(2 * math.log(255 * opacity) * covariance.diagonal().max()), rel=1e-4
    )


@pytest.mark.parametrize(
    "cameras", [orbit(np.array([35.0]), np.array([25.0]), 64), axis_aligned(64)], ids=["p", "o"]
)
@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_surfel_is_where_rays_meet_its_disc(cameras: Cameras, backend: str) -> None:
    cameras = Cameras(cameras.world_to_camera[:1], cameras.intrinsics[:1], 64, 64, cameras.projection)
    mean, wxyz, scales, opacity = [0.05, 0.02, 0.1], [0.9, 0.3, 0.25, 0.1], [0.12, 0.2], 0.9
    drawn = splat(*one(mean, wxyz, scales, opacity), cameras, backend=backend)  # pyright: ignore
    # Each pixel's ray, from two points on it, against the plane.
    near, far = (
        unproject(cameras, np.full((1, 64, 64), z, np.float32)).reshape(-1, 3).astype(np.float64) for z in (1, 4)
    )
    turn = rotation_of(wxyz)
    along = ((np.array(mean) - near) @ turn[:, 2]) / ((far - near) @ turn[:, 2])
    local = (near + along[:, None] * (far - near) - mean) @ turn[:, :2] / scales
    alpha = opacity * np.exp(-0.5 * (local**2).sum(1))
    alpha[alpha < 1 / 255] = 0
    assert drawn.alpha.numpy().ravel() == pytest.approx(alpha, abs=2e-5)
    assert drawn.depth is not None
    assert drawn.depth.numpy().ravel() == pytest.approx(np.where(alpha > 0, 1 + 3 * along, 0), abs=2e-5)


def test_surfels_and_flat_gaussians_look_alike_without_perspective() -> None:
    means, wxyz, scales, opacities, colors = (t.float() for t in cloud(5, 2, 1, size=0.4))
    flat = torch.cat([scales, torch.full((5, 1), 1e-4)], 1)
    discs = splat(means, wxyz, scales, opacities, colors, axis_aligned(64))
    solid = splat(means, wxyz, flat, opacities, colors, axis_aligned(64))
    # They differ by their filters, a fraction of a pixel, which tells where a disc is seen from its edge.
    assert float((discs.color - solid.color).abs().mean()) < 0.01
    assert discs.depth is not None
    assert float(discs.color.abs().mean()) > 0.1


def test_two_in_a_row_blend_as_they_should() -> None:
    cameras = axis_aligned(33)
    front = Cameras(cameras.world_to_camera[:1], cameras.intrinsics[:1], 33, 33, "orthographic")
    size = [[0.2, 0.2, 0.2]] * 2
    means = torch.tensor([[0.0, 0.0, -0.3], [0.0, 0.0, 0.2]])  # the camera is at z = 2: the second is nearer
    wxyz, opacities = torch.tensor([[1.0, 0, 0, 0]] * 2), torch.tensor([0.6, 0.4])
    colors = (torch.tensor([[[0.2, 0.4, 0.6]], [[1.0, 0.5, 0.0]]]) - 0.5) / 0.28209479177387814
    drawn = splat(means, wxyz, torch.tensor(size), opacities, colors, front, background=(0.0, 0.0, 1.0))
    at = (0, 16, 16)
    near, far = 0.4, 0.6 * 0.6
    assert float(drawn.alpha[at]) == pytest.approx(near + far)
    assert drawn.color[at] == pytest.approx([near + 0.2 * far, 0.5 * near + 0.4 * far, 0.6 * far + 0.24], abs=1e-6)
    assert drawn.depth is not None
    assert drawn.median_depth is not None
    assert drawn.distortion is not None
    assert float(drawn.depth[at]) == pytest.approx((1.8 * near + 2.3 * far) / (near + far), rel=1e-6)
    assert float(drawn.median_depth[at]) == pytest.approx(2.3)  # 0.6 of the light is left before it
    assert float(drawn.distortion[at]) == pytest.approx(near * far * 0.5**2, rel=1e-5)


def test_harmonics_are_scipys() -> None:
    random = np.random.default_rng(0)
    direction = random.normal(size=(50, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    azimuth = np.arctan2(direction[:, 1], direction[:, 0])
    expected = []
    for degree in range(4):
        for order in range(-degree, degree + 1):
            m = abs(order)
            scale = (2 * degree + 1) / (4 * math.pi) * math.factorial(degree - m) / math.factorial(degree + m)
            wave = 1 if order == 0 else math.sqrt(2) * (np.cos if order > 0 else np.sin)(m * azimuth)
            expected.append(math.sqrt(scale) * lpmv(m, degree, direction[:, 2]) * wave)
    assert harmonics(torch.tensor(direction), 16).numpy() == pytest.approx(np.stack(expected, 1), abs=1e-12)


def test_colour_is_the_harmonics_from_the_camera_and_never_below_zero() -> None:
    cameras = orbit(np.array([0.0, 77.0]), np.array([0.0, 50.0]), 33)
    tensors = one([0.0, 0.0, 0.0], [1, 0, 0, 0], [0.2, 0.2, 0.2], 0.5)
    tensors[4] = torch.randn(1, 16, 3, generator=torch.Generator().manual_seed(3))
    drawn = splat(*tensors, cameras)
    for view in range(2):
        pose = cameras.world_to_camera[view].astype(np.float64)
        direction = torch.tensor(pose[:3, :3].T @ pose[:3, 3])[None]  # from the camera's centre to the origin
        basis = harmonics(direction / direction.norm(), 16)
        expected = ((basis[0, :, None] * tensors[4][0]).sum(0) + 0.5).clamp(min=0)
        assert drawn.color[view, 16, 16] / drawn.alpha[view, 16, 16] == pytest.approx(expected, abs=1e-4)
    assert float(drawn.color.min()) >= 0


def gradients(
    tensors: list[Tensor], cameras: Cameras, backend: str | None, device: str = "cpu"
) -> tuple[Splatted, dict[str, list[Tensor]]]:
    """What is drawn, and for each picture the gradients of a fixed random functional of it."""
    offsets = torch.zeros(len(cameras), len(tensors[0]), 2, dtype=tensors[0].dtype, device=device)
    inputs = [t.detach().to(device).requires_grad_() for t in (*tensors, offsets)]
    drawn = splat(*inputs[:5], cameras, (0.2, 0.5, 0.9), True, inputs[5], backend)  # pyright: ignore
    random = torch.Generator().manual_seed(5)
    found = {}
    for name in PICTURES:
        picture = getattr(drawn, name)
        if picture is None:  # gsplat has no median depth
            continue
        weights = torch.randn(picture.shape, generator=random, dtype=torch.float64).to(picture)
        grads = torch.autograd.grad(
            (picture * weights).sum(), inputs, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        found[name] = [g.double().cpu() for g in grads]
    return drawn, found


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("axes", [3, 2], ids=["gaussians", "surfels"])
@pytest.mark.parametrize("projection", RIGS)
@pytest.mark.parametrize("lanes", ["4", "8", "16"])
def test_pictures_and_gradients_are_the_references(
    device: str, axes: int, projection: str, lanes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device == "cuda" and lanes != "16":
        pytest.skip("vectors are the CPU's")
    monkeypatch.setenv("MAQUETTE_LANES", lanes)
    tensors, cameras = cloud(150, axes), RIGS[projection]
    drawn, found = gradients([t.float() for t in tensors], cameras, None, device)
    expected, wanted = gradients(tensors, cameras, "reference")
    loose = 1 if device == "cpu" else 10  # CUDA's fast exponential
    for name in found:
        ours, theirs = getattr(drawn, name).detach().double().cpu(), getattr(expected, name).detach()
        assert float((ours - theirs).abs().max()) < loose * 1e-4 * float(theirs.abs().max()), name
        for at, (our, their) in enumerate(zip(found[name], wanted[name], strict=True)):
            if name == "median_depth" and at == 2:  # the disc's plane does not move with its size
                continue
            assert float((our - their).norm()) <= loose * 1e-3 * float(their.norm()) + 1e-12, (name, at)
    assert drawn.radii.double().cpu() == pytest.approx(expected.radii, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("axes", [3, 2], ids=["gaussians", "surfels"])
@pytest.mark.parametrize("projection", RIGS)
def test_the_reference_agrees_with_finite_differences(axes: int, projection: str) -> None:
    rig = RIGS[projection]
    cameras = Cameras(rig.world_to_camera[:1], rig.intrinsics[:1], 16, 16, rig.projection)
    k = cameras.intrinsics.copy()
    k[:, :2] *= 16 / rig.width
    cameras = replace(cameras, intrinsics=k)
    tensors = cloud(12, axes, size=0.3)
    random = torch.Generator().manual_seed(2)

    def value(inputs: list[Tensor]) -> Tensor:
        drawn = splat(*inputs[:5], cameras, (0.1, 0.2, 0.3), True, inputs[5], "reference")  # pyright: ignore
        weights = torch.Generator().manual_seed(7)
        pictures = [getattr(drawn, name) for name in PICTURES]
        return sum((p * torch.rand(p.shape, generator=weights, dtype=torch.float64)).sum() for p in pictures)  # pyright: ignore

    inputs = [t.requires_grad_() for t in (*tensors, torch.zeros(1, 12, 2, dtype=torch.float64))]
    found = torch.autograd.grad(value(inputs), inputs)
    for at, (tensor, gradient) in enumerate(zip(inputs, found, strict=True)):
        direction = torch.randn(tensor.shape, generator=random, dtype=torch.float64)
        # So small a step that no pixel crosses a cut, where the pictures jump and no gradient can follow.
        step = 1e-6
        ends = []
        for sign in (1, -1):
            moved = list(inputs)
            moved[at] = (tensor + sign * step * direction).detach()
            with torch.no_grad():
                ends.append(float(value(moved)))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert float((gradient * direction).sum()) == pytest.approx(slope, rel=1e-5, abs=1e-6), at


@pytest.mark.parametrize("axes", [3, 2], ids=["gaussians", "surfels"])
def test_the_order_of_the_gaussians_does_not_matter(axes: int) -> None:
    tensors = [t.float() for t in cloud(200, axes)]
    order = torch.randperm(200, generator=torch.Generator().manual_seed(0))
    drawn, found = gradients(tensors, RIGS["perspective"], "native")
    other, shuffled = gradients([t[order] for t in tensors], RIGS["perspective"], "native")
    for name in PICTURES:
        assert torch.equal(getattr(drawn, name), getattr(other, name))
        for at, (ours, theirs) in enumerate(zip(found[name], shuffled[name], strict=True)):
            assert torch.equal(ours[:, order] if at == 5 else ours[order], theirs)


@pytest.mark.parametrize("axes", [3, 2], ids=["gaussians", "surfels"])
@pytest.mark.parametrize("projection", RIGS)
def test_a_common_rigid_motion_turns_only_the_normals(axes: int, projection: str) -> None:
    means, wxyz, scales, opacities, colors = cloud(60, axes, 1)
    turn, shift = Rotation.from_rotvec([0.4, -1.1, 0.7]), np.array([0.3, -0.2, 0.5])
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = turn.as_matrix(), shift
    cameras = RIGS[projection]
    moved = replace(cameras, world_to_camera=(cameras.world_to_camera @ np.linalg.inv(motion)).astype(np.float32))
    xyzw = (turn * Rotation.from_quat(wxyz.numpy()[:, [1, 2, 3, 0]])).as_quat()
    drawn = splat(means, wxyz, scales, opacities, colors, cameras)
    matrix = torch.tensor(turn.as_matrix())
    again = splat(
        means @ matrix.T + torch.tensor(shift),
        torch.tensor(xyzw[:, [3, 0, 1, 2]]),
        scales,
        opacities,
        colors,
        moved,
    )
    assert drawn.normals is not None
    # The cameras are in single precision, so a pixel here and there crosses the cut at 1/255.
    for name, ours in {"normals": drawn.normals @ matrix.T, "color": drawn.color, "depth": drawn.depth}.items():
        difference = (ours - getattr(again, name)).abs()
        assert float(difference.mean()) < 1e-5, name
        assert float(difference.max()) < 2 / 255, name


def digest() -> str:
    """Of pictures and gradients, to the last bit."""
    digest = hashlib.sha256()
    for axes in (3, 2):
        drawn, found = gradients([t.float() for t in cloud(1000, axes)], RIGS["perspective"], "native")
        for name in PICTURES:
            for tensor in (getattr(drawn, name), *found[name]):
                digest.update(tensor.detach().numpy().tobytes())
    return digest.hexdigest()


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    code = "from test_splat import digest; print(digest())"
    assert printed(code, 1) == printed(code, 3) != ""


def test_nothing_is_seen_of_what_is_behind_or_transparent() -> None:
    tensors = one([0.0, 0.0, 9.0], [1, 0, 0, 0], [0.5, 0.5, 0.5], 0.9)
    cameras = orbit(np.array([0.0]), np.array([0.0]), 24)
    assert cameras.world_to_camera[0, 2, 3] < 9
    drawn = splat(*tensors, cameras, background=(0.25, 0.5, 0.75))
    assert (drawn.color == torch.tensor([0.25, 0.5, 0.75])).all()
    assert (drawn.radii == 0).all()
    faint = one([0.0, 0.0, 0.0], [1, 0, 0, 0], [0.5, 0.5, 0.5], 0.0039)
    assert float(splat(*faint, cameras).alpha.abs().max()) == 0


def test_no_gaussians_give_the_background_and_no_geometry_saves_it() -> None:
    empty = [t[:0].float().requires_grad_() for t in cloud(1)]
    drawn = splat(*empty, RIGS["orthographic"], background=(1.0, 0.5, 0.0), geometry=False)
    assert drawn.color.shape == (6, 29, 40, 3)
    assert (drawn.color == torch.tensor([1.0, 0.5, 0.0])).all()
    assert drawn.depth is None
    assert drawn.normals is None
    drawn.color.sum().backward()


@pytest.mark.parametrize("axes", [3, 2], ids=["gaussians", "surfels"])
def test_leaving_geometry_out_changes_no_colour(axes: int) -> None:
    tensors = [t.float().requires_grad_() for t in cloud(100, axes)]
    for backend in ("native", "reference"):
        full = splat(*tensors, RIGS["perspective"], backend=backend)  # pyright: ignore
        less = splat(*tensors, RIGS["perspective"], geometry=False, backend=backend)  # pyright: ignore
        assert torch.equal(full.color, less.color)
        a, b = (torch.autograd.grad(d.color.square().sum(), tensors) for d in (full, less))
        for ours, theirs in zip(a, b, strict=True):
            assert float((ours - theirs).norm()) <= 1e-5 * float(ours.norm())


def put(index: int, value: float) -> Callable[[list[Tensor]], None]:
    def change(tensors: list[Tensor]) -> None:
        tensors[index] = tensors[index].clone()
        tensors[index][3] = value

    return change


def shaped(index: int, *shape: int) -> Callable[[list[Tensor]], None]:
    return lambda tensors: tensors.__setitem__(index, torch.ones(shape))


unchecked: Callable[..., Splatted] = inspect.unwrap(
    splat
)  # as users call it, without this suite's own checks of shapes

BAD = {
    "a zero scale": (put(2, 0.0), r"scales are 0 to .*expected above 0"),
    "a negative scale": (put(2, -1.0), r"scales are -1 to"),
    "an infinite scale": (put(2, math.inf), "scales has values that are NaN or infinite"),
    "a huge scale": (put(2, 1e9), r"scales are .*1e\+09; expected above 0, at most 1e\+06"),
    "a NaN mean": (put(0, math.nan), "means has values that are NaN"),
    "a far mean": (put(0, 1e9), "means are"),
    "a zero quaternion": (put(1, 0.0), "never zero"),
    "an opacity above 1": (put(3, 1.5), r"opacities are .* expected 0 to 1"),
    "a NaN opacity": (put(3, math.nan), "opacities has values that are NaN"),
    "a NaN coefficient": (put(4, math.nan), "spherical_harmonics has values that are NaN"),
    "too few opacities": (shaped(3, 4), r"opacities has shape \(4,\); expected \(9,\)"),
    "four scales": (shaped(2, 9, 4), "scales has shape"),
    "five coefficients": (shaped(4, 9, 5, 3), "spherical_harmonics has shape"),
    "double opacities": (lambda t: t.__setitem__(3, t[3].double()), "opacities is torch.float64"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_values_are_refused_in_words(case: str) -> None:
    change, message = BAD[case]
    tensors = [t.float() for t in cloud(9)]
    change(tensors)
    with pytest.raises(ValueError, match=message):
        unchecked(*tensors, RIGS["perspective"])


def test_bad_cameras_and_backends_are_refused_in_words() -> None:
    tensors, rig = [t.float() for t in cloud(9)], RIGS["perspective"]
    for change, message in (
        ({"width": 0}, "expected sides of 1 to 16384 pixels"),
        ({"height": 10**6}, "expected sides of 1 to 16384 pixels"),
        ({"world_to_camera": rig.world_to_camera * np.float32(np.nan)}, "cameras have values that are NaN"),
        ({"intrinsics": 0 * rig.intrinsics}, "focal length that is not above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            splat(*tensors, replace(rig, **change))
    with pytest.raises(ValueError, match="expected float32 on the CPU"):
        splat(*(t.double() for t in tensors), rig, backend="native")
    with pytest.raises(ValueError, match="expected 3, float32 on a CUDA device"):
        splat(*tensors, rig, backend="gsplat")
    with pytest.raises(ValueError, match="backend is 'cuda'"):
        unchecked(*tensors, rig, backend="cuda")
    with pytest.raises(ValueError, match=r"screen_offsets has shape \(1, 9, 2\); expected \(2, 9, 2\)"):
        unchecked(*tensors, rig, screen_offsets=torch.zeros(1, 9, 2))


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_allowed_draws_finite_pictures(data: st.DataObject) -> None:
    """Extremes: at the camera, behind it, thin, vast, edge-on, one pixel, long lenses; also under sanitizers."""
    draw = data.draw
    count, axes = draw(st.integers(0, 20)), draw(st.sampled_from([2, 3]))
    random = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))

    def some(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    spread = 10.0 ** draw(st.floats(-4, 5))
    means = (some(count, 3) * spread).clamp(-1e6, 1e6)
    if count:
        means[0] = torch.tensor([0.0, 0.0, draw(st.sampled_from([2.0, 1.99, 0.0, -1e6]))])
    sizes = (10.0 ** (draw(st.floats(-30, 6)) + 3 * some(count, axes))).clamp(1e-38, 1e6)
    wxyz = some(count, 4) if draw(st.booleans()) else torch.eye(4)[torch.arange(count) % 4]
    opacities = some(count).abs().clamp(0, 1) if draw(st.booleans()) else torch.ones(count)
    colors = some(count, draw(st.sampled_from([1, 4, 9, 16])), 3) * 10.0 ** draw(st.floats(-3, 4))
    rig = RIGS["orthographic"] if draw(st.booleans()) else orbit(np.array([0.0, 90.0]), np.zeros(2), 8, frame=1.1)
    width, height = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    k = rig.intrinsics.copy()
    k[:, [0, 1], [0, 1]] = 10.0 ** draw(st.floats(-3, 5))
    cameras = Cameras(rig.world_to_camera, k, width, height, rig.projection)
    inputs = [t.requires_grad_() for t in (means, wxyz + 1e-3, sizes, opacities, colors)]
    offsets = torch.zeros(len(cameras), count, 2, requires_grad=True)
    drawn = splat(*inputs, cameras, screen_offsets=offsets)
    for name in PICTURES:
        assert torch.isfinite(getattr(drawn, name)).all(), name
    assert float(drawn.alpha.detach().min()) >= 0
    assert float(drawn.alpha.detach().max()) <= 1
    gradient = torch.autograd.grad(drawn.color.sum() + drawn.alpha.sum(), [*inputs, offsets])
    assert all(torch.isfinite(g).all() for g in gradient)
