"""A performance from end to end: the real command, a real GL context, real files."""

from __future__ import annotations

import re
import resource
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.events import Event
from artwalks_live.core.take import TakeReader
from artwalks_live.gpu.context import headless_context, is_software
from artwalks_live.paths import presets_dir
from tests.io.screen import until, virtual_screen
from tests.perform.stagehand import (
    Told,
    artwalks,
    drawn_again,
    features_in,
    finished,
    frames,
    logged,
    recorded,
    same,
    shown_in,
    sound_seconds,
    times,
    write_clicks,
)
from tests.walks import made_painting, make_walk

SIZE = (128, 72)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_walk(tmp_path / "show.walk", SIZE).folder


@pytest.fixture
def trackless(tmp_path: Path) -> Path:
    """vj without its trails: each picture is drawn from its own instant alone."""
    lines = (presets_dir() / "vj.toml").read_text(encoding="utf-8").split("[[route]]")
    path = tmp_path / "trackless.toml"
    path.write_text("[[route]]".join(part for part in lines if "feedback." not in part), encoding="utf-8")
    return path


def test_a_performance_and_its_render_are_the_same_frames(bundle: Path, tmp_path: Path, trackless: Path) -> None:
    song = write_clicks(tmp_path / "song.wav")
    live, again, take = tmp_path / "live.mkv", tmp_path / "again.mkv", tmp_path / "set.take"
    common = ["--headless", "--fps", 30, "--seconds", 2, "--audio", song, "--preset", trackless]
    out, _ = finished(artwalks("perform", bundle, *common, "--record", live, "--take", take))
    assert "2.0 s" in out
    finished(artwalks("render", bundle, "--take", take, "-o", again, "--quiet"))
    performed, rendered = frames(live), frames(again)
    assert len(performed) == len(rendered) == 60
    others = [index for index in shown_in(performed) if not np.array_equal(performed[index], rendered[index])]
    assert len(others) <= Told.by(out).held, others
    assert sound_seconds(again) == pytest.approx(2.0, abs=0.03)
    assert sound_seconds(live) == pytest.approx(2.0, abs=0.03)


def test_trails_of_a_performance_that_missed_deadlines_are_those_of_the_frames_that_were_shown(
    bundle: Path, tmp_path: Path
) -> None:
    """A trail is made of the frames before: a render, which misses none, has more of them."""
    song, live, take = write_clicks(tmp_path / "song.wav"), tmp_path / "live.mkv", tmp_path / "set.take"
    common = ["--headless", "--fps", 30, "--seconds", 2, "--audio", song, "--preset", "vj"]
    out, err = finished(artwalks("perform", bundle, *common, "--record", live, "--take", take))
    told, performed = Told.by(out), frames(live)
    assert len(performed) == told.frames + told.missed == 60
    shown = shown_in(performed)
    repeats = re.search(r"(\d+) of them repeats", err)
    kept = 60 - (int(repeats[1]) if repeats else 0)
    assert len(shown) >= kept - told.held, "each picture is another"
    if len(shown) == told.frames:  # else a picture was held, or kept from the master, but is in the trails
        assert all(same((performed[index] for index in shown), drawn_again(bundle, take, shown)))


def test_the_walk_begins_with_its_painting_pixel_for_pixel(bundle: Path, tmp_path: Path) -> None:
    pattern = tmp_path / "frames" / "%03d.png"
    finished(artwalks("render", bundle, "--preset", "osc", "--seconds", 0.1, "--fps", 30, "-o", pattern, "--quiet"))
    import cv2

    written = sorted(pattern.parent.glob("*.png"))
    assert len(written) == 3
    first = cv2.cvtColor(cv2.imread(str(written[0])), cv2.COLOR_BGR2RGB)
    assert np.array_equal(first, made_painting(0, SIZE))


def test_a_take_renders_at_any_size_and_rate(bundle: Path, tmp_path: Path) -> None:
    song, take = write_clicks(tmp_path / "song.wav"), tmp_path / "set.take"
    finished(artwalks("perform", bundle, "--headless", "--seconds", 1, "--fps", 30, "--audio", song, "--take", take))
    master = tmp_path / "master.mp4"
    words = ["--take", take, "--size", "256x144", "--fps", "24000/1001", "-o", master, "--quiet"]
    finished(artwalks("render", bundle, *words))
    shown = times(master)
    assert len(shown) == 24
    assert np.allclose(np.diff([float(t) for t in shown]), 1001 / 24000, atol=1e-4)
    assert frames(master)[0].shape == (144, 256, 3)


def test_killed_while_recording_master_and_take_keep_all_that_could_be_seen(bundle: Path, tmp_path: Path) -> None:
    master, take = tmp_path / "live.mp4", tmp_path / "set.take"
    words = ["--headless", "--fps", 30, "--record", master, "--take", take, "--preset", "vj", "--quiet"]
    process = artwalks("perform", bundle, *words)

    def under_way() -> bool:
        assert process.poll() is None, process.communicate()[1]
        return bool(logged(take)) and TakeReader(take).duration_s > 2 and recorded(master) > 60

    assert until(under_way)
    pictures, covered_s = recorded(master), TakeReader(take).duration_s
    process.kill()
    process.communicate()
    assert len(frames(master)) >= pictures
    assert TakeReader(take).duration_s >= covered_s


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_show_and_finishes_the_master(bundle: Path, tmp_path: Path, number: signal.Signals) -> None:
    master, take = tmp_path / "live.mp4", tmp_path / "set.take"
    words = ["--headless", "--fps", 30, "--record", master, "--take", take, "--preset", "vj"]
    process = artwalks("perform", bundle, *words)
    assert until(lambda: recorded(master) >= 15 or process.poll() is not None)
    process.send_signal(number)
    out, _ = finished(process)
    assert "frames" in out
    assert len(frames(master)) >= 15


def test_resume_goes_on_where_the_last_run_stopped(bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.take", tmp_path / "2.take"
    words = ["--headless", "--fps", 30, "--preset", "techno", "--quiet"]
    finished(artwalks("perform", bundle, *words, "--seconds", 3, "--take", first))
    finished(artwalks("perform", bundle, *words, "--seconds", 0.2, "--resume", "--take", second))
    start = TakeReader(second).header.start
    assert start.preset == "techno"
    assert start.position > 0


def test_in_a_window_keys_play_the_show(bundle: Path, tmp_path: Path) -> None:
    take = tmp_path / "set.take"
    with virtual_screen(tmp_path / "screen", "640x360") as screen:
        words = ["--window", "--preset", "osc", "--fps", 30, "--take", take, "--seconds", 60, "--size", "640x360"]
        process = artwalks("perform", bundle, *words, environment=screen.environment)
        assert until(lambda: (take.exists() and screen.picture().std() > 10) or process.poll() is not None)
        assert process.poll() is None, process.communicate()[1]
        plain = screen.picture()
        screen.press("h")
        assert until(lambda: not np.array_equal(screen.picture()[:200, :300], plain[:200, :300])), "no overlay"
        screen.press("h")

        def metered() -> bool:
            seen = screen.picture()
            return np.array_equal(seen[:150], plain[:150]) and not np.array_equal(seen[200:], plain[200:])

        assert until(metered), "no meters in the place of the help"
        screen.press("h", "Right", "t", "2", "0", "s", "r", "b")
        assert until(lambda: screen.picture().max() == 0), "not black"
        assert until(lambda: any(bundle.parent.glob("show *.mp4"))), "no master"
        screen.press("Escape")
        finished(process)
    events = [entry.item.address for entry in TakeReader(take) if isinstance(entry.item, Event)]
    assert events == [
        "/walk/next", "/clock/tap", "/show/preset", "/show/panic", "/show/still", "/show/record", "/show/black"
    ]  # fmt: skip
    assert len(list(bundle.parent.glob("show *.png"))) == 1
    [master] = bundle.parent.glob("show *.mp4")
    assert len(frames(master)) > 0


def test_a_song_on_a_machine_without_sound_is_followed_in_silence(bundle: Path, tmp_path: Path) -> None:
    song, take = write_clicks(tmp_path / "song.wav"), tmp_path / "set.take"
    finished(artwalks("perform", bundle, "--headless", "--fps", 30, "--seconds", 2, "--audio", song, "--take", take))
    heard = features_in(take)
    assert len(heard) >= 180
    assert max(features.onset for features in heard) > 0.3
    assert sum(features.onset_event for features in heard) in (3, 4, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of a running program's files, as Linux can")
def test_a_full_disk_ends_the_take_and_not_the_show(bundle: Path, tmp_path: Path) -> None:
    take, song = tmp_path / "set.take", write_clicks(tmp_path / "song.wav", seconds=12)
    words = ["--headless", "--fps", 30, "--seconds", 8, "--audio", song, "--take", take]
    process = artwalks("perform", bundle, *words)
    assert until(lambda: logged(take))
    room = take.stat().st_size + 100
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, room))
    out, err = finished(process)
    assert "ends here: it cannot be written (File too large)" in err
    assert "8.0 s" in out
    assert 0 < TakeReader(take).duration_s < 8


def test_a_master_larger_than_the_walk_is_said_to_be_upscaled(bundle: Path, tmp_path: Path) -> None:
    words = ["--preset", "osc", "--seconds", 0.1, "--fps", 30, "--size", "256x144", "-o", tmp_path / "large.mp4"]
    _, err = finished(artwalks("render", bundle, *words))
    assert "upscaled 2x: the walk is 128x72" in err


def test_pictures_in_motion_are_read_as_asked_and_a_take_remembers(bundle: Path, tmp_path: Path) -> None:
    """Without a graphics card a show reads plainly unless told otherwise."""
    common = ["--headless", "--fps", 30, "--seconds", 0.3, "--preset", "osc", "--quiet"]
    for name, words in (("auto", []), ("sharp", ["--reads", "sharp"])):
        finished(artwalks("perform", bundle, *common, *words, "--take", tmp_path / f"{name}.take"))
    ctx = headless_context()
    expected = "plain" if is_software(ctx) else "sharp"
    ctx.release()
    assert TakeReader(tmp_path / "auto.take").header.reads == expected
    assert TakeReader(tmp_path / "sharp.take").header.reads == "sharp"


@pytest.mark.parametrize("command", ["perform", "render"])
def test_another_way_of_reading_is_refused(bundle: Path, tmp_path: Path, command: str) -> None:
    words = ["--headless"] if command == "perform" else ["-o", tmp_path / "x.mp4"]
    _, err = finished(artwalks(command, bundle, *words, "--reads", "soft"), status=2)
    assert err.strip().endswith("--reads 'soft' is unknown: use one of auto, plain, sharp, splat")
