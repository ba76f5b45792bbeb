"""A show played by MIDI devices that the test plugs, over the real doors: learning, playing, telling, keeping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.core.midi_learn import Found, LearnView
from artwalks_live.core.midi_map import Target
from artwalks_live.core.midi_message import Control
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.routes import Route
from artwalks_live.core.show import PARAMS, Show, Start
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.io.midi import MidiDevices
from artwalks_live.io.midi_file import read
from artwalks_live.perform.learning import SHOWN_S
from artwalks_live.perform.mappings import Mappings
from artwalks_live.perform.midi import MidiDesk, Now
from tests.io.midi_ports import MadePorts, StillClock
from tests.io.screen import until

TABLE = ParamTable((*PARAMS, Param("flow.strength", "float", 0, 2, 1, "x", 0.05), Param("grain.on", "bool", 0, 1, 0)))
PRESETS = {
    "calm": Preset("calm", "clock", fade_s=0.0),
    "loud": Preset("loud", "clock", fade_s=0.0, values={"flow.strength": 2.0}),
    "led": Preset("led", "clock", fade_s=0.0, routes=(Route("input", "flow.strength", 1.0, input="midi/cc/1/74"),)),
}
NANO, DECK = "nano:nano MIDI 1 20:0", "Deck 28:0"


class Playing:
    """A show with a desk, played frame by frame at 30 fps."""

    def __init__(self, folder: Path, *plugged: str) -> None:
        self.folder, self.ports, self.clock = folder, MadePorts(*plugged), StillClock()
        self.show = Show(WalkShape(8, (0, 4, 8)), TABLE, PRESETS, Start("calm"))
        self.said: list[str] = []
        self.events: list[Event] = []
        self.devices = MidiDevices((), self.ports, self.clock, look_s=0.005)
        self.mappings = Mappings(folder, TABLE, self.said.append)
        self.desk = MidiDesk((self.devices, self.mappings), TABLE, tuple(PRESETS))
        self.index = 0

    def frame(self, count: int = 1) -> None:
        for _ in range(count):
            self.index += 1
            self.clock.now_s = self.index / 30
            done = self.desk.poll(self.show, self.clock.now_s)
            for event in done:
                assert self.show.send(event) is None
                self.desk.learning.touch(event)
            self.events += done
            state = self.show.frame(self.index, self.clock.now_s, 1 / 30)
            self.desk.show_is(self.show, Now(state, 8), self.clock.now_s)

    def play(self, port: str, *messages: tuple[int, ...]) -> None:
        """A message a frame."""
        for message in messages:
            self.ports.play(port, *message)
            self.frame()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.desk.learning.press(key, self.clock.now_s)

    @property
    def page(self) -> LearnView:
        view = self.desk.view()
        assert view is not None
        return view

    def close(self) -> None:
        self.devices.close()
        self.mappings.close()


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Playing]:
    made = Playing(tmp_path / "midi", NANO, DECK)
    yield made
    made.close()


def fader(number: int, *values: int) -> list[tuple[int, ...]]:
    return [(0xB0, number, value) for value in values]


def test_l_then_a_move_and_it_plays(playing: Playing) -> None:
    assert playing.desk.view() is None
    playing.desk.learning.touch(Event("/flow/strength", (1.0,)))  # set by hand, over OSC say
    playing.press("l")
    assert playing.page.label == "flow.strength" and playing.page.says.startswith("Move a knob")
    playing.play(NANO, *fader(7, 10, 12))
    assert (playing.page.heard, round(playing.page.level * 127)) == ("CC 7, ch 1 (nano MIDI 1)", 12)
    playing.play(NANO, *fader(7, *range(14, 40, 2)))
    assert playing.page.done and playing.page.says == "Learned: CC 7, ch 1 (nano MIDI 1)"
    assert playing.show.bases()["flow.strength"] == pytest.approx(2 * 38 / 127), "it plays while the page says so"
    playing.play(NANO, *fader(7, 45, 64))
    playing.frame(round(SHOWN_S * 30) + 2)
    assert playing.desk.view() is None, "the page goes by itself"
    assert playing.show.bases()["flow.strength"] == pytest.approx(2 * 64 / 127)
    assert until(lambda: list(playing.folder.glob("*.toml")) != [])


def test_what_was_learned_is_there_the_next_evening(tmp_path: Path) -> None:
    first = Playing(tmp_path, NANO)
    first.press("l", "down", "up", "enter")
    chosen = first.page.label
    first.play(NANO, (0x90, 36, 100), (0x80, 36, 0))
    assert first.page.done
    first.close()
    assert [each.target for each in read(tmp_path / "nano-midi-1.toml").bindings] == [TABLE[chosen].address]
    second = Playing(tmp_path, "nano:nano MIDI 1 99:0")
    second.play("nano:nano MIDI 1 99:0", (0x90, 36, 127))
    assert [event.address for event in second.events] == [TABLE[chosen].address]
    second.close()


def test_while_learning_controls_do_nothing_else(playing: Playing) -> None:
    playing.play(DECK, (0xC0, 1))
    assert [event.address for event in playing.events] == ["/show/preset"]
    playing.press("l")
    playing.play(NANO, *fader(7, 0, 1, 2))
    assert len(playing.events) == 1
    playing.press("l")
    assert playing.desk.view() is None and not playing.desk.learning.armed


def test_forget_and_undo(playing: Playing) -> None:
    playing.desk.learning.touch(Event("/grain/on", (1.0,)))
    playing.press("l")
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    assert [row.controls for row in playing.page.rows if row.chosen] == ["note 1, ch 1 (Deck)"]
    playing.press("backspace")
    assert playing.page.says == "Forgotten: grain.on"
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    assert playing.show.bases()["grain.on"] == 0.0
    playing.press("delete")
    assert playing.page.says == "Nothing moves this"
    playing.press("z")
    assert playing.page.says == "Undone"
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    playing.frame()
    assert playing.show.bases()["grain.on"] == 1.0
    playing.press("z", "z")
    assert playing.page.says == "There is nothing to undo"


def test_presets_are_targets_and_the_last_one_is_armed(playing: Playing) -> None:
    playing.desk.learning.touch(Event("/show/preset", (2,)))
    playing.press("l")
    assert playing.page.label == "preset 2 loud"
    playing.play(DECK, (0x90, 40, 127), (0x80, 40, 0))
    playing.play(DECK, (0x90, 40, 127), (0x80, 40, 0))
    playing.frame()
    assert playing.show.bases()["flow.strength"] == 2.0


def test_a_preset_moves_the_motors_and_lights_its_button(playing: Playing) -> None:
    for touched, port, messages in (
        (Event("/flow/strength", (1.0,)), NANO, fader(7, *range(0, 60, 5))),
        (Event("/show/preset", ("loud",)), DECK, [(0x90, 40, 127), (0x80, 40, 0)]),
    ):
        playing.desk.learning.touch(touched)
        playing.press("l")
        playing.play(port, *messages)
        playing.press("l")
    playing.frame(30)
    nano, deck = playing.ports.told
    assert until(lambda: deck.sent[-1:] == [bytes((0x90, 40, 0))])
    before = len(nano.sent)
    playing.show.send(Event("/show/preset", ("loud",)))
    playing.frame(30)
    assert until(lambda: nano.sent[before:] == [bytes((0xB0, 7, 127))] and deck.sent[-1] == bytes((0x90, 40, 127)))


def test_a_knob_that_does_nothing_is_spoken_of(playing: Playing) -> None:
    playing.desk.learning.touch(Event("/flow/strength", (1.0,)))
    playing.press("l")
    playing.play(NANO, *fader(7, *range(0, 60, 5)))
    playing.frame(3)
    assert playing.desk.waiting(playing.clock.now_s) == ""
    playing.show.send(Event("/show/preset", ("loud",)))
    playing.frame(3)
    playing.play(NANO, *fader(7, 50))
    assert playing.desk.waiting(playing.clock.now_s) == "CC 7, ch 1: turn it up to take flow.strength"
    playing.play(NANO, *fader(7, 127))
    assert playing.desk.waiting(playing.clock.now_s) == ""
    playing.show.send(Event("/flow/strength", (0.0,)))
    playing.frame(3)
    playing.play(NANO, *fader(7, 120))
    assert playing.desk.waiting(playing.clock.now_s) == "CC 7, ch 1: turn it down to take flow.strength"
    assert playing.desk.waiting(playing.clock.now_s + 10.0) == ""


def test_a_device_that_comes_back_is_shown_everything_again(playing: Playing) -> None:
    playing.desk.learning.touch(Event("/walk/hold"))
    playing.press("l")
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    playing.frame(5)
    playing.ports.plugged = [NANO]
    assert until(lambda: playing.desk.faults == ["MIDI lost: Deck"])
    playing.frame(5)
    playing.ports.plugged = [NANO, "Deck 44:0"]
    assert until(lambda: playing.desk.faults == [])
    playing.frame(2)
    assert until(lambda: playing.ports.told[-1].sent == [bytes((0x90, 1, 127))])


def test_a_thousand_messages_a_second_are_an_event_a_frame(playing: Playing) -> None:
    playing.desk.learning.touch(Event("/flow/strength", (1.0,)))
    playing.press("l")
    playing.play(NANO, *fader(7, *range(0, 60, 5)))
    playing.press("l")
    playing.events.clear()
    for n in range(60):
        for k in range(33):
            playing.ports.play(NANO, 0xB0, 7, (n * 33 + k) % 128)
        playing.frame()
    assert len(playing.events) <= 60
    playing.frame(2)
    assert playing.show.bases()["flow.strength"] == pytest.approx(2 * ((60 * 33 - 1) % 128) / 127)


def test_what_routes_listen_to_is_an_input_and_nothing_else_is(playing: Playing) -> None:
    playing.show.send(Event("/show/preset", ("led",)))
    playing.frame(2)
    playing.play(NANO, (0xB0, 74, 127), (0xB0, 75, 127))
    playing.frame(30)
    assert [(event.address, event.args) for event in playing.events] == [("/input/midi/cc/1/74", (1.0,))]
    state = playing.show.frame(99, playing.clock.now_s, 1 / 30)
    assert state.values["flow.strength"] == pytest.approx(2.0, abs=1e-3)
    assert playing.show.bases()["flow.strength"] == 1.0, "what a route adds is not told to a motor"


def test_the_amount_of_a_route_is_played_by_a_fader(tmp_path: Path) -> None:
    (tmp_path / "nano.toml").write_text(
        'device = "nano MIDI 1"\n[[control]]\ncontrol = "cc/1/1"\ntarget = "/route/1/amount"\nlow = 0\nhigh = 2\n'
    )
    playing = Playing(tmp_path, NANO)
    playing.show.send(Event("/show/preset", ("led",)))
    playing.frame(2)
    playing.play(NANO, *fader(1, *range(0, 128, 10)), (0xB0, 1, 127))
    playing.frame(2)
    assert playing.show.edits().amounts == (2.0,)
    playing.close()


def test_every_parameter_by_a_control_is_what_it_is_by_osc(tmp_path: Path) -> None:
    playing, other = Playing(tmp_path, NANO), Show(WalkShape(8, (0, 4, 8)), TABLE, PRESETS, Start("calm"))
    for number, param in enumerate(TABLE.values()):
        target = Target(param.address, param.name)
        if param.type == "bool":
            playing.mappings.learn("nano MIDI 1", Found("nano MIDI 1", Control("note", 1, number)).binding(target))
            playing.ports.play(NANO, 0x90, number, 127)
            wanted = 1.0 - param.default
        else:
            playing.mappings.learn("nano MIDI 1", Found("nano MIDI 1", Control("cc", 2, number)).binding(target))
            playing.ports.play(NANO, 0xB1, number, 100)
            wanted = param.low + (param.high - param.low) * 100 / 127
        other.send(Event(param.address, (round(wanted, 6),), 0.0))
    playing.frame(2)
    assert len(playing.events) == len(TABLE)
    other.frame(1, 1 / 30, 1 / 30)
    other.frame(2, 2 / 30, 1 / 30)
    assert playing.show.bases() == other.bases()
    mine, theirs = playing.show.frame(3, 3.0, 1 / 30), other.frame(3, 3.0, 1 / 30)
    assert mine.values == theirs.values and mine.position == theirs.position
    playing.close()


def test_the_clock_of_a_device_leads(playing: Playing) -> None:
    for n in range(1, 400):
        playing.clock.now_s = n * 2.5 / 128
        playing.ports.play(DECK, 0xF8)
        if int(playing.clock.now_s * 30) > playing.index:
            playing.frame()
    assert playing.show.frame(0, playing.clock.now_s, 0.1).leader == "midi"


def test_what_a_file_asks_for_in_vain_is_told_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "deck.toml"
    path.write_text('device = "Deck"\n[[control]]\ncontrol = "cc/1/1"\ntarget = "/flow/strenght"\n')
    playing = Playing(tmp_path, DECK)
    playing.play(DECK, *fader(1, 0, 64, 127))
    assert playing.said == [
        f"{path}: cc/1/1: target '/flow/strenght' is unknown (nearest: /flow/strength): passed over"
    ]
    playing.press("l")
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    playing.close()
    assert read(path).bindings[0].target == "/flow/strenght"


def test_a_file_that_is_wrong_stops_the_show_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "deck.toml").write_text('device = "Deck"\n[[control]]\ncontrol = "cc/1"\ntarget = "/walk/next"\n')
    with pytest.raises(ControlError, match=r"deck.toml:2: control 'cc/1': write it as cc/CHANNEL/NUMBER"):
        Mappings(tmp_path, TABLE, print)


def test_a_folder_that_cannot_be_written_is_a_fault_and_the_show_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    playing = Playing(tmp_path / "file" / "midi", DECK)
    playing.press("l")
    playing.play(DECK, (0x90, 1, 127), (0x90, 1, 0))
    assert until(lambda: any(fault.startswith("mapping not kept: ") for fault in playing.desk.faults))
    playing.close()


def test_without_midi_the_page_says_how_to_begin() -> None:
    desk = MidiDesk(None, TABLE, tuple(PRESETS))
    desk.learning.press("l", 0.0)
    view = desk.view()
    assert view is not None and view.says == "MIDI is off: begin the show with --midi"
    desk.learning.press("escape", 0.0)
    assert desk.view() is None and desk.faults == []


def test_without_devices_the_page_asks_for_one(tmp_path: Path) -> None:
    playing = Playing(tmp_path)
    playing.press("l")
    assert playing.page.says == "No MIDI device: plug one in"
    playing.close()
