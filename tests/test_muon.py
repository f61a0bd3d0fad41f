"""Muon against torch's, and its directions against the singular value decomposition."""

import pytest
import torch

from maquette.training._muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(16, 48), (48, 16), (24, 24)])
def test_directions_keep_singular_vectors_and_lose_singular_values(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    between = left.T @ orthogonalised(matrix) @ right.T
    # The quintic leaves values between .68 and 1.13 (Jordan et al.); nothing comes off the diagonal.
    assert between.diagonal().min() > 0.65
    assert between.diagonal().max() < 1.25
    assert (between - between.diagonal().diag()).abs().max() < 1e-9


def test_steps_as_torch_does():
    torch.manual_seed(0)
    start = [torch.randn(32, 96), torch.randn(64, 32)]
    ours, theirs = ([torch.nn.Parameter(m.clone()) for m in start] for _ in range(2))
    optimizers = (
        Muon(ours, 0.1, torch.bfloat16),
        torch.optim.Muon(theirs, 0.1, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(5):
        for index, matrix in enumerate(start):
            gradient = torch.randn_like(matrix)
            ours[index].grad, theirs[index].grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    for own, other, matrix in zip(ours, theirs, start, strict=True):
        moved = (other - matrix).norm()
        # bfloat16 has 8 bits: each of the five steps may differ by about a percent.
        assert (own - other).norm() < 0.02 * moved
