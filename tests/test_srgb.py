"""The transfer curve over images, against its definition; halved copies of images, against means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.formats.srgb import linear_from_srgb, srgb_from_linear
from maquette.ops.sample import mipmaps, sample_bilinear, sample_mipmaps
from maquette.ops.srgb import decode_srgb, encode_srgb


def test_the_tables_follow_the_curve():
    every = np.linspace(0, 1, 300_001)
    assert np.abs(decode_srgb(every.astype(np.float32)) - linear_from_srgb(every)).max() < 2e-7
    assert np.abs(encode_srgb(every.astype(np.float32)) - srgb_from_linear(every)).max() < 1e-6
    near = np.linspace(0, 0.01, 100_001)  # where the curve is steepest, and joins its straight beginning
    assert np.abs(encode_srgb(near.astype(np.float32)) - srgb_from_linear(near)).max() < 1e-6


def test_every_byte_survives_and_what_is_outside_is_clamped():
    bytes_ = (np.arange(256) / 255).astype(np.float32)
    assert np.array_equal(np.rint(encode_srgb(decode_srgb(bytes_)) * 255), np.arange(256))
    outside = np.array([-1, np.nan, 2, np.inf, -np.inf], np.float32)
    assert np.array_equal(decode_srgb(outside), np.array([0, 0, 1, 1, 0], np.float32))
    assert np.array_equal(encode_srgb(outside), np.array([0, 0, 1, 1, 0], np.float32))


@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_halved_copies_are_means_and_keep_the_mean(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).random((height, width, 2)).astype(np.float32)
    chain = mipmaps(image, 3)
    for start, rows, columns in chain.sizes[1:]:
        level = chain.texels[start : start + rows * columns]
        np.testing.assert_allclose(level.mean(0), image.mean((0, 1)), atol=1e-5)
    if height % 2 == 0 and width % 2 == 0:
        start, rows, columns = chain.sizes[1]
        means = image.reshape(rows, 2, columns, 2, 2).mean((1, 3)).reshape(-1, 2)
        np.testing.assert_allclose(chain.texels[start : start + rows * columns], means, atol=1e-6)


def test_samples_repeat_and_agree_with_the_plain_sampler() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((9, 12, 3)).astype(np.float32)
    uv = rng.uniform(-3, 3, (200, 2)).astype(np.float32)
    expected = sample_bilinear(image, uv * np.array([12, 9], np.float32), wrap=True)
    np.testing.assert_allclose(sample_mipmaps(mipmaps(image), uv), expected, atol=1e-5)
    chain = mipmaps(image, 9)
    far = np.full(200, 50, np.float32)
    np.testing.assert_allclose(sample_mipmaps(chain, uv, far), np.tile(chain.texels[-1], (200, 1)), atol=1e-6)
    with pytest.raises(ValueError, match="no numbers"):
        sample_mipmaps(chain, uv * np.float32(np.nan))
