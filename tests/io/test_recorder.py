"""The master: right to the frame, in its colours, with its sound, and playable whatever happens."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from artwalks_live.core.errors import RecordError
from artwalks_live.core.sink import FrameSink
from artwalks_live.core.video import MasterSpec, plan_master
from artwalks_live.io.recorder import Recorder
from artwalks_live.io.recorder_benchmark import throughput
from tests.io.pictures import Seen, boxes, clicks, look, numbered, pictures

SIZE = (64, 48)
NTSC_FILM = Fraction(24000, 1001)
FILES = ["a.mp4", "a.h265.mp4", "a.mov", "a.h264.mov", "a.mkv", "a.h264.mkv"]


def spec_for(
    path: Path, fps: Fraction = Fraction(30), *, live: bool = False, rate: int = 0, size: tuple[int, int] = SIZE
) -> MasterSpec:
    return plan_master(path, size, Fraction(fps), live=live, sample_rate_hz=rate)


def record(spec: MasterSpec, frames: int) -> None:
    with Recorder(spec) as recorder:
        for index in range(frames):
            recorder.write(index, numbered(spec, index))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("fps", [Fraction(60), NTSC_FILM])
def test_every_frame_is_there_once_and_in_time(tmp_path: Path, file: str, fps: Fraction) -> None:
    spec = spec_for(tmp_path / file, fps, rate=48_000)
    with Recorder(spec) as recorder:
        recorder.write_audio(clicks(48_000, 5.0, 0.0, 1.0), 0.0)
        for index in range(45):
            recorder.write(index, numbered(spec, index))
    seen = look(spec.path)
    assert seen.numbers == list(range(45))
    assert seen.rate == fps
    tick = Fraction(1, 1000) if file.endswith(".mkv") else Fraction(0)  # Matroska counts in milliseconds
    assert max(abs(at - index / fps) for index, at in enumerate(seen.times)) <= tick
    assert recorder.counts.written == 45
    check_sound(seen, Fraction(45) / fps, lossless=".mp4" not in file)


def check_sound(seen: Seen, length_s: Fraction, *, lossless: bool) -> None:
    """Clicks at 0 and 1 s (if there) at their places, and sound as long as the picture."""
    assert seen.sound_start_s == 0.0
    assert len(seen.sound) / 48_000 == pytest.approx(float(length_s), abs=0 if lossless else 1024 / 48_000, rel=1e-6)
    loud = np.flatnonzero(np.abs(seen.sound[:, 0]) > 0.4)
    starts = loud[np.diff(loud, prepend=-1000) > 100]
    expected = [at for at in (0, 48_000) if at < float(length_s) * 48_000]
    np.testing.assert_allclose(starts, expected, atol=0 if lossless else 4)


def test_ten_minutes_are_ten_minutes(tmp_path: Path) -> None:
    """36,000 frames at 60 fps: no frame lost, no drift of the time base, picture and sound of one length."""
    spec = spec_for(tmp_path / "long.mp4", Fraction(60), rate=8000, size=(16, 16))
    picture = numbered(spec, 25)
    with Recorder(spec) as recorder:
        for index in range(36_000):
            recorder.write(index, picture)
            if index % 600 == 0:
                recorder.write_audio(clicks(8000, 10.0), index / 60)
    with av.open(str(spec.path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert video.frames == 36_000
        assert video.duration * video.time_base == 600
        assert float(audio.duration * audio.time_base) == pytest.approx(600, abs=1024 / 8000)
        last = max(packet.pts for packet in file.demux(video) if packet.pts is not None)
        assert last * video.time_base == Fraction(35_999, 60)


def test_missed_deadlines_are_repeated_and_early_ones_skipped(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mkv")
    with Recorder(spec) as recorder:
        for index in (100, 101, 104, 104, 105):
            recorder.write(index, numbered(spec, index - 100))
    assert look(spec.path).numbers == [0, 1, 1, 1, 4, 5]
    assert (recorder.counts.duplicated, recorder.counts.skipped, recorder.counts.written) == (2, 1, 6)


def test_sound_follows_the_first_frame_and_gaps_are_silence(tmp_path: Path) -> None:
    """A recording begun 10 s into a show, with live sound in blocks, one of them lost."""
    spec = spec_for(tmp_path / "a.mkv", live=True, rate=48_000)
    blocks = np.split(clicks(48_000, 2.0, 0.5, 1.5), 200)
    with Recorder(spec) as recorder:
        for index in range(60):
            wait_for_room(recorder, index)
            recorder.write(300 + index, numbered(spec, index))
            for number, block in enumerate(blocks[len(blocks) * index // 60 : len(blocks) * (index + 1) // 60]):
                at = len(blocks) * index // 60 + number
                if at != 150:
                    recorder.write_audio(block, 10.0 + at * 0.01)
    seen = look(spec.path)
    loud = np.flatnonzero(np.abs(seen.sound[:, 0]) > 0.4)
    assert (loud[0], len(loud)) == (24_000, 48)  # the second click was in the lost block
    assert len(seen.sound) == 96_000


def wait_for_room(recorder: Recorder, index: int) -> None:
    """Let the encoder catch up, so that a live recording drops nothing on a slow machine."""
    deadline = time.monotonic() + 20
    while index - recorder.counts.written > 8:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_show_whose_sound_never_comes_is_silent(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mp4", live=True, rate=48_000)
    with Recorder(spec) as recorder:
        for index in range(30):
            wait_for_room(recorder, index)
            recorder.write(index, numbered(spec, index))
    seen = look(spec.path)
    assert len(seen.frames) == 30
    assert not seen.sound.any()
    assert len(seen.sound) / 48_000 == pytest.approx(1.0, abs=1024 / 48_000)


PATCHES = np.array(
    [(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    + [(grey, grey, grey) for grey in (1, 32, 64, 118, 128, 192, 254)]
    + [(200, 120, 40)],
    np.uint8,
)  # fmt: skip


@pytest.mark.parametrize(("file", "tolerance"), [("a.mp4", 3), ("a.h265.mp4", 3), ("a.mov", 1), ("a.mkv", 0)])
def test_colours_come_back(tmp_path: Path, file: str, tolerance: int) -> None:
    """Primaries, greys and a skin tone in fields of 16x16, against a player that obeys the tags."""
    spec = spec_for(tmp_path / file, size=(64, 64))
    chart = PATCHES.reshape(4, 4, 3).repeat(16, axis=0).repeat(16, axis=1)
    with Recorder(spec) as recorder:
        for index in range(3):
            recorder.write(index, pictures(spec, chart))
    seen = look(spec.path)
    centres = seen.frames[1][8::16, 8::16].astype(int)
    np.testing.assert_allclose(centres, PATCHES.reshape(4, 4, 3).astype(int), atol=tolerance)
    limited_709, full_rgb = (1, 1, 1, 1), (2, 0, 1, 13)  # range, matrix, primaries, transfer, as in ITU-T H.273
    assert seen.tags == (full_rgb if file == "a.mkv" else limited_709)


def test_chroma_is_tagged_left(tmp_path: Path) -> None:
    """In H.264 no chroma location, or location 0, means sited left (Rec. ITU-T H.264, E.2.1)."""
    spec = spec_for(tmp_path / "a.mp4")
    record(spec, 3)
    headers = parameter_set(spec.path)
    assert headers["video_full_range_flag"] == 0
    assert headers["chroma_loc_info_present_flag"] == 0 or headers["chroma_sample_loc_type_top_field"] == 0


def parameter_set(path: Path) -> dict[str, int]:
    """The fields of a master's stream headers, as FFmpeg's `trace_headers` reads them bit by bit."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        with av.open(str(path)) as file, av.logging.Capture(True) as lines:
            stream = file.streams.video[0]
            BitStreamFilterContext("trace_headers", stream).filter(next(file.demux(stream)))
    finally:
        av.logging.set_level(before)
    text = "".join(line for _, _, line in lines)
    return {name: int(value) for name, value in re.findall(r"(\w+)\s+[01]+ = (-?\d+)", text)}


def test_prores_chroma_is_sited_left(tmp_path: Path) -> None:
    """A slope of red: each chroma sample must hold the colour of its left pixel, not of the middle of two."""
    spec = spec_for(tmp_path / "a.mov", size=(64, 64))
    ramp = np.zeros((64, 64, 3), np.uint8)
    ramp[..., 0] = np.linspace(60, 200, 64).astype(np.uint8)
    ramp[..., 2] = 128
    with Recorder(spec) as recorder:
        recorder.write(0, ramp)
    with av.open(str(spec.path)) as file:
        red_difference = np.frombuffer(next(file.decode(video=0)).planes[2], np.uint16)
    red = ramp.astype(np.float64) / 255
    luma = red @ (0.2126, 0.7152, 0.0722)
    wanted = (red[..., 0] - luma) / 1.5748 * 896 + 512
    got = red_difference.reshape(64, -1)[:, :32].astype(np.float64)
    inner = slice(4, 28)
    left = np.abs(got[:, inner] - wanted[:, 0::2][:, inner]).mean()
    between = np.abs(got[:, inner] - (wanted[:, 0::2] + wanted[:, 1::2])[:, inner] / 2).mean()
    assert left < between / 2


@pytest.mark.parametrize("file", ["a.mp4", "a.mov"])
def test_a_clean_end_leaves_a_plain_file(tmp_path: Path, file: str) -> None:
    spec = spec_for(tmp_path / file, rate=48_000)
    record(spec, 60)
    names = boxes(spec.path)
    assert names[0] == "ftyp"
    assert "moof" not in names
    assert names.count("moov") == 1
    assert os.listdir(tmp_path) == [file]


def test_live_a_full_queue_drops_counts_and_keeps_the_length(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mov", live=True, size=(320, 180))
    picture = numbered(spec, 25)
    with Recorder(spec) as recorder:
        for index in range(100):
            recorder.write(index, picture)
    counts = recorder.counts
    assert counts.dropped > 0
    assert counts.duplicated == counts.dropped
    assert counts.written == 100
    assert recorder.fault == ""
    with av.open(str(spec.path)) as file:
        assert file.streams.video[0].frames == 100


def test_ending_does_not_wait(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mov", live=True, size=(640, 360))
    recorder: FrameSink = Recorder(spec)
    for index in range(10):
        recorder.write(index, numbered(spec, index))
    recorder.end()
    recorder.write(10, numbered(spec, 10))
    recorder.close()
    recorder.close()
    assert recorder.counts.written == 10


def test_the_picture_is_copied_at_once(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mkv")
    buffer = numbered(spec, 0).copy()
    with Recorder(spec) as recorder:
        for index in range(40):
            buffer[:] = numbered(spec, index)
            recorder.write(index, buffer)
            buffer[:] = 255
    assert look(spec.path).numbers == list(range(40))


@pytest.fixture
def taken(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "there.mp4"
    path.write_bytes(b"something dear")
    yield path


def test_an_existing_file_is_only_overwritten_when_asked(taken: Path) -> None:
    spec = spec_for(taken)
    with pytest.raises(RecordError, match="exists: choose another name or pass --overwrite"):
        Recorder(spec)
    assert taken.read_bytes() == b"something dear"
    with Recorder(spec, overwrite=True) as recorder:
        recorder.write(0, numbered(spec, 7))
    assert look(taken).numbers == [7]


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"the folder .*missing does not exist: make it first"):
        Recorder(spec_for(tmp_path / "missing" / "a.mp4"))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordError, match=r"a\.mp4 cannot be written: not a directory"):
        Recorder(spec_for(tmp_path / "file" / "a.mp4"))
    (tmp_path / "b.mp4").mkdir()
    with pytest.raises(RecordError, match=r"b\.mp4 exists"):
        Recorder(spec_for(tmp_path / "b.mp4"))
    with pytest.raises(RecordError, match=r"b\.mp4 cannot be written: is a directory"):
        Recorder(spec_for(tmp_path / "b.mp4"), overwrite=True)


def nvenc_opens() -> bool:
    context = av.codec.CodecContext.create("h264_nvenc", "w")
    context.width, context.height, context.pix_fmt = 256, 256, "nv12"
    context.time_base = Fraction(1, 30)
    try:
        context.open()
    except av.error.FFmpegError:
        return False
    return True


@pytest.mark.skipif(nvenc_opens(), reason="this machine has NVENC")
def test_without_nvenc_auto_falls_back_and_nvenc_is_refused(tmp_path: Path) -> None:
    spec = spec_for(tmp_path / "a.mp4")
    with pytest.raises(RecordError, match="h264_nvenc does not open"):
        Recorder(spec, encoder="nvenc")
    assert not spec.path.exists()
    with Recorder(spec, encoder="auto") as recorder:
        recorder.write(0, numbered(spec, 3))
    assert look(spec.path).numbers == [3]


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000, 192_000])
def test_sound_of_any_rate_keeps_its_length(tmp_path: Path, rate: int) -> None:
    for file in ("a.mp4", "a.mkv"):
        spec = spec_for(tmp_path / file, rate=rate)
        with Recorder(spec) as recorder:
            recorder.write_audio(clicks(rate, 3.0, 1.0), 0.0)
            for index in range(60):
                recorder.write(index, numbered(spec, index))
        with av.open(str(spec.path)) as opened:
            coded = opened.streams.audio[0].rate
        seen = look(spec.path)
        assert len(seen.sound) / coded == pytest.approx(2.0, abs=1024 / coded)
        loudest = int(np.argmax(np.abs(seen.sound[:, 0])))
        assert loudest / coded == pytest.approx(1.0, abs=0.002)


def test_sound_that_comes_before_the_first_picture_finds_its_place(tmp_path: Path) -> None:
    """A recording begun 10 s into a show whose sound is handed over ahead of the picture."""
    spec = spec_for(tmp_path / "a.mkv", rate=48_000)
    with Recorder(spec) as recorder:
        recorder.write_audio(clicks(48_000, 0.5, 0.25), 9.9)
        recorder.write_audio(clicks(48_000, 0.6, 0.25), 10.4)
        for index in range(30):
            recorder.write(300 + index, numbered(spec, index))
    loud = np.flatnonzero(look(spec.path).sound[:, 0] > 0.4)
    assert loud.tolist() == [*range(7200, 7248), *range(31_200, 31_248)]


def test_the_benchmark_compares_like_with_like(tmp_path: Path) -> None:
    """The bare encoder and the recorder write the same pictures, and nothing is left behind."""
    spec = spec_for(tmp_path / "bench.mp4")
    result = throughput(spec, [numbered(spec, n) for n in range(5)], Recorder, frames=20, rounds=3)
    assert min(result.bare_fps, result.recorder_fps, result.ratio) > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", FILES)
def test_a_recording_without_a_picture_ends_quietly(tmp_path: Path, file: str) -> None:
    with Recorder(spec_for(tmp_path / file, rate=48_000)) as recorder:
        recorder.write_audio(clicks(48_000, 1.0, 0.5), 0.0)
    assert recorder.counts.written == 0
    assert recorder.fault == ""
