"""Anchors in a bake: made where they help, part of the bundle, and a changed mind about them costs no new flows."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.bake import bake
from artwalks_live.bake.request import BakeRequest
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import UsageError
from artwalks_live.core.walk import Walk
from artwalks_live.io.images import load_pixels
from tests.bake.bakery import TWINS, contents, request, steps_made
from tests.bake.turning import Scene, texture

SCENE = Scene(degrees=30, radius=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two paintings of which the second is the first, turned, and a third unlike both."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    other = (texture(9, 320)[:180] * 255).astype(np.uint8)
    for number, picture in enumerate((SCENE.picture(0), SCENE.picture(1), other)):
        cv2.imwrite(str(folder / f"{number}.png"), picture[..., ::-1])
    return folder


def turning(paintings: Path, **changes: object) -> BakeRequest:
    flow = {"flow": f"{TWINS}:Turning", "canvas": SCENE.size, "keyframes": 0, "anchors": "auto"}
    return request(paintings, **{**flow, **changes})


def listed(walk: Walk) -> set[str]:
    """What lies in the bundle beside walk.json and the log."""
    return {name for name in contents(walk.folder) if name != bundle.FILE}


def test_anchors_are_made_where_they_help_and_belong_to_the_bundle(folder: Path) -> None:
    walk = bake(turning(folder))
    assert bundle.read(walk.folder) == walk
    assert bundle.verify(walk) == []
    first, second = walk.segments
    assert [anchor.at for anchor in first.anchors] == [0.25, 0.5, 0.75]
    assert second.anchors == (), "the third painting does not confirm that it is the second one, turned"
    assert (walk.length, walk.painting_positions) == (2, (0.0, 1.0, 2.0))
    assert len(walk.pieces) == 5
    assert walk.generator["options"]["anchors"] == "auto"
    assert listed(walk) == bundle.file_names(walk)
    for number, phase in ((3, 0.25), (4, 0.5), (5, 0.75)):
        error = np.abs(load_pixels(walk, number).astype(float) - SCENE.picture(phase))[20:-20, 20:-20]
        assert error.mean() < 6, phase


def test_without_anchors_the_rest_is_the_same(folder: Path, tmp_path: Path) -> None:
    walk = bake(turning(folder))
    plain = bake(turning(folder, folder=tmp_path / "plain.walk", anchors="none"))
    assert plain.keyframes == walk.keyframes
    assert plain.segments[1] == walk.segments[1]
    assert plain.segments[0].anchors == ()
    assert listed(plain) == bundle.file_names(plain)


def test_a_changed_mind_costs_no_new_keyframes_and_flows(folder: Path, tmp_path: Path) -> None:
    usual = request(folder, canvas=SCENE.size)
    fresh = bake(request(folder, canvas=SCENE.size, folder=tmp_path / "fresh.walk", anchors="auto"))
    bake(usual)
    walk = bake(request(folder, canvas=SCENE.size, anchors="auto"))
    assert {step.split()[0] for step in steps_made(walk.folder)} == {"segment"}
    assert contents(walk.folder) == contents(fresh.folder)
    bake(request(folder, canvas=SCENE.size, anchors="auto"))
    assert steps_made(walk.folder) == []


def test_back_to_none_makes_only_what_anchors_stood_in_for(folder: Path, tmp_path: Path) -> None:
    plain = bake(turning(folder, folder=tmp_path / "plain.walk", anchors="none"))
    bake(turning(folder))
    walk = bake(turning(folder, anchors="none"))
    assert steps_made(walk.folder) == ["segment 0"]
    assert contents(walk.folder) == contents(plain.folder)


def test_a_lost_anchor_is_made_again_with_the_same_bytes(folder: Path) -> None:
    walk = bake(turning(folder))
    before = contents(walk.folder)
    (walk.folder / walk.segments[0].anchors[1].image).unlink()
    (walk.folder / walk.segments[0].anchors[2].flow).write_bytes(b"scratched")
    bake(turning(folder))
    assert steps_made(walk.folder) == ["segment 0"]
    assert contents(walk.folder) == before


def test_another_choice_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="--anchors 'some' is unknown: use one of auto, none"):
        bake(turning(folder, anchors="some"))
