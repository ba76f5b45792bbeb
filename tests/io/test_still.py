"""Stills and numbered pictures: whole, lossless, tagged, and never over somebody's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artwalks_live.core.errors import RecordError
from artwalks_live.core.sink import FrameSink, SinkCounts
from artwalks_live.io.still import PngSequence, StillWriter, is_sequence, write_png

NOISE = np.random.default_rng(0).integers(0, 255, (36, 64, 4), dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_still_is_the_picture_and_says_srgb(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "still.png"
    write_png(path, NOISE[..., :channels])
    with Image.open(path) as image:
        assert image.info["srgb"] == 0
        np.testing.assert_array_equal(np.asarray(image), NOISE[..., :channels])
    assert [file.name for file in tmp_path.iterdir()] == ["still.png"]


def test_a_still_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"still\.png cannot be written: No such file or directory"):
        write_png(tmp_path / "missing" / "still.png", NOISE)


def test_a_sequence_has_a_picture_for_every_deadline(tmp_path: Path) -> None:
    sink: FrameSink = PngSequence(tmp_path / "new" / "walk%04d.png", (64, 36), alpha=True)
    assert sink.pixel_format == "rgba"
    buffer = np.empty_like(NOISE)
    for index in (7, 8, 10, 10):
        buffer[:] = index
        sink.write(index, buffer)
    sink.close()
    assert sink.counts == SinkCounts(written=4, duplicated=1, skipped=1)
    files = sorted((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["walk0000.png", "walk0001.png", "walk0002.png", "walk0003.png"]
    assert [int(np.asarray(Image.open(file))[0, 0, 0]) for file in files] == [7, 8, 8, 10]


@pytest.mark.parametrize("name", ["%05d.jpg", "%05d-%05d.png", "%s.png", "%05d", "100%.png", "%%05d.png"])
def test_a_pattern_that_numbers_nothing_is_refused(tmp_path: Path, name: str) -> None:
    assert is_sequence(Path(name))
    with pytest.raises(RecordError, match="number the pictures with one %05d"):
        PngSequence(tmp_path / name, (64, 36))


def test_a_folder_without_a_parent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"the folder .*missing does not exist: make it first"):
        PngSequence(tmp_path / "missing" / "new" / "%05d.png", (64, 36))


def test_pictures_already_there_are_only_overwritten_when_asked(tmp_path: Path) -> None:
    (tmp_path / "00012.png").write_bytes(b"dear")
    (tmp_path / "other.png").write_bytes(b"dear")
    with pytest.raises(RecordError, match="holds 1 such pictures: choose another folder or pass --overwrite"):
        PngSequence(tmp_path / "%05d.png", (64, 36))
    PngSequence(tmp_path / "walk%05d.png", (64, 36)).close()
    PngSequence(tmp_path / "%05d.png", (64, 36), overwrite=True).close()


def test_a_fault_while_writing_is_raised_to_the_render(tmp_path: Path) -> None:
    sink = PngSequence(tmp_path / "%05d.png", (64, 36), alpha=True)
    (tmp_path / "00000.png").mkdir()
    sink.write(0, NOISE)
    with pytest.raises(RecordError, match=r"00000\.png cannot be written"):
        sink.close()
    assert sink.fault.startswith("record failed: ")


def test_too_many_stills_at_once_are_let_go(tmp_path: Path) -> None:
    """Twenty pictures that take a tenth of a second each, handed over in a moment."""
    picture = np.tile(NOISE, (20, 20, 1))
    writer = StillWriter(threads=1)
    taken = [writer.put(tmp_path / f"{number}.png", picture, wait=False) for number in range(20)]
    writer.close()
    assert taken[:4] == [True] * 4
    assert not all(taken)
    assert len(list(tmp_path.iterdir())) == sum(taken)
    assert writer.fault == ""
