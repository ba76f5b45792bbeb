from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from artwalks_live.core.timeline import TICK_HZ, Controls, State, between, glide, jump, pull, start, step, turn
from artwalks_live.core.walk_shape import WalkShape

DT = 1.0 / TICK_HZ
OPEN = WalkShape(12, (0, 4, 8, 12))
LOOP = WalkShape(12, (0, 4, 8), loop=True)


def run(state: State, controls: Controls, shape: WalkShape, seconds: float) -> list[State]:
    states = []
    for _ in range(round(seconds * TICK_HZ)):
        state = step(state, controls, shape, DT)
        states.append(state)
    return states


def run_beats(state: State, controls: Controls, shape: WalkShape, beats: float, bpm: float) -> dict[float, float]:
    """beat → position; starts at the beat of the controls."""
    positions = {}
    first = controls.beat
    for i in range(1, round(beats * 60 / bpm * TICK_HZ) + 1):
        beat = first + i * bpm / 60 * DT
        controls.beats, controls.beat = beat - controls.beat, beat
        state = step(state, controls, shape, DT)
        positions[beat] = state.position
    return positions


# clock


@pytest.mark.parametrize("curve", ["leg", "segment", "linear"])
@pytest.mark.parametrize(("n", "s", "i", "f"), [(2, 5, 10.0, 20.0), (4, 3, 0.7, 1.3), (3, 0, 2.05, 0.0)])
def test_an_open_walk_lasts_exactly_n_holds_and_its_segments(curve: str, n: int, s: int, i: float, f: float) -> None:
    shape = WalkShape((n - 1) * (s + 1), tuple(range(0, (n - 1) * (s + 1) + 1, s + 1)))
    controls = Controls(mode="clock", curve=curve, end="stop", segment_s=i, clock_hold_s=f)  # type: ignore[arg-type]
    total_s = n * f + (n - 1) * (s + 1) * i
    states = run(start(shape), controls, shape, total_s + 1)
    arrived = next(k for k, state in enumerate(states, 1) if state.position == shape.segments)
    assert arrived == math.ceil(round((total_s - f) * TICK_HZ, 6))
    finished = next(k for k, state in enumerate(states, 1) if state.position == shape.segments and state.rest == 0.0)
    assert abs(finished - total_s * TICK_HZ) <= 1.0 + 1e-6


def test_a_long_leg_far_into_a_walk_is_as_exact() -> None:
    shape = WalkShape(3000, (0, 2988, 3000))
    controls = Controls(mode="clock", end="stop", segment_s=10.0, clock_hold_s=1.0)
    states = run(start(shape, 2988), controls, shape, 125)
    arrived = next(k for k, state in enumerate(states, 1) if state.position == 3000)
    assert arrived == 121 * TICK_HZ


def test_the_leg_curve_rests_only_at_paintings_and_the_segment_curve_at_every_keyframe() -> None:
    for curve, slow_at_keyframe in (("leg", False), ("segment", True)):
        controls = Controls(mode="clock", curve=curve, segment_s=1.0, clock_hold_s=0.0)  # type: ignore[arg-type]
        states = run(start(OPEN), controls, OPEN, 4)
        near = [state.velocity for state in states if abs(state.position - 2.0) < 0.01]
        assert (max(near) < 0.5) is slow_at_keyframe
        assert abs(states[1].velocity) < 0.05 and abs(states[-2].velocity) < 0.05


def test_the_s_curve_is_that_of_the_original() -> None:
    controls = Controls(mode="clock", curve="segment", segment_s=10.0, clock_hold_s=0.0)
    states = run(start(OPEN), controls, OPEN, 10)
    assert states[round(3.4 * TICK_HZ) - 1].position == pytest.approx(0.25, abs=0.01)
    assert states[round(5.0 * TICK_HZ) - 1].position == pytest.approx(0.5, abs=1e-9)
    assert states[round(6.6 * TICK_HZ) - 1].position == pytest.approx(0.75, abs=0.01)


def test_speed_scales_time_and_its_sign_turns_it() -> None:
    fast = run(start(OPEN), Controls(mode="clock", speed=4.0, segment_s=1, clock_hold_s=2), OPEN, 1.5)[-1]
    assert fast.position == pytest.approx(4.0)
    back = run(start(OPEN, 8), Controls(mode="clock", speed=-4.0, segment_s=1, clock_hold_s=0), OPEN, 3)[-1]
    assert back.position < 4.0
    assert run(start(OPEN), Controls(mode="clock", speed=0.0, clock_hold_s=0), OPEN, 3)[-1].position < 0.01


# ends


def test_ends_of_an_open_walk() -> None:
    quick = Controls(mode="clock", curve="linear", segment_s=0.25, clock_hold_s=0.0)
    turned = run(start(OPEN, 11), replace_controls(quick, end="pingpong"), OPEN, 0.5)
    assert turned[-1].position == pytest.approx(11.0) and turned[-1].direction == -1
    stopped = run(start(OPEN, 11), replace_controls(quick, end="stop"), OPEN, 5)
    assert stopped[-1].position == 12.0
    jumped = run(start(OPEN, 11), replace_controls(quick, end="jump"), OPEN, 0.5)
    assert jumped[-1].position == pytest.approx(1.0)
    assert any(state.jumped for state in jumped)


def test_a_loop_wraps_both_ways_and_keeps_its_direction() -> None:
    quick = Controls(mode="clock", curve="linear", segment_s=0.25, clock_hold_s=0.0)
    there = run(start(LOOP, 11), quick, LOOP, 0.5)[-1]
    assert there.position == pytest.approx(1.0) and there.direction == 1
    back = run(start(LOOP, 1), replace_controls(quick, speed=-1.0), LOOP, 1.5)[-1]
    assert back.position > 6.0


def test_a_walk_played_to_its_end_with_speed_below_zero_turns_too() -> None:
    quick = Controls(mode="clock", curve="linear", segment_s=0.25, clock_hold_s=0.0, speed=-1.0)
    state = replace(start(OPEN, 1), pace=-1.0)
    states = run(state, quick, OPEN, 2)
    assert min(s.position for s in states) == 0.0 and states[-1].position > 3.0


# music


def test_music_drives_one_way_within_its_limits() -> None:
    rng = random.Random(1)
    controls = Controls(mode="music", end="pingpong", base=0.1, gain=3.0, limit=1.5, music_hold_s=0.5)
    state = start(LOOP)
    for _ in range(4000):
        controls.percussive = rng.random() ** 3
        before, state = state, step(state, controls, LOOP, DT)
        assert 0.0 <= LOOP.way(before.position, state.position) <= 1.5 * DT + 1e-12
    assert state.position != 0.0


def test_drums_speed_the_walk_up_and_silence_leaves_a_breath() -> None:
    controls = Controls(mode="music", base=0.2, gain=1.0, music_hold_s=0.0, linger=0.0, breath=0.25)
    calm = run(start(OPEN, 1.5), controls, OPEN, 2)[-1].velocity
    drums = run(start(OPEN, 1.5), replace_controls(controls, percussive=1.0), OPEN, 1)[-1].velocity
    silent = run(start(OPEN, 1.5), replace_controls(controls, silence=1.0), OPEN, 4)[-1].velocity
    assert calm == pytest.approx(0.2, rel=1e-2)
    assert drums == pytest.approx(1.2, rel=1e-2)
    assert silent == pytest.approx(0.05, rel=1e-2)


def test_music_rests_on_each_painting_exactly() -> None:
    controls = Controls(mode="music", base=1.0, music_hold_s=2.0)
    states = run(start(OPEN, 3.5), controls, OPEN, 6)
    assert sum(state.position == 4.0 for state in states) == pytest.approx(2.0 * TICK_HZ, abs=1)


def test_music_brakes_to_its_rest_and_starts_from_it_gently() -> None:
    controls = Controls(mode="music", base=0.8, music_hold_s=1.0)
    velocities = [state.velocity for state in run(start(OPEN, 3.0), controls, OPEN, 8)]
    assert max(abs(b - a) for a, b in pairwise(velocities[TICK_HZ:])) < 0.05
    assert max(velocities) == pytest.approx(0.8)


# beat


@pytest.mark.parametrize("bpm", [120.0, 93.7, 174.0])
@pytest.mark.parametrize("curve", ["leg", "linear"])
def test_every_segment_arrives_on_its_beat(bpm: float, curve: str) -> None:
    controls = Controls(mode="beat", curve=curve, beats_per_segment=4, hold_beats=4)  # type: ignore[arg-type]
    positions = run_beats(start(OPEN), controls, OPEN, 40, bpm)
    for target, beat in [(0.0, 4), (1.0, 8), (2.0, 12), (3.0, 16), (4.0, 20), (4.0, 24), (5.0, 28), (6.0, 32)]:
        at, position = min(positions.items(), key=lambda item: abs(item[0] - beat))
        assert position == pytest.approx(target, abs=1.5 * bpm / 60 * DT), (at, beat)


@pytest.mark.parametrize("phase", [0.05, 0.3, 0.5, 0.77, 0.99])
def test_from_anywhere_it_comes_into_step_within_two_segments(phase: float) -> None:
    controls = Controls(mode="beat", curve="linear", beats_per_segment=4, hold_beats=0)
    for beat in (0.2, 1.9, 3.3, 3.95):
        controls.beat = beat
        positions = run_beats(start(OPEN, 1 + phase), controls, OPEN, 16, 120)
        late = {b: p for b, p in positions.items() if b > 8.1}
        assert all(abs(math.remainder(p - b / 4, 1.0)) < 0.02 for b, p in late.items())


def test_a_beat_segment_never_hurries_more_than_it_may() -> None:
    for beat in (0.0, 0.7, 1.5, 2.4, 3.3, 3.9):
        controls = Controls(mode="beat", curve="linear", beats_per_segment=4, hold_beats=0, beat=beat)
        ordered = list(run_beats(start(OPEN, 5), controls, OPEN, 8, 120).values())
        steps = [b - a for a, b in pairwise(ordered)]
        assert max(steps) < 1.7 * 0.5 * DT + 0.011 and min(steps) > 0.5 * 0.5 * DT


# position, glides, jumps, holding


def test_a_commanded_position_is_reached_in_its_time_without_overshoot() -> None:
    controls = Controls(mode="position", smoothing_s=0.5)
    states = run(pull(start(OPEN), OPEN, 7.3), controls, OPEN, 3)
    positions = [state.position for state in states]
    assert positions == sorted(positions) and max(positions) <= 7.3
    assert positions[round(0.5 * TICK_HZ) - 1] == pytest.approx(0.9 * 7.3, rel=0.01)
    assert positions[-1] == 7.3


def test_wild_commands_never_overshoot_either() -> None:
    rng = random.Random(2)
    controls = Controls(mode="position", smoothing_s=0.3)
    state = start(OPEN, 6)
    for _ in range(200):
        target = rng.uniform(0, 12)
        state = pull(state, OPEN, target)
        side = math.copysign(1, target - state.position)
        for _ in range(rng.randrange(1, 60)):
            state = step(state, controls, OPEN, DT)
            assert side * (target - state.position) >= 0.0 or state.velocity * side < 0.0


def test_on_a_loop_the_shorter_way_is_taken() -> None:
    controls = Controls(mode="position", smoothing_s=0.2)
    states = run(pull(start(LOOP, 11), LOOP, 1), controls, LOOP, 1)
    assert not any(2.0 < state.position < 10.0 for state in states) and states[-1].position == 1.0


def test_position_mode_stands_still_until_commanded() -> None:
    assert {state.position for state in run(start(OPEN, 5.5), Controls(mode="position"), OPEN, 2)} == {5.5}


def test_a_glide_lands_on_the_painting_and_rests_there() -> None:
    controls = Controls(mode="clock", segment_s=10, clock_hold_s=5.0, glide_s=1.0)
    states = run(pull(start(OPEN, 1.2), OPEN, 4), controls, OPEN, 5)
    landed = next(i for i, state in enumerate(states) if state.position == 4.0)
    assert landed < 3 * TICK_HZ and states[landed].rest == 1.0 and states[-1].position == 4.0


@pytest.mark.parametrize("shape", [WalkShape(10, (0, 5), loop=True), WalkShape(10, (1, 3), loop=True)])
@pytest.mark.parametrize("heading", [1, -1])
def test_next_and_previous_go_round_a_loop_the_way_they_say(shape: WalkShape, heading: int) -> None:
    controls = Controls(mode="clock", held=True, glide_s=0.3)
    state, gone = start(shape, shape.paintings[0]), 0.0
    for presses in (1, 1, 2, 3):
        for _ in range(presses):
            state = glide(state, shape, heading)
        for after in run(state, controls, shape, 2):
            moved = shape.way(state.position, after.position)
            assert moved * heading >= 0.0
            gone, state = gone + moved, after
    first, other = shape.paintings
    assert state.position == other and gone * heading == pytest.approx(3 * 10 + (other - first) * heading % 10)


def test_a_jump_is_a_cut_and_not_smeared_over_a_tick() -> None:
    before = start(OPEN, 2.5)
    after = step(jump(before, OPEN, 9.5), Controls(mode="clock"), OPEN, DT)
    assert after.position != 9.5  # the walk went on from there
    state = replace(after, jumped=True)
    assert between(before, state, 0.0, OPEN) == 2.5 and between(before, state, 0.1, OPEN) == state.position


def test_hold_and_reverse_ease_in_and_out() -> None:
    controls = Controls(mode="clock", curve="linear", segment_s=1, clock_hold_s=0)
    state = run(start(OPEN, 1), controls, OPEN, 0.5)[-1]
    held = run(state, replace_controls(controls, held=True), OPEN, 1)
    velocities = [s.velocity for s in held]
    assert velocities == sorted(velocities, reverse=True) and velocities[-1] == 0.0
    assert max(abs(b - a) for a, b in pairwise(velocities)) < 0.03
    back = run(turn(state), controls, OPEN, 1)
    assert back[-1].velocity == pytest.approx(-1.0) and max(abs(s.velocity) for s in back) <= 1.0 + 1e-9


# anywhere


def test_whatever_happens_the_position_stays_in_the_walk_and_never_leaps() -> None:
    rng = random.Random(3)
    for shape in (OPEN, LOOP, WalkShape(1, (0, 1)), WalkShape(7, (2, 5), loop=True)):
        state, controls = start(shape, rng.uniform(0, shape.segments)), Controls()
        for _ in range(3000):
            if rng.random() < 0.02:
                controls.mode = rng.choice(["clock", "music", "beat", "position"])
                controls.curve = rng.choice(["leg", "segment", "linear"])
                controls.end = rng.choice(["pingpong", "stop", "jump"])
                controls.held = rng.random() < 0.2
                controls.speed = rng.choice([-2.0, -0.5, 0.0, 1.0, 3.0])
                controls.segment_s = rng.choice([0.5, 2.0])
                controls.clock_hold_s = rng.choice([0.0, 0.1])
                controls.hold_beats = rng.choice([0, 1])
                controls.beats_per_segment = rng.choice([1, 2, 3])
                controls.percussive = rng.random()
                state = rng.choice([state, turn(state), pull(state, shape, rng.uniform(-1, 9))])
            controls.beats = 2.0 * DT
            controls.beat += controls.beats
            before, state = state, step(state, controls, shape, DT)
            assert 0.0 <= state.position <= shape.segments and state.direction in (1, -1)
            assert not (shape.loop and state.position == shape.segments)
            if not state.jumped:
                assert abs(shape.way(before.position, state.position)) < 0.25


def replace_controls(controls: Controls, **changes: object) -> Controls:
    return replace(controls, **changes)  # type: ignore[arg-type]
