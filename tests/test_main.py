"""The command line as a whole: help, mistakes, exit statuses."""

from __future__ import annotations

import pytest

from artwalks_live.__main__ import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "example" in out.lower()
    assert f"artwalks {name}" in out


def test_no_words_prints_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preform"]) == 2
    assert "nearest: perform" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_one_short_message(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--no-such-option"])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert 1 <= err.count("\n") <= 3
    assert err.startswith(f"artwalks {name}: ")
