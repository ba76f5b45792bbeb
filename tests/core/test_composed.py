"""A composed walk goes by its song's clock: on every keyframe at its time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from artwalks_live.core.composed import Composed, known_song
from artwalks_live.core.errors import PresetError
from artwalks_live.core.events import Event
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import PARAMS, TICK_S, Show, Start
from artwalks_live.core.walk_extras import Song
from artwalks_live.core.walk_shape import WalkShape
from tests.songs import made_cues

TIMES = (0.0, 1.1, 2.0, 4.0, 4.5, 6.0)
SONG = Song("made", "ab" * 32, 6.0, TIMES)
SHAPE = WalkShape(5, (0, 3, 5), titles=("a", "b", "c"))
TABLE = ParamTable(PARAMS)
PRESETS = {"cues": Preset(name="cues", title="Cues", mode="cues")}


def show(song: Song | None = SONG) -> Show:
    return Show(SHAPE, TABLE, PRESETS, Start("cues", song_s=0.0), song=song)


def test_the_plan_meets_every_keyframe_and_never_goes_back() -> None:
    plan = Composed(SONG, SHAPE)
    assert [plan.at(time_s) for time_s in TIMES] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert (plan.at(-1.0), plan.at(99.0)) == (0.0, 5.0)
    places = [plan.at(i / 100) for i in range(601)]
    assert all(0.0 <= after - before < 0.04 for before, after in pairwise(places))


def test_it_comes_to_rest_on_paintings_and_passes_other_keyframes() -> None:
    plan = Composed(SONG, SHAPE)

    def speed(time_s: float) -> float:
        return (plan.at(time_s + 1e-4) - plan.at(time_s - 1e-4)) / 2e-4

    assert speed(4.0) == speed(4.05) == 0.0 and speed(2.0) > 0.2


def test_a_show_stands_on_the_keyframes_at_their_times() -> None:
    running = show()
    for k, time_s in enumerate(TIMES):
        frame = running.frame(k, time_s, TICK_S)
        assert frame.position == pytest.approx(k, abs=2e-2), time_s
    assert running.frame(9, 6.5, TICK_S).position == 5.0


def test_who_jumps_away_is_brought_back_and_who_holds_catches_up() -> None:
    running = show()
    running.frame(0, 0.5, TICK_S)
    assert running.send(Event("/walk/goto", (3,))) is None
    running.frame(1, 0.6, TICK_S)
    assert running.frame(2, 6.0, TICK_S).position == pytest.approx(5.0, abs=2e-2)
    held = show()
    held.frame(0, 0.5, TICK_S)
    assert held.send(Event("/walk/hold", (1,))) is None
    assert held.frame(1, 2.0, TICK_S).position < 1.0
    assert held.send(Event("/walk/hold", (0,))) is None
    assert held.frame(2, 6.0, TICK_S).position == pytest.approx(5.0, abs=2e-2)


@pytest.mark.parametrize("event", [Event("/walk/next"), Event("/walk/goto", (2,)), Event("/walk/reverse")])
def test_whatever_is_played_by_hand_the_song_brings_it_back(event: Event) -> None:
    slow = Song("slow", "ab" * 32, 24.0, tuple(4.0 * time_s for time_s in TIMES))
    running = show(slow)
    running.frame(0, 9.0, TICK_S)  # the next keyframe is a painting
    assert running.send(event) is None
    running.frame(1, 9.5, TICK_S)
    assert running.frame(2, 22.0, TICK_S).position == pytest.approx(Composed(slow, SHAPE).at(22.0), abs=2e-2)


def test_without_its_song_and_without_cues_there_is_no_mode_cues() -> None:
    with pytest.raises(PresetError, match="mode cues needs a song that is known"):
        show(song=None)


def test_cues_of_another_song_go_before_the_song_of_the_walk() -> None:
    other, same = made_cues(sha256="cd" * 32), made_cues(sha256="ab" * 32)
    assert known_song(None, SONG) is SONG and known_song(same, SONG) is SONG
    assert known_song(other, SONG) is other and known_song(other, None) is other and known_song(None, None) is None
