"""A walk through a graph: it never ends, nothing jumps, and what was asked for is what comes next."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from artwalks_live.core.arrival import EARLY_S
from artwalks_live.core.events import Event
from artwalks_live.core.motion import CHOICES, Choice, Controls, Mode
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import FrameState, Show, Start
from artwalks_live.core.take import Replay, TakeReader, TakeWriter
from artwalks_live.core.timeline import State, start, step
from artwalks_live.core.walk_extras import Look
from artwalks_live.core.walk_shape import WalkShape
from tests.core.test_show import PARAMS_ALL, hops, play
from tests.core.test_take import HEADER
from tests.graphs import complete, graph_shape
from tests.songs import BAR_S, made_cues
from tests.walks import make_walk

DT = 1 / 240
FPS = Fraction(60)
FOUR = graph_shape(complete(4))
LOOKS = tuple(Look(n / 5, 0.8, n / 5) for n in range(5))
FIVE = graph_shape(complete(5), looks=LOOKS, alike=tuple(tuple(-abs(a - b) / 5 for a in range(5)) for b in range(5)))
QUICK = {"clock.segment_s": 0.25, "clock.hold_s": 0.1, "walk.glide_s": 0.3}
PRESETS = {
    "graph": Preset("graph", "clock", values=QUICK),
    "random": Preset("random", "clock", values=QUICK, choose="random"),
    "far": Preset("far", "position"),
    "song": Preset("song", "cues", values={"music.base": 1.0}),
    "key": Preset("key", "music", values={"music.gain": 4.0, "music.hold_s": 0.2}, choose="key"),
}  # fmt: skip


def make(preset: str = "graph", shape: WalkShape = FOUR, log: object = None, **more: object) -> Show:
    cues = more.pop("cues", None)
    return Show(shape, PARAMS_ALL, PRESETS, Start(preset, **more), log, cues=cues)  # type: ignore[arg-type]


def visits(shape: WalkShape, frames: list[FrameState]) -> list[int]:
    """The paintings passed, in order."""
    near = [frame.painting for frame in frames if shape.travel(frame.position) < 0.25]
    return [a for a, b in zip(near, [*near[1:], -1], strict=True) if a != b]


def wander(shape: WalkShape, controls: Controls, seconds: float) -> list[tuple[State, State]]:
    """Every tick, before and after."""
    state, ticks = start(shape), []
    for _ in range(round(seconds / DT)):
        if controls.mode == "beat":
            controls.beats = 4 * DT
            controls.beat += controls.beats
        after = step(state, controls, shape, DT)
        ticks.append((state, after))
        state = after
    return ticks


def check_continuous(shape: WalkShape, ticks: list[tuple[State, State]], most: float) -> None:
    """No tick jumps: where the position changes to another leg, the same painting stands at both places."""
    for before, after in ticks:
        assert shape.wrap(after.position) == after.position
        if not after.jumped:
            assert abs(after.position - before.position) <= most
            continue
        left = [at for at in (*range(shape.segments + 1),) if abs(at - before.position) <= most]
        begun = [at for at in (*range(shape.segments + 1),) if abs(at - after.position) <= most]
        same = {shape.painting_at(float(at)) for at in left} & {shape.painting_at(float(at)) for at in begun}
        assert same - {None}


def connected(rng: random.Random) -> WalkShape:
    """A random graph of 2 to 8 paintings in which each can be reached."""
    count = rng.randint(2, 5)
    legs = [(rng.randrange(b), b) for b in range(1, count)]
    free = [(a, b) for a in range(count) for b in range(a) if (a, b) not in legs and (b, a) not in legs]
    legs += rng.sample(free, rng.randint(0, len(free)))
    rng.shuffle(legs)
    turned = [leg if rng.random() < 0.5 else leg[::-1] for leg in legs]
    return graph_shape(turned, between=rng.randint(0, 3))


@pytest.mark.parametrize("seed", range(12))
def test_a_random_walk_sees_every_painting_of_any_graph_again_and_again(seed: int) -> None:
    rng = random.Random(seed)
    shape = connected(rng)
    mode: Mode = rng.choice(["clock", "music", "beat"])
    controls = Controls(
        mode=mode, choose="random", seed=seed, segment_s=0.1, clock_hold_s=rng.choice([0.0, 0.1]), base=8.0, limit=9.0,
        music_hold_s=rng.choice([0.0, 0.1]), beats_per_segment=1.0, hold_beats=rng.choice([0.0, 1.0]),
        end=rng.choice(["stop", "pingpong", "jump"]), curve=rng.choice(["leg", "segment", "linear"]),
    )  # fmt: skip
    ticks = wander(shape, controls, 36.0)
    check_continuous(shape, ticks, 0.2)
    count = len(shape.paintings)
    seen = [shape.nearest_painting(after.position) for _, after in ticks]
    for part in range(3):
        assert set(seen[part * len(seen) // 3 : (part + 1) * len(seen) // 3]) == set(range(count))


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("mode", ["clock", "music", "beat"])
def test_no_choice_comes_to_an_end_in_any_mode(choice: Choice, mode: Mode) -> None:
    controls = Controls(
        mode=mode, choose=choice, segment_s=0.1, clock_hold_s=0.05, base=4.0, limit=9.0, music_hold_s=0.1,
        beats_per_segment=1.0, hold_beats=1.0, end="stop", hue=0.3, energy=0.4,
    )  # fmt: skip
    ticks = wander(FIVE, controls, 20.0)
    check_continuous(FIVE, ticks, 0.2)
    moved = [after.position for _, after in ticks]
    assert all(len({round(p, 3) for p in moved[at : at + 480]}) > 5 for at in range(0, len(moved), 480))


def test_the_list_goes_round_and_a_chain_of_the_same_paintings_goes_as_ever() -> None:
    frames = play(make(), 8.0, FPS)
    assert visits(FOUR, frames)[:7] == [0, 1, 2, 3, 0, 1, 2]
    chain = WalkShape(6, (0, 2, 4, 6))
    assert visits(chain, play(make(shape=chain), 8.0, FPS))[:7] == [0, 1, 2, 3, 2, 1, 0]
    assert all(frame.onward is None and frame.bound is None for frame in play(make(shape=chain), 2.0, FPS))


def test_by_energy_the_next_leg_is_chosen_again_two_seconds_before_the_rest_ends() -> None:
    controls = Controls(choose="energy", clock_hold_s=6.0, energy=1.0)
    state, bound = start(FIVE), {}
    for tick in range(240 * 6):
        if tick == 240:
            controls.energy = 0.5
        state = step(state, controls, FIVE, DT)
        bound[tick] = state.trail.path[-1].b if state.trail.path else None
    assert {bound[tick] for tick in range(1, 240 * 4 - 10)} == {4}
    assert {bound[tick] for tick in range(240 * 4 + 10, 240 * 6 - 10)} == {2}


@pytest.mark.parametrize("mode", ["clock", "music", "beat"])
def test_a_single_painting_is_stood_on(mode: Mode) -> None:
    controls = Controls(mode=mode, segment_s=0.1, clock_hold_s=0.1, base=4.0, music_hold_s=0.1, hold_beats=0.0)
    ticks = wander(WalkShape(1, (0,), loop=True), controls, 2.0)
    assert {after.position for _, after in ticks} == {0.0}


def test_a_chain_may_be_walked_by_choice_too() -> None:
    chain = WalkShape(6, (0, 2, 4, 6))
    frames = play(make("random", chain, seed=1), 20.0, FPS)
    assert set(visits(chain, frames)) == {0, 1, 2, 3}
    assert frames[-1].choose == "random"


def test_the_next_leg_is_known_half_way_along_the_one_before() -> None:
    frames = play(make("random", seed=2), 10.0, FPS)
    last: FrameState | None = None
    for frame in frames:
        if last is not None and frame.entered != last.entered:
            assert last.onward is not None
            begin, end = last.onward
            assert min(begin, end) <= frame.position <= max(begin, end)
            assert abs(frame.position - begin) < 0.2
            assert frame.heading == (1 if end > begin else -1)
        last = frame


def test_reverse_goes_back_the_way_it_came() -> None:
    show = make("random", seed=7)
    there = visits(FOUR, play(show, 6.0, FPS))
    assert show.send(Event("/walk/reverse")) is None
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(361, 361 + 270)]
    back = visits(FOUR, frames)
    assert back[:4] == there[-len(back) :][::-1][:4]


def press(show: Show, at_s: float, *addresses: str) -> None:
    for address in addresses:
        word, _, name = address.partition(" ")
        assert show.send(Event(word, (int(name),) if name.isdigit() else (name,) if name else (), at_s)) is None


def test_next_and_previous_glide_along_the_legs_while_the_walk_is_held() -> None:
    show = make("graph")
    press(show, 0.0, "/walk/hold", "/walk/choose random")
    frames = play(show, 0.2, FPS)
    places = []
    for turn, word in enumerate(("next", "next", "next", "previous", "previous")):
        press(show, 0.2 + turn, f"/walk/{word}")
        frames = [show.frame(n, n / 60, 1 / 60) for n in range(13 + 60 * turn, 13 + 60 * turn + 59)]
        places.append(frames[-1].painting)
        assert FOUR.painting_at(frames[-1].position) == frames[-1].painting
    assert len({0, *places[:3]}) == 4
    assert places[3:] == [places[1], places[0]]


def test_next_twice_goes_two_legs_on_and_previous_turns_round() -> None:
    show = make("graph")
    press(show, 0.0, "/walk/hold")
    press(show, 0.1, "/walk/next", "/walk/next", "/walk/next", "/walk/next")
    frames = play(show, 3.0, FPS)
    assert visits(FOUR, frames) == [0, 1, 2, 3, 0]
    press(show, 3.1, "/walk/next")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(181, 190)]
    assert FOUR.travel(frames[-1].position) > 0.0
    press(show, 3.17, "/walk/previous")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(190, 250)]
    assert FOUR.painting_at(frames[-1].position) == 0


def test_to_walks_there_over_the_fewest_legs_and_goto_cuts() -> None:
    line = graph_shape([(0, 1), (1, 2), (3, 2), (0, 4)])
    show = make(shape=line)
    press(show, 0.0, "/walk/to Night")
    frames = play(show, 3.0, FPS)
    assert visits(line, frames)[:4] == [0, 1, 2, 3]
    steps = [abs(b.position - a.position) for a, b in pairwise(frames) if a.entered == b.entered]
    assert max(steps) < 0.2
    assert frames[30].bound == 3
    press(show, 3.0, "/walk/goto 5")
    assert show.frame(182, 182 / 60, 1 / 60).painting == 4


def test_to_does_not_rest_on_the_way_and_turns_round_where_that_is_shorter() -> None:
    line = graph_shape([(0, 1), (1, 2), (0, 3)], between=3)
    slow = {"graph": replace(PRESETS["graph"], values={"clock.segment_s": 0.2, "clock.hold_s": 5.0})}
    show = Show(line, PARAMS_ALL, slow, Start("graph"))
    press(show, 0.0, "/walk/to 3")
    play(show, 1.0, FPS)
    frame = show.frame(66, 1.1, 1 / 60)
    assert 4.0 < frame.position < 6.0  # beyond 1, which it did not rest on
    press(show, 1.1, "/walk/to 4")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(67, 67 + 240)]
    assert visits(line, frames) == [1, 0, 3]
    assert max(frame.position for frame in frames if frame.entered == frames[0].entered) < 7.0


@pytest.mark.parametrize("shape", [WalkShape(12, (0, 4, 8, 12)), WalkShape(16, (0, 4, 8, 12), loop=True)])
def test_to_works_in_a_chain_and_a_loop_and_afterwards_the_walk_goes_on_as_before(shape: WalkShape) -> None:
    show = make(shape=shape)
    play(show, 1.2, FPS)
    press(show, 1.2, "/walk/to 4", "/walk/to 1")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(73, 73 + 240)]
    assert visits(shape, frames)[:2] in ([0, 1], [1, 0])
    at = next(n for n, frame in enumerate(frames) if frame.position == 0.0)
    later = frames[at : at + 40]
    assert later[-1].position > later[0].position  # onward in the walk's own direction
    press(show, 5.3, "/walk/to 4")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(318, 318 + 400)]
    expected = [0, 3] if shape.loop else [0, 1, 2, 3]
    assert visits(shape, frames)[-len(expected) :] == expected or set(expected) <= set(visits(shape, frames))


def test_position_mode_pulls_along_a_stretch_and_cuts_at_a_break() -> None:
    show = make("far")
    play(show, 0.1, FPS)
    press(show, 0.1, "/walk/position 3")
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(7, 100)]
    assert 0.1 < frames[10].position < 3.0
    assert frames[-1].position == 3.0
    assert show.send(Event("/walk/position", (8.5,), 1.7)) is None
    frames = [show.frame(n, n / 60, 1 / 60) for n in range(100, 160)]
    assert {frame.position for frame in frames} == {3.0, 8.5}
    assert show.send(Event("/walk/position", (9.6,), 2.7)) is None  # inside a break
    assert show.frame(200, 200 / 60, 1 / 60).position == 10.0


def test_by_cues_the_chain_is_what_arrives_and_elsewhere_the_walk_comes_to_it() -> None:
    cues = made_cues(bars=14, drop=8)
    show = make("song", cues=cues, song_s=0.0, position=8.0)  # on a leg that no plan is made for
    frames = play(show, 27.0, FPS)
    arrival = next(frame for frame in frames if frame.time_s >= 8 * BAR_S - EARLY_S + 1 / 60)
    assert FOUR.painting_at(arrival.position) is not None
    assert FOUR.run(arrival.position) == 0
    plan = show._walker.controls.plan
    assert plan is not None
    assert [plan.journey.stop(number) for number in range(4)] == [0.0, 2.0, 4.0, 6.0]


def test_a_take_makes_the_same_choices(tmp_path: Path) -> None:
    events = [Event("/walk/choose", (choice,), 2.0 + 2.1 * n) for n, choice in enumerate(CHOICES)]
    events += [Event("/walk/next", (), 5.03), Event("/walk/next", (), 5.1), Event("/walk/to", (2,), 7.3)]
    events += [Event("/walk/reverse", (), 9.9), Event("/show/preset", ("random",), 11.3)]
    waiting = sorted([*hops(14.0, 5), *events], key=lambda item: item.time_s)
    header = replace(HEADER, start=Start("key", seed=9))
    with TakeWriter(tmp_path / "a.take", header) as take:
        show = make("key", FIVE, take.append, seed=9)
        frames = play(show, 14.0, FPS, waiting)
        take.mark(Show.tick_of(14.0))
    again = make("key", FIVE, seed=9)
    feed = Replay(iter(TakeReader(tmp_path / "a.take")), again, {}).feed
    for frame in frames:
        feed(again.horizon_s(frame.time_s))
        assert again.frame(frame.index, frame.time_s, frame.dt_s) == frame
    assert len({frame.choose for frame in frames}) == 5


@pytest.mark.parametrize("preset", ["graph", "random", "far", "key", "song"])
@pytest.mark.parametrize("shown", [(), (1,)])
def test_a_composed_walk_is_played_to_its_end_in_any_mode(tmp_path: Path, preset: str, shown: tuple[int, ...]) -> None:
    walk = make_walk(tmp_path / "a.walk", paintings=3, between=2)
    kept = [k if k.painting in shown else replace(k, painting=None) for k in walk.keyframes]
    given = [p if n in shown else replace(p, keyframe=None) for n, p in enumerate(walk.paintings)]
    shape = WalkShape.of(replace(walk, keyframes=tuple(kept), paintings=tuple(given)))
    show = make(preset, shape, cues=made_cues(bars=14, drop=8), song_s=0.0)
    for at_s, word in ((1.0, "next"), (2.0, "previous"), (3.0, "to 3"), (4.0, "goto 2"), (5.0, "reverse")):
        press(show, at_s, f"/walk/{word}")
    frames = play(show, 8.0, FPS)
    assert all(0.0 <= frame.position <= 6.0 for frame in frames)
    assert {frame.painting for frame in frames} <= {0, 1, 2}
    assert len({frame.position for frame in frames}) > 20


VERBS = ("next", "next", "previous", "reverse", "hold", "to", "goto", "position", "choose", "mode", "speed")


def fuzz(seed: int, shape: WalkShape, seconds: float = 12.0) -> list[Event]:
    """What many hands do at once."""
    rng = random.Random(seed)
    events = []
    for _ in range(round(seconds * 3)):
        verb, at_s = rng.choice(VERBS), rng.uniform(0.0, seconds)
        args: tuple[float | int | str, ...] = ()
        if verb in ("to", "goto"):
            args = (rng.randint(1, len(shape.paintings)),)
        elif verb == "position":
            args = (rng.uniform(-1.0, shape.segments + 1.0),)
        elif verb == "choose":
            args = (rng.choice(CHOICES),)
        elif verb == "speed":
            args = (rng.choice([-2.0, -0.5, 0.0, 1.0, 4.0]),)
        elif verb == "mode":
            args = (rng.choice(["clock", "music", "beat", "position", "cues"]),)
        events.append(Event("/show/mode" if verb == "mode" else f"/walk/{verb}", args, at_s))
    return events


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_pressed_it_stands_on_a_leg_and_moves_without_a_jump_but_for_cuts(seed: int) -> None:
    rng = random.Random(seed)
    shape = connected(rng) if seed % 3 else FIVE
    events = fuzz(seed, shape)
    show = make("random", shape, seed=seed, cues=made_cues(bars=14, drop=8), song_s=0.0)
    frames = play(show, 12.0, FPS, [*hops(12.0, seed), *events])
    cuts = [event.time_s for event in events if event.address in ("/walk/goto", "/walk/position", "/show/mode")]
    for before, after in pairwise(frames):
        assert shape.wrap(after.position) == after.position
        if before.entered == after.entered and not any(before.time_s - 0.05 <= cut <= after.time_s for cut in cuts):
            assert abs(after.position - before.position) < 1.0, after.time_s
    assert show.refused == 0


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Event("/walk/choose", ("fate",)), "/walk/choose: choice 'fate' is unknown: use one of energy, key, list"),
        (Event("/walk/choose"), "/walk/choose needs a name or a number"),
        (Event("/walk/to", ("Nowhere",)), "/walk/to: painting 'Nowhere' is unknown"),
    ],
)
def test_what_cannot_be_chosen_is_refused(event: Event, message: str) -> None:
    assert message in str(make().send(event))
