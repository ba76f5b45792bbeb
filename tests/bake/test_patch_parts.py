"""The parts of patch diffusion, each by itself: palette, transport, pieces, joins, and the choice of stops."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.compose import compose, sources
from artwalks_live.bake.keyframes.diffusion import Denoiser, patches, schedule, vote
from artwalks_live.bake.keyframes.field import Pieces, common_shifts, cost_volume, settle, shifted, shifts_of
from artwalks_live.bake.keyframes.leg import grid
from artwalks_live.bake.keyframes.order import front, order
from artwalks_live.bake.keyframes.palette import PalettePath
from artwalks_live.bake.keyframes.stops import even_choice, signature
from artwalks_live.bake.keyframes.transport import attend, balance

Array = NDArray[np.float32]


def cloud(shape: tuple[int, int], seed: int, broad: float = 2.0) -> Array:
    """A soft coloured noise picture (h, w, 3) in [-1, 1]."""
    noise = np.random.default_rng(seed).standard_normal((*shape, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), broad)
    return np.clip(0.4 * soft / soft.std(), -1, 1)


# palette


def test_each_painting_keeps_its_colours_at_its_own_end() -> None:
    a, b = cloud((24, 32), 0), 0.3 * cloud((24, 32), 1) + 0.4
    path = PalettePath.between(a, b)
    assert np.abs(path.move(a, 0, 0.0) - a).max() < 1e-5
    assert np.abs(path.move(b, 1, 1.0) - b).max() < 1e-5


def test_both_paintings_meet_in_one_palette() -> None:
    a, b = 0.5 * cloud((24, 32), 0), 0.3 * cloud((24, 32), 1) + np.float32(0.3)
    path = PalettePath.between(a, b)
    moved = [path.move(p, i, 0.4).reshape(-1, 3) for i, p in enumerate((a, b))]
    assert moved[0].mean(0) == pytest.approx(moved[1].mean(0), abs=0.01)
    assert np.cov(moved[0].T) == pytest.approx(np.cov(moved[1].T), abs=0.005)
    assert moved[0].mean(0) == pytest.approx(0.6 * a.reshape(-1, 3).mean(0) + 0.4 * b.reshape(-1, 3).mean(0), abs=0.01)


def test_going_onward_is_the_same_as_going_there_at_once() -> None:
    a, b = 0.5 * cloud((24, 32), 0), 0.3 * cloud((24, 32), 1)
    path = PalettePath.between(a, b)
    assert np.abs(path.onward(path.move(a, 0, 0.3), 0, 0.3, 0.6) - path.move(a, 0, 0.6)).max() < 1e-3


# transport


def test_balanced_attention_spends_every_budget() -> None:
    logits = 3 * np.random.default_rng(0).standard_normal((60, 40)).astype(np.float32)
    budget = np.repeat(np.array([0.7, 0.3], np.float32), 20) / 20
    kernel, u, v = balance(logits, budget, 60)
    plan = u[:, None] * kernel * v
    assert plan.sum(1) == pytest.approx(np.full(60, 1 / 60), rel=1e-3)
    assert plan.sum(0) == pytest.approx(budget, rel=2e-2)
    assert attend((kernel, u, v), np.ones((40, 1), np.float32)) == pytest.approx(np.ones((60, 1)), rel=1e-3)


def test_a_patch_that_would_win_everywhere_does_not() -> None:
    logits = np.zeros((50, 10), np.float32)
    logits[:, 0] = 20.0
    kernel, u, v = balance(logits, np.full(10, 0.1, np.float32), 20)
    assert (u[:, None] * kernel * v).sum(0)[0] == pytest.approx(0.1, rel=0.02)


# denoiser


def test_the_patches_of_a_picture_vote_for_that_picture() -> None:
    picture = cloud((12, 17), 0)
    assert np.abs(vote(patches(picture, 5), (12, 17), 5) - picture).max() < 1e-5


@pytest.mark.parametrize(("odds", "like"), [(0.0, 0), (1.0, 1)])
def test_at_the_ends_the_denoiser_paints_the_painting(odds: float, like: int) -> None:
    pair = cloud((16, 24), 0), cloud((16, 24), 1)
    denoiser = Denoiser.of(*pair, 9, np.full((16, 24), odds, np.float32), 12.0)
    noise = np.random.default_rng(0).standard_normal((16, 24, 3)).astype(np.float32)
    picture, share = denoiser.sample(pair[like], noise, schedule(0.3, 0.04, 4))
    assert np.abs(picture - pair[like]).mean() < 0.05
    assert share == pytest.approx(np.full((16, 24), odds), abs=0.05)


def test_the_odds_decide_place_by_place() -> None:
    pair = cloud((16, 24), 0), cloud((16, 24), 1)
    odds = np.zeros((16, 24), np.float32)
    odds[:, 12:] = 1.0
    noise = np.random.default_rng(0).standard_normal((16, 24, 3)).astype(np.float32)
    _, share = Denoiser.of(*pair, 9, odds, 12.0).sample((pair[0] + pair[1]) / 2, noise, schedule(1.0, 0.04, 5))
    assert share[:, :8].mean() < 0.1
    assert share[:, 16:].mean() > 0.9


# pieces


def test_a_chosen_patch_is_a_shift() -> None:
    chosen = np.arange(12).reshape(3, 4)
    chosen[1, 1] = 12 + 2 * 4 + 3  # painting B, row 2, column 3
    field = shifts_of(chosen)
    assert field[1, 1].tolist() == [1, 1, 2]
    assert field[0, 0].tolist() == [0, 0, 0]


def test_a_moved_piece_is_found_whole() -> None:
    pair = cloud((40, 60), 0), cloud((40, 60), 1)
    target = pair[0].copy()
    target[8:32, 20:44] = shifted(pair[1], 4, -6, 0.0)[8:32, 20:44]
    field = np.zeros((40, 60, 3), np.int32)
    field[8:32, 20:44] = (1, 4, -6)
    field[::5, ::5] = np.random.default_rng(0).integers(-9, 9, (8, 12, 1)) * np.array([0, 1, 1])  # places that disagree
    shifts = common_shifts(field)
    labels = settle(cost_volume(target, pair, shifts))
    inside = shifts[labels[14:26, 26:38]]
    assert (inside == (1, 4, -6)).all()
    assert (shifts[labels[:, :15]] == (0, 0, 0)).all()


# joins


def everywhere(shape: tuple[int, int], painting: int, dy: float = 0, dx: float = 0) -> tuple[Array, Array, Array]:
    return (np.full(shape, painting, np.float32), np.full(shape, dy, np.float32), np.full(shape, dx, np.float32))


@pytest.mark.parametrize("shape", [(180, 320), (91, 77), (20, 30)])
def test_one_piece_is_that_painting(shape: tuple[int, int]) -> None:
    pair = cloud(shape, 0), cloud(shape, 1)
    for i in (0, 1):
        assert np.abs(compose(*pair, everywhere(shape, i)) - pair[i]).max() < 1e-4


def test_a_join_is_smooth_in_tone_and_sharp_in_stroke() -> None:
    strokes = 0.2 * np.sign(np.random.default_rng(0).standard_normal((160, 240, 3))).astype(np.float32)
    a, b = strokes - 0.3, strokes + 0.3
    painting, dy, dx = everywhere((160, 240), 0)
    painting[:, 120:] = 1
    joined = compose(a, b, (painting, dy, dx))
    tone = cv2.blur(joined, (9, 161))[80, :, 0]
    assert np.abs(np.diff(tone)).max() < 0.05  # no edge between the two tones
    assert joined[:, 118:122].std() > 0.8 * strokes.std()  # and the strokes as strong on the join as elsewhere
    assert tone[5] < -0.25
    assert tone[-5] > 0.25


def test_sources_scale_the_shifts_with_the_picture() -> None:
    pieces = Pieces(np.array([[0, 0, 0], [1, 2, -3]], np.int32), np.ones((10, 20), np.int32))
    painting, dy, dx = sources(pieces, np.ones((60, 120), np.int32))
    assert (painting == 1).all()
    assert (dy == 12).all()
    assert (dx == -18).all()


# the leg


def test_the_grid_keeps_the_aspect_and_is_never_finer_than_half_the_canvas() -> None:
    assert grid((576, 1024), 48) == (48, 85)
    tall = grid((1024, 576), 48)
    assert tall == (85, 48)
    assert grid((54, 96), 48) == (27, 48)


def test_the_front_grows_from_nothing_to_everything() -> None:
    a, b = cloud((32, 57), 0), cloud((32, 57), 1)
    moments, stakes = order(a, b, np.random.default_rng(0))
    fronts = [front(moments, stakes, w) for w in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)]
    assert fronts[0].max() == 0.0
    assert fronts[-1].min() == 1.0
    assert all((q - p).min() >= -1e-6 for p, q in pairwise(fronts))
    assert float((fronts[3] * stakes).sum()) == pytest.approx(0.5, abs=0.01)


def test_places_follow_one_another_in_neighbourhoods() -> None:
    moments, _ = order(cloud((32, 57), 0), cloud((32, 57), 1), np.random.default_rng(0))
    along = np.abs(np.diff(moments, axis=1)).mean()
    shuffled = np.random.default_rng(1).permutation(moments.ravel()).reshape(moments.shape)
    assert along < 0.3 * np.abs(np.diff(shuffled, axis=1)).mean()


def test_stops_are_even_on_a_path_that_hurries_and_lingers() -> None:
    way = np.linspace(0, 1, 200) ** 3
    path = np.stack([way, np.sin(2 * way)], axis=1).astype(np.float32)
    stops = [0, *even_choice(path, 5), 199]
    steps = [float(np.linalg.norm(path[p] - path[q])) for p, q in pairwise(stops)]
    assert max(steps) / min(steps) < 1.15


def test_stops_exist_where_nothing_moves() -> None:
    stops = even_choice(np.ones((50, 3), np.float32), 3)
    assert len(stops) == 3
    assert all(p < q for p, q in pairwise([0, *stops, 49]))


def test_an_upright_picture_is_measured_upright() -> None:
    picture = cloud((64, 36), 0)
    assert signature(picture).reshape(32, 18, 3).shape == (32, 18, 3)
    turned = signature(np.ascontiguousarray(picture.transpose(1, 0, 2))).reshape(18, 32, 3)
    assert signature(picture).reshape(32, 18, 3) == pytest.approx(turned.transpose(1, 0, 2), abs=1e-5)
