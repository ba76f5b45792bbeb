from __future__ import annotations

import math

import numpy as np
import pytest

from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.control import SOURCES, Sources, follow
from artwalks_live.core.desk import Desk
from artwalks_live.core.features import Features
from artwalks_live.core.lfo import Instant
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.routes import Route, Routes
from artwalks_live.core.timeline import State
from artwalks_live.core.walk_shape import WalkShape

DT = 1.0 / 240
NOW = Instant(0.0)
PARAMS = ParamTable(
    (
        Param("a.x", "float", 0, 1, 0.5),
        Param("a.y", "float", -2, 2, 0, smoothing_s=0.1),
        Param("a.n", "int", 0, 5, 1),
    )
)


def sources(**known: float) -> np.ndarray:
    return np.array([known.get(name, 0.0) for name in SOURCES])


def test_a_route_is_amount_times_curve_of_its_source() -> None:
    for curve, expected in (("linear", 0.5), ("square", 0.25), ("cube", 0.125), ("root", math.sqrt(0.5))):
        routes = Routes([Route("bass", "a.y", -2.0, curve)], PARAMS, DT)
        assert routes.step(sources(bass=0.5), NOW) == pytest.approx([0.0, -2.0 * expected, 0.0])


def test_routes_to_one_parameter_add_up() -> None:
    routes = Routes([Route("bass", "a.x", 0.2), Route("high", "a.x", 0.1), Route("mid", "a.y", 1.0)], PARAMS, DT)
    assert routes.step(sources(bass=1.0, high=1.0, mid=1.0), NOW) == pytest.approx([0.3, 1.0, 0.0])


def test_attack_and_release_are_time_constants() -> None:
    routes = Routes([Route("bass", "a.x", 1.0, attack_s=0.1, release_s=0.4)], PARAMS, DT)
    for _ in range(24):
        up = routes.step(sources(bass=1.0), NOW)[0]
    for _ in range(96):
        down = routes.step(sources(bass=0.0), NOW)[0]
    assert up == pytest.approx(1 - math.exp(-1)) and down == pytest.approx(up * math.exp(-1))


def test_an_lfo_swings_from_zero_to_one_in_its_period() -> None:
    routes = Routes([Route("lfo", "a.x", 1.0, period_s=4.0), Route("lfo", "a.y", 1.0, period_s=8.0)], PARAMS, DT)
    assert routes.step(sources(), NOW)[0] == pytest.approx(0.0)
    assert routes.step(sources(), Instant(2.0))[0] == pytest.approx(1.0)
    assert routes.step(sources(), Instant(4.0))[:2] == pytest.approx([0.0, 1.0])


def test_the_share_followed_is_independent_of_the_step() -> None:
    assert 1 - (1 - follow(0.3, DT)) ** 10 == pytest.approx(follow(0.3, 10 * DT))
    assert follow(0.0, DT) == 1.0


def test_sources_are_in_range_and_in_order() -> None:
    ear, clock, shape = Sources(), BeatClock(120), WalkShape(8, (0, 4, 8))
    quiet = dict(zip(SOURCES, ear.step(0.0, DT, clock, State(), shape), strict=True))
    assert quiet["silence"] == 1.0 and quiet["pulse"] == 0.0 and quiet["travel"] == 0.0
    names = ("level", "bass", "mid", "high", "onset")
    heard = {name: (i + 1) / 10 for i, name in enumerate(names)}
    ear.hear(
        Features(time_s=0.1, **heard, onset_event=True, percussive=0.6, silence=0.0, tempo_bpm=0, beat=0, confidence=0),
        0.1,
    )
    clock.beat, clock.certainty = 6.5, 1.0
    now = dict(zip(SOURCES, ear.step(0.1, DT, clock, State(position=2.0), shape), strict=True))
    assert {name: now[name] for name in names} == heard and now["percussive"] == 0.6 and now["hit"] == 1.0
    assert now["beat"] == 0.5 and now["bar"] == 0.625 and now["position"] == 0.25 and now["travel"] == 1.0
    assert now["pulse"] == pytest.approx(math.exp(-2.5)) and 0.0 < now["bar_pulse"] < now["pulse"]


def silence(**heard: object) -> Features:
    """A hop of silence but for what is given."""
    plain = dict.fromkeys(("time_s", "level", "bass", "mid", "high", "onset", "percussive", "silence"), 0.0)
    plain |= dict.fromkeys(("tempo_bpm", "beat", "confidence"), 0.0)
    return Features(**{**plain, "onset_event": False, **heard})  # type: ignore[arg-type]


def listen(ear: Sources, now_s: float) -> dict[str, float]:
    """All sources by name."""
    return dict(zip(SOURCES, ear.step(now_s, DT, BeatClock(), State(), WalkShape(1, (0, 1))), strict=True))


def test_bands_notes_and_colour_are_sources() -> None:
    ear = Sources()
    bands, notes = tuple(k / 10 for k in range(8)), tuple(k / 12 for k in range(12))
    ear.hear(silence(bands=bands, chroma=notes, lufs=-22.5, balance=0.3, centroid=0.4, flatness=0.5), 1.0)
    now = listen(ear, 1.0)
    assert [now[f"band{k}"] for k in range(1, 9)] == list(bands)
    assert (now["chroma_c"], now["chroma_cs"], now["chroma_b"]) == (notes[0], notes[1], notes[11])
    assert (now["loudness"], now["balance"], now["centroid"], now["flatness"]) == (0.5, 0.3, 0.4, 0.5)


@pytest.mark.parametrize(("lufs", "loudness"), [(-70.0, 0.0), (-40.0, 0.0), (-5.0, 1.0), (3.0, 1.0)])
def test_loudness_stays_in_range(lufs: float, loudness: float) -> None:
    ear = Sources()
    ear.hear(silence(lufs=lufs), 1.0)
    assert listen(ear, 1.0)["loudness"] == loudness


def test_of_several_late_hops_in_one_tick_no_stroke_is_lost() -> None:
    ear = Sources()
    for struck in ({"kick": 0.7}, {"snare": 0.4}, {"kick": 0.2, "hat": 0.9}, {}):
        ear.hear(silence(**struck), 1.0)
    now = listen(ear, 1.0)
    assert (now["kick"], now["snare"], now["hat"]) == (0.7, 0.4, 0.9)
    ear.hear(silence(), 1.1)
    assert (listen(ear, 1.1)["kick"], listen(ear, 1.1)["hat"]) == (0.0, 0.0)


def test_when_the_sound_is_lost_everything_fades() -> None:
    ear = Sources()
    ear.hear(silence(kick=1.0, bands=(1.0,) * 8, chroma=(1.0,) * 12, lufs=-5.0, onset_event=True), 0.0)
    for tick in range(1, 2 * 240):
        now = listen(ear, tick * DT)
    assert now["silence"] > 0.99 and max(now[name] for name in ("kick", "band1", "chroma_a", "loudness", "hit")) < 0.01


def test_of_several_late_hops_in_one_tick_no_onset_is_lost() -> None:
    ear = Sources()
    for strength in (0.2, 0.9, 0.1):
        values = dict.fromkeys(("level", "bass", "mid", "high", "percussive", "silence", "tempo_bpm", "beat"), 0.0)
        hit = strength == 0.2
        ear.hear(Features(time_s=0.9, **values, onset=strength, onset_event=hit, confidence=0.0), 1.0)
    now = dict(zip(SOURCES, ear.step(1.0, DT, BeatClock(), State(), WalkShape(1, (0, 1))), strict=True))
    assert now["hit"] == 1.0 and now["onset"] == 0.9


def test_a_base_set_by_hand_is_clamped_smoothed_and_kept() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({"a.x": 0.2}, (), 0.0)
    assert desk.now() == pytest.approx([0.2, 0.0, 1.0])
    desk.set("a.y", 99.0)
    desk.set("a.n", 2.6)
    after = [desk.step(sources(), NOW) for _ in range(240)]
    assert after[23][1] == pytest.approx(2.0 * (1 - math.exp(-1)), rel=1e-6)
    assert after[-1] == pytest.approx([0.2, 2.0, 3.0], abs=1e-3)


def test_a_hand_on_a_parameter_during_a_cross_fade_wins() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({"a.x": 0.0}, (), 0.0)
    desk.apply({"a.x": 1.0}, (), 1.0)
    for _ in range(60):
        desk.step(sources(), NOW)
    desk.set("a.x", 0.4)
    assert {round(float(desk.step(sources(), NOW)[0]), 6) for _ in range(300)} == {0.4}


def test_routes_cross_fade_with_their_preset() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({}, [Route("bass", "a.y", 1.0)], 0.0)
    loud = sources(bass=1.0)
    assert desk.step(loud, 0.0)[1] == pytest.approx(1.0)
    desk.apply({}, [Route("bass", "a.y", -1.0)], 0.5)
    values = [float(desk.step(loud, 0.0)[1]) for _ in range(121)]
    assert values == sorted(values, reverse=True) and np.abs(np.diff([1.0, *values])).max() < 0.02
    assert values[-1] == pytest.approx(-1.0)


def test_the_sum_stays_in_range() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({"a.x": 0.9}, [Route("bass", "a.x", 1.0), Route("high", "a.y", -4.0), Route("mid", "a.n", 1.4)], 0.0)
    assert desk.step(sources(bass=1.0, high=1.0, mid=1.0), NOW) == pytest.approx([1.0, -2.0, 2.0])
