"""When a device counts as lost: blocks whose times are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from artwalks_live.core.blocks import FIRST_S, LOST_S, MOST_S, BlockWatch


def fed(times_s: np.ndarray) -> tuple[BlockWatch, list[float]]:
    """A watch after these blocks, and when, looked at every 10 ms, the device counted as lost in between."""
    watch, lost_s = BlockWatch(), []
    looks = np.arange(times_s[0], times_s[-1], 0.01)
    for before_s, at_s in itertools.pairwise(times_s):
        watch.came(float(before_s))
        lost_s += [float(look) for look in looks[(looks > before_s) & (looks < at_s)] if watch.lost(float(look))]
    watch.came(float(times_s[-1]))
    return watch, lost_s


def named_after_s(watch: BlockWatch, last_s: float) -> float:
    """How long after the last block the loss is named."""
    return next(late_s for late_s in np.arange(0.0, 5.0, 0.01) if watch.lost(last_s + late_s))


def bursts(every_s: float, seconds: float) -> np.ndarray:
    """Blocks of 10 ms that come all at once, every so often."""
    each = round(every_s / 0.01)
    return np.concatenate([start + np.arange(each) * 1e-5 for start in np.arange(0.0, seconds, every_s)])


def test_before_its_first_block_a_device_is_not_lost() -> None:
    assert not BlockWatch().lost(1e9)
    assert not BlockWatch().begun


@pytest.mark.parametrize("every_s", [0.001, 0.01, 0.085])
def test_a_loss_is_named_after_a_quarter_of_a_second(every_s: float) -> None:
    watch, lost_s = fed(np.arange(0.0, 20.0, every_s))
    assert not lost_s
    assert named_after_s(watch, watch.last_s) == pytest.approx(LOST_S, abs=0.011)


@pytest.mark.parametrize("lasted_s", [0.011, 0.5, 2.9])
def test_a_loss_right_after_the_beginning_is_named_after_half_a_second(lasted_s: float) -> None:
    watch, _ = fed(np.arange(0.0, lasted_s, 0.01))
    assert named_after_s(watch, watch.last_s) == pytest.approx(FIRST_S, abs=0.011)


@pytest.mark.parametrize("every_s", [0.3, 0.45, 0.6])
def test_bursts_are_no_loss_once_they_are_known(every_s: float) -> None:
    watch, lost_s = fed(bursts(every_s, 30.0))
    assert all(at_s < 2 * every_s for at_s in lost_s)
    assert every_s < named_after_s(watch, watch.last_s) <= MOST_S


def test_bursts_too_far_apart_to_play_to_are_losses() -> None:
    watch, lost_s = fed(bursts(2.0, 30.0))
    assert len(lost_s) > 1000
    assert named_after_s(watch, watch.last_s) < 0.3


def test_one_stutter_is_no_habit_and_a_habit_is_forgotten() -> None:
    steady = np.arange(0.0, 10.0, 0.01)
    watch, _ = fed(np.concatenate([steady, steady + 10.4]))
    assert named_after_s(watch, watch.last_s) == pytest.approx(LOST_S, abs=0.011)
    changed, _ = fed(np.concatenate([bursts(0.4, 8.0), 8.4 + steady]))
    assert named_after_s(changed, changed.last_s) == pytest.approx(LOST_S, abs=0.011)
