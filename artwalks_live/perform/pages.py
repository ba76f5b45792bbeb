"""What lies over the window, for the performer: nothing, help and status, or the meters. H goes round.

The learn page goes before them while it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.features import Features
from artwalks_live.core.meters import MeterBridge, Moment
from artwalks_live.core.midi_learn import LearnView
from artwalks_live.gpu.overlay import Overlay
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.io.learn_page import WIDE as LEARN_WIDE
from artwalks_live.io.learn_page import learn_page
from artwalks_live.io.meters import WIDE, meter_page, page_size
from artwalks_live.io.text import text_panel
from artwalks_live.perform import status
from artwalks_live.perform.status import Status

Page = Literal["none", "help", "meters"]
PAGES: tuple[Page, ...] = ("none", "help", "meters")
EVERY_S = {"help": 0.25, "meters": 0.05}
LEARN_S = 0.05
MARGIN_PX = 24
_EMPTY = np.zeros((1, 1, 4), np.uint8)


class Pages:
    """The pages over one window. Render thread; the meters cost 2 ms, twenty times a second.

    ctx      the window's, current
    shaders  the library with the overlay's program
    screen   what the window shows; None: the context's own
    """

    def __init__(
        self, ctx: moderngl.Context, shaders: ShaderLibrary, screen: moderngl.Framebuffer | None = None
    ) -> None:
        self.page: Page = "none"
        self._screen = screen or ctx.screen
        self._overlay = Overlay(ctx, shaders)
        self._bridge = MeterBridge()
        self._learn: LearnView | None = None
        self._drawn: LearnView | None = None
        self._due_s = 0.0
        self._place = (MARGIN_PX, MARGIN_PX)
        self._room: npt.NDArray[np.uint8] | None = None
        self._overlay.update(_EMPTY)  # drawn once, so that H costs no hitch
        self._overlay.draw(self._screen, (1, 1), 0, 0)

    def turn(self) -> None:
        """Go to the next page."""
        self.page = PAGES[(PAGES.index(self.page) + 1) % len(PAGES)]
        self._due_s = 0.0
        if self.page == "none":
            self._overlay.update(_EMPTY)

    def lay(self, learn: LearnView | None) -> None:
        """Lay the learn page over all others, or take it away."""
        if (learn is None) != (self._learn is None):
            self._due_s, self._drawn = 0.0, None
            if learn is None and self.page == "none":
                self._overlay.update(_EMPTY)
        self._learn = learn

    def hear(self, heard: Iterable[Features]) -> None:
        """Take the hops of a frame, whichever page is shown: so the meters are right when they come up."""
        self._bridge.hear(heard)

    def renew(self, time_s: float, window_size: tuple[int, int], now: Callable[[], Status]) -> None:
        """Draw the page anew when that is due. `now` is asked for the moment only then."""
        if time_s < self._due_s:
            return
        if self._learn is not None:
            self._due_s = time_s + LEARN_S
            self._teach(self._learn, window_size)
            return
        if self.page == "none":
            return
        self._due_s = time_s + EVERY_S[self.page]
        panel = self._meters(now(), window_size) if self.page == "meters" else self._help(now(), window_size)
        self._overlay.update(panel)

    def show(self, window_size: tuple[int, int]) -> None:
        """Lay the page over the window's picture; the one before until the new one is drawn."""
        if self.page != "none" or self._learn is not None:
            self._overlay.draw(self._screen, window_size, *self._place)

    def release(self) -> None:
        """Free what is on the GPU."""
        self._overlay.release()

    def _teach(self, view: LearnView, window_size: tuple[int, int]) -> None:
        if view == self._drawn:
            return
        self._drawn = view
        panel = learn_page(view, fitting_px(window_size, LEARN_WIDE))
        left, top = (window_size[0] - panel.shape[1]) // 2, (window_size[1] - panel.shape[0]) // 2
        self._place = max(0, left), max(0, top)
        self._overlay.update(panel)

    def _help(self, now: Status, window_size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        self._place = MARGIN_PX, MARGIN_PX
        return text_panel(status.overlay(now), status.font_px(window_size[1]))

    def _meters(self, now: Status, window_size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        font_px = fitting_px(window_size, WIDE)
        width, height = page_size(font_px)
        self._place = (window_size[0] - width) // 2, max(0, window_size[1] - height - MARGIN_PX)
        self._room = meter_page(self._bridge.read(moment_of(now)), font_px, self._room)
        return self._room


def fitting_px(window_size: tuple[int, int], wide: float) -> int:
    """The type size of a page so many times as wide: as the overlay's, but never wider than the window."""
    return max(6, min(status.font_px(window_size[1]), int((window_size[0] - 8) / wide)))


def moment_of(now: Status) -> Moment:
    """What the meters show of a status."""
    state = now.state
    return Moment(
        time_s=state.time_s,
        beat=state.sounding,
        tempo_bpm=state.tempo_bpm,
        leader=state.leader,
        confidence=state.confidence,
        meter=state.meter,
        sound=now.sound,
        latency_s=now.latency.total_s,
        overruns=now.overruns,
    )
