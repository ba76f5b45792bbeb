"""Readers of option values that several commands share; what is wrong is said in one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from artwalks_live.core import clock
from artwalks_live.core.audio import AudioChoice, parse_audio
from artwalks_live.core.errors import ArtwalksError
from artwalks_live.core.hearing import HearingOptions, trims

T = TypeVar("T")
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2k": (2560, 1440), "4k": (3840, 2160)}
SMALLEST, LARGEST = 64, 8192


def _reader(read: Callable[[str], T]) -> Callable[[str], T]:
    """Let argparse report our own one-line errors with the option's name in front."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except (ArtwalksError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


@_reader
def size(text: str) -> tuple[int, int]:
    """`1280x720`, `2k`, `4k`: (width, height), even, 64 to 8192 pixels a side."""
    wide, cross, high = text.lower().partition("x")
    if text.lower() in SIZES:
        return SIZES[text.lower()]
    if not cross or not wide.isdecimal() or not high.isdecimal():
        raise ValueError(f"{text!r} is no size: write WIDTHxHEIGHT like 1280x720, or one of {', '.join(SIZES)}")
    width, height = int(wide), int(high)
    if not all(SMALLEST <= side <= LARGEST and side % 2 == 0 for side in (width, height)):
        raise ValueError(f"{text!r}: use even sides of {SMALLEST} to {LARGEST} pixels")
    return width, height


@_reader
def frame_rate(text: str) -> Fraction:
    """`60`, `24000/1001`, `29.97`."""
    return clock.frame_rate(text)


@_reader
def positive_seconds(text: str) -> float:
    """A duration above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"{text!r} is no duration: give seconds above 0")
    return seconds


@_reader
def milliseconds(text: str) -> float:
    """A latency, 0 to 1000 ms."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 1000:
        raise ValueError(f"{text!r} is no latency: give milliseconds between 0 and 1000")
    return found


@_reader
def audio_choice(text: str) -> AudioChoice:
    """live, live:NAME[:CHANNELS], a file, or none."""
    return parse_audio(text)


@_reader
def gate_db(text: str) -> float:
    """Where silence begins, dBFS."""
    return HearingOptions(gate_db=_numbers(text, (1,), "give dBFS like -50")[0]).gate_db


@_reader
def trim_db(text: str) -> tuple[float, ...]:
    """LOW,MID,HIGH or eight values, dB, as the eight that HearingOptions takes."""
    return HearingOptions(trim_db=trims(_numbers(text, (3, 8), "give LOW,MID,HIGH or eight, like 0,-3,6"))).trim_db


@_reader
def auto_gain(text: str) -> tuple[float, float]:
    """ATTACK,RELEASE in seconds."""
    attack_s, release_s = _numbers(text, (2,), "give ATTACK,RELEASE in seconds like 0,12")
    options = HearingOptions(attack_s=attack_s, release_s=release_s)
    return options.attack_s, options.release_s


def _numbers(text: str, counts: tuple[int, ...], advice: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise ValueError(f"{text!r}: {advice}")
    return numbers


def add_hearing(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the ear."""
    add, default = parser.add_argument, HearingOptions()
    add(
        "--gate-db",
        metavar="DB",
        type=gate_db,
        default=default.gate_db,
        help="quieter than this is silence (default -60 dBFS): raise it in a room that hums",
    )
    add(
        "--trim",
        metavar="LOW,MID,HIGH",
        type=trim_db,
        default=default.trim_db,
        help="turn what bass, middle and high show up or down, dB, or eight octaves; with =: --trim=-6,0,3",
    )
    add(
        "--auto-gain",
        metavar="ATTACK,RELEASE",
        type=auto_gain,
        default=(default.attack_s, default.release_s),
        help="seconds in which the ear gets used to louder and to quieter music (default 0,12)",
    )


def add_isf(parser: argparse.ArgumentParser) -> None:
    """Declare --isf."""
    parser.add_argument(
        "--isf",
        metavar="FILE|FOLDER",
        type=Path,
        action="append",
        default=[],
        help="an ISF filter (.fs) over the picture, or a folder of them that stand ready; may be given several times",
    )


def hearing(arguments: argparse.Namespace) -> HearingOptions:
    """What those options came to."""
    return HearingOptions(arguments.gate_db, arguments.trim, *arguments.auto_gain)


@_reader
def endpoint(text: str) -> str:
    """HOST:PORT, checked; the text itself is what the socket is opened with."""
    from artwalks_live.core.osc_door import endpoint as parse

    parse(text)
    return text


@_reader
def allowed(text: str) -> str:
    """Senders, checked; the text itself is what the door is given."""
    from artwalks_live.core.osc_door import Allowed

    Allowed(text)
    return text
