"""What the performer reads: the status line, and the overlay in the window."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from artwalks_live.core.frame import FrameState
from artwalks_live.core.latency import Latency
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.perform.pace import Steadiness
from artwalks_live.perform.status import Status, StatusLine, line, mix, overlay, told

STATE = FrameState(
    index=1, time_s=1.0, dt_s=0.03, position=6.5, values={}, black=0.0, tempo_bpm=120.0, beat=3.0, level=0.5,
    painting=1, mode="clock", preset="gallery", held=False, seed=0, sounding=3.0,
)  # fmt: skip


def status(joining: str = "", faults: tuple[str, ...] = ()) -> Status:
    steady = Steadiness(30.0, 33.3, 34.0, 35.0, 100, 2)
    return Status(STATE, 12, "Noon", steady, "no sound: none", Latency(display_s=0.01), 0, False, joining, faults)


def test_the_line_says_what_becomes_of_a_painting_that_joins() -> None:
    assert "joining" not in line(status())
    said = line(status("baking dusk.jpg 31%", ("note.txt did not join: it is not a picture",)))
    assert said.startswith("  6.50/12 | Noon | ")
    assert said.endswith(" | baking dusk.jpg 31% | note.txt did not join: it is not a picture")


def test_the_place_in_a_known_song_is_said() -> None:
    at = replace(STATE, mode="cues", song_s=83.4, section="B drop")
    assert " | song 1:23 B drop" in line(replace(status(), state=at))
    assert [row for row in overlay(replace(status(), state=at)) if row.startswith("song\t1:23 B drop\t")]
    lost = replace(STATE, mode="cues")
    assert " | song's place unknown, walking by music" in line(replace(status(), state=lost))
    assert "song" not in line(status())


def test_what_waits_for_the_beat_is_said() -> None:
    waiting = replace(status(), state=replace(STATE, armed="next at the next bar"))
    assert " | waiting: next at the next bar" in line(waiting) and "waiting" not in line(status())
    assert [row for row in overlay(waiting) if row.startswith("waiting\tnext at the next bar\t")]


def test_so_does_the_overlay() -> None:
    assert not [row for row in overlay(status()) if row.startswith("joining")]
    assert [row for row in overlay(status("baking dusk.jpg")) if row.startswith("joining\tbaking dusk.jpg\t")]


def test_a_fault_is_told_once() -> None:
    stream = io.StringIO()
    told = StatusLine(stream=stream)
    for now_s in (0.0, 1.0, 2.0):
        told.show(status(faults=("5.png did not join: no space left",)), now_s)
    assert stream.getvalue() == "5.png did not join: no space left\n"


def test_a_knob_that_waits_for_its_value_is_spoken_of() -> None:
    waits = "CC 7, ch 1: turn it up to take flow.strength"
    now = replace(status(), waiting=waits)
    assert f" | {waits}" in line(now)
    assert [row for row in overlay(now) if row.startswith(f"MIDI\t{waits}\t")]
    assert not [row for row in overlay(status()) if row.startswith("MIDI")]


OPEN = WalkShape(9, (0, 4, 8), titles=("Dawn", "Noon", "Dusk"))
LOOP = WalkShape(12, (0, 4, 8), loop=True, titles=("Dawn", "Noon", "Dusk"))


@pytest.mark.parametrize(
    ("shape", "position", "said"),
    [
        (OPEN, 0.0, "100 % Dawn"),
        (OPEN, 4.0, "100 % Noon"),
        (OPEN, 1.52, "62 % Dawn, 38 % Noon"),
        (OPEN, 8.6, "100 % Dusk"),
        (LOOP, 11.0, "25 % Dusk, 75 % Dawn"),
        (WalkShape(8, (0, 4, 8)), 6.0, "50 % 2, 50 % 3"),
    ],
)
def test_the_mix_is_told_in_words(shape: WalkShape, position: float, said: str) -> None:
    assert mix(shape, position) == said


def test_what_is_told_over_osc() -> None:
    values = told(STATE, OPEN, 29.97)
    assert (values["/walk/painting"], values["/walk/mix"]) == ("Noon", "38 % Noon, 62 % Dusk")
    assert values["/clock/bar"] == 0.75
    assert (values["/show/fps"], values["/show/preset"]) == (29.97, "gallery")
