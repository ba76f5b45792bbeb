from __future__ import annotations

from pathlib import Path

import pytest

from artwalks_live.__main__ import main
from artwalks_live.commands.params import document
from artwalks_live.core.events import COMMANDS
from artwalks_live.perform.stage import Tables

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "parameters.md"


def test_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params"]) == 0
    out = capsys.readouterr().out
    params = Tables.load().params
    for param in params.values():
        line = next(line for line in out.splitlines() if line.startswith(f"{param.name} "))
        assert param.address in line and param.help in line and f"{param.low:g} … {param.high:g}" in line
    assert all(f"\n{command.address} " in out for command in COMMANDS) and "\n/input/NAME " in out


def test_some_are_listed_by_how_they_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "flow", "bloom.amount"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names[0] == "parameter" and "flow.strength" in names and "bloom.amount" in names
    assert all(name.startswith(("flow", "bloom.amount")) for name in names[1:])


def test_a_name_that_nothing_begins_with_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "flow.strenght"]) == 2
    error = capsys.readouterr().err
    assert "parameter 'flow.strenght' is unknown" in error and "(nearest: flow.strength)" in error
    assert error.count("\n") == 1


def test_the_document_is_up_to_date() -> None:
    made = document(list(Tables.load().params.values()))
    assert DOCUMENT.read_text(encoding="utf-8") == made, "run: artwalks params --markdown > docs/parameters.md"


def test_some_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "flow.strength", "--markdown"]) == 0
    head, rule, row = capsys.readouterr().out.splitlines()
    assert head.count("|") == rule.count("|") == row.count("|") and "`flow.strength` | `/flow/strength`" in row
