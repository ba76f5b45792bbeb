from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from artwalks_live.__main__ import main
from artwalks_live.core import cues
from tests.songs import made_song


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clip = made_song(bars=10, quiet=(4, 6))
    path = tmp_path_factory.mktemp("songs") / "made.wav"
    soundfile.write(path, clip.samples, clip.sample_rate_hz)
    return path


def test_cues_and_picture_of_a_song(song: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert (
        main(
            ["listen", str(song), "-o", str(tmp_path / "a.cues"), "--plot", str(tmp_path / "a.png"), "--title", "Mine"]
        )
        == 0
    )
    out = capsys.readouterr().out
    assert "a.cues: 0:20.0, 1" in out and "bpm in 4/4" in out and out.count("\n") == 1
    found = cues.read(tmp_path / "a.cues")
    assert found.title == "Mine" and len(found.sha256) == 64
    assert (tmp_path / "a.png").stat().st_size > 20_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.cues", "a.png"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.wav"], "missing.wav: does not exist"),
        (["a.wav", "b.wav", "-o", "one.cues"], "-o one.cues: is for one song, 2 were given"),
        (["a.wav", "--plot", "one.jpg"], "--plot one.jpg: is drawn as a PNG: name it FILE.png"),
        (["text.wav"], "text.wav: cannot be read as sound"),
        (["short.wav"], "short: lasts 2.0 s: cues are for songs of 5 s to 2 hours"),
        (["silent.wav"], "silent: is silent: there is nothing to listen to"),
    ],
)
def test_what_cannot_be_listened_to_is_one_line(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.wav").write_text("no sound at all")
    soundfile.write("short.wav", np.full(16000, 0.1), 8000)
    soundfile.write("silent.wav", np.zeros(80000), 8000)
    assert main(["listen", *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("artwalks listen: ") and says in err and err.count("\n") == 1
