"""A show that listens to a real (virtual) sound device, loses it, and has it back.

How soon it hears again is measured by tools/measure_device_loss.py.
"""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path

from artwalks_live.core.take import TakeReader
from tests.io.pulse import PulseServer
from tests.io.screen import until
from tests.perform.outside import Outside
from tests.perform.stagehand import artwalks, features_in, finished, frames, sound_seconds, write_clicks
from tests.walks import make_walk


def hits(take: Path) -> int:
    """Onset events in the take so far."""
    return sum(features.onset_event for features in features_in(take))


def test_the_picture_goes_on_while_the_sound_goes_and_comes(tmp_path: Path) -> None:
    bundle, song = make_walk(tmp_path / "show.walk").folder, write_clicks(tmp_path / "clicks.wav", seconds=120)
    take, master = tmp_path / "set.take", tmp_path / "set.mp4"
    with PulseServer.running() as pulse:
        environment = {name: value for name, value in pulse.env.items() if name != "DISPLAY"}
        words = ["--headless", "--audio", "live:pulse", "--fps", 30, "--record", master, "--take", take]
        with pulse.playing(song):
            process = artwalks("perform", bundle, *words, environment=environment)
            assert until(lambda: hits(take) >= 4 or process.poll() is not None), "no beats heard"
            assert process.poll() is None, process.communicate()[1]
        pulse.kill()
        lost_at = len(features_in(take))
        assert until(lambda: [one.silence for one in features_in(take)[lost_at + 200 :]][-1:] == [1.0]), "no silence"
        pulse.start()
        before = hits(take)
        with pulse.playing(song):
            assert until(lambda: hits(take) >= before + 4), "the sound did not come back"
        process.terminate()
        _, err = finished(process)
    assert "audio lost" in err
    times_s = [features.time_s for features in features_in(take)]
    assert times_s == sorted(times_s)
    shown = len(frames(master)) / 30
    assert abs(shown - TakeReader(take).duration_s) < 0.5
    assert abs(sound_seconds(master) - shown) < 0.1


def test_an_input_is_found_again_by_its_name_under_another_number(tmp_path: Path) -> None:
    """Only 'mixer' hums: a show that took what has its old number, or the default, would hear nothing."""
    bundle, take = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take"
    outside = Outside()
    with PulseServer.running(("booth", "mixer")) as pulse:
        environment = {name: value for name, value in pulse.env.items() if name != "DISPLAY"}
        words = ["--headless", "--audio", "live:mixer", "--fps", 30, "--take", take, "--osc-out", outside.address]
        process = artwalks("perform", bundle, *words, environment=environment)
        assert until(lambda: outside.heard_since(0) is not None or process.poll() is not None), "nothing heard"
        assert process.poll() is None, process.communicate()[1]
        for order in (("mixer", "desk", "booth"), ("booth", "mixer")):
            lost_s, told = time.monotonic(), len(outside.shown_s)
            pulse.kill()
            assert until(lambda at_s=lost_s: outside.deaf_since(at_s)), "no silence"
            assert until(lambda before=told: len(outside.shown_s) > before + 60), "the picture stopped"
            pulse.start(order)
            back_s = time.monotonic()
            assert until(lambda at_s=back_s: outside.heard_since(at_s) is not None), f"not found again among {order}"
        process.terminate()
        out, err = finished(process)
    outside.close()
    assert "audio lost" in err
    seconds, shown, missed = (float(number) for number in re.findall(r"[\d.]+", out)[:3])
    assert abs(shown + missed - seconds * 30) <= 2, "every deadline is met or counted"
    times_s = [features.time_s for features in features_in(take)]
    assert times_s == sorted(times_s)


def test_a_song_whose_output_goes_and_comes_is_walked_to_its_end(tmp_path: Path) -> None:
    bundle, take = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take"
    song = write_clicks(tmp_path / "song.wav", seconds=600)
    outside = Outside()
    with PulseServer.running() as pulse:
        environment = {name: value for name, value in pulse.env.items() if name != "DISPLAY"}
        words = ["--headless", "--audio", song, "--fps", 30, "--take", take, "--osc-out", outside.address]
        process = artwalks("perform", bundle, *words, environment=environment)
        assert until(lambda: hits(take) >= 4 or process.poll() is not None), "no beats heard"
        assert process.poll() is None, process.communicate()[1]
        assert until(pulse.sounds), "the song does not sound"
        pulse.kill()
        told, before = len(outside.shown_s), hits(take)
        assert until(lambda: len(outside.shown_s) > told + 60 and hits(take) > before + 2), "the picture stopped"
        pulse.start()
        assert until(pulse.sounds), "the song did not come back"
        process.terminate()
        out, err = finished(process)
    outside.close()
    assert "no sound output" in err
    assert "no sound output" not in out
    times_s = [features.time_s for features in features_in(take)]
    assert max(b - a for a, b in itertools.pairwise(times_s)) < 0.02, "no hop is left out"
