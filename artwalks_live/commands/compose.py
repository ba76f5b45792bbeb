"""`artwalks compose`: paintings and a song into a walk in time with the song."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artwalks_live.commands.options import size

if TYPE_CHECKING:
    from artwalks_live.bake.compose.restyle import Restyling
    from artwalks_live.bake.compose.sound import Song
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.walk import Walk

HELP = "Let a song compose the walk: its spectrum or its harmony says what every keyframe is painted from."
EXAMPLES = """\
examples:
  artwalks compose paintings/ song.flac -o show.walk
  artwalks compose paintings/ song.flac -o show.walk --mapping chroma --pitch-sensitivity 260
  artwalks compose kiss.jpg wave.jpg song.flac -o show.walk --size 2k --on bars --every 1
  artwalks compose paintings/ song.flac -o show.walk --hearing causal --extra-detail 0.7 --seed 4
  artwalks perform show.walk --audio song.flac                    it stands on every keyframe on its beat
  artwalks render show.walk --audio song.flac --size 2k -o master.mp4
stopped by Ctrl-C or a power cut, the walk plays as far as it got, and the same command goes on where it was.
"""
REQUEST = ("mapping", "hearing", "canvas", "fit", "generator", "flow", "seed", "workers")
BANDS = ("max_frequency_level", "low_frequency_skip", "frequency_band_growth_rate", "smoothing_factor", "iterations",
         "extra_detail", "truncation")  # fmt: skip
RESTYLE = ("model", "prompt", "negative", "strength", "steps", "guidance", "seed")
CHROMA = ("pitch_sensitivity", "tempo_sensitivity", "jitter", "truncation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("paintings", metavar="PAINTINGS", nargs="+", type=Path, help="folders and files, in the order of the way")
    add("song", metavar="SONG", type=Path, help="the sound file that composes")
    add("-o", "--output", metavar="SHOW.walk", type=Path, required=True, help="the walk: a folder, made or continued")
    add("--quiet", action="store_true", help="say nothing but what is wrong")
    # what is not given is not there afterwards: the defaults are those of the request
    how = parser.add_argument_group("how", argument_default=argparse.SUPPRESS)
    add = how.add_argument
    add("--mapping", metavar="NAME", help="bands (the spectrum; default) or chroma (the harmony)")
    add("--hearing", metavar="HOW", help="whole (against the whole song; default) or causal (as a live set would be)")
    add("--on", metavar="WHAT", help="keyframes on beats (default), bars, or frames of 1/30 s")
    add("--every", metavar="N", type=int, help="on every so many of them (default: about one in 2 s)")
    add("--size", metavar="WxH", type=size, dest="canvas", help="2k, 4k or WxH (default 1280x720)")
    add("--fit", metavar="HOW", help="as for `artwalks bake` (default crop)")
    add("--generator", metavar="NAME", help="maker of keyframes: patch (default)")
    add("--flow", metavar="NAME|FILE", help="film (learned; default), dis, a flow model FILE.onnx, or module:callable")
    add("--seed", metavar="N", type=int, help="same seed, same pictures (default 0)")
    add("--workers", "--jobs", metavar="N", type=int, help="processes at work (default: one a core)")
    bands = parser.add_argument_group("how the spectrum composes (--mapping bands)", argument_default=argparse.SUPPRESS)
    add = bands.add_argument
    add("--max-frequency-level", metavar="HZ", type=float, help="listen up to there (4292)")
    add("--low-frequency-skip", metavar="HZ", type=float, help="and from there (16)")
    add("--frequency-band-growth-rate", metavar="X", type=float, help="how much wider each band is (1.015)")
    add("--smoothing-factor", metavar="0..1", type=float, help="how alike neighbouring bands pull (0.1)")
    add("--iterations", metavar="N", type=int, help="how often they are made alike (30)")
    add("--extra-detail", metavar="0..1", type=float, help="hear more than the peaks of the spectrum (0.85)")
    add("--truncation", metavar="0..1", type=float, help="bounds of the latent, for chroma too (1)")
    chroma = parser.add_argument_group("how the harmony composes (--mapping chroma)",
                                       argument_default=argparse.SUPPRESS)  # fmt: skip
    add = chroma.add_argument
    add("--pitch-sensitivity", metavar="0..299", type=float, help="how quickly paintings follow the harmony (220)")
    add("--tempo-sensitivity", metavar="0..1", type=float, help="how far the energy moves the noise (0.25)")
    add("--jitter", metavar="0..1", type=float, help="how differently its dimensions move (0.5)")
    add_restyle(parser)


def add_restyle(parser: argparse.ArgumentParser) -> None:
    """Declare how keyframes are painted over."""
    restyle = parser.add_argument_group("keyframes painted over with Stable Diffusion, where its model is",
                                        argument_default=argparse.SUPPRESS)  # fmt: skip
    add = restyle.add_argument
    add("--restyle", metavar="FOLDER|NAME", dest="restyle_model", help="diffusers folder, or a fetched model: sd")
    add("--restyle-prompt", metavar="TEXT", help="what the pictures are to become")
    add("--restyle-negative", metavar="TEXT", help="what to keep away from")
    add("--restyle-strength", metavar="0..1", type=float, help="how much is painted anew (0.5)")
    add("--restyle-steps", metavar="N", type=int, help="of denoising (12)")
    add("--restyle-guidance", metavar="1..30", type=float, help="how strongly the prompt rules (7.5)")
    add("--restyle-seed", metavar="N", type=int, help="of what is painted over (42)")
    add("--device", metavar="NAME", help="auto (default), cpu, cuda, cuda:1 or mps")
    add("--dtype", metavar="NAME", help="auto (float16 on a GPU; default), float32, float16 or bfloat16")


def run(arguments: argparse.Namespace) -> int:
    """Compose, with a progress bar; a summary and the next command at the end."""
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.walk import size_bytes

    a = arguments
    start = time.monotonic()
    bar = Progress("compose", 1.0, a.quiet)
    try:
        walk = _compose(a, bar)
    except KeyboardInterrupt:
        bar.finish()
        print("artwalks compose: stopped: the walk plays as far as it got; run the same command again and it goes on "
              "where it was", file=sys.stderr)  # fmt: skip
        return 130
    finally:
        bar.finish()
    if not a.quiet:
        name, song = shlex.quote(str(a.output)), shlex.quote(str(a.song))
        print(
            f"{a.output}: {len(walk.paintings)} paintings, {len(walk.keyframes)} keyframes, "
            f"{size_bytes(walk) / 1e6:.0f} MB, in {time.monotonic() - start:.1f} s"
        )
        print(f"next: artwalks perform {name} --audio {song}")
    return 0


def _compose(a: argparse.Namespace, bar: Progress) -> Walk:
    from artwalks_live.bake.compose.bands import BandOptions
    from artwalks_live.bake.compose.chroma import ChromaOptions
    from artwalks_live.bake.compose.composer import compose
    from artwalks_live.bake.compose.moments import Moments
    from artwalks_live.bake.compose.request import ComposeRequest

    given = vars(a)
    when = Moments(**{name: given[name] for name in ("on", "every") if name in given})
    request: dict[str, Any] = {name: given[name] for name in REQUEST if name in given}
    mapping = request.get("mapping", "bands")
    own, other, kind = (CHROMA, BANDS, ChromaOptions) if mapping == "chroma" else (BANDS, CHROMA, BandOptions)
    _refuse_others(given, own, other, mapping)
    options = kind(**{name: given[name] for name in own if name in given})
    request["restyling"] = _restyling(given)
    asked = ComposeRequest(tuple(a.paintings), a.output, options=options, when=when, **request)
    asked.check()  # before the song is listened to
    return compose(asked, _heard(a.song, bar), bar.update, bar.say)


def _refuse_others(given: dict[str, Any], own: tuple[str, ...], other: tuple[str, ...], mapping: str) -> None:
    from artwalks_live.core.errors import UsageError

    for name in other:
        if name in given and name not in own:
            fits = "chroma" if mapping == "bands" else "bands"
            raise UsageError(f"--{name.replace('_', '-')}: is for --mapping {fits}, not for {mapping}: leave it out")


def _restyling(given: dict[str, Any]) -> Restyling | None:
    from artwalks_live.bake.compose.restyle import Restyling
    from artwalks_live.core.errors import UsageError

    told = {name: given[f"restyle_{name}"] for name in RESTYLE if f"restyle_{name}" in given}
    here = {name: given[name] for name in ("device", "dtype") if name in given}
    if "model" in told:
        return Restyling(**told, **here)
    for name in (*(f"restyle-{name}" for name in told), *here):
        raise UsageError(f"--{name}: is for keyframes that are painted over: give --restyle MODEL, or leave it out")
    return None


def _heard(path: Path, bar: Progress) -> Song:
    """Decode the song and find its beats. Raises AudioError."""
    from artwalks_live.bake.compose.sound import Song
    from artwalks_live.core.audio import mono
    from artwalks_live.listen.listen import listen
    from artwalks_live.perform.listening import open_clip

    clip = open_clip(path)
    bar.say(f"listening to {path.name}")
    cues = listen(clip)
    sections = tuple(section.start_s for section in cues.sections)
    return Song(mono(clip.samples), clip.sample_rate_hz, cues.title, cues.sha256, cues.beats, cues.downbeats, sections)
