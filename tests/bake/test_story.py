"""Stories: drawn from a collection, or painted from a storyboard; a folder that a bake takes as it is."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake import pace, paintings, story, storyboard
from artwalks_live.bake.story import Story
from artwalks_live.core.errors import ModelError, PaintingError, StoryError, UsageError
from tests.bake.bakery import paint


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six paintings in two folders, and what is none: a damaged file, a copy, hidden ones, a walk's and a story's."""
    folder = tmp_path / "collection"
    for number in range(6):
        place = folder / ("old" if number < 3 else "new")
        place.mkdir(parents=True, exist_ok=True)
        paint(place / f"p{number}.png", number)
    (folder / "copy.png").write_bytes((folder / "old" / "p0.png").read_bytes())
    (folder / "letter.jpg").write_text("Dear curator", encoding="utf-8")
    (folder / "old" / "paintings.toml").write_text('["p1.png"]\ntitle = "The Kiss"\nartist = "K"\n', encoding="utf-8")
    for name, mark in (("show.walk", "walk.json"), ("brave_harbour", "story.toml"), (".cache", "x")):
        (folder / name).mkdir()
        (folder / name / mark).write_text("", encoding="utf-8")
        paint(folder / name / "no.png", 9)
    return folder


def drawn(root: Path, count: int, seed: int = 0) -> list[Path]:
    return story.choose(story.gather(root), count, random.Random(seed), lambda _: None)


def test_a_collection_is_searched_but_for_walks_stories_and_hidden_folders(root: Path) -> None:
    names = [path.relative_to(root).as_posix() for path in story.gather(root)]
    assert names == ["copy.png", "letter.jpg", "new/p3.png", "new/p4.png", "new/p5.png", "old/p0.png", "old/p1.png",
                     "old/p2.png"]  # fmt: skip


def test_a_draw_is_seeded_and_holds_no_picture_twice(root: Path) -> None:
    assert drawn(root, 6, 1) == drawn(root, 6, 1)
    assert len({tuple(drawn(root, 3, seed)) for seed in range(8)}) > 4
    for seed in range(6):
        hashes = {paintings.file_sha256(path) for path in drawn(root, 6, seed)}
        assert len(hashes) == 6


def test_what_cannot_be_read_is_left_out_and_said(root: Path) -> None:
    said: list[str] = []
    story.choose(story.gather(root), 6, random.Random(0), said.append)
    with pytest.raises(PaintingError, match="-n 7: only 6 different pictures were found"):
        story.choose(story.gather(root), 7, random.Random(0), said.append)
    assert any("letter.jpg is not a picture" in line for line in said)


def test_a_story_is_numbered_copies_their_labels_and_how_to_walk(root: Path, tmp_path: Path) -> None:
    sources = paintings.find([root / "old" / "p1.png", root / "new" / "p3.png"])
    told = Story('A "quoted" title', "Text\nof two lines", loop=True, seed=7)
    folder = story.write(tmp_path / "stories", "calm_river", told, sources, root)
    assert folder == tmp_path / "stories" / "calm_river"
    assert sorted(path.name for path in folder.iterdir()) == [
        "001-p1.png", "002-p3.png", "paintings.toml", "story.toml",
    ]  # fmt: skip
    assert (folder / "001-p1.png").read_bytes() == (root / "old" / "p1.png").read_bytes()
    assert story.read(folder) == told
    assert [(found.title, found.artist) for found in paintings.find([folder])] == [("The Kiss", "K"), ("p3", "")]
    assert str(tmp_path) not in (folder / "story.toml").read_text(encoding="utf-8")
    with pytest.raises(StoryError, match="calm_river is there already"):
        story.write(tmp_path / "stories", "calm_river", told, sources, root)


def test_a_story_that_cannot_be_copied_leaves_nothing_behind(root: Path, tmp_path: Path) -> None:
    gone = [paintings.Source(root / "old" / "p0.png", "a"), paintings.Source(root / "gone.png", "b")]
    with pytest.raises(StoryError, match=r"gone\.png cannot be written"):
        story.write(tmp_path / "stories", "calm_river", Story("x"), gone, root)
    assert list((tmp_path / "stories").iterdir()) == []


def test_names_are_adjective_noun_and_free(tmp_path: Path) -> None:
    name = story.free_name(tmp_path, random.Random(4))
    assert name.count("_") == 1
    (tmp_path / name).mkdir()
    assert story.free_name(tmp_path, random.Random(4)) != name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loop = 3", "loop is 3, expected true or false"),
        ("seed = true", "seed is True, expected a whole number"),
        ('order = "up"', "order is 'up', expected one of name, given"),
        ("[", "story.toml cannot be read"),
    ],
)
def test_a_damaged_story_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "story.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StoryError, match=message) as caught:
        story.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_story_is_none(tmp_path: Path) -> None:
    assert story.read(tmp_path) is None


# --- storyboards

BOARD = '{"title": "Sea", "story": "Of a ship.", "content_prompts": ["a  ship", "a storm"], "style_prompts": ["oil"]}'


def board(tmp_path: Path, text: str, name: str = "board.json") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_storyboard_is_read_from_json_and_toml(tmp_path: Path) -> None:
    made = storyboard.read(board(tmp_path, BOARD))
    assert (made.title, made.text) == ("Sea", "Of a ship.")
    assert made.prompts == (("a ship", "a ship, oil"), ("a storm", "a storm, oil"))
    toml = 'content_prompts = ["a", "b"]\nstyle_prompts = ["x", "y"]\n'
    made = storyboard.read(board(tmp_path, toml, "night.toml"))
    assert (made.title, made.prompts) == ("night", (("a", "a, x"), ("b", "b, y")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "board.json cannot be read"),
        ("[1]", "expected title, text and prompts, not a list"),
        ('{"title": 3, "content_prompts": ["a", "b"]}', "title is 3, expected text"),
        ("{}", "content_prompts is missing"),
        ('{"content_prompts": ["a", " "]}', "content_prompts is missing or not a list of texts"),
        ('{"content_prompts": ["a"]}', "content_prompts has 1 entry: a walk needs at least two"),
        ('{"content_prompts": ["a", "b"], "style_prompts": ["x", "y", "z"]}', "3 style_prompts for 2 content_prompts"),
        ('{"content_prompts": ["a", "' + "b" * 2001 + '"]}', "a prompt of 2001 characters"),
    ],
)
def test_a_storyboard_with_a_mistake_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StoryError, match=message) as caught:
        storyboard.read(board(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_every_prompt_is_painted_and_alike_ones_do_not_collide(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []

    def one(prompt: str, number: int) -> np.ndarray:
        asked.append((prompt, number))
        return np.full((40, 60, 3), number, np.uint8)

    made = storyboard.read(board(tmp_path, '{"content_prompts": ["A ship!", "a ship"], "style_prompts": "oil"}'))
    files = storyboard.paint(made, one, tmp_path, lambda done, title: None)
    assert asked == [("A ship!, oil", 0), ("a ship, oil", 1)]
    assert [path.name for path in files] == ["a-ship.png", "a-ship.png"]
    assert len(set(files)) == 2


def test_a_painter_must_give_a_picture(tmp_path: Path) -> None:
    made = storyboard.read(board(tmp_path, BOARD))
    with pytest.raises(ModelError, match="the painter made no picture of 'a ship'"):
        storyboard.paint(made, lambda prompt, number: np.zeros((4, 4), np.float32), tmp_path, lambda done, title: None)
    with pytest.raises(UsageError, match="--painter 'nobody' is unknown: use kandinsky, sd, a folder, or module"):
        storyboard.painter_named("nobody")
    with pytest.raises(UsageError, match="--painter no_such_module:Painter: cannot be loaded"):
        storyboard.painter_named("no_such_module:Painter")


# --- the plan


def test_the_planned_duration_is_that_of_the_paper() -> None:
    assert pace.planned_s(10, 5, loop=False) == 10 * 20 + 9 * 6 * 10
    assert pace.planned_s(10, 5, loop=True) == 10 * 20 + 10 * 6 * 10
    assert pace.planned_s(2, 0, loop=False, hold_s=1, interval_s=3) == 5
    assert pace.planned(10, 5, loop=False).startswith("12:20 of walk")
    assert pace.planned(100, 5, loop=False).startswith("2:12:20 of walk")


def test_the_estimate_follows_an_earlier_bakes_log(tmp_path: Path) -> None:
    log = tmp_path / "bake.log"
    slow = [f"a → b: {kind} {i}: {3 * pace.expected_s(kind, 6144, 2):.4f} s" for kind in pace.KINDS for i in range(2)]
    log.write_text("… BakeRequest(sources=(), keyframes=2, canvas=(96, 64), fit='crop')\n" + "\n".join(slow))
    ratio, logged = pace.pace_of(log, lambda: 1e9)
    assert logged
    assert all(value == pytest.approx(3.0, rel=0.01) for value in ratio.values())
    usual = pace.bake_s(1, 2, 6144, dict.fromkeys(pace.KINDS, 1.0))
    assert pace.bake_s(4, 2, 6144, ratio) == pytest.approx(12 * usual, rel=0.01)


def test_without_a_log_this_machine_is_measured(tmp_path: Path) -> None:
    ratio, logged = pace.pace_of(tmp_path / "none.log", lambda: 0.022)
    assert not logged
    assert set(ratio.values()) == {2.0}
    assert pace.sample() > 0.0
