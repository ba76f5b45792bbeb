"""`artwalks compose` as it is called: a walk from paintings and a sound file, and every refusal in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artwalks_live.__main__ import main
from tests.bake.bakery import paint
from tests.songs import made_song

QUICK = ["--flow", "tests.bake.twins:FieldFlow", "--generator", "tests.bake.compose.blend:Blend", "--size", "64x64"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("paintings").mkdir()
    for seed, name in enumerate(("anna.png", "bella.png")):
        paint(Path("paintings") / name, seed)
    return tmp_path


def test_paintings_and_a_song_become_a_walk(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = made_song(bars=6)
    soundfile.write("made.wav", clip.samples, clip.sample_rate_hz)
    words = ["compose", "paintings", "made.wav", "-o", "show.walk", *QUICK, "--mapping", "chroma", "--jitter", "0.2"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "made, 0:12: 2 paintings, 7 keyframes on every 4 beats (2.0 s apart)" in told.err
    assert "64x64, by chroma of the whole song; about " in told.err
    assert told.out.endswith("next: artwalks perform show.walk --audio made.wav\n")
    walk = json.loads((here / "show.walk" / "walk.json").read_text())
    assert walk["generator"]["options"]["jitter"] == 0.2 and walk["song"]["title"] == "made"
    assert main(["inspect", "show.walk", "--sheet", "sheet.png"]) == 0
    assert Path("sheet.png").stat().st_size > 2000


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["paintings", "missing.wav"], "missing.wav: does not exist"),
        (["paintings", "text.wav"], "text.wav: cannot be read as sound"),
        (["paintings", "scrap.wav"], "scrap: lasts 1.0 s: cues are for songs of 5 s to 2 hours"),
        (["paintings", "silent.wav"], "silent: is silent: there is nothing to listen to"),
        (["paintings", "noise.wav", "--mapping", "mood"], "--mapping 'mood' is unknown: use one of bands, chroma"),
        (["paintings", "noise.wav", "--jitter", "0.2"], "--jitter: is for --mapping chroma, not for bands"),
        (
            ["paintings", "noise.wav", "--mapping", "chroma", "--iterations", "3"],
            "--iterations: is for --mapping bands, not for chroma: leave it out",
        ),
        (["paintings", "noise.wav", "--extra-detail", "3"], "--extra-detail 3: use a value from 0 to 0.99"),
        (["paintings", "noise.wav", "--every", "-1"], "--every -1: use a whole number from 1 to 100000"),
        (["paintings", "noise.wav", "--generator", "sd"], "--generator sd: walks are composed by patch or"),
        (
            ["paintings", "noise.wav", "--restyle-prompt", "boats"],
            "--restyle-prompt: is for keyframes that are painted over: give --restyle MODEL, or leave it out",
        ),
        (["paintings", "noise.wav", "--restyle", "sd"], "--restyle-prompt is empty: say what the picture is to become"),
        (["paintings", "noise.wav", "-o", "paintings"], "paintings holds other files: choose a new folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_composed_is_one_line(
    words: list[str], says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text.wav").write_text("no sound at all")
    soundfile.write("scrap.wav", np.full(8000, 0.1), 8000)
    soundfile.write("silent.wav", np.zeros(80000), 8000)
    soundfile.write("noise.wav", np.random.default_rng(0).normal(0, 0.1, 80000), 8000)
    output = [] if "-o" in words else ["-o", "show.walk"]
    assert main(["compose", *words, *output, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("artwalks compose: ") and says in err and err.count("\n") == 1
