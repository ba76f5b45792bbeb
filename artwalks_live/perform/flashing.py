"""The page of `artwalks calibrate display`: a flash and a click, to be made one by eye and ear."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack

import moderngl

from artwalks_live.core.audio import Samples, SoundPort
from artwalks_live.core.clicks import train
from artwalks_live.core.clock import Clock, LiveClock
from artwalks_live.core.sampleclock import SampleClock
from artwalks_live.gpu.context import window_context
from artwalks_live.gpu.overlay import Overlay
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.io.audio_device import output_port
from artwalks_live.io.text import text_panel
from artwalks_live.io.window import Window
from artwalks_live.paths import shaders_dir
from artwalks_live.perform import status
from artwalks_live.perform.signals import ending_on_signals

SIZE = (960, 540)
FPS = 60
EVERY_S = 1.0
FLASH_S = 0.08
LONGEST_S = 1.0
RATE_HZ = 48000
STEPS_S = {"right": 0.01, "left": -0.01, "up": 0.001, "down": -0.001}
BAR, MARK = 0.01, 0.004  # of the width
DARK, LIGHT, MIDDLE = (0.02, 0.02, 0.03), (1.0, 1.0, 1.0), (0.5, 0.1, 0.1)
WORDS = (
    "goal\tthe flash, and the bar on the line, with the click",
    "right, left\t10 ms earlier, later",
    "up, down\t1 ms earlier, later",
    "Enter\tkeep it",
    "F\tfullscreen",
    "Esc\tleave it as it was",
)


def flash(begin_s: float, output: str = "", monitor: str | None = None) -> float | None:
    """Show the page until Enter keeps the value, in seconds, or Esc leaves (None).

    begin_s   the latency to begin with
    output    name of the sound output that clicks

    The picture is drawn so much ahead of the click: when a person sees and hears them at once, that is what the
    display takes. Raises AudioError without a sound output, GraphicsError without a window.
    """
    with ExitStack() as stack:
        clock = LiveClock()
        port = output_port(output, 2, RATE_HZ, clock)
        stack.callback(port.close)
        page = Page(stack, monitor)
        clicks = Metronome(port, clock)
        return page.run(begin_s, clicks.time)


class Metronome:
    """A click a second, for as long as it is left open."""

    def __init__(self, port: SoundPort, clock: Clock) -> None:
        self._second, _ = train(port.sample_rate_hz, EVERY_S, 1)
        self._rate_hz, self._clock = port.sample_rate_hz, clock
        self._line = SampleClock(port.sample_rate_hz)
        self._cursor = 0
        port.open(self._fill)

    def time(self) -> float:
        """Seconds since the first click was heard; those of the clock while nothing sounds yet."""
        now_s = self._clock.now()
        return self._line.samples_at(now_s) / self._rate_hz if self._line.anchored else now_s

    def _fill(self, block: Samples, heard_s: float) -> None:
        """Audio thread."""
        self._line.observe(self._cursor, heard_s)
        at = 0
        while at < len(block):
            start = (self._cursor + at) % len(self._second)
            part = self._second[start : start + len(block) - at]
            block[at : at + len(part)] = part[:, None]
            at += len(part)
        self._cursor += len(block)


class Page:
    """The window and what is drawn in it. Closed by the stack."""

    def __init__(self, stack: ExitStack, monitor: str | None) -> None:
        self._window = Window("artwalks — calibrate", SIZE, monitor)
        stack.callback(self._window.close)
        self._ctx: moderngl.Context = window_context()
        stack.callback(self._ctx.release)
        self._words = Overlay(self._ctx, ShaderLibrary.read(shaders_dir()))
        stack.callback(self._words.release)
        self._latency_s = 0.0
        self._kept: bool | None = None

    def run(self, begin_s: float, now: Callable[[], float]) -> float | None:
        """Flash until a key ends it; `now` is the time by the clicks, of which one sounds every whole second."""
        self._latency_s = begin_s
        self._write()
        with ending_on_signals(self._leave):
            while self._kept is None:
                frame_s = (math.floor(now() * FPS) + 1) / FPS
                self._draw(((frame_s + self._latency_s) / EVERY_S) % 1.0)
                time.sleep(min(max(frame_s - now(), 0.0), 1.0 / FPS))
                self._window.swap()
                for key in self._window.poll():
                    self._press(key)
                if self._window.closed:
                    self._leave()
        return self._latency_s if self._kept else None

    def _press(self, key: str) -> None:
        if key in STEPS_S:
            self._latency_s = min(max(round(self._latency_s + STEPS_S[key], 4), 0.0), LONGEST_S)
            self._write()
        elif key == "f":
            self._window.toggle_fullscreen()
            self._write()
        elif key in ("enter", "escape"):
            self._kept = key == "enter"

    def _leave(self) -> None:
        self._kept = False

    def _write(self) -> None:
        lines = [f"display latency\t{self._latency_s * 1e3:.0f} ms", *WORDS]
        self._words.update(text_panel(lines, status.font_px(self._window.size[1])))

    def _draw(self, phase: float) -> None:
        """One picture: phase 0 is the click."""
        wide, high = self._window.size
        screen = self._ctx.screen
        screen.viewport = (0, 0, wide, high)
        screen.clear(*(LIGHT if phase * EVERY_S < FLASH_S else DARK))
        for centre, width, colour in ((0.5, MARK, MIDDLE), ((phase + 0.5) % 1.0, BAR, LIGHT)):
            left = round((centre - width / 2) * wide)
            screen.clear(*colour, viewport=(max(left, 0), 0, max(round(width * wide), 1), high // 3))
        self._words.draw(screen, (wide, high), 24, 24)
