"""`artwalks demo`: everything once, on pictures and music that the project makes itself."""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path

from artwalks_live.commands.options import size
from artwalks_live.core.errors import RecordError

HELP = "Bake, perform and render the demo: leaves demo.mp4 and demo.png here."
EXAMPLES = """\
examples:
  artwalks demo                      a few minutes without a graphics card; much is kept for the next time
  artwalks demo --size 1280x720      the same, larger
The five paintings and the song are made by code, into the folder demo/.
"""

KEYFRAMES = 3
FPS = Fraction(30)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("--folder", metavar="DIR", type=Path, default=Path(), help="where everything goes (default: here)")
    add("--size", metavar="WxH", type=size, default=(960, 540), help="of the walk and the master (default 960x540)")
    add("--live-size", metavar="WxH", type=size, default=(640, 360), help="of the live picture (default 640x360)")
    add("--headless", action="store_true", help="perform without a window even where there is a display")
    add("--quiet", action="store_true", help="say nothing but what is wrong")


def run(arguments: argparse.Namespace) -> int:
    """Make paintings and song, bake, let the paintings move, perform, render the take, draw the sheet."""
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise RecordError(f"--folder {folder} does not exist: make it first")
    made, bundle = folder / "demo", folder / "demo" / "demo.walk"
    begun = time.monotonic()
    song = _make(made, arguments.quiet)
    _bake(made, bundle, arguments)
    _move(bundle, arguments.quiet)
    take = _perform(bundle, song, arguments)
    _render(bundle, song, take, folder / "demo.mp4", arguments)
    _sheet(bundle, folder / "demo.png")
    if not arguments.quiet:
        print(f"{folder / 'demo.mp4'} and {folder / 'demo.png'} after {time.monotonic() - begun:.0f} s")
        print(f"next: artwalks perform {bundle} --audio {song}")
        print("yours: artwalks bake FOLDER_OF_PAINTINGS -o show.walk")
    return 0


def _make(folder: Path, quiet: bool) -> Path:
    """Paint the paintings and play the song into the folder; what is there already is kept."""
    from artwalks_live.commands.progress import Progress
    from artwalks_live.demo.paintings import paint_all
    from artwalks_live.demo.song import compose

    bar = Progress("paint", 1.0, quiet)
    try:
        paint_all(folder / "paintings", bar.update)
        return compose(folder / "song.wav").path
    finally:
        bar.finish()


def _bake(made: Path, bundle: Path, arguments: argparse.Namespace) -> None:
    from artwalks_live.bake.bake import bake
    from artwalks_live.bake.request import BakeRequest
    from artwalks_live.commands.progress import Progress

    bar = Progress("bake", 1.0, arguments.quiet)
    try:
        request = BakeRequest((made / "paintings",), bundle, KEYFRAMES, arguments.size, loop=True)
        bake(request, bar.update, bar.say)
    finally:
        bar.finish()


def _move(bundle: Path, quiet: bool) -> None:
    """Let the paintings move while the walk stands on them."""
    from artwalks_live.bake.motion.animate import MotionRequest, animate
    from artwalks_live.commands.progress import Progress

    bar = Progress("motion", 1.0, quiet)
    try:
        animate(MotionRequest(bundle), bar.update, bar.say)
    finally:
        bar.finish()


def _perform(bundle: Path, song: Path, arguments: argparse.Namespace) -> Path:
    """Perform to the song: in a window where there is a display. Returns the take."""
    from artwalks_live.core.audio import AudioChoice
    from artwalks_live.io.window import display_is_there
    from artwalks_live.perform.listening import open_clip
    from artwalks_live.perform.live import perform
    from artwalks_live.perform.options import PerformOptions

    headless = arguments.headless or not display_is_there()
    if not arguments.quiet:
        print(f"performing {'headless' if headless else 'in a window (Esc ends)'} to {song.name}", flush=True)
    done = perform(
        PerformOptions(
            bundle, AudioChoice("file", str(song)), preset="dance", headless=headless, size=arguments.live_size,
            fps=FPS, seconds=open_clip(song).duration_s, quiet=arguments.quiet,
        )
    )  # fmt: skip
    if not arguments.quiet:
        steady = done.steadiness
        print(f"performed {done.seconds:.0f} s at {FPS} fps: {steady.shown} frames, {steady.missed} deadlines missed")
    assert done.take is not None  # it was not told to keep none
    return done.take


def _render(bundle: Path, song: Path, take: Path, output: Path, arguments: argparse.Namespace) -> None:
    from artwalks_live.commands.progress import counting
    from artwalks_live.perform.offline import RenderOptions, render

    with counting("render", arguments.quiet) as show:
        render(RenderOptions(bundle, output, take=take, audio=song, size=arguments.size, overwrite=True), show)


def _sheet(bundle: Path, output: Path) -> None:
    from artwalks_live.commands.sheet import draw_sheet
    from artwalks_live.core import walk

    draw_sheet(walk.read(bundle), output, lambda share: None)
