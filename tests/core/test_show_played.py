"""A show that is played: presets edited while it runs, inputs of the world, commands that wait, and takes of it all."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from artwalks_live.core.clock import frame_time_s
from artwalks_live.core.errors import PresetError, TakeError
from artwalks_live.core.events import Event
from artwalks_live.core.features import Features
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset import Preset, parse
from artwalks_live.core.show import PARAMS, FrameState, Show, Start
from artwalks_live.core.take import Replay, TakeHeader, TakeReader, TakeWriter
from artwalks_live.core.walk_shape import WalkShape

TABLE = ParamTable(
    (
        *PARAMS,
        Param("flow.strength", "float", 0, 2, 1, "x", 0.05, "how far pixels follow the flow"),
        Param("bloom.amount", "float", 0, 1, 0, "", 0.05, "glow"),
    )
)
SHAPE = WalkShape(12, (0, 4, 8, 12), titles=("The Kiss", "The Scream", "The Wave", "Water Lilies"))
PLAYED = """\
mode = "music"
fade_beats = 4
[values]
bloom.amount = 0.1
[[route]]
source = "input"
input = "midi/cc/1/74"
target = "bloom.amount"
amount = 0.5
[[route]]
source = "lfo"
shape = "steps"
period_beats = 1
target = "flow.strength"
amount = 0.5
take_over = "multiply"
[[route]]
source = "random"
target = "flow.strength"
amount = 0.2
quantise = "bar"
[[route]]
source = "day"
target = "flow.strength"
amount = 2
take_over = "max"
priority = 3
"""
TEXTS = {"played": PLAYED, "calm": 'mode = "clock"\n[values]\nclock.segment_s = 2\n'}
FPS = Fraction(60)


def presets() -> dict[str, Preset]:
    return {name: parse(text, name, TABLE) for name, text in TEXTS.items()}


def make(preset: str = "played", log: object = None) -> Show:
    return Show(SHAPE, TABLE, presets(), Start(preset, seed=3), log)  # type: ignore[arg-type]


def run(show: Show, n: int, first: int = 1) -> list[FrameState]:
    return [show.frame(k, frame_time_s(k, FPS), float(1 / FPS)) for k in range(first, first + n)]


def test_an_input_moves_what_a_route_says() -> None:
    show = make()
    assert show.listened() == {"midi/cc/1/74", "day"}
    assert run(show, 30)[-1].values["bloom.amount"] == pytest.approx(0.1)
    assert show.send(Event("/input/midi/cc/1/74", (0.5,))) is None
    assert run(show, 2, 31)[-1].values["bloom.amount"] == pytest.approx(0.35)
    assert show.send(Event("/input/day", (7,))) is None
    assert run(show, 2, 33)[-1].values["flow.strength"] == pytest.approx(2.0)


def test_an_input_that_nobody_listens_to_is_not_even_logged() -> None:
    logged: list[object] = []
    show = make(log=lambda *entry: logged.append(entry))
    assert show.send(Event("/input/midi/cc/1/75", (0.5,))) is None
    run(show, 10)
    assert not logged and show.refused == 0


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event("/input/"), "an input's name is printable, without spaces"),
        (Event("/input/a b", (1.0,)), "without spaces"),
        (Event("/input/" + "a" * 121, (1.0,)), "without spaces"),
        (Event("/input/key/a"), "needs a number, got nothing"),
        (Event("/input/key/a", (float("nan"),)), "got NaN"),
        (Event("/route/5/amount", (1.0,)), "/route/5/amount: preset played has 4 routes"),
        (Event("/route/0/amount", (1.0,)), "'/route/0/amount' is unknown"),
        (Event("/route/1/amount"), "needs a number"),
        (Event("/show/quantise", ("bars",)), "use one of 2 bars, 4 bars, bar, beat, off (nearest: bar)"),
        (Event("/show/quantise"), "needs a name or a number"),
    ],
)
def test_a_wrong_hand_is_told_and_changes_nothing(event: Event, says: str) -> None:
    show = make()
    refusal = show.send(event)
    assert refusal is not None and says in refusal and "\n" not in refusal and show.refused == 1


def test_bases_are_what_a_controller_is_told() -> None:
    show = make()
    assert show.bases() == {**TABLE.defaults(), "bloom.amount": 0.1}
    show.send(Event("/bloom/amount", (0.7,)))
    run(show, 2)
    assert show.bases()["bloom.amount"] == 0.7
    show.send(Event("/show/preset", ("calm",)))
    run(show, 1, 3)
    assert show.bases()["bloom.amount"] == 0.0 and show.bases()["clock.segment_s"] == 2.0


def test_the_running_preset_is_edited_and_the_picture_does_not_leap() -> None:
    show = make()
    before = run(show, 60)[-1]
    show.renew(parse(PLAYED.replace("bloom.amount = 0.1", "bloom.amount = 0.9"), "played", TABLE))
    frames = run(show, 60, 61)
    glow = [frame.values["bloom.amount"] for frame in (before, *frames)]
    assert glow == sorted(glow) and max(b - a for a, b in pairwise(glow)) < 0.1
    assert glow[-1] == pytest.approx(0.9, abs=1e-3)


def test_an_edit_of_another_preset_waits_until_it_is_chosen_and_a_new_one_comes_to_the_others() -> None:
    show = make("calm")
    show.renew(parse(PLAYED.replace("cc/1/74", "cc/1/75"), "played", TABLE))
    show.renew(parse('mode = "beat"', "new", TABLE))
    assert run(show, 1)[-1].preset == "calm" and "midi/cc/1/75" in show.listened()
    assert show.send(Event("/show/preset", ("new",))) is None
    assert run(show, 1, 2)[-1].mode == "beat"


def test_a_mode_that_was_chosen_by_hand_survives_an_edit_that_does_not_change_it() -> None:
    show = make()
    show.send(Event("/show/mode", ("beat",)))
    run(show, 1)
    show.renew(parse(PLAYED + "# said", "played", TABLE))
    assert run(show, 1, 2)[-1].mode == "beat"
    show.renew(parse(PLAYED.replace('"music"', '"clock"'), "played", TABLE))
    assert run(show, 1, 3)[-1].mode == "clock"


def test_an_edit_into_mode_cues_is_refused_without_cues() -> None:
    with pytest.raises(PresetError, match="preset played: mode cues needs a song"):
        make().renew(parse('mode = "cues"', "played", TABLE))


def test_a_routes_amount_is_changed_by_its_address_and_told_for_saving() -> None:
    show = make()
    for address, value in (("/input/midi/cc/1/74", 1.0), ("/route/1/amount", 0.2), ("/route/4/amount", -99.0)):
        assert show.send(Event(address, (value,))) is None
    assert run(show, 30)[-1].values["bloom.amount"] == pytest.approx(0.3)
    assert show.edits().amounts == (0.2, 0.5, 0.2, -2.0) and show.edits().preset.name == "played"
    show.renew(parse(PLAYED.replace("amount = 2\n", "amount = 1\n"), "played", TABLE))
    run(show, 1, 31)
    assert show.edits().amounts == (0.2, 0.5, 0.2, 1.0)
    show.send(Event("/show/panic"))
    run(show, 1, 32)
    assert show.edits().amounts[0] == 0.5


def test_a_preset_fades_in_over_beats() -> None:
    show = make("calm")
    run(show, 1)
    show.send(Event("/show/preset", ("played",)))
    glow = [frame.values["bloom.amount"] for frame in run(show, 180, 2)]
    assert glow[60] == pytest.approx(0.05, abs=0.005) and glow[119] < 0.0999 < glow[150]  # 4 beats at 120 bpm are 2 s


def test_a_command_waits_for_the_bar_and_is_told_while_it_does() -> None:
    show = make("calm")
    show.send(Event("/show/quantise", ("bar",)))
    run(show, 31)  # half a second: one beat
    assert show.send(Event("/show/preset", ("played",))) is None
    frames = run(show, 120, 32)
    changed = next(frame for frame in frames if frame.preset == "played")
    assert changed.beat == pytest.approx(4.0, abs=0.05)
    assert {frame.armed for frame in frames if frame.preset == "calm"} == {"preset played at the next bar"}
    assert changed.armed == ""


def test_panic_forgets_what_waits() -> None:
    show = make("calm")
    for event in (Event("/show/quantise", (3,)), Event("/walk/goto", (3,)), Event("/show/panic")):
        show.send(event)
    assert {frame.armed for frame in run(show, 200)} == {""}


def play(show: Show, seed: int, seconds: float = 6.0) -> list[FrameState]:
    """Much of everything, at random."""
    rng, frames = random.Random(seed), []
    heard_s = 0.0
    show.send(Event("/show/quantise", (3,)))
    show.send(Event("/walk/next"))
    for n in range(int(seconds * FPS)):
        time_s = frame_time_s(n, FPS)
        while (heard_s := heard_s + 512 / 48000) <= show.horizon_s(time_s):
            plain = dict.fromkeys(("level", "bass", "mid", "high", "onset", "percussive", "silence"), rng.random())
            show.feed(Features(heard_s, **plain, onset_event=False, tempo_bpm=125, beat=heard_s * 2.1, confidence=0.9))
        if n % 9 == 0:
            show.send(_anything(rng))
        if n % 100 == 50:
            text = PLAYED.replace("amount = 0.5", f"amount = {rng.random():.3f}").replace("cc/1/74", "cc/1/75")
            show.renew(parse(text, rng.choice(("played", "fresh")), TABLE))
        frames.append(show.frame(n, time_s, float(1 / FPS)))
    return frames


def _anything(rng: random.Random) -> Event:
    value = rng.random()
    return rng.choice(
        (
            Event("/input/midi/cc/1/74", (value,)),
            Event("/input/midi/cc/1/75", (value,)),
            Event("/input/day", (value,)),
            Event(f"/route/{rng.randint(1, 5)}/amount", (value,)),
            Event("/show/quantise", (rng.randint(1, 5),)),
            Event("/walk/next"),
            Event("/walk/goto", (rng.randint(1, 4),)),
            Event("/show/preset", (rng.choice(("played", "calm", "fresh")),)),
            Event("/bloom/amount", (value,)),
            Event("/show/panic"),
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_take_of_it_replays_bit_for_bit(tmp_path: Path, seed: int) -> None:
    header = TakeHeader("0" * 64, Start("played", seed=3), TEXTS, (64, 36), "60")
    with TakeWriter(tmp_path / "a.take", header) as writer:
        performed = play(make(log=writer.append), seed)
    assert len({frame.preset for frame in performed}) > 1 and any(frame.armed for frame in performed)
    show = make()
    replay = Replay(iter(TakeReader(tmp_path / "a.take")), show)
    for n, frame in enumerate(performed):
        replay.feed(show.horizon_s(frame.time_s))
        assert show.frame(n, frame.time_s, frame.dt_s) == frame


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("every", [6, 40])
def test_at_another_rate_it_is_the_same_show(tmp_path: Path, every: int, seed: int) -> None:
    header = TakeHeader("0" * 64, Start("played", seed=3), TEXTS, (64, 36), "60")
    with TakeWriter(tmp_path / "a.take", header) as writer:
        performed = play(make(log=writer.append), seed)
    show = make()
    replay = Replay(iter(TakeReader(tmp_path / "a.take")), show)
    for frame in performed[::every]:
        replay.feed(show.horizon_s(frame.time_s))
        assert show.frame(frame.index, frame.time_s, frame.dt_s) == frame
    assert show.refused == 0


def test_an_edit_that_cannot_be_read_any_more_is_named(tmp_path: Path) -> None:
    header = TakeHeader("0" * 64, Start("played"), TEXTS, (64, 36), "60")
    with TakeWriter(tmp_path / "a.take", header) as writer:
        show = make(log=writer.append)
        show.renew(Preset("played", "music", text='mode = "gone"'))
        run(show, 10)
    show = make()
    with pytest.raises(TakeError, match=r"the take's preset played:1: mode 'gone' is unknown"):
        Replay(iter(TakeReader(tmp_path / "a.take")), show).feed(1.0)


def test_the_same_text_twice_is_one_edit() -> None:
    log: list[str] = []
    show = make(log=lambda _tick, kind, _item: log.append(kind))
    for _ in range(2):
        show.renew(parse(PLAYED.replace("bloom.amount = 0.1", "bloom.amount = 0.9"), "played", TABLE))
    run(show, 3)
    show.renew(parse(PLAYED.replace("bloom.amount = 0.1", "bloom.amount = 0.9"), "played", TABLE))
    run(show, 3, 4)
    assert log.count("preset") == 1
