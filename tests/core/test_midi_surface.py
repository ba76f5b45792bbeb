"""A controller at play: what moves do, what motors and lights are told, and that nothing fights."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from artwalks_live.core.events import Event
from artwalks_live.core.midi_inbox import Inbox
from artwalks_live.core.midi_map import Binding, binding
from artwalks_live.core.midi_surface import MOST_A_FRAME, Standing, Surface
from artwalks_live.core.params import Param, ParamTable

PARAMS = ParamTable(
    [
        Param("flow.strength", "float", 0, 2, 1),
        Param("fold.count", "int", 1, 9, 3),
        Param("flow.on", "bool", 0, 1, 1),
        *(Param(f"many.p{n}", "float", 0, 1, 0) for n in range(40)),
    ]
)
SPANS = {param.address: (param.low, param.high) for param in PARAMS.values() if param.type != "bool"}


def bound(name: str, target: str, **more: object) -> Binding:
    return binding({"control": name, "target": target, **more}, "x")


@dataclass
class Played:
    """A device and a show of nothing but values; what events set arrives `late` frames later."""

    bindings: tuple[Binding, ...]
    late: int = 1
    values: dict[str, float] = field(default_factory=lambda: {p.address: p.default for p in PARAMS.values()})
    preset: int = 1
    time_s: float = 0.0
    events: list[Event] = field(default_factory=list)
    told: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.surface, self.inbox = Surface(self.bindings, PARAMS), Inbox()
        self._flying: list[list[Event]] = []

    @property
    def now(self) -> Standing:
        return Standing(self.values, {**SPANS, "/walk/position": (0.0, 12.0)}, self.preset, ("vj", "gallery", "osc"))

    def frame(self, *messages: tuple[int, ...], seconds: float = 1 / 60) -> list[Event]:
        """Send messages, play a frame; what was done. `told` is what the device was told in it."""
        self.time_s += seconds
        for message in messages:
            self.inbox.take(bytes(message), self.time_s)
        done = [event for moved in self.inbox.drain() for event in self.surface.take(moved, self.now)]
        self._flying.append(done)
        while len(self._flying) > self.late:
            for event in self._flying.pop(0):
                if event.address in self.values and event.args:
                    self.values[event.address] = PARAMS.by_address[event.address].clamp(float(event.args[0]))
        self.told = self.surface.tell(self.now, self.time_s)
        self.events += done
        return done


@pytest.mark.parametrize("late", [0, 1, 3])
def test_a_knob_waits_for_its_value_and_then_moves_it_without_a_gap(late: int) -> None:
    played = Played((bound("cc/1/7", "/flow/strength"),), late)
    for value in range(0, 60, 5):
        assert played.frame((0xB0, 7, value)) == []
    for value in range(62, 128, 5):
        assert played.frame((0xB0, 7, value)) == [Event("/flow/strength", (round(value * 2 / 127, 6),))]
    for _ in range(4):
        played.frame()
    assert played.values["/flow/strength"] == pytest.approx(127 * 2 / 127)
    played.values["/flow/strength"] = 0.2  # a preset, or somebody else
    assert [played.frame((0xB0, 7, value)) for value in (120, 110, 100)] == [[], [], []]
    assert played.frame((0xB0, 7, 5)) != []


def test_what_is_without_pickup_leaps() -> None:
    played = Played((bound("cc/1/7", "/flow/strength", pickup=False),))
    assert played.frame((0xB0, 7, 0)) == [Event("/flow/strength", (0.0,))]


def test_a_part_of_the_range_and_backwards() -> None:
    played = Played((bound("cc/1/7", "/flow/strength", low=1.5, high=0.5, pickup=False),))
    assert played.frame((0xB0, 7, 0), (0xB0, 7, 127))[0].args == (0.5,)
    assert played.frame((0xB0, 7, 0))[0].args == (1.5,)


def test_whole_numbers_are_held_by_the_knob_that_set_them() -> None:
    played = Played((bound("cc/1/7", "/fold/count", pickup=True),))
    done = [played.frame((0xB0, 7, value)) for value in range(128)]
    assert played.values["/fold/count"] == 9 and sum(map(bool, done)) > 90


def test_the_walk_is_scrubbed_by_a_fader() -> None:
    played = Played((bound("bend/1", "/walk/position", pickup=False),))
    assert played.frame((0xE0, 127, 127)) == [Event("/walk/position", (12.0,))]


def test_buttons_trigger_switch_choose_and_set() -> None:
    played = Played(
        (
            bound("note/1/1", "/walk/next"),
            bound("note/1/2", "/walk/hold"),
            bound("note/1/3", "/walk/hold", press="momentary"),
            bound("note/1/4", "/show/preset", value="osc"),
            bound("note/1/5", "/flow/strength", value=1.5),
            bound("cc/1/40", "/flow/on"),
            bound("cc/1/41", "/show/black"),
        )
    )

    def press(number: int) -> list[Event]:
        return played.frame((0x90, number, 100)) + played.frame((0x80, number, 0))

    assert press(1) == [Event("/walk/next")]
    assert press(2) == [Event("/walk/hold")]
    assert press(3) == [Event("/walk/hold", (True,)), Event("/walk/hold", (False,))]
    assert press(4) == [Event("/show/preset", ("osc",))]
    assert press(5) == [Event("/flow/strength", (1.5,))]
    assert played.frame((0xB0, 40, 127), (0xB0, 40, 0)) == [Event("/flow/on", (False,))], "pressed within one frame"
    assert played.frame((0xB0, 41, 127)) == [Event("/show/black")]
    assert played.frame((0xB0, 41, 127)) == []


def test_a_pad_plays_a_parameter_by_how_hard_it_is_hit() -> None:
    played = Played((bound("note/10/36", "/flow/strength"),))
    assert played.frame((0x99, 36, 127)) == [Event("/flow/strength", (2.0,))]
    assert played.frame((0x89, 36, 0)) == [Event("/flow/strength", (0.0,))]


def test_a_program_is_a_preset_unless_it_was_taught_something_else() -> None:
    assert Played(()).frame((0xC0, 1)) == [Event("/show/preset", (2,))]
    assert Played(()).frame((0xC0, 60)) == [], "there is no such preset"
    assert Played((bound("program/1", "/walk/next"),)).frame((0xC0, 1)) == [Event("/walk/next")]
    assert Played((bound("program/1", "/flow/strength"),)).frame((0xC0, 127)) == [Event("/flow/strength", (2.0,))]


@pytest.mark.parametrize(("how", "up", "down"), [("signed", 2, 126), ("signed", 2, 66), ("offset", 66, 62)])
def test_endless_encoders_turn_their_value_from_where_it_is(how: str, up: int, down: int) -> None:
    played = Played((bound("cc/1/16", "/flow/strength", relative=how),))
    for _ in range(10):
        played.frame((0xB0, 16, up))
    played.frame()
    assert played.values["/flow/strength"] == pytest.approx(1 + 20 * 2 / 127)
    played.values["/flow/strength"] = 0.5
    for _ in range(5):
        played.frame((0xB0, 16, down))
    played.frame()
    assert played.values["/flow/strength"] == pytest.approx(0.5 - 10 * 2 / 127)


def test_an_endless_encoder_reaches_the_next_whole_number() -> None:
    played = Played((bound("cc/1/16", "/fold/count", relative="signed"),))
    for _ in range(32):
        played.frame((0xB0, 16, 1))
    played.frame()
    assert played.values["/fold/count"] == 5


def test_motors_and_lights_are_told_what_is_and_only_once() -> None:
    fader, light = bound("bend/1", "/flow/strength"), bound("note/1/4", "/show/preset", value="osc")
    played = Played((fader, light, bound("cc/1/40", "/flow/on")))
    played.frame()
    assert played.told == [bytes((0xE0, 0, 64)), bytes((0x90, 4, 0)), bytes((0xB0, 40, 127))]
    played.frame()
    assert played.told == []
    played.values["/flow/strength"], played.preset = 2.0, 3
    played.frame()
    assert played.told == [bytes((0xE0, 127, 127)), bytes((0x90, 4, 127))]
    played.surface.arrive()  # unplugged and plugged in again: it shows nothing
    played.frame()
    assert len(played.told) == 3


def test_what_a_hand_does_is_not_echoed() -> None:
    played = Played((bound("cc/1/7", "/flow/strength", pickup=False),))
    played.frame()
    for value in range(0, 128, 3):
        played.frame((0xB0, 7, value))
        assert played.told == []
    for _ in range(120):
        played.frame()
        assert played.told == []


def test_a_motor_is_not_fought_while_it_is_touched() -> None:
    played = Played((bound("bend/1", "/flow/strength", touch="note/1/104"),))
    played.frame((0x90, 104, 127))
    assert played.told == []
    assert played.frame((0xE0, 0, 10)) != [], "a fader that is touched has taken over"
    played.frame()
    played.values["/flow/strength"] = 2.0  # a preset in the middle of it
    for _ in range(100):
        played.frame()
        assert played.told == []
    played.frame((0x90, 104, 0))
    assert played.told == [bytes((0xE0, 127, 127))], "it goes where the value is when it is let go"
    assert played.frame((0xE0, 0, 100), seconds=1.0) == [], "a motor on its way, not a hand"


def test_a_knob_that_moves_is_told_only_when_it_rests() -> None:
    played = Played((bound("cc/1/7", "/flow/strength"),))
    played.frame((0xB0, 7, 0))
    assert played.told == []
    played.frame(seconds=0.6)
    assert played.told == [bytes((0xB0, 7, 64))]


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_a_loop_through_another_program_dies(delay: int) -> None:
    """All that is told comes back as if it had been played."""
    played = Played((bound("note/1/2", "/flow/on"), bound("cc/1/7", "/flow/strength", pickup=False)))
    played.values["/flow/strength"] = 0.777
    looping: list[list[bytes]] = [[] for _ in range(delay)]
    for n in range(600):
        if n == 300:
            played.values["/flow/on"] = 0.0
        done = played.frame(*map(tuple, looping.pop(0) if looping else played.told))
        looping.append(played.told)
        if not delay:
            looping = []
        assert not [event for event in done if event.address == "/flow/on"]
    assert played.values["/flow/on"] == 0.0 and len(played.events) <= 1
    assert played.values["/flow/strength"] == pytest.approx(0.777, abs=2 / 127)


def test_a_device_is_not_told_more_in_a_frame_than_its_cable_carries() -> None:
    played = Played(tuple(bound(f"cc/1/{n}", f"/many/p{n}") for n in range(40)))
    told: list[bytes] = []
    for _ in range(4):
        played.frame()
        assert len(played.told) <= MOST_A_FRAME
        told += played.told
    assert len(set(told)) == 40


def test_teaching_one_control_leaves_the_others_in_hand() -> None:
    one, other = bound("cc/1/7", "/flow/strength"), bound("cc/1/8", "/fold/count")
    played = Played((one,))
    played.frame((0xB0, 7, 64))
    played.surface.rebind((one, other))
    assert played.frame((0xB0, 7, 100)) != [], "it has its value still"
    assert played.frame((0xB0, 8, 127)) == [Event("/fold/count", (9.0,))], "what was just taught takes over at once"
    assert played.surface.bindings == (one, other)
