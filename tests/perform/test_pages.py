"""Which page lies over the window, and when it is drawn anew; on a real GL context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from artwalks_live.core.features import Features
from artwalks_live.core.midi_learn import LearnView, Row
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.io.learn_page import WIDE as LEARN_WIDE
from artwalks_live.io.meters import WIDE, page_size
from artwalks_live.paths import shaders_dir
from artwalks_live.perform.pages import EVERY_S, PAGES, Pages, fitting_px, moment_of
from artwalks_live.perform.status import Status
from tests.perform.test_status import status

WINDOW = (640, 360)


class Seen:
    """A window's pages, and how often they asked for the moment."""

    def __init__(self) -> None:
        self.ctx = headless_context()
        self.window = self.ctx.simple_framebuffer(WINDOW, 4)
        self.pages = Pages(self.ctx, ShaderLibrary.read(shaders_dir()), self.window)
        self.asked = 0

    def now(self) -> Status:
        self.asked += 1
        return status()

    def at(self, time_s: float) -> np.ndarray:
        """The window at a moment: (H, W, 3), row 0 on top."""
        self.window.clear(0.2, 0.4, 0.6)
        self.pages.renew(time_s, WINDOW, self.now)
        self.pages.show(WINDOW)
        pixels = np.frombuffer(self.window.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(WINDOW[1], WINDOW[0], 3)[::-1]


@pytest.fixture
def seen() -> Iterator[Seen]:
    made = Seen()
    yield made
    made.pages.release()
    made.window.release()
    made.ctx.release()


def test_h_goes_round_nothing_help_meters(seen: Seen) -> None:
    bare = seen.at(0.0)
    assert len(np.unique(bare.reshape(-1, 3), axis=0)) == 1
    seen.pages.turn()
    helped = seen.at(0.1)
    assert (helped[30:60, 30:200] != bare[30:60, 30:200]).any()
    seen.pages.turn()
    metered = seen.at(0.2)
    assert np.array_equal(metered[:150], bare[:150])
    assert (metered[240:330, 100:500] != bare[240:330, 100:500]).any()
    seen.pages.turn()
    assert seen.pages.page == PAGES[0]
    assert np.array_equal(seen.at(0.3), bare)


def test_a_page_is_drawn_anew_only_when_that_is_due(seen: Seen) -> None:
    for _ in range(10):
        seen.at(1.0)
    assert seen.asked == 0
    seen.pages.turn()
    seen.pages.turn()
    for n in range(31):
        seen.at(10.0 + n / 60)
    assert seen.asked == pytest.approx(0.5 / EVERY_S["meters"], abs=1)


def test_meters_are_right_when_they_come_up(seen: Seen) -> None:
    heard = Features(0.9, 1.0, 0.0, 0.0, 0.0, 0.0, False, 0.0, 0.0, 0.0, 0.0, 0.0)
    seen.pages.hear([heard])
    seen.pages.turn()
    seen.pages.turn()
    shown = seen.at(1.0)
    px = fitting_px(WINDOW, WIDE)
    left = (WINDOW[0] - page_size(px)[0]) // 2
    column = shown[:, left + round(2.0 * px)].astype(int)
    assert (np.abs(column - (240, 236, 226)).max(axis=1) < 12).sum() == pytest.approx(7.0 * px, abs=2)


@pytest.mark.parametrize("window", [(160, 90), (640, 360), (1280, 720), (2560, 1440), (360, 640)])
def test_a_page_is_never_wider_than_its_window(window: tuple[int, int]) -> None:
    for wide in (WIDE, LEARN_WIDE):
        assert round(wide * fitting_px(window, wide)) <= max(window[0], round(6 * wide))


def test_the_moment_is_the_status() -> None:
    moment = moment_of(status())
    assert (moment.time_s, moment.beat, moment.tempo_bpm) == (1.0, 3.0, 120.0)
    assert (moment.sound, moment.latency_s, moment.overruns) == ("no sound: none", 0.01, 0)


def test_the_learn_page_goes_before_all_others_and_leaves_them_as_they_were(seen: Seen) -> None:
    bare = seen.at(0.0)
    seen.pages.turn()
    helped = seen.at(0.5)
    asked = seen.asked
    view = LearnView((Row("flow.strength", "", True),), "flow.strength", "Move a knob")
    seen.pages.lay(view)
    taught = seen.at(0.6)
    assert seen.asked == asked and (taught[150:210, 100:540] != bare[150:210, 100:540]).any()
    seen.pages.lay(replace(view, heard="CC 7", level=1.0))
    assert np.array_equal(seen.at(0.62), taught), "twenty times a second is enough"
    assert not np.array_equal(seen.at(0.7), taught)
    seen.pages.lay(None)
    assert np.array_equal(seen.at(0.8), helped)
    seen.pages.turn()
    seen.pages.turn()
    seen.pages.lay(view)
    seen.at(1.0)
    seen.pages.lay(None)
    assert np.array_equal(seen.at(1.1), bare)
