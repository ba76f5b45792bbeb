"""A show that listens to a real (virtual) sound device, loses it, and has it back."""

from __future__ import annotations

from pathlib import Path

from artwalks_live.core.features import Features
from artwalks_live.core.take import TakeReader
from tests.io.pulse import PulseServer
from tests.io.screen import until
from tests.perform.stagehand import artwalks, finished, frames, sound_seconds, write_clicks
from tests.walks import make_walk


def hits(take: Path) -> int:
    """Onset events in the take so far."""
    return sum(features.onset_event for features in heard(take))


def heard(take: Path) -> list[Features]:
    """The features in the take so far; it is being written, once a second."""
    if not take.exists():
        return []
    return [entry.item for entry in TakeReader(take) if isinstance(entry.item, Features)]


def test_the_picture_goes_on_while_the_sound_goes_and_comes(tmp_path: Path) -> None:
    bundle, song = make_walk(tmp_path / "show.walk").folder, write_clicks(tmp_path / "clicks.wav", seconds=30)
    take, master = tmp_path / "set.take", tmp_path / "set.mp4"
    with PulseServer.running() as pulse:
        environment = {name: value for name, value in pulse.env.items() if name != "DISPLAY"}
        words = ["--headless", "--audio", "live:pulse", "--fps", 30, "--record", master, "--take", take]
        with pulse.playing(song):
            process = artwalks("perform", bundle, *words, environment=environment)
            assert until(lambda: hits(take) >= 4 or process.poll() is not None), "no beats heard"
            assert process.poll() is None, process.communicate()[1]
        pulse.kill()
        lost_at = len(heard(take))
        assert until(lambda: len(heard(take)) > lost_at + 200 and heard(take)[-1].silence == 1.0), "no silence"
        pulse.start()
        before = hits(take)
        with pulse.playing(song):
            assert until(lambda: hits(take) >= before + 4), "the sound did not come back"
        process.terminate()
        _, err = finished(process)
    assert "audio lost" in err
    times_s = [features.time_s for features in heard(take)]
    assert times_s == sorted(times_s)
    shown = len(frames(master)) / 30
    assert abs(shown - TakeReader(take).duration_s) < 0.5
    assert abs(sound_seconds(master) - shown) < 0.1
