"""`artwalks story`: a few paintings out of many, or a storyboard painted, as a folder that `bake` takes."""

from __future__ import annotations

import argparse
import random
import secrets
import shlex
import tempfile
from pathlib import Path

from artwalks_live.commands.options import size
from artwalks_live.commands.progress import Progress
from artwalks_live.core.errors import UsageError

HELP = "Pick a few of many paintings for a walk, or paint a storyboard."
EXAMPLES = """\
examples:
  artwalks story collection/ -n 10                      brave_harbour/ with ten copies, numbered
  artwalks story collection/ -n 8 --seed 3 --loop -o stories
  artwalks story collection/ -n 5 --count 20 -o stories  twenty stories
  artwalks story board.json --painter sd -o stories      painted from its prompts
  artwalks bake "$(artwalks story collection/ -n 10 | tail -1)" -o show.walk
a storyboard: {"title": "…", "text": "…", "content_prompts": ["…", "…"], "style_prompts": ["…"]}, or the same in TOML
the last line printed is the story's folder
"""
_MOST = 10_000
_AREA = 768 * 768


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from artwalks_live.bake.pace import HOLD_S, INTERVAL_S

    add = parser.add_argument
    add("root", metavar="ROOT|BOARD", type=Path, help="a folder of paintings, with its folders; or a storyboard")
    add("-n", metavar="N", type=int, default=10, help="paintings in a story (default 10)")
    add("-o", "--output", metavar="FOLDER", type=Path, default=Path(), help="where stories are put (default: here)")
    add("--count", metavar="M", type=int, default=1, help="so many stories (default 1)")
    add("--seed", metavar="N", type=int, help="same seed, same stories (default: another every time)")
    add("--loop", action="store_true", help="the walk will return to its first painting")
    add(
        "--painter",
        metavar="NAME",
        default="kandinsky",
        help="for a storyboard: kandinsky (default), sd, a pipeline's folder, or module:callable",
    )
    plan = parser.add_argument_group("the plan that is printed")
    plan.add_argument("--keyframes", metavar="N", type=int, default=5, help="pictures between two (default 5)")
    plan.add_argument("--size", metavar="WxH", type=size, default=(1280, 720), help="2k, 4k or WxH (default 1280x720)")
    plan.add_argument("--hold", metavar="S", type=float, default=HOLD_S, help="seconds on a painting (default 20)")
    plan.add_argument("--interval", metavar="S", type=float, default=INTERVAL_S,
                      help="seconds from picture to picture (default 10)")  # fmt: skip
    plan.add_argument("--log", metavar="bake.log", type=Path, help="of an earlier bake here, to estimate the next by")


def run(arguments: argparse.Namespace) -> int:
    """Make the stories. Prints what they will become, and their folders; the last line is the last one's folder."""
    from artwalks_live.bake import storyboard

    a = arguments
    _check(a)
    seed = secrets.randbelow(2**32) if a.seed is None else a.seed
    made = _painted(a, seed) if a.root.suffix.lower() in storyboard.SUFFIXES and a.root.is_file() else _drawn(a, seed)
    count = len(storyboard.read(a.root).prompts) if a.root.is_file() else a.n
    print(_plan(a, count))
    if len(made) == 1:
        print(f"next: artwalks bake {shlex.quote(str(made[0]))} -o {shlex.quote(made[0].name)}.walk")
    print("\n".join(str(folder) for folder in made))
    return 0


def _check(a: argparse.Namespace) -> None:
    """Refuse numbers that make no story. Raises UsageError."""
    for option, value, low, high in (
        ("-n", a.n, 2, _MOST), ("--count", a.count, 1, _MOST), ("--keyframes", a.keyframes, 0, 100),
        ("--seed", a.seed or 0, 0, 2**32 - 1), ("--hold", a.hold, 0, 1e6), ("--interval", a.interval, 0, 1e6),
    ):  # fmt: skip
        if not low <= value <= high:
            raise UsageError(f"{option} {value}: use a value from {low} to {high:g}")
    if a.output.exists() and not a.output.is_dir():
        raise UsageError(f"-o {a.output} is a file: give a folder")
    if a.log is not None and not a.log.is_file():
        raise UsageError(f"--log {a.log} does not exist: leave it out and this machine is measured")


def _drawn(a: argparse.Namespace, seed: int) -> list[Path]:
    """Draw stories from a folder of paintings."""
    from artwalks_live.bake import paintings, story

    pictures = story.gather(a.root)
    bar, made = Progress("story", a.count), []
    try:
        for number in range(a.count):
            rng = random.Random(f"{seed}:{number}")
            chosen = story.choose(pictures, a.n, rng, bar.say)
            name = story.free_name(a.output, rng)
            told = story.Story(name.replace("_", " ").title(), loop=a.loop, seed=seed)
            made.append(story.write(a.output, name, told, paintings.find(chosen, least=1), a.root))
            bar.update(number + 1.0, name)
    finally:
        bar.finish()
    return made


def _painted(a: argparse.Namespace, seed: int) -> list[Path]:
    """Paint a storyboard; nothing is left behind when it cannot be finished."""
    from artwalks_live.bake import paintings, story, storyboard

    if a.count != 1:
        raise UsageError(f"--count {a.count}: a storyboard is one story: leave it out")
    board = storyboard.read(a.root)
    painter = storyboard.painter_named(a.painter)
    scale = (_AREA / (a.size[0] * a.size[1])) ** 0.5
    wanted = (round(a.size[0] * scale), round(a.size[1] * scale))
    bar = Progress("paint", len(board.prompts))
    try:
        with tempfile.TemporaryDirectory(prefix="artwalks-story-") as folder:

            def one(prompt: str, number: int) -> object:
                return painter.paint(prompt, wanted, (seed + number) % 2**32)

            files = storyboard.paint(board, one, Path(folder), bar.update)
            titles = [title for title, _ in board.prompts]
            sources = [paintings.Source(file, title) for file, title in zip(files, titles, strict=True)]
            told = story.Story(board.title, board.text, loop=a.loop, seed=seed)
            return [story.write(a.output, story.free_name(a.output, random.Random(seed)), told, sources, Path(folder))]
    finally:
        bar.finish()


def _plan(a: argparse.Namespace, paintings: int) -> str:
    """What the walk will be, and about how long its bake will take here."""
    from artwalks_live.bake import pace
    from artwalks_live.bake.bake import duration

    lasts = pace.planned(paintings, a.keyframes, a.loop, a.hold, a.interval)
    ratio, logged = pace.pace_of(a.log, pace.sample)
    legs = paintings if a.loop else paintings - 1
    needs = pace.bake_s(legs, a.keyframes, a.size[0] * a.size[1], ratio) / pace.cores()
    by = "by that log" if logged else "measured"
    loop = " in a loop" if a.loop else ""
    return (
        f"{paintings} paintings{loop}, {a.keyframes} keyframes between each two: {lasts}; "
        f"about {duration(needs)} to bake at {a.size[0]}x{a.size[1]} on this machine ({by})"
    )
