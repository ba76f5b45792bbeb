"""`artwalks perform`: a walk live, to music or by hand."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from artwalks_live.commands.options import (
    add_hearing,
    add_isf,
    allowed,
    audio_choice,
    endpoint,
    frame_rate,
    hearing,
    milliseconds,
    positive_seconds,
    size,
)

HELP = "Perform a walk live, to music or by hand."
EXAMPLES = """\
examples:
  artwalks perform show.walk --audio song.flac                      play a song, walk to it
  artwalks perform show.walk --audio song.flac --cues song.cues     paintings land on its sections and drops
  artwalks perform show.walk --audio live                           listen to the default input
  artwalks perform show.walk --audio 'live:USB Audio:1-2' --fullscreen 2
  artwalks perform show.walk --preset gallery --resume --fullscreen primary
  artwalks perform show.walk --preset osc --osc 127.0.0.1:9000      let Ableton or TouchDesigner drive it
  artwalks perform show.walk --preset dance --link                  in time with Ableton Link
  artwalks perform show.walk --preset dance --midi                  play it by MIDI: press L, move a control
  artwalks perform show.walk --preset gallery --resume --watch drop/    what is dropped into drop/ joins the walk
  artwalks perform show.walk --audio live --isf 'Zoom Blur.fs' --isf filters/    ISF filters: one on, a folder ready
  artwalks perform show.walk --headless --audio song.flac --record set.mp4 --seconds 60

keys: space hold, arrows, 1-9 presets, 0 panic, T tap, comma/full stop nudge, J/K halve/double the tempo,
      L learn a MIDI control, M let the music lead, B black, R record, S still, F fullscreen, H help and status, Esc end
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("bundle", metavar="SHOW.walk", type=Path, help="the walk, as `artwalks bake` made it")
    add(
        "--audio",
        metavar="SOURCE",
        type=audio_choice,
        default="none",
        help="live, live:NAME[:CHANNELS], a sound file, or none (default); `artwalks devices` lists the names",
    )
    add(
        "--cues",
        metavar="SONG.cues",
        type=Path,
        help="what `artwalks listen` found in the song, played or heard live: paintings arrive by it",
    )
    add_hearing(parser)
    add("--preset", metavar="NAME|FILE", help="default: song with cues, vj with sound, gallery without")
    add("--osc", metavar="HOST:PORT", type=endpoint, help="listen for OSC there (loopback unless a host is named)")
    add(
        "--osc-allow",
        metavar="HOST[,NETWORK]",
        type=allowed,
        default="",
        help="listen to these senders only, like 192.168.1.20,10.0.0.0/8 (default: all that can reach it)",
    )
    add(
        "--osc-out",
        metavar="HOST:PORT",
        type=endpoint,
        action="append",
        default=[],
        help="tell position, painting, beat and level there; may be given several times",
    )
    add("--link", action="store_true", help="join the network's Ableton Link session: tempo, beat, start and stop")
    add(
        "--ableton",
        metavar="HOST:PORT",
        nargs="?",
        const="127.0.0.1:11000",
        type=endpoint,
        help="follow Ableton Live through AbletonOSC: its beat, and launches of clips and scenes (default %(const)s)",
    )
    add(
        "--midi",
        metavar="NAME[,NAME]",
        nargs="?",
        const="",
        help="play by all MIDI devices, or by those named (part of a name is enough); a clock they send leads the beat",
    )
    add(
        "--display-latency",
        metavar="MS",
        type=milliseconds,
        help="beats are drawn so much earlier; default: as `artwalks calibrate display` found",
    )
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--window", action="store_true", help="a window (default)")
    view.add_argument("--fullscreen", metavar="MONITOR", help="a monitor's number from 1, its name, or primary")
    view.add_argument("--headless", action="store_true", help="no window: for recording and OSC-driven machines")
    add("--size", metavar="WxH", type=size, help="of the picture that is drawn and recorded; default: the walk's")
    add("--fps", metavar="RATE", type=frame_rate, default="60", help="60 (default), 24000/1001, 29.97 …")
    add("--record", metavar="FILE", type=Path, help="write a master from the start (.mp4, .mov, .mkv)")
    add("--overwrite", action="store_true", help="record over a file that exists")
    add("--take", metavar="FILE", type=Path, help="where the performance is logged; default: beside the walk")
    add("--no-take", action="store_true", help="keep no log: for a gallery that runs for months")
    add(
        "--reads",
        metavar="HOW",
        default="auto",
        help="sharp or plain (softer, faster) where pictures move, or splat (sharp; the paint of held paintings is "
        "splatted: slow without a graphics card); default: sharp, but plain without a graphics card",
    )
    add(
        "--watch",
        metavar="FOLDER",
        type=Path,
        help="paintings in it that the walk does not have, now or later, are baked in the background and join it",
    )
    add("--resume", action="store_true", help="go on where the last run of this walk stopped")
    add("--seconds", metavar="N", type=positive_seconds, help="end after so long; default: when it is ended")
    add_isf(parser)
    add("--seed", type=int, default=0, help="of grain and other chance (default 0)")
    add("--quiet", action="store_true", help="no status line")


def run(arguments: argparse.Namespace) -> int:
    """Perform, then say in a few lines how it went."""
    from artwalks_live.perform.live import perform
    from artwalks_live.perform.options import Doors, PerformOptions

    a = arguments
    done = perform(
        PerformOptions(
            bundle=a.bundle, audio=a.audio, cues=a.cues, preset=a.preset, monitor=a.fullscreen, headless=a.headless,
            size=a.size, fps=a.fps, doors=Doors(a.osc, tuple(a.osc_out), a.link, a.midi, a.ableton, a.osc_allow),
            display_latency_s=None if a.display_latency is None else a.display_latency / 1e3,
            record=a.record, overwrite=a.overwrite,
            take=a.take, no_take=a.no_take, resume=a.resume, watch=a.watch, reads=a.reads, seconds=a.seconds,
            seed=a.seed, quiet=a.quiet, hearing=hearing(a), isf=tuple(a.isf),
        )
    )  # fmt: skip
    if not a.quiet:
        steady = done.steadiness
        print(
            f"{done.seconds:.1f} s, {steady.shown} frames, {steady.missed} deadlines missed, {done.held} held; "
            f"interval p50 {steady.p50_ms:.1f} ms, p99 {steady.p99_ms:.1f} ms, p99.9 {steady.p999_ms:.1f} ms; "
            f"hop to frame {done.latency_ms:.0f} ms"
        )
        print(done.latency.line())
        for fault in done.faults:
            print(fault)
        if done.take is not None:
            take = shlex.quote(str(done.take))
            print(f"its master: artwalks render {a.bundle} --take {take} --size 2k -o master.mp4")
    return 0
