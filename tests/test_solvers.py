"""Solvers of the flow, against closed forms: straight flows, Gaussians, and a mixture's monotone transport."""

import importlib.util
import math
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

from maquette.errors import InputError
from maquette.multiview import Mini
from maquette.multiview._sampler import solve
from maquette.multiview._schedulers import SOLVERS, Euler, Multistep, Res, log_snr, phi2, times

DOUBLE = torch.float64
KINDS = [
    Euler,
    Res,
    pytest.param(
        Multistep,
        marks=pytest.mark.skipif(
            importlib.util.find_spec("diffusers") is None,
            reason='diffusers is not installed: pip install "maquette[diffusers]"',
        ),
    ),
]
MEANS, WIDTH = (-0.5, 0.4), 0.15
"""A mixture of two Gaussians of equal weight, one number a sample."""


def mixture(noisy, time):
    """E[clean | noisy] where clean is drawn from the mixture: the Gaussians' posterior means, weighed."""
    t = time.to(DOUBLE).reshape(-1, *[1] * (noisy.ndim - 1))
    variance = t**2 * WIDTH**2 + (1 - t) ** 2
    off = torch.stack([noisy - t * mean for mean in MEANS])
    weight = torch.softmax(-(off**2) / (2 * variance), 0)
    return sum(w * (mean + t * WIDTH**2 / variance * o) for w, mean, o in zip(weight, MEANS, off, strict=True))


def mixture_at(noise, t):
    """Where the flow takes noise by time t: on a line it keeps order, so cumulative probabilities stay."""
    deviation = math.sqrt(t**2 * WIDTH**2 + (1 - t) ** 2)
    low, high = np.full(noise.shape, -9.0), np.full(noise.shape, 9.0)
    for _ in range(60):  # bisection to the last bit
        middle = (low + high) / 2
        reached = np.mean([ndtr((middle - t * mean) / deviation) for mean in MEANS], 0)
        low, high = np.where(reached < ndtr(noise), (middle, high), (low, middle))
    return torch.from_numpy((low + high) / 2)


NOISE = torch.from_numpy(norm.ppf((np.arange(40) + 0.5) / 40))[:, None]


def slopes(errors):
    """Orders of convergence between numbers of steps that double."""
    return [math.log2(a / b) for a, b in pairwise(errors)]


def follow(kind, steps, shift, end):
    """The mixture's flow as one who knows diffusers would follow it, to `end`."""
    scheduler = kind(shift, end)
    scheduler.set_timesteps(steps)
    x = NOISE
    for t in scheduler.timesteps:
        x = scheduler.step(mixture(x, t.expand(len(x))), t, x).prev_sample
    return x


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("shift", "end"), [(1.0, 0.6), (1.0, 0.9), (3.0, 0.6)])
def test_solvers_converge_with_their_order(kind, shift, end):
    truth = mixture_at(NOISE.numpy(), end)
    errors = [float((follow(kind, n, shift, end) - truth).abs().mean()) for n in (64, 128, 256)]
    order = 1 if kind is Euler else 2
    # What the next order adds, at steps this long: under a fifth.
    np.testing.assert_allclose(slopes(errors), order, atol=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_solvers_agree_in_the_limit(kind):
    reached = solve(mixture, NOISE, kind(1.0), 400)
    # Of first order, with a constant of about 0.4; the others' 400 ** -2 grows by a logarithm beside clean.
    tolerance = 2e-3 if kind is Euler else 2e-4
    assert (reached - mixture_at(NOISE.numpy(), 1.0)).abs().mean() < tolerance


@pytest.mark.parametrize("kind", KINDS)
def test_a_straight_flow_is_solved_exactly(kind):
    """Where every sample's clean end is known, the flow is a straight line and any number of steps is exact."""
    noise, clean = torch.randn(3, 4, 5), torch.rand(3, 4, 5)
    for steps in (1, 2, 7):
        scheduler = kind(8.0, 0.6)
        torch.testing.assert_close(solve(lambda x, t: clean, noise, scheduler, steps), clean)
        scheduler.set_timesteps(steps)
        x = noise
        for t in scheduler.timesteps:
            x = scheduler.step(clean, t, x).prev_sample
        torch.testing.assert_close(x, 0.6 * clean + 0.4 * noise)


@given(st.lists(st.floats(0.02, 0.98), min_size=3, max_size=6, unique=True), st.floats(-2, 2), st.floats(-2, 2))
def test_res_is_exact_for_predictions_linear_in_the_log_ratio(when, a, b):
    """dz/dλ = a + b λ - z has the solutions a + b (λ - 1) + c exp(-λ), and x is t z."""
    assume(np.diff(sorted(when)).min() > 1e-3)
    exact = {t: torch.tensor([t * (a + b * (log_snr(t) - 1)) + 0.7 * (1 - t)], dtype=DOUBLE) for t in sorted(when)}
    scheduler = Res()
    scheduler.set_timesteps(len(when))
    scheduler._times = torch.tensor(sorted(when), dtype=DOUBLE)
    for t, following in pairwise(sorted(when)):
        prediction = torch.tensor([a + b * log_snr(t)], dtype=DOUBLE)
        reached = scheduler.step(prediction, torch.tensor(t, dtype=DOUBLE), exact[t]).prev_sample
        if t > min(when):  # the first step has nothing before it to draw the line through
            # A slope over a thousandth of time loses three to four digits of sixteen.
            torch.testing.assert_close(reached, exact[following], atol=1e-9, rtol=1e-9)


@given(st.floats(-30, 5))
def test_phi2_is_its_integral(z):
    integral, _ = quad(lambda s: math.exp((1 - s) * z) * s, 0, 1, epsabs=1e-14, epsrel=1e-13)
    np.testing.assert_allclose(phi2(z), integral, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scheduler_starts_anew_every_time(kind):
    scheduler = kind(8.0, 0.6)
    first, again = (solve(mixture, NOISE, scheduler, 5) for _ in range(2))
    assert torch.equal(first, again)


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_asked_only_for_times_before_the_end(kind):
    asked = []

    def predict(noisy, time):
        asked.append(float(time[0]))
        return noisy

    solve(predict, torch.randn(1, 3), kind(8.0, 0.6), 5)
    assert asked == times(5, 8.0, 0.6)[:-1].tolist()
    assert asked == sorted(asked)
    assert asked[0] == 0
    assert max(asked) < 0.6


@given(st.integers(1, 60), st.floats(0.2, 20))
def test_times_run_from_noise_to_clean(steps, shift):
    schedule = times(steps, shift)
    assert schedule[0] == 0
    assert schedule[-1] == 1
    assert (schedule.diff() > 0).all()


@pytest.mark.parametrize("kind", [Euler, Res])
def test_a_time_that_was_not_set_is_refused(kind):
    scheduler = kind()
    scheduler.set_timesteps(4)
    for t in (0.123, 1.0):
        with pytest.raises(ValueError, match="none of the timesteps"):
            scheduler.step(NOISE, torch.tensor(t), NOISE)


@pytest.mark.parametrize("kind", KINDS)
def test_the_bundled_model_can_be_sampled_with_every_solver(kind):
    name = next(name for name, solver in SOLVERS.items() if solver is kind)
    views = Mini(steps=4, solver=name, settle=1)("a red wooden stool")
    # A stool: something in the middle of every view, red more than anything else.
    assert (views.alpha.mean((1, 2)) > 0.05).all()
    seen = views.rgb[views.alpha > 0.9].mean(0)
    assert seen[0] > seen[1:].max() + 0.1


def test_solvers_that_are_not_there_are_named(monkeypatch):
    other = Mini()
    object.__setattr__(other, "solver", "heun")  # past the suite's own check of types
    with pytest.raises(InputError, match="expected one of euler, res, multistep"):
        other("a stool")
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(InputError, match=r'pip install "maquette\[diffusers\]"'):
        Mini(solver="multistep")("a stool")
