"""A slow display: beats are drawn ahead of the sound, and a master has them on it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from artwalks_live.core.latency import Latency
from artwalks_live.core.take import TakeReader
from artwalks_live.io.calibration_file import Calibration
from artwalks_live.perform.status import latency_line
from tests.perform.stagehand import artwalks, finished, headless_environment, write_clicks
from tests.walks import make_walk


def first_clicks(path: Path) -> np.ndarray:
    """When the clicks of a master sound, seconds."""
    with av.open(str(path)) as file:
        rate_hz = file.streams.audio[0].rate
        plain = av.AudioResampler(format="fltp", layout="mono", rate=rate_hz)
        parts = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in plain.resample(frame)]
    sound = np.concatenate(parts)
    loud = np.flatnonzero(np.abs(sound) > 0.25) / rate_hz
    return loud[np.flatnonzero(np.diff(loud, prepend=-1.0) > 0.2)]


def test_a_master_has_its_sound_as_much_earlier_as_its_pictures_are(tmp_path: Path) -> None:
    bundle, song = make_walk(tmp_path / "show.walk", (128, 72)).folder, write_clicks(tmp_path / "song.wav")
    take, master = tmp_path / "set.take", tmp_path / "master.mkv"
    words = ["--headless", "--fps", 30, "--seconds", 2, "--audio", song, "--take", take]
    _, err = finished(artwalks("perform", bundle, *words, "--display-latency", 100))
    assert "display 100" in err and "artwalks calibrate" not in err
    assert TakeReader(take).header.start.display_latency_s == 0.1
    finished(artwalks("render", bundle, "--take", take, "--seconds", 2, "-o", master, "--quiet"))
    assert np.allclose(first_clicks(master), [0.4, 0.9, 1.4, 1.9], atol=0.03)


def test_what_was_calibrated_is_the_default(tmp_path: Path) -> None:
    bundle, take = make_walk(tmp_path / "show.walk", (128, 72)).folder, tmp_path / "set.take"
    (tmp_path / "calibration.toml").write_text("display_s = 0.048\nsound_loop_s = 0.031\n")
    environment = headless_environment() | {"ARTWALKS_CONFIG": str(tmp_path)}
    words = ["--headless", "--fps", 30, "--seconds", 0.2, "--take", take]
    _, err = finished(artwalks("perform", bundle, *words, environment=environment))
    assert "display 48; sound loop measured 31 ms" in err
    assert TakeReader(take).header.start.display_latency_s == 0.048


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--display-latency", "soon"], "argument --display-latency: 'soon' is no latency: give milliseconds between"),
        (["--display-latency", "-5"], "argument --display-latency"),
        (["--midi", "no such thing"], "--midi"),
    ],
)
def test_what_cannot_be_is_said_before_the_show(tmp_path: Path, words: list[str], says: str) -> None:
    bundle = make_walk(tmp_path / "show.walk", (128, 72)).folder
    _, err = finished(artwalks("perform", bundle, "--headless", "--seconds", 1, *words), 2)
    assert says in err and "Traceback" not in err


def test_the_line_sums_the_parts_and_says_what_is_not_known() -> None:
    latency = Latency(0.035, 0.016, 0.021, 0.02, 0.0)
    assert latency.total_s == pytest.approx(0.092)
    assert latency_line(latency, Calibration()) == (
        "latency 92 ms: input 35, hop 16, hearing 21, frame 20, display 0; "
        "the display's is not known: `artwalks calibrate display`"
    )
