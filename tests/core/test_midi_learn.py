"""Which control a hand means: streams as controllers send them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from artwalks_live.core.midi_inbox import Inbox
from artwalks_live.core.midi_learn import HELD_S, Found, Learner
from artwalks_live.core.midi_map import Target
from artwalks_live.core.midi_message import Control

Message = tuple[int, ...]
FPS = 30


def learn(stream: Iterable[tuple[float, Message]], until_s: float = 0.0) -> Found | None:
    """Play (time, message)s into a learner, frame by frame; a frame later than the last message ends it."""
    waiting, inbox, learner = sorted(stream), Inbox(), Learner()
    last_s = max([until_s, *(time_s for time_s, _ in waiting)]) + 0.1
    for frame in range(1, int(last_s * FPS) + 2):
        now_s = frame / FPS
        while waiting and waiting[0][0] <= now_s:
            time_s, message = waiting.pop(0)
            inbox.take(bytes(message), time_s)
        for moved in inbox.drain():
            found = learner.hear("nano", moved)
            if found is not None:
                return found
        found = learner.wait(now_s)
        if found is not None:
            return found
    return None


def sweep(make: object, start_s: float = 0.0, seconds: float = 0.5, steps: int = 40) -> list[tuple[float, Message]]:
    """A control moved over a third of its way."""
    assert callable(make)
    return [(start_s + k * seconds / steps, each) for k in range(steps) for each in make(40 + k)]


def trembling(number: int) -> list[tuple[float, Message]]:
    return [(k * 0.01, (0xB0, number, 63 + k % 2)) for k in range(100)]


def test_the_fader_that_moves_is_meant_not_the_one_that_trembles() -> None:
    found = learn([*trembling(3), *sweep(lambda v: [(0xB0, 7, v)], 0.3)])
    assert found == Found("nano", Control("cc", 1, 7))
    assert learn(trembling(3)) is None


def test_a_fader_of_fourteen_bits_is_known_as_one() -> None:
    found = learn(sweep(lambda v: [(0xB0, 7, v), (0xB0, 39, v * 37 % 128)]))
    assert found is not None and (found.control, found.fine) == (Control("cc", 1, 7), True)
    assert found.binding(Target("/flow/strength", "flow.strength")).bits == 14


def test_an_nrpn_and_a_bend_are_known() -> None:
    nrpn = learn(sweep(lambda v: [(0xB0, 99, 2), (0xB0, 98, 44), (0xB0, 6, v), (0xB0, 38, v)]))
    assert nrpn is not None and nrpn.control == Control("nrpn", 1, 300)
    bend = learn(sweep(lambda v: [(0xE3, 5, v)]))
    assert bend is not None and bend.control == Control("bend", 4)
    assert bend.binding(Target("/x/y", "")).bits == 7


@pytest.mark.parametrize(("step", "how"), [(1, "signed"), (127, "signed"), (65, "offset"), (63, "offset")])
def test_an_endless_encoder_is_known_by_saying_the_same_again(step: int, how: str) -> None:
    found = learn([(k * 0.05, (0xB0, 16, step)) for k in range(12)])
    assert found is not None and (found.control, found.relative) == (Control("cc", 1, 16), how)


def test_a_pad_is_learned_when_it_is_let_go_whatever_its_pressure_does() -> None:
    pressure = [(0.1 + k * 0.01, (0xD9, 30 + k)) for k in range(20)]
    found = learn([(0.1, (0x99, 36, 90)), *pressure, (0.4, (0x89, 36, 0))])
    assert found == Found("nano", Control("note", 10, 36), button=True)


def test_a_button_that_sends_control_changes_is_a_button() -> None:
    assert learn([(0.1, (0xB0, 41, 127)), (0.2, (0xB0, 41, 0))]) == Found("nano", Control("cc", 1, 41), button=True)
    assert learn([(0.1, (0xB0, 41, 127)), (0.101, (0xB0, 41, 0))]) == Found("nano", Control("cc", 1, 41), button=True)


def test_a_button_has_no_place_that_could_be_passed() -> None:
    button, fader = Found("nano", Control("cc", 1, 41), button=True), Found("nano", Control("cc", 1, 7))
    target = Target("/flow/strength", "flow.strength")
    assert not button.binding(target).pickup and fader.binding(target).pickup


def test_a_button_that_is_never_let_go_is_believed_after_a_while() -> None:
    assert learn([(0.1, (0xB0, 41, 127))], HELD_S - 0.5) is None
    assert learn([(0.1, (0xB0, 41, 127))], HELD_S + 0.5) == Found("nano", Control("cc", 1, 41), button=True)


def test_the_touch_of_a_motor_fader_is_learned_with_it() -> None:
    found = learn([(0.1, (0x90, 104, 127)), *sweep(lambda v: [(0xE0, v, v)], 0.8), (2.0, (0x90, 104, 0))])
    assert found == Found("nano", Control("bend", 1), fine=True, touch=Control("note", 1, 104))


def test_a_program_change_is_meant_at_once() -> None:
    assert learn([(0.1, (0xC0, 5))]) == Found("nano", Control("program", 1))
