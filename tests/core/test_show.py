from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from artwalks_live.core.clock import frame_time_s
from artwalks_live.core.control import quantised
from artwalks_live.core.errors import PresetError
from artwalks_live.core.events import COMMANDS, Event
from artwalks_live.core.features import Features
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.routes import Route
from artwalks_live.core.show import PARAMS, FrameState, Show, Start
from artwalks_live.core.walk_shape import WalkShape

SHADER = (
    Param("flow.strength", "float", 0, 2, 1, "x", 0.05, "how far pixels follow the flow"),
    Param("bloom.amount", "float", 0, 1, 0, "", 0.05, "glow"),
    Param("grain.on", "bool", 0, 1, 0, "", 0.2, "grain"),
)
PARAMS_ALL = ParamTable((*PARAMS, *SHADER))
SHAPE = WalkShape(12, (0, 4, 8, 12), titles=("The Kiss", "The Scream", "The Wave", "Water Lilies"))
PRESETS = {
    "calm": Preset("calm", "clock", fade_s=0.5, values={"clock.segment_s": 1.0, "clock.hold_s": 0.5}),
    "loud": Preset(
        "loud",
        "music",
        fade_s=0.25,
        values={"music.gain": 2.0, "bloom.amount": 0.2},
        routes=(
            Route("bass", "flow.strength", 0.8, "square", 0.01, 0.2),
            Route("pulse", "bloom.amount", 0.5, release_s=0.1),
            Route("lfo", "bloom.amount", 0.1, period_s=3.0),
        ),
    ),
    "beats": Preset("beats", "beat", values={"beat.hold_beats": 0, "beat.beats_per_segment": 2}),
    "far": Preset("far", "position", values={"position.smoothing_s": 0.5}),
}
FPS = [Fraction(24000, 1001), Fraction(30), Fraction(60), Fraction(144)]


def make(preset: str = "calm", shape: WalkShape = SHAPE, log: object = None, **start: object) -> Show:
    return Show(shape, PARAMS_ALL, PRESETS, Start(preset, **start), log)  # type: ignore[arg-type]


def hop(time_s: float, rng: random.Random | None = None, **known: float) -> Features:
    draw = rng.random if rng else lambda: 0.0
    values = {name: draw() for name in ("level", "bass", "mid", "high", "onset", "percussive")}
    values.update(silence=0.0, tempo_bpm=120.0, beat=time_s * 2.0, confidence=0.9)
    values.update(known)
    return Features(time_s=time_s, onset_event=draw() > 0.8, **values)


def hops(seconds: float, seed: int = 0) -> list[Features]:
    rng = random.Random(seed)
    return [hop((i + 1) * 512 / 48000, rng) for i in range(int(seconds * 48000 / 512))]


def play(show: Show, seconds: float, fps: Fraction, inputs: list[Features | Event] | None = None) -> list[FrameState]:
    """Perform frame by frame; inputs are fed in order of time, up to each frame's horizon."""
    waiting = sorted(inputs or [], key=lambda item: item.time_s)
    frames = []
    for n in range(math.floor(seconds * fps) + 1):
        time_s = frame_time_s(n, fps)
        while waiting and waiting[0].time_s <= show.horizon_s(time_s):
            item = waiting.pop(0)
            if isinstance(item, Event):
                assert show.send(item) is None
            else:
                show.feed(item)
        frames.append(show.frame(n, time_s, float(1 / fps)))
    return frames


EVENTS = [
    Event("/walk/next", (), 1.0),
    Event("/walk/hold", (True,), 2.0),
    Event("/walk/hold", (), 2.5),
    Event("/flow/strength", (1.7,), 2.6),
    Event("/show/preset", ("beats",), 3.0),
    Event("/clock/nudge", (0.1,), 3.2),
    Event("/walk/reverse", (), 4.0),
    Event("/show/preset", ("loud",), 4.5),
    Event("/walk/goto", ("The Wave",), 5.0),
    Event("/show/black", (1,), 5.25),
]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_the_same_inputs_give_the_same_show_at_any_frame_rate(preset: str) -> None:
    shared: dict[Fraction, FrameState] = {}
    for fps in FPS:
        frames = play(make(preset), 6.0, fps, [*hops(6.0), *EVENTS])
        assert len(frames) == math.floor(6 * fps) + 1
        for frame in frames:
            if Fraction(frame.index) / fps * 240 % 1 == 0:
                time = Fraction(frame.index) / fps
                reference = shared.setdefault(time, frame)
                assert frame.position == pytest.approx(reference.position, abs=1e-9), (fps, time)
                assert dict(frame.values) == pytest.approx(dict(reference.values), abs=1e-9)
    assert len(shared) > 300


def test_every_parameter_is_in_every_frame_and_in_its_range() -> None:
    for frame in play(make("loud"), 3.0, Fraction(60), [*hops(3.0)]):
        assert list(frame.values) == list(PARAMS_ALL)
        assert all(PARAMS_ALL[name].low <= value <= PARAMS_ALL[name].high for name, value in frame.values.items())


def test_nothing_leaps_between_frames_but_what_was_cut() -> None:
    events = [event for event in EVENTS if event.address != "/walk/goto"]
    frames = play(make("loud"), 8.0, Fraction(120), [*hops(8.0), *events])
    steps = [abs(b.position - a.position) for a, b in pairwise(frames)]
    assert max(steps) < 12.0 / 120
    beats = [b.beat - a.beat for a, b in pairwise(frames)]
    assert all(0.0 < step < 2.0 * 1.5 / 120 for step in beats)


def test_features_are_consumed_at_the_tick_of_their_stamp() -> None:
    seen: list[tuple[int, str, object]] = []
    show = make(log=lambda *entry: seen.append(entry) if entry[1] != "leader" else None)
    for item in (hop(0.1), hop(0.1001), hop(0.5)):
        show.feed(item)
    show.send(Event("/walk/next"))
    show.frame(0, 0.2, 0.2)
    assert [(tick, kind) for tick, kind, _ in seen] == [(1, "event"), (24, "hop"), (25, "hop")]
    show.feed(hop(0.01))  # late: at the next tick
    show.frame(1, 0.6, 0.4)
    assert [(tick, kind) for tick, kind, _ in seen[3:]] == [(49, "hop"), (120, "hop")]


def test_quantising_twice_changes_nothing() -> None:
    for item in hops(2.0):
        assert quantised(quantised(item)) == quantised(item)


def test_the_horizon_is_the_end_of_the_last_tick_of_a_frame() -> None:
    show = make()
    assert show.horizon_s(0.0) == 0.0
    assert show.horizon_s(1 / 60) == pytest.approx(4 / 240)
    assert show.horizon_s(0.01) == pytest.approx(3 / 240)


# routes, presets and parameters


def test_a_route_adds_to_the_base_that_the_hand_sets() -> None:
    show = make("loud")
    loud = [hop(i * 0.01, bass=1.0, confidence=0.0) for i in range(1, 300)]
    frames = play(show, 1.0, Fraction(60), [*loud])
    assert frames[-1].values["flow.strength"] == pytest.approx(1.8, abs=0.01)
    show.send(Event("/flow/strength", (0.5,)))
    for item in loud[100:]:
        show.feed(item)
    assert show.frame(61, 2.0, 1.0).values["flow.strength"] == pytest.approx(1.3, abs=0.01)
    show.send(Event("/show/panic"))
    assert show.frame(62, 2.9, 0.9).values["flow.strength"] == pytest.approx(1.8, abs=0.01)


def test_a_change_of_preset_fades_and_even_a_second_one_in_its_middle_does_not_leap() -> None:
    show = make("loud")
    events = [Event("/show/preset", ("calm",), 1.0), Event("/show/preset", ("loud",), 1.2)]
    loud = [hop(i * 0.01, bass=1.0, confidence=0.0) for i in range(1, 300)]
    frames = play(show, 2.0, Fraction(240), [*loud, *events])
    for name in ("flow.strength", "bloom.amount", "music.gain"):
        values = [frame.values[name] for frame in frames[24:]]
        assert np.abs(np.diff(values)).max() < 0.05
    assert frames[239].preset == "loud" and frames[241].preset == "calm" and frames[-1].preset == "loud"


def test_an_int_or_bool_is_whole_in_every_frame() -> None:
    show = make()
    frames = play(show, 1.0, Fraction(60), [Event("/grain/on", (0.7,), 0.3), Event("/beat/hold_beats", (7.4,), 0.3)])
    assert {frame.values["grain.on"] for frame in frames} == {0.0, 1.0}
    assert frames[-1].values["beat.hold_beats"] == 7.0


def test_lost_sound_decays_to_silence_and_the_show_goes_on() -> None:
    show = make("loud")
    frames = play(show, 6.0, Fraction(60), [hop(i * 0.01, level=1.0, bass=1.0, percussive=1.0) for i in range(1, 100)])
    assert frames[58].level == 1.0 and frames[-1].level < 0.01
    assert frames[-1].position != frames[-30].position


# commands


@pytest.mark.parametrize(
    ("args", "position"), [((1,), 0), ((3.0,), 8), ((99,), 12), ((-2,), 0), (("the scream",), 4), (("water",), 12)]
)
def test_goto_takes_a_number_from_one_or_a_title(args: tuple[int | float | str], position: float) -> None:
    show = make(position=5.0)
    assert show.send(Event("/walk/goto", args)) is None
    assert show.frame(0, 0.1, 0.1).position == position


def test_next_and_previous_glide_one_painting_and_presses_add_up() -> None:
    show = make("far", position=1.0)
    assert show.send(Event("/walk/next")) is None
    assert show.frame(0, 5.0, 5.0).position == 4.0
    show.send(Event("/walk/next"))
    show.send(Event("/walk/next", (1.0,)))
    show.send(Event("/walk/next", (0.0,)))
    assert show.frame(1, 10.0, 5.0).position == 12.0
    show.send(Event("/walk/next"))
    show.send(Event("/walk/previous"))
    assert show.frame(2, 15.0, 5.0).position == 8.0


def test_in_position_mode_a_position_is_followed_and_elsewhere_it_cuts() -> None:
    far, calm = make("far"), make("calm")
    for show in (far, calm):
        show.send(Event("/walk/position", (6.5,)))
    assert 0.0 < far.frame(0, 0.1, 0.1).position < 3.0 and far.frame(1, 3.0, 3.0).position == 6.5
    assert 6.5 <= calm.frame(0, 0.1, 0.1).position < 6.7
    far.send(Event("/walk/position", (99.0,)))
    assert far.frame(2, 9.0, 6.0).position == 12.0


def test_a_held_walk_still_glides_from_painting_to_painting() -> None:
    show = make("calm", position=1.0)
    show.send(Event("/walk/hold", (1,)))
    show.send(Event("/walk/next"))
    frame = show.frame(0, 9.0, 9.0)
    assert frame.position == 4.0 and frame.held


def test_black_fades_and_toggles() -> None:
    show = make()
    show.send(Event("/show/black"))
    assert 0.0 < show.frame(0, 0.3, 0.3).black < 1.0 and show.frame(1, 1.0, 0.7).black == 1.0
    show.send(Event("/show/black", (0,)))
    assert show.frame(2, 3.0, 2.0).black == 0.0


def test_record_and_still_are_handed_to_the_performer_once() -> None:
    seen: list[object] = []
    show = make(log=lambda tick, kind, item: seen.append(item))
    for event in (Event("/show/record", (True,)), Event("/show/still"), Event("/show/still", (0,))):
        assert show.send(event) is None
    show.frame(0, 0.1, 0.1)
    assert [event.address for event in show.take_requests()] == ["/show/record", "/show/still"]
    assert show.take_requests() == () and len(seen) == 2


def test_modes_and_presets_by_name_and_number() -> None:
    show = make()
    show.send(Event("/show/mode", ("beat",)))
    assert show.frame(0, 0.1, 0.1).mode == "beat"
    show.send(Event("/show/preset", (2,)))
    frame = show.frame(1, 0.2, 0.1)
    assert (frame.preset, frame.mode) == ("loud", "music")


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event("/walk/goto", ("the scrim",)), "The Scream"),
        (Event("/walk/goto"), "name or a number"),
        (Event("/walk/goto", (math.nan,)), "name or a number"),
        (Event("/walk/position", ("far",)), "number"),
        (Event("/walk/position", (math.nan,)), "NaN"),
        (Event("/flow/strength"), "nothing"),
        (Event("/flow/strenght", (1.0,)), "/flow/strength"),
        (Event("/show/preset", ("loudd",)), "loud"),
        (Event("/show/mode", ("bet",)), "beat"),
        (Event("/show/black", ("x" * 1000,)), "number"),
        (Event("", (1,)), "unknown"),
    ],
)
def test_a_bad_event_is_counted_named_and_changes_nothing(event: Event, says: str) -> None:
    seen: list[object] = []
    show, other = make(log=lambda *entry: seen.append(entry)), make()
    note = show.send(event)
    assert note is not None and says in note and "\n" not in note and len(note) < 300
    assert show.refused == 1 and not seen
    assert show.frame(0, 1.0, 1.0) == other.frame(0, 1.0, 1.0)


def test_values_out_of_range_are_clamped() -> None:
    show, time_s = make(), 0.0
    for value, expected in ((99.0, 2.0), (-math.inf, 0.0), (math.inf, 2.0)):
        assert show.send(Event("/flow/strength", (value,))) is None
        time_s += 3.0
        assert show.frame(0, time_s, 3.0).values["flow.strength"] == pytest.approx(expected, abs=1e-9)


def test_random_events_never_raise_and_keep_the_show_sane() -> None:
    rng = random.Random(5)
    addresses = [*PARAMS_ALL.by_address, *(command.address for command in COMMANDS), "/nowhere"]
    numbers = [0, 1, -1, 3, 1.5, -2.5, True, False, math.nan, math.inf, -math.inf, 1e300, 10**400]
    values: list[float | str] = [*numbers, "", "beat", "loud", "é" * 50]
    for shape in (SHAPE, WalkShape(12, (0, 4, 8), loop=True)):
        show = make("loud", shape)
        for n in range(600):
            for _ in range(rng.randrange(3)):
                args = tuple(rng.choice(values) for _ in range(rng.randrange(3)))
                stamp = rng.choice([-math.inf, n / 60, math.nan, math.inf, 0.0])
                show.send(Event(rng.choice(addresses), args, stamp))
            frame = show.frame(n, n / 60, 1 / 60)
            assert 0.0 <= frame.position <= 12.0 and all(map(math.isfinite, frame.values.values()))
            assert math.isfinite(frame.beat) and 0.0 <= frame.black <= 1.0


# start and resume


def test_a_show_resumes_where_it_stood() -> None:
    show = make("beats")
    play(show, 3.3, Fraction(60), [Event("/walk/reverse", (), 3.0)])
    state = show.resume_state()
    again = Show(SHAPE, PARAMS_ALL, PRESETS, Start(**state, seed=7))  # type: ignore[arg-type]
    frame = again.frame(0, 0.0, 1 / 60)
    assert frame.position == state["position"] and frame.preset == "beats" and frame.seed == 7
    assert again.resume_state() == state


def test_an_unknown_preset_at_the_start_is_refused() -> None:
    with pytest.raises(PresetError, match="nearest: calm"):
        make("clam")


def test_a_show_far_along_is_as_exact_as_at_its_start() -> None:
    shape = replace(SHAPE, loop=True, paintings=(0, 4, 8))
    show = make("calm", shape)
    period_s = 3 * 0.5 + 12 * 1.0
    assert show.frame(0, period_s * 8 + 2.5, 1.0).position == pytest.approx(
        make("calm", shape).frame(0, 2.5, 1.0).position, abs=1e-6
    )
