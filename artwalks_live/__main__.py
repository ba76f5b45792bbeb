"""The command `artwalks`: dispatch only. Each command lives in a module of its own under `commands/`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from artwalks_live import __version__
from artwalks_live.core.errors import ArtwalksError, choices

COMMANDS = {
    "story": "pick a few of many paintings for a walk, or paint a storyboard",
    "bake": "turn paintings into a walk",
    "motion": "give paintings motion: paint that flows along its strokes, things that sway",
    "listen": "find a song's beats, sections and drops, for a walk to arrive by",
    "compose": "let a song compose the walk through the paintings",
    "perform": "perform a walk live, to music or by hand",
    "render": "write a walk, or a performance of it, as a master",
    "upscale": "enlarge a finished video, with its sound",
    "inspect": "check a walk, and draw its contact sheet",
    "params": "list everything that can be turned or told, with its name and OSC address",
    "devices": "list sound devices, MIDI inputs and monitors by the names the options take",
    "calibrate": "measure the sound loop, or set the display's latency by eye and ear",
    "doctor": "say what this machine can do, and how to mend what it cannot",
    "models": "list, fetch and check the networks of generators and upscalers",
    "demo": "bake, perform and render the demo",
    "bench": "measure this machine: keyframes, flows, passes, recorder",
}

EXAMPLES = """\
examples:
  artwalks bake paintings/ -o show.walk
  artwalks perform show.walk --audio song.flac
  artwalks render show.walk --audio song.flac --size 2k -o master.mp4

`artwalks COMMAND --help` tells the options of each, with examples.
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are one line and a pointer, not a screenful of usage."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong on one line, where help is on the next, and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}\nsee `{self.prog} --help`\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 a check failed, 2 a user's mistake, 130 stopped by Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0].startswith("-"):
        return _top_level(words)
    name = words[0]
    if name not in COMMANDS:
        print(f"artwalks: command {choices(name, COMMANDS)}\nsee `artwalks --help`", file=sys.stderr)
        return 2
    return _run(name, words[1:])


def _top_level(words: list[str]) -> int:
    lines = "\n".join(f"  {name:<9} {text}" for name, text in COMMANDS.items())
    parser = Parser(
        prog="artwalks",
        usage="artwalks COMMAND ...",
        description="Turn a folder of paintings into a walk, and perform it live to music.",
        epilog=f"commands:\n{lines}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"artwalks {__version__}")
    parser.parse_args(words)
    parser.print_help()
    return 0


def _run(name: str, words: list[str]) -> int:
    command = importlib.import_module(f"artwalks_live.commands.{name}")
    parser = Parser(
        prog=f"artwalks {name}",
        description=command.HELP,
        epilog=command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    try:
        status = command.run(parser.parse_args(words))
        sys.stdout.flush()
    except ArtwalksError as error:
        print(f"artwalks {name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"artwalks {name}: stopped; what was written is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`| head`) went away. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main())
