"""`artwalks story` from the outside, and a bake that follows the story it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwalks_live.__main__ import main
from artwalks_live.core import walk as bundle
from tests.bake.bakery import paint


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTWALKS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "collection"
    folder.mkdir()
    for number in range(4):
        paint(folder / f"p{number}.png", number)
    return folder


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_last_line_is_the_story_and_bake_takes_it(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("story", collection, "-n", 3, "--seed", 5, "--loop", "-o", tmp_path / "stories") == 0
    lines = capsys.readouterr().out.splitlines()
    folder = Path(lines[-1])
    assert folder.parent == tmp_path / "stories"
    assert "3 paintings in a loop, 5 keyframes between each two: 4:00 of walk" in lines[0]
    show = tmp_path / "s.walk"
    twins = ("--generator", "tests.bake.twins:Dissolve", "--flow", "tests.bake.twins:FieldFlow", "--anchors", "none")
    assert run("bake", folder, "-o", show, "--keyframes", 0, "--size", "96x64", "--workers", 1, *twins) == 0
    walk = bundle.read(show)
    assert walk.loop
    assert [painting.source[:3] for painting in walk.paintings] == ["001", "002", "003"]
    assert "1:30 of walk (20 s a painting, 10 s a step)" in capsys.readouterr().err
    again = tmp_path / "again"
    assert run("story", collection, "-n", 3, "--seed", 5, "--loop", "-o", again) == 0
    assert {p.name for p in again.glob("*/*")} == {p.name for p in folder.iterdir()}


def test_many_stories_in_one_command(collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("story", collection, "-n", 2, "--count", 5, "--seed", 1, "-o", tmp_path / "stories") == 0
    folders = capsys.readouterr().out.splitlines()[-5:]
    assert len({Path(folder).name for folder in folders}) == 5
    assert all(Path(folder, "story.toml").is_file() for folder in folders)


def test_a_storyboard_is_painted_by_a_painter_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = tmp_path / "board.json"
    board.write_text('{"title": "Sea", "content_prompts": ["a ship", "a storm"]}', encoding="utf-8")
    painter = "tests.bake.twins:PlainPainter"
    assert run("story", board, "--painter", painter, "--seed", 2, "-o", tmp_path / "stories") == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    assert sorted(path.name for path in folder.glob("*.png")) == ["001-a-ship.png", "002-a-storm.png"]
    assert 'title = "Sea"' in (folder / "story.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere does not exist: give a folder of paintings"),
        (["{collection}", "-n", "1"], "-n 1: use a value from 2 to 10000"),
        (["{collection}", "-n", "9"], "-n 9: only 4 different pictures"),
        (["{collection}", "--count", "0"], "--count 0: use a value from 1"),
        (["{collection}", "--seed", "-1"], "--seed -1: use a value from 0"),
        (["{collection}", "--hold", "nan"], "--hold nan: use a value from 0"),
        (["{collection}", "-o", "{collection}/p0.png"], "p0.png is a file: give a folder"),
        (["{collection}", "--log", "gone.log"], "--log gone.log does not exist"),
        (["{board}"], "kandinsky is not here"),
        (["{board}", "--painter", "michelangelo"], "--painter 'michelangelo' is unknown"),
        (["{board}", "--painter", "tests.bake.twins:PlainPainter", "--count", "2"], "a storyboard is one story"),
    ],
)
def test_a_mistake_is_status_2_and_one_line(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    board = tmp_path / "board.json"
    board.write_text('{"content_prompts": ["a ship", "a storm"]}', encoding="utf-8")
    filled = [word.format(collection=collection, board=board) for word in words]
    output = [] if "-o" in filled else ["-o", tmp_path / "stories"]
    assert run("story", *filled, *output) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "stories").exists()
