"""A walk that grows during the show: where it may, that no position jumps by it, and that a take does it again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from artwalks_live.core.clock import frame_time_s
from artwalks_live.core.errors import BundleError, TakeError
from artwalks_live.core.events import Event
from artwalks_live.core.growth import Growth, check_grown, may_grow, spliced
from artwalks_live.core.show import FrameState, Input, Show, Start
from artwalks_live.core.take import Grown, Replay, TakeReader, TakeWriter
from artwalks_live.core.timeline import State, glide, pull
from artwalks_live.core.walk_shape import WalkShape
from tests.core.test_show import PARAMS_ALL, PRESETS
from tests.core.test_take import HEADER
from tests.walks import make_walk

OPEN = WalkShape(8, (0, 4, 8), titles=("Dawn", "Noon", "Dusk"))
OPEN_GROWN = WalkShape(12, (0, 4, 8, 12), titles=("Dawn", "Noon", "Dusk", "Night"))
LOOP = WalkShape(12, (0, 4, 8), True, ("Dawn", "Noon", "Dusk"))
LOOP_GROWN = WalkShape(16, (0, 4, 8, 12), True, ("Dawn", "Noon", "Dusk", "Night"))
FINGERPRINT = "9a" * 32


def place(position: float, **values: float) -> State:
    return replace(State(position=position), **values)


def test_an_open_walk_may_grow_anywhere() -> None:
    assert all(may_grow(place(position), OPEN) for position in (0.0, 3.3, 7.999, 8.0))


def test_a_loop_grows_outside_its_closing_leg() -> None:
    assert all(may_grow(place(position), LOOP) for position in (0.0, 3.3, 8.0))
    assert not any(may_grow(place(position), LOOP) for position in (8.001, 10.0, 11.999))


@pytest.mark.parametrize(
    ("state", "grows"),
    [
        (glide(place(7.0), LOOP, 1), True),
        (glide(place(8.0), LOOP, 1), False),  # on its way to 0 through the closing leg
        (glide(place(0.0), LOOP, -1), False),
        (glide(place(4.0), LOOP, -1), True),
        (pull(place(1.0), LOOP, 7.5), False),  # the shorter way round leads through the closing leg
        (pull(place(1.0), LOOP, 6.5), True),
        (pull(place(8.0), LOOP, 9.0), False),
    ],
)
def test_nor_while_a_spring_pulls_through_it(state: State, grows: bool) -> None:
    assert may_grow(state, LOOP) is grows


def make(shape: WalkShape, preset: str = "calm", log: object = None, **start: object) -> Show:
    return Show(shape, PARAMS_ALL, PRESETS, Start(preset, **start), log)  # type: ignore[arg-type]


def frames(show: Show, first: int, last: int, fps: int = 60) -> list[FrameState]:
    return [show.frame(n, n / fps, 1 / fps) for n in range(first, last)]


@pytest.mark.parametrize(("shape", "grown"), [(OPEN, OPEN_GROWN), (LOOP, LOOP_GROWN)])
def test_before_its_end_a_walk_goes_on_as_if_nothing_had_happened(shape: WalkShape, grown: WalkShape) -> None:
    plain, other = make(shape), make(shape)
    assert frames(plain, 0, 60) == frames(other, 0, 60)
    other.offer(Growth(FINGERPRINT, grown))
    for before, after in zip(frames(plain, 60, 500), frames(other, 60, 500), strict=True):
        assert before == after
    assert other.grown == FINGERPRINT
    assert frames(plain, 500, 1200)[-1].position != frames(other, 500, 1200)[-1].position


def test_an_open_walk_that_waits_at_its_end_walks_on() -> None:
    presets = {**PRESETS, "calm": replace(PRESETS["calm"], end="stop")}
    show = Show(OPEN, PARAMS_ALL, presets, Start("calm", position=7.5))
    assert frames(show, 0, 300)[-1].position == 8.0
    show.offer(Growth(FINGERPRINT, OPEN_GROWN))
    after = [state.position for state in frames(show, 300, 700)]
    assert after[0] == pytest.approx(8.0, abs=0.01)
    assert all(b >= a for a, b in pairwise(after))
    assert after[-1] > 9.0
    assert show.frame(700, 700 / 60, 1 / 60).painting in (2, 3)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_loop_finishes_its_closing_leg_first_and_never_jumps(direction: int) -> None:
    log: list[tuple[int, str, Input]] = []
    show = make(LOOP, log=lambda *line: log.append(line), position=10.0, direction=direction)
    show.offer(Growth(FINGERPRINT, LOOP_GROWN))
    states = frames(show, 0, 1500)
    [tick] = [tick for tick, kind, _ in log if kind == "walk"]
    grown = next(n for n, state in enumerate(states) if Show.tick_of(state.time_s) >= tick)
    assert all(8.0 < state.position < 12.0 for state in states[: grown - 1])
    arrived = states[grown].position
    assert arrived == pytest.approx(0.0 if direction > 0 else 8.0, abs=0.05)
    assert all(state.position < 8.01 for state in states[grown : grown + 60])
    fastest = max(abs(LOOP.way(a.position, b.position)) for a, b in pairwise(states[: grown + 1]))
    assert fastest < 0.2
    assert max(abs(LOOP_GROWN.way(a.position, b.position)) for a, b in pairwise(states[grown:])) < 0.2


def test_a_show_that_is_held_in_the_closing_leg_waits_as_long() -> None:
    show = make(LOOP, position=10.0)
    show.offer(Growth(FINGERPRINT, LOOP_GROWN))
    show.send(Event("/walk/hold"))
    frames(show, 0, 600)
    assert show.grown == ""
    show.send(Event("/walk/goto", (2,)))
    assert frames(show, 600, 610)[-1].position == pytest.approx(4.0, abs=0.1)
    assert show.grown == FINGERPRINT


def test_an_offer_can_be_withdrawn() -> None:
    show = make(OPEN)
    show.offer(Growth(FINGERPRINT, OPEN_GROWN))
    show.offer(None)
    frames(show, 0, 10)
    assert show.grown == ""


def test_a_painting_that_has_joined_can_be_gone_to_by_name() -> None:
    show = make(OPEN)
    assert "'Night' is unknown" in str(show.send(Event("/walk/goto", ("Night",))))
    show.offer(Growth(FINGERPRINT, OPEN_GROWN))
    frames(show, 0, 10)
    assert show.send(Event("/walk/goto", ("Night",))) is None
    assert frames(show, 10, 20)[-1].position == 12.0


def performed(path: Path, shape: WalkShape, grown: WalkShape, fps: Fraction) -> list[FrameState]:
    """Twelve seconds in which the walk grows and, in the very next frame, the new painting is gone to by name."""
    with TakeWriter(path, HEADER) as take:
        show = make(shape, log=take.append)
        states = []
        for n in range(int(12 * fps)):
            if n == int(3 * fps):
                show.offer(Growth(FINGERPRINT, grown))
            if show.grown and states and states[-1].painting != 3:
                assert show.send(Event("/walk/goto", ("Night",))) is None
            states.append(show.frame(n, frame_time_s(n, fps), float(1 / fps)))
            take.mark(Show.tick_of(frame_time_s(n, fps)))
    return states


@pytest.mark.parametrize(("shape", "grown"), [(OPEN, OPEN_GROWN), (LOOP, LOOP_GROWN)])
@pytest.mark.parametrize("rate", [1, 3])
def test_a_take_in_which_the_walk_grew_replays_bit_for_bit(
    tmp_path: Path, shape: WalkShape, grown: WalkShape, rate: int
) -> None:
    """At a lower rate too, where growing and going there fall between two frames."""
    fps = Fraction(30)
    played = performed(tmp_path / "a.take", shape, grown, fps)
    assert any(state.painting == 3 for state in played)
    reader = TakeReader(tmp_path / "a.take")
    assert reader.walks == (HEADER.bundle, FINGERPRINT)
    assert [entry.item for entry in reader if isinstance(entry.item, Grown)] == [Grown(FINGERPRINT)]
    show = make(shape)
    replay = Replay(iter(reader), show, {FINGERPRINT: grown})
    for n in range(0, len(played), rate):
        replay.feed(show.horizon_s(frame_time_s(n, fps)))
        state = show.frame(n, frame_time_s(n, fps), float(1 / fps))
        assert state == played[n]
    assert show.grown == FINGERPRINT


def test_what_is_no_fingerprint_is_damage(tmp_path: Path) -> None:
    with TakeWriter(tmp_path / "a.take", HEADER) as take:
        take.append(3, "walk", Growth("../../walk", OPEN))
    with pytest.raises(TakeError, match="line 2 is damaged"):
        list(TakeReader(tmp_path / "a.take"))


@pytest.mark.parametrize("loop", [False, True])
def test_a_larger_walk_is_known_from_another_one(tmp_path: Path, loop: bool) -> None:
    small = make_walk(tmp_path / "small.walk", paintings=3, loop=loop)
    large = make_walk(tmp_path / "large.walk", paintings=4, loop=loop)
    check_grown(small, large)
    check_grown(small, small)
    other = make_walk(tmp_path / "other.walk", paintings=4, between=2, loop=loop)
    wide = make_walk(tmp_path / "wide.walk", size=(160, 72), paintings=4, loop=loop)
    turned = make_walk(tmp_path / "turned.walk", paintings=4, loop=not loop)
    for refused in (other, wide, turned):
        with pytest.raises(BundleError, match="was baked anew and begins otherwise: the show goes on as it was"):
            check_grown(small, refused)
    with pytest.raises(BundleError, match="was baked anew"):
        check_grown(large, small)


def test_splicing_a_walk_from_its_last_painting_on_gives_the_longer_walk(tmp_path: Path) -> None:
    whole = make_walk(tmp_path / "whole.walk", paintings=5)
    kept = whole.paintings[2].keyframe
    short = replace(
        whole, paintings=whole.paintings[:3], keyframes=whole.keyframes[: kept + 1], segments=whole.segments[:kept]
    )
    tail = replace(
        whole,
        paintings=tuple(replace(each, keyframe=each.keyframe - kept) for each in whole.paintings[2:]),
        keyframes=tuple(
            replace(
                each,
                painting=None if each.painting is None else each.painting - 2,
                weights={number - 2: weight for number, weight in each.weights.items()},
                arc=each.arc - kept,
            )
            for each in whole.keyframes[kept:]
        ),
        segments=tuple(replace(each, start=each.start - kept, end=each.end - kept) for each in whole.segments[kept:]),
    )
    assert spliced(short, tail) == whole
