"""Readers of option values that several commands share; what is wrong is said in one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from artwalks_live.core import clock
from artwalks_live.core.audio import AudioChoice, parse_audio
from artwalks_live.core.errors import ArtwalksError

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
def endpoint(text: str) -> str:
    """HOST:PORT, checked; the text itself is what the socket is opened with."""
    from artwalks_live.io.osc import endpoint as parse

    parse(text)
    return text
