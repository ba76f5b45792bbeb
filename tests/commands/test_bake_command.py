"""`artwalks bake` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwalks_live.__main__ import main
from artwalks_live.core import walk as bundle
from tests.commands.walks import TWINS, paint


def run(*words: str | Path) -> int:
    """The exit status, argparse's own included."""
    try:
        return main(["bake", *map(str, words)])
    except SystemExit as stop:
        assert isinstance(stop.code, int)
        return stop.code


def test_a_walk_is_baked_and_the_next_command_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "my show.walk"
    assert run(paint(tmp_path / "p"), "-o", target, "--keyframes", "1", "--size", "96x64", "--loop", *TWINS) == 0
    walk = bundle.read(target)
    assert (walk.canvas, walk.loop, len(walk.keyframes)) == ((96, 64), True, 6)
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == f"next: artwalks perform '{target}' --audio SONG"
    assert "3 paintings, 3 keyframes, 6 segments" in said.out
    assert "3 paintings in a loop, 1 keyframes between each two, 96x64" in said.err


def test_quiet_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [paint(tmp_path / "p", 2), "-o", tmp_path / "s.walk", "--keyframes", "0", "--size", "96x64", "--quiet"]
    assert run(*words, *TWINS) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "96x65"], "even sides"),
        (["--size", "huge"], "'huge' is no size"),
        (["--keyframes", "many"], "invalid int value: 'many'"),
        (["--fit", "stretch"], "--fit 'stretch' is unknown: use one of blur, centre, crop, kandinsky"),
        (["--weights", "sine"], "use one of even, linear, logit, sinh, squeezed_logit, squeezed_sinh"),
        (["--order", "colour"], "--order 'colour' is unknown: use one of given, name, random, similar"),
        (["--generator", "dalle"], "--generator 'dalle' is unknown: use one of kandinsky, patch, sd, unclip"),
        (["--steps", "9"], "--steps: this is for --generator kandinsky or unclip or sd, not for patch"),
        (["--flow", "raft"], "--flow 'raft' is unknown: use one of dis"),
        (["--chain", "2"], "--chain 2.0: use a value from 0.0 to 1.0"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_a_mistake_is_status_2_and_at_most_three_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert run(paint(tmp_path / "p", 2), "-o", tmp_path / "s.walk", *words) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.startswith("artwalks bake: ")
    assert len(said.err.splitlines()) <= 3
    assert not (tmp_path / "s.walk").exists()


def test_no_paintings_and_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "-o", tmp_path / "s.walk") == 2
    assert "empty holds no pictures" in capsys.readouterr().err
    assert run(paint(tmp_path / "p", 1), "-o", tmp_path / "s.walk") == 2
    assert "a walk needs at least two paintings" in capsys.readouterr().err
    assert run("-o", tmp_path / "s.walk") == 2
    assert "PAINTINGS" in capsys.readouterr().err


def test_order_given_and_upright_canvas(tmp_path: Path) -> None:
    folder = paint(tmp_path / "p")
    names = [folder / "2.png", folder / "0.png"]
    target = tmp_path / "s.walk"
    assert run(*names, "-o", target, "--order", "given", "--keyframes", "0", "--size", "64x96", *TWINS) == 0
    walk = bundle.read(target)
    assert walk.canvas == (64, 96)
    assert [painting.source for painting in walk.paintings] == ["2.png", "0.png"]
