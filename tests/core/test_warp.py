"""The walk pass in NumPy: exact at the ends, still where nothing moves, right where something does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from artwalks_live.core.errors import FlowShapeError
from artwalks_live.core.warp import resize, share_of_b, show, unit, warp, weight_of_b

WIDTH, HEIGHT = 48, 32


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def wild_maps(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    flow = (draw.standard_normal((HEIGHT // 2, WIDTH // 2, 4)) * 9).astype(np.float16)
    crossover = np.stack([draw.standard_normal((16, 24)) * 30, draw.uniform(1, 60, (16, 24))], axis=2)
    return flow, crossover.astype(np.float16)


def still_maps() -> tuple[np.ndarray, np.ndarray]:
    crossover = np.zeros((16, 24, 2), np.float16)
    crossover[..., 1] = 1
    return np.zeros((16, 24, 4), np.float16), crossover


@pytest.mark.parametrize("seed", range(3))
def test_the_ends_are_the_keyframes_exactly_whatever_the_maps_say(seed: int) -> None:
    a, b = picture(1), picture(2)
    assert np.array_equal(show(a, b, *wild_maps(seed), 0.0), unit(a))
    assert np.array_equal(show(a, b, *wild_maps(seed), 1.0), unit(b))


def test_near_the_ends_the_picture_is_near_the_keyframe() -> None:
    a, b = picture(1), picture(2)
    flow, crossover = wild_maps(0)
    crossover[..., 0] = np.clip(crossover[..., 0], -2, 2)
    assert np.abs(show(a, b, flow, crossover, 1e-6) - unit(a)).max() < 1e-3
    assert np.abs(show(a, b, flow, crossover, 1 - 1e-6) - unit(b)).max() < 1e-3


def test_without_flow_and_with_even_visibility_it_is_the_plain_dissolve() -> None:
    a, b = picture(1), picture(2)
    for t in (0.1, 0.5, 0.9):
        expected = (1 - t) * unit(a) + t * unit(b)
        np.testing.assert_allclose(show(a, b, *still_maps(), t), expected, atol=2e-6)


def test_strength_nought_stands_still() -> None:
    a, b = picture(1), picture(2)
    flow, _ = wild_maps(3)
    _, crossover = still_maps()
    np.testing.assert_allclose(show(a, b, flow, crossover, 0.3, strength=0.0), 0.7 * unit(a) + 0.3 * unit(b), atol=2e-6)


def test_a_known_translation_is_undone_and_vectors_scale_with_the_canvas() -> None:
    wide = np.random.default_rng(4).random((HEIGHT, WIDTH + 8, 3), dtype=np.float32)
    a, b = wide[:, 8:], wide[:, :-8]  # the content moves 8 px to the right
    flow, crossover = still_maps()
    flow[..., 0], flow[..., 2] = -4, 4  # half the canvas: 4 px there are 8 here
    middle = show(a, b, flow, crossover, 0.5)
    np.testing.assert_allclose(middle[:, 4:-4], wide[:, 8:-8], atol=1e-6)


def shifted(row: list[float], by: float) -> np.ndarray:
    """A row of pixels, each read so far to the right."""
    picture = np.broadcast_to(np.array(row, np.float32)[None, :, None], (4, len(row), 1)).copy()
    shift = np.zeros((4, len(row), 2), np.float32)
    shift[..., 0] = by
    return warp(picture, shift)[2, :, 0]


def test_whole_pixels_are_read_exactly_and_the_edge_is_repeated() -> None:
    np.testing.assert_array_equal(shifted([0.1, 0.9, 0.3, 0.5], 1), np.array([0.9, 0.3, 0.5, 0.5], np.float32))
    np.testing.assert_array_equal(shifted([0.1, 0.9, 0.3, 0.5], -9.3), np.full(4, 0.1, np.float32))


def test_between_pixels_an_edge_stays_crisp() -> None:
    """Keys' kernel with a = -3/4: half-way the four nearest weigh -3, 19, 19, -3 of 32; nothing leaves [0, 1]."""
    dark, light = 0.25, 0.75
    row = shifted([dark] * 4 + [light] * 4, 0.5)
    np.testing.assert_allclose(row[2:5], [dark - 3 / 64, 0.5, light + 3 / 64], atol=1e-6)
    assert shifted([0.0] * 4 + [1.0] * 4, 0.5)[2:5].tolist() == pytest.approx([0, 0.5, 1])


def test_fine_strokes_survive_half_a_pixel_of_motion() -> None:
    """Bilinear reads would leave a half of them."""
    strokes = [0.3, 0.5, 0.7, 0.5] * 6
    middle = shifted(strokes, 0.5)[4:-4]
    assert np.ptp(middle) > 0.8 * np.ptp(strokes) / np.sqrt(2)


def test_a_sharp_place_turns_at_its_own_moment() -> None:
    moment, k = 0.3, 20.0
    crossover = np.array([[[k * np.log(moment / (1 - moment)), k]]], np.float32)
    assert weight_of_b(crossover, 0.2)[0, 0] < 0.02
    assert weight_of_b(crossover, moment)[0, 0] == pytest.approx(0.5, abs=1e-5)
    assert weight_of_b(crossover, 0.4)[0, 0] > 0.98
    assert weight_of_b(crossover, 0.0)[0, 0] == 0.0
    assert weight_of_b(crossover, 1.0)[0, 0] == 1.0


@pytest.mark.parametrize("stops", [(0.5,), (0.25, 0.5, 0.75), (0.1,)])
def test_anchors_leave_the_crossover_as_it_is(stops: tuple[float, ...]) -> None:
    """At every phase every place is mixed as without them, and so nothing hesitates or hurries at an anchor."""
    a, b = picture(1), picture(2)
    flow, _ = still_maps()
    draw = np.random.default_rng(3)
    moment, k = draw.uniform(0.05, 0.95, (16, 24)), draw.uniform(1, 12, (16, 24))
    crossover = np.stack([k * np.log(moment / (1 - moment)), k], axis=2).astype(np.float16)
    ends = (0.0, *stops, 1.0)
    for start, end in pairwise(ends):
        first, last = (show(a, b, flow, crossover, phase) for phase in (start, end))
        for t in (0.02, 0.3, 0.5, 0.9):
            phase = start + t * (end - start)
            pieced = show(first, last, flow, crossover, t, span=(start, end))
            assert np.abs(pieced - show(a, b, flow, crossover, phase)).max() < 2e-3, phase


def test_the_share_of_a_piece_is_exact_at_its_ends_and_even_where_nothing_turns() -> None:
    crossover = np.array([[[10 * np.log(0.8 / 0.2), 10]]], np.float32)  # turns at 0.8: next to nothing before ¼
    shares = [float(share_of_b(crossover, t, (0.0, 0.25))[0, 0]) for t in (0.0, 0.25, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(shares, [0, 0.25, 0.5, 0.75, 1], atol=0.01)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    constant = np.array([[[0.3, 0.0]]], np.float32)
    assert share_of_b(constant, 0.4, (0.25, 0.5))[0, 0] == pytest.approx(0.4)


def test_resize_keeps_places_not_texels() -> None:
    ramp = ((np.arange(16, dtype=np.float32) + 0.5) / 16)[None, :, None].repeat(4, axis=0)
    grown = resize(ramp, (64, 8))[0, :, 0]
    expected = np.clip((np.arange(64) + 0.5) / 64, ramp.min(), ramp.max())
    np.testing.assert_allclose(grown, expected, atol=1e-6)


def test_sizes_that_do_not_fit_are_refused() -> None:
    a, b = picture(1), picture(2)
    flow, crossover = still_maps()
    for wrong in (
        (a, b[:, :-2], flow, crossover),
        (a[..., 0], b[..., 0], flow, crossover),
        (a, b, flow[..., :2], crossover),
        (a, b, flow, crossover[..., 0]),
        (a, b, flow[:0], crossover),
    ):
        with pytest.raises(FlowShapeError):
            show(*wrong, 0.5)
    with pytest.raises(FlowShapeError):
        warp(unit(a), np.zeros((3, 3, 2), np.float32))
