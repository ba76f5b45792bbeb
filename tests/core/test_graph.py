"""The walk as a graph: ways, paths, places; and who chooses the next painting by what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core import walk as bundle
from artwalks_live.core.choosing import UNSEEN, Seen, chosen
from artwalks_live.core.embedding import packed
from artwalks_live.core.graph import Graph
from artwalks_live.core.mood import Mood
from artwalks_live.core.motion import CHOICES, Controls
from artwalks_live.core.walk_extras import Look
from artwalks_live.core.walk_shape import WalkShape
from tests.graphs import complete, graph_shape, graph_walk
from tests.walks import make_walk

RED, GREEN, BLUE, GREY = Look(0.0, 1.0, 0.2), Look(1 / 3, 1.0, 0.3), Look(2 / 3, 1.0, 0.5), Look(0.0, 0.0, 0.6)


def test_legs_can_be_walked_both_ways() -> None:
    graph = graph_shape([(0, 1), (1, 2), (0, 2)]).graph
    assert [(way.start, way.end, way.b) for way in graph.out(2)] == [(4.0, 2.0, 1), (7.0, 5.0, 0)]
    assert graph.beside(0) == (1, 2)
    assert graph.out(0)[1].back == graph.out(2)[1]
    assert (graph.out(2)[0].heading, graph.out(2)[0].length) == (-1, 2.0)


def test_a_path_has_the_fewest_legs_and_of_these_it_is_the_shortest() -> None:
    graph = graph_shape([(0, 1), (1, 2), (2, 3), (0, 3)]).graph
    assert [way.b for way in graph.path(0, 3)] == [3]
    assert [way.b for way in graph.path(1, 3)] == [0, 3]  # as long as by 2, and earlier in the bundle
    longer = replace(graph, arcs=(0.9, 0.1, 0.1, 0.1))
    assert [way.b for way in longer.path(1, 3)] == [2, 3]
    assert graph.path(2, 2) == ()
    assert Graph(3, graph.legs[:1]).path(0, 2) == ()
    assert graph.once() == 6.0


def test_a_chain_and_a_loop_are_graphs_too() -> None:
    chain = WalkShape(12, (0, 4, 8, 12)).graph
    assert [(way.start, way.end) for way in chain.path(3, 1)] == [(12.0, 8.0), (8.0, 4.0)]
    loop = WalkShape(12, (0, 4, 8), loop=True).graph
    assert [(way.start, way.end, way.b) for way in loop.path(0, 2)] == [(12.0, 8.0, 2)]
    assert [(way.start, way.end, way.b) for way in loop.path(2, 0)] == [(8.0, 12.0, 0)]


def test_the_graph_of_a_bundle(tmp_path: Path) -> None:
    walk = graph_walk(tmp_path / "a.walk", complete(3))
    graph = Graph.of(walk)
    assert graph.legs == graph_shape(complete(3)).graph.legs
    assert graph.arcs == (2.0, 2.0, 2.0)
    assert (graph.looks, graph.alike) == ((), ())
    looks = [RED, replace(RED, hue=0.05), BLUE]
    seen = replace(walk, paintings=tuple(replace(p, look=look) for p, look in zip(walk.paintings, looks, strict=True)))
    bundle.write(seen)
    graph = Graph.of(bundle.read(walk.folder))
    assert graph.looks == tuple(looks)
    assert graph.alike[0][1] > graph.alike[0][2]
    some = replace(seen, paintings=(*seen.paintings[:2], walk.paintings[2]))
    assert (Graph.of(some).looks, Graph.of(some).alike) == ((), ())
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    known = (replace(p, embedding=packed(v)) for p, v in zip(seen.paintings, vectors, strict=True))
    assert Graph.of(replace(seen, paintings=tuple(known))).alike[0][2] == pytest.approx(0.6, abs=1e-3)


def test_places_in_a_graph(tmp_path: Path) -> None:
    shape = WalkShape.of(graph_walk(tmp_path / "a.walk", complete(3)))
    assert shape == replace(graph_shape(complete(3)), legs=shape.legs)
    assert [shape.wrap(position) for position in (-1.0, 4.0, 4.4, 4.6, 5.0, 6.5, 9.0)] == [0, 4, 4, 5, 5, 6.5, 7]
    assert [shape.painting_at(position) for position in (0.0, 4.0, 5.0, 5.5, 7.0)] == [0, 2, 0, None, 2]
    assert [shape.nearest_painting(position) for position in (0.9, 4.0, 5.1, 6.9)] == [0, 2, 0, 2]
    assert (shape.run(4.0), shape.run(5.0)) == (0, 1)
    assert (shape.stand(2, 1.0), shape.stand(2, 6.0), shape.stand(1, 6.0)) == (4.0, 7.0, 2.0)
    assert shape.tour == (0.0, 2.0, 4.0)
    assert shape.branching


def test_a_composed_walk_knows_which_painting_shows_most(tmp_path: Path) -> None:
    walk = make_walk(tmp_path / "a.walk", paintings=2, between=3)
    mixed = tuple(replace(keyframe, painting=None) for keyframe in walk.keyframes)
    composed = replace(walk, keyframes=mixed, paintings=tuple(replace(p, keyframe=None) for p in walk.paintings))
    shape = WalkShape.of(composed)
    assert [shape.nearest_painting(position) for position in (0.0, 1.2, 3.0, 4.0)] == [0, 0, 1, 1]
    assert shape.paintings == (0, 4)
    assert not any(shape.is_painting(float(position)) for position in range(5))
    assert not shape.branching


@pytest.mark.parametrize("count", [2, 3, 6])
def test_random_shows_all_before_any_twice(count: int) -> None:
    graph, controls = graph_shape(complete(count)).graph, Controls(choose="random", seed=3)
    here, seen, walked = 0, Seen(frozenset({0}), (0,)), [0]
    for _ in range(5 * count):
        here, seen = chosen(graph, here, seen, controls)
        seen = Seen(seen.fresh | {here}, (*seen.latest, here), seen.draws)
        walked.append(here)
    assert set(walked[:count]) == set(range(count))
    for start in range(count - 1, 4 * count, count - 1):  # the last of a round begins the next
        assert set(walked[start : start + count]) == set(range(count))
    other = chosen(graph, 0, UNSEEN, replace(controls, seed=4))
    assert chosen(graph, 0, UNSEEN, replace(controls, seed=4)) == other


def test_random_goes_through_others_to_what_no_leg_leads_to() -> None:
    graph = graph_shape([(0, 1), (1, 2), (1, 3)]).graph
    left = Seen(frozenset({0, 1, 2}), (1, 2))
    assert chosen(graph, 2, left, Controls(choose="random"))[0] == 3
    assert [way.b for way in graph.path(2, 3)] == [1, 3]


def test_similar_key_and_energy_choose_by_what_is_known() -> None:
    alike = ((1.0, 0.2, 0.9, 0.5), (0.2, 1.0, 0.1, 0.3), (0.9, 0.1, 1.0, 0.4), (0.5, 0.3, 0.4, 1.0))
    graph = graph_shape(complete(4), looks=(RED, GREEN, BLUE, GREY), alike=alike).graph
    assert chosen(graph, 0, UNSEEN, Controls(choose="similar"))[0] == 2
    assert chosen(graph, 0, Seen(frozenset({2})), Controls(choose="similar"))[0] == 3
    assert chosen(graph, 0, UNSEEN, Controls(choose="key", hue=0.45))[0] == 1
    assert chosen(graph, 0, UNSEEN, Controls(choose="key", hue=0.8))[0] == 2
    assert chosen(graph, 1, UNSEEN, Controls(choose="key", hue=0.97))[0] == 0
    assert chosen(graph, 0, UNSEEN, Controls(choose="energy", energy=1.0))[0] == 3
    assert chosen(graph, 0, UNSEEN, Controls(choose="energy", energy=0.0))[0] == 1
    lately = Seen(frozenset(), (3, 0))
    assert chosen(graph, 0, lately, Controls(choose="energy", energy=1.0))[0] == 2  # not back where it came from


@pytest.mark.parametrize("choice", CHOICES)
def test_where_nothing_is_known_the_list_decides(choice: str) -> None:
    if choice == "random":
        return
    graph = graph_shape(complete(4)).graph
    assert chosen(graph, 1, UNSEEN, Controls(choose=choice))[0] == 2  # type: ignore[arg-type]
    assert chosen(graph, 3, UNSEEN, Controls(choose=choice))[0] == 0  # type: ignore[arg-type]


def test_the_key_of_the_music_is_a_hue_round_the_circle_of_fifths() -> None:
    def hue(*pitches: int) -> float:
        mood = Mood()
        for _ in range(240 * 3):
            mood.step(1 / 240, [float(pitch in pitches) for pitch in range(12)], 0.5)
        return mood.hue

    assert hue(0) == pytest.approx(0.0, abs=1e-9)
    assert hue(7) == pytest.approx(1 / 12)  # a fifth further
    assert hue(2) == pytest.approx(2 / 12)
    assert hue(0, 7) == pytest.approx(0.5 / 12)
    assert hue() == -1.0
    assert hue(*range(12)) == -1.0


def test_the_energy_of_the_music_follows_in_seconds() -> None:
    mood = Mood()
    for _ in range(240 * 4):
        mood.step(1 / 240, [0.0] * 12, 1.0)
    assert mood.energy == pytest.approx(1 - np.exp(-1), abs=1e-6)
