"""The progress bar: not for short work, moving on a terminal, sparse elsewhere, silent when told so."""

from __future__ import annotations

import io

from artwalks_live.commands.progress import Progress, clock_text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_short_work_shows_nothing() -> None:
    clock, stream = Hand(), Terminal()
    bar = Progress("bake", 10, stream=stream, now=clock)
    for done in range(10):
        clock.time += 0.19
        bar.update(done)
    bar.finish()
    assert stream.getvalue() == ""


def test_on_a_terminal_the_line_moves_and_goes() -> None:
    clock, stream = Hand(), Terminal()
    bar = Progress("bake", 10, stream=stream, now=clock)
    clock.time += 5.0
    bar.update(2.5, "the kiss")
    assert "bake" in stream.getvalue()
    assert " 25%  0:05, 0:15 left  the kiss" in stream.getvalue()
    bar.say("a note")
    assert stream.getvalue().endswith("\r\x1b[Ka note\n")
    clock.time += 5.0
    bar.update(5)
    bar.finish()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue().split("a note\n")[1]


def test_elsewhere_lines_are_plain_and_sparse() -> None:
    clock, stream = Hand(), io.StringIO()
    bar = Progress("bake", 100, stream=stream, now=clock)
    for done in range(100):
        clock.time += 1.0
        bar.update(done)
    bar.finish()
    lines = stream.getvalue().splitlines()
    assert 4 <= len(lines) <= 8
    assert all(line.startswith("bake: ") for line in lines)
    assert "\x1b" not in stream.getvalue()


def test_quiet_is_silent() -> None:
    clock, stream = Hand(), Terminal()
    bar = Progress("bake", 1, quiet=True, stream=stream, now=clock)
    clock.time += 60.0
    bar.update(0.5)
    bar.say("a note")
    bar.finish()
    assert stream.getvalue() == ""


def test_clock_text() -> None:
    assert [clock_text(seconds) for seconds in (0, 7.4, 750, 3723)] == ["0:00", "0:07", "12:30", "1:02:03"]
