"""The in-memory sink keeps what a recorder would have written."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.sink import FrameSink, ListSink, SinkCounts


def test_frames_are_kept_by_deadline() -> None:
    sink = ListSink((4, 2))
    picture = np.zeros((2, 4, 3), np.uint8)
    for index in (3, 4, 6, 6, 7):
        picture[:] = index
        sink.write(index, picture)
    sink.write_audio(np.zeros((10, 2), np.float32), 0.5)
    sink.close()
    assert [int(frame[0, 0, 0]) for frame in sink.frames] == [3, 4, 4, 6, 7]
    assert sink.counts == SinkCounts(written=5, duplicated=1, skipped=1)
    assert sink.sounds[0][0] == 0.5


def test_a_picture_of_another_size_is_refused() -> None:
    sink: FrameSink = ListSink((4, 2), "nv12")
    assert sink.pixel_format == "nv12"
    with pytest.raises(ValueError, match="reshape"):
        sink.write(0, np.zeros((2, 4, 3), np.uint8))
