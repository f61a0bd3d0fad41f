"""Solvers for a rectified flow whose network predicts clean data, used as diffusers' schedulers are.

    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        x = scheduler.step(predict(x, t), t, x).prev_sample

`set_timesteps` starts anew, with as many predictions to come; `step` takes what the network says is clean, the
time that it was asked about, one of `timesteps`, and the sample at that time.

Time t runs from 0 (noise) to 1 (clean), and x = t clean + (1 - t) noise, so the flow is

    dx/dt = (clean(x, t) - x) / (1 - t)

With the log signal-to-noise ratio λ = log(t / (1 - t)) and z = x / t it is dz/dλ = clean - z: a linear part, which
exponential integrators solve exactly, and the prediction, which they interpolate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from maquette.errors import InputError


class Stepped(NamedTuple):
    """What a step gives, under diffusers' name for it."""

    prev_sample: Tensor
    """The sample at the time that follows (diffusers counts time from clean to noise)."""


def times(steps: int, shift: float, end: float = 1.0) -> Tensor:
    """steps + 1 times from 0 to `end`, crowded near 0 (noise) for a shift above 1, where layout is decided."""
    u = torch.linspace(0, 1, steps + 1)
    return u / (u + shift * (1 - u)) * end


@dataclass
class Euler:
    """Euler's method: first order. For this flow it is also the exponential Euler method (DDIM)."""

    shift: float = 8.0
    """As in `times`."""
    end: float = 1.0
    """In (0, 1]: the time that the last step reaches."""
    timesteps: Tensor = field(init=False)
    """[steps] times at which the network is asked, from noise to clean."""

    def set_timesteps(self, num_inference_steps: int) -> None:
        self._times = times(num_inference_steps, self.shift, self.end)
        self.timesteps = self._times[:-1]

    def step(self, model_output: Tensor, timestep: Tensor, sample: Tensor) -> Stepped:
        t, following = interval(self._times, timestep)
        return Stepped(sample + (model_output - sample) * ((following - t) / (1 - t)))


@dataclass
class Res:
    """The refined exponential solver as a multistep method: second order for one prediction a step.

    Zhang et al. 2023, "Improved Order Analysis and Design of Exponential Integrator for Diffusion Models
    Sampling": weights from φ functions of the step in λ, which meet the order conditions that DPM-Solver's miss.
    The prediction is taken as linear in λ through its last two values. Pure noise and clean data lie infinitely
    far off in λ, where such a line is level: steps from and to them are of first order, which costs the whole, of
    second order, a logarithm of the number of steps at most.
    """

    shift: float = 8.0
    """As in `times`."""
    end: float = 1.0
    """In (0, 1]: the time that the last step reaches."""
    timesteps: Tensor = field(init=False)
    """[steps] times at which the network is asked, from noise to clean."""

    def set_timesteps(self, num_inference_steps: int) -> None:
        self._times = times(num_inference_steps, self.shift, self.end)
        self.timesteps = self._times[:-1]
        self._before: tuple[float, Tensor] | None = None

    def step(self, model_output: Tensor, timestep: Tensor, sample: Tensor) -> Stepped:
        t, following = interval(self._times, timestep)
        h = log_snr(following) - log_snr(t)
        result = sample * ((1 - following) / (1 - t)) + model_output * (-following * math.expm1(-h))
        if self._before is not None and math.isfinite(h):
            earlier, prediction = self._before
            slope = (model_output - prediction) / (log_snr(t) - log_snr(earlier))
            result = result + slope * (following * h**2 * phi2(-h))
        self._before = t, model_output
        return Stepped(result)


class Multistep:
    """The multistep DPM-Solver++ of second order (Lu et al. 2022) that diffusers has, on this flow's times.

    Raises:
        InputError: diffusers is not installed.
    """

    def __init__(self, shift: float = 8.0, end: float = 1.0):
        try:
            from diffusers import DPMSolverMultistepScheduler  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise InputError(
                f"the solver multistep needs diffusers ({error}); expected it to be installed: "
                '`pip install "maquette[diffusers]"`, or choose euler or res'
            ) from error
        self.shift, self.end = shift, end
        self._solver: Any = DPMSolverMultistepScheduler(prediction_type="sample", use_flow_sigmas=True)

    def set_timesteps(self, num_inference_steps: int) -> None:
        every = times(num_inference_steps, self.shift, self.end)
        self.timesteps = every[:-1]
        self._solver.set_timesteps(num_inference_steps)
        # Its own flow times end at 1, and start a thousandth after 0.
        self._solver.sigmas = 1 - every
        self._solver.set_begin_index(0)

    def step(self, model_output: Tensor, timestep: Tensor, sample: Tensor) -> Any:
        return self._solver.step(model_output, timestep, sample)


Scheduler = Euler | Res | Multistep
SOLVERS: dict[str, type[Scheduler]] = {"euler": Euler, "res": Res, "multistep": Multistep}


def interval(times: Tensor, timestep: Tensor) -> tuple[float, float]:
    """A timestep and the one that follows, as the same floats.

    Raises:
        ValueError: It is none of the times.
    """
    found = (times == timestep).nonzero()
    if len(found) != 1 or int(found) + 1 == len(times):
        raise ValueError(f"{float(timestep)} is none of the timesteps that were set")
    return float(times[int(found)]), float(times[int(found) + 1])


def log_snr(t: float) -> float:
    """λ = log(t / (1 - t)), from -∞ at 0 to ∞ at 1."""
    if t <= 0 or t >= 1:
        return -math.inf if t <= 0 else math.inf
    return math.log(t) - math.log1p(-t)


def phi2(z: float) -> float:
    """φ₂(z) = (eᶻ - 1 - z) / z² = ∫₀¹ exp((1 - s) z) s ds; 1/2 at 0."""
    if abs(z) < 0.05:  # the quotient would lose digits; seven terms leave less than the last
        return sum(z**k / math.factorial(k + 2) for k in range(8))
    return (math.expm1(z) - z) / z**2
