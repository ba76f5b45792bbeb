"""What a performance is asked for, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from artwalks_live.core.audio import AudioChoice
from artwalks_live.core.hearing import DEFAULT, HearingOptions
from artwalks_live.core.latency import Latency
from artwalks_live.perform.pace import Steadiness


@dataclass(frozen=True, slots=True)
class Doors:
    """Which machines may speak and are told.

    osc        HOST:PORT to listen on; None: no OSC
    osc_out    HOST:PORTs to tell
    osc_allow  who may speak over OSC, addresses and networks with commas between; "": all who can reach it
    ableton    HOST:PORT of AbletonOSC in Live, whose beat and launches are followed; None: no Live
    link       take part in the network's Ableton Link session
    midi       MIDI devices that play the show, one of them by its clock too: parts of their names with commas between;
               "": all there are; None: no MIDI
    """

    osc: str | None = None
    osc_out: tuple[str, ...] = ()
    link: bool = False
    midi: str | None = None
    ableton: str | None = None
    osc_allow: str = ""


@dataclass(frozen=True)
class PerformOptions:
    """What to perform, and how.

    cues       of the song that will be heard: paintings arrive by them
    preset     name or file; None: `song` with cues, `vj` with sound, `gallery` without
    monitor    None: a window; else the monitor to fill
    headless   no window at all
    size       of the target, pixels; None: the walk's canvas
    doors      for other machines
    display_latency_s   None: as it was calibrated
    record     a master to begin with the show; over a file that exists only with `overwrite`
    resume     go on where the last run stopped; a preset that is named goes before the one it had
    take       where the log goes; None: beside the bundle, named by time
    no_take    keep no log: a gallery that runs for a year has no use for one
    watch      a folder: paintings dropped into it are baked in the background and join the walk
    reads      how pictures in motion are read, one of stage.READS
    isf        ISF filters: files are on from the start, folders stand ready
    seconds    None: until it is ended
    hearing    gate, trim and auto-gain of the ear
    """

    bundle: Path
    audio: AudioChoice = field(default_factory=lambda: AudioChoice("none"))
    cues: Path | None = None
    preset: str | None = None
    monitor: str | None = None
    headless: bool = False
    size: tuple[int, int] | None = None
    fps: Fraction = Fraction(60)
    doors: Doors = Doors()
    display_latency_s: float | None = None
    record: Path | None = None
    overwrite: bool = False
    take: Path | None = None
    no_take: bool = False
    resume: bool = False
    watch: Path | None = None
    reads: str = "auto"
    seconds: float | None = None
    seed: int = 0
    quiet: bool = False
    hearing: HearingOptions = DEFAULT
    isf: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Performed:
    """How a performance went.

    seconds   of show time
    latency_ms  p50 from the end of a hop to the frame that shows it; 0 without sound
    latency     of the whole way from the sound to the picture, part by part
    """

    take: Path | None
    seconds: float
    steadiness: Steadiness
    held: int
    latency_ms: float
    latency: Latency
    faults: tuple[str, ...]
