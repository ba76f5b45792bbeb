"""Sway from a video: replayed on its first frame it gives the video again; and videos that give none."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.motion.video import modes_from, read_video
from artwalks_live.core.errors import BakeError
from artwalks_live.core.sway import FREQUENCIES_HZ, displacement
from tests.bake.swaying import HEIGHT, WIDTH, flowing, meadow, moved, paint, psnr, ssim, waving

Pixels = NDArray[np.uint8]
Motion = Callable[[float], NDArray[np.float32]]
FPS = 15.0


def video(picture: Pixels, motion: Motion, seconds: float = 149 / 30) -> NDArray[np.uint8]:
    return np.stack([moved(picture, motion(n / FPS)) for n in range(math.ceil(seconds * FPS))])


def write(path: Path, frames: NDArray[np.uint8], fps: float) -> None:
    size = (frames.shape[2], frames.shape[1])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()


def replayed(picture: Pixels, modes: NDArray[np.float16], time_s: float) -> Pixels:
    px = displacement(modes, np.exp(2j * np.pi * FREQUENCIES_HZ * time_s)) * np.float32(WIDTH / 640)
    return moved(picture, cv2.resize(px, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR))


def likeness(frames: NDArray[np.uint8], modes: NDArray[np.float16], picture: Pixels) -> tuple[float, float, float]:
    """Mean PSNR and SSIM of the replay, and mean PSNR of a picture that stands still."""
    some = range(3, len(frames), 7)
    played = [replayed(picture, modes, n / FPS) for n in some]
    pairs = list(zip(played, some, strict=True))
    like = float(np.mean([psnr(a, frames[n]) for a, n in pairs]))
    structure = float(np.mean([ssim(a, frames[n]) for a, n in pairs]))
    return like, structure, float(np.mean([psnr(picture, frames[n]) for n in some]))


@pytest.mark.parametrize(
    ("picture", "motion", "psnr_db", "alike"), [(meadow(), waving, 34.0, 0.98), (paint(), flowing, 25.5, 0.95)]
)
def test_a_replay_is_like_the_video(picture: Pixels, motion: Motion, psnr_db: float, alike: float) -> None:
    """Measured: 37.5 dB and .993 for the meadow (20.4 dB standing still), 28.5 dB and .968 for the paint (14.6 dB)."""
    frames = video(picture, motion)
    modes = modes_from(frames, FPS, picture)
    like, structure, still = likeness(frames, modes, picture)
    assert like >= max(psnr_db, still + 10.0) and structure >= alike
    assert modes.shape == (16, 90, 160, 4) and modes.dtype == np.float16
    edge = np.concatenate([modes[:, [0, -1]].ravel(), modes[:, :, [0, -1]].ravel()])
    assert not edge.any()


def test_a_file_gives_what_its_frames_give_and_what_stands_in_it_stands_exactly(tmp_path: Path) -> None:
    def half(time_s: float) -> NDArray[np.float32]:
        px = waving(time_s)
        px[:, : WIDTH // 2] = 0.0
        return px

    picture, path = meadow(), tmp_path / "grass.avi"
    frames = video(picture, half, 1.6)
    write(path, np.repeat(frames, 2, axis=0), 2 * FPS)
    clip = read_video(path)
    assert clip.fps == 2 * FPS and len(clip.frames) == 2 * len(frames)
    modes = modes_from(clip.frames[::2], FPS, picture)
    like, structure, still = likeness(frames, modes, picture)
    assert like > still + 4.0 and structure > 0.9  # of motion at the clip's own frequencies, of a fifth of the loop
    assert not modes[:, :, :70].any() and modes[:, :, 90:].any()


def test_a_fast_video_is_thinned_and_a_long_one_is_cut_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "slow-motion.avi"
    write(path, np.zeros((700, 20, 600, 3), np.uint8), 120.0)
    clip = read_video(path)
    assert clip.fps == 30.0 and len(clip.frames) == 152 and clip.frames.shape[1:] == (16, 384, 3)


def test_a_picture_of_another_shape_takes_the_middle_of_the_video() -> None:
    modes = modes_from(video(meadow(), waving, 1.2), FPS, np.zeros((400, 300, 3), np.uint8))
    assert modes.shape == (16, 160, 120, 4) and np.isfinite(modes).all() and modes.any()


def test_drift_is_left_out() -> None:
    frames = video(paint(), lambda t: 3.0 * t + waving(t))
    modes = modes_from(frames, FPS, paint()).astype(np.float32)
    around = modes[:, 25:65, 30:130]
    assert np.abs(around[1:, ..., 2:]).max() < 1.0  # nothing waves up and down but what drifted did
    assert np.abs(around[3, ..., :2]).max() > 1.5


@pytest.mark.parametrize(
    ("frames", "fps", "message"),
    [
        (np.zeros((10, 32, 32, 3), np.uint8), 15.0, "the video lasts 0.67 s: sway needs at least 1 s"),
        (np.zeros((30, 32, 32, 3), np.uint8), 5.0, "the video has 5 frames per second: sway needs at least 8"),
        (np.zeros((30, 32, 32, 3), np.uint8), math.nan, "the video has nan frames per second"),
        (np.zeros((30, 8, 32, 3), np.uint8), 15.0, "the video's frames are uint8 (8, 32, 3): give (H, W, 3) uint8"),
        (np.full((20, 32, 32, 3), 90, np.uint8), 15.0, "nothing swings in the video: give one in which things move"),
    ],
)
def test_videos_that_give_no_sway_are_refused(frames: NDArray[np.uint8], fps: float, message: str) -> None:
    with pytest.raises(BakeError) as refused:
        modes_from(frames, fps, meadow())
    assert str(refused.value).startswith(message) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such video file"),
        (b"", "cannot be read as a video"),
        (b"not a video at all " * 500, "cannot be read as a video"),
        ("cut", "of a codec unknown here"),
    ],
)
def test_unreadable_files_are_refused_in_one_line(tmp_path: Path, content: bytes | str | None, message: str) -> None:
    path = tmp_path / "clip.mp4"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "cut":
        whole = tmp_path / "whole.avi"
        write(whole, np.zeros((40, 64, 64, 3), np.uint8), 30.0)
        path = tmp_path / "cut.avi"
        content = whole.read_bytes()
        path.write_bytes(content[: content.index(b"movi") + 4])
    with pytest.raises(BakeError, match=message) as refused:
        read_video(path)
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_a_bad_file_is_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not a video at all " * 500)
    told = (
        "from pathlib import Path; from artwalks_live.bake.motion.video import read_video\n"
        "from artwalks_live.core.errors import BakeError\n"
        f"try: read_video(Path({str(path)!r}))\n"
        "except BakeError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.count("\n") == 1 and not run.stderr
