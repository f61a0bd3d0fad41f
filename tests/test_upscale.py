"""The upscaler: no colour is made up, the shape is the mesh's, edges come back, and training can be resumed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from safetensors.torch import load_file

from maquette.artifacts import Mesh, Views
from maquette.cameras import axis_aligned
from maquette.errors import InputError
from maquette.ops import interpolate, rasterize
from maquette.pipeline._digest import digest
from maquette.texturing import Upscale, upscale
from maquette.texturing._sample import only
from maquette.texturing._upscaler_network import FACTOR, REACH, bicubic_taps
from maquette.training import _crops, train_upscaler
from maquette.training.corpus import Entry
from maquette.training.corpus_names import Name
from maquette.training.pairs import (
    FINE,
    UNIT,
    Pairs,
    build,
    coarsened,
    decode,
    encode,
    worth_pairing,
)
from maquette.training.props import CATEGORIES, sample
from maquette.training.render import assemble, render_views
from maquette.training.train_upscaler import UpscalerTraining, train


def _prop(kind: str, seed: int = 0) -> tuple[Views, Mesh]:
    """True views at 256 pixels and the mesh of a prop."""
    model = assemble(sample(CATEGORIES[kind], np.random.default_rng(seed)))
    return render_views(model, FINE), Mesh(model.vertices, model.faces)


@pytest.fixture(scope="module")
def chair() -> tuple[Views, Views, Mesh, Views]:
    """Fine views, coarse views, the mesh, and what the upscaler makes of the last two."""
    fine, mesh = _prop("chair", 4)
    coarse = coarsened(fine)
    return fine, coarse, mesh, Upscale()(coarse, mesh)


def test_the_shape_is_the_meshs(chair):
    _, coarse, mesh, drawn = chair
    assert drawn.cameras.width == drawn.cameras.height == FACTOR * coarse.cameras.width
    assert drawn.rgb.shape == (6, 256, 256, 3)
    assert drawn.metallic_roughness is not None
    assert drawn.metallic_roughness.shape == (6, 256, 256, 2)
    # Coverage by counting: two samples along each side of a pixel.
    hit = rasterize(mesh.vertices, mesh.faces, axis_aligned(512)).face >= 0
    np.testing.assert_allclose(drawn.alpha, hit.reshape(6, 256, 2, 256, 2).mean((2, 4)), atol=1e-6)
    assert drawn.normals is not None
    assert drawn.depth is not None
    seen = drawn.alpha > 0
    np.testing.assert_allclose(np.linalg.norm(drawn.normals[seen], axis=-1), 1, atol=1e-3)
    for channel in (drawn.rgb, drawn.metallic_roughness, drawn.normals, drawn.depth[..., None]):
        assert not channel[~seen].any()
    whole = drawn.alpha == 1
    centre = rasterize(mesh.vertices, mesh.faces, axis_aligned(256)).depth
    # Means over a pixel differ from its centre at steps alone.
    assert (np.abs(drawn.depth - centre)[whole] < 0.01).mean() > 0.97


def test_no_colour_is_made_up(chair):
    """Every drawn value is a mean of the given ones, so it lies between the least and the greatest of its view."""
    _, coarse, _, drawn = chair
    for view in range(6):
        given = coarse.rgb[view][coarse.alpha[view] >= 0.25]
        ours = drawn.rgb[view][drawn.alpha[view] > 0]
        # 1e-4: shares are rounded to single precision; evening out moves colours towards one another alone.
        assert (ours >= given.min(0) - 1e-4).all()
        assert (ours <= given.max(0) + 1e-4).all()


def test_colours_are_the_bases_whatever_light_falls_on_it(chair):
    _, coarse, mesh, drawn = chair
    assert np.array_equal(drawn.albedo, drawn.rgb)
    assert drawn.albedo is not drawn.rgb  # one may be lit later without the other
    lit = replace(coarse, rgb=np.ascontiguousarray(1 - coarse.rgb) * (coarse.alpha > 0)[..., None])
    again = Upscale()(lit, mesh)
    assert np.array_equal(again.albedo, drawn.albedo)
    assert np.array_equal(again.rgb, drawn.rgb)


def test_one_colour_stays_that_colour(chair):
    _, coarse, mesh, _ = chair
    covered = (coarse.alpha > 0)[..., None]
    colour = np.array([0.2, 0.55, 0.8], np.float32)
    plain = replace(coarse, rgb=colour * covered, albedo=colour * covered)
    drawn = Upscale()(plain, mesh)
    # Shares add up to one but for the last bits of single precision.
    assert np.abs(drawn.rgb[drawn.alpha > 0] - colour).max() < 1e-5


@pytest.mark.parametrize("kind", ["armchair", "mug", "car"])
def test_edges_are_found_again(kind):
    """At least the 2 dB over bicubic interpolation that the upscaler is for; the model card has measured gains."""
    fine, mesh = _prop(kind, 11)
    coarse = coarsened(fine)
    drawn = Upscale()(coarse, mesh)
    filled = upscale.filled(coarse.rgb, coarse.alpha)
    planes = torch.from_numpy(np.ascontiguousarray(filled.transpose(0, 3, 1, 2)))
    bicubic = torch.nn.functional.interpolate(planes, scale_factor=4, mode="bicubic").numpy().transpose(0, 2, 3, 1)
    inside = (fine.alpha > 0.5) & (drawn.alpha > 0)
    ours, theirs = (((image - fine.rgb)[inside] ** 2).mean() for image in (drawn.rgb, np.clip(bicubic, 0, 1)))
    assert 10 * np.log10(theirs / ours) > 2


def test_the_same_twice(chair):
    _, coarse, mesh, drawn = chair
    again = Upscale()(coarse, mesh)
    assert np.array_equal(again.rgb, drawn.rgb)
    assert np.array_equal(again.alpha, drawn.alpha)


def test_a_mirrored_object_is_drawn_mirrored(chair):
    """Nothing in the network is symmetric by construction, but training shows it every mirror image."""
    _, coarse, mesh, _ = chair
    front = only(coarse.cameras, 0)
    one = Views(front, *(getattr(coarse, n)[:1] for n in ("rgb", "alpha", "normals", "depth", "albedo")))
    assert one.normals is not None
    flipped = {n: np.ascontiguousarray(getattr(one, n)[:, :, ::-1]) for n in ("rgb", "alpha", "depth", "albedo")}
    turned = np.ascontiguousarray(one.normals[:, :, ::-1]) * np.array([-1, 1, 1], np.float32)
    mirror = np.array([-1, 1, 1], np.float32)
    other = Mesh(mesh.vertices * mirror, np.ascontiguousarray(mesh.faces[:, ::-1]))
    ours = Upscale()(one, mesh).rgb
    theirs = Upscale()(replace(one, normals=turned, **flipped), other).rgb[:, :, ::-1]
    # A hundredth: what 8-bit colours hardly show; single pixels along edges may differ by more.
    assert np.abs(ours - theirs).mean() < 0.01


def test_views_need_not_have_all_channels(chair):
    _, coarse, mesh, _ = chair
    bare = Views(coarse.cameras, coarse.rgb, coarse.alpha)
    drawn = Upscale()(bare, mesh)
    assert drawn.metallic_roughness is None
    assert drawn.rgb.shape == (6, 256, 256, 3)


def test_a_mesh_out_of_sight_draws_nothing(chair):
    _, coarse, mesh, _ = chair
    drawn = Upscale()(coarse, Mesh(mesh.vertices + np.float32(5), mesh.faces))
    assert not drawn.alpha.any()
    assert not drawn.rgb.any()


def test_fine_views_stay_as_they_are(chair):
    fine, _, mesh, _ = chair
    assert Upscale()(fine, mesh) is fine


def test_a_mesh_without_faces_is_refused(chair):
    empty = Mesh(np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32))
    with pytest.raises(InputError, match="no faces"):
        Upscale()(chair[1], empty)


def test_the_key_tells_the_weights(tmp_path, monkeypatch):
    shipped = digest(Upscale())
    monkeypatch.setattr(upscale, "BUNDLED", replace(upscale.BUNDLED, sha256="1" * 64))
    assert digest(Upscale()) != shipped
    with pytest.raises(InputError, match="train upscaler"):
        digest(Upscale(folder=str(tmp_path)))


def test_bicubic_shares_keep_parabolas():
    """Cubic convolution reproduces polynomials of second degree (Keys 1981, section II)."""
    shares = bicubic_taps()
    line = torch.arange(-REACH, REACH + 1.0)
    y, x = (grid.reshape(-1) for grid in torch.meshgrid(line, line, indexing="ij"))
    at = (torch.arange(FACTOR) + 0.5) / FACTOR - 0.5
    v, u = (grid.reshape(-1) for grid in torch.meshgrid(at, at, indexing="ij"))
    for values, expected in ((x * 0 + 1, u * 0 + 1), (x, u), (y * y, v * v), (x * y, u * v)):
        torch.testing.assert_close(shares @ values, expected, atol=1e-6, rtol=0)


def test_guides_survive_the_disk(chair):
    fine = chair[0]
    guide = upscale.guides(fine.cameras, fine.alpha, fine.normals, fine.depth, UNIT)
    back = decode(encode(guide))
    # Half a step: of 1/255, of 1/127, and of two world units in 16 bits.
    for channel, step in ((slice(0, 1), 1 / 255), (slice(1, 4), 1 / 127), (slice(4, 5), 2 / UNIT / 65535)):
        np.testing.assert_allclose(back[..., channel], guide[..., channel], atol=0.51 * step)


def test_turned_normals_fit_turned_shapes():
    """A ball's normals are the slopes of its nearness, whichever way the picture is turned."""
    mesh = trimesh.creation.icosphere(4, 0.45)
    ball = Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))
    camera = only(axis_aligned(64), 0)
    raster = rasterize(ball.vertices, ball.faces, camera)
    normals = interpolate(raster, (ball.vertices / np.float32(0.45))[ball.faces])
    alpha = (raster.face >= 0).astype(np.float32)
    guide = upscale.guides(camera, alpha, normals, raster.depth, UNIT)[0]
    # Lopsided, so that no symmetry goes unnoticed.
    guide[:, :20] = 0
    arrays = (guide, guide, guide, guide, guide[..., :1])
    for seed in range(12):
        turned = _crops.turned(arrays, np.random.default_rng(seed))[1]
        down, right = np.gradient(turned[..., 4])
        whole = turned[..., 3] > 0.7  # far from the rim, where differences are no slopes
        whole &= np.roll(whole, 1, 0) & np.roll(whole, -1, 0) & np.roll(whole, 1, 1) & np.roll(whole, -1, 1)
        assert whole.sum() > 300
        slopes = np.stack([-right, down], -1)[whole]
        expected = turned[..., 1:3][whole] / turned[..., 3:4][whole]
        # Central differences over facets of a twentieth of the radius.
        assert np.abs(slopes - expected).mean() < 0.05


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    build(folder, 1, [], seed=3)
    return folder


def test_pairs_are_kept_and_whole(pairs):
    before = {path: path.stat().st_mtime_ns for path in pairs.iterdir()}
    build(pairs, 1, [], seed=3)
    assert {path: path.stat().st_mtime_ns for path in pairs.iterdir()} == before
    view = Pairs.open(pairs).view(0, 0)
    assert view.look.shape == (256, 256, 5)
    assert view.drawn.shape == (2, 64, 64, 10)
    # The mesh made of coarse views covers what the object does, within a coarse pixel along its outline.
    true, made = view.true[..., 0] > 0.5, view.mesh[..., 0] > 0.5
    assert (true & made).sum() / (true | made).sum() > 0.85
    with pytest.raises(FileNotFoundError, match="maquette data pairs"):
        Pairs.open(pairs / "none")


def test_training_stops_and_goes_on_as_if_it_had_not(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(_crops, "CROP", 20)
    options = UpscalerTraining(samples=12, batch=2, width=8, blocks=1, checkpoint_every=3)
    train(pairs, tmp_path / "once", options, lambda _: None)
    train(pairs, tmp_path / "twice", replace(options, samples=6), lambda _: None)
    train(pairs, tmp_path / "twice", options, lambda _: None)
    once, twice = (load_file(tmp_path / run / "checkpoint.safetensors") for run in ("once", "twice"))
    assert set(once) == set(twice)
    assert all(torch.equal(once[name], twice[name]) for name in once)
    lines = (tmp_path / "twice" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [3, 6]
    assert Upscale(folder=str(tmp_path / "once" / "model")).weights.size > 0


def test_the_loss_is_nothing_for_the_truth_and_counts_inside_alone():
    rng = np.random.default_rng(0)
    target = torch.from_numpy(rng.random((1, 5, 16, 16), np.float32))
    inside = torch.zeros(1, 1, 16, 16)
    inside[..., 4:12, 4:12] = 1
    batch = _crops.Batch(*(torch.zeros(1),) * 3, target, inside)
    assert train_upscaler.loss_of(target + (1 - inside), batch, 0.3) == 0
    # A shift of all colours has no edges: the mean absolute error is the shift, counted in thousandths.
    torch.testing.assert_close(train_upscaler.loss_of(target + 0.25, batch, 0.3), torch.tensor(251.0).log())


def entry(pack: int, number: int, **changes: object) -> Entry:
    name = Name((), ("barrel",))
    same = Entry(
        Path(f"{pack}-{number}"), str(pack), "", "CC0-1.0", True, "", "", "", True, False, name, False, 1.0
    )
    return replace(same, **changes)  # pyright: ignore[reportArgumentType]


def test_every_pack_has_its_turn_and_nothing_hidden_or_plain_is_learnt():
    entries = [entry(pack, number) for pack in range(40) for number in range(3)]
    entries += [entry(pack, 3, hidden=True) for pack in range(40)]
    entries += [entry(pack, 4, painted=False) for pack in range(40)]
    assert {path.name for path in worth_pairing(entries, 1000)} == {e.path.name for e in entries[:120]}
    few = [path.name.split("-")[0] for path in worth_pairing(entries, 40)]
    assert len(set(few)) == 40
    # Models with textures come first: those of packs that have many fill eight turns of the others.
    entries += [entry(7, number, textured=True) for number in range(5, 25)]
    textured = {path.name for path in worth_pairing(entries, 80)} & {f"7-{number}" for number in range(5, 25)}
    assert len(textured) >= 8
