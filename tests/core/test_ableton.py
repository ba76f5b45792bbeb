"""What AbletonOSC's answers mean to a show."""

from __future__ import annotations

import pytest

from artwalks_live.core.ableton import LAUNCHED, Ableton, cue
from artwalks_live.core.events import Event
from artwalks_live.core.osc_packet import Message


def answered(live: Ableton, now_s: float, address: str, *args: float | str) -> list[Event]:
    return live.hear(Message(address, args), now_s)


def met() -> Ableton:
    """A conversation in which Live has told of two tracks and one scene, and all that follows is asked."""
    live = Ableton()
    answered(live, 0.0, "/live/song/get/num_tracks", 2)
    answered(live, 0.0, "/live/song/get/num_scenes", 1)
    live.ask(0.0)
    answered(live, 0.1, "/live/track/get/playing_slot_index", 0, 3)
    return live


def test_live_is_asked_for_all_that_is_followed() -> None:
    live = Ableton()
    assert live.ask(0.0) == [("/live/song/get/num_tracks", ()), ("/live/song/get/num_scenes", ())]
    assert live.ask(0.5) == [] and "does not answer" in live.state
    answered(live, 0.6, "/live/song/get/num_tracks", 2)
    assert live.state == "ok"
    asked = live.ask(0.6)
    for name in ("beat", "tempo", "is_playing"):
        assert (f"/live/song/start_listen/{name}", ()) in asked
    assert [args for address, args in asked if address.endswith("playing_slot_index")] == [(0,), (1,)]
    answered(live, 1.7, "/live/song/get/num_tracks", 3)
    assert ("/live/track/start_listen/playing_slot_index", (2,)) in live.ask(1.7)


def test_a_live_that_starts_again_is_asked_again() -> None:
    live = met()
    live.ask(9.0)
    assert "does not answer" in live.state
    answered(live, 10.0, "/live/song/get/num_tracks", 2)
    assert ("/live/song/start_listen/beat", ()) in live.ask(10.0)
    answered(live, 10.5, "/live/startup")
    assert ("/live/song/start_listen/beat", ()) in live.ask(10.5)


def test_beats_tempo_and_transport() -> None:
    live = met()
    assert answered(live, 1.0, "/live/song/get/beat", 8) == [Event("/clock/beat", (8.0,))]
    assert answered(live, 1.0, "/live/song/get/tempo", 124.0) == []
    answered(live, 1.0, "/live/song/get/is_playing", True)
    assert (live.tempo_bpm, live.playing) == (124.0, True)


def test_what_played_already_is_no_launch_and_a_launch_is_told_once() -> None:
    live = met()
    live.ask(0.5)
    answered(live, 1.0, "/live/track/get/playing_slot_index", 0, 3)
    answered(live, 1.0, "/live/track/get/playing_slot_index", 0, -1)
    assert live.ask(1.1) == [("/live/song/get/num_tracks", ()), ("/live/song/get/num_scenes", ())]
    answered(live, 1.2, "/live/track/get/playing_slot_index", 0, 5)
    assert live.ask(1.3) == [("/live/clip/get/name", (0, 5))]
    assert answered(live, 1.4, "/live/clip/get/name", 0, 5, "Dusk") == [Event(LAUNCHED, ("Dusk",))]
    assert answered(live, 1.4, "/live/clip/get/name", 0, 5, "Dusk") == []


def test_a_scene_is_a_cue_when_it_is_triggered() -> None:
    live = met()
    live.ask(0.5)
    answered(live, 0.6, "/live/scene/get/is_triggered", 0, False)
    assert not [one for one in live.ask(0.6) if one[0].endswith("name")]
    answered(live, 0.7, "/live/scene/get/is_triggered", 0, True)
    assert live.ask(0.7) == [("/live/scene/get/name", (0,))]
    assert answered(live, 0.8, "/live/scene/get/name", 0, "/walk/next") == [Event(LAUNCHED, ("/walk/next",))]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("dusk", Event("/walk/goto", ("Dusk",))),
        ("/walk/next", Event("/walk/next")),
        ("/show/preset techno", Event("/show/preset", ("techno",))),
        ("/flow/strength 0.5", Event("/flow/strength", (0.5,))),
        ("Kick", None),
        ("", None),
    ],
)
def test_a_name_means_a_painting_or_a_command_or_nothing(name: str, meant: Event | None) -> None:
    assert cue(Event(LAUNCHED, (name,)), ["Dawn", "Dusk"]) == meant


@pytest.mark.parametrize("address", ["/", "", "/live/song/get", "/live/song/get/beat/x", "/live/clip/get/name"])
@pytest.mark.parametrize("args", [(), ("x",), (float("nan"),), (1.5, 2), (-1, 7), (10**12, 7), (0, 1, "name")])
def test_whatever_comes_means_nothing_and_raises_nothing(address: str, args: tuple[float | str, ...]) -> None:
    assert answered(met(), 1.0, address, *args) == []
    assert answered(met(), 1.0, "/live/track/get/playing_slot_index", *args) == []


def test_a_flood_asks_no_more_than_live_can_take_and_lost_answers_block_nothing() -> None:
    live = met()
    for index in range(4000):
        answered(live, 1.0, "/live/song/get/num_tracks", 256 * (index % 2))
        answered(live, 1.0, "/live/track/get/playing_slot_index", index % 256, index)
    assert len(live.ask(1.0)) <= 768
    for index in range(300):
        answered(live, 2.0, "/live/scene/get/is_triggered", index, True)
        live.ask(2.0)
    assert answered(live, 3.0, "/live/scene/get/name", 299, "Dusk") == [Event(LAUNCHED, ("Dusk",))]
    assert answered(live, 3.0, "/live/scene/get/name", 1, "Dusk") == []


def test_play_and_stop_are_commands_when_they_change() -> None:
    live = met()
    assert answered(live, 1.0, "/live/song/get/is_playing", True) == []
    assert answered(live, 2.0, "/live/song/get/is_playing", False) == [Event("/walk/hold", (True,))]
    assert answered(live, 3.0, "/live/song/get/is_playing", False) == []
    assert answered(live, 4.0, "/live/song/get/is_playing", True) == [Event("/walk/hold", (False,))]


def test_a_clip_called_like_a_preset_is_that_preset() -> None:
    assert cue(Event(LAUNCHED, ("techno",)), ["Dawn"], ["Techno"]) == Event("/show/preset", ("Techno",))
    assert cue(Event(LAUNCHED, ("dawn",)), ["Dawn"], ["Dawn"]) == Event("/walk/goto", ("Dawn",))


def test_counts_that_cannot_be_are_none() -> None:
    live = Ableton()
    for count in (-(2**31), 2):
        answered(live, 0.0, "/live/song/get/num_tracks", count)
    assert sum(address.startswith("/live/track/") for address, _ in live.ask(0.0)) == 2
