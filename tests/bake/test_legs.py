"""Which legs are baked, and the graph that they make; what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.append import append
from artwalks_live.bake.bake import bake
from artwalks_live.bake.legs import check, chosen
from artwalks_live.bake.look import look_of
from artwalks_live.commands.inspect import summary
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError, UsageError
from artwalks_live.core.walk_check import breaks, pairs
from tests.bake.bakery import contents, paint, request, steps_made

TITLES = ("Kiss", "Wave", "Night", "Scream")
PLACES = np.array([[0.0], [1.0], [1.1], [5.0]], np.float32)


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    folder = tmp_path / "paintings"
    folder.mkdir()
    for seed in range(3):
        paint(folder / f"{seed}.png", seed)
    return folder


def legs(spec: str, loop: bool = False) -> list[tuple[int, int]]:
    check(spec)
    return chosen(spec, TITLES, loop, lambda: PLACES)


def test_what_the_words_mean(tmp_path: Path) -> None:
    chain = [(0, 1), (1, 2), (2, 3)]
    assert legs("chain") == chain
    assert legs("chain", loop=True) == [*chain, (3, 0)]
    assert legs("all") == [*chain, (0, 2), (0, 3), (1, 3)]
    assert legs("all", loop=True) == [*chain, (3, 0), (0, 2), (1, 3)]
    assert legs("similar:1") == chain
    assert legs("similar:2") == [*chain, (0, 2), (1, 3)]
    assert legs("similar:99") == legs("all")
    assert legs("4-1, 1-2,3-1") == [(3, 0), (0, 1), (2, 0)]
    assert legs("chain,4-1") == [*chain, (3, 0)]
    path = tmp_path / "legs.txt"
    path.write_text("# round the first\n1-2\n3-1  1-4 # and\n\n")
    assert legs(str(path)) == [(0, 1), (2, 0), (0, 3)]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("1-2,3-4", "--legs: no leg leads to painting 3, Night: add one, such as 3-1, or leave the painting out"),
        ("1-2,2-4,4-1", "no leg leads to painting 3, Night"),
        ("1-1", "--legs 1-1: a leg leads from a painting to another one"),
        ("0-2", "--legs 0-2: the paintings of this walk have the numbers 1 to 4"),
        ("1-5", "--legs 1-5: the paintings of this walk have the numbers 1 to 4"),
        ("1-2,2-1", "--legs 2-1: this leg is there twice: name each once, either way"),
        ("chain,2-3", "--legs 2-3: this leg is there twice"),
        ("some", "--legs 'some': use chain, all, similar:K, legs such as 1-4,2-6, or a file of them"),
        ("similar:", "--legs 'similar:': use chain, all"),
        ("similar:0", "--legs similar:0: use similar:1 or more"),
        ("1-2-3", "--legs '1-2-3': use chain"),
        (" , ", "--legs: no legs: use chain"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(spec: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        legs(spec)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "legs.txt"
    path.write_bytes(b"\xff\xfe1-2")
    with pytest.raises(UsageError, match="cannot be read as text"):
        check(str(path))


def test_a_graph_bakes_only_the_legs_that_are_missing_and_cannot_be_appended_to(paintings: Path) -> None:
    bake(request(paintings))
    walk = bake(request(paintings, legs="all"))
    assert {step.split()[0] for step in steps_made(walk.folder)} == {"plan", "keyframe", "segment"}
    assert len(steps_made(walk.folder)) == 1 + 2 + 3  # of one leg
    assert breaks(walk) == (6,)
    assert list(pairs(walk)) == [(0, 1), (1, 2), (0, 2)]
    assert [walk.keyframes[at].painting for at in (7, 10)] == [0, 2]
    assert walk.keyframes[8].weights.keys() == {0, 2}
    assert walk.keyframes[7].arc == walk.keyframes[6].arc
    assert json.loads((walk.folder / bundle.FILE).read_bytes())["format"] == 2
    assert bundle.verify(bundle.read(walk.folder)) == []
    assert all(painting.look is not None for painting in walk.paintings)
    assert "legs        3, a graph: 1-2, 2-3, 1-3" in list(summary(walk))
    before = contents(walk.folder)
    paint(paintings / "new.png", 9)
    with pytest.raises(BundleError, match="is a graph of legs: bake it again with its --legs"):
        append([paintings / "new.png"], walk.folder)
    assert contents(walk.folder) == before


def test_legs_that_are_a_chain_or_a_loop_make_the_same_bundle_as_ever(paintings: Path) -> None:
    chain, loop = contents(bake(request(paintings)).folder), contents(bake(request(paintings, loop=True)).folder)
    assert contents(bake(request(paintings, legs="1-2,2-3")).folder) == chain
    assert contents(bake(request(paintings, legs="1-2,2-3,3-1")).folder) == loop


def test_unreachable_paintings_are_refused_before_anything_is_baked(paintings: Path) -> None:
    with pytest.raises(UsageError, match="no leg leads to painting 3, 2: add one"):
        bake(request(paintings, legs="1-2"))
    assert not (paintings.parent / "show.walk").exists()


def solid(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((90, 160, 3), (red, green, blue), np.uint8)


def test_a_look_is_hue_colour_and_restlessness() -> None:
    red, green, blue = look_of(solid(255, 0, 0)), look_of(solid(0, 200, 0)), look_of(solid(0, 0, 255))
    assert abs((red.hue + 0.5) % 1.0 - 0.5) < 0.03
    assert 0.2 < green.hue < 0.45
    assert 0.6 < blue.hue < 0.85
    assert red.colour == 1.0
    assert red.energy == 0.0
    grey = look_of(solid(128, 128, 128))
    assert grey.colour < 0.02
    noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 6.0)
    assert look_of(noise).energy > 0.7
    assert 0.0 < look_of(soft).energy < 0.3
