from __future__ import annotations

import gzip
import json
import random
import signal
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from artwalks_live.core.clock import frame_time_s
from artwalks_live.core.errors import TakeError
from artwalks_live.core.events import Event
from artwalks_live.core.features import Features
from artwalks_live.core.show import FrameState, Show, Start
from artwalks_live.core.take import Replay, TakeHeader, TakeReader, TakeWriter, default_path
from tests.core.test_show import EVENTS, PARAMS_ALL, PRESETS, SHAPE, hops

HEADER = TakeHeader(
    bundle="ab" * 32,
    start=Start("loud", position=2.5, seed=11),
    presets={"loud": 'mode = "music"\n', "calm": 'mode = "clock"\n'},
    size=(640, 360),
    fps="24000/1001",
    audio_name="song é.wav",
    audio_sha256="cd" * 32,
    reads="sharp",
    started="2026-11-20T21:04:09",
)


def perform(path: Path, seconds: float, fps: Fraction, seed: int) -> list[FrameState]:
    """A live performance in which inputs come late and at odd moments."""
    rng = random.Random(seed)
    waiting: list[Features | Event] = [*hops(seconds, seed), *EVENTS]
    waiting.sort(key=lambda item: item.time_s)
    frames = []
    with TakeWriter(path, HEADER) as take:
        show = Show(SHAPE, PARAMS_ALL, PRESETS, HEADER.start, take.append)
        for n in range(int(seconds * fps)):
            time_s = frame_time_s(n, fps)
            late_s = rng.random() * 0.05
            while waiting and waiting[0].time_s <= time_s - late_s:
                item = waiting.pop(0)
                if isinstance(item, Event):
                    show.send(item)
                else:
                    show.feed(item)
            if rng.random() < 0.05:
                address = rng.choice(["/clock/tap", "/walk/next", "/bloom/amount", "/walk/position"])
                show.send(Event(address, (rng.random(),)))
            frames.append(show.frame(n, time_s, float(1 / fps)))
            take.mark(Show.tick_of(time_s))
    return frames


def replay(path: Path, seconds: float, fps: Fraction) -> list[FrameState]:
    reader = TakeReader(path)
    show = Show(SHAPE, PARAMS_ALL, PRESETS, reader.header.start)
    take = Replay(iter(reader), show)
    frames = []
    for n in range(int(seconds * fps)):
        time_s = frame_time_s(n, fps)
        take.feed(show.horizon_s(time_s))
        frames.append(show.frame(n, time_s, float(1 / fps)))
    return frames


def test_a_take_of_when_the_ear_heard_less_still_replays(tmp_path: Path) -> None:
    played = perform(tmp_path / "now.take", 4.0, Fraction(30), 1)
    with gzip.open(tmp_path / "now.take") as whole:
        header, *lines = [json.loads(line) for line in whole]
    cut = [[line[0], "h", line[2][:12]] if line[1] == "h" else line for line in lines]
    with gzip.open(tmp_path / "then.take", "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in (header, *cut))
    assert replay(tmp_path / "then.take", 4.0, Fraction(30)) == played


@pytest.mark.parametrize("seed", range(4))
def test_a_take_replays_bit_for_bit_at_its_own_rate(tmp_path: Path, seed: int) -> None:
    fps = [Fraction(60), Fraction(24000, 1001), Fraction(144), Fraction(30)][seed]
    played = perform(tmp_path / "a.take", 8.0, fps, seed)
    assert replay(tmp_path / "a.take", 8.0, fps) == played


def test_at_another_rate_it_stands_at_the_same_places(tmp_path: Path) -> None:
    played = perform(tmp_path / "a.take", 8.0, Fraction(30), 1)
    for fps, every in ((60, 2), (120, 4)):
        frames = replay(tmp_path / "a.take", 8.0, Fraction(fps))[::every]
        for frame, live in zip(frames, played, strict=True):
            assert frame.position == pytest.approx(live.position, abs=1e-9)
            assert dict(frame.values) == pytest.approx(dict(live.values), abs=1e-9)


def test_the_header_comes_back_as_it_was(tmp_path: Path) -> None:
    perform(tmp_path / "a.take", 1.5, Fraction(60), 0)
    reader = TakeReader(tmp_path / "a.take")
    assert reader.header == HEADER
    assert reader.duration_s == pytest.approx(1.5, abs=1 / 60)


def test_a_take_without_inputs_still_tells_how_long_it_lasted(tmp_path: Path) -> None:
    with TakeWriter(tmp_path / "a.take", HEADER) as take:
        for n in range(600):
            take.mark(n * 4)
    assert TakeReader(tmp_path / "a.take").duration_s == pytest.approx(599 * 4 / 240)


def test_what_was_flushed_survives_a_kill_and_a_torn_end_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.take"
    take = TakeWriter(path, HEADER)
    for item in hops(5.0):
        take.append(round(item.time_s * 240), "hop", item)
        take.mark(round(item.time_s * 240))
    killed = path.read_bytes()  # nothing was closed
    path.with_name("k.take").write_bytes(killed)
    entries = list(TakeReader(path.with_name("k.take")))
    assert entries[-1].tick >= (5.0 - 1.1) * 240
    take.close()
    whole = path.read_bytes()
    everything = list(TakeReader(path))
    for cut in range(len(whole) // 2, len(whole), 997):
        path.with_name("t.take").write_bytes(whole[:cut])
        torn = list(TakeReader(path.with_name("t.take")))
        assert torn == everything[: len(torn)]


def test_an_altered_middle_ends_the_reading_there_or_says_the_line(tmp_path: Path) -> None:
    perform(tmp_path / "a.take", 3.0, Fraction(60), 0)
    data = bytearray((tmp_path / "a.take").read_bytes())
    for at in range(600, len(data), len(data) // 20):
        broken = tmp_path / f"b{at}.take"
        broken.write_bytes(bytes([*data[:at], data[at] ^ 0x55, *data[at + 1 :]]))
        try:
            list(TakeReader(broken))
        except TakeError as error:
            assert "\n" not in str(error)


def test_it_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "a.take").write_bytes(b"mine")
    with pytest.raises(TakeError, match="exists already"):
        TakeWriter(tmp_path / "a.take", HEADER)
    assert (tmp_path / "a.take").read_bytes() == b"mine"
    with pytest.raises(TakeError, match="cannot be written"):
        TakeWriter(tmp_path / "nowhere" / "a.take", HEADER)


def test_a_full_disk_ends_the_take_and_not_the_show(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal_before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        perform(tmp_path / "a.take", 4.0, Fraction(60), 0)
        with TakeWriter(tmp_path / "b.take", HEADER) as take:
            for item in hops(4.0):
                take.append(round(item.time_s * 240), "hop", item)
                take.mark(round(item.time_s * 240))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signal_before)
    assert "cannot be written (File too large)" in take.fault and "\n" not in take.fault
    assert list(TakeReader(tmp_path / "b.take"))


@pytest.mark.parametrize("start", [{"mode": "x"}, {"direction": 0}, {"position": None}, {"preset_": "a"}])
def test_a_start_that_makes_no_sense_is_refused(tmp_path: Path, start: dict[str, object]) -> None:
    with TakeWriter(tmp_path / "a.take", HEADER):
        pass
    header = json.loads(gzip.decompress((tmp_path / "a.take").read_bytes()).splitlines()[0])
    header["start"].update(start)
    (tmp_path / "b.take").write_bytes(lines(header))
    with pytest.raises(TakeError, match="header is damaged"):
        TakeReader(tmp_path / "b.take")


def test_its_default_place_is_beside_the_bundle_and_free(tmp_path: Path) -> None:
    started = datetime(2026, 11, 20, 21, 4, 9)
    first = default_path(tmp_path / "spring.walk", started)
    assert first == tmp_path / "spring 2026-11-20 21-04-09.take"
    first.touch()
    assert default_path(tmp_path / "spring.walk", started).name == "spring 2026-11-20 21-04-09 (2).take"


def lines(*parts: object) -> bytes:
    return gzip.compress(b"".join(json.dumps(part).encode() + b"\n" for part in parts))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a take"),
        (b"just text", "not a take"),
        (gzip.compress(b"no json\n"), "not a take"),
        (lines({"format": 1}), "not a take"),
        (lines({"what": "artwalks take", "format": 2, "tick_hz": 240}), "format 2 at 240 ticks/s.* update"),
        (lines({"what": "artwalks take", "format": 1, "tick_hz": 60}), "format 1 at 60 ticks/s.* update"),
        (lines({"what": "artwalks take", "format": 1, "tick_hz": 240, "bundle": "x"}), "header is damaged"),
    ],
)
def test_what_is_no_take_is_refused_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.take").write_bytes(data)
    with pytest.raises(TakeError, match=says) as error:
        TakeReader(tmp_path / "a.take")
    assert "\n" not in str(error.value)
    with pytest.raises(TakeError, match="cannot be read"):
        TakeReader(tmp_path / "none.take")


@pytest.mark.parametrize("line", [[5], [5, "x"], [5, "h", [1, 2]], [5, "e", "/a", 3], "text", {"a": 1}])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: object) -> None:
    with TakeWriter(tmp_path / "a.take", HEADER):
        pass
    header = json.loads(gzip.decompress((tmp_path / "a.take").read_bytes()).splitlines()[0])
    (tmp_path / "b.take").write_bytes(lines(header, [3, "t"], line))
    with pytest.raises(TakeError, match="line 3 is damaged"):
        list(TakeReader(tmp_path / "b.take"))
