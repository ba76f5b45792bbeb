"""Mode cues in a show: where it stands, what people can do to it, and that a take of it replays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from artwalks_live.core import cues as cue_file
from artwalks_live.core.arrival import EARLY_S
from artwalks_live.core.cues import Cues
from artwalks_live.core.errors import PresetError
from artwalks_live.core.events import Event
from artwalks_live.core.features import Features
from artwalks_live.core.growth import Growth
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Show, Start
from artwalks_live.core.take import Replay, TakeHeader, TakeReader, TakeWriter
from artwalks_live.core.walk_shape import WalkShape
from tests.core.test_show import PARAMS_ALL, PRESETS, SHAPE, hop, play
from tests.songs import BAR_S, made_cues

ALL = {**PRESETS, "song": Preset("song", "cues")}
CUES = made_cues(bars=14, drop=8)
DROP_S = 8 * BAR_S
LOOP = WalkShape(20, (0, 4, 8, 12, 16), loop=True)
FPS = Fraction(30)


def make(shape: WalkShape = SHAPE, cues: Cues | None = CUES, log: object = None, **start: object) -> Show:
    begin = Start(**{"preset": "song", "song_s": 0.0, **start})  # type: ignore[arg-type]
    return Show(shape, PARAMS_ALL, ALL, begin, log, cues=cues)  # type: ignore[arg-type]


def heard(first_s: float, last_s: float, offset_s: float = 0.0, speed: float = 1.0) -> list[Features | Event]:
    """Hops that say where the song is."""
    step = 512 / 48000
    count = int((last_s - first_s) / step)
    return [replace(hop(first_s + k * step), song_s=offset_s + speed * (first_s + k * step)) for k in range(1, count)]


@pytest.mark.parametrize("shape", [SHAPE, LOOP])
@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(60)])
def test_the_frame_at_each_arrival_stands_exactly_on_a_painting(shape: WalkShape, fps: Fraction) -> None:
    show = make(shape, song_s=-1.0)
    frames = play(show, 27.0, fps, heard(0.0, 27.0))
    plan = show._walker.controls.plan
    assert plan is not None and len(plan.arrivals) > 3
    for arrival in plan.arrivals:
        after = [frame for frame in frames if frame.time_s >= arrival.time_s + EARLY_S]
        if after:
            assert after[0].position == plan.journey.at(arrival.stop), arrival
    assert {frame.mode for frame in frames} == {"cues"}
    assert frames[-1].section == "B drop" and frames[-1].song_s == pytest.approx(27.0, abs=0.05)


def test_a_jump_in_the_song_is_followed_without_a_leap_in_the_picture() -> None:
    inputs = [*heard(0.0, 8.0), *heard(8.0, 14.0, offset_s=6.0), *heard(14.0, 24.0, offset_s=-12.0)]
    frames = play(make(LOOP, song_s=-1.0), 24.0, FPS, inputs)
    steps = [abs(LOOP.way(a.position, b.position)) for a, b in pairwise(frames)]
    assert max(steps) * 30 < 12.0
    landed = next(frame for frame in frames if frame.song_s >= DROP_S)
    assert LOOP.is_painting(landed.position)


def test_the_same_place_in_the_song_is_the_same_place_in_the_walk_after_a_jump() -> None:
    straight = play(make(song_s=0.0), 27.0, FPS)
    jumped = play(make(song_s=0.0), 20.0, FPS, [Event("/clock/song", (17.0,), 3.0), Event("/clock/song", (9.0,), 5.0)])
    at = {round(frame.song_s, 2): frame.position for frame in straight}
    later = [frame for frame in jumped if frame.time_s > 12.5 and round(frame.song_s, 2) in at]
    assert len(later) > 100
    assert all(frame.position == pytest.approx(at[round(frame.song_s, 2)], abs=0.02) for frame in later)


def test_held_it_stands_and_let_go_it_lands_on_the_next_arrival() -> None:
    events = [Event("/walk/hold", (True,), 5.0), Event("/walk/hold", (False,), 11.0)]
    frames = play(make(), 17.0, FPS, events)
    assert len({frame.position for frame in frames if 5.5 < frame.time_s < 11.0}) == 1
    landed = next(frame for frame in frames if frame.song_s >= DROP_S)
    assert SHAPE.is_painting(landed.position)
    assert max(abs(b.position - a.position) for a, b in pairwise(frames)) * 30 < 5.0


def test_next_previous_and_goto_go_there_and_the_plan_goes_on_from_there() -> None:
    show = make(LOOP)
    frames = play(show, 17.0, FPS, [Event("/walk/next", (), 0.1), Event("/walk/goto", (4,), 10.0)])
    assert max(frame.position for frame in frames[:60]) == pytest.approx(4.0, abs=0.3)
    assert frames[30 * 10 + 1].position == pytest.approx(12.0, abs=0.2)
    landed = next(frame for frame in frames if frame.song_s >= DROP_S)
    assert LOOP.is_painting(landed.position)
    back = play(make(LOOP), 2.0, FPS, [Event("/walk/previous", (), 0.1)])
    assert back[-1].position == pytest.approx(16.0, abs=0.3)


def test_backwards_it_lands_too() -> None:
    frames = play(make(LOOP), 17.0, FPS, [Event("/walk/reverse", (), 3.0)])
    ways = [LOOP.way(a.position, b.position) for a, b in pairwise(frames) if b.time_s > 6.0]
    assert max(ways) < 0.02 and min(ways) < -0.002
    assert LOOP.is_painting(next(frame for frame in frames if frame.song_s >= DROP_S).position)


def test_while_the_place_is_unknown_it_walks_by_music_and_joins_where_it_is() -> None:
    frames = play(make(LOOP, song_s=-1.0), 18.0, FPS, heard(6.0, 18.0, offset_s=-1.0))
    assert frames[170].song_s < 0.0 and frames[170].section == "" and frames[170].position > 0.0
    assert max(abs(LOOP.way(a.position, b.position)) for a, b in pairwise(frames)) * 30 < 5.0
    assert LOOP.is_painting(next(frame for frame in frames if frame.song_s >= DROP_S).position)


def test_other_modes_can_be_chosen_and_left_again() -> None:
    events = [Event("/show/mode", ("clock",), 3.0), Event("/show/mode", ("cues",), 9.0)]
    frames = play(make(LOOP), 17.0, FPS, events)
    assert frames[30 * 5].mode == "clock" and frames[-1].mode == "cues"
    assert LOOP.is_painting(next(frame for frame in frames if frame.song_s >= DROP_S).position)


def test_parameters_of_the_plan_can_be_turned() -> None:
    events = [Event("/cues/pace", (1.5,), 6.0), Event("/cues/hold_beats", (0,), 6.0)]
    frames = play(make(LOOP), 17.0, FPS, events)
    assert LOOP.is_painting(next(frame for frame in frames if frame.song_s >= DROP_S).position)
    assert max(abs(LOOP.way(a.position, b.position)) for a, b in pairwise(frames)) * 30 < 5.0


@pytest.mark.parametrize("end", ["pingpong", "stop", "jump"])
def test_every_end_of_an_open_walk(end: str) -> None:
    presets = {"song": Preset("song", "cues", end=end)}  # type: ignore[arg-type]
    long = made_cues(bars=24, drop=20)
    show = Show(SHAPE, PARAMS_ALL, presets, Start("song", song_s=0.0), cues=long)
    show.send(Event("/cues/pace", (1.5,)))
    frames = play(show, 46.0, Fraction(15))
    assert SHAPE.is_painting(next(frame for frame in frames if frame.song_s >= 20 * BAR_S).position)
    assert frames[-1].position >= 0.0
    cuts = [abs(b.position - a.position) for a, b in pairwise(frames) if abs(b.position - a.position) > 1.0]
    assert bool(cuts) == (end == "jump")


def test_a_walk_that_grows_does_not_leap() -> None:
    larger = WalkShape(16, (0, 4, 8, 12, 16))
    show = make()
    before = play(show, 7.0, FPS)
    show.offer(Growth("0" * 64, larger))
    after = [show.frame(n, n / 30, 1 / 30) for n in range(211, 500)]
    assert show.grown
    assert max(abs(b.position - a.position) for a, b in pairwise([before[-1], *after])) * 30 < 5.0


def test_without_cues_the_mode_is_refused_in_one_line() -> None:
    show = make(cues=None, preset="calm")
    for address, name in (("/show/mode", "cues"), ("/show/preset", "song")):
        assert show.send(Event(address, (name,))) == (
            f"{address} {name}: mode cues needs a song that is known: give --cues SONG.cues, made by `artwalks listen`"
        )
    with pytest.raises(PresetError, match="preset song: mode cues needs a song that is known"):
        make(cues=None)
    with pytest.raises(PresetError, match="preset calm: mode cues needs"):
        make(cues=None, preset="calm", mode="cues")


def test_a_take_holds_the_cues_and_replays_bit_for_bit(tmp_path: Path) -> None:
    start = Start("song", song_s=-1.0)
    header = TakeHeader("0" * 64, start, {"song": ""}, (64, 36), "60", cues=cue_file.text_of(CUES))
    events = [Event("/walk/next", (), 6.0), Event("/walk/hold", (True,), 9.0), Event("/walk/hold", (False,), 10.0)]
    with TakeWriter(tmp_path / "a.take", header) as take:
        show = Show(LOOP, PARAMS_ALL, ALL, start, take.append, cues=CUES)
        played = play(show, 17.0, FPS, [*heard(2.0, 17.0, offset_s=1.5, speed=1.03), *events])
    reader = TakeReader(tmp_path / "a.take")
    again = Show(LOOP, PARAMS_ALL, ALL, reader.header.start, cues=cue_file.parse(reader.header.cues, "take"))
    replay = Replay(iter(reader), again)
    for frame in played:
        replay.feed(again.horizon_s(frame.time_s))
        assert again.frame(frame.index, frame.time_s, 1 / 30) == frame
