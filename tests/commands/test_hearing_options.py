"""The ear's options on the command line: what they come to, and the one line for what is wrong."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from artwalks_live.__main__ import main
from artwalks_live.commands.options import add_hearing, hearing
from artwalks_live.core.hearing import DEFAULT, HearingOptions
from tests.walks import make_walk


def read(*words: str) -> HearingOptions:
    parser = argparse.ArgumentParser()
    add_hearing(parser)
    return hearing(parser.parse_args(words))


def test_they_come_to_what_the_ear_takes() -> None:
    assert read() == DEFAULT
    assert read("--gate-db", "-48").gate_db == -48
    assert read("--trim=-6,0,3").trim_db == (-6, -6, 0, 0, 0, 0, 3, 3)
    assert read("--trim", "1,2,3,4,5,6,7,8").trim_db == (1, 2, 3, 4, 5, 6, 7, 8)
    assert read("--auto-gain", "0.5,30") == HearingOptions(attack_s=0.5, release_s=30)


def test_beside_a_take_they_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = make_walk(tmp_path / "a.walk").folder
    out = tmp_path / "x.mp4"
    words = ["render", str(bundle), "--take", str(tmp_path / "a.take"), "-o", str(out), "--gate-db", "-40"]
    assert main(words) == 2
    assert "a take holds what was heard: leave them out" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("command", [["perform", "show.walk"], ["render", "show.walk", "-o", "x.mp4"]])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gate-db", "loud"], "--gate-db: 'loud': give dBFS like -50"),
        (["--gate-db", "3"], "--gate-db: gate 3 dBFS: use -90 to -20"),
        (["--trim", "1,2"], "--trim: '1,2': give LOW,MID,HIGH or eight"),
        (["--trim", "0,0,40"], "--trim: trim 40 dB: use -24 to 24"),
        (["--auto-gain", "1"], "--auto-gain: '1': give ATTACK,RELEASE"),
        (["--auto-gain", "0,nan"], "--auto-gain: release nan s: use 0.5 to 120"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    command: list[str], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: int | str | None = main([*command, *words])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert said in capsys.readouterr().err
