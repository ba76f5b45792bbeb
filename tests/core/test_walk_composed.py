"""walk.json of a walk that a song composed: paintings return, or are never shown alone; it may end anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_extras import Song
from artwalks_live.core.walk_shape import WalkShape
from tests.walks import make_walk


@pytest.fixture
def composed(tmp_path: Path) -> Walk:
    """Keyframes 0 and 3 are painting 0, keyframe 2 is painting 1; painting 2 is never shown alone."""
    made = make_walk(tmp_path / "show.walk", (64, 48), paintings=3, between=1)
    first, _, middle, _, last = made.keyframes
    keyframes = list(made.keyframes)
    keyframes[3] = replace(keyframes[3], image=first.image, sha256=first.sha256, bytes=first.bytes, painting=0,
                           weights={0: 1.0})  # fmt: skip
    keyframes[4] = replace(last, painting=None, weights={0: 0.5, 1: 0.3, 2: 0.2})
    shown = (replace(made.paintings[0], keyframe=0), replace(made.paintings[1], keyframe=2))
    song = Song("made", "ab" * 32, 9.0, (0.0, 1.0, 2.0, 3.0, 4.0))
    assert middle.painting == 1
    hidden = replace(made.paintings[2], keyframe=None)
    return replace(made, keyframes=tuple(keyframes), paintings=(*shown, hidden), song=song)


def test_it_is_written_and_read(composed: Walk) -> None:
    bundle.write(composed)
    again = bundle.read(composed.folder)
    assert again == composed and again.stands == (0, 2)
    shape = WalkShape.of(again)
    assert [place for place in range(5) if shape.is_painting(float(place))] == [0, 2, 3]
    assert len(shape.titles) == 3 and shape.nearest_painting(3.9) in (0, 2)


def test_a_painting_says_where_it_is_first(composed: Walk) -> None:
    wrong = (replace(composed.paintings[0], keyframe=3), *composed.paintings[1:])
    with pytest.raises(BundleError, match="painting 0: keyframe is 3, the first that says so 0"):
        bundle.write(replace(composed, paintings=wrong))
