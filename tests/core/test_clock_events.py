"""What `/clock/…` does to a whole show, and that a take replays it."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from artwalks_live.core.clock_events import Led, Transport
from artwalks_live.core.events import Event
from artwalks_live.core.frame import FrameState
from artwalks_live.core.show import Show, Start
from artwalks_live.core.take import TakeReader, TakeWriter
from tests.core.test_show import PARAMS_ALL, PRESETS, SHAPE, hops, make
from tests.core.test_take import HEADER, replay

FPS = Fraction(30)


def link(time_s: float, *, playing: bool = True, peers: int = 1, bpm: float = 125.0) -> Event:
    return Event("/clock/link", (time_s * bpm / 60, bpm, float(playing), float(peers)), time_s)


def show_for(show: Show, seconds: float, begin_s: float = 0.0, **told: float | bool) -> FrameState:
    """Run for some seconds with Link telling ten times a second."""
    for k in range(round(seconds * 10)):
        assert show.send(link(begin_s + k / 10, **told)) is None  # type: ignore[arg-type]
        state = show.frame(k, begin_s + (k + 1) / 10, 0.1)
    return state


def test_link_leads_and_its_peers_stop_and_start_the_walk() -> None:
    show = make("beats")
    state = show_for(show, 2.0)
    assert (state.leader, state.confidence, state.held) == ("link", 1.0, False)
    assert math.remainder(state.sounding - 2.0 * 125 / 60, 4.0) == pytest.approx(0.0, abs=0.01)
    assert show_for(show, 1.0, 2.0, playing=False).held
    assert not show_for(show, 1.0, 3.0).held


def test_a_session_that_never_plays_holds_nothing_and_one_that_ends_lets_go() -> None:
    show = make("beats")
    assert not show_for(show, 1.0, playing=False).held
    show_for(show, 1.0, 1.0)
    assert show_for(show, 1.0, 2.0, playing=False).held
    state = show_for(show, 1.5, 3.0, playing=False, peers=0)
    assert not state.held and state.leader == "free"


def test_a_hand_on_the_walk_is_not_undone_by_a_start_and_the_parameter_turns_it_off() -> None:
    show = make("beats")
    show_for(show, 1.0)
    show_for(show, 1.0, 1.0, playing=False)
    show.send(Event("/walk/hold", (True,)))
    assert show_for(show, 1.0, 2.0).held
    show = make("beats")
    show.send(Event("/beat/transport", (0,)))
    show_for(show, 1.0)
    assert not show_for(show, 1.0, 1.0, playing=False).held


def test_transport_tells_edges_only() -> None:
    transport = Transport()
    assert [transport.told("midi", playing) for playing in (True, True, False, False, True)] == [
        None, None, True, None, False
    ]  # fmt: skip
    assert transport.told("link", False) is None


def test_a_stopped_midi_clock_does_not_lead() -> None:
    show = make("beats")
    show.send(Event("/clock/midi", (8.0, 140.0, 1.0, 0.9), 0.0))
    assert show.frame(0, 0.7, 0.7).leader == "midi"
    show.send(Event("/clock/midi", (9.0, 140.0, 0.0, 0.9), 0.7))
    state = show.frame(1, 1.4, 0.7)
    assert state.leader == "free" and state.held


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event("/clock/link", (1.0,)), "/clock/link needs 2 to 4 numbers, got 1"),
        (Event("/clock/midi", (1.0, "fast")), "/clock/midi needs a number, got 'fast'"),
        (Event("/clock/link", (1.0, math.nan)), "/clock/link needs a number, got NaN"),
        (Event("/clock/lead", ("lnik",)), "/clock/lead: leader 'lnik' is unknown: use one of "),
        (Event("/clock/lead", (2,)), "/clock/lead: leader '2' is unknown"),
        (Event("/clock/meter"), "/clock/meter needs a number, got nothing"),
    ],
)
def test_what_is_no_clock_is_refused(event: Event, says: str) -> None:
    note = make().send(event)
    assert note is not None and note.startswith(says)


def test_leader_meter_and_octave_are_set_by_events() -> None:
    show = make("beats")
    for event in (Event("/clock/lead", ("link",)), Event("/clock/meter", (3,)), Event("/clock/double")):
        assert show.send(event) is None
    state = show_for(show, 4.0, bpm=60.0)
    assert (state.leader, state.meter) == ("link", 3)
    show.send(Event("/clock/double"))
    state = show_for(show, 3.0, 4.0, bpm=60.0)
    assert state.tempo_bpm == pytest.approx(120.0, rel=1e-3)
    show.send(Event("/clock/lead", ("auto",)))
    show.send(Event("/clock/tempo", (0,)))
    state = show_for(show, 3.0, 7.0, bpm=60.0)
    assert (state.meter, state.tempo_bpm) == (4, pytest.approx(60.0, rel=1e-3))


def perform(path: Path, seconds: float, display_s: float = 0.0) -> list[FrameState]:
    """A performance with a Link session and a MIDI clock that come and go, taps, and sound."""
    rng = random.Random(9)
    inputs = [*hops(seconds), *(link(k / 10, playing=k % 90 < 80) for k in range(20, 90))]
    inputs += [
        Event("/clock/midi", (k / 5 + rng.uniform(-0.01, 0.01), 120.0, 1.0, 0.8), k / 10) for k in range(110, 150)
    ]
    inputs += [Event("/clock/tap", (), 16.0 + k * 0.5) for k in range(4)]
    inputs += [Event("/clock/beat", (float(k),), 18.0 + k * 0.5 + rng.uniform(0, 0.01)) for k in range(6)]
    inputs.sort(key=lambda item: item.time_s)
    start = Start("beats", display_latency_s=display_s)
    frames = []
    with TakeWriter(path, replace(HEADER, start=start)) as take:
        show = Show(SHAPE, PARAMS_ALL, PRESETS, start, take.append)
        for n in range(int(seconds * FPS)):
            time_s = n / 30
            while inputs and inputs[0].time_s <= time_s:
                item = inputs.pop(0)
                assert (show.send(item) if isinstance(item, Event) else show.feed(item)) is None
            frames.append(show.frame(n, time_s, 1 / 30))
    return frames


@pytest.mark.parametrize("display_s", [0.0, 0.06])
def test_a_take_replays_every_leader_bit_for_bit(tmp_path: Path, display_s: float) -> None:
    played = perform(tmp_path / "a.take", 24.0, display_s)
    assert {state.leader for state in played} >= {"link", "midi", "osc", "hand", "audio"}
    assert replay(tmp_path / "a.take", 24.0, FPS) == played


def test_a_take_says_who_led_and_how_late_the_display_was(tmp_path: Path) -> None:
    played = perform(tmp_path / "a.take", 10.0, 0.06)
    reader = TakeReader(tmp_path / "a.take")
    assert reader.header.start.display_latency_s == 0.06
    led = [entry.item.leader for entry in reader if isinstance(entry.item, Led)]
    assert led[:2] == ["audio", "link"] and led[-1] == played[-1].leader


def test_a_slow_display_is_drawn_ahead_of_the_sound() -> None:
    prompt, early = make("beats"), make("beats", display_latency_s=0.1)
    a, b = show_for(prompt, 4.0), show_for(early, 4.0)
    assert a.sounding == pytest.approx(b.sounding, abs=2e-3)
    assert b.beat - a.beat == pytest.approx(0.1 * 125 / 60, abs=2e-3)
