"""The benchmark and the doctor as commands: they run, and their answers can be read by people and programs."""

from __future__ import annotations

import json

import pytest

from artwalks_live.__main__ import main


def test_a_part_of_the_benchmark_ends_with_its_figures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "engine", "--quick", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    figures = json.loads(lines[-1])
    assert figures["machine"] == lines[0]
    assert figures["engine"]["360p"] > 0
    assert any("bare shader" in line for line in lines)


def test_the_ear_is_measured_feature_by_feature(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ear", "--quick", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["ear"]
    assert {"spectrum", "hits", "loudness", "chroma", "percussion"} <= set(figures["us"])
    assert figures["share"] == pytest.approx(figures["ear_us"] / (512 / 48000 * 1e6))


def test_an_unknown_part_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "recoder"]) == 2
    assert "nearest: recorder" in capsys.readouterr().err


def test_the_doctor_finds_what_a_show_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("artwalks", "OpenGL", "display", "sound", "encoders", "inference", "machine"):
        assert name in out
    assert "all that a show needs is here" in out
