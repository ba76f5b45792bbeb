"""`artwalks listen`: what is to be known of a song before it sounds, as a file of cues and a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from artwalks_live.core.cues import SUFFIX, Cues
from artwalks_live.core.errors import UsageError

HELP = "Find a song's beats, bars, sections and drops, for a walk to arrive by."
EXAMPLES = """\
examples:
  artwalks listen song.flac -o song.cues
  artwalks listen song.flac --plot song.png                 song.cues beside the song, and a picture of it
  artwalks listen song.flac --stems separated/song          with the levels of its parts, if you have separated it
  artwalks listen set/*.flac                                each song's cues beside it
  artwalks perform show.walk --audio song.flac --cues song.cues
  artwalks perform show.walk --audio live --cues song.cues  the same from a record player
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("songs", metavar="SONG", type=Path, nargs="+", help="sound files")
    add("-o", "--output", metavar="FILE", type=Path, help="default: beside each song, its name with .cues")
    add("--plot", metavar="FILE.png", type=Path, help="draw waveform, beats, sections and energy; of one song")
    add("--title", metavar="TEXT", help="the song's title; default: its file's name")
    add(
        "--stems",
        metavar="FOLDER",
        type=Path,
        help="the song separated into drums, bass, vocals, other (.wav …), as demucs writes it: sources for routes",
    )
    add("--quiet", action="store_true", help="say nothing but what is wrong")


def run(arguments: argparse.Namespace) -> int:
    """Listen to each song, write its cues, say what was found."""
    a = arguments
    for given, name in ((a.output, "-o"), (a.plot, "--plot"), (a.title, "--title"), (a.stems, "--stems")):
        if given is not None and len(a.songs) > 1:
            raise UsageError(f"{name} {given}: is for one song, {len(a.songs)} were given")
    if a.plot is not None and a.plot.suffix.lower() != ".png":
        raise UsageError(f"--plot {a.plot}: is drawn as a PNG: name it FILE.png")
    for song in a.songs:
        _listen(song, a.output or song.with_suffix(SUFFIX), a)
    return 0


def _listen(song: Path, output: Path, arguments: argparse.Namespace) -> None:
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core import cues
    from artwalks_live.listen.listen import listen
    from artwalks_live.listen.stems import find_stems, with_stems
    from artwalks_live.perform.listening import open_clip

    stems = {} if arguments.stems is None else find_stems(arguments.stems)
    bar = Progress("listen", 1.0, arguments.quiet)
    try:
        clip = open_clip(song)
        found = listen(clip, arguments.title or "", progress=bar.update)
        found = with_stems(found, stems, open_clip)
    finally:
        bar.finish()
    cues.write(output, found)
    if arguments.plot is not None:
        from artwalks_live.listen.picture import draw

        draw(clip, found, arguments.plot)
    if not arguments.quiet:
        print(f"{output}: {_told(found)}")


def _told(found: Cues) -> str:
    """One line of what was found."""
    minutes, seconds = divmod(found.duration_s, 60)
    bpm = sorted(bpm for _, bpm in found.tempo)
    tempo = f"{bpm[0]:.1f}" if bpm[-1] - bpm[0] < 1.0 else f"{bpm[0]:.0f} to {bpm[-1]:.0f}"
    parts = ", ".join(f"{section.label} {section.kind}" for section in found.sections)
    drops = len(found.of_kind("drop"))
    return (
        f"{int(minutes)}:{seconds:04.1f}, {tempo} bpm in {found.meter}/4, {len(found.downbeats)} bars, "
        f"{len(found.sections)} sections ({parts}), {drops} drop{'' if drops == 1 else 's'}"
    )
