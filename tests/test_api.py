"""The Python API: a walk opened, performed and rendered in a handful of lines."""

from __future__ import annotations

from pathlib import Path

import pytest

import artwalks_live.api as aw
from artwalks_live.core.errors import BundleError, UsageError
from tests.perform.stagehand import frames
from tests.walks import made_painting, make_walk


def test_a_walk_is_opened_performed_and_rendered(tmp_path: Path) -> None:
    folder = make_walk(tmp_path / "show.walk").folder
    walk = aw.load(str(folder))
    assert [painting.title for painting in walk.paintings] == ["Dawn", "Noon", "Dusk"]
    done = aw.perform(walk, headless=True, seconds=0.5, fps="30", quiet=True, preset="vj")
    made = aw.render(walk, tmp_path / "master.mkv", take=done.take)
    assert made.counts.written == 15
    assert len(frames(made.path)) == 15


def test_paintings_are_baked(tmp_path: Path) -> None:
    import cv2

    for number in range(2):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), made_painting(number, (160, 90)))
    walk = aw.bake(tmp_path, tmp_path / "out.walk", size=(128, 72), keyframes=1)
    assert (walk.length, walk.canvas) == (2, (128, 72))


def test_mistakes_are_the_projects_own_errors(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not exist"):
        aw.load(tmp_path / "none.walk")
    with pytest.raises(UsageError, match="frame rate"):
        aw.perform(tmp_path / "none.walk", fps="fast")
