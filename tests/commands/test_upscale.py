"""`artwalks upscale`: twice the size, as long, with its sound and its colours; and what it refuses."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from artwalks_live.__main__ import main
from artwalks_live.core.video import plan_master
from artwalks_live.io import audio_ffmpeg
from artwalks_live.io.recorder import Recorder
from artwalks_live.io.video_file import Nv12, VideoFile
from tests.nn.test_upscale_model import nearest, network

FPS, RATE, SIZE = Fraction(10), 48_000, (96, 64)
COLOURS = ((200, 60, 40), (40, 160, 70), (50, 70, 190), (120, 120, 120))


def picture(index: int) -> np.ndarray:
    """Four fields of colour, and a white bar that moves by eight pixels a frame."""
    made = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for number, colour in enumerate(COLOURS):
        made[32 * (number // 2) : 32 * (number // 2) + 32, 48 * (number % 2) : 48 * (number % 2) + 48] = colour
    made[24:40, 8 * index : 8 * index + 8] = 255
    return made


def film(path: Path, sound: bool = True, frames: int = 10) -> Path:
    spec = plan_master(path, SIZE, FPS, sample_rate_hz=RATE if sound else 0)
    coded = Nv12(SIZE) if spec.pixel_format == "nv12" else np.asarray
    with Recorder(spec) as master:
        if sound:  # silence, and a beep from .5 to .6 s
            samples = np.zeros((RATE, 2), np.float32)
            samples[24_000:28_800] = 0.5 * np.sin(np.arange(4_800) * 0.2)[:, None]
            master.write_audio(samples, 0.0)
        for index in range(frames):
            master.write(index, coded(picture(index)))
    return path


def pictures(path: Path) -> list[np.ndarray]:
    with VideoFile(path) as video:
        return [made for _, made in video.pictures()]


def bar_of(made: np.ndarray) -> float:
    """Where the bar's middle is, as a share of the width."""
    line = made[int(made.shape[0] * 0.45) : int(made.shape[0] * 0.55)].min(2).mean(0)
    return float((np.nonzero(line > 230)[0].mean() + 0.5) / made.shape[1])


def heard(path: Path) -> tuple[np.ndarray, int]:
    """The left channel, and its rate."""
    blocks = list(audio_ffmpeg.read(path))
    return np.concatenate([samples[:, 0] for _, samples in blocks]), blocks[0][0]


def upscale(*words: object) -> int:
    return main(["upscale", *map(str, words), "--quiet"])


def test_a_film_comes_out_twice_as_large_with_its_sound(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4")
    assert upscale(tmp_path / "a.mp4", "-o", tmp_path / "b.mp4") == 0
    made = pictures(tmp_path / "b.mp4")
    assert len(made) == 10
    assert made[0].shape == (128, 192, 3)
    for index, large in enumerate(made):
        assert abs(bar_of(large) - (8 * index + 4) / 96) < 0.01
        for number, colour in enumerate(COLOURS):
            top, left = 64 * (number // 2), 96 * (number % 2)
            place = large[top + 5 : top + 30, left + 20 : left + 80]
            assert np.abs(np.median(place.reshape(-1, 3), 0) - colour).max() <= 2
    samples, rate = heard(tmp_path / "b.mp4")
    loud = np.nonzero(np.abs(samples) > 0.1)[0] / rate
    assert abs(loud[0] - 0.5) < 0.005
    assert abs(loud[-1] - 0.6) < 0.005
    assert abs(len(samples) / rate - 1.0) < 0.03


def test_a_network_enlarges_each_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path / "a.mkv", sound=False)
    net = network(tmp_path, nearest(3))
    words = ["upscale", tmp_path / "a.mkv", "-o", tmp_path / "b.mkv", "--model", net, "--size", "288x192"]
    assert main(list(map(str, words))) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'b.mkv'}: 10 frames, 288x192 at 10 fps, by net\n"
    for small, large in zip(pictures(tmp_path / "a.mkv"), pictures(tmp_path / "b.mkv"), strict=True):
        assert np.array_equal(large, small.repeat(3, 0).repeat(3, 1))


def test_lanczos_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path / "a.mkv", sound=False, frames=1)
    assert main(["upscale", str(tmp_path / "a.mkv"), "-o", str(tmp_path / "b.mkv")]) == 0
    assert "by Lanczos, without a network: --model NAME takes one" in capsys.readouterr().err


def test_a_film_held_upright_stays_upright(tmp_path: Path) -> None:
    """A phone writes lying frames and says by how much they are to be turned."""
    frames = [np.rot90(picture(index), -1) for index in range(3)]  # turned clockwise, to be turned back
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=10, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        stream.set_display_rotation(90)
        for frame in frames:
            coded = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            file.mux(stream.encode(coded.reformat(format="yuv420p")))
        file.mux(stream.encode(None))
    with VideoFile(tmp_path / "a.mp4") as video:
        assert video.size == SIZE
        for index, made in video.pictures():
            assert np.abs(made.astype(int) - picture(index)).mean() < 8


@pytest.mark.parametrize(("matrix", "tag"), [("bt601", 6), ("bt709", 1), ("bt601", 2)])
def test_colours_are_read_by_the_matrix_of_the_file(matrix: str, tag: int, tmp_path: Path) -> None:
    """An untagged small picture is BT.601, as players take it."""
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        stream = file.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv444p"
        stream.codec_context.colorspace = tag
        coded = av.VideoFrame.from_ndarray(picture(0), format="rgb24").reformat(
            format="yuv444p", dst_colorspace={"bt601": 5, "bt709": 1}[matrix]
        )
        coded.colorspace = tag
        file.mux(stream.encode(coded))
        file.mux(stream.encode(None))
    made = pictures(tmp_path / "a.mkv")[0]
    for number, colour in enumerate(COLOURS):
        place = made[32 * (number // 2) + 2, 48 * (number % 2) + 30]
        assert np.abs(place.astype(int) - colour).max() <= 3


def test_sound_that_begins_later_begins_later(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        video, sound = file.add_stream("ffv1", rate=10), file.add_stream("flac", rate=RATE, layout="stereo")
        video.width, video.height, video.pix_fmt = *SIZE, "bgr0"
        for index in range(10):
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture(index), format="rgb24").reformat(format="bgr0")))
        samples = np.full((1, 2 * RATE // 2), 9000, np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 14_400, Fraction(1, RATE)
        file.mux(sound.encode(frame))
        for stream in (video, sound):
            file.mux(stream.encode(None))
    assert upscale(tmp_path / "a.mkv", "-o", tmp_path / "b.mkv") == 0
    samples, rate = heard(tmp_path / "b.mkv")
    loud = np.nonzero(np.abs(samples) > 0.1)[0] / rate
    assert abs(loud[0] - 0.3) < 0.01
    assert abs(loud[-1] - 0.8) < 0.01


def test_a_damaged_film_is_taken_as_far_as_it_goes(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", sound=False)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert upscale(path, "-o", tmp_path / "b.mkv") == 0
    assert 3 <= len(pictures(tmp_path / "b.mkv")) < 10


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, other = film(tmp_path / "a.mkv", sound=False, frames=2), tmp_path / "b.mkv"
    (tmp_path / "t.mp4").write_text("text")
    with av.open(str(tmp_path / "s.wav"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = RATE
        file.mux(stream.encode(frame))
    cases = {
        (tmp_path / "none.mp4", "-o", other): f"{tmp_path / 'none.mp4'} does not exist: give a video",
        (tmp_path / "t.mp4", "-o", other): f"{tmp_path / 't.mp4'} cannot be read (",
        (tmp_path / "s.wav", "-o", other): f"{tmp_path / 's.wav'} holds no pictures: give a video",
        (path, "-o", path, "--overwrite"): f"{path} is the video itself: choose another name",
        (path, "-o", tmp_path / "t.mp4"): f"{tmp_path / 't.mp4'} exists: choose another name or pass --overwrite",
        (path, "-o", tmp_path / "b.avi"): f"{tmp_path / 'b.avi'}: suffix '.avi' is unknown: use one of",
        (path, "-o", other, "--model", "lanzcos"): "--model 'lanzcos' is unknown: use one of",
        (path, "-o", other, "--model", "no.onnx"): "no.onnx does not exist: give an .onnx file",
        (path, "-o", other, "--model", "no.pth"): "no.pth does not exist or cannot be read: give a checkpoint's file",
        (path, "-o", other, "--model", "realesr-general-x4v3@2"): "--model realesr-general-x4v3@2: the denoise",
        (path, "-o", other, "--model", "realesr-general-x4v3@"): "--model realesr-general-x4v3@: the denoise strength",
    }
    for words, line in cases.items():
        assert upscale(*words) == 2, words
        said = capsys.readouterr().err
        assert said.startswith(f"artwalks upscale: {line}"), said
        assert said.count("\n") == 1
    assert not other.exists()
