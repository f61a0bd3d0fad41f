"""Siblings in the style of other views: the reference's attention, its files, its place in receipts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import maquette
from maquette.artifacts import Asset, Material, Mesh
from maquette.cameras import axis_aligned
from maquette.cli import main
from maquette.errors import InputError
from maquette.formats import export_glb
from maquette.formats.views import save_views
from maquette.multiview import Mini
from maquette.multiview._network import FINE, PATCH_VALUES, Denoiser, Shape, attend_like
from maquette.multiview._sampler import beside
from maquette.multiview._text import GRAMS, LENGTH, PAD
from maquette.pipeline._digest import digest
from maquette.pipeline.source import read_like
from maquette.texturing.render import render_views, survey_cameras

CORNERS = np.array([[x, y, z] for x in (-0.3, 0.3) for y in (-0.5, 0.5) for z in (-0.4, 0.4)], np.float32)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
FACES = np.array([face for a, b, c, d in QUADS for face in ((a, b, c), (a, c, d))], np.int32)


@pytest.fixture(scope="module")
def box() -> Asset:
    """A purple box."""
    normals = CORNERS / np.linalg.norm(CORNERS, axis=-1, keepdims=True)
    return Asset(Mesh(CORNERS, FACES), None, normals, Material(base_color_factor=(0.2, 0.0, 0.4)))


def test_reference_attention_is_softmax_attention_between_two_outputs():
    """By torch's own attention: (1 - c) of each with itself and c of each with the last; the last with itself."""
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 4, 2, 7, 64, dtype=torch.float64)
    bias = torch.zeros(4, 1, 1, 7, dtype=torch.float64)
    bias[3, ..., 5:] = -1e4
    own = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    last = [torch.nn.functional.scaled_dot_product_attention(q[i], k[3, :, :5], v[3, :, :5]) for i in range(3)]
    for c in (0.3, 1.0, -0.5):
        mixed = attend_like(q, k, v, bias, c)
        torch.testing.assert_close(mixed[3], own[3])
        for i in range(3):
            torch.testing.assert_close(mixed[i], (1 - c) * own[i] + c * last[i])


def test_one_that_is_its_own_reference_is_left_as_it_is():
    """Beside a copy of itself every mixture of the two outputs is the output itself; beside others it is not."""
    torch.manual_seed(0)
    network = Denoiser(Shape(words=10, width=64, depth=2, fine_width=64, fine_depth=1)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    one, other = torch.randn(2, 1, FINE, PATCH_VALUES)
    time, words = torch.full((2,), 0.4), torch.full((2, LENGTH, 1 + GRAMS), PAD)
    with torch.inference_mode():
        plain = network(one, time[:1], words[:1])
        for c in (0.3, 1.0, -0.5):
            twin = network(torch.cat([one, one]), time, words, None, c)
            # Sums in another order, through three blocks.
            torch.testing.assert_close(twin[:1], plain, atol=1e-4, rtol=1e-4)
            assert not torch.allclose(network(torch.cat([one, other]), time, words, None, c)[:1], plain, atol=1e-3)


def test_the_reference_is_noised_as_far_as_the_samples_and_left_out_of_the_result():
    seen = []

    def predict(noisy, time):
        seen.append((noisy, time))
        return noisy

    reference, noise, samples = torch.full((1, 3), 4.0), torch.full((1, 3), 8.0), torch.randn(2, 3)
    assert torch.equal(beside(predict, reference, noise)(samples, torch.full((2,), 0.25)), samples)
    noisy, time = seen[0]
    assert torch.equal(noisy, torch.cat([samples, torch.full((1, 3), 7.0)]))
    assert time.tolist() == [0.25] * 3


def test_colour_is_carried_over(box: Asset):
    """A chair beside a purple box: bluer and less green than without it, in every degree of strength."""
    like = read_like(box)
    model = Mini(seed=1, steps=4, settle=0)
    tints = [_tint(model("a green chair"))]
    tints += [_tint(replace(model, like_strength=c)("a green chair", like)) for c in (0.2, 0.6)]
    assert tints[0] < tints[1] < tints[2]


def _tint(views) -> float:
    """Blue less green, over what is seen."""
    seen = views.rgb[views.alpha > 0.9]
    return float((seen[:, 2] - seen[:, 1]).mean())


def test_without_a_reference_its_strength_is_nothing(box: Asset):
    plain, other = (Mini(steps=2, settle=0, like_strength=c)("a stool") for c in (0.2, 0.9))
    np.testing.assert_array_equal(plain.rgb, other.rgb)
    none = Mini(steps=2, settle=0, like_strength=0.0)("a stool", read_like(box))
    np.testing.assert_array_equal(plain.rgb, none.rgb)


def test_a_batch_beside_a_reference_gives_what_single_calls_give(box: Asset):
    like, model = read_like(box), Mini(steps=2, settle=0)
    together = model.sample(["a stool", "a blue chair"], seeds=[3, 4], like=like)[1]
    alone = replace(model, seed=4)("a blue chair", like)
    # The same products in another order: float32 differences, carried through two steps.
    np.testing.assert_allclose(
        together.rgb * together.alpha[..., None], alone.rgb * alone.alpha[..., None], atol=5e-3
    )


def test_files_give_the_views_of_what_is_in_them(box: Asset, tmp_path: Path):
    expected = render_views(box, axis_aligned(64))
    np.testing.assert_allclose(read_like(box).alpha, expected.alpha, atol=1e-6)
    export_glb(replace(box, height_meters=7.0), tmp_path / "box.glb")
    save_views(expected, tmp_path / "views")
    for name in ("box.glb", "views"):
        views = read_like(tmp_path / name)
        np.testing.assert_allclose(views.alpha, expected.alpha, atol=0.01)
        # Eight bits a channel.
        np.testing.assert_allclose(views.rgb, expected.rgb, atol=0.01)
        np.testing.assert_allclose(views.depth, expected.depth, atol=0.01)


def test_what_cannot_be_like_anything_is_refused(box: Asset, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("blue")
    (tmp_path / "empty").mkdir()
    for name, words in (
        ("gone.glb", "no such file"),
        ("notes.txt", "expected a mesh"),
        ("empty", "transforms.json"),
    ):
        with pytest.raises(InputError, match=words):
            read_like(tmp_path / name)
    turned = axis_aligned(64)
    turned = replace(turned, world_to_camera=turned.world_to_camera[[1, 2, 3, 0, 4, 5]])
    for wrong in (
        render_views(box, axis_aligned(32)),
        render_views(box, survey_cameras(64)),
        render_views(box, turned),
        replace(read_like(box), normals=None),
    ):
        with pytest.raises(InputError, match="six axis-aligned views of 64×64"):
            Mini(steps=1)("a stool", wrong)
    with pytest.raises(InputError, match="a mesh cannot be made like another"):
        maquette.make(box, like=box, cache=False)
    with pytest.raises(InputError, match="like strength 2"):
        maquette.make("a stool", like=box, like_strength=2.0, cache=False)


def test_the_command_says_in_the_receipt_what_it_followed(box: Asset, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("MAQUETTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("maquette.pipeline.make.Options", _quick)
    export_glb(box, tmp_path / "box.glb")
    out, small = tmp_path / "stool.glb", ["--texture-size", "64", "--faces", "100"]
    assert main(["make", "a stool", "-o", str(out), "--like", str(tmp_path / "box.glb"), *small]) == 0
    receipt = maquette.load(out).receipt
    assert receipt["like"] == {"kind": "views", "sha256": digest(read_like(tmp_path / "box.glb"))}
    assert receipt["stages"][0]["options"]["like_strength"] == 0.15
    assert main(["make", "a stool", "-o", str(tmp_path / "box.glb"), "--like", str(tmp_path / "box.glb")]) == 2
    assert "so that nothing is lost" in capsys.readouterr().err


def _quick():
    from maquette.pipeline.chains import Options

    return Options(multiview=Mini(steps=2, settle=0))
