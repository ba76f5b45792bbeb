"""Ways: even turning follows the arc, shear does not turn, and what stands where is found at any phase."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.bake.ways import Complex, Ways, as_vectors, cut, grid, look, share
from tests.bake.turning import GRID, Scene

SHAPE = (90, 160)


def flow_of(matrix: complex, middle: complex = 80 + 45j) -> np.ndarray:
    """The chord flow of a picture that is multiplied by a complex number, about a place."""
    here = grid(SHAPE) - np.complex64(middle)
    motion = here * np.complex64(2 * (matrix - 1) / (matrix + 1))
    return np.concatenate([as_vectors(-motion), as_vectors(motion)], axis=2)


@pytest.mark.parametrize("matrix", [np.exp(0.9j), np.exp(-0.4j), 1.5 + 0j, 1.2 * np.exp(0.5j)])
def test_an_even_turn_and_growth_is_found_and_followed(matrix: complex) -> None:
    ways = Ways.of(flow_of(matrix))
    inner = np.s_[20:-20, 20:-20]
    assert np.abs(np.exp(ways.turn[inner]) - matrix).max() < 0.05
    here = grid(SHAPE)
    for phase in (0.0, 0.25, 0.5, 1.0):
        begun = here + ways.at(0.0) - (80 + 45j)
        expected = 80 + 45j + begun * matrix**phase
        assert np.abs(here + ways.at(phase) - expected)[inner].max() < 0.7


def test_straight_motion_and_shear_do_not_turn() -> None:
    rows, _ = np.indices(SHAPE, np.float32)
    for motion in (np.full(SHAPE, 20, np.float32), rows * 0.3):
        forward = np.dstack([motion, np.zeros(SHAPE, np.float32)])
        ways = Ways.of(np.concatenate([-forward, forward], axis=2))
        assert np.abs(ways.turn).max() < 0.02
        assert np.abs(ways.at(0.5)).max() < 0.2


def test_the_middle_that_an_estimator_gives_is_kept() -> None:
    """Of motion that is the same both ways the arc is ours to draw; any other says where its middle is."""
    chord, arc = (Ways.of(flow) for flow in (Scene(degrees=60).chord().flow, Scene(degrees=60).arc().flow))
    assert np.abs(arc.at(0.5)).max() < 1e-3
    assert np.abs(chord.at(0.5)).max() > 2


def test_shares_run_from_nothing_to_all_and_join() -> None:
    turns: Complex = np.array([[0, 1e-5, 0.5j, -1.2j, 0.4 + 1j]], np.complex64)
    assert np.allclose(share(turns, 0.0), 0)
    assert np.allclose(share(turns, 1.0), 1)
    assert np.allclose(share(turns[:, :2], 0.3), 0.3, atol=1e-4)
    half = share(turns, 0.5)
    assert np.allclose(half / (1 - half), np.exp(-turns / 2), atol=1e-4), "the second half is the first one, turned"


def test_at_mid_phase_everything_stands_where_it_is() -> None:
    scene = Scene(way=(60, 10), radius=40)
    flow = scene.chord().flow.astype(np.float32)
    noise = np.random.default_rng(0).random((*GRID[::-1], 3)).astype(np.float32)
    seen = cut(Ways.of(flow), 0.5, noise, noise)
    assert np.array_equal(seen.number.reshape(-1), np.arange(GRID[0] * GRID[1]))
    assert not seen.hidden.any()
    assert np.allclose(as_vectors(seen.to_a), flow[..., :2] / 2, atol=1e-3)
    assert np.allclose(as_vectors(seen.to_b), flow[..., 2:] / 2, atol=1e-3)


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.75, 1.0])
def test_the_front_one_hides_the_ground_and_leaves_it_behind(phase: float) -> None:
    scene = Scene(way=(80, 0), radius=35)
    a, b = (
        np.ascontiguousarray(scene.picture(t)[::2, ::2], np.float32) / np.float32(255) for t in (0, 1)
    )  # fmt: skip
    ways = Ways.of(scene.chord().flow)
    seen = cut(ways, phase, a, b)
    layer = np.abs(ways.way.reshape(-1)[seen.number]) > 1
    here = grid(SHAPE)
    truth = np.abs(here - (79.5 + 44.5j) - 40 * (phase - 0.5)) < 17.5
    assert (layer == truth).mean() > 0.98
    assert not (seen.hidden & layer).any(), "what comes to light belongs to the ground"
    assert np.abs(look(as_vectors(ways.way), seen.middle)[~layer]).max() > 0  # it is read, not crashed
    assert np.abs(seen.to_b - seen.to_a)[~layer & ~truth].max() < 1
