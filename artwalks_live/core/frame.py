"""The two ends of a show as values: how it begins, and what each frame is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artwalks_live.core.motion import Choice
from artwalks_live.core.timeline import Mode


@dataclass(frozen=True, slots=True)
class Start:
    """How a show begins; `Show.resume_state()` gives all but the seed for the next time.

    mode    None: the preset's
    display_latency_s   how long the display takes to show a frame: the beat is drawn that much ahead of the sound
    song_s  place in a song with cues at show time 0; below 0: unknown until it is heard or told
    """

    preset: str
    position: float = 0.0
    mode: Mode | None = None
    direction: int = 1
    seed: int = 0
    display_latency_s: float = 0.0
    song_s: float = -1.0


@dataclass(frozen=True, slots=True)
class FrameState:
    """All that a frame is drawn from.

    index, time_s, dt_s   of the frame, as asked for
    position    in the walk
    values      every declared parameter after routes and smoothing, in its range
    black       0 = picture, 1 = black
    beat        counted beats; the fraction is the phase; ahead of the sound by the display's latency
    sounding    the beat that sounds at time_s
    leader, confidence   who leads the beat, and how sure that is
    meter       beats in a bar; a multiple of it begins one
    painting    index of the nearest one
    song_s      place in a song with cues; below 0 while unknown
    section     what of it sounds, as "B drop"; "" while unknown
    onward      where the next leg begins and leads, positions; None while the walk goes on of itself
    bound       index of the painting that the walk is on its way to, where legs branch; else None
    choose      how next paintings are chosen
    heading     in which the position goes on from here, +1 or −1
    entered     how many legs were entered by a change of position that no picture shows
    bands       the eight octave bands of what is heard, low to high, each in [0, 1]
    armed       commands that wait for the beat, as "next at the next bar"; "" while none does
    life        phase of the lives of paint that is carried by currents, [0, 1)
    sway        amplitudes of the sixteen modes of sway
    """

    index: int
    time_s: float
    dt_s: float
    position: float
    values: Mapping[str, float]
    black: float
    tempo_bpm: float
    beat: float
    level: float
    painting: int
    mode: Mode
    preset: str
    held: bool
    seed: int
    sounding: float = 0.0
    leader: str = "free"
    confidence: float = 0.0
    meter: int = 4
    song_s: float = -1.0
    section: str = ""
    bands: tuple[float, ...] = (0.0,) * 8
    armed: str = ""
    life: float = 0.0
    sway: tuple[complex, ...] = (0j,) * 16
    onward: tuple[float, float] | None = None
    bound: int | None = None
    choose: Choice = "list"
    heading: int = 1
    entered: int = 0
