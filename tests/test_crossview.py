"""Attention between planes: who may see whom, by the cameras themselves."""

import numpy as np
import pytest
import torch

from maquette.cameras import axis_aligned, project, unproject
from maquette.multiview._crossview import crossview_bias
from maquette.multiview._network import FINE, GRID, PATCH_VALUES, Denoiser, Shape
from maquette.multiview._text import GRAMS, LENGTH, PAD

CPU = torch.device("cpu")
FACES = (0, 1, 4)
"""The views in front of the three planes."""


def test_epipolar_lines_are_where_the_cameras_see_a_pixels_ray():
    """Points along a token's ray, at all depths, fall on just the tokens of the other planes that it may see."""
    grid = 6
    bias = crossview_bias(grid, "epipolar", torch.float32, CPU)
    assert bias is not None
    allowed = bias[0, 0] == 0
    cameras = axis_aligned(grid)
    expected = torch.eye(3, dtype=torch.bool).repeat_interleave(grid * grid, 0).repeat_interleave(grid * grid, 1)
    frame = grid / float(cameras.intrinsics[0, 0, 0])
    middle = float(cameras.world_to_camera[0, 2, 3])
    for step in range(grid):  # the middle of each slice of the box
        depth = middle - frame / 2 + (step + 0.5) * frame / grid
        points = unproject(cameras, np.full((6, grid, grid), depth, np.float32))
        for plane, face in enumerate(FACES):
            pixels, _ = project(cameras, points[face].reshape(-1, 3).astype(np.float32))
            for other, seen in enumerate(FACES):
                if other == plane:
                    continue
                column, row = np.floor(pixels[seen] + 1e-4).astype(int).T
                own = plane * grid * grid + np.arange(grid * grid)
                expected[own, other * grid * grid + row * grid + column] = True
    assert torch.equal(allowed, expected)


@pytest.mark.parametrize("kind", ["none", "epipolar", "full"])
def test_a_token_depends_on_what_it_may_see_alone(kind):
    """One block of attention on either level: changing a patch of the front plane moves only what may see it."""
    torch.manual_seed(0)
    shape = Shape(words=10, width=64, depth=1, fine_width=64, fine_depth=1, crossview=kind)
    network = Denoiser(shape).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    noisy, time = torch.randn(1, FINE, PATCH_VALUES), torch.tensor([0.5])
    words = torch.full((1, LENGTH, 1 + GRAMS), PAD)
    words[0, :3, 0] = torch.tensor([2, 3, 4])
    other = noisy.clone()
    other[0, 0] += 3  # the upper left patch of the front
    with torch.inference_mode():
        moved = (network(noisy, time, words) - network(other, time, words))[0].abs().amax(-1) > 1e-5
    planes = moved.reshape(3, GRID, GRID)
    assert planes[0].all()
    if kind == "none":
        assert not planes[1:].any()
    elif kind == "epipolar":
        # Its two levels reach one merged token further, its windows' overlap one more; not the far side.
        assert planes[1, 0].all()
        assert planes[2, :, 0].all()
    else:
        assert planes.all()
