"""Format 2: walks with breaks, with paintings that are several keyframes or none, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError
from artwalks_live.core.pieces import locate
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_check import breaks, legs, pairs
from tests.graphs import graph_walk
from tests.walks import make_walk


def changed(walk: Walk, change: Callable[[dict[str, Any]], object]) -> bytes:
    values = json.loads(bundle.encode(walk))
    change(values)
    return json.dumps(values).encode()


def test_a_graph_is_written_as_format_2_and_read_back(tmp_path: Path) -> None:
    walk = graph_walk(tmp_path / "show.walk", [(0, 1), (1, 2), (0, 2), (2, 3)])
    assert json.loads((walk.folder / bundle.FILE).read_bytes())["format"] == 2
    again = bundle.read(walk.folder)
    assert again == walk
    assert bundle.verify(again) == []
    assert breaks(again) == (4,)
    assert legs(again) == ((0, 2), (2, 4), (5, 7), (7, 9))
    assert list(pairs(again)) == [(0, 1), (1, 2), (0, 2), (2, 3)]
    assert again.length == 9
    assert again.stands == (0, 2, 4, 9)
    assert [piece.start for piece in again.pieces] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert bundle.encode(again) == bundle.encode(walk)


def test_inside_a_break_the_nearer_end_is_shown(tmp_path: Path) -> None:
    pieces = graph_walk(tmp_path / "show.walk", [(0, 1), (0, 2), (1, 2)]).pieces
    assert locate(pieces, 2.0) == (1, 1.0)
    assert locate(pieces, 2.4) == (1, 1.0)
    assert locate(pieces, 2.6) == (2, 0.0)
    assert locate(pieces, 3.0) == (2, 0.0)


def test_chains_and_loops_are_format_1_as_ever(tmp_path: Path) -> None:
    for loop in (False, True):
        walk = make_walk(tmp_path / f"{loop}.walk", loop=loop)
        assert json.loads(bundle.encode(walk))["format"] == 1
        as_2 = changed(walk, lambda values: values.update(format=2))
        assert bundle.decode(as_2, walk.folder) == walk


def test_a_single_painting_is_a_loop_of_one_keyframe(tmp_path: Path) -> None:
    walk = make_walk(tmp_path / "show.walk", paintings=1, loop=True, between=0)
    assert (walk.length, len(walk.segments)) == (1, 1)
    assert bundle.read(walk.folder) == walk
    assert json.loads(bundle.encode(walk))["format"] == 2


def test_a_composed_walk_need_not_show_its_paintings(tmp_path: Path) -> None:
    walk = make_walk(tmp_path / "show.walk", paintings=2, between=2)
    mixed = tuple(replace(keyframe, painting=None) for keyframe in walk.keyframes)
    composed = replace(walk, keyframes=mixed, paintings=tuple(replace(each, keyframe=None) for each in walk.paintings))
    bundle.write(composed)
    assert bundle.read(walk.folder) == composed
    assert composed.stands == ()
    assert legs(composed) == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v["segments"].clear(), "9 keyframes and 0 segments, expected at least one segment"),
        (lambda v: v["segments"].pop(), "keyframe 8: no segment leads there"),
        (lambda v: v["segments"].pop(0), "segment 0: leads from 1 to 2, expected 0 to the next"),
        (lambda v: v["segments"][1].update({"to": 3}), "segment 1: leads from 1 to 3, expected 1 or 2 to the next"),
        (lambda v: v["segments"].pop(2), "segment 2: leads from 4 to 5, expected 2 or 3 to the next"),
        (lambda v: v["keyframes"][3].update(painting=None), "keyframe 3: a leg ends or begins here"),
        (lambda v: v.update(loop=True), "9 keyframes and 6 segments, expected as many segments"),
        (lambda v: v["keyframes"][3].update(painting=4), "keyframe 3: painting 4 does not exist"),
        (lambda v: v["keyframes"][3].update(painting=2), "keyframe 5: painting 2 is shown as keyframes/"),
        (lambda v: v["paintings"][1].update(keyframe=8), "painting 1: keyframe is 8, the first that says so 2"),
        (lambda v: v["paintings"][1].update(keyframe=None), "painting 1: keyframe is None, the first that says so 2"),
        (lambda v: v["paintings"].append({**v["paintings"][0], "keyframe": None, "title": "Away"}),
         "painting 3, 'Away', cannot be walked to: no leg leads there: bake again"),
        (lambda v: v["keyframes"][4].update(arc=0), "keyframe 4: arc is less"),
        (lambda v: v["keyframes"][4].update(weights={"7": 1}), "keyframe 4: weights name a painting that does not"),
        (lambda v: v.update(format=1), "9 keyframes and 6 segments, expected at least two keyframes and one segment"),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_refused_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    walk = graph_walk(tmp_path / "show.walk", [(0, 1), (0, 2), (1, 2)])
    with pytest.raises(BundleError) as refused:
        bundle.decode(changed(walk, change), walk.folder)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_islands_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="painting 2, 'Dusk', cannot be walked to"):
        graph_walk(tmp_path / "show.walk", [(0, 1), (2, 3)])
